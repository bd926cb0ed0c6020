"""Which files of the session's store a review refers to."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.messages import Topic
from walkdown.review.state import ReviewState


def files_named(state: ReviewState) -> Iterator[str]:
    """Yield the SHA-256 of every file that something of a review names; one may come more than once."""
    for topic in state.topics.values():
        yield from _of_topic(topic)
    for view in state.viewpoints.values():
        if view.snapshot:
            yield view.snapshot
    for mark in state.marks.values():
        if mark.file is not None:
            yield mark.file.sha256


def _of_topic(topic: Topic) -> Iterator[str]:
    if topic.origin:
        yield topic.origin
    if topic.evidence.file is not None:
        yield topic.evidence.file.sha256
    for document in topic.documents:
        if document.file is not None:
            yield document.file.sha256
