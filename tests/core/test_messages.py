"""Every message survives the wire, and what does not fit its type is refused."""

from __future__ import annotations

import contextlib
from typing import Any, get_args

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.messages import (
    SIZE_OPERATION,
    Blob,
    CancelModel,
    ClientMessage,
    Gone,
    Hello,
    ImportOptions,
    Message,
    Models,
    ModelState,
    ModelTask,
    OfferModel,
    Operation,
    PackageRef,
    Person,
    Ping,
    PlaceModel,
    Pong,
    PutNote,
    Record,
    RemoveModel,
    Select,
    ServerMessage,
    SourceStatus,
    Subscribe,
    TextValue,
    Trigger,
    Undo,
    UploadTicket,
    Welcome,
    decode_client,
    decode_server,
    encode,
)

PACKAGE = PackageRef("a" * 64, "hall", Blob("b" * 64, 9), 0, 5)
MODEL = "9c418c24-d83b-4c89-b100-f032bd2d79cd"
MOVED = (0.0, -2.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0, 3.0)
EVERY_CLIENT_MESSAGE: list[ClientMessage] = [
    Hello("walkdown.1", "Ada", resume="x", last=3, kind="bot"),
    Ping(-5),
    Select("L1.FIL"),
    Subscribe((0, 7)),
    Subscribe(),
    PutNote(1, "n", "look", (1.0, 2.0, 3.0), "L1"),
    Undo(2),
    Trigger(3, "leak", active=False),
    OfferModel(MODEL, "hall.ifc", 5, "d" * 64, options=ImportOptions(unit=0.001, up="Y"), placement=MOVED),
    OfferModel(MODEL, "hall.zip", 4 << 30, "d" * 64, main="a/b.obj"),
    CancelModel(MODEL),
    PlaceModel(4, MODEL, MOVED),
    RemoveModel(5, MODEL),
]
OFFER = {"t": "offer_model", "model": MODEL, "file": "hall.glb", "size": 5, "sha256": "d" * 64}
EVERY_SERVER_MESSAGE: list[ServerMessage] = [
    Welcome(1, "s", "hall", False, 5, 50, 1, Blob("c" * 64, 1), (PACKAGE,), None, 4),
    Pong(1, 2),
    Record(1, 2, "Ada", "id", "note", {"note": "n"}),
    Person(1, "Ada", selected="L1"),
    Gone(1),
    TextValue(3, "running"),
    SourceStatus("mqtt", "live"),
    Models((PACKAGE, PackageRef("e" * 64, "x", PACKAGE.manifest, 5, 9, placement=MOVED, model=MODEL))),
    Models(()),
    ModelTask(MODEL, "hall.ifc", 3, "read", 0.25, MOVED),
    ModelTask(MODEL, "hall.ifc", 3, "failed", text="It is empty."),
    UploadTicket(MODEL, "/upload/x"),
    UploadTicket(MODEL, None),
]


@pytest.mark.parametrize("message", EVERY_CLIENT_MESSAGE, ids=lambda m: type(m).__name__)
def test_what_a_client_says_comes_back(message: ClientMessage) -> None:
    assert decode_client.decode(encode(message)) == message


@pytest.mark.parametrize("message", EVERY_SERVER_MESSAGE, ids=lambda m: type(m).__name__)
def test_what_a_server_says_comes_back(message: ServerMessage) -> None:
    assert decode_server.decode(encode(message)) == message


@pytest.mark.parametrize(
    "raw",
    [
        {"t": "hello", "version": "walkdown.1", "name": ""},
        {"t": "hello", "version": "walkdown.1", "name": "x" * 81},
        {"t": "hello", "version": "walkdown.1", "name": "Ada", "kind": "ghost"},
        {"t": "hello", "version": "walkdown.1", "name": "Ada", "last": -1},
        {"t": "put_note", "op": 0, "note": "n", "text": "x", "point": [0, 0, 0]},
        {"t": "put_note", "op": 1, "note": "n", "text": "x" * 4001, "point": [0, 0, 0]},
        {"t": "put_note", "op": 1, "note": "n", "text": "x", "point": [0, 0]},
        {"t": "subscribe", "blocks": [65536]},
        {"t": "ping", "sent_ns": 2**63},
        {"t": "place_model", "op": 1, "model": "m", "placement": [0.0] * 11},
        {"t": "place_model", "op": 1, "model": "m", "placement": [0.0] * 13},
        OFFER | {"size": 0},
        OFFER | {"size": (4 << 30) + 1},
        OFFER | {"sha256": "D" * 64},
        OFFER | {"sha256": "d" * 63},
        OFFER | {"file": ""},
        OFFER | {"file": "../hall.glb"},
        OFFER | {"file": "a\\hall.glb"},
        OFFER | {"file": "a\n.glb"},
        OFFER | {"model": ""},
        OFFER | {"options": {"unit": 0.0}},
        OFFER | {"options": {"up": "X"}},
        OFFER | {"options": {"epsg": 1}},
        OFFER | {"options": {"origin": [1.0, 2.0]}},
        {"t": "welcome"},
        {"t": "nonsense"},
        {},
        [],
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(raw: Any) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_client.decode(msgpack.packb(raw))


def test_the_longest_offer_fits_into_an_operation() -> None:
    longest = OfferModel(
        "\U0001f3e0" * 200,
        "\U0001f3e0" * 200,
        4 << 30,
        "d" * 64,
        main="\U0001f3e0" * 1000,
        options=ImportOptions(1e6, "Z", 1e-6, 32767, (1e300,) * 3),
        placement=(1e300,) * 12,
    )
    assert len(encode(longest)) < SIZE_OPERATION
    assert decode_client.decode(encode(longest)) == longest


def test_what_the_journal_keeps_of_a_model_comes_back() -> None:
    state = ModelState(MODEL, "Hall", "e" * 64, "Ada", "id", MOVED, revision=3)
    assert msgspec.convert(msgspec.to_builtins(state), ModelState) == state
    plain = ModelState(MODEL, "Hall", "e" * 64, "Ada", "id")
    assert set(msgspec.to_builtins(plain)) == {"model", "name", "package", "author", "author_id"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_msgspec_error(data: bytes) -> None:
    for decoder in (decode_client, decode_server):
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            assert isinstance(decoder.decode(data), Message)


def test_no_control_message_can_be_mistaken_for_a_frame() -> None:
    assert {encode(m)[0] >> 4 for m in (*EVERY_CLIENT_MESSAGE, *EVERY_SERVER_MESSAGE)} <= {0x8, 0xD}


def test_every_tag_is_used_once() -> None:
    tags = [kind.__struct_config__.tag for kind in (*get_args(ClientMessage), *get_args(ServerMessage))]
    assert len(tags) == len(set(tags))


def test_only_wishes_carry_an_operation_number() -> None:
    for kind in get_args(ClientMessage):
        assert issubclass(kind, Operation) == ("op" in kind.__struct_fields__)
