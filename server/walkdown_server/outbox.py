"""What one client still has to get: by key, never by history.

Pure. ``room`` builds what changed in a tick once, for all. A client that keeps up gets exactly that. One
that could not be written to *owes* nothing to anybody: the server owes it, and this remembers what, one
bit per signal block and thing and one key per state message. Events are one list for the whole room; a
client holds a position in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
StateKey = tuple[str, int | str]
"""What a newer state message replaces: ``("person", 7)``, ``("text", 1200)``, ``("source", "mqtt")``."""

OWED_BLOCKS_PER_FRAME = 100
EVENTS_KEPT = 10_000


@dataclass(slots=True)
class Changes:
    """What changed in one tick.

    Attributes:
        blocks: (b,) numbers of the signal blocks that go out in this tick. things: (k,) thing indices.
        keys: state messages that were replaced. joints: whether a joint moved.
    """

    blocks: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    things: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    keys: list[StateKey] = field(default_factory=list)
    joints: bool = False


class Events:
    """The room's newest events, encoded, each with its number and when it became one.

    ``EVENTS_KEPT`` are held; who is further behind starts again from a snapshot.
    """

    def __init__(self, *, first_number: int = 1) -> None:
        self._events: deque[tuple[bytes, float]] = deque()
        self._first = first_number

    @property
    def next_number(self) -> int:
        """Number of the event that will come next."""
        return self._first + len(self._events)

    def append(self, event: bytes, *, now_secs: float) -> None:
        """Add the next event."""
        self._events.append((event, now_secs))
        if len(self._events) > EVENTS_KEPT:
            self._events.popleft()
            self._first += 1

    def holds(self, number: int) -> bool:
        """Tell whether everything from this number on is still here."""
        return self._first <= number <= self.next_number

    def since(self, number: int) -> list[bytes]:
        """Return the events from this number on."""
        return [self._events[i][0] for i in range(number - self._first, len(self._events))]

    def waiting_secs(self, number: int, now_secs: float) -> float:
        """Return for how long the event of this number has been waiting, 0 when it has not happened."""
        if number >= self.next_number:
            return 0.0
        return now_secs - self._events[max(0, number - self._first)][1]


class Outbox:
    """What one client is owed. A new client is owed everything.

    Attributes:
        next_event: number of the first event that it has not got.
        replies: encoded answers to its own operations, in order.
        blocks: (number of blocks) bool, owed. wanted: the same, subscribed to.
        things: (number of things) bool, owed. keys: owed state messages, oldest first.
        joints, poses: whether all joints, all poses are owed.
    """

    def __init__(self, *, block_count: int, thing_count: int, next_event: int) -> None:
        self.next_event = next_event
        self.replies: list[bytes] = []
        self.wanted: Bits = np.ones(block_count, bool)
        self.blocks: Bits = np.ones(block_count, bool)
        self.things: Bits = np.ones(thing_count, bool)
        self.keys: dict[StateKey, None] = {}
        self.joints = self.poses = True
        self.wants_all = True
        self._in_debt = True

    def owe(self, keys: Iterable[StateKey]) -> None:
        """Owe these state messages, each once."""
        self.keys.update(dict.fromkeys(keys))
        self._in_debt = True

    def skip(self, changes: Changes) -> None:
        """Remember what a tick that this client did not get would have told it."""
        self.blocks[changes.blocks] = True
        self.blocks &= self.wanted
        self.things[changes.things] = True
        self.keys.update(dict.fromkeys(changes.keys))
        self.joints |= changes.joints
        self.poses = self._in_debt = True

    def subscribe(self, wanted: Bits | None) -> None:
        """Want these blocks, (number of blocks) bool, None for all, from now on; new ones are owed."""
        before = self.wanted
        self.wants_all = wanted is None
        self.wanted = np.ones(len(before), bool) if wanted is None else wanted
        self.blocks |= ~before
        self.blocks &= self.wanted
        self._in_debt = True

    @property
    def in_debt(self) -> bool:
        """Whether anything but the present tick is owed."""
        return self._in_debt

    def take_blocks(self) -> npt.NDArray[np.intp]:
        """Return owed blocks, not more than one frame should carry, and owe them no more."""
        owed = np.flatnonzero(self.blocks)[:OWED_BLOCKS_PER_FRAME]
        self.blocks[owed] = False
        return owed

    def take_things(self) -> npt.NDArray[np.intp]:
        """Return the indices of owed things and owe them no more."""
        owed = np.flatnonzero(self.things)
        self.things[:] = False
        return owed

    def take_keys(self) -> list[StateKey]:
        """Return the keys of owed state messages and owe them no more."""
        owed = list(self.keys)
        self.keys.clear()
        return owed

    def settle(self) -> None:
        """Note that a frame with all that was taken has been sent."""
        self.joints = self.poses = False
        self._in_debt = bool(self.blocks.any())
