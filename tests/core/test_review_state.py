"""A review after its records: the same here, there and from a snapshot, whatever the records were."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkdown.messages import (
    AgendaItem,
    ChatLine,
    Comment,
    Evidence,
    Mark,
    Meeting,
    Record,
    ReviewSnapshot,
    Topic,
    Verdict,
    Viewpoint,
    Vote,
)
from walkdown.review import CHAT_KEPT, Edit, ReviewState


def record(number: int, kind: str, /, **body: Any) -> Record:
    return Record(number, number * 10, "Ana", "a", kind, body)


def body(value: msgspec.Struct) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(bytes,))
    return made


@pytest.fixture
def state() -> ReviewState:
    state = ReviewState()
    topic, view = Topic("Pump", topic="t", index=1), Viewpoint("v", topic="t")
    state.apply(record(1, "topic", topic=body(topic), viewpoints=[body(view)]))
    state.apply(record(2, "comment", **body(Comment("k", "t", "one"))))
    state.apply(record(3, "mark", **body(Mark("m", "arrow", (0.0, 0.0, 0.0), bytes(24), topic="t"))))
    return state


def test_a_change_says_each_field_before_and_after(state: ReviewState) -> None:
    changes = {"status": "Closed", "point": [1.0, 2.0, 3.0]}
    edits = state.apply(record(4, "topic_changed", topic="t", changes=changes))
    assert edits == [
        Edit(("topic", "t", "status"), "", "Closed"),
        Edit(("topic", "t", "point"), None, (1.0, 2.0, 3.0)),
    ]
    topic = state.topics["t"]
    assert (topic.changed, topic.changed_ns, topic.number) == ("Ana", 40, 4)
    assert state.value(("topic", "t", "status")) == "Closed"


def test_a_removed_topic_takes_comments_views_and_marks_with_it_and_says_so(state: ReviewState) -> None:
    edits = state.apply(record(4, "topic_removed", topic="t"))
    assert [(edit.key, edit.after) for edit in edits] == [
        (("topic", "t"), None),
        (("comment", "k"), None),
        (("viewpoint", "v"), None),
        (("mark", "m"), None),
    ]
    assert state.snapshot() == ReviewSnapshot(next_index=2)
    assert not state.comments_of
    assert not state.viewpoints_of


def test_numbers_of_topics_are_not_given_twice(state: ReviewState) -> None:
    state.apply(record(4, "topic_removed", topic="t"))
    assert state.next_index == 2


def test_views_come_in_their_order_and_move_between_lists(state: ReviewState) -> None:
    for number, (name, order) in enumerate((("b", 2), ("a", 1), ("c", 2)), 4):
        state.apply(record(number, "viewpoint", **body(Viewpoint(name, order=order))))
    assert [view.viewpoint for view in state.views_of("")] == ["a", "b", "c"]
    state.apply(record(7, "viewpoint", **body(Viewpoint("b", topic="t"))))
    assert [view.viewpoint for view in state.views_of("")] == ["a", "c"]
    assert [view.viewpoint for view in state.views_of("t")] == ["v", "b"]


def test_evidence_of_a_topic_that_is_gone_is_nothing(state: ReviewState) -> None:
    complete = {"state": "complete"}
    assert state.apply(record(4, "evidence", topic="gone", evidence=complete)) == []
    state.apply(record(5, "evidence", topic="t", evidence=complete))
    assert (state.topics["t"].evidence, state.topics["t"].changed) == (Evidence("complete"), "")


def test_a_meeting_keeps_its_verdicts_and_changes_points_of_the_agenda(state: ReviewState) -> None:
    state.apply(record(4, "agenda", **body(AgendaItem("i", "Point"))))
    state.apply(record(5, "verdict", **body(Verdict("approved"))))
    spent = [body(AgendaItem("i", "Point", done=True, spent_secs=5.0))]
    edits = state.apply(record(6, "meeting", began_ns=1, agenda=spent))
    assert [edit.key for edit in edits] == [("meeting",), ("agenda", "i")]
    assert state.meeting == Meeting(began_ns=1, verdicts=(Verdict("approved"),), number=6)
    assert (state.agenda["i"].spent_secs, state.agenda["i"].number) == (5.0, 6)


def attended(state: ReviewState, number: int, *, here: bool, **more: Any) -> tuple[tuple[int, int], ...]:
    known = {"author_id": "b", "name": "Ben", "role": "chair", "kind": "person"}
    state.apply(record(number, "attended", here=here, **known, **more))
    return state.attendance["b"].spans


def test_attendance_is_spans_of_which_the_last_may_be_open(state: ReviewState) -> None:
    assert attended(state, 1, here=True) == ((10, 0),)
    assert attended(state, 2, here=True) == ((10, 0),)
    assert attended(state, 3, here=False, time_ns=25) == ((10, 25),)
    assert attended(state, 4, here=False) == ((10, 25),)
    assert attended(state, 5, here=True) == ((10, 25), (50, 0))
    assert attended(state, 6, here=False, time_ns=7) == ((10, 25), (50, 50))


def test_the_end_of_a_meeting_ends_the_attendance(state: ReviewState) -> None:
    state.apply(record(1, "meeting", began_ns=10))
    attended(state, 2, here=True)
    state.apply(record(3, "meeting", began_ns=10, ended_ns=30))
    assert state.attendance["b"].spans == ((20, 30),)


def test_a_ballot_is_one_a_person_and_can_change(state: ReviewState) -> None:
    state.apply(record(4, "vote", **body(Vote("w", "?", ("y", "n")))))
    state.apply(record(5, "ballot", vote="w", choice=0))
    (edit,) = state.apply(record(6, "ballot", vote="w", choice=1))
    assert (edit.key, edit.before.choice, edit.after.choice) == (("ballot", "w", "a"), 0, 1)
    assert state.value(edit.key) == edit.after
    assert len(state.votes["w"].ballots) == 1


def test_of_the_chat_the_newest_lines_stand(state: ReviewState) -> None:
    for number in range(4, 14 + CHAT_KEPT):
        state.apply(record(number, "said", **body(ChatLine(str(number), "x"))))
    assert [line.number for line in state.chat] == list(range(14, 14 + CHAT_KEPT))


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("topic_changed", {"topic": "gone", "changes": {}}),
        ("topic_changed", {"topic": "t", "changes": {"status": 5}}),
        ("topic", {}),
        ("comment", {"comment": "k"}),
        ("agenda_removed", {"agenda": "gone"}),
        ("ballot", {"vote": "gone", "choice": 0}),
    ],
)
def test_a_record_of_another_shape_cannot_be_understood(
    state: ReviewState, kind: str, what: dict[str, Any]
) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        state.apply(record(9, kind, **what))


NAMES = st.sampled_from(("x", "y"))
KINDS = st.sampled_from(
    ("topic", "topic_changed", "topic_removed", "comment", "viewpoint", "viewpoint_removed")
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(KINDS, NAMES, NAMES), max_size=25))
def test_a_snapshot_and_a_copy_are_the_state_and_edits_lead_from_one_to_the_next(
    steps: list[tuple[str, str, str]],
) -> None:
    state = ReviewState()
    for number, (kind, topic, name) in enumerate(steps, 1):
        before = state.copy()
        if (kind != "topic" and topic not in state.topics) or (
            kind == "viewpoint_removed" and name not in state.viewpoints
        ):
            continue
        bodies: dict[str, dict[str, Any]] = {
            "topic": {"topic": body(Topic("x", topic=topic, index=number))},
            "topic_changed": {"topic": topic, "changes": {"status": name}},
            "topic_removed": {"topic": topic},
            "comment": body(Comment(name, topic, "x")),
            "viewpoint": body(Viewpoint(name, topic=topic)),
            "viewpoint_removed": {"viewpoint": name},
        }
        for edit in state.apply(record(number, kind, **bodies[kind])):
            assert before.value(edit.key) == edit.before
            assert state.value(edit.key) == edit.after
        told = msgspec.msgpack.decode(msgspec.msgpack.encode(state.snapshot()), type=ReviewSnapshot)
        for other in (ReviewState.of(told), state.copy()):
            assert other.snapshot() == state.snapshot()
            assert {t: set(ids) for t, ids in other.comments_of.items() if ids} == {
                t: set(ids) for t, ids in state.comments_of.items() if ids
            }
