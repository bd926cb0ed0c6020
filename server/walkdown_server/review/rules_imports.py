"""What a file brings into a review: whole topics, and newer values, comments and views of those here.

Names and dates are those of the file; the number of a topic in the session is given here. Nobody takes an
import back by undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from walkdown.messages import Comment, Topic, TopicChanges, Viewpoint
from walkdown.review import ReviewState
from walkdown.review.checks import place_fault, view_fault
from walkdown_server.review.rules_common import check_room, check_topic
from walkdown_server.review.rules_topics import date_topic
from walkdown_server.ruling import Author, Draft, No, Rules, body_of
from walkdown_server.standing import State

IMPORTED_METRES = 1e9
"""Files of elsewhere may have coordinates of a country's grid; what people make here lies nearer."""


@dataclass(frozen=True, slots=True)
class ImportTopic:
    """The wish to take a topic from a file that is not here yet.

    Attributes:
        topic: with ``origin``, and author, dates and ``changed`` of the file; ``index`` does not count.
        comments, viewpoints: of it, with authors and dates of the file; their ids are not here yet.
    """

    topic: Topic
    comments: Sequence[Comment] = ()
    viewpoints: Sequence[Viewpoint] = ()
    op: int = 0


@dataclass(frozen=True, slots=True)
class ChangeImported:
    """The wish to let values of a file win over those of a topic that is here.

    Attributes:
        changes: fields of ``TopicChanges`` as in a record. comments, viewpoints: new or newer ones.
        changed, changed_ns: by whom and when in the file, "" and 0 for whoever merges, and now.
        origin: SHA-256 of the file, "" to leave it at the one from which the topic came before.
    """

    topic_id: str
    changes: dict[str, Any] = field(default_factory=dict)
    comments: Sequence[Comment] = ()
    viewpoints: Sequence[Viewpoint] = ()
    changed: str = ""
    changed_ns: int = 0
    origin: str = ""
    op: int = 0


def import_topic(state: State, wish: ImportTopic, author: Author) -> Draft:
    """Make a topic of a file one of the session."""
    review, topic = state.review, wish.topic
    if topic.topic in review.topics:
        raise No("exists", f"the topic {topic.title[:80]!r} is here already; read the file again")
    check_room(review, "topics")
    body: dict[str, Any] = {"topic": body_of(replace(topic, index=review.next_index))}
    _check_type(body["topic"], Topic, topic.title)
    if topic.point is not None:
        _check_fault(place_fault([topic.point], furthest_metres=IMPORTED_METRES), topic.title)
    body |= _belongings(review, topic, wish)
    return Draft(author, wish.op, "topic", body, finish=date_topic)


def change_imported(state: State, wish: ChangeImported, author: Author) -> Draft:
    """Let a file's values win."""
    review = state.review
    check_topic(review, wish.topic_id)
    topic = review.topics[wish.topic_id]
    _check_type(wish.changes, TopicChanges, topic.title)
    belongings = _belongings(review, topic, wish)
    if not wish.changes and not belongings and wish.origin in ("", topic.origin):
        raise No("unchanged", "the file brings nothing new")
    body = {"topic": wish.topic_id, "changes": msgspec.to_builtins(wish.changes), **belongings}
    if wish.changed_ns:
        body |= {"changed": wish.changed, "changed_ns": wish.changed_ns}
    if wish.origin:
        body["origin"] = wish.origin
    return Draft(author, wish.op, "topic_changed", body, finish=date_topic)


def _belongings(
    review: ReviewState, topic: Topic, wish: ImportTopic | ChangeImported
) -> dict[str, list[dict[str, Any]]]:
    """Return the comments and views of a topic as they stand in its record, empty lists left out."""
    check_room(review, "comments", sum(one.comment not in review.comments for one in wish.comments))
    check_room(review, "viewpoints", sum(one.viewpoint not in review.viewpoints for one in wish.viewpoints))
    comments = [body_of(replace(one, topic=topic.topic)) for one in wish.comments]
    viewpoints = [body_of(replace(one, topic=topic.topic)) for one in wish.viewpoints]
    for view in wish.viewpoints:
        _check_fault(view_fault(view, furthest_metres=IMPORTED_METRES), topic.title)
    _check_type(comments, list[Comment], topic.title)
    _check_type(viewpoints, list[Viewpoint], topic.title)
    _check_whose(review, topic.topic, wish)
    found = {"comments": comments, "viewpoints": viewpoints}
    return {name: bodies for name, bodies in found.items() if bodies}


def _check_whose(review: ReviewState, topic: str, wish: ImportTopic | ChangeImported) -> None:
    """Refuse ids that another topic has: what stands there would be lost."""
    there: list[Comment | Viewpoint | None] = [review.comments.get(one.comment) for one in wish.comments]
    there += [review.viewpoints.get(one.viewpoint) for one in wish.viewpoints]
    if any(one is not None and one.topic != topic for one in there):
        raise No("twice", "a comment or view of the file has the id of one of another topic")


def _check_type(body: Any, kind: Any, title: str) -> None:
    try:
        msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise No("bounds", f"the topic {title[:80]!r} cannot be taken: {error}") from error


def _check_fault(fault: str, title: str) -> None:
    if fault:
        raise No("place", f"the topic {title[:80]!r} cannot be taken: {fault}")


IMPORT_RULES: Rules = {ImportTopic: import_topic, ChangeImported: change_imported}
