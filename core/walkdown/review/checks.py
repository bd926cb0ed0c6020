"""What is wrong with a view, a mark, a date or how many there are: one sentence each, "" when nothing is.

For the server, which refuses, and for a client, which says so before it sends. Sentences are English and
have neither a capital nor an end, as all reasons of refusals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import numpy as np
from msgspec.structs import replace

from walkdown.messages import Camera, Mark, MarkKind, Plane, Point, Viewpoint

LIMITS: Mapping[str, int] = {
    "topics": 20_000,
    "comments": 100_000,
    "viewpoints": 50_000,
    "marks": 10_000,
    "agenda": 500,
    "votes": 1000,
}
"""How many a session holds of what stands in the tables of ``ReviewState``."""

VERDICTS_MAX = 100
STROKES_MAX = 500

TOLERANCE = 1e-2
"""So far from one and from a right angle a direction may be; it is put right then."""

EXACT = 1e-9
"""What is off by less than this stays as it came."""

_POINTS: Mapping[MarkKind, tuple[int, int]] = {
    "sketch": (2, 4000),
    "arrow": (2, 2),
    "dimension": (2, 2),
    "clearance": (2, 2),
    "angle": (3, 3),
    "area": (3, 4000),
    "photo": (0, 1),
    "file": (0, 1),
}
"""The least and the most points of each kind of mark."""

_POINT_BYTES = 12


def due_fault(due: str) -> str:
    """Return what is wrong with a due date: ``YYYY-MM-DD``, or an ISO 8601 time with its zone."""
    try:
        if len(due) == len("2026-01-31"):
            date.fromisoformat(due)
            return ""
        if not due or datetime.fromisoformat(due).tzinfo is not None:
            return ""
    except ValueError:
        pass
    return f"a due date is like 2026-01-31, or a time with its zone like 2026-01-31T16:00:00Z, not {due!r}"


def place_fault(points: Iterable[Point], *, furthest_metres: float) -> str:
    """Return what is wrong with points that have to lie somewhere near the origin."""
    if all(math.isfinite(x) and abs(x) <= furthest_metres for point in points for x in point):
        return ""
    return f"everything lies within {furthest_metres:.0f} m of the origin"


def view_fault(view: Viewpoint, *, furthest_metres: float) -> str:
    """Return what is wrong with a view whose directions :func:`righted` has put right."""
    points = [plane.point for plane in view.planes]
    points += [end for line in view.lines for end in (line.start, line.end)]
    camera = view.camera
    if camera is not None:
        points.append(camera.position)
        if bool(camera.fov_deg) == bool(camera.height_m):
            return "a camera has either an angle of view or, when it is orthogonal, a height"
    return place_fault(points, furthest_metres=furthest_metres)


def righted(view: Viewpoint) -> Viewpoint | str:
    """Return a view whose directions have the length one, up at a right angle, or what is wrong with them.

    What is off by less than ``TOLERANCE`` is put right.
    """
    camera, planes = view.camera, [_righted_plane(plane) for plane in view.planes]
    made = _righted_camera(camera) if camera is not None else None
    if camera is not None and made is None:
        return "a camera looks along a direction of length one, and up is at a right angle to it"
    kept = tuple(plane for plane in planes if plane is not None)
    if len(kept) < len(planes):
        return "the normal of a section plane has the length one"
    return replace(view, camera=made, planes=kept)


def _righted_camera(camera: Camera) -> Camera | None:
    direction, up = _unit(camera.direction), _unit(camera.up)
    if direction is None or up is None:
        return None
    along = sum(a * b for a, b in zip(direction, up, strict=True))
    if abs(along) > TOLERANCE:
        return None
    if abs(along) < EXACT:
        return replace(camera, direction=direction, up=up)
    across = _unit(tuple(b - along * a for a, b in zip(direction, up, strict=True)))
    return replace(camera, direction=direction, up=across) if across else None


def _righted_plane(plane: Plane) -> Plane | None:
    normal = _unit(plane.normal)
    return Plane(plane.point, normal) if normal else None


def _unit(vector: tuple[float, ...]) -> Point | None:
    """Return a vector that is nearly of length one with just that length, else None."""
    length = math.hypot(*vector)
    if not math.isfinite(length) or abs(length - 1) > TOLERANCE:
        return None
    x, y, z = vector if abs(length - 1) < EXACT else (part / length for part in vector)
    return x, y, z


def mark_fault(mark: Mark, *, furthest_metres: float) -> str:
    """Return what is wrong with a mark; its points are float32 triples relative to its anchor."""
    count, rest = divmod(len(mark.points), _POINT_BYTES)
    if rest:
        return f"points are {_POINT_BYTES} bytes each, these are {len(mark.points)} bytes"
    if fault := _count_fault(mark, count):
        return fault
    offsets = np.frombuffer(mark.points, "<f4").astype(np.float64)
    if not np.isfinite(offsets).all() or (mark.value is not None and not math.isfinite(mark.value)):
        return "points and values of a mark are finite numbers"
    if (np.abs(offsets) > furthest_metres).any():
        return f"everything lies within {furthest_metres:.0f} m of the origin"
    if mark.kind in ("photo", "file") and mark.file is None:
        return f"this {mark.kind} names no file in the session's store; send it first"
    return place_fault([mark.anchor], furthest_metres=furthest_metres)


def _count_fault(mark: Mark, count: int) -> str:
    least, most = _POINTS[mark.kind]
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        article = "an" if mark.kind[0] in "aeiou" else "a"
        return f"{article} {mark.kind} has {wanted} points, {count} came"
    if len(mark.strokes) > STROKES_MAX:
        return f"a sketch has at most {STROKES_MAX} strokes, {len(mark.strokes)} came"
    if mark.strokes and sum(mark.strokes) != count:
        return f"the strokes of a sketch are {sum(mark.strokes)} points together, {count} came"
    if mark.strokes and mark.kind != "sketch":
        return "only a sketch has strokes"
    if mark.snaps and len(mark.snaps) != count:
        return f"one word says at what each point was caught: {count} points, {len(mark.snaps)} words came"
    return ""
