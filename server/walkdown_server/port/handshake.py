"""The TLS handshake of a connection that has just been taken; whoever may not connect never gets that far.

Bytes that come right after the handshake are kept for who goes on with the connection.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import sslproto
from collections.abc import Callable
from typing import Any, cast

from walkdown_server.door.certificates import Certificate

HANDSHAKE_WITHIN_SECS = 10.0
FAREWELL_SECS = 2.0
SSL_BUFFER_SIZE = 16 * 1024
"""Python's own TLS gives each connection a buffer, of 256 KiB by default; a record has 16 KiB."""

_log = logging.getLogger(__name__)

Shaken = Callable[[asyncio.Transport, bytes, bytes], None]
"""Takes the encrypted transport, the fingerprint that it has shown, and the first bytes."""


class Handshake(asyncio.Protocol):
    """A plain connection that becomes an encrypted one.

    Args:
        certificate: is shown. may_connect: tells whether this address may connect now.
        on_shaken: goes on with the connection.
    """

    def __init__(
        self, certificate: Certificate, *, may_connect: Callable[[str], bool], on_shaken: Shaken
    ) -> None:
        self._certificate, self._may_connect, self._on_shaken = certificate, may_connect, on_shaken
        self._loop = asyncio.get_running_loop()
        self._early = bytearray()
        self._shaking: asyncio.Task[None] | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless too many come from there."""
        plain = cast(asyncio.Transport, transport)
        address = address_of(transport)
        if not self._may_connect(address):
            _log.info("too many connections a second from %s", address)
            plain.abort()
            return
        plain.pause_reading()
        self._shaking = self._loop.create_task(self._shake_hands(plain))

    def data_received(self, data: bytes) -> None:
        """Keep what comes before anybody goes on with the connection."""
        self._early += data

    def eof_received(self) -> bool:
        """Let the transport close."""
        self._ended = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Have nobody go on with it."""
        self._ended = True

    async def _shake_hands(self, plain: asyncio.Transport) -> None:
        fingerprint = self._certificate.fingerprint
        keep_little(plain)
        try:
            transport = await self._loop.start_tls(
                plain,
                self,
                self._certificate.context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_WITHIN_SECS,
                ssl_shutdown_timeout=FAREWELL_SECS,
            )
        except (OSError, TimeoutError) as error:
            _log.info("no TLS with %s: %s", address_of(plain), error)
            plain.abort()
            return
        if transport is None or self._ended:
            plain.abort()
            return
        self._on_shaken(transport, fingerprint, bytes(self._early))


def has_own_tls(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether an event loop has to encrypt from the start: uvloop reads before anyone can stop it."""
    return type(loop).__module__.partition(".")[0] == "uvloop"


def tls_options(certificate: Certificate) -> dict[str, Any]:
    """Return what such a loop's ``create_server`` has to know."""
    return {
        "ssl": certificate.context,
        "ssl_handshake_timeout": HANDSHAKE_WITHIN_SECS,
        "ssl_shutdown_timeout": FAREWELL_SECS,
    }


def keep_little(plain: asyncio.Transport) -> None:
    """Let nothing wait below TLS, so that what waits is seen above it, and use smaller buffers."""
    plain.set_write_buffer_limits(high=0)
    sslproto.SSLProtocol.max_size = min(sslproto.SSLProtocol.max_size, SSL_BUFFER_SIZE)


def address_of(transport: asyncio.BaseTransport) -> str:
    """Return the address of the other end, "" when it is gone."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""
