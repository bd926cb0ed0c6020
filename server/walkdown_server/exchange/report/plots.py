"""Draws the values of a signal around the moment of a topic, as SVG: the same in HTML and PDF.

A value holds until the next one. Where its quality is not good the line is thin and dashed on a grey ground,
where there is none it is interrupted; a limit is a dashed line with its name, and where it is passed stands
a mark, so that nothing is said by colour alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from walkdown.i18n import mark
from walkdown.review.evidence import EvidenceFile, EvidenceSignal
from walkdown.twin import GOOD, SIMULATED
from walkdown_server.exchange.report.words import Words

Floats = npt.NDArray[np.float64]

WIDTH, HEIGHT = 420.0, 168.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 14.0, 34.0
TICKS = 4
INK, MUTED, GRID, LINE, WASH, ALARM, ATTENTION = (
    "#1d2329", "#5b6772", "#dde2e6", "#1f5f99", "#e9ecef", "#d55e00", "#b87900",
)  # fmt: skip
LABELS_MAX = 12
"""An enum of more words is drawn as the numbers that they have."""

_UNSEEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LIMIT_TEXT = {
    "low_alarm": mark("low alarm"),
    "low": mark("low"),
    "high": mark("high"),
    "high_alarm": mark("high alarm"),
}


class _Scale(NamedTuple):
    """From values to places: ``place = start + (value - low) * factor``."""

    low: float
    high: float
    start: float
    factor: float

    def at(self, values: Floats) -> Floats:
        """Return the places of values."""
        return self.start + (values - self.low) * self.factor


def plot(signal: EvidenceSignal, evidence: EvidenceFile, words: Words) -> str:
    """Return the picture of one signal.

    Args:
        evidence: of which it is: says when the topic was made, and which time is shown.
    """
    made_ns = evidence.made.ns
    series = signal.series(made_ns)
    after = (series.times_ns - made_ns) / 1e9
    begin, end = (evidence.begin.ns - made_ns) / 1e9, (evidence.end.ns - made_ns) / 1e9
    limits = _limits(signal)
    labels = signal.labels if 0 < len(signal.labels) <= LABELS_MAX else ()
    x = _scale((begin, max(end, begin + 1.0)), (LEFT, WIDTH - RIGHT))
    y = _scale(_range(series.values, limits, labels), (HEIGHT - BOTTOM, TOP))
    good = np.isin(series.quality, (GOOD, SIMULATED))
    ends = np.append(after[1:], max(end, begin + 1.0))
    parts = [
        *_ground(x, after, ends, fine=good & np.isfinite(series.values)),
        *_time_axis(x, words),
        *_value_axis(y, signal, labels, words=words),
        *_steps(x, y, (after, ends, series.values, good)),
        *_limit_lines(y, limits, words),
        *_passed(x, y, (after, series.values), limits=limits),
        _moment(x),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" '
        f'height="{HEIGHT:g}" font-family="Noto Sans, Noto Sans CJK SC, sans-serif" font-size="9.5" '
        f'fill="{MUTED}">{"".join(parts)}</svg>'
    )


def _scale(values: tuple[float, float], places: tuple[float, float]) -> _Scale:
    """Return the scale that has the first of two values at the first of two places, and so the second."""
    (low, high), (start, stop) = values, places
    return _Scale(low, high, start, (stop - start) / (high - low))


def _limits(signal: EvidenceSignal) -> dict[str, float]:
    """Return the limits that a number may pass, by name."""
    if signal.limits is None or signal.labels:
        return {}
    found = {name: getattr(signal.limits, name, None) for name in LIMIT_TEXT}
    return {name: float(value) for name, value in found.items() if value is not None and math.isfinite(value)}


def _range(values: Floats, limits: dict[str, float], labels: tuple[str, ...]) -> tuple[float, float]:
    """Return what the picture shows from bottom to top: all values, and limits that are not far from them."""
    if labels:
        return -0.5, len(labels) - 0.5
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    near = max(high - low, 0.25 * max(abs(low), abs(high)), 1e-9)
    for limit in limits.values():
        if low - 1.5 * near <= limit <= high + 1.5 * near:
            low, high = min(low, limit), max(high, limit)
    room = 0.08 * (high - low) or 0.1 * max(abs(high), 1.0)
    return low - room, high + room


def _nice(low: float, high: float) -> tuple[Floats, int]:
    """Return round values between two, and how many decimals they have."""
    raw = (high - low) / TICKS
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    digits = max(0, -math.floor(math.log10(step)) + (1 if round(step / size, 1) == 2.5 else 0))
    ticks: Floats = np.arange(math.ceil(low / step), math.floor(high / step) + 1, dtype=np.float64) * step
    return ticks, min(digits, 9)


# ---- what is drawn --------------------------------------------------------------------------------------


def _ground(x: _Scale, after: Floats, ends: Floats, *, fine: npt.NDArray[np.bool_]) -> Iterator[str]:
    """Yield a grey ground under the times whose values are not good or missing."""
    yield _box(LEFT, WIDTH - RIGHT, stroke=GRID)
    starts, stops = _runs(~fine)
    for start, stop in zip(starts, stops, strict=True):
        left, right = x.at(np.array([max(after[start], x.low), ends[stop - 1]]))
        if right > left:
            yield _box(left, right, fill=WASH)
    if len(after) and after[0] > x.low:
        yield _box(LEFT, float(x.at(after[:1])[0]), fill=WASH)
    elif not len(after):
        yield _box(LEFT, WIDTH - RIGHT, fill=WASH)


def _box(left: float, right: float, *, fill: str = "none", stroke: str = "none") -> str:
    return (
        f'<rect x="{left:.1f}" y="{TOP:g}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM:g}" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def _runs(which: npt.NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Return where runs of true values begin, and after which they end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], which, [False])).astype(np.int8)))
    return edges[::2].tolist(), edges[1::2].tolist()


def _time_axis(x: _Scale, words: Words) -> Iterator[str]:
    ticks, digits = _nice(x.low, x.high)
    if x.low <= -59 and x.high >= 59:
        ticks, digits = np.arange(-60.0, 61.0, 30.0), 0
    bottom = HEIGHT - BOTTOM
    for value, place in zip(ticks.tolist(), x.at(ticks).tolist(), strict=True):
        yield f'<path d="M{place:.1f} {bottom:g}v4" stroke="{MUTED}"/>'
        sign = "+" if value > 0 else ""
        yield _text(place, bottom + 14, f"{sign}{words.formats.number(value, digits)}")
    title = words(mark("seconds after the topic was made"))
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, title)


def _value_axis(y: _Scale, signal: EvidenceSignal, labels: tuple[str, ...], *, words: Words) -> Iterator[str]:
    if labels:
        ticks = np.arange(float(len(labels)))
        shown = [label[:10] for label in labels]
    else:
        ticks, digits = _nice(y.low, y.high)
        shown = [words.formats.number(value, digits) for value in ticks.tolist()]
    for place, text in zip(y.at(ticks).tolist(), shown, strict=True):
        yield f'<path d="M{LEFT:g} {place:.1f}H{WIDTH - RIGHT:g}" stroke="{GRID}"/>'
        yield _text(LEFT - 5, place + 3.3, text, anchor="end")
    if not labels:
        unit = words.unit(signal.unit)
        yield _text(LEFT - 5, TOP - 4, unit, anchor="end", colour=INK)


def _limit_lines(y: _Scale, limits: dict[str, float], words: Words) -> Iterator[str]:
    for name, limit in limits.items():
        if not y.low <= limit <= y.high:
            continue
        colour = ALARM if name.endswith("alarm") else ATTENTION
        place = float(y.at(np.array(limit)))
        yield (
            f'<path d="M{LEFT:g} {place:.1f}H{WIDTH - RIGHT:g}" stroke="{colour}" stroke-dasharray="5 3"/>'
        )
        text = f"{words(LIMIT_TEXT[name])} {words.formats.significant(limit)}"
        yield _text(WIDTH - RIGHT - 3, place - 3, text, anchor="end", colour=colour)


def _steps(
    x: _Scale, y: _Scale, series: tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]
) -> Iterator[str]:
    """Yield the line: thick where values are good, thin and dashed where not, none where there is none."""
    after, ends, values, good = series
    finite = np.isfinite(values)
    for which, style in ((finite & good, 'stroke-width="1.6"'), (finite & ~good, 'stroke-dasharray="2 2"')):
        path = "".join(
            _run_path(x, y, (after, ends, values), run=run) for run in zip(*_runs(which), strict=True)
        )
        if path:
            yield f'<path d="{path}" fill="none" stroke="{LINE}" {style}/>'


def _run_path(x: _Scale, y: _Scale, series: tuple[Floats, Floats, Floats], *, run: tuple[int, int]) -> str:
    after, ends, values = (column[run[0] : run[1]] for column in series)
    lefts = x.at(np.maximum(after, x.low))
    rights = x.at(np.clip(ends, x.low, x.high))
    heights = y.at(values)
    corners = np.column_stack([lefts, heights, rights, heights]).reshape(-1, 2)
    return "M" + "L".join(f"{place:.1f} {height:.1f}" for place, height in corners.tolist())


def _passed(
    x: _Scale, y: _Scale, series: tuple[Floats, Floats], *, limits: dict[str, float]
) -> Iterator[str]:
    """Yield a mark where a value passes an alarm limit: where it begins to, and then not at each value."""
    after, values = series
    low, high = limits.get("low_alarm", -math.inf), limits.get("high_alarm", math.inf)
    with np.errstate(invalid="ignore"):
        starts, _stops = _runs((values < low) | (values > high))
    for start in starts:
        place = float(np.clip(x.at(after[start : start + 1])[0], LEFT + 5, WIDTH - RIGHT - 5))
        height = float(y.at(values[start : start + 1])[0])
        yield f'<path d="M{place:.1f} {height - 5:.1f}l5 5l-5 5l-5 -5z" fill="{ALARM}"/>'


def _moment(x: _Scale) -> str:
    """Return the line at the moment at which the topic was made."""
    place = float(x.at(np.array(0.0)))
    return f'<path d="M{place:.1f} {TOP:g}V{HEIGHT - BOTTOM:g}" stroke="{INK}" stroke-width="0.8"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = MUTED) -> str:
    """Return text that can be read over lines."""
    safe = escape(_UNSEEN.sub("", text))
    halo = (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" stroke="#fff" stroke-width="3">{safe}</text>'
    )
    plain = f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{safe}</text>'
    return halo + plain
