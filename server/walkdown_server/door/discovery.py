"""Answers the local network's question who has an open code, and only while there is one.

An answer is no longer than its question, goes to nobody but who asked, and no more than
``ANSWERS_PER_SEC`` get an answer, so that nobody is flooded by way of us.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import struct
from typing import cast

import msgspec

from walkdown.listing import server_name
from walkdown.pairing import GROUP, PORT, Here, nonce_of
from walkdown_server.access import TokenBucket
from walkdown_server.door.addresses import ipv4_of_interfaces
from walkdown_server.door.codes import Codes

ANSWERS_PER_SEC, ANSWERS_BURST = 20.0, 20.0
CARE_SECS = 5.0

_log = logging.getLogger(__name__)


class Discovery:
    """Who answers the question; listens from the first code until the last is over."""

    def __init__(self) -> None:
        self._endpoint: asyncio.Task[None] | None = None

    def answer_while(self, codes: Codes, *, port: int, fingerprint: bytes) -> None:
        """Answer as long as a code is open; once more does no harm."""
        if self._endpoint is None or self._endpoint.done():
            self._endpoint = asyncio.ensure_future(_answer_while(codes, port, fingerprint))

    def close(self) -> None:
        """Answer no more."""
        if self._endpoint is not None:
            self._endpoint.cancel()


async def _answer_while(codes: Codes, port: int, fingerprint: bytes) -> None:
    loop = asyncio.get_running_loop()
    try:
        transport, _protocol = await loop.create_datagram_endpoint(
            lambda: _Responder(codes, port, fingerprint), sock=_listening()
        )
    except OSError as error:
        _log.warning("codes cannot be found on this network, only typed with an address: %s", error)
        return
    try:
        while codes.any:  # noqa: ASYNC110 -- codes end by time
            await asyncio.sleep(CARE_SECS)
    finally:
        transport.close()


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, codes: Codes, port: int, fingerprint: bytes) -> None:
        self._codes, self._port, self._fingerprint = codes, port, fingerprint
        self._loop = asyncio.get_running_loop()
        self._answers = TokenBucket(per_sec=ANSWERS_PER_SEC, burst=ANSWERS_BURST)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # which Python 3.11 does not say

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        nonce = nonce_of(data)
        if nonce is None or not is_near(addr[0]) or not self._codes.any:
            return
        if self._answers.take(self._loop.time()):
            here = Here(nonce, self._port, self._fingerprint, server_name(self._codes.session))
            self._transport.sendto(msgspec.msgpack.encode(here), addr)

    def error_received(self, exc: Exception) -> None:
        _log.debug("an answer did not get there: %s", exc)


def is_near(address: str) -> bool:
    """Tell whether an address may be one of the same network: private, link-local or this computer's."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_private or parsed.is_link_local


def _listening() -> socket.socket:
    """Return a socket that hears questions to everyone and to the group, whoever else does too."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            with contextlib.suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("", PORT))
        for address in ipv4_of_interfaces():
            member = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(address))
            with contextlib.suppress(OSError):
                made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
