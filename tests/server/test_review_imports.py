"""Topics from files: names and dates of the file stay, numbers are given here, and nothing is lost."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from tests.server.reviewing import ANA, BEN, CAMERA, CARL, ReviewDesk
from walkdown.messages import Comment, Evidence, Topic, Undo, Viewpoint
from walkdown_server.review.rules import ChangeImported, ImportTopic

TOPIC = Topic(
    "From a file", topic="f", author="x@y.example", made_ns=7, changed="z", changed_ns=9, origin="0" * 64
)
COMMENT = Comment("fk", "f", "said", author="x@y.example", made_ns=8)
VIEW = Viewpoint("fv", CAMERA, topic="f", author="x@y.example")


@pytest.fixture
def desk() -> ReviewDesk:
    desk = ReviewDesk()
    desk.make(ANA)
    desk.bring(CARL, ImportTopic(TOPIC, [COMMENT], [VIEW]))
    return desk


def test_a_topic_of_a_file_keeps_names_and_dates_and_gets_a_number(desk: ReviewDesk) -> None:
    assert desk.topic("f") == replace(TOPIC, index=2, number=2)
    assert desk.review.comments["fk"] == replace(COMMENT, number=2)
    assert desk.review.viewpoints["fv"].made_ns == 2 * 10**9
    assert desk.topic("f").evidence == Evidence("none")


def test_nobody_takes_an_import_back_by_undo(desk: ReviewDesk) -> None:
    desk.bring(CARL, ChangeImported("f", {"status": "Closed"}))
    assert desk.wish(CARL, Undo).code == "nothing"


def test_a_file_that_wins_says_by_whom_and_when(desk: ReviewDesk) -> None:
    newer = replace(COMMENT, text="better", changed="q", changed_ns=11)
    wish = ChangeImported("f", {"status": "Closed"}, [newer], changed="q", changed_ns=12)
    assert desk.bring(CARL, wish).number
    topic = desk.topic("f")
    assert (topic.status, topic.changed, topic.changed_ns, topic.number) == ("Closed", "q", 12, 3)
    assert desk.review.comments["fk"].text == "better"
    assert desk.edit(BEN, "f", status="Open", base=2).code == "conflict"


def test_new_comments_alone_do_not_change_the_topic(desk: ReviewDesk) -> None:
    assert desk.bring(CARL, ChangeImported("f", comments=[replace(COMMENT, comment="fl")])).number
    assert desk.topic("f").changed == "z"
    assert [one.comment for one in desk.review.comments_on("f")] == ["fk", "fl"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (ImportTopic(TOPIC), "exists"),
        (ImportTopic(replace(TOPIC, topic="g", title="")), "bounds"),
        (ImportTopic(replace(TOPIC, topic="g", title="x" * 501)), "bounds"),
        (ImportTopic(replace(TOPIC, topic="g", point=(0.0, math.nan, 0.0))), "place"),
        (ImportTopic(replace(TOPIC, topic="g"), [COMMENT]), "twice"),
        (ImportTopic(replace(TOPIC, topic="g"), (), [VIEW]), "twice"),
        (ImportTopic(replace(TOPIC, topic="g"), [Comment("n", "g", "x" * 20_000)]), "bounds"),
        (ChangeImported("nowhere", {"status": "x"}), "unknown"),
        (ChangeImported("f", {"status": 5}), "bounds"),
        (ChangeImported("f", {}), "unchanged"),
        (
            ChangeImported(
                "f", {}, (), [replace(VIEW, camera=replace(CAMERA, position=(0.0, 0.0, math.inf)))]
            ),
            "place",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_title(
    desk: ReviewDesk, wish: ImportTopic | ChangeImported, code: str
) -> None:
    before = desk.session.snapshot()
    reply = desk.bring(CARL, wish)
    assert (reply.number, reply.code) == (0, code)
    assert reply.text
    assert desk.session.snapshot() == before


def test_a_view_in_the_coordinates_of_a_country_is_taken_as_it_is(desk: ReviewDesk) -> None:
    far = replace(VIEW, viewpoint="far", camera=replace(CAMERA, position=(2_600_000.0, 1_200_000.0, 400.0)))
    assert desk.bring(CARL, ChangeImported("f", {}, (), [far])).number
    assert desk.review.viewpoints["far"].camera == far.camera


def test_an_import_is_the_same_after_a_restart(desk: ReviewDesk) -> None:
    assert desk.again().snapshot() == desk.session.snapshot()
