"""What goes on around the two programs that are compared: a broker, a plant, a walker, observers.

Each part is a process of its own. A published value is the publisher's monotonic time in seconds, and a
walker's x is his monotonic time since an agreed start times his speed, so that whoever sees a value or a
head knows how old it is; all processes of a machine share that clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import multiprocessing
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

WALK_SPEED = 2.0
POSE_SECS = 0.05
PUBLISH_SECS = 0.02
WARNING_SECS = 10.0

_spawn = multiprocessing.get_context("spawn")


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_mosquitto() -> str | None:
    """Return the broker's program, None when it is not installed."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


@contextlib.contextmanager
def broker(program: str, folder: Path) -> Iterator[int]:
    """Run mosquitto on a free port and give the port."""
    port = free_port()
    config = folder / "mosquitto.conf"
    lines = (
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence false",
        f"user {getpass.getuser()}",
    )
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    process = subprocess.Popen(
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for_port(port: int) -> None:
    """Return as soon as something listens."""
    end = time.monotonic() + WARNING_SECS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port} after {WARNING_SECS:.0f} s")


@contextlib.contextmanager
def process(work: Callable[..., None], *arguments: Any) -> Iterator[SpawnProcess]:
    """Run a function in a process of its own for as long as the block lasts."""
    child = _spawn.Process(target=_run, args=(os.getpid(), work, *arguments), daemon=True)
    child.start()
    try:
        yield child
    finally:
        child.terminate()
        child.join()


def _run(parent: int, work: Callable[..., None], *arguments: Any) -> None:
    """Work, but not longer than the parent lives, however it ends."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    work(*arguments)


def publish(port: int, topics: Sequence[str], per_sec: float) -> None:
    """Publish the present time on all topics in turn, evenly spread."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    began, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * per_sec)
        for number in range(sent, due):
            client.publish(topics[number % len(topics)], repr(time.monotonic()))
        sent = max(sent, due)
        time.sleep(PUBLISH_SECS / 10)


def x_now(start: float) -> float:
    """Return where a walker is now, metres."""
    return (time.monotonic() - start) * WALK_SPEED


def walk(url: str, start: float) -> None:
    """Walk through a session of ours."""
    asyncio.run(_walk(url, start))


async def _walk(url: str, start: float) -> None:
    from walkdown_client.guest import Guest

    async with Guest.join(url, name="Walker") as guest:
        while True:
            guest.move_to((x_now(start), 0.0))
            await asyncio.sleep(POSE_SECS / 5)


@dataclass(frozen=True)
class Crowd:
    """Clients that read everything and understand nothing.

    Attributes:
        hello: their first message, b"" for none. subprotocol: what they offer, "" for none.
    """

    port: int
    count: int
    hello: bytes = b""
    subprotocol: str = ""


def observe(crowd: Crowd) -> None:
    """Hold the connections of a crowd."""
    asyncio.run(_observe(crowd))


async def _observe(crowd: Crowd) -> None:
    await asyncio.gather(*(_swallow(crowd) for _number in range(crowd.count)))


async def _swallow(crowd: Crowd) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", crowd.port, limit=1 << 20)
    offered = f"Sec-WebSocket-Protocol: {crowd.subprotocol}\r\n" if crowd.subprotocol else ""
    writer.write(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{crowd.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    alive = asyncio.create_task(_say(writer, crowd.hello))
    while await reader.read(1 << 18):
        pass
    alive.cancel()


async def _say(writer: asyncio.StreamWriter, hello: bytes) -> None:
    """Say hello, and every two seconds an unasked pong, which is a sign of life."""
    if hello:
        writer.write(_masked(0x82, hello))
    while True:
        await asyncio.sleep(2.0)
        writer.write(_masked(0x8A, b""))


def _masked(first: int, payload: bytes) -> bytes:
    return bytes((first, 0x80 | len(payload))) + bytes(4) + payload


def processor_secs(pid: int) -> float:
    """Return the processor time that a process has used, NaN where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return float("nan")
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
