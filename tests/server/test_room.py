"""The room with clients that are lists: what is owed arrives, whoever is slow, and nothing is told twice."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from tests.server.paper import Bits, Rows, Stage, note
from walkdown.blocks import PackedBlocks, pack_blocks
from walkdown.codec import Section, is_frame, unpack_server_frame
from walkdown.messages import (
    CancelModel,
    ModelTask,
    OfferModel,
    Reply,
    Select,
    SetRole,
    Subscribe,
)
from walkdown.signals import SignalTable
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_server.access import SLOW_AFTER_SECS
from walkdown_server.ruling import BringModel
from walkdown_server.ticks.outbox import OWED_BLOCKS_PER_FRAME


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_client_that_misses_ticks_at_random_ends_with_exactly_the_servers_state() -> None:
    chance = np.random.default_rng(5)
    things = [Thing(f"t{i}", "") for i in range(60)]
    kinds = ("f32", "f64", "i64", "enum", "bool", "text")
    signals = [
        Signal(f"s{i}", f"t{i % 60}", "", kind=kinds[i % 6], alarm_labels=(1,), period_secs=0.4)  # type: ignore[arg-type]
        for i in range(3000)
    ]
    stage = Stage(make_catalogue(9, things=things, signals=signals))
    room, table = stage.room, stage.room.live.table
    room.live.joint_values = np.zeros(20)
    room.live._moved_joints = np.zeros(20, bool)
    papers = [stage.join(name)[0] for name in ("steady", "slow", "slower")]
    sink = room.sink("s")
    numeric = table.first("text")
    for _ in range(200):
        rows = chance.choice(numeric, size=int(chance.integers(0, 400)), replace=False)
        sink.write(rows, chance.integers(0, 3, len(rows)), quality=int(chance.integers(0, 4)))
        sink.text(numeric + int(chance.integers(0, 400)), str(chance.random()))
        sink.joints(chance.integers(0, 20, 3), chance.random(3))
        papers[1].stuck, papers[2].stuck = bool(chance.random() < 0.3), bool(chance.random() < 0.9)
        stage.tick()
    for paper in papers:
        paper.stuck = False
    stage.tick(3)
    texts = {i: (table.texts[i - numeric], int(table.quality[i])) for i in range(numeric, 3000)}
    for paper in papers:
        for kind, column in table.values.items():
            assert np.array_equal(paper.table.values[kind], column, equal_nan=True)
        assert np.array_equal(paper.table.quality[:numeric], table.quality[:numeric])
        assert np.array_equal(paper.states, room.live.alarms.thing_states)
        assert [paper.joints[i] for i in range(20)] == pytest.approx(room.live.joint_values, abs=1e-5)
        newest = {m["signal"]: (m["value"], m.get("quality", 0)) for m in paper.messages if m["t"] == "text"}
        assert newest == texts


def test_those_who_keep_up_share_the_same_bytes(stage: Stage) -> None:
    ada, _ = stage.join("Ada")
    bob, _ = stage.join("Bob")
    stage.tick(3)
    stage.room.sink("s").write([0, 5], [1.0, 2.0])
    stage.tick(3)
    assert ada.frames[-1] == bob.frames[-1]


def test_a_change_waits_three_ticks_at_most_and_a_state_one() -> None:
    stage = Stage()
    paper, _ = stage.join("Ada")
    stage.tick(4)
    table = stage.room.live.table
    for index in (table.index("p.x10"), table.index("p.x300"), table.index("p.x599")):
        stage.room.sink("s").write([index], [7.0])
        stage.tick(3)
        assert paper.table.value(index) == 7.0
    mode = table.index("fil.mode")
    stage.room.sink("s").write([mode], [2])
    stage.tick()
    assert paper.table.value(mode) == 2
    assert paper.states[1] == 3


def test_nothing_is_sent_when_nothing_happens_but_once_a_second(stage: Stage) -> None:
    paper, _ = stage.join("Ada")
    stage.tick(60)
    before = len(paper.frames)
    stage.tick(40)
    assert len(paper.frames) - before == 2


def test_events_come_in_order_once_and_before_the_reply(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    bob, _ = stage.join("Bob")
    chance = random.Random(4)
    for op in range(1, 41):
        stage.secs += 1.0
        stage.room.receive(member, note(op, f"n{op}"))
        bob.stuck = chance.random() < 0.5
        stage.tick()
    bob.stuck = False
    stage.tick()
    for paper in (ada, bob):
        assert [m["number"] for m in paper.messages if m["t"] == "record"] == list(range(1, 41))
    words = [m["t"] for m in ada.messages if m["t"] in ("record", "reply")]
    assert words == ["record", "reply"] * 40


def test_nobody_is_told_before_the_journal_has_it(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.keep = False
    stage.room.receive(member, note(1))
    stage.tick(3)
    assert not [m for m in ada.messages if m["t"] in ("record", "reply")]
    stage.commit()
    stage.tick()
    assert [m["t"] for m in ada.messages if m["t"] in ("record", "reply")] == ["record", "reply"]


def test_a_repeat_gets_the_first_answer_and_no_second_record(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.keep = False
    stage.room.receive(member, note(1))
    stage.room.receive(member, note(1))
    stage.keep = True
    stage.tick()
    stage.room.receive(member, note(1))
    stage.tick()
    replies = [m for m in ada.messages if m["t"] == "reply"]
    assert [r["number"] for r in replies] == [1, 1]
    assert len(stage.entries) == 1


def test_what_the_journal_cannot_keep_is_answered_so_and_taken_back(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.keep = False
    stage.room.receive(member, note(1, "a"))
    stage.room.receive(member, note(2, "b"))
    first, second = stage.waiting
    stage.room.commits.committed([first], "disk full")
    stage.room.receive(member, note(3, "c"))
    stage.room.commits.committed([second], "disk full")
    stage.room.commits.committed([stage.waiting[-1]], "")
    stage.room.tick()
    replies = {m["op"]: (m.get("number", 0), m.get("code", "")) for m in ada.messages if m["t"] == "reply"}
    assert replies == {1: (0, "not-kept"), 2: (0, "not-kept"), 3: (1, "")}
    assert [n.note for n in stage.room.session.snapshot().notes] == ["c"]


def test_a_model_is_answered_to_who_wished_for_it_and_told_to_all_when_it_is_on_disk(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    answers: list[Reply] = []
    wish = BringModel("m", "House", "p1")
    stage.keep = False
    stage.room.commits.bring(member.identity.author, wish, answers.append)
    stage.tick()
    assert answers == []
    assert not [m for m in ada.messages if m["t"] in ("record", "models")]
    stage.keep = True
    stage.tick()
    assert [answer.number for answer in answers] == [1]
    words = [m["t"] for m in ada.messages if m["t"] in ("record", "models", "reply")]
    assert words == ["record", "models"]


def test_a_model_that_the_journal_cannot_keep_is_answered_so(stage: Stage) -> None:
    _, member = stage.join("Ada")
    answers: list[Reply] = []
    author = member.identity.author
    stage.room.commits.bring(author, BringModel("m", "House", "p1"), answers.append)
    stage.room.commits.committed(stage.waiting, "disk full")
    stage.room.set_writable(False, "full")
    stage.room.commits.bring(author, BringModel("m", "House", "p1"), answers.append)
    stage.room.set_writable(True, "")
    stage.room.commits.bring(author, BringModel("m", "House", "p1", (0.0,) * 12), answers.append)
    assert [answer.code for answer in answers] == ["not-kept", "read-only", "place"]
    assert stage.room.session.models() == ()


def test_a_room_without_a_desk_for_models_refuses_offers(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.room.receive(member, OfferModel("m", "a.glb", 1, "0" * 64))
    stage.room.receive(member, CancelModel("m"))
    stage.tick()
    assert [m["phase"] for m in ada.messages if m["t"] == "model_task"] == ["failed"]


def test_what_is_told_no_more_is_owed_to_nobody(stage: Stage) -> None:
    ada, _ = stage.join("Ada")
    stage.tick()
    ada.stuck = True
    stage.room.model_desk.tell_task(ModelTask("m", "a.glb", 1, "failed"))
    stage.tick()
    stage.room.model_desk.forget_task("m")
    ada.stuck = False
    stage.tick(2)
    stage.room.model_desk.tell_task(ModelTask("n", "a.glb", 1, "read"))
    stage.room.model_desk.forget_task("n")
    stage.tick()
    assert not [m for m in ada.messages if m["t"] == "model_task"]


def test_while_nothing_can_be_written_wishes_are_refused_and_values_go_on(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.room.set_writable(False, "full")
    stage.room.receive(member, note(1))
    stage.room.sink("s").write([0], [5.0])
    stage.tick(3)
    assert [m["code"] for m in ada.messages if m["t"] == "reply"] == ["read-only"]
    assert [m for m in ada.messages if m["t"] == "server"][-1]["writable"] is False
    assert ada.table.value(0) == 5.0


def test_wishes_are_limited_to_a_rate(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    for op in range(1, 101):
        stage.room.receive(member, note(op, f"n{op}"))
    stage.tick()
    codes = [m.get("code", "") for m in ada.messages if m["t"] == "reply"]
    assert codes.count("") == 60
    assert codes.count("rate") == 40


def test_who_is_too_far_behind_is_cut(stage: Stage) -> None:
    _ada, member = stage.join("Ada")
    bob, _ = stage.join("Bob")
    bob.stuck = True
    stage.tick(2)
    stage.room.receive(member, note(1))
    stage.tick(int(SLOW_AFTER_SECS * 20) - 2)
    assert bob.refusal is None
    stage.tick(4)
    assert bob.refusal is not None
    assert bob.refusal.code == "slow"


def test_who_misses_no_event_is_never_cut_for_being_slow(stage: Stage) -> None:
    bob, _ = stage.join("Bob")
    stage.tick(2)
    bob.stuck = True
    stage.room.sink("s").write([0], [5.0])
    stage.tick(int(SLOW_AFTER_SECS * 20) + 100)
    assert bob.refusal is None


def test_a_subscriber_of_nothing_hears_of_people_only(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.tick(4)
    stage.room.receive(member, Subscribe(blocks=()))
    stage.room.receive(member, Select(thing="P-101"))
    stage.room.sink("s").write([0], [5.0])
    stage.tick(4)
    assert np.isnan(ada.table.values["f32"][0])
    assert ada.people[ada.me]["selected"] == "P-101"


def test_everybody_sees_who_leads_as_long_as_they_lead_and_are_here(stage: Stage) -> None:
    _ada, admin = stage.join("Ada")
    bob, member = stage.join("Bob")
    crowd = stage.room.crowd
    stage.room.receive(admin, SetRole(op=1, person=bob.me, role="chair"))
    stage.tick()
    assert crowd.always == {bob.me}
    stage.room.show_always({9})
    assert crowd.always == {bob.me, 9}
    stage.room.leave(member, for_good=True)
    assert crowd.always == {9}
    again, _ = stage.join("Bob", resume=bob.welcome["secret"])
    assert crowd.always == {again.me, 9}
    stage.room.receive(admin, SetRole(op=2, person=again.me, role="observer"))
    stage.tick()
    assert crowd.always == {9}


def test_a_block_of_a_subscription_that_does_not_exist_is_no_matter(stage: Stage) -> None:
    _ada, member = stage.join("Ada")
    stage.room.receive(member, Subscribe(blocks=(0, 60000)))
    stage.tick()


def test_changing_a_subscription_brings_current_values_of_what_is_new_and_of_nothing_else() -> None:
    things = [Thing("a", "a", "pump"), Thing("b", "b", "fan")]
    signals = [Signal(f"{owner}{i}", owner, "s") for owner in "ab" for i in range(250)]
    stage = Stage(make_catalogue(1, things=things, signals=signals))
    ada, member = stage.join("Ada")
    stage.tick(2)
    sink = stage.room.sink("s")
    stage.room.receive(member, Subscribe(layers=("pump",)))
    stage.tick()
    before = len(ada.frames)
    sink.write([250], [7.0])
    stage.tick(3)
    assert np.isnan(ada.table.values["f32"][250])
    stage.room.receive(member, Subscribe(layers=("fan", "pump")))
    stage.tick()
    assert ada.table.values["f32"][250] == 7.0
    blocks = [number for frame in ada.frames[before:] for number in _blocks_in(frame)]
    assert blocks == [1]


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The numbers of the blocks that each encoding of blocks encodes."""
    found: list[list[int]] = []

    def counted(
        epoch: int, table: SignalTable, numbers: Rows, *, changed: Bits | None, now_ns: int
    ) -> PackedBlocks:
        found.append(numbers.tolist())
        return pack_blocks(epoch, table, numbers, changed=changed, now_ns=now_ns)

    monkeypatch.setattr("walkdown_server.ticks.live.pack_blocks", counted)
    return found


def test_of_newcomers_each_block_is_encoded_once_for_all(encoded: list[list[int]]) -> None:
    stage = Stage(make_catalogue(1, things=[Thing("a", "a")], signals=[Signal("s", "a", "s")]))
    papers = [stage.join(name)[0] for name in ("Ada", "Bob", "Eve")]
    stage.tick()
    assert encoded == [[0]]
    assert all(_blocks_in(paper.frames[-1]) == [0] for paper in papers)


def test_newcomers_of_different_ticks_share_what_they_are_owed(encoded: list[list[int]]) -> None:
    signals = [Signal(f"s{i}", "a", "s") for i in range(350 * 250)]
    stage = Stage(make_catalogue(1, things=[Thing("a", "a")], signals=signals))
    papers = []
    for name in ("Ada", "Bob", "Eve"):
        papers.append(stage.join(name)[0])
        stage.tick()
    stage.tick(4)
    assert max(map(len, encoded)) == OWED_BLOCKS_PER_FRAME
    for paper in papers:
        assert sorted(n for frame in paper.frames for n in _blocks_in(frame)) == list(range(350))


def test_a_session_without_signals_has_none_to_tell() -> None:
    stage = Stage(make_catalogue(1, things=[Thing("a", "a")]))
    ada, member = stage.join("Ada")
    stage.tick(3)
    stage.room.receive(member, Subscribe(layers=("thing",), blocks=(0,)))
    stage.tick(20)
    assert [n for frame in ada.frames for n in _blocks_in(frame)] == []
    assert len(ada.ticks) > 1


def _blocks_in(frame: bytes) -> list[int]:
    """Return the numbers of the signal blocks of a frame; other messages have none."""
    if not is_frame(frame):
        return []
    numbers = []
    for kind, payload in unpack_server_frame(frame)[2]:
        offset = 0
        while kind == Section.SIGNALS and offset < len(payload):
            _epoch, number, _encoding, _flags, size = struct.unpack_from("<HHBBH", payload, offset)
            numbers.append(number)
            offset += 8 + size
    return numbers
