"""Gathers what a report shows, and has it set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from walkdown.errors import BadInput
from walkdown.i18n import mark
from walkdown.messages import Evidence, Topic
from walkdown.review import ReviewState
from walkdown.review.evidence import EvidenceFile, unpack_evidence
from walkdown_server.exchange.about import About, Files
from walkdown_server.exchange.report.evidence_part import with_evidence
from walkdown_server.exchange.report.html import html_of
from walkdown_server.exchange.report.model import Report, prepare, topics_in_order
from walkdown_server.exchange.report.pdf import pdf_of
from walkdown_server.exchange.report.pictures import Unfit, small_jpeg
from walkdown_server.exchange.report.words import Words

PICTURES_MAX, PLOTS_MAX = 500, 1600
"""In one report so many pictures are shown, and about so many signals drawn."""


def make_report(
    state: ReviewState,
    files: Files,
    about: About,
    *,
    form: str,
    language: str,
    topics: Collection[str],
) -> bytes:
    """Return a report as HTML or PDF, see :func:`walkdown_server.exchange.report.make`."""
    report, images, plots = prepared(state, files, about, language=language, topics=topics)
    return (pdf_of if form == "pdf" else html_of)(report, images=images, plots=plots)


def prepared(
    state: ReviewState, files: Files, about: About, *, language: str, topics: Collection[str]
) -> tuple[Report, dict[str, bytes], dict[str, str]]:
    """Return a report with its pictures as JPEG and its plots as SVG, by the names that it calls them."""
    words = Words(language, about.zone)
    report = prepare(state, about, words, only=topics)
    images, notes = _images(report, files, words)
    report, plots = _with_evidence(report, topics_in_order(state, topics), files, words=words)
    return replace(report, notes=(*report.notes, *notes)), images, plots


def _images(report: Report, files: Files, words: Words) -> tuple[dict[str, bytes], list[str]]:
    """Return the pictures that can be shown, and a sentence about each that cannot."""
    images: dict[str, bytes] = {}
    notes: list[str] = []
    for topic in report.topics:
        for picture in topic.pictures:
            if picture.name in images:
                continue
            if reason := _take(picture.name, files, images, words=words):
                text = words(mark("Topic {number}: a picture could not be shown: {reason}."))
                notes.append(text.format(number=topic.number, reason=reason))
    return images, notes


def _take(name: str, files: Files, images: dict[str, bytes], *, words: Words) -> str:
    """Read one picture; returns why not, "" for done."""
    if len(images) >= PICTURES_MAX:
        return words(mark("the report has too many"))
    data = files(name)
    if data is None:
        return words(mark("its file is not in the session's store"))
    try:
        images[name] = small_jpeg(data)
    except Unfit as error:
        return words(error.text).format(**error.values)
    return ""


def _with_evidence(
    report: Report, topics: Iterable[Topic], files: Files, *, words: Words
) -> tuple[Report, dict[str, str]]:
    """Return the report with what was so when its topics were made, and the pictures of it."""
    plots: dict[str, str] = {}
    parts = []
    for part, topic in zip(report.topics, topics, strict=False):
        kept = topic.evidence
        if kept.state == "none":
            parts.append(part)
        elif (found := _evidence(topic, files)) is not None:
            told, drawn = with_evidence(part, found, words, draws=len(plots) < PLOTS_MAX)
            parts.append(told)
            plots |= drawn
        else:
            parts.append(replace(part, missing=(*kept.missing, words(_why_none(kept)))))
    return replace(report, topics=tuple(parts)), plots


def _why_none(kept: Evidence) -> str:
    if kept.state == "waiting" and kept.file is None:
        return mark("The evidence is written a minute after the topic was made, which was not over yet.")
    return mark("The file of the evidence is not there, or damaged.")


def _evidence(topic: Topic, files: Files) -> EvidenceFile | None:
    data = files(topic.evidence.file.sha256) if topic.evidence.file is not None else None
    if data is None:
        return None
    try:
        return unpack_evidence(data)
    except BadInput:
        return None
