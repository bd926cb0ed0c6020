"""How a review ends: what it has come to, the decisions, and the last word."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Verdict
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.meeting import DECISION_TEXT
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.agenda_form import kept_on_escape, left_with_enter
from walkdown_client.ui.panels.attendance import role_word, time_of_day
from walkdown_client.ui.panels.side import choice

SIGNS = {"approved": 1, "approved_with_actions": 1, "repeat": 2, "rejected": 3}
"""The state whose shape stands for a decision."""


def draw_summary(frame: Frame) -> None:
    """Draw in figures what the review has come to."""
    canvas, review = frame.canvas, frame.world.review
    canvas.section(_("What it has come to"))
    found = frame.memory.of("meeting summary", review.revision, lambda: rules.summary(review))
    for text, count in (
        (_("Topics that are new"), found.new),
        (_("Topics that were closed"), found.closed),
        (_("Topics that are open"), found.open),
        (_("Parked points and topics"), found.parked),
        (_("Votes"), found.votes),
        (_("People who took part"), found.people),
    ):
        _draw_figure(frame, text, words.number(count))
    done = _("{done} of {count}").format(done=found.done, count=found.items)
    _draw_figure(frame, _("Points of the agenda dealt with"), done)


def _draw_figure(frame: Frame, text: str, figure: str) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    room = width - canvas.width(figure) - canvas.px(8)
    canvas.put_clipped(x, y, text, width=room, colour=canvas.theme.muted)
    canvas.put_right(x + width, y, figure)
    imgui.dummy((width, canvas.px(20)))


def draw_verdict(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw what was decided, and for who leads the way to decide."""
    canvas, meeting = frame.canvas, frame.world.review.meeting
    canvas.section(_("Decision"))
    for verdict in meeting.verdicts:
        _draw_one(frame, verdict)
    if not meeting.verdicts:
        canvas.muted(_("Nothing has been decided yet."))
    if not meeting.began_ns:
        canvas.muted(_("A decision needs a review that has begun."))
    elif frame.may(meet.GiveVerdict):
        _draw_form(frame, found)
    elif not meeting.verdicts:
        canvas.muted(_("A chair records the decision."))


def _draw_one(frame: Frame, verdict: Verdict) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    canvas.state(x + canvas.px(6), y + canvas.px(9), SIGNS[verdict.decision])
    imgui.indent(canvas.px(20))
    canvas.paragraph(_(DECISION_TEXT[verdict.decision]))
    if verdict.text:
        canvas.paragraph(verdict.text, canvas.theme.muted)
    line = " · ".join([verdict.author, role_word(verdict.role), time_of_day(verdict.time_ns)])
    canvas.paragraph(line, canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.unindent(canvas.px(20))


def _draw_form(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, form = frame.canvas, frame.view.together.form
    clicked = choice(frame, {key: _(text) for key, text in DECISION_TEXT.items()}, form.decision)
    if clicked is not None:
        form.decision = clicked
    typed = canvas.field("verdict", _("What has to be done, or why"), form.verdict)
    done = left_with_enter()
    form.verdict = kept_on_escape(form.verdict, typed)
    if canvas.button(_("Record this decision…")) or done:
        found.append(meet.AskVerdict(form.decision, form.verdict))
