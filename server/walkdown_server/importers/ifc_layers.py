"""On which layer an IFC object is drawn.

Only terrain lies on the floor layer: a model that brings none gets a ground of its own, and slabs keep their
edges and cast shadows. Walls and roofs stay with the rest for their edges too; the cut-away knows them by
their class.
"""

from __future__ import annotations

from typing import Any

TERRAIN = ("IfcSite", "IfcGeographicElement", "IfcPavement", "IfcCourse", "IfcEarthworksElement")


def layer_of(thing: Any, *, see_through: bool) -> str:
    """Return one of ``LAYERS`` for an entity; ``see_through`` says whether all of it is."""
    if see_through:
        return "glass"
    return "floor" if any(map(thing.is_a, TERRAIN)) else "content"
