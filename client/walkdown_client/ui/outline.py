"""Trees of an inventory's rows: by what is part of what, by storey, by type and by system.

A tree has nodes: groups, such as a type, and rows of the inventory. Building one and telling which nodes are
to be drawn is done in columns, so that 50,000 nodes do not hold a frame up; the children of a group are put
in order when it is first unfolded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _
from walkdown.package import NO_ROW, ElementTable
from walkdown.package.ancestry import subtree_sums
from walkdown_client.inventory import Inventory, Labels
from walkdown_client.twin_index import NOTHING

I32 = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]

THINGS, STOREYS, TYPES, SYSTEMS, ELEMENTS = WAYS = ("things", "storeys", "types", "systems", "elements")

UNKNOWN_RANK = 1e300
"""Behind all that is known, and before what is in no storey."""

SAME_STOREY_M = 0.5
"""Storeys of one name whose heights differ less are the same one in several files."""
SORTED_MAX = 5000
"""More siblings than this stay in the order of their file."""
DIGITS_MAX = 9

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, eq=False)
class OutlineRows:
    """What is to be drawn: (k,) nodes and how deep they stand; ``open`` ones show what is in them."""

    nodes: I32
    depths: I32
    open: Marks


@dataclass(slots=True)
class _Draft:
    """Nodes that are being collected; ``ranks`` puts some in order."""

    ids: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    items: list[I32] = field(default_factory=list)
    parents: list[I32] = field(default_factory=list)
    ranks: dict[int, float] = field(default_factory=dict)

    def group(self, identity: str, label: str, *, parent: int = NOTHING, rank: float = 0.0) -> int:
        self.ids.append(identity)
        self.labels.append(label)
        self.items.append(np.array([NOTHING], np.int32))
        self.parents.append(np.array([parent], np.int32))
        self.ranks[len(self.ids) - 1] = rank
        return len(self.ids) - 1

    def rows(self, inventory: Inventory, items: npt.NDArray[np.integer], parents: I32) -> None:
        rows = items.tolist()
        self.ids += [inventory.keys[row] for row in rows]
        self.labels += [inventory.names[row] for row in rows]
        self.items.append(items.astype(np.int32))
        self.parents.append(parents.astype(np.int32))


class Outline:
    """One tree.

    Attributes:
        ids: stable, for what is unfolded. labels: for people.
        items: (n,) int32 row of the inventory, ``NOTHING`` for a group.
        parents: (n,) int32. counts: (n,) how many leaves are below each node.
    """

    def __init__(self, draft: _Draft, *, in_order: Callable[[int], str] | None = None) -> None:
        self.ids, self.labels = draft.ids, draft.labels
        empty = [np.zeros(0, np.int32)]
        self.items: I32 = np.concatenate([*empty, *draft.items])
        self.parents: I32 = np.concatenate([*empty, *draft.parents])
        self._ranks, self._in_order = draft.ranks, in_order
        self._order = np.argsort(self.parents, kind="stable").astype(np.int32)
        self._first = np.searchsorted(self.parents[self._order], np.arange(NOTHING, len(self.ids) + 1))
        self._sorted: dict[int, I32] = {}
        self._node_of: dict[str, int] = {}
        self.leaves: Marks = np.diff(self._first)[1:] == 0
        self.counts = subtree_sums(self.leaves.astype(np.int64), self.parents)

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.ids)

    def node_of(self, identity: str) -> int:
        """Return the node of an id, ``NOTHING`` when there is none."""
        if not self._node_of:
            self._node_of = dict(zip(reversed(self.ids), range(len(self.ids) - 1, -1, -1), strict=True))
        return self._node_of.get(identity, NOTHING)

    def children(self, node: int) -> I32:
        """Return the nodes right below one, those of the top for ``NOTHING``."""
        if node not in self._sorted:
            self._sorted[node] = self._put_in_order(self._slice(node))
        return self._sorted[node]

    def _slice(self, node: int) -> I32:
        return self._order[self._first[node + 1] : self._first[node + 2]]

    def _put_in_order(self, nodes: I32) -> I32:
        """Sort siblings by rank and name; so many that nobody looks through them stay as they came."""
        in_order = self._in_order
        if in_order is None or len(nodes) < 2 or len(nodes) > SORTED_MAX:
            return nodes
        found = nodes.tolist()
        ranks = [self._ranks.get(node, 0.0) for node in found]
        known = [UNKNOWN_RANK if math.isnan(rank) else rank for rank in ranks]
        keys = sorted(zip(known, map(in_order, found), found, strict=True))
        return np.array([node for _rank, _name, node in keys], np.int32)

    def ancestors(self, node: int) -> list[int]:
        """Return the parent, its parent and so on."""
        found: list[int] = []
        while (node := int(self.parents[node])) != NOTHING and node not in found:
            found.append(node)
        return found

    def members(self, node: int) -> I32:
        """Return the inventory rows that a node stands for: its own, or those right below a group."""
        if self.items[node] != NOTHING:
            return self.items[node : node + 1]
        nodes = self.children(node)
        groups = [self.members(child) for child in nodes[self.items[nodes] == NOTHING].tolist()]
        return np.concatenate([self.items[nodes[self.items[nodes] != NOTHING]], *groups])

    def holds(self, rows: npt.NDArray[np.intp]) -> bool:
        """Tell whether all of some inventory rows are in the tree."""
        return bool(np.isin(rows, self.items).all())

    def counts_of(self, marks: Marks) -> npt.NDArray[np.int64]:
        """Return for each node how many of its leaves are marked; ``marks`` is by inventory row."""
        own = np.append(marks, False)[self.items] & self.leaves
        return subtree_sums(own.astype(np.int64), self.parents)

    def rows(self, unfolded: Collection[str], *, kept: Marks | None = None) -> OutlineRows:
        """Return the nodes that are to be drawn.

        Args:
            unfolded: ids of nodes that show their children.
            kept: by inventory row; then only these and what is above them are drawn, all unfolded.
        """
        opened = np.zeros(len(self.ids), bool)
        drawn = None
        if kept is not None:
            own = np.append(kept, False)[self.items]
            drawn = subtree_sums(own.astype(np.int64), self.parents) > 0
            opened = subtree_sums(own.astype(np.int64), self.parents) > own
        else:
            nodes = [node for identity in unfolded if (node := self.node_of(identity)) != NOTHING]
            opened[nodes] = ~self.leaves[nodes]
        return self._flattened(opened, drawn)

    def _flattened(self, opened: Marks, drawn: Marks | None) -> OutlineRows:
        """Walk the open nodes only; what is closed between them is taken in slices."""
        nodes: list[I32] = []
        depths: list[I32] = []
        waiting = [(self._drawn_children(NOTHING, drawn), 0)]
        while waiting:
            siblings, depth = waiting.pop()
            places = np.flatnonzero(opened[siblings])
            end = int(places[0]) + 1 if len(places) else len(siblings)
            nodes.append(siblings[:end])
            depths.append(np.full(end, depth, np.int32))
            if end < len(siblings):
                waiting.append((siblings[end:], depth))
            if len(places):
                waiting.append((self._drawn_children(int(siblings[end - 1]), drawn), depth + 1))
        found = np.concatenate([np.zeros(0, np.int32), *nodes])
        return OutlineRows(found, np.concatenate([np.zeros(0, np.int32), *depths]), opened[found])

    def _drawn_children(self, node: int, drawn: Marks | None) -> I32:
        if drawn is None:
            return self.children(node)
        nodes = self._slice(node)
        return self._put_in_order(nodes[drawn[nodes]])


# ---- ways to sort -----------------------------------------------------------------------------------


def outline_by(way: str, inventory: Inventory) -> Outline:
    """Return the tree of one of ``WAYS``."""
    return {
        THINGS: _by_thing,
        STOREYS: _by_storey,
        TYPES: lambda rows: _by_label(rows, rows.types, way=TYPES, none=_("No type")),
        SYSTEMS: lambda rows: _by_label(rows, rows.systems, way=SYSTEMS, none=_("No system")),
        ELEMENTS: _by_element,
    }[way](inventory)


def ways_of(inventory: Inventory) -> list[str]:
    """Return the ways that have something to show, the one that suits best first."""
    has_elements = bool(len(inventory) > inventory.thing_count or (inventory.models != NOTHING).any())
    ways = {
        THINGS: inventory.thing_count > 0,
        STOREYS: bool((inventory.storeys != NOTHING).any()),
        TYPES: len(inventory) > 0,
        SYSTEMS: bool(inventory.systems.words),
        ELEMENTS: has_elements,
    }
    found = [way for way in WAYS if ways[way]]
    twin = inventory.twin.catalogue
    flat = not twin.signals and not twin.disturbances
    first = next((way for way in (STOREYS, ELEMENTS) if way in found), None) if flat else None
    return [first, *(way for way in found if way != first)] if first else found


def natural(text: str) -> str:
    """Return what sorts P-9 before P-10: numbers filled up with zeros."""
    return _DIGITS.sub(_filled, text.casefold())


def _filled(digits: re.Match[str]) -> str:
    return digits[0].zfill(DIGITS_MAX)


def _by_thing(inventory: Inventory) -> Outline:
    draft = _Draft()
    draft.rows(inventory, np.arange(inventory.thing_count), inventory.twin.parent)
    return Outline(draft)


def _by_element(inventory: Inventory) -> Outline:
    draft = _Draft()
    tops = _model_groups(draft, inventory)
    for place, (part, items) in enumerate(zip(inventory.parts, inventory.items, strict=True)):
        first, parents = len(draft.ids), part.elements.parents
        draft.rows(inventory, items, np.where(parents == NO_ROW, tops[place], parents + first))
    return Outline(draft)


def _model_groups(draft: _Draft, inventory: Inventory) -> Sequence[int]:
    """Give each of several models a group of its own."""
    if len(inventory.parts) < 2:
        return [NOTHING] * len(inventory.parts)
    return [draft.group(f"model/{place}", part.name) for place, part in enumerate(inventory.parts)]


def _by_storey(inventory: Inventory) -> Outline:
    draft = _Draft()
    tops = _model_groups(draft, inventory)
    for place, top in enumerate(tops):
        _add_storeys(draft, inventory, place, top=top)

    def in_order(node: int) -> str:
        item = items[node]
        kind = "" if item == NOTHING else inventory.kinds[item]
        return f"{leaves[node]:d}{kind}\0{natural(draft.labels[node])}"

    outline = Outline(draft, in_order=in_order)
    items, leaves = outline.items.tolist(), outline.leaves.tolist()
    return outline


def _add_storeys(draft: _Draft, inventory: Inventory, place: int, *, top: int) -> None:
    """Add the storeys of a model with all that is in them, and a group for what is in none."""
    table, items = inventory.parts[place].elements, inventory.items[place]
    inside = table.storeys != NO_ROW
    outside = subtree_sums(inside.astype(np.int64), table.parents) == 0
    rest = top
    if inside.any() and outside.any():
        rest = draft.group(f"no storey/{place}", _("In no storey"), parent=top, rank=float("inf"))
    storeys = np.flatnonzero(table.storeys == np.arange(len(table))).tolist()
    heights = {row: inventory.elevation(int(items[row])) for row in storeys}
    nodes = np.full(len(table) + 1, NOTHING, np.int32)
    joined = np.zeros(len(table), bool)
    for members in _same_storeys(table, heights):
        first = members[0]
        group = draft.group(f"storey/{place}/{first}", table.names[first], parent=top, rank=heights[first])
        nodes[members], joined[members] = group, True
    rows = np.flatnonzero((inside | outside) & ~joined)
    nodes[rows] = np.arange(len(rows)) + len(draft.ids)
    above = nodes[table.parents[rows]]
    above = np.where(above == NOTHING, np.where(inside[rows], top, rest), above)
    draft.rows(inventory, items[rows], above)
    draft.ranks.update((int(nodes[row]), heights[row]) for row in storeys)


def _same_storeys(table: ElementTable, heights: Mapping[int, float]) -> list[list[int]]:
    """Return storeys that several files of one building have: of one name and height, one above the other."""
    found: dict[str, list[list[int]]] = {}
    for row, height in heights.items():
        groups = found.setdefault(table.names[row].casefold(), [])
        for members in groups:
            first = members[0]
            if not abs(heights[first] - height) > SAME_STOREY_M and _overlap(table, first, row):
                members.append(row)
                break
        else:
            groups.append([row])
    return [members for groups in found.values() for members in groups if len(members) > 1]


def _overlap(table: ElementTable, one: int, other: int) -> bool:
    """Tell whether two elements lie above each other in plan; what draws nothing lies everywhere."""
    apart = (table.lo[one] > table.hi[other]) | (table.lo[other] > table.hi[one])
    return not apart[:2].any()


def _by_label(inventory: Inventory, labels: Labels, *, way: str, none: str) -> Outline:
    draft = _Draft()
    rows = np.flatnonzero(inventory.findable)
    codes = labels.codes[rows]
    nodes = np.full(len(labels.words) + 1, NOTHING, np.int32)
    for code in np.unique(codes).tolist():
        last = code == NOTHING
        word = none if last else labels.words[code]
        nodes[code] = draft.group(f"{way}/{'' if last else word}", word, rank=float(last))
    draft.rows(inventory, rows, nodes[codes])
    return Outline(draft, in_order=lambda node: natural(draft.labels[node]))
