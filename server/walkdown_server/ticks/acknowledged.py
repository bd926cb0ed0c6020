"""Which ticks a client says it has received, and whether it may be sent the next.

Pure. Between us and a client there may be a proxy that takes everything at once and delivers it late; then no
buffer of ours ever fills. So clients name the newest tick that they have received, at the latest four ticks
after they received one, and whoever has not acknowledged a tick for longer than that and a round trip take is
skipped. A client that never names one is not judged.
"""

from __future__ import annotations

ECHO_TICKS = 4
"""A client names a tick at the latest so long after it received it."""

SPARE_TICKS = 4
HELD_TICKS = 20
"""Who is held back gets a frame once a second all the same, and so a chance to acknowledge it."""

_WINDOW_TICKS = SPARE_TICKS + ECHO_TICKS + 1
_NEVER = 1 << 62
_WIRE_TICKS = 1 << 32


class Acknowledged:
    """What one client has acknowledged.

    Attributes:
        tick: the newest tick that it has received, 0 for none.
        heard_ns: session time at which it said so.
        hold_from: the first tick that would have to wait for what is under way.
    """

    __slots__ = ("_sent", "_window", "heard_ns", "hold_from", "tick")

    def __init__(self) -> None:
        self.tick = self.heard_ns = self._sent = 0
        self.hold_from = self._window = _NEVER

    @property
    def round_trip_ticks(self) -> int:
        """The shortest time that an acknowledgement has taken, ticks; 0 before the first."""
        return 0 if self._window == _NEVER else self._window - _WINDOW_TICKS

    def may_send(self, tick: int) -> bool:
        """Tell whether this tick may be sent, or enough is under way."""
        return tick < self.hold_from or tick - self._sent >= HELD_TICKS

    def note_sent(self, tick: int) -> None:
        """Note that a tick is under way."""
        self._sent = tick
        if self.hold_from == _NEVER:
            self.hold_from = tick + self._window

    def note(self, last_tick: int, *, tick: int, now_ns: int) -> None:
        """Note what a client frame says.

        Args:
            last_tick: from the wire, modulo 2³²; one that was never sent counts for nothing.
            tick: newest of the room. now_ns: session time.
        """
        received = tick - (tick - last_tick) % _WIRE_TICKS
        if received <= self.tick or received > self._sent:
            return
        self.tick, self.heard_ns = received, now_ns
        if tick - received + _WINDOW_TICKS < self._window:
            self._window = tick - received + _WINDOW_TICKS
        self.hold_from = _NEVER if received == self._sent else received + 1 + self._window
