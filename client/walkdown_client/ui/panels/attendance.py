"""Who takes part in a review: driver, scribe, and everybody who was there from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from walkdown.i18n import _
from walkdown.messages import Attendance
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.chat_links import person_name
from walkdown_client.tools.meeting import DUTY_TEXT
from walkdown_client.tools.rights import ROLE_TEXT
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame

ROW_PX, SPANS_SHOWN = 40.0, 3


def draw_duties(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw who drives and who writes, and let a chair choose them."""
    canvas, world = frame.canvas, frame.world
    canvas.section(_("Duties"))
    people = sorted((p for p in world.people.values() if p.author), key=lambda person: person.name)
    for duty, text in DUTY_TEXT.items():
        holder = world.review.meeting.duties.get(duty, "")
        name = person_name(world, holder) or (_("nobody") if not holder else _("somebody who has left"))
        line = f"{_(text)}: {name}"
        if not frame.may(meet.GiveDuty):
            canvas.text(line)
            continue
        chosen = canvas.combo(duty, line, [_("nobody"), *(person.name for person in people)])
        if chosen is not None:
            found.append(meet.GiveDuty(duty, people[chosen - 1].id if chosen else 0))
    canvas.paragraph(_about_duties(frame), canvas.theme.muted, size_px=look.SMALL_PX)


def _about_duties(frame: Frame) -> str:
    about = _("The driver calls people and shows prepared views, the scribe writes topics and minutes.")
    return about if frame.may(meet.GiveDuty) else about + " " + _("A chair chooses them.")


def draw_attendance(frame: Frame) -> None:
    """Draw who was there, and from when to when; of bots and programs those that are here."""
    canvas = frame.canvas
    listed = [one for one in frame.world.review.attendance.values() if one.kind == "person" or _is_here(one)]
    canvas.section(_("Attendance"), words.number(len(listed)) if listed else "")
    if not listed:
        canvas.muted(_("Who is there is noted while the review is on."))
    for one in sorted(listed, key=lambda one: (one.kind != "person", one.name)):
        _draw_row(frame, one)


def _draw_row(frame: Frame, one: Attendance) -> None:
    canvas = frame.canvas
    rect, _clicked = canvas.row(f"attended {one.author_id}", height_px=ROW_PX)
    canvas.tip("\n".join(span_words(span) for span in one.spans))
    state = 1 if _is_here(one) else 4
    canvas.state(rect.x + canvas.px(6), rect.y + canvas.px(11), state, radius_px=4.5)
    x, width = rect.x + canvas.px(20), rect.width - canvas.px(20)
    parts = [one.name, _("bot") if one.kind == "bot" else role_word(one.role)]
    parts += duty_words(frame.world.review.meeting.duties, one.author_id)
    canvas.put_clipped(x, rect.y + canvas.px(1), " · ".join(parts), width=width)
    spans = " · ".join(span_words(span) for span in one.spans[-SPANS_SHOWN:])
    line = canvas.fitting(spans, width, look.SMALL_PX)
    canvas.put(x, rect.y + canvas.px(20), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)


def _is_here(one: Attendance) -> bool:
    return bool(one.spans) and not one.spans[-1][1]


def role_word(role: str) -> str:
    """Return a role as people say it."""
    return next((_(text) for name, text in ROLE_TEXT.items() if name == role), role)


def duty_words(duties: Mapping[str, str], author: str) -> list[str]:
    """Return the duties of somebody by their id in the journal."""
    return [_(text) for duty, text in DUTY_TEXT.items() if author and duties.get(duty) == author]


def span_words(span: tuple[int, int]) -> str:
    """Return from when to when somebody was there."""
    came, went = span
    if not went:
        return _("since {time}").format(time=time_of_day(came))
    return f"{time_of_day(came)}–{time_of_day(went)}"


def time_of_day(time_ns: int) -> str:
    """Return the local hour and minute of a session time."""
    return datetime.fromtimestamp(time_ns / 1e9, UTC).astimezone().strftime("%H:%M")
