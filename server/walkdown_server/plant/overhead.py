"""Below the roof: air ducts with outlets and sprinkler pipes, hidden with the roof seen from above."""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.layout import EAVE_HEIGHT, HALL_LENGTH
from walkdown_server.plant.round_shapes import lathe

_DUCT_YS, _DUCT_HEIGHT, _DUCT_RADIUS = (15.5, 46.6), 8.35, 0.36
_SPRINKLER_YS = (5.0, 10.4, 18.0, 23.6, 37.0, 42.6, 50.0, 55.4)
_OUTLET = lathe(((0.0, 0.0), (0.26, 0.0), (0.16, 0.24)), 12)


def add_overhead(b: Builder) -> None:
    """Kinds start with ``roof_``, so that the client treats them as part of the roof."""
    with b.group("OVERHEAD", "Below the roof", "area"), b.into("shell"):
        for n, y in enumerate(_DUCT_YS, 1):
            _duct(b, n, y)
        for n, y in enumerate(_SPRINKLER_YS, 1):
            _sprinkler(b, n, y)


def _duct(b: Builder, n: int, y: float) -> None:
    z, r = _DUCT_HEIGHT, _DUCT_RADIUS
    for k in range(9):
        x = 6.0 + 12.0 * k
        with b.part(f"duct-{n}-{k + 1}", f"air duct {n}.{k + 1}", "roof_duct"):
            b.cylinder("zinc", (x, y, z), r, length=12.0, axis="x", sides=16)
            for dx in (0.0, 4.0, 8.0):
                b.cylinder("zinc", (x + dx, y, z), r + 0.02, length=0.08, axis="x", sides=16)
                b.rod("zinc", (x + dx, y, z + r), (x + dx, y, EAVE_HEIGHT + 1.4), radius=0.012, sides=4)
            for dx in (2.0, 6.0, 10.0):
                b.put(_OUTLET, "grey", (x + dx, y, z - r - 0.2))


def _sprinkler(b: Builder, n: int, y: float) -> None:
    z = EAVE_HEIGHT - 0.12
    for k in range(10):
        x = 12.0 * k
        with b.part(f"sprinkler-{n}-{k + 1}", f"sprinkler pipe {n}.{k + 1}", "roof_pipe"):
            b.rod("red", (x, y, z), (min(x + 12.0, HALL_LENGTH - 0.3), y, z), radius=0.03, sides=6)
            for dx in np.arange(1.5, 12.0, 3.0):
                b.box("brass", (x + float(dx), y, z - 0.1), (0.03, 0.03, 0.08))
