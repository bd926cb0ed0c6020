"""Builds the parts of a server, runs them together, and stops them in order.

Stopping: no new connections, what waits is committed and told, everyone hears "come back", then all is
closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

from walkdown.errors import Missing, SettingsError
from walkdown.i18n import _
from walkdown.listing import SessionLine
from walkdown.settings import ServerSettings
from walkdown_server.hosting import CARE_SECS, Hosted
from walkdown_server.lobby import Lobby, Plan
from walkdown_server.measures.metrics import Metrics
from walkdown_server.orders import Order, Wishes, changes, orders_of, plan_of, plan_read_now
from walkdown_server.packages import OpenPackages
from walkdown_server.port.front import Front
from walkdown_server.port.listener import Listener
from walkdown_server.port.media import MediaPorts
from walkdown_server.room import Room
from walkdown_server.sites import Site

_log = logging.getLogger(__name__)


class Server:
    """A running server in one process.

    Args:
        settings: of the server. plans: its sessions; one that cannot be opened does not keep the others.

    Attributes:
        port: on which it listens. lobby: the sessions. front: what stands before them.
        ended: set when it has stopped by itself, or is to be stopped.
    """

    def __init__(self, settings: ServerSettings, plans: Sequence[Plan]) -> None:
        self._settings, self._plans = settings, plans
        self._ready = False
        self.ended = asyncio.Event()
        self.lobby = Lobby(on_open=self._welcome, on_shut=self._shut)
        self.front = Front(
            settings, find=self.lobby.find, listen=lambda bound: self._listener.open_gate(bound)
        )
        media = MediaPorts(wanted=settings.media_port, off=settings.media == "websocket")
        self._listener = Listener(
            self.lobby, host=settings.host, overview=self, terms=self.front.terms, media=media
        )
        self._listener.metrics_open = settings.metrics_open
        self._metrics = Metrics(self.lobby, self._listener.traffic)
        self.port = 0

    @property
    def hosted(self) -> Hosted:
        """The first session."""
        hosted = self.lobby.find("")
        assert hosted is not None  # noqa: S101 -- a server without any does not start
        return hosted

    @property
    def room(self) -> Room:
        """The running part of the first session."""
        return self.hosted.room

    async def start(self) -> None:
        """Open the sessions, and listen.

        Raises:
            WalkdownError: none can be opened, or the port is not free.
        """
        try:
            faults = await self.lobby.open_all(self._plans)
            if faults and len(faults) == len(self._plans):
                raise faults[0]
            _log_missing(self.lobby)
            self.port = await self._listener.start(self._settings.port)
            self.front.listening(self.port, self.lobby)
            self.front.let_back_in(self.lobby)
        except BaseException:
            await self.lobby.shut_all("")
            raise
        self._ready = True

    async def run(self) -> None:
        """Look after connections until cancelled, or until the last session has failed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._care())
            await self.lobby.emptied.wait()
            raise Missing(_("No session is left on this server; its log says why."))

    async def lines(self) -> tuple[SessionLine, ...]:
        """Return the list of sessions."""
        return self.lobby.lines()

    async def knows(self, secret: str) -> bool:
        """Tell whether a secret lets one into a session."""
        return self.lobby.knows_secret(secret)

    async def ready(self) -> bool:
        """Tell whether people can join."""
        return self._ready

    async def metrics(self) -> bytes:
        """Return the page of all that is measured."""
        return self._metrics.page()

    async def stop(self) -> None:
        """Commit what waits, tell everyone, close everything; once."""
        if not self._ready:
            return
        self._ready = False
        await self.lobby.shut_all("The server stops.")
        await self._listener.close()
        self.front.close()

    def _welcome(self, hosted: Hosted) -> None:
        self.front.welcome(hosted)
        hosted.room.voice_desk.media = self._listener.media.door(hosted.room)

    def _shut(self, hosted: Hosted) -> None:
        self.front.forget(hosted)
        self._listener.send_away(hosted.room)

    async def _care(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CARE_SECS)
            self._listener.look_after(loop.time())
            self._metrics.look()


class Roster:
    """Which sessions a server in one process shall have, also when its settings file has changed.

    Args:
        settings: of the server. wishes: what the command line says about sessions.

    Raises:
        SettingsError: the file or the command line is wrong.
    """

    def __init__(self, settings: ServerSettings, wishes: Wishes) -> None:
        self._settings, self._wishes = settings, wishes
        self._orders = orders_of(settings, wishes)
        self._opened = OpenPackages()
        self._changing: asyncio.Task[None] | None = None

    def plans(self) -> list[Plan]:
        """Return how to open the sessions, whose files are read now."""
        return [plan_read_now(order, self._settings, self._opened) for order in self._orders]

    def read_again(self, lobby: Lobby) -> None:
        """Read the file again: shut what it names no more, open what is new, changed or was not available."""
        if self._changing is not None and not self._changing.done():
            return
        try:
            after = orders_of(self._settings, self._wishes)
        except SettingsError as error:
            _log.error("the sessions stay as they are: %s", error)
            return
        failed = [line.name for line in lobby.lines() if line.state == "unavailable"]
        gone, new = changes(self._orders, after, failed=failed)
        self._orders = after
        self._changing = asyncio.create_task(self._change(lobby, gone, new))

    async def _change(self, lobby: Lobby, gone: Sequence[Order], new: Sequence[Order]) -> None:
        for order in gone:
            await lobby.shut(order.name, "The session is shut, or comes back changed.")
        await lobby.open_all([plan_of(order, self._settings, self._opened) for order in new])
        _log_missing(lobby)


def _log_missing(lobby: Lobby) -> None:
    for line in lobby.lines():
        if line.state == "unavailable":
            _log.error(line.text)


@contextlib.asynccontextmanager
async def running_server(settings: ServerSettings, site: Site, *further: Plan) -> AsyncIterator[Server]:
    """Run a server as long as the block lasts.

    Args:
        settings: of the server and of its first session. site: what that shows. further: more sessions.

    Raises:
        BadInput: a setting, a package or the journal is wrong.
        Missing: another server has the session open.
    """
    async with running_plans(settings, [Plan(settings, lambda: site), *further]) as server:
        yield server


@contextlib.asynccontextmanager
async def running_plans(settings: ServerSettings, plans: Sequence[Plan]) -> AsyncIterator[Server]:
    """Run a server with these sessions as long as the block lasts.

    Raises:
        WalkdownError: none of them can be opened; says why the first cannot.
    """
    server = Server(settings, plans)
    await server.start()
    running = asyncio.create_task(server.run())
    running.add_done_callback(lambda _task: server.ended.set())
    try:
        yield server
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await server.stop()
