"""Flat-sided templates that the plant is stamped from: box, rounded box, extruded profiles.

A shape is made once and cached; the builder stamps all its copies together. Shapes are closed,
their triangles run counter-clockwise seen from outside, and their normals are unit vectors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, U32

Profile = tuple[tuple[float, float], ...]
F64 = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One template.

    Attributes:
        positions: (n, 3) float32, metres, own frame.
        normals: (n, 3) float32, unit length.
        triangles: (m, 3) uint32.
        lines: (k, 2) uint32, feature edges.
    """

    positions: F32
    normals: F32
    triangles: U32
    lines: U32


def make_shape(positions: F64, normals: F64, triangles: Ints, *, crease_deg: float) -> Shape:
    """Pack arrays and find the feature lines; ``crease_deg`` 0 means none."""
    points = positions.astype(np.float32)
    corners = triangles.reshape(-1, 3).astype(np.uint32)
    lines = feature_lines(points, corners, crease_deg) if crease_deg else np.zeros((0, 2), np.uint32)
    return Shape(points, normals.astype(np.float32), corners, lines)


def feature_lines(positions: F32, triangles: U32, crease_deg: float) -> U32:
    """Edges whose two faces meet at more than ``crease_deg``, as pairs of vertex indices.

    Vertices at the same place are welded first; an edge with one face counts as a crease.
    """
    _, weld = np.unique(np.round(positions, 4), axis=0, return_inverse=True)
    weld = weld.reshape(-1)
    a, b, c = (positions[triangles[:, i]] for i in range(3))
    faces = np.cross(b - a, c - a)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True) + 1e-12
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    owner = np.tile(np.arange(len(triangles)), 3)
    ends = np.sort(weld[edges], axis=1).astype(np.int64)
    code = ends[:, 0] * (len(positions) + 1) + ends[:, 1]
    order = np.argsort(code, kind="stable")
    code, edges, owner = code[order], edges[order], owner[order]
    first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    count = np.diff(np.r_[first, len(code)])
    second = np.minimum(first + 1, len(code) - 1)
    cosine = (faces[owner[first]] * faces[owner[second]]).sum(1)
    sharp = (count == 1) | (cosine < math.cos(math.radians(crease_deg)))
    return np.asarray(edges[first[sharp]], np.uint32)


@cache
def box() -> Shape:
    """Unit cube around the origin: 24 vertices, 12 triangles."""
    positions: list[F64] = []
    normals: list[F64] = []
    triangles: list[list[int]] = []
    for axis in range(3):
        for side in (-1, 1):
            corners = np.zeros((4, 3))
            corners[:, axis] = side * 0.5
            corners[:, (axis + 1) % 3] = np.array([-0.5, 0.5, 0.5, -0.5]) * side
            corners[:, (axis + 2) % 3] = [-0.5, -0.5, 0.5, 0.5]
            normal = np.zeros(3)
            normal[axis] = side
            first = 4 * len(positions)
            positions.append(corners)
            normals.append(np.tile(normal, (4, 1)))
            triangles += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    return make_shape(
        np.concatenate(positions), np.concatenate(normals), np.array(triangles), crease_deg=35.0
    )


@cache
def block() -> Shape:
    """Unit cube around the origin without its underside, for goods that stand on something."""
    whole = box()
    upper = whole.normals[whole.triangles[:, 0], 2] > -0.5
    return Shape(whole.positions, whole.normals, whole.triangles[upper], whole.lines)


@cache
def sides() -> Shape:
    """The four upright faces of a unit cube, for what stands between two boards."""
    whole = box()
    upright = np.abs(whole.normals[whole.triangles[:, 0], 2]) < 0.5
    return Shape(whole.positions, whole.normals, whole.triangles[upright], whole.lines)


@cache
def face() -> Shape:
    """A unit square around the origin that looks to +x."""
    whole = box()
    front = whole.normals[whole.triangles[:, 0], 0] > 0.5
    corners = np.unique(whole.triangles[front])
    place = np.searchsorted(corners, whole.triangles[front]).astype(np.uint32)
    lines = np.array([[0, 1], [1, 2], [2, 3], [3, 0]], np.uint32)
    flat = whole.positions[corners] * np.array([0, 1, 1], np.float32)
    return Shape(flat, whole.normals[corners], place, lines)


@cache
def _rounded_topology() -> tuple[F64, F64, Ints, U32]:
    """Signs of the 8 corners x 3 faces, the face axis of each vertex, triangles and lines."""
    corners = np.array(list(np.ndindex(2, 2, 2))) * 2 - 1
    signs = np.repeat(corners, 3, axis=0).astype(np.float64)
    axes = np.tile(np.eye(3), (8, 1))
    points = signs * (1.0 - 0.2 * (1.0 - axes))
    vertex = {(tuple(c), axis): 3 * i + axis for i, c in enumerate(corners.tolist()) for axis in range(3)}
    polygons: list[list[int]] = [[3 * i, 3 * i + 1, 3 * i + 2] for i in range(8)]
    lines: list[list[int]] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for s in (-1, 1):
            ring = [_corner(axis, u, s, i=i, j=j) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            polygons.append([vertex[c, axis] for c in ring])
        for i in (-1, 1):
            for j in (-1, 1):
                low, high = _corner(axis, u, -1, i=i, j=j), _corner(axis, u, 1, i=i, j=j)
                polygons.append([vertex[low, u], vertex[high, u], vertex[high, v], vertex[low, v]])
                face = u if axis == 2 else 2
                lines.append([vertex[low, face], vertex[high, face]])
    triangles = [t for polygon in polygons for t in _fan_outward(points, polygon)]
    return signs, axes, np.array(triangles), np.array(lines, np.uint32)


def _corner(axis: int, u: int, along: int, *, i: int, j: int) -> tuple[int, ...]:
    corner = [0, 0, 0]
    corner[axis], corner[u], corner[3 - axis - u] = along, i, j
    return tuple(corner)


def _fan_outward(points: F64, polygon: list[int]) -> list[list[int]]:
    """Triangles of a convex polygon, turned so that they face away from the origin."""
    a, b, c = points[polygon[:3]]
    if np.cross(b - a, c - a) @ points[polygon].mean(0) < 0:
        polygon = polygon[::-1]
    return [[polygon[0], polygon[i], polygon[i + 1]] for i in range(1, len(polygon) - 1)]


@cache
def rounded_box(size_x: float, size_y: float, size_z: float, *, radius: float) -> Shape:
    """Box around the origin with bevels that shade as if they were round: 24 vertices, 44 triangles.

    The vertices carry the normals of the flat faces, so the bevels interpolate between them.
    """
    signs, axes, triangles, lines = _rounded_topology()
    half = np.array([size_x, size_y, size_z]) / 2
    bevel = min(radius, half.min() * 0.9)
    positions = signs * (half - bevel * (1.0 - axes))
    return Shape(
        positions.astype(np.float32), (signs * axes).astype(np.float32), triangles.astype(np.uint32), lines
    )


@cache
def extrusion(profile: Profile) -> Shape:
    """Closed (y, z) profile, counter-clockwise seen from +x, swept along x from 0 to 1 (scale x)."""
    outline = np.array(profile, np.float64)
    step = np.roll(outline, -1, axis=0) - outline
    count = len(outline)
    edge_normals = np.stack([np.zeros(count), step[:, 1], -step[:, 0]], 1)
    edge_normals /= np.linalg.norm(edge_normals, axis=1, keepdims=True)
    near = np.concatenate([np.zeros((count, 1)), outline], 1)
    far = near + np.array([1.0, 0.0, 0.0])
    sides = np.stack([near, np.roll(near, -1, axis=0), np.roll(far, -1, axis=0), far], 1).reshape(-1, 3)
    base = 4 * np.arange(count)[:, None]
    quads = np.concatenate([base + np.array(turn) for turn in ((0, 1, 2), (0, 2, 3))])
    cap = np.array(triangulate(profile))
    positions = np.concatenate([sides, near, far])
    normals = np.concatenate(
        [np.repeat(edge_normals, 4, 0), np.tile([-1.0, 0, 0], (count, 1)), np.tile([1.0, 0, 0], (count, 1))]
    )
    triangles = np.concatenate([quads, cap[:, ::-1] + 4 * count, cap + 5 * count])
    return make_shape(positions, normals, triangles, crease_deg=35.0)


@cache
def prism(profile: Profile) -> Shape:
    """Closed (x, y) profile, counter-clockwise seen from above, swept from z = 0 to 1."""
    swept = extrusion(profile)
    turn = [1, 2, 0]
    return Shape(swept.positions[:, turn], swept.normals[:, turn], swept.triangles, swept.lines)


def triangulate(profile: Profile) -> list[list[int]]:
    """Cut the ears off a simple counter-clockwise polygon."""
    left = list(range(len(profile)))
    triangles = []
    while len(left) > 3:
        ear = next((i for i in range(len(left)) if _is_ear(profile, left, i)), 0)
        triangles.append([left[ear - 1], left[ear], left[(ear + 1) % len(left)]])
        del left[ear]
    return [*triangles, left]


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _is_ear(profile: Profile, left: list[int], i: int) -> bool:
    before, here, after = left[i - 1], left[i], left[(i + 1) % len(left)]
    a, b, c = profile[before], profile[here], profile[after]
    if _turn(a, b, c) <= 1e-12:
        return False
    others = (profile[k] for k in left if k not in (before, here, after))
    return not any(_turn(a, b, p) >= 0 and _turn(b, c, p) >= 0 and _turn(c, a, p) >= 0 for p in others)


def i_beam(width: float, height: float, web: float = 0.02) -> Shape:
    """Rolled I section along x, centred on the axis; metres."""
    b, h, t = width / 2, height / 2, web
    right = ((b, -h), (b, -h + t), (t / 2, -h + t), (t / 2, h - t), (b, h - t), (b, h))
    left = ((-b, h), (-b, h - t), (-t / 2, h - t), (-t / 2, -h + t), (-b, -h + t), (-b, -h))
    return extrusion(right + left)


def channel(width: float, height: float, wall: float = 0.03) -> Shape:
    """Open U section along x, the open side up, standing on z = 0; metres."""
    b, t = width / 2, wall
    outer = ((-b, 0.0), (b, 0.0), (b, height), (b - t, height))
    return extrusion((*outer, (b - t, t), (-b + t, t), (-b + t, height), (-b, height)))


def flat_bar(width: float, height: float) -> Shape:
    """Rectangular section along x, centred on the axis; metres."""
    b, h = width / 2, height / 2
    return extrusion(((-b, -h), (b, -h), (b, h), (-b, h)))
