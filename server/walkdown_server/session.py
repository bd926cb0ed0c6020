"""State and rules of one session: what a wish may become, and what a record changes.

:meth:`Session.decide` turns a wish into a draft or a refusal and changes nothing. :meth:`Session.expect`
makes the draft the next record; it then *waits* for the journal, and later wishes see it. After the
journal has it, :meth:`Session.apply` makes it so for everyone. The same ``apply`` rebuilds the state when
the server starts, so nothing here reads a clock, a file or a socket.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from walkdown.messages import (
    IN_PLACE,
    ModelState,
    Note,
    Operation,
    Placement,
    PlaceModel,
    PutNote,
    PutZone,
    Record,
    Redo,
    RemoveModel,
    RemoveNote,
    RemoveZone,
    Reply,
    Role,
    Snapshot,
    Trigger,
    Undo,
    Zone,
)
from walkdown.roles import may
from walkdown_server.placing import FURTHEST_METRES, fault_of, in_site
from walkdown_server.register import Register
from walkdown_server.standing import MODEL_KINDS, Answered, Authored, Change, Key, State, unnumbered

NOTES_MAX = 10_000
MODELS_MAX = 100
ZONES_MAX = 64


@dataclass(frozen=True, slots=True)
class Author:
    """Who wishes: the id that the journal keeps, the name at the time, and what they may do."""

    id: str
    name: str
    role: Role = "participant"

    @property
    def leads(self) -> bool:
        """Whether they may remove what others made."""
        return self.role in ("chair", "admin")


@dataclass(frozen=True, slots=True)
class BringModel:
    """The wish that ends an import: a package that is on disk becomes a model, or its next revision.

    Attributes:
        placement: None means where the older revision stands, or in place. op: none, the server makes it.
    """

    model: str
    name: str
    package: str
    placement: Placement | None = None
    op: int = 0


@dataclass(frozen=True, slots=True)
class Decree:
    """What the door has decided: a record of one of ``register.DOOR_KINDS``, as it stands.

    Attributes:
        op: of the operation that asked for it, 0 when the server does it by itself.
    """

    kind: str
    body: dict[str, Any]
    op: int = 0


Wish = Operation | BringModel | Decree


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a number and a time."""

    author: Author
    op: int
    kind: str
    body: dict[str, Any]
    undoes: int = 0


@dataclass(frozen=True, slots=True)
class Effects:
    """What the room has to do after a record has been applied."""

    announce: Record
    reply: Reply
    author_id: str
    disturbances: frozenset[str] | None = None
    models_changed: bool = False


class Session:
    """One session's lasting state.

    Args:
        things: ids that notes may be pinned to. disturbances: ids that may be triggered.
        models: what the server was started with.
    """

    def __init__(
        self,
        *,
        things: Iterable[str] = (),
        disturbances: Iterable[str] = (),
        models: Iterable[ModelState] = (),
    ) -> None:
        self._things, self._disturbances = frozenset(things), frozenset(disturbances)
        self._fixed = {model.model: model for model in models}
        self._things_in: dict[tuple[str, str], frozenset[str]] = {}
        self._applied = State(models=dict(self._fixed))
        self._ahead = self._applied.copy()
        self._answered: dict[str, Answered] = {}
        self._waiting: set[tuple[str, int]] = set()

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

    def models(self) -> tuple[ModelState, ...]:
        """Return the models as they stand, the older ones first."""
        return tuple(self._applied.models.values())

    def zones(self) -> tuple[Zone, ...]:
        """Return the places that do not hear each other, the older ones first."""
        return tuple(self._applied.zones.values())

    @property
    def kept_register(self) -> Register:
        """Who may come in and who is heard, by what is on disk."""
        return self._applied.register

    def model_ahead(self, model: str) -> ModelState | None:
        """Return a model as it will be when what waits is on disk, None when there is none."""
        return self._ahead.models.get(model)

    @property
    def register(self) -> Register:
        """Who may come in, as it will be when what waits is on disk."""
        return self._ahead.register

    @property
    def holds_more_models(self) -> bool:
        """Whether another model may be brought in."""
        return len(self._ahead.models) < MODELS_MAX

    def learn_things(self, model: str, package: str, things: Iterable[str]) -> None:
        """Learn which things a model brings beside the catalogue's while it has this package."""
        self._things_in[model, package] = frozenset(things)

    def knows_thing(self, thing: str) -> bool:
        """Tell whether the catalogue or a model has a thing of this id."""
        models = self._ahead.models.values()
        brought = (self._things_in.get((m.model, m.package), ()) for m in models)
        return thing in self._things or any(thing in things for things in brought)

    def snapshot(self) -> Snapshot:
        """Return what a late joiner needs to know."""
        state = self._applied
        return Snapshot(state.number, tuple(state.notes.values()), tuple(sorted(self.disturbances())))

    def last_op(self, author_id: str) -> int:
        """Return the newest operation of an author that has been applied or waits, 0 for none."""
        answered = self._answered.get(author_id)
        waiting = (op for author, op in self._waiting if author == author_id)
        return max(answered.last_op if answered else 0, *waiting, 0)

    def knows(self, author_id: str) -> bool:
        """Tell whether the author has a record."""
        return author_id in self._answered

    def first_reply(self, operation: Operation, author_id: str) -> Reply | None:
        """Return the answer that an operation already has, None when it is new or still waits."""
        answered = self._answered.get(author_id)
        number = answered.number_of(operation.op) if answered else 0
        return Reply(operation.op, number) if number else None

    def waits(self, operation: Operation, author_id: str) -> bool:
        """Tell whether an operation is on its way to the journal."""
        return (author_id, operation.op) in self._waiting

    def decide(self, operation: Wish, author: Author) -> Draft | Reply:
        """Return the draft that a wish becomes, or the reply that refuses it.

        Sees the records that wait, so that two edits in one commit group conflict as they should.
        """
        try:
            return self._rules[type(operation)](self, operation, author)
        except _No as no:
            return Reply(operation.op, 0, no.code, no.text, no.current, no.by)

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
        self._ahead.apply(record, self._fixed)
        self._waiting.add((record.author_id, record.op))
        return record

    def forget_waiting(self) -> None:
        """Take back what waits, because the journal could not keep it."""
        self._ahead = self._applied.copy()
        self._waiting.clear()

    def apply(self, record: Record) -> Effects:
        """Make a record so that the journal has."""
        self._applied.apply(record, self._fixed)
        if self._ahead.number < record.number:
            self._ahead.apply(record, self._fixed)
        self._waiting.discard((record.author_id, record.op))
        answered = self._answered.setdefault(record.author_id, Answered())
        if record.op:
            answered.put(record.op, record.number)
        changed = self.disturbances() if record.kind == "disturbance" else None
        moved = record.kind in MODEL_KINDS
        return Effects(record, Reply(record.op, record.number), record.author_id, changed, moved)

    # ---- rules: one for each operation ------------------------------------------------------------

    def _put_note(self, wish: PutNote, author: Author) -> Draft:
        there = self._ahead.notes.get(wish.note)
        if there is not None and there.author_id != author.id:
            raise _No("not-yours", f"this note is by {there.author}; only its author can change it")
        self._check_base(("note", wish.note), wish.base, author)
        if there is None and len(self._ahead.notes) >= NOTES_MAX:
            raise _No("full", f"a session holds at most {NOTES_MAX} notes")
        if not wish.text.strip():
            raise _No("empty", "a note needs some text")
        self._check_place(wish, there)
        note = Note(
            note=wish.note,
            text=wish.text,
            point=wish.point,
            author=author.name,
            author_id=author.id,
            time_ns=there.time_ns if there else 0,
            thing=wish.thing,
            model=wish.model,
        )
        return Draft(author, wish.op, "note", _body(note))

    def _check_place(self, wish: PutNote, there: Note | None) -> None:
        """Refuse a place that does not exist; a note may keep one that it lost."""
        if wish.thing and (there is None or wish.thing != there.thing) and not self.knows_thing(wish.thing):
            raise _No("unknown", f"there is no thing {wish.thing!r} in this session")
        model = self._ahead.models.get(wish.model)
        if wish.model and model is None and (there is None or wish.model != there.model):
            raise _No("unknown", f"there is no model {wish.model!r} in this session")
        point = wish.point if model is None else in_site(model.placement, wish.point)
        if not all(math.isfinite(x) and abs(x) <= FURTHEST_METRES for x in point):
            raise _No("place", f"a note stands within {FURTHEST_METRES:.0f} m of the origin")

    def _remove_note(self, wish: RemoveNote, author: Author) -> Draft:
        there = self._ahead.notes.get(wish.note)
        if there is None and not wish.base:
            raise _No("unknown", "this note does not exist, or not any more")
        if there is not None and there.author_id != author.id and not author.leads:
            raise _No("not-yours", f"this note is by {there.author}; its author or a chair can remove it")
        self._check_base(("note", wish.note), wish.base, author)
        if there is None:
            raise _No("unknown", "you have removed this note")
        return Draft(author, wish.op, "note_removed", {"note": wish.note})

    def _trigger(self, wish: Trigger, author: Author) -> Draft:
        if wish.disturbance not in self._disturbances:
            raise _No("unknown", f"there is no disturbance {wish.disturbance!r} in this session")
        if self._ahead.disturbances.get(wish.disturbance, False) == wish.active:
            raise _No("unchanged", "it is already active" if wish.active else "it is not active")
        body = {"disturbance": wish.disturbance, "active": wish.active}
        return Draft(author, wish.op, "disturbance", body)

    def _bring_model(self, wish: BringModel, author: Author) -> Draft:
        there = self._ahead.models.get(wish.model)
        if there is None and not self.holds_more_models:
            raise _No("full", f"a session holds at most {MODELS_MAX} models")
        placement = wish.placement or (there.placement if there else IN_PLACE)
        self._check_placement(placement)
        if there is not None and (there.package, there.placement) == (wish.package, placement):
            raise _No("unchanged", "this model is here already, just as it is in the file")
        made = ModelState(
            model=wish.model,
            name=wish.name,
            package=wish.package,
            author=author.name,
            author_id=author.id,
            placement=placement,
            revision=there.revision + 1 if there else 1,
        )
        return Draft(author, wish.op, "model", _body(made))

    def _place_model(self, wish: PlaceModel, author: Author) -> Draft:
        there = self._model(wish, author)
        self._check_placement(wish.placement)
        if there.placement == wish.placement:
            raise _No("unchanged", "the model stands there already")
        return Draft(author, wish.op, "model_placed", _placed_body(wish.model, wish.placement))

    def _remove_model(self, wish: RemoveModel, author: Author) -> Draft:
        self._model(wish, author)
        return Draft(author, wish.op, "model_removed", {"model": wish.model})

    def _model(self, wish: PlaceModel | RemoveModel, author: Author) -> ModelState:
        there = self._ahead.models.get(wish.model)
        if there is None and not wish.base:
            raise _No("unknown", "this model does not exist, or not any more")
        self._check_base(("model", wish.model), wish.base, author)
        if there is None:
            raise _No("unknown", "you have removed this model")
        return there

    def _check_base(self, key: Key, base: int, author: Author) -> None:
        """Refuse a change of what somebody else has changed since the author saw it, and say what is there.

        Only the changes of others count: what one does quickly, one thing after the other, is no conflict.
        """
        there, touch = self._ahead.value(key), self._ahead.touch(key)
        known = (there is not None or touch is not None) and base <= self._ahead.number
        number, by = touch.by_others(author.id) if touch and known else (0, "")
        if not base or (known and number <= base):
            return
        what = "changed" if there is not None else "removed"
        text = f"this {key[0]} was {what} meanwhile" + (f" by {by}" if by else "")
        current = msgspec.to_builtins(there) if isinstance(there, Note | ModelState) else None
        raise _No("conflict", text, current=current, by=by)

    def _check_placement(self, placement: Placement) -> None:
        if fault := fault_of(placement):
            raise _No("place", fault)

    def _put_zone(self, wish: PutZone, author: Author) -> Draft:
        zones, zone = self._ahead.zones, wish.zone
        self._check_room_for(zone)
        if not zone.name.strip():
            raise _No("empty", "a zone needs a name")
        if not all(math.isfinite(x) and abs(x) <= FURTHEST_METRES for x in (*zone.low, *zone.high)):
            raise _No("place", f"a zone lies within {FURTHEST_METRES:.0f} m of the origin")
        if not all(low < high for low, high in zip(zone.low, zone.high, strict=True)):
            raise _No("place", "a zone's lower corner has to be below its upper one along each axis")
        if zones.get(zone.zone) == zone:
            raise _No("unchanged", "this zone is there already, just so")
        return Draft(author, wish.op, "zone", _body(zone))

    def _check_room_for(self, zone: Zone) -> None:
        """Refuse a zone beyond those that can be told apart, also one that somebody takes back."""
        if zone.zone not in self._ahead.zones and len(self._ahead.zones) >= ZONES_MAX:
            raise _No("full", f"a session holds at most {ZONES_MAX} zones")

    def _remove_zone(self, wish: RemoveZone, author: Author) -> Draft:
        if wish.zone not in self._ahead.zones:
            raise _No("unknown", "this zone does not exist, or not any more")
        return Draft(author, wish.op, "zone_removed", {"zone": wish.zone})

    def _decree(self, wish: Decree, author: Author) -> Draft:
        return Draft(author, wish.op, wish.kind, wish.body)

    def _undo(self, wish: Undo, author: Author) -> Draft:
        authored = self._ahead.authors.get(author.id, Authored())
        return self._reverse(wish, author, authored.done, word="undo")

    def _redo(self, wish: Redo, author: Author) -> Draft:
        authored = self._ahead.authors.get(author.id, Authored())
        return self._reverse(wish, author, authored.undone, word="redo")

    def _reverse(self, wish: Operation, author: Author, stack: list[Change], *, word: str) -> Draft:
        for change in reversed(stack):
            if self._stands(change):
                _check_role(change, author)
                if isinstance(change.before, Zone):
                    self._check_room_for(change.before)
                return _reversed(change, author, wish.op)
        raise _No("nothing", f"there is nothing of yours to {word}")

    def _stands(self, change: Change) -> bool:
        """Tell whether what a change made is still so; the number of the last record does not count."""
        return unnumbered(self._ahead.value(change.key)) == unnumbered(change.after)

    _rules: ClassVar[Mapping[type[Wish], Callable[[Session, Any, Author], Draft]]] = {
        PutNote: _put_note,
        RemoveNote: _remove_note,
        Undo: _undo,
        Redo: _redo,
        Trigger: _trigger,
        BringModel: _bring_model,
        PlaceModel: _place_model,
        RemoveModel: _remove_model,
        PutZone: _put_zone,
        RemoveZone: _remove_zone,
        Decree: _decree,
    }


def _check_role(change: Change, author: Author) -> None:
    """Refuse to take back a change of a kind that the author's role may not make, or not any more."""
    kinds: Mapping[str, type[Operation]] = {
        "note": PutNote,
        "model": PlaceModel,
        "zone": PutZone,
        "disturbance": Trigger,
    }
    notes = [value for value in (change.before, change.after) if isinstance(value, Note)]
    foreign = any(note.author_id != author.id for note in notes)
    if not may(author.role, kinds[change.key[0]]) or (foreign and not author.leads):
        raise _No("rights", f"your role, {author.role}, may not change this {change.key[0]} any more")


def _reversed(change: Change, author: Author, op: int) -> Draft:
    """Return the draft that makes the value before a change the value again."""
    kind, name = change.key
    before, after = change.before, change.after
    if kind == "disturbance":
        body: dict[str, Any] = {"disturbance": name, "active": bool(before)}
        return Draft(author, op, "disturbance", body, change.number)
    if isinstance(before, ModelState) and isinstance(after, ModelState) and _only_moved(before, after):
        return Draft(author, op, "model_placed", _placed_body(name, before.placement), change.number)
    if isinstance(before, Note | ModelState | Zone):
        return Draft(author, op, kind, _body(before), change.number)
    return Draft(author, op, f"{kind}_removed", {kind: name}, change.number)


def _only_moved(before: ModelState, after: ModelState) -> bool:
    return unnumbered(before) == unnumbered(msgspec.structs.replace(after, placement=before.placement))


def _placed_body(model: str, placement: Placement) -> dict[str, Any]:
    return {"model": model, "placement": list(placement)}


def _body(value: Note | ModelState | Zone) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(value)
    body.pop("number", None)
    return body


class _No(Exception):
    """Leaves a rule with the reason of the refusal."""

    def __init__(self, code: str, text: str, *, current: dict[str, Any] | None = None, by: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.current, self.by = code, text, current, by
