"""What one talker has said and nobody has been sent yet, and which packets are new.

Pure. A packet may come twice, or late by another way; a microphone that is opened again counts from 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from walkdown.voice import (
    FRAME_SECS,
    PACKET_HEADER,
    SILENCE_DBFS,
    VoiceFlag,
    pack_entry,
)
from walkdown_server.access import FRAMES_PER_SEC, TokenBucket

PACKETS_BURST = 100.0
"""So many at once are what a connection brings that stood still for two seconds."""

QUEUE_PACKETS = 8
"""What comes at once beyond this is too old to be heard: the oldest are dropped."""

FALL_DB = 1.0
"""By so much the level falls with each packet that is less loud: 50 dB a second."""

_WINDOW = 64
_WRAP = 1 << 32
_FRAME_NS = round(FRAME_SECS * 1e9)
_LAST_NS = (1 << 63) - 1
_HEAD, _FLAGS, _LOUDNESS = PACKET_HEADER.unpack_from, 12, 13


class Newness:
    """Which packets have come: those of the newest 64 sequence numbers, one bit each.

    A number that is further away is old, unless its packet was captured after the newest: then nobody spoke
    for a while, or the counting has begun anew.
    """

    __slots__ = ("_seen", "captured_ns", "newest")

    def __init__(self) -> None:
        self.newest, self.captured_ns = -1, -(1 << 63)
        self._seen = 0

    def takes(self, sequence: int, captured_ns: int) -> bool:
        """Tell whether a packet is new, and remember it."""
        ahead = (sequence - self.newest) % _WRAP if self.newest >= 0 else 1
        if 0 < ahead < _WINDOW:
            self._seen = self._seen << ahead | 1
        elif (behind := -ahead % _WRAP) < _WINDOW:
            if self._seen >> behind & 1:
                return False
            self._seen |= 1 << behind
            return True
        elif captured_ns > self.captured_ns:
            self._seen = 1
        else:
            return False
        self._seen &= (1 << _WINDOW) - 1
        self.newest, self.captured_ns = sequence, captured_ns
        return True


@dataclass(slots=True, eq=False)
class Talker:
    """Someone who has said something on this connection.

    Attributes:
        person: their number. row: theirs in the room. packets: how many of theirs are taken.
        level_db: how loud they are, dBFS. heard_secs: when the last packet came.
        in_spurt: whether what was sent on last was not the end of a spurt.
        due: packets that go out in the present tick. ends: whether one of them ends a spurt.
    """

    person: int
    row: int
    packets: TokenBucket = field(
        default_factory=lambda: TokenBucket(per_sec=FRAMES_PER_SEC, burst=PACKETS_BURST)
    )
    level_db: float = -float(SILENCE_DBFS)
    heard_secs: float = 0.0
    in_spurt: bool = False
    due: list[bytes] = field(default_factory=list)
    ends: bool = False
    _newness: Newness = field(default_factory=Newness)
    _queue: list[bytes] = field(default_factory=list)
    _entries: dict[int, bytes] = field(default_factory=dict)

    def takes(self, packet: bytes) -> bool:
        """Tell whether a checked packet is new, and remember it."""
        sequence, captured_ns, _flags, _loudness = _HEAD(packet)
        return self._newness.takes(sequence, captured_ns)

    def say(self, packet: bytes, now_secs: float) -> int:
        """Have a packet sent in the next tick; returns how many that wait were dropped for it."""
        self.heard_secs = now_secs
        self.level_db = max(-float(packet[_LOUDNESS]), self.level_db - FALL_DB)
        self._queue.append(packet)
        dropped = max(0, len(self._queue) - QUEUE_PACKETS)
        del self._queue[:dropped]
        return dropped

    def begin_tick(self) -> None:
        """Let what waits go out in this tick."""
        self.due, self._queue = self._queue, []
        self._entries.clear()
        self.ends = False
        if self.due:
            self.in_spurt = not self.due[-1][_FLAGS] & VoiceFlag.END_OF_SPURT
            self.ends = any(packet[_FLAGS] & VoiceFlag.END_OF_SPURT for packet in self.due)

    def forget_waiting(self) -> None:
        """Say nothing of what waits or was to go out."""
        self._queue, self.due = [], []

    def entries(self, route: int) -> bytes:
        """Return what goes out in this tick to those who hear by a route; packed once for all of them."""
        packed = self._entries.get(route)
        if packed is None:
            packed = b"".join([pack_entry(self.person, route, packet) for packet in self.due])
            self._entries[route] = packed
        return packed

    def newest_entry(self, route: int) -> bytes:
        """Return the newest packet of this tick alone."""
        return pack_entry(self.person, route, self.due[-1])

    def end_entry(self, route: int) -> bytes:
        """Return an entry that says that nothing more comes, after the newest packet that has."""
        newness = self._newness
        sequence = (newness.newest + 1) % _WRAP
        captured_ns = min(newness.captured_ns + _FRAME_NS, _LAST_NS)  # what a client says may be anything
        flags = int(VoiceFlag.END_OF_SPURT)
        return pack_entry(self.person, route, PACKET_HEADER.pack(sequence, captured_ns, flags, SILENCE_DBFS))
