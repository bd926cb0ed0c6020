"""The line at the bottom: how much there is, how late it is, how fast it is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown.twin import BAD, STALE
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame

NAME = "status_line"
AUDIBLE_DB = 1.0
QUALITY_TEXT = {"low": mark("low quality"), "medium": mark("medium quality"), "high": mark("high quality")}


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the line."""
    canvas, rect = frame.canvas, frame.layout.status
    imgui.push_style_var(imgui.StyleVar_.window_rounding.value, 0.0)
    with canvas.window(NAME, rect, flags=imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_inputs):
        x, y = rect.x + canvas.px(14), rect.y + canvas.px(4)
        for text in _left(frame):
            canvas.put(x, y, text, colour=canvas.theme.muted, size_px=look.SMALL_PX)
            x += canvas.width(text, look.SMALL_PX) + canvas.px(20)
        taken = x
        x = rect.x + rect.width - canvas.px(14)
        for text in _right(frame):
            if x - canvas.width(text, look.SMALL_PX) < taken:
                break  # a narrow window keeps what stands on the left
            canvas.put_right(x, y, text, colour=canvas.theme.muted, size_px=look.SMALL_PX)
            x -= canvas.width(text, look.SMALL_PX) + canvas.px(20)
    imgui.pop_style_var()
    return []


def _left(frame: Frame) -> Iterator[str]:
    world = frame.world
    if frame.view.walking:
        yield _("on foot: the floor is still loading") if frame.facts.holding else _("on foot")
    if frame.facts.noise_db >= AUDIBLE_DB:
        yield _("{level} dB(A) here").format(level=words.number(frame.facts.noise_db))
    yield words.people(len(world.people))
    yield words.signals(len(world.signals.signals)) + quality_text(world.signals.quality)
    latency, delays = world.latency, world.delays
    yield _("signal → you {time}").format(time=words.milliseconds(latency.signal_p95)) + _everyone(
        delays.signal_p95
    )
    yield _("move → you {time}").format(time=words.milliseconds(latency.pose_p95)) + _everyone(
        delays.person_p95
    )


def _everyone(secs: float) -> str:
    """Return what the server measures to the computers of all, "" while it has not said."""
    return " " + _("(everyone: {time})").format(time=words.milliseconds(secs)) if secs else ""


def quality_text(quality: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> str:
    """Return ", 2 stale, 1 bad" as far as there are such values."""
    stale, bad = int((quality == STALE).sum()), int((quality == BAD).sum())
    text = ", " + _("{count} stale").format(count=words.number(stale)) if stale else ""
    return text + (", " + _("{count} bad").format(count=words.number(bad)) if bad else "")


def _right(frame: Frame) -> Iterator[str]:
    """Yield texts from the right edge inwards."""
    facts, preferences = frame.facts, frame.view.preferences
    yield _(QUALITY_TEXT[facts.quality or preferences.quality])
    secs = facts.frame_secs
    rate = words.number(1 / secs) if secs > 0 else words.UNKNOWN
    yield _("{time} a frame · {rate} fps").format(time=words.milliseconds(secs), rate=rate)
    if frame.world.clock.round_trip_ns:
        yield _("round trip {time}").format(time=words.milliseconds(frame.world.clock.round_trip_ns / 1e9))
