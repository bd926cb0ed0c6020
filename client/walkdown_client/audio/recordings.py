"""The samples of loops and shots, made in the background so that nobody waits for them."""

from __future__ import annotations

import threading

from walkdown_client.audio import loops, shots
from walkdown_client.audio.synthesis import F32


def loop_samples(number: int) -> F32 | None:
    """Return a loop by its number in ``loops.NAMES``, None where there is no such."""
    return loops.make(loops.NAMES[number]) if number < len(loops.NAMES) else None


def shot_samples(name: str) -> F32 | None:
    """Return a shot by its name in ``shots.NAMES``, None where there is no such."""
    return shots.make(name) if name in shots.NAMES else None


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
