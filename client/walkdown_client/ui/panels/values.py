"""The values of a thing in the inspector: newest, unit, trend, quality, age, limits."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _
from walkdown.twin import BAD, STALE, Signal, Thing
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Canvas, Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.trend import draw_trend

ROW_PX, UNIT_PX, CURVE_PX = 328.0, 58.0, 62.0
"""Width of a row of values at which its curve has its least width; room for the unit."""

OLD_SECS = 2.0
"""Ages below this are not worth a word."""

VALUES_FIRST, VALUES_ALL, VALUES = 8, 10, "inspector/values"
"""More than ``VALUES_ALL`` are folded to the first ones, so that the rest of the panel stays in sight."""


def draw_values(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    """Draw a row for each value, the main one first."""
    rows = frame.world.twin.signal_rows(thing.id)
    if not rows:
        return
    frame.canvas.section(_("Values"), _("last 2 min"))
    folded = len(rows) > VALUES_ALL and VALUES not in frame.view.unfolded
    for index in rows[: VALUES_FIRST if folded else len(rows)]:
        yield from _draw_value(frame, index)
    if len(rows) > VALUES_ALL:
        _draw_fold(frame, len(rows), folded=folded)


def _draw_fold(frame: Frame, count: int, *, folded: bool) -> None:
    """Draw the row that shows all values, or the first ones only."""
    canvas = frame.canvas
    text = _("All {count} values").format(count=words.number(count)) if folded else _("Fewer values")
    row, clicked = canvas.row("values fold", height_px=24)
    canvas.icon(
        "down" if folded else "open", row.x, row.y + canvas.px(5), size_px=14, colour=canvas.theme.accent
    )
    x, y = row.x + canvas.px(20), row.y + canvas.px(4)
    canvas.put(x, y, text, colour=canvas.theme.accent, size_px=look.SMALL_PX)
    if clicked:
        frame.view.unfolded.symmetric_difference_update({VALUES})


def _draw_value(frame: Frame, index: int) -> Iterator[wish.Intent]:
    canvas, signals = frame.canvas, frame.world.signals
    signal = signals.signals[index]
    row, clicked = canvas.row(signal.id)
    canvas.tip(_about(frame, signal, index))
    known, muted = signals.times_ns[index] != 0, canvas.theme.muted
    text, unit = (
        words.value(signal, signals.value(index)) if known else words.UNKNOWN,
        words.unit(signal.unit),
    )
    curve = _curve_place(canvas, row)
    unit_x = curve.x - canvas.px(UNIT_PX)
    end_x, y = curve.x + curve.width if signal.kind == "text" else unit_x - canvas.px(6), row.y + canvas.px(3)
    text = canvas.fitting(text, (end_x - row.x) * 0.7)
    room = end_x - row.x - canvas.width(text) - canvas.px(8)
    canvas.put_clipped(row.x, y, signal.name, width=room, colour=muted)
    canvas.put_right(end_x, y, text, colour=canvas.theme.text if known else muted)
    canvas.put(unit_x, y + canvas.px(2), unit, colour=muted, size_px=look.SMALL_PX)
    _draw_quality(frame, index, row=row, curve=curve)
    if clicked and signal.kind != "text":
        yield wish.ColourBy("signal", signal.name, signal.unit)


def _curve_place(canvas: Canvas, row: Rect) -> Rect:
    """Return where the curve of a value lies: it takes most of the width that a wider panel gives."""
    width = max(canvas.px(CURVE_PX), row.width - canvas.px(ROW_PX - CURVE_PX))
    x = row.x + row.width - canvas.px(18) - width
    return Rect(x, row.y + canvas.px(6), width, row.height - canvas.px(12))


def _draw_quality(frame: Frame, index: int, *, row: Rect, curve: Rect) -> None:
    """Draw the shape of the quality, and the curve, or for a value that is not to be trusted word and age."""
    canvas, signals = frame.canvas, frame.world.signals
    signal, quality = signals.signals[index], int(signals.quality[index])
    right, middle = row.x + row.width - canvas.px(6), row.y + row.height / 2
    canvas.state(right, middle, look.QUALITY_STATES[quality], radius_px=4.5)
    word = _(look.QUALITY_WORDS[quality])
    if quality in {STALE, BAD} and signal.kind != "text":
        age_secs = _age_secs(frame, index)
        text = f"{word} {words.age(age_secs)}" if OLD_SECS < age_secs < float("inf") else word
        end = curve.x + curve.width
        canvas.put_right(end, row.y + canvas.px(5), text, colour=canvas.theme.muted, size_px=look.SMALL_PX)
        return
    canvas.record(word)
    if signal.kind != "text":
        draw_trend(canvas, curve, signal, history=frame.world.history(index), colour=canvas.theme.accent)


def _age_secs(frame: Frame, index: int) -> float:
    time_ns = int(frame.world.signals.times_ns[index])
    return (frame.world.session_ns - time_ns) / 1e9 if time_ns else float("inf")


def _about(frame: Frame, signal: Signal, index: int) -> str:
    signals = frame.world.signals
    quality = _(look.QUALITY_WORDS[int(signals.quality[index])])
    lines = [
        signal.name,
        signal.id,
        _("Quality: {word} · {age}").format(word=quality, age=words.age(_age_secs(frame, index))),
    ]
    lines += list(_limits(signal))
    if signal.kind not in ("text",):
        lines.append(_("Click to colour everything by this value"))
    return "\n".join(lines)


def _limits(signal: Signal) -> Iterator[str]:
    unit, digits = words.unit(signal.unit), words.decimals(signal)
    if signal.kind in ("f32", "f64", "i64"):
        low, high = words.number(signal.minimum, digits), words.number(signal.maximum, digits)
        yield _("Usual range: {low} to {high} {unit}").format(low=low, high=high, unit=unit).rstrip()
    limits = signal.limits
    if limits is None:
        return
    texts = (
        (limits.low_alarm, _("Alarm below {value} {unit}")),
        (limits.low, _("Attention below {value} {unit}")),
        (limits.high, _("Attention above {value} {unit}")),
        (limits.high_alarm, _("Alarm above {value} {unit}")),
    )
    for limit, text in texts:
        if limit is not None:
            yield text.format(value=words.number(limit, digits), unit=unit).rstrip()
