"""Where an IFC file stands on Earth: the map conversion and the reference system that it names.

IFC4 has entities for it; IFC2x3 files carry the same in property sets of the project or site, as the user
guide for geo-referencing of buildingSMART proposes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.i18n import mark
from walkdown_server.importers.ifc_tree import entities
from walkdown_server.importers.ifc_units import scale_of
from walkdown_server.importers.report import Note

CONVERSION_SETS = ("ePSet_MapConversion", "ePset_MapConversion", "EPset_MapConversion")
CRS_SETS = ("ePSet_ProjectedCRS", "ePset_ProjectedCRS", "EPset_ProjectedCRS")

NEAR_ONE = 0.1
"""A scale further from 1 is a change of unit, not a map's distortion."""

LOCAL_METRES = 20_000.0
"""Map coordinates that would be smaller than this in the file's unit are taken for metres."""

_EPSG = re.compile(r"EPSG[^0-9]{0,4}(?:(?:0|\d+\.\d+)[:/])?(\d{4,5})(?!\d)", re.IGNORECASE)
_BARE = re.compile(r"\s*(\d{4,5})\s*")

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MapConversion:
    """How the file's frame lies in a reference system.

    Attributes:
        offset: (3,) float64 metres, where the file's zero stands in the reference system.
        linear: (3, 3) float64, its turn and scale; both sides metres, Z up.
        epsg: of the reference system, or None where the file names none that has such a number.
        name: of the reference system, as the file gives it.
    """

    offset: F64
    linear: F64
    epsg: int | None
    name: str

    @property
    def matrix(self) -> F64:
        """(4, 4) reference system from file."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.linear, self.offset
        return matrix


def read_map_conversion(graph: Any, metres: float) -> MapConversion | None:
    """Return the map conversion of a file, or None when it has none that can be used.

    Args:
        graph: ``ifcopenshell.file``.
        metres: metres in one unit of length of the file.
    """
    given = _of_entities(graph) or _of_sets(graph)
    if given is None:
        return None
    numbers = {key: _number(value) for key, value in given.items() if key not in ("Name", "MapUnit")}
    map_metres = _map_metres(given.get("MapUnit"), numbers, metres)
    offset = np.array([numbers.get(key, 0.0) for key in ("Eastings", "Northings", "OrthogonalHeight")])
    angle = math.atan2(numbers.get("XAxisOrdinate", 0.0), numbers.get("XAxisAbscissa", 0.0) or 0.0)
    if not numbers.get("XAxisOrdinate") and not numbers.get("XAxisAbscissa"):
        angle = 0.0
    scale = _map_scale(numbers.get("Scale") or 1.0, map_metres / metres)
    turn = np.array(
        [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]]
    )
    name = str(given.get("Name") or "")
    return MapConversion(offset * map_metres, turn * scale, epsg_of(name), name[:200])


def epsg_of(name: str) -> int | None:
    """Return the EPSG number in a name such as ``EPSG:28992``, or None."""
    found = _EPSG.search(name) or _BARE.fullmatch(name)
    number = int(found[1]) if found else 0
    return number if 1024 <= number <= 32767 else None


def site_note(graph: Any) -> Note | None:
    """Return a sentence about the latitude and longitude of the site, which place nothing."""
    for site in graph.by_type("IfcSite")[:1]:
        latitude, longitude = _degrees(site.RefLatitude), _degrees(site.RefLongitude)
        if latitude is not None and longitude is not None:
            text = mark(
                "The site says it lies at latitude {latitude}°, longitude {longitude}°; that moved nothing."
            )
            return Note(text, {"latitude": f"{latitude:.5f}", "longitude": f"{longitude:.5f}"})
    return None


def _of_entities(graph: Any) -> dict[str, Any] | None:
    for operation in entities(graph, "IfcCoordinateOperation"):
        target = operation.TargetCRS
        names = operation.get_info(recursive=False)
        given = {key: value for key, value in names.items() if _is_number(value)}
        if operation.is_a("IfcRigidOperation"):
            east, north = operation.FirstCoordinate, operation.SecondCoordinate
            if not (east.is_a("IfcLengthMeasure") and north.is_a("IfcLengthMeasure")):
                continue  # angles: not a place in metres
            given |= {"Eastings": east.wrappedValue, "Northings": north.wrappedValue}
            given["OrthogonalHeight"] = operation.Height or 0.0
        given |= {"Name": getattr(target, "Name", None), "MapUnit": getattr(target, "MapUnit", None)}
        return given
    return None


def _of_sets(graph: Any) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, values in _sets(graph):
        if name in CONVERSION_SETS:
            found |= values
        elif name in CRS_SETS:
            found |= {"Name": values.get("Name")}
    return found if {"Eastings", "Northings"} & found.keys() else None


def _sets(graph: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the property sets that name a map conversion or a reference system."""
    wanted = {*CONVERSION_SETS, *CRS_SETS}
    for one in graph.by_type("IfcPropertySet"):
        if one.Name in wanted:
            singles = [p for p in one.HasProperties or () if p.is_a("IfcPropertySingleValue")]
            yield one.Name, {p.Name: p.NominalValue.wrappedValue for p in singles if p.NominalValue}


def _map_metres(unit: Any, numbers: dict[str, float], metres: float) -> float:
    """Return the metres in one unit of the map."""
    if unit is not None and not isinstance(unit, str):
        return scale_of(unit)
    places = (numbers.get("Eastings", 0.0), numbers.get("Northings", 0.0))
    return 1.0 if max(map(abs, places)) * metres < LOCAL_METRES else metres


def _map_scale(scale: float, unit_change: float) -> float:
    """Return how much the map stretches a metre, whether or not ``scale`` holds the change of unit too."""
    for stretched in (scale * unit_change, scale):
        if abs(stretched - 1) < NEAR_ONE:
            return stretched
    return 1.0


def _degrees(parts: Any) -> float | None:
    """Return degrees of (degrees, minutes, seconds, millionths of a second)."""
    if not parts or len(parts) < 3:
        return None
    return sum(float(part) / size for part, size in zip(parts, (1, 60, 3600, 3.6e9), strict=False))


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
