"""Where a city stands: its reference system, unit and zero, as the file or the person says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.messages import ImportOptions
from walkdown_server.importers.cityjson_file import Document, Transform, Triple
from walkdown_server.importers.cityjson_objects import FOOT_METRES, GEOGRAPHIC, US_FEET, epsg_codes
from walkdown_server.importers.frame import F64, NEAR_METRES, choose_origin, site_from_file
from walkdown_server.importers.report import ImportReport, Note

EPSG_RANGE = range(1024, 32768)
EXTENT_SLACK_METRES = 1.0
COMPOUNDS = {(28992, 5709): 7415, (4258, 5730): 7409, (25832, 5783): 5555, (25833, 5783): 5556}
"""EPSG codes of plane and height whose pair has a code of its own."""

_SAID = mark("{name}: metres and Z up, EPSG:{epsg}, as the file says.")
_FEET = mark("{name}: feet and Z up, EPSG:{epsg}, as the file says; they became metres.")
_TOLD = mark("{name}: Z up, EPSG:{epsg}, as you said.")
_NONE = mark("{name}: metres and Z up; no reference system is given, --crs can name it.")
_ODD = mark(
    "{name}: its reference system {text!r} is not an EPSG code, so it is left out; --crs can name it."
)
_HEIGHTS = mark("{name}: heights are in a system of their own, EPSG:{height}; it is not kept.")
_EXTENT = mark(
    "{name}: the geographicalExtent of the file is not where its vertices are; it was not believed."
)
_ZERO = mark("The model stands far from zero; its origin is now ({x}, {y}, {z}) m.")


def reference_of(header: Document, options: ImportOptions, *, name: str, report: ImportReport) -> int | None:
    """Return the EPSG code of the coordinates, and say in the report where it comes from.

    Raises:
        ImportFailed: the coordinates are degrees.
    """
    if options.epsg is not None:
        report.note(Note(_TOLD, {"name": name, "epsg": options.epsg}))
        return _metric(options.epsg)
    metadata = header.metadata if isinstance(header.metadata, dict) else {}
    said = metadata.get("referenceSystem", metadata.get("crs"))
    if isinstance(said, dict):
        said = said.get("epsg")
    codes = [code for code in epsg_codes(said) if code in EPSG_RANGE]
    if not codes:
        text = (
            Note(_NONE, {"name": name}) if not said else Note(_ODD, {"name": name, "text": str(said)[:100]})
        )
        report.note(text)
        return None
    epsg = COMPOUNDS.get((codes[0], codes[1])) if len(codes) > 1 else codes[0]
    if epsg is None:
        epsg = codes[0]
        report.note(Note(_HEIGHTS, {"name": name, "height": codes[1]}))
    feet = epsg in US_FEET and options.unit is None
    report.note(Note(_FEET if feet else _SAID, {"name": name, "epsg": epsg}))
    return _metric(epsg)


def _metric(epsg: int) -> int:
    if epsg in GEOGRAPHIC:
        raise ImportFailed(
            _(
                "its coordinates are degrees (EPSG:{epsg}), but a model needs metres: convert it to a "
                "projected system, for instance UTM"
            ).format(epsg=epsg)
        )
    return epsg


def unit_of(epsg: int | None) -> float:
    """Return how many metres one unit of the coordinates is."""
    return FOOT_METRES if epsg in US_FEET else 1.0


class CityFrame:
    """Brings the coordinates of a file to the site, first without a shift."""

    def __init__(self, options: ImportOptions, *, unit: float) -> None:
        self.linear = site_from_file(options, unit=unit, up="Z")[:3, :3]
        self._options = options
        self._as_in_file = bool((self.linear == np.eye(3)).all())

    def to_site(self, vertices: Sequence[Triple], transform: Transform | None) -> F64:
        """Return (v, 3) float64 coordinates, metres, Z up, from the zero of the reference system."""
        points = np.fromiter(chain.from_iterable(vertices), np.float64, 3 * len(vertices))
        points = points.reshape(-1, 3)
        if transform is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                points = points * transform.scale + transform.translate
        return points if self._as_in_file else np.asarray(points @ self.linear.T)

    def zero(self, points: F64, transform: Transform | None, report: ImportReport) -> Triple:
        """Return the model's origin.

        It is the file's own ``translate`` where that lies near the bulk of the points.
        """
        found = choose_origin(points, options=self._options)
        if self._options.origin is not None or not any(found):
            return found
        if transform is not None:
            x, y, z = (self.linear @ transform.translate).tolist()
            if np.abs(np.subtract((x, y, z), found)).max() <= NEAR_METRES:
                found = (x, y, z)
        values = {axis: f"{metres:.0f}" for axis, metres in zip("xyz", found, strict=True)}
        report.note(Note(_ZERO, values))
        return found


def check_extent(metadata: Any, points: F64, *, name: str, report: ImportReport) -> None:
    """Say in the report when the file's own box is not that of its vertices.

    Args:
        metadata: of the header.
        points: (v, 3) as they stand in the file. name: of the file. report: is told.
    """
    extent = metadata.get("geographicalExtent") if isinstance(metadata, dict) else None
    numbers = isinstance(extent, list) and all(
        isinstance(n, int | float) and not isinstance(n, bool) for n in extent
    )
    if not numbers or not isinstance(extent, list) or len(extent) != 6 or not len(points):
        return
    low, high = points.min(0), points.max(0)
    said = np.array(extent, np.float64)
    outside = (low < said[:3] - EXTENT_SLACK_METRES).any() or (high > said[3:] + EXTENT_SLACK_METRES).any()
    if outside:
        report.note(Note(_EXTENT, {"name": name}))
