"""The shortest distance between two meshes and where it is, bounded in time.

Both meshes get a tree of boxes: triangles in the order of a space-filling curve, halves of halves above
them. Pairs of boxes are taken apart together, a level at a time, all at once; those that are farther apart
than two points that are known are left out (Larsen, Gottschalk, Lin and Manocha, 1999, with boxes in the
place of swept spheres). What is left is measured triangle by triangle, nearest boxes first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Edge = tuple[F64, F64]

LEAF = 4
"""Triangles in a box of the lowest level."""

AT_ONCE = 3000
"""Pairs of triangles that are measured together: enough for numpy, few enough to learn from the last."""

FINE_M = 1e-6
"""What is nearer by less than this is not looked for: of parallel faces all would be equally near."""

PAIRS_MAX = 3_000_000
"""More pairs of boxes than this are not kept; the nearest are, and the result may be a little too large."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """The shortest distance between two meshes, and a point of each where it is; metres, their frame.

    Attributes:
        exact: False when there was too much to compare, and there may be a shorter one.
    """

    distance_m: float
    first: F64
    second: F64
    exact: bool = True


def clearance(
    first: npt.ArrayLike, second: npt.ArrayLike, *, cancelled: Callable[[], bool] = lambda: False
) -> Clearance | None:
    """Return the shortest distance between two meshes; None when one is empty, or it was cancelled.

    Args:
        first, second: (n, 3, 3) triangles × corner × axis, metres, one frame.
        cancelled: is asked between steps.
    """
    a, b = np.asarray(first, np.float64).reshape(-1, 3, 3), np.asarray(second, np.float64).reshape(-1, 3, 3)
    if not len(a) or not len(b):
        return None
    zero = (a[0, 0] + b[0, 0]) / 2
    search = _Search(_Tree(a - zero), _Tree(b - zero))
    pairs = search.leaves(cancelled)
    if pairs is None or not search.measure(*pairs, cancelled=cancelled):
        return None
    p, q = search.points
    return Clearance(search.best, p + zero, q + zero, search.exact)


class _Tree:
    """Boxes over triangles, as a complete binary tree: level l has 2^l boxes.

    Attributes:
        corners: (2^depth · LEAF, 3, 3) triangles in order, the last ones again to fill it up.
        normals, offsets: (…, 3) and (…,) of their planes; zero for those without an area.
        low, high: for each level (2^l, 3).
    """

    def __init__(self, corners: F64) -> None:
        order = np.argsort(_curve(corners.mean(1)), kind="stable")
        self.depth = max(int(np.ceil(np.log2(max(len(corners), 1) / LEAF))), 0)
        count = LEAF << self.depth
        spread = np.minimum(np.arange(count) * len(order) // count, len(order) - 1)
        self.corners = corners[order[spread]] if count >= len(order) else corners[order]
        self.lows, self.highs = self.corners.min(1), self.corners.max(1)
        across = np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])
        size = np.linalg.norm(across, axis=1, keepdims=True)
        self.normals = np.where(size > 0, across / np.where(size > 0, size, 1.0), 0.0)
        self.offsets = (self.normals * self.corners[:, 0]).sum(1)
        self.low: list[F64] = [self.lows.reshape(-1, LEAF, 3).min(1)]
        self.high: list[F64] = [self.highs.reshape(-1, LEAF, 3).max(1)]
        for _level in range(self.depth):
            self.low.insert(0, self.low[0].reshape(-1, 2, 3).min(1))
            self.high.insert(0, self.high[0].reshape(-1, 2, 3).max(1))

    def sample(self, level: int, rows: Rows) -> F64:
        """Return (n, 3) a point of the mesh in each box."""
        return np.asarray(self.corners[(rows << (self.depth - level)) * LEAF, 0])


class _Search:
    """Two trees, and the nearest two points that are known of them."""

    def __init__(self, a: _Tree, b: _Tree) -> None:
        self._a, self._b = a, b
        self.points = (a.corners[0, 0], b.corners[0, 0])
        self.best = float(np.linalg.norm(self.points[0] - self.points[1]))
        self.exact = True

    def leaves(self, cancelled: Callable[[], bool]) -> tuple[Rows, Rows, F64] | None:
        """Return the pairs of lowest boxes that can hold something nearer, and how far they are apart."""
        i = j = np.zeros(1, np.intp)
        near = np.zeros(1)
        la = lb = 0
        while la < self._a.depth or lb < self._b.depth:
            if cancelled():
                return None
            if la < self._a.depth:
                la, i, j = la + 1, _halves(i), np.repeat(j, 2)
            if lb < self._b.depth:
                lb, i, j = lb + 1, np.repeat(i, 2), _halves(j)
            self._learn(self._a.sample(la, i), self._b.sample(lb, j))
            near = _apart(
                (self._a.low[la][i], self._a.high[la][i]), (self._b.low[lb][j], self._b.high[lb][j])
            )
            i, j, near = self._kept(i, j, near)
        return i, j, near

    def _kept(self, i: Rows, j: Rows, near: F64) -> tuple[Rows, Rows, F64]:
        kept = np.flatnonzero(near < self.best - FINE_M)
        if len(kept) > PAIRS_MAX:
            self.exact = False
            kept = kept[np.argpartition(near[kept], PAIRS_MAX)[:PAIRS_MAX]]
        return i[kept], j[kept], near[kept]

    def _learn(self, p: F64, q: F64) -> None:
        away = ((p - q) ** 2).sum(1)
        place = int(away.argmin()) if len(away) else -1
        if place >= 0 and away[place] < self.best**2:
            self.best, self.points = float(np.sqrt(away[place])), (p[place], q[place])

    def measure(self, i: Rows, j: Rows, near: F64, *, cancelled: Callable[[], bool]) -> bool:
        """Measure the triangles of pairs of boxes, nearest first; False when it was cancelled."""
        order = np.argsort(near)
        at = 0
        while at < len(order) and near[order[at]] < self.best - FINE_M:
            if cancelled():
                return False
            some = order[at : at + AT_ONCE // LEAF]
            at += len(some)
            self._measure_boxes(i[some], j[some])
        return True

    def _measure_boxes(self, i: Rows, j: Rows) -> None:
        places = np.arange(LEAF)
        ta = np.repeat((i[:, None] * LEAF + places)[:, :, None], LEAF, 2).ravel()
        tb = np.repeat((j[:, None] * LEAF + places)[:, None, :], LEAF, 1).ravel()
        a, b = self._a, self._b
        near = _apart((a.lows[ta], a.highs[ta]), (b.lows[tb], b.highs[tb]))
        for ours_first in (True, False):
            kept = np.flatnonzero(near < self.best - FINE_M)
            ta, tb, near = ta[kept], tb[kept], near[kept]
            beyond = _beyond(a, ta, b.corners[tb]) if ours_first else _beyond(b, tb, a.corners[ta])
            near = np.maximum(near, beyond)
        order = np.argsort(near)
        for first in range(0, len(order), AT_ONCE):
            some = order[first : first + AT_ONCE]
            some = some[near[some] < self.best - FINE_M]
            if not len(some):
                return
            self._take(*apart(a.corners[ta[some]], b.corners[tb[some]]))

    def _take(self, away: F64, p: F64, q: F64) -> None:
        place = int(away.argmin())
        if away[place] < self.best:
            self.best, self.points = float(away[place]), (p[place], q[place])


def _halves(rows: Rows) -> Rows:
    return np.asarray((rows[:, None] * 2 + np.array([0, 1])).ravel())


def _apart(first: tuple[F64, F64], second: tuple[F64, F64]) -> F64:
    """Return how far what boxes (low, high) hold is apart at least, (n,)."""
    gap = np.maximum(np.maximum(first[0] - second[1], second[0] - first[1]), 0.0)
    x, y, z = gap.T
    return np.asarray(np.sqrt(x * x + y * y + z * z))


def _beyond(tree: _Tree, rows: Rows, corners: F64) -> F64:
    """Return how far triangles (n, 3, 3) are at least from others: to one side of the others' planes."""
    normals, offsets = tree.normals[rows], tree.offsets[rows]
    first, second, third = np.einsum("nki,ni->kn", corners, normals)
    low = np.minimum(np.minimum(first, second), third) - offsets
    high = np.maximum(np.maximum(first, second), third) - offsets
    return np.asarray(np.maximum(low, -high))


def _curve(points: F64) -> npt.NDArray[np.int64]:
    """Return the places of points on Morton's curve through their box."""
    low, size = points.min(0), np.maximum(np.ptp(points, axis=0).max(), 1e-12)
    cells = ((points - low) / size * 1023.0).astype(np.int64)
    return np.asarray(sum(_spread(cells[:, axis]) << axis for axis in range(3)))


def _spread(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Put two zeros between the ten bits of numbers."""
    for shift, keep in ((16, 0x030000FF), (8, 0x0300F00F), (4, 0x030C30C3), (2, 0x09249249)):
        cells = (cells | cells << shift) & keep
    return cells


# ---- triangles ------------------------------------------------------------------------------------------


def apart(first: F64, second: F64) -> tuple[F64, F64, F64]:
    """Return distances (n,) between pairs of triangles (n, 3, 3), and where they are: (n, 3) on each.

    The nearest points of two triangles lie on two edges, or one at a corner of one and inside the other;
    where an edge goes through a triangle both are the same point.
    """
    found = [
        _edges_apart((first[:, i], first[:, (i + 1) % 3]), (second[:, j], second[:, (j + 1) % 3]))
        for i in range(3)
        for j in range(3)
    ]
    for corner in range(3):
        away, on = _corner_apart(first[:, corner], second)
        found.append((away, first[:, corner], on))
        away, on = _corner_apart(second[:, corner], first)
        found.append((away, on, second[:, corner]))
        for ours, theirs in ((first, second), (second, first)):
            through = _through(ours[:, corner], ours[:, (corner + 1) % 3], theirs)
            found.append((np.where(np.isfinite(through[:, 0]), 0.0, np.inf), through, through))
    away = np.stack([entry[0] for entry in found])
    best, row = away.argmin(0), np.arange(len(first))
    p, q = (np.stack([entry[side] for entry in found])[best, row] for side in (1, 2))
    return away[best, row], p, q


def _edges_apart(first: Edge, second: Edge) -> tuple[F64, F64, F64]:
    """Return distance and nearest points of pairs of edges, as Ericson does (2005, 5.1.9)."""
    (p, p_end), (q, q_end) = first, second
    u, v, w = p_end - p, q_end - q, p - q
    a, e, f = (u * u).sum(1), (v * v).sum(1), (v * w).sum(1)
    b, c = (u * v).sum(1), (u * w).sum(1)
    a, e = np.maximum(a, 1e-300), np.maximum(e, 1e-300)
    denominator = a * e - b * b
    askew = denominator > 1e-12 * a * e
    s = np.where(askew, np.clip((b * f - c * e) / np.where(askew, denominator, 1.0), 0.0, 1.0), 0.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    s = np.clip((b * t - c) / a, 0.0, 1.0)
    on_p, on_q = p + u * s[:, None], q + v * t[:, None]
    return np.linalg.norm(on_p - on_q, axis=1), on_p, on_q


def _corner_apart(point: F64, triangle: F64) -> tuple[F64, F64]:
    """Return how far points are from the insides of triangles, infinite beside them, and the feet."""
    a, ab, ac = triangle[:, 0], triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0]
    normal = np.cross(ab, ac)
    size2 = (normal * normal).sum(1)
    flat = size2 > 1e-300
    away = point - a
    safe = np.where(flat, size2, 1.0)
    u = (np.cross(away, ac) * normal).sum(1) / safe
    v = (np.cross(ab, away) * normal).sum(1) / safe
    inside = flat & (u >= 0) & (v >= 0) & (u + v <= 1)
    height = (away * normal).sum(1) / safe
    foot = point - normal * height[:, None]
    return np.where(inside, np.abs(height) * np.sqrt(safe), np.inf), foot


def _through(start: F64, end: F64, triangle: F64) -> F64:
    """Return where edges go through triangles, (n, 3), NaN where they do not (Möller and Trumbore, 1997)."""
    a, ab, ac = triangle[:, 0], triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0]
    along = end - start
    p = np.cross(along, ac)
    determinant = (ab * p).sum(1)
    size = np.linalg.norm(ab, axis=1) * np.linalg.norm(ac, axis=1) * np.linalg.norm(along, axis=1)
    steep = np.abs(determinant) > 1e-12 * np.maximum(size, 1e-300)
    safe = np.where(steep, determinant, 1.0)
    away = start - a
    q = np.cross(away, ab)
    u, v, t = (away * p).sum(1) / safe, (along * q).sum(1) / safe, (ac * q).sum(1) / safe
    hit = steep & (u >= 0) & (v >= 0) & (u + v <= 1) & (t >= 0) & (t <= 1)
    return np.asarray(np.where(hit[:, None], start + along * t[:, None], np.nan))
