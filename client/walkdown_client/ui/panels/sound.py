"""The panel of sound: what does not work, how one hears, how one speaks and to whom."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import sound_company, sound_figures, sound_hear, sound_speak
from walkdown_client.ui.panels.side import scrolled, side_panel
from walkdown_client.ui.sound_problems import Problem, problems

NAME = "sound"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    with side_panel(frame, NAME, _("Sound")) as found, scrolled("rows"):
        for place, problem in enumerate(problems(frame.world, frame.facts.sound, frame.view)):
            imgui.push_id(place)
            draw_problem(frame, problem, found)
            imgui.pop_id()
        sound_speak.draw(frame, found)
        sound_hear.draw(frame, found)
        sound_company.draw(frame, found)
        sound_figures.draw(frame, found)
    return found


def draw_problem(frame: Frame, problem: Problem, found: list[wish.Intent]) -> None:
    """Draw what is not as one would expect, and the offer to change it."""
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    canvas.state(x + canvas.px(7), y + canvas.px(9), problem.state)
    imgui.indent(canvas.px(22))
    canvas.paragraph(problem.text, size_px=look.SMALL_PX)
    if problem.offer is not None and canvas.button(problem.offer.verb):
        found.append(problem.offer.intent)
    imgui.unindent(canvas.px(22))
    imgui.dummy((0, canvas.px(2)))
