"""The records that a review comes to, so that a new session can go on with a session pack. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from walkdown.messages import Attendance, Record
from walkdown.review import ReviewState

AUTHOR = "session pack"

_Said = tuple[int, str, dict[str, Any]]
"""When, of which kind, and the body."""


def records_of(review: ReviewState, *, now_ns: int) -> Iterator[Record]:
    """Yield records that make a review, numbered from 1, none earlier than the one before.

    Args:
        now_ns: the time of all but who came and went.
    """
    attended = sorted(_attended(review), key=lambda said: said[0])
    newest_ns = max(now_ns, attended[-1][0] if attended else 0)
    standing = ((newest_ns, kind, body) for kind, body in _standing(review))
    for number, (time_ns, kind, body) in enumerate((*attended, *standing), 1):
        yield Record(number, time_ns, AUTHOR, "", kind, body)


def _standing(review: ReviewState) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield kind and body of what stands, topics before what refers to them."""
    yield "vocabulary", _body(review.vocabulary)
    for item in review.agenda.values():
        yield "agenda", _body(item)
    for topic in sorted(review.topics.values(), key=lambda topic: topic.index):
        yield "topic", {"topic": _body(topic)}
    for kind, values in (
        ("comment", review.comments.values()),
        ("viewpoint", review.viewpoints.values()),
        ("mark", review.marks.values()),
        ("vote", review.votes.values()),
        ("said", review.chat),
    ):
        yield from ((kind, _body(value)) for value in values)
    yield "meeting", _body(replace(review.meeting, verdicts=()))
    yield from (("verdict", _body(verdict)) for verdict in review.meeting.verdicts)


def _attended(review: ReviewState) -> Iterator[_Said]:
    for one in review.attendance.values():
        for came_ns, went_ns in one.spans:
            yield came_ns, "attended", _there(one, here=True)
            if went_ns:
                yield went_ns, "attended", _there(one, here=False)


def _there(one: Attendance, *, here: bool) -> dict[str, Any]:
    return {
        "author_id": one.author_id,
        "name": one.name,
        "role": one.role,
        "kind": one.kind,
        "here": here,
    }


def _body(value: msgspec.Struct) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(bytes,))
    body.pop("number", None)
    return body
