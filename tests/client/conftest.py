"""Rooms for the client's tests: real servers, in this process or in one that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.server.conftest import House, open_house
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown_client.address import parse_address
from walkdown_client.conversation import Patience
from walkdown_client.link import Link
from walkdown_client.world import World

QUICK = Patience(open=2.0, ping=0.2, dead=1.0, first_pause=0.02, longest_pause=0.1, close=0.2)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


class Client:
    """A link and its world, drained as an app drains them."""

    def __init__(self, url: str, name: str) -> None:
        address = parse_address(url)
        self.link = Link(address, Hello(SUBPROTOCOL, name, session=address.session), patience=QUICK)
        self.world = World()

    def drain(self) -> None:
        for event in self.link.drain():
            self.world.apply(event)

    async def until(self, holds: Callable[[], object], *, timeout_secs: float = 10.0) -> None:
        """Drain until a condition holds."""
        async with asyncio.timeout(timeout_secs):
            while not holds():
                await asyncio.sleep(0.005)
                self.drain()

    async def live(self) -> None:
        await self.until(lambda: self.world.link_state == "live" and self.world.me in self.world.people)


@contextlib.asynccontextmanager
async def client(url: str, name: str = "Ada") -> AsyncIterator[Client]:
    made = Client(url, name)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.link.close)
