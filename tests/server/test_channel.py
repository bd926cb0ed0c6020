"""Messages and sockets between two processes of a server, in order, whole, and with an end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from walkdown.errors import Missing
from walkdown.session_tables import SessionSettings
from walkdown.settings import ServerSettings
from walkdown_server.door.people import Held
from walkdown_server.orders import Order
from walkdown_server.processes.channel import (
    Begin,
    Channel,
    Done,
    Message,
    Names,
    Open,
    Shut,
    Stop,
    Take,
    Tell,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows passes no sockets between processes")


class Ear:
    """Keeps what comes, and answers questions."""

    def __init__(self, end: socket.socket) -> None:
        self.heard: list[tuple[Message, socket.socket | None]] = []
        self.lost = asyncio.Event()
        self.more = asyncio.Event()
        self.channel = Channel(end, on_message=self.hear, on_lost=self.lost.set)

    def hear(self, message: Message, passed: socket.socket | None) -> None:
        self.heard.append((message, passed))
        self.more.set()
        if isinstance(message, Tell):
            fault = "" if message.what == "ready" else "this is not known"
            self.channel.send(Done(message.id, fault, b"1"))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                self.more.clear()
                await self.more.wait()


@contextlib.asynccontextmanager
async def two_ears() -> AsyncIterator[tuple[Ear, Ear]]:
    one, other = (Ear(end) for end in socket.socketpair())
    try:
        yield one, other
    finally:
        one.channel.close()
        other.channel.close()


async def test_every_message_arrives_as_it_was_sent(tmp_path: Path) -> None:
    held = (Held("secret", "Ada", "chair", 3, 1, "person"),)
    order = Order("Hall 3", SessionSettings(packages=(tmp_path / "a.wdp",), max_people=5))
    sent: list[Message] = [
        Begin(ServerSettings(data=tmp_path, port=0, lang="de"), 2, 8765),
        Names(("Hall 3", "灌装")),
        Open(order, held, id=7),
        Shut("Hall 3", "It moves.", 0.2, id=8),
        Stop("The server stops."),
    ]
    async with two_ears() as (one, other):
        for message in sent:
            one.channel.send(message)
        await other.until(len(sent))
        assert [message for message, _passed in other.heard] == sent
        assert "secret" not in repr(other.heard)


async def test_sockets_arrive_with_their_messages_however_many_wait() -> None:
    count = 300
    async with two_ears() as (one, other):
        for number in range(count):
            ours, theirs = socket.socketpair()
            ours.sendall(b"%d" % number)
            ours.close()
            one.channel.send(Names(("x" * 1000,)))
            one.channel.send(Take(encrypted=bool(number % 2), relayed_for=f"{number}"), theirs)
        await other.until(2 * count)
        takes = [(message, passed) for message, passed in other.heard if isinstance(message, Take)]
        for number, (message, passed) in enumerate(takes):
            assert passed is not None
            with passed:
                assert passed.recv(100) == message.relayed_for.encode() == b"%d" % number
                assert not passed.get_inheritable()


async def test_a_message_longer_than_any_buffer_arrives_whole() -> None:
    names = tuple(f"{number:080d}" for number in range(20_000))
    async with two_ears() as (one, other):
        one.channel.send(Names(names))
        one.channel.send(Stop("after it"))
        assert one.channel.waiting
        await other.until(2)
        assert [message for message, _passed in other.heard] == [Names(names), Stop("after it")]


async def test_a_question_is_answered_or_refused() -> None:
    async with two_ears() as (one, other):
        assert await asyncio.gather(*(one.channel.ask(Tell("ready")) for _ in range(20))) == [b"1"] * 20
        with pytest.raises(Missing, match="not known"):
            await other.channel.ask(Tell("sessions"))


async def test_who_asks_when_the_other_is_silent_or_gone_is_told() -> None:
    async with two_ears() as (one, other):
        with pytest.raises(Missing, match="does not answer"):
            await one.channel.ask(Open(Order("x", SessionSettings())), within_secs=0.0)
        asking = asyncio.create_task(one.channel.ask(Shut("x", "", 0.0)))
        await other.until(2)
        other.channel.close()
        with pytest.raises(Missing, match="has ended"):
            await asking
        await asyncio.wait_for(one.lost.wait(), 20)
        with pytest.raises(Missing, match="has ended"):
            await one.channel.ask(Tell("ready"))


async def test_sockets_that_were_not_taken_are_closed() -> None:
    async with two_ears() as (one, other):
        other.channel._loop.remove_reader(other.channel._end)
        ours, theirs = socket.socketpair()
        one.channel.send(Names(("x" * (4 << 20),)))
        one.channel.send(Take(encrypted=False), theirs)
        one.channel.close()
        with ours:
            assert ours.recv(1) == b""
        ours, theirs = socket.socketpair()
        one.channel.send(Take(encrypted=False), theirs)  # to nobody
        with ours:
            assert ours.recv(1) == b""
