"""Pipes of the cooling yard: condenser water to the towers, chilled water over the lines to the bridge."""

from __future__ import annotations

from itertools import pairwise

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.pumps import flange, pressure_gauge
from walkdown_server.plant.shapes import i_beam

_POST = i_beam(0.14, 0.14, 0.012)


def add_chilled_water(b: Builder) -> None:
    """Everything under ``plant:/CHW``."""
    with b.group("CHW", "Chilled water main", "piping"):
        for k, name in enumerate(("supply", "return")):
            _condenser_water(b, k, name)
            _chilled_water(b, k, name)
        for n, x in enumerate((76.4, 81.0), 1):
            with b.part(f"pump-{n}", f"pump connection {n}", "pipe"):
                b.pipe(
                    "insulation",
                    (
                        (x - 0.48, -10.6, 0.84),
                        (x - 0.48, -10.6, 1.9),
                        (x - 0.48, -7.2, 1.9),
                        (x - 0.48, -6.6, 0.9),
                    ),
                    0.08,
                    sides=12,
                )
                pressure_gauge(b, (x - 0.48, -10.2, 1.95))
        for n, x in enumerate((77.8, 83.2, 86.0), 1):
            with b.part(f"support-{n}", f"pipe support {n}", "support"):
                b.bar(_POST, "zinc", (x, -9.65, 0), end=(x, -9.65, 3.3))
                b.box("zinc", (x, -9.65, 3.12), (0.12, 1.2, 0.08))


def _chilled_water(b: Builder, k: int, name: str) -> None:
    """Through the south wall, over the lines, along the bridge."""
    x, z = 90.3 + 0.45 * k, 6.5
    with b.part(f"yard-{name}", f"chilled water {name}, yard", "pipe"):
        b.pipe(
            "insulation",
            (
                (75.2, -5.9 + 0.3 * k, 2.9),
                (x, -5.9 + 0.3 * k, 2.9),
                (x, -0.7, 2.9),
                (x, -0.7, z),
                (x, 0.5, z),
            ),
            0.11,
            sides=14,
        )
        for foot in (75.2, 80.6):
            b.pipe(
                "insulation",
                ((foot, -5.9 + 0.3 * k, 2.9), (foot, -6.4, 2.9), (foot, -6.4, 0.9)),
                0.08,
                sides=12,
            )
    marks = [0.5, 6.0, 12.0, 18.0, 24.0, 30.0, 34.3 + 0.35 * k]
    for n, (y0, y1) in enumerate(pairwise(marks), 1):
        with b.part(f"hall-{name}-{n}", f"chilled water {name}, piece {n}", "pipe"):
            b.rod("insulation", (x, y0, z), (x, y1, z), radius=0.11, sides=14)
            flange(b, (x, y1 - 0.03, z), 0.14, axis="y")
            b.rod("zinc", (x, y0 + 1.5, z), (x, y0 + 1.5, 10.4), radius=0.01, sides=5)
    _on_the_bridge(b, k, name, x=x, z=z)


def _on_the_bridge(b: Builder, k: int, name: str, *, x: float, z: float) -> None:
    with b.part(f"bridge-{name}", f"chilled water {name}, pipe bridge", "pipe"):
        y = 34.3 + 0.35 * k
        b.pipe(
            "insulation",
            (
                (x, y, z),
                (88.0, y, z),
                (26.3 - 0.5 * k, y, z),
                (26.3 - 0.5 * k, 35.4, z),
                (26.3 - 0.5 * k, 35.4, 5.3),
            ),
            0.11,
            sides=14,
        )


def _condenser_water(b: Builder, k: int, name: str) -> None:
    y, z = -9.4 - 0.5 * k, 3.3
    with b.part(f"cooling-{name}", f"cooling water {name}", "pipe"):
        b.pipe(
            "water",
            (
                (75.4, y, z),
                (91.0 + k * 0.6, y, z),
                (91.0 + k * 0.6, y + 0.9, z),
                (91.0 + k * 0.6, y + 0.9, 2.6),
            ),
            0.11,
            sides=14,
        )
        for x in (76.0, 81.4):
            b.pipe(
                "water",
                (
                    (x + 1.6 + 0.3 * k, y, z),
                    (x + 1.6 + 0.3 * k, -6.4, z),
                    (x + 1.6 + 0.3 * k, -6.4, 1.6),
                ),
                0.08,
                sides=12,
            )
