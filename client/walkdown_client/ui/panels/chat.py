"""The chat: what was written, with links that lead to things, topics, views and people; a field to write."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from imgui_bundle import imgui

from walkdown.i18n import _, ngettext
from walkdown.messages import ChatLine
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.chat_links import label_of, short_name
from walkdown_client.tools.rights import why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.fonts import LINE_PER_EM
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.attendance import time_of_day
from walkdown_client.ui.panels.chat_field import draw_field, field_height
from walkdown_client.ui.panels.chat_flow import LINE_PX, Flow, Run, flow
from walkdown_client.ui.panels.side import side_panel
from walkdown_client.ui.theme import Rgba, packed

NAME = "chat"
HEAD_PX, GAP_PX, NEAR_END_PX = 19.0, 9.0, 30.0


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line as it is drawn."""

    line: ChatLine
    flow: Flow
    height: float


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    lines = list(frame.world.review.chat)
    count = words.number(len(lines)) if lines else ""
    with side_panel(frame, NAME, _("Chat"), count=count) as found:
        foot = field_height(frame)
        room = imgui.get_content_region_avail().y - foot
        imgui.begin_child("lines", (0, max(room, 40.0)))
        _draw_lines(frame, lines, found)
        imgui.end_child()
        if frame.may(meet.SayLine):
            draw_field(frame, found)
        else:
            frame.canvas.paragraph(why_not(frame.world.role), frame.canvas.theme.muted, size_px=look.SMALL_PX)
    if lines:
        frame.view.together.chat.seen = lines[-1].number
    return found


def unread(frame: Frame) -> int:
    """Return how many lines of others have not been read."""
    seen, own = frame.view.together.chat.seen, rules.author_of(frame.world)
    if seen < 0:
        return 0
    return sum(1 for line in frame.world.review.chat if line.number > seen and line.author_id != own)


def _draw_lines(frame: Frame, lines: Sequence[ChatLine], found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if not lines and not frame.view.together.chat.waiting:
        canvas.empty(
            _("What people write to all is read here, also by those who come later."),
            _("Write below; @ names things and people, and links to them."),
        )
        return
    at_end = imgui.get_scroll_y() >= imgui.get_scroll_max_y() - canvas.px(NEAR_END_PX)
    entries, ends = _laid_out(frame, lines)
    top, height = imgui.get_scroll_y(), imgui.get_window_height()
    first, last = bisect_right(ends, top), bisect_right(ends, top + height)
    x, y = imgui.get_cursor_pos()
    for place in range(first, min(last + 1, len(entries))):
        imgui.set_cursor_pos((x, y + (ends[place - 1] if place else 0.0)))
        _draw_entry(frame, entries[place], found)
    imgui.set_cursor_pos((x, y + (ends[-1] if ends else 0.0)))
    imgui.dummy((0, 0))
    _draw_waiting(frame)
    form = frame.view.together.chat
    if at_end or form.to_end or imgui.is_window_appearing():
        form.to_end = False
        imgui.set_scroll_here_y(1.0)


def _laid_out(frame: Frame, lines: Sequence[ChatLine]) -> tuple[list[_Entry], list[float]]:
    """Return all lines laid out, and where each ends in pixels."""
    world, canvas = frame.world, frame.canvas
    width = max(imgui.get_content_region_avail().x - canvas.px(4), canvas.px(60))
    named = (world.review.revision, world.notes_revision, world.people_revision, id(world.twin))

    def lay_out() -> tuple[list[_Entry], list[float]]:
        entries = [_entry(frame, line, width) for line in lines]
        return entries, list(accumulate(entry.height for entry in entries))

    return frame.memory.of("chat", (named, round(width), canvas.scale), lay_out)


def _entry(frame: Frame, line: ChatLine, width: float) -> _Entry:
    """Return a line laid out; only what has changed is laid out again."""
    canvas = frame.canvas
    labels = tuple(label_of(frame.world, link) for link in line.links)

    def lay_out() -> _Entry:
        parts = [
            (text, "") if text else (f"@{label_of(frame.world, link) or short_name(link)}", link)
            for text, link in rules.pieces(line.text, line.links)
        ]
        made = flow(canvas, parts, width)
        return _Entry(line, made, canvas.px(HEAD_PX + LINE_PX * made.rows + GAP_PX))

    return frame.memory.of(f"chat {line.line}", (labels, round(width), canvas.scale), lay_out)


def _draw_entry(frame: Frame, entry: _Entry, found: list[wish.Intent]) -> None:
    canvas, line = frame.canvas, entry.line
    x, y = imgui.get_cursor_screen_pos()
    author = next((p for p in frame.world.people.values() if p.author == line.author_id), None)
    colour = look.person_colour(author.colour) if author is not None else canvas.theme.muted
    imgui.get_window_draw_list().add_circle_filled(
        (x + canvas.px(4), y + canvas.px(9)), canvas.px(3.5), packed(colour)
    )
    own = line.author_id == rules.author_of(frame.world)
    name = _("{name} (you)").format(name=line.author) if own else line.author
    head = f"{name} · {time_of_day(line.time_ns)}"
    canvas.put(x + canvas.px(12), y, head, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.push_id(line.line)
    canvas.record("".join(run.text for run in entry.flow.runs))
    for place, run in enumerate(entry.flow.runs):
        _draw_run(frame, run, (x, y + canvas.px(HEAD_PX)), place=place, found=found)
    imgui.pop_id()


def _draw_run(
    frame: Frame, run: Run, corner: tuple[float, float], *, place: int, found: list[wish.Intent]
) -> None:
    canvas = frame.canvas
    x, y = corner[0] + run.x, corner[1] + canvas.px(LINE_PX) * run.row
    colour: Rgba = canvas.theme.text
    if run.link:
        colour = canvas.theme.accent if label_of(frame.world, run.link) else canvas.theme.muted
        imgui.set_cursor_screen_pos((x, y))
        if imgui.invisible_button(f"link {place}", (max(run.width, 1.0), canvas.px(LINE_PX))):
            found.append(meet.OpenLink(run.link))
        if imgui.is_item_hovered():
            imgui.set_mouse_cursor(imgui.MouseCursor_.hand.value)
        below = y + canvas.px(LINE_PX - 2)
        lines = imgui.get_window_draw_list()
        lines.add_line((x, below), (x + run.width, below), packed(colour), canvas.px(1))
    lines = imgui.get_window_draw_list()
    imgui.push_font(None, look.TEXT_PX * LINE_PER_EM)
    lines.add_text((round(x), round(y)), packed(colour), run.text)
    imgui.pop_font()


def _draw_waiting(frame: Frame) -> None:
    """Draw what one has written and the server does not have yet."""
    canvas, waiting = frame.canvas, frame.view.together.chat.waiting
    for text in waiting.values():
        canvas.paragraph(text, canvas.theme.muted)
    if waiting and frame.world.link_state != "live":
        count = len(waiting)
        text = ngettext(
            "{count} line waits here and is sent once, as soon as the connection is back.",
            "{count} lines wait here and are sent once, as soon as the connection is back.",
            count,
        )
        canvas.paragraph(text.format(count=count), canvas.theme.muted, size_px=look.SMALL_PX)
