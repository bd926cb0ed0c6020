"""Which drawn ids belong to what people select, hide or isolate, for thousands of names at once.

A name is the id of a thing or, of an element that none draws, its key; see ``TwinIndex.names_of_elements``.
With each goes all that lies below it in its model.
Drawn ids are a package's base plus the row of the element.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, KeysView, Sequence
from functools import cached_property
from itertools import repeat

import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW, ElementTable
from walkdown.package.ancestry import all_below
from walkdown_client.twin_index import TwinIndex

Ids = npt.NDArray[np.intp]
I32 = npt.NDArray[np.int32]

MANY = 1000
"""So many names are better found by going through all that are known: sets lie scattered in memory."""


class DrawnElements:
    """The elements of all open packages under their drawn ids.

    Args:
        tables: base and elements of each package. twin: whose things draw some of them.
        models: id of the model that each package is; none by default.
    """

    def __init__(
        self,
        tables: Sequence[tuple[int, ElementTable]],
        twin: TwinIndex | None,
        *,
        models: Sequence[str] = (),
    ) -> None:
        self.count = max((base + len(table) for base, table in tables), default=0)
        self._parents: I32 = np.full(self.count, NO_ROW, np.int32)
        self._storeys: I32 = np.full(self.count, NO_ROW, np.int32)
        self._there = np.zeros(self.count, bool)
        self._first: dict[str, int] = {}
        self._more: dict[str, list[int]] = {}
        storeys: dict[str, int] = {}
        for (base, table), model in zip(tables, models or [""] * len(tables), strict=True):
            names = table.keys if twin is None else twin.names_of_elements(table.keys, model)
            self._take(base, table, names=names, known=storeys)
        if twin is not None:
            self._take_twins(twin)

    def _take(self, base: int, table: ElementTable, *, names: Sequence[str], known: dict[str, int]) -> None:
        """Add a package; storeys of one name in several models are one storey."""
        mine = slice(base, base + len(table))
        self._there[mine] = True
        self._parents[mine] = np.where(table.parents == NO_ROW, NO_ROW, table.parents + base)
        storeys = np.unique(table.storeys[table.storeys != NO_ROW])
        codes = np.full(len(table) + 1, NO_ROW, np.int32)
        codes[storeys] = [known.setdefault(table.names[row].casefold(), len(known)) for row in storeys]
        self._storeys[mine] = codes[table.storeys]
        mine_of = dict(zip(names, range(base, base + len(table)), strict=True))
        for name in mine_of.keys() & self._first.keys():
            self._more.setdefault(name, []).append(mine_of[name])
        self._first = mine_of | self._first

    def _take_twins(self, twin: TwinIndex) -> None:
        """Let several things that draw the same element all be names of it."""
        for thing in twin.catalogue.things:
            if thing.element and thing.id not in self._first:
                drawing = twin.thing_of_element(thing.element, thing.element_model)
                if drawing is not None and drawing.id in self._first:
                    self._first[thing.id] = self._first[drawing.id]
                    if drawing.id in self._more:
                        self._more[thing.id] = self._more[drawing.id]

    @cached_property
    def _first_ids(self) -> Ids:
        return np.fromiter(self._first.values(), np.intp, len(self._first))

    @property
    def names(self) -> KeysView[str]:
        """All names that something is drawn by, or stands above what is."""
        return self._first.keys()

    def own_ids_of(self, names: Collection[str]) -> Ids:
        """Return the drawn ids that bear these names, without those below them."""
        more = self._more_of(names) if self._more else ()
        return np.concatenate([self._first_of(names), np.fromiter(more, np.intp)])

    def _first_of(self, names: Collection[str]) -> Ids:
        """Look up a few names one by one; for large sets all that is known, in the order of memory."""
        if len(names) > MANY and isinstance(names, frozenset):
            there = np.fromiter(map(names.__contains__, self._first), bool, len(self._first))
            return np.asarray(self._first_ids[there])
        found = np.fromiter(map(self._first.get, names, repeat(NO_ROW)), np.intp, len(names))
        return np.asarray(found[found != NO_ROW])

    def _more_of(self, names: Iterable[str]) -> list[int]:
        return [drawn_id for name in names for drawn_id in self._more.get(name, ())]

    def ids_of(self, names: Collection[str]) -> Ids:
        """Return the drawn ids of all that bears these names and of all below, ascending."""
        marked = np.zeros(self.count, bool)
        if names:
            marked[self.own_ids_of(names)] = True
        return np.flatnonzero(all_below(marked, self._parents)) if marked.any() else np.zeros(0, np.intp)

    def beside(self, names: Collection[str]) -> tuple[Ids, Ids]:
        """Return what is to be drawn faintly, and what not at all, when only these are to be seen.

        Faint is what is in the same storeys, or in none; other storeys are not drawn. Where these are in
        no storey, or nothing is drawn of them, everything else is faint, or nothing.
        """
        kept = self.ids_of(names)
        others = self._there.copy() if len(kept) else np.zeros(self.count, bool)
        others[kept] = False
        storeys = np.unique(self._storeys[kept])
        storeys = storeys[storeys != NO_ROW]
        elsewhere = others & (self._storeys != NO_ROW) & ~np.isin(self._storeys, storeys)
        if not len(storeys):
            elsewhere[:] = False
        return np.flatnonzero(others & ~elsewhere), np.flatnonzero(elsewhere)
