"""What a report says of the evidence of a topic: who was there, alarms, values, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from walkdown.i18n import mark
from walkdown.review.evidence import EvidenceAlarm, EvidenceFile, EvidenceSignal
from walkdown.twin import SIMULATED
from walkdown_server.exchange.report.model import Picture, TopicPart
from walkdown_server.exchange.report.plots import LIMIT_TEXT, plot
from walkdown_server.exchange.report.words import Words

PLOTS_MAX = 8
"""Of one topic so many signals are drawn; the file of the evidence has all."""

NAMED_MAX = 12
"""So many alarms and people are named."""

STATES: Mapping[str, str] = {"alarm": mark("alarm"), "attention": mark("attention")}


def with_evidence(
    part: TopicPart, evidence: EvidenceFile, words: Words, *, draws: bool = True
) -> tuple[TopicPart, dict[str, str]]:
    """Return a topic with what was so when it was made, and its plots by name, none unless it ``draws``."""
    numbers = [signal for signal in evidence.signals if signal.kind != "text"]
    drawn = sorted(numbers, key=lambda signal: _weight(signal, evidence))[:PLOTS_MAX] if draws else []
    pictures: list[Picture] = []
    plots: dict[str, str] = {}
    for place, signal in enumerate(drawn):
        name = f"{part.anchor}-{place}"
        plots[name] = plot(signal, evidence, words)
        pictures.append(Picture(name, _caption(signal, words), plot=True))
    missing = list(evidence.missing)
    if len(numbers) > len(drawn):
        text = words(mark("{count} further signals are in the evidence file."))
        missing.append(text.format(count=words.formats.number(len(numbers) - len(drawn))))
    sentences = tuple(_sentences(evidence, words))
    told = replace(part, evidence=sentences, plots=tuple(pictures), missing=tuple(missing))
    return told, plots


def _caption(signal: EvidenceSignal, words: Words) -> str:
    named = f"{signal.name}, {signal.thing_name or signal.thing}"
    return f"{named} ({words(mark('simulated'))})" if SIMULATED in signal.quality else named


def _weight(signal: EvidenceSignal, evidence: EvidenceFile) -> tuple[bool, bool, float, str]:
    """Return what puts alarms first, then the topic's own things, then what moved, in proportion."""
    alarmed = {alarm.signal for alarm in evidence.alarms}
    values = np.array(signal.values, np.float64)
    values = values[np.isfinite(values)]
    moved = float(np.ptp(values) / (np.abs(values).max() or 1.0)) if len(values) else -1.0
    return signal.signal not in alarmed, signal.thing not in evidence.topic.things, -moved, signal.signal


def _sentences(evidence: EvidenceFile, words: Words) -> Iterator[str]:
    formats = words.formats
    yield words(mark("Values from {begin} to {end}, written on {time}.")).format(
        begin=formats.clock_secs(evidence.begin.ns),
        end=formats.clock_secs(evidence.end.ns),
        time=formats.time(evidence.written.ns),
    )
    if evidence.state == "waiting":
        yield words(mark("The minute after the topic was not over yet."))
    people = [one.name for one in evidence.people if one.kind == "person"]
    if people:
        yield f"{words(mark('People there'))}: {_listed(people)}"
    yield f"{words(mark('In alarm'))}: " + (
        _listed([_alarm(one, words) for one in evidence.alarms], evidence.alarms_left_out)
        if evidence.alarms
        else words(mark("nothing"))
    )
    if evidence.disturbances:
        yield f"{words(mark('Disturbances'))}: {_listed([one.name for one in evidence.disturbances])}"
    for model in evidence.models:
        yield words(mark("Model {name}, revision {revision}, package {package}")).format(
            name=model.name, revision=model.revision, package=model.package[:16] + "…"
        )
    for signal in evidence.signals:
        if signal.kind == "text" and signal.text:
            yield f"{signal.name}, {signal.thing_name or signal.thing}: {signal.text}"


def _listed(names: list[str], left_out: int = 0) -> str:
    more = max(0, len(names) - NAMED_MAX) + left_out
    return ", ".join(names[:NAMED_MAX]) + (f" … +{more}" if more else "")


def _alarm(one: EvidenceAlarm, words: Words) -> str:
    """Return an alarm: its mark, thing and signal, value and limit."""
    sign = "◆" if one.state == "alarm" else "▲"
    value = one.label or (
        words.formats.significant(one.value) + words.unit_after(one.unit) if one.value is not None else ""
    )
    limit = ""
    if one.limit in LIMIT_TEXT and one.limit_value is not None:
        limit = f" ({words(LIMIT_TEXT[one.limit])} {words.formats.significant(one.limit_value)})"
    return f"{sign} {one.thing_name or one.thing} {one.name} {value}{limit}"
