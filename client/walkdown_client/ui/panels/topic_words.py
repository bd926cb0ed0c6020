"""How topics are written and drawn for people: the shape and word of a status, due dates, numbers, days."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime

from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown.messages import Topic, TopicFields
from walkdown.twin import STATE_ALARM, STATE_ATTENTION, STATE_GOOD
from walkdown_client.tools.topics import Standing, due_day, due_state, standing
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Canvas
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.shapes import Place
from walkdown_client.ui.theme import Rgba, packed

FIELD_TEXT = {
    "title": mark("Title"),
    "description": mark("Description"),
    "type": mark("Type"),
    "status": mark("Status"),
    "priority": mark("Priority"),
    "stage": mark("Stage"),
    "discipline": mark("Discipline"),
    "labels": mark("Labels"),
    "assigned": mark("Owner"),
    "assigned_id": mark("Owner"),
    "accepted": mark("Accepted"),
    "due": mark("Due"),
    "related": mark("Related topics"),
    "links": mark("Links"),
    "documents": mark("Documents"),
    "things": mark("Things"),
    "point": mark("Place"),
    "model": mark("Model"),
    "parked": mark("Parking list"),
    "item": mark("Agenda item"),
    "speaker": mark("Brought up by"),
}
"""Fields of a topic, and what people call them."""

KNOWN_WORDS = (
    mark("Issue"),
    mark("Remark"),
    mark("Request"),
    mark("Hazard"),
    mark("Clash"),
    mark("Open"),
    mark("In progress"),
    mark("Resolved"),
    mark("Closed"),
    mark("Critical"),
    mark("High"),
    mark("Normal"),
    mark("Low"),
    mark("Process"),
    mark("Piping"),
    mark("Mechanical"),
    mark("Electrical"),
    mark("Instrumentation and control"),
    mark("Civil"),
    mark("IT and OT"),
    mark("Operations and maintenance"),
    mark("Health and safety"),
    mark("Quality"),
    mark("Logistics"),
)
"""Words that a session offers unless it says others; they are kept in English and shown in one's language."""


def shown(word: str) -> str:
    """Return a type, status, priority or discipline in the person's language, where that is known."""
    return _(word) if word in KNOWN_WORDS else word


def number_of(topic: Topic) -> str:
    """Return a topic's number as people say it.

    >>> number_of(Topic(title="", topic="", index=12))
    '#12'
    """
    return f"#{topic.index}"


def today(frame: Frame) -> date:
    """Return the day of the session's time where the person is."""
    return local(frame.world.session_ns).date()


def local(session_ns: int) -> datetime:
    """Return a session time as a local one."""
    return datetime.fromtimestamp(max(session_ns, 0) / 1e9, UTC).astimezone()


def when(session_ns: int, *, now_ns: int) -> str:
    """Return when something was: today by the time, else by the day too; "—" for never."""
    if not session_ns:
        return words.UNKNOWN
    moment, now = local(session_ns), local(now_ns)
    same_day = moment.date() == now.date()
    return moment.strftime("%H:%M") if same_day else moment.strftime("%Y-%m-%d %H:%M")


def due_text(topic: TopicFields, day: date) -> str:
    """Return in words when a topic is due, "" for never; what is no date stands as it was written."""
    state, days = due_state(topic, day)
    if state == "none":
        return ""
    if state == "unread":
        return _("due {day}").format(day=topic.due)
    if state == "overdue":
        return ngettext("overdue by {count} day", "overdue by {count} days", -days).format(count=-days)
    if days == 0:
        return _("due today")
    if days == 1:
        return _("due tomorrow")
    if 1 < days <= 14:
        return ngettext("due in {count} day", "due in {count} days", days).format(count=days)
    found = due_day(topic.due)
    return _("due {day}").format(day=found.isoformat() if found is not None else topic.due)


def due_colour(canvas: Canvas, topic: TopicFields, day: date) -> Rgba:
    """Return the colour of a due date; the words say the same."""
    state, _days = due_state(topic, day)
    return warning(canvas) if state in ("overdue", "today") else canvas.theme.muted


def warning(canvas: Canvas) -> Rgba:
    """Return the colour of what deserves attention, dark enough to be read on light panels."""
    return look.STATE_COLOURS[STATE_ATTENTION] if canvas.theme is look.DARK else look.rgb("8A5200")


# ---- shapes -------------------------------------------------------------------------------------------


def draw_standing(canvas: Canvas, x: float, y: float, *, status: str, radius_px: float = 6.0) -> None:
    """Draw the shape of a status about a point: ring, half disc, disc with a tick, tick alone, square."""
    meaning = standing(status)
    place = (x, y, canvas.px(radius_px))
    _SHAPES[meaning](imgui.get_window_draw_list(), place, colour_of(canvas, meaning))


def colour_of(canvas: Canvas, meaning: Standing) -> int:
    """Return the colour of a standing, packed; the shape says the same."""
    colours = {
        "open": look.STATE_COLOURS[STATE_ALARM],
        "working": look.STATE_COLOURS[STATE_ATTENTION],
        "resolved": look.STATE_COLOURS[STATE_GOOD],
        "closed": canvas.theme.muted,
        "other": canvas.theme.accent,
    }
    return packed(colours[meaning])


Shape = Callable[[imgui.ImDrawList, Place, int], None]


def _ring(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    lines.add_circle((x, y), r * 0.85, colour, 0, max(r * 0.32, 1.5))


def _half(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    _ring(lines, place, colour)
    lines.path_arc_to((x, y), r * 0.85, -math.pi / 2, math.pi / 2, 12)
    lines.path_fill_convex(colour)


def _disc(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    lines.add_circle_filled((x, y), r, colour)
    _tick(lines, (x, y, r * 0.7), packed(look.rgb("0B1015")))


def _tick(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    points: list[imgui.ImVec2Like] = [
        imgui.ImVec2(x + a * r, y + b * r) for a, b in ((-0.8, 0.0), (-0.2, 0.65), (0.85, -0.7))
    ]
    lines.add_polyline(points, colour, max(r * 0.36, 1.6), 0)


def _square(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    d = r * 0.75
    lines.add_rect((x - d, y - d), (x + d, y + d), colour, 1.0, max(r * 0.3, 1.4), 0)


_SHAPES: dict[Standing, Shape] = {
    "open": _ring,
    "working": _half,
    "resolved": _disc,
    "closed": _tick,
    "other": _square,
}
