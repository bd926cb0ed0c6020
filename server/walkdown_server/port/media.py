"""The UDP ports of a process, where voice comes and goes in datagrams.

Beside each TCP port there is a UDP port, of the same number where that is free. Whom a datagram is from is
found by the number of the connection in it; what is foreign, forged, cut or replayed is counted and never
answered. Where no port can be had voice goes through the WebSocket alone, and clients are told why.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
import socket
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from walkdown.i18n import _
from walkdown.media.datagrams import DATAGRAM_MAX, KEY_SIZE, Fault, connection_of
from walkdown.messages import Media
from walkdown_server.parties import Answer, Member
from walkdown_server.port.connection import Connection
from walkdown_server.port.media_peer import MediaPeer, UdpAddress
from walkdown_server.room import Room
from walkdown_server.ticks.tally import Datagrams

READ_AT_ONCE = 64
"""Datagrams of one port that are read before anything else has its turn."""

BUFFER_BYTES = 1 << 20
"""A tick for hundreds of listeners fits in it."""

_NO_ADDRESS = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)

_log = logging.getLogger(__name__)

Host = tuple[int, str]
"""Family and address of one of our interfaces."""


@dataclass(slots=True)
class Port:
    """The UDP sockets of one number; ``text`` says why there are none."""

    number: int = 0
    sockets: list[socket.socket] = field(default_factory=list)
    text: str = ""


class MediaPorts:
    """All UDP ports of this process, and who uses them.

    Args:
        wanted: number of the UDP port beside the first TCP port, 0 for the same and else any free one.
        process: number of this process from 0 on; each has a port of its own, counted on from there.
        off: take no datagrams.

    Attributes:
        tally: datagrams that came, and those that counted for nothing, by ``Fault``.
    """

    def __init__(self, *, wanted: int = 0, process: int = 0, off: bool = False) -> None:
        self._wanted, self._process, self._off = wanted, process, off
        self._loop = asyncio.get_running_loop()
        self._ports: dict[int, Port] = {}
        self._newest = Port(text=_("This server takes no voice in datagrams."))
        self._peers: dict[int, MediaPeer] = {}
        self._of_member: dict[Member, MediaPeer] = {}
        self._transports: list[asyncio.DatagramTransport] = []
        self.tally = Datagrams()

    # ---- ports ----------------------------------------------------------------------------------------

    async def open(self, beside: int, hosts: Iterable[Host]) -> None:
        """Open a UDP port beside a TCP port, at these of our addresses."""
        if self._off or beside in self._ports:
            return
        only = bool(self._wanted) and not self._ports
        number = (self._wanted if only else beside) + self._process
        port = self._ports[beside] = self._newest = _bound(tuple(hosts), number, only=only)
        if port.text:
            _log.warning("voice goes through the WebSocket alone: %s", port.text)
        for bound in port.sockets:
            await self._read(bound)

    def open_beside(self, listening: Iterable[socket.socket]) -> Coroutine[Any, Any, None]:
        """Open a UDP port beside each port on which these sockets listen; they are only looked at now."""
        hosts: dict[int, list[Host]] = {}
        for bound in listening:
            address, beside = bound.getsockname()[:2]
            hosts.setdefault(beside, []).append((int(bound.family), address))
        return self._open_all(hosts)

    async def _open_all(self, hosts: dict[int, list[Host]]) -> None:
        for beside, theirs in hosts.items():
            await self.open(beside, theirs)

    def close(self) -> None:
        """Close all ports."""
        for transport in self._transports:
            transport.close()
        for bound in [bound for port in self._ports.values() for bound in port.sockets]:
            if not self._transports:
                self._loop.remove_reader(bound)
            bound.close()
        self._ports.clear()

    async def _read(self, bound: socket.socket) -> None:
        try:
            self._loop.add_reader(bound, self._readable, bound)
        except NotImplementedError:  # as in the event loop of Windows
            made = self._loop.create_datagram_endpoint(lambda: _Reading(self, bound), sock=bound)
            self._transports.append((await made)[0])

    def _readable(self, bound: socket.socket) -> None:
        for _turn in range(READ_AT_ONCE):
            try:
                data, address = bound.recvfrom(DATAGRAM_MAX + 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                _log.debug("a UDP port could not be read: %s", error)
                return
            self.take(data, (bound, address))

    def take(self, data: bytes, address: UdpAddress) -> None:
        """Take a datagram."""
        connection = connection_of(data)
        peer = self._peers.get(connection) if connection is not None else None
        fault = Fault.SIZE if connection is None else Fault.CONNECTION
        if peer is not None and (found := peer.take(data, address, self._loop.time())) is None:
            self.tally.received += 1
            return
        self.tally.refused[found if peer is not None and found is not None else fault] += 1

    # ---- who uses them --------------------------------------------------------------------------------

    def door(self, room: Room) -> MediaDoor:
        """Return who gives out keys to the people of a room."""
        return MediaDoor(self, room)

    def admit(self, room: Room, member: Member) -> Media:
        """Make keys for someone; those that they had open nothing any more."""
        self.forget(member)
        line = member.line
        local = line.local_port if isinstance(line, Connection) else 0
        port = self._ports.get(local, self._newest)
        if not port.sockets:
            return Media(text=port.text)
        connection = self._new_connection()
        up, down = secrets.token_bytes(KEY_SIZE), secrets.token_bytes(KEY_SIZE)
        peer = MediaPeer(connection, key_up=up, key_down=down, now=self._loop.time)
        peer.hear = lambda packet: room.hear(member, packet)
        peer.refuse = line.refuse
        self._peers[connection] = self._of_member[member] = peer
        return Media(connection, port.number, up, down)

    def peer(self, member: Member) -> MediaPeer | None:
        """Return how someone is reached in datagrams, None when they have no keys."""
        return self._of_member.get(member)

    def forget(self, member: Member) -> None:
        """Take nothing more with the keys of this connection."""
        peer = self._of_member.pop(member, None)
        member.media = None
        if peer is not None:
            del self._peers[peer.connection]

    def _new_connection(self) -> int:
        while (number := secrets.randbits(53)) in self._peers:
            pass
        return number


@dataclass(frozen=True, slots=True)
class MediaDoor:
    """Gives keys to the people of one room, and serves them by the way that they choose."""

    ports: MediaPorts
    room: Room

    def ask(self, member: Member, answer: Answer) -> None:
        """Answer ``ask_media`` with keys, or with why not."""
        answer(self.ports.admit(self.room, member))

    def choose(self, member: Member, *, datagrams: bool) -> None:
        """Send someone their voice by this way from now on."""
        member.media = self.ports.peer(member) if datagrams else None

    def forget(self, member: Member) -> None:
        """Take and send nothing more for this connection; it has ended."""
        self.ports.forget(member)


class _Reading(asyncio.DatagramProtocol):
    """Reads a port where the event loop cannot tell that it is readable."""

    def __init__(self, ports: MediaPorts, bound: socket.socket) -> None:
        self._ports, self._bound = ports, bound

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._ports.take(data, (self._bound, addr))


EVERYWHERE: tuple[Host, ...] = ((int(socket.AF_INET), "0.0.0.0"), (int(socket.AF_INET6), "::"))  # noqa: S104
"""Every address of this computer."""


def hosts_of(host: str) -> list[Host]:
    """Return every address that a host name stands for, as a TCP port on it has them."""
    found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((int(entry[0]), str(entry[4][0])) for entry in found))


def _bound(hosts: tuple[Host, ...], wanted: int, *, only: bool) -> Port:
    """Return sockets of the wanted number, else of a free one unless only that will do."""
    tried: list[Callable[[], Port]] = [lambda: _bound_all(hosts, wanted)]
    if not only:
        tried.append(lambda: _bound_all(hosts, 0))
    reason = ""
    for bind in tried:
        try:
            return bind()
        except (OSError, OverflowError) as error:
            reason = str(getattr(error, "strerror", None) or error)
    text = _("UDP port {port} cannot be used on this server ({reason}); voice goes through the WebSocket.")
    return Port(text=text.format(port=wanted, reason=reason))


def _bound_all(hosts: tuple[Host, ...], number: int) -> Port:
    """Return sockets on all of these addresses that this computer has.

    Raises:
        OSError: the number is in use on one of them, or there is none.
    """
    port = Port(number)
    fault = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for family, address in hosts:
        try:
            made = _bind(family, (address, port.number))
        except OSError as error:
            fault = error
            if error.errno not in _NO_ADDRESS:
                break
        else:
            port.number = made.getsockname()[1]
            port.sockets.append(made)
    else:
        if port.sockets:
            return port
    for made in port.sockets:
        made.close()
    raise fault


def _bind(family: int, place: tuple[str, int]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        made.bind(place)
    except BaseException:
        made.close()
        raise
    return made
