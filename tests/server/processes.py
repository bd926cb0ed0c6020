"""A server of several processes for tests, and people who come back by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests import warm
from tests.server.conftest import small_catalogue
from tests.server.test_http import Answer, read_answer
from walkdown.listing import SessionLine, SessionList
from walkdown.session_tables import SessionSettings
from walkdown.settings import ServerSettings
from walkdown_server.orders import Order
from walkdown_server.processes.acceptor import Acceptor, running_acceptor

CATALOGUE = small_catalogue()


def orders(package: Path, names: Sequence[str]) -> list[Order]:
    return [Order(name, SessionSettings(package=package)) for name in names]


@contextlib.asynccontextmanager
async def house_of_many(
    data: Path, package: Path, *names: str, processes: int = 2, **settings: Any
) -> AsyncIterator[Acceptor]:
    """A server of these sessions, spread over processes."""
    chosen: dict[str, Any] = {"port": 0, "share_host": "127.0.0.1"} | settings
    made = ServerSettings(data=data, processes=processes, **chosen)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncio, "create_subprocess_exec", warm.create_subprocess_exec)
        async with running_acceptor(made, orders(package, names)) as acceptor:
            yield acceptor


async def request(port: int, path: str, *lines: str, method: str = "GET") -> Answer:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode())
        return await asyncio.wait_for(read_answer(reader), 20)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def listed(port: int) -> dict[str, SessionLine]:
    answer = await request(port, "/sessions")
    assert answer.status == 200, answer.body
    return {line.name: line for line in msgspec.json.decode(answer.body, type=SessionList).sessions}


def process_of(acceptor: Acceptor, number: int) -> int:
    """The id of a worker's process."""
    process = acceptor._hands[number - 1]._process
    assert process is not None
    return process.pid


def kill(acceptor: Acceptor, number: int) -> None:
    os.kill(process_of(acceptor, number), 9)
