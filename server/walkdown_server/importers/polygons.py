"""Polygons become triangles: fans where they are convex, ear cutting where they are not."""

from __future__ import annotations

from typing import Any

import mapbox_earcut
import numpy as np
import numpy.typing as npt

MAX_CUT_CORNERS = 20_000
"""A polygon with more is taken to be convex: to cut it takes time that grows with the square."""

Ints = npt.NDArray[Any]
Floats = npt.NDArray[Any]

MAX_POINTS = 200_000
"""Of one surface that is not convex."""

MAX_HOLE_POINTS = 1_000_000_000
"""Holes times corners of a surface: earcut looks at each corner for each hole."""

MAX_TANGLE, UNTANGLED_POINTS = 200.0, 2000
"""How tangled an outline of so many corners may be: earcut takes the cube of what crosses itself."""


def triangulate(points: Floats, sizes: Ints) -> tuple[Ints, Ints]:
    """Return the triangles of simple polygons, each turned like its polygon.

    Args:
        points: (n, 3) corners of all polygons, one after the other.
        sizes: (p,) how many corners each has; those with fewer than three have no triangle.

    Returns:
        (m, 3) places in ``points``, and (m,) the polygon of each triangle, in the order of the polygons.
    """
    sizes = np.asarray(sizes, np.int64)
    starts = np.cumsum(sizes) - sizes
    if (sizes == 3).all():
        return np.arange(len(points)).reshape(-1, 3), np.arange(len(sizes))
    concave = _concave(points, sizes, starts)
    fans, owners = _fans(sizes, starts, ~concave)
    if not concave.any():
        return fans, owners
    cut = [_cut(points, int(starts[p]), int(sizes[p])) for p in np.flatnonzero(concave)]
    cut_owners = np.repeat(np.flatnonzero(concave), [len(part) for part in cut])
    all_owners = np.concatenate([owners, cut_owners])
    order = np.argsort(all_owners, kind="stable")
    return np.concatenate([fans, *cut])[order], all_owners[order]


def _fans(sizes: Ints, starts: Ints, chosen: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the triangles of the chosen polygons as fans, and the polygon of each."""
    counts = np.where(chosen, np.maximum(sizes - 2, 0), 0)
    owners = np.repeat(np.arange(len(sizes)), counts)
    number = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = starts[owners]
    return np.stack([first, first + number + 1, first + number + 2], 1), owners


def _concave(points: Floats, sizes: Ints, starts: Ints) -> npt.NDArray[np.bool_]:
    """Return (p,) whether a corner of each polygon turns against the polygon's own normal."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(points))
    following = np.where(place + 1 < (starts + sizes)[owner], place + 1, starts[owner])
    before = np.zeros(len(points), np.int64)
    before[following] = place
    here = np.asarray(points, np.float64)
    turn = np.cross(here - here[before], here[following] - here)
    normal = np.stack(
        [np.bincount(owner, column, minlength=len(sizes)) for column in newell(here, following).T], 1
    )
    against = (turn * normal[owner]).sum(1) < -1e-12 * (normal[owner] ** 2).sum(1)
    return (np.bincount(owner, against, minlength=len(sizes)) > 0) & (sizes > 3)


def newell(points: Floats, following: Ints) -> Floats:
    """Return (n, 3) what each corner adds to the normal of its polygon (twice its area long)."""
    return np.cross(points, points[following])


def fills_soon(points: Floats, ends: Ints) -> bool:
    """Return whether earcut fills a surface in a moment.

    An outline is a tangle where its edges, laid on a grid of about one cell for each corner, span far more
    cells than there are corners: in one that does not cross itself, most edges are short.

    Args:
        points: (n, 2) corners, the outer ring first. ends: (r,) where each ring ends.
    """
    count = len(points)
    if count <= UNTANGLED_POINTS:
        return True
    if count > MAX_POINTS or count * (len(ends) - 1) > MAX_HOLE_POINTS:
        return False
    ahead = points[following(np.diff(ends, prepend=0))]
    size = np.maximum(points.max(0) - points.min(0), 1e-9)
    spans = np.abs(ahead - points) * (np.sqrt(count) / size) + 1
    return bool(spans.prod(1).mean() <= MAX_TANGLE)


def following(sizes: Ints) -> Ints:
    """Return (p,) for each corner the one after it in its ring; no ring may be empty."""
    ends = np.cumsum(sizes)
    after = np.arange(1, int(sizes.sum()) + 1)
    after[ends - 1] = ends - sizes
    return after


def _cut(points: Floats, start: int, size: int) -> Ints:
    """Return the triangles of one polygon, cut in the plane in which it is largest."""
    if size > MAX_CUT_CORNERS:
        return _fans(np.array([size]), np.array([start]), np.array([True]))[0]
    ring = np.asarray(points[start : start + size], np.float64)
    ring = ring - ring[0]
    normal = newell(ring, np.roll(np.arange(size), -1)).sum(0)
    drop = int(np.abs(normal).argmax())
    flat = ring[:, [(drop + 1) % 3, (drop + 2) % 3]]
    if normal[drop] < 0:
        flat = flat[:, ::-1]
    ends = np.array([size])
    found = np.zeros((0, 3), np.int64)
    if fills_soon(flat, ends):
        cut = mapbox_earcut.triangulate_float64(np.ascontiguousarray(flat), ends.astype(np.uint32))
        found = cut.reshape(-1, 3).astype(np.int64)
    if not len(found):
        return _fans(ends, np.array([start]), np.array([True]))[0]
    a, b, c = (flat[found[:, k]] for k in range(3))
    turned = (b - a)[:, 0] * (c - a)[:, 1] < (b - a)[:, 1] * (c - a)[:, 0]
    found[turned] = found[turned][:, [0, 2, 1]]
    return found + start
