"""Before a review one learns what is missing in the model, the data and the agenda."""

from __future__ import annotations

from datetime import date
from typing import Any

from walkdown.messages import AgendaItem, Meeting, Topic, Viewpoint
from walkdown.review import ReviewState
from walkdown.review.progress import is_finished, standing, word_for
from walkdown.review.readiness import Twin, is_orphaned, readiness
from walkdown.twin import Signal, Thing

TODAY = date(2026, 5, 4)
THINGS = (
    Thing("P-1", "Pump", "pump", element="P1"),
    Thing("P-2", "Pump", "pump", element="P2"),
    Thing("P-3", "Pump", "pump", element="P3"),
    Thing("H", "Hall", "hall"),
)
SIGNALS = (Signal("P-1.on", "P-1", "on"), Signal("P-2.on", "P-2", "on"))


def twin(**changes: Any) -> Twin:
    fields: dict[str, Any] = {
        "things": THINGS,
        "signals": SIGNALS,
        "models": ["m"],
        "draws": lambda thing: thing.id != "P-2",
        "silent": ["P-2.on"],
    }
    return Twin(**(fields | changes))


def test_a_plant_says_what_is_not_drawn_not_tagged_and_silent() -> None:
    found = readiness(ReviewState(), twin(), today=TODAY)
    assert found.check("not_drawn").ids == ("P-2",)
    assert found.check("untagged").ids == ("P-3",)  # most pumps have a signal; halls have none
    assert found.check("silent").ids == ("P-2.on",)
    assert not found.ready


def test_without_a_model_there_is_nothing_to_review() -> None:
    assert readiness(ReviewState(), twin(models=[]), today=TODAY).check("no_model").found == 1


def test_topics_of_last_time_are_counted_by_what_is_wrong_with_them() -> None:
    topics = (
        Topic(topic="a", title="A", things=("GONE",), status="Open", due="2026-05-03", assigned="Ana"),
        Topic(topic="b", title="B", things=("GONE", "P-1"), status="Open", due="2026-05-04"),
        Topic(topic="c", title="C", status="Closed", due="2020-01-01"),
        Topic(topic="d", title="D", model="older", status="In progress", assigned="Bo"),
    )
    found = readiness(ReviewState({topic.topic: topic for topic in topics}), twin(), today=TODAY)
    assert found.check("open").ids == ("a", "b", "d")
    assert found.check("orphaned").ids == ("a", "d")
    assert found.check("overdue").ids == ("a",)
    assert found.check("unowned").ids == ("b",)


def test_an_agenda_needs_owners_times_and_views_and_an_end() -> None:
    items = (
        AgendaItem("1", "Access", 60.0, "Ana", ("v",), order=1),
        AgendaItem("2", "Drains", 0.0, "", ("gone",), order=0),
        AgendaItem("3", "Later", 500.0, parked=True),
        AgendaItem("4", "Valves", 31.0, "Bo", ("v",), order=2),
    )
    review = ReviewState(agenda={i.item: i for i in items}, viewpoints={"v": Viewpoint("v")})
    found = readiness(review, twin(), today=TODAY)
    assert found.check("agenda_unowned").ids == found.check("agenda_untimed").ids == ("2",)
    assert found.check("agenda_unseen").ids == ("2",)
    assert found.check("too_long").found == 91
    assert found.check("no_scribe").found == found.check("no_driver").found == 1


def test_a_review_is_ready_when_nothing_stops_it() -> None:
    review = ReviewState(
        agenda={"1": AgendaItem("1", "Access", 10.0, "Ana")},
        meeting=Meeting(duties={"scribe": "x", "driver": "y"}),
        topics={"a": Topic(topic="a", title="A")},
    )
    found = readiness(review, twin(draws=lambda _thing: True), today=TODAY)
    assert found.ready
    assert found.check("open").found == 1


def test_a_topic_about_no_thing_is_never_orphaned() -> None:
    topic = Topic(topic="a", title="A")
    assert not is_orphaned(topic, knows_thing=lambda _thing: False, models=())


def test_words_of_a_status_are_known_in_three_languages() -> None:
    assert [standing(word) for word in ("ERLEDIGT", " 已关闭 ", "in Bearbeitung", "")] == [
        "resolved",
        "closed",
        "working",
        "open",
    ]
    assert is_finished(Topic(topic="a", title="A", status="Resolved"))
    assert not is_finished(Topic(topic="a", title="A", status="Waits for the vendor"))
    review = ReviewState()
    assert word_for("closed", review.vocabulary) == "Closed"
