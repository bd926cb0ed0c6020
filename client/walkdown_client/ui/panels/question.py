"""The one thing that waits for an answer: before a door is opened, or somebody is shown it."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

NAME = "question"
WIDTH_PX, REASON_MAX = 460.0, 200
_SHADE = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing
_BOX = imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_scrollbar


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the question over everything else; Enter answers it with its verb, Esc with no."""
    question = frame.view.question
    if question is None:
        frame.view.searches.pop(NAME, None)
        return []
    _draw_shade(frame)
    canvas, bar = frame.canvas, frame.layout.top_bar
    width = min(canvas.px(WIDTH_PX), bar.width - canvas.px(24))
    imgui.set_next_window_size_constraints((width, 0), (width, 10_000))
    middle = Rect(bar.x + bar.width / 2, frame.layout.scene.y + frame.layout.scene.height * 0.4, width, 0)
    with canvas.window(NAME, middle, flags=_BOX, pivot=(0.5, 0.5)):
        appearing = imgui.is_window_appearing()
        if appearing:
            imgui.set_window_focus()
        canvas.paragraph(question.title, size_px=look.TITLE_PX)
        canvas.paragraph(question.text, canvas.theme.muted)
        reason = _draw_reason(frame, question.then, appearing=appearing)
        imgui.dummy((0, canvas.px(4)))
        return _draw_buttons(frame, question, reason, listens=not appearing)


def _draw_shade(frame: Frame) -> None:
    """Darken what lies below, and take the clicks that are meant for it."""
    display = imgui.get_io().display_size
    imgui.push_style_color(imgui.Col_.window_bg.value, imgui.ImVec4(0, 0, 0, 0.45))
    with frame.canvas.window(f"{NAME} shade", Rect(0, 0, display.x, display.y), flags=_SHADE):
        pass
    imgui.pop_style_color()


def _draw_reason(frame: Frame, then: wish.Intent, *, appearing: bool) -> str:
    """Draw a field for the reason where one is told."""
    if not isinstance(then, wish.Kick):
        return ""
    searches = frame.view.searches
    before = searches.get(NAME, "")
    text = frame.canvas.field(NAME, _("Reason, which they are told"), before, focus=appearing)
    searches[NAME] = before if imgui.is_key_pressed(imgui.Key.escape) else text[:REASON_MAX]
    return searches[NAME].strip()


def _draw_buttons(frame: Frame, question: wish.AskFirst, reason: str, *, listens: bool) -> list[wish.Intent]:
    canvas = frame.canvas
    entered = listens and (
        imgui.is_key_pressed(imgui.Key.enter, False) or imgui.is_key_pressed(imgui.Key.keypad_enter, False)
    )
    if canvas.button(question.verb, primary=True) or entered:
        then = question.then
        return [wish.Dismiss(), replace(then, reason=reason) if isinstance(then, wish.Kick) else then]
    imgui.same_line()
    return [wish.Dismiss()] if canvas.button(_("Cancel")) else []
