"""The bar that says how far the models are, and can stop them."""

from __future__ import annotations

import math

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.facts import Loading
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import packed

_STILL = imgui.WindowFlags_.no_scrollbar


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw how far the models are, as a thin bar under the top bar, and a line that can cancel."""
    loading, canvas, scene = frame.facts.loading, frame.canvas, frame.layout.scene
    if loading is None:
        return []
    text = _progress(loading)
    width = canvas.width(text, look.SMALL_PX) + canvas.px(120)
    rect = Rect(scene.x + (scene.width - width) / 2, scene.y + canvas.px(12), width, canvas.px(40))
    with canvas.window("loading", rect, flags=_STILL):
        x, y = rect.x + canvas.px(12), rect.y + canvas.px(9)
        canvas.put(x, y, text, size_px=look.SMALL_PX)
        _draw_bar(frame, loading, rect)
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(34), rect.y + canvas.px(6)))
        if canvas.icon_button("close", _("Stop loading; what is here stays"), size_px=26):
            return [wish.CancelLoading()]
    return []


def _progress(loading: Loading) -> str:
    parts = [
        _("Loading {done} of {total}").format(
            done=words.size(loading.bytes_done), total=words.size(loading.bytes_total)
        ),
        _("{done} of {total} elements").format(
            done=words.number(loading.elements_done), total=words.number(loading.elements_total)
        ),
    ]
    if math.isfinite(loading.remaining_secs):
        parts.append(_("{count} s left").format(count=math.ceil(loading.remaining_secs)))
    return " · ".join(parts)


def _draw_bar(frame: Frame, loading: Loading, rect: Rect) -> None:
    canvas, lines = frame.canvas, imgui.get_window_draw_list()
    share = loading.bytes_done / loading.bytes_total if loading.bytes_total else 0.0
    left, right, y = (
        rect.x + canvas.px(8),
        rect.x + rect.width - canvas.px(8),
        rect.y + rect.height - canvas.px(6),
    )
    lines.add_rect_filled((left, y), (right, y + canvas.px(3)), packed(canvas.theme.line), canvas.px(1.5))
    reached = left + (right - left) * min(share, 1.0)
    lines.add_rect_filled((left, y), (reached, y + canvas.px(3)), packed(canvas.theme.accent), canvas.px(1.5))
