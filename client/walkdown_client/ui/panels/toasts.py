"""Messages that come and go: who came, what was copied, what went wrong."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import Toast
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.talk_bar import place_of_talk_bar
from walkdown_client.ui.panels.tool_bar import place_of_bar

_STILL = imgui.WindowFlags_.no_scrollbar

TOAST_PX, TOASTS_MAX = 360.0, 4


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw messages from the lower right of the scene upwards, the newest lowest."""
    canvas = frame.canvas
    found: list[wish.Intent] = [
        wish.DismissToast(t.number) for t in frame.view.toasts if t.until_secs < frame.facts.now_secs
    ]
    y = _lowest(frame)
    shown = [t for t in reversed(frame.view.toasts) if t.until_secs >= frame.facts.now_secs]
    for toast in shown[:TOASTS_MAX]:
        y -= _draw_toast(frame, toast, y, found=found) + canvas.px(8)
    return found


def _width(frame: Frame) -> float:
    return min(frame.canvas.px(TOAST_PX), frame.layout.scene.width - frame.canvas.px(24))


def _lowest(frame: Frame) -> float:
    """Return the lower edge of the lowest message: above the bars where it would cover them."""
    canvas, scene = frame.canvas, frame.layout.scene
    bars = [bar for bar in (place_of_bar(frame), place_of_talk_bar(frame)) if bar is not None]
    left = scene.x + scene.width - _width(frame) - canvas.px(12)
    if any(bar.x + bar.width > left for bar in bars):
        return bars[0].y - canvas.px(8)
    return scene.y + scene.height - canvas.px(12)


def _draw_toast(frame: Frame, toast: Toast, y: float, *, found: list[wish.Intent]) -> float:
    """Draw one message whose lower edge is ``y`` and return its height in pixels."""
    canvas, scene = frame.canvas, frame.layout.scene
    width = _width(frame)
    name, x = f"toast_{toast.number}", scene.x + scene.width - width - canvas.px(12)
    flags = _STILL | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_focus_on_appearing
    imgui.set_next_window_size_constraints((width, 0), (width, scene.height))
    with canvas.window(name, Rect(x, y, width, 0), flags=flags, pivot=(0.0, 1.0)):
        imgui.set_cursor_pos((canvas.px(12), canvas.px(10)))
        _draw_toast_head(frame, toast, width, found=found)
        if toast.text:
            canvas.paragraph(toast.text, canvas.theme.muted, size_px=look.SMALL_PX)
        _draw_toast_foot(frame, toast, found)
        return float(imgui.get_window_size().y)


def _draw_toast_head(frame: Frame, toast: Toast, width: float, *, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    if toast.is_error:
        canvas.state(x + canvas.px(7), y + canvas.px(10), 5)
    elif toast.person is not None and toast.person in frame.world.people:
        person = frame.world.people[toast.person]
        canvas.person(
            x + canvas.px(8),
            y + canvas.px(10),
            person.name,
            colour=look.person_colour(person.colour),
            radius_px=9,
        )
    else:
        canvas.state(x + canvas.px(7), y + canvas.px(10), 2 if toast.is_warning else 1)
    canvas.put_clipped(x + canvas.px(24), y, toast.title, width=width - canvas.px(76))
    imgui.set_cursor_screen_pos((x + width - canvas.px(46), y - canvas.px(2)))
    if canvas.icon_button("close", _("Close"), size_px=24):
        found.append(wish.DismissToast(toast.number))
    imgui.set_cursor_screen_pos((x, y + canvas.px(26)))
    imgui.dummy((0, 0))


def _draw_toast_foot(frame: Frame, toast: Toast, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if toast.person is not None and toast.person in frame.world.people:
        if canvas.button(_("Go there")):
            found += [wish.GoToPerson(toast.person), wish.DismissToast(toast.number)]
        if toast.offer is not None:
            imgui.same_line(0, canvas.px(4))
    if toast.offer is not None and canvas.button(toast.offer.verb):
        is_open = toast.offer.intent == wish.OpenPanel(frame.view.panel)
        found += [*(() if is_open else (toast.offer.intent,)), wish.DismissToast(toast.number)]
    if not toast.details:
        return
    if imgui.tree_node_ex("##details", imgui.TreeNodeFlags_.span_avail_width.value, _("Details")):
        canvas.paragraph(toast.details, canvas.theme.muted, size_px=look.SMALL_PX)
        if canvas.button(_("Copy")):
            found.append(wish.CopyText(f"{toast.title}\n{toast.text}\n{toast.details}".strip()))
        imgui.tree_pop()
