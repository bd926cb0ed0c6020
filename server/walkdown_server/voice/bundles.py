"""What listeners are sent in one voice tick: the same bytes for all who hear the same people.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.codec import Section, pack_section, pack_server_frame
from walkdown.voice import BUNDLE_MAX
from walkdown_server.parties import Member
from walkdown_server.voice.talkers import Talker
from walkdown_server.websocket import encode_binary

NO_TICK = 0
"""A frame of voice alone is no state tick, and nobody acknowledges it."""


@dataclass(slots=True, eq=False)
class Audience:
    """Listeners who are sent the same talkers by the same routes, until the next choice.

    Attributes:
        rows: (n,) all of them. members: those who have an output.
        talkers: whom they hear, each with the route.
        sent: how many packets of each talker were sent on to all of them since the choice.
    """

    rows: npt.NDArray[np.intp]
    members: list[Member]
    talkers: list[tuple[Talker, int]]
    sent: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self.sent = [0] * len(self.talkers)

    def forget(self, member: Member) -> None:
        """Let someone be here no more."""
        self.rows = self.rows[self.rows != member.row]
        self.members = [one for one in self.members if one is not member]
        kept = [number for number, (talker, _route) in enumerate(self.talkers) if talker.row != member.row]
        self.talkers = [self.talkers[number] for number in kept]
        self.sent = [self.sent[number] for number in kept]


@dataclass(slots=True, eq=False)
class Bundle:
    """What is sent in one tick.

    Attributes:
        payload: of a VOICE section, or of a datagram. frame: the same as a WebSocket message.
        talkers: whose packets are in it, and packets: how many of each.
        ends: of who ends a spurt with it, what must not be lost, by their number.
    """

    payload: bytes
    frame: bytes
    talkers: tuple[Talker, ...] = ()
    packets: tuple[int, ...] = ()
    ends: dict[int, bytes] = field(default_factory=dict)
    _joined: dict[int, bytes] = field(default_factory=dict)

    def before(self, group: int, frame: bytes) -> bytes:
        """Return this and behind it the state frame of a group of viewers, made once for each group."""
        if not frame:
            return self.frame
        joined = self._joined.get(group)
        if joined is None:
            joined = self._joined[group] = self.frame + frame
        return joined


def frame_of(payload: bytes, time_ns: int) -> bytes:
    """Return a frame with this bundle alone as a WebSocket message."""
    return encode_binary(pack_server_frame(NO_TICK, time_ns, [pack_section(Section.VOICE, payload)]))


def bundle_of(audience: Audience, time_ns: int) -> Bundle | None:
    """Return what an audience is sent in this tick, None for nothing."""
    speaking: list[tuple[Talker, int]] = []
    parts: list[bytes] = []
    for number, (talker, route) in enumerate(audience.talkers):
        if talker.due:
            speaking.append((talker, route))
            parts.append(talker.entries(route))
            audience.sent[number] += len(talker.due)
    if not parts:
        return None
    payload = b"".join(parts)
    if len(payload) > BUNDLE_MAX:
        payload = b"".join([talker.newest_entry(route) for talker, route in speaking])
    return Bundle(
        payload,
        frame_of(payload, time_ns),
        tuple(talker for talker, _route in speaking),
        tuple(len(talker.due) for talker, _route in speaking),
        _ends(speaking),
    )


def _ends(speaking: list[tuple[Talker, int]]) -> dict[int, bytes]:
    return {talker.person: talker.end_entry(route) for talker, route in speaking if talker.ends}
