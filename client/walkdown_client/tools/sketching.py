"""Strokes of a pen: thinned without changing their look, and packed into what a mark may hold.

Points are (n, 3) float64, metres, site frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

POINTS_MAX = 4000
"""Points of a sketch, all strokes together: what fits into a mark."""

STROKES_MAX = 500
STEP_PX = 2.0
"""A pen that moves less than this draws nothing new."""

THIN_PX = 0.8
"""A thinned stroke stays so near to the drawn one, as it was seen."""


def thinned(points: npt.ArrayLike, tolerance_m: float) -> F64:
    """Return the fewest points of a stroke from which it is nowhere farther than a tolerance.

    Ramer's and Douglas' and Peucker's way (1972, 1973): the point farthest from the straight line between
    the ends stays, and so on in both halves. Its first and its last point stay.
    """
    p = np.asarray(points, np.float64).reshape(-1, 3)
    if len(p) < 3 or tolerance_m <= 0:
        return p
    kept = np.zeros(len(p), bool)
    kept[[0, -1]] = True
    waiting = [(0, len(p) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        away = _from_line(p[first + 1 : last], p[first], p[last])
        worst = int(away.argmax())
        if away[worst] > tolerance_m:
            middle = first + 1 + worst
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return np.asarray(p[kept])


def _from_line(points: F64, start: F64, end: F64) -> F64:
    """Return how far points are from the straight line between two others."""
    along = end - start
    length2 = max(float(along @ along), 1e-24)
    share = np.clip((points - start) @ along / length2, 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - start - share[:, None] * along, axis=1))


def fitting(strokes: Sequence[F64], tolerance_m: float) -> list[F64]:
    """Return strokes thinned further and further until all their points fit into a mark.

    What is more than a mark holds of strokes is left out, the latest first.
    """
    found = [np.asarray(stroke, np.float64) for stroke in strokes[:STROKES_MAX] if len(stroke)]
    tolerance = max(tolerance_m, 1e-6)
    while sum(map(len, found)) > POINTS_MAX and any(len(stroke) > 2 for stroke in found):
        tolerance *= 2.0
        found = [thinned(stroke, tolerance) for stroke in found]
    return found


def on_plane(point: npt.ArrayLike, normal: npt.ArrayLike, ray: tuple[F64, F64]) -> F64 | None:
    """Return where a ray meets the plane through a point, None when it does not before the eye."""
    eye, towards = ray
    across = np.asarray(normal, np.float64)
    steep = float(across @ towards)
    if abs(steep) < 1e-3:
        return None
    far = float(across @ (np.asarray(point, np.float64) - eye)) / steep
    return np.asarray(eye + towards * far) if far > 0 else None
