"""Voice and sound: how soon, from where, at what cost to server and client.

Parts: ``_voice_server`` (routing and sending, beside ``websockets.broadcast`` doing the same),
``_voice_delay`` (mouth to rendered sample over real networks, beside a plain jitter buffer), ``_hearing``
(directions by numbers, cost and steadiness of the sound process).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

from benchmarks import _hearing, _voice_delay, _voice_server
from benchmarks._harness import Figure, Goal, machine, read_options, report

PARTS: tuple[ModuleType, ...] = (_hearing, _voice_server, _voice_delay)


def main() -> int:
    """Measure all parts, or those that are named."""
    options = read_options(__doc__ or "")
    figures: dict[str, Figure] = {}
    goals: list[Goal] = []
    for part in PARTS:
        measure: Callable[..., tuple[dict[str, Figure], list[Goal]]] = part.measure
        found, met = measure(quick=options.quick)
        figures |= found
        goals += met
    return report("voice", options=options, figures=figures, goals=goals, where=machine())


if __name__ == "__main__":
    sys.exit(main())
