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
    Snapshot,
    Trigger,
    Undo,
    Zone,
)
from walkdown.review import Edit, ReviewState
from walkdown_server.placing import FURTHEST_METRES, fault_of, in_site
from walkdown_server.register import Register
from walkdown_server.reversing import reversal
from walkdown_server.ruling import (
    Author,
    BringModel,
    Decree,
    Draft,
    No,
    OwnWish,
    Rules,
    body_of,
    check_base,
)
from walkdown_server.standing import MODEL_KINDS, Answered, Authored, Change, State

NOTES_MAX = 10_000
MODELS_MAX = 100
ZONES_MAX = 64


Wish = Operation | OwnWish


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
        models: what the server was started with. rules: for wishes beside those that this file decides.

    Attributes:
        on_applied: told of each record that was made so, and what it changed.
    """

    on_applied: Callable[[Record, tuple[Edit, ...]], None] = staticmethod(lambda _record, _edits: None)

    def __init__(
        self,
        *,
        things: Iterable[str] = (),
        disturbances: Iterable[str] = (),
        models: Iterable[ModelState] = (),
        rules: Rules | None = None,
    ) -> None:
        self._further = rules or {}
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
    def review(self) -> ReviewState:
        """The review as it is on disk."""
        return self._applied.review

    @property
    def review_ahead(self) -> ReviewState:
        """The review as it will be when what waits is on disk."""
        return self._ahead.review

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

    def things_known(self) -> Callable[[str], bool]:
        """Return what tells of ids whether there is such a thing now; it may be asked in any thread."""
        brought = [self._things_in.get((m.model, m.package)) for m in self._ahead.models.values()]
        sets = [self._things, *filter(None, brought)]
        return lambda thing: any(thing in things for things in sets)

    def snapshot(self) -> Snapshot:
        """Return what a late joiner needs to know."""
        state = self._applied
        notes, disturbances = tuple(state.notes.values()), tuple(sorted(self.disturbances()))
        return Snapshot(state.number, notes, disturbances, state.review.snapshot())

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
            if (rule := self._further.get(type(operation))) is not None:
                return rule(self._ahead, operation, author)
            return self._rules[type(operation)](self, operation, author)
        except No as no:
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
        if draft.finish is not None:
            draft.finish(record.body, record.time_ns)
        self._ahead.apply(record, self._fixed)
        self._waiting.add((record.author_id, record.op))
        return record

    def forget_waiting(self) -> None:
        """Take back what waits, because the journal could not keep it."""
        self._ahead = self._applied.copy()
        self._waiting.clear()

    def restore(self, records: Iterable[Record]) -> None:
        """Make the records of a journal so, before anyone comes."""
        for record in records:
            self._make_so(record)
        self._ahead = self._applied.copy()

    def _make_so(self, record: Record) -> None:
        edits = self._applied.apply(record, self._fixed)
        answered = self._answered.setdefault(record.author_id, Answered())
        if record.op:
            answered.put(record.op, record.number)
        self.on_applied(record, edits)

    def apply(self, record: Record) -> Effects:
        """Make a record so that the journal has."""
        self._make_so(record)
        if self._ahead.number < record.number:
            self._ahead.apply(record, self._fixed)
        self._waiting.discard((record.author_id, record.op))
        changed = self.disturbances() if record.kind == "disturbance" else None
        moved = record.kind in MODEL_KINDS
        return Effects(record, Reply(record.op, record.number), record.author_id, changed, moved)

    # ---- rules: one for each operation ------------------------------------------------------------

    def _put_note(self, wish: PutNote, author: Author) -> Draft:
        there = self._ahead.notes.get(wish.note)
        if there is not None and there.author_id != author.id:
            raise No("not-yours", f"this note is by {there.author}; only its author can change it")
        check_base(self._ahead, ("note", wish.note), wish.base, author=author)
        if there is None and len(self._ahead.notes) >= NOTES_MAX:
            raise No("full", f"a session holds at most {NOTES_MAX} notes")
        if not wish.text.strip():
            raise No("empty", "a note needs some text")
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
        return Draft(author, wish.op, "note", body_of(note), finish=None if there else _date)

    def _check_place(self, wish: PutNote, there: Note | None) -> None:
        """Refuse a place that does not exist; a note may keep one that it lost."""
        if wish.thing and (there is None or wish.thing != there.thing) and not self.knows_thing(wish.thing):
            raise No("unknown", f"there is no thing {wish.thing!r} in this session")
        model = self._ahead.models.get(wish.model)
        if wish.model and model is None and (there is None or wish.model != there.model):
            raise No("unknown", f"there is no model {wish.model!r} in this session")
        point = wish.point if model is None else in_site(model.placement, wish.point)
        if not all(math.isfinite(x) and abs(x) <= FURTHEST_METRES for x in point):
            raise No("place", f"a note stands within {FURTHEST_METRES:.0f} m of the origin")

    def _remove_note(self, wish: RemoveNote, author: Author) -> Draft:
        there = self._ahead.notes.get(wish.note)
        if there is None and not wish.base:
            raise No("unknown", "this note does not exist, or not any more")
        if there is not None and there.author_id != author.id and not author.leads:
            raise No("not-yours", f"this note is by {there.author}; its author or a chair can remove it")
        check_base(self._ahead, ("note", wish.note), wish.base, author=author)
        if there is None:
            raise No("unknown", "you have removed this note")
        return Draft(author, wish.op, "note_removed", {"note": wish.note})

    def _trigger(self, wish: Trigger, author: Author) -> Draft:
        if wish.disturbance not in self._disturbances:
            raise No("unknown", f"there is no disturbance {wish.disturbance!r} in this session")
        if self._ahead.disturbances.get(wish.disturbance, False) == wish.active:
            raise No("unchanged", "it is already active" if wish.active else "it is not active")
        body = {"disturbance": wish.disturbance, "active": wish.active}
        return Draft(author, wish.op, "disturbance", body)

    def _bring_model(self, wish: BringModel, author: Author) -> Draft:
        there = self._ahead.models.get(wish.model)
        if there is None and not self.holds_more_models:
            raise No("full", f"a session holds at most {MODELS_MAX} models")
        placement = wish.placement or (there.placement if there else IN_PLACE)
        self._check_placement(placement)
        if there is not None and (there.package, there.placement) == (wish.package, placement):
            raise No("unchanged", "this model is here already, just as it is in the file")
        made = ModelState(
            model=wish.model,
            name=wish.name,
            package=wish.package,
            author=author.name,
            author_id=author.id,
            placement=placement,
            revision=there.revision + 1 if there else 1,
        )
        return Draft(author, wish.op, "model", body_of(made))

    def _place_model(self, wish: PlaceModel, author: Author) -> Draft:
        there = self._model(wish, author)
        self._check_placement(wish.placement)
        if there.placement == wish.placement:
            raise No("unchanged", "the model stands there already")
        return Draft(author, wish.op, "model_placed", _placed_body(wish.model, wish.placement))

    def _remove_model(self, wish: RemoveModel, author: Author) -> Draft:
        self._model(wish, author)
        return Draft(author, wish.op, "model_removed", {"model": wish.model})

    def _model(self, wish: PlaceModel | RemoveModel, author: Author) -> ModelState:
        there = self._ahead.models.get(wish.model)
        if there is None and not wish.base:
            raise No("unknown", "this model does not exist, or not any more")
        check_base(self._ahead, ("model", wish.model), wish.base, author=author)
        if there is None:
            raise No("unknown", "you have removed this model")
        return there

    def _check_placement(self, placement: Placement) -> None:
        if fault := fault_of(placement):
            raise No("place", fault)

    def _put_zone(self, wish: PutZone, author: Author) -> Draft:
        zones, zone = self._ahead.zones, wish.zone
        self._check_room_for(zone)
        if not zone.name.strip():
            raise No("empty", "a zone needs a name")
        if not all(math.isfinite(x) and abs(x) <= FURTHEST_METRES for x in (*zone.low, *zone.high)):
            raise No("place", f"a zone lies within {FURTHEST_METRES:.0f} m of the origin")
        if not all(low < high for low, high in zip(zone.low, zone.high, strict=True)):
            raise No("place", "a zone's lower corner has to be below its upper one along each axis")
        if zones.get(zone.zone) == zone:
            raise No("unchanged", "this zone is there already, just so")
        return Draft(author, wish.op, "zone", body_of(zone))

    def _check_room_for(self, zone: Zone) -> None:
        """Refuse a zone beyond those that can be told apart, also one that somebody takes back."""
        if zone.zone not in self._ahead.zones and len(self._ahead.zones) >= ZONES_MAX:
            raise No("full", f"a session holds at most {ZONES_MAX} zones")

    def _remove_zone(self, wish: RemoveZone, author: Author) -> Draft:
        if wish.zone not in self._ahead.zones:
            raise No("unknown", "this zone does not exist, or not any more")
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
        draft = reversal(self._ahead, author, stack, op=wish.op, word=word)
        if draft.kind == "zone":
            self._check_room_for(msgspec.convert(draft.body, Zone))
        return draft

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


def _date(note: dict[str, Any], time_ns: int) -> None:
    note["time_ns"] = time_ns


def _placed_body(model: str, placement: Placement) -> dict[str, Any]:
    return {"model": model, "placement": list(placement)}
