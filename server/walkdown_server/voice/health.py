"""How well everyone hears everyone: what was sent on is compared with what listeners report.

Pure. Once a second the counts of packets that were sent on are looked at, of those who have spoken; a pair
costs something else only when the listener reports. Who has ears and does not report a packet of a
talker for ``DEAF_SECS``, while enough was sent on, does not hear them: both and who leads are told once, and
once again when it is over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.messages import HeardOf, Message, MuteAll, PairHealth, VoiceHealth, VoiceReport, VoiceTrouble
from walkdown.roles import may
from walkdown.voice import FRAMES_PER_SEC
from walkdown_server.access import TokenBucket
from walkdown_server.attendance import Attendance
from walkdown_server.parties import Answer, Member
from walkdown_server.voice.listeners import Sent

DEAF_SECS = 5.0
ENOUGH_PACKETS = FRAMES_PER_SEC
"""A second of speech: of less that was sent on nothing is concluded."""

TROUBLES_PER_LOOK = 8
"""Of more that begin at once only the listeners themselves are told: a crowd whose programs report nothing
must not bury who leads, nor the server."""

LATELY_SECS = 30.0
"""Pairs are told of whom something was sent on within this time."""

ASKED_SECS = 1.0
"""More often nothing is worked out anew for those who ask."""

ANSWERS_PER_SEC, ANSWERS_BURST = 1.0, 10.0
"""So many answers does one client get."""

PAIRS_MAX = 2000
"""Of so many pairs at most is told, some 200 kB: the worst of them to who leads, their own to all others."""

REPORTS_KEPT = 5
"""What is told of a pair is over so many reports: about ten seconds."""

POOR_RECEIVED, POOR_CONCEALED = 0.85, 0.10

Bits = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Reported:
    """A report of one pair.

    Attributes:
        at_secs: when it came. sent: how many packets were sent on until then.
    """

    at_secs: float
    sent: int
    heard: HeardOf


class Heard:
    """Who hears one talker, by row of the listener.

    Attributes:
        known: packets that had been sent on when the listener reported some last.
        seen: packets that had been sent on at the last look. sent_secs: when that had changed last.
        waits_secs: since when something is sent on and not reported, infinite for nothing.
        troubled: who has been told to hear nothing. shared: whether the talker and who leads know of it.
    """

    __slots__ = ("known", "seen", "sent_secs", "shared", "troubled", "waits_secs")

    def __init__(self, capacity: int) -> None:
        self.known = np.zeros(capacity, np.int64)
        self.seen = np.zeros(capacity, np.int64)
        self.sent_secs = np.full(capacity, -np.inf)
        self.waits_secs = np.full(capacity, np.inf)
        self.troubled, self.shared = np.zeros(capacity, bool), np.zeros(capacity, bool)

    def look(self, sent: npt.NDArray[np.int64], now_secs: float) -> npt.NDArray[np.int64]:
        """Take what has been sent on, (capacity,); returns how much of it is not known to have come."""
        self.sent_secs[sent != self.seen] = now_secs
        self.seen = sent
        missing = sent - self.known
        self.waits_secs[missing <= 0] = np.inf
        self.waits_secs[(missing > 0) & np.isinf(self.waits_secs)] = now_secs
        return missing

    def forget(self, row: int) -> None:
        """Begin anew with whoever gets this row."""
        self.known[row] = self.seen[row] = 0
        self.sent_secs[row], self.waits_secs[row] = -np.inf, np.inf
        self.troubled[row] = self.shared[row] = False


class Health:
    """The pairs of one room.

    Args:
        attendance: who is here. sent: what was sent on. capacity: rows.
        reply: tells someone. secs: monotonic.
    """

    def __init__(
        self,
        attendance: Attendance,
        sent: Sent,
        *,
        capacity: int,
        reply: Callable[[Member, Message], None],
        secs: Callable[[], float],
    ) -> None:
        self._attendance, self._sent, self._capacity = attendance, sent, capacity
        self._reply, self._secs = reply, secs
        self._heard: dict[int, Heard] = {}
        self._reports: dict[tuple[int, int], deque[Reported]] = {}
        self._to_share = TROUBLES_PER_LOOK
        self._told_secs = -np.inf
        self._lately: tuple[Rows, Rows] = (np.zeros(0, np.intp), np.zeros(0, np.intp))
        self._told: dict[int | None, VoiceHealth] = {}
        self._asked: dict[int, TokenBucket] = {}

    # ---- what comes -----------------------------------------------------------------------------------

    def note(self, member: Member, report: VoiceReport) -> None:
        """Take what a listener says of those whom it heard."""
        for told in report.heard:
            talker = self._attendance.members.get(told.speaker)
            if talker is not None and talker.row in self._sent.talkers:
                self._note(member, talker, told)

    def _note(self, listener: Member, talker: Member, told: HeardOf) -> None:
        now_secs, row, heard = self._secs(), listener.row, self._of(talker.row)
        sent, waits_secs = int(self._sent.counts[row, talker.row]), float(heard.waits_secs[row])
        kept = self._reports.get((row, talker.row))
        if kept is None:
            before = Reported(min(waits_secs, now_secs), int(heard.known[row]), HeardOf(told.speaker, 0))
            kept = self._reports[row, talker.row] = deque((before,), maxlen=REPORTS_KEPT)
        kept.append(Reported(now_secs, sent, told))
        if told.received:
            heard.known[row], heard.waits_secs[row] = sent, np.inf
            if heard.troubled[row]:
                seconds = max(now_secs - waits_secs, 0.0)
                self._end(heard, row, talker, packets=told.received, seconds=seconds)

    def look(self, now_secs: float) -> None:
        """Judge all pairs; called about once a second."""
        ears = np.zeros(self._capacity, bool)
        ears[[m.row for m in self._attendance.members.values() if m.identity.voice.ears]] = True
        self._to_share = TROUBLES_PER_LOOK
        for row in tuple(self._sent.talkers):
            talker = self._attendance.by_row[row]
            if talker is not None:
                self._judge(talker, ears, now_secs)

    def _judge(self, talker: Member, ears: Bits, now_secs: float) -> None:
        heard = self._of(talker.row)
        missing = heard.look(self._sent.counts[:, talker.row].copy(), now_secs)
        deaf = ears & (missing >= ENOUGH_PACKETS) & (now_secs - heard.waits_secs >= DEAF_SECS)
        deaf[talker.row] = False
        for row in np.flatnonzero(deaf & ~heard.troubled).tolist():
            heard.troubled[row], heard.shared[row] = True, self._to_share > 0
            self._to_share -= 1
            self._tell(heard, row, talker, packets=0, seconds=float(now_secs - heard.waits_secs[row]))
        for row in np.flatnonzero(heard.troubled & ~ears).tolist():
            self._end(heard, row, talker)

    def forget(self, member: Member) -> None:
        """Know nothing more of this connection; it has ended."""
        row = member.row
        for known in (self._told, self._asked):
            known.pop(row, None)
        own = self._heard.pop(row, None)
        if own is not None:
            for listener in np.flatnonzero(own.troubled).tolist():
                self._end(own, listener, member)
        for talker_row, heard in self._heard.items():
            talker = self._attendance.by_row[talker_row]
            if heard.troubled[row] and talker is not None:
                self._end(heard, row, talker)
            heard.forget(row)
        self._reports = {pair: kept for pair, kept in self._reports.items() if row not in pair}

    def _of(self, row: int) -> Heard:
        heard = self._heard.get(row)
        if heard is None:
            heard = self._heard[row] = Heard(self._capacity)
        return heard

    # ---- what is told ---------------------------------------------------------------------------------

    def _end(self, heard: Heard, row: int, talker: Member, *, packets: int = 0, seconds: float = 0.0) -> None:
        heard.troubled[row] = False
        self._tell(heard, row, talker, packets=packets, seconds=seconds, over=True)

    def _tell(
        self, heard: Heard, row: int, talker: Member, *, packets: int, seconds: float, over: bool = False
    ) -> None:
        listener = self._attendance.by_row[row]
        if listener is None:
            return
        told = VoiceTrouble(
            listener.identity.person, talker.identity.person, packets, round(seconds, 1), over=over
        )
        if not heard.shared[row]:
            self._reply(listener, told)
            return
        leading = [m for m in self._attendance.members.values() if may(m.identity.role, MuteAll)]
        for member in dict.fromkeys((listener, talker, *leading)):
            self._reply(member, told)

    def ask(self, member: Member, answer: Answer) -> None:
        """Answer ``ask_voice_health``: every pair of which the listener was sent something lately.

        Of more than ``PAIRS_MAX`` see there. Who asks too often gets no answer.
        """
        now_secs, row = self._secs(), member.row
        asked = self._asked.setdefault(row, TokenBucket(per_sec=ANSWERS_PER_SEC, burst=ANSWERS_BURST))
        if not asked.take(now_secs):
            return
        if now_secs - self._told_secs >= ASKED_SECS:
            self.look(now_secs)
            self._told_secs, self._lately = now_secs, self._pairs_lately(now_secs)
            self._told.clear()
        everybody = len(self._lately[0]) <= PAIRS_MAX or may(member.identity.role, MuteAll)
        whose = None if everybody else row
        if whose not in self._told:
            self._told[whose] = VoiceHealth(tuple(self._pairs(whose)))
        answer(self._told[whose])

    def _pairs_lately(self, now_secs: float) -> tuple[Rows, Rows]:
        """Return the rows (p,) of listeners and of talkers of whom they were sent something, worst first."""
        talkers, heards = np.array(list(self._heard), np.intp), self._heard.values()
        shape = len(talkers), self._capacity
        lately = np.array([now_secs - heard.sent_secs <= LATELY_SECS for heard in heards], bool)
        columns, listeners = np.nonzero(lately.reshape(shape))
        waits_secs = np.array([heard.waits_secs for heard in heards]).reshape(shape)[columns, listeners]
        order = np.argsort(waits_secs, kind="stable")
        return listeners[order], talkers[columns[order]]

    def _pairs(self, whose: int | None) -> Iterator[PairHealth]:
        """Yield the pairs of the one in this row, or everybody's, at most ``PAIRS_MAX``."""
        listeners, talkers = self._lately
        if whose is not None:
            own = (listeners == whose) | (talkers == whose)
            listeners, talkers = listeners[own], talkers[own]
        by_row = self._attendance.by_row
        rows = zip(listeners[:PAIRS_MAX].tolist(), talkers[:PAIRS_MAX].tolist(), strict=True)
        for listener_row, talker_row in rows:
            listener, talker, heard = by_row[listener_row], by_row[talker_row], self._heard.get(talker_row)
            if listener is not None and talker is not None and heard is not None:
                yield self._pair(listener, talker, heard)

    def _pair(self, listener: Member, talker: Member, heard: Heard) -> PairHealth:
        now_secs, row = self._secs(), listener.row
        kept = list(self._reports.get((row, talker.row), ()))
        waited_secs = now_secs - min(float(heard.waits_secs[row]), now_secs)
        newest = kept[-1].heard if kept else HeardOf(talker.identity.person, 0)
        missing = int(heard.seen[row] - heard.known[row])
        lately = bool(kept) and now_secs - kept[-1].at_secs <= LATELY_SECS
        if kept and (waited_secs < DEAF_SECS or (lately and missing < ENOUGH_PACKETS)):
            sent, seconds = kept[-1].sent - kept[0].sent, kept[-1].at_secs - kept[0].at_secs
            received = sum(reported.heard.received for reported in kept[1:])
        else:
            sent, received, seconds = missing, 0, waited_secs
        pair = PairHealth(
            listener.identity.person,
            talker.identity.person,
            max(sent, 0),
            received,
            seconds=round(seconds, 1),
            concealed=newest.concealed,
            delay_secs=newest.delay_secs,
        )
        return _judged(pair, ears=listener.identity.voice.ears)


def _judged(pair: PairHealth, *, ears: bool) -> PairHealth:
    poor = pair.received < POOR_RECEIVED * pair.sent or pair.concealed > POOR_CONCEALED
    if not ears:
        return msgspec.structs.replace(pair, verdict="no_ears")
    if pair.received:
        return msgspec.structs.replace(pair, verdict="poor" if poor else "good")
    deaf = pair.sent >= ENOUGH_PACKETS and pair.seconds >= DEAF_SECS
    return msgspec.structs.replace(pair, verdict="deaf" if deaf else "unknown")
