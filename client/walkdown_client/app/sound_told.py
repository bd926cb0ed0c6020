"""What the sound process has said so far: what works, who came through and how, what was understood.

Nothing here knows the process; times are seconds of the app's monotonic clock.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from walkdown.messages import HeardOf, VoiceReport
from walkdown.voice import SILENCE_DBFS
from walkdown_client.audio.orders import Caption, Heard, Level, State, TalkerHeard, Told
from walkdown_client.tools.hearing import CaptionLine, EchoTest

LEVEL_SECS = 0.5
"""A level that is older says nothing: the microphone is closed."""

SPEAKING_SECS = 0.9
"""Who came through is taken to speak so long; it is said twice a second who did."""

TALKER_SECS = 10.0
"""So long the figures of a talker are shown after the last packet."""

CAPTION_SECS, CAPTIONS_MAX = 6.0, 3
REPORT_SECS, REPORT_MAX = 2.0, 64
ECHO_SECS, ECHO_TALK_SECS = 7.0, 5.0
"""How long a test of one's own voice lasts, and how long of that one speaks."""


@dataclass(slots=True)
class _Sum:
    """What came of one talker since the last report; ``concealed`` is weighted by packets."""

    received: int = 0
    lost: int = 0
    concealed: float = 0.0
    delay_secs: float = 0.0

    def add(self, heard: TalkerHeard) -> None:
        self.received += heard.received
        self.lost += heard.lost
        self.concealed += heard.concealed * max(heard.received + heard.lost, 1)
        self.delay_secs = heard.delay_secs or self.delay_secs

    def told(self, speaker: int) -> HeardOf:
        share = min(self.concealed / max(self.received + self.lost, 1), 1.0)
        return HeardOf(speaker, self.received, self.lost, share, min(max(self.delay_secs, 0.0), 3600.0))


class Reports:
    """What the server is told of how others came through; fed and asked by several threads."""

    def __init__(self) -> None:
        self._sums: dict[int, _Sum] = {}
        self._made_secs = -REPORT_SECS
        self._lock = threading.Lock()

    def take(self, heard: Heard, *, me: int) -> None:
        """Take what came; ``me`` is one's own number, whose echo is nobody else's business."""
        with self._lock:
            for talker in heard.talkers:
                if talker.speaker != me:
                    self._sums.setdefault(talker.speaker, _Sum()).add(talker)

    def due(self, now_secs: float) -> VoiceReport | None:
        """Return a report when it is time for one and there is something to say."""
        with self._lock:
            if not self._sums or now_secs - self._made_secs < REPORT_SECS:
                return None
            sums, self._sums, self._made_secs = self._sums, {}, now_secs
        return VoiceReport(tuple(each.told(speaker) for speaker, each in list(sums.items())[:REPORT_MAX]))


class SoundTold:
    """The newest of everything.

    Attributes:
        state: what works, None before it was said.
    """

    def __init__(self) -> None:
        self.state: State | None = None
        self._level: tuple[Level, float] | None = None
        self._talkers: dict[int, tuple[TalkerHeard, float]] = {}
        self._spoke_secs: dict[int, float] = {}
        self._captions: deque[tuple[CaptionLine, float]] = deque(maxlen=CAPTIONS_MAX)
        self._echo_from_secs = -ECHO_SECS
        self._echo: _Sum | None = None

    def take(self, told: Told, now_secs: float, *, me: int) -> None:
        """Take what the process said; ``me`` is one's own number, under which an echo comes back."""
        if isinstance(told, State):
            self.state = told
        elif isinstance(told, Level):
            self._level = told, now_secs
        elif isinstance(told, Heard):
            for heard in told.talkers:
                self._take_talker(heard, now_secs, is_me=heard.speaker == me)
        elif isinstance(told, Caption):
            self._take_caption(told, now_secs)

    def forget(self) -> None:
        """Begin anew with another process."""
        self.state, self._level = None, None
        self._talkers.clear()
        self._spoke_secs.clear()

    # ---- what panels ask ----------------------------------------------------------------------------

    def level(self, now_secs: float) -> Level | None:
        """Return the level of the microphone, None while it is closed."""
        fresh = self._level is not None and now_secs - self._level[1] < LEVEL_SECS
        return self._level[0] if fresh and self._level is not None else None

    def speakers(self, now_secs: float) -> frozenset[int]:
        """Return who came through just now."""
        return frozenset(n for n, secs in self._spoke_secs.items() if now_secs - secs < SPEAKING_SECS)

    def talkers(self, now_secs: float) -> dict[int, TalkerHeard]:
        """Return how those came through who spoke lately."""
        self._talkers = {n: kept for n, kept in self._talkers.items() if now_secs - kept[1] < TALKER_SECS}
        return {number: kept[0] for number, kept in self._talkers.items()}

    def captions(self, now_secs: float) -> tuple[CaptionLine, ...]:
        """Return what was understood lately, the newest last."""
        return tuple(line for line, secs in self._captions if now_secs - secs < CAPTION_SECS)

    # ---- the echo -----------------------------------------------------------------------------------

    def start_echo(self, now_secs: float) -> None:
        """Begin a test of one's own voice."""
        self._echo_from_secs, self._echo = now_secs, _Sum()

    def echoing(self, now_secs: float) -> bool:
        """Tell whether a test runs."""
        return self._echo is not None and now_secs - self._echo_from_secs < ECHO_SECS

    def echo_talks(self, now_secs: float) -> bool:
        """Tell whether one speaks in the test that runs."""
        return self._echo is not None and now_secs - self._echo_from_secs < ECHO_TALK_SECS

    def echo(self, now_secs: float) -> EchoTest | None:
        """Return the running or the last test."""
        if self._echo is None:
            return None
        remaining_secs = max(self._echo_from_secs + ECHO_SECS - now_secs, 0.0)
        return EchoTest(remaining_secs, self._echo.received, self._echo.lost, self._echo.delay_secs)

    def _take_talker(self, heard: TalkerHeard, now_secs: float, *, is_me: bool) -> None:
        if is_me:
            if self._echo is not None:
                self._echo.add(heard)
            return
        self._talkers[heard.speaker] = heard, now_secs
        if heard.received and heard.loudness < SILENCE_DBFS:
            self._spoke_secs[heard.speaker] = now_secs

    def _take_caption(self, told: Caption, now_secs: float) -> None:
        line = CaptionLine(told.speaker, told.spurt, told.text, told.final)
        for place, (known, _secs) in enumerate(self._captions):
            if (known.speaker, known.spurt) == (line.speaker, line.spurt):
                self._captions[place] = line, now_secs
                return
        self._captions.append((line, now_secs))
