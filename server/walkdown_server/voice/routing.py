"""Takes the packets of talkers, and in each voice tick sends each listener one bundle of those they hear.

Does no input or output itself: a client is a ``Line``, or a ``MediaLine`` where datagrams reach it. Who hears
whom is decided anew every 100 ms, and at once when somebody begins to speak or a rule changes. A bundle is
not sent to whom bytes still wait for, or who has not acknowledged ticks for long: it would come too late.
But that a spurt ends is owed, so that nobody waits for packets that do not come; so it is when a listener
stops being sent a talker who goes on.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from walkdown.messages import MuteAll, Zone
from walkdown.roles import may
from walkdown.voice import BUNDLE_MAX, ENTRY_HEADER, PACKET_HEADER, Route, check_packet
from walkdown_server.attendance import Attendance
from walkdown_server.commits import Times
from walkdown_server.door.people import Identity
from walkdown_server.parties import Member, VoiceKeeper
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.tally import Tally
from walkdown_server.voice.bundles import Audience, Bundle, bundle_of, frame_of
from walkdown_server.voice.listeners import Listeners, Sent
from walkdown_server.voice.rules import (
    NOBODY,
    REACHES,
    Bits,
    Places,
    Routes,
    Rows,
    Speaking,
    choose,
    distances,
    routes,
    zones_of,
)
from walkdown_server.voice.talkers import Talker

CHOOSE_SECS = 0.1
CHOOSE_SECS_PER_PAIR = 5e-7
"""So long it is put off among very many: with 1,000 listeners and 100 talkers 50 ms, with 300 and 5 1 ms."""

QUIET_SECS = 0.5
"""After so long without a packet somebody speaks no more."""

OWED_SECS = 2.0
"""So long the end of a spurt is owed to whom it cannot be sent."""

OWED_MAX = BUNDLE_MAX // (ENTRY_HEADER.size + PACKET_HEADER.size)
"""Of more ends that one listener is owed the oldest are forgotten: they are sent in one bundle."""


class Voices:
    """The voices of one room.

    Args:
        attendance: who is here. crowd: where they are. capacity: how many can be here.
        times: the clocks. tally: what is counted. tick: tells the newest state tick.

    Attributes:
        sent: what was sent on, to whom. keeper: who keeps what is said while a recording is on.
        waiting: whether something was said that has not been sent on. on_wait: called when that begins.
    """

    keeper: VoiceKeeper | None = None

    def __init__(
        self,
        attendance: Attendance,
        crowd: Crowd,
        *,
        capacity: int,
        times: Times,
        tally: Tally,
        tick: Callable[[], int],
    ) -> None:
        self._attendance, self._crowd, self._capacity = attendance, crowd, capacity
        self._times, self._tally, self._tick = times, tally, tick
        self._listeners = Listeners(capacity)
        self._talkers: dict[int, Talker] = {}
        self._active: dict[int, Talker] = {}
        self._hearing: dict[int, Bits] = {}
        self._audiences: list[Audience] = []
        self._owed: dict[int, tuple[float, dict[int, bytes]]] = {}
        self._zones: tuple[Zone, ...] = ()
        self._muted_all = self._recording = False
        self._chosen_secs = 0.0
        self._changed = self._narrowed = self.waiting = False
        self.sent = Sent(capacity)
        self.on_wait: Callable[[], None] = lambda: None

    @property
    def talking(self) -> bool:
        """Whether somebody speaks, or has just stopped, or somebody is owed an end."""
        return bool(self._active or self._owed)

    @property
    def talkers(self) -> int:
        """How many people speak."""
        return len(self._active)

    # ---- people and rules -----------------------------------------------------------------------------

    def learn(self, member: Member) -> None:
        """Note that someone is here, or that something has changed about how they speak or listen."""
        self._listeners.learn(member, member.identity.voice)
        self._attendance.show_always("grouped", self._listeners.grouped)
        self._changed = True
        self._narrowed |= member.row in self._active

    def say_what_waits(self, member: Member) -> None:
        """Send on what someone has said, before it changes whom they mean."""
        if self.waiting and member.row in self._active:
            self.tick()

    def forget(self, member: Member) -> None:
        """Let someone be here no more."""
        row = member.row
        self._silence(self._talkers.pop(row, None))
        self._listeners.forget(row)
        self._owed.pop(row, None)
        for hearing in self._hearing.values():
            hearing[row] = False
        for audience in self._audiences:
            audience.forget(member)
        self.sent.forget(row)
        self._attendance.show_always("grouped", self._listeners.grouped)
        self._changed = True

    def rule(self, *, muted_all: bool, zones: tuple[Zone, ...]) -> None:
        """Let these rules hold from now on."""
        self._muted_all, self._zones = muted_all, zones
        self._changed = self._narrowed = True

    def record(self, on: bool) -> None:
        """Give what is said to the keeper from now on, or no more."""
        self._recording = on

    def may_be_heard(self, identity: Identity) -> bool:
        """Tell whether others may hear someone."""
        if identity.muted or not may(identity.role, "voice"):
            return False
        return not self._muted_all or identity.presenting or may(identity.role, MuteAll)

    # ---- in -------------------------------------------------------------------------------------------

    def hear(self, member: Member, packet: bytes) -> None:
        """Take a packet from a talker's connection, whichever way it came.

        Raises:
            ProtocolError: it is no packet.
        """
        check_packet(packet)
        self._tally.voice_in += 1
        now_secs = self._times.secs()
        talker = self._talker(member)
        if talker is None or "voice" not in member.speaking:
            self._tally.voice_dropped["rights"] += 1
        elif not talker.packets.take(now_secs):
            self._tally.voice_dropped["rate"] += 1
        elif not talker.takes(packet):
            self._tally.voice_dropped["old"] += 1
        else:
            if dropped := talker.say(packet, now_secs):
                self._tally.voice_dropped["late"] += dropped
            self._take(member.identity, talker, packet)

    def _take(self, identity: Identity, talker: Talker, packet: bytes) -> None:
        """Have a packet sent on and kept."""
        if talker.row not in self._active:
            self._active[talker.row] = talker
            self._changed = True
        if self._recording and self.keeper is not None and self._is_for_all(identity):
            self.keeper.take(identity, packet, time_ns=self._times.session_ns())
        if not self.waiting:
            self.waiting = True
            self.on_wait()

    def _is_for_all(self, identity: Identity) -> bool:
        """Tell whether what someone says may be kept: not what is for a private group alone."""
        voice = identity.voice
        return voice.recordable and voice.reach != "group" and self.may_be_heard(identity)

    def _talker(self, member: Member) -> Talker | None:
        if self._attendance.by_row[member.row] is not member:
            return None
        talker = self._talkers.get(member.row)
        if talker is None:
            talker = self._talkers[member.row] = Talker(member.identity.person, member.row)
        return talker

    # ---- out ------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Send everyone what they hear."""
        tick = self._tick()
        for members, bundle in self._begin_tick():
            payload, frame = bundle.payload, bundle.frame
            for member in members:
                if member.media is not None and member.media.send(payload):
                    continue
                if not (member.acknowledged.may_send(tick) and member.line.offer(frame)):
                    self.miss(member, bundle)

    def tick_with_state(self) -> list[Bundle | None]:
        """Begin a tick, and return what is to be sent with the state tick, by row; the rest is sent."""
        spoken: list[Bundle | None] = [None] * self._capacity
        for members, bundle in self._begin_tick():
            for member in members:
                if member.media is None or not member.media.send(bundle.payload):
                    spoken[member.row] = bundle
        return spoken

    def miss(self, member: Member, bundle: Bundle) -> None:
        """Note that someone could not be sent a bundle: it is dropped but for the ends of spurts."""
        talkers = bundle.talkers
        self._tally.voice_dropped["behind"] += sum(bundle.packets)
        self._tally.voice_out -= sum(bundle.packets)
        self.sent.take_back(member.row, [talker.row for talker in talkers], bundle.packets)
        for talker in talkers:
            if talker.person in bundle.ends:
                self._owe_end(member.row, talker.person, bundle.ends[talker.person])

    def _begin_tick(self) -> list[tuple[list[Member], Bundle]]:
        """Return what is sent in this tick to whom."""
        self.waiting = False
        now_secs, time_ns = self._times.secs(), self._times.session_ns()
        for talker in [one for one in self._active.values() if now_secs - one.heard_secs > QUIET_SECS]:
            self._silence(talker)
        for talker in self._active.values():
            talker.begin_tick()
        if self._is_to_choose(now_secs):
            self._choose(now_secs)
        if self._owed:
            self._send_owed(now_secs, time_ns)
        sendings = []
        for audience in self._audiences:
            bundle = bundle_of(audience, time_ns)
            if bundle is not None and audience.members:
                self._tally.voice_out += len(audience.members) * sum(bundle.packets)
                sendings.append((audience.members, bundle))
        return sendings

    def _is_to_choose(self, now_secs: float) -> bool:
        """Tell whether it is time to decide anew.

        Where that costs much it is not after every change, but always when somebody may be heard by fewer.
        """
        if self._narrowed:
            return True
        pairs = len(self._active) * len(self._listeners.members)
        least_secs = pairs * CHOOSE_SECS_PER_PAIR
        return now_secs - self._chosen_secs >= (least_secs if self._changed else max(CHOOSE_SECS, least_secs))

    def _choose(self, now_secs: float) -> None:
        """Decide who hears whom until the next time."""
        self._settle()
        self._changed, self._narrowed, self._chosen_secs = False, False, now_secs
        talkers, rows = list(self._active.values()), self._listeners.rows
        speaking, before = self._speaking(talkers), self._before(talkers, rows)
        listeners, places = self._places(rows), self._places(np.array([one.row for one in talkers], np.intp))
        metres, echo = distances(listeners, places), self._listeners.echo[rows]
        found = routes(listeners, places, speaking, metres=metres, echo=echo, before=before)
        found[self._listeners.silenced(rows, [one.person for one in talkers])] = NOBODY
        chosen = choose(found, speaking, metres=metres, before=before)
        self._note_lost(talkers, rows, chosen)
        self._audiences = self._alike(rows, talkers, np.where(chosen, found, NOBODY))
        heard = itertools.compress(talkers, speaking.heard)
        self._attendance.show_always("speaking", {talker.person for talker in heard})

    def _places(self, rows: Rows) -> Places:
        positions_mm, known = self._crowd.places(rows)
        metres = positions_mm / 1000.0
        return Places(rows, metres, known, zones_of(metres, self._zones), self._listeners.groups[rows])

    def _speaking(self, talkers: list[Talker]) -> Speaking:
        members = (self._attendance.by_row[talker.row] for talker in talkers)
        identities = [member.identity for member in members if member is not None]
        return Speaking(
            reach=np.array([REACHES[one.voice.reach] for one in identities], np.int8),
            heard=np.array([self.may_be_heard(one) for one in identities], bool),
            presenting=np.array([one.presenting for one in identities], bool),
            leading=np.array([may(one.role, MuteAll) for one in identities], bool),
            level_db=np.array([one.level_db for one in talkers], np.float32),
        )

    def _before(self, talkers: list[Talker], rows: Rows) -> Bits:
        """Return who of these listeners (n,) is sent whom (t,) until now, (n, t)."""
        before = np.zeros((len(rows), len(talkers)), bool)
        for column, talker in enumerate(talkers):
            hearing = self._hearing.get(talker.row)
            if hearing is not None:
                before[:, column] = hearing[rows]
        return before

    def _note_lost(self, talkers: list[Talker], rows: Rows, chosen: Bits) -> None:
        """Remember who is sent whom, and owe the end to whom a talker is sent no more."""
        for column, talker in enumerate(talkers):
            now = np.zeros(self._capacity, bool)
            now[rows] = chosen[:, column]
            before = self._hearing.get(talker.row)
            self._hearing[talker.row] = now
            if before is not None:
                self._owe_ends(talker, np.flatnonzero(before & ~now))

    def _alike(self, rows: Rows, talkers: list[Talker], found: Routes) -> list[Audience]:
        """Return the listeners, those together who hear the same talkers by the same routes."""
        alike: dict[bytes, list[int]] = {}
        data, size = found.astype(np.int8).tobytes(), found.shape[1]
        for place in range(len(rows)):
            alike.setdefault(data[place * size : (place + 1) * size], []).append(place)
        ears = self._listeners.ears
        audiences = []
        for places in alike.values():
            by = found[places[0]].tolist()
            heard = [(one, route) for one, route in zip(talkers, by, strict=True) if route != NOBODY]
            if heard:
                theirs = rows[places]
                members = [self._listeners.members[row] for row in theirs[ears[theirs]].tolist()]
                audiences.append(Audience(theirs, members, heard))
        return audiences

    def _settle(self) -> None:
        """Count what was sent on since the last choice."""
        for audience in self._audiences:
            if any(audience.sent):
                talkers = [talker.row for talker, _route in audience.talkers]
                self.sent.add(audience.rows, talkers, audience.sent)
        self._audiences = []

    # ---- ends of spurts -------------------------------------------------------------------------------

    def _silence(self, talker: Talker | None) -> None:
        """Let someone speak no more; who heard them is told that nothing more comes."""
        if talker is None or self._active.pop(talker.row, None) is None:
            return
        talker.forget_waiting()
        hearing = self._hearing.pop(talker.row, None)
        if hearing is not None:
            self._owe_ends(talker, np.flatnonzero(hearing))
        talker.in_spurt = False
        self._changed = True

    def _owe_ends(self, talker: Talker, rows: Rows) -> None:
        entry = talker.end_entry(Route.NEAR)
        for row in rows.tolist() if talker.in_spurt else ():
            if row in self._listeners.members and not self._listeners.silences(row, talker.person):
                self._owe_end(row, talker.person, entry)

    def _owe_end(self, row: int, person: int, entry: bytes) -> None:
        _since, entries = self._owed.setdefault(row, (self._times.secs(), {}))
        entries[person] = entry
        if len(entries) > OWED_MAX:
            del entries[next(iter(entries))]

    def _send_owed(self, now_secs: float, time_ns: int) -> None:
        """Send what is owed to whom it can be sent, before anything else."""
        for row, (since_secs, entries) in tuple(self._owed.items()):
            member = self._listeners.members.get(row)
            if member is None or not self._listeners.ears[row] or now_secs - since_secs > OWED_SECS:
                del self._owed[row]
            elif self._sent_at_once(member, b"".join(entries.values()), time_ns):
                del self._owed[row]

    def _sent_at_once(self, member: Member, payload: bytes, time_ns: int) -> bool:
        if member.media is not None and member.media.send(payload):
            return True
        return self._keeps_up(member) and member.line.offer(frame_of(payload, time_ns))

    def _keeps_up(self, member: Member) -> bool:
        return member.acknowledged.may_send(self._tick())
