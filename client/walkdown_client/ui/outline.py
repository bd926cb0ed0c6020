"""A tree of names that can be unfolded and searched, as the rows that are to be drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from walkdown.package import ElementTable
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.fuzzy import NO_MATCH, score_folded


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One line: its node, how deep it stands, and whether it can be unfolded and is."""

    node: int
    depth: int
    has_children: bool = False
    is_open: bool = False


class Outline:
    """A tree by parents.

    Args:
        ids: stable, for what is unfolded. names, types: what a search looks at.
        parents: node of each parent, negative for roots.
    """

    def __init__(
        self, ids: Sequence[str], names: Sequence[str], types: Sequence[str], *, parents: Sequence[int]
    ) -> None:
        self.ids, self.names, self.types = ids, names, types
        self._parents = parents
        self._folded = [
            f"{name} {identity} {kind}".casefold()
            for name, identity, kind in zip(names, ids, types, strict=True)
        ]
        self._children: dict[int, list[int]] = {}
        for node, parent in enumerate(parents):
            self._children.setdefault(max(parent, NOTHING), []).append(node)

    @classmethod
    def of_things(cls, twin: TwinIndex) -> Outline:
        """Return the things of a catalogue by what they are part of."""
        things = twin.catalogue.things
        return cls(
            [t.id for t in things],
            [t.name for t in things],
            [t.type for t in things],
            parents=twin.parent.tolist(),
        )

    @classmethod
    def of_elements(cls, table: ElementTable) -> Outline:
        """Return the elements of a model by their groups."""
        names = [name or key for name, key in zip(table.names, table.keys, strict=True)]
        return cls(table.keys, names, table.kinds, parents=table.parents.tolist())

    def rows(self, *, search: str, unfolded: Collection[str]) -> list[OutlineRow]:
        """Return what is unfolded, or with a search all that answers it, the best first."""
        if search.strip():
            return [OutlineRow(node, 0) for node in self._found(search)]
        return list(self._unfolded(NOTHING, 0, unfolded))

    def ancestors(self, node: int) -> list[int]:
        """Return the parent, its parent and so on."""
        found: list[int] = []
        while (node := self._parents[node]) >= 0 and node not in found:
            found.append(node)
        return found

    def _unfolded(self, parent: int, depth: int, unfolded: Collection[str]) -> Iterator[OutlineRow]:
        for node in self._children.get(parent, ()):
            has_children, is_open = node in self._children, self.ids[node] in unfolded
            yield OutlineRow(node, depth, has_children, is_open)
            if has_children and is_open:
                yield from self._unfolded(node, depth + 1, unfolded)

    def _found(self, search: str) -> list[int]:
        words = search.casefold().split()
        scores = ((score_folded(words, text), -node) for node, text in enumerate(self._folded))
        return [-node for points, node in sorted((s for s in scores if s[0] != NO_MATCH), reverse=True)]
