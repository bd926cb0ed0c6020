"""One person's voice on the time axis of a recording: packets in, an Ogg Opus stream out, gaps filled.

Pure. All tracks of a recording begin when it begins. Within a spurt a packet stands where its number says, so
that no network moves it; a spurt stands where it was captured, to 2.5 ms, unless that cannot be true. A few
packets that were lost inside a spurt are left to the decoder to invent; everything else that is missing is
silence. Packets wait for a second, so that those that overtook each other stand in order.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from walkdown.voice import Packet
from walkdown_server.voice.ogg import FRAME_SAMPLES, STEP_SAMPLES, OggOpus, samples_of

STEP_NS = 2_500_000
FRAME_STEPS = FRAME_SAMPLES // STEP_SAMPLES
FRAME_NS = FRAME_STEPS * STEP_NS

WAIT_STEPS = round(1e9 / STEP_NS)
LATE_STEPS = 2 * WAIT_STEPS
"""What says that it was captured longer ago stands where it came."""

SLACK_STEPS = 2 * FRAME_STEPS
"""By so much numbers and capture times may disagree: a microphone's clock is not the session's."""

INVENTED_MAX = 5
_WRAP, _HALF = 1 << 32, 1 << 31


@dataclass(frozen=True, slots=True)
class Spoke:
    """Somebody spoke without a pause: session times in ns."""

    from_ns: int
    to_ns: int


class Track:
    """Puts one voice in order.

    Args:
        stream: takes the packets. start_ns: session time at which the recording began.
    """

    def __init__(self, stream: OggOpus, start_ns: int) -> None:
        self._stream, self._start_ns = stream, start_ns
        self._waiting: list[tuple[int, int, Packet]] = []
        self._order = itertools.count()
        self._anchor: tuple[int, int] | None = None
        self._in_spurt = False
        self._spoke: list[int] = []

    @property
    def _end(self) -> int:
        """Where the stream ends now, in steps."""
        return self._stream.samples // STEP_SAMPLES

    def put(self, packet: Packet, now_ns: int) -> None:
        """Take a packet that came at this session time."""
        if packet.payload and samples_of(packet.payload) != FRAME_SAMPLES:
            return
        step = self._step_of(packet, now_ns)
        self._anchor = packet.sequence, step
        heapq.heappush(self._waiting, (step, next(self._order), packet))

    def _step_of(self, packet: Packet, now_ns: int) -> int:
        captured = round((packet.captured_ns - FRAME_NS - self._start_ns) / STEP_NS)
        came = (now_ns - self._start_ns) // STEP_NS
        if self._anchor is not None:
            sequence, step = self._anchor
            ahead = (packet.sequence - sequence + _HALF) % _WRAP - _HALF
            counted = step + ahead * FRAME_STEPS
            alike = abs(counted - captured) <= SLACK_STEPS
            if alike and ahead <= INVENTED_MAX + 1 and counted <= came:
                return max(counted, 0)
        latest = came - FRAME_STEPS
        return max(captured if latest - LATE_STEPS <= captured <= latest else latest, 0)

    def written(self, now_ns: int) -> tuple[bytes, list[Spoke]]:
        """Return the pages of all that is old enough, and who long was spoken in them."""
        horizon = (now_ns - self._start_ns) // STEP_NS - WAIT_STEPS
        return self._pages(horizon), self._spurts()

    def ended(self, end_ns: int) -> tuple[bytes, list[Spoke]]:
        """Return the last pages, up to the end of the recording."""
        pages = self._pages(None)
        if self._in_spurt:
            self._in_spurt = False
            self._spoke.append(self._end)
        left = (end_ns - self._start_ns) // STEP_NS - self._end
        pages += self._stream.add_silence(max(left, 0)) + self._stream.end()
        return pages, self._spurts()

    def _pages(self, horizon: int | None) -> bytes:
        pages = bytearray()
        while self._waiting and (horizon is None or self._waiting[0][0] <= horizon):
            step, _order, packet = heapq.heappop(self._waiting)
            pages += self._write(step, packet)
        pages += self._stream.flush()
        return bytes(pages)

    def _write(self, step: int, packet: Packet) -> bytes:
        pages = b""
        if packet.payload and step + FRAME_STEPS > self._end:
            pages = self._fill(step - self._end, packet)
            begin = self._end
            pages += self._stream.add(packet.payload, FRAME_SAMPLES)
            if not self._in_spurt:
                self._spoke.append(begin)
            self._in_spurt = True
        if packet.ends_spurt and self._in_spurt:
            self._in_spurt = False
            self._spoke.append(self._end)
        return pages

    def _fill(self, steps: int, packet: Packet) -> bytes:
        """Bridge a gap before a packet: with frames that the decoder invents, or with silence."""
        if steps <= 0:
            return b""
        pages = b""
        missing = steps // FRAME_STEPS
        if self._in_spurt and missing <= INVENTED_MAX:
            like = bytes((packet.payload[0] & 0xFC,))  # the same mode, one frame, without its bytes
            pages = b"".join([self._stream.add(like, FRAME_SAMPLES) for _turn in range(missing)])
            steps -= missing * FRAME_STEPS
        elif self._in_spurt:
            self._spoke += [self._end, self._end + steps]
        return pages + self._stream.add_silence(steps)

    def _spurts(self) -> list[Spoke]:
        """Return what was spoken and has ended, and what of a spurt that goes on has been written."""
        if self._in_spurt:
            self._spoke.append(self._end)
        marks, self._spoke = self._spoke, [self._end] if self._in_spurt else []
        return list(self._pairs(marks))

    def _pairs(self, marks: list[int]) -> Iterator[Spoke]:
        for begin, end in zip(marks[::2], marks[1::2], strict=True):
            if end > begin:
                yield Spoke(self._start_ns + begin * STEP_NS, self._start_ns + end * STEP_NS)
