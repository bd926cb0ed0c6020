"""The session clock, and how a client learns it.

Session time is UTC in nanoseconds, taken once and then monotonic: a jump of the system's clock moves
nobody. A client estimates it from round trips and trusts the fastest ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

NS = 1_000_000_000
JUMP_NS = 500_000_000
"""A difference between system clock and session clock from which it is worth a word."""


class SessionClock:
    """The server's clock of one session.

    Args:
        utc_ns: reads the system's clock. monotonic_ns: reads a clock that never jumps.
        not_before_ns: the newest time that the journal or the history knows.
    """

    def __init__(
        self, utc_ns: Callable[[], int], monotonic_ns: Callable[[], int], *, not_before_ns: int = 0
    ) -> None:
        self._utc_ns, self._monotonic_ns = utc_ns, monotonic_ns
        self._offset_ns = max(utc_ns(), not_before_ns) - monotonic_ns()

    def now_ns(self) -> int:
        """Return the session time."""
        return self._monotonic_ns() + self._offset_ns

    def jump_ns(self) -> int:
        """Return how far the system's clock stands from the session's, 0 when less than half a second."""
        difference = self._utc_ns() - self.now_ns()
        return difference if abs(difference) > JUMP_NS else 0


class ClockEstimate:
    """A client's idea of the session clock, from ping and pong.

    Of the last 16 round trips the shortest decides: the error is at most half of it.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=16)
        self.offset_ns = 0
        self.round_trip_ns = 0

    def first(self, *, session_ns: int, local_ns: int) -> None:
        """Take the time from ``welcome`` until a round trip has been measured."""
        if not self._samples:
            self.offset_ns = session_ns - local_ns

    def add(self, *, sent_ns: int, session_ns: int, received_ns: int) -> None:
        """Add a round trip; sent and received are local monotonic times."""
        trip = received_ns - sent_ns
        if trip < 0:
            return
        self._samples.append((trip, session_ns - (sent_ns + received_ns) // 2))
        self.round_trip_ns, self.offset_ns = min(self._samples)

    def session_ns(self, local_ns: int) -> int:
        """Return the session time at a local monotonic time."""
        return local_ns + self.offset_ns
