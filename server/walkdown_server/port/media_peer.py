"""One client in datagrams: opens what it sends, proves its address, and sends it its bundles.

Nothing is sent before the address is proved but answers, which are shorter than what came.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

from walkdown.errors import ProtocolError
from walkdown.media.addresses import Addresses
from walkdown.media.datagrams import (
    ANSWER,
    OVERHEAD,
    PAYLOAD_MAX,
    Answer,
    Fault,
    Kind,
    Opener,
    Sealer,
    pack_answer,
    unpack_probe,
)
from walkdown.messages import Refusal
from walkdown.voice import ENTRY_HEADER
from walkdown_server.access import TokenBucket

DOUBT_SECS, SILENT_SECS = 0.8, 3.0
"""A client probes twice a second. From where no datagram came for so long is served both ways, then only by
the WebSocket."""

ANSWERS_PER_SEC, ANSWERS_BURST = 25.0, 50.0
DATAGRAMS_PER_SEC, DATAGRAMS_BURST = 150.0, 1000.0
"""A client sends 50 packets of voice and at most 20 probes a second."""

UdpAddress = tuple[socket.socket, Any]
"""At which of our sockets something came, and from where, as the system says it."""

_ANSWER_BYTES = ANSWER.size + OVERHEAD


class MediaPeer:
    """The server's side of one client in datagrams; a ``MediaLine`` of the room.

    Args:
        connection: names it in its datagrams. key_up, key_down: of this connection alone.
        now: monotonic seconds.

    Attributes:
        hear: takes a packet of the client's voice. refuse: closes its connection with a reason.
        dropped: datagrams that the system would not take.
    """

    hear: Callable[[bytes], None]
    refuse: Callable[[Refusal], None]

    def __init__(self, connection: int, *, key_up: bytes, key_down: bytes, now: Callable[[], float]) -> None:
        self.connection, self._now = connection, now
        self._sealer = Sealer(key_down, connection)
        self._opener = Opener(key_up, connection, kinds=frozenset({Kind.PROBE, Kind.VOICE_UP}))
        self._addresses = Addresses()
        self._answers = TokenBucket(per_sec=ANSWERS_PER_SEC, burst=ANSWERS_BURST)
        self._datagrams = TokenBucket(per_sec=DATAGRAMS_PER_SEC, burst=DATAGRAMS_BURST)
        self._heard_secs = now()
        self.dropped = 0

    # ---- in -------------------------------------------------------------------------------------------

    def take(self, data: bytes, address: UdpAddress, now_secs: float) -> Fault | None:
        """Take a datagram that names this connection; returns why it counts for nothing, None if it does."""
        opened = self._opener.open(data)
        if isinstance(opened, Fault):
            return opened
        if not self._datagrams.take(now_secs):
            text = f"At most {DATAGRAMS_PER_SEC:.0f} datagrams a second are taken."
            self.refuse(Refusal("rate", text))
            return Fault.FLOOD
        self._addresses.heard(address, len(data))
        try:
            if opened.kind == Kind.PROBE:
                self._answer(opened.payload, address, now_secs)
            else:
                self.hear(opened.payload)
        except ProtocolError as error:
            self.refuse(Refusal("message", str(error)))
            return Fault.CONTENT
        if address == self._addresses.proved:
            self._heard_secs = now_secs
        return None

    def _answer(self, payload: bytes, address: UdpAddress, now_secs: float) -> None:
        number, echo = unpack_probe(payload)
        self._addresses.echoed(address, echo)
        if self._answers.take(now_secs) and self._addresses.may_send(address, _ANSWER_BYTES):
            opener = self._opener
            answer = Answer(number, self._addresses.challenge(address), opener.newest, opener.received)
            self._send_to(address, self._sealer.seal(Kind.ANSWER, pack_answer(answer)))

    # ---- out ------------------------------------------------------------------------------------------

    def send(self, bundle: bytes) -> bool:
        """Send a bundle; tells whether it was, else it goes through the WebSocket, perhaps as well."""
        address: Any = self._addresses.proved
        silent_secs = self._now() - self._heard_secs
        if address is None or silent_secs > SILENT_SECS:
            return False
        if len(bundle) <= PAYLOAD_MAX:
            sent = self._send_to(address, self._sealer.seal(Kind.VOICE_DOWN, bundle))
        else:
            seal = self._sealer.seal
            sent = all(self._send_to(address, seal(Kind.VOICE_DOWN, part)) for part in _parts(bundle))
        return sent and silent_secs < DOUBT_SECS

    def _send_to(self, address: UdpAddress, data: bytes) -> bool:
        bound, where = address
        try:
            bound.sendto(data, where)
        except (BlockingIOError, InterruptedError):
            self.dropped += 1  # it is late already: nobody waits for it
        except OSError:
            self.dropped += 1
            return False
        return True


def _parts(bundle: bytes) -> Iterator[bytes]:
    """Yield a bundle in pieces that fit into a datagram each."""
    begin = end = 0
    while end < len(bundle):
        after = end + ENTRY_HEADER.size + ENTRY_HEADER.unpack_from(bundle, end)[2]
        if after - begin > PAYLOAD_MAX:
            yield bundle[begin:end]
            begin = end
        end = after
    yield bundle[begin:end]
