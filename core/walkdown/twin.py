"""What the twin knows besides geometry: things, signals, relations, and what belongs to what.

A *thing* is a part of the twin with a stable id; it draws an *element* group of a package. A *signal* is
one measured or computed value of a thing. The catalogue is the list of all; it has an epoch, which
changes whenever the list does. Its signals stand ordered by kind, see :data:`KINDS`; the position in the
list is the signal's index on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from walkdown.errors import BadInput
from walkdown.i18n import _

Kind = Literal["f32", "f64", "i64", "enum", "bool", "text"]
KINDS: tuple[Kind, ...] = ("f32", "f64", "i64", "enum", "bool", "text")
"""Kinds in catalogue order."""

RelationKind = Literal["part_of", "connects_to", "feeds", "depends_on", "located_in"]

GOOD, STALE, BAD, SIMULATED = range(4)
"""Quality of a value: two bits on the wire."""

QUALITIES = ("good", "stale", "bad", "simulated")

NO_STATE, STATE_GOOD, STATE_ATTENTION, STATE_ALARM, STATE_STALE, STATE_BAD, STATE_SIMULATED = range(7)
"""State of a thing, the worst of its signals; one byte on the wire."""

STATES = ("none", "good", "attention", "alarm", "stale", "bad", "simulated")

_WORLDWIDE = re.compile(r"ifc:[0-9A-Za-z_$]{22}|gml:[^/]{16,}")
"""Element keys that mean the same part in whichever model they stand: IFC's GlobalIds, and ids of city
objects that are too long to be the same by chance. All others belong to a model."""


def is_worldwide(key: str) -> bool:
    """Tell whether an element key is unique in the world, and not only in its model."""
    return _WORLDWIDE.fullmatch(key) is not None


def element_id(model: str, key: str) -> str:
    """Return the id of the thing that is an element of a model, unique among all models.

    >>> element_id("hall 2", "gltf:/Pump"), element_id("hall 2", "ifc:2O2Fr$t4X7Zf8NOew3FLOH")
    ('hall 2#gltf:/Pump', 'ifc:2O2Fr$t4X7Zf8NOew3FLOH')
    """
    return key if is_worldwide(key) else f"{model}#{key}"


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a value starts to deserve attention and where it is an alarm; None means no limit."""

    low_alarm: float | None = None
    low: float | None = None
    high: float | None = None
    high_alarm: float | None = None


class Signal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value of a thing.

    Attributes:
        id: unique, for instance ``L1.FIL.speed``.
        thing: id of the thing it belongs to.
        name: for people, in English.
        unit: UCUM code, ``1`` when it has none.
        minimum: lower end of the usual range, for scales.
        maximum: upper end of the usual range.
        labels: the words of an enum, by number.
        alarm_labels: the enum numbers, or 1/0 of a bool, that are an alarm.
        attention_labels: the same for attention.
        period_secs: how often a value is expected; twice this without one makes it stale. 0: never stale.
        main: the signal shown first for its thing.
    """

    id: str
    thing: str
    name: str
    kind: Kind = "f32"
    unit: str = "1"
    minimum: float = 0.0
    maximum: float = 1.0
    limits: Limits | None = None
    labels: tuple[str, ...] = ()
    alarm_labels: tuple[int, ...] = ()
    attention_labels: tuple[int, ...] = ()
    period_secs: float = 0.0
    main: bool = False


class Relation(msgspec.Struct, frozen=True):
    """A directed edge between two things."""

    source: str
    target: str
    kind: RelationKind


class Thing(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of the twin.

    Attributes:
        id: stable and unique, for instance ``L1.FIL`` or a GUID.
        type: the class in the plant's own words, for instance ``filler``.
        element: key of the element (group) that it draws, or "".
        parent: id of the thing it is part of, or "".
        functions: what it does, one short phrase each.
        properties: anything else worth reading, name to value.
        element_model: id of the model whose element it draws, "" for that of any model.
    """

    id: str
    name: str
    type: str = "thing"
    element: str = ""
    parent: str = ""
    serial: str = ""
    maker: str = ""
    model: str = ""
    functions: tuple[str, ...] = ()
    properties: dict[str, str | float | int | bool] = {}
    element_model: str = ""

    @property
    def is_element(self) -> bool:
        """Whether it is nothing but the element that it draws, as models bring them."""
        return self.id in (self.element, f"{self.element_model}#{self.element}")


class Disturbance(msgspec.Struct, frozen=True):
    """A scripted fault that a person can start."""

    id: str
    name: str
    thing: str
    about: str = ""


class Catalogue(msgspec.Struct, frozen=True):
    """All things, signals and relations of a session; signals stand ordered by kind."""

    epoch: int
    things: tuple[Thing, ...] = ()
    signals: tuple[Signal, ...] = ()
    relations: tuple[Relation, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()


class ModelThings(msgspec.Struct, frozen=True):
    """What a model brings to the twin of a session beside the catalogue; it has no live values."""

    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()


def make_catalogue(
    epoch: int,
    *,
    things: Iterable[Thing] = (),
    signals: Iterable[Signal] = (),
    relations: Iterable[Relation] = (),
    disturbances: Iterable[Disturbance] = (),
) -> Catalogue:
    """Order the signals by kind and check that ids are unique and that every reference exists.

    Raises:
        BadInput: names the first id that is double or missing.
    """
    ordered = tuple(sorted(signals, key=lambda s: KINDS.index(s.kind)))
    catalogue = Catalogue(epoch, tuple(things), ordered, tuple(relations), tuple(disturbances))
    known = _unique("thing", (t.id for t in catalogue.things))
    _unique("signal", (s.id for s in ordered))
    for owner, reference in _references(catalogue):
        if reference not in known:
            raise BadInput(
                _("{owner} refers to the thing {thing!r}, which the catalogue does not have").format(
                    owner=owner, thing=reference
                )
            )
    return catalogue


def _unique(noun: str, ids: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise BadInput(
                _("the {noun} id {id!r} occurs twice; ids must be unique").format(noun=noun, id=identity)
            )
        seen.add(identity)
    return seen


def _references(catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    yield from ((f"thing {t.id!r}", t.parent) for t in catalogue.things if t.parent)
    yield from ((f"signal {s.id!r}", s.thing) for s in catalogue.signals)
    yield from ((f"disturbance {d.id!r}", d.thing) for d in catalogue.disturbances)
    for relation in catalogue.relations:
        yield f"relation from {relation.source!r}", relation.source
        yield f"relation from {relation.source!r}", relation.target
