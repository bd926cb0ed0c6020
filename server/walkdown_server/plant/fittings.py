"""What every machine wears: drive motor, operator panel, signal tower, cabinet, plates, cable chains."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from walkdown_server.plant.builder import Builder, Point
from walkdown_server.plant.round_shapes import lathe


def gear_motor(b: Builder, at: Point, *, rz: float = 0.0, size: float = 1.0) -> None:
    """A small drive: gear box at ``at``, motor along the turned x axis."""
    with b.frame(at, rz=rz):
        b.rounded("grey", (0, 0, -0.1 * size), (0.2 * size, 0.18 * size, 0.2 * size), radius=0.02)
        b.cylinder("blue", (0.1 * size, 0, 0), 0.085 * size, length=0.3 * size, axis="x", sides=12)
        for k in range(3):
            ring_at = ((0.15 + 0.06 * k) * size, 0, 0)
            b.cylinder("blue", ring_at, 0.096 * size, length=0.016 * size, axis="x", sides=10)
        b.cylinder("dark", (0.4 * size, 0, 0), 0.08 * size, length=0.05 * size, axis="x", sides=14)
        b.box("dark", (0.2 * size, 0, 0.08 * size), (0.1 * size, 0.08 * size, 0.06 * size))


def drive(b: Builder, at: Point, *, rz: float = 0.0, size: float = 1.0) -> None:
    """The machine's main drive as part ``MOT``."""
    with b.part("MOT", "main drive", "motor"):
        gear_motor(b, at, rz=rz, size=size)


def operator_panel(b: Builder, at: Point, *, rz: float = 0.0, name: str = "operator panel") -> None:
    """A console on a pillar as part ``HMI``; it faces -y before turning."""
    with b.part("HMI", name, "hmi"), b.frame(at, rz=rz):
        b.cylinder("dark", (0, 0, 0), 0.18, length=0.02, sides=20)
        b.cylinder("stainless", (0, 0, 0.02), 0.04, length=1.2, sides=12)
        with b.frame((0, 0, 1.38), rx=-12):
            b.rounded("dark", (0, 0, -0.22), (0.58, 0.09, 0.44), radius=0.03)
            b.box("screen", (0, -0.047, -0.15), (0.48, 0.004, 0.33))
            b.rounded("grey", (0, -0.07, -0.27), (0.5, 0.1, 0.04), radius=0.015)
            b.cylinder("yellow", (0.2, -0.09, -0.235), 0.035, length=0.015, sides=12)
            b.cylinder("red", (0.2, -0.09, -0.22), 0.025, length=0.03, sides=12)
            for k, color in enumerate(("green", "amber", "grey")):
                b.cylinder(color, (-0.18 + 0.07 * k, -0.09, -0.235), 0.014, length=0.014, sides=8)


def signal_tower(b: Builder, at: Point, *, lit: str = "green") -> None:
    """Three lamps and a horn as part ``TWR``."""
    x, y, z = at
    with b.part("TWR", "signal tower", "signal_tower"):
        b.cylinder("dark", (x, y, z), 0.05, length=0.03, sides=12)
        b.cylinder("stainless", (x, y, z + 0.03), 0.014, length=0.27, sides=8)
        for k, color in enumerate(("green", "amber", "red_lamp")):
            shown = (
                color
                if color == lit
                else {"green": "sign_green", "amber": "yellow", "red_lamp": "red"}[color]
            )
            b.cylinder(shown, (x, y, z + 0.3 + 0.1 * k), 0.042, length=0.09, sides=12)
            b.cylinder("dark", (x, y, z + 0.39 + 0.1 * k), 0.044, length=0.01, sides=12)
        b.cylinder("dark", (x, y, z + 0.6), 0.03, length=0.05, sides=10)


def cabinet(
    b: Builder, at: Point, size: Point, *, rz: float = 0.0, color: str = "grey", tag: str = "CAB"
) -> None:
    """An electrical cabinet; its doors face -y before turning."""
    with b.part(tag, "control cabinet", "cabinet"), b.frame(at, rz=rz):
        cabinet_body(b, size, color)


def cabinet_body(b: Builder, size: Point, color: str) -> None:
    """Plinth, case, doors with handles, vents, warning plate and a cooler on the last door."""
    width, depth, height = size
    front = -depth / 2
    b.box("dark", (0, 0, 0), (width - 0.04, depth - 0.04, 0.1))
    b.rounded(color, (0, 0, 0.1), (width, depth, height - 0.1), radius=0.02)
    doors = max(1, round(width / 0.75))
    leaf = width / doors
    for k in range(doors):
        x = -width / 2 + leaf * (k + 0.5)
        b.rounded(color, (x, front - 0.008, 0.14), (leaf - 0.03, 0.03, height - 0.2), radius=0.01)
        b.rounded("dark", (x + leaf * 0.36, front - 0.035, height * 0.52), (0.03, 0.03, 0.2), radius=0.01)
        b.box("dark", (x, front - 0.024, 0.3), (leaf * 0.5, 0.006, 0.16))
        for z in (0.3, height - 0.35):
            b.box("zinc", (x - leaf * 0.47, front - 0.026, z), (0.03, 0.012, 0.08))
    b.box("yellow", (-width / 2 + leaf * 0.5, front - 0.025, height * 0.78), (0.13, 0.006, 0.12))
    b.box("red", (width / 2 - leaf * 0.5, front - 0.025, height * 0.66), (0.07, 0.03, 0.07))
    b.box("dark", (width / 2 - leaf * 0.5, front - 0.05, height * 0.675), (0.02, 0.03, 0.04))


def type_plate(b: Builder, at: Point, *, rz: float = 0.0) -> None:
    """A riveted maker's plate that faces -y before turning."""
    with b.frame(at, rz=rz):
        b.box("zinc", (0, 0, 0), (0.2, 0.006, 0.12))
        b.box("navy", (0, -0.004, 0.085), (0.19, 0.003, 0.025))
        b.box("dark", (-0.02, -0.004, 0.02), (0.12, 0.002, 0.008))
        b.box("dark", (-0.02, -0.004, 0.05), (0.12, 0.002, 0.008))


def sign_plate(b: Builder, at: Point, *, width: float = 0.9, rz: float = 0.0, color: str = "navy") -> None:
    """A machine's name board that faces -y before turning; the client draws the words."""
    with b.frame(at, rz=rz):
        b.rounded(color, (0, 0, 0), (width, 0.025, 0.26), radius=0.012)
        b.box("paper", (width * 0.06, -0.014, 0.05), (width * 0.74, 0.003, 0.16))
        b.box("yellow", (-width * 0.42, -0.014, 0.05), (width * 0.1, 0.003, 0.16))


def cable_chain(b: Builder, path: Sequence[Point], *, width: float = 0.09) -> None:
    """An energy chain: links along a polyline in a vertical plane."""
    points = np.array(path, np.float64)
    lengths = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    marks = np.arange(0.03, lengths[-1], 0.06)
    middle = np.stack([np.interp(marks, lengths, points[:, i]) for i in range(3)], 1)
    ahead = np.stack([np.interp(marks + 0.01, lengths, points[:, i]) for i in range(3)], 1) - middle
    for (x, y, z), (dx, dy, dz) in zip(middle.tolist(), ahead.tolist(), strict=True):
        flat = math.hypot(dx, dy)
        with b.frame((x, y, z), rz=math.degrees(math.atan2(dy, dx)), ry=-math.degrees(math.atan2(dz, flat))):
            b.box("black", (0, 0, -0.025), (0.052, width, 0.05))


def fan_filter(b: Builder, at: Point, size: Point) -> None:
    """A clean-air unit on a machine's roof: case, grille, duct collar."""
    x, y, z = at
    b.rounded("cover", at, size, radius=0.03)
    b.box("dark", (x, y, z + size[2]), (size[0] * 0.7, size[1] * 0.7, 0.01))
    collar = lathe(((0, 0), (0.16, 0), (0.16, 0.12), (0.2, 0.14), (0.2, 0.17), (0, 0.17)), 18)
    b.put(collar, "zinc", (x, y, z + size[2]))


def photo_eye(b: Builder, at: Point, *, rz: float = 0.0) -> None:
    """A light barrier: bracket, sensor and reflector opposite."""
    with b.frame(at, rz=rz):
        b.box("stainless", (0, 0, -0.18), (0.03, 0.02, 0.26))
        b.rounded("black", (0, 0.02, 0.0), (0.04, 0.06, 0.07), radius=0.008)
        b.box("amber", (0, -0.012, 0.045), (0.02, 0.004, 0.012))
