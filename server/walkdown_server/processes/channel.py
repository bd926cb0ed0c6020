"""Messages between the processes of one server, and open sockets with them.

Over a UNIX stream socket: four bytes of length, then a MessagePack message. A socket that is passed travels
with the first byte of its message (``SCM_RIGHTS``), so that both keep their order.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.settings import ServerSettings
from walkdown_server.door.people import Held
from walkdown_server.orders import Order

READ_SIZE = 64 * 1024
SOCKETS_AT_ONCE = 64
_LENGTH = 4

Question = Literal["sessions", "metrics", "ready", "knows"]


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker, first: the settings, which process this is, from 1, and the port of the server."""

    settings: ServerSettings
    process: int
    port: int


class Names(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: all sessions of the server; the first is meant by who names none."""

    names: tuple[str, ...]


class Open(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: open a session; ``held`` are people who were in it in another process."""

    order: Order
    held: tuple[Held, ...] = ()
    id: int = 0


class Shut(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: shut a session and tell its people when to come back, with a sentence.

    The answer is who they are, as JSON, see :class:`~walkdown_server.door.people.Held`.
    """

    name: str
    text: str
    after_secs: float
    id: int = 0


class Take(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: a connection of which nothing has been read yet; its socket comes along.

    ``relayed_for`` is the address of whom another worker carries it on for, "" for none.
    """

    encrypted: bool
    relayed_for: str = ""


class Forward(msgspec.Struct, frozen=True, tag=True):
    """Worker → acceptor: an encrypted connection for another session is carried on through this socket."""

    session: str
    address: str


class Listen(msgspec.Struct, frozen=True, tag=True):
    """Worker → acceptor: take encrypted connections of the bound socket that comes along."""

    port: int


class Shared(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: where encrypted connections are taken beside the port of the server."""

    port: int


class Reload(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: show a certificate that has been renewed."""


class Tell(msgspec.Struct, frozen=True, tag=True):
    """A question to one process from the acceptor, or to all from a worker by way of the acceptor."""

    what: Question
    secret: str = ""
    id: int = 0

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Tell({self.what!r}, id={self.id})"


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Acceptor → worker: shut everything and end."""

    text: str


class Done(msgspec.Struct, frozen=True, tag=True):
    """The answer to a message with this id: what was asked for, or why not."""

    id: int
    fault: str = ""
    data: bytes = b""


Message = Begin | Names | Open | Shut | Take | Forward | Listen | Shared | Reload | Tell | Stop | Done
Asking = Open | Shut | Tell

_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decoder = msgspec.msgpack.Decoder(Message, dec_hook=lambda _kind, text: Path(text))


class Channel:
    """One end of a connection between two processes of a server.

    Args:
        end: of a stream socket pair. on_message: called with each message and the socket that came with it.
        on_lost: called once when the other process is gone.
    """

    def __init__(
        self,
        end: socket.socket,
        *,
        on_message: Callable[[Message, socket.socket | None], None],
        on_lost: Callable[[], None],
    ) -> None:
        end.setblocking(False)
        self._end, self._on_message, self._on_lost = end, on_message, on_lost
        self._loop = asyncio.get_running_loop()
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._waiting: deque[tuple[memoryview, socket.socket | None]] = deque()
        self._pending = bytearray()
        self._sockets: deque[socket.socket] = deque()
        self._open = True
        self._loop.add_reader(end, self._read)

    @property
    def waiting(self) -> int:
        """How many messages the other process has not taken yet."""
        return len(self._waiting)

    def send(self, message: Message, passed: socket.socket | None = None) -> None:
        """Send a message, and a socket with it, which is closed here then; nothing if the other is gone."""
        if not self._open:
            if passed is not None:
                passed.close()
            return
        body = _encode(message)
        self._waiting.append((memoryview(len(body).to_bytes(_LENGTH, "big") + body), passed))
        if len(self._waiting) == 1:
            self._write()

    async def ask(self, message: Asking, *, within_secs: float | None = None) -> bytes:
        """Send a message and return the answer to it.

        Raises:
            Missing: the other process says why not, does not answer in time, or is gone.
        """
        number = next(self._ids)
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._asked[number] = answer
        try:
            if not self._open:
                raise Missing(_("a process of the server has ended"))
            self.send(msgspec.structs.replace(message, id=number))
            async with asyncio.timeout(within_secs):
                return await answer
        except TimeoutError as error:
            raise Missing(_("a process of the server does not answer")) from error
        finally:
            self._asked.pop(number, None)

    def close(self) -> None:
        """Give up the connection, and the sockets that still wait."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._end)
        self._loop.remove_writer(self._end)
        self._end.close()
        for _data, passed in self._waiting:
            if passed is not None:
                passed.close()
        for passed in self._sockets:
            passed.close()
        self._waiting.clear()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Missing(_("a process of the server has ended")))

    # ---- out ------------------------------------------------------------------------------------------

    def _write(self) -> None:
        try:
            while self._waiting and self._open:
                self._write_one()
        except (BlockingIOError, InterruptedError):
            self._loop.add_writer(self._end, self._write)
            return
        except OSError:
            self._lose()
            return
        if self._open:
            self._loop.remove_writer(self._end)

    def _write_one(self) -> None:
        data, passed = self._waiting[0]
        if passed is not None:
            sent = socket.send_fds(self._end, [data], [passed.fileno()])
            passed.close()
        else:
            sent = self._end.send(data)
        if sent < len(data):
            self._waiting[0] = data[sent:], None
        else:
            self._waiting.popleft()

    # ---- in -------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data, sockets, _flags, _address = socket.recv_fds(self._end, READ_SIZE, SOCKETS_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, sockets = b"", []
        self._sockets.extend(map(_socket_of, sockets))
        if not data:
            self._lose()
            return
        self._pending += data
        while self._open and (message := self._next()) is not None:
            self._take(message)

    def _next(self) -> Message | None:
        if len(self._pending) < _LENGTH:
            return None
        end = _LENGTH + int.from_bytes(self._pending[:_LENGTH], "big")
        if len(self._pending) < end:
            return None
        message: Message = _decoder.decode(memoryview(self._pending)[_LENGTH:end].tobytes())
        del self._pending[:end]
        return message

    def _take(self, message: Message) -> None:
        if isinstance(message, Done):
            answer = self._asked.get(message.id)
            if answer is None or answer.done():
                return
            if message.fault:
                answer.set_exception(Missing(message.fault))
            else:
                answer.set_result(message.data)
            return
        passed = self._sockets.popleft() if isinstance(message, Take | Forward | Listen) else None
        self._on_message(message, passed)

    def _lose(self) -> None:
        if self._open:
            self.close()
            self._on_lost()


def _socket_of(number: int) -> socket.socket:
    passed = socket.socket(fileno=number)
    passed.set_inheritable(False)
    return passed
