"""The steel hall: columns, trusses, purlins, roof with skylights, walls, windows, luminaires, doors.

What hides the view from above is of kind roof, truss, purlin, beam, skylight or luminaire; the near
walls and columns are wall_s, wall_w and column_s.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.layout import (
    BAY,
    COLUMN_ROW,
    DOCK_YS,
    EAVE_HEIGHT,
    HALL_LENGTH,
    HALL_WIDTH,
    ROOF_HEIGHT,
    SKYLIGHT_WIDTH,
    SKYLIGHT_XS,
    SKYLIGHT_YS,
    WINDOW_BAND,
)
from walkdown_server.plant.shapes import channel, i_beam

_HEB = i_beam(0.3, 0.3)
_IPE = i_beam(0.18, 0.36)
_CHORD = i_beam(0.12, 0.16, 0.012)
_ANGLE = channel(0.1, 0.06, 0.01)
_TOP = ROOF_HEIGHT - 0.35
_ROWS = ((0.3, "A", "column_s"), (COLUMN_ROW, "B", "column"), (HALL_WIDTH - 0.3, "C", "column"))


def add_hall(b: Builder) -> None:
    """The whole structure under ``plant:/HALL``."""
    with b.group("HALL", "Hall", "building"):
        _columns(b)
        with b.into("shell"):
            _trusses(b)
            _roof(b)
            _luminaires(b)
            _long_walls(b)
            _gable_walls(b)
        _windows(b)


def _columns(b: Builder) -> None:
    for i in range(11):
        x = BAY * i
        for y, row, kind in _ROWS:
            near = kind == "column_s"
            with b.part(f"column-{row}{i + 1}", f"column {row}{i + 1}", kind, layer="shell" if near else ""):
                b.bar(_HEB, "steel", (x, y, 0), end=(x, y, ROOF_HEIGHT - 0.4))
                b.box("steel", (x, y, 0), (0.6, 0.6, 0.03))
                for dx in (-0.22, 0.22):
                    for dy in (-0.22, 0.22):
                        b.cylinder("dark", (x + dx, y + dy, 0.03), 0.025, length=0.05, sides=6)
                if row == "B":
                    b.box("hazard", (x, y, 0.03), (0.42, 0.42, 1.2))


def _trusses(b: Builder) -> None:
    for i in range(21):
        for south, north, side in ((0.3, COLUMN_ROW, "S"), (COLUMN_ROW, HALL_WIDTH - 0.3, "N")):
            _truss(b, BAY / 2 * i, south, north=north, tag=f"{i + 1}{side}")
    for y, row, _ in _ROWS:
        with b.part(f"runner-{row}", f"crane runner {row}", "beam"):
            b.bar(_IPE, "steel", (0, y, EAVE_HEIGHT + 0.2), end=(HALL_LENGTH, y, EAVE_HEIGHT + 0.2))
    for i in (0, 9):
        x0, x1 = BAY * i, BAY * (i + 1)
        for y, row, _ in _ROWS[::2]:
            inside = y + (0.2 if y < 1 else -0.2)
            with b.part(f"bracing-{row}{i + 1}", f"wind bracing {row}{i + 1}", "beam"):
                b.rod("steel", (x0, inside, 0.4), (x1, inside, EAVE_HEIGHT), radius=0.035, sides=6)
                b.rod("steel", (x0, inside, EAVE_HEIGHT), (x1, inside, 0.4), radius=0.035, sides=6)


def _truss(b: Builder, x: float, south: float, *, north: float, tag: str) -> None:
    nodes = np.linspace(south, north, 11)
    with b.part(f"truss-{tag}", f"roof truss {tag}", "truss"):
        for z in (EAVE_HEIGHT, _TOP):
            b.bar(_CHORD, "steel", (x, south, z), end=(x, north, z))
    for k, (y0, y1) in enumerate(pairwise(nodes)):
        low, high = (EAVE_HEIGHT, _TOP) if k % 2 else (_TOP, EAVE_HEIGHT)
        with b.part(f"truss-{tag}-{k + 1}", f"roof truss {tag}, panel {k + 1}", "truss"):
            b.bar(_ANGLE, "steel", (x, y0, low), end=(x, y1, high))
        with b.part(f"truss-{tag}-post-{k + 1}", f"roof truss {tag}, post {k + 1}", "truss"):
            b.box("steel", (x, y0, EAVE_HEIGHT), (0.08, 0.08, _TOP - EAVE_HEIGHT))
            b.box("steel", (x, y0, EAVE_HEIGHT - 0.02), (0.02, 0.4, 0.3))


def _roof(b: Builder) -> None:
    for k, y in enumerate(np.arange(3, HALL_WIDTH, 3)):
        for i in range(10):
            with b.part(f"purlin-{k + 1}-{i + 1}", f"purlin {k + 1}, bay {i + 1}", "purlin"):
                b.bar(
                    _ANGLE,
                    "steel",
                    (BAY * i, y, ROOF_HEIGHT - 0.16),
                    end=(BAY * (i + 1), y, ROOF_HEIGHT - 0.16),
                )
    for i, middle in enumerate(SKYLIGHT_XS):
        x0, x1 = BAY * i, BAY * (i + 1)
        left, right = middle - SKYLIGHT_WIDTH / 2, middle + SKYLIGHT_WIDTH / 2
        with b.part(f"roof-{i + 1}", f"roof bay {i + 1}", "roof"):
            for start, end in ((x0, left), (right, x1)):
                b.box("roof", ((start + end) / 2, 30, ROOF_HEIGHT), (end - start, HALL_WIDTH, 0.12))
            edges = (0.0, *(y for piece in SKYLIGHT_YS for y in piece), HALL_WIDTH)
            for y0, y1 in zip(edges[::2], edges[1::2], strict=True):
                b.box("roof", (middle, (y0 + y1) / 2, ROOF_HEIGHT), (SKYLIGHT_WIDTH, y1 - y0, 0.12))
        for side, (y0, y1) in zip("SN", SKYLIGHT_YS, strict=True):
            with b.part(f"skylight-{i + 1}{side}", f"skylight {i + 1}{side}", "skylight"):
                b.box("sky", (middle, (y0 + y1) / 2, ROOF_HEIGHT + 0.12), (SKYLIGHT_WIDTH, y1 - y0, 0.05))
                for y in np.linspace(y0, y1, 11):
                    b.box("white", (middle, y, ROOF_HEIGHT - 0.02), (SKYLIGHT_WIDTH, 0.06, 0.12))


def _luminaires(b: Builder) -> None:
    for i in range(10):
        for k, y in enumerate((8.0, 16.0, 24.0, 36.0, 44.0, 52.0)):
            x = BAY * i + 1.6
            with b.part(f"luminaire-{i + 1}-{k + 1}", f"luminaire {i + 1}.{k + 1}", "luminaire"):
                b.box("grey", (x, y, EAVE_HEIGHT - 0.14), (0.16, 2.4, 0.08))
                b.box("lamp", (x, y, EAVE_HEIGHT - 0.16), (0.12, 2.3, 0.02))
                for dy in (-1.0, 1.0):
                    b.rod("grey", (x, y + dy, EAVE_HEIGHT - 0.06), (x, y + dy, _TOP), radius=0.008, sides=4)


def _long_walls(b: Builder) -> None:
    low, high = WINDOW_BAND
    for i in range(20):
        x = 6.0 * i + 3
        for y, side in ((0.0, "s"), (HALL_WIDTH, "n")):
            inside = 0.13 if side == "s" else -0.13
            with b.part(f"wall-{side}{i + 1}", f"wall {side.upper()}{i + 1}", f"wall_{side}"):
                b.box("grey", (x, y, 0), (6.0, 0.24, 0.6))
                b.box("wall", (x, y, 0.6), (6.0, 0.2, low - 0.6))
                b.box("wall", (x, y, high), (6.0, 0.2, ROOF_HEIGHT + 0.1 - high))
                b.box("grey", (x - 3, y, low), (0.12, 0.22, high - low))
                for z in (3.0, 8.4):
                    b.box("steel", (x, y + inside, z), (6.0, 0.06, 0.14))
    _personnel_door(b, "E1", "emergency exit south", at=(60.0, 0.1), rz=0.0)
    _personnel_door(b, "E2", "emergency exit north", at=(60.0, HALL_WIDTH - 0.1), rz=180.0)
    _personnel_door(b, "E3", "emergency exit west", at=(0.1, 29.5), rz=-90.0)


def _personnel_door(b: Builder, tag: str, name: str, *, at: tuple[float, float], rz: float) -> None:
    """A green-signed fire door, seen from inside; its wall lies to the south of it before turning."""
    layer = "content" if tag == "E2" else "shell"
    kind = {"E1": "wall_s", "E2": "door", "E3": "wall_w"}[tag]
    with b.part(f"exit-{tag}", name, kind, layer=layer), b.frame((*at, 0), rz=rz):
        b.box("dark", (0, 0.02, 0), (1.16, 0.08, 2.16))
        b.box("grey", (0, 0.05, 0), (1.0, 0.08, 2.06))
        b.box("red", (0, 0.13, 1.0), (0.8, 0.05, 0.06))
        b.box("sign_green", (0, 0.1, 2.35), (0.7, 0.05, 0.28))
        b.box("lamp", (-0.2, 0.13, 2.41), (0.14, 0.01, 0.16))


def _gable_walls(b: Builder) -> None:
    height = ROOF_HEIGHT + 0.1
    for i in range(10):
        y = 6.0 * i + 3
        with b.part(f"wall-w{i + 1}", f"wall W{i + 1}", "wall_w"):
            b.box("grey", (0, y, 0), (0.24, 6.0, 0.6))
            b.box("wall", (0, y, 0.6), (0.2, 6.0, height - 0.6))
            b.box("steel", (0.13, y, 3.0), (0.06, 6.0, 0.14))
    bounds = [0.0]
    for i, y in enumerate(DOCK_YS):
        _wall_east(b, f"e{2 * i + 1}", bounds[-1], y1=y - 1.8)
        with b.part(f"wall-e{2 * i + 2}", f"wall E{2 * i + 2}", "wall_e"):
            b.box("wall", (HALL_LENGTH, y, 4.0), (0.2, 3.6, height - 4.0))
        bounds.append(y + 1.8)
    rest = np.linspace(bounds[-1], HALL_WIDTH, 7)
    for k, (y0, y1) in enumerate(pairwise(rest)):
        _wall_east(b, f"e{9 + k}", y0, y1=y1)


def _wall_east(b: Builder, tag: str, y0: float, *, y1: float) -> None:
    with b.part(f"wall-{tag}", f"wall {tag.upper()}", "wall_e"):
        b.box("grey", (HALL_LENGTH, (y0 + y1) / 2, 0), (0.24, y1 - y0, 0.6))
        size = (0.2, y1 - y0, ROOF_HEIGHT + 0.1 - 0.6)
        b.box("wall", (HALL_LENGTH, (y0 + y1) / 2, 0.6), size)


def _windows(b: Builder) -> None:
    low, high = WINDOW_BAND
    for i in range(20):
        x = 6.0 * i + 3
        for y, side in ((0.0, "S"), (HALL_WIDTH, "N")):
            with b.part(f"window-{side}{i + 1}", f"window {side}{i + 1}", "window", layer="glass"):
                b.box("glass", (x, y, low), (5.88, 0.04, high - low))
