"""A signal's last two minutes as a small curve, with its limits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from walkdown.twin import Limits, Signal
from walkdown_client.ui.canvas import Canvas, Rect
from walkdown_client.ui.theme import STATE_COLOURS, Rgba, packed

F64 = npt.NDArray[np.float64]

SPAN_SECS = 120.0
POINTS_MAX = 60
STEPPED = ("enum", "bool", "i64")
"""Kinds whose curve has steps."""


def scale_of(signal: Signal, values: F64) -> tuple[float, float]:
    """Return both ends of a curve's scale: what occurs, and no less than a tenth of the usual range."""
    low, high = float(values.min()), float(values.max())
    least = abs(signal.maximum - signal.minimum) * 0.1 or abs(high) * 0.1 or 1.0
    if high - low < least:
        middle = (low + high) / 2
        return middle - least / 2, middle + least / 2
    return low, high


def curve(
    times_secs: F64, values: F64, rect: Rect, *, scale: tuple[float, float], stepped: bool = False
) -> F64:
    """Return (n, 2) pixels of a curve whose right edge is now.

    Args:
        times_secs: (n,) seconds before now, negative, oldest first.
        stepped: a value holds until the next one.
    """
    low, high = scale
    x = rect.x + rect.width * (1 + np.clip(times_secs, -SPAN_SECS, 0) / SPAN_SECS)
    y = rect.y + rect.height * (1 - np.clip((values - low) / (high - low), 0, 1))
    if stepped and len(x) > 1:
        x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return np.stack([x, y], 1)


def thinned(times_secs: F64, values: F64) -> tuple[F64, F64]:
    """Return at most ``POINTS_MAX`` of the samples: of equal times the first and the last, and all gaps."""
    bucket = np.minimum(np.floor(times_secs * (POINTS_MAX // 2 / SPAN_SECS)), -1)
    new = np.flatnonzero(np.diff(bucket, prepend=np.nan, append=np.nan) != 0)
    shown = np.isnan(values)
    shown[new[:-1]] = True
    shown[new[1:] - 1] = True
    return times_secs[shown], values[shown]


def draw_trend(canvas: Canvas, rect: Rect, signal: Signal, *, history: tuple[F64, F64], colour: Rgba) -> None:
    """Draw a curve into ``rect``, with a dot at its newest end; fewer than two samples draw nothing."""
    times_secs, values = thinned(*history)
    known = np.isfinite(values)
    if np.count_nonzero(known) < 2:
        return
    lines = imgui.get_window_draw_list()
    scale = scale_of(signal, values[known])
    _draw_limits(lines, rect, signal.limits, scale=scale)
    for part in unbroken(known):
        points = curve(times_secs[part], values[part], rect, scale=scale, stepped=signal.kind in STEPPED)
        lines.add_polyline(
            [imgui.ImVec2(x, y) for x, y in points.tolist()], packed(colour), canvas.px(1.4), 0
        )
    x, y = points[-1].tolist()
    lines.add_circle_filled((x, y), canvas.px(2.2), packed(colour))


def unbroken(known: npt.NDArray[np.bool_]) -> list[slice]:
    """Return where values stand without one missing between them."""
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False)).tolist()
    return [slice(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _draw_limits(
    lines: imgui.ImDrawList, rect: Rect, limits: Limits | None, *, scale: tuple[float, float]
) -> None:
    if limits is None:
        return
    low, high = scale
    rows = ((limits.low_alarm, 3), (limits.low, 2), (limits.high, 2), (limits.high_alarm, 3))
    for limit, state in rows:
        if limit is not None and low < limit < high:
            y = rect.y + rect.height * (1 - (limit - low) / (high - low))
            lines.add_line((rect.x, y), (rect.x + rect.width, y), packed(STATE_COLOURS[state], 0.55), 1.0)
