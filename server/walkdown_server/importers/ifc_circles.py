"""Finds what no geometry kernel would come to the end of: what refers to itself, and giant round shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.ifc_tree import entities
from walkdown_server.importers.ifc_units import Units

Links = dict[int, list[int]]
"""The numbers of the entities to which each leads."""

ROUND = {
    "IfcCircleProfileDef": "Radius",
    "IfcEllipseProfileDef": "SemiAxis1",
    "IfcRightCircularCone": "BottomRadius",
    "IfcRightCircularCylinder": "Radius",
    "IfcSphere": "Radius",
    "IfcSweptDiskSolid": "Radius",
}
"""Shapes that are cut into the more sides the larger they are, and what says how large that is."""

MAX_RADIUS_METRES = 10_000.0
MAX_CIRCLES = 100

DECOMPOSITIONS = {
    "IfcRelAggregates": ("RelatingObject", "RelatedObjects"),
    "IfcRelNests": ("RelatingObject", "RelatedObjects"),
    "IfcRelContainedInSpatialStructure": ("RelatingStructure", "RelatedElements"),
    "IfcRelProjectsElement": ("RelatingElement", "RelatedFeatureElement"),
    "IfcRelVoidsElement": ("RelatingBuildingElement", "RelatedOpeningElement"),
    "IfcRelFillsElement": ("RelatingOpeningElement", "RelatedBuildingElement"),
}
"""Relations between a whole and its parts, which the kernels follow upwards."""


def refuse_circles(graph: Any) -> None:
    """Check places and shapes.

    Raises:
        ImportFailed: one is placed or made by way of itself.
    """
    for links in (_placements(graph), _shapes(graph)):
        number = find_circle(links)
        if number is not None:
            raise ImportFailed(
                _("the file is damaged: {entity} #{number} refers to itself in a circle").format(
                    entity=graph.by_id(number).is_a(), number=number
                )
            )


def refuse_giants(graph: Any) -> None:
    """Check the radius of round shapes.

    Raises:
        ImportFailed: one is no part of any building.
    """
    metres = Units(graph).metres
    for kind, attribute in ROUND.items():
        for one in entities(graph, kind):
            radius = getattr(one, attribute)
            if isinstance(radius, float) and radius * metres > MAX_RADIUS_METRES:
                raise ImportFailed(
                    _(
                        "the file is damaged, or its unit of length is wrong: {entity} #{number} has a "
                        "radius of {radius} m, but at most {limit} m can be"
                    ).format(
                        entity=one.is_a(),
                        number=one.id(),
                        radius=f"{radius * metres:.3g}",
                        limit=f"{MAX_RADIUS_METRES:.0f}",
                    )
                )


def cut_circles(graph: Any) -> int:
    """Take out relations by which things are parts of themselves; return how many.

    Raises:
        ImportFailed: there are too many.
    """
    relations: dict[tuple[int, int], Any] = {}
    links: Links = {}
    for relation, whole, part in _parts(graph):
        links.setdefault(part, []).append(whole)
        relations[part, whole] = relation
    removed: set[int] = set()
    while (number := find_circle(links)) is not None:
        whole = links[number].pop()
        removed.add(relations[number, whole].id())
        if len(removed) > MAX_CIRCLES:
            raise ImportFailed(_("the file is damaged: most of its things are parts of themselves"))
    for number in removed:
        graph.remove(graph.by_id(number))
    return len(removed)


def find_circle(links: Links) -> int | None:
    """Return an entity whose last link closes a circle, or None where there is no circle.

    Its ``links`` are then such that taking out the last one opens that circle.
    """
    done: set[int] = set()
    for start in links:
        path: dict[int, Iterator[int]] = {}
        if start not in done:
            path[start] = iter(links[start])
        while path:
            number, ways = next(reversed(path.items()))
            target = next(ways, None)
            if target is None:
                done.add(number)
                path.popitem()
            elif target in path:
                links[number].remove(target)
                links[number].append(target)
                return number
            elif target in links and target not in done:
                path[target] = iter(links[target])
    return None


def _placements(graph: Any) -> Links:
    return {
        one.id(): [one.PlacementRelTo.id()]
        for one in graph.by_type("IfcLocalPlacement")
        if one.PlacementRelTo is not None
    }


def _shapes(graph: Any) -> Links:
    """Return what leads from a shape to the shapes that it is made of."""
    links: Links = {}
    for one in graph.by_type("IfcBooleanResult"):
        links[one.id()] = [o.id() for o in (one.FirstOperand, one.SecondOperand) if o is not None]
    for one in graph.by_type("IfcMappedItem"):
        source = one.MappingSource
        if source is not None and source.MappedRepresentation is not None:
            links[one.id()] = [source.MappedRepresentation.id()]
            links.setdefault(source.MappedRepresentation.id(), _made_of(source.MappedRepresentation))
    return links


def _made_of(representation: Any) -> list[int]:
    kinds = ("IfcMappedItem", "IfcBooleanResult")
    items = getattr(representation, "Items", None) or ()
    return [item.id() for item in items if any(map(item.is_a, kinds))]


def _parts(graph: Any) -> Iterator[tuple[Any, int, int]]:
    """Yield each relation with the numbers of a whole and one of its parts."""
    for kind, (whole, parts) in DECOMPOSITIONS.items():
        for relation in graph.by_type(kind, include_subtypes=False):
            above, below = getattr(relation, whole), getattr(relation, parts) or ()
            for part in below if isinstance(below, tuple) else (below,):
                if above is not None:
                    yield relation, above.id(), part.id()
