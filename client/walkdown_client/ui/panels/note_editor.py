"""The editor of one note: a field to write in, and a verb to place it."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.twin import STATE_ATTENTION
from walkdown_client.tools import intents as wish
from walkdown_client.tools.annotate import TEXT_MAX, finished
from walkdown_client.tools.view_state import NoteDraft
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

NAME = "note_editor"
SIZE_PX = (420.0, 226.0)
MEANWHILE_PX = 64.0
"""More height for the line that says what has happened meanwhile."""

MEANWHILE_MAX = 160


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the editor while a note is being written."""
    draft, canvas = frame.view.draft, frame.canvas
    if draft is None:
        return []
    with canvas.window(NAME, _place(frame), flags=imgui.WindowFlags_.no_scrollbar):
        title = _("New note") if draft.is_new else _("Change a note")
        canvas.text(title, size_px=look.TITLE_PX)
        canvas.muted(_where(frame, draft))
        if draft.meanwhile:
            _draw_meanwhile(frame, draft.meanwhile)
        draft.text = _field(frame, draft.text)
        imgui.dummy((0, canvas.px(2)))
        return _draw_buttons(frame, draft)


def _draw_meanwhile(frame: Frame, text: str) -> None:
    """Say why the editor is open again; what does not fit is in the tip."""
    canvas = frame.canvas
    short = text if len(text) <= MEANWHILE_MAX else text[: MEANWHILE_MAX - 1].rstrip() + "…"
    canvas.paragraph(short, look.STATE_COLOURS[STATE_ATTENTION], size_px=look.SMALL_PX)
    canvas.tip(text if short != text else "")


def _place(frame: Frame) -> Rect:
    canvas, scene = frame.canvas, frame.layout.scene
    more = MEANWHILE_PX if frame.view.draft is not None and frame.view.draft.meanwhile else 0.0
    width, height = min(canvas.px(SIZE_PX[0]), scene.width), canvas.px(SIZE_PX[1] + more)
    return Rect(
        scene.x + (scene.width - width) / 2, scene.y + scene.height - height - canvas.px(56), width, height
    )


def _where(frame: Frame, draft: NoteDraft) -> str:
    if draft.thing and frame.world.twin.has_thing(draft.thing):
        return _("on {thing}").format(thing=frame.world.twin.thing(draft.thing).name)
    note = None if draft.is_new else frame.world.notes.get(draft.note)
    x, y, z = (words.number(part, 1) for part in (frame.world.note_position(note) if note else draft.point))
    return _("at {x} / {y} / {z} m").format(x=x, y=y, z=z)


def _field(frame: Frame, text: str) -> str:
    before = text
    flags = imgui.InputTextFlags_.ctrl_enter_for_new_line.value
    text = frame.canvas.text_area(NAME, text, height_px=96, flags=flags, focus=imgui.is_window_appearing())
    # Esc would bring back what the field held when it got the keyboard; what was written is kept.
    return before if imgui.is_key_pressed(imgui.Key.escape) else text[:TEXT_MAX]


def _draw_buttons(frame: Frame, draft: NoteDraft) -> list[wish.Intent]:
    canvas, ready = frame.canvas, finished(draft)
    entered = imgui.is_key_pressed(imgui.Key.enter, False) and not imgui.get_io().key_ctrl
    verb = _("Place note") if draft.is_new else _("Save note")
    placed = canvas.button(verb, primary=True, enabled=ready is not None) or entered
    imgui.same_line()
    if canvas.button(_("Cancel")):
        return [wish.Dismiss()]
    imgui.same_line()
    x, y = imgui.get_cursor_screen_pos()
    canvas.put(x, y + canvas.px(6), _("Enter places it"), colour=canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.dummy((1, 1))
    return [ready, wish.HintDone("note")] if placed and ready is not None else []
