"""The panel of the meeting: begin it, go through its agenda, park, vote, decide, and end it."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.meeting import DUTY_TEXT
from walkdown_client.tools.rights import ROLE_TEXT
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import agenda, attendance, meeting_end, meeting_parking, votes
from walkdown_client.ui.panels.agenda_form import kept_on_escape, left_with_enter
from walkdown_client.ui.panels.side import choice, scrolled, side_panel

NAME = "meeting"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    with side_panel(frame, NAME, _("Meeting")) as found, scrolled("rows"):
        _draw_head(frame, found)
        agenda.draw(frame, found)
        votes.draw(frame, found)
        meeting_parking.draw(frame, found)
        attendance.draw_duties(frame, found)
        meeting_end.draw_verdict(frame, found)
        if frame.world.review.meeting.began_ns:
            meeting_end.draw_summary(frame)
        attendance.draw_attendance(frame)
        _draw_for_me(frame, found)
    return found


def _draw_head(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw what is being reviewed, or the form to begin."""
    canvas, meeting = frame.canvas, frame.world.review.meeting
    if meeting.on:
        canvas.paragraph(" · ".join(part for part in (meeting.title, meeting.stage) if part))
        age = words.age(max(frame.world.session_ns - meeting.began_ns, 0) / 1e9)
        began = _("Began at {time}, {age} ago.").format(
            time=attendance.time_of_day(meeting.began_ns), age=age
        )
        canvas.paragraph(began + " " + own_part(frame), canvas.theme.muted, size_px=look.SMALL_PX)
        if frame.may(meet.EndMeeting) and canvas.button(_("End the review…")):
            found.append(meet.AskToEndMeeting())
        return
    if meeting.ended_ns:
        title = " · ".join(part for part in (meeting.title, meeting.stage) if part)
        canvas.paragraph(title)
        ended = _("Ended at {time}.").format(time=attendance.time_of_day(meeting.ended_ns))
        canvas.paragraph(ended, canvas.theme.muted, size_px=look.SMALL_PX)
    if frame.may(meet.BeginMeeting):
        _draw_begin(frame, found)
    elif not meeting.ended_ns:
        canvas.empty(_("No review is on."), _("A chair begins it; what is prepared for it is listed below."))


def _draw_begin(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, form = frame.canvas, frame.view.together.form
    welcome = frame.world.welcome
    hint = _("Title, else {session}").format(session=welcome.session if welcome is not None else "")
    typed = canvas.field("title", hint, form.title)
    begins = left_with_enter()
    form.title = kept_on_escape(form.title, typed)
    stages = {stage: stage for stage in frame.world.review.vocabulary.stages}
    if stages:
        canvas.muted(_("Stage"))
        clicked = choice(frame, stages, form.stage)
        if clicked is not None:
            form.stage = "" if clicked == form.stage else clicked
    if canvas.button(_("Begin the review"), primary=True) or begins:
        found.append(meet.BeginMeeting())
    canvas.paragraph(
        _("From then on it is noted who is there. Agenda and views can be prepared before."),
        canvas.theme.muted,
        size_px=look.SMALL_PX,
    )


def own_part(frame: Frame) -> str:
    """Return in one sentence what one is in this review."""
    duties = [_(text) for duty, text in DUTY_TEXT.items() if rules.has_duty(frame.world, duty)]
    roles = ", ".join([_(ROLE_TEXT[frame.world.role]), *duties])
    return _("You are here as {roles}.").format(roles=roles)


def _draw_for_me(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw how one takes part, which is remembered."""
    canvas, together = frame.canvas, frame.view.preferences.together
    canvas.section(_("For me"))
    rows = (
        ("come_at_once", _("Come at once when I am called"), together.come_at_once),
        ("show_followers", _("Who follows me sees my section and what I hide"), together.show_followers),
        ("cut", _("Change places at once, without a flight"), together.cut),
    )
    for name, text, on in rows:
        if canvas.check(text, on=on):
            found.append(meet.SetTogether(name, not on))
    imgui.dummy((0, canvas.px(8)))
