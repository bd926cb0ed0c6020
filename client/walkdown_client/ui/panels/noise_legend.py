"""What the colours and lines of the noise map mean, how loud it is where one is, and what the map is not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.audio.noise import THRESHOLDS, Threshold
from walkdown_client.scene.noise_layer import BAND_DB, COLORS, FIRST_DB
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import packed

NAME = "legend"
WIDTH_PX, LINE_PX, BAR_PX = 330.0, 18.0, 12.0
_PAD_PX, _TITLE_PX = 12.0, 25.0
_NUMBERED = 2


def size_px(frame: Frame) -> tuple[float, float]:
    """Return width and height of the legend; a narrow window has a narrow one."""
    free = frame.layout.scene.width / frame.canvas.scale - 2 * _PAD_PX
    rows = len(THRESHOLDS) + 2
    return min(WIDTH_PX, max(free, 160.0)), _TITLE_PX + BAR_PX + LINE_PX * (rows + 1) + 1.5 * _PAD_PX


def draw(frame: Frame, rect: Rect) -> list[wish.Intent]:
    """Draw the legend of the noise map."""
    canvas = frame.canvas
    found: list[wish.Intent] = []
    with canvas.window(NAME, rect, flags=imgui.WindowFlags_.no_scrollbar):
        x, y = rect.x + canvas.px(_PAD_PX), rect.y + canvas.px(6)
        width = rect.width - canvas.px(2 * _PAD_PX)
        canvas.put_clipped(x, y, _title(frame.facts.noise_db), width=width - canvas.px(24))
        imgui.set_cursor_screen_pos((x + width - canvas.px(18), y))
        if canvas.icon_button("close", _("Colour by state"), size_px=20):
            found.append(wish.ColourBy("state"))
        bar = Rect(x, y + canvas.px(_TITLE_PX), width, canvas.px(BAR_PX))
        _draw_bar(frame, bar)
        y = bar.y + bar.height + canvas.px(LINE_PX + 4)
        for text in _lines(THRESHOLDS):
            shown = canvas.fitting(text, width, look.SMALL_PX)
            canvas.put(x, y, shown, colour=canvas.theme.muted, size_px=look.SMALL_PX)
            y += canvas.px(LINE_PX)
    return found


def _title(level_db: float) -> str:
    if math.isnan(level_db):
        return _("How loud it is, dB(A)")
    if level_db == -math.inf:
        return _("How loud it is: nothing is heard here")
    level = words.number(level_db)
    return _("How loud it is: {level} dB(A) here").format(level=level)


def _lines(thresholds: Sequence[Threshold]) -> list[str]:
    """Return what the dashed lines mean, and what the map is not."""
    said = [
        _("{level} dB(A): {text}").format(level=words.number(t.level_db), text=_(t.text)) for t in thresholds
    ]
    return [*said, _("Limits are dashed; they are averages, this is now."), _("An estimate, no certificate.")]


def _draw_bar(frame: Frame, bar: Rect) -> None:
    """Draw the colours, and below them where every other one begins."""
    canvas, step = frame.canvas, bar.width / len(COLORS)
    lines = imgui.get_window_draw_list()
    for place, color in enumerate(COLORS):
        x = bar.x + place * step
        lines.add_rect_filled((x, bar.y), (x + step, bar.y + bar.height), packed(look.rgb(color)))
        if place and (place - 1) % _NUMBERED == 0:
            level = FIRST_DB + (place - 1) * BAND_DB
            text = words.number(level)
            at = x - canvas.width(text, look.SMALL_PX) / 2
            canvas.put(
                at, bar.y + bar.height + canvas.px(2), text, colour=canvas.theme.muted, size_px=look.SMALL_PX
            )
