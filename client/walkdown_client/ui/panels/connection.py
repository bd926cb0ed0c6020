"""One quiet line while the connection is not well; the world stays walkable."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

_DEAF = (
    imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_inputs | imgui.WindowFlags_.no_focus_on_appearing
)

END_PX = 460.0
BAD = 5

_LINES = {
    "connecting": mark("connecting…"),
    "reconnecting": mark("reconnecting…"),
    "refused": mark("the server said no"),
    "closed": mark("the session has ended"),
}


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw one quiet line while the connection is not well; the world stays walkable."""
    world, canvas, scene = frame.world, frame.canvas, frame.layout.scene
    if world.link_state == "live":
        return []
    text = _(_LINES[world.link_state])
    waiting = frame.facts.waiting_notes
    if waiting:
        line = ngettext("{count} change waits here", "{count} changes wait here", waiting)
        text += " " + line.format(count=waiting)
    if world.link_state in ("refused", "closed") and world.link_text:
        _draw_end(frame, text)
        return []
    about = canvas.fitting(world.link_text, canvas.px(520), look.SMALL_PX) if world.link_text else ""
    width = max(canvas.width(text), canvas.width(about, look.SMALL_PX)) + canvas.px(52)
    height = canvas.px(36 if not about else 56)
    shift = canvas.px(12 if frame.facts.loading is None else 60)
    rect = Rect(scene.x + (scene.width - width) / 2, scene.y + shift, width, height)
    with canvas.window("connection", rect, flags=_DEAF):
        canvas.state(
            rect.x + canvas.px(20), rect.y + canvas.px(18), 4 if world.link_state == "connecting" else 2
        )
        canvas.put(rect.x + canvas.px(36), rect.y + canvas.px(8), text)
        if about:
            canvas.put(
                rect.x + canvas.px(36),
                rect.y + canvas.px(30),
                about,
                colour=canvas.theme.muted,
                size_px=look.SMALL_PX,
            )
    return []


def _draw_end(frame: Frame, text: str) -> None:
    """Draw why the session is over for this person: all of it, for it says what to do."""
    canvas, scene = frame.canvas, frame.layout.scene
    width = min(canvas.px(END_PX), scene.width - canvas.px(24))
    imgui.set_next_window_size_constraints((width, 0), (width, scene.height))
    rect = Rect(scene.x + (scene.width - width) / 2, scene.y + canvas.px(12), width, 0)
    with canvas.window("connection", rect, flags=_DEAF | imgui.WindowFlags_.always_auto_resize):
        x, y = imgui.get_cursor_screen_pos()
        canvas.state(x + canvas.px(7), y + canvas.px(11), BAD)
        imgui.indent(canvas.px(22))
        canvas.text(text)
        canvas.paragraph(frame.world.link_text, canvas.theme.muted, size_px=look.SMALL_PX)
        imgui.unindent(canvas.px(22))
