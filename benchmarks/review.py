"""A review: how soon what people decide is kept and seen, and what thousands of topics cost.

Parts: ``_review_server`` (50 people each making a topic a second, opening a session with 10,000 topics),
``_review_bcf`` (BCF with 5,000 topics in and out), ``_review_exchange`` (the same through a server in which
others work, and the memory of it), ``_review_pins`` (pins of 10,000 topics in a frame).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

from benchmarks import _review_bcf, _review_exchange, _review_pins, _review_server
from benchmarks._harness import Figure, Goal, machine, read_options, report

PARTS: tuple[ModuleType, ...] = (_review_server, _review_bcf, _review_exchange, _review_pins)


def main() -> int:
    """Measure all parts."""
    options = read_options(__doc__ or "")
    figures: dict[str, Figure] = {}
    goals: list[Goal] = []
    for part in PARTS:
        measure: Callable[..., tuple[dict[str, Figure], list[Goal]]] = part.measure
        found, met = measure(quick=options.quick)
        figures |= found
        goals += met
    return report("review", options=options, figures=figures, goals=goals, where=machine())


if __name__ == "__main__":
    sys.exit(main())
