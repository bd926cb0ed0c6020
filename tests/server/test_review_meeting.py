"""The meeting: who opens, runs and closes it; time spent, votes, verdicts and lines to all."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.server.reviewing import ANA, BEN, CARL, EVE, ReviewDesk
from walkdown.messages import (
    AgendaItem,
    CallVote,
    CastVote,
    CloseMeeting,
    EndVote,
    GiveVerdict,
    OpenMeeting,
    Operation,
    PutAgendaItem,
    RemoveAgendaItem,
    Say,
    SetVocabulary,
    StepAgenda,
    Undo,
    Vocabulary,
)
from walkdown.review import checks
from walkdown_server.review import rules_meeting
from walkdown_server.review.rules import GiveDuty
from walkdown_server.ruling import Author


@pytest.fixture
def desk() -> ReviewDesk:
    desk = ReviewDesk()
    desk.open("i", "j")
    return desk


def after(desk: ReviewDesk, secs: int) -> None:
    """Let time pass: each record is a second after the one before."""
    for _ in range(secs):
        desk.wish(EVE, Say, line="x", text="…")


def test_stepping_adds_up_the_time_of_the_point_before_and_marks_it_done(desk: ReviewDesk) -> None:
    desk.wish(CARL, StepAgenda, item="i")
    after(desk, 59)
    desk.wish(CARL, StepAgenda, item="j")
    agenda, meeting = desk.review.agenda, desk.review.meeting
    assert (agenda["i"].spent_secs, agenda["i"].done, agenda["j"].done) == (60.0, True, False)
    assert (meeting.item, meeting.item_ns) == ("j", len(desk.log) * 10**9)
    desk.wish(CARL, StepAgenda, item="i")
    after(desk, 9)
    desk.wish(CARL, CloseMeeting)
    assert desk.review.agenda["i"].spent_secs == 70.0
    assert (desk.review.meeting.item, desk.review.meeting.on) == ("", False)


def test_a_step_is_undone_as_if_it_had_not_been(desk: ReviewDesk) -> None:
    desk.wish(CARL, StepAgenda, item="i")
    began_ns = desk.review.meeting.item_ns
    after(desk, 5)
    desk.wish(CARL, StepAgenda, item="j")
    desk.wish(CARL, GiveVerdict, decision="approved")
    assert desk.wish(CARL, Undo).number
    assert (desk.review.meeting.item, desk.review.meeting.item_ns) == ("i", began_ns)
    assert (desk.review.agenda["i"].done, desk.review.agenda["i"].spent_secs) == (False, 0.0)
    assert [verdict.decision for verdict in desk.review.meeting.verdicts] == ["approved"]


def test_an_agenda_is_run_by_leaders_driver_and_scribe(desk: ReviewDesk) -> None:
    wishes: list[tuple[type[Operation], dict[str, Any]]] = [
        (StepAgenda, {"item": "i"}),
        (PutAgendaItem, {"item": AgendaItem("k", "Point k", parked=True)}),
        (RemoveAgendaItem, {"item": "j"}),
    ]
    for kind, fields in wishes:
        reply = desk.wish(BEN, kind, **fields)
        assert reply.code == "not-yours"
        assert "scribe" in reply.text
    desk.bring(CARL, GiveDuty(0, "scribe", BEN.id, "Ben"))
    assert all(desk.wish(BEN, kind, **fields).number for kind, fields in wishes)
    assert desk.wish(BEN, RemoveAgendaItem, item="i").code == "on"
    desk.bring(CARL, GiveDuty(0, "scribe", ""))
    assert desk.wish(BEN, Undo).code == "rights"


def test_time_spent_is_counted_by_the_server_alone(desk: ReviewDesk) -> None:
    desk.wish(CARL, PutAgendaItem, item=AgendaItem("i", "Point i", spent_secs=999.0, text="minutes"))
    assert (desk.review.agenda["i"].spent_secs, desk.review.agenda["i"].text) == (0.0, "minutes")
    assert desk.wish(CARL, PutAgendaItem, item=AgendaItem("k", " ")).code == "empty"


def test_of_two_who_change_a_point_the_second_learns_what_stands(desk: ReviewDesk) -> None:
    seen = desk.review.agenda["i"].number
    dora = Author("d", "Dora", "admin")
    desk.wish(dora, PutAgendaItem, item=AgendaItem("i", "New"), base=seen)
    reply = desk.wish(CARL, PutAgendaItem, item=AgendaItem("i", "Newer"), base=seen)
    assert (reply.code, reply.by, reply.current and reply.current["title"]) == ("conflict", "Dora", "New")


def test_minutes_that_come_after_the_next_step_are_taken_and_the_point_stays_done(desk: ReviewDesk) -> None:
    desk.bring(CARL, GiveDuty(0, "scribe", BEN.id, "Ben"))
    desk.wish(CARL, StepAgenda, item="i")
    seen = desk.review.agenda["i"]
    desk.wish(CARL, StepAgenda, item="j")
    late = replace(seen, text="Agreed.")
    assert desk.wish(BEN, PutAgendaItem, item=late, base=seen.number).number
    point = desk.review.agenda["i"]
    assert (point.text, point.done, point.spent_secs > 0) == ("Agreed.", True, True)
    desk.wish(BEN, PutAgendaItem, item=replace(point, done=False), base=point.number)
    assert not desk.review.agenda["i"].done


def test_what_needs_a_meeting_is_refused_without_one() -> None:
    desk = ReviewDesk()
    desk.wish(CARL, PutAgendaItem, item=AgendaItem("i", "x"))
    assert desk.wish(CARL, CloseMeeting).text == "no meeting is on"
    assert desk.wish(CARL, StepAgenda, item="i").code == "closed"
    assert desk.wish(CARL, GiveVerdict, decision="approved").code == "closed"


def test_a_meeting_is_opened_once_renamed_and_gone_on_with(desk: ReviewDesk) -> None:
    began_ns = desk.review.meeting.began_ns
    assert desk.wish(CARL, OpenMeeting, title="60 %").code == "unchanged"
    assert desk.wish(CARL, OpenMeeting, title="60 % again").number
    assert desk.review.meeting.began_ns == began_ns
    desk.wish(CARL, CloseMeeting)
    desk.wish(CARL, OpenMeeting, title="60 % again")
    assert (desk.review.meeting.on, desk.review.meeting.began_ns) == (True, began_ns)
    desk.wish(CARL, CloseMeeting)
    desk.wish(CARL, OpenMeeting, title="90 %")
    assert desk.review.meeting.began_ns > began_ns


def test_nobody_takes_back_that_a_meeting_was_opened_or_closed_or_a_verdict(desk: ReviewDesk) -> None:
    desk = ReviewDesk()
    desk.wish(CARL, OpenMeeting, title="x")
    desk.wish(CARL, GiveVerdict, decision="repeat", text="again")
    desk.wish(CARL, CloseMeeting)
    assert desk.wish(CARL, Undo).code == "nothing"
    (verdict,) = desk.review.meeting.verdicts
    assert (verdict.author, verdict.role, verdict.time_ns) == ("Carl", "chair", 2 * 10**9)


def test_verdicts_are_bounded(desk: ReviewDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_meeting, "VERDICTS_MAX", 1)
    assert checks.VERDICTS_MAX == 100
    desk.wish(CARL, GiveVerdict, decision="approved")
    assert desk.wish(CARL, GiveVerdict, decision="approved").code == "full"


def test_a_duty_is_given_taken_and_undone(desk: ReviewDesk) -> None:
    desk.bring(CARL, GiveDuty(1, "driver", BEN.id, "Ben"))
    assert desk.review.meeting.duties == {"driver": "b"}
    assert desk.bring(CARL, GiveDuty(0, "driver", BEN.id, "Ben")).code == "unchanged"
    assert desk.bring(CARL, GiveDuty(0, "scribe", "")).code == "unchanged"
    desk.wish(CARL, Undo)
    assert desk.review.meeting.duties == {}


# ---- votes -------------------------------------------------------------------------------------------


def call(desk: ReviewDesk, **fields: Any) -> str:
    asked = {"vote": "w", "question": "Approve?", "options": ("yes", "no"), **fields}
    return desk.wish(CARL, CallVote, **asked).code


def test_everyone_has_one_ballot_until_the_vote_ends(desk: ReviewDesk) -> None:
    assert call(desk) == ""
    for author, choice in ((ANA, 0), (BEN, 0), (ANA, 1)):
        assert desk.wish(author, CastVote, vote="w", choice=choice).number
    assert desk.wish(ANA, CastVote, vote="w", choice=1).code == "unchanged"
    assert desk.wish(EVE, CastVote, vote="w", choice=2).code == "unknown"
    desk.wish(CARL, EndVote, vote="w")
    assert desk.wish(EVE, CastVote, vote="w", choice=0).code == "closed"
    assert desk.wish(CARL, EndVote, vote="w").code == "closed"
    vote = desk.review.votes["w"]
    assert {who: ballot.choice for who, ballot in vote.ballots.items()} == {"a": 1, "b": 0}
    assert (vote.author, vote.ended_ns) == ("Carl", len(desk.log) * 10**9)
    assert desk.again().review.votes["w"] == vote
    assert desk.wish(ANA, Undo).code == "nothing"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"question": " "}, "empty"),
        ({"options": ("yes", " ")}, "empty"),
        ({"options": ("yes", "yes")}, "twice"),
        ({"topic": "nowhere"}, "unknown"),
        ({"item": "nowhere"}, "unknown"),
        ({"vote": "old"}, "exists"),
    ],
)
def test_a_vote_that_makes_no_sense_is_not_called(
    desk: ReviewDesk, fields: dict[str, Any], code: str
) -> None:
    call(desk, vote="old")
    assert call(desk, **fields) == code


# ---- words -------------------------------------------------------------------------------------------


def test_lines_to_all_are_dated_and_the_newest_stand(desk: ReviewDesk) -> None:
    assert desk.wish(EVE, Say, line="l", text="see {0}", links=("thing:P-101",)).number
    (line,) = desk.review.chat
    assert (line.author, line.time_ns, line.links) == ("Eve", len(desk.log) * 10**9, ("thing:P-101",))
    assert desk.wish(EVE, Say, line="l", text=" ").code == "empty"
    assert desk.wish(EVE, Undo).code == "nothing"


def test_the_words_of_lists_are_set_and_undone(desk: ReviewDesk) -> None:
    words = Vocabulary(types=("Fault",))
    assert desk.wish(CARL, SetVocabulary, vocabulary=words).number
    assert desk.wish(CARL, SetVocabulary, vocabulary=words).code == "unchanged"
    assert desk.review.vocabulary == words
    desk.wish(CARL, Undo)
    assert desk.review.vocabulary == Vocabulary()
