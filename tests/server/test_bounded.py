"""Whatever a client does, the server keeps at most a megabyte for it."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from websockets.frames import Opcode

from tests.server.paper import Stage
from tests.server.test_websocket import frame, opened
from walkdown.messages import SUBPROTOCOL, Hello, PutNote, encode
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_server.door.rules import OWN_COMPUTER
from walkdown_server.port.connection import WAITING_MAX_BYTES, Connection
from walkdown_server.ticks.outbox import REPLIES_WAITING, Events, Outbox
from walkdown_server.websocket import WebSocket

MEGABYTE = 1024 * 1024


class Deaf(asyncio.Transport):
    """A transport from which nobody ever reads."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = self.most = 0
        self.aborted = False

    def write(self, data: Any) -> None:
        self.waiting += len(data)
        self.most = max(self.most, self.waiting)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.aborted = True


def connected(stage: Stage, websocket: WebSocket) -> tuple[Connection, Deaf]:
    deaf = Deaf()
    buffer = memoryview(bytearray(65536))
    connection = Connection(deaf, websocket, room=stage.room, buffer=buffer, on_lost=lambda _gone: None)
    connection.peer = OWN_COMPUTER
    connection.receive(frame(encode(Hello(version=SUBPROTOCOL, name="Eve"))))
    assert stage.room.people == 1
    return connection, deaf


async def test_who_asks_for_pongs_and_does_not_listen_is_hung_up_on() -> None:
    connection, deaf = connected(Stage(), opened())
    pings = frame(bytes(125), Opcode.PING) * 100
    for _ in range(1000):
        if deaf.aborted:
            break
        connection.receive(pings)
        connection.look_after(asyncio.get_running_loop().time())
    assert deaf.aborted
    assert WAITING_MAX_BYTES < deaf.most < WAITING_MAX_BYTES + 100 * 127 + 1


async def test_who_does_not_listen_is_sent_nothing_more() -> None:
    stage = Stage()
    _connection, deaf = connected(stage, opened())
    for number in range(100):
        stage.room.sink("s").write(np.arange(600), np.full(600, float(number)))
        stage.tick()
    assert deaf.most < 64 * 1024


def test_fragments_without_end_and_without_content_take_no_room() -> None:
    websocket = opened()
    assert list(websocket.receive(frame(b"x", fin=False))) == []
    for _ in range(1000):
        assert list(websocket.receive(frame(b"", Opcode.CONT, fin=False) * 10)) == []
    assert websocket._message == bytearray(b"x")
    assert list(websocket.receive(frame(b"y", Opcode.CONT))) == [b"xy"]


def test_a_newcomer_gets_very_many_states_and_events_in_parts_and_all_of_them() -> None:
    texts = [Signal(f"s{i}", "T", "", kind="text") for i in range(4000)]
    stage = Stage(make_catalogue(1, things=[Thing("T", "")], signals=texts))
    _ada, member = stage.join("Ada")
    for index in range(len(texts)):
        stage.room.sink("s").text(index, "x" * 300 + str(index))
    for op in range(1, 301):
        stage.secs += 0.1
        stage.room.receive(member, PutNote(op, f"n{op}", "y" * 4000, (0.0, 0.0, 0.0)))
        stage.commit()
    stage.secs -= 29.0
    bob, _ = stage.join("Bob", resume=_ada.welcome["secret"], last=1)
    stage.tick(20)
    assert max(map(len, bob.frames)) < MEGABYTE
    told = {m["signal"]: m["value"] for m in bob.messages if m["t"] == "text"}
    assert told == {index: "x" * 300 + str(index) for index in range(len(texts))}
    records = [m["number"] for m in bob.messages if m["t"] == "record"]
    assert records == sorted(set(records))
    assert records[-1] == 300


def test_answers_that_nobody_fetches_are_bounded_in_number_and_bytes() -> None:
    def outbox() -> Outbox:
        return Outbox(Events(), block_count=0, thing_count=0, next_event=1)

    many, long = outbox(), outbox()
    for _ in range(REPLIES_WAITING):
        many.answer(b"")
    assert not many.has_too_many_replies
    many.answer(b"")
    assert many.has_too_many_replies
    long.answer(bytes(300 * 1024))
    assert long.has_too_many_replies


def test_who_has_missed_what_is_no_longer_held_is_asked_to_join_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("walkdown_server.ticks.outbox.EVENTS_BYTES", 1000)
    stage = Stage()
    _ada, member = stage.join("Ada")
    bob, _ = stage.join("Bob")
    stage.tick(3)
    bob.stuck = True
    for op in range(1, 11):
        stage.room.receive(member, PutNote(op=op, note=f"n{op}", text="x" * 300, point=(0.0, 0.0, 0.0)))
        stage.tick()
    bob.stuck = False
    stage.tick(2)
    assert bob.refusal is not None
    assert bob.refusal.code == "slow"
    assert not [m for m in bob.messages if m["t"] == "record"]
    assert not stage.room._telling.events.holds(8)


def test_who_is_owed_nothing_holds_no_table_of_it() -> None:
    stage = Stage()
    _paper, member = stage.join("Ada")
    stage.tick(3)
    assert member.outbox.current
    assert member.outbox._blocks is None
    assert member.outbox._things is None
    assert not member.outbox.keys
