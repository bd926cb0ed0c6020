"""The rail at the left edge: one icon for each panel."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.input.action import PANELS
from walkdown_client.input.bindings import ACTIONS
from walkdown_client.input.chords import shown
from walkdown_client.tools import intents as wish
from walkdown_client.tools.meeting_rules import open_votes
from walkdown_client.twin_index import TwinIndex
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.chat import unread
from walkdown_client.ui.panels.topic_table import table_of
from walkdown_client.ui.theme import packed

NAME = "rail"
BUTTON_PX, BUTTON_MIN_PX = 36.0, 20.0
ALARM, ATTENTION = 3, 2
SHARE = wish.OpenPanel("share")
"""Its button is in the top bar."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the rail; panels that would have nothing to show in this session are left out."""
    canvas = frame.canvas
    found: list[wish.Intent] = []
    imgui.push_style_var(imgui.StyleVar_.window_rounding.value, 0.0)
    imgui.push_style_var(imgui.StyleVar_.window_padding.value, (canvas.px(4), canvas.px(8)))
    with canvas.window(NAME, frame.layout.rail, flags=imgui.WindowFlags_.no_scrollbar):
        panels = _panels(frame)
        height_px = _height_px(frame, len(panels))
        for panel, tip in panels:
            x, y = imgui.get_cursor_screen_pos()
            active = frame.view.panel == panel
            inset = canvas.px((BUTTON_PX - height_px) / 2)
            imgui.set_cursor_screen_pos((x + inset, y))
            if canvas.icon_button(panel, tip, size_px=height_px, active=active):
                found.append(wish.OpenPanel(panel))
            _draw_count(frame, panel, Rect(x + inset, y, canvas.px(height_px), canvas.px(height_px)))
        found += _draw_foot(frame)
    imgui.pop_style_var(2)
    return found


def _height_px(frame: Frame, count: int) -> float:
    """Return how high a button is, so that all have room above the one at the foot."""
    spacing = imgui.get_style().item_spacing.y / frame.canvas.scale
    room = frame.layout.rail.height / frame.canvas.scale - BUTTON_PX - 24.0
    return min(max(room / max(count, 1) - spacing, BUTTON_MIN_PX), BUTTON_PX)


def _panels(frame: Frame) -> list[tuple[str, str]]:
    rows = []
    for action in ACTIONS:
        intent = action.intent
        if (
            action.group == PANELS
            and action.intent != SHARE
            and isinstance(intent, wish.OpenPanel)
            and offered(frame.world.twin, intent.panel)
        ):
            keys = action.keys_in(frame.view.preferences.preset)
            rows.append((intent.panel, f"{_(action.text)}  {shown(keys[0])}" if keys else _(action.text)))
    return rows


def offered(twin: TwinIndex, panel: str) -> bool:
    """Tell whether a panel makes sense in a session: disturbances belong to the demo plant alone."""
    return panel != "faults" or bool(twin.catalogue.disturbances)


def _draw_count(frame: Frame, panel: str, rect: Rect) -> None:
    """Draw a badge: how many alarms, notes, open topics, unread lines and votes there are."""
    canvas, states = frame.canvas, frame.world.thing_states
    count, colour, ink = 0, canvas.theme.accent, canvas.theme.on_accent
    if panel == "states":
        count, colour, ink = int((states == ALARM).sum()), look.STATE_COLOURS[ALARM], look.rgb("0B1015")
    elif panel == "notes":
        count = len(frame.world.notes)
    elif panel == "topics":
        count = table_of(frame).open_count
    elif panel == "chat":
        count = unread(frame)
    elif panel == "meeting":
        count = len(open_votes(frame.world.review))
    if not count:
        return
    text = str(count) if count < 100 else "99+"
    width = canvas.width(text, 11) + canvas.px(7)
    x, y = rect.x + rect.width - width + canvas.px(1), rect.y + canvas.px(1)
    lines = imgui.get_window_draw_list()
    lines.add_rect_filled((x, y), (x + width, y + canvas.px(15)), packed(colour), canvas.px(7.5))
    canvas.put(x + canvas.px(3.5), y, text, colour=ink, size_px=11)


def _draw_foot(frame: Frame) -> list[wish.Intent]:
    """Draw what stands at the lower end: all keys."""
    canvas, rect = frame.canvas, frame.layout.rail
    foot = rect.y + rect.height - canvas.px(BUTTON_PX + 8)
    if foot < imgui.get_cursor_screen_pos().y:
        return []  # F1 shows them too
    imgui.set_cursor_screen_pos((rect.x + canvas.px(4), foot))
    tip = f"{_('All keys')}  F1"
    if canvas.icon_button("help", tip, size_px=BUTTON_PX, active=frame.view.cheat_sheet_open):
        return [wish.OpenCheatSheet()]
    return []
