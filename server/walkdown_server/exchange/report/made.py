"""Gathers what a report shows, and has it set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from walkdown.i18n import mark
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files
from walkdown_server.exchange.report.html import html_of
from walkdown_server.exchange.report.model import Report, prepare
from walkdown_server.exchange.report.pdf import pdf_of
from walkdown_server.exchange.report.pictures import small_jpeg
from walkdown_server.exchange.report.words import Words

PICTURES_MAX = 1000
"""Of one report so many pictures are shown at most."""


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
    words = Words(language, about.zone)
    report = prepare(state, about, words, only=topics)
    images, notes = _images(report, files, words)
    report = replace(report, notes=(*report.notes, *notes))
    plots: dict[str, str] = {}
    return (pdf_of if form == "pdf" else html_of)(report, images=images, plots=plots)


def _images(report: Report, files: Files, words: Words) -> tuple[dict[str, bytes], list[str]]:
    """Return the pictures that can be shown, and a sentence about each that cannot."""
    images: dict[str, bytes] = {}
    notes: list[str] = []
    for topic in report.topics:
        for picture in topic.pictures:
            if picture.name in images:
                continue
            if reason := _take(picture.name, files, images):
                text = words(mark("Topic {number}: a picture could not be shown: {reason}."))
                notes.append(text.format(number=topic.number, reason=words(reason)))
    return images, notes


def _take(name: str, files: Files, images: dict[str, bytes]) -> str:
    """Read one picture; returns why not, "" for done."""
    if len(images) >= PICTURES_MAX:
        return mark("the report has too many")
    data = files(name)
    if data is None:
        return mark("its file is not in the session's store")
    try:
        images[name] = small_jpeg(data)
    except ValueError as error:
        return str(error)
    return ""
