"""A client that only knows the protocol's page gets along with a real server."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import pytest

from tests import independent_client
from tests.independent_client import IndependentClient, Way, pack_quaternion, unpack_quaternion
from tests.server.bringing import glb_of, until_shown
from tests.server.conftest import House
from tests.server.doors import invitation
from walkdown.codec import Section, pack_client_frame, pack_section
from walkdown.frames import pack_quaternions, unpack_quaternions
from walkdown.messages import Voice
from walkdown.twin import BAD, GOOD, SIMULATED, STATE_ALARM
from walkdown.voice import Packet, Route, VoiceFlag, pack_packet, unpack_packet
from walkdown_client.guest import Guest


@pytest.fixture
async def stranger(house: House) -> AsyncIterator[IndependentClient]:
    client = await asyncio.to_thread(IndependentClient, Way("127.0.0.1", house.server.port), "Stranger")
    try:
        yield client
    finally:
        await asyncio.to_thread(client.close)


def test_it_imports_the_standard_library_msgpack_and_zstandard_and_nothing_else() -> None:
    tree = ast.parse(Path(independent_client.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported - sys.stdlib_module_names == {"msgpack", "zstandard"}
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"__import__", "exec", "eval"}


async def test_it_comes_in_by_a_link(house: House) -> None:
    async with house.guest("Ada") as ada:
        said = await invitation(ada, role="observer")
        way = Way.of_link(on_loopback(said["links"][0]))
        stranger = await asyncio.to_thread(IndependentClient, way, "Stranger")
        assert stranger.welcome["role"] == "observer"
        assert stranger.welcome["session"] == "Test"
        await asyncio.to_thread(stranger.until, lambda: stranger.tick)
        await asyncio.to_thread(stranger.close)
        other = Way("127.0.0.1", way.port, path=way.path, invite=way.invite, fingerprint=bytes(32))
        with pytest.raises(ConnectionError, match="another server"):
            await asyncio.to_thread(IndependentClient, other, "Stranger")


def on_loopback(link: str) -> str:
    parts = urlsplit(link)
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port}"))


async def test_it_names_the_ticks_that_it_has_received(house: House, stranger: IndependentClient) -> None:
    (member,) = house.server.room._members.values()
    await asyncio.to_thread(stranger.until, lambda: stranger.tick)
    named = stranger.tick
    await asyncio.to_thread(stranger.ping)
    assert 0 < named <= member.acknowledged.tick <= stranger.tick


async def test_it_reads_every_section_and_holds_what_the_server_holds(
    house: House, stranger: IndependentClient
) -> None:
    table = house.server.room.live.table
    numeric = np.arange(table.first("text"))
    house.sink.write(
        numeric,
        np.random.default_rng(2).uniform(0, 2, len(numeric)),
        quality=numeric % 4,
        times_ns=house.sink.now_ns(),
    )
    house.sink.text(table.index("fil.product"), "Cola")
    house.sink.joints([0], [1.25])
    house.sink.status("live", "all is well")
    async with Guest.join(house.url, name="Ada") as ada:
        ada.move_to((3.0, 4.0))
        await asyncio.to_thread(
            stranger.until,
            lambda: (
                {1, 3, 4, 5, 6} <= stranger.sections.keys()
                and ada.id in stranger.poses
                and len(stranger.values) > 600
            ),
        )
        assert {person["name"] for person in stranger.people.values()} == {"Ada", "Stranger"}
        position, quaternion, _flags, age = stranger.poses[ada.id]
        assert position == pytest.approx([3.0, 4.0, 1.7])
        assert quaternion == pytest.approx([1, 0, 0, 0], abs=2e-3)
        assert 0 <= age < 6
    await asyncio.to_thread(stranger.until, lambda: len(stranger.values) == len(table.signals))
    assert [stranger.values[i] for i in range(len(table.signals))] == [
        table.value(i) for i in range(len(table.signals))
    ]
    assert [stranger.quality[i] for i in range(len(table.signals))] == table.quality.tolist()
    assert stranger.joints[0] == pytest.approx(1.25)
    assert stranger.sources["test"]["text"] == "all is well"
    states = house.server.room.live.alarms.thing_states.tolist()
    await asyncio.to_thread(
        stranger.until, lambda: [stranger.states[i] for i in range(len(states))] == states
    )


async def test_it_hears_and_is_heard(house: House, stranger: IndependentClient) -> None:
    async with house.guest("Ada") as ada:
        await ada.move(1.0, 2.0)
        await ada.say(Voice(ears=True))
        await asyncio.to_thread(stranger.send_pose, (2.0, 2.0, 1.7), (1.0, 0.0, 0.0, 0.0))
        await asyncio.to_thread(stranger.listen)
        me = stranger.welcome["person"]
        await ada.said("person", id=me, ears=True)
        await asyncio.to_thread(stranger.speak, b"hello")
        await ada.until(lambda: ada.voices)
        (entry,) = ada.voices
        said = unpack_packet(entry.packet)
        assert (entry.speaker, entry.route, said.sequence, said.payload) == (me, Route.NEAR, 1, b"hello")
        packets = [Packet(n, n, VoiceFlag.END_OF_SPURT if n == 2 else 0, 30, b"well") for n in (1, 2)]
        voice = [pack_section(Section.VOICE, pack_packet(packet)) for packet in packets]
        await ada.socket.send(pack_client_frame(0, voice))
        await asyncio.to_thread(stranger.until, lambda: len(stranger.heard) == 2)
        assert stranger.heard == [(ada.me, 0, 1, 0, 30, b"well"), (ada.me, 0, 2, 1, 30, b"well")]
        assert stranger.tick > 0


@pytest.mark.parametrize("changed", [1, 40, 249])
async def test_it_follows_few_many_and_most_changes(
    house: House, stranger: IndependentClient, changed: int
) -> None:
    live = house.server.room.live
    block = live.table.blocks[1]
    indices = np.arange(block.start, block.start + changed)
    await asyncio.to_thread(stranger.until, lambda: block.start in stranger.values)
    before = stranger.sections.get(3, 0)
    house.sink.write(indices, indices + 0.5, quality=BAD)
    await asyncio.to_thread(stranger.until, lambda: stranger.sections.get(3, 0) > before)
    assert [stranger.values[i] for i in indices.tolist()] == (indices + 0.5).tolist()
    assert {stranger.quality[i] for i in indices.tolist()} == {BAD}


async def test_ages_say_when_the_source_measured(house: House, stranger: IndependentClient) -> None:
    speed = house.server.room.live.table.index("fil.speed")
    house.sink.write([speed], [95.0], times_ns=house.sink.now_ns() - 3_000_000_000, quality=SIMULATED)
    await asyncio.to_thread(
        stranger.until, lambda: stranger.values.get(speed) == 95.0 and speed in stranger.ages
    )
    assert 3.0 <= stranger.ages[speed] < 8.0
    house.sink.write([speed], [96.0], quality=GOOD)
    await asyncio.to_thread(stranger.until, lambda: STATE_ALARM in stranger.states.values())


async def test_it_adds_a_note_that_the_others_see(house: House, stranger: IndependentClient) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        number = await asyncio.to_thread(stranger.put_note, "n1", "The seal leaks", (1.0, 2.5, 3.0), "P-101")
        await ada.wait_for(lambda: "n1" in ada.notes)
        assert (ada.notes["n1"].text, ada.notes["n1"].number, ada.notes["n1"].author) == (
            "The seal leaks",
            number,
            "Stranger",
        )
        await asyncio.to_thread(stranger.until, lambda: "n1" in stranger.notes)


async def test_it_brings_a_model_in_moves_it_puts_a_note_on_it_and_takes_it_out(
    house: House, stranger: IndependentClient
) -> None:
    there = [0.0, -1.0, 0.0, 5.0, 1.0, 0.0, 0.0, 6.0, 0.0, 0.0, 1.0, 7.0]
    async with house.guest("Ada") as ada:
        model = await asyncio.to_thread(stranger.bring_model, "house.glb", glb_of("wall"), placement=there)
        package = (await until_shown(ada, model))[model]
        assert package == stranger.packages[model]
        assert (package["name"], package["placement"]) == ("house", there)
        things = await asyncio.to_thread(stranger.things_of, model)
        assert [thing["element"] for thing in things] == ["gltf:/", "gltf:/wall"]
        wall = things[1]["id"]
        await asyncio.to_thread(stranger.put_note, "n", "Crack", (0.1, 0.2, 0.0), wall, model)
        await asyncio.to_thread(
            stranger.bring_model, "house 2.glb", glb_of("wall", "roof"), model=model, options={"scale": 2.0}
        )
        assert (stranger.models[model]["revision"], stranger.models[model]["placement"]) == (2, there)
        assert (stranger.notes["n"]["thing"], stranger.notes["n"]["model"]) == (wall, model)
        assert wall in [thing["id"] for thing in await asyncio.to_thread(stranger.things_of, model)]
        turned = [*there[:3], 0.0, *there[4:7], 0.0, *there[8:11], 0.0]
        await asyncio.to_thread(stranger.operate, "place_model", model=model, placement=turned)
        await asyncio.to_thread(stranger.until, lambda: stranger.packages[model]["placement"] == turned)
        await asyncio.to_thread(stranger.operate, "remove_model", model=model)
        await asyncio.to_thread(stranger.operate, "undo")
        assert stranger.models[model]["placement"] == turned
        await asyncio.to_thread(stranger.operate, "remove_model", model="small")
        shown = await until_shown(ada, model, but_not="small")
        assert shown[model]["placement"] == turned
        await asyncio.to_thread(stranger.until, lambda: set(stranger.packages) == {model})


async def test_its_head_is_seen_by_the_others(house: House, stranger: IndependentClient) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        person = stranger.welcome["person"]
        stranger.send_pose((7.0, 8.0, 1.8), (0.6, 0.0, 0.0, 0.8))
        await ada.wait_for(lambda: ada.position_of(person) is not None)
        assert ada.position_of(person) == pytest.approx([7.0, 8.0, 1.8], abs=1e-3)
        assert ada.world.people_quaternions[0] == pytest.approx([0.6, 0, 0, 0.8], abs=2e-3)


async def test_its_pings_are_answered_with_the_session_time(
    house: House, stranger: IndependentClient
) -> None:
    before = house.sink.now_ns()
    await asyncio.to_thread(stranger.ping)
    assert before <= stranger.pongs[-1]["time_ns"] <= house.sink.now_ns()


def test_its_quaternions_are_ours() -> None:
    for numbers in np.random.default_rng(3).normal(size=(50, 4)):
        unit = numbers / np.linalg.norm(numbers)
        packed = pack_quaternion(tuple(unit.tolist()))
        assert packed == pack_quaternions([unit])[0]
        assert unpack_quaternion(packed) == pytest.approx(unpack_quaternions([packed])[0])


async def test_it_asks_what_was_before_it_came(house: House, stranger: IndependentClient) -> None:
    index = house.server.room.live.table.index("fil.speed")
    newest = 0.0

    def has_come() -> bool:
        return stranger.values.get(index) == newest

    for newest in (3.0, 4.0):
        house.sink.write([index], [newest], quality=SIMULATED)
        await asyncio.to_thread(stranger.until, has_come)
    assert 0 < stranger.welcome["history_ns"] <= stranger.time_ns
    told = await asyncio.to_thread(stranger.past_of, index, stranger.welcome["history_ns"], stranger.time_ns)
    known = [(value, quality) for _time_ns, value, quality in told if value == value]
    assert known == [(3.0, SIMULATED), (4.0, SIMULATED)]
    assert all(stranger.welcome["history_ns"] <= time_ns <= stranger.time_ns for time_ns, *_ in told)
