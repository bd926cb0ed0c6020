"""Judges walks by dense rays and sampled distances; shares no code with what walks.

A walk is an escape when a line between two of its successive places, at one of three heights above the feet,
goes through a triangle that stops people; when it ends nearer to one than a body's radius; or when nothing
that carries lies below its end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

HEIGHTS_M = (0.4, 1.0, 1.55)
RADIUS_M, TOLERANCE_M = 0.25, 0.003
AXIS_M = np.linspace(0.26, 1.5, 32)
"""Heights above the feet at which the distance to the nearest triangle is taken."""

FALLEN_M = 0.5
"""Nothing that carries within this below the feet, though there should be: the person has left the floor."""

RUN = 12
"""Places that are judged together."""


def crossings(path: F64, corners: F64) -> int:
    """Return how many parts of a path (m, 3) go through one of the triangles (n, 3, 3)."""
    lo, hi = corners.min(1), corners.max(1)
    found = 0
    for start in range(0, len(path) - 1, RUN):
        places = path[start : start + RUN + 1]
        low = np.add(places.min(0), (0, 0, HEIGHTS_M[0]))
        high = np.add(places.max(0), (0, 0, HEIGHTS_M[-1]))
        near = corners[((lo <= high) & (hi >= low)).all(1)]
        if len(near):
            lifts = np.array([(0.0, 0.0, height) for height in HEIGHTS_M])
            begins = (places[:-1, None] + lifts).reshape(-1, 3)
            ends = (places[1:, None] + lifts).reshape(-1, 3)
            found += int(_cross(begins, ends, near).sum())
    return found


def _cross(begins: F64, ends: F64, corners: F64) -> npt.NDArray[np.bool_]:
    """Return for each line segment whether it goes through a triangle, by signed volumes."""
    a, b, c = (corners[None, :, k] for k in range(3))
    p, q = begins[:, None], ends[:, None]
    normal = np.cross(b - a, c - a)
    before, after = ((p - a) * normal).sum(-1), ((q - a) * normal).sum(-1)
    way = q - p
    sides = [(np.cross(way, one - p) * (other - p)).sum(-1) for one, other in ((a, b), (b, c), (c, a))]
    inside = np.logical_and.reduce([side >= 0 for side in sides])
    inside |= np.logical_and.reduce([side <= 0 for side in sides])
    met: npt.NDArray[np.bool_] = ((before > 0) != (after > 0)) & inside & (np.abs(before - after) > 1e-15)
    return np.asarray(met.any(1))


def nearest_m(feet: F64, corners: F64) -> float:
    """Return the distance of the axis of a body to the nearest triangle, metres."""
    points = feet + np.stack([np.zeros_like(AXIS_M), np.zeros_like(AXIS_M), AXIS_M], 1)
    reach = 2 * RADIUS_M
    near = (corners.min(1) <= points.max(0) + reach).all(1) & (corners.max(1) >= points.min(0) - reach).all(1)
    found = [float(_apart(point, corners[near]).min(initial=np.inf)) for point in points]
    return min(found)


def _apart(point: F64, corners: F64) -> F64:
    """Return (n,) distances of a point to triangles: to the plane inside, to the nearest edge outside."""
    a, b, c = (corners[:, k] for k in range(3))
    normal = np.cross(b - a, c - a)
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-30)
    height = ((point - a) * normal).sum(1) / length
    foot = point - height[:, None] * normal / length[:, None]
    turns = [(np.cross(e - s, foot - s) * normal).sum(1) >= 0 for s, e in ((a, b), (b, c), (c, a))]
    edges = np.min([_to_edge(point, s, e) for s, e in ((a, b), (b, c), (c, a))], axis=0)
    return np.asarray(np.where(np.logical_and.reduce(turns), np.abs(height), edges))


def _to_edge(point: F64, start: F64, end: F64) -> F64:
    along = end - start
    share = ((point - start) * along).sum(1) / np.maximum((along**2).sum(1), 1e-30)
    return np.asarray(np.linalg.norm(point - start - np.clip(share, 0, 1)[:, None] * along, axis=1))


def carried(feet: F64, corners: F64) -> bool:
    """Tell whether a triangle lies below or about the feet, close enough to stand on it."""
    low, high = np.subtract(feet, (RADIUS_M, RADIUS_M, FALLEN_M)), np.add(feet, RADIUS_M)
    return bool(((corners.min(1) <= high).all(1) & (corners.max(1) >= low).all(1)).any())
