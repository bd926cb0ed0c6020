"""On which layer an IFC object is drawn, by its class and type."""

from __future__ import annotations

from typing import Any

FLOORS = ("IfcSite", "IfcGeographicElement", "IfcPavement", "IfcCourse", "IfcEarthworksElement")
SHELLS = ("IfcWall", "IfcRoof", "IfcCurtainWall")
SHELL_TYPES = {
    ("IfcSlab", "ROOF"),
    ("IfcCovering", "CEILING"),
    ("IfcCovering", "ROOFING"),
    ("IfcCovering", "CLADDING"),
}
FLOOR_TYPES = {
    ("IfcSlab", "FLOOR"),
    ("IfcSlab", "BASESLAB"),
    ("IfcSlab", "PAVING"),
    ("IfcCovering", "FLOORING"),
}


def layer_of(thing: Any, predefined: str, *, see_through: bool) -> str:
    """Return one of ``LAYERS``.

    Args:
        thing: the entity. predefined: its predefined type, or its type's.
        see_through: whether all of it is.
    """
    if see_through:
        return "glass"
    kind = thing.is_a()
    if (kind, predefined) in SHELL_TYPES or any(map(thing.is_a, SHELLS)):
        return "shell"
    if (kind, predefined) in FLOOR_TYPES or any(map(thing.is_a, FLOORS)):
        return "floor"
    return "content"
