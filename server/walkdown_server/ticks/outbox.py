"""What one client still has to get: by key, never by history.

Pure. ``room`` builds what changed in a tick once, for all. A client that keeps up gets exactly that. One
that could not be written to *owes* nothing to anybody: the server owes it, and this remembers what, one
bit per signal block and thing and one key per state message. Events are one list for the whole room; a
client holds a position in it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
StateKey = tuple[str, int | str]
"""What a newer state message replaces: ``("person", 7)``, ``("text", 1200)``, ``("source", "mqtt")``."""

OWED_BLOCKS_PER_FRAME, OWED_BLOCKS_LEAST = 100, 6
OWED_THINGS_PER_FRAME = 20_000
EVENTS_KEPT, EVENTS_BYTES = 10_000, 64 << 20
REPLIES_WAITING, REPLIES_WAITING_BYTES = 1000, 256 * 1024


@dataclass(slots=True)
class Changes:
    """What changed in one tick.

    Attributes:
        tick: its number. first_event: the first event that it tells.
        blocks: (b,) numbers of the signal blocks that go out in this tick. things: (k,) thing indices.
        keys: state messages that were replaced. joints: whether a joint moved.
    """

    tick: int = 0
    first_event: int = 1
    blocks: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    things: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    keys: list[StateKey] = field(default_factory=list)
    joints: bool = False


class Events:
    """The room's newest events, encoded, each with its number and when it became one.

    ``EVENTS_KEPT`` are held, and no more than ``EVENTS_BYTES`` of what was told; who is further behind starts
    again from a snapshot.

    Attributes:
        untold: number of the first event that no tick has told yet.
    """

    def __init__(self, *, first_number: int = 1) -> None:
        self._events: deque[tuple[bytes, float]] = deque()
        self._first = self.untold = first_number
        self._bytes = 0

    @property
    def next_number(self) -> int:
        """Number of the event that will come next."""
        return self._first + len(self._events)

    def append(self, event: bytes, *, now_secs: float) -> None:
        """Add the next event."""
        self._events.append((event, now_secs))
        self._bytes += len(event)
        while len(self._events) > EVENTS_KEPT or (self._bytes > EVENTS_BYTES and self._first < self.untold):
            self._bytes -= len(self._events.popleft()[0])
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
        current: whether it has got all that was told so far and gets the next tick as most others do.
        replies: encoded answers to its own operations, in order; said by :meth:`answer`.
        wanted: (number of blocks) bool, subscribed to; None for all.
        keys: owed state messages, oldest first; all_keys: whether all that there are are owed.
        joints: whether all joints are owed.
        poses_told: the last tick that told it of people, when it has missed one since; else None.
    """

    __slots__ = (
        "_block_count",
        "_blocks",
        "_events",
        "_next_block",
        "_next_event",
        "_pace",
        "_thing_count",
        "_things",
        "all_keys",
        "current",
        "joints",
        "keys",
        "poses_told",
        "replies",
        "wanted",
    )

    def __init__(self, events: Events, *, block_count: int, thing_count: int, next_event: int) -> None:
        self._events, self._next_event = events, next_event
        self._block_count, self._thing_count = block_count, thing_count
        self.current = False
        self.replies: list[bytes] = []
        self.wanted: Bits | None = None
        self._blocks: Bits | None = np.ones(block_count, bool)
        self._things: Bits | None = np.ones(thing_count, bool)
        self._pace, self._next_block = OWED_BLOCKS_PER_FRAME, 0
        self.keys: dict[StateKey, None] = {}
        self.all_keys = self.joints = True
        self.poses_told: int | None = -EVENTS_KEPT

    @property
    def next_event(self) -> int:
        """Number of the first event that it has not got."""
        return self._events.untold if self.current else self._next_event

    @property
    def owes(self) -> bool:
        """Whether more is owed to it than the next tick."""
        bits = self._blocks is not None or self._things is not None
        return bits or self.poses_told is not None or self.all_keys or bool(self.keys)

    def go_on_from(self, next_event: int) -> None:
        """Note that all events before this number are said, some perhaps before their tick."""
        self._next_event, self.current = next_event, False

    def answer(self, reply: bytes) -> None:
        """Owe an answer."""
        self._fall_behind(self._events.untold)
        self.replies.append(reply)

    @property
    def has_too_many_replies(self) -> bool:
        """Whether so many answers wait that it is better to join again."""
        return len(self.replies) > REPLIES_WAITING or sum(map(len, self.replies)) > REPLIES_WAITING_BYTES

    def owe_people(self, changes: Changes) -> None:
        """Owe in the present tick whom the client sees from now on."""
        self._fall_behind(changes.first_event)
        if self.poses_told is None:
            self.poses_told = changes.tick - 1

    def skip(self, changes: Changes) -> None:
        """Remember what a tick that this client did not get would have told it."""
        self.owe_people(changes)
        self._pace = max(self._pace // 2, OWED_BLOCKS_LEAST)
        if len(changes.blocks):
            self._owe_blocks(changes.blocks)
        if len(changes.things):
            self._owe_things(changes.things)
        self.keys.update(dict.fromkeys(changes.keys))
        self.joints |= changes.joints

    def subscribe(self, wanted: Bits | None) -> None:
        """Want these blocks, (number of blocks) bool, None for all; new ones are owed at once."""
        self._fall_behind(self._events.untold)
        before, self.wanted = self.wanted, wanted
        if before is not None:
            self._owe_blocks(~before)
        elif self._blocks is not None and wanted is not None:
            self._blocks &= wanted

    def take_blocks(self, tick: int) -> npt.NDArray[np.intp]:
        """Return owed blocks (k,), ascending, not more than one frame should carry, and owe them no more.

        Newcomers get the same ones in the same tick, whenever they came: so they share encodings. Who has
        missed ticks gets fewer at a time, since large frames make it miss more, and goes on from there.
        """
        if self._blocks is None:
            return _NONE
        owed = np.flatnonzero(self._blocks)
        shared = self._pace == OWED_BLOCKS_PER_FRAME
        first = tick * OWED_BLOCKS_PER_FRAME % max(len(self._blocks), 1) if shared else self._next_block
        taken = np.roll(owed, -np.searchsorted(owed, first))[: self._pace]
        self._blocks[taken] = False
        self._next_block = int(taken[-1]) + 1 if len(taken) else 0
        if len(owed) <= self._pace:
            self._blocks = None
        self._pace = min(2 * self._pace, OWED_BLOCKS_PER_FRAME)
        return np.sort(taken)

    def take_things(self, changed: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the indices of owed and of changed things, as many as one frame should carry."""
        if self._things is None:
            return changed
        self._things[changed] = True
        owed = np.flatnonzero(self._things)
        self._things[owed[:OWED_THINGS_PER_FRAME]] = False
        if len(owed) <= OWED_THINGS_PER_FRAME:
            self._things = None
        return owed[:OWED_THINGS_PER_FRAME]

    def settle(self, next_event: int) -> None:
        """Note that a frame with all that was taken has been made; the next tick tells from this event on."""
        self.joints, self.poses_told = False, None
        owed = self.replies or self.keys or self._blocks is not None or self._things is not None
        self.current = not owed and self.wanted is None and self._next_event == next_event

    def _fall_behind(self, next_event: int) -> None:
        if self.current:
            self.current, self._next_event = False, next_event

    def _owe_blocks(self, chosen: npt.NDArray[np.intp] | Bits) -> None:
        if self._blocks is None:
            self._blocks = np.zeros(self._block_count, bool)
        self._blocks[chosen] = True
        if self.wanted is not None:
            self._blocks &= self.wanted

    def _owe_things(self, things: npt.NDArray[np.intp]) -> None:
        if self._things is None:
            self._things = np.zeros(self._thing_count, bool)
        self._things[things] = True


_NONE = np.zeros(0, np.intp)
