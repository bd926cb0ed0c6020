"""The live values as they stand, and what of them goes out in a tick.

Pure. Sources write here; each tick asks once what changed and gets it encoded once, for all clients. A
few changed blocks go out in the next tick. Many take turns, one in three ticks, so that no change waits more
than 150 ms and the work is spread; blocks of enums and bools, and the states of things, never wait.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.blocks import NO_BLOCKS, PackedBlocks, pack_blocks
from walkdown.codec import Section, pack_joints, pack_section, pack_thing_states
from walkdown.messages import TextValue, encode
from walkdown.signals import SignalTable
from walkdown.twin import BAD, GOOD, Catalogue
from walkdown_server.ticks.alarms import Alarms
from walkdown_server.ticks.outbox import StateKey

BLOCK_TICKS = 3
FEW_BLOCKS = 16
"""So many changed blocks leave at once: they are small and soon encoded, waiting costs 100 ms."""

STALE_TICKS = 5

Indices = npt.NDArray[np.intp]


class Live:
    """Signals, states of things, and joints of one session.

    Args:
        catalogue: lays the signals out. joint_count: joints of all packages.
        now_ns: session time at the start.

    Attributes:
        waits_secs: (b,) of the blocks of the last tick, how long the first new value of each waited for it.
    """

    def __init__(self, catalogue: Catalogue, *, joint_count: int, now_ns: int) -> None:
        self.epoch = catalogue.epoch
        self.table = SignalTable(catalogue.signals)
        self._layout = self.table.layout
        self.alarms = Alarms(self.table, catalogue.things, now_ns=now_ns)
        self.thing_count = len(catalogue.things)
        self.joint_values = np.zeros(joint_count)
        self._moved_joints = np.zeros(joint_count, bool)
        self._dirty = np.zeros(len(catalogue.signals), bool)
        kinds = [block.kind for block in self._layout.blocks]
        numbers = np.arange(len(kinds))
        prompt = np.array([kind in ("enum", "bool") for kind in kinds], bool)
        self._due = [prompt | (numbers % BLOCK_TICKS == phase) for phase in range(BLOCK_TICKS)]
        self._full: dict[int, bytes] = {}
        self._waiting_ns = np.zeros(len(kinds), np.int64)
        self.waits_secs = np.zeros(0)

    # ---- in: what sources say -------------------------------------------------------------------------

    def write(
        self,
        indices: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        quality: npt.ArrayLike = GOOD,
        times_ns: npt.ArrayLike | None = None,
        now_ns: int,
    ) -> None:
        """Store newest values of numeric signals.

        Args:
            indices: (n,) global signal indices. values: (n,) numbers; one that is not finite keeps the
                old value and makes its quality bad.
            quality: scalar or (n,) uint8. times_ns: scalar or (n,) int64, None when the source states none.
            now_ns: session time of arrival.
        """
        rows = np.atleast_1d(np.asarray(indices, np.intp))
        numbers = np.atleast_1d(np.asarray(values))
        levels = np.broadcast_to(np.asarray(quality, np.uint8), rows.shape)
        if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
            finite = np.isfinite(numbers)
            numbers = np.where(finite, numbers, np.nan_to_num(self.table.numbers(rows)))
            levels = np.where(finite, levels, BAD).astype(np.uint8)
        times = now_ns if times_ns is None else np.minimum(times_ns, now_ns)
        changed = self.table.write(rows, numbers, quality=levels, times_ns=times)
        self._dirty[changed] = True
        self._note_waiting(changed, now_ns)
        self.alarms.update(rows, now_ns=now_ns)

    def _note_waiting(self, changed: Indices, now_ns: int) -> None:
        """Remember of each block when the first value came that has not been told."""
        blocks = self._layout.block_of[changed]
        self._waiting_ns[blocks[self._waiting_ns[blocks] == 0]] = now_ns

    def write_text(
        self, index: int, value: str, *, quality: int = GOOD, time_ns: int | None = None, now_ns: int
    ) -> tuple[StateKey, bytes]:
        """Store the newest value of a text signal; returns the state message it becomes."""
        row = index - self.table.first("text")
        self.table.texts[row] = value
        self.table.quality[index] = quality
        self.table.times_ns[index] = time_ns or now_ns
        self.alarms.update(np.array([index]), now_ns=now_ns)
        return self._text_message(index)

    def move_joints(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Store newest joint values (n,), radians or metres, by wire index."""
        rows = np.atleast_1d(np.asarray(indices, np.intp))
        numbers = np.atleast_1d(np.asarray(values, np.float64))
        self._moved_joints[rows] |= numbers != self.joint_values[rows]
        self.joint_values[rows] = numbers

    # ---- out: what a tick tells -----------------------------------------------------------------------

    def find_stale(self, now_ns: int) -> list[tuple[StateKey, bytes]]:
        """Mark signals that are overdue; returns the state messages of texts among them."""
        gone = self.alarms.find_stale(now_ns)
        self._dirty[gone] = True
        texts = gone[gone >= self.table.first("text")]
        return [self._text_message(int(index)) for index in texts]

    def take_blocks(self, tick: int, *, now_ns: int) -> PackedBlocks:
        """Return the changed blocks whose turn it is, encoded; few need no turns."""
        self._full.clear()
        self.waits_secs = np.zeros(0)
        changed = np.flatnonzero(self._dirty[: self._layout.numeric])
        if not len(changed):
            return NO_BLOCKS
        block = self._layout.block_of[changed]
        due = np.zeros(len(self._layout.blocks), bool)
        due[block] = True
        if np.count_nonzero(due) > FEW_BLOCKS:
            due &= self._due[tick % BLOCK_TICKS]
        numbers = np.flatnonzero(due)
        packed = pack_blocks(self.epoch, self.table, numbers, changed=self._dirty, now_ns=now_ns)
        since_ns, self._waiting_ns[numbers] = self._waiting_ns[numbers], 0
        self.waits_secs = (now_ns - since_ns[since_ns > 0]) / 1e9
        self._dirty[changed[due[block]]] = False
        return packed

    def full_blocks(self, numbers: Indices, *, now_ns: int) -> bytes:
        """Return all values of blocks, each encoded at most once a tick for all who are owed it."""
        told = numbers.tolist()
        new = np.array([number for number in told if number not in self._full], np.intp)
        if len(new):
            packed = pack_blocks(self.epoch, self.table, new, changed=None, now_ns=now_ns)
            self._full.update(packed)
        return b"".join([self._full[number] for number in told])

    def take_joints(self) -> bytes:
        """Return the packed section of the joints that moved, empty for none."""
        moved = np.flatnonzero(self._moved_joints)
        self._moved_joints[:] = False
        return self._joints(moved)

    def all_joints(self) -> bytes:
        """Return the packed section of all joints, empty when there are none."""
        return self._joints(np.arange(len(self.joint_values)))

    def states_section(self, things: Indices) -> bytes:
        """Return the packed section of these things' states, empty for none."""
        if not len(things):
            return b""
        payload = pack_thing_states(things, self.alarms.thing_states[things])
        return pack_section(Section.THING_STATES, payload)

    def _text_message(self, index: int) -> tuple[StateKey, bytes]:
        table = self.table
        message = TextValue(
            signal=index,
            value=table.texts[index - table.first("text")],
            quality=int(table.quality[index]),
            time_ns=int(table.times_ns[index]),
        )
        return ("text", index), encode(message)

    def _joints(self, rows: Indices) -> bytes:
        if not len(rows):
            return b""
        return pack_section(Section.JOINTS, pack_joints(rows, self.joint_values[rows]))
