"""Sends each tick to everyone who is connected, and remembers for each what they did not get.

Does no input or output itself: a client is a ``Line`` that can be written to. Whoever keeps up gets the very
same bytes as all others who do; for the others see ``ticks.telling``.
"""

from __future__ import annotations

from walkdown.messages import Refusal
from walkdown_server.access import SLOW_AFTER_SECS
from walkdown_server.attendance import Attendance
from walkdown_server.commits import Times
from walkdown_server.parties import Member
from walkdown_server.ticks.telling import Telling, Told
from walkdown_server.voice.bundles import Bundle
from walkdown_server.voice.routing import Voices
from walkdown_server.watch import Watch


class Delivery:
    """Brings what is told to those whom it is told.

    Args:
        attendance: who is connected. telling: makes the frames. voices: learns whom voice did not reach.
        watch: counts and measures. times: the clocks.
    """

    def __init__(
        self,
        attendance: Attendance,
        telling: Telling,
        voices: Voices,
        *,
        watch: Watch,
        times: Times,
    ) -> None:
        self._members, self._by_row = attendance.members, attendance.by_row
        self._telling, self._voices, self._watch, self._times = telling, voices, watch, times
        self._tally = watch.tally
        self._answered: dict[int, Member] = {}

    def deliver(self, told: Told, spoken: list[Bundle | None] | None = None) -> None:
        """Send a tick to everyone who can take it, and in the same write what they hear, by row."""
        self._owe_who_is_seen_now(told)
        others = self._tell_most(told) if spoken is None else self._tell_with_voice(told, spoken)
        for member in others:
            self._tell_apart(member, told)

    def reply(self, member: Member, reply: bytes, *, soon: bool = False) -> None:
        """Owe someone an answer, an encoded message; ``soon`` they wait for it and it can go at once."""
        member.outbox.answer(reply)
        if soon:
            self._answered[member.row] = member

    def answer_at_once(self) -> None:
        """Tell those who wait for a commit how it went, without waiting for the tick; events come first."""
        for member in self._answered.values():
            free = not member.line.waiting() and self._telling.events.holds(member.outbox.next_event)
            if free and (said := self._telling.said_at_once(member.outbox)):
                member.line.send(said)
        self._answered.clear()

    def _tell_most(self, told: Told) -> list[Member]:
        """Send those who keep up what they share, and return the others; nothing else is done for each."""
        frames, group_of, tick = told.frames, told.views.group_of, told.tick
        others: list[Member] = []
        count = size_bytes = 0
        for member in self._members.values():
            frame = frames[group_of[member.row]]
            if not member.outbox.current:
                others.append(member)
            elif frame:
                acknowledged = member.acknowledged
                if acknowledged.may_send(tick) and member.line.offer(frame):
                    acknowledged.note_sent(tick)
                    count += 1
                    size_bytes += len(frame)
                else:
                    others.append(member)
        self._tally.frames += count
        self._tally.frame_bytes += size_bytes
        return others

    def _tell_with_voice(self, told: Told, spoken: list[Bundle | None]) -> list[Member]:
        """Do the same with what they hear before it: one write for both, made once for all who get the same.

        Who does not keep up with state may keep up with voice alone, and is sent that first.
        """
        frames, group_of, tick = told.frames, told.views.group_of, told.tick
        others: list[Member] = []
        for member in self._members.values():
            group, bundle = group_of[member.row], spoken[member.row]
            frame = frames[group] if member.outbox.current else b""
            acknowledged = member.acknowledged
            may_send = acknowledged.may_send(tick)
            whole = bundle.before(group, frame) if bundle is not None else frame
            told_now = bool(whole) and may_send and member.line.offer(whole)
            if bundle is not None and not told_now:
                self._voices.miss(member, bundle)
            if not member.outbox.current or (frame and not told_now):
                others.append(member)
            elif frame:
                acknowledged.note_sent(tick)
                self._tally.frames += 1
                self._tally.frame_bytes += len(frame)
        return others

    def _owe_who_is_seen_now(self, told: Told) -> None:
        for row in told.views.entered:
            member = self._by_row[row]
            if member is not None:
                member.outbox.owe_people(told.changes)

    def _tell_apart(self, member: Member, told: Told) -> None:
        """Tell a client what it alone is owed, or remember what it has missed."""
        held = self._telling.events.holds(member.outbox.next_event)
        if held and member.acknowledged.may_send(told.tick) and not member.line.waiting():
            if frame := self._telling.frame_for(member.outbox, told, row=member.row):
                member.line.send(frame)
                member.acknowledged.note_sent(told.tick)
                self._tally.frames += 1
                self._tally.frame_bytes += len(frame)
                self._watch.note_sent(member, self._times.secs())
        else:
            self._tally.skipped += 1
            member.outbox.skip(told.changes)
            self._cut_if_slow(member, self._times.secs())

    def _cut_if_slow(self, member: Member, now: float) -> None:
        outbox, events = member.outbox, self._telling.events
        waiting_secs = events.waiting_secs(outbox.next_event, now)
        missed = not events.holds(outbox.next_event)
        if missed or waiting_secs > SLOW_AFTER_SECS or outbox.has_too_many_replies:
            text = f"Your connection is {waiting_secs:.0f} s behind; join again to catch up."
            member.line.refuse(Refusal("slow", text, f"{SLOW_AFTER_SECS:.0f} s", f"{waiting_secs:.0f} s"))
