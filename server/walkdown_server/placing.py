"""Where a model stands: what a placement may be, and where coordinates say that a model belongs.

Pure. A *placement* is ``site_from_package``, a row-major 3 × 4 matrix in float64: a rotation about any
axis, one positive scale and a translation in metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.messages import IN_PLACE, Placement, Point

FURTHEST_METRES = 1e6
SCALE_MOST = 1e6
"""The largest scale; the smallest is its inverse."""

TOLERANCE = 1e-4
"""How far a matrix may be from a rotation times a scale, relative to the scale; float32 rounds to 1e-7."""

F64 = npt.NDArray[np.float64]


def fault_of(placement: Placement) -> str:
    """Return what is wrong with a placement, one sentence without its end, or "" when it is right."""
    matrix = _matrix(placement)
    if not np.isfinite(matrix).all():
        return "a placement has twelve finite numbers"
    with np.errstate(over="ignore", invalid="ignore"):
        determinant = float(np.linalg.det(matrix[:, :3]))
    scale = math.cbrt(determinant)
    if not 1 / SCALE_MOST <= scale <= SCALE_MOST:
        return (
            f"a placement has one scale between {1 / SCALE_MOST:g} and {SCALE_MOST:g} and mirrors nothing, "
            f"this one has the determinant {determinant:g}"
        )
    turned = matrix[:, :3] / scale
    if np.abs(turned).max() > 1 + TOLERANCE or np.abs(turned.T @ turned - np.eye(3)).max() > TOLERANCE:
        return "a placement turns and scales alike in all directions, this one shears or stretches"
    if np.abs(matrix[:, 3]).max() > FURTHEST_METRES:
        return f"a model stands within {FURTHEST_METRES:.0f} m of the origin"
    return ""


def in_site(placement: Placement, point: Point) -> Point:
    """Return a point of a model's frame in the site frame, metres."""
    matrix = _matrix(placement)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite then is refused
        x, y, z = (matrix[:, :3] @ np.array(point, np.float64) + matrix[:, 3]).tolist()
    return x, y, z


@dataclass(frozen=True, slots=True)
class Georeferenced:
    """A model with coordinates: its zero is ``origin``, metres in the reference system ``epsg``."""

    name: str
    epsg: int | None
    origin: tuple[float, float, float]
    placement: Placement = IN_PLACE


def where_coordinates_say(new: Georeferenced, others: Iterable[Georeferenced]) -> tuple[Placement, str]:
    """Return where a model stands when nobody says, and a sentence if its coordinates could not be used.

    It stands to the first model of the same reference system as their coordinates say, wherever that one
    was moved; the difference is taken in float64. Without such a model it stands in place.
    """
    if new.epsg is None:
        return IN_PLACE, ""
    known = [other for other in others if other.epsg is not None]
    anchor = next((other for other in known if other.epsg == new.epsg), None)
    if anchor is None:
        other = f"EPSG:{known[0].epsg} of {known[0].name!r}" if known else ""
        text = f"Its coordinates are in EPSG:{new.epsg}, not in {other}: it stands at the site's origin."
        return IN_PLACE, text if other else ""
    matrix = _matrix(anchor.placement)
    with np.errstate(over="ignore", invalid="ignore"):
        offset = np.array(new.origin, np.float64) - np.array(anchor.origin, np.float64)
        matrix[:, 3] += matrix[:, :3] @ offset
    placement: Placement = tuple(matrix.ravel().tolist())
    if fault_of(placement):
        away = f"{math.hypot(*offset.tolist()) / 1000:.0f} km from {anchor.name!r}"
        return IN_PLACE, f"Its coordinates say that it is {away}: it stands at the site's origin."
    return placement, ""


def _matrix(placement: Placement) -> F64:
    return np.array(placement, np.float64).reshape(3, 4)
