"""The samples of loops and shots, made in the background so that nobody waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from walkdown_client.audio import loops, shots
from walkdown_client.audio.synthesis import F32


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
        loop: of a loop by its number. shot: of a shot by its name. None where there is no such.
    """

    loop: Callable[[int], F32 | None] = loop_samples
    shot: Callable[[str], F32 | None] = shot_samples


def make_all_soon() -> threading.Thread:
    """Make all in a thread, which is returned; who asks for one before makes it at once."""
    thread = threading.Thread(target=_make_all, name="recordings", daemon=True)
    thread.start()
    return thread


def _make_all() -> None:
    for name in loops.NAMES:
        loops.make(name)
    for shot in shots.NAMES:
        shots.make(shot)
