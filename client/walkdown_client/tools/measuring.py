"""What can be measured between points: distance, area, angle, and how people read the result.

Points are (n, 3) float64, metres, in one frame. Everything is computed relative to the first point, so that
coordinates of millions of metres cost no digits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _, language, mark

F64 = npt.NDArray[np.float64]

LENGTH, AREA, ANGLE = "m", "m2", "rad"
"""Units of a mark's value."""

UNIT_OF: Mapping[str, str] = {
    "distance": LENGTH,
    "dimension": LENGTH,
    "clearance": LENGTH,
    "area": AREA,
    "angle": ANGLE,
}
FLAT_SHARE, FLAT_M = 0.005, 0.002
"""A polygon is planar when none of its points is farther from the best plane than this share of its size, or
than this."""

_GERMAN = str.maketrans(",.", ".,")

KIND_TEXT: Mapping[str, str] = {
    "dimension": mark("Distance"),
    "area": mark("Area"),
    "angle": mark("Angle"),
    "clearance": mark("Clearance"),
    "arrow": mark("Arrow"),
    "sketch": mark("Sketch"),
    "photo": mark("Photo"),
    "file": mark("File"),
}


@dataclass(frozen=True, slots=True)
class Polygon:
    """A measured polygon.

    Attributes:
        area_m2: of its projection on the plane that fits its points best.
        normal: (3,) unit normal of that plane; zero for a polygon without an area.
        away_m: how far its points are from that plane at most.
        planar: whether they may pass for lying in it.
    """

    area_m2: float
    normal: F64
    away_m: float
    planar: bool


def distance(start: npt.ArrayLike, end: npt.ArrayLike) -> float:
    """Return how far two points (3,) are apart, metres."""
    return float(np.linalg.norm(np.subtract(end, start, dtype=np.float64)))


def length(points: npt.ArrayLike) -> float:
    """Return the length of a polyline, metres; 0 for fewer than two points."""
    steps = np.diff(_relative(points), axis=0)
    return float(np.linalg.norm(steps, axis=1).sum())


def polygon(points: npt.ArrayLike) -> Polygon:
    """Return area and plane of a polygon whose last point is joined with the first.

    The normal is Newell's (Sutherland, Sproull and Schumacker, 1974): the sum of the cross products of what
    follows each other, twice the area of the projection on the plane to which it is normal.
    """
    p = _relative(points)
    if len(p) < 3:
        return Polygon(0.0, np.zeros(3), 0.0, planar=True)
    twice = np.cross(p, np.roll(p, -1, axis=0)).sum(0)
    area = float(np.linalg.norm(twice))
    if area < 1e-12:
        return Polygon(0.0, np.zeros(3), 0.0, planar=True)
    normal = twice / area
    away = float(np.abs((p - p.mean(0)) @ normal).max())
    size = float(np.linalg.norm(np.ptp(p, axis=0)))
    return Polygon(area / 2, normal, away, planar=away <= max(FLAT_SHARE * size, FLAT_M))


def angle(first: npt.ArrayLike, vertex: npt.ArrayLike, last: npt.ArrayLike) -> float:
    """Return the angle at a vertex between two points, radians from 0 to π; 0 where an arm has no length.

    The arc tangent of sine and cosine is exact near 0 and π, where the arc cosine alone is not.
    """
    a = np.subtract(first, vertex, dtype=np.float64)
    b = np.subtract(last, vertex, dtype=np.float64)
    return math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


def value_of(kind: str, points: npt.ArrayLike) -> float | None:
    """Return what a mark of a kind measures at its points, None for what measures nothing.

    Args:
        kind: ``dimension``, ``clearance``, ``area`` or ``angle``; others measure nothing.
    """
    p = np.asarray(points, np.float64).reshape(-1, 3)
    if kind in ("dimension", "clearance") and len(p) >= 2:
        return length(p)
    if kind == "area" and len(p) >= 3:
        return polygon(p).area_m2
    if kind == "angle" and len(p) == 3:
        return angle(p[0], p[1], p[2])
    return None


def _relative(points: npt.ArrayLike) -> F64:
    p = np.asarray(points, np.float64).reshape(-1, 3)
    return np.asarray(p - p[0]) if len(p) else p


# ---- for people ----------------------------------------------------------------------------------------


def readable(value: float | None, unit: str) -> str:
    """Return a value as people read it: mm below a metre, then m; m² or cm²; degrees; "—" for none.

    >>> readable(0.0254, "m"), readable(12.3456, "m"), readable(0.5, "m2"), readable(1.5707963, "rad")
    ('25.4 mm', '12.346 m', '0.5000 m²', '90.0°')
    """
    if value is None or not math.isfinite(value):
        return "—"
    if unit == LENGTH:
        return _length(value)
    if unit == AREA:
        return _area(value)
    return f"{_number(math.degrees(value), 1)}°" if unit == ANGLE else f"{value:g} {unit}".rstrip()


def _length(metres: float) -> str:
    if metres < 0.9995:
        return f"{_number(metres * 1000, 1 if metres < 0.1 else 0)} mm"
    return f"{_number(metres, 3 if metres < 100 else 2)} m"


def _area(square_metres: float) -> str:
    if square_metres < 0.1:
        return f"{_number(square_metres * 1e4, 1)} cm²"
    digits = 4 if square_metres < 1 else 3 if square_metres < 100 else 1
    return f"{_number(square_metres, digits)} m²"


def _number(value: float, digits: int) -> str:
    """Return a number with the separators of the language in use."""
    text = f"{value:,.{digits}f}"
    return text.translate(_GERMAN) if language() == "de" else text


def about(kind: str, points: npt.ArrayLike) -> str:
    """Return what more there is to say about something measured, "" for nothing: parts, or a warning."""
    p = np.asarray(points, np.float64).reshape(-1, 3)
    if kind in ("dimension", "clearance") and len(p) == 2:
        x, y, z = (_length(abs(part)) for part in (p[1] - p[0]).tolist())
        return _("east {x} · north {y} · up {z}").format(x=x, y=y, z=z)
    if kind == "area" and len(p) >= 3:
        found = polygon(p)
        around = _length(length(np.concatenate([p, p[:1]])))
        if not found.planar:
            return _("not flat: points lie up to {away} off the plane").format(away=_length(found.away_m))
        return _("{around} around").format(around=around)
    return ""
