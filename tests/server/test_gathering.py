"""Small messages gather when there are many, and nobody waits when there are few."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.conftest import open_house
from walkdown.settings import Loop
from walkdown_server.gathering import GATHER_SECS, MANY_SOCKETS, Gathering
from walkdown_server.sources.loop import run


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was slept, each time; nobody really sleeps."""
    times: list[float] = []
    monkeypatch.setattr("time.sleep", times.append)
    return times


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    with ExitStack() as stack:
        made = [socket.socketpair() for _ in range(MANY_SOCKETS)]
        for pair in made:
            for end in pair:
                stack.enter_context(end)
        yield made


def test_who_is_kept_busy_by_many_lets_messages_gather(
    slept: list[float], pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    selector = Gathering()
    for ours, _theirs in pairs:
        selector.register(ours, 1)
    pairs[0][1].send(b"x")
    assert len(selector.select(1.0)) == 1
    assert slept == []
    pairs[1][1].send(b"x")
    assert len(selector.select(1.0)) == 2
    assert slept == [GATHER_SECS]
    selector.select(0)
    selector.select(GATHER_SECS / 4)
    assert slept == [GATHER_SECS, GATHER_SECS / 4]
    selector.close()


def test_with_few_sockets_nothing_waits(
    slept: list[float], pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    selector = Gathering()
    for ours, theirs in pairs[:5]:
        selector.register(ours, 1)
        theirs.send(b"x")
    for _ in range(5):
        assert len(selector.select(1.0)) == 5
    assert slept == []
    selector.close()


def test_after_a_quiet_moment_nothing_waits(
    slept: list[float], pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    selector = Gathering()
    for ours, _theirs in pairs:
        selector.register(ours, 1)
    assert selector.select(GATHER_SECS * 2) == []
    assert selector.select(GATHER_SECS * 2) == []
    assert slept == []
    selector.close()


async def _meet(data: Path) -> None:
    async with open_house(data) as house, house.guest("Ada") as ada, house.guest("Bob") as bob:
        await bob.move(1.0, 2.0)
        await ada.until(lambda: bob.me in ada.poses)


@pytest.mark.parametrize("loop", ["auto", "asyncio", "uvloop", "aiofastnet"])
def test_people_meet_in_each_event_loop(loop: Loop, tmp_path: Path) -> None:
    if loop in ("uvloop", "aiofastnet"):
        pytest.importorskip(loop, reason="this event loop is not installed")
    run(_meet(tmp_path), loop)


def test_the_loop_of_a_server_gathers_where_one_can_sleep_shortly() -> None:
    async def selector() -> object:
        return asyncio.get_running_loop()._selector  # type: ignore[attr-defined]

    assert isinstance(run(selector()), Gathering) == (sys.platform != "win32")
    assert not isinstance(run(selector(), "asyncio"), Gathering)
