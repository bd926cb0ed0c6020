"""The dry end machines: depalletiser with layer lift, bottle inspector, packer with a gantry."""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    cabinet,
    cable_chain,
    drive,
    gear_motor,
    operator_panel,
    photo_eye,
    sign_plate,
    signal_tower,
    type_plate,
)
from walkdown_server.plant.goods import LINE_BOTTLE, bottle, crate, pallet
from walkdown_server.plant.guards import GuardStyle, Tunnel, add_guards, rectangle
from walkdown_server.plant.layout import BELT_HEIGHT
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import channel

_TRAY = channel(0.22, 0.08, 0.008)


def add_depalletiser(b: Builder, line: int, x: float, y: float) -> None:
    """Portal over a pallet of bottles; the sweeping head goes up and down on joint ``axis_z``."""
    empty = bottle(LINE_BOTTLE[line])
    height, wide, deep = 4.4, 2.6, 2.2
    with b.group("DEP", f"Depalletiser {line}", "depalletiser"), b.frame((x, y, 0)):
        with b.part("frame", "portal frame", "frame"):
            for dx in (-wide / 2, wide / 2):
                for dy in (-deep / 2, deep / 2):
                    b.rounded("white", (dx, dy, 0), (0.2, 0.2, height), radius=0.03)
                    b.box("dark", (dx, dy, 0), (0.34, 0.34, 0.03))
                    b.box("zinc", (dx * 0.93, dy * 0.96, 0.4), (0.05, 0.05, height - 0.6))
            for dy in (-deep / 2, deep / 2):
                b.rounded("white", (0, dy, height), (wide + 0.3, 0.24, 0.3), radius=0.04)
            for dx in (-wide / 2, wide / 2):
                b.rounded("white", (dx, 0, height), (0.24, deep, 0.3), radius=0.04)
            b.box("hazard", (-wide / 2, -deep / 2 - 0.105, 0.1), (0.2, 0.01, 1.0))
            b.box("hazard", (wide / 2, -deep / 2 - 0.105, 0.1), (0.2, 0.01, 1.0))
        lift = b.joint("axis_z", "prismatic", (0, 0, 1.8))
        with b.riding(lift), b.part("lift", "sweeping head", "gantry"):
            b.rounded("robot", (0, 0, 1.95), (wide - 0.3, 0.3, 0.22), radius=0.04)
            for dx in (-wide / 2 + 0.15, wide / 2 - 0.15):
                b.rounded("robot", (dx, 0, 1.9), (0.2, deep - 0.2, 0.24), radius=0.04)
                for dy in (-deep / 2 + 0.16, deep / 2 - 0.16):
                    b.cylinder("black", (dx, dy, 1.92), 0.06, 0.16, sides=10)
            b.box("dark", (0, 0.5, 1.72), (1.3, 0.03, 0.3))
            b.box("dark", (0, -0.5, 1.72), (1.3, 0.03, 0.3))
            gear_motor(b, (0.3, 0, 2.25), size=1.3)
        with b.part("chain", "lift energy chain", "cable"):
            side = (wide / 2 - 0.25, deep / 2 - 0.3)
            cable_chain(b, [(*side, 2.0), (side[0], side[1], 0.9), (side[0], side[1] - 0.25, 0.75), (side[0], side[1] - 0.5, 0.9), (side[0], side[1] - 0.5, 2.3)])
        with b.part("MOT2", "lift drive", "motor"):
            gear_motor(b, (-0.8, -deep / 2, height + 0.42), size=1.8)
            b.rod("zinc", (-0.7, -deep / 2, height + 0.42), (wide / 2, -deep / 2, height + 0.42), 0.03)
        _bottle_stack(b, line)
        _discharge_table(b, line)
        with b.part("rollers", "pallet rollers", "conveyor"):
            for k in range(14):
                b.cylinder("roller", (-3.2 + 0.18 * k, -0.5, 0.28), 0.05, 1.0, axis="y", sides=10)
            for dy in (-0.55, 0.55):
                b.box("dark", (-2.0, dy, 0.1), (2.5, 0.08, 0.26))
            b.box("dark", (0, 0, 0.02), (1.3, 0.9, 0.1))
        with b.part("next-pallet", "waiting pallet", "goods"):
            b.copy(pallet(), (-2.3, 0, 0.34))
            _film_block(b, line, -2.3, 0.485)
        low, high = (-wide / 2 - 0.3, -deep / 2 - 0.3), (wide / 2 + 0.3, deep / 2 + 0.3)
        lanes = (
            Tunnel(side=1, start=0.25, end=1.9, top=1.9),
            Tunnel(side=3, start=0.75, end=2.05, top=2.3),
        )
        style = GuardStyle(low=0.1, high=2.9, rail="yellow", post="yellow", skin="white", glass="mesh", panel=1.3)
        add_guards(b, rectangle(low, high), style, tunnels=lanes)
        operator_panel(b, (low[0] + 0.4, low[1] - 0.5, 0), rz=15)
        signal_tower(b, (wide / 2, -deep / 2, height + 0.3))
        cabinet(b, (-0.4, high[1] + 0.6, 0), (2.2, 0.5, 2.0), rz=180, color="white")
        drive(b, (wide / 2 + 0.9, 0.95, 0.8), rz=90, size=1.2)
        with b.part("plates", "name board", "sign"):
            sign_plate(b, (0, -deep / 2 - 0.14, height + 0.02), width=1.4)
            type_plate(b, (wide / 2, -deep / 2 - 0.11, 1.4))


def _bottle_stack(b: Builder, line: int) -> None:
    """Four layers on the pallet; of the lower ones only the rim is made."""
    goods = bottle(LINE_BOTTLE[line])
    with b.part("pallet", "pallet in the lift", "pallet"):
        b.copy(pallet(), (0, 0, 0.12))
    for layer in range(4):
        z = 0.28 + layer * 0.34
        with b.part(f"layer-{layer + 1}", f"bottle layer {layer + 1}", "goods"):
            b.box("carton", (0, 0, z - 0.016), (1.16, 0.78, 0.012))
            for i in range(12):
                for j in range(8):
                    if layer == 3 or i in (0, 11) or j in (0, 7):
                        b.copy(goods, (-0.53 + 0.0965 * i, -0.34 + 0.0965 * j, z))


def _film_block(b: Builder, line: int, x: float, z: float) -> None:
    goods = bottle(LINE_BOTTLE[line])
    for layer in range(2):
        base = z + layer * 0.34
        b.box("carton", (x, 0, base - 0.016), (1.16, 0.78, 0.012))
        for i in range(12):
            for j in range(8):
                if layer == 1 or i in (0, 11) or j in (0, 7):
                    b.copy(goods, (x - 0.53 + 0.0965 * i, -0.34 + 0.0965 * j, base))
    b.box("carton", (x, 0, z + 0.66), (1.18, 0.8, 0.015))


def _discharge_table(b: Builder, line: int) -> None:
    """Wide table that narrows the mass of bottles to one lane at the conveyor."""
    goods = bottle(LINE_BOTTLE[line])
    with b.part("table", "discharge table", "conveyor"):
        b.box("belt", (1.75, -1.2, BELT_HEIGHT - 0.06), (1.1, 1.9, 0.06))
        b.box("stainless", (1.75, -1.2, BELT_HEIGHT - 0.3), (1.04, 1.84, 0.24))
        for dx in (1.3, 2.2):
            for dy in (-2.0, -0.4):
                b.box("stainless", (dx, dy, 0.05), (0.06, 0.06, BELT_HEIGHT - 0.3))
        b.rod("zinc", (1.2, -0.25, BELT_HEIGHT + 0.12), (2.3, -1.75, BELT_HEIGHT + 0.12), 0.012, sides=6)
        b.rod("zinc", (1.2, -2.12, BELT_HEIGHT + 0.12), (2.3, -2.12, BELT_HEIGHT + 0.12), 0.012, sides=6)
    with b.part("table-goods", "bottles on the table", "goods"):
        for i in range(9):
            for j in range(14):
                at = (1.27 + 0.115 * i, -2.05 + 0.1 * j + 0.05 * (i % 2))
                if at[1] < -0.38 - (at[0] - 1.2) * 1.36:
                    b.copy(goods, (*at, BELT_HEIGHT))


def add_inspector(b: Builder, line: int, x: float, y: float) -> None:
    """Portal over the lane with camera, light and a pusher for rejects into a bin."""
    with b.group("INS", f"Inspector {line}", "inspector"), b.frame((x, y, 0)):
        with b.part("body", "body", "machine"):
            b.rounded("white", (0, 0, 0.12), (1.7, 0.95, 0.7), radius=0.05)
            b.box("teal", (0, 0, 0.55), (1.712, 0.962, 0.05))
            b.rounded("white", (0, 0.52, 0.82), (1.7, 0.36, 1.2), radius=0.05)
            b.rounded("white", (0, 0, 1.5), (1.7, 1.36, 0.66), radius=0.08)
            b.box("dark", (0, -0.682, 1.6), (1.5, 0.004, 0.44))
            b.box("screen", (-0.3, -0.686, 1.66), (0.62, 0.004, 0.32))
            for k, color in enumerate(("green", "amber", "grey", "grey")):
                b.cylinder(color, (0.2 + 0.12 * k, -0.684, 1.78), 0.025, 0.012, axis="-y", sides=10)
            for dx in (-0.6, 0.6):
                for dy in (-0.32, 0.32):
                    b.cylinder("zinc", (dx, dy, 0), 0.04, 0.13, sides=8)
        with b.part("CAM1", "seal camera", "camera"):
            b.rounded("black", (-0.35, 0, 1.32), (0.12, 0.12, 0.2), radius=0.02)
            b.cylinder("dark", (-0.35, 0, 1.27), 0.04, 0.06, sides=12)
        with b.part("CAM2", "fill level camera", "camera"):
            b.rounded("black", (0.2, 0.3, 1.12), (0.12, 0.16, 0.12), radius=0.02)
            b.box("lamp", (0.2, -0.3, 1.02), (0.3, 0.04, 0.26))
        with b.part("REJ", "reject pusher", "actuator"):
            b.rounded("red", (1.15, 0.42, 1.02), (0.16, 0.4, 0.12), radius=0.02)
            b.rod("polished", (1.15, 0.22, 1.08), (1.15, 0.1, 1.08), 0.02)
            b.box("dark", (1.15, 0.09, 1.02), (0.14, 0.02, 0.12))
            b.pipe("black", ((1.15, 0.6, 1.1), (1.15, 0.75, 1.1), (0.7, 0.6, 1.4)), 0.012, sides=6)
        with b.part("bin", "reject bin", "bin"):
            profile = ((0, 0.1), (0.3, 0.1), (0.38, 0.8), (0.36, 0.8), (0.28, 0.14), (0, 0.14))
            b.put(lathe(profile, 18), "red", (1.15, -0.62, 0))
            for k in range(5):
                b.copy(bottle(LINE_BOTTLE[line]), (1.0 + 0.07 * k, -0.62 + 0.06 * (k % 3), 0.35), rx=-40 + 20 * k)
        with b.part("EYE1", "trigger light barrier", "sensor"):
            photo_eye(b, (-0.95, -0.24, 1.06))
        operator_panel(b, (-1.3, -0.8, 0), rz=-10)
        signal_tower(b, (0.6, 0.2, 2.16))
        cabinet(b, (0, 1.25, 0), (0.9, 0.4, 1.8), rz=180, color="white")
        drive(b, (-0.6, 0.75, 0.5), rz=90)
        with b.part("plates", "name board", "sign"):
            sign_plate(b, (0, -0.69, 2.06), width=1.2, color="teal")
            type_plate(b, (0.5, -0.482, 0.3))


def add_packer(b: Builder, line: int, x: float, y: float) -> None:
    """Gantry that carries a layer of bottles on ``axis_x`` and lowers it into crates on ``axis_z``."""
    height, wide, deep = 3.5, 4.6, 3.0
    with b.group("PAC", f"Packer {line}", "packer"), b.frame((x, y, 0)):
        with b.part("frame", "gantry frame", "frame"):
            for dx in (-wide / 2, wide / 2):
                for dy in (-deep / 2, deep / 2):
                    b.rounded("white", (dx, dy, 0), (0.22, 0.22, height), radius=0.03)
                    b.box("dark", (dx, dy, 0), (0.36, 0.36, 0.03))
                b.rounded("white", (dx, 0, height), (0.26, deep, 0.32), radius=0.04)
            for dy in (-deep / 2, deep / 2):
                b.rounded("white", (0, dy, height), (wide + 0.3, 0.26, 0.32), radius=0.04)
                b.box("polished", (0, dy * 0.93, height + 0.32), (wide - 0.2, 0.06, 0.05))
        _packer_gantry(b, line, height, wide, deep)
        with b.part("supports", "crate centring", "frame"):
            for dy in (-0.24, 0.24):
                b.box("stainless", (1.0, dy, 1.05), (1.6, 0.03, 0.14))
            for dx in (0.3, 1.7):
                for dy in (-0.3, 0.3):
                    b.box("stainless", (dx, dy, 0.05), (0.06, 0.06, 0.8))
        low, high = (-wide / 2 - 0.3, -deep / 2 - 0.3), (wide / 2 + 0.3, deep / 2 + 0.3)
        lanes = (Tunnel(side=1, start=1.3, end=2.3, top=1.6), Tunnel(side=3, start=0.45, end=3.1, top=1.6))
        style = GuardStyle(low=0.12, high=2.6, post="white", rail="white", panel=1.25, sill=0.5)
        add_guards(b, rectangle(low, high), style, tunnels=lanes)
        operator_panel(b, (low[0] + 0.6, low[1] - 0.5, 0), rz=12)
        signal_tower(b, (wide / 2, -deep / 2, height + 0.32))
        cabinet(b, (0.2, high[1] + 0.5, 0), (2.9, 0.5, 2.0), rz=180, color="white")
        drive(b, (-wide / 2 + 0.1, -deep / 2, height + 0.5), size=1.7)
        with b.part("plates", "name board", "sign"):
            sign_plate(b, (0, -deep / 2 - 0.15, height + 0.03), width=1.6, color="robot")
            type_plate(b, (-wide / 2, -deep / 2 - 0.12, 1.4))


def _packer_gantry(b: Builder, line: int, height: float, wide: float, deep: float) -> None:
    start = -1.25
    goods = bottle(LINE_BOTTLE[line], cap="cap_gold")
    with b.part("chain", "gantry energy chain", "cable"):
        y, z = deep / 2 - 0.05, height + 0.45
        b.bar(_TRAY, "zinc", (-wide / 2, y, z - 0.1), (wide / 2, y, z - 0.1))
        cable_chain(b, [(wide / 2 - 0.3, y, z), (start + 0.9, y, z), (start + 0.75, y, z + 0.1), (start + 0.9, y, z + 0.2), (start + 1.6, y, z + 0.2)])
    across = b.joint("axis_x", "prismatic", (start, 0, height), (1, 0, 0))
    with b.riding(across):
        with b.part("carriage", "carriage", "gantry"):
            b.rounded("robot", (start, 0, height + 0.36), (0.6, deep - 0.1, 0.24), radius=0.04)
            for dy in (-deep / 2 + 0.12, deep / 2 - 0.12):
                b.rounded("dark", (start, dy, height + 0.3), (0.8, 0.18, 0.14), radius=0.03)
            gear_motor(b, (start, -0.6, height + 0.75), rz=90, size=1.5)
        down = b.joint("axis_z", "prismatic", (start, 0, height - 0.4), (0, 0, -1))
        with b.riding(down):
            with b.part("column", "lifting column", "gantry"):
                b.rounded("robot", (start, 0, 2.2), (0.3, 0.34, height - 1.5), radius=0.04)
                b.box("polished", (start + 0.16, 0, 2.3), (0.03, 0.1, height - 1.8))
                b.rounded("stainless", (start, 0, 2.08), (0.9, 0.8, 0.1), radius=0.02)
                b.pipe("black", ((start - 0.1, 0.2, 2.4), (start - 0.3, 0.3, 2.7), (start - 0.2, 0.3, 3.9)), 0.03, sides=7)
            with b.part("grippers", "gripper head", "gripper"):
                b.rounded("cover", (start, 0, 1.96), (1.0, 0.9, 0.12), radius=0.02)
                for dx, dy in _packer_grid():
                    b.cylinder("black", (start + dx, dy, 1.8), 0.024, 0.16, sides=8)
            with b.part("load", "bottles in the grippers", "goods"):
                for dx, dy in _packer_grid():
                    b.copy(goods, (start + dx, dy, 1.55))
    with b.part("crates", "crates in the filling place", "goods"):
        for dx in (0.8, 1.22):
            b.copy(crate("crate" if line == 1 else "crate_red"), (dx, 0, 1.0))


def _packer_grid() -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x in np.linspace(-0.4, 0.4, 8) for y in np.linspace(-0.3, 0.3, 6)]
