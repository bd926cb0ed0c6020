"""When to tick: state every 50 ms, voice as soon as something was said, but not more often than needed.

Pure. Times are seconds of one monotonic clock. State ticks lie on a grid; what is late is not caught up,
since it would tell nothing. A voice tick is due when a packet waits and the last one was long enough ago: so
one talker's packets leave as they come, and no jitter is added to theirs; of many talkers those of
``VOICE_GAP_SECS`` leave together, which is a little less than the 20 ms of a packet, so that one that was
late does not make all later ones wait. Among few people ticks cost little, and packets wait for each other
less. A state tick takes along what waits, in the same write.
"""

from __future__ import annotations

import math

from walkdown_server.ticks.telling import TICK_MS

STATE_SECS = TICK_MS / 1000
VOICE_GAP_SECS = 0.019
FEW_GAP_SECS = 0.005
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
        self._state_secs = now_secs + STATE_SECS
        self._voiced_secs = -math.inf
        self.people = FEW_PEOPLE + 1

    def next_secs(self, *, voice: bool) -> float:
        """Return when the next tick is due.

        Args:
            voice: whether something waits that was said.
        """
        return min(self._state_secs, self._voice_secs) if voice else self._state_secs

    def is_due(self, now_secs: float, *, voice: bool) -> bool:
        """Tell whether a tick is due."""
        return now_secs >= self.next_secs(voice=voice)

    def take(self, now_secs: float, *, voice: bool) -> tuple[bool, bool]:
        """Return whether a state tick is due, and whether a voice tick; they are not due any more then."""
        state = now_secs >= self._state_secs
        voice = voice and (state or now_secs >= self._voice_secs)
        if state:
            steps = math.floor((now_secs - self._start_secs) / STATE_SECS + 1e-6) + 1
            self._state_secs = self._start_secs + steps * STATE_SECS
        if voice:
            self._voiced_secs = now_secs
        return state, voice

    @property
    def _voice_secs(self) -> float:
        """From when on a voice tick may come."""
        return self._voiced_secs + (FEW_GAP_SECS if self.people <= FEW_PEOPLE else VOICE_GAP_SECS)
