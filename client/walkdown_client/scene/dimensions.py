"""The lines of which marks consist: dimensions, areas, angles, clearances, arrows and sketches.

Points are (n, 3) float64, metres, site frame. Lines are (n, 2, 3) from start to end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

WIDTH_PX, THIN_PX, PEN_PX = 2.4, 1.1, 3.4
ARC_SHARE, ARC_STEPS = 0.35, 24
HATCHES = 14
"""An area is hatched by about so many lines."""

SELECTED, DASHED, HEAD, BARE = 1, 2, 4, 8
"""Flags of a line, as the shaders of ``mark_lines`` have them; a bare one has no dark edge."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Lines of one mark.

    Attributes:
        lines: (n, 2, 3). width_px: (n,) at scale 1. flags: (n,). alpha: (n,) from 0 to 1.
    """

    lines: F64
    width_px: F64
    flags: npt.NDArray[np.int64]
    alpha: F64


def strokes_of(kind: str, points: F64, counts: tuple[int, ...] = ()) -> Strokes:
    """Return what is drawn of a mark.

    Args:
        counts: of a sketch how many points each stroke has; () for one stroke.
    """
    if len(points) < 2 or kind in ("photo", "file"):
        return _strokes()
    if kind == "sketch":
        return _strokes(_sketch(points, counts), width_px=PEN_PX)
    if kind == "area":
        return _area(points)
    if kind == "angle":
        return _angle(points)
    if kind == "arrow":
        head = _strokes(points[None, [1, 0]], flags=HEAD)
        return _together(_strokes(points[None, [1, 0]], width_px=WIDTH_PX + 0.6), head)
    return _strokes(_polyline(points))


def label_point(kind: str, points: F64) -> F64:
    """Return (3,) where the label of a mark stands."""
    if kind in ("dimension", "clearance") and len(points) >= 2:
        return np.asarray((points[0] + points[1]) / 2)
    if kind == "area":
        return np.asarray(points.mean(0))
    if kind == "angle" and len(points) == 3:
        arc = _arc(points)
        return np.asarray(arc[len(arc) // 2])
    return np.asarray(points[-1] if kind == "arrow" else points[0])


def extent_m(points: F64) -> float:
    """Return how large a mark is, the diagonal of its box."""
    return float(np.linalg.norm(np.ptp(points, axis=0))) if len(points) else 0.0


def _strokes(
    lines: F64 | None = None, *, width_px: float = WIDTH_PX, flags: int = 0, alpha: float = 1.0
) -> Strokes:
    found = np.zeros((0, 2, 3)) if lines is None else lines
    count = len(found)
    return Strokes(found, np.full(count, width_px), np.full(count, flags), np.full(count, alpha))


def _together(*parts: Strokes) -> Strokes:
    return Strokes(
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.width_px for part in parts]),
        np.concatenate([part.flags for part in parts]),
        np.concatenate([part.alpha for part in parts]),
    )


def _polyline(points: F64) -> F64:
    return np.stack([points[:-1], points[1:]], 1)


def _sketch(points: F64, counts: tuple[int, ...]) -> F64:
    """Return the lines of all strokes; no line joins one stroke with the next."""
    lines = _polyline(points)
    ends = np.cumsum(counts or (len(points),))[:-1]
    joined = np.ones(len(lines), bool)
    joined[ends[(ends > 0) & (ends <= len(lines))] - 1] = False
    return np.asarray(lines[joined])


def _angle(points: F64) -> Strokes:
    if len(points) != 3:
        return _strokes(_polyline(points))
    arms = np.stack([points[[1, 1]], points[[0, 2]]], 1)
    return _together(_strokes(arms), _strokes(_polyline(_arc(points)), width_px=WIDTH_PX * 0.8))


def _arc(points: F64) -> F64:
    """Return (k, 3) the arc about the middle one of three points, from the first to the last."""
    vertex = points[1]
    arms = points[[0, 2]] - vertex
    lengths = np.linalg.norm(arms, axis=1)
    if lengths.min() < 1e-12:
        return np.asarray(points[[1, 1]])
    a, b = arms / lengths[:, None]
    across = b - a * float(a @ b)
    size = float(np.linalg.norm(across))
    turn = math.atan2(size, float(a @ b))
    side = across / size if size > 1e-9 else _any_normal(a)
    steps = np.linspace(0.0, turn, ARC_STEPS + 1)[:, None]
    return np.asarray(vertex + ARC_SHARE * float(lengths.min()) * (np.cos(steps) * a + np.sin(steps) * side))


def _any_normal(a: F64) -> F64:
    other = np.eye(3)[int(np.abs(a).argmin())]
    found = np.cross(a, other)
    return np.asarray(found / np.linalg.norm(found))


def _area(points: F64) -> Strokes:
    if len(points) < 3:
        return _strokes(_polyline(points))
    outline = _strokes(_polyline(np.concatenate([points, points[:1]])))
    return _together(outline, _strokes(hatch(points), width_px=THIN_PX, flags=BARE, alpha=0.8))


def hatch(points: F64) -> F64:
    """Return slanting lines (n, 2, 3) inside a polygon, in the plane that fits it best.

    A line is cut where it enters and leaves the outline, even and odd crossings in turn.
    """
    middle = points.mean(0)
    flat = points - middle
    normal = np.cross(flat, np.roll(flat, -1, axis=0)).sum(0)
    size = float(np.linalg.norm(normal))
    if size < 1e-12:
        return np.zeros((0, 2, 3))
    first = _any_normal(normal / size)
    second = np.cross(normal / size, first)
    axes = np.stack([first + second, second - first]) / math.sqrt(2.0)
    p = flat @ axes.T
    q = np.roll(p, -1, axis=0)
    low, high = p[:, 1].min(), p[:, 1].max()
    found = []
    for level in (low + (high - low) * (np.arange(HATCHES) + 0.5) / HATCHES).tolist():
        crossed = (p[:, 1] > level) != (q[:, 1] > level)
        share = (level - p[crossed, 1]) / (q[crossed, 1] - p[crossed, 1])
        x = np.sort(p[crossed, 0] + share * (q[crossed, 0] - p[crossed, 0]))
        ends = np.stack([x, np.full(len(x), level)], 1) @ axes + middle
        found.append(ends.reshape(-1, 2, 3))
    return np.concatenate(found)
