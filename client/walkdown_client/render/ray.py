"""Rays against triangles without a graphics card: the judge of picks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RayHit:
    """The nearest triangle on a ray: its owner, and the point, (3,) site frame, metres."""

    owner: int
    position: F64


class RayCaster:
    """Triangles grouped by owner, with a box around each owner; rays test boxes first."""

    def __init__(
        self, positions: npt.ArrayLike, triangles: npt.ArrayLike, owners: npt.NDArray[np.integer]
    ) -> None:
        """Sort the triangles.

        Args:
            positions: (n, 3) site frame, metres.
            triangles: (m, 3) rows of ``positions``.
            owners: (m,) whose triangle each is.
        """
        corners = np.asarray(positions, np.float64)[np.asarray(triangles)]
        order = np.argsort(owners, kind="stable")
        self._corners = corners[order]
        self._owners, starts = np.unique(owners[order], return_index=True)
        self._starts = np.append(starts, len(order))
        if len(order):
            self._lo = np.minimum.reduceat(self._corners.min(1), starts)
            self._hi = np.maximum.reduceat(self._corners.max(1), starts)

    def first(self, origin: npt.ArrayLike, direction: npt.ArrayLike) -> RayHit | None:
        """Return the nearest hit in front of ``origin``; both sides of a triangle count."""
        o, d = np.asarray(origin, np.float64), np.asarray(direction, np.float64)
        near, candidates = self._boxes_on(o, d)
        best, owner = np.inf, -1
        for box in candidates[np.argsort(near)]:
            if self._entry(o, d, int(box)) > best:
                break
            distance = self._nearest(o, d, int(box))
            if distance < best:
                best, owner = distance, int(self._owners[box])
        return RayHit(owner, o + d * best) if owner >= 0 else None

    def _boxes_on(self, o: F64, d: F64) -> tuple[F64, npt.NDArray[np.intp]]:
        if not len(self._owners):
            return np.zeros(0), np.zeros(0, np.intp)
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = (self._lo - o) / d, (self._hi - o) / d
        near, far = np.fmin(a, b).max(1), np.fmax(a, b).min(1)
        hit = np.flatnonzero(far >= np.maximum(near, 0.0))
        return near[hit], hit

    def _entry(self, o: F64, d: F64, box: int) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = (self._lo[box] - o) / d, (self._hi[box] - o) / d
        return float(np.fmin(a, b).max())

    def _nearest(self, o: F64, d: F64, box: int) -> float:
        """Distance to the nearest triangle of one owner (Möller and Trumbore), or infinity."""
        a, b, c = self._corners[self._starts[box] : self._starts[box + 1]].transpose(1, 0, 2)
        ab, ac = b - a, c - a
        p = np.cross(d, ac)
        determinant = (ab * p).sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            s = o - a
            u = (s * p).sum(1) / determinant
            q = np.cross(s, ab)
            v = (q @ d) / determinant
            t = (ac * q).sum(1) / determinant
            inside = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-9)
        return float(t[inside].min()) if inside.any() else np.inf
