"""Rules of the meeting: who opens and closes it, runs the agenda, votes, decides and writes to all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from walkdown.messages import (
    CallVote,
    CastVote,
    ChatLine,
    CloseMeeting,
    Duty,
    EndVote,
    GiveVerdict,
    Meeting,
    OpenMeeting,
    PutAgendaItem,
    RemoveAgendaItem,
    Say,
    SetVocabulary,
    StepAgenda,
    Verdict,
    Vote,
)
from walkdown.review import ReviewState
from walkdown.review.checks import VERDICTS_MAX
from walkdown_server.review.rules_common import check_room, check_topic, date_made, runs
from walkdown_server.ruling import Author, Draft, No, Rules, body_of, check_base
from walkdown_server.standing import State

Finish = Callable[[dict[str, Any], int], None]


@dataclass(frozen=True, slots=True)
class GiveDuty:
    """``SetDuty`` with the author instead of the number of a person; "" for nobody."""

    op: int
    duty: Duty
    author_id: str
    name: str = ""


def open_meeting(state: State, wish: OpenMeeting, author: Author) -> Draft:
    """Begin, or go on with what has ended under the same name; while it is on its name can be changed."""
    before = state.review.meeting
    same = (before.title, before.stage) == (wish.title, wish.stage)
    if before.on and same:
        raise No("unchanged", "the meeting is on already")
    made = replace(before, title=wish.title, stage=wish.stage, ended_ns=0)
    goes_on = before.on or (same and before.began_ns)
    made = replace(made, began_ns=before.began_ns if goes_on else 0)
    return _meeting_draft(made, author, wish.op, began=True)


def _meeting_draft(
    made: Meeting, author: Author, op: int, *, began: bool = False, finish: Finish | None = None
) -> Draft:
    """Return the draft of a meeting; verdicts are kept by records of their own."""

    def date(body: dict[str, Any], time_ns: int) -> None:
        if began and not body.get("began_ns"):
            body["began_ns"] = time_ns
        if finish is not None:
            finish(body, time_ns)

    return Draft(author, op, "meeting", body_of(replace(made, verdicts=())), finish=date)


def close_meeting(state: State, wish: CloseMeeting, author: Author) -> Draft:
    """End the meeting, and with it the point that is on."""
    meeting = state.review.meeting
    if not meeting.on:
        raise No("unchanged", "no meeting is on")

    def date(body: dict[str, Any], time_ns: int) -> None:
        body["ended_ns"] = time_ns
        _account(state.review, body, time_ns)

    return _meeting_draft(replace(meeting, item="", item_ns=0), author, wish.op, finish=date)


def step_agenda(state: State, wish: StepAgenda, author: Author) -> Draft:
    """Turn to another point; the time that the one before it took is added up, and it is done."""
    review, meeting = state.review, state.review.meeting
    _check_runs(review, author, "turns to another point of the agenda")
    if not meeting.on:
        raise No("closed", "no meeting is on; a chair opens it first")
    if wish.item and wish.item not in review.agenda:
        raise No("unknown", "this point of the agenda does not exist, or not any more")
    if meeting.item == wish.item:
        raise No("unchanged", "this point is on already" if wish.item else "no point is on")

    def date(body: dict[str, Any], time_ns: int) -> None:
        if wish.item:
            body["item_ns"] = time_ns
        _account(review, body, time_ns)

    return _meeting_draft(replace(meeting, item=wish.item, item_ns=0), author, wish.op, finish=date)


def _account(review: ReviewState, body: dict[str, Any], time_ns: int) -> None:
    """Add to the body the point that was on, done, with the time that it took."""
    there = review.agenda.get(review.meeting.item)
    if there is not None:
        spent_secs = there.spent_secs + max(0, time_ns - review.meeting.item_ns) / 1e9
        body["agenda"] = [body_of(replace(there, spent_secs=spent_secs, done=True))]


def give_duty(state: State, wish: GiveDuty, author: Author) -> Draft:
    """Make somebody driver or scribe, or nobody."""
    meeting = state.review.meeting
    if meeting.duties.get(wish.duty, "") == wish.author_id:
        raise No("unchanged", f"{wish.name or 'nobody'} is {wish.duty} already")
    duties = {duty: who for duty, who in meeting.duties.items() if duty != wish.duty}
    if wish.author_id:
        duties[wish.duty] = wish.author_id
    return _meeting_draft(replace(meeting, duties=duties), author, wish.op)


def put_agenda_item(state: State, wish: PutAgendaItem, author: Author) -> Draft:
    """Add a point to the agenda or the parking list, or change one."""
    review, item = state.review, wish.item
    _check_runs(review, author, "changes the agenda")
    there = review.agenda.get(item.item)
    check_base(state, ("agenda", item.item), wish.base, author=author)
    check_room(review, "agenda", 0 if there else 1)
    if not item.title.strip():
        raise No("empty", "a point of the agenda needs a title")
    made = replace(item, spent_secs=there.spent_secs if there else 0.0, number=0)
    if there is not None and there.done and 0 < wish.base < there.number:
        made = replace(made, done=True)  # the meeting has stepped on since the author saw it
    if there is not None and made == replace(there, number=0):
        raise No("unchanged", "this point says so already")
    return Draft(author, wish.op, "agenda", body_of(made))


def remove_agenda_item(state: State, wish: RemoveAgendaItem, author: Author) -> Draft:
    """Take a point off; not the one that is on."""
    review = state.review
    _check_runs(review, author, "changes the agenda")
    check_base(state, ("agenda", wish.item), wish.base, author=author)
    if wish.item not in review.agenda:
        raise No("unknown", "this point of the agenda does not exist, or not any more")
    if wish.item == review.meeting.item:
        raise No("on", "this point is on; turn to another first")
    return Draft(author, wish.op, "agenda_removed", {"agenda": wish.item})


def _check_runs(review: ReviewState, author: Author, what: str) -> None:
    if not runs(review, author):
        raise No("not-yours", f"a chair, the driver or the scribe {what}; you are {author.role}")


def give_verdict(state: State, wish: GiveVerdict, author: Author) -> Draft:
    """Say what was decided; nobody takes it back."""
    meeting = state.review.meeting
    if not meeting.began_ns:
        raise No("closed", "no meeting has begun; open it first")
    if len(meeting.verdicts) >= VERDICTS_MAX:
        raise No("full", f"a session holds at most {VERDICTS_MAX} verdicts")
    made = Verdict(wish.decision, wish.text, author.name, author.id, author.role)
    return Draft(author, wish.op, "verdict", body_of(made), finish=_date_time)


def call_vote(state: State, wish: CallVote, author: Author) -> Draft:
    """Ask people to vote."""
    review = state.review
    if wish.vote in review.votes:
        raise No("exists", "this vote is here already; call another one")
    check_room(review, "votes")
    if not wish.question.strip() or not all(option.strip() for option in wish.options):
        raise No("empty", "a vote needs a question, and a word for each answer")
    if len(set(wish.options)) < len(wish.options):
        raise No("twice", "two answers of a vote are the same")
    if wish.topic:
        check_topic(review, wish.topic)
    if wish.item and wish.item not in review.agenda:
        raise No("unknown", "this point of the agenda does not exist, or not any more")
    made = Vote(
        wish.vote,
        wish.question,
        wish.options,
        topic=wish.topic,
        item=wish.item,
        author=author.name,
        author_id=author.id,
    )
    return Draft(author, wish.op, "vote", body_of(made), finish=date_made)


def cast_vote(state: State, wish: CastVote, author: Author) -> Draft:
    """Vote, or vote otherwise; one ballot a person."""
    vote = _open_vote(state.review, wish.vote)
    if wish.choice >= len(vote.options):
        raise No("unknown", f"this vote has {len(vote.options)} answers, counted from 0; {wish.choice} came")
    before = vote.ballots.get(author.id)
    if before is not None and before.choice == wish.choice:
        raise No("unchanged", "you have voted so already")
    return Draft(author, wish.op, "ballot", {"vote": wish.vote, "choice": wish.choice})


def end_vote(state: State, wish: EndVote, author: Author) -> Draft:
    """End a vote; its result stands."""
    vote = _open_vote(state.review, wish.vote)
    return Draft(author, wish.op, "vote", body_of(vote), finish=_date_end)


def _open_vote(review: ReviewState, name: str) -> Vote:
    vote = review.votes.get(name)
    if vote is None:
        raise No("unknown", "this vote does not exist")
    if vote.ended_ns:
        raise No("closed", "this vote has ended; its result stands")
    return vote


def say(_state: State, wish: Say, author: Author) -> Draft:
    """Write to all."""
    if not wish.text.strip():
        raise No("empty", "a line needs some text")
    line = ChatLine(wish.line, wish.text, wish.links, author.name, author.id)
    return Draft(author, wish.op, "said", body_of(line), finish=_date_time)


def set_vocabulary(state: State, wish: SetVocabulary, author: Author) -> Draft:
    """Say which words lists offer."""
    if wish.vocabulary == state.review.vocabulary:
        raise No("unchanged", "these are the words already")
    return Draft(author, wish.op, "vocabulary", body_of(wish.vocabulary))


def _date_time(body: dict[str, Any], time_ns: int) -> None:
    body["time_ns"] = time_ns


def _date_end(body: dict[str, Any], time_ns: int) -> None:
    body["ended_ns"] = time_ns


MEETING_RULES: Rules = {
    OpenMeeting: open_meeting,
    CloseMeeting: close_meeting,
    StepAgenda: step_agenda,
    GiveDuty: give_duty,
    PutAgendaItem: put_agenda_item,
    RemoveAgendaItem: remove_agenda_item,
    GiveVerdict: give_verdict,
    CallVote: call_vote,
    CastVote: cast_vote,
    EndVote: end_vote,
    Say: say,
    SetVocabulary: set_vocabulary,
}
