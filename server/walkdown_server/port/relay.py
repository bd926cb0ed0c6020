"""Carries an encrypted connection on to the process of its session, when TLS did not say which that is.

A socket can be passed to another process, but not the keys of a TLS connection, which are in the memory of
the process that has shaken hands. So that one goes on encrypting, and hands the bytes over; each side reads
no faster than the other writes. Links and our own programs name the session in TLS and never need this.
"""

from __future__ import annotations

import asyncio
import socket
from typing import cast

BUFFER_SIZE = 16 * 1024
"""Bytes that may wait on the way, so that a slow client is soon seen as slow where its session is."""


class End(asyncio.Protocol):
    """One of the two ends of a connection that is carried on."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self.transport = cast(asyncio.Transport, transport)  # asyncio's own type is too wide
        self.transport.set_write_buffer_limits(high=BUFFER_SIZE)

    def data_received(self, data: bytes) -> None:
        """Hand bytes over."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        """Have the other end read no more for now."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Have the other end read on."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end, when it has been told everything."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


async def relay(outer: asyncio.Transport, first: bytes, inner: socket.socket) -> None:
    """Carry a connection on.

    Args:
        outer: encrypted; nothing is read from it while this goes on. first: bytes that were read already.
        inner: one end of a socket pair, whose other end the process of the session has.
    """
    near, far = End(), End()
    inner.setblocking(False)
    inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_SIZE)
    try:
        await asyncio.get_running_loop().create_unix_connection(lambda: far, sock=inner)
    except BaseException:
        inner.close()
        raise
    near.other, far.other = far, near
    near.connection_made(outer)
    outer.set_protocol(near)
    near.data_received(first)
    if outer.is_closing():
        near.connection_lost(None)
    else:
        outer.resume_reading()
