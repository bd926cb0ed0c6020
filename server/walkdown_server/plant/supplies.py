"""The middle of the north bay: quality laboratory, packaging material, stretch wrapper, forklifts."""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import operator_panel, signal_tower
from walkdown_server.plant.goods import (
    LAYER_HEIGHT,
    PALLET_HEIGHT,
    carton_layer,
    crate_layer,
    pallet,
    wrapped_block,
)
from walkdown_server.plant.round_shapes import lathe, ring
from walkdown_server.plant.shapes import flat_bar

_SHELF_XS, _SHELF_YS = (47.4, 49.5, 51.6), (38.6, 41.4, 44.2)
_LAB = (69.6, 78.6, 38.4, 45.6, 2.9)
"""West, east, south, north and height of the laboratory."""

_MAST = flat_bar(0.1, 0.16)


def add_supplies(b: Builder) -> None:
    """Unbound but visible things that a working plant has."""
    with b.group("SUPPLY", "Packaging material", "area"):
        for row, y in enumerate(_SHELF_YS, 1):
            for bay, x in enumerate(_SHELF_XS, 1):
                _shelf(b, f"{row}{bay}", x, y=y)
        _lanes(b)
    with b.group("QLAB", "Quality laboratory", "room"):
        _laboratory(b)
    with b.group("WRAP", "Stretch wrapper", "wrapper"), b.frame((82.4, 42.4, 0)):
        _wrapper(b)
    for n, (x, y, rz) in enumerate(((64.5, 38.2, 200.0), (110.5, 33.6, 20.0)), 1):
        with b.group(f"FORK-{n}", f"Forklift {n}", "forklift"), b.frame((x, y, 0), rz=rz):
            _forklift(b, loaded=n == 1)


def _shelf(b: Builder, tag: str, x: float, *, y: float) -> None:
    """A shelf 2 m long with caps, labels and small parts."""
    with b.part(f"shelf-{tag}", f"shelf {tag}", "rack"):
        for dx in (0.0, 2.0):
            for dy in (-0.35, 0.35):
                b.box("rack", (x + dx, y + dy, 0), (0.06, 0.06, 2.6))
        for z in (0.15, 0.95, 1.75, 2.5):
            b.box("zinc", (x + 1.0, y, z), (2.0, 0.72, 0.04))
    for level, z in enumerate((0.19, 0.99, 1.79)):
        with b.part(f"stock-{tag}-{level + 1}", f"stock {tag}.{level + 1}", "goods"):
            kind = int(b.rng.integers(0, 3))
            for k in range(4):
                at = (x + 0.28 + 0.48 * k, y, z)
                if kind == 0:
                    b.box("carton", at, (0.42, 0.56, 0.3 + 0.2 * float(b.rng.random())))
                elif kind == 1:
                    b.cylinder("paper", at, 0.2, length=0.1, sides=18)
                    b.cylinder("label_blue", (at[0], y, z + 0.1), 0.2, length=0.1, sides=18)
                    b.cylinder("paper", (at[0], y, z + 0.2), 0.2, length=0.1, sides=18)
                else:
                    b.rounded(("blue", "red", "teal", "grey")[k], at, (0.4, 0.6, 0.28), radius=0.03)


def _lanes(b: Builder) -> None:
    """Floor lanes with pallets of cartons and crates."""
    with b.part("lanes", "floor lanes", "marking", layer="floor"):
        for k in range(6):
            b.box("mark_white", (55.6 + 1.5 * k, 41.2, 0), (0.08, 6.4, 0.004))
    for lane in range(5):
        x = 56.35 + 1.5 * lane
        for k in range(1 + (lane * 2) % 4):
            with b.part(f"lane-{lane + 1}-{k + 1}", f"lane {lane + 1}, pallet {k + 1}", "pallet"):
                y = 44.0 - 1.4 * k
                b.copy(pallet(), (x, y, 0), rz=90)
                if lane % 2:
                    b.copy(wrapped_block(4), (x, y, PALLET_HEIGHT), rz=90)
                    continue
                for layer in range(3 + (lane + k) % 2):
                    b.copy(carton_layer(lane % 3), (x, y, PALLET_HEIGHT + layer * LAYER_HEIGHT), rz=90)


def _laboratory(b: Builder) -> None:
    x0, x1, y0, y1, h = _LAB
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    _lab_walls(b)
    with b.part("ceiling", "ceiling", "ceiling"):
        b.box("cover", (*middle, h), (x1 - x0 + 0.2, y1 - y0 + 0.2, 0.14))
        b.rounded("cover", (middle[0] + 2, middle[1], h + 0.14), (1.6, 1.2, 0.6), radius=0.04)
    _lab_panes(b)
    with b.part("lamps", "lamps", "machine_lamp"):
        for x in (71.5, 74.1, 76.7):
            b.box("lamp", (x, middle[1], h - 0.04), (0.3, 4.0, 0.03))
    _lab_benches(b)


def _lab_benches(b: Builder) -> None:
    for n, (x, y, wide) in enumerate(((72.0, 44.9, 3.6), (76.4, 44.9, 3.6), (74.1, 41.6, 4.0)), 1):
        with b.part(f"bench-{n}", f"bench {n}", "bench"):
            b.rounded("cover", (x, y, 0.84), (wide, 0.8, 0.06), radius=0.015)
            b.box("grey", (x, y, 0.06), (wide - 0.1, 0.7, 0.78))
            for k in range(round(wide / 0.6)):
                b.box("dark", (x - wide / 2 + 0.3 + 0.6 * k, y - 0.356, 0.62), (0.2, 0.012, 0.02))
        with b.part(f"instruments-{n}", f"instruments {n}", "instrument"):
            b.rounded("white", (x - wide * 0.3, y, 0.9), (0.6, 0.5, 0.42), radius=0.04)
            b.box("screen", (x - wide * 0.3, y - 0.252, 1.08), (0.26, 0.004, 0.16))
            b.cylinder("dark", (x, y, 0.9), 0.12, length=0.3, sides=16)
            b.cylinder("polished", (x + 0.4, y, 0.9), 0.08, length=0.22, sides=14)
            b.rounded("navy", (x + wide * 0.32, y, 0.9), (0.5, 0.46, 0.6), radius=0.04)
            for k in range(4):
                b.cylinder(
                    ("bottle", "bottle_brown")[k % 2],
                    (x + 0.62 + 0.1 * k, y - 0.2, 0.9),
                    0.035,
                    length=0.24,
                    sides=10,
                )


def _lab_panes(b: Builder) -> None:
    x0, x1, y0, y1, h = _LAB
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    with b.part("panes", "panes", "pane", layer="glass"):
        for y in (y0, y1):
            b.box("glass", (middle[0], y, 0.95), (x1 - x0 - 0.1, 0.02, h - 1.3))
        for x in (x0, x1):
            b.box("glass", (x, middle[1], 0.95), (0.02, y1 - y0 - 0.1, h - 1.3))


def _lab_walls(b: Builder) -> None:
    x0, x1, y0, y1, h = _LAB
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    with b.part("walls", "walls", "partition"):
        for y in (y0, y1):
            b.box("cover", (middle[0], y, 0), (x1 - x0, 0.1, 0.95))
            b.box("cover", (middle[0], y, h - 0.35), (x1 - x0, 0.1, 0.35))
        for x in (x0, x1):
            b.box("cover", (x, middle[1], 0), (0.1, y1 - y0, 0.95))
            b.box("cover", (x, middle[1], h - 0.35), (0.1, y1 - y0, 0.35))
        for x in np.linspace(x0, x1, 7):
            for y in (y0, y1):
                b.box("grey", (float(x), y, 0.9), (0.07, 0.11, h - 1.2))
        for y in np.linspace(y0, y1, 5):
            for x in (x0, x1):
                b.box("grey", (x, float(y), 0.9), (0.11, 0.07, h - 1.2))
        b.box("teal", (middle[0], y0 - 0.055, h - 0.3), (2.4, 0.02, 0.26))


def _wrapper(b: Builder) -> None:
    with b.part("table", "turntable", "machine"):
        b.put(lathe(((0, 0), (1.0, 0), (1.0, 0.07), (0.96, 0.09), (0, 0.09)), 36), "dark", (0, 0, 0))
        b.rounded("robot", (1.5, 0, 0), (1.1, 0.7, 0.24), radius=0.04)
    with b.part("load", "wrapped pallet", "pallet"):
        b.copy(pallet(), (0, 0, 0.09))
        for k in range(4):
            b.copy(crate_layer("crate"), (0, 0, 0.09 + PALLET_HEIGHT + k * LAYER_HEIGHT))
    with b.part("film", "stretch film", "goods", layer="glass"):
        b.box("glass", (0, 0, 0.24), (1.23, 0.83, 1.0))
    with b.part("mast", "mast with film carriage", "gantry"):
        b.rounded("robot", (1.85, 0, 0.2), (0.34, 0.42, 2.3), radius=0.04)
        b.rounded("dark", (1.55, 0, 1.1), (0.3, 0.4, 0.6), radius=0.03)
        b.cylinder("paper", (1.4, 0.0, 1.15), 0.12, length=0.5, sides=18)
        b.box("hazard", (1.85, 0, 0.2), (0.36, 0.44, 0.2))
    operator_panel(b, (1.6, -1.1, 0), rz=-30)
    signal_tower(b, (1.85, 0, 2.5))


def _forklift(b: Builder, *, loaded: bool) -> None:
    with b.part("body", "body", "forklift"):
        b.rounded("yellow", (-0.55, 0, 0.28), (1.1, 1.05, 0.75), radius=0.12)
        b.rounded("dark", (-1.0, 0, 0.25), (0.5, 1.08, 0.85), radius=0.12)
        b.rounded("yellow", (0.25, 0, 0.3), (0.7, 1.05, 0.24), radius=0.06)
        b.rounded("black", (-0.35, 0, 1.03), (0.5, 0.5, 0.12), radius=0.04)
        b.rounded("black", (-0.6, 0, 1.1), (0.12, 0.48, 0.5), radius=0.05)
        b.rod("dark", (0.42, 0, 0.5), (0.2, 0, 1.15), radius=0.03)
        b.put(ring(0.16, 0.018, sides=20, around=6), "black", (0.18, 0, 1.17), ry=-25)
        b.cylinder("robot", (-0.75, 0, 2.12), 0.07, length=0.1, sides=12)
    with b.part("wheels", "wheels", "wheel"):
        for x, radius in ((0.35, 0.3), (-0.95, 0.24)):
            for y in (-0.56, 0.38):
                b.cylinder("rubber", (x, y, radius), radius, length=0.18, axis="y", sides=20)
                b.cylinder("zinc", (x, y - 0.005, radius), radius * 0.5, length=0.19, axis="y", sides=14)
    _cage_and_mast(b)
    if loaded:
        with b.part("load", "load", "pallet"):
            b.copy(pallet(), (1.5, 0, 0.1), rz=90)
            for k in range(3):
                b.copy(carton_layer(1), (1.5, 0, 0.1 + PALLET_HEIGHT + k * LAYER_HEIGHT), rz=90)


def _cage_and_mast(b: Builder) -> None:
    with b.part("cage", "overhead guard", "guard"):
        for y in (-0.48, 0.48):
            b.rod("dark", (0.5, y, 0.5), (0.2, y, 2.1), radius=0.03)
            b.rod("dark", (-0.9, y, 1.0), (-0.8, y, 2.1), radius=0.03)
            b.rod("dark", (0.2, y, 2.1), (-0.8, y, 2.1), radius=0.03)
        for k in range(6):
            b.rod("dark", (0.2 - 0.2 * k, -0.48, 2.1), (0.2 - 0.2 * k, 0.48, 2.1), radius=0.02, sides=6)
    with b.part("mast", "mast and forks", "gantry"):
        for y in (-0.36, 0.36):
            b.bar(_MAST, "black", (0.72, y, 0.1), end=(0.72, y, 2.25))
            b.box("dark", (1.35, y * 0.7, 0.06), (1.15, 0.12, 0.045))
            b.box("dark", (0.8, y * 0.7, 0.06), (0.05, 0.12, 0.6))
        for z in (0.45, 1.4, 2.2):
            b.box("black", (0.72, 0, z), (0.1, 0.8, 0.1))
        b.rod("polished", (0.72, 0, 0.3), (0.72, 0, 1.9), radius=0.04)
        for k in range(4):
            b.rod("black", (0.8, -0.4 + 0.27 * k, 0.6), (0.8, -0.4 + 0.27 * k, 1.25), radius=0.015, sides=5)
