"""People who are read together: what comes whole is placed before a tick, all else at once and in order."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode

from tests.server.conftest import Guest, House, join, open_house, small_catalogue
from walkdown.codec import Section, is_frame, pack_client_frame, pack_poses, pack_section
from walkdown.messages import SUBPROTOCOL, Hello, PutNote, RemoveNote, encode
from walkdown_server.port.inflow import FRAME_SIZE, MANY

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux reads many sockets together")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@contextlib.asynccontextmanager
async def guest(house: House, name: str) -> AsyncIterator[Guest]:
    async with join(house.url, small_catalogue(), Hello(SUBPROTOCOL, name)) as joined:
        yield joined


def pose(x: float) -> bytes:
    record = pack_poses([0], [[x, 2, 1.7]], [[1, 0, 0, 0]]).tobytes()
    return pack_client_frame(0, [pack_section(Section.POSES, record)])


def masked(message: bytes) -> bytes:
    return Frame(Opcode.BINARY, message).serialize(mask=True)


def seen_at(watcher: Guest, other: Guest) -> float | None:
    poses = watcher.poses.get(other.welcome["person"])
    return None if poses is None else float(poses.positions[0, 0])


def stand_at(watcher: Guest, wanted: dict[int, float]) -> bool:
    poses = watcher.poses
    return all(who in poses and poses[who].positions[0, 0] == x for who, x in wanted.items())


async def write(to: Guest, data: bytes) -> None:
    """Write raw bytes to the server."""
    to.socket.transport.write(data)
    await asyncio.sleep(0)


async def test_a_pose_reaches_the_others(house: House) -> None:
    async with guest(house, "Ada") as ada, guest(house, "Bob") as bob:
        await write(ada, masked(pose(5)))
        await bob.until(lambda: seen_at(bob, ada) == 5)


async def test_of_many_who_move_at_once_each_is_seen_where_they_are(house: House) -> None:
    async with contextlib.AsyncExitStack() as stack:
        count = 2 * MANY
        people = [await stack.enter_async_context(guest(house, f"P{n}")) for n in range(count)]
        for turn in range(3):
            for place, person in enumerate(people):
                await write(person, masked(pose(100 * turn + place)))
            wanted = {p.welcome["person"]: 100.0 * turn + n for n, p in enumerate(people[1:], start=1)}
            watcher = people[0]
            await watcher.until(partial(stand_at, watcher, wanted))


@pytest.mark.parametrize("cut", [1, 2, 6, 20, FRAME_SIZE - 1])
async def test_a_pose_that_comes_in_two_pieces_is_one(house: House, cut: int) -> None:
    data = masked(pose(7))
    assert len(data) == FRAME_SIZE
    async with guest(house, "Ada") as ada, guest(house, "Bob") as bob:
        await write(ada, data[:cut])
        await bob.said("person", id=ada.welcome["person"])
        await write(ada, data[cut:])
        await bob.until(lambda: seen_at(bob, ada) == 7)


async def test_poses_and_operations_in_one_piece_are_all_taken_and_the_last_pose_counts(house: House) -> None:
    notes = [PutNote(op=n, note=f"n{n}", text="x" * 300, point=(0.0, 0.0, 0.0)) for n in (1, 2)]
    data = masked(pose(1)) + masked(encode(notes[0])) + masked(pose(2)) + masked(encode(notes[1]))
    async with guest(house, "Ada") as ada, guest(house, "Bob") as bob:
        await write(ada, data)
        assert (await ada.said("reply", op=2))["number"] == 2
        await bob.until(lambda: seen_at(bob, ada) == 2)


async def test_a_frame_that_only_names_a_tick_is_noted(house: House) -> None:
    async with guest(house, "Ada") as ada, guest(house, "Bob") as bob:
        await ada.until(lambda: ada.ticks)
        (member,) = [m for m in house.server.room._members.values() if m.identity.person == ada.me]
        await write(ada, masked(pack_client_frame(ada.ticks[-1], [])))
        await write(bob, masked(pose(1)))
        await ada.until(lambda: seen_at(ada, bob) == 1)
        assert member.acknowledged.tick == ada.ticks[0]


async def test_a_text_as_long_as_a_frame_is_refused(house: House) -> None:
    async with guest(house, "Ada") as ada:
        await write(ada, b"\x81" + masked(pack_client_frame(7, []))[1:])
        assert (await ada.said("refusal"))["code"] == "message"


async def test_a_frame_as_long_as_a_pose_that_is_none_is_understood(house: House) -> None:
    strange = pack_client_frame(0, [pack_section(Section.VOICE, bytes(22))])
    assert len(strange) == len(pose(0))
    assert is_frame(strange)
    async with guest(house, "Ada") as ada, guest(house, "Bob") as bob:
        await write(ada, masked(strange) + masked(pose(3)))
        await bob.until(lambda: seen_at(bob, ada) == 3)


async def test_a_control_message_as_long_as_a_pose_is_answered(house: House) -> None:
    short = RemoveNote(op=1, note="n")
    message = encode(RemoveNote(op=1, note="n" * (1 + len(pose(0)) - len(encode(short)))))
    assert len(message) == len(pose(0))
    async with guest(house, "Ada") as ada:
        await write(ada, masked(message))
        assert (await ada.said("reply", op=1))["code"] == "unknown"


async def test_who_hangs_up_is_gone_and_the_rest_go_on(house: House) -> None:
    async with guest(house, "Bob") as bob, guest(house, "Eve") as eve:
        async with guest(house, "Ada") as ada:
            await write(ada, masked(pose(4)))
            await bob.until(lambda: seen_at(bob, ada) == 4)
            ada.socket.transport.abort()
            await bob.said("person", id=ada.welcome["person"], connected=False)
        await write(eve, masked(pose(6)))
        await bob.until(lambda: seen_at(bob, eve) == 6)


async def test_when_all_have_gone_nothing_is_left_open(house: House) -> None:
    async with guest(house, "Bob") as bob:
        before = open_files()
        for visit in range(3):
            async with guest(house, "Ada") as ada:
                await write(ada, masked(pose(visit)))
                await bob.until(partial(stand_at, bob, {ada.welcome["person"]: float(visit)}))
            await bob.said("gone", id=ada.welcome["person"])
            assert open_files() <= before
        assert house.server.room.collect is not None
        room = house.server.room
        await bob.socket.close()
    await house.server.hosted.close()
    assert room.collect is None


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
