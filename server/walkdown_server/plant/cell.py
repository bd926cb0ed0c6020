"""The palletising cell: a six-axis robot in a fence, with pallets, slip sheets and rollers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    cabinet,
    drive,
    operator_panel,
    sign_plate,
    signal_tower,
    type_plate,
)
from walkdown_server.plant.goods import LAYER_HEIGHT, LINE_CRATE, PALLET_HEIGHT, crate_layer, pallet
from walkdown_server.plant.round_shapes import lathe, sphere
from walkdown_server.plant.shapes import channel

_RAIL = channel(0.5, 0.1, 0.012)
PEDESTAL = 0.55
SHOULDER_OUT, SHOULDER_UP = 0.26, 0.76
UPPER_ARM, FOREARM = 1.35, 1.42


def add_cell(b: Builder, line: int, x: float, *, y: float) -> None:
    """Group ``PAL``: fence, robot ``ROB``, pallets and furniture; the robot stands at x, y."""
    with b.group("PAL", f"Palletiser {line}", "palletiser"), b.frame((x, y, 0)):
        _robot(b)
        _fence(b, ((-4.4, -1.5), (-4.4, -3.6), (6.8, -3.6), (6.8, 4.2), (-4.4, 4.2), (-4.4, 0.5)))
        _pallets(b, line)
        _rollers(b, line)
        operator_panel(b, (-5.0, -2.6, 0), rz=-90)
        signal_tower(b, (-4.4, -3.6, 2.1), lit="amber")
        cabinet(b, (7.6, 1.6, 0), (1.9, 0.7, 2.0), rz=-90)
        with b.part("CTL", "robot controller", "cabinet"):
            b.rounded("white", (7.6, -0.6, 0.1), (0.7, 0.9, 1.5), radius=0.03)
            b.box("robot", (7.6, -0.6, 1.45), (0.712, 0.912, 0.08))
            b.pipe(
                "black",
                ((7.4, -0.6, 0.3), (7.1, -0.6, 0.08), (5.0, -0.6, 0.08), (0.7, -0.2, 0.1)),
                0.04,
                sides=6,
            )
        with b.part("LC", "light curtain", "sensor"):
            for dy in (-1.5, 0.5):
                b.rounded("yellow", (-4.62, dy, 0), (0.1, 0.1, 1.9), radius=0.015)
                b.box("black", (-4.62, dy + (0.052 if dy < 0 else -0.052), 0.3), (0.05, 0.005, 1.5))
        with b.part("plates", "name board", "sign"):
            sign_plate(b, (1.0, -3.64, 1.7), width=1.4, color="robot")
            type_plate(b, (7.2, -1.06, 1.0))
            b.box("yellow", (3.4, -3.64, 1.4), (0.4, 0.02, 0.4))
            b.box("black", (3.4, -3.655, 1.48), (0.1, 0.01, 0.22))


def _robot(b: Builder) -> None:
    """The arm at rest: upper arm upright, forearm level, tool pointing down."""
    with b.group("ROB", f"{b.owner} · robot", "robot"), b.part("base", "pedestal", "base"):
        b.put(
            lathe(((0, 0), (0.62, 0), (0.62, 0.05), (0.48, 0.08), (0.42, PEDESTAL), (0, PEDESTAL)), 28),
            "dark",
            (0, 0, 0),
        )
        for k in range(8):
            turn = math.tau * k / 8
            b.cylinder(
                "zinc", (0.55 * math.cos(turn), 0.55 * math.sin(turn), 0.05), 0.03, length=0.04, sides=6
            )
    z2 = PEDESTAL + SHOULDER_UP
    z3 = z2 + UPPER_ARM
    wrist = SHOULDER_OUT + FOREARM
    one = b.joint("axis1", "revolute", (0, 0, PEDESTAL), axis=(0, 0, 1))
    with b.riding(one):
        _arm_part(b, "A1", "axis 1, turret", shape=_turret)
        two = b.joint("axis2", "revolute", (SHOULDER_OUT, 0, z2), axis=(0, 1, 0))
        with b.riding(two), b.frame((SHOULDER_OUT, 0, z2)):
            _arm_part(b, "A2", "axis 2, upper arm", shape=_upper_arm)
        with b.riding(two):
            three = b.joint("axis3", "revolute", (SHOULDER_OUT, 0, z3), axis=(0, 1, 0))
            with b.riding(three):
                with b.frame((SHOULDER_OUT, 0, z3)):
                    _arm_part(b, "A3", "axis 3, elbow", shape=_elbow)
                four = b.joint("axis4", "revolute", (SHOULDER_OUT, 0, z3), axis=(1, 0, 0))
                with b.riding(four):
                    with b.frame((SHOULDER_OUT, 0, z3)):
                        _arm_part(b, "A4", "axis 4, forearm", shape=_forearm)
                    five = b.joint("axis5", "revolute", (wrist, 0, z3), axis=(0, 1, 0))
                    with b.riding(five), b.frame((wrist, 0, z3)):
                        _arm_part(b, "A5", "axis 5, wrist", shape=_wrist)
                        six = b.joint("axis6", "revolute", (0, 0, -0.3), axis=(0, 0, -1))
                        with b.riding(six):
                            _arm_part(b, "A6", "axis 6, flange", shape=_flange)
                            _arm_part(b, "GRP", "crate gripper", shape=_tool)


def _arm_part(b: Builder, tag: str, name: str, *, shape: Callable[[Builder], None]) -> None:
    kind = "gripper" if tag == "GRP" else "axis"
    with b.part(f"ROB/{tag}", name, kind):
        shape(b)


def _turret(b: Builder) -> None:
    b.put(
        lathe(((0, 0), (0.44, 0), (0.47, 0.05), (0.47, 0.26), (0.36, 0.4), (0, 0.4)), 28, 30),
        "robot",
        (0, 0, PEDESTAL),
    )
    for y in (-0.29, 0.29):
        b.rounded("robot", (0.14, y, PEDESTAL + 0.26), (0.62, 0.16, 0.68), radius=0.1)
    b.rounded("robot", (-0.34, 0, PEDESTAL + 0.2), (0.34, 0.36, 0.5), radius=0.06)
    b.cylinder("dark", (-0.3, 0, PEDESTAL + 0.7), 0.13, length=0.22, sides=16)
    b.box("black", (-0.515, 0, PEDESTAL + 0.34), (0.01, 0.24, 0.1))


def _upper_arm(b: Builder) -> None:
    b.cylinder("dark", (0, -0.4, 0), 0.21, length=0.8, axis="y", sides=22)
    b.cylinder("black", (0, 0.4, 0), 0.13, length=0.2, axis="y", sides=16)
    b.rounded("robot", (0, 0, -0.1), (0.36, 0.34, UPPER_ARM + 0.05), radius=0.12)
    b.rounded("robot", (0.02, 0, 0.2), (0.44, 0.28, 0.8), radius=0.1)
    b.pipe("black", ((-0.24, 0.2, -0.1), (-0.34, 0.22, 0.5), (-0.3, 0.22, UPPER_ARM)), 0.045, sides=8)


def _elbow(b: Builder) -> None:
    b.cylinder("dark", (0, -0.31, 0), 0.19, length=0.62, axis="y", sides=20)
    b.put(sphere(18), "robot", (0, 0, 0), scale=(0.29, 0.27, 0.29))
    b.rounded("robot", (-0.28, 0, -0.18), (0.5, 0.38, 0.38), radius=0.1)
    for y in (-0.11, 0.11):
        b.cylinder("black", (-0.72, y, 0.02), 0.08, length=0.22, axis="x", sides=12)
    b.pipe("black", ((-0.3, 0.22, 0.0), (-0.1, 0.34, 0.2), (0.3, 0.2, 0.22)), 0.045, sides=8)


def _forearm(b: Builder) -> None:
    profile = (
        (0, 0.12),
        (0.21, 0.12),
        (0.19, 0.5),
        (0.13, 1.15),
        (0.12, FOREARM - 0.12),
        (0, FOREARM - 0.12),
    )
    b.put(lathe(profile, 22, 30), "robot", (0, 0, 0), ry=90)
    b.cylinder("dark", (0.5, 0, 0), 0.2, length=0.03, axis="x", sides=22)
    b.pipe("black", ((0.3, 0.14, 0.2), (0.8, 0.16, 0.17), (1.25, 0.12, 0.14)), 0.035, sides=8)


def _wrist(b: Builder) -> None:
    for y in (-0.13, 0.13):
        b.rounded("robot", (-0.06, y - 0.03, -0.1), (0.26, 0.06, 0.2), radius=0.03)
    b.cylinder("dark", (0, -0.17, 0), 0.1, length=0.34, axis="y", sides=18)
    b.rounded("robot", (0, 0, -0.26), (0.2, 0.19, 0.3), radius=0.06)


def _flange(b: Builder) -> None:
    b.cylinder("polished", (0, 0, -0.34), 0.09, length=0.08, sides=18)
    b.cylinder("grey", (0, 0, -0.42), 0.16, length=0.08, sides=22)


def _tool(b: Builder) -> None:
    b.rounded("zinc", (0, 0, -0.54), (1.0, 0.7, 0.12), radius=0.03)
    for x in (-0.44, 0.44):
        b.rod("dark", (x, -0.36, -0.5), (x, 0.36, -0.5), radius=0.03)
    for y in (-0.4, 0.4):
        b.rounded("dark", (0, y, -0.9), (1.1, 0.03, 0.4), radius=0.012)
        for x in (-0.4, 0.0, 0.4):
            b.rounded("black", (x, y * 0.94, -0.92), (0.12, 0.05, 0.06), radius=0.012)
    for x in (-0.3, 0.3):
        b.cylinder("blue", (x, 0.05, -0.42), 0.05, length=0.16, sides=10)
    b.pipe("black", ((0.1, 0.12, -0.3), (0.3, 0.3, -0.35), (0.3, 0.3, -0.45)), 0.02, sides=6)


def _fence(b: Builder, path: Sequence[tuple[float, float]]) -> None:
    count = 0
    with b.group("FEN", f"{b.owner} · fence", "fence"):
        for start, end in pairwise(path):
            length = math.dist(start, end)
            pieces = max(1, round(length / 1.5))
            rz = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
            with b.frame((*start, 0), rz=rz):
                for k in range(pieces):
                    count += 1
                    _fence_panel(b, count, k * length / pieces, width=length / pieces)
        with b.part("end", "last post", "fence"):
            b.box("yellow", (*path[-1], 0), (0.07, 0.07, 2.1))


def _fence_panel(b: Builder, n: int, x: float, *, width: float) -> None:
    gate = n == 5
    with b.part(f"panel-{n}", "service gate" if gate else f"panel {n}", "gate" if gate else "fence"):
        b.box("yellow", (x, 0, 0), (0.07, 0.07, 2.1))
        b.box("dark", (x, 0, 0), (0.2, 0.16, 0.015))
        for z in (0.12, 2.04):
            b.box("black", (x + width / 2, 0, z), (width - 0.08, 0.03, 0.03))
        if gate:
            for dx in (0.06, width - 0.06):
                b.box("yellow", (x + dx, 0, 0.12), (0.05, 0.05, 1.95))
            b.rounded("black", (x + width - 0.14, -0.05, 0.95), (0.06, 0.07, 0.26), radius=0.02)
            b.rounded("red", (x + width - 0.14, -0.05, 1.3), (0.1, 0.07, 0.14), radius=0.02)
    with b.part(f"mesh-{n}", f"mesh {n}", "fence", layer="glass"):
        b.box("mesh", (x + width / 2, 0, 0.15), (width - 0.1, 0.004, 1.89))


def _pallets(b: Builder, line: int) -> None:
    """Two pallets being filled and a stack of empty ones."""
    layer = crate_layer(LINE_CRATE[line])
    for n, (dx, dy, layers) in enumerate(((1.6, 1.9, 3), (2.2, -2.0, 5)), 1):
        with b.part(f"place-{n}", f"pallet place {n}", "pallet"):
            b.box("dark", (dx, dy, 0), (1.5, 1.1, 0.06))
            b.copy(pallet(), (dx, dy, 0.06))
        for k in range(layers):
            with b.part(f"place-{n}-layer-{k + 1}", f"pallet place {n}, layer {k + 1}", "goods"):
                b.copy(layer, (dx, dy, 0.06 + PALLET_HEIGHT + k * LAYER_HEIGHT))
    with b.part("empty", "stack of empty pallets", "pallet"):
        for k in range(7):
            b.copy(pallet(), (-1.2, 3.2, k * PALLET_HEIGHT), rz=2.0 * (k % 3 - 1))
    with b.part("sheets", "slip sheets", "goods"):
        b.box("wood", (-2.9, 3.2, 0), (1.2, 0.9, 0.12))
        b.box("carton", (-2.9, 3.2, 0.12), (1.16, 0.8, 0.35))


def _rollers(b: Builder, line: int) -> None:
    """Discharge rollers that carry finished pallets out through the fence."""
    with b.group("ROL", f"Pallet rollers {line}", "conveyor"):
        with b.part("S1", "rollers", "conveyor"):
            for k in range(24):
                b.cylinder("roller", (3.3 + 0.16 * k, 1.4, 0.3), 0.06, length=1.2, axis="y", sides=10)
            for dy in (1.36, 2.64):
                b.bar(_RAIL, "dark", (3.2, dy, 0.22), end=(7.1, dy, 0.22))
                for dx in (3.4, 5.1, 6.9):
                    b.box("dark", (dx, dy, 0), (0.1, 0.12, 0.24))
        drive(b, (5.0, 2.9, 0.2), rz=90, size=1.3)
        flow = b.joint("belt", "flow", (3.3, 2.0, 0.36), axis=(1, 0, 0), period=2.0)
        with b.riding(flow), b.part("G1", "finished pallet", "goods"):
            b.copy(pallet(), (3.95, 2.0, 0.36))
            for k in range(5):
                b.copy(crate_layer(LINE_CRATE[line]), (3.95, 2.0, 0.36 + PALLET_HEIGHT + k * LAYER_HEIGHT))
