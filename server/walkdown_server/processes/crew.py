"""The processes behind one port: started, given their sessions, started again when they die, and stopped.

A process that dies takes nobody else with it. It is started again with the sessions that it had, soon at
first and then less and less often, and its people resume.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable

import msgspec

from walkdown.errors import Missing
from walkdown.listing import SessionLine, SessionList
from walkdown.settings import ServerSettings
from walkdown_server.door.people import Held
from walkdown_server.orders import Order
from walkdown_server.processes.channel import (
    Begin,
    Channel,
    Done,
    Forward,
    Listen,
    Message,
    Names,
    Open,
    Reload,
    Shared,
    Shut,
    Stop,
    Take,
    Tell,
)

FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS = 0.2, 10.0
LIVED_SECS = 10.0
"""A process that lived so long is started again soon."""

STOP_SECS = 4.0
ANSWER_SECS = 2.0
WAITING_MAX = 1000
"""Connections that a process has not taken yet; more are turned away."""

_log = logging.getLogger(__name__)


class Hand:
    """One worker process and the sessions that it shall have.

    Args:
        number: from 1. settings: of the server.
        on_change: called when sessions can be joined here, or not any more.
        on_question: called with what the process wants to know of all; answers through :meth:`answer`.
        on_listen: called with a bound socket of which encrypted connections are to be taken too.
        on_forward: called with a connection that is for a session of another process.

    Attributes:
        port: of the server. share_port: of encrypted connections beside that, 0 while there is none.
    """

    def __init__(
        self,
        number: int,
        settings: ServerSettings,
        *,
        on_change: Callable[[], None],
        on_question: Callable[[Hand, Tell], None],
        on_listen: Callable[[socket.socket, int], None],
        on_forward: Callable[[socket.socket, Forward], None],
    ) -> None:
        self.number, self._settings = number, settings
        self._on_change, self._on_question, self._on_listen = on_change, on_question, on_listen
        self._on_forward = on_forward
        self.port = self.share_port = 0
        self._orders: dict[str, Order] = {}
        self._told: dict[str, str] = {}
        self._names: tuple[str, ...] = ()
        self._channel: Channel | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def names(self) -> tuple[str, ...]:
        """The sessions that it shall have."""
        return tuple(self._orders)

    @property
    def settled(self) -> bool:
        """Whether each of its sessions is open, or known not to be available."""
        return self._channel is not None and set(self._told) >= set(self._orders)

    def answers_for(self, name: str) -> bool:
        """Tell whether someone who wants this session can be sent here now."""
        return self._channel is not None and name in self._told

    # ---- the process ----------------------------------------------------------------------------------

    async def live(self) -> None:
        """Keep a process running until cancelled or stopped."""
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_SECS
        while not self._stopping:
            since = loop.time()
            ended = await self._live_once()
            if self._stopping:
                return
            pause = FIRST_PAUSE_SECS if loop.time() - since > LIVED_SECS else pause
            _log.error("process %d %s; it starts again in %.1f s", self.number, ended, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECS)

    async def _live_once(self) -> str:
        """Start a process, and return what became of it."""
        try:
            process = await self._start()
        except OSError as error:
            return f"does not start: {error}"
        code = await process.wait()
        self._lose()
        return f"ended with code {code}"

    async def _start(self) -> asyncio.subprocess.Process:
        ours, theirs = socket.socketpair()
        command = (
            sys.executable,
            "-m",
            "walkdown_server.processes.worker",
            str(theirs.fileno()),
            self._settings.loop,
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *command, pass_fds=(theirs.fileno(),), start_new_session=True
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._process = process
        self._channel = Channel(ours, on_message=self._hear, on_lost=self._lose)
        self._channel.send(Begin(self._settings, self.number, self.port))
        self._channel.send(Names(self._names))
        self.share(self.share_port)
        self._on_change()
        self._opening = asyncio.create_task(self._open_all(tuple(self._orders.values())))
        return process

    async def _open_all(self, orders: tuple[Order, ...]) -> None:
        for order in orders:
            if order.name in self._orders:
                with contextlib.suppress(Missing):
                    await self.open(order)

    def _lose(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        self._told.clear()
        self._on_change()

    async def stop(self, text: str) -> None:
        """Have it tell everyone to come back, and end it."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        if self._channel is not None:
            self._channel.send(Stop(text))
        try:
            async with asyncio.timeout(STOP_SECS):
                await process.wait()
        except TimeoutError:
            _log.error("process %d does not end; it is killed", self.number)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    # ---- its sessions ---------------------------------------------------------------------------------

    def name_all(self, names: tuple[str, ...]) -> None:
        """Say which sessions the server has, the first first."""
        self._names = names
        if self._channel is not None:
            self._channel.send(Names(names))

    def plan(self, order: Order) -> None:
        """Have it open a session when it starts."""
        self._orders[order.name] = order

    async def open(self, order: Order, held: tuple[Held, ...] = ()) -> None:
        """Have it open a session, also whenever it starts again; ``held`` may come back as who they were.

        Raises:
            Missing: it cannot; says why.
        """
        self._orders[order.name] = order
        self._told.pop(order.name, None)
        try:
            await self._line().ask(Open(order, held))
        except Missing as error:
            if self._channel is not None:
                self._told[order.name] = str(error)
                self._on_change()
            raise
        self._told[order.name] = ""
        self._on_change()

    async def shut(self, name: str, text: str, *, after_secs: float) -> tuple[Held, ...]:
        """Have it shut a session, and return who was there; what was acknowledged is on disk then.

        Raises:
            Missing: it has ended meanwhile.
        """
        self._orders.pop(name, None)
        self._told.pop(name, None)
        data = await self._line().ask(Shut(name, text, after_secs))
        return msgspec.json.decode(data, type=tuple[Held, ...])

    def order_of(self, name: str) -> Order | None:
        """Return the order of a session that it shall have."""
        return self._orders.get(name)

    def failed(self) -> dict[str, str]:
        """Return those of its sessions that are not available, with why not."""
        return {name: fault for name, fault in self._told.items() if fault}

    # ---- connections and questions --------------------------------------------------------------------

    def take(self, connection: socket.socket, *, encrypted: bool, relayed_for: str = "") -> None:
        """Pass a connection on; when it cannot take more, hang up."""
        if self._channel is None or self._channel.waiting > WAITING_MAX:
            connection.close()
        else:
            self._channel.send(Take(encrypted, relayed_for), connection)

    async def lines(self) -> tuple[SessionLine, ...]:
        """Return its part of the list of sessions."""
        try:
            data = await self._line().ask(Tell("sessions"), within_secs=ANSWER_SECS)
            return msgspec.json.decode(data, type=SessionList).sessions
        except Missing:
            text = f"Process {self.number} of the server is being started."
            return tuple(SessionLine(name, "starting", text, process=self.number) for name in self._orders)

    async def knows(self, secret: str) -> bool:
        """Tell whether a secret lets one into one of its sessions; while it cannot be asked, it does not."""
        try:
            return await self._line().ask(Tell("knows", secret), within_secs=ANSWER_SECS) == b"1"
        except Missing:
            return False

    async def metrics(self) -> bytes:
        """Return its page of what is measured, empty while it cannot be asked."""
        try:
            return await self._line().ask(Tell("metrics"), within_secs=ANSWER_SECS)
        except Missing:
            return b""

    def answer(self, question: Tell, data: bytes) -> None:
        """Answer what the process wanted to know."""
        if self._channel is not None:
            self._channel.send(Done(question.id, "", data))

    def _line(self) -> Channel:
        if self._channel is None:
            raise Missing(f"process {self.number} of the server is being started")
        return self._channel

    def reload(self) -> None:
        """Have it show a certificate that has been renewed."""
        if self._channel is not None:
            self._channel.send(Reload())

    def share(self, port: int) -> None:
        """Say where encrypted connections are taken beside the port of the server."""
        self.share_port = port
        if self._channel is not None and port:
            self._channel.send(Shared(port))

    def _hear(self, message: Message, passed: socket.socket | None) -> None:
        if isinstance(message, Tell):
            self._on_question(self, message)
        elif isinstance(message, Listen) and passed is not None:
            self._on_listen(passed, message.port)
        elif isinstance(message, Forward) and passed is not None:
            self._on_forward(passed, message)
