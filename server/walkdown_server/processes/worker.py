"""One of several processes behind one port: runs the sessions that the acceptor gives it.

Started by the acceptor, with a channel to it as an inherited socket. It listens on nothing: connections come
over the channel. When the acceptor is gone, or says so, everybody is told to come back and it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from typing import Any

import msgspec

from walkdown.errors import WalkdownError
from walkdown.i18n import _, use_language
from walkdown.listing import SessionLine, SessionList
from walkdown.settings import Loop
from walkdown_server.hosting import CARE_SECS, Hosted
from walkdown_server.lobby import Lobby
from walkdown_server.logs import begin_log, is_debugging
from walkdown_server.measures.metrics import Metrics
from walkdown_server.orders import plan_of
from walkdown_server.packages import OpenPackages
from walkdown_server.port.front import Front
from walkdown_server.port.listener import Listener
from walkdown_server.port.media import EVERYWHERE, MediaPorts, hosts_of
from walkdown_server.processes.channel import (
    Asking,
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
from walkdown_server.sources.loop import run

GATHER_SECS = 5.0

_log = logging.getLogger(__name__)


class Worker:
    """The sessions of this process.

    Args:
        end: of the channel to the acceptor.
    """

    def __init__(self, end: socket.socket) -> None:
        self._ended = asyncio.Event()
        self._text = "The server stops."
        self._channel = Channel(end, on_message=self._take, on_lost=self._ended.set)
        self._lobby = Lobby(on_open=self._welcome, on_shut=self._shut)
        self._opened = OpenPackages()
        self._tasks: set[asyncio.Task[None]] = set()
        self._names: tuple[str, ...] = ()
        self._begin: Begin
        self._listener: Listener
        self._front: Front

    async def run(self) -> None:
        """Serve until told to stop."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._ended.set)
        care = asyncio.create_task(self._care())
        await self._ended.wait()
        care.cancel()
        for task in self._tasks:
            task.cancel()
        await self._lobby.shut_all(self._text)
        if hasattr(self, "_listener"):
            await self._listener.close()
            self._front.close()
        self._channel.close()

    # ---- what is told of all sessions -----------------------------------------------------------------

    async def lines(self) -> tuple[SessionLine, ...]:
        """Return the list of sessions of the whole server."""
        data = await self._channel.ask(Tell("sessions"), within_secs=GATHER_SECS)
        return msgspec.json.decode(data, type=SessionList).sessions

    async def knows(self, secret: str) -> bool:
        """Tell whether a secret lets one into a session of any process."""
        return await self._channel.ask(Tell("knows", secret), within_secs=GATHER_SECS) == b"1"

    async def ready(self) -> bool:
        """Tell whether every process is there and has opened its sessions."""
        return await self._channel.ask(Tell("ready"), within_secs=GATHER_SECS) == b"1"

    async def metrics(self) -> bytes:
        """Return the page of all that is measured in all processes."""
        return await self._channel.ask(Tell("metrics"), within_secs=GATHER_SECS)

    # ---- what the acceptor says -----------------------------------------------------------------------

    def _take(self, message: Message, passed: socket.socket | None) -> None:
        if isinstance(message, Take) and passed is not None:
            self._spawn(
                self._listener.adopt(passed, encrypted=message.encrypted, relayed_for=message.relayed_for)
            )
        elif isinstance(message, Begin):
            self._start(message)
        elif isinstance(message, Shared):
            self._front.gate.port = message.port
            self._spawn(self._listener.media.open(message.port, EVERYWHERE))
        elif isinstance(message, Reload):
            self._front.reload()
        elif isinstance(message, Names):
            self._names = message.names
            self._note_elsewhere()
        elif isinstance(message, Stop):
            self._text = message.text
            self._ended.set()
        elif isinstance(message, Asking):
            self._spawn(self._answer(message))

    def _start(self, begin: Begin) -> None:
        self._begin = begin
        begin_log(begin.settings.log, debug=is_debugging(begin.settings))
        self._front = Front(begin.settings, find=self._lobby.find, listen=self._have_listened)
        self._front.listening(begin.port, self._lobby)
        settings = begin.settings
        media = MediaPorts(
            wanted=settings.media_port, process=begin.process - 1, off=settings.media == "websocket"
        )
        self._listener = Listener(
            self._lobby, host=settings.host, overview=self, terms=self._front.terms, media=media
        )
        self._spawn(media.open(begin.port, hosts_of(settings.host)))
        self._listener.pass_on = self._pass_on
        self._listener.metrics_open = begin.settings.metrics_open
        self._metrics = Metrics(self._lobby, self._listener.traffic, process=begin.process)

    def _pass_on(self, session: str, address: str) -> socket.socket:
        """Return a socket whose other end the process of this session will have."""
        ours, theirs = socket.socketpair()
        self._channel.send(Forward(session, address), theirs)
        return ours

    def _have_listened(self, sockets: list[socket.socket]) -> None:
        """Have the acceptor take encrypted connections of sockets that were bound here."""
        self._spawn(self._listener.media.open_beside(sockets))
        for bound in sockets:
            self._channel.send(Listen(bound.getsockname()[1]), bound.dup())
            asyncio.get_running_loop().call_soon(bound.close)

    def _welcome(self, hosted: Hosted) -> None:
        self._front.welcome(hosted)
        hosted.room.voice_desk.media = self._listener.media.door(hosted.room)

    def _shut(self, hosted: Hosted) -> None:
        self._front.forget(hosted)
        self._listener.send_away(hosted.room)

    async def _answer(self, message: Asking) -> None:
        fault, data = "", b""
        try:
            data = await self._do(message)
        except WalkdownError as error:
            fault = str(error)
        except Exception:
            _log.exception("a wish of the acceptor failed")
            fault = _("an error of the server; its log says more")
        self._note_elsewhere()
        self._channel.send(Done(message.id, fault, data))

    async def _do(self, message: Asking) -> bytes:
        if isinstance(message, Open):
            hosted = await self._lobby.open(plan_of(message.order, self._begin.settings, self._opened))
            hosted.room.expect(message.held)
            return b""
        if isinstance(message, Shut):
            leaving = self._lobby.find(message.name)
            await self._lobby.shut(message.name, message.text, after_secs=message.after_secs)
            return msgspec.json.encode(leaving.room.held() if leaving else ())
        if message.what == "metrics":
            return self._metrics.page()
        if message.what == "knows":
            return b"1" if self._lobby.knows_secret(message.secret) else b"0"
        lines = (msgspec.structs.replace(line, process=self._begin.process) for line in self._lobby.lines())
        return msgspec.json.encode(SessionList(tuple(lines)))

    def _note_elsewhere(self) -> None:
        here = {line.name for line in self._lobby.lines()}
        self._lobby.first = self._names[0] if self._names else ""
        self._lobby.elsewhere = tuple(name for name in self._names if name not in here)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _care(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CARE_SECS)
            if hasattr(self, "_listener"):
                self._listener.look_after(loop.time())
                self._metrics.look()


async def _work(number: int) -> None:
    await Worker(socket.socket(fileno=number)).run()


def main(number: int, loop: Loop = "auto") -> None:
    """Run a worker whose channel is this file descriptor, in this event loop."""
    use_language(os.environ.get("WALKDOWN_LANG"))
    logging.basicConfig(
        level=logging.DEBUG if os.environ.get("WALKDOWN_DEBUG") else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    with contextlib.suppress(KeyboardInterrupt):
        run(_work(number), loop)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])  # type: ignore[arg-type]
