"""Hostile CityJSON: numbers of vertices that do not exist, rings without end, circles of parts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from tests.hostile.cases import Case, case
from tests.importers_city.forge import BOX_SHELL, UNIT_BOX, building, city, feature, sequence, solid

MAIN, SEQUENCE = "town.city.json", "town.city.jsonl"


def _city(name: str, document: Any, *, slow: bool = False) -> Case:
    def make() -> str:
        made = document() if callable(document) else document
        return made if isinstance(made, str) else json.dumps(made)

    return case(f"cityjson/{name}", MAIN, make, slow=slow)


def _sequence(name: str, text: str | Callable[[], str], *, slow: bool = False) -> Case:
    return case(f"cityjsonseq/{name}", SEQUENCE, text, slow=slow)


def _surface(*rings: list[int], vertices: list[Any] | None = None) -> dict[str, Any]:
    geometry = {"type": "MultiSurface", "lod": "1", "boundaries": [list(rings)]}
    return city({"a": building(geometry)}, vertices or UNIT_BOX)


def _star(corners: int) -> dict[str, Any]:
    points = [
        [math.cos(n * 2.399963) * (1 + n % 9), math.sin(n * 2.399963) * (1 + n % 9), 0.0]
        for n in range(corners)
    ]
    return _surface(list(range(corners)), vertices=points)


def _comb(corners: int) -> dict[str, Any]:
    """Returns a ring of teeth as long as it is wide: ears are hard to find."""
    points = [[float(n), 0.0 if n % 2 else 1e5, 0.0] for n in range(corners)]
    return _surface(list(range(corners)), vertices=[*points, [corners, -1.0, 0.0], [0.0, -1.0, 0.0]])


def _holes(count: int) -> dict[str, Any]:
    side = math.isqrt(count) + 1
    points = [
        [-1.0, -1.0, 0.0],
        [side * 2.0, -1.0, 0.0],
        [side * 2.0, side * 2.0, 0.0],
        [-1.0, side * 2.0, 0.0],
    ]
    rings = [[0, 1, 2, 3]]
    for n in range(count):
        x, y = 2.0 * (n % side), 2.0 * (n // side)
        start = len(points)
        points += [[x, y, 0.0], [x, y + 1, 0.0], [x + 1, y + 1, 0.0], [x + 1, y, 0.0]]
        rings.append(list(range(start, start + 4)))
    return _surface(*rings, vertices=points)


def _image(path: str) -> dict[str, Any]:
    painted = {
        "type": "MultiSurface",
        "boundaries": [[[0, 1, 2, 3]]],
        "texture": {"t": {"values": [[[0, 0, 1, 2, 3]]]}},
    }
    looks = {
        "textures": [{"type": "PNG", "image": path}],
        "vertices-texture": [[0, 0], [1, 0], [1, 1], [0, 1]],
    }
    return city({"a": building(painted)}, appearance=looks)


def _deep(text: str, depth: int = 100_000) -> str:
    return json.dumps(city(metadata="HERE")).replace('"HERE"', text * depth)


def _templates(shape: dict[str, Any], **instance: Any) -> dict[str, Any]:
    copy = {"type": "GeometryInstance", "template": 0, "boundaries": [0]} | instance
    shapes = {"templates": [shape], "vertices-templates": UNIT_BOX}
    furniture = {"a": {"type": "CityFurniture", "geometry": [copy]}}
    return city(furniture) | {"geometry-templates": shapes}


_BOX = {"type": "MultiSurface", "lod": "2", "boundaries": BOX_SHELL}


def _copies(count: int) -> dict[str, Any]:
    heavy = {"type": "MultiSurface", "lod": "2", "boundaries": BOX_SHELL * 2000}
    copy = {"type": "GeometryInstance", "template": 0, "boundaries": [0]}
    document = _templates(heavy)
    document["CityObjects"] = {"a": {"type": "CityFurniture", "geometry": [copy] * count}}
    return document


CASES: list[Case] = [
    _city("JSON nested 100,000 deep", lambda: _deep('{"a":')),
    _city("lists nested 100,000 deep", lambda: _deep("[")),
    _city("attributes nested 500 deep", lambda: city({"a": building(solid(), attributes=_nested(500))})),
    _city("vertex number 2^62", _surface([0, 1, 2**62])),
    _city("vertex number beyond integers", _surface([0, 1, 10**30])),
    _city("negative vertex numbers", _surface([0, 1, -2])),
    _city(
        "fractional vertex numbers", json.dumps(_surface([0, 1, 2])).replace("[0, 1, 2]", "[0, 1, 2.5]", 1)
    ),
    _city("vertices that are not there", city(vertices=[])),
    _city("vertices of two numbers", city(vertices=[[0, 0]] * 8)),
    _city("vertices that are words", city(vertices=[["a", "b", "c"]] * 8)),
    _city("one point for all corners", city(vertices=[[1, 1, 1]] * 8)),
    _city("coordinates of 1e300", city(vertices=[[1e300, -1e300, 1e300]] * 8)),
    _city("coordinates that JSON does not know", json.dumps(city(vertices=[[math.nan, math.inf, 0]] * 8))),
    _city("a scale of zero", city(transform={"scale": [0, 0, 0], "translate": [0, 0, 0]})),
    _city("a scale of 1e300", city(transform={"scale": [1e300] * 3, "translate": [1e300] * 3})),
    _city("a negative scale", city(transform={"scale": [-1, -1, -1], "translate": [0, 0, 0]})),
    _city("a scale of one number", city(transform={"scale": [1], "translate": [0, 0, 0]})),
    _city(
        "one house thrown 300 km away",
        city(
            {"a": building(solid()), "b": building(solid(8))},
            UNIT_BOX + [[x + 3e5, y, z] for x, y, z in UNIT_BOX],
        ),
    ),
    _city("degrees", city(metadata={"referenceSystem": "urn:ogc:def:crs:EPSG::4326"})),
    _city("a reference system of a megabyte", city(metadata={"referenceSystem": "EPSG:" * 200_000})),
    _city("an extent of nonsense", city(metadata={"geographicalExtent": ["a", None, {}, [], True, 1e308]})),
    _city("a ring of 40,000 crossing corners", lambda: _star(40_000), slow=True),
    _city("a ring of 400,000 crossing corners", lambda: _star(400_000), slow=True),
    _city("a comb of 40,000 teeth", lambda: _comb(40_000), slow=True),
    _city("a surface of 10,000 holes", lambda: _holes(10_000), slow=True),
    _city(
        "a surface without rings",
        city({"a": building({"type": "MultiSurface", "boundaries": [[], [[]], [[], []]]})}),
    ),
    _city(
        "a million objects",
        lambda: city({str(n): {"type": "Building"} for n in range(1_000_000)} | {"x": building(solid())}),
        slow=True,
    ),
    _city(
        "a chain of 50,000 parts",
        lambda: city(
            {str(n): {"type": "BuildingPart", "parents": [str(n + 1)]} for n in range(50_000)}
            | {"50000": building(solid())}
        ),
    ),
    _city("parents in a circle", city({"a": building(solid(), parents=["b"]), "b": building(parents=["a"])})),
    _city("an object that is its own parent", city({"a": building(solid(), parents=["a"], children=["a"])})),
    _city("an object of a thousand parents", city({"a": building(solid(), parents=["a"] * 1000)})),
    _city("a template of itself", _templates({"type": "GeometryInstance", "template": 0, "boundaries": [0]})),
    _city("a template that is not there", _templates(_BOX, template=99)),
    _city("a copy by a matrix of words", _templates(_BOX, transformationMatrix=["x"] * 16)),
    _city("a copy by a matrix of 1e300", _templates(_BOX, transformationMatrix=[1e300] * 16)),
    _city(
        "a copy 1e9 metres away",
        _templates(_BOX, transformationMatrix=[1, 0, 0, 1e9, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
    ),
    _city("10,000 copies of 24,000 triangles", lambda: _copies(10_000), slow=True),
    _city("an id of a megabyte", city({"x" * 1_000_000: building(solid())})),
    _city("an id of control characters", city({"a\x00\x1b[2J\n\u202e": building(solid())})),
    _city("an empty id", city({"": building(solid())})),
    _city(
        "100,000 attributes",
        lambda: city({"a": building(solid(), attributes={f"k{n}": n for n in range(100_000)})}),
    ),
    _city(
        "an attribute of 20 MB", lambda: city({"a": building(solid(), attributes={"k": "x" * 20_000_000})})
    ),
    _city("attributes that are a list", city({"a": building(solid(), attributes=[1, 2])})),
    _city(
        "semantics that name nothing",
        city({"a": building(solid(semantics={"surfaces": [], "values": [[7, -1, 1e9]]}))}),
    ),
    _city("an unknown geometry", city({"a": building({"type": "Sphere", "boundaries": []})})),
    _city("a type that is a number", city({"a": {"type": 5, "geometry": []}})),
    _city("an image by a parent path", _image("../secret.png")),
    _city("an image by an absolute path", _image("/etc/passwd")),
    _city("an image by an address", _image("http://127.0.0.1:9/x.png")),
    _city("an image that is missing", _image("appearances/gone.png")),
    _city("version 9", city(version="9.0")),
    _city("GeoJSON that mentions CityJSON", '{"type":"FeatureCollection","name":"CityJSON","features":[]}'),
    _city("JSON that is no city", '{"hello":"world"}'),
    _sequence("features without a header", json.dumps(feature("a")) + "\n" + json.dumps(feature("b"))),
    _sequence("a header alone", sequence()),
    _sequence(
        "a line of nonsense in the middle", sequence(feature("a")) + "nonsense\n" + json.dumps(feature("b"))
    ),
    _sequence(
        "a line of 70 MB",
        lambda: sequence(feature("a"), feature("b", note="x" * 70_000_000), feature("c")),
        slow=True,
    ),
    _sequence("70 MB without a line", "x" * 70_000_000, slow=True),
    _sequence(
        "100,000 features of one id", lambda: sequence(*[feature("same", UNIT_BOX)] * 20_000), slow=True
    ),
    _sequence(
        "features nested 100,000 deep",
        sequence() + '{"type":"CityJSONFeature","CityObjects":' + '{"a":' * 100_000,
    ),
]


def _nested(depth: int) -> Any:
    inner: Any = 1
    for _ in range(depth):
        inner = {"k": inner}
    return inner
