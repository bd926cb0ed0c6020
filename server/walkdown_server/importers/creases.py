"""Feature lines: the edges at which a surface ends or bends, to be drawn as thin lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, U32
from walkdown_server.importers.placement import cross

CREASE_RAD = math.radians(30)
WELD_STEPS = 1 << 20
"""Points closer than the mesh's size divided by this are one."""

Ints = npt.NDArray[Any]


def face_normals(corners: F32) -> F32:
    """Return (m, 3) unit normals of (m, 3, 3) triangles; up where a triangle has no area."""
    area = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(area, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]], np.float32)
    return np.where(length > 1e-20, area / np.maximum(length, 1e-20), up).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Edges:
    """The sides of all triangles, with those at the same place together.

    Attributes:
        ends: (s, 2) vertices of each side. welded_ends: (s, 2) their welded numbers, the lower first.
        owners: (s,) its triangle.
        starts: (e,) where each edge begins among the sides. counts: (e,) how many sides it has.
        bends: (e,) whether the surface ends or bends there by more than 30°, or more than two sides meet.
    """

    ends: Ints
    welded_ends: Ints
    owners: Ints
    starts: Ints
    counts: Ints
    bends: npt.NDArray[np.bool_]


def _edges_of(faces: U32, welded: Ints, normals: F32) -> _Edges:
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(np.arange(len(faces)), 3)
    low, high = np.sort(welded[sides], axis=1).T
    key = low.astype(np.uint64) << np.uint64(32) | high.astype(np.uint64)
    order = np.argsort(key[low != high], kind="stable")
    kept = np.flatnonzero(low != high)[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(key[kept]) != 0])) if len(kept) else kept
    counts = np.diff(np.append(starts, len(kept)))
    second = np.minimum(starts + 1, max(len(kept) - 1, 0))
    owners = owner[kept]
    cosine = (normals[owners[starts]] * normals[owners[second]]).sum(1)
    bends = (counts != 2) | (cosine < math.cos(CREASE_RAD))
    return _Edges(sides[kept], np.stack([low[kept], high[kept]], 1), owners, starts, counts, bends)


def find_lines(positions: F32, faces: U32) -> U32:
    """Return (k, 2) vertices of all edges that bend by more than 30°, end, or join more than two faces."""
    if not len(faces):
        return np.zeros((0, 2), np.uint32)
    return _lines_of(_edges_of(faces, _weld(positions), face_normals(positions[faces])))


def _lines_of(edges: _Edges) -> U32:
    return np.ascontiguousarray(edges.ends[edges.starts[edges.bends]], dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Corners:
    """How a mesh is cut into vertices that have one normal each.

    Attributes:
        vertices: (v,) the old vertex of each new one. faces: (m, 3) triangles of the new ones.
        normals: (v, 3) unit length. lines: (k, 2) feature lines between old vertices.
    """

    vertices: Ints
    faces: U32
    normals: F32
    lines: U32


def smooth_corners(positions: F32, faces: U32, parts: Ints | None = None) -> Corners:
    """Return what makes the surface smooth wherever it bends by less than 30°, each part by itself.

    The triangles around a point fall into groups that are joined by smooth edges; each group has one
    normal there, the mean of its triangles weighted by their angles there (Thürmer and Wüthrich 1998), so
    that it does not matter how a polygon was cut.

    Args:
        positions: (n, 3). faces: (m, 3) vertices. parts: (n,) what each vertex belongs to; None for one.
    """
    welded = _weld(positions) if parts is None else _weld_parts(positions, parts)
    corners = positions[faces]
    normals = face_normals(corners)
    edges = _edges_of(faces, welded, normals)
    group = _groups(welded[faces], edges)
    angles = _angles(corners).reshape(-1)
    summed = np.stack(
        [np.bincount(group, np.repeat(n, 3) * angles, minlength=len(group)) for n in normals.T], axis=1
    )
    pair = faces.reshape(-1).astype(np.uint64) << np.uint64(32) | group.astype(np.uint64)
    _pairs, first, number = np.unique(pair, return_index=True, return_inverse=True)
    mean = summed[group[first]]
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]])
    unit = np.where(length > 1e-30, mean / np.maximum(length, 1e-30), up).astype(np.float32)
    new = number.reshape(-1, 3).astype(np.uint32)
    return Corners(faces.reshape(-1)[first], new, unit, _lines_of(edges))


def _angles(corners: F32) -> npt.NDArray[np.float64]:
    """Return the (m, 3) angles of (m, 3, 3) triangles, radians; never quite 0."""
    ahead = np.roll(corners, -1, axis=1).astype(np.float64) - corners
    ahead /= np.maximum(np.linalg.norm(ahead, axis=2, keepdims=True), 1e-30)
    cosine = -(ahead * np.roll(ahead, 1, axis=1)).sum(2)
    return np.asarray(np.arccos(cosine.clip(-1, 1)) + 1e-6)


def _groups(corners: Ints, edges: _Edges) -> Ints:
    """Return (3 m,) for each corner the number of the first corner in its smooth group."""
    count = corners.size
    smooth = edges.starts[~edges.bends]
    left, right = _corners_of(edges, smooth, corners), _corners_of(edges, smooth + 1, corners)
    a, b = np.concatenate([left[0], left[1]]), np.concatenate([right[0], right[1]])
    label = np.arange(count)
    while True:
        lowest = np.minimum(label[a], label[b])
        new = label.copy()
        np.minimum.at(new, a, lowest)
        np.minimum.at(new, b, lowest)
        new = new[new]
        if (new == label).all():
            return label
        label = new


def _corners_of(edges: _Edges, sides: Ints, welded_corners: Ints) -> tuple[Ints, Ints]:
    """Return the corners (3 · triangle + 0, 1 or 2) at the lower and the higher end of each side."""
    owner = edges.owners[sides]
    ends = edges.welded_ends[sides]
    here = welded_corners[owner]
    low = (here == ends[:, :1]).argmax(1)
    high = (here == ends[:, 1:]).argmax(1)
    return 3 * owner + low, 3 * owner + high


def _weld(positions: F32) -> Ints:
    """Return (n,) numbers: points at the same place share one."""
    low = positions.min(0)
    size = float((positions.max(0) - low).max()) or 1.0
    return np.unique(_places(positions - low, size), return_inverse=True)[1].reshape(-1)


def _weld_parts(positions: F32, parts: Ints) -> Ints:
    """Return (n,) numbers: points of one part at the same place, by that part's own size, share one."""
    order = np.argsort(parts, kind="stable")
    starts = np.flatnonzero(np.diff(parts[order], prepend=-1))
    part = np.zeros(len(parts), np.int64)
    part[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(parts))))
    low = np.minimum.reduceat(positions[order], starts)
    size = (np.maximum.reduceat(positions[order], starts) - low).max(1)
    place = _places(positions - low[part], np.where(size > 0, size, 1.0)[part, None])
    number = np.unique(place, return_inverse=True)[1].reshape(-1).astype(np.int64)
    welded: Ints = np.unique(number * len(starts) + part, return_inverse=True)[1].reshape(-1)
    return welded


def _places(shifted: F32, size: npt.ArrayLike) -> Ints:
    """Return (n,) a word for each place, of points from 0 to ``size``."""
    steps = np.rint(shifted * (WELD_STEPS / np.asarray(size))).astype(np.uint64)
    return np.asarray(steps[:, 0] << np.uint64(42) | steps[:, 1] << np.uint64(21) | steps[:, 2])
