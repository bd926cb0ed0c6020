"""The mezzanine with stairs, the control room on it, the switchgear below and the workshop corner."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from walkdown_server.plant.access import railing, stairs
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import cabinet_body
from walkdown_server.plant.round_shapes import lathe, sphere
from walkdown_server.plant.shapes import i_beam

_POST = i_beam(0.2, 0.2, 0.015)
_BEAM = i_beam(0.15, 0.3, 0.015)
_ROOM = (28.5, 43.0, 50.2, 58.2, 4.0, 3.0)
"""West, east, south, north, floor and height of the control room."""

_WEST, _EAST, _SOUTH, _NORTH, _DECK = 26.0, 44.0, 48.0, 58.5, 4.0


def add_rooms(b: Builder) -> None:
    """``MEZZ`` with ``CR-1``; benches and lockers along the north wall."""
    with b.group("MEZZ", "Mezzanine", "mezzanine"):
        _deck(b)
        with b.rooted(), b.group("CR-1", "Control room", "room"):
            _control_room(b)
        _switchgear(b)
    with b.group("SHOP", "Workshop", "area"):
        _workshop(b)


def _deck(b: Builder) -> None:
    with b.part("deck", "deck", "deck"):
        middle = ((_WEST + _EAST) / 2, (_SOUTH + _NORTH) / 2)
        b.box("grey", (*middle, _DECK - 0.12), (_EAST - _WEST, _NORTH - _SOUTH, 0.12))
        for y in (_SOUTH + 0.1, 53.0, _NORTH - 0.1):
            b.bar(_BEAM, "steel", (_WEST, y, _DECK - 0.27), end=(_EAST, y, _DECK - 0.27))
        for x in np.arange(_WEST + 0.1, _EAST + 0.1, 2.0):
            b.box("steel", (float(x), middle[1], _DECK - 0.3), (0.1, _NORTH - _SOUTH, 0.18))
        b.box("hazard", (middle[0], _SOUTH - 0.01, _DECK - 0.3), (_EAST - _WEST, 0.02, 0.16))
    for i, x in enumerate((_WEST + 0.3, 32.0, 38.0, _EAST - 0.3)):
        for j, y in enumerate((_SOUTH + 0.3, 53.0, _NORTH - 0.3)):
            with b.part(f"post-{i + 1}{'ABC'[j]}", f"post {i + 1}{'ABC'[j]}", "column"):
                b.bar(_POST, "steel", (x, y, 0), end=(x, y, _DECK - 0.42))
                b.box("steel", (x, y, 0), (0.4, 0.4, 0.02))
                if j == 0:
                    b.box("hazard", (x, y, 0.02), (0.24, 0.24, 1.0))
    railing(b, "rail-s", [(_WEST, _SOUTH), (_EAST, _SOUTH)], z=_DECK)
    railing(b, "rail-w", [(_WEST, _NORTH), (_WEST, _SOUTH)], z=_DECK)
    railing(b, "rail-e", [(_EAST, _SOUTH + 1.3), (_EAST, _NORTH)], z=_DECK)
    stairs(b, "stairs", "stairs", top=(_EAST, _SOUTH + 0.65, _DECK), rz=180.0, width=1.1)


def _control_room(b: Builder) -> None:
    x0, x1, _y0, y1, z, h = _ROOM
    middle = (x0 + x1) / 2
    _room_shell(b)
    _room_panes(b)
    for k in range(4):
        _desk(b, k + 1, 30.6 + 3.2 * k, y=52.1, z=z)
    with b.part("wall-screen", "video wall", "screen"):
        b.box("black", (middle, y1 - 0.12, z + 0.9), (8, 0.06, 1.8))
        for k in range(4):
            b.box("screen", (middle - 2.85 + 1.9 * k, y1 - 0.16, z + 1), (1.75, 0.01, 1.6))
    with b.part("lamps", "lamps", "machine_lamp"):
        for k in range(4):
            b.box("lamp", (30.5 + 3.5 * k, 54, z + h - 0.05), (1.2, 0.3, 0.04))
    _plants(b)


def _plants(b: Builder) -> None:
    x0, x1, _y0, y1, z, _h = _ROOM
    with b.part("plants", "plants", "decor"):
        for x, y in ((x0 + 0.6, y1 - 0.7), (x1 - 0.7, y1 - 0.7)):
            b.put(lathe(((0, 0), (0.18, 0), (0.24, 0.45), (0, 0.45)), 16), "cover", (x, y, z))
            for k in range(5):
                b.put(
                    sphere(8),
                    "leaf",
                    (x + 0.12 * (k % 3 - 1), y + 0.1 * (k % 2), z + 0.7 + 0.14 * k),
                    scale=(0.26, 0.26, 0.22),
                )


def _room_panes(b: Builder) -> None:
    x0, x1, y0, y1, z, _h = _ROOM
    for k, (a, c) in enumerate(pairwise(np.linspace(x0, x1, 8))):
        with b.part(f"pane-s{k + 1}", f"pane S{k + 1}", "pane", layer="glass"):
            b.box("glass", (float(a + c) / 2, y0, z + 0.8), (float(c - a) - 0.1, 0.02, 1.7))
    for k, (a, c) in enumerate(pairwise(np.linspace(y0, y1, 5))):
        with b.part(f"pane-e{k + 1}", f"pane E{k + 1}", "pane", layer="glass"):
            b.box("glass", (x1, float(a + c) / 2, z + 0.8), (0.02, float(c - a) - 0.1, 1.7))


def _room_shell(b: Builder) -> None:
    """Walls, window posts, ceiling and the air conditioner on it."""
    x0, x1, y0, y1, z, h = _ROOM
    middle, depth = (x0 + x1) / 2, (y0 + y1) / 2
    with b.part("walls", "walls", "wall"):
        b.box("room", (middle, y1, z), (x1 - x0, 0.12, h))
        b.box("room", (x0, depth, z), (0.12, y1 - y0, h))
        for low, high in ((0.0, 0.8), (2.5, h)):
            b.box("room", (middle, y0, z + low), (x1 - x0, 0.12, high - low))
            b.box("room", (x1, depth, z + low), (0.12, y1 - y0, high - low))
        for x in np.linspace(x0, x1, 8):
            b.box("dark", (float(x), y0, z + 0.8), (0.08, 0.13, 1.7))
        for y in np.linspace(y0, y1, 5):
            b.box("dark", (x1, float(y), z + 0.8), (0.13, 0.08, 1.7))
        b.box("navy", (middle, y0 - 0.07, z + 2.62), (3.0, 0.02, 0.3))
        b.box("carpet", (middle, depth, z), (x1 - x0 - 0.1, y1 - y0 - 0.1, 0.01))
    with b.part("ceiling", "ceiling", "ceiling"):
        b.box("room", (middle, depth, z + h), (x1 - x0 + 0.5, y1 - y0 + 0.5, 0.2))
    with b.part("AHU", "air conditioner", "roof_unit"):
        b.rounded("cover", (middle - 3, depth, z + h + 0.2), (2.4, 1.4, 0.9), radius=0.05)
        b.box("zinc", (middle + 0.5, depth, z + h + 0.3), (4.6, 0.6, 0.5))
        for x in (-3.6, -2.4):
            b.cylinder("dark", (middle + x, depth, z + h + 1.1), 0.4, length=0.03, sides=20)


def _desk(b: Builder, n: int, x: float, *, y: float, z: float) -> None:
    with b.part(f"desk-{n}", f"desk {n}", "desk"):
        b.rounded("wood", (x, y, z + 0.7), (2.2, 0.8, 0.05), radius=0.02)
        for dx in (-1, 1):
            b.box("dark", (x + dx, y, z), (0.06, 0.7, 0.7))
        b.rounded("dark", (x - 0.3, y + 0.2, z + 0.75), (0.44, 0.15, 0.02), radius=0.008)
    with b.part(f"chair-{n}", f"chair {n}", "chair"):
        b.rounded("fabric", (x, y + 0.75, z + 0.45), (0.5, 0.48, 0.08), radius=0.03)
        b.rounded("fabric", (x, y + 0.98, z + 0.55), (0.46, 0.07, 0.55), radius=0.03)
        b.cylinder("dark", (x, y + 0.75, z + 0.1), 0.03, length=0.36, sides=8)
        for leg in range(5):
            angle = 1.2566 * leg
            b.rod(
                "dark",
                (x, y + 0.75, z + 0.1),
                (x + 0.3 * np.cos(angle), y + 0.75 + 0.3 * np.sin(angle), z + 0.05),
                radius=0.02,
                sides=5,
            )
    for side, middle in (("L", x - 0.55), ("R", x + 0.55)):
        with b.part(f"screen-{n}{side}", f"display {n}{side}", "screen"):
            b.rounded("black", (middle, y - 0.2, z + 0.85), (1.0, 0.05, 0.6), radius=0.02)
            b.box("screen", (middle, y - 0.172, z + 0.89), (0.92, 0.006, 0.52))
            b.box("dark", (middle, y - 0.2, z + 0.75), (0.2, 0.2, 0.1))


def _switchgear(b: Builder) -> None:
    for k in range(9):
        with b.part(f"SW{k + 1}", f"switchgear {k + 1}", "cabinet"), b.frame((28.0 + k * 1.25, 57.4, 0)):
            cabinet_body(b, (1.2, 0.8, 2.2), "grey")
    with b.part("TR1", "transformer", "transformer"):
        b.rounded("grey", (41.2, 57.2, 0.1), (2.0, 1.4, 2.0), radius=0.04)
        for k in range(10):
            b.box("dark", (40.4 + 0.18 * k, 56.49, 0.4), (0.08, 0.02, 1.2))
        b.box("yellow", (41.2, 56.48, 1.75), (0.3, 0.02, 0.26))
    with b.part("fence", "switchroom screen", "fence", layer="glass"):
        b.box("mesh", (34.0, 55.2, 0.1), (15.0, 0.004, 2.2))
    with b.part("fence-posts", "switchroom posts", "fence"):
        for x in np.arange(26.5, 42.0, 1.5):
            b.box("yellow", (float(x), 55.2, 0), (0.06, 0.06, 2.35))
        b.box("yellow", (34.0, 55.2, 2.3), (15.0, 0.05, 0.05))
    with b.part("cables", "cable risers", "tray"):
        for k in range(5):
            b.box("zinc", (29.0 + 2.5 * k, 57.8, 2.2), (0.4, 0.1, 1.5))
    with b.part("lamps", "lamps below the deck", "machine_lamp"):
        for x in (29.0, 33.0, 37.0, 41.0):
            for y in (50.5, 54.0):
                b.box("lamp", (x, y, _DECK - 0.36), (1.4, 0.12, 0.04))


def _workshop(b: Builder) -> None:
    for k in range(4):
        x = 47.5 + 3.4 * k
        with b.part(f"bench-{k + 1}", f"bench {k + 1}", "bench"):
            b.rounded("wood", (x, 57.9, 0.88), (2.6, 0.8, 0.06), radius=0.02)
            for dx in (-1.15, 1.15):
                b.box("dark", (x + dx, 57.9, 0), (0.08, 0.7, 0.88))
            b.rounded("blue", (x + 0.7, 57.85, 0.2), (0.7, 0.66, 0.66), radius=0.03)
            for drawer in range(4):
                b.box("zinc", (x + 0.7, 57.51, 0.32 + 0.15 * drawer), (0.4, 0.02, 0.02))
            b.rounded("red", (x - 0.6, 57.9, 0.94), (0.55, 0.3, 0.26), radius=0.03)
            b.box("grey", (x, 58.4, 1.1), (2.6, 0.04, 1.1))
            for tool in range(7):
                b.box(
                    ("dark", "red", "zinc")[tool % 3],
                    (x - 1.0 + 0.32 * tool, 58.37, 1.35),
                    (0.06, 0.02, 0.3 + 0.06 * (tool % 3)),
                )
            b.cylinder("navy", (x + 0.1, 57.8, 0.94), 0.09, length=0.2, sides=14)
    for k in range(8):
        with b.part(f"locker-{k + 1}", f"locker {k + 1}", "locker"):
            b.rounded("teal", (61.2 + 0.62 * k, 59.2, 0.05), (0.6, 0.5, 1.9), radius=0.02)
            for vent in range(3):
                b.box("dark", (61.2 + 0.62 * k, 58.945, 1.6 + 0.05 * vent), (0.3, 0.006, 0.015))
            b.box("zinc", (61.42 + 0.62 * k, 58.94, 1.0), (0.03, 0.02, 0.1))
