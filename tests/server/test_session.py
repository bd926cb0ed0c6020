"""The rules of a session: who may change what, what undo means, and that a replay gives the same state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from walkdown.messages import Note, Operation, PutNote, Record, Redo, RemoveNote, Reply, Trigger, Undo
from walkdown_server.journal.kept import entry_of, record_of
from walkdown_server.ruling import Author, Draft
from walkdown_server.session import Session
from walkdown_server.standing import AUTHORS_KEPT

ADA, BOB = Author("a", "Ada", "operator"), Author("b", "Bob", "operator")
EVE, CHAIR = Author("e", "Eve"), Author("c", "Carl", "chair")
HERE = (1.0, 2.0, 3.0)


@dataclass
class Desk:
    """A session whose journal keeps everything at once."""

    session: Session = field(default_factory=lambda: Session(things=["P-101"], disturbances=["clog"]))
    log: list[Record] = field(default_factory=list)
    ops: dict[str, int] = field(default_factory=dict)

    def wish(self, author: Author, kind: type[Operation], **fields: object) -> Reply:
        op = self.ops[author.id] = self.ops.get(author.id, 0) + 1
        decided = self.session.decide(kind(op=op, **fields), author)
        if isinstance(decided, Reply):
            return decided
        record = self.session.expect(decided, time_ns=len(self.log) + 1)
        self.log.append(record)
        return self.session.apply(record).reply

    def put(self, author: Author, note: str, text: str) -> Reply:
        return self.wish(author, PutNote, note=note, text=text, point=HERE)

    def notes(self) -> dict[str, str]:
        return {note.note: note.text for note in self.session.snapshot().notes}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_undo_and_redo_go_through_ones_own_changes_in_order(desk: Desk) -> None:
    desk.put(ADA, "n", "one")
    desk.put(ADA, "n", "two")
    desk.wish(ADA, RemoveNote, note="n")
    seen = [desk.notes().get("n")]
    for _ in range(3):
        assert desk.wish(ADA, Undo).number
        seen.append(desk.notes().get("n"))
    assert desk.wish(ADA, Undo).code == "nothing"
    for _ in range(3):
        assert desk.wish(ADA, Redo).number
        seen.append(desk.notes().get("n"))
    assert desk.wish(ADA, Redo).code == "nothing"
    assert seen == [None, "two", "one", None, "one", "two", None]


def test_a_new_change_ends_what_could_be_redone(desk: Desk) -> None:
    desk.put(ADA, "n", "one")
    desk.wish(ADA, Undo)
    desk.put(ADA, "m", "other")
    assert desk.wish(ADA, Redo).code == "nothing"


def test_undo_leaves_the_changes_of_others_alone(desk: Desk) -> None:
    desk.put(ADA, "a", "Ada's")
    desk.put(BOB, "b", "Bob's")
    assert desk.wish(ADA, Undo).number == 3
    assert desk.notes() == {"b": "Bob's"}


def test_undo_passes_over_what_no_longer_stands(desk: Desk) -> None:
    desk.put(ADA, "n", "one")
    desk.wish(ADA, Trigger, disturbance="clog")
    desk.wish(BOB, Trigger, disturbance="clog", active=False)
    assert desk.wish(ADA, Undo).number
    assert desk.notes() == {}


def test_undo_ends_a_disturbance_that_one_started(desk: Desk) -> None:
    desk.wish(ADA, Trigger, disturbance="clog")
    assert desk.session.disturbances() == {"clog"}
    desk.wish(ADA, Undo)
    assert desk.session.disturbances() == frozenset()


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (PutNote, {"note": "b", "text": "x", "point": HERE}, "not-yours"),
        (RemoveNote, {"note": "b"}, "not-yours"),
        (RemoveNote, {"note": "nothing"}, "unknown"),
        (PutNote, {"note": "n", "text": "x", "point": HERE, "thing": "nothing"}, "unknown"),
        (PutNote, {"note": "n", "text": " \n", "point": HERE}, "empty"),
        (PutNote, {"note": "n", "text": "x", "point": (0.0, math.nan, 0.0)}, "place"),
        (PutNote, {"note": "n", "text": "x", "point": (0.0, 0.0, 2e6)}, "place"),
        (Trigger, {"disturbance": "nothing"}, "unknown"),
        (Trigger, {"disturbance": "clog", "active": False}, "unchanged"),
        (Undo, {}, "nothing"),
        (Redo, {}, "nothing"),
    ],
)
def test_a_refusal_changes_nothing(
    desk: Desk, kind: type[Operation], fields: dict[str, object], code: str
) -> None:
    desk.put(BOB, "b", "Bob's")
    before = desk.session.snapshot()
    reply = desk.wish(ADA, kind, **fields)
    assert (reply.number, reply.code) == (0, code)
    assert reply.text
    assert desk.session.snapshot() == before


def test_a_session_holds_a_bounded_number_of_notes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkdown_server.session.NOTES_MAX", 2)
    assert desk.put(ADA, "1", "x").number
    assert desk.put(ADA, "2", "x").number
    assert desk.put(ADA, "3", "x").code == "full"
    assert desk.put(ADA, "2", "changed").number


def test_a_repeat_gets_the_first_answer(desk: Desk) -> None:
    first = desk.put(ADA, "n", "one")
    again = PutNote(op=1, note="n", text="one", point=HERE)
    assert desk.session.first_reply(again, ADA.id) == first
    assert desk.session.first_reply(again, BOB.id) is None


def test_a_change_that_waits_is_seen_by_the_next_and_not_in_the_snapshot(desk: Desk) -> None:
    wish = PutNote(op=1, note="n", text="one", point=HERE)
    draft = desk.session.decide(wish, ADA)
    assert isinstance(draft, Draft)
    desk.session.expect(draft, time_ns=1)
    assert desk.session.waits(wish, ADA.id)
    later = desk.session.decide(PutNote(op=1, note="n", text="mine", point=HERE), BOB)
    assert isinstance(later, Reply)
    assert later.code == "not-yours"
    assert desk.session.snapshot().notes == ()
    desk.session.forget_waiting()
    assert not desk.session.waits(wish, ADA.id)
    assert isinstance(desk.session.decide(PutNote(op=1, note="n", text="mine", point=HERE), BOB), Draft)


def test_times_never_go_back(desk: Desk) -> None:
    for op, time_ns in ((1, 500), (2, 300)):
        draft = desk.session.decide(PutNote(op=op, note=str(op), text="x", point=HERE), ADA)
        assert isinstance(draft, Draft)
        desk.session.apply(desk.session.expect(draft, time_ns))
    assert desk.session.time_ns == 500


def test_a_note_keeps_the_time_of_its_first_writing(desk: Desk) -> None:
    desk.put(ADA, "n", "one")
    desk.put(BOB, "other", "x")
    desk.put(ADA, "n", "two")
    assert [note.time_ns for note in desk.session.snapshot().notes if note.note == "n"] == [1]


class SessionMachine(RuleBasedStateMachine):
    """Random wishes of two people, against a plain model of what each has done."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.notes: dict[str, tuple[str, str]] = {}

    @rule(author=st.sampled_from([ADA, BOB]), note=st.sampled_from("xyz"), text=st.sampled_from("123"))
    def put(self, author: Author, note: str, text: str) -> None:
        owner = self.notes.get(note, (author.id, ""))[0]
        reply = self.desk.put(author, note, text)
        assert bool(reply.number) == (owner == author.id)
        if reply.number:
            self.notes[note] = author.id, text

    @rule(author=st.sampled_from([ADA, BOB]), note=st.sampled_from("xyz"))
    def remove(self, author: Author, note: str) -> None:
        owned = self.notes.get(note, ("", ""))[0] == author.id
        assert bool(self.desk.wish(author, RemoveNote, note=note).number) == owned
        if owned:
            del self.notes[note]

    @rule(author=st.sampled_from([ADA, BOB]))
    def undo_then_redo_is_as_before(self, author: Author) -> None:
        before = self.desk.notes()
        if self.desk.wish(author, Undo).number:
            self.desk.wish(author, Redo)
        assert self.desk.notes() == before

    @rule(author=st.sampled_from([ADA, BOB]))
    def undo(self, author: Author) -> None:
        others = {k: v for k, v in self.notes.items() if v[0] != author.id}
        self.desk.wish(author, Undo)
        now = {n.note: (n.author_id, n.text) for n in self.desk.session.snapshot().notes}
        assert {k: v for k, v in now.items() if v[0] != author.id} == others
        self.notes = now

    @invariant()
    def the_numbers_have_no_gap(self) -> None:
        assert [record.number for record in self.desk.log] == list(range(1, len(self.desk.log) + 1))

    @invariant()
    def the_model_agrees(self) -> None:
        assert self.desk.notes() == {note: text for note, (_owner, text) in self.notes.items()}

    @invariant()
    def a_replay_from_the_journal_gives_the_same(self) -> None:
        again = Session(things=["P-101"], disturbances=["clog"])
        for record in self.desk.log:
            again.apply(record_of(entry_of(record)))
        assert again.snapshot() == self.desk.session.snapshot()
        assert again.last_op(ADA.id) == self.desk.session.last_op(ADA.id)


TestSessionMachine = SessionMachine.TestCase
TestSessionMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_a_snapshot_carries_whole_notes(desk: Desk) -> None:
    desk.wish(ADA, PutNote, note="n", text="one", point=HERE, thing="P-101")
    (note,) = desk.session.snapshot().notes
    assert note == Note("n", "one", HERE, "Ada", "a", 1, "P-101", 1)


def test_the_oldest_of_many_authors_can_take_back_nothing_more_and_all_else_stands(desk: Desk) -> None:
    desk.put(ADA, "n", "mine")
    for number in range(AUTHORS_KEPT):
        desk.put(Author(f"a{number}", "Somebody"), f"n{number}", "text")
    assert desk.wish(ADA, Undo).code == "nothing"
    assert desk.notes()["n"] == "mine"
    assert desk.wish(Author("a5", "Somebody"), Undo).number
    assert desk.put(ADA, "n", "still mine").number
    assert desk.wish(ADA, Undo).number


def test_an_author_is_known_however_many_came_after(desk: Desk) -> None:
    desk.put(ADA, "n", "mine")
    for number in range(AUTHORS_KEPT):
        desk.put(Author(f"a{number}", "Somebody"), f"n{number}", "text")
    assert desk.session.knows(ADA.id)
    assert not desk.session.knows("nobody")
