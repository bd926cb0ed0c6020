"""The tree of things and models, sorted as one likes, and the search through all of it."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.inventory import Inventory
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import outline as trees
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.outline import Outline, outline_by, ways_of
from walkdown_client.ui.panels.side import choice, draw_list, scrolled, side_panel
from walkdown_client.ui.panels.tree_lines import Lines, ListLines, TreeLines
from walkdown_client.ui.panels.tree_rows import draw_row, select_line, toggle_hidden
from walkdown_client.ui.searching import Answer, answer, help_text, sentence

NAME = "tree"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    inventory = what.inventory_of(frame)
    count = "" if inventory is None else words.number(int(np.count_nonzero(inventory.findable)))
    with side_panel(frame, NAME, _("Find a thing"), count=count) as found:
        text = _search_field(frame)
        if inventory is None:
            frame.canvas.muted(_("The models are being read…"))
        elif not len(inventory):
            frame.canvas.empty(
                _("Here stand the things of the twin and the elements of its models."),
                _("They come with the session's catalogue and models."),
            )
        else:
            found += _draw_all(frame, inventory, text)
    return found


def _search_field(frame: Frame) -> str:
    searches, opens = frame.view.searches, imgui.is_window_appearing()
    before = searches.get(NAME, "")
    hint = _("Name, type, or a value as in pressure>4")
    searches[NAME] = frame.canvas.field(f"search {NAME}", hint, before, focus=opens)
    frame.canvas.tip(help_text())
    if searches[NAME] != before:
        frame.view.tree_row = ""
    return searches[NAME].strip()


def _draw_all(frame: Frame, inventory: Inventory, text: str) -> list[wish.Intent]:
    found: list[wish.Intent] = []
    answered = answer(frame, inventory, text=text, name=NAME) if text else None
    if answered is not None:
        _draw_sentence(frame, answered)
        answered = None if answered.error else answered
    way = _draw_ways(frame, inventory)
    key = (id(inventory), way, inventory.properties_revision if way == trees.STOREYS else 0)
    outline = frame.memory.of("outline", key, lambda: outline_by(way, inventory))
    if answered is not None and len(answered.rows):
        found += _draw_deeds(frame, inventory, answered)
    found += _draw_hidden(frame)
    lines = _lines(frame, inventory, outline, way=way, answered=answered)
    found += _reveal(frame, outline, searching=answered is not None)
    found += _keys(frame, inventory, lines)
    with scrolled("rows"):
        if not len(lines) and answered is not None:
            frame.canvas.empty(
                _("Nothing answers “{search}”.").format(search=text),
                _("Try a part of the name, the id or the type, for instance “pump”."),
            )
        _follow(frame, lines)
        height = frame.canvas.px(look.ROW_PX)
        draw_list(
            len(lines), height, lambda place: draw_row(frame, inventory, lines, place=place, found=found)
        )
    return found


# ---- what is shown ----------------------------------------------------------------------------------


def _draw_ways(frame: Frame, inventory: Inventory) -> str:
    """Draw the ways to sort, when there is more than one; returns the one in use."""
    ways = frame.memory.of("ways", (id(inventory), inventory.properties_revision), lambda: ways_of(inventory))
    chosen = frame.view.tree_by if frame.view.tree_by in ways else ways[0]
    texts = {
        trees.THINGS: _("Things"),
        trees.STOREYS: _("Storeys"),
        trees.TYPES: _("Types"),
        trees.SYSTEMS: _("Systems"),
        trees.ELEMENTS: _("Models"),
    }
    if len(ways) > 1:
        clicked = choice(frame, {way: texts[way] for way in trees.WAYS if way in ways}, chosen)
        if clicked is not None:
            frame.view.tree_by = chosen = clicked
    imgui.dummy((0, frame.canvas.px(2)))
    return chosen


def _lines(
    frame: Frame, inventory: Inventory, outline: Outline, *, way: str, answered: Answer | None
) -> Lines:
    view, hidden = frame.view, what.hidden_of(frame, inventory)
    key = (id(outline), id(hidden), id(answered), None if answered else frozenset(view.unfolded))

    def make() -> Lines:
        if answered is None:
            return TreeLines(inventory, hidden, outline, rows=outline.rows(view.unfolded))
        if way in {trees.THINGS, trees.ELEMENTS} or not outline.holds(answered.rows):
            return ListLines(inventory, hidden, answered.rows)
        kept = np.zeros(len(inventory), bool)
        kept[answered.rows] = True
        rows = outline.rows((), kept=kept)
        return TreeLines(inventory, hidden, outline, rows=rows, matched=outline.counts_of(kept))

    return frame.memory.of("lines", key, make)


def _draw_sentence(frame: Frame, answered: Answer) -> None:
    canvas = frame.canvas
    if answered.error:
        canvas.paragraph(sentence(answered.error), size_px=look.SMALL_PX)
    elif answered.note:
        canvas.paragraph(answered.note, canvas.theme.muted, size_px=look.SMALL_PX)


def _draw_deeds(frame: Frame, inventory: Inventory, answered: Answer) -> list[wish.Intent]:
    """Draw how much was found and what can be done with it."""
    canvas = frame.canvas
    deeds: tuple[tuple[str, str, list[wish.Intent]], ...] = (
        ("select", _("Select all"), []),
        ("isolate", _("Show only these"), [wish.IsolateSelection()]),
        ("hide", _("Hide these"), [wish.HideSelection()]),
    )
    x, y = imgui.get_cursor_screen_pos()
    canvas.put(x, y + canvas.px(4), _("{count} found").format(count=words.number(len(answered.rows))))
    right = x + imgui.get_content_region_avail().x
    found: list[wish.Intent] = []
    for place, (icon, tip, then) in enumerate(deeds):
        imgui.set_cursor_screen_pos((right - canvas.px(30 * (len(deeds) - place)), y))
        if canvas.icon_button(icon, tip, name="found"):
            found += [what.select_all(inventory, answered.rows.tolist()), *then]
    imgui.dummy((0, 0))
    return found


def _draw_hidden(frame: Frame) -> list[wish.Intent]:
    """Say that not everything is drawn, and how to see it again."""
    view, canvas = frame.view, frame.canvas
    if not (view.hidden or view.isolated or view.ghosted):
        return []
    row, clicked = canvas.row("show everything", height_px=24)
    canvas.icon("hide", row.x, row.y + canvas.px(4), size_px=15, colour=canvas.theme.accent)
    text = _("Not everything is shown – show it")
    room = row.width - canvas.px(22)
    canvas.put_clipped(
        row.x + canvas.px(22), row.y + canvas.px(3), text, width=room, colour=canvas.theme.accent
    )
    return [wish.ShowAll()] if clicked else []


# ---- keys -------------------------------------------------------------------------------------------


def _reveal(frame: Frame, outline: Outline, *, searching: bool) -> list[wish.Intent]:
    """Unfold what was selected elsewhere, once."""
    view = frame.view
    newest = view.element.key if view.element is not None else view.selected
    key = (newest, id(outline))

    def unfold() -> tuple[object, ...]:
        alone = len(view.selection) + len(view.elements) == 1
        node = outline.node_of(newest) if alone and newest and not searching else NOTHING
        if node != NOTHING:
            view.unfolded.update(outline.ids[above] for above in outline.ancestors(node))
            view.tree_row = newest
        return key

    frame.memory.of("revealed", key, unfold)
    return []


def _keys(frame: Frame, inventory: Inventory, lines: Lines) -> list[wish.Intent]:
    """Move along the lines with the arrow keys, fold with left and right, select with Enter."""
    if not len(lines) or not imgui.is_window_focused(imgui.FocusedFlags_.root_and_child_windows):
        return []
    view, key, typing = frame.view, imgui.Key, imgui.get_io().want_text_input
    place = lines.place_of(view.tree_row) if view.tree_row else NOTHING
    page = max(int(imgui.get_content_region_avail().y / frame.canvas.px(look.ROW_PX)) - 1, 1)
    steps = [(key.down_arrow, 1), (key.up_arrow, -1), (key.page_down, page), (key.page_up, -page)]
    if not typing:
        steps += [(key.home, -len(lines)), (key.end, len(lines))]
    for pressed, step in steps:
        if imgui.is_key_pressed(pressed):
            place = min(max(place + step, 0), len(lines) - 1)
            view.tree_row = lines.line(place).identity
    if imgui.is_key_pressed(key.enter, False) or imgui.is_key_pressed(key.keypad_enter, False):
        return (
            _enter(frame, inventory, lines, place=max(place, 0)) if place >= 0 or view.searches[NAME] else []
        )
    if place == NOTHING or typing:
        return []
    if imgui.is_key_pressed(key.space, False):
        return [toggle_hidden(frame, inventory, lines, place=place)]
    return _fold_with_keys(frame, lines, place)


def _enter(frame: Frame, inventory: Inventory, lines: Lines, *, place: int) -> list[wish.Intent]:
    """Select a line; once more flies there."""
    line = lines.line(place)
    frame.view.tree_row = line.identity
    if line.item != NOTHING and (*frame.view.selection, *frame.view.elements) == (line.identity,):
        return [what.fly_to(inventory, line.item)]
    return [select_line(frame, inventory, lines, place=place)]


def _fold_with_keys(frame: Frame, lines: Lines, place: int) -> list[wish.Intent]:
    """Open with the right arrow; close with the left one, or go to what the line is in."""
    line, key = lines.line(place), imgui.Key
    if imgui.is_key_pressed(key.right_arrow) and line.fold is False:
        frame.view.unfolded.add(line.identity)
    elif imgui.is_key_pressed(key.left_arrow) and line.fold:
        frame.view.unfolded.discard(line.identity)
    elif imgui.is_key_pressed(key.left_arrow):
        above = next((p for p in range(place - 1, -1, -1) if lines.line(p).depth < line.depth), place)
        frame.view.tree_row = lines.line(above).identity
    return []


def _follow(frame: Frame, lines: Lines) -> None:
    """Keep the line that the keys have reached in sight."""
    view = frame.view

    def scroll() -> str:
        place = lines.place_of(view.tree_row) if view.tree_row else NOTHING
        if place != NOTHING:
            height, top = frame.canvas.px(look.ROW_PX), imgui.get_scroll_y()
            room = imgui.get_window_height() - height
            imgui.set_scroll_y(min(max(top, place * height - room), place * height))
        return view.tree_row

    frame.memory.of("followed", view.tree_row, scroll)
