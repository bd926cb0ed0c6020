"""What stands after the records so far, and what each record changed for its author.

Pure. The same records give the same state, when they happen and when a journal is read again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from walkdown.errors import JournalError
from walkdown.i18n import _
from walkdown.messages import (
    REVIEW_KINDS,
    ModelState,
    Note,
    Placement,
    Record,
    TopicFields,
    Zone,
)
from walkdown.review import Edit, Key, ReviewState
from walkdown_server.register import DOOR_KINDS, Register

CHANGES_KEPT = 200
"""How many of one's own changes can be taken back."""

GONE_KEPT = 1000
"""Of how many things that were removed it is remembered who removed them."""

AUTHORS_KEPT = 500
"""Of so many who changed something last the own changes are remembered, to be taken back."""

MODEL_KINDS = ("model", "model_placed", "model_removed")
ZONE_KINDS = ("zone", "zone_removed")

FOR_GOOD = DOOR_KINDS | {"vote", "ballot", "verdict", "said", "evidence", "attended"}
"""Kinds of records that nobody takes back."""

_TOPIC_FIELDS = TopicFields.__struct_fields__


@dataclass(frozen=True, slots=True)
class Change:
    """What one record did, so that its author can take it back as a whole.

    Attributes:
        number: of the record. edits: what it did, key by key: ``("note", id)``, and so for a model, a zone or
            a disturbance, or a key of ``walkdown.review``; None is nothing there.
    """

    number: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """Who changed a thing last, and the newest change by anybody else; each with a name and a record.

    Attributes:
        author_id, author, number: of the newest change. other, other_number: the newest that is not theirs.
    """

    author_id: str
    author: str
    number: int
    other: str = ""
    other_number: int = 0

    def then(self, record: Record) -> Touch:
        """Return what is so after another change."""
        made = Touch(record.author_id, record.author, record.number, self.author, self.number)
        if record.author_id == self.author_id:
            made = Touch(made.author_id, made.author, made.number, self.other, self.other_number)
        return made

    def by_others(self, author_id: str) -> tuple[int, str]:
        """Return record and author of the newest change that somebody else made, 0 and "" for none."""
        if author_id == self.author_id:
            return self.other_number, self.other
        return self.number, self.author


class Answered:
    """Which record each operation of one author became, as long as the journal lives: 16 bytes each."""

    def __init__(self) -> None:
        self._ops, self._numbers = array("q"), array("q")

    @property
    def last_op(self) -> int:
        """The newest operation, 0 for none."""
        return self._ops[-1] if self._ops else 0

    def put(self, op: int, number: int) -> None:
        """Remember an operation; they come in order but for what was sent again."""
        at = len(self._ops) if op > self.last_op else bisect_left(self._ops, op)
        self._ops.insert(at, op)
        self._numbers.insert(at, number)

    def number_of(self, op: int) -> int:
        """Return the record of an operation, 0 when there is none."""
        at = bisect_left(self._ops, op)
        return self._numbers[at] if at < len(self._ops) and self._ops[at] == op else 0


@dataclass(slots=True)
class Authored:
    """What one author has done.

    Attributes:
        done: changes that can be taken back. undone: and repeated.
    """

    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)

    def copy(self) -> Authored:
        """Return one that changes on its own."""
        return Authored(list(self.done), list(self.undone))


@dataclass(slots=True)
class State:
    """What stands after the records so far.

    Attributes:
        number, time_ns: of the newest record. models: in the order in which they came.
        touches: who changed what is there; a topic counts as changed with each of its fields.
        gone: who removed what is not, the newest ``GONE_KEPT``.
    """

    number: int = 0
    time_ns: int = 0
    notes: dict[str, Note] = field(default_factory=dict)
    models: dict[str, ModelState] = field(default_factory=dict)
    zones: dict[str, Zone] = field(default_factory=dict)
    disturbances: dict[str, bool] = field(default_factory=dict)
    authors: dict[str, Authored] = field(default_factory=dict)
    register: Register = field(default_factory=Register)
    review: ReviewState = field(default_factory=ReviewState)
    touches: dict[Key, Touch] = field(default_factory=dict)
    gone: dict[Key, Touch] = field(default_factory=dict)

    def copy(self) -> State:
        """Return a state that changes on its own."""
        return State(
            number=self.number,
            time_ns=self.time_ns,
            notes=dict(self.notes),
            models=dict(self.models),
            zones=dict(self.zones),
            disturbances=dict(self.disturbances),
            authors={key: authored.copy() for key, authored in self.authors.items()},
            register=self.register.copy(),
            review=self.review.copy(),
            touches=dict(self.touches),
            gone=dict(self.gone),
        )

    def touch(self, key: Key) -> Touch | None:
        """Return who changed what is or was at a key, None when nobody did or it was removed long ago."""
        return self.touches.get(key) or self.gone.get(key)

    def value(self, key: Key) -> Any:
        """Return what stands at a key."""
        if key[0] == "disturbance":
            return self.disturbances.get(key[1], False)
        named = self._named(key[0])
        return self.review.value(key) if named is None else named.get(key[1])

    def _put(self, edit: Edit) -> None:
        """Make it the value of a key; a review has done so itself, and None is nothing."""
        kind, *rest = edit.key
        named = self.disturbances if kind == "disturbance" else self._named(kind)
        if named is None:
            return
        if edit.after is None:
            named.pop(rest[0], None)
        else:
            named[rest[0]] = edit.after

    def _named(self, kind: str) -> dict[str, Any] | None:
        """Return the notes, models or zones by id, None for what belongs to the review."""
        if kind == "note":
            return self.notes
        if kind == "model":
            return self.models
        return self.zones if kind == "zone" else None

    def apply(self, record: Record, fixed: Mapping[str, ModelState]) -> tuple[Edit, ...]:
        """Make a record so, and return what it changed; ``fixed`` are the models of the start, by id.

        Raises:
            JournalError: it is of a kind that is not known, or its body is of another.
        """
        edits = self._edits(record, fixed)
        self.number, self.time_ns = record.number, record.time_ns
        authored = self.authors[record.author_id] = self.authors.pop(record.author_id, Authored())
        if len(self.authors) > AUTHORS_KEPT:
            del self.authors[next(iter(self.authors))]
        for edit in edits:
            self._put(edit)
        if edits and record.kind not in FOR_GOOD:
            self._touch(edits, record)
            if record.op or record.kind not in REVIEW_KINDS:
                _remember(authored, Change(record.number, edits), record.undoes)
        return edits

    def _touch(self, edits: tuple[Edit, ...], record: Record) -> None:
        """Remember who changed what; of what is gone only the newest, and not what was gone with it.

        A step of the agenda is no change of its points: whoever writes minutes just then is not too late.
        """
        if record.kind == "meeting":
            edits = edits[:1]
        removed = edits[0].key if edits[0].after is None else None
        for edit in edits:
            if edit.after is None and edit.key != removed and len(edit.key) == 2:
                self.touches.pop(edit.key, None)
            else:
                self._touch_one(edit.key, record, removed=edit.key == removed and len(edit.key) == 2)
        for topic in dict.fromkeys(edit.key[1] for edit in edits if edit.key[0] == "topic"):
            if topic in self.review.topics:
                self._touch_one(("topic", topic), record, removed=False)
            else:
                self._forget_fields(topic)

    def _forget_fields(self, topic: str) -> None:
        for name in _TOPIC_FIELDS:
            self.touches.pop(("topic", topic, name), None)

    def _touch_one(self, key: Key, record: Record, *, removed: bool) -> None:
        before = self.touches.pop(key, None) or self.gone.pop(key, None)
        if before is not None and before.number == record.number:
            after = before
        elif before is not None:
            after = before.then(record)
        else:
            after = Touch(record.author_id, record.author, record.number)
        (self.gone if removed else self.touches)[key] = after
        if len(self.gone) > GONE_KEPT:
            del self.gone[next(iter(self.gone))]

    def _edits(self, record: Record, fixed: Mapping[str, ModelState]) -> tuple[Edit, ...]:
        """Return what a record changes; one of the door or of the review is made so by this."""
        try:
            if record.kind in DOOR_KINDS:
                self.register.apply(record)
                return ()
            if record.kind in REVIEW_KINDS:
                return tuple(self.review.apply(record))
            key, after = self._understood(record, fixed)
            return (Edit(key, self.value(key), after),)
        except (KeyError, ValueError, TypeError, msgspec.ValidationError) as error:
            raise JournalError(
                _("record {number} of the journal cannot be understood: {reason}").format(
                    number=record.number, reason=error
                )
            ) from error

    def _understood(self, record: Record, fixed: Mapping[str, ModelState]) -> tuple[Key, Any]:
        kind, body = record.kind, record.body
        if kind == "note":
            note = msgspec.convert(body, Note)
            return ("note", note.note), msgspec.structs.replace(note, number=record.number)
        if kind == "note_removed":
            return ("note", str(body["note"])), None
        if kind == "disturbance":
            return ("disturbance", str(body["disturbance"])), bool(body["active"])
        if kind == "zone":
            zone = msgspec.convert(body, Zone)
            return ("zone", zone.zone), zone
        if kind == "zone_removed":
            return ("zone", str(body["zone"])), None
        if kind in MODEL_KINDS:
            return ("model", str(body["model"])), self._model_after(record, fixed)
        raise JournalError(
            _("record {number} is a {kind!r}, which this version does not know: update it").format(
                number=record.number, kind=kind[:80]
            )
        )

    def _model_after(self, record: Record, fixed: Mapping[str, ModelState]) -> ModelState | None:
        """Return the model that a record leaves; what the server was started with is as it is this time."""
        if record.kind == "model_removed":
            return None
        if record.kind == "model_placed":
            there = self.models.get(str(record.body["model"]))
            placement = msgspec.convert(record.body["placement"], Placement)
            made = msgspec.structs.replace(there, placement=placement) if there else None
        else:
            made = msgspec.convert(record.body, ModelState)
        if made is not None and not made.author_id:
            served = fixed.get(made.model)
            made = msgspec.structs.replace(served, placement=made.placement) if served else None
        return msgspec.structs.replace(made, number=record.number) if made else None


def _remember(authored: Authored, change: Change, undoes: int) -> None:
    """Move an undone or redone change between the two stacks; any other empties the second."""
    done, undone = authored.done, authored.undone
    if not undoes:
        done.append(change)
        undone.clear()
    elif any(past.number == undoes for past in done):
        _drop_from(done, undoes)
        undone.append(change)
    else:
        _drop_from(undone, undoes)
        done.append(change)
    del done[:-CHANGES_KEPT], undone[:-CHANGES_KEPT]


def _drop_from(stack: list[Change], number: int) -> None:
    """Remove the change ``number``, and the newer ones, which no longer stand."""
    while stack and stack.pop().number != number:
        pass
