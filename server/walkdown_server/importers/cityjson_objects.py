"""City objects as elements: keys, names, the tree of parts, attributes as properties, and the CRS."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from walkdown.package import Scalar
from walkdown_server.importers.cityjson_file import CityObject

KEY_SCHEME = "gml:"
GROUP = "CityObjectGroup"
MAX_DEPTH = 64
MAX_PROPERTIES = 500
MAX_TEXT = 1000
MAX_NAME = 200
MAX_ID_BYTES = 600

NAMES = ("name", "gml:name", "naam", "nom", "nombre", "label", "identificatie")
"""Attributes that name an object for people, the best first."""

GROUND_KINDS = frozenset(
    {
        "TINRelief",
        "LandUse",
        "Road",
        "Railway",
        "Square",
        "Track",
        "Waterway",
        "TransportSquare",
        "TransportationComplex",
        "WaterBody",
        "PlantCover",
        "Floor",
    }
)
"""Kinds that one walks on."""

SMOOTH_KINDS = frozenset({"TINRelief"})
"""Kinds whose triangles stand for a curved surface."""

GEOGRAPHIC = frozenset({4171, 4258, 4267, 4269, 4283, 4326, 4490, 4612, 4937, 4979, 4936, 6668, 6697, 9057})
"""EPSG codes whose coordinates are degrees, as far as they occur in city models."""

US_FEET = frozenset(range(2225, 2290)) | frozenset({3435, 3436, 6539, 2263})
"""EPSG codes of state planes whose unit is the foot."""

FOOT_METRES = 1200 / 3937

_KEPT_IN_KEYS = "{}()[]<>|~!$&'*+,;=:@^`._-"
_PLAIN = re.compile(r"[A-Za-z0-9{}()\[\]<>|~!$&'*+,;=:@^`._-]{1,600}")
_EPSG = re.compile(r"EPSG:{1,2}(?:[\d.]{0,12}:)?(\d{4,6})|EPSG/[\d.]{1,12}/(\d{4,6})|^\s*(\d{4,6})\s*$", re.I)


def key_of(identifier: str) -> str:
    """Return the element key of a city object: ``gml:`` and its id, percent-encoded where needed."""
    if _PLAIN.fullmatch(identifier):
        return KEY_SCHEME + identifier
    encoded = "".join(
        c if c.isprintable() and ord(c) > 0x7F else quote(c, safe=_KEPT_IN_KEYS) for c in identifier
    )
    if len(encoded.encode()) > MAX_ID_BYTES:
        digest = hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()[:16]
        encoded = f"{encoded.encode()[:MAX_ID_BYTES].decode(errors='ignore')}~{digest}"
    return KEY_SCHEME + encoded


def name_of(identifier: str, attributes: Any) -> str:
    """Return what people call an object: an attribute that names it, or its id."""
    if isinstance(attributes, dict):
        for name in NAMES:
            value = attributes.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()[:MAX_NAME]
    return identifier[:MAX_NAME] or "-"


def properties_of(thing: CityObject, *, lod: float) -> tuple[dict[str, Scalar], bool]:
    """Return the attributes and addresses of an object, flat, with the level of detail that is drawn.

    Also returns whether all of them are there, uncut.
    """
    found, whole = flatten(thing.attributes)
    if thing.address:
        single = isinstance(thing.address, list) and len(thing.address) == 1
        more, all_of_it = flatten({"address": thing.address[0] if single else thing.address})
        found, whole = found | more, whole and all_of_it
    if lod >= 0:
        found.setdefault("lod", f"{lod:g}")
    return found, whole


def flatten(tree: Any) -> tuple[dict[str, Scalar], bool]:
    """Return nested values as flat ones, and whether all of them are there, uncut.

    Names are joined by dots, lists become text; there are at most ``MAX_PROPERTIES`` of ``MAX_TEXT`` letters.
    """
    found: dict[str, Scalar] = {}
    whole = True
    stack = list(reversed(tree.items())) if isinstance(tree, dict) else []
    while stack and len(found) < MAX_PROPERTIES:
        name, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{name}.{inner}"[:MAX_TEXT], deeper) for inner, deeper in reversed(value.items())]
        elif value is not None and name:
            found[name[:MAX_TEXT]], uncut = _scalar(value)
            whole = whole and uncut
    return found, whole and not stack


def _scalar(value: Any) -> tuple[Scalar, bool]:
    if isinstance(value, bool | float) or (isinstance(value, int) and -(2**63) <= value < 2**63):
        return value, True
    if isinstance(value, list) and len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:MAX_TEXT], len(text) <= MAX_TEXT


def find_parents(things: Mapping[str, CityObject]) -> tuple[dict[str, str], int]:
    """Return the parent of each object that has one among the given, and how many lost theirs.

    A group is the parent only where there is no other. What would close a circle, or lie deeper than
    ``MAX_DEPTH``, has none.
    """
    wanted: dict[str, str] = {}
    for name, thing in things.items():
        best = _best_parent(thing.parents or (), things, name)
        if best is not None:
            wanted[name] = best
    for name, thing in things.items():
        for child in (*(thing.children or ()), *(thing.members or ())):
            if child in things and child != name:
                wanted.setdefault(child, name)
    kept = _without_circles(wanted, things)
    return kept, len(wanted) - len(kept)


def _best_parent(names: Iterable[str], things: Mapping[str, CityObject], own: str) -> str | None:
    present = [name for name in names if name in things and name != own]
    return next((name for name in present if things[name].type != GROUP), present[0] if present else None)


def _without_circles(wanted: dict[str, str], things: Mapping[str, CityObject]) -> dict[str, str]:
    depths: dict[str, int] = {}
    kept: dict[str, str] = {}
    for name in things:
        path = []
        current: str | None = name
        on_path: set[str] = set()
        while current is not None and current not in depths and current not in on_path:
            path.append(current)
            on_path.add(current)
            current = wanted.get(current)
        for step in reversed(path):
            parent = wanted.get(step)
            if parent is None or parent not in depths or depths[parent] >= MAX_DEPTH:
                depths[step] = 0
            else:
                depths[step] = depths[parent] + 1
                kept[step] = parent
    return kept


def parents_first(things: Mapping[str, CityObject], parents: Mapping[str, str]) -> list[str]:
    """Return all names so that what lies below one follows it, in the order of the file."""
    below: dict[str, list[str]] = {}
    for name in things:
        if name in parents:
            below.setdefault(parents[name], []).append(name)
    stack = [name for name in things if name not in parents][::-1]
    order = []
    while stack:
        name = stack.pop()
        order.append(name)
        stack += below.get(name, [])[::-1]
    return order


def epsg_codes(reference: Any) -> list[int]:
    """Return the EPSG codes that a reference system names: none, one, or those of its parts."""
    if isinstance(reference, int) and not isinstance(reference, bool):
        reference = str(reference)
    if not isinstance(reference, str):
        return []
    text = reference[:1000].replace("%3A", ":")
    return [int(next(filter(None, found))) for found in _EPSG.findall(text)]
