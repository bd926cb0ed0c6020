"""What merging the topics of a file would change, and who wins where both sides have changed something."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from walkdown.messages import Comment, Topic, Viewpoint, Vocabulary

Winner = Literal["here", "file"]


class MergeConflict(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that both sides have changed.

    Attributes:
        field: of the topic, or ``comment:ID``. here, file: both values as people read them.
        winner: whose stands, by the later change. why: one sentence in English.
    """

    field: str
    here: str
    file: str
    winner: Winner
    why: str = ""


class PlannedTopic(msgspec.Struct, frozen=True, omit_defaults=True):
    """What would happen to one topic.

    Attributes:
        what: ``new``, ``changed`` or ``same``. topic: as it stands in the file, when new.
        changes: fields that get other values. comments, viewpoints: that are new, or newer than those here.
        conflicts: what both sides have changed. unresolved: components that no model of the session has.
    """

    topic_id: str
    title: str
    what: Literal["new", "changed", "same"]
    topic: Topic | None = None
    changes: dict[str, Any] = {}
    comments: tuple[Comment, ...] = ()
    viewpoints: tuple[Viewpoint, ...] = ()
    conflicts: tuple[MergeConflict, ...] = ()
    unresolved: tuple[str, ...] = ()


class MergePlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a file would change.

    Attributes:
        file, format: its name, and ``BCF 2.1`` and so on. notes: what was odd about it, English sentences.
        sha256: of the file, where the session keeps it: it becomes the ``origin`` of the topics.
        vocabulary: the lists with the words that the file adds, None when it adds none.
    """

    file: str
    format: str
    topics: tuple[PlannedTopic, ...] = ()
    notes: tuple[str, ...] = ()
    sha256: str = ""
    vocabulary: Vocabulary | None = None
