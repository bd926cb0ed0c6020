"""What everyone is told in a tick: built once for all, and for each what is owed beside.

Pure. Whoever keeps up gets the very same bytes as all others who do. Who missed a tick, has just come or
does not want every block gets a frame of their own, made of the same encoded parts where nothing more is
owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from walkdown.blocks import PackedBlocks
from walkdown.codec import Section, pack_section, pack_server_frame
from walkdown.messages import Gone, encode
from walkdown_server.ticks.interest import Crowd, Views
from walkdown_server.ticks.live import STALE_TICKS, Live
from walkdown_server.ticks.outbox import Changes, Events, Outbox, StateKey
from walkdown_server.websocket import encode_binary

TICK_MS = 50
TICKS_PER_SEC = 1000 // TICK_MS
MESSAGE_BYTES_PER_FRAME = 256 * 1024
"""So many bytes of events at most, and as many of states; what is left follows in the next tick."""

LATE_NS = 2 * TICK_MS * 1_000_000
"""A tick that comes this late had to wait, and so had the sources: the next one judges what is stale."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one tick tells those who keep up.

    Attributes:
        tick, time_ns: of the tick. changes: what is owed to those who do not get it.
        blocks: encoded signal blocks. states, joints: packed sections, may be empty.
        views: what is told of people. frames: for each group of viewers all of it as a WebSocket message,
            empty when there is nothing to tell.
    """

    tick: int
    time_ns: int
    changes: Changes
    blocks: PackedBlocks
    states: bytes
    joints: bytes
    views: Views
    frames: list[bytes]


class Telling:
    """Collects what changes and tells it, tick by tick.

    Args:
        live: signals, states of things and joints. crowd: poses.

    Attributes:
        events: what has happened, in order. tick: number of the newest tick.
    """

    def __init__(self, live: Live, crowd: Crowd) -> None:
        self._live, self._crowd = live, crowd
        self.events = Events()
        self.tick = 0
        self._ticked_ns = 0
        self._check_due = self._put_off = False
        self._states: dict[StateKey, bytes] = {}
        self._changed: dict[StateKey, None] = {}
        self._joined: list[bytes] | None = None

    def publish(self, key: StateKey, message: bytes) -> None:
        """Replace the state message of a key; everyone will be told if it is another."""
        if self._states.get(key) != message:
            self._states[key] = message
            self._changed[key] = None

    def withdraw(self, person: int) -> None:
        """Tell everyone that a person is gone."""
        key = ("person", person)
        if self._states.pop(key, None) is not None:
            self._changed[key] = None

    def forget(self, key: StateKey) -> None:
        """Say no more of a key whose last message was an end; who missed it is told nothing."""
        self._states.pop(key, None)
        self._changed.pop(key, None)

    def skip_events(self) -> None:
        """Take the events so far as told: they happened before anyone was here."""
        self.events.untold = self.events.next_number

    def outbox(self, *, next_event: int) -> Outbox:
        """Return the outbox of a newcomer, who is owed everything from this event on."""
        live = self._live
        return Outbox(
            self.events,
            block_count=len(live.table.blocks),
            thing_count=live.thing_count,
            next_event=next_event,
        )

    def next(self, now_ns: int) -> Told:
        """Begin the next tick, and return what it tells."""
        self.tick += 1
        self._joined = None
        live, tick = self._live, self.tick
        self._check_freshness(now_ns)
        things, blocks, joints = (
            live.alarms.settle(),
            live.take_blocks(tick, now_ns=now_ns),
            live.take_joints(),
        )
        first, events = self.events.untold, self._take_untold()
        keys, messages = self._take_changed()
        changes = Changes(tick, first, blocks.numbers, things, keys, bool(joints))
        texts = [*events, *messages]
        states, views = live.states_section(things), self._crowd.views(tick, now_ns=now_ns)
        parts = _parts(texts, signals=blocks.data, states=states, joints=joints)
        frames = [self._frame(now_ns, parts, poses) for poses in views.sections]
        return Told(tick, now_ns, changes, blocks, states, joints, views, frames)

    def _take_untold(self) -> list[bytes]:
        """Return the events that no tick has told yet, as many as fit, and take them as told."""
        taken = _fitting(self.events.since(self.events.untold))
        self.events.untold += len(taken)
        return taken

    def _take_changed(self) -> tuple[list[StateKey], list[bytes]]:
        """Return the keys of state messages that were replaced, as many as fit, and the messages."""
        keys: list[StateKey] = []
        messages: list[bytes] = []
        size = 0
        while self._changed and size <= MESSAGE_BYTES_PER_FRAME:
            key = next(iter(self._changed))
            del self._changed[key]
            keys.append(key)
            messages += self._current([key])
            size += len(messages[-1]) if messages else 0
        return keys, messages

    def _check_freshness(self, now_ns: int) -> None:
        """Find what is stale every few ticks; after a late tick once put off to the next."""
        late, self._ticked_ns = now_ns - self._ticked_ns > LATE_NS, now_ns
        self._check_due |= self.tick % STALE_TICKS == 0
        self._put_off = self._check_due and late and not self._put_off
        if self._check_due and not self._put_off:
            self._check_due = False
            for key, message in self._live.find_stale(now_ns):
                self.publish(key, message)

    def frame_for(self, outbox: Outbox, told: Told, *, row: int) -> bytes:
        """Return a client's WebSocket message for this tick, empty for none; it is owed less afterwards."""
        if outbox.current:
            return told.frames[told.views.group_of[row]]
        live, now_ns = self._live, told.time_ns
        texts = self._take_events(outbox)
        outbox.keys.update(dict.fromkeys(told.changes.keys))
        texts += self._take_states(outbox)
        signals = self._signals_for(outbox, told)
        states = live.states_section(outbox.take_things(told.changes.things))
        joints = live.all_joints() if outbox.joints else told.joints
        poses = self._poses_for(outbox, told, row)
        outbox.settle(self.events.untold)
        parts = _parts(texts, signals=signals, states=states, joints=joints)
        return self._frame(now_ns, parts, poses)

    def said_at_once(self, outbox: Outbox) -> bytes:
        """Return the events and replies that wait for a client, each as a WebSocket message of its own."""
        return b"".join(encode_binary(message) for message in self._take_events(outbox))

    def _poses_for(self, outbox: Outbox, told: Told, row: int) -> bytes:
        if outbox.poses_told is None:
            return told.views.sections[told.views.group_of[row]]
        return self._crowd.owed(row, told_tick=outbox.poses_told, tick=told.tick, now_ns=told.time_ns)

    def _signals_for(self, outbox: Outbox, told: Told) -> bytes:
        """Return the changed blocks that a client wants, and in full those that it is owed."""
        owed, wanted = outbox.take_blocks(told.tick), outbox.wanted
        if not len(owed):
            return told.blocks.data if wanted is None else told.blocks.only(wanted)
        changed = np.ones(len(self._live.table.blocks), bool) if wanted is None else wanted.copy()
        changed[owed] = False
        return told.blocks.only(changed) + self._live.full_blocks(owed, now_ns=told.time_ns)

    def _take_events(self, outbox: Outbox) -> list[bytes]:
        """Return events that wait, as many as fit; the replies follow when all are through."""
        next_event = outbox.next_event
        taken = _fitting(self.events.since(next_event))
        outbox.go_on_from(next_event + len(taken))
        if outbox.next_event == self.events.next_number:
            taken += outbox.replies
            outbox.replies = []
        return taken

    def _take_states(self, outbox: Outbox) -> list[bytes]:
        """Return owed state messages, as many as fit, the oldest first."""
        if outbox.all_keys:
            outbox.all_keys = False
            if sum(map(len, self._all_states())) <= MESSAGE_BYTES_PER_FRAME:
                outbox.keys.clear()
                return self._all_states()
            outbox.keys = dict.fromkeys(self._states)
        taken: list[bytes] = []
        size = 0
        while outbox.keys and size <= MESSAGE_BYTES_PER_FRAME:
            key = next(iter(outbox.keys))
            del outbox.keys[key]
            taken += self._current([key])
            size += len(taken[-1]) if taken else 0
        return taken

    def _all_states(self) -> list[bytes]:
        """Return all state messages as one, joined once a tick for all who have just come."""
        if self._joined is None:
            self._joined = [b"".join(self._states.values())]
        return self._joined

    def _current(self, keys: Iterable[StateKey]) -> list[bytes]:
        """Return the newest message for each key; a person without one is gone."""
        told = [self._states.get(key) or _gone(key) for key in keys]
        return [message for message in told if message]

    def _frame(self, now_ns: int, parts: list[bytes], poses: bytes) -> bytes:
        """Join the sections of a frame; nothing is said only once a second."""
        if not parts and not poses and self.tick % TICKS_PER_SEC:
            return b""
        return encode_binary(pack_server_frame(self.tick, now_ns, [*parts, poses]))


def _parts(texts: list[bytes], *, signals: bytes, states: bytes, joints: bytes) -> list[bytes]:
    """Return the sections of a frame but those of people, events and messages first; none is empty."""
    parts = [pack_section(Section.MESSAGES, b"".join(texts))] if texts else []
    parts += [pack_section(Section.SIGNALS, signals)] if signals else []
    return parts + [section for section in (states, joints) if section]


def _fitting(events: list[bytes]) -> list[bytes]:
    """Return the first ones, as many as one frame carries; at least one."""
    size = 0
    for place, event in enumerate(events):
        size += len(event)
        if size > MESSAGE_BYTES_PER_FRAME:
            return events[: place + 1]
    return events


def _gone(key: StateKey) -> bytes:
    return encode(Gone(int(key[1]))) if key[0] == "person" else b""
