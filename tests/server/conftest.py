"""A small plant, a server on a free port, and clients that speak the protocol with their own few lines."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack
import msgspec
import numpy as np
import pytest
import zstandard
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from walkdown import codec
from walkdown.blocks import unpack_blocks
from walkdown.codec import Section
from walkdown.messages import SUBPROTOCOL, Hello, encode
from walkdown.package import Element, Joint, Material, Model, Surface, write_package
from walkdown.settings import ServerSettings
from walkdown.signals import SignalTable
from walkdown.twin import Catalogue, Disturbance, Limits, Signal, Thing, make_catalogue
from walkdown.voice import Entry, unpack_bundle
from walkdown_server.app import Server, running_server
from walkdown_server.packages import Package, package_of_bytes
from walkdown_server.sites import Site
from walkdown_server.sources import Sink

NO_SMALL_DISK = "a small file system cannot be mounted without being root"


def small_catalogue() -> Catalogue:
    """Two things, one part of the other; signals of every kind, some with limits."""
    return make_catalogue(
        3,
        things=(
            Thing("L1", "Line 1"),
            Thing("L1.FIL", "Filler", parent="L1", element="plant:/L1/FIL"),
            Thing("P-101", "Pump"),
        ),
        signals=(
            Signal("fil.speed", "L1.FIL", "speed", limits=Limits(high=80.0, high_alarm=90.0), maximum=100.0),
            Signal("fil.temp", "L1.FIL", "temperature", kind="f64", period_secs=1.0),
            Signal("fil.count", "L1.FIL", "count", kind="i64"),
            Signal(
                "fil.mode", "L1.FIL", "mode", kind="enum", labels=("stop", "run", "fault"), alarm_labels=(2,)
            ),
            Signal("p.on", "P-101", "on", kind="bool", attention_labels=(0,)),
            Signal("fil.product", "L1.FIL", "product", kind="text"),
            *(Signal(f"p.x{i}", "P-101", f"x{i}") for i in range(600)),
        ),
        disturbances=(Disturbance("clog", "Filter clogs", "L1.FIL"),),
    )


def small_package() -> Package:
    """A floor and a part that turns."""
    corners = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]], np.float32)
    up = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    steel = np.zeros(4, np.uint32)
    surfaces = [
        Surface(corners + np.array([0, 0, z], np.float32), up, np.full(4, z, np.uint32), steel, triangles)
        for z in (0, 1)
    ]
    model = Model(
        name="small",
        elements=[Element("hall:/floor", "Floor"), Element("plant:/L1/FIL", "Filler", joint=0)],
        materials=[Material("steel", (0.5, 0.5, 0.5, 1.0))],
        surfaces=surfaces,
        joints=[Joint("plant:/L1/FIL/rotor", "revolute", (1.0, 1.0, 0.0), (0.0, 0.0, 1.0))],
    )
    return package_of_bytes(write_package(model))


@dataclass
class Recorder:
    """A source that does nothing but keep its sink for the test."""

    name: str = "test"
    sink: Sink | None = None
    _there: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, sink: Sink) -> None:
        self.sink = sink
        self._there.set()
        await asyncio.Event().wait()

    async def ready(self) -> Sink:
        await self._there.wait()
        assert self.sink is not None
        return self.sink


class Guest:
    """A client of a few lines: keeps the newest of everything that it is told."""

    def __init__(self, socket: ClientConnection, catalogue: Catalogue) -> None:
        self.socket = socket
        self.table = SignalTable(catalogue.signals)
        self.epoch = catalogue.epoch
        self.states = np.zeros(len(catalogue.things), np.uint8)
        self.joints: dict[int, float] = {}
        self.poses: dict[int, codec.Poses] = {}
        self.voices: list[Entry] = []
        self.messages: list[dict[str, Any]] = []
        self.people: dict[int, dict[str, Any]] = {}
        self.welcome: dict[str, Any] = {}
        self.ticks: list[int] = []
        self._ops = itertools.count(1)

    async def take(self) -> None:
        """Receive one message and take in what it says."""
        data = await self.socket.recv()
        assert isinstance(data, bytes)
        self.take_bytes(data)

    def take_bytes(self, data: bytes) -> None:
        """Take in a frame or a control message."""
        if codec.is_frame(data):
            tick, _time_ns, sections = codec.unpack_server_frame(data)
            self.ticks += [tick] if tick else []
            for kind, payload in sections:
                self._take_section(Section(kind), payload)
        else:
            self._take_message(msgpack.unpackb(data))

    async def until(self, holds: Callable[[], object]) -> None:
        """Receive until a condition holds."""
        async with asyncio.timeout(30):
            while not holds():
                await self.take()

    async def said(self, t: str, **fields: object) -> dict[str, Any]:
        """Receive until a message of this kind with these fields has come, and return it."""

        def found() -> list[dict[str, Any]]:
            same = [m for m in self.messages if m["t"] == t]
            return [m for m in same if all(m.get(k) == v for k, v in fields.items())]

        await self.until(found)
        return found()[0]

    async def say(self, message: msgspec.Struct) -> None:
        await self.socket.send(encode(message))

    async def operate(self, kind: type[msgspec.Struct], **fields: Any) -> dict[str, Any]:
        """Send an operation and return the reply."""
        op = next(self._ops)
        await self.say(kind(op=op, **fields))
        return await self.said("reply", op=op)

    async def move(self, x: float, y: float, z: float = 1.7, *, flags: int = 0) -> None:
        poses = codec.pack_poses([0], [[x, y, z]], [[1, 0, 0, 0]], flags=flags)
        section = codec.pack_section(Section.POSES, poses.tobytes())
        await self.socket.send(codec.pack_client_frame(self.ticks[-1] if self.ticks else 0, [section]))

    def _take_section(self, kind: Section, payload: memoryview) -> None:
        takers = {
            Section.MESSAGES: self._take_messages,
            Section.SIGNALS: self._take_signals,
            Section.THING_STATES: self._take_states,
            Section.JOINTS: self._take_joints,
            Section.POSES: self._take_poses,
            Section.VOICE: self._take_voice,
        }
        takers[kind](payload)

    def _take_voice(self, payload: memoryview) -> None:
        self.voices += unpack_bundle(payload)

    def _take_messages(self, payload: memoryview) -> None:
        unpacker = msgpack.Unpacker()
        unpacker.feed(payload)
        for message in unpacker:
            self._take_message(message)

    def _take_signals(self, payload: memoryview) -> None:
        for found in unpack_blocks(payload, self.table.layout, self.epoch):
            self.table.put(found.kind, found.indices, found.values, quality=found.quality, times_ns=1)

    def _take_states(self, payload: memoryview) -> None:
        things, states = codec.unpack_thing_states(payload)
        self.states[things] = states

    def _take_joints(self, payload: memoryview) -> None:
        rows, values = codec.unpack_joints(payload)
        self.joints.update(zip(rows.tolist(), values.tolist(), strict=True))

    def _take_poses(self, payload: memoryview) -> None:
        poses = codec.unpack_poses(payload)
        for row, person in enumerate(poses.ids.tolist()):
            self.poses[person] = codec.Poses(
                poses.ids[row : row + 1],
                poses.flags[row : row + 1],
                poses.positions[row : row + 1],
                poses.quaternions[row : row + 1],
                poses.ages_secs[row : row + 1],
            )

    def _take_message(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if message["t"] == "person":
            self.people[message["id"]] = message
        elif message["t"] == "gone":
            self.people.pop(message["id"], None)
        elif message["t"] == "welcome":
            self.welcome = message

    @property
    def me(self) -> int:
        return int(self.welcome["person"])


@dataclass
class House:
    """A running server and what tests need to know about it."""

    server: Server
    catalogue: Catalogue
    sink: Sink

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/"

    def socket(self, **options: Any) -> contextlib.AbstractAsyncContextManager[ClientConnection]:
        """An open WebSocket that has not said hello."""
        return open_socket(self.url, **options)

    def guest(self, name: str, **hello: Any) -> contextlib.AbstractAsyncContextManager[Guest]:
        """A client that has joined."""
        return join(self.url, self.catalogue, Hello(version=SUBPROTOCOL, name=name, **hello))


@contextlib.asynccontextmanager
async def open_socket(url: str, **options: Any) -> AsyncIterator[ClientConnection]:
    """An open WebSocket that has not said hello; one that does not read waits two seconds for its close."""
    chosen = {"subprotocols": [Subprotocol(SUBPROTOCOL)], "close_timeout": 2, **options}
    async with connect(
        url, compression=None, proxy=None, ping_interval=None, max_size=None, **chosen
    ) as socket:
        yield socket


@contextlib.asynccontextmanager
async def join(url: str, catalogue: Catalogue, hello: Hello, **options: Any) -> AsyncIterator[Guest]:
    """A client that has joined the session at ``url``."""
    async with open_socket(url, **options) as socket:
        guest = Guest(socket, catalogue)
        await guest.say(hello)
        await guest.said("welcome")
        yield guest


def write_package_to(folder: Path) -> Path:
    """The small package as a folder."""
    package = small_package()
    files = {"manifest.json": package.manifest_bytes} | {p: package.read(p) for p in package.manifest.blobs}
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def unpack_blob(data: bytes) -> Any:
    return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(data))


@contextlib.asynccontextmanager
async def open_house(data: Path, **settings: Any) -> AsyncIterator[House]:
    """A server of the small plant on a free port, its journal in ``data``."""
    recorder = Recorder()
    site = Site(small_catalogue(), (small_package(),), (recorder,))
    chosen = ServerSettings(port=0, data=data, name="Test", **settings)
    async with running_server(chosen, site) as server:
        yield House(server, site.catalogue, await recorder.ready())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    if sys.platform == "win32" or os.geteuid() != 0:
        pytest.skip(NO_SMALL_DISK)
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], check=False)
    if mounted.returncode:
        pytest.skip(NO_SMALL_DISK)
    yield place
    subprocess.run(["umount", str(place)], check=True)
