"""The tool bar at the bottom: how one moves."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.input.bindings import ACTIONS
from walkdown_client.input.chords import shown
from walkdown_client.tools import intents as wish
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

NAME = "tool_bar"
BUTTON_PX, INSET_PX = 32.0, 4.0
_WAYS = (("fly", mark("Turn and fly"), False), ("walk", mark("Walk"), True))


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the two ways to move; the one in use is marked."""
    canvas, rect = frame.canvas, place_of_bar(frame)
    if rect is None:
        return []
    found: list[wish.Intent] = []
    flags = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing
    with canvas.window(NAME, rect, flags=flags):
        for place, (icon, text, walks) in enumerate(_WAYS):
            x = rect.x + canvas.px(INSET_PX + place * (BUTTON_PX + INSET_PX))
            imgui.set_cursor_screen_pos((x, rect.y + canvas.px(INSET_PX)))
            active = frame.view.walking == walks
            if (
                canvas.icon_button(icon, f"{_(text)}  {_key(frame)}", size_px=BUTTON_PX, active=active)
                and not active
            ):
                found.append(wish.ToggleWalk())
    return found


def place_of_bar(frame: Frame) -> Rect | None:
    """Return where the tool bar lies, None where there is no room for it."""
    canvas, scene = frame.canvas, frame.layout.scene
    width = canvas.px(len(_WAYS) * BUTTON_PX + (len(_WAYS) + 1) * INSET_PX)
    height = canvas.px(BUTTON_PX + 2 * INSET_PX)
    if scene.width < width:
        return None
    y = scene.y + scene.height - height - canvas.px(10)
    return Rect(scene.x + (scene.width - width) / 2, y, width, height)


def _key(frame: Frame) -> str:
    keys = next(a for a in ACTIONS if isinstance(a.intent, wish.ToggleWalk)).keys_in(
        frame.view.preferences.preset
    )
    return shown(keys[0]) if keys else ""
