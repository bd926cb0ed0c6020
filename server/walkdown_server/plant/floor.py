"""Floor slabs, painted markings, and the yard around the hall."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.layout import DOCK_YS, HALL_LENGTH, HALL_WIDTH, LINE_YS

_PAINT = 0.004
"""Thickness of a marking; a second coat lies a little higher."""


def add_floor(b: Builder) -> None:
    """Slabs under ``plant:/FLOOR``, markings beside them."""
    with b.group("FLOOR", "Floor", "floor"), b.into("floor"):
        for i in range(10):
            for j in range(5):
                with b.part(f"slab-{i + 1}-{j + 1}", f"slab {i + 1}.{j + 1}", "floor"):
                    b.box("floor", (12 * i + 6, 12 * j + 6, -0.3), (12, 12, 0.3))
        _yard(b)
        _aisles(b)
        _zones(b)
        _drains(b)


def _yard(b: Builder) -> None:
    with b.part("yard", "yard", "yard"):
        b.box("ground", (HALL_LENGTH / 2, HALL_WIDTH / 2, -0.9), (900, 900, 0.55))
    with b.part("apron", "apron", "yard"):
        b.box("pave", (HALL_LENGTH / 2, HALL_WIDTH / 2, -0.36), (HALL_LENGTH + 14, HALL_WIDTH + 14, 0.28))
    with b.part("dock-yard", "dock yard", "yard"):
        b.box("road", (136, 18, -0.35), (32, 44, 0.29))


def _mark(
    b: Builder, material: str, low: tuple[float, float], *, high: tuple[float, float], coat: int = 0
) -> None:
    size = (high[0] - low[0], high[1] - low[1], _PAINT + 0.002 * coat)
    b.box(material, ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0), size)


def _aisles(b: Builder) -> None:
    with b.part("aisle", "main aisle", "marking"):
        for y in (28.0, 32.0):
            _mark(b, "mark_yellow", (2, y - 0.06), high=(118, y + 0.06))
        for x in (6.0, 86.0):
            for edge in (x - 1.6, x + 1.6):
                _mark(b, "mark_yellow", (edge - 0.06, 4.2), high=(edge + 0.06, 25.9))
    with b.part("walkway-n", "walkway north", "marking"):
        _walkway(b, 2, 118, y0=26.2, y1=27.6)
    with b.part("walkway-s", "walkway south", "marking"):
        _walkway(b, 4, 116, y0=2.2, y1=3.6)
    for n, x in enumerate((22.0, 48.0, 66.0, 88.0)):
        with b.part(f"crossing-{n + 1}", f"crossing {n + 1}", "marking"):
            for k in range(8):
                _mark(b, "mark_white", (x, 28.25 + k * 0.46), high=(x + 2.4, 28.48 + k * 0.46), coat=1)
    with b.part("arrows", "direction arrows", "marking"):
        for start in range(14, 112, 14):
            for y, way in ((29.1, -1), (30.9, 1)):
                _arrow(b, start, y, way=way)


def _walkway(b: Builder, x0: float, x1: float, *, y0: float, y1: float) -> None:
    _mark(b, "walkway", (x0, y0), high=(x1, y1))
    _mark(b, "mark_white", (x0, y0 - 0.1), high=(x1, y0), coat=1)
    _mark(b, "mark_white", (x0, y1), high=(x1, y1 + 0.1), coat=1)


def _arrow(b: Builder, x: float, y: float, *, way: int) -> None:
    _mark(b, "mark_white", (x, y - 0.08), high=(x + 1.2, y + 0.08))
    tip = x + (1.2 if way > 0 else 0.0)
    for side in (-1, 1):
        b.box("mark_white", (tip - way * 0.2, y + side * 0.2, 0), (0.7, 0.16, 0.005), rz=-40 * side * way)


def _zones(b: Builder) -> None:
    for n, x in enumerate((31.0, 62.0, 90.0)):
        with b.part(f"keep-clear-{n + 1}", f"keep clear {n + 1}", "marking"):
            for k in range(7):
                b.box("mark_yellow", (x + k * 0.5 - 1.5, 33.2, 0), (0.12, 1.4, 0.005), rz=-35)
    with b.part("agv-bays", "vehicle charging bays", "marking"):
        for k in range(4):
            y = 37.4 + 2.4 * k
            _mark(b, "mark_white", (86.6, y - 0.05), high=(90.6, y + 0.05))
        _mark(b, "mark_white", (86.5, 37.35), high=(86.6, 44.65), coat=1)
    with b.part("staging", "staging lanes", "marking"):
        for y in DOCK_YS:
            for edge in (y - 1.7, y + 1.7):
                _mark(b, "mark_yellow", (104, edge - 0.05), high=(118.6, edge + 0.05))
            _mark(b, "mark_yellow", (103.95, y - 1.75), high=(104.05, y + 1.75), coat=1)
    with b.part("machine-zones", "machine zones", "marking"):
        for y in LINE_YS:
            for edge in (y - 5.2, y + 4.4):
                _mark(b, "mark_yellow", (8, edge - 0.04), high=(86, edge + 0.04))


def _drains(b: Builder) -> None:
    """Channels with gratings beside the wet machines."""
    for n, y in enumerate((line_y + side for line_y in LINE_YS for side in (-3.4, 3.0)), 1):
        with b.part(f"drain-{n}", f"floor drain {n}", "grating"):
            _mark(b, "zinc", (25.6, y - 0.11), high=(44.4, y + 0.11))
            _mark(b, "dark", (25.65, y - 0.08), high=(44.35, y + 0.08), coat=1)
