"""The agenda of a review: its points with minutes and owners, which is on, and how long it has been."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, ngettext
from walkdown.messages import AgendaItem
from walkdown.twin import STATE_ATTENTION
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.agenda_form import draw_form
from walkdown_client.ui.theme import Rgba

ROW_PX, BUTTON_PX = 44.0, 24.0


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the agenda, and the form for a point of it when one is open."""
    canvas, review = frame.canvas, frame.world.review
    items, steers = rules.agenda(review), rules.may_steer(frame.world)
    canvas.section(_("Agenda"), planned_words(frame, items))
    if not items:
        canvas.empty(
            _("The points of the review are listed here, with minutes and owners."),
            _("Add the first one below.") if steers else who_steers(),
        )
    for item in items:
        _draw_item(frame, item, found, steers=steers)
    if not steers:
        if items:
            canvas.paragraph(who_steers(), canvas.theme.muted, size_px=look.SMALL_PX)
        return
    _draw_buttons(frame, items, found)
    form = frame.view.together.form.item
    if form is not None and not form.item:
        draw_form(frame, form, found)


def who_steers() -> str:
    """Return one sentence that says who changes the agenda."""
    return _("A chair, the driver and the scribe change the agenda and turn to its points.")


def planned_words(frame: Frame, items: list[AgendaItem]) -> str:
    """Return how long all took and may take, "" for an empty agenda."""
    if not items:
        return ""
    now_ns, review = frame.world.session_ns, frame.world.review
    spent = sum(rules.spent_secs(review, item, now_ns) for item in items)
    planned = sum(item.minutes for item in items)
    return _("{spent} of {planned} min").format(
        spent=words.number(spent / 60), planned=words.plain(float(planned))
    )


def time_words(frame: Frame, item: AgendaItem) -> str:
    """Return how long a point was on and may be; "" when nothing is known of either."""
    secs = rules.spent_secs(frame.world.review, item, frame.world.session_ns)
    if over_secs(frame, item) > 0:
        minutes = max(round(over_secs(frame, item) / 60), 1)
        return _("{clock}, {count} min over").format(clock=clock(secs), count=minutes)
    if secs >= 1 and item.minutes:
        return _("{clock} of {count} min").format(clock=clock(secs), count=words.plain(item.minutes))
    if item.minutes:
        return _("{count} min").format(count=words.plain(item.minutes))
    return clock(secs) if secs >= 1 else ""


def over_secs(frame: Frame, item: AgendaItem) -> float:
    """Return by how much a point has taken longer than it may, 0 when it has not."""
    secs = rules.spent_secs(frame.world.review, item, frame.world.session_ns)
    return max(secs - 60 * item.minutes, 0.0) if item.minutes else 0.0


def clock(secs: float) -> str:
    """Return a time as minutes and seconds.

    >>> clock(0), clock(65.9), clock(3600)
    ('0:00', '1:05', '60:00')
    """
    return f"{int(secs) // 60}:{int(secs) % 60:02d}"


def draw_point_that_is_on(frame: Frame, x: float, width: float) -> bool:
    """Draw in the top bar which point is on and how long it has been; tells whether there is one."""
    canvas, review = frame.canvas, frame.world.review
    item = review.agenda.get(review.meeting.item) if review.meeting.on else None
    if item is None:
        return False
    y, colour = frame.layout.top_bar.y + canvas.px(8), canvas.theme.muted
    time = time_words(frame, item)
    title = canvas.fitting(item.title, max(width - canvas.width(time) - canvas.px(30), canvas.px(40)))
    canvas.put(x, y, title)
    x, right = x + canvas.width(title) + canvas.px(8), x + width
    if over_secs(frame, item) > 0:
        colour = look.STATE_COLOURS[STATE_ATTENTION]
        canvas.state(x + canvas.px(5), y + canvas.px(10), STATE_ATTENTION, radius_px=4.5)
        x += canvas.px(16)
    canvas.put_clipped(x, y, time, width=max(right - x, 0.0), colour=colour)
    return True


def _draw_item(frame: Frame, item: AgendaItem, found: list[wish.Intent], *, steers: bool) -> None:
    """Draw one point; a click turns to it."""
    canvas, review = frame.canvas, frame.world.review
    on = review.meeting.item == item.item
    imgui.push_id(item.item)
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row("item", height_px=ROW_PX, chosen=on)
    if steers and review.meeting.on and not on:
        canvas.tip(_("Turn to {title}").format(title=item.title))
    _draw_sign(frame, item, (rect.x, rect.y + canvas.px(4)), on=on)
    x, width = rect.x + canvas.px(24), rect.width - canvas.px(24 + (BUTTON_PX * 2 + 8 if steers else 4))
    canvas.put_clipped(x, rect.y + canvas.px(3), item.title, width=width)
    _draw_about(frame, item, Rect(x, rect.y + canvas.px(23), width, canvas.px(18)))
    acted = steers and _draw_item_buttons(frame, item, rect, found=found)
    if clicked and not acted and steers and review.meeting.on and not on:
        found.append(meet.TurnTo(item.item))
    form = frame.view.together.form.item
    if steers and form is not None and form.item == item.item:
        draw_form(frame, form, found)
    imgui.pop_id()


def _draw_sign(frame: Frame, item: AgendaItem, at: tuple[float, float], *, on: bool) -> None:
    """Draw whether a point is done, on, or to come."""
    canvas, (x, y) = frame.canvas, at
    icon = "go" if on else "done" if item.done else "circle"
    colour = canvas.theme.accent if on else canvas.theme.muted
    canvas.icon(icon, x, y, size_px=17, colour=colour)
    canvas.record(_("on") if on else _("done") if item.done else _("to come"))


def _draw_about(frame: Frame, item: AgendaItem, place: Rect) -> None:
    """Draw time, owner and what belongs to a point, in a line below its title."""
    canvas, x = frame.canvas, place.x
    colour: Rgba = canvas.theme.muted
    if over_secs(frame, item) > 0:
        colour = look.STATE_COLOURS[STATE_ATTENTION]
        canvas.state(x + canvas.px(5), place.y + canvas.px(8), STATE_ATTENTION, radius_px=4.5)
        x += canvas.px(14)
    right = place.x + place.width
    for text in [time_words(frame, item), *_belongings(frame, item)]:
        if not text or x >= right:
            continue
        shown = canvas.fitting(text, right - x, look.SMALL_PX)
        canvas.put(x, place.y, shown, colour=colour, size_px=look.SMALL_PX)
        x += canvas.width(shown, look.SMALL_PX) + canvas.px(10)
        colour = canvas.theme.muted


def _belongings(frame: Frame, item: AgendaItem) -> list[str]:
    """Return the owner of a point, how many views it has, and whether something was written down."""
    views = sum(view in frame.world.review.viewpoints for view in item.viewpoints)
    parts = [item.owner]
    if views:
        parts.append(ngettext("{count} view", "{count} views", views).format(count=views))
    return [*parts, _("minutes taken")] if item.text else parts


def _draw_item_buttons(frame: Frame, item: AgendaItem, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw what can be done with a point and tell whether it was."""
    canvas, before = frame.canvas, len(found)
    after = imgui.get_cursor_screen_pos()
    form = frame.view.together.form.item
    is_open = form is not None and form.item == item.item
    buttons: tuple[tuple[str, str, wish.Intent], ...] = (
        (
            "edit",
            _("Change this point, write minutes"),
            meet.CloseItem() if is_open else meet.OpenItem(item.item),
        ),
        ("park", _("Put it on the parking list"), meet.ParkItem(item.item)),
    )
    for place, (icon, tip, intent) in enumerate(buttons):
        x = rect.x + rect.width - canvas.px((BUTTON_PX + 2) * (len(buttons) - place))
        imgui.set_cursor_screen_pos((x, rect.y + canvas.px(10)))
        if canvas.icon_button(icon, tip, size_px=BUTTON_PX, active=is_open and not place):
            found.append(intent)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return len(found) > before


def _draw_buttons(frame: Frame, items: list[AgendaItem], found: list[wish.Intent]) -> None:
    """Draw steps to the point before and the next one, and the way to a new one."""
    canvas, meeting = frame.canvas, frame.world.review.meeting
    steps = meeting.on and bool(items)
    before, after = rules.item_beside(frame.world.review, -1), rules.item_beside(frame.world.review, 1)
    if canvas.button(_("Next point"), primary=steps and bool(after), enabled=steps and bool(after)):
        found.append(meet.StepItem(1))
    canvas.tip(_("Ctrl+PageDown") if steps else _("Begin the review first"))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Point before"), enabled=steps and bool(before)):
        found.append(meet.StepItem(-1))
    imgui.same_line(0, canvas.px(4))
    if imgui.get_content_region_avail().x < canvas.width(_("Add a point")) + canvas.px(24):
        imgui.new_line()
    if canvas.button(_("Add a point")):
        found.append(meet.OpenItem())
