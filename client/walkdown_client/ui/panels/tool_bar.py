"""The tool bar at the bottom: how one moves, and what one measures, draws and cuts with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.input.bindings import ACTIONS
from walkdown_client.input.chords import shown
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.marking import MEASURES
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

NAME = "tool_bar"
BUTTON_PX, INSET_PX = 32.0, 4.0
GAP_PX = 10.0
"""Between moving and working."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A button: ``active`` tells whether it is in use, ``stays`` that a click on it then does nothing."""

    icon: str
    text: str
    intent: wish.Intent
    active: Callable[[ViewState], bool]
    stays: bool = False


TOOLS: tuple[Tool, ...] = (
    Tool("fly", mark("Turn and fly"), wish.ToggleWalk(), lambda view: not view.walking, stays=True),
    Tool("walk", mark("Walk"), wish.ToggleWalk(), lambda view: view.walking, stays=True),
    Tool("dimension", mark("Measure"), marks.Measure(), lambda view: view.marking.tool in MEASURES),
    Tool("arrow", mark("Draw an arrow"), marks.TakeTool("arrow"), lambda view: view.marking.tool == "arrow"),
    Tool("sketch", mark("Sketch"), marks.TakeTool("sketch"), lambda view: view.marking.tool == "sketch"),
    Tool(
        "section",
        mark("Section box around the selection, or no more"),
        cut.ToggleSectionBox(),
        lambda view: view.sectioning.section.box is not None,
    ),
)
MOVING = 2
"""So many of them are about moving."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the tools; what is in use is marked, what one's role does not allow is left out."""
    canvas, rect = frame.canvas, place_of_bar(frame)
    if rect is None:
        return []
    found: list[wish.Intent] = []
    flags = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing
    with canvas.window(NAME, rect, flags=flags):
        for place, tool in enumerate(_offered(frame)):
            gap = GAP_PX if place >= MOVING else 0.0
            x = rect.x + canvas.px(INSET_PX + place * (BUTTON_PX + INSET_PX) + gap)
            imgui.set_cursor_screen_pos((x, rect.y + canvas.px(INSET_PX)))
            active = tool.active(frame.view)
            tip = f"{_(tool.text)}  {_key(frame, tool.intent)}".rstrip()
            clicked = canvas.icon_button(tool.icon, tip, size_px=BUTTON_PX, active=active)
            if clicked and not (active and tool.stays):
                found.append(tool.intent)
    return found


def _offered(frame: Frame) -> list[Tool]:
    return [tool for tool in TOOLS if frame.may(type(tool.intent))]


def place_of_bar(frame: Frame) -> Rect | None:
    """Return where the tool bar lies, None where there is no room for it."""
    canvas, scene, count = frame.canvas, frame.layout.scene, len(_offered(frame))
    gap = GAP_PX if count > MOVING else 0.0
    width = canvas.px(count * BUTTON_PX + (count + 1) * INSET_PX + gap)
    height = canvas.px(BUTTON_PX + 2 * INSET_PX)
    if scene.width < width:
        return None
    y = scene.y + scene.height - height - canvas.px(10)
    return Rect(scene.x + (scene.width - width) / 2, y, width, height)


def _key(frame: Frame, intent: wish.Intent) -> str:
    action = next((a for a in ACTIONS if a.intent == intent), None)
    keys = action.keys_in(frame.view.preferences.preset) if action is not None else ()
    return shown(keys[0]) if keys else ""
