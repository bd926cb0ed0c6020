"""Packer: a gantry that carries bottles on ``axis_x`` and lowers them into crates on ``axis_z``."""

from __future__ import annotations

import numpy as np

from walkdown.package.model import Surface
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    cabinet,
    cable_chain,
    drive,
    gear_motor,
    operator_panel,
    sign_plate,
    signal_tower,
    type_plate,
)
from walkdown_server.plant.goods import LINE_BOTTLE, bottle, crate
from walkdown_server.plant.guards import GuardStyle, Tunnel, add_guards, rectangle
from walkdown_server.plant.shapes import channel

_TRAY = channel(0.22, 0.08, 0.008)


def add_packer(b: Builder, line: int, x: float, *, y: float) -> None:
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
        _packer_gantry(b, line, height, wide=wide, deep=deep)
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


def _packer_gantry(b: Builder, line: int, height: float, *, wide: float, deep: float) -> None:
    start = -1.25
    goods = bottle(LINE_BOTTLE[line], cap="cap_gold")
    with b.part("chain", "gantry energy chain", "cable"):
        y, z = deep / 2 - 0.05, height + 0.45
        b.bar(_TRAY, "zinc", (-wide / 2, y, z - 0.1), end=(wide / 2, y, z - 0.1))
        cable_chain(
            b,
            [
                (wide / 2 - 0.3, y, z),
                (start + 0.9, y, z),
                (start + 0.75, y, z + 0.1),
                (start + 0.9, y, z + 0.2),
                (start + 1.6, y, z + 0.2),
            ],
        )
    across = b.joint("axis_x", "prismatic", (start, 0, height), axis=(1, 0, 0))
    with b.riding(across):
        with b.part("carriage", "carriage", "gantry"):
            b.rounded("robot", (start, 0, height + 0.36), (0.6, deep - 0.1, 0.24), radius=0.04)
            for dy in (-deep / 2 + 0.12, deep / 2 - 0.12):
                b.rounded("dark", (start, dy, height + 0.3), (0.8, 0.18, 0.14), radius=0.03)
            gear_motor(b, (start, -0.6, height + 0.75), rz=90, size=1.5)
        down = b.joint("axis_z", "prismatic", (start, 0, height - 0.4), axis=(0, 0, -1))
        with b.riding(down):
            _lifted(b, goods, start, height=height)
    with b.part("crates", "crates in the filling place", "goods"):
        for dx in (0.8, 1.22):
            b.copy(crate("crate" if line == 1 else "crate_red"), (dx, 0, 1.0))


def _lifted(b: Builder, goods: Surface, start: float, *, height: float) -> None:
    """What goes up and down: column, gripper head, bottles."""
    with b.part("column", "lifting column", "gantry"):
        b.rounded("robot", (start, 0, 2.2), (0.3, 0.34, height - 1.5), radius=0.04)
        b.box("polished", (start + 0.16, 0, 2.3), (0.03, 0.1, height - 1.8))
        b.rounded("stainless", (start, 0, 2.08), (0.9, 0.8, 0.1), radius=0.02)
        b.pipe(
            "black",
            ((start - 0.1, 0.2, 2.4), (start - 0.3, 0.3, 2.7), (start - 0.2, 0.3, 3.9)),
            0.03,
            sides=7,
        )
    with b.part("grippers", "gripper head", "gripper"):
        b.rounded("cover", (start, 0, 1.96), (1.0, 0.9, 0.12), radius=0.02)
        for dx, dy in _packer_grid():
            b.cylinder("black", (start + dx, dy, 1.8), 0.024, length=0.16, sides=8)
    with b.part("load", "bottles in the grippers", "goods"):
        for dx, dy in _packer_grid():
            b.copy(goods, (start + dx, dy, 1.55))


def _packer_grid() -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x in np.linspace(-0.4, 0.4, 8) for y in np.linspace(-0.3, 0.3, 6)]
