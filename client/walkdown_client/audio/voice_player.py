"""The voices that are heard: up to eight streams, at the speakers' mouths or in the head."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.voice import Route
from walkdown_client.audio import budget
from walkdown_client.audio.openal import OpenAL
from walkdown_client.audio.orders import Vector
from walkdown_client.audio.sources import Sources
from walkdown_client.audio.streams import Stream
from walkdown_client.audio.talkers import Mouths, Talker, Talkers, placed, score_db

F32 = npt.NDArray[np.float32]

LEAD_SECS = 0.04
"""So much is queued ahead of the mixer, which is 20 ms ahead of the ear: what a busy process may be late.
Every voice is heard so much later."""

LEAD_MORE_SECS, LEAD_MOST_SECS = 0.02, 0.12
"""Where that was not enough it is more from then on, and at most so much."""

QUIET_NS = 2 * NS
"""A stream goes on with silence for so long after the last packet, its lead kept."""

_IN_HEAD_GAIN = 0.5
"""A voice over the radio is as loud as one 2 m away."""

_AHEAD = (0.0, 0.0, -1.0)
"""Along OpenAL's axes of the head."""

_SILENCE = np.zeros(480, np.float32)


class VoicePlayer:
    """``budget.VOICES`` streams, and who has which.

    Attributes:
        lead_secs: how much is queued ahead; grows where that was not enough.
        underruns: how often voices broke off.
    """

    def __init__(
        self, openal: OpenAL, sources: Sources, talkers: Talkers, *, lead_secs: float = LEAD_SECS
    ) -> None:
        self._talkers = talkers
        self.lead_secs = lead_secs
        self.sources = sources.share(budget.VOICES)
        self._streams = [Stream(openal, name) for name in self.sources.names]
        self._holders: list[Talker | None] = [None] * budget.VOICES
        self.volume = 1.0
        self.underruns, self._broke_off_ns = 0, 0

    @property
    def used(self) -> list[int]:
        """The rows in use."""
        return [row for row, talker in enumerate(self._holders) if talker is not None]

    def choose(self, now_ns: int, ears: Vector, mouths: Mouths) -> None:
        """Give the streams to those who speak and are nearest and loudest."""
        active = [talker for talker in self._talkers.all.values() if now_ns - talker.heard_ns < QUIET_NS]
        active.sort(key=lambda talker: -score_db(talker, mouths.of(talker.speaker)[0], ears))
        heard = {talker.speaker for talker in active[: budget.VOICES]}
        for row in self.used:
            holder = self._holders[row]
            if holder is not None and holder.speaker not in heard:
                self._release(row, holder)
        for talker in active[: budget.VOICES]:
            if talker.row < 0:
                self._assign(talker)
        self._talkers.waiting = False

    def _assign(self, talker: Talker) -> None:
        row = self._holders.index(None)
        self._holders[row], talker.row = talker, row
        self.sources.used[row] = True

    def _release(self, row: int, talker: Talker) -> None:
        self._streams[row].stop()
        self.sources.used[row] = False
        self._holders[row], talker.row = None, -1

    @property
    def outside(self) -> list[int]:
        """The rows of voices that come from somewhere."""
        return [row for row in self.used if not self.sources.in_head[row]]

    def hide(self, rows: list[int], losses: tuple[F32, F32]) -> None:
        """Let walls take what they take of the voices in these rows, see ``Space.losses``."""
        self.sources.gains[rows], self.sources.gains_hf[rows] = losses

    def place(self, ears: Vector, mouths: Mouths) -> None:
        """Put each voice where it comes from."""
        for row, talker in enumerate(self._holders):
            if talker is not None:
                self._set(row, talker, ears=ears, mouths=mouths)

    def step(self, now_ns: int) -> None:
        """Keep what is queued ahead of what is heard."""
        for row, talker in enumerate(self._holders):
            if talker is not None and self._streams[row].expected_secs(now_ns) < self.lead_secs:
                self._fill(row, talker, now_ns)

    def _set(self, row: int, talker: Talker, *, ears: Vector, mouths: Mouths) -> None:
        sources = self.sources
        mouth, volume = mouths.of(talker.speaker)
        how = placed(talker.route, mouth, ears)
        near = how == Route.NEAR
        sources.in_head[row], sources.radio[row] = not near, how == Route.RADIO
        if near and mouth is not None:
            sources.positions[row] = mouth
        else:
            sources.positions[row] = _AHEAD if how == Route.PRESENTER else (0.0, 0.0, 0.0)
        sources.levels[row] = self.volume * volume * (1.0 if near else _IN_HEAD_GAIN)
        if not near:
            sources.gains[row] = sources.gains_hf[row] = 1.0

    def _fill(self, row: int, talker: Talker, now_ns: int) -> None:
        stream = self._streams[row]
        was_running = stream.running
        ahead = stream.ahead_secs(now_ns)
        fresh = not stream.running
        if fresh and was_running:
            self._break_off(now_ns)
        if fresh:  # as loud as it is to be: a stream begins with silence
            self.sources.start(row, at_once=True)
        while ahead < self.lead_secs and stream.free:
            piece = None if fresh else talker.receiver.pull(now_ns, ahead_secs=ahead)
            if piece is not None and not len(piece):
                break  # a packet may still come in time
            ahead += stream.put(_SILENCE if piece is None else piece)
        self.sources.pitches[row] = talker.receiver.pitch
        if fresh:
            stream.play()

    def _break_off(self, now_ns: int) -> None:
        """Count that voices broke off, once for all that did so now, and be earlier from now on."""
        if now_ns != self._broke_off_ns:
            self._broke_off_ns = now_ns
            self.underruns += 1
            self.lead_secs = min(self.lead_secs + LEAD_MORE_SECS, LEAD_MOST_SECS)

    def close(self) -> None:
        """Give everything back; the talkers are rendered nowhere now."""
        for row in self.used:
            holder = self._holders[row]
            if holder is not None:
                self._release(row, holder)
        for stream in self._streams:
            stream.close()
