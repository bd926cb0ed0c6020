"""The port of a server, plain or encrypted, and beside it the one for people who are invited."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from walkdown.errors import SettingsError
from walkdown.i18n import _
from walkdown_server.door.terms import Terms
from walkdown_server.lobby import Lobby, Overview
from walkdown_server.port.handshake import Handshake, has_own_tls, tls_options
from walkdown_server.port.media import MediaPorts
from walkdown_server.port.reception import Desk, Reception
from walkdown_server.room import Room

BACKLOG = 1024
FAREWELL_SECS = 1.0

_log = logging.getLogger(__name__)


class Listener(Desk):
    """The port, and everyone who has come by it.

    Args:
        lobby: the sessions of this process. overview: what is told of all sessions of the server.
        host: where the main port is. terms: on what connections are taken.
        media: takes voice in datagrams, beside each port.
    """

    def __init__(
        self, lobby: Lobby, *, host: str, overview: Overview, terms: Terms, media: MediaPorts | None = None
    ) -> None:
        super().__init__(lobby, overview=overview, terms=terms)
        self.host, self.media = host, media or MediaPorts(off=True)
        self.traffic.datagrams = self.media.tally
        self._server: asyncio.Server | None = None
        self._gates: list[asyncio.Server] = []

    async def start(self, port: int) -> int:
        """Listen, and return the port.

        Raises:
            SettingsError: the port is in use or the address is not ours; says which and what to do.
        """
        loop = asyncio.get_running_loop()
        raise_limit_of_files()
        try:
            greet, options = self._greeting(encrypted=self.terms.encrypted)
            server = await loop.create_server(greet, self.host, port, backlog=BACKLOG, **options)
        except OSError as error:
            raise cannot_listen(error, self.host, port) from error
        self._server = server
        chosen: int = server.sockets[0].getsockname()[1]
        await self.media.open_beside(server.sockets)
        return chosen

    def _greeting(self, *, encrypted: bool) -> tuple[Callable[[], asyncio.BaseProtocol], dict[str, Any]]:
        """Return who receives a new connection, and what the event loop has to know about it."""
        certificate = self.terms.certificate
        if not encrypted:
            return partial(Reception, self), {}
        if has_own_tls(asyncio.get_running_loop()):
            return lambda: Reception(self, fingerprint=certificate.fingerprint), tls_options(certificate)
        return partial(Handshake, certificate, may_connect=self.may_connect, on_shaken=self._received), {}

    def open_gate(self, sockets: list[socket.socket]) -> None:
        """Take encrypted connections of these sockets too, until the server stops."""
        self._opening = asyncio.ensure_future(self._open_gate(sockets))

    async def _open_gate(self, sockets: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        greet, options = self._greeting(encrypted=True)
        await self.media.open_beside(sockets)
        for bound in sockets:
            self._gates.append(await loop.create_server(greet, sock=bound, backlog=BACKLOG, **options))

    def _received(self, transport: asyncio.Transport, fingerprint: bytes, early: bytes) -> None:
        """Go on with a connection that has become encrypted."""
        reception = Reception(self, fingerprint=fingerprint, counted=True)
        transport.set_protocol(reception)
        reception.connection_made(transport)
        if early:
            reception.take(early)

    async def adopt(self, connection: socket.socket, *, encrypted: bool, relayed_for: str = "") -> None:
        """Go on with a connection that another process has taken, and of which nothing was read.

        Args:
            relayed_for: address of whom that process goes on decrypting it for, "" for none.
        """
        loop = asyncio.get_running_loop()
        try:
            greet, options = self._greeting(encrypted=encrypted)
            if relayed_for:
                shown = self.terms.certificate.fingerprint
                greet = partial(Reception, self, fingerprint=shown, counted=True, relayed_for=relayed_for)
            await loop.connect_accepted_socket(greet, connection, **options)
        except OSError as error:
            _log.info("a connection ended before it was adopted: %s", error)
            connection.close()

    async def close(self) -> None:
        """Take no new connections and hang up on those that remain."""
        self.media.close()
        for server in filter(None, (self._server, *self._gates)):
            server.close()
        for connection in tuple(self.connections):
            connection.close()
        for reception in tuple(self.receptions):
            reception.hang_up()
        if self.connections:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.emptied.wait(), FAREWELL_SECS)
        for connection in tuple(self.connections):
            connection.hang_up()

    def send_away(self, room: Room) -> None:
        """Close the connections of everyone in a session that is shut here."""
        for connection in tuple(self.connections):
            if connection.room is room:
                connection.close()


def raise_limit_of_files() -> None:
    """Let this process hold as many connections as the system allows it."""
    if sys.platform != "win32":
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cannot_listen(error: OSError, host: str, port: int) -> SettingsError:
    """Return the error for a port that cannot be listened on, with what to do."""
    if error.errno == errno.EADDRINUSE:
        return SettingsError(
            _(
                "Port {port} on {host} is in use by another program: stop it, or choose another port, "
                "for instance --port {other}; --port 0 takes any free one."
            ).format(port=port, host=host, other=port + 1)
        )
    if error.errno == errno.EACCES:
        return SettingsError(
            _("Port {port} may not be used without special rights; choose one from 1024.").format(port=port)
        )
    return SettingsError(
        _("The server cannot listen on {host}: {reason}. Use an address of this computer.").format(
            host=host, reason=error.strerror or error
        )
    )
