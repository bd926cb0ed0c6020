"""The history of every topic: who changed what and when, from the records, in bounded memory.

The same records give the same history, when they happen and when a journal is read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec

from walkdown.messages import Comment, Mark, Record, Topic, TopicChange, TopicTold, Viewpoint
from walkdown.review import Edit

CHANGES_OF_TOPIC = 500
"""Of one topic so many changes are held, the newest."""

CHANGES_HELD = 200_000
"""Of more than that those of the topics that were left alone for the longest time are forgotten."""

TOLD_BYTES, READ_BYTES = 128 * 1024, 512 * 1024
"""An answer to somebody is not longer than this, nor what is read for a merge; older changes are left out."""


class TopicHistory:
    """What happened to each topic, the removed ones too."""

    def __init__(self) -> None:
        self._changes: dict[str, deque[TopicChange]] = {}
        self._first: dict[str, dict[str, Any]] = {}
        self._held = 0

    def note(self, record: Record, edits: Iterable[Edit]) -> None:
        """Take what a record has changed, if that is about topics."""
        if record.kind not in _KINDS:
            return
        edits = list(edits)
        for edit in edits:
            if edit.key[0] == "topic" and len(edit.key) == 3:
                first = self._first.setdefault(edit.key[1], {})
                first.setdefault(edit.key[2], msgspec.to_builtins(edit.before))
        for topic, changes in _by_topic(record, edits).items():
            made = TopicChange(record.number, record.time_ns, record.author, record.kind, changes)
            self._add(topic, made)

    def _add(self, topic: str, change: TopicChange) -> None:
        changes = self._changes[topic] = self._changes.pop(topic, deque(maxlen=CHANGES_OF_TOPIC))
        self._held += len(changes) < CHANGES_OF_TOPIC
        changes.append(change)
        while self._held > CHANGES_HELD and len(self._changes) > 1:
            oldest = next(iter(self._changes))
            self._held -= len(self._changes.pop(oldest))
            self._first.pop(oldest, None)

    def first_values(self, topic: str) -> dict[str, Any]:
        """Return of the fields that were changed what they had before the first change that is held."""
        return dict(self._first.get(topic, {}))

    def told(self, ask: int, topic: str, *, most_bytes: int = TOLD_BYTES) -> TopicTold:
        """Return the answer to ``ask_topic``."""
        changes = self._changes.get(topic)
        if changes is None:
            return TopicTold(ask, topic, text="Nothing is known of this topic, or not any more.")
        kept, size = [], 0
        for change in reversed(changes):
            size += len(msgspec.msgpack.encode(change))
            if size > most_bytes:
                break
            kept.append(change)
        left_out = len(kept) < len(changes) or len(changes) == CHANGES_OF_TOPIC
        text = "Older changes are left out; all are in the journal." if left_out else ""
        return TopicTold(ask, topic, tuple(reversed(kept)), text)


def _by_topic(record: Record, edits: Iterable[Edit]) -> dict[str, dict[str, Any]]:
    """Return what a record says of each topic."""
    found: dict[str, dict[str, Any]] = {}
    for edit in edits:
        kind, value = edit.key[0], edit.after if edit.after is not None else edit.before
        if kind == "topic":
            said = found.setdefault(edit.key[1], {})
            if len(edit.key) == 3:
                said[edit.key[2]] = msgspec.to_builtins(edit.after)
            elif isinstance(value, Topic):
                said["title"] = value.title
        elif isinstance(value, Comment | Viewpoint | Mark) and value.topic:
            _note_belonging(found.setdefault(value.topic, {}), value, record.kind)
    return {topic: _said(changes) for topic, changes in found.items()}


def _note_belonging(said: dict[str, Any], value: Comment | Viewpoint | Mark, kind: str) -> None:
    """Note a comment, view or mark: by itself, or in a list when it came or went with its topic."""
    what = _of_value(value)
    if kind.startswith("topic"):
        said.setdefault(f"{type(value).__name__.lower()}s", []).append(what)
    else:
        said |= what


def _said(changes: dict[str, Any]) -> dict[str, Any]:
    evidence = changes.get("evidence")
    return {"evidence": evidence.get("state", "none")} if isinstance(evidence, dict) else changes


def _of_value(value: Comment | Viewpoint | Mark) -> dict[str, Any]:
    """Return in a few words what somebody said, saw or drew."""
    if isinstance(value, Comment):
        return {"comment": value.comment, "text": value.text}
    if isinstance(value, Viewpoint):
        return {"viewpoint": value.viewpoint, "title": value.title}
    return {"mark": value.mark, "kind": value.kind, "text": value.text}


_KINDS = frozenset(
    (
        "topic",
        "topic_changed",
        "topic_removed",
        "comment",
        "comment_removed",
        "viewpoint",
        "viewpoint_removed",
        "mark",
        "mark_removed",
        "evidence",
    )
)
