"""What a file from elsewhere would change in a review: field by field, the later change wins.

A field that only the file has changed is taken, one that only the session has changed stays. Which of the two
it is, is known where the topic as both sides had it is known: because the file says how it was when this
session exported it (``rev``, ``history``), or because it once came from a file that is still there
(``bases``). Where nothing is known, the dates decide. Where both have changed a field, the later change wins,
and on a tie the session; each such case is a conflict that says both values. What a file leaves out is not
deleted.

The views of a file lie as the model does that they belong to (``model_frames``), at its place of now: a model
that was moved since takes them along.

All of it is pure: the same state and file give the same plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from walkdown.messages import Topic, Viewpoint, Vocabulary
from walkdown.review import MergePlan, PlannedTopic, ReviewState
from walkdown_server.exchange.incoming import Incoming, IncomingTopic, guid_of
from walkdown_server.exchange.matching import Matching
from walkdown_server.exchange.topic_merging import Known, Knows, TopicMerge

__all__ = ["NOTHING_KNOWN", "Known", "bodies", "merged_words", "plan"]

LISTS = ("types", "statuses", "priorities", "stages", "disciplines", "labels", "users")

NOTHING_KNOWN = Known()
LOST = (
    "Nothing tells to which model the views of {topics} belong: their coordinates count as those of the site."
)


def plan(state: ReviewState, incoming: Incoming, known: Known = NOTHING_KNOWN) -> MergePlan:
    """Return what merging a file would change; nothing is changed yet.

    Merging the same file twice plans nothing the second time.
    """
    here = Matching(state)
    notes = list(incoming.notes)
    topics = []
    lost = sum(map(known.frames.is_lost, incoming.topics))
    if lost:
        notes.append(LOST.format(topics="1 topic" if lost == 1 else f"{lost} topics"))
    for each in map(known.frames.in_site, incoming.topics):
        renamed = here.fitted(each, notes)
        there = here.topics.get(guid_of(each.topic.topic))
        if there is None:
            planned = _new(renamed, incoming)
        else:
            planned = TopicMerge(state, there, renamed, known=known, notes=notes).planned()
        topics.append(replace(planned, unresolved=_unresolved(renamed.viewpoints, known.things)))
    vocabulary = merged_words(state.vocabulary, _news(incoming.vocabulary, state.topics.values()))
    return MergePlan(
        incoming.file,
        incoming.format,
        tuple(topics),
        tuple(notes),
        sha256=incoming.sha256,
        vocabulary=None if vocabulary == state.vocabulary else vocabulary,
    )


def bodies(
    made: MergePlan, *, leave_out: Collection[str] = (), next_index: int = 1
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield kind and body of the records that a plan comes to, see ``REVIEW_KINDS``.

    Args:
        leave_out: ids of topics that stay as they are. next_index: number of the first new topic.
    """
    taken = [each for each in made.topics if each.topic_id not in leave_out and each.what != "same"]
    if made.vocabulary is not None and taken:
        yield "vocabulary", msgspec.to_builtins(made.vocabulary)
    for each in taken:
        belongings = {
            "comments": msgspec.to_builtins(each.comments),
            "viewpoints": msgspec.to_builtins(each.viewpoints),
        }
        if each.topic is not None:
            topic = replace(each.topic, index=next_index)
            next_index += 1
            yield "topic", {"topic": msgspec.to_builtins(topic), **belongings}
        else:
            yield (
                "topic_changed",
                {
                    "topic": each.topic_id,
                    "changes": msgspec.to_builtins(each.changes),
                    "origin": made.sha256,
                    **belongings,
                },
            )


def merged_words(here: Vocabulary, file: Vocabulary | None) -> Vocabulary:
    """Return the words of both, ours first; what differs in case alone is one word."""
    if file is None:
        return here
    return Vocabulary(**{name: _together(getattr(here, name), getattr(file, name)) for name in LISTS})


def _news(file: Vocabulary | None, topics: Iterable[Topic]) -> Vocabulary | None:
    """Return the words of a file without those that topics here use: an export lists them too."""
    if file is None:
        return None
    used = {topic.assigned for topic in topics}
    for topic in topics:
        used |= {topic.type, topic.status, topic.priority, topic.stage, topic.discipline, *topic.labels}
    words = {name: tuple(each for each in getattr(file, name) if each not in used) for name in LISTS}
    return Vocabulary(**words)


def _together(here: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    found = {word.casefold() for word in here}
    fresh = {word.casefold(): word for word in reversed(more) if word.casefold() not in found}
    return (*here, *reversed(list(fresh.values())))[:500]


def _new(each: IncomingTopic, incoming: Incoming) -> PlannedTopic:
    topic = replace(each.topic, origin=incoming.sha256 or each.topic.origin)
    return PlannedTopic(
        topic.topic, topic.title, "new", topic, comments=each.comments, viewpoints=each.viewpoints
    )


def _unresolved(views: Iterable[Viewpoint], things: Knows | None) -> tuple[str, ...]:
    """Return the components that the session has no thing for, each once."""
    if things is None:
        return ()
    named: dict[str, None] = {}
    for view in views:
        named.update(dict.fromkeys((*view.selection, *view.exceptions, *view.ghosted)))
        for painted in view.painted:
            named.update(dict.fromkeys(painted.things))
    return tuple(thing for thing in named if not things(thing))
