"""Everything that can be found and selected, a row each: the things of the twin, then what else models hold.

An element that a thing draws is no row of its own: the thing stands for it. Trees, the search and the
inspector speak of these rows; what they do to them they say by key, so that a new revision changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np
import numpy.typing as npt

from walkdown.package import (
    NO_ROW,
    Columns,
    ElementTable,
    PropertyColumn,
    Scalar,
    property_columns,
    split_name,
)
from walkdown.package.ancestry import nearest_above
from walkdown_client.systems import systems_of_things
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.units import converted

I32 = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]

_SAME = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One model of the inventory.

    Attributes:
        name: of the model. base: drawn id of its first element. model: its id.
    """

    name: str
    base: int
    elements: ElementTable
    model: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A text for each row: the different ones, and (n,) int32 which of them; ``NOTHING`` for none."""

    words: tuple[str, ...]
    codes: I32

    def of(self, row: int) -> str:
        """Return the text of a row, "" for none."""
        code = int(self.codes[row])
        return "" if code == NOTHING else self.words[code]

    def rows(self, word: str) -> npt.NDArray[np.intp]:
        """Return the rows that have a text."""
        if word not in self.words:
            return np.zeros(0, np.intp)
        return np.flatnonzero(self.codes == self.words.index(word))


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Properties of some rows: (k,) int32 inventory rows of the rows that the columns speak of."""

    items: I32
    column: PropertyColumn


class Inventory:
    """All rows, in columns.

    Args:
        twin: its things come first; a thing's row here is its row there.
        parts: the models, whose other elements follow.

    Attributes:
        keys: ids of things, and what elements are selected by. names, kinds: for people.
        thing_count: so many rows are things.
        drawn: (n,) int32 drawn id of what a row draws, ``NOTHING`` for nothing.
        models: (n,) int32 place in ``parts``, ``NOTHING`` for what nothing draws.
        storeys: (n,) int32 row of the storey that each row is in, ``NOTHING`` for none.
        findable: (n,) bool, False for the parts of a thing that are no things.
        items: for each part, (elements,) int32 row of each element.
        properties_revision: grows when properties have been learned.
    """

    def __init__(self, twin: TwinIndex, parts: Sequence[Part] = ()) -> None:
        things = twin.catalogue.things
        self.twin, self.parts = twin, tuple(parts)
        self.keys = [thing.id for thing in things]
        self.names = [thing.name or thing.id for thing in things]
        self.kinds = [thing.type for thing in things]
        self.thing_count = len(things)
        self.items: list[I32] = []
        self.properties_revision = 0
        self._columns: dict[int, Columns] = {}
        self._row_of: dict[str, int] = {}
        own = [twin.rows_of_elements(part.elements.keys, part.model) for part in self.parts]
        for part, rows in zip(self.parts, own, strict=True):
            self._take(part, rows)
        self.drawn, self.models = self._places()
        self.storeys = self._storeys()
        self.findable = self._findable(own)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.keys)

    def _take(self, part: Part, own: I32) -> None:
        """Give the elements that no thing draws rows of their own."""
        table, free = part.elements, np.flatnonzero(own == NOTHING)
        items = own.copy()
        items[free] = np.arange(len(self.keys), len(self.keys) + len(free))
        self.items.append(items)
        self.keys += self.twin.names_of_elements([table.keys[row] for row in free], part.model)
        self.names += [table.names[row] or table.keys[row] for row in free]
        self.kinds += [table.kinds[row] for row in free]

    def _places(self) -> tuple[I32, I32]:
        drawn, models = (np.full(len(self.keys), NOTHING, np.int32) for _column in range(2))
        for place in reversed(range(len(self.parts))):  # of several, the first model counts
            items = self.items[place]
            drawn[items] = np.arange(len(items)) + self.parts[place].base
            models[items] = place
        return drawn, models

    def _storeys(self) -> I32:
        storeys = np.full(len(self.keys), NOTHING, np.int32)
        for part, items in zip(reversed(self.parts), reversed(self.items), strict=True):
            storeys[items] = np.append(items, np.int32(NOTHING))[part.elements.storeys]
        return storeys

    def _findable(self, own: Sequence[I32]) -> Marks:
        """Leave out the parts of the twin's things; those that are an element each have no such parts."""
        findable = np.ones(len(self.keys) + 1, bool)
        wholes = np.array([*(not thing.is_element for thing in self.twin.catalogue.things), False], bool)
        for part, rows, items in zip(self.parts, own, self.items, strict=True):
            above = nearest_above(rows, part.elements.parents)
            findable[items[(rows == NOTHING) & wholes[above]]] = False
        return findable[:-1]

    # ---- one row ------------------------------------------------------------------------------------

    def row_of(self, key: str) -> int:
        """Return the row of a key, ``NOTHING`` when there is none."""
        if not self._row_of:
            self._row_of = dict(zip(reversed(self.keys), range(len(self.keys) - 1, -1, -1), strict=True))
        return self._row_of.get(key, NOTHING)

    def rows_of(self, keys: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return the rows of many keys, without those that are not here."""
        self.row_of("")
        found = np.fromiter(map(self._row_of.get, keys, repeat(NOTHING)), np.intp, len(keys))
        return np.asarray(found[found != NOTHING])

    def is_thing(self, row: int) -> bool:
        """Tell whether a row is a thing."""
        return row < self.thing_count

    def element_row(self, row: int) -> tuple[Part, int] | None:
        """Return the model that draws a row, and the element's row in it."""
        model = int(self.models[row])
        return (
            None if model == NOTHING else (self.parts[model], int(self.drawn[row]) - self.parts[model].base)
        )

    def whole_of(self, row: int) -> int:
        """Return the nearest thing above an element, ``NOTHING`` for none."""
        place = self.element_row(row)
        if place is None:
            return NOTHING
        part, element = place
        items = self.items[int(self.models[row])]
        while (element := int(part.elements.parents[element])) != NO_ROW:
            if self.is_thing(int(items[element])):
                return int(items[element])
        return NOTHING

    def elevation(self, row: int) -> float:
        """Return how high a storey lies, metres: what it says itself, else the lowest point in it."""
        for source in sorted(self.sources("elevation"), key=lambda s: "." in s.column.name):
            places = np.flatnonzero(source.items == row)
            if len(places) and np.isfinite(number := source.column.numbers[places[0]]):
                height = converted(float(number), unit=split_name(source.column.name).unit, to="m")
                return float("nan") if height is None else height
        place = self.element_row(row)
        return float("nan") if place is None else float(place[0].elements.lo[place[1], 2])

    def properties(self, row: int) -> dict[str, Scalar]:
        """Return the properties of a row; those of a model are fetched unless they are at hand.

        Raises:
            PackageError: they are damaged. Missing: they cannot be had now.
        """
        own = dict(self.twin.catalogue.things[row].properties) if self.is_thing(row) else {}
        place = self.element_row(row)
        return own if place is None else own | place[0].elements.properties(place[1])

    # ---- all rows -----------------------------------------------------------------------------------

    @cached_property
    def texts(self) -> list[str]:
        """Where a free word is looked for: name, id and type, case folded; no ids that nobody reads."""
        return [
            f"{name} {kind}".casefold() if is_opaque(key) else f"{name} {key} {kind}".casefold()
            for name, key, kind in zip(self.names, self.readable_keys, self.kinds, strict=True)
        ]

    @cached_property
    def readable_keys(self) -> list[str]:
        """Keys as people read them: without the ids of models."""
        keys = list(self.keys)
        for part, items in zip(self.parts, self.items, strict=True):
            for item, key in zip(items.tolist(), part.elements.keys, strict=True):
                if keys[item] == f"{part.model}#{key}":
                    keys[item] = key
        return keys

    @cached_property
    def folded_names(self) -> list[str]:
        """Names, case folded."""
        return [name.casefold() for name in self.names]

    @cached_property
    def folded_keys(self) -> list[str]:
        """Keys, case folded."""
        return [key.casefold() for key in self.keys]

    @cached_property
    def types(self) -> Labels:
        """The types of things and the kinds of elements."""
        return _labels(self.kinds)

    @cached_property
    def storey_names(self) -> Labels:
        """The names of the storeys."""
        rows = np.unique(self.storeys[self.storeys != NOTHING])
        names = _labels([self.names[row] for row in rows])
        codes = np.full(len(self.keys) + 1, NOTHING, np.int32)
        codes[rows] = names.codes
        return Labels(names.words, codes[self.storeys])

    @cached_property
    def model_names(self) -> Labels:
        """The names of the models."""
        names = _labels([part.name for part in self.parts])
        return Labels(names.words, np.append(names.codes, np.int32(NOTHING))[self.models])

    @cached_property
    def systems(self) -> Labels:
        """The systems that elements name, and those that the twin's parts and pipes tell."""
        systems = [""] * len(self.keys)
        for part, items in zip(reversed(self.parts), reversed(self.items), strict=True):
            for item, system in zip(items.tolist(), _inherited(part.elements), strict=True):
                systems[item] = system
        for row, named in enumerate(systems_of_things(self.twin).tolist()):
            if not systems[row] and named != NOTHING:
                systems[row] = self.names[named]
        return _labels(systems)

    def warm(self) -> None:
        """Work out everything that is otherwise worked out when it is first asked for; for a thread."""
        for name, column in vars(type(self)).items():
            if isinstance(column, cached_property):
                getattr(self, name)
        self.row_of("")

    # ---- properties ---------------------------------------------------------------------------------

    def learn(self, place: int, columns: Columns) -> None:
        """Take the properties of a model, by its place in ``parts``."""
        if self._columns.get(place) is not columns:
            self._columns[place] = columns
            self.properties_revision += 1
            self.__dict__.pop("_sources", None)

    @property
    def complete(self) -> bool:
        """Whether the properties of all models are known."""
        return len(self._columns) == len(self.parts)

    def sources(self, name: str) -> list[Source]:
        """Return the properties that a person may mean by a name: by all of it, or by its last part."""
        return self._sources.get(folded(name), [])

    @property
    def property_labels(self) -> set[str]:
        """The names of all properties, without groups and units."""
        found = (source.column.name for sources in self._sources.values() for source in sources)
        return {split_name(name).label for name in set(found)}

    @cached_property
    def _sources(self) -> dict[str, list[Source]]:
        found: dict[str, list[Source]] = {}
        for source in self.columns():
            for known in _ways_to_say(source.column.name):
                found.setdefault(known, []).append(source)
        return found

    @cached_property
    def _thing_columns(self) -> Columns:
        return property_columns([[thing.properties for thing in self.twin.catalogue.things]])

    def columns(self) -> Iterator[Source]:
        """Yield every property, model by model."""
        yield from (Source(column.rows, column) for column in self._thing_columns.values())
        for place, columns in sorted(self._columns.items()):
            yield from (Source(self.items[place][column.rows], column) for column in columns.values())


def folded(name: str) -> str:
    """Return a property's name without case, spaces, underscores and hyphens.

    >>> folded("Fire Rating") == folded("fire_rating") == folded("FireRating")
    True
    """
    return _SAME.sub("", name.casefold())


def is_opaque(key: str) -> bool:
    """Tell whether a key is a GUID that nobody reads: short words would be found in it by chance."""
    tail = key.rpartition(":")[2].strip("{}")
    return len(tail) >= 20 and re.fullmatch(r"[0-9A-Za-z_$\-]+", tail) is not None


def _ways_to_say(name: str) -> set[str]:
    parts = split_name(name)
    whole = f"{parts.group}.{parts.label}" if parts.group else parts.label
    return {folded(way) for way in (name, whole, parts.label, parts.label.rpartition(".")[2])} - {""}


def _labels(texts: Sequence[str]) -> Labels:
    words: dict[str, int] = {}
    codes = [words.setdefault(text, len(words)) if text else NOTHING for text in texts]
    return Labels(tuple(words), np.array(codes, np.int32))


def _inherited(table: ElementTable) -> list[str]:
    """Return the system of each element, or of the nearest above it."""
    own = np.array([row if system else NOTHING for row, system in enumerate(table.systems)], np.int32)
    return [
        table.systems[row] if row != NOTHING else "" for row in nearest_above(own, table.parents).tolist()
    ]
