"""What the palette reaches of being together: people, the agenda, votes, duties, decisions."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.meeting import DECISION_TEXT, DUTY_TEXT
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.entry import Entry

NAMED_MAX = 60
"""Of more people than this the palette names those whose card is open alone."""


def meeting_entries(frame: Frame) -> Iterator[Entry]:
    """Yield all of them."""
    yield from _people(frame)
    if rules.may_steer(frame.world):
        yield from _agenda(frame)
    yield from _review(frame)
    yield from _votes(frame)
    for name, text in (
        ("come_at_once", _("Come at once when I am called")),
        ("show_followers", _("Who follows me sees my section and what I hide")),
        ("cut", _("Change places at once, without a flight")),
    ):
        on = getattr(frame.view.preferences.together, name)
        yield Entry(text, _("setting"), _("on") if on else _("off"), meet.SetTogether(name, not on))


def _people(frame: Frame) -> Iterator[Entry]:
    world, kind = frame.world, _("person")
    gathers, duties = rules.may_gather(world), frame.may(meet.GiveDuty)
    for person in world.people.values():
        name = person.name
        if duties and len(world.people) <= NAMED_MAX and person.author:
            for duty, text in DUTY_TEXT.items():
                said = _("Let {name} be: {role}").format(name=name, role=_(text))
                yield Entry(said, kind, "", meet.GiveDuty(duty, person.id))
        if person.id == world.me:
            continue
        follows = person.id == frame.view.together.following
        text = _("Follow {name} no more") if follows else _("Follow {name}")
        yield Entry(text.format(name=name), kind, "", meet.Follow(person.id))
        if gathers:
            call = meet.GatherAll((person.id,), release=False)
            yield Entry(_("Call {name} here").format(name=name), kind, "", call)
        if person.hand:
            yield Entry(_("Give {name} the word").format(name=name), kind, "", meet.GiveWord(person.id))


def _agenda(frame: Frame) -> Iterator[Entry]:
    review, kind = frame.world.review, _("agenda")
    yield Entry(_("Add a point to the agenda"), kind, "", meet.OpenItem())
    yield Entry(_("Add a point to the parking list"), kind, "", meet.OpenItem(parked=True))
    for item in rules.agenda(review):
        title = item.title
        if review.meeting.on and item.item != review.meeting.item:
            yield Entry(_("Turn to {title}").format(title=title), kind, "", meet.TurnTo(item.item))
        yield Entry(_("Change {title}").format(title=title), kind, "", meet.OpenItem(item.item))
        yield Entry(_("Park {title}").format(title=title), kind, "", meet.ParkItem(item.item))
        yield Entry(_("Move {title} up").format(title=title), kind, "", meet.MoveItem(item.item, -1))
        yield Entry(_("Move {title} down").format(title=title), kind, "", meet.MoveItem(item.item, 1))
        text = _("Add what I see to {title}").format(title=title)
        yield Entry(text, kind, "", meet.AttachView(item.item))
        yield Entry(_("Remove {title}").format(title=title), kind, "", meet.RemoveItem(item.item))
    for item in rules.parked(review):
        text = _("Bring back {title}").format(title=item.title)
        yield Entry(text, kind, "", meet.ParkItem(item.item, parked=False))


def _review(frame: Frame) -> Iterator[Entry]:
    review, kind = frame.world.review, _("review")
    if review.meeting.on:
        yield Entry(_("End the review"), kind, "", meet.AskToEndMeeting())
    else:
        yield Entry(_("Begin the review"), kind, "", meet.BeginMeeting())
        for stage in review.vocabulary.stages:
            text = _("Begin the review: {stage}").format(stage=stage)
            yield Entry(text, kind, "", meet.BeginMeeting(stage=stage))
    if review.meeting.began_ns:
        for decision, text in DECISION_TEXT.items():
            said = _("Decide: {decision}").format(decision=_(text))
            yield Entry(said, kind, "", meet.AskVerdict(decision, frame.view.together.form.verdict))


def _votes(frame: Frame) -> Iterator[Entry]:
    kind = _("vote")
    for vote in rules.open_votes(frame.world.review):
        for place, option in enumerate(vote.options):
            text = _("Vote {option}: {question}").format(option=option, question=vote.question)
            yield Entry(text, kind, "", meet.VoteFor(vote.vote, place))
        text = _("End the vote: {question}").format(question=vote.question)
        yield Entry(text, kind, "", meet.FinishVote(vote.vote))
    if frame.may(meet.AskVote):
        yield Entry(_("Put a question to the vote…"), kind, "", meet.OpenVote())
