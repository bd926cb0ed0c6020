"""All keys and mouse moves of the preset in use, from the tables of bindings."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.input import bindings
from walkdown_client.input.action import GROUPS
from walkdown_client.input.chords import shown
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import packed

NAME = "cheat_sheet"
WIDTH_PX, COLUMN_PX, KEYS_PX = 1150.0, 550.0, 210.0
Row = tuple[str, str]
"""The keys, and what they do."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the sheet when it is open."""
    if not frame.view.cheat_sheet_open:
        return []
    canvas, bar = frame.canvas, frame.layout.top_bar
    groups = list(all_groups(frame.view.preferences.preset))
    columns = 2 if bar.width > canvas.px(WIDTH_PX) else 1
    width = canvas.px(COLUMN_PX * columns + 40)
    halves = _shared(groups, columns)
    height = canvas.px(66 + max(_height_px(half) for half in halves))
    room = frame.layout.scene.height - canvas.px(24)
    rect = Rect(
        (bar.width - min(width, bar.width)) / 2,
        bar.height + canvas.px(12),
        min(width, bar.width),
        min(height, room),
    )
    with canvas.window(NAME, rect):
        closed = _draw_title(frame)
        x, y = imgui.get_cursor_screen_pos()
        for place, half in enumerate(halves):
            _draw_column(frame, half, x + canvas.px(COLUMN_PX + 16) * place, y=y)
        imgui.set_cursor_screen_pos((x, y))
        imgui.dummy((1, canvas.px(max(_height_px(half) for half in halves))))
    return [wish.OpenCheatSheet()] if closed else []


def all_groups(preset: str) -> Iterator[tuple[str, list[Row]]]:
    """Yield the title and the rows of each group in a preset."""
    yield _("Mouse"), list(_mouse(preset))
    for group in GROUPS:
        rows = [
            (" · ".join(map(shown, action.keys_in(preset))), _(action.text))
            for action in bindings.ACTIONS
            if action.group == group and action.keys_in(preset)
        ]
        held = [(shown(held.key), _(held.text)) for held in bindings.HELD if held.group == group]
        yield _(group), [*held, *rows]


def _mouse(preset: str) -> Iterator[Row]:
    for button, text in bindings.CLICKS:
        yield _(bindings.BUTTON_TEXT[button]), _(text)
    for drag in bindings.DRAGS:
        if drag.preset == preset:
            button = _(bindings.BUTTON_TEXT[drag.button])
            keys = f"{shown(drag.modifier)} + {button}" if drag.modifier else button
            yield keys, _(bindings.DRAG_TEXT[drag.move])
    yield _(bindings.BUTTON_TEXT["wheel"]), _(bindings.WHEEL[preset])


def _shared(groups: list[tuple[str, list[Row]]], columns: int) -> list[list[tuple[str, list[Row]]]]:
    """Share the groups between columns of about the same height."""
    if columns == 1:
        return [groups]
    split = min(
        range(1, len(groups)), key=lambda place: abs(_height_px(groups[:place]) - _height_px(groups[place:]))
    )
    return [groups[:split], groups[split:]]


def _height_px(groups: list[tuple[str, list[Row]]]) -> float:
    return sum(36 + 23 * len(rows) for _title, rows in groups)


def _draw_title(frame: Frame) -> bool:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    preset = _(bindings.PRESET_TEXT[frame.view.preferences.preset])
    canvas.put(x, y, _("All keys"), size_px=look.TITLE_PX)
    shift = canvas.width(_("All keys"), look.TITLE_PX) + canvas.px(10)
    canvas.put(x + shift, y + canvas.px(3), preset, colour=canvas.theme.muted)
    imgui.set_cursor_screen_pos((x + width - canvas.px(24), y))
    closed = canvas.icon_button("close", _("Close"), size_px=24)
    imgui.set_cursor_screen_pos((x, y + canvas.px(32)))
    return closed


def _draw_column(frame: Frame, groups: list[tuple[str, list[Row]]], x: float, *, y: float) -> None:
    canvas = frame.canvas
    for title, rows in groups:
        canvas.put(x, y + canvas.px(6), title, colour=canvas.theme.muted, size_px=look.SMALL_PX)
        line = y + canvas.px(27)
        imgui.get_window_draw_list().add_line(
            (x, line), (x + canvas.px(COLUMN_PX), line), packed(canvas.theme.line)
        )
        y += canvas.px(32)
        for keys, text in rows:
            canvas.put_clipped(x, y, keys, width=canvas.px(KEYS_PX - 10), colour=canvas.theme.accent)
            canvas.put_clipped(x + canvas.px(KEYS_PX), y, text, width=canvas.px(COLUMN_PX - KEYS_PX))
            y += canvas.px(23)
        y += canvas.px(4)
