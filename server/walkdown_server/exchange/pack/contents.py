"""All files of a session pack, as they follow from a review; the same review gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from walkdown.messages import Attached, Comment, Topic, Viewpoint
from walkdown.review import ReviewState
from walkdown_server.exchange.pack.topic_text import SAID, file_name, said_text, topic_text, view_lines

ATTRIBUTES = """\
# How git treats the files of a session pack: lines end as they were written, and of what people said
# both sides' lines are kept when branches are merged.
*.md text eol=lf
*.csv text eol=lf
*.json text eol=lf
*.png binary
*.jpg binary
*.bcf binary
topics/*.said.md merge=union
chat.md merge=union
written.txt -diff merge=union
session.json -diff
"""
ENDINGS: Mapping[str, str] = {"image/png": ".png", "image/jpeg": ".jpg"}


def topic_files(
    topic: Topic, comments: Iterable[Comment], views: list[Viewpoint], *, pictures: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield path and text of the files of one topic."""
    name = file_name(topic)
    yield f"topics/{name}.md", topic_text(topic, views, pictures)
    yield f"topics/{name}{SAID}", said_text(topic, comments)


def views_text(state: ReviewState, pictures: Mapping[str, str]) -> str:
    """Return the session's prepared views."""
    parts = ["# Prepared views"]
    for view in state.views_of(""):
        parts += view_lines(view, pictures)
    return "\n\n".join(parts) + "\n"


def blobs_of(state: ReviewState, topics: Iterable[str]) -> Iterator[tuple[str, Attached | str]]:
    """Yield place and file of all that topics refer to; of a snapshot only its SHA-256 is known.

    Args:
        topics: ids, "" for the session's views.
    """
    for name in topics:
        for view in state.views_of(name):
            if view.snapshot:
                yield "snapshots", view.snapshot
        topic = state.topics.get(name)
        if topic is None:
            continue
        if topic.evidence.file is not None:
            yield f"evidence/{file_name(topic)}", topic.evidence.file
        yield from (("files", document.file) for document in topic.documents if document.file is not None)


def blobs_of_marks(state: ReviewState) -> Iterator[tuple[str, Attached | str]]:
    """Yield the same of photos and files that were pinned to a place."""
    yield from (("files", one.file) for one in state.marks.values() if one.file is not None)
