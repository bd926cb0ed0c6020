"""Which other sessions a server has, for people who look at the palette and for the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.server.test_sessions import broken, hall, plan
from walkdown.errors import BadInput, Missing, Refused
from walkdown.listing import SessionLine
from walkdown_client.address import Address, parse_address
from walkdown_client.directory import ASK_AGAIN_SECS, Neighbours, fetch_sessions


async def test_the_others_that_can_be_joined_are_offered_with_their_address(tmp_path: Path) -> None:
    plans = (plan(tmp_path, "Hall 3"), broken(tmp_path, "cellar"), plan(tmp_path, "Hof/Süd"))
    async with hall(tmp_path, *plans) as server:
        near = Neighbours(parse_address(f"ws://127.0.0.1:{server.port}/Hall 3"))
        near.look(0.0, here="Hall 3", secret="")
        await asyncio.to_thread(near.wait)
        (other,) = near.lines
        assert other.name == "Hof/Süd"
        there = parse_address(near.where(other))
        assert (there.port, there.session) == (server.port, "Hof/Süd")


def test_a_server_is_asked_now_and_then_and_one_that_does_not_tell_keeps_what_it_told() -> None:
    asked: list[str] = []

    def fetch(_address: Address, secret: str) -> tuple[SessionLine, ...]:
        asked.append(secret)
        if len(asked) > 1:
            raise Refused("list", "It is not for you.")
        return (SessionLine("here", "open"), SessionLine("there", "open"), SessionLine("late", "starting"))

    near = Neighbours(parse_address("ws://127.0.0.1:1/here"), fetch=fetch)
    for now_secs in (0.0, 1.0, ASK_AGAIN_SECS, ASK_AGAIN_SECS + 1.0):
        near.look(now_secs, here="here", secret="s")
        near.wait()
        assert [line.name for line in near.lines] == ["there"]
    assert asked == ["s", "s"]


def test_where_each_session_has_invitations_of_its_own_none_is_offered() -> None:
    def fetch(_address: Address, _secret: str) -> tuple[SessionLine, ...]:
        raise AssertionError

    pinned = parse_address(f"walkdown://127.0.0.1:1/here#{'A' * 22}.{'A' * 43}")
    near = Neighbours(pinned, fetch=fetch)
    near.look(0.0, here="here", secret="s")
    near.wait()
    assert near.lines == ()


def test_who_asks_where_nobody_is_is_told(unused_tcp_port: int) -> None:
    with pytest.raises(Missing, match="nobody answers"):
        fetch_sessions(f"ws://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(BadInput, match="expected an address"):
        fetch_sessions("ftp://x")
