"""Voice on the wire: one packet of a talker, and the bundle of packets that a listener gets.

A client puts one packet into a VOICE section of its frame, or into a datagram; a server puts a bundle into a
VOICE section of its frame, or into a datagram. Nothing here is decoded sound: a payload is one Opus frame of
20 ms, mono, 48 kHz. All numbers are little-endian. The page ``docs/protocol.md`` describes every byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from walkdown.errors import ProtocolError

FRAME_SECS = 0.02
FRAMES_PER_SEC = 50
RATE_HZ = 48_000
FRAME_SAMPLES = 960
BITS_PER_SEC = 24_000

PACKET_HEADER = struct.Struct("<IqBB")
"""sequence, capture time in ns of the session clock, flags, loudness."""

PAYLOAD_MAX = 400
"""Bytes of one Opus frame: 160 kbit/s, far above what speech needs."""

PACKET_MAX = PACKET_HEADER.size + PAYLOAD_MAX
SILENCE_DBFS = 127
"""A loudness of 127: no sound."""

VOICES_MAX = 8
"""So many talkers at most are in one bundle."""

ENTRY_HEADER = struct.Struct("<HBH")
"""speaker, route, size of the packet that follows."""

BUNDLE_MAX = VOICES_MAX * (ENTRY_HEADER.size + PACKET_MAX)


class VoiceFlag(IntEnum):
    """Bits of a packet's flags."""

    END_OF_SPURT = 1
    """Silence follows: the sequence goes on, but nothing is sent until somebody speaks."""


class Route(IntEnum):
    """How a listener comes to hear a talker, and so how it sounds."""

    NEAR = 0
    """By place: from the talker's head."""
    GROUP = 1
    """In a private group: from the talker's head if that is near, else as by radio."""
    RADIO = 2
    """By radio, from however far."""
    PRESENTER = 3
    """Who presents is heard everywhere: from their head if that is near, else from straight ahead."""
    ECHO = 4
    """One's own words of a moment ago, to try out microphone, network and ears."""


@dataclass(frozen=True, slots=True)
class Packet:
    """20 ms of one talker's voice.

    Attributes:
        sequence: counts 20 ms frames since the microphone was opened, through silence too (mod 2³²).
        captured_ns: session time when the last sample was taken.
        flags: see ``VoiceFlag``.
        loudness: -dBFS of the frame, 0 (full scale) to 127 (silence).
        payload: one Opus frame; empty only with END_OF_SPURT.
    """

    sequence: int
    captured_ns: int
    flags: int
    loudness: int
    payload: bytes

    @property
    def ends_spurt(self) -> bool:
        """Whether silence follows."""
        return bool(self.flags & VoiceFlag.END_OF_SPURT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One talker in a bundle."""

    speaker: int
    route: int
    packet: bytes


def pack_packet(packet: Packet) -> bytes:
    """Return the bytes of a packet."""
    head = PACKET_HEADER.pack(
        packet.sequence & 0xFFFFFFFF, packet.captured_ns, packet.flags, min(max(packet.loudness, 0), 127)
    )
    return head + packet.payload


def check_packet(data: bytes | memoryview) -> None:
    """Check what can be checked without decoding.

    Raises:
        ProtocolError: it is too short, too long, or says nothing without ending a spurt.
    """
    size = len(data)
    if not PACKET_HEADER.size <= size <= PACKET_MAX:
        raise ProtocolError(
            f"a voice packet has {PACKET_HEADER.size} to {PACKET_MAX} bytes, {size} bytes came"
        )
    if data[13] > SILENCE_DBFS:
        raise ProtocolError(f"a loudness is 0 to {SILENCE_DBFS}, {data[13]} came")
    if size == PACKET_HEADER.size and not data[12] & VoiceFlag.END_OF_SPURT:
        raise ProtocolError("a voice packet without sound has to end a spurt")


def unpack_packet(data: bytes | memoryview) -> Packet:
    """Return what a packet says.

    Raises:
        ProtocolError: see :func:`check_packet`.
    """
    check_packet(data)
    return _packet(memoryview(data))


def pack_entry(speaker: int, route: int, packet: bytes) -> bytes:
    """Return one entry of a bundle; a bundle is entries one after the other."""
    return ENTRY_HEADER.pack(speaker, route, len(packet)) + packet


def pack_bundle(entries: Sequence[Entry]) -> bytes:
    """Return the payload of a VOICE section from the server."""
    return b"".join(pack_entry(entry.speaker, entry.route, entry.packet) for entry in entries)


def unpack_packets(payload: bytes | memoryview) -> list[tuple[int, int, Packet]]:
    """Return speaker, route and packet of each entry of a bundle: all at once, for who decodes them.

    Raises:
        ProtocolError: see :func:`unpack_bundle`.
    """
    return [(speaker, route, _packet(view)) for speaker, route, view in _entries(_bounded(payload))]


def unpack_bundle(payload: bytes | memoryview) -> list[Entry]:
    """Return the entries of a bundle; each packet has been checked.

    Raises:
        ProtocolError: it is cut, too long, or holds what is no packet.
    """
    return [Entry(speaker, route, bytes(view)) for speaker, route, view in _entries(_bounded(payload))]


def _bounded(payload: bytes | memoryview) -> memoryview:
    if len(payload) > BUNDLE_MAX:
        raise ProtocolError(f"a voice bundle has at most {BUNDLE_MAX} bytes, {len(payload)} came")
    return memoryview(payload)


def _packet(view: memoryview) -> Packet:
    """Return what a packet says that has been checked."""
    sequence, captured_ns, flags, loudness = PACKET_HEADER.unpack_from(view)
    return Packet(sequence, captured_ns, flags, loudness, bytes(view[PACKET_HEADER.size :]))


def _entries(view: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield speaker, route and the checked bytes of each packet."""
    offset = 0
    while offset < len(view):
        if offset + ENTRY_HEADER.size > len(view):
            raise ProtocolError(f"the voice bundle ends inside the head of an entry at byte {offset}")
        speaker, route, size = ENTRY_HEADER.unpack_from(view, offset)
        offset += ENTRY_HEADER.size
        if offset + size > len(view):
            raise ProtocolError(
                f"a voice packet of {size} bytes is announced at byte {offset}, "
                f"{len(view) - offset} are there"
            )
        packet = view[offset : offset + size]
        check_packet(packet)
        yield speaker, route, packet
        offset += size
