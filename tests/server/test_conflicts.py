"""Concurrent edits: a change of what somebody else has changed meanwhile is answered, never silently lost."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.server.test_session import BOB, CHAIR, EVE, HERE, Desk
from tests.server.test_session_models import HALL, ModelDesk, moved, session_of
from walkdown.messages import (
    Note,
    PlaceModel,
    PutNote,
    Redo,
    RemoveModel,
    RemoveNote,
    Reply,
    Trigger,
    Undo,
)
from walkdown_server.ruling import Author
from walkdown_server.standing import GONE_KEPT, Answered

OTHER_CHAIR = Author("d", "Dora", "chair")


def put(desk: Desk, author: Author, text: str, *, base: int = 0, note: str = "n") -> Reply:
    return desk.wish(author, PutNote, note=note, text=text, point=HERE, base=base)


@pytest.fixture
def desk() -> ModelDesk:
    return ModelDesk(session=session_of(HALL))


def test_a_chair_removes_the_notes_of_others_and_a_participant_does_not(desk: ModelDesk) -> None:
    put(desk, EVE, "Eve's")
    assert desk.wish(BOB, RemoveNote, note="n").code == "not-yours"
    assert desk.wish(CHAIR, RemoveNote, note="n").number == 2
    assert desk.notes() == {}


def test_a_note_that_was_removed_meanwhile_is_a_conflict_that_says_by_whom(desk: ModelDesk) -> None:
    seen = put(desk, EVE, "one").number
    desk.wish(CHAIR, RemoveNote, note="n")
    reply = put(desk, EVE, "two", base=seen)
    assert (reply.number, reply.code, reply.current, reply.by) == (0, "conflict", None, "Carl")
    assert "removed meanwhile by Carl" in reply.text
    assert put(desk, EVE, "two").number == 3


def test_a_note_that_was_brought_back_meanwhile_comes_with_the_conflict(desk: ModelDesk) -> None:
    seen = put(desk, EVE, "one").number
    desk.wish(CHAIR, RemoveNote, note="n")
    desk.wish(CHAIR, Undo)
    reply = put(desk, EVE, "two", base=seen)
    assert reply.code == "conflict"
    assert msgspec.convert(reply.current, Note) == Note("n", "one", HERE, "Eve", "e", 1, number=3)
    assert put(desk, EVE, "two", base=3).number == 4


def test_a_chair_that_has_not_seen_the_newest_text_removes_nothing(desk: ModelDesk) -> None:
    seen = put(desk, EVE, "one").number
    put(desk, EVE, "two")
    reply = desk.wish(CHAIR, RemoveNote, note="n", base=seen)
    assert reply.code == "conflict"
    assert reply.current
    assert reply.current["text"] == "two"
    assert desk.notes() == {"n": "two"}


def test_ones_own_changes_in_quick_succession_are_no_conflict(desk: ModelDesk) -> None:
    seen = put(desk, EVE, "one").number
    assert put(desk, EVE, "two", base=seen).number
    assert put(desk, EVE, "three", base=seen).number
    desk.wish(EVE, Undo)
    assert put(desk, EVE, "four", base=seen).number
    assert desk.notes() == {"n": "four"}


def test_of_two_who_move_a_model_the_second_learns_where_it_stands(desk: ModelDesk) -> None:
    desk.bring(CHAIR, "m", "p1")
    assert desk.wish(CHAIR, PlaceModel, model="m", placement=moved(1), base=1).number == 2
    reply = desk.wish(OTHER_CHAIR, PlaceModel, model="m", placement=moved(2), base=1)
    assert (reply.code, reply.by) == ("conflict", "Carl")
    assert reply.current
    assert reply.current["placement"] == moved(1)
    assert reply.current["number"] == 2
    assert desk.wish(OTHER_CHAIR, RemoveModel, model="m", base=1).code == "conflict"
    assert desk.wish(OTHER_CHAIR, PlaceModel, model="m", placement=moved(2), base=2).number == 3
    assert desk.wish(CHAIR, RemoveModel, model="m", base=2).code == "conflict"
    assert desk.wish(CHAIR, RemoveModel, model="m", base=3).number == 4
    assert desk.wish(OTHER_CHAIR, PlaceModel, model="m", placement=moved(5), base=3).current is None


def test_a_model_of_the_start_conflicts_like_any_other(desk: ModelDesk) -> None:
    assert desk.wish(CHAIR, PlaceModel, model="hall", placement=moved(1), base=0).number == 1
    put(desk, EVE, "x")
    assert desk.wish(OTHER_CHAIR, PlaceModel, model="hall", placement=moved(2), base=2).number


def test_a_conflict_is_seen_before_the_other_change_is_on_disk(desk: ModelDesk) -> None:
    seen = put(desk, EVE, "one").number
    draft = desk.session.decide(RemoveNote(op=1, note="n"), CHAIR)
    assert not isinstance(draft, Reply)
    desk.session.expect(draft, time_ns=5)
    assert put(desk, EVE, "two", base=seen).code == "conflict"
    desk.session.forget_waiting()
    assert put(desk, EVE, "two", base=seen).number == 2


def test_a_base_that_the_session_never_had_is_a_conflict(desk: ModelDesk) -> None:
    assert put(desk, EVE, "text", base=7).code == "conflict"
    assert desk.wish(CHAIR, RemoveNote, note="n", base=7).code == "conflict"
    assert desk.wish(CHAIR, RemoveModel, model="m", base=7).code == "conflict"
    assert put(desk, EVE, "text").number == 1
    assert put(desk, EVE, "other", base=2).code == "conflict"
    assert put(desk, EVE, "other", base=1).number == 2


def test_what_is_gone_is_remembered_in_a_bounded_number(desk: ModelDesk) -> None:
    for index in range(GONE_KEPT + 5):
        put(desk, EVE, "x", note=f"n{index}")
        desk.wish(EVE, RemoveNote, note=f"n{index}")
    state = desk.session._applied
    assert len(state.gone) == GONE_KEPT
    assert state.touches == {}


# ---- undo and roles ----------------------------------------------------------------------------------


def test_undo_of_a_kind_that_ones_role_may_not_make_any_more_is_refused(desk: ModelDesk) -> None:
    desk.wish(CHAIR, PlaceModel, model="hall", placement=moved(1))
    demoted = Author(CHAIR.id, CHAIR.name, "participant")
    reply = desk.wish(demoted, Undo)
    assert (reply.code, reply.number) == ("rights", 0)
    assert desk.wish(CHAIR, Undo).number
    assert desk.wish(demoted, Redo).code == "rights"


def test_undo_of_a_disturbance_needs_a_role_that_may_start_one(desk: ModelDesk) -> None:
    desk.wish(BOB, Trigger, disturbance="clog")
    assert desk.wish(Author(BOB.id, BOB.name), Undo).code == "rights"
    assert desk.session.disturbances() == {"clog"}


def test_who_is_no_chair_any_more_cannot_bring_back_what_they_removed(desk: ModelDesk) -> None:
    put(desk, EVE, "Eve's")
    desk.wish(CHAIR, RemoveNote, note="n")
    assert desk.wish(Author(CHAIR.id, CHAIR.name), Undo).code == "rights"
    assert desk.wish(CHAIR, Undo).number
    assert {note.author for note in desk.session.snapshot().notes} == {"Eve"}


# ---- operations that were answered -------------------------------------------------------------------


def test_operations_are_found_in_whatever_order_they_came() -> None:
    answered = Answered()
    assert (answered.last_op, answered.number_of(1)) == (0, 0)
    for op, number in ((2, 1), (9, 2), (4, 3), (3, 4), (10, 5)):
        answered.put(op, number)
    assert [answered.number_of(op) for op in range(12)] == [0, 0, 1, 4, 3, 0, 0, 0, 0, 2, 5, 0]
    assert answered.last_op == 10


# ---- against a plain model ---------------------------------------------------------------------------


class ConflictMachine(RuleBasedStateMachine):
    """Random changes with random bases, against a list of who changed what."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.changes: dict[str, list[tuple[int, str]]] = {}
        self.owners: dict[str, str] = {}

    def conflicts(self, note: str, base: int, author: Author) -> bool:
        made = self.changes.get(note, [])
        by_others = any(number > base and by != author.id for number, by in made)
        return bool(base) and (by_others or not made or base > len(self.desk.log))

    def note_change(self, note: str, number: int, author: Author) -> None:
        self.changes.setdefault(note, []).append((number, author.id))

    @rule(author=st.sampled_from([EVE, BOB, CHAIR]), note=st.sampled_from("xy"), base=st.integers(0, 12))
    def put(self, author: Author, note: str, base: int) -> None:
        owner, expected = self.owners.get(note), ""
        if owner not in (None, author.id):
            expected = "not-yours"
        elif self.conflicts(note, base, author):
            expected = "conflict"
        reply = self.desk.wish(author, PutNote, note=note, text="t", point=HERE, base=base)
        assert reply.code == expected
        if reply.number:
            self.owners[note] = author.id
            self.note_change(note, reply.number, author)

    @rule(author=st.sampled_from([EVE, BOB, CHAIR]), note=st.sampled_from("xy"), base=st.integers(0, 12))
    def remove(self, author: Author, note: str, base: int) -> None:
        owner, expected = self.owners.get(note), ""
        if owner is None:
            expected = "conflict" if self.conflicts(note, base, author) else "unknown"
        elif owner != author.id and not author.leads:
            expected = "not-yours"
        elif self.conflicts(note, base, author):
            expected = "conflict"
        reply = self.desk.wish(author, RemoveNote, note=note, base=base)
        assert reply.code == expected
        if reply.code == "conflict":
            newest = [by for _number, by in self.changes.get(note, []) if by != author.id]
            names = {one.id: one.name for one in (EVE, BOB, CHAIR)}
            assert reply.by in ("", names.get(newest[-1] if newest else "", ""))
        if reply.number:
            del self.owners[note]
            self.note_change(note, reply.number, author)

    @invariant()
    def what_stands_is_what_the_model_says(self) -> None:
        notes = self.desk.session.snapshot().notes
        assert {note.note: note.author_id for note in notes} == self.owners


TestConflictMachine = ConflictMachine.TestCase
TestConflictMachine.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
