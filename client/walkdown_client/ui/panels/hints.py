"""The strip of first steps, one at a time."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.input.bindings import BUTTON_TEXT, DRAGS, drag_move
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import HINTS
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

_STILL = imgui.WindowFlags_.no_scrollbar

_STEPS = {
    "move": mark("Look round: {drag}; move: W A S D"),
    "click": mark("Click a machine to see what it is"),
    "talk": mark("Hold V and speak: who is near hears you"),
    "colour": mark("Press C and choose a value to colour everything by it"),
    "note": mark("Point at something and press N to write a note"),
    "palette": mark("Press Ctrl+K to reach everything by name"),
}


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the next first step; the strip goes away when all are done, or when it is closed."""
    step = next_step(frame)
    return _draw_hint(frame, step) if step else []


def next_step(frame: Frame) -> str:
    """Return the first step that is to be shown, "" for none; talking is none where there is no sound."""
    done = frame.view.preferences.hints_done
    if "all" in done or frame.view.draft is not None:
        return ""
    talks = frame.facts.sound.has_input and frame.world.may("voice")
    return next((step for step in HINTS if step not in done and (step != "talk" or talks)), "")


def _draw_hint(frame: Frame, step: str) -> list[wish.Intent]:
    canvas, scene = frame.canvas, frame.layout.scene
    text = _(_STEPS[step]).format(drag=_drag_text(frame.view.preferences.preset))
    place = f"{HINTS.index(step) + 1}/{len(HINTS)}"
    width = canvas.width(text) + canvas.width(place) + canvas.px(72)
    rect = Rect(
        scene.x + (scene.width - width) / 2, scene.y + scene.height - canvas.px(96), width, canvas.px(38)
    )
    with canvas.window("hints", rect, flags=_STILL | imgui.WindowFlags_.no_focus_on_appearing):
        x, y = rect.x + canvas.px(14), rect.y + canvas.px(8)
        canvas.put(x, y, place, colour=canvas.theme.accent)
        canvas.put(x + canvas.width(place) + canvas.px(12), y, text)
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(34), rect.y + canvas.px(6)))
        if canvas.icon_button("close", _("Close these hints"), size_px=26):
            return [wish.HintDone("all")]
    return []


def _drag_text(preset: str) -> str:
    buttons = [d.button for d in DRAGS if drag_move(preset, d.button, frozenset()) in {"orbit", "look"}]
    return _(BUTTON_TEXT[buttons[0]]).lower() if buttons else ""
