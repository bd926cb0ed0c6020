"""The report of a review: what was decided, by whom, on which model, and what is to be done.

:func:`make` is all that others need. ``model`` says what is printed, ``html`` and ``pdf`` set it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files
from walkdown_server.exchange.report.made import make_report

Form = Literal["html", "pdf"]


def make(
    state: ReviewState,
    files: Files,
    about: About,
    *,
    form: Form = "html",
    language: str = "en",
    topics: Collection[str] = (),
) -> bytes:
    """Return the report of a review; takes seconds with hundreds of pictures, so call it in a thread.

    Args:
        state: is only read. files: finds snapshots, photos and evidence by SHA-256.
        language: such as ``de``; what we lack is English. about: its ``zone`` is that of all times.
        topics: ids of those that are printed, all when empty.

    Raises:
        Missing: a PDF is asked for, and what sets it is not installed.
    """
    return make_report(state, files, about, form=form, language=language, topics=topics)


__all__ = ["About", "Files", "Form", "make"]
