"""Sealed datagrams: what voice looks like over UDP, for both ends.

A datagram is a header in the clear, then its payload under AES-128-GCM (NIST SP 800-38D) with the header as
associated data. Each connection and direction has a key of its own, and a counter that never comes twice, of
which the nonce is made. What was changed, was seen before or is older than the window is a :class:`Fault`;
nothing is answered to it. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from walkdown.errors import ProtocolError

HEADER = struct.Struct("<BQQ")
"""kind, connection, counter."""

NONCE = struct.Struct("<Q4x")
TAG_SIZE = 16
OVERHEAD = HEADER.size + TAG_SIZE
KEY_SIZE = 16

DATAGRAM_MAX = 1232
"""What passes everywhere in one piece: the smallest packet of IPv6 less its headers (RFC 8200, section 5)."""

PAYLOAD_MAX = DATAGRAM_MAX - OVERHEAD
COUNTER_MAX = 1 << 48
"""Under one key no more is sent than this, far below what the cipher allows."""

WINDOW = 1024
"""So many counters behind the newest are still taken: 20 s of voice."""

CHALLENGE_SIZE = 16
NO_CHALLENGE = bytes(CHALLENGE_SIZE)

PROBE = struct.Struct("<I16s44x")
"""number, the newest challenge that came; longer than its answer, so that nobody gets more than was sent."""

ANSWER = struct.Struct("<I16sQQ")
"""number of the probe, challenge, newest counter that came from the client, how many datagrams came."""


class Kind(IntEnum):
    """What a datagram is for."""

    PROBE = 1
    """Of a client: whether datagrams pass, and from which address."""
    VOICE_UP = 2
    """Of a client: one packet of its voice."""
    ANSWER = 3
    VOICE_DOWN = 4
    """Of the server: a bundle, or a part of one."""


class Fault(StrEnum):
    """Why a datagram counts for nothing."""

    SIZE = "size"
    KIND = "kind"
    CONNECTION = "connection"
    REPLAYED = "replayed"
    FORGED = "forged"
    CONTENT = "content"
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Opened:
    """A datagram that is what the other end has sent."""

    kind: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to a probe.

    Attributes:
        number: of the probe. challenge: to be echoed from the address to which this came.
        newest: counter of the client's newest datagram that came, 0 for none. received: how many came.
    """

    number: int
    challenge: bytes
    newest: int
    received: int


class Sealer:
    """Seals what one end sends on one connection; a key is given to one sealer only, once."""

    __slots__ = ("_aead", "_connection", "counter")

    def __init__(self, key: bytes, connection: int) -> None:
        self._aead, self._connection = AESGCM(key), connection
        self.counter = 0

    def seal(self, kind: Kind, payload: bytes) -> bytes:
        """Return the datagram; the first has counter 1.

        Raises:
            ProtocolError: the key is used up.
        """
        self.counter += 1
        if self.counter >= COUNTER_MAX:
            raise ProtocolError("the key for voice is used up: ask for another one")
        head = HEADER.pack(kind, self._connection, self.counter)
        return head + self._aead.encrypt(NONCE.pack(self.counter), payload, head)


class Opener:
    """Opens what the other end sends on one connection, each datagram once.

    Args:
        kinds: that the other end may send.

    Attributes:
        newest: the largest counter that came, 0 for none. received: how many datagrams came.
    """

    __slots__ = ("_aead", "_connection", "_kinds", "_seen", "newest", "received")

    def __init__(self, key: bytes, connection: int, *, kinds: frozenset[int]) -> None:
        self._aead, self._connection, self._kinds = AESGCM(key), connection, kinds
        self.newest = self.received = self._seen = 0

    def open(self, data: bytes) -> Opened | Fault:
        """Return what is in a datagram, or why it counts for nothing; cheap reasons are found first."""
        if not OVERHEAD <= len(data) <= DATAGRAM_MAX:
            return Fault.SIZE
        kind, connection, counter = HEADER.unpack_from(data)
        if kind not in self._kinds:
            return Fault.KIND
        if connection != self._connection:
            return Fault.CONNECTION
        if not self._is_new(counter):
            return Fault.REPLAYED
        try:
            payload = self._aead.decrypt(NONCE.pack(counter), data[HEADER.size :], data[: HEADER.size])
        except InvalidTag:
            return Fault.FORGED
        self._note(counter)
        return Opened(kind, payload)

    def _is_new(self, counter: int) -> bool:
        behind = self.newest - counter
        if behind < 0:
            return counter < COUNTER_MAX
        return counter > 0 and behind < WINDOW and not self._seen >> behind & 1

    def _note(self, counter: int) -> None:
        behind = self.newest - counter
        if behind < 0:
            self._seen = (self._seen << min(-behind, WINDOW) | 1) & ((1 << WINDOW) - 1)
            self.newest = counter
        else:
            self._seen |= 1 << behind
        self.received += 1


def connection_of(data: bytes) -> int | None:
    """Return the connection that a datagram names, None when it cannot be one."""
    if not OVERHEAD <= len(data) <= DATAGRAM_MAX:
        return None
    connection: int = HEADER.unpack_from(data)[1]
    return connection


def pack_probe(number: int, challenge: bytes) -> bytes:
    """Return the payload of a probe."""
    return PROBE.pack(number & 0xFFFFFFFF, challenge)


def unpack_probe(payload: bytes) -> tuple[int, bytes]:
    """Return number and challenge of a probe.

    Raises:
        ProtocolError: it has another size.
    """
    if len(payload) != PROBE.size:
        raise ProtocolError(f"a probe has {PROBE.size} bytes, {len(payload)} came")
    number, challenge = PROBE.unpack(payload)
    return number, challenge


def pack_answer(answer: Answer) -> bytes:
    """Return the payload of an answer."""
    return ANSWER.pack(answer.number, answer.challenge, answer.newest, answer.received)


def unpack_answer(payload: bytes) -> Answer:
    """Return what an answer says.

    Raises:
        ProtocolError: it has another size, or more came than was sent.
    """
    if len(payload) != ANSWER.size:
        raise ProtocolError(f"an answer has {ANSWER.size} bytes, {len(payload)} came")
    answer = Answer(*ANSWER.unpack(payload))
    if answer.received > answer.newest:
        raise ProtocolError(f"{answer.received} datagrams are said to have come of {answer.newest}")
    return answer
