"""Everything a panel asks of a catalogue, answered by lookups that are built once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.twin import Catalogue, ModelThings, Relation, Signal, Thing, element_id

I32 = npt.NDArray[np.int32]
NOTHING = -1
"""Stands in an index array for "has none"."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation as one of its two things sees it; ``outgoing`` is False at its target."""

    relation: Relation
    other: Thing
    outgoing: bool


class TwinIndex:
    """Lookups into one catalogue, and into what the models of the session add to it.

    Args:
        catalogue: what the wire speaks of.
        models: by model id, further things and relations; of things with the same id the first counts.

    Attributes:
        catalogue: all of it; the things of models stand behind those that the wire numbers.
        thing_row: thing id to index, which is the one on the wire.
        main_signal: (things,) int32, the signal index shown first for a thing, ``NOTHING`` for none.
        thing_of_signal: (signals,) int32 thing index.
        parent: (things,) int32 thing index, ``NOTHING`` for roots.
    """

    def __init__(self, catalogue: Catalogue, models: Mapping[str, ModelThings] | None = None) -> None:
        self._model_of: dict[str, str] = {}
        self._brought = frozenset(models or ())
        self.catalogue = self._extended(catalogue, models or {})
        catalogue = self.catalogue
        self.thing_row = {thing.id: row for row, thing in enumerate(catalogue.things)}
        self._signal_row = {signal.id: row for row, signal in enumerate(catalogue.signals)}
        self._row_of_element: dict[str, dict[str, int]] = defaultdict(dict)
        for row, thing in enumerate(catalogue.things):
            if thing.element:
                self._row_of_element[thing.element_model][thing.element] = row
        self.parent = self._rows(thing.parent for thing in catalogue.things)
        self.thing_of_signal = self._rows(signal.thing for signal in catalogue.signals)
        self._children = _grouped(self.parent)
        self._signals = _grouped(self.thing_of_signal)
        self._edges = self._collect_edges()
        self.main_signal = self._choose_main_signals()

    def thing(self, thing_id: str) -> Thing:
        """Return a thing; KeyError when there is none of that id."""
        return self.catalogue.things[self.thing_row[thing_id]]

    def has_thing(self, thing_id: str) -> bool:
        """Tell whether the catalogue has it."""
        return thing_id in self.thing_row

    def model_of(self, thing_id: str) -> str:
        """Return the id of the model that brought a thing, "" for those of the catalogue."""
        return self._model_of.get(thing_id, "")

    def thing_of_element(self, element_key: str, model: str = "") -> Thing | None:
        """Return the thing that draws this element group of a model, None when no thing does."""
        own, others = self._row_of_element.get(model, {}), self._row_of_element.get("", {})
        row = own.get(element_key, others.get(element_key))
        return None if row is None else self.catalogue.things[row]

    def rows_of_elements(self, keys: Sequence[str], model: str = "") -> I32:
        """Return the row of the thing that draws each element group of a model, ``NOTHING`` for none.

        It is one that draws those of this model alone, else one that draws those of any; (n,) int32.
        """
        rows = np.full(len(keys), NOTHING, np.int32)
        for owner in dict.fromkeys(("", model)):
            row_of = self._row_of_element.get(owner, {})
            found = np.fromiter(map(row_of.get, keys, repeat(NOTHING)), np.int32, len(keys))
            rows = np.where(found == NOTHING, rows, found)
        return rows

    def names_of_elements(self, keys: Sequence[str], model: str = "") -> list[str]:
        """Return by what each element of a model is selected and hidden: the id of its thing, else its key.

        A key in a model that was brought in has the model's id before it, as other models may have it too.
        """
        own = model in self._brought
        rows, things = self.rows_of_elements(keys, model).tolist(), self.catalogue.things
        return [
            things[row].id if row != NOTHING else element_id(model, key) if own else key
            for key, row in zip(keys, rows, strict=True)
        ]

    def children(self, thing_id: str) -> tuple[Thing, ...]:
        """Return the things whose parent this one is, in catalogue order."""
        return tuple(self.catalogue.things[row] for row in self._children.get(self.thing_row[thing_id], ()))

    def ancestors(self, thing_id: str) -> tuple[Thing, ...]:
        """Return parent, its parent and so on; a cycle ends the list."""
        found: list[int] = []
        row = self.parent[self.thing_row[thing_id]]
        while row != NOTHING and row not in found:
            found.append(int(row))
            row = self.parent[row]
        return tuple(self.catalogue.things[row] for row in found)

    def edges(self, thing_id: str) -> tuple[Edge, ...]:
        """Return the relations that start or end at a thing."""
        return tuple(self._edges.get(thing_id, ()))

    def signal_row(self, signal_id: str) -> int:
        """Return a signal's index on the wire; KeyError when there is none of that id."""
        return self._signal_row[signal_id]

    def signal_rows(self, thing_id: str) -> tuple[int, ...]:
        """Return the indices of a thing's signals: the main one first, then in catalogue order."""
        rows = self._signals.get(self.thing_row[thing_id], ())
        main = self.main_signal[self.thing_row[thing_id]]
        return tuple(sorted(rows, key=lambda row: (row != main, row)))

    def signals(self, thing_id: str) -> tuple[Signal, ...]:
        """Return a thing's signals, in the order of :meth:`signal_rows`."""
        return tuple(self.catalogue.signals[row] for row in self.signal_rows(thing_id))

    def _extended(self, catalogue: Catalogue, models: Mapping[str, ModelThings]) -> Catalogue:
        if not models:
            return catalogue
        things = {thing.id: thing for thing in catalogue.things}
        for model, brought in models.items():
            fresh = {thing.id: thing for thing in brought.things if thing.id not in things}
            things |= fresh
            self._model_of |= dict.fromkeys(fresh, model)
        relations = [relation for brought in models.values() for relation in brought.relations]
        return msgspec.structs.replace(
            catalogue, things=tuple(things.values()), relations=(*catalogue.relations, *relations)
        )

    def _rows(self, ids: Iterable[str]) -> I32:
        return np.array([self.thing_row.get(identity, NOTHING) for identity in ids], np.int32)

    def _collect_edges(self) -> Mapping[str, list[Edge]]:
        edges: dict[str, list[Edge]] = defaultdict(list)
        for relation in self.catalogue.relations:
            if relation.source in self.thing_row and relation.target in self.thing_row:
                edges[relation.source].append(Edge(relation, self.thing(relation.target), outgoing=True))
                edges[relation.target].append(Edge(relation, self.thing(relation.source), outgoing=False))
        return edges

    def _choose_main_signals(self) -> I32:
        chosen = np.full(len(self.catalogue.things), NOTHING, np.int32)
        for thing, rows in self._signals.items():
            marked = [row for row in rows if self.catalogue.signals[row].main]
            chosen[thing] = (marked or rows)[0]
        return chosen


def _grouped(owners: I32) -> Mapping[int, list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for row, owner in enumerate(owners.tolist()):
        if owner != NOTHING:
            groups[owner].append(row)
    return groups
