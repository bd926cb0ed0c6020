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
    Blob,
    ClientMessage,
    Gone,
    Hello,
    Message,
    Operation,
    PackageRef,
    Person,
    Ping,
    Pong,
    PutNote,
    Record,
    Select,
    ServerMessage,
    SourceStatus,
    Subscribe,
    TextValue,
    Trigger,
    Undo,
    Welcome,
    decode_client,
    decode_server,
    encode,
)

PACKAGE = PackageRef("a" * 64, "hall", Blob("b" * 64, 9), 0, 5)
EVERY_CLIENT_MESSAGE: list[ClientMessage] = [
    Hello("walkdown.1", "Ada", resume="x", last=3, kind="bot"),
    Ping(-5),
    Select("L1.FIL"),
    Subscribe((0, 7)),
    Subscribe(),
    PutNote(1, "n", "look", (1.0, 2.0, 3.0), "L1"),
    Undo(2),
    Trigger(3, "leak", active=False),
]
EVERY_SERVER_MESSAGE: list[ServerMessage] = [
    Welcome(1, "s", "hall", False, 5, 50, 1, Blob("c" * 64, 1), (PACKAGE,), None, 4),
    Pong(1, 2),
    Record(1, 2, "Ada", "id", "note", {"note": "n"}),
    Person(1, "Ada", selected="L1"),
    Gone(1),
    TextValue(3, "running"),
    SourceStatus("mqtt", "live"),
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


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_msgspec_error(data: bytes) -> None:
    for decoder in (decode_client, decode_server):
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            assert isinstance(decoder.decode(data), Message)


def test_no_control_message_can_be_mistaken_for_a_frame() -> None:
    assert {encode(m)[0] >> 4 for m in (*EVERY_CLIENT_MESSAGE, *EVERY_SERVER_MESSAGE)} == {0x8}


def test_every_tag_is_used_once() -> None:
    tags = [kind.__struct_config__.tag for kind in (*get_args(ClientMessage), *get_args(ServerMessage))]
    assert len(tags) == len(set(tags))


def test_only_wishes_carry_an_operation_number() -> None:
    for kind in get_args(ClientMessage):
        assert issubclass(kind, Operation) == ("op" in kind.__struct_fields__)
