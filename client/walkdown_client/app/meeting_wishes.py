"""Carries out what a person wishes of the meeting: its agenda, duties, votes, verdict, prepared views."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec.structs import replace

from walkdown import messages as m
from walkdown.i18n import _
from walkdown.messages import AgendaItem, PutAgendaItem, Reply
from walkdown_client.app.places import Views
from walkdown_client.outgoing import PENDING_MAX
from walkdown_client.refusals import reply_sentence
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.meeting import DECISION_TEXT, ItemForm
from walkdown_client.tools.view_state import ViewState
from walkdown_client.tools.viewing import next_view, views_for
from walkdown_client.world import World

MINUTES_MAX = 1440.0
TITLE_MAX, TEXT_MAX = 500, 16_000


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: m.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def operate(self, operation: m.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""


class MeetingWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        views: how this person sees things.
    """

    def __init__(self, world: World, view: ViewState, *, views: Views, doing: Doing) -> None:
        self._world, self._view, self._taking = world, view, view.together
        self._views, self._doing = views, doing
        self._sent: dict[int, ItemForm] = {}

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        send = self._doing.send
        return {
            meet.BeginMeeting: self._begin,
            meet.AskToEndMeeting: self._ask_to_end,
            meet.EndMeeting: lambda _i: send(m.CloseMeeting(1)),
            meet.StepItem: self._step_item,
            meet.TurnTo: lambda i: self._turn_to(i.item),
            meet.OpenItem: self._open_item,
            meet.PutItem: lambda _i: self._put_form(),
            meet.RemoveItem: self._remove_item,
            meet.MoveItem: self._move_item,
            meet.ParkItem: self._park_item,
            meet.ParkText: self._park_text,
            meet.AttachView: self._attach_view,
            meet.TakeMinutes: lambda i: self._change(i.item, text=i.text[:TEXT_MAX]),
            meet.GiveDuty: lambda i: send(m.SetDuty(1, i.duty, i.person)),
            meet.AskVote: self._ask_vote,
            meet.VoteFor: lambda i: send(m.CastVote(1, i.vote, i.choice)),
            meet.FinishVote: lambda i: send(m.EndVote(1, i.vote)),
            meet.AskVerdict: self._ask_verdict,
            meet.GiveVerdict: self._give_verdict,
            meet.StepView: self._step_view,
        }

    def hear(self, reply: Reply) -> bool:
        """Take a refusal; tells whether it was of a form, which is open again."""
        form = self._sent.pop(reply.op, None)
        if form is None or self._taking.form.item is not None:
            return False
        there = self._world.review.agenda.get(form.item)
        form.seen, form.wrong, form.focus = there, _why(reply, there), True
        self._taking.form.item, self._view.panel = form, "meeting"
        return True

    # ---- the review ---------------------------------------------------------------------------------

    def _begin(self, intent: meet.BeginMeeting) -> None:
        form, welcome = self._taking.form, self._world.welcome
        title = (intent.title or form.title).strip() or (welcome.session if welcome is not None else "")
        stage = intent.stage or form.stage
        if self._doing.send(m.OpenMeeting(1, title[:TITLE_MAX], stage)):
            form.title = form.stage = ""

    def _ask_to_end(self, _intent: wish.Intent) -> None:
        found = rules.summary(self._world.review)
        text = _("{new} topics are new, {open} are open, {parked} points are parked.").format(
            new=found.new, open=found.open, parked=found.parked
        )
        if not self._world.review.meeting.verdicts:
            text += " " + _("Nothing has been decided yet.")
        self._view.question = wish.AskFirst(_("End the review?"), text, _("End it"), meet.EndMeeting())

    def _ask_verdict(self, intent: meet.AskVerdict) -> None:
        title = _("Record this decision: {decision}?").format(decision=_(DECISION_TEXT[intent.decision]))
        text = _(
            "It stands with your name, your role and the time. Nobody takes it back; another may follow."
        )
        self._view.question = wish.AskFirst(
            title, text, _("Record it"), meet.GiveVerdict(intent.decision, intent.text)
        )

    def _give_verdict(self, intent: meet.GiveVerdict) -> None:
        if self._doing.send(m.GiveVerdict(1, intent.decision, intent.text.strip()[:TEXT_MAX])):
            self._taking.form.verdict = ""

    # ---- the agenda ---------------------------------------------------------------------------------

    def _step_item(self, intent: meet.StepItem) -> None:
        beside = rules.item_beside(self._world.review, intent.steps)
        if beside is not None:
            self._turn_to(beside)
        elif not rules.agenda(self._world.review):
            self._doing.say(_("The agenda is empty"), _("Add points to it in the panel Meeting."))
        else:
            last = _("This is the last point of the agenda")
            self._doing.say(last if intent.steps > 0 else _("This is the first point of the agenda"))

    def _turn_to(self, item: str) -> None:
        if not rules.may_steer(self._world):
            text = _("Who leads, drives, or writes turns to points of the agenda.")
            self._doing.say(_("This is not for you here"), text)
        elif self._doing.send(m.StepAgenda(1, item)):
            self._taking.prepared = ""

    def _open_item(self, intent: meet.OpenItem) -> None:
        form, there = self._taking.form, self._world.review.agenda.get(intent.item)
        self._view.panel = "meeting"
        if there is None:
            form.item = ItemForm(parked=intent.parked)
        else:
            minutes = f"{there.minutes:g}" if there.minutes else ""
            form.item = ItemForm(
                there.item, there.title, minutes, there.owner, there.text, there.parked, there
            )

    def _put_form(self) -> None:
        form = self._taking.form.item
        if form is None:
            return
        minutes = _minutes(form.minutes)
        if not form.title.strip():
            form.wrong = _("It needs a title.")
        elif minutes is None:
            form.wrong = _("How many minutes it may take is a number up to 1,440.")
        elif number := self._doing.operate(self._of_form(form, minutes)):
            self._taking.form.item = None
            self._remember(number, form)

    def _of_form(self, form: ItemForm, minutes: float) -> PutAgendaItem:
        """Return the point of a form; what others changed besides what was typed is kept."""
        review = self._world.review
        there = review.agenda.get(form.item)
        typed: dict[str, Any] = {
            "title": form.title.strip()[:TITLE_MAX],
            "minutes": minutes,
            "owner": form.owner.strip()[:200],
            "text": form.text[:TEXT_MAX],
        }
        if there is None:
            item = form.item or str(uuid.uuid4())
            made = AgendaItem(item, order=rules.next_order(review), parked=form.parked, **typed)
            return PutAgendaItem(1, made)
        seen = form.seen or there
        untouched = all(getattr(there, name) == getattr(seen, name) for name in typed)
        return PutAgendaItem(1, replace(there, **typed), there.number if untouched else seen.number)

    def _remember(self, number: int, form: ItemForm) -> None:
        """Keep what was typed until it can no longer be refused."""
        self._sent[number] = form
        for old in [op for op in self._sent if op <= number - PENDING_MAX]:
            del self._sent[old]

    def _change(self, item: str, **changes: Any) -> None:
        """Change a point as it stands now."""
        there = self._world.review.agenda.get(item)
        if there is not None:
            self._doing.send(PutAgendaItem(1, replace(there, **changes), there.number))

    def _remove_item(self, intent: meet.RemoveItem) -> None:
        there = self._world.review.agenda.get(intent.item)
        if there is not None:
            self._doing.send(m.RemoveAgendaItem(1, there.item, there.number))

    def _move_item(self, intent: meet.MoveItem) -> None:
        orders = rules.moved(rules.agenda(self._world.review), intent.item, intent.steps)
        for item, order in orders.items():
            self._change(item, order=order)

    def _park_item(self, intent: meet.ParkItem) -> None:
        item = intent.item or self._world.review.meeting.item
        if item:
            self._change(item, parked=intent.parked, order=rules.next_order(self._world.review))
        else:
            self._doing.say(_("No point of the agenda is on"), _("Turn to one first, or write a line."))

    def _park_text(self, intent: meet.ParkText) -> None:
        text = intent.text.strip()[:TITLE_MAX]
        order = rules.next_order(self._world.review)
        item = AgendaItem(str(uuid.uuid4()), text, order=order, parked=True)
        if text and self._doing.send(PutAgendaItem(1, item)):
            self._taking.form.parking = ""

    # ---- prepared views -----------------------------------------------------------------------------

    def _attach_view(self, intent: meet.AttachView) -> None:
        item = self._world.review.agenda.get(intent.item)
        if item is None:
            return
        view = intent.view
        if not view:
            made = replace(self._views.current(), viewpoint=str(uuid.uuid4()), topic="", title=item.title)
            view = made.viewpoint
            if not self._doing.send(m.PutViewpoint(1, made)):
                return
        kept = tuple(one for one in item.viewpoints if one != view)
        self._change(item.item, viewpoints=(*kept, view) if intent.attached else kept)

    def _step_view(self, intent: meet.StepView) -> None:
        review = self._world.review
        item = review.meeting.item
        beside = next_view(review, self._taking.prepared, intent.steps, item=item)
        if beside is not None:
            self._taking.prepared = beside.viewpoint
            self._views.show(beside)
        elif not views_for(review, item):
            self._doing.say(_("No views are prepared"), _("Shift+V keeps what you see as one."))
        else:
            last = _("This is the last prepared view")
            self._doing.say(last if intent.steps > 0 else _("This is the first prepared view"))

    # ---- votes --------------------------------------------------------------------------------------

    def _ask_vote(self, intent: meet.AskVote) -> None:
        options = tuple(dict.fromkeys(line.strip()[:200] for line in intent.options if line.strip()))
        if not options:
            options = (_("Yes"), _("No"), _("Abstain"))
        if len(options) < 2 or len(options) > 20:
            self._doing.say(_("A vote needs 2 to 20 answers"), _("Write one a line, or none for yes and no."))
            return
        item = self._world.review.meeting.item
        call = m.CallVote(1, str(uuid.uuid4()), intent.question.strip()[:1000], options, intent.topic, item)
        if call.question and self._doing.send(call):
            form = self._taking.form
            form.question, form.options, form.asks = "", "", False


def _minutes(typed: str) -> float | None:
    """Return a number of minutes as people type it; None for what is none."""
    text = typed.strip().replace(",", ".")
    try:
        minutes = float(text) if text else 0.0
    except ValueError:
        return None
    return minutes if 0 <= minutes <= MINUTES_MAX else None


def _why(reply: Reply, there: AgendaItem | None) -> str:
    """Return the line that says why a form is open again."""
    if reply.code != "conflict":
        return reply_sentence(reply)
    if there is not None:
        return _("Changed meanwhile by {name}; it is now: {text}").format(name=reply.by, text=there.title)
    return _("Removed meanwhile by {name}. Save it to add it again.").format(name=reply.by or _("somebody"))
