"""When to tick: state every 50 ms, voice every 20 ms while somebody speaks, both together where they meet.

Among few people voice ticks come every 10 ms. That costs little there, and a packet waits 5 ms less. Where
somebody's packets come now just before a tick, now just after it, jitter buffers have to wait 10 ms less.

Pure. Times are seconds of one monotonic clock. Both kinds lie on one grid of 10 ms, so that every fifth voice
tick is a state tick too and both leave in one write. What is late is not caught up: it would tell nothing.
"""

from __future__ import annotations

import math

from walkdown.voice import FRAME_SECS
from walkdown_server.ticks.telling import TICK_MS

STEP_SECS = 0.01
"""Both periods are whole numbers of these."""

_STATE_STEPS = round(TICK_MS / 1000 / STEP_SECS)
_VOICE_STEPS = round(FRAME_SECS / STEP_SECS)

FEW_PEOPLE = 50
"""So many are few."""


class Beat:
    """Tells which tick is due.

    Args:
        now_secs: where the grid begins.

    Attributes:
        people: how many there are.
    """

    def __init__(self, now_secs: float) -> None:
        self._start_secs = now_secs
        self._state, self._voice = _STATE_STEPS, _VOICE_STEPS
        self.people = FEW_PEOPLE + 1

    def next_secs(self, *, talking: bool) -> float:
        """Return when the next tick of either kind is due."""
        step = min(self._state, self._voice) if talking else self._state
        return self._start_secs + step * STEP_SECS

    def is_due(self, now_secs: float, *, talking: bool) -> bool:
        """Tell whether a tick is due."""
        return now_secs >= self.next_secs(talking=talking)

    def take(self, now_secs: float, *, talking: bool) -> tuple[bool, bool]:
        """Return whether a state tick is due, and whether a voice tick; they are not due any more then.

        While nobody speaks voice ticks pass by. A state tick takes a voice tick along that is due with it.
        """
        now = math.floor((now_secs - self._start_secs) / STEP_SECS + 1e-6)
        state = now >= self._state
        voice = talking and now >= self._voice
        if state:
            self._state = _next(now, _STATE_STEPS)
        if now >= self._voice:
            self._voice = _next(now, 1 if self.people <= FEW_PEOPLE else _VOICE_STEPS)
        return state, voice


def _next(now: int, period: int) -> int:
    """Return the first step of a period after now."""
    return (now // period + 1) * period
