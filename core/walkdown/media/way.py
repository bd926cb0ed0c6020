"""Which way a client's voice takes, datagrams or the WebSocket, decided in the time that it is told.

Pure. The client probes: each probe that passes is answered, and the answer counts what came at the server, as
the client counts what came from there. Datagrams are left when no answer comes for ``STOPPED_SECS``, or when
more is lost in either direction than forward error correction mends; they are tried on, and taken again when
they have been well for a while, which grows each time that they fail soon.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

STEADY_SECS, DOUBT_SECS, FIRST_SECS, TRYING_SECS, RARE_SECS = 0.5, 0.05, 0.1, 0.2, 1.0
"""Between probes: while all is well; while an answer is missing; on a connection that has just begun; to see
how well datagrams pass again; while nothing passes."""

FIRST_FOR_SECS = 3.0

RARE_AFTER_SECS = 10.0
FIRST_ANSWERS = 3
"""After so many answers datagrams are taken for the first time."""

STOPPED_SECS, STOPPED_PROBES = 1.0, 7
"""Without an answer for so long, to so many probes, the way is closed; with 5 % lost both ways one such run
comes in days."""

STOPPED_AT_ONCE_SECS = 1.8
LOSS_MAX, LOSS_WELL = 0.20, 0.12
"""Leave above, take again below. With FEC, Opus conceals under 4 % at 10 % lost; at 20 % words get lost."""

LOSS_SECS, LOSS_COUNT = 1.4, 40
"""Loss is judged over so long, and over more until so many datagrams were on their way."""

LOSS_SECS_MAX = 10.0
WELL_SECS, WELL_SECS_MAX = 3.0, 60.0
WELL_COUNT = 12
"""So many datagrams each way have to be seen before datagrams are taken again."""

PATIENCE_SECS = 0.2
SAMPLES_MAX = 256


@dataclass(frozen=True, slots=True)
class Passed:
    """What has passed one way since the keys came: datagrams that were sent, and those that came."""

    sent: int
    came: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What had passed when an answer came."""

    at_secs: float
    up: Passed
    down: Passed


class Way:
    """Decides for one connection; told the time, in seconds, by whoever asks.

    Attributes:
        datagrams: whether voice takes them now.
        round_trip_secs: of probes, smoothed; 0 before the first answer.
        loss_up, loss_down: shares that were lost of late.
        falls: how often datagrams were left.
    """

    def __init__(self, now_secs: float) -> None:
        self.datagrams = False
        self.round_trip_secs = self.loss_up = self.loss_down = 0.0
        self.falls = 0
        self._began = self._answered = self._taken = now_secs
        self._probed = now_secs - RARE_SECS
        self._number = self._answers = 0
        self._waiting: dict[int, float] = {}
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_MAX)
        self._well_since: float | None = None
        self._well_secs = 0.0

    # ---- probes ---------------------------------------------------------------------------------------

    def probe(self, now_secs: float) -> int | None:
        """Return the number of a probe that is to be sent now, None when it is too early."""
        if now_secs < self._probed + self._period_secs(now_secs):
            return None
        self._number += 1
        self._probed = self._waiting[self._number] = now_secs
        if len(self._waiting) > SAMPLES_MAX:
            del self._waiting[next(iter(self._waiting))]
        return self._number

    def wait_secs(self, now_secs: float) -> float:
        """Return in how many seconds to look again: a probe is due, or an answer begins to be missing."""
        due_secs = self._probed + self._period_secs(now_secs)
        if self.datagrams and not self.doubtful(now_secs):
            due_secs = min(due_secs, self._doubtful_from(now_secs))
        return max(due_secs - now_secs, 0.0)

    def _period_secs(self, now_secs: float) -> float:
        if self.datagrams:
            return DOUBT_SECS if self.doubtful(now_secs) else STEADY_SECS
        if not self._answers:
            return FIRST_SECS if now_secs - self._began < FIRST_FOR_SECS else RARE_SECS
        if now_secs - self._answered > RARE_AFTER_SECS:
            return RARE_SECS
        return TRYING_SECS if self.falls else FIRST_SECS

    def doubtful(self, now_secs: float) -> bool:
        """Tell whether the oldest probe since the last answer should have been answered by now."""
        return now_secs > self._doubtful_from(now_secs)

    def _doubtful_from(self, now_secs: float) -> float:
        oldest_secs = next(iter(self._waiting.values()), now_secs)
        return oldest_secs + max(PATIENCE_SECS, 1.5 * self.round_trip_secs)

    # ---- answers --------------------------------------------------------------------------------------

    def answered(self, number: int, *, up: Passed, down: Passed, now_secs: float) -> None:
        """Take the answer to a probe, with what passed each way until then."""
        sent_secs = self._waiting.get(number)
        if sent_secs is None:
            return
        self._waiting = {other: at for other, at in self._waiting.items() if other > number}
        self._answered = now_secs
        self._answers += 1
        took = now_secs - sent_secs
        self.round_trip_secs += (took - self.round_trip_secs) * (0.2 if self.round_trip_secs else 1.0)
        self._samples.append(Sample(now_secs, up, down))

    # ---- the decision ---------------------------------------------------------------------------------

    def decide(self, now_secs: float) -> bool:
        """Look at everything; tells whether the way has changed."""
        if self.datagrams:
            changed = self._has_stopped(now_secs) or self._loses(LOSS_MAX, LOSS_COUNT)
            if changed:
                self._leave(now_secs)
        else:
            changed = self._is_well(now_secs) if self.falls else self._answers >= FIRST_ANSWERS
            if changed:
                self.datagrams, self._taken = True, now_secs
        return changed

    def _has_stopped(self, now_secs: float) -> bool:
        silent_secs = now_secs - self._answered
        asked = len(self._waiting) >= STOPPED_PROBES
        return silent_secs >= STOPPED_AT_ONCE_SECS or (silent_secs >= STOPPED_SECS and asked)

    def _loses(self, share: float, count: int) -> bool:
        """Tell whether more than a share is lost where enough was sent to know; takes note of the shares."""
        sent_up, self.loss_up = self._loss([sample.up for sample in self._samples], count)
        sent_down, self.loss_down = self._loss([sample.down for sample in self._samples], count)
        return (self.loss_up > share and sent_up >= count) or (self.loss_down > share and sent_down >= count)

    def _loss(self, passed: list[Passed], count: int) -> tuple[int, float]:
        """Return how many were sent lately one way, and which share of them was lost."""
        sent, lost = 0, 0.0
        if passed:
            newest, now_secs = passed[-1], self._samples[-1].at_secs
            for sample, before in zip(reversed(self._samples), reversed(passed), strict=True):
                age_secs = now_secs - sample.at_secs
                if age_secs > LOSS_SECS_MAX or (age_secs > LOSS_SECS and sent >= count):
                    break
                sent = newest.sent - before.sent
                lost = max(1 - (newest.came - before.came) / sent, 0.0) if sent else 0.0
        return sent, lost

    def _leave(self, now_secs: float) -> None:
        soon = self.falls and now_secs - self._taken < WELL_SECS_MAX
        self._well_secs = min(self._well_secs * 2, WELL_SECS_MAX) if soon else WELL_SECS
        self.datagrams, self._well_since = False, None
        self.falls += 1
        self._samples.clear()
        self._waiting.clear()

    def _is_well(self, now_secs: float) -> bool:
        """Tell whether datagrams have passed well for long enough to take them again."""
        silent_secs = now_secs - self._answered
        if not self._samples or silent_secs > STOPPED_SECS or self._loses(LOSS_WELL, WELL_COUNT):
            self._well_since = None
            return False
        if self._well_since is None:
            self._well_since = now_secs
        return now_secs - self._well_since >= self._well_secs and not self.doubtful(now_secs)
