"""Builds the parts of a server, runs them together, and stops them in order.

Stopping: no new connections, what waits is committed and told, everyone hears "come back", then all is
closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

from walkdown.settings import ServerSettings
from walkdown_server.access import check_binding
from walkdown_server.hosting import CARE_SECS, Hosted
from walkdown_server.listener import Listener
from walkdown_server.sites import Site


class Server:
    """A running server.

    Attributes:
        port: on which it listens. hosted: the session, and room: the running part of it.
        ended: set when it has stopped by itself, or is to be stopped.
    """

    def __init__(self, settings: ServerSettings, site: Site) -> None:
        check_binding(settings.host, insecure_lan=settings.insecure_lan)
        settings = dataclasses.replace(settings, name=settings.name or site.name)
        self._settings = settings
        self._ready = False
        self.ended = asyncio.Event()
        self.hosted = Hosted(settings, site)
        self.room = self.hosted.room
        self._listener = Listener(
            self.hosted.room,
            self.hosted.blobs,
            intake=self.hosted.intake,
            host=settings.host,
            ready=lambda: self._ready,
        )
        self.port = 0

    async def start(self) -> None:
        """Open the models of the journal, and listen."""
        try:
            await self.hosted.start()
            self.port = await self._listener.start(self._settings.port)
        except BaseException:
            await self.hosted.close()
            raise
        self._ready = True

    async def run(self) -> None:
        """Run the session and look after connections, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.hosted.run())
            group.create_task(self._care())

    async def stop(self) -> None:
        """Commit what waits, tell everyone, close everything; once."""
        if not self._ready:
            return
        self._ready = False
        await self.hosted.stop("The server stops.")
        await self._listener.close()

    async def _care(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CARE_SECS)
            self._listener.look_after(loop.time())


@contextlib.asynccontextmanager
async def running_server(settings: ServerSettings, site: Site) -> AsyncIterator[Server]:
    """Run a server as long as the block lasts.

    Raises:
        BadInput: a setting, a package or the journal is wrong.
        Missing: another server has the session open.
    """
    server = Server(settings, site)
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
