"""What is said, as text over the tool bar: who, from which way, and the words."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown_client.tools import intents as wish
from walkdown_client.tools.hearing import CaptionLine
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.hints import next_step
from walkdown_client.ui.panels.speakers import draw_arrow

NAME = "captions"
WIDTH_PX, ABOVE_PX, HINTS_PX = 640.0, 60.0, 46.0
_FLAGS = (
    imgui.WindowFlags_.no_scrollbar
    | imgui.WindowFlags_.no_inputs
    | imgui.WindowFlags_.no_focus_on_appearing
    | imgui.WindowFlags_.always_auto_resize
)


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the newest lines while captions are wished and somebody speaks."""
    canvas, scene, sound = frame.canvas, frame.layout.scene, frame.view.preferences.sound
    lines = [line for line in frame.facts.sound.captions if line.speaker in frame.world.people]
    if not sound.captions or not lines:
        return []
    scale = sound.caption_scale
    width = min(canvas.px(WIDTH_PX * max(scale, 1.0)), scene.width - canvas.px(24))
    imgui.set_next_window_size_constraints((width, 0), (width, scene.height))
    above = canvas.px(ABOVE_PX + (HINTS_PX if next_step(frame) else 0.0))
    rect = Rect(scene.x + scene.width / 2, scene.y + scene.height - above, width, 0)
    with canvas.window(NAME, rect, flags=_FLAGS, pivot=(0.5, 1.0)):
        for line in lines:
            _draw_line(frame, line, scale)
    return []


def _draw_line(frame: Frame, line: CaptionLine, scale: float) -> None:
    canvas, person = frame.canvas, frame.world.people[line.speaker]
    bearing = frame.facts.sound.bearings.get(line.speaker)
    size = look.TEXT_PX * scale
    x, y = imgui.get_cursor_screen_pos()
    canvas.person(
        x + canvas.px(8 * scale),
        y + canvas.px(10 * scale),
        person.name,
        colour=look.person_colour(person.colour),
        radius_px=8 * scale,
    )
    shift = canvas.px(24 * scale)
    if bearing is not None and not bearing.seen:
        draw_arrow(frame, (x + shift, y + canvas.px(10 * scale)), bearing.right_rad, size_px=7 * scale)
        shift += canvas.px(14 * scale)
    imgui.indent(shift)
    colour = canvas.theme.text if line.final else canvas.theme.muted
    canvas.paragraph(f"{person.name}: {line.text}", colour, size_px=size)
    imgui.unindent(shift)
