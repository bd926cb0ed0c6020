"""What a server sends is an event or a ProtocolError, whatever it sends."""

from __future__ import annotations

import contextlib

import msgpack
import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from walkdown import codec
from walkdown.blocks import pack_blocks
from walkdown.codec import Section, pack_section, pack_server_frame
from walkdown.errors import BadInput, ProtocolError
from walkdown.messages import Models, Note, Person, Pong, Record, Refusal, Snapshot, encode
from walkdown.signals import SignalTable
from walkdown.twin import Catalogue, Kind, ModelThings, Relation, Signal, Thing, make_catalogue
from walkdown_client.events import Heard, Recorded
from walkdown_client.inbound import (
    decode_catalogue,
    decode_frame,
    decode_message,
    decode_model_things,
    decode_snapshot,
    event_of,
)

KINDS: tuple[Kind, ...] = ("f32", "enum")
CATALOGUE = make_catalogue(
    9,
    things=[Thing("a", "a")],
    signals=[Signal(f"s{i}", "a", "s", kind=k) for i, k in enumerate(KINDS)],
)
TABLE = SignalTable(CATALOGUE.signals)
NOTE = {"note": "n", "text": "leaks", "point": [1, 2.5, 3], "author": "Ada", "author_id": "x", "time_ns": 5}


def zipped(value: object) -> bytes:
    return zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(value))


def test_every_section_of_a_frame_is_decoded() -> None:
    pose = codec.pack_poses([2], [[1, 2, 3]], [[1, 0, 0, 0]])
    hands = np.zeros(1, codec.HANDS)
    hands["pose"]["id"] = 3
    block = pack_blocks(9, TABLE, np.array([0, 1]), changed=None, now_ns=0).data
    sections = [
        pack_section(Section.MESSAGES, encode(Person(2, "Bob")) + encode(Pong(1, 2))),
        pack_section(Section.SIGNALS, block),
        pack_section(Section.THING_STATES, codec.pack_thing_states([0], [3])),
        pack_section(Section.THING_STATES, codec.pack_thing_states([0], [1])),
        pack_section(Section.JOINTS, codec.pack_joints([4], [1.5])),
        pack_section(Section.POSES, pose.tobytes()),
        pack_section(Section.HANDS, hands.tobytes()),
        (99 | 3 << 8).to_bytes(4, "little") + b"new",
    ]
    tick, said = decode_frame(pack_server_frame(5, 6, sections), TABLE.layout, 9)
    assert (tick.tick, tick.time_ns) == (5, 6)
    assert [poses.ids.tolist() for poses in tick.poses] == [[2], [3]]
    assert [(found.kind, found.indices.tolist()) for found in tick.signals] == [("f32", [0]), ("enum", [1])]
    assert tick.states is not None
    assert tick.states.tolist() == [3, 1]
    assert tick.joint_values is not None
    assert tick.joint_values == pytest.approx([1.5])
    assert said == [Person(2, "Bob"), Pong(1, 2)]


def test_messages_sections_and_keys_of_a_newer_server_are_passed_over() -> None:
    assert decode_message(msgpack.packb({"t": "fireworks", "colour": 3})) is None
    assert decode_message(msgpack.packb({"t": "gone", "id": 3, "why": "tired"})) is not None


def test_a_note_in_a_record_gets_the_number_of_the_record() -> None:
    event = event_of(Record(8, 5, "Ada", "x", "note", NOTE))
    assert isinstance(event, Recorded)
    assert event.note == Note("n", "leaks", (1, 2.5, 3), "Ada", "x", 5, number=8)


def test_a_record_of_a_newer_kind_is_a_record() -> None:
    assert event_of(Record(8, 5, "Ada", "x", "poll", {})) == Recorded(Record(8, 5, "Ada", "x", "poll", {}))


def test_what_concerns_the_connection_is_no_event_of_the_world() -> None:
    assert event_of(Refusal("slow", "you are slow")) is None
    assert event_of(Person(1, "Ada")) == Heard(Person(1, "Ada"))


@pytest.mark.parametrize(
    "body",
    [{}, {**NOTE, "point": [1, 2]}, {**NOTE, "text": 5}, {**NOTE, "text": None}],
    ids=["empty", "flat point", "number for text", "no text"],
)
def test_a_record_whose_note_is_wrong_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match=r"not what walkdown\.1 says"):
        event_of(Record(8, 5, "Ada", "x", "note", body))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "expected one control message, got 0"),
        (encode(Pong(1, 2)) * 2, "got 2"),
        (msgpack.packb([1]), "a map with a key 't', got list"),
        (msgpack.packb({"t": 5}), "a map with a key 't'"),
        (msgpack.packb({"t": "pong", "sent_ns": 1, "time_ns": float("nan")}), "not finite"),
        (msgpack.packb({"t": "person", "id": 1, "name": "x", "kind": "ghost"}), "not what walkdown.1 says"),
        (b"\x82\xa1t\xa4pong\xa1t\xa4pong", "names a key twice"),
        (b"\xd6\xff\x00\x00\x00\x00", "got bytes that are not"),
        (b"\xdf\xff\xff\xff\xff", "got bytes that are not"),
        (b"\x91" * 5000, "got bytes that are not"),
        (encode(Pong(1, 2))[:-1], "25 bytes at the end are none"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_a_message_that_is_none_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        decode_message(data)


@given(st.binary(max_size=200))
def test_any_message_is_a_message_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        message = decode_message(data)
        if message is not None:
            event_of(message)


@given(st.binary(max_size=200), st.integers(0, 9), st.integers(0, 200))
def test_any_frame_is_a_tick_or_a_protocol_error(payload: bytes, kind: int, cut: int) -> None:
    section = (kind | len(payload) << 8).to_bytes(4, "little") + payload
    with contextlib.suppress(ProtocolError):
        decode_frame(pack_server_frame(1, 2, [section])[: 13 + cut], TABLE.layout, 9)


def test_a_frame_that_is_too_large_is_refused_by_its_size() -> None:
    with pytest.raises(ProtocolError, match="at most 4194304 bytes"):
        decode_frame(b"\x01" + bytes(codec.FRAME_SIZE_MAX), TABLE.layout, 9)


def test_catalogue_and_snapshot_come_back() -> None:
    assert decode_catalogue(zipped(CATALOGUE)) == CATALOGUE
    snapshot = Snapshot(4, (Note("n", "x", (0, 0, 0), "Ada", "a", 1),), ("leak",))
    assert decode_snapshot(zipped(snapshot)) == snapshot


@pytest.mark.parametrize(
    "data",
    [
        b"",
        zipped(5),
        zipped(CATALOGUE)[:-2],
        zstandard.ZstdCompressor().compress(b"\xc1"),
        zipped({"epoch": 1, "signals": [{"id": "s", "thing": "nobody", "name": "s"}]}),
        zipped({"epoch": 1, "things": [{"id": "a", "name": "a", "properties": {"x": float("inf")}}]}),
    ],
    ids=["nothing", "a number", "cut", "no MessagePack", "a signal of nobody", "infinity"],
)
def test_a_damaged_catalogue_is_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_catalogue(data)


def test_a_catalogue_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(ProtocolError, match="were expected"):
        decode_catalogue(zstandard.ZstdCompressor().compress(bytes(200_000_000)))


def test_an_empty_catalogue_is_a_catalogue() -> None:
    assert decode_catalogue(zipped(Catalogue(1))) == Catalogue(1)


def test_the_things_of_a_model_come_back_and_damaged_ones_are_bad_input() -> None:
    things = ModelThings((Thing("ifc:wall", "Wall", "IfcWall"),), (Relation("ifc:wall", "FIL", "feeds"),))
    packed = zstandard.compress(msgspec.msgpack.encode(things))
    assert decode_model_things(packed) == things
    with pytest.raises(BadInput):
        decode_model_things(packed[:-3])


def test_a_list_of_models_is_told_when_its_things_are_known() -> None:
    assert event_of(Models(())) is None
