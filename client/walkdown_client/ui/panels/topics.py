"""The topics of the session: found, filtered and sorted in a list, or one of them on its card."""

from __future__ import annotations

from collections.abc import Hashable

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Topic
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.rights import why_not
from walkdown_client.tools.topic_list import Reader
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import topic_card
from walkdown_client.ui.panels.side import draw_list, scrolled, search_field, side_panel
from walkdown_client.ui.panels.topic_filters import draw_filters
from walkdown_client.ui.panels.topic_table import PER_SECOND, reader_of, table_of
from walkdown_client.ui.panels.topic_tasks import draw_tasks
from walkdown_client.ui.panels.topic_words import (
    draw_standing,
    due_colour,
    due_text,
    number_of,
    shown,
    today,
)
from walkdown_client.ui.theme import packed

NAME = "topics"
ROW_PX = 52.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    topic = frame.world.review.topics.get(frame.view.topics.topic)
    if topic is not None:
        return topic_card.draw(frame, topic)
    table = table_of(frame)
    total = len(table.rows)
    count = _("{open} open of {total}").format(open=words.number(table.open_count), total=words.number(total))
    with side_panel(frame, NAME, _("Topics"), count=count if total else "") as found:
        _draw_buttons(frame, found)
        draw_tasks(frame, found)
        search = search_field(frame, NAME, _("Number, words or names"), focus=True) if total else ""
        if total:
            draw_filters(frame)
        listed = _listed(frame, search)
        found += _keys(frame, listed)
        _draw_rows(frame, listed, total=total, found=found)
    return found


def _draw_rows(frame: Frame, listed: tuple[str, ...], *, total: int, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if total and len(listed) != total:
        canvas.muted(
            _("{count} of {total} shown").format(count=words.number(len(listed)), total=words.number(total))
        )
    with scrolled("rows"):
        if not total:
            canvas.empty(
                _("What has to be done is listed here: topics with owner, due date, view and evidence."),
                _("Look at what it is about and press T to make the first one, or bring in a BCF file."),
            )
        elif not listed:
            canvas.empty(
                _("No topic is as you wish to see it."), _("Use fewer filters, or a part of a word only.")
            )
        _follow(frame, listed)
        reader = reader_of(frame)
        topics_by_id = frame.world.review.topics
        draw_list(
            len(listed),
            canvas.px(ROW_PX),
            lambda place: _draw_row(frame, topics_by_id.get(listed[place]), reader, found=found),
        )


def _draw_buttons(frame: Frame, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if frame.may(topics.BeginTopic):
        if canvas.button(_("New topic"), primary=True):
            found.append(topics.BeginTopic())
        canvas.tip(_("Make a topic of what is before you: view, picture, selection, who speaks") + "  T")
        imgui.same_line()
    else:
        canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
    buttons: tuple[tuple[str, str, wish.Intent], ...] = (
        ("bring", _("Bring in topics: a BCF file or a session pack"), topics.BringTopics()),
        ("export", _("Take topics out as a file"), topics.OpenExport("bcf-3.0")),
        ("undo", _("Take back my last change"), wish.Undo()),
        ("redo", _("Repeat what I took back"), wish.Redo()),
    )
    for icon, tip, intent in buttons:
        if frame.may(type(intent)):
            if canvas.icon_button(icon, tip):
                found.append(intent)
            imgui.same_line(0, canvas.px(2))
    imgui.new_line()


# ---- which ------------------------------------------------------------------------------------------------


def _listed(frame: Frame, search: str) -> tuple[str, ...]:
    table, filters = table_of(frame), frame.view.topics.filters
    chosen = tuple(getattr(filters, name) for name in filters.__slots__)
    moment: Hashable = 0
    if filters.orphaned or filters.unread:
        moment = int(frame.facts.now_secs * PER_SECOND)
    key = (table.revision, search, chosen, today(frame), moment)

    def look_up() -> tuple[str, ...]:
        return tuple(table.listed(frame.world.review, filters, search=search, reader=reader_of(frame)))

    listed = frame.memory.of("topics listed", key, look_up)
    frame.view.topics.listed = listed
    return listed


# ---- rows -------------------------------------------------------------------------------------------------


def _draw_row(frame: Frame, topic: Topic | None, reader: Reader, *, found: list[wish.Intent]) -> None:
    canvas, desk = frame.canvas, frame.view.topics
    if topic is None:  # removed since the list was made
        canvas.row("gone", height_px=ROW_PX)
        return
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row(f"topic {topic.topic}", chosen=desk.row == topic.topic, height_px=ROW_PX)
    canvas.tip(topic.title)
    draw_standing(canvas, rect.x + canvas.px(8), rect.y + canvas.px(15), status=topic.status)
    number = number_of(topic)
    x, y = rect.x + canvas.px(22), rect.y + canvas.px(5)
    canvas.put(x, y, number, colour=canvas.theme.muted)
    x += canvas.width(number) + canvas.px(7)
    canvas.put_clipped(x, y, topic.title, width=rect.x + rect.width - canvas.px(30) - x)
    unread = reader.unread(topic)
    if unread:
        _draw_unread(frame, rect, unread)
    _draw_second_line(frame, topic, rect, reader=reader)
    if not _draw_go(frame, topic, rect, found=found) and clicked:
        desk.row = topic.topic
        found.append(topics.OpenTopic(topic.topic))


def _draw_second_line(frame: Frame, topic: Topic, rect: Rect, *, reader: Reader) -> None:
    """Draw status, owner, discipline and marks muted, and the due date in its own colour."""
    canvas = frame.canvas
    x, y = rect.x + canvas.px(22), rect.y + canvas.px(27)
    end = rect.x + rect.width - canvas.px(4)
    due = due_text(topic, reader.today)
    room = end - x - (canvas.width(due, look.SMALL_PX) + canvas.px(10) if due else 0)
    text = " · ".join(row_words(topic, orphan=reader.orphaned(topic)))
    canvas.put_clipped(x, y, text, width=room, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if due:
        colour = due_colour(canvas, topic, reader.today)
        canvas.put_right(end, y, due, colour=colour, size_px=look.SMALL_PX)


def row_words(topic: Topic, *, orphan: bool) -> list[str]:
    """Return what the list says of a topic beside number, title and due date."""
    owner = topic.assigned or _("nobody")
    if topic.assigned and topic.accepted:
        owner += " ✓"
    parts = [shown(topic.status) or _("no status"), owner]
    if topic.priority:
        parts.append(shown(topic.priority))
    if topic.discipline:
        parts.append(shown(topic.discipline))
    if topic.parked:
        parts.insert(1, _("parked"))
    if orphan:
        parts.insert(1, _("orphaned"))
    return parts


def _draw_unread(frame: Frame, rect: Rect, count: int) -> None:
    """Draw how many comments somebody has not seen: a number in a bubble."""
    canvas, lines = frame.canvas, imgui.get_window_draw_list()
    text = str(count) if count < 100 else "99+"
    width = canvas.width(text, 11) + canvas.px(8)
    x, y = rect.x + rect.width - width, rect.y + canvas.px(7)
    lines.add_rect_filled((x, y), (x + width, y + canvas.px(16)), packed(canvas.theme.accent), canvas.px(8))
    canvas.put(x + canvas.px(4), y + canvas.px(1), text, colour=canvas.theme.on_accent, size_px=11)


def _draw_go(frame: Frame, topic: Topic, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw the button that shows a topic as it was seen, under the pointer; tell whether it was clicked."""
    canvas = frame.canvas
    if not imgui.is_mouse_hovering_rect((rect.x, rect.y), (rect.x + rect.width, rect.y + rect.height)):
        return False
    after = imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(26), rect.y + canvas.px(24)))
    clicked = canvas.icon_button("camera", _("Look at it as it was seen"), size_px=24, name=topic.topic)
    if clicked:
        found.append(topics.GoToTopic(topic.topic))
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return clicked


# ---- keys -------------------------------------------------------------------------------------------------


def _keys(frame: Frame, listed: tuple[str, ...]) -> list[wish.Intent]:
    """Move along the rows with the arrow keys, open one with Enter, look at it with Ctrl+Enter."""
    if not listed or not imgui.is_window_focused(imgui.FocusedFlags_.root_and_child_windows):
        return []
    desk, key = frame.view.topics, imgui.Key
    place = frame.memory.of("topic places", listed, lambda: {name: n for n, name in enumerate(listed)}).get(
        desk.row, -1
    )
    page = max(int(imgui.get_content_region_avail().y / frame.canvas.px(ROW_PX)) - 1, 1)
    steps = [(key.down_arrow, 1), (key.up_arrow, -1), (key.page_down, page), (key.page_up, -page)]
    if not imgui.get_io().want_text_input:
        steps += [(key.home, -len(listed)), (key.end, len(listed))]
    for pressed, step in steps:
        if imgui.is_key_pressed(pressed):
            place = min(max(place + step, 0), len(listed) - 1)
            desk.row = listed[place]
    entered = imgui.is_key_pressed(key.enter, False) or imgui.is_key_pressed(key.keypad_enter, False)
    if entered and (place >= 0 or frame.view.searches.get(NAME)):
        chosen = listed[max(place, 0)]
        return [topics.GoToTopic(chosen) if imgui.get_io().key_ctrl else topics.OpenTopic(chosen)]
    return []


def _follow(frame: Frame, listed: tuple[str, ...]) -> None:
    """Keep the row that the keys have reached in sight."""
    row = frame.view.topics.row

    def scroll() -> str:
        if row in listed:
            height, top = frame.canvas.px(ROW_PX), imgui.get_scroll_y()
            room, place = imgui.get_window_height() - height, listed.index(row)
            imgui.set_scroll_y(min(max(top, place * height - room), place * height))
        return row

    frame.memory.of("topic followed", row, scroll)
