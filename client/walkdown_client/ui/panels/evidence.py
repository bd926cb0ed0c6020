"""What was so when a topic was made: values before and after, alarms, people, models, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown.review.evidence import EvidenceAlarm, EvidenceFile, EvidenceSignal
from walkdown.twin import STATE_ALARM, STATE_ATTENTION, Signal
from walkdown_client.tools.topic_intents import SaveAttached
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.panels.topic_fields import Card
from walkdown_client.ui.panels.topic_words import local, warning
from walkdown_client.ui.theme import packed
from walkdown_client.ui.trend import SPAN_SECS, draw_trend

AFTER_SECS = 60.0
"""The curves end so long after the topic was made."""

CURVE_PX, SIGNALS_SHOWN, LINES_SHOWN = 46.0, 20, 12
STATE_TEXT = {
    "none": mark("Evidence: none, the topic came from a file"),
    "waiting": mark("Evidence: kept, completed a minute after"),
    "complete": mark("Evidence: complete"),
    "partial": mark("Evidence: complete but for what is missing"),
}


def title(card: Card) -> str:
    """Return in one line how the evidence stands."""
    return _(STATE_TEXT[card.topic.evidence.state])


def draw(card: Card) -> None:
    """Draw what the evidence file says."""
    canvas, topic, found = card.frame.canvas, card.topic, card.frame.facts.topics.evidence
    for sentence in topic.evidence.missing:
        canvas.paragraph(sentence, warning(canvas), size_px=look.SMALL_PX)
    if topic.evidence.file is None:
        text = (
            _("Topics that people make here keep the values of their things a minute before and after.")
            if topic.evidence.state == "none"
            else _("It is being written.")
        )
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    elif found is None:
        canvas.muted(_("The evidence is on its way…"))
    elif isinstance(found, str):
        canvas.paragraph(found, warning(canvas), size_px=look.SMALL_PX)
    else:
        _draw_file(card, found)
    _draw_save(card)


def _draw_save(card: Card) -> None:
    file = card.topic.evidence.file
    if file is not None and card.frame.canvas.button(_("Save the evidence")):
        card.found.append(SaveAttached(file.name, file.sha256, file.size))


def _draw_file(card: Card, found: EvidenceFile) -> None:
    canvas = card.frame.canvas
    moment = local(found.made.ns).strftime("%Y-%m-%d %H:%M:%S")
    text = _("The line in the middle is {moment}, when the topic was made.").format(moment=moment)
    canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    for signal in found.signals[:SIGNALS_SHOWN]:
        _draw_signal(card, signal, found)
    if len(found.signals) > SIGNALS_SHOWN:
        count = len(found.signals) - SIGNALS_SHOWN
        text = ngettext("{count} more signal is in the file.", "{count} more signals are in the file.", count)
        canvas.muted(text.format(count=words.number(count)))
    if not found.signals:
        canvas.muted(_("No signals belong to what the topic is about."))
    _draw_alarms(card, found)
    _draw_lines(card, _("There"), list(people_lines(found)))
    _draw_lines(card, _("Models"), list(model_lines(found)))


# ---- values ---------------------------------------------------------------------------------------------


def _draw_signal(card: Card, signal: EvidenceSignal, found: EvidenceFile) -> None:
    """Draw name, value when the topic was made, and the curve a minute before and after."""
    canvas = card.frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    value = value_then(signal)
    canvas.put_right(x + width, y, value)
    room = width - canvas.width(value) - canvas.px(10)
    name = f"{signal.thing_name} · {signal.name}" if signal.thing_name else signal.name
    canvas.put_clipped(x, y, name, width=room, colour=canvas.theme.muted)
    if signal.kind == "text" or len(signal.after_ns) < 2:
        imgui.dummy((width, canvas.px(20)))
        return
    rect = Rect(x, y + canvas.px(20), width, canvas.px(CURVE_PX - 8))
    lines, middle = imgui.get_window_draw_list(), x + width * (1 - AFTER_SECS / SPAN_SECS)
    end = (rect.x + rect.width, rect.y + rect.height)
    lines.add_rect_filled((rect.x, rect.y), end, packed(canvas.theme.raised, 0.6), canvas.px(3))
    lines.add_line((middle, rect.y), (middle, rect.y + rect.height), packed(canvas.theme.muted, 0.7))
    history = curve_of(signal, found.made.ns)
    draw_trend(canvas, rect, as_signal(signal), history=history, colour=canvas.theme.accent)
    imgui.dummy((width, canvas.px(20 + CURVE_PX)))


def curve_of(signal: EvidenceSignal, made_ns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return times (n,), seconds before the right edge of a curve, and values (n,); bad ones are gaps."""
    series = signal.series(made_ns)
    after_secs = (series.times_ns - made_ns) / 1e9 - AFTER_SECS
    return after_secs, np.where(series.quality == BAD_QUALITY, np.nan, series.values)


BAD_QUALITY = 2
"""In ``walkdown.twin.QUALITIES``."""


def as_signal(signal: EvidenceSignal) -> Signal:
    """Return the signal as the twin would say it, for drawing."""
    largest = max((abs(value) for value in signal.values if value is not None), default=0.0)
    low = signal.minimum if signal.minimum is not None else 0.0
    high = signal.maximum if signal.maximum is not None else largest
    return Signal(
        signal.signal,
        signal.thing,
        signal.name,
        signal.kind,
        unit=signal.unit,
        minimum=low,
        maximum=high,
        limits=signal.limits,
        labels=signal.labels,
    )


def value_then(signal: EvidenceSignal) -> str:
    """Return a signal's value when the topic was made, with its unit; "—" when nobody knows."""
    if signal.kind == "text":
        return signal.text or words.UNKNOWN
    known = [
        value
        for after, value in zip(signal.after_ns, signal.values, strict=True)
        if after <= 0 and value is not None
    ]
    if not known or not math.isfinite(known[-1]):
        return words.UNKNOWN
    text = words.value(as_signal(signal), known[-1])
    unit = "" if signal.kind in ("enum", "bool") else words.unit(signal.unit)
    return f"{text} {unit}".strip()


# ---- what else was so -----------------------------------------------------------------------------------


def _draw_alarms(card: Card, found: EvidenceFile) -> None:
    canvas = card.frame.canvas
    canvas.section(_("Alarms then"), str(len(found.alarms)) if found.alarms else "")
    if not found.alarms:
        canvas.muted(_("No alarm was active."))
    for alarm in found.alarms[:LINES_SHOWN]:
        x, y = imgui.get_cursor_screen_pos()
        state = STATE_ALARM if alarm.state == "alarm" else STATE_ATTENTION
        canvas.state(x + canvas.px(7), y + canvas.px(10), state)
        imgui.indent(canvas.px(20))
        canvas.paragraph(alarm_text(alarm), size_px=look.SMALL_PX)
        imgui.unindent(canvas.px(20))
    more = max(len(found.alarms) - LINES_SHOWN, 0) + found.alarms_left_out
    if more:
        canvas.muted(_("and {count} more").format(count=words.number(more)))


def alarm_text(alarm: EvidenceAlarm) -> str:
    """Return an alarm in one line: where, what, how much, and which limit that passed."""
    word = _("Alarm") if alarm.state == "alarm" else _("Attention")
    value = words.UNKNOWN if alarm.value is None else words.number(alarm.value, 2)
    measured = alarm.label or f"{value} {words.unit(alarm.unit)}".strip()
    text = f"{word} · {alarm.thing_name or alarm.thing} · {alarm.name}: {measured}"
    if alarm.limit_value is not None:
        limit = f"{words.number(alarm.limit_value, 2)} {words.unit(alarm.unit)}".strip()
        text += " · " + _("limit {limit}").format(limit=limit)
    return text


def _draw_lines(card: Card, head: str, lines: list[str]) -> None:
    canvas = card.frame.canvas
    canvas.section(head, str(len(lines)) if lines else "")
    for line in lines[:LINES_SHOWN]:
        canvas.paragraph(line, size_px=look.SMALL_PX)
    if len(lines) > LINES_SHOWN:
        canvas.muted(_("and {count} more").format(count=words.number(len(lines) - LINES_SHOWN)))


def people_lines(found: EvidenceFile) -> Iterator[str]:
    """Yield who was there, people before bots; a bot that had gone was not."""
    there = [person for person in found.people if person.kind != "bot" or person.connected]
    for person in sorted(there, key=lambda person: person.kind == "bot"):
        away = " · " + _("connection lost") if not person.connected else ""
        yield f"{person.name} · {_(person.role)}{away}"


def model_lines(found: EvidenceFile) -> Iterator[str]:
    """Yield which models were shown, by the beginning of their hashes."""
    for model in found.models:
        revision = _("rev. {number}").format(number=model.revision)
        yield f"{model.name} · {revision} · {model.package[:12]}"
