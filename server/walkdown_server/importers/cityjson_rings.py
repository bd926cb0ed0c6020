"""Surfaces made of rings become triangles, many at once.

A ring is a closed polygon in space; a surface is one outer ring and its holes. What is convex becomes a fan
without a loop; the rest goes through earcut, surface by surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import mapbox_earcut
import numpy as np
import numpy.typing as npt

from walkdown_server.importers.frame import REACH_METRES
from walkdown_server.importers.polygons import fills_soon, following

F64 = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TRIANGLE = 3
STRAIGHT = 1e-9
"""Sine of an angle below which a corner is no corner."""

_PLANES = np.array([[1, 2], [2, 0], [0, 1]])
"""The two axes that are kept where a normal points along x, y or z."""


@dataclass(frozen=True, slots=True)
class Rings:
    """Many surfaces, as columns.

    Attributes:
        points: (p,) vertex of each corner, ring after ring.
        sizes: (r,) corners of each ring.
        counts: (s,) rings of each surface, the outer one first.
        uvs: (p,) number of the texture vertex of each corner, -1 for none.
    """

    points: Ints
    sizes: Ints
    counts: Ints
    uvs: Ints

    @property
    def surface_of_ring(self) -> Ints:
        """(r,) the surface of each ring."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def ring_of_point(self) -> Ints:
        """(p,) the ring of each corner."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def outer(self) -> Ints:
        """(s,) the outer ring of each surface; each must have one."""
        return np.asarray(np.cumsum(self.counts) - self.counts)

    def keep(self, surfaces: Bools) -> Rings:
        """Return some of the surfaces, a (s,) mask."""
        rings = surfaces[self.surface_of_ring]
        points = rings[self.ring_of_point]
        return Rings(self.points[points], self.sizes[rings], self.counts[surfaces], self.uvs[points])


def find_usable(rings: Rings, vertices: F64) -> tuple[Bools, Bools]:
    """Return (s,) masks: surfaces whose vertices all exist, and those that lie within reach.

    Args:
        rings: as they stand in the file.
        vertices: (v, 3) float64, metres from the model's zero.
    """
    known = (rings.points >= 0) & (rings.points < len(vertices))
    near = np.zeros(len(vertices) + 1, bool)
    near[:-1] = (np.abs(vertices) <= REACH_METRES).all(1)
    surface = rings.surface_of_ring[rings.ring_of_point]
    count = len(rings.counts)
    unknown = np.bincount(surface[~known], minlength=count) > 0
    far = np.bincount(surface[~near[np.where(known, rings.points, -1)] & known], minlength=count) > 0
    return ~unknown, ~far


def tidy(rings: Rings, vertices: F64) -> tuple[Rings, Bools]:
    """Drop corners that repeat the next one, holes without area and surfaces without an outer ring.

    What the file gives as a triangle stays one, even without an area, as in every other format.

    Returns:
        The rings of what is left, and a (s,) mask of it.
    """
    filled = rings.sizes > 0
    counts = np.bincount(rings.surface_of_ring[filled], minlength=len(rings.counts))
    has_outer = np.zeros(len(rings.counts), bool)
    present = rings.counts > 0
    has_outer[present] = filled[rings.outer()[present]]
    sizes = rings.sizes[filled]
    if not len(sizes):
        return rings.keep(np.zeros(len(rings.counts), bool)), np.zeros(len(rings.counts), bool)
    here = vertices[rings.points]
    ring = np.repeat(np.arange(len(sizes)), sizes)
    triangle = (sizes == TRIANGLE) & (counts == 1)[rings.surface_of_ring[filled]]
    distinct = (here != here[following(sizes)]).any(1) | triangle[ring]
    sizes = np.bincount(ring[distinct], minlength=len(sizes))
    slim = Rings(rings.points[distinct], sizes, counts, rings.uvs[distinct])
    whole = sizes >= 3
    kept = has_outer.copy()
    kept[has_outer] = whole[(np.cumsum(counts) - counts)[has_outer]]
    holes_kept = whole & kept[slim.surface_of_ring]
    corners = holes_kept[slim.ring_of_point]
    counts = np.bincount(slim.surface_of_ring[holes_kept], minlength=len(counts))[kept]
    return Rings(slim.points[corners], sizes[holes_kept], counts, slim.uvs[corners]), kept


def normals_of(rings: Rings, vertices: F64) -> F64:
    """Return (s, 3) vectors along the outer side, as long as twice the area (Newell)."""
    here = vertices[rings.points]
    starts = np.cumsum(rings.sizes) - rings.sizes
    here = here - here[np.repeat(starts, rings.sizes)]
    there = here[following(rings.sizes)]
    summed = np.add.reduceat(np.cross(here, there), starts)
    return np.asarray(summed[rings.outer()])


def triangulate(rings: Rings, vertices: F64, normals: F64) -> tuple[Ints, Ints]:
    """Return (m, 3) corners of triangles, as places in ``rings.points``, and the surface of each (m,).

    Triangles turn counter-clockwise seen from where the normal of their surface points to. What earcut
    would need minutes for (too many corners or holes, or an outline that is a tangle) gets none.
    """
    flat = _flatten(rings, vertices, normals)
    fan = _is_fan(rings, flat, normals)
    corners, surfaces = _fans(rings, fan)
    found, owners = [corners], [surfaces]
    first_ring = rings.outer()
    ends = np.cumsum(rings.sizes)
    starts = ends - rings.sizes
    for surface in np.flatnonzero(~fan).tolist():
        ring = first_ring[surface]
        last = ring + rings.counts[surface]
        start, end = int(starts[ring]), int(ends[last - 1])
        inner_ends = ends[ring:last] - start
        if fills_soon(flat[start:end], inner_ends):
            made = mapbox_earcut.triangulate_float64(flat[start:end], inner_ends.astype(np.uint32))
            made = made.reshape(-1, 3)
            found.append(made.astype(np.int64) + start)
            owners.append(np.full(len(made), surface))
    triangles, owner = np.concatenate(found), np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    triangles, owner = triangles[order], owner[order]
    return _turn(triangles, owner, here=vertices[rings.points], normals=normals), owner


def _flatten(rings: Rings, vertices: F64, normals: F64) -> F64:
    """Return (p, 2) corners in the plane in which their surface is largest."""
    planes = _PLANES[np.abs(normals).argmax(1)]
    of_point = planes[rings.surface_of_ring[rings.ring_of_point]]
    here = vertices[rings.points]
    return np.ascontiguousarray(np.take_along_axis(here, of_point, axis=1))


def _is_fan(rings: Rings, flat: F64, normals: F64) -> Bools:
    """Return (s,) whether a surface has one ring that turns the same way at every corner, once around."""
    after = following(rings.sizes)
    ahead = flat[after] - flat
    behind = np.zeros_like(ahead)
    behind[after] = ahead
    surface = rings.surface_of_ring
    axis = np.abs(normals).argmax(1)
    sign = np.sign(normals[np.arange(len(normals)), axis])[surface[rings.ring_of_point]]
    turn = (behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0]) * sign
    length = np.hypot(*behind.T) * np.hypot(*ahead.T)
    starts = np.repeat(np.cumsum(rings.sizes) - rings.sizes, rings.sizes)
    spoke, next_spoke = flat - flat[starts], flat[after] - flat[starts]
    swept = (spoke[:, 0] * next_spoke[:, 1] - spoke[:, 1] * next_spoke[:, 0]) * sign
    bent = (turn <= STRAIGHT * length) | (swept < 0)
    bad_rings = np.bincount(rings.ring_of_point[bent], minlength=len(rings.sizes)) > 0
    outer = rings.outer()
    single = rings.counts == 1
    return np.asarray(single & (~bad_rings[outer] | (rings.sizes[outer] == TRIANGLE)))


def _fans(rings: Rings, fan: Bools) -> tuple[Ints, Ints]:
    """Return triangles around the first corner of each surface that is a fan, and their surfaces."""
    outer = rings.outer()[fan]
    starts = (np.cumsum(rings.sizes) - rings.sizes)[outer]
    counts = rings.sizes[outer] - 2
    total = int(counts.sum())
    step = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    start = np.repeat(starts, counts)
    triangles = np.stack([start, start + step + 1, start + step + 2], 1)
    return triangles, np.repeat(np.flatnonzero(fan), counts)


def _turn(triangles: Ints, owner: Ints, *, here: F64, normals: F64) -> Ints:
    """Return the triangles so that each surface's look where its normal points."""
    corners = here[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = np.bincount(owner, (cross * normals[owner]).sum(1), minlength=len(normals))
    turned = facing[owner] < 0
    triangles[turned] = triangles[turned][:, ::-1]
    return triangles


def outline(rings: Rings, vertices: F64, *, normals: F64, elements: Ints) -> Ints:
    """Return (k, 2) places in ``rings.points``: edges of rings at which an element ends or bends by 30°.

    Args:
        rings: tidy ones.
        vertices: (v, 3) float64, metres.
        normals: (s, 3) unit vectors; zero for a surface without an area, whose edges do not count.
        elements: (s,) the element of each surface; edges of two elements are never one.
    """
    after = following(rings.sizes)
    surface = rings.surface_of_ring[rings.ring_of_point]
    numbers = _place_numbers(vertices[rings.points])
    low, high = np.minimum(numbers, numbers[after]), np.maximum(numbers, numbers[after])
    owner = elements[surface]
    order = np.lexsort((high, low, owner))
    order = order[(normals[surface[order]] != 0).any(1)]
    low, high, owner = low[order], high[order], owner[order]
    if not len(order):
        return np.zeros((0, 2), np.int64)
    new = np.ones(len(order), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1]) | (owner[1:] != owner[:-1])
    starts = np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(order)))
    second = order[np.minimum(starts + 1, len(order) - 1)]
    cosine = np.abs((normals[surface[order[starts]]] * normals[surface[second]]).sum(1))
    sharp = order[starts[(counts != 2) | (cosine < np.cos(np.radians(30)))]]
    return np.stack([sharp, after[sharp]], 1)


def _place_numbers(points: F64) -> Ints:
    """Return (p,) numbers: corners within the same millimetre share one."""
    steps = np.rint(points * 1000).astype(np.int64).astype(np.uint64)
    mixed = steps * np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
    numbers: Ints = np.unique(mixed[:, 0] ^ mixed[:, 1] ^ mixed[:, 2], return_inverse=True)[1].reshape(-1)
    return numbers
