"""Depalletiser: a portal over a pallet of bottles; the sweeping head rides on joint ``axis_z``."""

from __future__ import annotations

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
from walkdown_server.plant.goods import LINE_BOTTLE, bottle, pallet
from walkdown_server.plant.guards import GuardStyle, Tunnel, add_guards, rectangle
from walkdown_server.plant.layout import BELT_HEIGHT

_HEIGHT, _WIDE, _DEEP = 4.4, 2.6, 2.2


def add_depalletiser(b: Builder, line: int, x: float, *, y: float) -> None:
    """Portal over a pallet of bottles; the sweeping head goes up and down on joint ``axis_z``."""
    height, wide, deep = _HEIGHT, _WIDE, _DEEP
    with b.group("DEP", f"Depalletiser {line}", "depalletiser"), b.frame((x, y, 0)):
        _portal(b)
        _lift(b)
        _bottle_stack(b, line)
        _discharge_table(b, line)
        _pallet_infeed(b, line)
        low, high = (-wide / 2 - 0.3, -deep / 2 - 0.3), (wide / 2 + 0.3, deep / 2 + 0.3)
        lanes = (
            Tunnel(side=1, start=0.25, end=1.9, top=1.9),
            Tunnel(side=3, start=0.75, end=2.05, top=2.3),
        )
        style = GuardStyle(low=0.1, high=2.9, rail="yellow", post="yellow", skin="white", panel=1.3)
        add_guards(b, rectangle(low, high), style, tunnels=lanes)
        operator_panel(b, (low[0] + 0.4, low[1] - 0.5, 0), rz=15)
        signal_tower(b, (wide / 2, -deep / 2, height + 0.3))
        cabinet(b, (-0.4, high[1] + 0.6, 0), (2.2, 0.5, 2.0), rz=180, color="white")
        drive(b, (1.75, -0.12, 0.8), rz=90, size=1.2)
        with b.part("plates", "name board", "sign"):
            sign_plate(b, (0, -deep / 2 - 0.14, height + 0.02), width=1.4)
            type_plate(b, (wide / 2, -deep / 2 - 0.11, 1.4))


def _pallet_infeed(b: Builder, line: int) -> None:
    """Rollers with the next pallet, still capped by a carton sheet."""
    with b.part("rollers", "pallet rollers", "conveyor"):
        for k in range(14):
            b.cylinder("roller", (-3.2 + 0.18 * k, -0.5, 0.28), 0.05, length=1.0, axis="y", sides=10)
        for dy in (-0.55, 0.55):
            b.box("dark", (-2.0, dy, 0.1), (2.5, 0.08, 0.26))
        b.box("dark", (0, 0, 0.02), (1.3, 0.9, 0.1))
    with b.part("next-pallet", "waiting pallet", "goods"):
        b.copy(pallet(), (-2.3, 0, 0.34))
        _film_block(b, line, -2.3, z=0.485)


def _lift(b: Builder) -> None:
    """The sweeping head on joint ``axis_z`` with its drive and energy chain."""
    height, wide, deep = _HEIGHT, _WIDE, _DEEP
    lift = b.joint("axis_z", "prismatic", (0, 0, 1.8))
    with b.riding(lift), b.part("lift", "sweeping head", "gantry"):
        b.rounded("robot", (0, 0, 1.95), (wide - 0.3, 0.3, 0.22), radius=0.04)
        for dx in (-wide / 2 + 0.15, wide / 2 - 0.15):
            b.rounded("robot", (dx, 0, 1.9), (0.2, deep - 0.2, 0.24), radius=0.04)
            for dy in (-deep / 2 + 0.16, deep / 2 - 0.16):
                b.cylinder("black", (dx, dy, 1.92), 0.06, length=0.16, sides=10)
        b.box("dark", (0, 0.5, 1.72), (1.3, 0.03, 0.3))
        b.box("dark", (0, -0.5, 1.72), (1.3, 0.03, 0.3))
        gear_motor(b, (0.3, 0, 2.25), size=1.3)
    with b.part("chain", "lift energy chain", "cable"):
        side = (wide / 2 - 0.25, deep / 2 - 0.3)
        cable_chain(
            b,
            [
                (*side, 2.0),
                (side[0], side[1], 0.9),
                (side[0], side[1] - 0.25, 0.75),
                (side[0], side[1] - 0.5, 0.9),
                (side[0], side[1] - 0.5, 2.3),
            ],
        )
    with b.part("MOT2", "lift drive", "motor"):
        gear_motor(b, (-0.8, -deep / 2, height + 0.42), size=1.8)
        b.rod("zinc", (-0.7, -deep / 2, height + 0.42), (wide / 2, -deep / 2, height + 0.42), radius=0.03)


def _portal(b: Builder) -> None:
    height, wide, deep = _HEIGHT, _WIDE, _DEEP
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


def _film_block(b: Builder, line: int, x: float, *, z: float) -> None:
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
        b.rod(
            "zinc", (1.2, -0.25, BELT_HEIGHT + 0.12), (2.3, -1.75, BELT_HEIGHT + 0.12), radius=0.012, sides=6
        )
        b.rod(
            "zinc", (1.2, -2.12, BELT_HEIGHT + 0.12), (2.3, -2.12, BELT_HEIGHT + 0.12), radius=0.012, sides=6
        )
    with b.part("table-goods", "bottles on the table", "goods"):
        for i in range(9):
            for j in range(14):
                at = (1.27 + 0.115 * i, -2.05 + 0.1 * j + 0.05 * (i % 2))
                if at[1] < -0.38 - (at[0] - 1.2) * 1.36:
                    b.copy(goods, (*at, BELT_HEIGHT))
