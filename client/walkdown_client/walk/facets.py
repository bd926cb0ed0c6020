"""The few triangles around a person, prepared so that distances to them cost a handful of array operations.

Everything is float64 relative to an ``origin`` close by, so that distance from the site's zero costs nothing.
A body is a capsule that stands upright: all points within a radius of a vertical *axis*. Its distance to a
triangle is attained at an end of the axis over the triangle's face, or between the axis and one of the three
edges, where the squared distance is convex and made of three parabolas: the axis' line, its lower end, its
upper end. (C. Ericson, Real-Time Collision Detection, 2005, 5.1.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkdown_client.walk.soup import F64, I64, Mask

WALKABLE = float(np.cos(np.radians(40.0)))
"""Upward part of the normal of the steepest floor that is walked on."""

_UPRIGHT = 1e-3
"""A triangle whose normal points up less than this is a wall, which an upright line does not meet."""

_TINY = 1e-12

Axis = tuple[float, float, float, float]
"""x, y, lowest and highest z of an upright line, metres, relative to the facets' origin."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """How near one upright axis is to each of n triangles.

    Attributes:
        distances: (n,) metres from the axis.
        normals: (3, n) unit, from the triangle's nearest point to the axis.
        heights: (n,) z of the triangle's nearest point, relative to the facets' origin.
        on_face: (n,) whether the nearest point lies inside the triangle, not on its edge.
    """

    distances: F64
    normals: F64
    heights: F64
    on_face: Mask


@dataclass(frozen=True, slots=True)
class Facets:
    """Triangles around a place; :func:`facets_of` makes them.

    Attributes:
        origin: (3,) metres, site frame.
        owners: (n,) drawn ids.
        floors: (n,) whether a person can stand on it.
        lo, hi: (3, n) boxes, relative to the origin.
        points, edges: (3, 3, n) axis × corner × triangle: corners, and the edges that begin there.
        per_flat, per_length: (3, n) one over the squared length of each edge, seen from above and in space.
        forms: (3, 4, n) see :func:`_linear_forms`.
    """

    origin: F64
    owners: I64
    floors: Mask
    lo: F64
    hi: F64
    points: F64
    edges: F64
    per_flat: F64
    per_length: F64
    forms: F64

    def __len__(self) -> int:
        """Return the number of triangles."""
        return len(self.owners)

    def reaching(self, lo: F64, hi: F64) -> Facets:
        """Return those whose boxes touch a box, metres, relative to the origin."""
        rows = np.flatnonzero(((self.hi >= lo[:, None]) & (self.lo <= hi[:, None])).all(0))
        arrays = (self.lo, self.hi, self.points, self.edges, self.per_flat, self.per_length, self.forms)
        return Facets(
            self.origin, self.owners[rows], self.floors[rows], *(a.take(rows, axis=-1) for a in arrays)
        )

    def contacts(self, axis: Axis) -> Contacts:
        """Return how near an axis is to each triangle; one that it cuts is not noticed, see :meth:`cut`."""
        low, high = axis[2:]
        away, squared = self._from_edges(axis)
        best, every = squared.argmin(0), np.arange(len(self))
        squared = squared[best, every]
        ends = self._forms_at(axis)
        face = np.abs(ends[:, 0])
        face[~_inside(ends)] = np.inf
        upper = face[1] < face[0]
        nearest = np.where(upper, face[1], face[0])
        on_face = nearest * nearest <= squared
        distances = np.where(on_face, nearest, np.sqrt(squared))
        from_edge = away[:, best, every]
        offsets = from_edge[:3] / np.maximum(distances, _TINY)
        side = np.sign(np.where(upper, ends[1, 0], ends[0, 0]))
        normals = np.where(on_face, side * self.forms[0, :3], offsets)
        end = np.where(upper, high, low)
        at = np.where(on_face, end - distances * normals[2], low - from_edge[3])
        return Contacts(distances, normals, at, on_face)

    def cut(self, axis: Axis) -> bool:
        """Tell whether an axis goes through a triangle."""
        ends = self._forms_at(axis)
        below, above = ends[0, 0], ends[1, 0]
        through = (below > 0) != (above > 0)
        share = below / np.where(through, below - above, 1.0)
        met = ends[0] + share * (ends[1] - ends[0])
        return bool((through & (np.minimum(met[1], met[2]) >= 0) & (met[1] + met[2] <= 1)).any())

    def surfaces_at(self, x: float, y: float) -> tuple[F64, Mask]:
        """Return the heights, highest first, where an upright line meets surfaces, and which are floors."""
        nx, ny, nz = self.forms[0, :3]
        lying = np.abs(nz) > _UPRIGHT
        z = -(nx * x + ny * y + self.forms[0, 3]) / np.where(lying, nz, 1.0)
        u, v = (form[0] * x + form[1] * y + form[2] * z + form[3] for form in self.forms[1:])
        met = np.flatnonzero(lying & (np.minimum(u, v) >= -1e-9) & (u + v <= 1 + 1e-9))
        met = met[np.argsort(-z[met], kind="stable")]
        return z[met], self.floors[met]

    def _from_edges(self, axis: Axis) -> tuple[F64, F64]:
        """Return where the axis may be nearest to the edges: three places on each of the three.

        Returns:
            (4, 9, n): x, y and z from the place to the axis, and how far the place is below the lower end;
            and (9, n): the squared distances.
        """
        x, y, low, high = axis
        length = high - low
        (px, py, pz), (dx, dy, dz) = self.points, self.edges
        wx, wy, wz = x - px, y - py, low - pz
        along = wx * dx + wy * dy
        share = np.zeros((3, *along.shape))
        share[0] = along * self.per_flat
        share[1] = (along + wz * dz) * self.per_length
        share[2] = share[1] + length * dz * self.per_length
        np.minimum(np.maximum(share, 0.0, out=share), 1.0, out=share)
        away = np.zeros((4, *share.shape))
        np.subtract(wx, share * dx, out=away[0])
        np.subtract(wy, share * dy, out=away[1])
        np.subtract(wz, share * dz, out=away[3])
        np.add(np.minimum(np.maximum(-away[3], 0.0), length), away[3], out=away[2])
        flat = away.reshape(4, 9, -1)
        return flat, flat[0] ** 2 + flat[1] ** 2 + flat[2] ** 2

    def _forms_at(self, axis: Axis) -> F64:
        """Return (2, 3, n): height over the plane and the barycentric weights, at both ends of an axis."""
        x, y, low, high = axis
        ends = np.zeros((2, 3, len(self)))
        forms = self.forms
        ends[0] = forms[:, 0] * x + forms[:, 1] * y + forms[:, 2] * low + forms[:, 3]
        ends[1] = ends[0] + forms[:, 2] * (high - low)
        return ends


def _inside(ends: F64) -> Mask:
    return np.asarray((np.minimum(ends[:, 1], ends[:, 2]) >= 0) & (ends[:, 1] + ends[:, 2] <= 1))


def _linear_forms(corner: F64, one: F64, other: F64) -> F64:
    """Return (3, 4, n): of each triangle's plane and its two barycentric weights, factors of x, y, z and 1.

    Args:
        corner, one, other: (3, n) a corner and the two edges that leave it.
    """
    normal = np.cross(one, other, axis=0)
    squared = np.maximum((normal**2).sum(0), 1e-30)
    out = np.zeros((3, 4, corner.shape[1]))
    out[0, :3] = normal / np.sqrt(squared)
    out[1, :3] = np.cross(other, normal, axis=0) / squared
    out[2, :3] = np.cross(normal, one, axis=0) / squared
    out[:, 3] = -(out[:, :3] * corner).sum(1)
    return out


def facets_of(origin: F64, corners: F64, owners: I64) -> Facets:
    """Prepare triangles.

    Args:
        origin: (3,) metres, site frame. corners: (n, 3, 3) relative to it. owners: (n,) drawn ids.
    """
    points = np.ascontiguousarray(corners.transpose(2, 1, 0))
    edges = np.roll(points, -1, axis=1) - points
    forms = _linear_forms(points[:, 0], edges[:, 0], -edges[:, 2])
    return Facets(
        origin,
        owners,
        floors=np.abs(forms[0, 2]) >= WALKABLE,
        lo=points.min(1),
        hi=points.max(1),
        points=points,
        edges=edges,
        per_flat=1 / np.maximum((edges[:2] ** 2).sum(0), _TINY),
        per_length=1 / np.maximum((edges**2).sum(0), _TINY),
        forms=forms,
    )


def no_facets() -> Facets:
    """Return none at all."""
    return facets_of(np.zeros(3), np.zeros((0, 3, 3)), np.zeros(0, np.int64))
