"""One client: hello first, then one reader and one writer.

The reader is :meth:`Connection.buffer_updated`, called by the event loop with bytes in a buffer that all
connections share; the writer is the room's tick. Whatever is wrong with what came is said in a refusal,
and the connection is closed; nobody else notices.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import get_args

import msgspec

from walkdown.codec import (
    FRAME_VERSION,
    HANDS,
    POSE,
    Section,
    unpack_client_frame,
)
from walkdown.errors import ProtocolError
from walkdown.messages import (
    SIZE_BEFORE_LOGIN,
    SIZE_OPERATION,
    ClientMessage,
    Hello,
    Refusal,
    decode_client,
    encode,
)
from walkdown_server.access import (
    CONTROLS_BURST,
    CONTROLS_PER_SEC,
    DEAD_AFTER_SECS,
    FRAMES_BURST,
    FRAMES_PER_SEC,
    HELLO_WITHIN_SECS,
    PING_AFTER_SECS,
    TokenBucket,
    check_strict,
    size_limit,
)
from walkdown_server.door.limits import TRIES_MAX, TRIES_SECS, Limits
from walkdown_server.door.rules import Peer
from walkdown_server.logs import about
from walkdown_server.parties import Member
from walkdown_server.room import Room
from walkdown_server.websocket import (
    CLOSE_GOING_AWAY,
    CLOSE_POLICY,
    WebSocket,
    encode_binary,
)

NOTSENT_LOWAT = 16 * 1024
"""More than this the kernel does not hide from us: a slow client is then seen as slow."""

CLOSE_WITHIN_SECS = 2.0

SLOW_FRAMES_PER_SEC = 1000
"""Nobody needs so many pings, fragments and messages of more than 125 bytes."""

WAITING_MAX_BYTES = 1024 * 1024
"""Who lets more wait, for instance by asking and not listening, is hung up on."""

_FRAME = bytes((FRAME_VERSION,))
_RECORD_SIZES = {int(Section.POSES): POSE.itemsize, int(Section.HANDS): HANDS.itemsize}

_KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(ClientMessage))


ReadTogether = Callable[["Connection", asyncio.Transport], Callable[[], None] | None]


class _AnyMessage(msgspec.Struct, frozen=True):
    t: str


_log = logging.getLogger(__name__)


class Connection(asyncio.BufferedProtocol):
    """The server's side of one client; a ``Line`` of the room.

    Args:
        transport: of the open socket. websocket: after the handshake.
        room: the session. buffer: shared by all connections.
        on_lost: called once, when the connection is gone.

    Attributes:
        peer: where it comes from, and limits: of addresses; set before the first byte is received.
        read_together: asked, once somebody is let in, to read the connection; returns what ends that.
    """

    __slots__ = (
        "_buffer",
        "_controls",
        "_end_reading",
        "_frame_count",
        "_frames",
        "_heard",
        "_loop",
        "_member",
        "_on_lost",
        "_pinged",
        "_refused",
        "_room",
        "_send",
        "_since",
        "_transport",
        "_voice_count",
        "_voices",
        "_websocket",
        "limits",
        "peer",
        "read_together",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        websocket: WebSocket,
        *,
        room: Room,
        buffer: memoryview,
        on_lost: Callable[[Connection], None],
    ) -> None:
        self._transport, self._websocket, self._room = transport, websocket, room
        self._buffer, self._on_lost = buffer, on_lost
        self._loop = asyncio.get_running_loop()
        self._member: Member | None = None
        self._refused = False
        self._since = self._heard = self._loop.time()
        self._pinged = False
        self._frame_count = self._voice_count = 0
        self._voices = TokenBucket(per_sec=FRAMES_PER_SEC, burst=FRAMES_BURST)
        self._frames = TokenBucket(per_sec=FRAMES_PER_SEC, burst=FRAMES_BURST)
        self._controls = TokenBucket(per_sec=CONTROLS_PER_SEC, burst=CONTROLS_BURST)
        self.peer, self.limits = Peer(), Limits()
        self.read_together: ReadTogether = _by_loop
        self._end_reading = _nothing
        self._send: Callable[[bytes], int] = _sender(transport)
        websocket.limit, websocket.slow_limit = SIZE_BEFORE_LOGIN, SLOW_FRAMES_PER_SEC
        _tune(transport)

    @property
    def room(self) -> Room:
        """The session that it is connected to."""
        return self._room

    @property
    def local_port(self) -> int:
        """The TCP port by which it came, 0 where another process has passed on what it sends."""
        name = self._transport.get_extra_info("sockname")
        return int(name[1]) if isinstance(name, tuple) else 0

    # ---- what the event loop calls --------------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that came."""
        self.receive(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool:
        """Close when the client has sent its last byte."""
        self._websocket.receive_end()
        self._flush()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the room; who said goodbye is gone, who was torn away may come back."""
        self._end_reading()
        self._on_lost(self)
        self._leave()

    # ---- what reads many connections together ---------------------------------------------------------

    @property
    def member(self) -> Member | None:
        """Who it is, None before the hello and after the farewell."""
        return self._member

    def expects_frame(self, now_secs: float) -> bool:
        """Take note of a frame that came whole, if nothing stands before it."""
        if self._member is None or not self._websocket.is_between_frames():
            return False
        self._heard, self._pinged = now_secs, False
        self._frame_count += 1
        return True

    def take_frame(self, message: bytes) -> None:
        """Take a frame that was noted."""
        try:
            if self._member is not None:
                self._take_frame(self._member, message)
        except ProtocolError as error:
            self.refuse(Refusal("message", str(error)))

    def take_tick(self, last_tick: int) -> None:
        """Take a frame that was noted and only names a tick."""
        if self._member is not None:
            self._room.acknowledge(self._member, last_tick)

    def read_by_loop(self) -> None:
        """Let the event loop read again."""
        self._transport.resume_reading()

    # ---- in -------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take bytes from the client and do what they say."""
        self._heard, self._pinged = self._loop.time(), False
        try:
            for message in self._websocket.receive(data):
                if self._refused:
                    break
                self._take(message)
        except ProtocolError as error:
            self.refuse(Refusal("message", str(error)))
        self._flush()
        if not self._websocket.open:
            self._leave()

    def _take(self, message: bytes) -> None:
        if self._member is None:
            self._take_hello(message)
        elif message[:1] == _FRAME:
            self._frame_count += 1
            self._take_frame(self._member, message)
        else:
            self._take_control(self._member, message)

    def _take_hello(self, message: bytes) -> None:
        hello = _decode(message) if message and message[0] != FRAME_VERSION else None
        if not isinstance(hello, Hello):
            what = "something else" if hello is None else str(hello.__struct_config__.tag)
            self.refuse(Refusal("hello", "The first message has to be a hello.", "hello", what))
            return
        wait_secs = self.limits.login_wait_secs(self.peer.address, self._loop.time())
        if wait_secs and self.peer.entrance != "own":  # by a proxy, strangers have this address too
            text = f"Too many logins failed from your address: wait {math.ceil(wait_secs)} s, then try again."
            self.refuse(Refusal("rate", text, f"{TRIES_MAX} in {TRIES_SECS:.0f} s", f"{TRIES_MAX + 1}"))
            return
        answer = self._room.enter(hello, self, peer=self.peer)
        if isinstance(answer, Refusal):
            if answer.code in ("login", "kicked"):
                self.limits.note_bad_login(self.peer.address, self._loop.time())
            self.refuse(answer)
        else:
            self._member, self._websocket.limit = answer, SIZE_OPERATION
            self._end_reading = self.read_together(self, self._transport) or _nothing
            _log.info("joined", extra=self._about(role=answer.identity.role))

    def _take_frame(self, member: Member, message: bytes) -> None:
        _check_size(message)
        last_tick, sections = unpack_client_frame(message)
        self._room.acknowledge(member, last_tick)
        placed = False
        for kind, payload in sections:
            if kind == Section.VOICE:
                self._voice_count += 1
                self._room.hear(member, bytes(payload))
            size = _RECORD_SIZES.get(kind)
            if size is None:
                continue
            if len(payload) != size or placed:
                raise ProtocolError(f"a client sends one pose of {size} bytes, {len(payload)} bytes came")
            self._room.place(member, bytes(payload))
            placed = True

    def _take_control(self, member: Member, message: bytes) -> None:
        if not message:
            raise ProtocolError("an empty message came, expected a frame or a control message")
        _check_size(message)
        if not self._controls.take(self._loop.time()):
            text = f"At most {CONTROLS_PER_SEC:.0f} control messages a second are taken."
            self.refuse(Refusal("rate", text))
            return
        decoded = _decode(message)
        refusal = self._room.receive(member, decoded) if decoded else None
        if refusal is not None:
            self.refuse(refusal)

    # ---- out ------------------------------------------------------------------------------------------

    def offer(self, data: bytes) -> bool:
        """Write a whole WebSocket frame if the network has taken all before it; tells whether it was."""
        if self._transport.get_write_buffer_size():
            return False
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._transport.abort()
            return True
        if sent < len(data):
            self._transport.write(memoryview(data)[sent:])
        return True

    def send(self, data: bytes) -> None:
        """Write a whole WebSocket frame, whatever waits."""
        if self._websocket.open:
            self._write(data)

    def waiting(self) -> int:
        """Return how many bytes the network has not taken yet."""
        return self._transport.get_write_buffer_size()

    def refuse(self, refusal: Refusal) -> None:
        """Say why, and close."""
        if not self._refused:
            self._refused = True
            counts = self._room.tally.refusals if self._member is None else self._room.tally.cuts
            counts[refusal.code] += 1
            _log.info("refused", extra=self._about(code=refusal.code, text=refusal.text))
            self._transport.write(encode_binary(encode(refusal)))
            self.close(CLOSE_POLICY, refusal.code)

    def close(self, code: int = CLOSE_GOING_AWAY, reason: str = "") -> None:
        """Take leave; if the client does not answer, hang up."""
        self._leave()
        self._websocket.close(code, reason)
        self._flush()
        self._loop.call_later(CLOSE_WITHIN_SECS, self._transport.abort)

    def hang_up(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _flush(self) -> None:
        data, ended = self._websocket.outgoing()
        if data:
            self._write(data)
        if ended:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        self._transport.write(data)
        if self.waiting() > WAITING_MAX_BYTES:
            self._room.tally.cuts["deaf"] += 1
            _log.info("asks and does not listen", extra=self._about())
            self._transport.abort()

    def _leave(self) -> None:
        member, self._member = self._member, None
        if member is not None:
            for_good = self._websocket.closed_normally
            _log.info("left" if for_good else "lost", extra=self._about(member))
            self._room.leave(member, for_good=for_good)

    def _about(self, member: Member | None = None, **more: str) -> dict[str, str | float]:
        """Return what the log says of an event besides its name."""
        known = member or self._member
        name, address = self._room.contents.name, self.peer.address
        if known is None:
            return about(session=name, address=address) | more
        identity = known.identity
        return about(session=name, person=identity.person, who=identity.author.name, address=address) | more

    # ---- once a second --------------------------------------------------------------------------------

    def look_after(self, now: float) -> None:
        """Check that the client says hello, is alive and does not send too much."""
        frames, self._frame_count = self._frame_count, 0
        voices, self._voice_count = self._voice_count, 0
        self._websocket.slow = 0
        if self._refused:
            return
        if self._member is None:
            if now - self._since > HELLO_WITHIN_SECS:
                text = f"No hello came within {HELLO_WITHIN_SECS:.0f} s."
                self.refuse(Refusal("hello", text, "hello", "nothing"))
        elif not self._voices.take(now, count=voices):
            text = f"At most {FRAMES_PER_SEC:.0f} pieces of voice a second are taken, {voices} came."
            self.refuse(Refusal("rate", text, f"{FRAMES_PER_SEC:.0f}", f"{voices}"))
        elif not self._frames.take(now, count=frames):
            text = f"At most {FRAMES_PER_SEC:.0f} frames a second are taken, {frames} came."
            self.refuse(Refusal("rate", text, f"{FRAMES_PER_SEC:.0f}", f"{frames}"))
        elif now - self._heard > DEAD_AFTER_SECS:
            self._room.tally.cuts["silent"] += 1
            _log.info("nothing came for %.0f s", DEAD_AFTER_SECS, extra=self._about())
            self._transport.abort()
        elif now - self._heard >= PING_AFTER_SECS and not self._pinged:
            self._pinged = True
            self._websocket.ping()
            self._flush()


def _sender(transport: asyncio.Transport) -> Callable[[bytes], int]:
    """Return what writes at once when nothing waits, for half of what the transport needs to do the same."""
    sock = transport.get_extra_info("socket")
    if sys.platform == "win32" or sock is None or transport.get_extra_info("sslcontext") is not None:
        return partial(_written_by, transport)
    return partial(os.write, sock.fileno())


def _written_by(transport: asyncio.Transport, data: bytes) -> int:
    transport.write(data)
    return len(data)


def _by_loop(_connection: Connection, _transport: asyncio.Transport) -> None:
    """Leave the reading to the event loop."""


def _nothing() -> None:
    """Have nothing to end."""


def _decode(message: bytes) -> ClientMessage | None:
    """Return a checked control message, None for one of a kind that is not known here.

    Raises:
        ProtocolError: it is not as described.
    """
    check_strict(message)
    try:
        decoded: ClientMessage = decode_client.decode(message)
    except (msgspec.MsgspecError, RecursionError) as error:
        if _kind_of(message) not in (None, *_KINDS):
            return None
        raise ProtocolError(f"a message cannot be understood: {error}") from error
    return decoded


def _kind_of(message: bytes) -> str | None:
    try:
        return msgspec.msgpack.decode(message, type=_AnyMessage).t
    except msgspec.MsgspecError:
        return None


def _check_size(message: bytes) -> None:
    limit = size_limit(message[0])
    if len(message) > limit:
        raise ProtocolError(f"a message of this kind has at most {limit} bytes, {len(message)} came")


def _tune(transport: asyncio.Transport) -> None:
    """Send small frames at once, and let the kernel hold little that is not on the wire yet."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None:
        sock.setsockopt(socket.IPPROTO_TCP, option, NOTSENT_LOWAT)
