"""Makes CityJSON documents by hand, good and bad ones."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

UNIT_BOX = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
BOX_SHELL = [
    [[0, 3, 2, 1]],
    [[4, 5, 6, 7]],
    [[0, 1, 5, 4]],
    [[1, 2, 6, 5]],
    [[2, 3, 7, 6]],
    [[3, 0, 4, 7]],
]
"""Ground, roof and four walls of a box, seen from outside counter-clockwise."""

BOX_TYPES = ["GroundSurface", "RoofSurface", "WallSurface"]
BOX_VALUES = [0, 1, 2, 2, 2, 2]


def shell(base: int = 0) -> list[list[list[int]]]:
    """Returns the surfaces of a box whose first vertex is ``base``."""
    return [[[base + i for i in ring] for ring in surface] for surface in BOX_SHELL]


def solid(base: int = 0, **more: Any) -> Json:
    """Returns a box as a Solid with semantics."""
    return {
        "type": "Solid",
        "lod": "2.2",
        "boundaries": [shell(base)],
        "semantics": {"surfaces": [{"type": t} for t in BOX_TYPES], "values": [BOX_VALUES]},
    } | more


def building(*geometry: Any, **more: Any) -> Json:
    """Returns a Building."""
    return {"type": "Building", "attributes": {}, "geometry": list(geometry)} | more


def city(objects: Json | None = None, vertices: list[Any] | None = None, **more: Any) -> Json:
    """Returns a document in whole metres; a box named ``house`` by default."""
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [1.0, 1.0, 1.0], "translate": [0.0, 0.0, 0.0]},
        "CityObjects": {"house": building(solid())} if objects is None else objects,
        "vertices": UNIT_BOX if vertices is None else vertices,
    } | more


def sequence(*features: Json, **header: Any) -> str:
    """Returns a header line and feature lines."""
    lines = [city({}, [], **header), *features]
    return "\n".join(json.dumps(line) for line in lines) + "\n"


def feature(name: str, vertices: list[Any] | None = None, **more: Any) -> Json:
    """Returns one feature that holds a box."""
    return {
        "type": "CityJSONFeature",
        "id": name,
        "CityObjects": {name: building(solid())},
        "vertices": UNIT_BOX if vertices is None else vertices,
    } | more
