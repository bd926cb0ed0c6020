"""What a connection asks for at first: a WebSocket, health, the list of sessions, blobs by hash, uploads.

A new connection is a :class:`Reception`, which reads the head of a request. A WebSocket is handed to a
``Connection``, an upload to a ``Receiving``; GET and HEAD are answered here, with keep-alive, ranges and
``sendfile``. What all connections of a process share is the :class:`Desk`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import msgspec
from websockets.http11 import Request as WebSocketRequest
from websockets.protocol import Protocol, Side, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from walkdown.door import CHALLENGE_HEADER
from walkdown.errors import Missing
from walkdown.listing import LIST_PATH, SessionList
from walkdown.messages import SIZE_BEFORE_LOGIN, SIZE_OPERATION, SUBPROTOCOL
from walkdown_server.access import (
    DOWNLOADS_ON_LOOPBACK,
    DOWNLOADS_PER_ADDRESS,
    KEEP_ALIVE_SECS,
    REQUEST_HEAD_SIZE,
    REQUEST_WITHIN_SECS,
    is_loopback,
    origin_allowed,
)
from walkdown_server.door.limits import counted_as
from walkdown_server.door.posts import Post
from walkdown_server.door.rules import Peer
from walkdown_server.door.terms import Terms, new_challenge
from walkdown_server.http import (
    BadRequest,
    Request,
    parse_head,
    response_head,
    split_head,
    text_response,
    wanted_range,
)
from walkdown_server.lobby import Lobby, Overview
from walkdown_server.measures.metrics import MEDIA
from walkdown_server.models import Receiving
from walkdown_server.packages import Blob
from walkdown_server.port.connection import Connection
from walkdown_server.port.downloads import Sending, blob_headers
from walkdown_server.port.handshake import address_of
from walkdown_server.port.inflow import Inflows
from walkdown_server.port.relay import relay
from walkdown_server.room import Room
from walkdown_server.ticks.tally import Traffic
from walkdown_server.websocket import WebSocket

BUFFER_SIZE = 64 * 1024
OPEN_PER_ADDRESS, OPEN_IN_ALL = 256, 2048
"""Of more connections that have not joined, whoever has asked for nothing for longest is hung up on."""

METRICS_PATH = "/metrics"
TOLD_PATHS = (LIST_PATH, "/readyz", METRICS_PATH)
ELSEWHERE = "This session is in another process of the server; connect again."
NOTHING_ELSE = "Here are /healthz, /readyz, /metrics, /sessions and /SESSION/blob/SHA256."
INVITED_ONLY = (
    "The list of sessions is for those who are invited: show an invitation as Authorization: Bearer."
)
LOCAL_ONLY = "What the server says of itself is told on its own computer only."
NOT_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_log = logging.getLogger(__name__)
_handshakes = logging.getLogger(f"{__name__}.handshakes")
_handshakes.setLevel(logging.WARNING)  # the library would tell of every connection


class Desk:
    """What the connections of one process share, and who they are.

    Args:
        lobby: the sessions of this process. overview: what is told of all sessions of the server.
        terms: on what connections are taken.

    Attributes:
        traffic: what passed through. metrics_open: whether other computers may see what is measured.
        pass_on: returns a socket to the process of another session, for someone with this address; None
            when there is only one process.
    """

    pass_on: Callable[[str, str], socket.socket] | None = None

    def __init__(self, lobby: Lobby, *, overview: Overview, terms: Terms) -> None:
        self.lobby, self.overview, self.terms = lobby, overview, terms
        self.traffic, self.metrics_open = Traffic(), False
        self.buffer = memoryview(bytearray(BUFFER_SIZE))
        self.inflows = Inflows(self.buffer)
        self.connections: set[Connection] = set()
        self.receptions: set[Reception | Receiving] = set()
        self.emptied = asyncio.Event()
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(DOWNLOADS_PER_ADDRESS)
        )
        self._loopback_turns = asyncio.Semaphore(DOWNLOADS_ON_LOOPBACK)

    def may_connect(self, address: str) -> bool:
        """Take note of a new connection, and tell whether there were not too many from its address."""
        return self.terms.limits.may_connect(address, asyncio.get_running_loop().time())

    def make_room(self, address: str) -> bool:
        """Hang up on who is idle for longest when there are too many; tells whether there is room now."""
        if len(self.receptions) < OPEN_PER_ADDRESS:
            return True
        there = [one for one in self.receptions if isinstance(one, Reception)]
        network = counted_as(address)
        same = [one for one in there if counted_as(one.address) == network]
        crowded = len(same) >= OPEN_PER_ADDRESS and not is_loopback(address)
        if not crowded and len(there) < OPEN_IN_ALL:
            return True
        idle = [one for one in (same if crowded else there) if one.idle]
        if idle:
            longest = min(idle, key=lambda one: one.since_secs)
            self.receptions.discard(longest)
            longest.hang_up()
        return bool(idle)

    def joined(self, connection: Connection) -> None:
        """Take note of a connection that has become a WebSocket."""
        self.emptied.clear()
        self.connections.add(connection)
        self.traffic.connections = len(self.connections)
        self.traffic.opened += 1

    def lost(self, connection: Connection) -> None:
        """Forget a connection that is gone."""
        self.connections.discard(connection)
        self.traffic.connections = len(self.connections)
        if not self.connections:
            self.emptied.set()

    def look_after(self, now: float) -> None:
        """Check on everyone; called once a second."""
        for connection in tuple(self.connections):
            connection.look_after(now)
        for reception in tuple(self.receptions):
            reception.look_after(now)

    def turn(self, address: str) -> asyncio.Semaphore:
        """Return what a download from this address has to hold."""
        return self._loopback_turns if is_loopback(address) else self._turns[address]


class Reception(asyncio.BufferedProtocol):
    """A connection until it becomes a WebSocket, and as long as it only fetches.

    Args:
        fingerprint: of the certificate that it has shown, empty for a plain connection.
        counted: whether it was asked already if this address may connect.
        relayed_for: address of whom another process carries it on for, "" for none.
    """

    def __init__(
        self, desk: Desk, *, fingerprint: bytes = b"", counted: bool = False, relayed_for: str = ""
    ) -> None:
        self._desk, self._fingerprint, self._counted = desk, fingerprint, counted
        self._relayed_for = relayed_for
        self._loop = asyncio.get_running_loop()
        self._pending = bytearray()
        self._answering: asyncio.Task[None] | None = None
        self._post: Request | None = None
        self._ended = False
        self._since = self._loop.time()
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def address(self) -> str:
        """Of the other end."""
        return self._address

    @property
    def idle(self) -> bool:
        """Whether nothing that was asked for is under way."""
        return self._answering is None

    @property
    def since_secs(self) -> float:
        """When it came, or was answered last."""
        return self._since

    # ---- what the event loop calls --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast(asyncio.Transport, transport)  # asyncio's own type is too wide
        self._sending = Sending(self._transport, self._writable, encrypted=bool(self._fingerprint))
        self._address = self._relayed_for or address_of(transport)
        plain = not self._fingerprint
        if plain and not self._desk.terms.takes_plain(self._address):
            _log.info("a connection without encryption from %s", self._address)
            self._transport.abort()
            return
        if not self._counted and not self._desk.may_connect(self._address):
            _log.info("too many connections a second from %s", self._address)
            self._transport.abort()
            return
        if not self._desk.make_room(self._address):
            _log.info("too many connections at once from %s", self._address)
            self._transport.abort()
            return
        self._desk.receptions.add(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        return self._desk.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that came."""
        self.take(self._desk.buffer[:nbytes])

    def take(self, data: bytes | memoryview) -> None:
        """Take bytes and answer what is complete."""
        if not self._pending:
            self._since = self._loop.time()
        self._pending += data
        if self._answering is None:
            self._go_on()
        busy = self._answering is not None or not self._writable.is_set()
        if busy and len(self._pending) > REQUEST_HEAD_SIZE:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Keep the connection open while an answer is under way; nothing can follow it."""
        self._ended = True
        return self._answering is not None and not self._fingerprint  # TLS closes anyhow

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop answering."""
        self._desk.receptions.discard(self)
        self._writable.set()
        if self._answering is not None:
            self._answering.cancel()

    def pause_writing(self) -> None:
        """Wait before writing more."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on writing, and answering what was asked meanwhile."""
        self._writable.set()
        if self._answering is None:
            self._transport.resume_reading()
            self._go_on()

    # ---- requests -------------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """Close at once."""
        self._transport.abort()

    def look_after(self, now: float) -> None:
        """Close a connection that asks for nothing, or takes too long to ask."""
        patience = REQUEST_WITHIN_SECS if self._pending else KEEP_ALIVE_SECS
        if self._answering is None and now - self._since > patience:
            deaf = self._transport.get_write_buffer_size() > 0
            (self._transport.abort if deaf else self._transport.close)()

    def _go_on(self) -> None:
        """Answer the requests that are complete, as long as the answers are taken."""
        try:
            while self._answering is None and self._writable.is_set() and not self._transport.is_closing():
                if self._post is not None:
                    if not self._take_post(self._post):
                        return
                    continue
                end = split_head(self._pending)
                if not end:
                    return
                head = bytes(self._pending[:end])
                del self._pending[:end]
                self._take_request(parse_head(head), head)
        except BadRequest as bad:
            self._refuse(bad)

    def _take_request(self, request: Request, head: bytes) -> None:
        """Answer a request, or carry the connection on to where its session is."""
        pass_on, session = self._desk.pass_on, request.session or ""
        carried = self._fingerprint and not self._relayed_for and pass_on is not None
        if not (carried and session and self._desk.lobby.is_elsewhere(session)) or pass_on is None:
            self._answer(request, head)
            return
        self._desk.receptions.discard(self)
        self._transport.pause_reading()
        first, self._pending = head + self._pending, bytearray()
        work = relay(self._transport, first, pass_on(session, self._address))
        self._answering = self._loop.create_task(work)

    def _answer(self, request: Request, head: bytes) -> None:
        if request.method == "PUT":
            self._take_upload(request)
        elif request.method == "POST":
            self._post = request
        elif request.wants_websocket:
            self._upgrade(request, head)
        elif request.path == "/healthz":
            self._write_text(request, HTTPStatus.OK, "ok")
        elif request.path in TOLD_PATHS:
            self._answering = self._loop.create_task(self._tell(request))
        else:
            self._answer_blob(request)

    def _take_post(self, request: Request) -> bool:
        """Answer a request with a body when all of it is there; tells whether it is."""
        if len(self._pending) < request.length:
            return False
        self._post = None
        body, self._pending = bytes(self._pending[: request.length]), self._pending[request.length :]
        post = Post(
            request.path,
            request.session or "",
            body,
            self._address,
            bool(self._fingerprint),
            request.headers,
        )
        self._answering = self._loop.create_task(self._answer_post(request, post))
        return True

    async def _answer_post(self, request: Request, post: Post) -> None:
        try:
            answer = await self._desk.terms.posts.answer(post)
        except BadRequest as bad:
            self._refuse(bad)
            return
        headers = {"Content-Type": answer.media, "Content-Length": str(len(answer.body)), **NOT_KEPT}
        head = response_head(HTTPStatus.OK, headers, keep_alive=request.keep_alive)
        self._transport.write(head + answer.body)
        self._answered(keep_alive=request.keep_alive)

    async def _tell(self, request: Request) -> None:
        """Answer what may have to be gathered from other processes first."""
        overview = self._desk.overview
        try:
            if request.path == LIST_PATH:
                await self._check_may_list(request)
                self._write_json(request, msgspec.json.encode(SessionList(await overview.lines())))
            elif request.path == METRICS_PATH:
                self._check_may_measure(request)
                self._write_data(request, await overview.metrics(), media=MEDIA)
            else:
                ready = await overview.ready()
                status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
                self._write_text(request, status, "ok" if ready else "starting")
        except Missing as error:
            self._write_text(request, HTTPStatus.SERVICE_UNAVAILABLE, f"{error}.")
        except BadRequest as bad:
            self._refuse(bad)
            return
        self._answered(keep_alive=request.keep_alive)

    def _check_may_measure(self, request: Request) -> None:
        if not (self._desk.metrics_open or self._may_look(request)):
            raise BadRequest(HTTPStatus.FORBIDDEN, LOCAL_ONLY)

    async def _check_may_list(self, request: Request) -> None:
        """Let see the list whoever may look, or shows what lets them into one of the sessions."""
        if self._may_look(request):
            return
        limits, now = self._desk.terms.limits, self._loop.time()
        secret = request.headers.get("authorization", "").removeprefix("Bearer ")
        if secret and not limits.login_wait_secs(self._address, now):
            if await self._desk.overview.knows(secret):
                return
            limits.note_bad_login(self._address, now)
        raise BadRequest(HTTPStatus.FORBIDDEN, INVITED_ONLY)

    def _may_look(self, request: Request) -> bool:
        """Tell whether what the server says of itself is for whoever asks."""
        return self._desk.terms.may_look(self._address, request.headers, encrypted=bool(self._fingerprint))

    def _answer_blob(self, request: Request) -> None:
        if request.session and self._desk.lobby.is_elsewhere(request.session):
            raise BadRequest(HTTPStatus.MISDIRECTED_REQUEST, ELSEWHERE)
        name = request.blob
        blob = self._desk.lobby.blob(request.session or "", name) if name else None
        if blob is None:
            text = "There is no such blob." if name else NOTHING_ELSE
            self._write_text(request, HTTPStatus.NOT_FOUND, text)
            return
        etag = f'"{name}"'
        wanted = wanted_range(request, size=blob.size, etag=etag)
        start, stop = wanted or (0, blob.size)
        headers = blob_headers(blob, etag, span=(start, stop), partial=wanted is not None)
        status = HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK
        head = response_head(status, headers, keep_alive=request.keep_alive)
        if request.method == "HEAD":
            self._transport.write(head)
            self._finish(keep_alive=request.keep_alive)
            return
        work = self._send_blob(blob, start, stop, head=head, keep_alive=request.keep_alive)
        self._answering = self._loop.create_task(work)

    def _write_json(self, request: Request, data: bytes) -> None:
        self._write_data(request, data, media="application/json")

    def _write_data(self, request: Request, data: bytes, *, media: str) -> None:
        headers = {"Content-Type": media, "Content-Length": str(len(data)), **NOT_KEPT}
        head = response_head(HTTPStatus.OK, headers, keep_alive=request.keep_alive)
        self._transport.write(head if request.method == "HEAD" else head + data)
        self._finish(keep_alive=request.keep_alive)

    def _write_text(self, request: Request, status: HTTPStatus, text: str) -> None:
        response = text_response(status, text, keep_alive=request.keep_alive)
        if request.method == "HEAD":
            response = response[: split_head(response)]
        self._transport.write(response)
        self._finish(keep_alive=request.keep_alive)

    def _refuse(self, bad: BadRequest) -> None:
        self._transport.write(text_response(bad.status, bad.text, keep_alive=False, headers=bad.headers))
        self._transport.close()

    def _finish(self, *, keep_alive: bool) -> None:
        if not keep_alive:
            self._transport.close()

    # ---- blobs ----------------------------------------------------------------------------------------

    async def _send_blob(self, blob: Blob, start: int, stop: int, *, head: bytes, keep_alive: bool) -> None:
        try:
            async with self._desk.turn(self._address):
                self._transport.write(head)
                await self._sending.send(blob, start, stop)
        except (OSError, TimeoutError) as error:
            _log.info("a download broke off: %s", error)
            self._transport.abort()
            return
        self._desk.traffic.downloads += 1
        self._desk.traffic.download_bytes += stop - start
        self._answered(keep_alive=keep_alive)

    def _answered(self, *, keep_alive: bool) -> None:
        """Go on with the next request, or close after the last."""
        self._answering = None
        self._since = self._loop.time()
        self._transport.resume_reading()
        if keep_alive:
            self._go_on()
        ours = self._transport.get_protocol() is self
        if not keep_alive or (ours and self._ended and self._answering is None):
            self._transport.close()

    # ---- becoming an upload, or a WebSocket -----------------------------------------------------------

    def _take_upload(self, request: Request) -> None:
        """Hand the connection over to whoever takes the bytes of this ticket; it ends with them."""
        desk = self._desk
        if request.session and desk.lobby.is_elsewhere(request.session):
            raise BadRequest(HTTPStatus.MISDIRECTED_REQUEST, ELSEWHERE)
        claimed = desk.lobby.claim(request.session or "", request.ticket, request.length)
        if claimed is None:
            text = desk.lobby.sentence(request.session or "", with_names=False)
            raise BadRequest(HTTPStatus.NOT_FOUND, text)
        upload, pool = claimed
        receiving = Receiving(self._transport, upload, pool=pool, on_lost=desk.receptions.discard)
        desk.receptions.discard(self)
        desk.receptions.add(receiving)
        first, self._pending = bytes(self._pending), bytearray()
        self._transport.set_protocol(receiving)
        receiving.start(request, first)

    def _upgrade(self, request: Request, head: bytes) -> None:
        protocol = ServerProtocol(
            subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=SIZE_OPERATION, logger=_handshakes
        )
        lobby = self._desk.lobby
        hosted = lobby.find(request.session) if request.session is not None else None
        missing = _missing(lobby, request, with_names=self._may_look(request)) if hosted is None else None
        terms = self._desk.terms
        challenge = new_challenge()
        peer = terms.peer(self._address, request.headers, challenge=challenge, fingerprint=self._fingerprint)
        protocol.receive_data(head)
        for event in protocol.events_received():
            if isinstance(event, WebSocketRequest):
                reason = _why_not(event, peer=peer, origins=terms.origins, missing=missing)
                response = protocol.reject(*reason) if reason else protocol.accept(event)
                response.headers[CHALLENGE_HEADER] = challenge
                protocol.send_response(response)
        for part in protocol.data_to_send():
            self._transport.write(part) if part else self._transport.close()
        if protocol.state is State.OPEN and hosted is not None:
            self._hand_over(hosted.room, peer)
        else:
            self._transport.close()

    def _hand_over(self, room: Room, peer: Peer) -> None:
        desk = self._desk
        # the handshake's own would keep the request, which is as much as everything else of a connection
        protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=SIZE_OPERATION, logger=_handshakes)
        desk.receptions.discard(self)
        connection = Connection(
            self._transport,
            WebSocket(protocol, limit=SIZE_BEFORE_LOGIN),
            room=room,
            buffer=desk.buffer,
            on_lost=desk.lost,
        )
        connection.peer, connection.limits = peer, desk.terms.limits
        connection.read_together = desk.inflows.take_over
        desk.joined(connection)
        self._transport.set_protocol(connection)
        rest, self._pending = bytes(self._pending), bytearray()
        if rest:
            connection.receive(rest)


def _missing(lobby: Lobby, request: Request, *, with_names: bool) -> tuple[HTTPStatus, str]:
    """Return what is said to who wants a session that is not here."""
    name = request.session if request.session is not None else request.path
    if lobby.is_elsewhere(name):
        return HTTPStatus.MISDIRECTED_REQUEST, ELSEWHERE + "\n"
    status = HTTPStatus.SERVICE_UNAVAILABLE if lobby.knows(name) else HTTPStatus.NOT_FOUND
    return status, lobby.sentence(name, with_names=with_names) + "\n"


def _why_not(
    request: WebSocketRequest,
    *,
    peer: Peer,
    origins: frozenset[str],
    missing: tuple[HTTPStatus, str] | None,
) -> tuple[HTTPStatus, str] | None:
    """Return status and sentence when a WebSocket is refused."""
    host, origin = _field(request, "host") or "", _field(request, "origin")
    own, lan = peer.entrance == "own", peer.entrance == "lan"
    if not origin_allowed(origin, host_header=host, own=own, open_to_all=lan, further=origins):
        return HTTPStatus.FORBIDDEN, f"Pages from {(origin or host)[:100]} may not join this session.\n"
    if missing:
        return missing
    offered = [word.strip() for word in (_field(request, "sec-websocket-protocol") or "").split(",")]
    if SUBPROTOCOL not in offered:
        came = ", ".join(filter(None, offered))[:100] or "none"
        text = f"This server speaks {SUBPROTOCOL}, you offer {came}; update the older one.\n"
        return HTTPStatus.BAD_REQUEST, text
    return None


def _field(request: WebSocketRequest, name: str) -> str | None:
    """Return a header, None for none; one that stands there twice is as one with commas."""
    found = request.headers.get_all(name)
    return ", ".join(found) if found else None
