"""One voice as an Ogg Opus stream (RFC 3533, RFC 7845): packets go in, pages come out.

Pure. Silence is made of frames that hold nothing but the mark of silence, so no encoder is needed. A page
ends with a whole packet; its granule position is the number of samples at 48 kHz until there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

RATE_HZ = 48_000
FRAME_SAMPLES = 960
STEP_SAMPLES = 120
"""2.5 ms, the shortest frame of Opus: places in a stream are whole steps."""

PRE_SKIP = 312
"""Samples by which an encoder for speech at 48 kHz lags behind: 6.5 ms, which players leave out."""

SEGMENTS_MAX = 255
_SEGMENT_SIZE = 255
_PAGE = struct.Struct("<4sBBqIIIB")
_CRC_AT = 22
_BEGIN, _END = 2, 4
_HEAD = struct.Struct("<8sBBHIhB")

_SILENT_STEP = bytes((28 << 3, 0xFF, 0xFE))
"""2.5 ms of CELT, full band, mono; its first bit says that there is nothing (RFC 6716, section 4.3)."""
_SILENT_FRAME = bytes((31 << 3, 0xFF, 0xFE))
_SILENT_FRAMES = 6
_SILENT_LONG = bytes((31 << 3 | 3, _SILENT_FRAMES)) + b"\xff\xfe" * _SILENT_FRAMES
"""Six frames of 20 ms in one packet, the most that one may hold (RFC 6716, section 3.2.5)."""
_LONG_SAMPLES = _SILENT_FRAMES * FRAME_SAMPLES
_SILENT_PAGE_SAMPLES = SEGMENTS_MAX * _LONG_SAMPLES

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class OggOpus:
    """Writes one stream.

    Args:
        serial: tells streams of one file apart. tags: what players show, by upper-case names.
        channels: 1, or 2 for left and right.

    Attributes:
        samples: length of what was put in, at 48 kHz, from the beginning of the first packet.
    """

    def __init__(self, serial: int, tags: Mapping[str, str], *, channels: int = 1) -> None:
        self._serial, self._tags, self._channels = serial & 0xFFFFFFFF, tags, channels
        self._pages = 0
        self._packets: list[bytes] = []
        self._lacing = bytearray()
        self.samples = 0

    def head(self) -> bytes:
        """Return the first two pages; to be asked for once, before anything else."""
        head = _HEAD.pack(b"OpusHead", 1, self._channels, PRE_SKIP, RATE_HZ, 0, 0)
        comments = [f"{name}={text}".encode() for name, text in self._tags.items()]
        tags = b"OpusTags" + _sized(b"walkdown") + struct.pack("<I", len(comments))
        tags += b"".join(map(_sized, comments))
        tags = tags[: _SEGMENT_SIZE * (SEGMENTS_MAX - 1)]
        return self._page(_lacing_of(len(head)), head, flags=_BEGIN) + self._page(_lacing_of(len(tags)), tags)

    def add(self, packet: bytes, samples: int) -> bytes:
        """Put in a packet of so many samples; returns the page that was full before it, "" for none."""
        lacing = _lacing_of(len(packet))
        full = self.flush() if len(self._lacing) + len(lacing) > SEGMENTS_MAX else b""
        self._packets.append(packet)
        self._lacing += lacing
        self.samples += samples
        return full

    def add_silence(self, steps: int) -> bytes:
        """Put in so much silence; returns the pages that got full."""
        samples = steps * STEP_SAMPLES
        pages: list[bytes] = []
        if samples >= 2 * _SILENT_PAGE_SAMPLES:
            pages.append(self.flush())
            payload = _SILENT_LONG * SEGMENTS_MAX
            lacing = _lacing_of(len(_SILENT_LONG)) * SEGMENTS_MAX
            for _page in range(samples // _SILENT_PAGE_SAMPLES):
                self.samples += _SILENT_PAGE_SAMPLES
                pages.append(self._page(lacing, payload))
            samples %= _SILENT_PAGE_SAMPLES
        for packet, size in (
            (_SILENT_LONG, _LONG_SAMPLES),
            (_SILENT_FRAME, FRAME_SAMPLES),
            (_SILENT_STEP, STEP_SAMPLES),
        ):
            pages += [self.add(packet, size) for _turn in range(samples // size)]
            samples %= size
        return b"".join(pages)

    def flush(self) -> bytes:
        """Return a page with what was put in and is in none yet, "" for nothing."""
        return self._flush(0) if self._packets else b""

    def end(self) -> bytes:
        """Return the last page."""
        return (b"" if self._packets else self.add(_SILENT_STEP, STEP_SAMPLES)) + self._flush(_END)

    def _flush(self, flags: int) -> bytes:
        page = self._page(bytes(self._lacing), b"".join(self._packets), flags=flags)
        self._packets.clear()
        self._lacing.clear()
        return page

    def _page(self, lacing: bytes, payload: bytes, *, flags: int = 0) -> bytes:
        head = _PAGE.pack(b"OggS", 0, flags, self.samples, self._serial, self._pages, 0, len(lacing))
        self._pages += 1
        page = bytearray(head + lacing + payload)
        page[_CRC_AT : _CRC_AT + 4] = struct.pack("<I", checksum(bytes(page)))
        return bytes(page)


def checksum(data: bytes) -> int:
    """Return the checksum of a page whose own field is zero: CRC-32 of 0x04C11DB7, bits not mirrored.

    zlib mirrors each byte and the result, and inverts both ends; undone here, so that no loop over bytes is
    needed.
    """
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


def samples_of(packet: bytes) -> int:
    """Return how many samples at 48 kHz a packet of one frame holds, 0 for others (RFC 6716, section 3.1)."""
    config = packet[0] >> 3
    if packet[0] & 3:
        return 0
    if config < 12:
        return (480, 960, 1920, 2880)[config & 3]
    return 480 << (config & 1) if config < 16 else 120 << (config & 3)


def _lacing_of(size: int) -> bytes:
    return bytes([_SEGMENT_SIZE] * (size // _SEGMENT_SIZE) + [size % _SEGMENT_SIZE])


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
