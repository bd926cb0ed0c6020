"""The process that owns the port of several: looks at who comes, and passes them to their session's process.

Nothing of a connection is taken from the network here. Its first bytes are looked at (``MSG_PEEK``) until
they name a session; whoever takes too long to send them is hung up on, and never in anybody's way. While a
session moves or its process starts again, those who come for it wait here.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.listing import SessionLine, SessionList, server_name
from walkdown.settings import ServerSettings
from walkdown_server.access import REQUEST_WITHIN_SECS
from walkdown_server.door.people import Held
from walkdown_server.hosting import CARE_SECS
from walkdown_server.measures.metrics import merged
from walkdown_server.orders import Order, changes
from walkdown_server.port.front import is_encrypted
from walkdown_server.port.listener import BACKLOG, cannot_listen, raise_limit_of_files
from walkdown_server.processes.channel import Forward, Tell
from walkdown_server.processes.crew import Hand
from walkdown_server.processes.greeting import (
    GREETING_SIZE,
    NoGreeting,
    name_in_client_hello,
    session_in_head,
)

ACCEPTED_AT_ONCE = 64
GREETINGS_MAX = 4096
"""Of more connections that have not said what they want, the oldest are hung up on."""

REST_SECS = 1.0
WAITING_MAX = 1024
WAIT_SECS = 10.0
"""For so long people wait for a session that moves or starts again."""

BACK_AFTER_MOVE_SECS = 0.2
SETTLE_SECS = 120.0

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Guest:
    """A connection that has not been passed on.

    Attributes:
        encrypted: whether it has to speak TLS. since: when it came, or began to wait.
        seen: how many bytes were looked at. relayed_for: see ``channel.Take``.
    """

    socket: socket.socket
    encrypted: bool
    since: float
    seen: int = 0
    relayed_for: str = ""


class Acceptor:
    """A server of several processes.

    Args:
        settings: of the server. orders: its sessions; each has a name.

    Attributes:
        port: on which it listens. ended: set when it is to be stopped.
    """

    def __init__(self, settings: ServerSettings, orders: Sequence[Order]) -> None:
        self._settings, self._orders = settings, list(orders)
        self._loop = asyncio.get_running_loop()
        self._hands = [
            Hand(
                number,
                settings,
                on_change=self._pass_waiting,
                on_question=self._answer,
                on_listen=self._open_gate,
                on_forward=self._forward,
            )
            for number in range(1, settings.processes + 1)
        ]
        self._of_session: dict[str, Hand] = {}
        for order, hand in zip(orders, itertools.cycle(self._hands), strict=False):
            hand.plan(order)
            self._of_session[order.name] = hand
        self._listening: list[socket.socket] = []
        self._greeting: OrderedDict[Guest, None] = OrderedDict()
        self._waiting: dict[str, list[Guest]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()
        self._settled = asyncio.Event()
        self.ended = asyncio.Event()
        self.port = 0

    # ---- from start to end ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen, start the processes, and wait until each session is open or known not to be available.

        One that takes very long, or whose process dies again and again, is waited for no longer than
        :data:`SETTLE_SECS`; it may still come.

        Raises:
            SettingsError: the port is in use or the address is not ours.
            Missing: none of the sessions can be opened.
        """
        raise_limit_of_files()
        self._listening = await _listening(self._settings.host, self._settings.port)
        self.port = self._listening[0].getsockname()[1]
        self._name_all()
        for hand in self._hands:
            hand.port = self.port
        for hand in self._hands:
            self._spawn(hand.live())
        self._spawn(self._care())
        for listening in self._listening:
            self._take_from(listening, is_encrypted(self._settings))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECS):
                await self._settled.wait()
        faults = self.failed()
        if len(faults) == len(self._orders):
            raise Missing(next(iter(faults.values())))
        for name, fault in faults.items():
            _log.error("the session %r is not available: %s", name, fault)

    def _take_from(self, listening: socket.socket, encrypted: bool) -> None:
        self._loop.add_reader(listening, self._accept, listening, encrypted)

    def _open_gate(self, listening: socket.socket, port: int) -> None:
        """Take encrypted connections of a socket that a process has bound."""
        listening.listen(BACKLOG)
        listening.setblocking(False)
        self._listening.append(listening)
        self._take_from(listening, True)
        for hand in self._hands:
            hand.share(port)

    async def stop(self) -> None:
        """Take no more connections, have everyone told to come back, and end the processes; once."""
        listening, self._listening = self._listening, []
        for bound in listening:
            self._loop.remove_reader(bound)
            bound.close()
        for guest in tuple(self._greeting):
            self._hang_up(guest)
        for guest in itertools.chain.from_iterable(self._waiting.values()):
            guest.socket.close()
        await asyncio.gather(*(hand.stop("The server stops.") for hand in self._hands))
        for task in self._tasks:
            task.cancel()

    # ---- connections ----------------------------------------------------------------------------------

    def _accept(self, listening: socket.socket, encrypted: bool) -> None:
        for _turn in range(ACCEPTED_AT_ONCE):
            try:
                connection, _address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._rest(listening, encrypted, error)
                return
            connection.setblocking(False)
            guest = Guest(connection, encrypted, self._loop.time())
            self._greeting[guest] = None
            if len(self._greeting) > GREETINGS_MAX:
                self._hang_up(next(iter(self._greeting)))
            self._loop.add_reader(connection, self._look, guest)

    def _rest(self, listening: socket.socket, encrypted: bool, error: OSError) -> None:
        """Take no connections for a second, because there is no file or memory left for one."""
        _log.error("no connection can be taken: %s", error)
        self._loop.remove_reader(listening)
        self._loop.call_later(REST_SECS, self._take_again, listening, encrypted)

    def _take_again(self, listening: socket.socket, encrypted: bool) -> None:
        if listening.fileno() >= 0:
            self._take_from(listening, encrypted)

    def _look(self, guest: Guest) -> None:
        """Look at the first bytes of a connection, and pass it on when they say where it belongs."""
        try:
            data = guest.socket.recv(GREETING_SIZE, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if len(data) <= guest.seen:  # nothing more will come
            self._hang_up(guest)
            return
        try:
            session = self._session_in(guest, data)
        except NoGreeting as error:
            _log.info("a connection was dropped: %s", error)
            self._hang_up(guest)
            return
        if session is None and len(data) < GREETING_SIZE:
            guest.seen = len(data)
            guest.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, guest.seen + 1)
        else:
            self._lead(guest, session or "")

    def _session_in(self, guest: Guest, data: bytes) -> str | None:
        if not guest.encrypted:
            return session_in_head(data)
        name = name_in_client_hello(data)
        return None if name is None else self._named_in_tls.get(name, "")

    def _lead(self, guest: Guest, session: str) -> None:
        """Have no more to do with a connection whose session is known."""
        self._loop.remove_reader(guest.socket)
        del self._greeting[guest]
        guest.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self._pass(guest, session)

    def _forward(self, connection: socket.socket, message: Forward) -> None:
        """Pass on what another process carries on to a session that it does not have."""
        guest = Guest(connection, False, self._loop.time(), relayed_for=message.address)
        self._pass(guest, message.session)

    def _pass(self, guest: Guest, session: str) -> None:
        """Pass a connection to the process of its session, or have it wait for that."""
        name = session if session in self._of_session else self._orders[0].name
        hand = self._of_session[name]
        if hand.answers_for(name):
            hand.take(guest.socket, encrypted=guest.encrypted, relayed_for=guest.relayed_for)
            return
        waiting = self._waiting.setdefault(name, [])
        if len(waiting) < WAITING_MAX:
            guest.since = self._loop.time()
            waiting.append(guest)
        else:
            guest.socket.close()

    def _pass_waiting(self) -> None:
        """Pass on those who wait for a session that can be joined now."""
        if all(hand.settled for hand in self._hands):
            self._settled.set()
        for name, guests in tuple(self._waiting.items()):
            hand = self._of_session.get(name)
            if hand is None or hand.answers_for(name):
                del self._waiting[name]
                for guest in guests:
                    if hand is None:
                        guest.socket.close()
                    else:
                        hand.take(guest.socket, encrypted=guest.encrypted, relayed_for=guest.relayed_for)

    def _hang_up(self, guest: Guest) -> None:
        self._greeting.pop(guest, None)
        self._loop.remove_reader(guest.socket)
        guest.socket.close()

    async def _care(self) -> None:
        """Hang up on those who take too long to say what they want, or have waited too long."""
        while True:
            await asyncio.sleep(CARE_SECS)
            self.look_after(self._loop.time())

    def look_after(self, now: float) -> None:
        """Hang up on those who take too long; called once a second."""
        for guest in tuple(self._greeting):
            if now - guest.since <= REQUEST_WITHIN_SECS:
                break
            self._hang_up(guest)
        for guests in self._waiting.values():
            for guest in [guest for guest in guests if now - guest.since > WAIT_SECS]:
                guests.remove(guest)
                guest.socket.close()

    # ---- sessions -------------------------------------------------------------------------------------

    async def move(self, name: str, process: int) -> str:
        """Move a session to another process; returns a sentence about it.

        Raises:
            Missing: there is no such session or process, or it could not be opened there.
        """
        hand = self._of_session.get(name)
        if hand is None:
            raise Missing(_("There is no session {name!r} on this server.").format(name=name))
        if not 1 <= process <= len(self._hands):
            text = _("There is no process {number}; this server has 1 to {count}.")
            raise Missing(text.format(number=process, count=len(self._hands)))
        if hand.number == process:
            return _("The session {name!r} is in process {number} already.").format(name=name, number=process)
        async with self._changing:
            await self._move(name, hand, self._hands[process - 1])
        return _("The session {name!r} is in process {number} now.").format(name=name, number=process)

    async def _move(self, name: str, old: Hand, new: Hand) -> None:
        order = old.order_of(name)
        if order is None:
            raise Missing(_("There is no session {name!r} on this server.").format(name=name))
        held: tuple[Held, ...] = ()
        with contextlib.suppress(Missing):  # it has ended, and the session with it
            held = await old.shut(name, "The session moves.", after_secs=BACK_AFTER_MOVE_SECS)
        self._of_session[name] = new
        try:
            await new.open(order, held)
        except Missing:
            self._of_session[name] = old
            with contextlib.suppress(Missing):
                await new.shut(name, "", after_secs=BACK_AFTER_MOVE_SECS)
            await old.open(order, held)
            raise

    def failed(self) -> dict[str, str]:
        """Return the sessions that are not available, with why not."""
        return {name: fault for hand in self._hands for name, fault in hand.failed().items()}

    def reload(self) -> None:
        """Show a certificate that has been renewed."""
        for hand in self._hands:
            hand.reload()

    def change(self, orders: Sequence[Order]) -> None:
        """Shut the sessions that are named no more, and open what is new, changed or was not available."""
        self._spawn(self._change(orders))

    async def _change(self, orders: Sequence[Order]) -> None:
        async with self._changing:
            gone, new = changes(self._orders, orders, failed=self.failed())
            self._orders = list(orders)
            for order in gone:
                hand = self._of_session.pop(order.name)
                with contextlib.suppress(Missing):
                    text = "The session is shut, or comes back changed."
                    await hand.shut(order.name, text, after_secs=BACK_AFTER_MOVE_SECS)
            for order in new:
                emptiest = min(self._hands, key=lambda hand: len(hand.names))
                hand = self._of_session.setdefault(order.name, emptiest)
                hand.plan(order)
            self._name_all()
            for order in new:
                try:
                    await self._of_session[order.name].open(order)
                except Missing as error:
                    _log.error("the session %r is not available: %s", order.name, error)
            self._pass_waiting()

    def _name_all(self) -> None:
        names = tuple(order.name for order in self._orders)
        self._named_in_tls = {server_name(name): name for name in names}
        for hand in self._hands:
            hand.name_all(names)

    # ---- what is told of all --------------------------------------------------------------------------

    async def lines(self) -> tuple[SessionLine, ...]:
        """Return the list of sessions of all processes."""
        parts = await asyncio.gather(*(hand.lines() for hand in self._hands))
        found = {line.name: line for line in itertools.chain.from_iterable(parts)}
        return tuple(
            found.get(order.name, SessionLine(order.name, "moving", "The session moves; try again."))
            for order in self._orders
        )

    def _answer(self, hand: Hand, question: Tell) -> None:
        self._spawn(self._gather(hand, question))

    async def _gather(self, hand: Hand, question: Tell) -> None:
        if question.what == "ready":
            settled = all(one.settled for one in self._hands)
            hand.answer(question, b"1" if settled else b"0")
        elif question.what == "knows":
            known = await asyncio.gather(*(one.knows(question.secret) for one in self._hands))
            hand.answer(question, b"1" if any(known) else b"0")
        elif question.what == "metrics":
            pages = await asyncio.gather(*(one.metrics() for one in self._hands))
            hand.answer(question, merged(pages))
        else:
            hand.answer(question, msgspec.json.encode(SessionList(await self.lines())))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def running_acceptor(settings: ServerSettings, orders: Sequence[Order]) -> AsyncIterator[Acceptor]:
    """Run a server of several processes as long as the block lasts.

    Raises:
        SettingsError: the port is in use. Missing: none of the sessions can be opened.
    """
    acceptor = Acceptor(settings, orders)
    try:
        await acceptor.start()
        yield acceptor
    finally:
        await acceptor.stop()


async def _listening(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on every address of a host.

    Raises:
        SettingsError: the port is in use or the address is not ours.
    """
    loop = asyncio.get_running_loop()
    made: list[socket.socket] = []
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, place in dict.fromkeys((entry[0], entry[4]) for entry in found):
            made.append(socket.create_server(place[:2], family=family, backlog=BACKLOG))
            made[-1].setblocking(False)
    except OSError as error:
        for listening in made:
            listening.close()
        raise cannot_listen(error, host, port) from error
    return made
