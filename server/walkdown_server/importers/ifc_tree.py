"""The objects of an IFC file as one tree: project, site, building, storey, product, and its parts.

An object stands below what it is part of; else below the storey or room that contains it; else, a window
or door, below the wall that it fills. What belongs nowhere stands in a group of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

PLACED_KINDS = ("IfcElement", "IfcSpatialElement", "IfcSpatialStructureElement")
"""These are elements even where they draw nothing: a room, an assembly, a valve without a shape."""

FEATURES = {
    "IfcRelProjectsElement": "RelatedFeatureElement",
    "IfcRelAdheresToElement": "RelatedSurfaceFeatures",
}
"""Relations between an element and what is built onto it."""

NEVER = ("IfcFeatureElementSubtraction", "IfcVirtualElement", "IfcPort")


@dataclass(frozen=True, slots=True)
class Node:
    """An object in its place.

    Attributes:
        thing: the entity, or None for the group of those that belong nowhere.
        parent: index of the node above, or None.
    """

    thing: Any | None
    parent: int | None


def read_tree(graph: Any, drawn: set[int]) -> list[Node]:
    """Return the nodes, parents first, each followed by all below it.

    Args:
        graph: ``ifcopenshell.file``, in which nothing is part of itself.
        drawn: numbers of the products that have a shape.
    """
    above = _parents(graph)
    kept = _kept(graph, drawn, above)
    tops = [number for number in sorted(kept) if above.get(number) not in kept]
    things = {number: graph.by_id(number) for number in tops}
    roots = [number for number in tops if things[number].is_a("IfcProject")]
    places = [n for n in tops if n not in roots and _is_any(things[n], PLACED_KINDS[1:])]
    loose = [n for n in tops if n not in roots and n not in places]
    below = _below(above, kept)
    nodes: list[Node] = []
    for root in roots:
        _grow(graph, nodes, below, start=root, parent=None)
    ground = 0 if nodes else None
    for place in places:
        _grow(graph, nodes, below, start=place, parent=ground)
    if loose:
        group = len(nodes)
        nodes.append(Node(None, ground))
        for number in loose:
            _grow(graph, nodes, below, start=number, parent=group)
    return nodes


def _grow(
    graph: Any, nodes: list[Node], below: dict[int, list[int]], *, start: int, parent: int | None
) -> None:
    """Add an object and all below it."""
    stack = [(start, parent)]
    while stack:
        number, above = stack.pop()
        row = len(nodes)
        nodes.append(Node(graph.by_id(number), above))
        stack += [(child, row) for child in reversed(below.get(number, ()))]


def _below(above: dict[int, int], kept: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number in sorted(kept):
        if above.get(number) in kept:
            found.setdefault(above[number], []).append(number)
    return found


def _kept(graph: Any, drawn: set[int], above: dict[int, int]) -> set[int]:
    """Return the numbers of the objects that are elements: what draws, what has a place, and all above."""
    found = {project.id() for project in graph.by_type("IfcProject")[:1]}
    wanted = [*sorted(drawn), *_placed(graph)]
    for start in wanted:
        number: int | None = start
        while number is not None and number not in found:
            found.add(number)
            number = above.get(number)
    return found


def _placed(graph: Any) -> Iterator[int]:
    for kind in PLACED_KINDS:
        for thing in entities(graph, kind):
            if not _is_any(thing, NEVER):
                yield thing.id()


def _parents(graph: Any) -> dict[int, int]:
    """Return the number above each object's."""
    return dict(
        [*_features(graph), *_filled(graph), *_contained(graph), *_nested(graph), *_aggregated(graph)]
    )  # later ones win


def _aggregated(graph: Any) -> Iterator[tuple[int, int]]:
    yield from _pairs(graph.by_type("IfcRelAggregates"), "RelatingObject", "RelatedObjects")


def _nested(graph: Any) -> Iterator[tuple[int, int]]:
    yield from _pairs(graph.by_type("IfcRelNests"), "RelatingObject", "RelatedObjects")


def _contained(graph: Any) -> Iterator[tuple[int, int]]:
    relations = graph.by_type("IfcRelContainedInSpatialStructure")
    yield from _pairs(relations, "RelatingStructure", "RelatedElements")


def _features(graph: Any) -> Iterator[tuple[int, int]]:
    for kind, parts in FEATURES.items():
        for relation in entities(graph, kind):
            feature = getattr(relation, parts)
            for one in feature if isinstance(feature, tuple) else (feature,):
                if relation.RelatingElement is not None and one is not None:
                    yield one.id(), relation.RelatingElement.id()


def _filled(graph: Any) -> Iterator[tuple[int, int]]:
    hosts = {
        relation.RelatedOpeningElement.id(): relation.RelatingBuildingElement
        for relation in graph.by_type("IfcRelVoidsElement")
        if relation.RelatedOpeningElement is not None
    }
    for relation in graph.by_type("IfcRelFillsElement"):
        opening, filling = relation.RelatingOpeningElement, relation.RelatedBuildingElement
        host = hosts.get(opening.id()) if opening is not None else None
        if host is not None and filling is not None:
            yield filling.id(), host.id()


def _pairs(relations: Iterable[Any], whole: str, parts: str) -> Iterator[tuple[int, int]]:
    for relation in relations:
        above = getattr(relation, whole)
        if above is None or not above.is_a("IfcObjectDefinition"):
            continue
        for part in getattr(relation, parts) or ():
            if part.is_a("IfcObjectDefinition"):
                yield part.id(), above.id()


def entities(graph: Any, kind: str) -> list[Any]:
    """Return the entities of a kind; none where the schema has no such kind."""
    try:
        return list(graph.by_type(kind))
    except RuntimeError:
        return []


def _is_any(thing: Any, kinds: Iterable[str]) -> bool:
    return any(thing.is_a(kind) for kind in kinds)
