"""Ways for people: railings, stairs, ladders with cages, gratings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.round_shapes import ring
from walkdown_server.plant.shapes import flat_bar

_TOE = flat_bar(0.01, 0.12)
_STRINGER = flat_bar(0.03, 0.24)


def railing(b: Builder, segment: str, path: Sequence[tuple[float, float]], *, z: float) -> None:
    """One part per straight piece: posts, two rails and a toe board at height ``z``."""
    for n, ((x0, y0), (x1, y1)) in enumerate(pairwise(path), 1):
        with b.part(f"{segment}-{n}", f"railing {segment.split('-')[-1]}.{n}", "railing"):
            for up, radius in ((1.1, 0.022), (0.6, 0.016)):
                b.rod("yellow", (x0, y0, z + up), (x1, y1, z + up), radius=radius)
            b.bar(_TOE, "yellow", (x0, y0, z + 0.06), end=(x1, y1, z + 0.06))
            posts = max(1, round(math.hypot(x1 - x0, y1 - y0) / 1.4))
            for t in np.linspace(0, 1, posts + 1):
                x, y = x0 + (x1 - x0) * float(t), y0 + (y1 - y0) * float(t)
                b.rod("yellow", (x, y, z), (x, y, z + 1.1), radius=0.02, sides=6)


def stairs(
    b: Builder, segment: str, name: str, *, top: tuple[float, float, float], rz: float, width: float = 1.0
) -> None:
    """A straight flight that climbs along the turned +x and ends at ``top``."""
    x, y, height = top
    steps = round(height / 0.2)
    run = height / math.tan(math.radians(38))
    tread = run / steps
    with b.part(segment, name, "stairs"), b.frame((x, y, 0), rz=rz):
        for k in range(steps):
            b.box(
                "zinc", (-run + (k + 0.5) * tread, 0, height * (k + 1) / steps - 0.05), (tread, width, 0.04)
            )
        for side in (-width / 2, width / 2):
            b.bar(_STRINGER, "dark", (-run, side, 0.02), end=(0, side, height - 0.02))
            b.pipe("yellow", ((-run, side, 0), (-run, side, 1.1), (0, side, height + 1.1)), 0.022, sides=8)
            b.rod("yellow", (-run, side, 0.6), (0, side, height + 0.6), radius=0.016)
            for t in (0.2, 0.4, 0.6, 0.8):
                foot = (-run + t * run, side, t * height)
                b.rod("yellow", foot, (foot[0], side, t * height + 1.1), radius=0.018, sides=6)


def caged_ladder(b: Builder, at: tuple[float, float], height: float) -> None:
    """A ladder whose cage bulges towards +x; it ends 1.1 m above ``height``."""
    x, y = at
    for side in (-0.22, 0.22):
        b.rod("yellow", (x, y + side, 0.1), (x, y + side, height + 1.1), radius=0.022, sides=6)
    for z in np.arange(0.4, height, 0.3):
        b.rod("yellow", (x, y - 0.22, z), (x, y + 0.22, z), radius=0.014, sides=5)
    for z in np.arange(2.4, height + 1.1, 0.8):
        b.put(ring(0.36, 0.014, sides=14, around=4), "yellow", (x + 0.3, y, z))
    for turn in (-60, 0, 60):
        dx, dy = 0.3 + 0.36 * math.cos(math.radians(turn)), 0.36 * math.sin(math.radians(turn))
        b.rod("yellow", (x + dx, y + dy, 2.4), (x + dx, y + dy, height + 1.0), radius=0.01, sides=4)
