"""The samples of loops and shots, made in the background so that nobody waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from walkdown_client.audio import loops, shots
from walkdown_client.audio.synthesis import F32

_PAUSE_SECS = 0.01
"""Between two that are made in the background, so that who renders comes first."""


def loop_samples(number: int) -> F32 | None:
    """Return a loop by its number in ``loops.NAMES``, None where there is no such."""
    return loops.make(loops.NAMES[number]) if number < len(loops.NAMES) else None


def shot_samples(name: str) -> F32 | None:
    """Return a shot by its name in ``shots.NAMES``, None where there is no such."""
    return shots.make(name) if name in shots.NAMES else None


@dataclass(frozen=True)
class Recordings:
    """Where samples come from.

    Attributes:
        loop: of a loop by its number. shot: of a shot by its name. None where there is no such, or not yet.
    """

    loop: Callable[[int], F32 | None] = loop_samples
    shot: Callable[[str], F32 | None] = shot_samples


def made_in_background() -> Recordings:
    """Return recordings that are not there at first: all are made in a thread, shots before loops."""
    ready_loops: dict[int, F32] = {}
    ready_shots: dict[str, F32] = {}

    def make() -> None:
        for name in shots.NAMES:
            ready_shots[name] = shots.make(name)
            time.sleep(_PAUSE_SECS)
        for number, name in enumerate(loops.NAMES):
            time.sleep(_PAUSE_SECS)
            ready_loops[number] = loops.make(name)

    threading.Thread(target=make, name="recordings", daemon=True).start()
    return Recordings(loop=ready_loops.get, shot=ready_shots.get)
