"""Other versions: an older and a newer client join and work, and what each release recorded is read again."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest

from tests.server.conftest import Guest, House
from tests.server.recorded_session import SESSIONS, record, release, state_of
from walkdown import codec
from walkdown.codec import Section
from walkdown.messages import SUBPROTOCOL, Person, PutNote, Record, Reply
from walkdown_client.events import Recorded, Tick
from walkdown_client.inbound import decode_frame, decode_message, event_of
from walkdown_client.world import World
from walkdown_server.journal import Store
from walkdown_server.journal.exported import unpack
from walkdown_server.journal.store import read_folder
from walkdown_server.keys import ServerKey

HERE = (0.0, 0.0, 0.0)
NEWER = {"from_the_future": {"deep": [1, 2, {"x": None}]}, "other": 3.5}
RECORDED = sorted(path.name for path in SESSIONS.iterdir() if path.is_dir())


# ---- recorded sessions ---------------------------------------------------------------------------------


def test_this_release_has_a_recorded_session() -> None:
    assert release() in RECORDED, "record one: python -m tests.server.recorded_session"
    assert version("walkdown").startswith(release())


@pytest.mark.parametrize("name", RECORDED)
def test_what_a_release_recorded_stands_for_the_same_now(name: str) -> None:
    expected = json.loads((SESSIONS / name / "expected.json").read_text("utf-8"))
    reading = read_folder(SESSIONS / name, all_signatures=True)
    assert reading.faults == ()
    assert state_of(reading) == expected
    exported = unpack((SESSIONS / name / "session.wds").read_bytes())
    assert exported.reading.faults == ()
    assert state_of(exported.reading) == expected


@pytest.mark.parametrize("name", RECORDED)
def test_a_server_goes_on_with_what_a_release_recorded(name: str, tmp_path: Path) -> None:
    for file in ("journal", "heads"):
        (tmp_path / file).write_bytes((SESSIONS / name / file).read_bytes())
    store = Store(tmp_path, ServerKey.of_folder(tmp_path))
    assert not store.read_only
    assert len(store.entries) == store.number > 0
    store.close()


def test_what_is_recorded_now_stands_for_the_same_as_in_this_release(tmp_path: Path) -> None:
    record(tmp_path)
    expected = json.loads((SESSIONS / release() / "expected.json").read_text("utf-8"))
    assert json.loads((tmp_path / "expected.json").read_text("utf-8")) == expected


def unknown_section(kind: int, payload: bytes) -> bytes:
    return codec.pack_section(kind, payload)  # type: ignore[arg-type]


# ---- other clients -------------------------------------------------------------------------------------


class Plain(Guest):
    """A client that writes its messages as plain maps, whatever its version calls for."""

    async def write(self, **message: Any) -> None:
        await self.socket.send(msgpack.packb(message))


async def test_a_client_one_version_older_joins_and_works(house: House) -> None:
    """It knows nothing of roles, keys, invitations, layers or bases, and passes over what is new."""
    async with house.socket() as socket:
        old = Plain(socket, house.catalogue)
        await old.write(t="hello", version=SUBPROTOCOL, name="Old")
        await old.said("welcome")
        await old.write(t="subscribe", blocks=None)
        await old.write(t="put_note", op=1, note="n", text="one", point=HERE)
        assert (await old.said("reply", op=1))["number"]
        await old.write(t="put_note", op=2, note="n", text="two", point=HERE)
        assert (await old.said("reply", op=2))["number"]
        await old.write(t="remove_note", op=3, note="n")
        assert (await old.said("reply", op=3))["number"]
        await old.write(t="undo", op=4)
        assert (await old.said("reply", op=4))["number"]
        await old.move(1.0, 2.0)
        house.sink.write([0], [95.0])
        await old.until(lambda: old.table.value(0) == 95.0)
        async with house.guest("New") as new:
            await new.until(lambda: old.me in new.poses)
            assert new.people[old.me]["name"] == "Old"


async def test_a_client_one_version_newer_joins_and_works(house: House) -> None:
    async with house.socket() as socket, house.guest("Here") as here:
        new = Plain(socket, house.catalogue)
        await new.write(t="hello", version=SUBPROTOCOL, name="New", **NEWER)
        await new.said("welcome")
        await new.write(t="wave", at="everybody", **NEWER)
        await new.write(t="wave_operation", op=1, **NEWER)
        await new.write(t="put_note", op=2, note="n", text="one", point=HERE, **NEWER)
        assert (await new.said("reply", op=2))["number"]
        await new.write(t="subscribe", seasons=["winter"], **NEWER)
        head = codec.pack_poses([0], [[5.0, 6.0, 1.7]], [[1, 0, 0, 0]], flags=0x8000 | 4)
        sections = [
            unknown_section(200, b"something that nobody here has heard of"),
            codec.pack_section(Section.POSES, head.tobytes()),
            unknown_section(201, b""),
        ]
        await socket.send(codec.pack_client_frame(0, sections))
        await here.until(lambda: new.me in here.poses)
        assert np.allclose(here.poses[new.me].positions[0], [5.0, 6.0, 1.7])
        assert (await here.operate(PutNote, note="m", text="x", point=HERE))["number"]


# ---- a newer server, for our client --------------------------------------------------------------------


def test_our_client_passes_over_what_a_newer_server_adds() -> None:
    assert decode_message(msgpack.packb({"t": "aurora", **NEWER})) is None
    told = decode_message(msgpack.packb({"t": "person", "id": 3, "name": "Ada", **NEWER}))
    assert isinstance(told, Person)
    assert told.id == 3
    reply = decode_message(msgpack.packb({"t": "reply", "op": 1, "code": "a code of the future", **NEWER}))
    assert isinstance(reply, Reply)
    assert reply.code == "a code of the future"


def test_our_client_knows_the_number_of_a_record_of_a_kind_that_it_does_not_know() -> None:
    world, event = World(), event_of(Record(5, 1, "Ada", "a", "sculpture", {"marble": True}))
    assert isinstance(event, Recorded)
    world.apply(event)
    assert (world.last_record, world.notes) == (5, {})


def test_our_client_passes_over_sections_and_flags_that_it_does_not_know(house: House) -> None:
    poses = codec.pack_poses([7], [[1.0, 2.0, 3.0]], [[1, 0, 0, 0]], flags=0xFFF0)
    sections = [unknown_section(250, b"?" * 9), codec.pack_section(Section.POSES, poses.tobytes())]
    tick, said = decode_frame(codec.pack_server_frame(4, 5, sections), house.server.room.live.table.layout, 3)
    assert isinstance(tick, Tick)
    assert (tick.tick, said) == (4, [])
    assert tick.poses[0].ids.tolist() == [7]
