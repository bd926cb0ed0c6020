"""One talker's packets made into sound: jitter buffer, decoder, and what hides that a network lies between.

The renderer pulls a piece whenever what it has queued runs short, and plays it with ``pitch``. What is a
little late is caught up by playing up to 2 % faster; what is later, by leaving out whole periods of the
voice's own pitch, which nobody hears; what is much later, by skipping frames with a cross-fade. Where nothing
comes, periods are said twice as long as there are some. The decoder is injected.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.voice import FRAME_SAMPLES, FRAME_SECS, RATE_HZ, SILENCE_DBFS, Packet
from walkdown_client.voice.jitter import HOLD_FRAME_SECS, Counts, Deed, JitterBuffer, Step
from walkdown_client.voice.payload import LOOKAHEAD_SECS, carries_previous
from walkdown_client.voice.periods import cross_fade, with_period, without_period

F32 = npt.NDArray[np.float32]

PITCH_MOST = 0.02
"""Nobody hears that speech is 2 % faster or slower: a third of a semitone."""

PITCH_PER_SEC = 2.0
"""Being 10 ms late makes it 1 % faster: it is caught up within a second or two."""

PITCH_DEAD_SECS = 0.004
"""So much is no reason to do anything."""

CUT_SECS = 0.015
"""Being late by more than this takes out a period."""

FADE_SAMPLES = 240
"""5 ms, where sound begins, ends or jumps."""

DELAYS_KEPT = 256
_NOTHING = np.zeros(0, np.float32)

DELAY_MOST_SECS = 3600.0
"""More is not told: when something was captured is what the talker says, and may be anything."""


class Decoder(Protocol):
    """What turns packets into sound; ``voice.opus.Decoder`` is one."""

    def decode(self, payload: bytes) -> F32 | None:
        """Return (960,) samples, None where the payload is no packet."""

    def recover(self, following: bytes) -> F32 | None:
        """Return (960,) samples of a lost packet from the one that follows it."""

    def conceal(self, samples: int) -> F32:
        """Return (samples,) of a guess."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a talker came through since the last report.

    Attributes:
        received, lost, late, skipped: packets. Skipped ones came, and were left out to catch up.
        concealed: share of the time rendered that was invented, 0 to 1.
        delay_secs: the middle of what lay between the microphone and the renderer, 0 where unknown.
        loudness: -dBFS of the newest frame, 127 when silent. buffer_secs: how long sound is held back now.
    """

    received: int
    lost: int
    late: int
    skipped: int
    concealed: float
    delay_secs: float
    loudness: int
    buffer_secs: float


class Receiver:
    """Turns one talker's packets into samples.

    Args:
        decoder: of this talker alone; it has a memory.
        clock_offset_ns: session time minus the clock of ``arrived_ns`` and ``now_ns``; set it anew whenever
            the client knows better. None as long as it is not known: then no delay is told.
        buffer: another jitter buffer than the usual one, for comparisons.

    Attributes:
        pitch: how fast to play what was pulled, 0.98 to 1.02. loudness: -dBFS of the newest frame.
        rendered_secs, invented_secs: of sound so far, and how much of that was guessed.
        tap: told each piece that is pulled, and None where silence follows; for captions.
    """

    def __init__(
        self, decoder: Decoder, *, clock_offset_ns: int | None = None, buffer: JitterBuffer | None = None
    ) -> None:
        self.clock_offset_ns = clock_offset_ns
        self.pitch = 1.0
        self.loudness = SILENCE_DBFS
        self.tap: Callable[[F32 | None], object] | None = None
        self._decoder = decoder
        self._buffer = buffer or JitterBuffer(carries_previous=carries_previous)
        self.rendered_secs = self.invented_secs = 0.0
        self._delays: deque[float] = deque(maxlen=DELAYS_KEPT)
        self._told, self._told_secs = Counts(), (0.0, 0.0)

    @property
    def speaking(self) -> bool:
        """Whether a spurt is being played."""
        return self._buffer.playing

    def put(self, packet: Packet, arrived_ns: int) -> None:
        """Take a packet that came, in whatever order and however often.

        Args:
            arrived_ns: when, on the local monotonic clock.
        """
        self._buffer.put(packet, arrived_ns)

    def pull(self, now_ns: int, *, ahead_secs: float) -> F32 | None:
        """Return the next piece of sound, some 10 to 40 ms, or None for silence until the next call.

        An empty piece means: ask again at the next step, there is sound enough until then.

        Args:
            now_ns: on the local monotonic clock.
            ahead_secs: how long what was pulled before will still sound.
        """
        spoke = self.loudness < SILENCE_DBFS
        sound = self._pulled(now_ns, ahead_secs)
        if self.tap is not None and (spoke if sound is None else len(sound)):
            self.tap(sound)
        return sound

    def _pulled(self, now_ns: int, ahead_secs: float) -> F32 | None:
        step = self._buffer.step(now_ns, ahead_secs=ahead_secs)
        if step is None:
            self.pitch, self.loudness = 1.0, SILENCE_DBFS
            return None
        if step.deed is Deed.WAIT:
            return _NOTHING
        sound = self._rendered(step, now_ns, ahead_secs)
        behind_secs = self._buffer.behind_secs(now_ns, ahead_secs=ahead_secs + len(sound) / RATE_HZ)
        if behind_secs > CUT_SECS and self._buffer.has_next:
            sound, cut_secs = self._cut(sound, now_ns, ahead_secs)
            behind_secs -= cut_secs
        elif step.deed is Deed.PLAY and not step.ends and self._buffer.running_dry(now_ns):
            sound = with_period(sound)
        self.pitch = pitch_for(behind_secs)
        return sound

    def let_pass(self, now_ns: int) -> None:
        """Let time pass for a talker who is not rendered now, so that reports and places stay right."""
        while not self._buffer.playing or self._buffer.behind_secs(now_ns, ahead_secs=0.0) > 0.0:
            step = self._buffer.step(now_ns, ahead_secs=0.0)
            if step is None or step.deed in {Deed.HOLD, Deed.WAIT}:
                return
            self.loudness = step.loudness

    def take_report(self) -> Report:
        """Return what happened since the last call."""
        counts, told = replace(self._buffer.counts), self._told
        secs = self.rendered_secs + counts.starved_secs, self.invented_secs + counts.starved_secs
        rendered_secs, invented_secs = secs[0] - self._told_secs[0], secs[1] - self._told_secs[1]
        report = Report(
            received=counts.received - told.received,
            lost=counts.lost - told.lost,
            late=counts.late - told.late,
            skipped=counts.skipped - told.skipped,
            concealed=min(invented_secs / rendered_secs, 1.0) if rendered_secs > 0 else 0.0,
            delay_secs=min(float(np.median(self._delays)), DELAY_MOST_SECS) if self._delays else 0.0,
            loudness=self.loudness,
            buffer_secs=self._buffer.target_secs,
        )
        self._told, self._told_secs = counts, secs
        self._delays.clear()
        return report

    def _rendered(self, step: Step, now_ns: int, ahead_secs: float) -> F32:
        before = self._decoder.conceal(FADE_SAMPLES) if step.jumps else None
        sound = self._decoded(step)
        self.rendered_secs += len(sound) / RATE_HZ
        if step.captured_ns and self.clock_offset_ns is not None:
            age_secs = (now_ns + self.clock_offset_ns - step.captured_ns) / NS
            self._delays.append(max(age_secs + ahead_secs + FRAME_SECS + LOOKAHEAD_SECS, 0.0))
        if step.deed is Deed.PLAY:
            self.loudness = step.loudness
        if before is not None:
            sound = cross_fade(before, sound)
        return faded(sound, begins=step.begins, ends=step.ends)

    def _decoded(self, step: Step) -> F32:
        """Decode, recover or invent; what cannot be decoded is invented."""
        made: F32 | None = None
        if step.deed is Deed.PLAY:
            made = self._decoder.decode(step.payload)
        elif step.deed is Deed.RECOVER:
            made = self._decoder.recover(step.payload)
        if made is not None:
            return made
        samples = round(HOLD_FRAME_SECS * RATE_HZ) if step.deed is Deed.HOLD else FRAME_SAMPLES
        self.invented_secs += samples / RATE_HZ
        return self._decoder.conceal(samples)

    def _cut(self, sound: F32, now_ns: int, ahead_secs: float) -> tuple[F32, float]:
        """Join the next frame and leave a period out; returns also what that saves, in seconds."""
        ahead_secs += len(sound) / RATE_HZ
        step = self._buffer.step(now_ns, ahead_secs=ahead_secs)
        if step is None or step.deed is Deed.WAIT:
            return sound, 0.0
        joined = np.concatenate([sound, self._rendered(step, now_ns, ahead_secs)])
        shorter = without_period(joined)
        return shorter, (len(joined) - len(shorter)) / RATE_HZ


def pitch_for(behind_secs: float) -> float:
    """Return how fast to play what is so late."""
    if abs(behind_secs) <= PITCH_DEAD_SECS:
        return 1.0
    return 1.0 + min(max(behind_secs * PITCH_PER_SEC, -PITCH_MOST), PITCH_MOST)


def faded(sound: F32, *, begins: bool, ends: bool) -> F32:
    """Return the sound with soft edges where silence lies beside it."""
    if not begins and not ends:
        return sound
    shaped, ramp = sound.copy(), np.linspace(0.0, 1.0, min(FADE_SAMPLES, len(sound)), dtype=np.float32)
    if begins:
        shaped[: len(ramp)] *= ramp
    if ends:
        shaped[len(shaped) - len(ramp) :] *= ramp[::-1]
    return shaped
