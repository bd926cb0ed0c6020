"""Rooms for the client's tests: real servers, in this process or in one that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import warm
from tests.server.conftest import House, open_house
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown.package import Element, Joint, Material, Model, Surface, write_package
from walkdown_client.address import parse_address
from walkdown_client.conversation import Patience
from walkdown_client.link import Link
from walkdown_client.world import World

PLATES = 5

QUICK = Patience(open=2.0, ping=0.2, dead=1.0, first_pause=0.02, longest_pause=0.1, close=0.2)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


class Client:
    """A link and its world, drained as an app drains them."""

    def __init__(self, url: str, name: str, patience: Patience) -> None:
        address = parse_address(url)
        self.link = Link(address, Hello(SUBPROTOCOL, name, session=address.session), patience=patience)
        self.world = World()

    def drain(self) -> None:
        for event in self.link.drain():
            self.world.apply(event)

    async def until(self, holds: Callable[[], object], *, timeout_secs: float = 30.0) -> None:
        """Drain until a condition holds."""
        async with asyncio.timeout(timeout_secs):
            while not holds():
                await asyncio.sleep(0.005)
                self.drain()

    async def live(self) -> None:
        await self.until(lambda: self.world.link_state == "live" and self.world.me in self.world.people)


@contextlib.asynccontextmanager
async def client(url: str, name: str = "Ada", *, patience: Patience = QUICK) -> AsyncIterator[Client]:
    made = Client(url, name, patience)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.link.close)


class Relay:
    """A TCP relay in front of a server, whose line can be muted, stalled and cut.

    Attributes:
        muted: what the server says is thrown away. stalled: nothing passes, in either direction.
        passed: WebSockets that were opened.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.port = 0
        self.muted = False
        self.passed = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    def stall(self) -> None:
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Tear all connections as a pulled plug and a restart would."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Relay]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.flow()
            self.cut()
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", self._target))
        up_reader, up_writer = await asyncio.open_connection(sock=narrow, limit=4096)
        self._writers |= {writer, up_writer}
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(
                self._pump(reader, up_writer, down=False), self._pump(up_reader, writer, down=True)
            )
        self._writers -= {writer, up_writer}
        for each in (writer, up_writer):
            each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, down: bool) -> None:
        while data := await reader.read(4096):
            await self._flowing.wait()
            self.passed += b"Upgrade: websocket" in data and not down
            if not (down and self.muted):
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def relay(house: House) -> AsyncIterator[Relay]:
    async with Relay(house.server.port).running() as relay:
        yield relay


class ServerProcess:
    """``walkdown serve`` in a process of its own, on a port that stays the same."""

    def __init__(self, package: Path, data: Path, port: int) -> None:
        self._arguments = ["serve", str(package), "--port", str(port), "--data", str(data)]
        self.url = f"ws://127.0.0.1:{port}/"
        self._process: warm.Process | None = None

    async def start(self) -> None:
        """Start, and return when it listens."""
        self._process = await warm.create_subprocess_exec(
            sys.executable, "-m", "walkdown", *self._arguments, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line.startswith(b"listening on ws://"), line

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def terminate(self) -> None:
        """Ask it to stop, and wait until it has."""
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()


@pytest.fixture
async def server_process(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[ServerProcess]:
    package = tmp_path / "small.wdp"
    with zipfile.ZipFile(package, "w") as archive:
        for path, data in small_files().items():
            archive.writestr(path, data)
    server = ServerProcess(package, tmp_path / "data", unused_tcp_port)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


def small_files() -> dict[str, bytes]:
    """A package of a few tiles: a row of plates, 3 km apart, one of which turns."""
    plates = []
    corners = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]], np.float32)
    up = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    for row in range(PLATES):
        shift = np.array([3000.0 * row, 0, 0], np.float32)
        plates.append(
            Surface(corners + shift, up, np.full(4, row, np.uint32), np.zeros(4, np.uint32), triangles)
        )
    elements = [Element(f"plant:/plate{row}", f"Plate {row}") for row in range(PLATES)]
    elements[0] = replace(elements[0], joint=0, properties={"weight_kg": 12.5})
    joints = [Joint("plant:/plate0/turn", "revolute", (2.0, 2.0, 0.0), (0.0, 0.0, 1.0), period=2.0)]
    return write_package(
        Model("small", elements=elements, materials=[Material("steel")], surfaces=plates, joints=joints)
    )
