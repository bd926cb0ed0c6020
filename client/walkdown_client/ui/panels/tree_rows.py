"""One line of the tree panel: what it looks like, and what a click on its parts wishes."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.hiding import hidden_without
from walkdown_client.inventory import Inventory
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.tree_lines import Line, Lines

INDENT_PX, FOLD_PX, EYE_PX = 14.0, 18.0, 24.0
ABOUT_SHARE = 0.3
"""Of the width, for what stands behind a name."""


def draw_row(
    frame: Frame, inventory: Inventory, lines: Lines, *, place: int, found: list[wish.Intent]
) -> None:
    """Draw a line and add to ``found`` what a click on it wishes."""
    canvas, line = frame.canvas, lines.line(place)
    chosen = frame.memory.of("marked", (frame.view.selection, frame.view.elements), lambda: frame.view.marked)
    rect, clicked = canvas.row(f"node {place} {line.identity}", chosen=line.identity in chosen)
    hovered = imgui.is_item_hovered()
    found += _point(frame, inventory, line, hovered=hovered)
    if line.identity == frame.view.tree_row:
        _draw_cursor(frame, rect)
    fold_end = rect.x + canvas.px(INDENT_PX * line.depth + FOLD_PX)
    eye_x = rect.x + rect.width - canvas.px(EYE_PX - 4)
    _draw_line(frame, inventory, line, rect=rect, hovered=hovered)
    if clicked:
        x = imgui.get_mouse_pos().x
        frame.view.tree_row = line.identity
        if line.fold is not None and x < fold_end:
            frame.view.unfolded.symmetric_difference_update({line.identity})
        elif x > eye_x:
            found.append(toggle_hidden(frame, inventory, lines, place=place))
        else:
            found.append(select_line(frame, inventory, lines, place=place))


def _point(frame: Frame, inventory: Inventory, line: Line, *, hovered: bool) -> list[wish.Intent]:
    """Tell about a line, point at what it is, and fly there or unfold it on a double click."""
    doubly = hovered and imgui.is_mouse_double_clicked(0)
    if line.item == NOTHING:
        if doubly:
            frame.view.unfolded.symmetric_difference_update({line.identity})
        return []
    frame.canvas.tip(what.about(inventory, line.item) + "\n" + _("Double click flies there"))
    found: list[wish.Intent] = [what.fly_to(inventory, line.item)] if doubly else []
    if hovered and inventory.is_thing(line.item):
        found.append(wish.HoverThing(line.identity))
    return found


def select_line(frame: Frame, inventory: Inventory, lines: Lines, *, place: int) -> wish.Intent:
    """Select a line: with Ctrl besides what is selected, with Shift all from the one selected last."""
    line, io = lines.line(place), imgui.get_io()
    if io.key_shift and (start := _selected_place(frame, lines)) != NOTHING:
        between = range(min(start, place), max(start, place) + 1)
        return what.select_all(inventory, (row for p in between for row in lines.members(p)))
    if line.item == NOTHING:
        return what.select_all(inventory, lines.members(place), add=io.key_ctrl)
    return what.select(inventory, line.item, add=io.key_ctrl)


def _selected_place(frame: Frame, lines: Lines) -> int:
    view = frame.view
    newest = view.element.key if view.element is not None else view.selected
    return lines.place_of(newest) if newest else NOTHING


def toggle_hidden(frame: Frame, inventory: Inventory, lines: Lines, *, place: int) -> wish.Intent:
    """Hide what a line stands for, or show it when all of it is hidden."""
    line, members, hidden = lines.line(place), lines.members(place), frame.view.hidden
    if line.hidden >= 1.0:
        return wish.SetHidden(hidden_without(inventory, hidden, members))
    return wish.SetHidden(hidden | {inventory.keys[row] for row in members})


def _draw_cursor(frame: Frame, rect: Rect) -> None:
    lines, px = imgui.get_window_draw_list(), frame.canvas.px
    low, high = (rect.x - px(4), rect.y), (rect.x + rect.width + px(4), rect.y + rect.height)
    lines.add_rect(low, high, look.packed(frame.canvas.theme.accent), px(4))


def _draw_line(frame: Frame, inventory: Inventory, line: Line, *, rect: Rect, hovered: bool) -> None:
    """Draw fold, state, name, and at the right a count or what the row is, and the eye."""
    canvas, theme = frame.canvas, frame.canvas.theme
    x, y = rect.x + canvas.px(INDENT_PX) * line.depth, rect.y + canvas.px(3)
    if line.fold is not None:
        canvas.icon("down" if line.fold else "open", x, rect.y + canvas.px(6), size_px=14, colour=theme.muted)
    x += canvas.px(FOLD_PX)
    state = None if line.item == NOTHING else what.state_of(frame, inventory, line.item)
    if state is not None:
        canvas.state(x + canvas.px(7), rect.y + rect.height / 2, state, radius_px=4.5)
        x += canvas.px(18)
    right = rect.x + rect.width - canvas.px(2)
    if hovered or line.hidden > 0:
        icon, colour = "hide" if line.hidden >= 1.0 else "show", theme.text if hovered else theme.muted
        canvas.icon(icon, right - canvas.px(17), rect.y + canvas.px(5), size_px=16, colour=colour)
    right -= canvas.px(EYE_PX)
    about = line.count or _about(inventory, line, has_state=state is not None)
    about = canvas.fitting(about, rect.width * ABOUT_SHARE, look.SMALL_PX)
    canvas.put_right(right, y + canvas.px(2), about, colour=theme.muted, size_px=look.SMALL_PX)
    room = right - canvas.width(about, look.SMALL_PX) - canvas.px(10) - x
    canvas.put_clipped(x, y, line.label, width=room, colour=theme.muted if line.hidden >= 1.0 else None)


def _about(inventory: Inventory, line: Line, *, has_state: bool) -> str:
    """Return the id of a thing of the twin, or the type of an element."""
    if line.item == NOTHING:
        return ""
    return inventory.keys[line.item] if has_state else inventory.kinds[line.item].removeprefix("Ifc")
