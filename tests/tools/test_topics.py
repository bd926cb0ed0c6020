"""How topics are read: what a status means, when one is due, where one is when its element is gone."""

from __future__ import annotations

from datetime import date

import pytest

from walkdown.errors import BadInput
from walkdown.messages import Camera, Comment, ReviewSnapshot, Topic, TopicFields, Viewpoint, Vocabulary
from walkdown.review import ReviewState
from walkdown_client.placements import placed
from walkdown_client.tools.topic_list import Reader, TopicTable, is_owner
from walkdown_client.tools.topic_state import TopicDraft, TopicFilters, finished
from walkdown_client.tools.topics import (
    due_state,
    is_finished,
    last_place,
    orphaned,
    read_due,
    standing,
    word_for,
)

DAY = date(2026, 11, 26)
SEEN = Camera((1.0, 2.0, 3.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def topic(index: int = 1, **fields: object) -> Topic:
    said: dict[str, object] = {"title": f"Topic {index}", "topic": f"t{index}", "index": index} | fields
    return Topic(**said)  # type: ignore[arg-type]


# ---- status and due date --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("", "open"),
        ("Open", "open"),
        ("IN PROGRESS", "working"),
        (" Resolved ", "resolved"),
        ("Closed", "closed"),
        ("已关闭", "closed"),
        ("Waits for the vendor", "other"),
    ],
)
def test_words_of_files_and_languages_are_understood(status: str, meaning: str) -> None:
    assert standing(status) == meaning


def test_what_nobody_understands_counts_as_unfinished() -> None:
    assert not is_finished(TopicFields(title="x", status="Waits"))
    assert is_finished(TopicFields(title="x", status="Resolved"))


def test_a_session_closes_with_its_own_word() -> None:
    assert word_for("closed", Vocabulary(statuses=("Offen", "Geschlossen"))) == "Geschlossen"
    assert word_for("closed", Vocabulary(statuses=("A", "B"))) == "Closed"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026-12-03", "2026-12-03"),
        ("2026-12-03T10:00:00+01:00", "2026-12-03T10:00:00+01:00"),
        ("3.12.2026", "2026-12-03"),
        ("+14", "2026-12-10"),
        ("2w", "2026-12-10"),
        ("  ", ""),
    ],
)
def test_a_due_date_may_be_typed_in_several_ways(typed: str, kept: str) -> None:
    assert read_due(typed, DAY) == kept


@pytest.mark.parametrize("typed", ["soon", "31.2.2026", "2026-13-01", "+99999w"])
def test_what_is_no_date_is_refused_with_what_would_be_one(typed: str) -> None:
    with pytest.raises(BadInput, match="2026-12-03"):
        read_due(typed, DAY)


def test_what_is_finished_is_never_overdue() -> None:
    late = TopicFields(title="x", due="2026-11-20", status="Open")
    assert due_state(late, DAY) == ("overdue", -6)
    done = TopicFields(title="x", due="2026-11-20", status="Closed")
    assert due_state(done, DAY)[0] == "later"
    assert due_state(TopicFields(title="x", due="next week"), DAY)[0] == "unread"
    assert due_state(TopicFields(title="x", due="2026-11-26"), DAY) == ("today", 0)
    assert due_state(TopicFields(title="x", due="2026-12-03"), DAY) == ("soon", 7)


# ---- where it is ----------------------------------------------------------------------------------------


def test_a_topic_is_orphaned_when_none_of_its_things_is_left() -> None:
    one = topic(things=("a", "b"))
    assert orphaned(one, knows=lambda key: key == "a", models=()) is None
    gone = orphaned(one, knows=lambda _key: False, models=())
    assert gone is not None
    assert gone.things == ("a", "b")


def test_nobody_calls_a_topic_orphaned_while_models_are_being_read() -> None:
    assert orphaned(topic(things=("a",)), knows=lambda _key: None, models=()) is None


def test_a_topic_on_a_model_that_was_taken_out_is_orphaned() -> None:
    pinned = topic(point=(1.0, 2.0, 3.0), model="m")
    found = orphaned(pinned, knows=lambda _key: True, models=("other",))
    assert found is not None
    assert found.model
    assert orphaned(pinned, knows=lambda _key: True, models=("m",)) is None


def test_the_last_place_is_the_pin_and_moves_with_its_model() -> None:
    pinned = topic(point=(1.0, 2.0, 3.0), model="m")
    assert last_place(pinned, placement=placed((10.0, 0.0, 0.0)), views=()) == (11.0, 2.0, 3.0)
    assert last_place(topic(point=(1.0, 2.0, 3.0)), placement=None, views=()) == (1.0, 2.0, 3.0)


def test_the_last_place_of_a_pin_without_model_is_what_was_looked_at() -> None:
    gone = topic(point=(1.0, 2.0, 3.0), model="m")
    assert last_place(gone, placement=None, views=[Viewpoint("v", SEEN)]) == (1.0, 7.0, 3.0)
    assert last_place(gone, placement=None, views=()) == (1.0, 2.0, 3.0)
    assert last_place(topic(), placement=None, views=()) is None


def test_a_draft_without_a_title_is_not_placed() -> None:
    assert finished(TopicDraft("t", "  ", "words")) is None
    made = finished(TopicDraft("t", " Valve \n too  high ", things=("a",), speaker="Jörg"))
    assert made is not None
    assert (made.title, made.things, made.speaker) == ("Valve too high", ("a",), "Jörg")


# ---- the list -------------------------------------------------------------------------------------------

TOPICS = (
    topic(1, status="Open", assigned="Ada", priority="Low", due="2026-11-20", discipline="Piping"),
    topic(2, status="Closed", assigned_id="me", assigned="Renamed", priority="Critical", things=("P-1",)),
    topic(3, title="盖子扭矩偏低", parked=True, due="2026-11-28", things=("P-1",), description="see C-7"),
)
READER = Reader("Ada", "me", DAY, lambda t: int(t.index == 3), lambda t: t.index == 2, ("Critical", "Low"))


def listed(search: str = "", **filters: object) -> list[int]:
    state = ReviewState.of(ReviewSnapshot(TOPICS, (Comment("c", "t1", "Ask the VENDOR", author="Bob"),)))
    table = TopicTable()
    table.update(state)
    chosen = TopicFilters(**filters)  # type: ignore[arg-type]
    return [state.topics[name].index for name in table.listed(state, chosen, search=search, reader=READER)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [3, 2, 1]),
        ({"descending": False}, [1, 2, 3]),
        ({"unfinished": True}, [3, 1]),
        ({"mine": True}, [2, 1]),
        ({"parked": True}, [3]),
        ({"orphaned": True}, [2]),
        ({"unread": True}, [3]),
        ({"due": "overdue"}, [1]),
        ({"due": "soon"}, [3, 1]),
        ({"discipline": "Piping"}, [1]),
        ({"priority": "Low"}, [1]),
        ({"thing": "P-1"}, [3, 2]),
        ({"thing": "nothing"}, []),
        ({"sort": "due"}, [1, 3, 2]),
        ({"sort": "priority"}, [2, 1, 3]),
        ({"sort": "owner"}, [1, 2, 3]),
    ],
)
def test_the_list_shows_what_was_asked_for(filters: dict[str, object], found: list[int]) -> None:
    assert listed("", **filters) == found


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("#2", [2]),
        ("PIPING low", [1]),
        ("扭矩", [3]),
        ("c-7", [3]),
        ("vendor bob", [1]),
        ("vendor ada", [1]),
        ("x y", []),
    ],
)
def test_words_are_found_in_topics_and_in_what_was_said(search: str, found: list[int]) -> None:
    assert listed(search) == found


def test_an_owner_is_known_by_id_before_name() -> None:
    assert is_owner(topic(assigned="Ada"), name="ADA ", author_id="x")
    assert not is_owner(topic(assigned="Ada", assigned_id="other"), name="Ada", author_id="x")
    assert not is_owner(topic(), name="", author_id="")


def test_only_what_has_changed_is_read_again() -> None:
    state = ReviewState.of(ReviewSnapshot(TOPICS))
    table = TopicTable()
    table.update(state)
    before = dict(table.rows)
    state.topics["t1"] = topic(1, title="new")
    table.update(state)
    assert [table.rows[name] is before[name] for name in ("t1", "t2", "t3")] == [False, True, True]
    assert [one.index for one in table.about("P-1")] == [3, 2], "the unfinished first"
    assert table.open_count == 2
