"""Bottle inspector: a portal over the lane with cameras, light and a pusher for rejects."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    cabinet,
    drive,
    operator_panel,
    photo_eye,
    sign_plate,
    signal_tower,
    type_plate,
)
from walkdown_server.plant.goods import LINE_BOTTLE, bottle
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import channel

_TRAY = channel(0.22, 0.08, 0.008)


def add_inspector(b: Builder, line: int, x: float, *, y: float) -> None:
    """Portal over the lane with camera, light and a pusher for rejects into a bin."""
    with b.group("INS", f"Inspector {line}", "inspector"), b.frame((x, y, 0)):
        _body(b)
        _optics_and_reject(b, line)
        operator_panel(b, (-1.3, -0.8, 0), rz=-10)
        signal_tower(b, (0.6, 0.2, 2.16))
        cabinet(b, (0, 1.25, 0), (0.9, 0.4, 1.8), rz=180, color="white")
        drive(b, (-0.6, 0.75, 0.5), rz=90)
        with b.part("plates", "name board", "sign"):
            sign_plate(b, (0, -0.69, 2.06), width=1.2, color="teal")
            type_plate(b, (0.5, -0.482, 0.3))


def _optics_and_reject(b: Builder, line: int) -> None:
    """Cameras, light, pusher, bin and trigger."""
    with b.part("CAM1", "seal camera", "camera"):
        b.rounded("black", (-0.35, 0, 1.32), (0.12, 0.12, 0.2), radius=0.02)
        b.cylinder("dark", (-0.35, 0, 1.27), 0.04, length=0.06, sides=12)
    with b.part("CAM2", "fill level camera", "camera"):
        b.rounded("black", (0.2, 0.3, 1.12), (0.12, 0.16, 0.12), radius=0.02)
        b.box("lamp", (0.2, -0.3, 1.02), (0.3, 0.04, 0.26))
    with b.part("REJ", "reject pusher", "actuator"):
        b.rounded("red", (1.15, 0.42, 1.02), (0.16, 0.4, 0.12), radius=0.02)
        b.rod("polished", (1.15, 0.22, 1.08), (1.15, 0.1, 1.08), radius=0.02)
        b.box("dark", (1.15, 0.09, 1.02), (0.14, 0.02, 0.12))
        b.pipe("black", ((1.15, 0.6, 1.1), (1.15, 0.75, 1.1), (0.7, 0.6, 1.4)), 0.012, sides=6)
    with b.part("bin", "reject bin", "bin"):
        profile = ((0, 0.1), (0.3, 0.1), (0.38, 0.8), (0.36, 0.8), (0.28, 0.14), (0, 0.14))
        b.put(lathe(profile, 18), "red", (1.15, -0.62, 0))
        for k in range(5):
            b.copy(bottle(LINE_BOTTLE[line]), (1.0 + 0.07 * k, -0.62 + 0.06 * (k % 3), 0.35), rx=-40 + 20 * k)
    with b.part("EYE1", "trigger light barrier", "sensor"):
        photo_eye(b, (-0.95, -0.24, 1.06))


def _body(b: Builder) -> None:
    with b.part("body", "body", "machine"):
        b.rounded("white", (0, 0, 0.12), (1.7, 0.95, 0.7), radius=0.05)
        b.box("teal", (0, 0, 0.55), (1.712, 0.962, 0.05))
        b.rounded("white", (0, 0.52, 0.82), (1.7, 0.36, 1.2), radius=0.05)
        b.rounded("white", (0, 0, 1.5), (1.7, 1.36, 0.66), radius=0.08)
        b.box("dark", (0, -0.682, 1.6), (1.5, 0.004, 0.44))
        b.box("screen", (-0.3, -0.686, 1.66), (0.62, 0.004, 0.32))
        for k, color in enumerate(("green", "amber", "grey", "grey")):
            b.cylinder(color, (0.2 + 0.12 * k, -0.684, 1.78), 0.025, length=0.012, axis="-y", sides=10)
        for dx in (-0.6, 0.6):
            for dy in (-0.32, 0.32):
                b.cylinder("zinc", (dx, dy, 0), 0.04, length=0.13, sides=8)
