"""What stands of a review after the records so far; the same records give the same state everywhere.

:meth:`ReviewState.apply` takes one record and returns what it changed, key by key, so that a server can tell
conflicts and undo, and a view what to draw anew. Keys: ``("topic", id)``, ``("topic", id, field)``,
``("comment", id)``, ``("viewpoint", id)``, ``("mark", id)``, ``("agenda", id)``, ``("vote", id)``,
``("ballot", vote, author id)``, ``("meeting",)``, ``("vocabulary",)``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from walkdown.messages import (
    AgendaItem,
    Attendance,
    Ballot,
    ChatLine,
    Comment,
    Evidence,
    Mark,
    Meeting,
    Record,
    ReviewSnapshot,
    Topic,
    TopicChanges,
    Verdict,
    Viewpoint,
    Vocabulary,
    Vote,
)

CHAT_KEPT = 500
"""Of the chat so many lines stand; all are in the journal."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """What a record did at one key; None is nothing there."""

    key: Key
    before: Any
    after: Any


@dataclass(slots=True)
class ReviewState:
    """A review as it stands, by id.

    Attributes:
        comments_of, viewpoints_of: ids by topic, in the order in which they came; "" has the session's views.
        next_index: the number of the next topic.
        revision: grows with every change.
    """

    topics: dict[str, Topic] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    viewpoints: dict[str, Viewpoint] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    agenda: dict[str, AgendaItem] = field(default_factory=dict)
    votes: dict[str, Vote] = field(default_factory=dict)
    chat: deque[ChatLine] = field(default_factory=lambda: deque(maxlen=CHAT_KEPT))
    attendance: dict[str, Attendance] = field(default_factory=dict)
    comments_of: dict[str, dict[str, None]] = field(default_factory=dict)
    viewpoints_of: dict[str, dict[str, None]] = field(default_factory=dict)
    meeting: Meeting = field(default_factory=Meeting)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    next_index: int = 1
    revision: int = 0

    @classmethod
    def of(cls, snapshot: ReviewSnapshot) -> ReviewState:
        """Return the state that a snapshot holds."""
        state = cls(
            topics={topic.topic: topic for topic in snapshot.topics},
            marks={mark.mark: mark for mark in snapshot.marks},
            agenda={item.item: item for item in snapshot.agenda},
            votes={vote.vote: vote for vote in snapshot.votes},
            chat=deque(snapshot.chat, CHAT_KEPT),
            attendance={one.author_id: one for one in snapshot.attendance},
            meeting=snapshot.meeting,
            vocabulary=snapshot.vocabulary,
            next_index=snapshot.next_index,
        )
        for comment in snapshot.comments:
            state._put_comment(comment)
        for viewpoint in snapshot.viewpoints:
            state._put_viewpoint(viewpoint)
        return state

    def snapshot(self) -> ReviewSnapshot:
        """Return all that stands."""
        return ReviewSnapshot(
            topics=tuple(self.topics.values()),
            comments=tuple(self.comments.values()),
            viewpoints=tuple(self.viewpoints.values()),
            marks=tuple(self.marks.values()),
            agenda=tuple(self.agenda.values()),
            votes=tuple(self.votes.values()),
            chat=tuple(self.chat),
            attendance=tuple(self.attendance.values()),
            meeting=self.meeting,
            vocabulary=self.vocabulary,
            next_index=self.next_index,
        )

    def copy(self) -> ReviewState:
        """Return a state that changes on its own."""
        return ReviewState(
            topics=dict(self.topics),
            comments=dict(self.comments),
            viewpoints=dict(self.viewpoints),
            marks=dict(self.marks),
            agenda=dict(self.agenda),
            votes=dict(self.votes),
            chat=self.chat.copy(),
            attendance=dict(self.attendance),
            comments_of={topic: dict(ids) for topic, ids in self.comments_of.items()},
            viewpoints_of={topic: dict(ids) for topic, ids in self.viewpoints_of.items()},
            meeting=self.meeting,
            vocabulary=self.vocabulary,
            next_index=self.next_index,
            revision=self.revision,
        )

    def value(self, key: Key) -> Any:
        """Return what stands at a key, None for nothing."""
        kind, *rest = key
        if kind in ("meeting", "vocabulary"):
            return getattr(self, kind)
        if kind == "ballot":
            vote = self.votes.get(rest[0])
            return vote.ballots.get(rest[1]) if vote else None
        there = self._named(kind).get(rest[0])
        return getattr(there, rest[1], None) if len(rest) > 1 else there

    def comments_on(self, topic: str) -> list[Comment]:
        """Return the comments of a topic, the older ones first."""
        return [self.comments[comment] for comment in self.comments_of.get(topic, ())]

    def views_of(self, topic: str) -> list[Viewpoint]:
        """Return the views of a topic, "" for the session's prepared ones, in their order."""
        found = [self.viewpoints[view] for view in self.viewpoints_of.get(topic, ())]
        return sorted(found, key=lambda view: view.order)

    def apply(self, record: Record) -> list[Edit]:
        """Make a record of one of ``REVIEW_KINDS`` so; returns what it changed.

        Raises:
            KeyError, ValueError, TypeError, msgspec.ValidationError: it cannot be understood.
        """
        edits = self._appliers[record.kind](self, record, record.body)
        self.revision += 1
        return edits

    def take(self, record: Record) -> bool:
        """Apply a record if it can be understood, which a newer server's may not be; tells whether it was."""
        try:
            self.apply(record)
        except (KeyError, ValueError, TypeError, msgspec.ValidationError):
            return False
        return True

    # ---- topics -----------------------------------------------------------------------------------------

    def _topic(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        topic = replace(msgspec.convert(body["topic"], Topic), number=record.number)
        edits = [Edit(("topic", topic.topic), self.topics.get(topic.topic), topic)]
        self.topics[topic.topic] = topic
        self.next_index = max(self.next_index, topic.index + 1)
        return edits + self._take_belongings(record, body)

    def _topic_changed(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        topic, changes = str(body["topic"]), body.get("changes", {})
        there = self.topics[topic]
        made = _checked(changes)
        edits = [Edit(("topic", topic, name), getattr(there, name), value) for name, value in made.items()]
        origin = str(body.get("origin") or there.origin)
        if made or origin != there.origin:
            stamps = _stamps(record, body) if made else {}
            self.topics[topic] = replace(there, **made, **stamps, origin=origin, number=record.number)
        return edits + self._take_belongings(record, body)

    def _take_belongings(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        """Take the comments, views and marks that came with a topic."""
        edits: list[Edit] = []
        for raw in body.get("comments", ()):
            edits += self._comment(record, raw)
        for raw in body.get("viewpoints", ()):
            edits += self._viewpoint(record, raw)
        for raw in body.get("marks", ()):
            edits += self._mark(record, raw)
        return edits

    def _topic_removed(self, _record: Record, body: Mapping[str, Any]) -> list[Edit]:
        topic = str(body["topic"])
        marks = [mark.mark for mark in self.marks.values() if mark.topic == topic]
        return [
            Edit(("topic", topic), self.topics.pop(topic), None),
            *_popped("comment", self.comments, self.comments_of.pop(topic, ())),
            *_popped("viewpoint", self.viewpoints, self.viewpoints_of.pop(topic, ())),
            *_popped("mark", self.marks, marks),
        ]

    def _comment(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        comment = replace(msgspec.convert(body, Comment), number=record.number)
        before = self.comments.get(comment.comment)
        self._put_comment(comment)
        return [Edit(("comment", comment.comment), before, comment)]

    def _put_comment(self, comment: Comment) -> None:
        before = self.comments.get(comment.comment)
        if before is not None and before.topic != comment.topic:
            self.comments_of.get(before.topic, {}).pop(comment.comment, None)
        self.comments[comment.comment] = comment
        self.comments_of.setdefault(comment.topic, {})[comment.comment] = None

    def _comment_removed(self, _record: Record, body: Mapping[str, Any]) -> list[Edit]:
        comment = self.comments.pop(str(body["comment"]))
        self.comments_of.get(comment.topic, {}).pop(comment.comment, None)
        return [Edit(("comment", comment.comment), comment, None)]

    def _viewpoint(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        view = replace(msgspec.convert(body, Viewpoint), number=record.number)
        before = self.viewpoints.get(view.viewpoint)
        self._put_viewpoint(view)
        return [Edit(("viewpoint", view.viewpoint), before, view)]

    def _put_viewpoint(self, view: Viewpoint) -> None:
        before = self.viewpoints.get(view.viewpoint)
        if before is not None and before.topic != view.topic:
            self.viewpoints_of.get(before.topic, {}).pop(view.viewpoint, None)
        self.viewpoints[view.viewpoint] = view
        self.viewpoints_of.setdefault(view.topic, {})[view.viewpoint] = None

    def _viewpoint_removed(self, _record: Record, body: Mapping[str, Any]) -> list[Edit]:
        view = self.viewpoints.pop(str(body["viewpoint"]))
        self.viewpoints_of.get(view.topic, {}).pop(view.viewpoint, None)
        return [Edit(("viewpoint", view.viewpoint), view, None)]

    def _evidence(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        there = self.topics.get(str(body["topic"]))
        if there is None:
            return []
        evidence = msgspec.convert(body["evidence"], Evidence)
        self.topics[there.topic] = replace(there, evidence=evidence)
        return [Edit(("topic", there.topic, "evidence"), there.evidence, evidence)]

    # ---- marks, lists and words ---------------------------------------------------------------------------

    def _mark(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        return [self._put("mark", replace(msgspec.convert(body, Mark), number=record.number))]

    def _agenda(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        return [self._put("agenda", replace(msgspec.convert(body, AgendaItem), number=record.number))]

    def _vote(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        return [self._put("vote", replace(msgspec.convert(body, Vote), number=record.number))]

    def _put(self, kind: str, value: Mark | AgendaItem | Vote) -> Edit:
        name = _id_of(value)
        table = self._named(kind)
        before, table[name] = table.get(name), value
        return Edit((kind, name), before, value)

    def _removed(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        kind = record.kind.removesuffix("_removed")
        name = str(body[kind])
        return [Edit((kind, name), self._named(kind).pop(name), None)]

    def _ballot(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        vote, author = self.votes[str(body["vote"])], record.author_id
        before, after = vote.ballots.get(author), Ballot(record.author, int(body["choice"]))
        self.votes[vote.vote] = replace(vote, ballots=vote.ballots | {author: after}, number=record.number)
        return [Edit(("ballot", vote.vote, author), before, after)]

    def _said(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        self.chat.append(replace(msgspec.convert(body, ChatLine), number=record.number))
        return []

    def _named(self, kind: str) -> dict[str, Any]:
        table: dict[str, Any] = getattr(self, _TABLES[kind])
        return table

    # ---- the meeting --------------------------------------------------------------------------------------

    def _meeting(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        """Take what stands of the meeting, but for its verdicts, and points of the agenda that changed."""
        before = self.meeting
        made = msgspec.convert(body, Meeting)
        self.meeting = replace(made, verdicts=before.verdicts, number=record.number)
        if before.on and not self.meeting.on:
            self._end_attendance(self.meeting.ended_ns)
        edits = [Edit(("meeting",), before, self.meeting)]
        for item in body.get("agenda", ()):
            edits += self._agenda(record, item)
        return edits

    def _end_attendance(self, time_ns: int) -> None:
        for author, there in self.attendance.items():
            if there.spans and not there.spans[-1][1]:
                spans = (*there.spans[:-1], (there.spans[-1][0], max(there.spans[-1][0], time_ns)))
                self.attendance[author] = replace(there, spans=spans)

    def _verdict(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        verdicts = (*self.meeting.verdicts, msgspec.convert(body, Verdict))
        self.meeting = replace(self.meeting, verdicts=verdicts, number=record.number)
        return []

    def _vocabulary(self, _record: Record, body: Mapping[str, Any]) -> list[Edit]:
        before, self.vocabulary = self.vocabulary, msgspec.convert(body, Vocabulary)
        return [Edit(("vocabulary",), before, self.vocabulary)]

    def _attended(self, record: Record, body: Mapping[str, Any]) -> list[Edit]:
        author = str(body["author_id"])
        time_ns = int(body.get("time_ns", 0)) or record.time_ns
        there = self.attendance.get(author, Attendance(author, ""))
        spans, inside = there.spans, bool(there.spans and not there.spans[-1][1])
        if body["here"] and not inside:
            spans = (*spans, (time_ns, 0))
        elif not body["here"] and inside:
            spans = (*spans[:-1], (spans[-1][0], max(spans[-1][0], time_ns)))
        role, kind = str(body.get("role", "")), str(body.get("kind", "person"))
        self.attendance[author] = Attendance(author, str(body["name"]), role, kind, spans)
        return []

    _appliers: ClassVar[Mapping[str, Callable[[ReviewState, Record, Mapping[str, Any]], list[Edit]]]] = {
        "topic": _topic,
        "topic_changed": _topic_changed,
        "topic_removed": _topic_removed,
        "comment": _comment,
        "comment_removed": _comment_removed,
        "viewpoint": _viewpoint,
        "viewpoint_removed": _viewpoint_removed,
        "mark": _mark,
        "mark_removed": _removed,
        "vocabulary": _vocabulary,
        "meeting": _meeting,
        "agenda": _agenda,
        "agenda_removed": _removed,
        "vote": _vote,
        "ballot": _ballot,
        "verdict": _verdict,
        "said": _said,
        "evidence": _evidence,
        "attended": _attended,
    }


_TABLES: Mapping[str, str] = {
    "topic": "topics",
    "comment": "comments",
    "viewpoint": "viewpoints",
    "mark": "marks",
    "agenda": "agenda",
    "vote": "votes",
}
"""Where things of a kind stand, by the first word of their keys."""


def _popped(kind: str, table: dict[str, Any], names: Iterable[str]) -> list[Edit]:
    return [Edit((kind, name), table.pop(name), None) for name in names]


def _id_of(value: Mark | AgendaItem | Vote) -> str:
    if isinstance(value, Mark):
        return value.mark
    return value.vote if isinstance(value, Vote) else value.item


def _stamps(record: Record, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return by whom and when a topic was changed; a file may say that itself."""
    by, time_ns = body.get("changed", record.author), body.get("changed_ns", record.time_ns)
    return {"changed": str(by), "changed_ns": int(time_ns)}


def _checked(changes: Any) -> dict[str, Any]:
    """Return the changed fields as values of a topic."""
    made = msgspec.convert(changes, TopicChanges)
    fields = ((name, getattr(made, name)) for name in made.__struct_fields__)
    return {name: value for name, value in fields if value is not msgspec.UNSET}
