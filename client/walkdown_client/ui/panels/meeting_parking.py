"""The parking list: points and topics that are left for later, and a line for another one."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.topic_intents import GoToTopic, OpenTopic, ParkTopic
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.agenda_form import kept_on_escape, left_with_enter

BUTTON_PX = 22.0


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the list."""
    canvas, review = frame.canvas, frame.world.review
    items = rules.parked(review)
    topics = frame.memory.of("parked topics", review.revision, lambda: rules.parked_topics(review))
    steers = rules.may_steer(frame.world)
    canvas.section(_("Parking list"), words.number(len(items) + len(topics)) if items or topics else "")
    if not items and not topics:
        canvas.muted(_("What is left for later is listed here."))
    for item in items:
        imgui.push_id(item.item)
        buttons = (
            ("undo", _("Bring it back"), meet.ParkItem(item.item, parked=False)),
            ("bin", _("Take it off the parking list"), meet.RemoveItem(item.item)),
        )
        _draw_line(frame, item.title, buttons if steers else (), found=found)
        imgui.pop_id()
    for topic in topics:
        imgui.push_id(topic.topic)
        back = ("undo", _("Bring it back"), ParkTopic(topic.topic, parked=False))
        title = f"#{topic.index} {topic.title}"
        if _draw_line(frame, title, (back,) if frame.may(ParkTopic) else (), found=found):
            found += [GoToTopic(topic.topic), OpenTopic(topic.topic)]
        imgui.pop_id()
    if steers:
        _draw_field(frame, found)


def _draw_line(
    frame: Frame, title: str, buttons: Sequence[tuple[str, str, wish.Intent]], *, found: list[wish.Intent]
) -> bool:
    """Draw one of the list with its buttons; tells whether its title was clicked."""
    canvas, before = frame.canvas, len(found)
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row("parked")
    canvas.tip(title)
    after = imgui.get_cursor_screen_pos()
    room = canvas.px((BUTTON_PX + 4) * len(buttons) + 4)
    canvas.put_clipped(rect.x, rect.y + canvas.px(4), title, width=rect.width - room)
    for place, (icon, tip, intent) in enumerate(buttons):
        x = rect.x + rect.width - canvas.px((BUTTON_PX + 4) * (len(buttons) - place))
        imgui.set_cursor_screen_pos((x, rect.y + canvas.px(3)))
        if canvas.icon_button(icon, tip, size_px=BUTTON_PX):
            found.append(intent)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return clicked and len(found) == before


def _draw_field(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the field for another line, and the way to park the point that is on."""
    canvas, form = frame.canvas, frame.view.together.form
    typed = canvas.field("parking", _("A line for the parking list, then Enter"), form.parking)
    done = left_with_enter()
    form.parking = kept_on_escape(form.parking, typed)
    if done and form.parking.strip():
        found.append(meet.ParkText(form.parking))
    if frame.world.review.meeting.item and canvas.button(_("Park the point that is on")):
        found.append(meet.ParkItem())
