"""The tree of things: unfold it, or search by name, id and type."""

from __future__ import annotations

from collections.abc import Callable

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.outline import Outline, OutlineRow
from walkdown_client.ui.panels.side import draw_list, scrolled, search_field, side_panel

NAME = "tree"
INDENT_PX = 16.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    twin = frame.world.twin
    outline = frame.memory.of("outline", id(twin), lambda: Outline.of_things(twin))
    count = words.number(len(outline.ids))
    with side_panel(frame, NAME, _("Find a thing"), count=count) as found:
        search = search_field(frame, NAME, _("Name, id or type"))
        rows = _rows(frame, outline, search)
        with scrolled("rows"):
            if not rows:
                _draw_nothing(frame, search)
            height = frame.canvas.px(look.ROW_PX)
            draw_list(len(rows), height, lambda place: _draw_row(frame, outline, rows[place], found=found))
    return found


def _rows(frame: Frame, outline: Outline, search: str) -> list[OutlineRow]:
    unfolded = frame.view.unfolded
    compute: Callable[[], list[OutlineRow]] = lambda: outline.rows(search=search, unfolded=unfolded)  # noqa: E731
    return frame.memory.of("outline rows", (id(outline), search, frozenset(unfolded)), compute)


def _draw_nothing(frame: Frame, search: str) -> None:
    if search:
        frame.canvas.empty(
            _("Nothing is called “{search}”.").format(search=search),
            _("Try a part of the name, the id or the type, for instance “pump”."),
        )
    else:
        frame.canvas.empty(
            _("Here stand the things of the twin."),
            _("This session's model has none yet; they come with its catalogue."),
        )


def _draw_row(frame: Frame, outline: Outline, row: OutlineRow, *, found: list[wish.Intent]) -> None:
    canvas, identity = frame.canvas, outline.ids[row.node]
    rect, clicked = canvas.row(f"thing {identity}", chosen=identity in frame.view.selection)
    if imgui.is_item_hovered():
        found.append(wish.HoverThing(identity))
        if imgui.is_mouse_double_clicked(0):
            found.append(wish.FlyToThing(identity))
    canvas.tip(f"{outline.names[row.node]}\n{identity}\n{_('Double click flies there')}")
    x = rect.x + canvas.px(INDENT_PX) * row.depth
    _draw_fold(frame, row, x, rect=rect)
    _draw_name(frame, outline, row.node, x=x + canvas.px(18), rect=rect)
    if clicked:
        on_fold = row.has_children and imgui.get_mouse_pos().x < x + canvas.px(18)
        if on_fold:
            frame.view.unfolded.symmetric_difference_update({identity})
        else:
            found.append(wish.SelectThing(identity, add=imgui.get_io().key_ctrl))


def _draw_fold(frame: Frame, row: OutlineRow, x: float, *, rect: Rect) -> None:
    canvas = frame.canvas
    if row.has_children:
        icon = "down" if row.is_open else "open"
        canvas.icon(icon, x, rect.y + canvas.px(6), size_px=14, colour=canvas.theme.muted)


def _draw_name(frame: Frame, outline: Outline, node: int, *, x: float, rect: Rect) -> None:
    canvas = frame.canvas
    state = int(frame.world.thing_states[node]) if node < len(frame.world.thing_states) else 0
    canvas.state(x + canvas.px(7), rect.y + rect.height / 2, state, radius_px=4.5)
    right, y = rect.x + rect.width - canvas.px(2), rect.y + canvas.px(3)
    identity = canvas.fitting(outline.ids[node], rect.width * 0.4, look.SMALL_PX)
    canvas.put_right(right, y + canvas.px(2), identity, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    room = right - canvas.width(identity, look.SMALL_PX) - canvas.px(10) - (x + canvas.px(20))
    canvas.put_clipped(x + canvas.px(20), y, words.said(outline.names[node]), width=room)
