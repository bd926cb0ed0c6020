"""Reads Ogg Opus files with its own few lines, and decodes them with libopus as a player would."""

from __future__ import annotations

import ctypes
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown_client.voice.opus import Decoder, load

POLYNOMIAL = 0x04C11DB7
F32 = npt.NDArray[np.float32]


@dataclass
class Page:
    flags: int
    granule: int
    serial: int
    number: int
    packets: list[bytes]


def pages_of(data: bytes) -> list[Page]:
    """Every whole page, each of which is checked; what follows the last is left out."""
    pages = []
    while len(data) >= 27:
        magic, version, flags, granule, serial, number, checksum, count = struct.unpack_from(
            "<4sBBqIIIB", data
        )
        assert (magic, version) == (b"OggS", 0)
        lacing = data[27 : 27 + count]
        size = 27 + count + sum(lacing)
        if len(data) < size:
            break
        page = data[:22] + bytes(4) + data[26:size]
        assert checksum == crc(page)
        pages.append(Page(flags, granule, serial, number, _packets(lacing, data[27 + count : size])))
        data = data[size:]
    return pages


def _packets(lacing: bytes, payload: bytes) -> list[bytes]:
    packets, begin, end = [], 0, 0
    for value in lacing:
        end += value
        if value < 255:
            packets.append(payload[begin:end])
            begin = end
    assert begin == len(payload)  # a page ends with a whole packet
    return packets


def crc(data: bytes) -> int:
    """The checksum of RFC 3533, byte by byte from a table."""
    found = 0
    for byte in data:
        found = (found << 8 & 0xFFFFFFFF) ^ _TABLE[found >> 24 ^ byte]
    return found


def _row(byte: int) -> int:
    found = byte << 24
    for _bit in range(8):
        found = (found << 1 ^ (POLYNOMIAL if found >> 31 else 0)) & 0xFFFFFFFF
    return found


_TABLE = [_row(byte) for byte in range(256)]


def samples_in(packet: bytes) -> int:
    """How many samples at 48 kHz a packet holds, by RFC 6716, section 3.1, for what we write."""
    config = packet[0] >> 3
    frame = {9: 960, 28: 120, 31: 960}.get(config) or (480, 960, 1920, 2880)[config % 4]
    return frame * (packet[1] & 63 if packet[0] & 3 == 3 else 1)


@dataclass
class Heard:
    """What a player would hear of a file.

    Attributes:
        sound: mono, 48 kHz, from the beginning of the recording. tags: by name.
    """

    sound: F32
    tags: dict[str, str]
    pages: list[Page]


def play(path: Path) -> Heard:
    """Read, check and decode a file."""
    head, tags, *pages = pages_of(path.read_bytes())
    magic, version, channels, pre_skip, rate, gain, family = struct.unpack("<8sBBHIhB", head.packets[0])
    assert (magic, version, channels, rate, gain, family) == (b"OpusHead", 1, 1, 48_000, 0, 0)
    assert (head.flags, head.granule, tags.granule) == (2, 0, 0)
    packets = [packet for page in pages for packet in page.packets]
    decoder, parts, total = Decoder(load()), [], 0
    for page in pages:
        total += sum(samples_in(packet) for packet in page.packets)
        assert page.granule == total
        assert page.serial == head.serial
    assert [page.number for page in (head, tags, *pages)] == list(range(len(pages) + 2))
    for packet in packets:
        out = np.zeros(5760, np.float32)
        made = decoder._calls.opus_decode_float(
            decoder._state, packet, len(packet), out.ctypes.data_as(ctypes.c_void_p), 5760, 0
        )
        assert made == samples_in(packet)
        parts.append(out[:made])
    sound = np.concatenate(parts)[pre_skip:] if parts else np.zeros(0, np.float32)
    return Heard(sound, _tags(tags.packets[0]), pages)


def _tags(data: bytes) -> dict[str, str]:
    assert data[:8] == b"OpusTags"
    (size,) = struct.unpack_from("<I", data, 8)
    place = 12 + size
    (count,) = struct.unpack_from("<I", data, place)
    place += 4
    found = {}
    for _turn in range(count):
        (size,) = struct.unpack_from("<I", data, place)
        name, _equals, text = data[place + 4 : place + 4 + size].decode().partition("=")
        found[name] = text
        place += 4 + size
    return found
