"""State and rules of one session: what a wish may become, and what a record changes.

:meth:`Session.decide` turns a wish into a draft or a refusal and changes nothing. :meth:`Session.expect`
makes the draft the next record; it then *waits* for the journal, and later wishes see it. After the
journal has it, :meth:`Session.apply` makes it so for everyone. The same ``apply`` rebuilds the state when
the server starts, so nothing here reads a clock, a file or a socket.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from walkdown.messages import (
    Note,
    Operation,
    PutNote,
    Record,
    Redo,
    RemoveNote,
    Reply,
    Snapshot,
    Trigger,
    Undo,
)

NOTES_MAX = 10_000
FURTHEST_METRES = 1e6
CHANGES_KEPT = 200
"""How many of one's own changes can be taken back."""

Value = Note | bool | None
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wishes: the id that the journal keeps, and the name at the time."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a number and a time."""

    author: Author
    op: int
    kind: str
    body: dict[str, Any]
    undoes: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What one record did to one thing, so that its author can take it back.

    Attributes:
        number: of the record. key: ``("note", id)`` or ``("disturbance", id)``.
        before, after: the value there; None for a note that does not exist.
    """

    number: int
    key: Key
    before: Value
    after: Value


@dataclass(slots=True)
class _Authored:
    """What the session knows of one author."""

    numbers: dict[int, int] = field(default_factory=dict)
    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)

    def copy(self) -> _Authored:
        return _Authored(dict(self.numbers), list(self.done), list(self.undone))


@dataclass(slots=True)
class _State:
    number: int = 0
    time_ns: int = 0
    notes: dict[str, Note] = field(default_factory=dict)
    disturbances: dict[str, bool] = field(default_factory=dict)
    authors: dict[str, _Authored] = field(default_factory=dict)

    def copy(self) -> _State:
        authors = {key: authored.copy() for key, authored in self.authors.items()}
        return _State(self.number, self.time_ns, dict(self.notes), dict(self.disturbances), authors)

    def value(self, key: Key) -> Value:
        kind, name = key
        return self.notes.get(name) if kind == "note" else self.disturbances.get(name, False)

    def apply(self, record: Record) -> None:
        key, after = _what(record)
        change = Change(record.number, key, self.value(key), after)
        if isinstance(after, bool):
            self.disturbances[key[1]] = after
        elif after is None:
            self.notes.pop(key[1], None)
        else:
            self.notes[key[1]] = after
        self.number, self.time_ns = record.number, record.time_ns
        authored = self.authors.setdefault(record.author_id, _Authored())
        authored.numbers[record.op] = record.number
        _remember(authored, change, record.undoes)


def _what(record: Record) -> tuple[Key, Value]:
    """Return what a record changes and what it makes of it."""
    body = record.body
    if record.kind == "note":
        note = msgspec.convert(body, Note)
        return ("note", note.note), msgspec.structs.replace(note, number=record.number)
    if record.kind == "note_removed":
        return ("note", str(body["note"])), None
    return ("disturbance", str(body["disturbance"])), bool(body["active"])


def _remember(authored: _Authored, change: Change, undoes: int) -> None:
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


@dataclass(frozen=True, slots=True)
class Effects:
    """What the room has to do after a record has been applied."""

    announce: Record
    reply: Reply
    author_id: str
    disturbances: frozenset[str] | None = None


class Session:
    """One session's lasting state.

    Args:
        things: ids that notes may be pinned to. disturbances: ids that may be triggered.
    """

    def __init__(self, *, things: Iterable[str] = (), disturbances: Iterable[str] = ()) -> None:
        self._things, self._disturbances = frozenset(things), frozenset(disturbances)
        self._applied, self._ahead = _State(), _State()

    @property
    def number(self) -> int:
        """Number of the newest record that has been applied."""
        return self._applied.number

    @property
    def time_ns(self) -> int:
        """Time of the newest record that has been applied, 0 for none."""
        return self._applied.time_ns

    def disturbances(self) -> frozenset[str]:
        """Return the disturbances that are active."""
        return frozenset(name for name, active in self._applied.disturbances.items() if active)

    def snapshot(self) -> Snapshot:
        """Return what a late joiner needs to know."""
        state = self._applied
        return Snapshot(state.number, tuple(state.notes.values()), tuple(sorted(self.disturbances())))

    def last_op(self, author_id: str) -> int:
        """Return the newest operation of an author that has been applied, 0 for none."""
        authored = self._applied.authors.get(author_id)
        return max(authored.numbers, default=0) if authored else 0

    def knows(self, author_id: str) -> bool:
        """Tell whether the author has a record."""
        return author_id in self._applied.authors

    def first_reply(self, operation: Operation, author_id: str) -> Reply | None:
        """Return the answer that an operation already has, None when it is new or still waits."""
        authored = self._applied.authors.get(author_id)
        number = authored.numbers.get(operation.op, 0) if authored else 0
        return Reply(operation.op, number) if number else None

    def waits(self, operation: Operation, author_id: str) -> bool:
        """Tell whether an operation is on its way to the journal."""
        authored = self._ahead.authors.get(author_id)
        return authored is not None and authored.numbers.get(operation.op, 0) > self._applied.number

    def decide(self, operation: Operation, author: Author) -> Draft | Reply:
        """Return the draft that an operation becomes, or the reply that refuses it.

        Sees the records that wait, so that two edits in one commit group conflict as they should.
        """
        try:
            return self._rules[type(operation)](self, operation, author)
        except _No as no:
            return Reply(operation.op, 0, no.code, no.text)

    def expect(self, draft: Draft, time_ns: int) -> Record:
        """Give a draft its number and let later decisions see it; returns the record for the journal."""
        record = Record(
            number=self._ahead.number + 1,
            time_ns=max(time_ns, self._ahead.time_ns),
            author=draft.author.name,
            author_id=draft.author.id,
            kind=draft.kind,
            body=draft.body,
            op=draft.op,
            undoes=draft.undoes,
        )
        if draft.kind == "note" and not draft.body.get("time_ns"):
            record.body["time_ns"] = record.time_ns
        self._ahead.apply(record)
        return record

    def forget_waiting(self) -> None:
        """Take back what waits, because the journal could not keep it."""
        self._ahead = self._applied.copy()

    def apply(self, record: Record) -> Effects:
        """Make a record so that the journal has."""
        self._applied.apply(record)
        if self._ahead.number < record.number:
            self._ahead.apply(record)
        changed = self.disturbances() if record.kind == "disturbance" else None
        return Effects(record, Reply(record.op, record.number), record.author_id, changed)

    # ---- rules: one for each operation ------------------------------------------------------------

    def _put_note(self, wish: PutNote, author: Author) -> Draft:
        there = self._ahead.notes.get(wish.note)
        if there is not None and there.author_id != author.id:
            raise _No("not-yours", f"this note is by {there.author}; only its author can change it")
        if there is None and len(self._ahead.notes) >= NOTES_MAX:
            raise _No("full", f"a session holds at most {NOTES_MAX} notes")
        if wish.thing and wish.thing not in self._things:
            raise _No("unknown", f"there is no thing {wish.thing!r} in this session")
        if not wish.text.strip():
            raise _No("empty", "a note needs some text")
        if not all(math.isfinite(x) and abs(x) <= FURTHEST_METRES for x in wish.point):
            raise _No("place", f"a note stands within {FURTHEST_METRES:.0f} m of the origin")
        time_ns = there.time_ns if there else 0
        note = Note(wish.note, wish.text, wish.point, author.name, author.id, time_ns, wish.thing)
        return Draft(author, wish.op, "note", _note_body(note))

    def _remove_note(self, wish: RemoveNote, author: Author) -> Draft:
        there = self._ahead.notes.get(wish.note)
        if there is None:
            raise _No("unknown", "this note does not exist, or not any more")
        if there.author_id != author.id:
            raise _No("not-yours", f"this note is by {there.author}; only its author can remove it")
        return Draft(author, wish.op, "note_removed", {"note": wish.note})

    def _trigger(self, wish: Trigger, author: Author) -> Draft:
        if wish.disturbance not in self._disturbances:
            raise _No("unknown", f"there is no disturbance {wish.disturbance!r} in this session")
        if self._ahead.disturbances.get(wish.disturbance, False) == wish.active:
            raise _No("unchanged", "it is already active" if wish.active else "it is not active")
        body = {"disturbance": wish.disturbance, "active": wish.active}
        return Draft(author, wish.op, "disturbance", body)

    def _undo(self, wish: Undo, author: Author) -> Draft:
        authored = self._ahead.authors.get(author.id, _Authored())
        return self._reverse(wish, author, authored.done, word="undo")

    def _redo(self, wish: Redo, author: Author) -> Draft:
        authored = self._ahead.authors.get(author.id, _Authored())
        return self._reverse(wish, author, authored.undone, word="redo")

    def _reverse(self, wish: Operation, author: Author, stack: list[Change], *, word: str) -> Draft:
        for change in reversed(stack):
            if self._stands(change):
                return _reversed(change, author, wish.op)
        raise _No("nothing", f"there is nothing of yours to {word}")

    def _stands(self, change: Change) -> bool:
        """Tell whether what a change made is still so; the number of the last record does not count."""
        return _unnumbered(self._ahead.value(change.key)) == _unnumbered(change.after)

    _rules: ClassVar[Mapping[type[Operation], Callable[[Session, Any, Author], Draft]]] = {
        PutNote: _put_note,
        RemoveNote: _remove_note,
        Undo: _undo,
        Redo: _redo,
        Trigger: _trigger,
    }


def _unnumbered(value: Value) -> Value:
    return msgspec.structs.replace(value, number=0) if isinstance(value, Note) else value


def _reversed(change: Change, author: Author, op: int) -> Draft:
    kind, name = change.key
    if kind == "disturbance":
        body: dict[str, Any] = {"disturbance": name, "active": bool(change.before)}
        return Draft(author, op, "disturbance", body, change.number)
    if isinstance(change.before, Note):
        return Draft(author, op, "note", _note_body(change.before), change.number)
    return Draft(author, op, "note_removed", {"note": name}, change.number)


def _note_body(note: Note) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(note)
    body.pop("number", None)
    return body


class _No(Exception):
    """Leaves a rule with the reason of the refusal."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text
