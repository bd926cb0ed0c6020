"""Topics and comments: who may write what, conflicts field by field, and what undo takes back."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from tests.server.reviewing import ANA, BEN, CAMERA, CARL, EVE, ReviewDesk
from walkdown.errors import JournalError
from walkdown.messages import (
    Comment,
    Document,
    EditTopic,
    Evidence,
    Mark,
    PutMark,
    PutTopic,
    PutViewpoint,
    Record,
    Redo,
    RemoveComment,
    RemoveMark,
    RemoveTopic,
    RemoveViewpoint,
    Reply,
    Topic,
    TopicChanges,
    TopicFields,
    Undo,
    Viewpoint,
)
from walkdown.review.checks import LIMITS
from walkdown_server.ruling import Author, Decree, Draft


@pytest.fixture
def desk() -> ReviewDesk:
    desk = ReviewDesk()
    desk.make(ANA)
    return desk


def test_a_topic_gets_author_date_number_and_waits_for_its_evidence(desk: ReviewDesk) -> None:
    desk.make(BEN, "u")
    topic, view = desk.topic("u"), desk.review.viewpoints["u-view"]
    assert (topic.index, topic.author, topic.author_id, topic.made_ns) == (2, "Ben", "b", 2 * 10**9)
    assert (topic.evidence.state, topic.number, topic.changed) == ("waiting", 2, "")
    assert (view.topic, view.author, view.made_ns, view.number) == ("u", "Ben", 2 * 10**9, 2)


def test_of_two_who_change_the_same_field_the_second_learns_what_stands(desk: ReviewDesk) -> None:
    seen = desk.topic().number
    assert desk.edit(BEN, status="Closed", base=seen).number
    reply = desk.edit(EVE, status="Open", base=seen)
    assert (reply.number, reply.code, reply.by) == (0, "conflict", "Ben")
    assert "status" in reply.text
    assert msgspec.convert(reply.current, Topic) == desk.topic()
    assert desk.topic().status == "Closed"


def test_two_who_change_the_same_field_in_one_commit_group_conflict_too(desk: ReviewDesk) -> None:
    seen = desk.topic().number
    first = desk.decide(BEN, EditTopic, topic="t", changes=TopicChanges(title="B"), base=seen)
    assert isinstance(first, Draft)
    record = desk.keep(first)
    second = desk.decide(EVE, EditTopic, topic="t", changes=TopicChanges(title="E"), base=seen)
    assert isinstance(second, Reply)
    assert (second.code, second.by) == ("conflict", "Ben")
    desk.session.apply(record)
    assert desk.topic().title == "B"


def test_two_who_change_different_fields_do_not_conflict(desk: ReviewDesk) -> None:
    seen = desk.topic().number
    desk.edit(BEN, status="Closed", priority="Low", base=seen)
    assert desk.edit(EVE, title="Better", base=seen).number
    assert (desk.topic().status, desk.topic().title, desk.topic().changed) == ("Closed", "Better", "Eve")
    assert desk.topic().changed_ns == 3 * 10**9


def test_a_field_that_says_so_already_is_no_change(desk: ReviewDesk) -> None:
    desk.edit(BEN, status="Closed")
    assert desk.edit(EVE, status="Closed", base=1).code == "unchanged"


def test_a_change_of_a_topic_that_was_removed_meanwhile_says_by_whom(desk: ReviewDesk) -> None:
    desk.wish(CARL, RemoveTopic, topic="t")
    reply = desk.edit(ANA, title="x", base=1)
    assert (reply.code, reply.by, reply.current) == ("conflict", "Carl", None)
    assert desk.edit(ANA, title="x").code == "unknown"
    assert desk.comment(BEN).code == "unknown"


def test_whoever_has_not_seen_the_newest_text_removes_no_topic(desk: ReviewDesk) -> None:
    desk.edit(BEN, title="Other")
    assert desk.wish(ANA, RemoveTopic, topic="t", base=1).code == "conflict"
    desk.comment(BEN)
    assert desk.wish(ANA, RemoveTopic, topic="t", base=2).number
    assert not desk.review.comments
    assert not desk.review.viewpoints


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": " \n"}, "empty"),
        ({"due": "tomorrow"}, "due"),
        ({"due": "2026-02-30"}, "due"),
        ({"due": "2026-02-03T10:00:00"}, "due"),
        ({"point": (0.0, math.nan, 0.0)}, "place"),
        ({"point": (0.0, 0.0, 2e6)}, "place"),
        ({"model": "nowhere"}, "unknown"),
        ({"accepted": True, "assigned": "Ben", "assigned_id": "b"}, "not-yours"),
        ({"documents": (Document("d"), Document("d"))}, "twice"),
    ],
)
def test_a_topic_that_cannot_be_is_refused_with_a_sentence(
    desk: ReviewDesk, fields: dict[str, Any], code: str
) -> None:
    for reply in (desk.make(ANA, "u", **fields), desk.edit(ANA, **fields)):
        assert (reply.number, reply.code) == (0, code)
        assert reply.text
    assert list(desk.review.topics) == ["t"]


def test_dates_with_a_zone_and_topics_that_are_not_here_are_fine(desk: ReviewDesk) -> None:
    for due in ("2026-02-03", "2026-02-03T10:00:00Z", "2026-02-03T10:00:00+08:00", ""):
        assert desk.edit(ANA, due=due).number
    assert desk.edit(ANA, related=("never-seen",), things=("ifc:unknown",)).number


def test_the_same_topic_or_view_is_not_made_twice(desk: ReviewDesk) -> None:
    assert desk.make(BEN).code == "exists"
    again = {"fields": TopicFields("x"), "viewpoint": Viewpoint("t-view", CAMERA)}
    assert desk.wish(BEN, PutTopic, topic="u", **again).code == "exists"


# ---- owners ------------------------------------------------------------------------------------------


def test_only_the_owner_or_a_chair_accepts(desk: ReviewDesk) -> None:
    desk.edit(ANA, assigned="Ben", assigned_id="b")
    assert desk.edit(EVE, accepted=True).code == "not-yours"
    assert desk.edit(BEN, accepted=True).number
    assert desk.topic().accepted


def test_a_new_owner_is_asked_again(desk: ReviewDesk) -> None:
    desk.edit(ANA, assigned="Ben", assigned_id="b")
    desk.edit(BEN, accepted=True)
    desk.edit(ANA, assigned="Eve")
    assert (desk.topic().assigned, desk.topic().assigned_id, desk.topic().accepted) == ("Eve", "", False)
    desk.wish(ANA, Undo)
    assert (desk.topic().assigned, desk.topic().assigned_id, desk.topic().accepted) == ("Ben", "b", True)


def test_when_the_owner_has_left_a_chair_accepts_in_their_place(desk: ReviewDesk) -> None:
    desk.edit(ANA, assigned="ben@works.example")
    assert desk.edit(ANA, accepted=True).code == "not-yours"
    assert desk.edit(CARL, accepted=True).number
    assert desk.topic().assigned == "ben@works.example"


# ---- comments ----------------------------------------------------------------------------------------


def test_a_comment_keeps_its_date_and_says_when_it_was_changed(desk: ReviewDesk) -> None:
    desk.comment(BEN, text="one")
    desk.comment(BEN, text="two")
    (comment,) = desk.review.comments_on("t")
    assert (comment.text, comment.made_ns, comment.changed, comment.changed_ns) == (
        "two",
        2 * 10**9,
        "Ben",
        3 * 10**9,
    )


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        (Comment("k", "t", "mine now"), "not-yours"),
        (Comment("l", "nowhere", "x"), "unknown"),
        (Comment("l", "t", "x", viewpoint="nowhere"), "unknown"),
        (Comment("l", "t", "x", reply_to="nowhere"), "unknown"),
        (Comment("l", "u", "x", reply_to="k"), "unknown"),
        (Comment("l", "t", "  "), "empty"),
        (Comment("e", "u", "x"), "topic"),
        (Comment("e", "t", "x"), "unchanged"),
    ],
)
def test_a_comment_that_cannot_be_is_refused(desk: ReviewDesk, comment: Comment, code: str) -> None:
    desk.make(ANA, "u")
    desk.comment(BEN)
    desk.comment(EVE, "e")
    reply = desk.comment(
        EVE,
        comment.comment,
        comment.text,
        topic=comment.topic,
        viewpoint=comment.viewpoint,
        reply_to=comment.reply_to,
    )
    assert (reply.number, reply.code) == (0, code)


def test_a_view_alone_is_a_comment_and_answers_stay_when_what_they_answer_is_gone(desk: ReviewDesk) -> None:
    assert desk.comment(BEN, text="", viewpoint="t-view").number
    desk.comment(EVE, "l", reply_to="k")
    assert desk.wish(EVE, RemoveComment, comment="k").code == "not-yours"
    assert desk.wish(CARL, RemoveComment, comment="k").number
    assert desk.comment(EVE, "l", "better", reply_to="k").number


# ---- undo --------------------------------------------------------------------------------------------


def test_a_change_of_several_fields_is_undone_as_a_whole(desk: ReviewDesk) -> None:
    desk.edit(BEN, status="Closed", priority="Low", point=(1.0, 2.0, 3.0))
    assert desk.wish(BEN, Undo).number
    assert (desk.topic().status, desk.topic().priority, desk.topic().point) == ("", "", None)
    assert desk.wish(BEN, Redo).number
    assert (desk.topic().status, desk.topic().point) == ("Closed", (1.0, 2.0, 3.0))


def test_a_change_of_which_somebody_has_changed_a_field_is_not_undone(desk: ReviewDesk) -> None:
    desk.edit(BEN, status="Closed", priority="Low")
    desk.edit(EVE, priority="High")
    reply = desk.wish(BEN, Undo)
    assert (reply.code, reply.by) == ("nothing", "Eve")
    assert "Eve" in reply.text
    assert (desk.topic().status, desk.topic().priority) == ("Closed", "High")


def test_a_redo_after_somebody_elses_change_is_refused_and_says_whose(desk: ReviewDesk) -> None:
    desk.edit(BEN, status="Closed")
    desk.wish(BEN, Undo)
    desk.edit(EVE, status="Open")
    reply = desk.wish(BEN, Redo)
    assert (reply.code, reply.by) == ("nothing", "Eve")
    assert desk.topic().status == "Open"


def test_a_topic_on_which_others_have_worked_since_is_not_undone(desk: ReviewDesk) -> None:
    for author, work in ((BEN, desk.comment), (EVE, lambda author: desk.edit(author, status="Open"))):
        work(author)
        reply = desk.wish(ANA, Undo)
        assert reply.code == "changed"
        assert author.name in reply.text
        desk.wish(author, Undo)
    assert desk.wish(ANA, Undo).number
    assert not desk.review.topics


def test_a_mark_of_somebody_else_keeps_a_topic_too_and_goes_with_it_when_it_is_removed(
    desk: ReviewDesk,
) -> None:
    mark = Mark("m", "arrow", (0.0, 0.0, 0.0), bytes(24), topic="t")
    desk.wish(BEN, PutMark, mark=mark)
    assert desk.wish(ANA, Undo).code == "changed"
    desk.wish(ANA, RemoveTopic, topic="t")
    assert not desk.review.marks
    desk.wish(ANA, Undo)
    assert desk.review.marks["m"].points == bytes(24)


def test_a_removed_topic_comes_back_with_all_that_belonged_to_it(desk: ReviewDesk) -> None:
    desk.comment(BEN, "k1")
    desk.comment(EVE, "k2", reply_to="k1")
    before = desk.review.copy()
    desk.wish(ANA, RemoveTopic, topic="t")
    assert desk.wish(ANA, Undo).number
    after = desk.review
    assert [c.text for c in after.comments_on("t")] == [c.text for c in before.comments_on("t")]
    assert [c.author for c in after.comments_on("t")] == ["Ben", "Eve"]
    assert [c.made_ns for c in after.comments_on("t")] == [c.made_ns for c in before.comments_on("t")]
    assert (after.topics["t"].index, after.topics["t"].made_ns) == (1, 10**9)
    assert list(after.viewpoints) == ["t-view"]
    assert desk.wish(ANA, Redo).number
    assert not desk.review.comments


def test_a_removal_is_not_repeated_once_somebody_has_commented(desk: ReviewDesk) -> None:
    desk.wish(ANA, RemoveTopic, topic="t")
    desk.wish(ANA, Undo)
    desk.comment(BEN)
    assert desk.wish(ANA, Redo).code == "changed"


def test_a_comment_does_not_come_back_without_its_topic(desk: ReviewDesk) -> None:
    desk.comment(BEN)
    desk.wish(BEN, RemoveComment, comment="k")
    desk.edit(BEN, point=(0.0, 0.0, 0.0))
    desk.edit(BEN, point=None)
    desk.wish(ANA, RemoveTopic, topic="t")
    assert desk.wish(BEN, Undo).code == "nothing"
    assert not desk.review.comments


def test_evidence_is_no_change_of_anybody_and_stays_with_a_topic(desk: ReviewDesk) -> None:
    body = {"topic": "t", "evidence": {"state": "complete"}}
    assert desk.bring(Author("", "server", "admin"), Decree("evidence", body)).number
    assert desk.topic().evidence == Evidence("complete")
    assert desk.edit(BEN, status="Open", base=1).number
    desk.wish(BEN, Undo)
    assert desk.wish(ANA, Undo).number
    desk.wish(ANA, Redo)
    assert desk.topic().evidence == Evidence("complete")


def test_who_is_no_chair_any_more_does_not_bring_back_what_they_removed(desk: ReviewDesk) -> None:
    desk.wish(CARL, RemoveTopic, topic="t")
    assert desk.wish(Author("c", "Carl"), Undo).code == "rights"
    assert desk.wish(Author("c", "Carl", "observer"), Undo).code == "rights"
    assert desk.wish(CARL, Undo).number
    assert desk.topic().author == "Ana"


# ---- bounds and the journal --------------------------------------------------------------------------


def test_a_full_session_takes_no_more_also_not_by_undo(
    desk: ReviewDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.comment(ANA)
    desk.wish(ANA, RemoveTopic, topic="t")
    desk.make(BEN, "u")
    limits = {"topics": 1, "comments": 0, "viewpoints": 1, "marks": 0, "agenda": 0, "votes": 0}
    for name, limit in limits.items():
        monkeypatch.setitem(LIMITS, name, limit)
    assert desk.wish(ANA, Undo).code == "full"
    for reply in (desk.make(EVE, "v"), desk.comment(EVE, "l", topic="u")):
        assert reply.code == "full"
        assert "at most" in reply.text
    full = desk.wish(EVE, PutMark, mark=Mark("m", "arrow", (0.0, 0.0, 0.0), bytes(24)))
    assert full.code == "full"
    assert desk.wish(EVE, PutViewpoint, viewpoint=Viewpoint("w", CAMERA)).code == "full"


def test_what_stands_after_a_restart_is_what_stood_before(desk: ReviewDesk) -> None:
    desk.comment(BEN)
    desk.edit(BEN, status="Closed")
    desk.wish(BEN, Undo)
    desk.make(EVE, "u")
    desk.wish(EVE, RemoveTopic, topic="u")
    again = desk.again()
    assert again.snapshot() == desk.session.snapshot()
    assert again.decide(Undo(op=99), EVE) == desk.session.decide(Undo(op=99), EVE)
    assert isinstance(again.decide(Redo(op=99), BEN), Draft)


def test_a_journal_with_a_kind_that_is_not_known_says_so(desk: ReviewDesk) -> None:
    record = Record(2, 5, "Ana", "a", "topic_merged", {"topic": "t"})
    with pytest.raises(JournalError, match="does not know"):
        desk.session.apply(record)
    with pytest.raises(JournalError, match="cannot be understood"):
        desk.session.apply(msgspec.structs.replace(record, kind="topic_changed", body={"topic": "nowhere"}))


def test_views_and_marks_are_removed_by_their_authors_or_leaders(desk: ReviewDesk) -> None:
    desk.wish(ANA, PutMark, mark=Mark("m", "arrow", (0.0, 0.0, 0.0), bytes(24)))
    assert desk.wish(BEN, RemoveMark, mark="m").code == "not-yours"
    assert desk.wish(CARL, RemoveMark, mark="m").number
    assert desk.wish(BEN, RemoveViewpoint, viewpoint="t-view").code == "not-yours"
    assert desk.wish(CARL, RemoveViewpoint, viewpoint="t-view").number
