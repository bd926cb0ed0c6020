"""Triangles in a frame of their own: cleaned, about their middle, with normals and feature lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import F32, U8, U32, Surface
from walkdown_server.importers.creases import find_lines, smooth_corners
from walkdown_server.importers.placement import F64
from walkdown_server.importers.report import ImportReport

RECENTRE_BEYOND = 1000.0
"""Shapes whose points lie further from their zero are stored about their middle."""

NO_NUMBERS = mark("a triangle with corners that are not numbers")
NO_AREA = mark("a triangle without three different corners")


@dataclass(frozen=True, slots=True)
class Shape:
    """Triangles in a frame of their own.

    Attributes:
        positions: (n, 3) floating point, any unit and axes: a placement brings them to the site.
        triangles: (m, 3) vertex numbers, counter-clockwise seen from outside.
        materials: (n,) rows of the assembly's materials, or one for all.
        normals: (n, 3) unit length, or None: then smooth where the surface bends by less than 30°.
        uvs: (n, 2), origin at the top left, or None. colors: (n, 4) uint8 linear, or None.
        lines: (k, 2) vertex numbers, or None: then the edges where the surface ends or bends.
        elements: (n,) rows, for a shape that draws several elements at once, or None; they are kept apart
            where normals are made smooth.
    """

    positions: npt.NDArray[Any]
    triangles: npt.NDArray[Any]
    materials: npt.NDArray[Any] | int = 0
    normals: npt.NDArray[Any] | None = None
    uvs: npt.NDArray[Any] | None = None
    colors: U8 | None = None
    lines: U32 | None = None
    elements: npt.NDArray[Any] | None = None


def clean(shape: Shape, report: ImportReport) -> Shape | None:
    """Return the shape without the triangles that cannot be drawn."""
    triangles = np.asarray(shape.triangles).reshape(-1, 3)
    if len(triangles) and not 0 <= int(triangles.min()) <= int(triangles.max()) < len(shape.positions):
        raise ImportFailed(
            _("a triangle uses vertex {number}, but its mesh has {count}: the file is damaged").format(
                number=int(triangles.min() if triangles.min() < 0 else triangles.max()),
                count=len(shape.positions),
            )
        )
    finite = np.isfinite(shape.positions).all(1)
    whole = finite[triangles].all(1)
    a, b, c = triangles.T
    different = (a != b) & (b != c) & (a != c)
    for reason, kept in ((NO_NUMBERS, whole), (NO_AREA, different | ~whole)):
        if dropped := int((~kept).sum()):
            report.skip(reason, dropped)
    triangles = triangles[whole & different].astype(np.uint32)
    if not len(triangles):
        return None
    return _used_only(replace(shape, triangles=triangles))


def _used_only(shape: Shape) -> Shape:
    """Return the shape without the vertices that no triangle uses."""
    used = np.zeros(len(shape.positions), bool)
    used[shape.triangles.reshape(-1)] = True
    if shape.lines is not None:
        used[shape.lines.reshape(-1)] = True
    if used.all():
        return shape
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return replace(
        _take(shape, np.flatnonzero(used)),
        triangles=number[shape.triangles],
        lines=None if shape.lines is None else number[shape.lines],
    )


def _take(shape: Shape, vertices: npt.NDArray[Any]) -> Shape:
    """Return the shape with other vertices; its triangles and lines are the caller's business."""
    return replace(
        shape,
        positions=shape.positions[vertices],
        materials=shape.materials if isinstance(shape.materials, int) else shape.materials[vertices],
        normals=None if shape.normals is None else shape.normals[vertices],
        uvs=None if shape.uvs is None else shape.uvs[vertices],
        colors=None if shape.colors is None else shape.colors[vertices],
        elements=None if shape.elements is None else shape.elements[vertices],
    )


def middle_of(positions: npt.NDArray[Any]) -> F64:
    """Return what is subtracted from a shape's points before they become float32."""
    if -RECENTRE_BEYOND <= positions.min() and positions.max() <= RECENTRE_BEYOND:
        return np.zeros(3)
    middle = np.round(median_of(positions))
    return middle if np.abs(middle).max() > RECENTRE_BEYOND else np.zeros(3)


def median_of(positions: npt.NDArray[Any]) -> F64:
    """Return the (3,) lower median: always a coordinate that is there, never one between two heaps."""
    half = (len(positions) - 1) // 2
    return np.asarray(np.partition(positions, half, axis=0)[half], np.float64)


def surface_of(shape: Shape, middle: F64) -> Surface:
    """Return a clean shape as a surface about a point of its frame, with normals and lines."""
    local: F32 = (shape.positions - middle).astype(np.float32)
    moved = replace(shape, positions=local)
    if shape.normals is None:
        moved = _with_normals(moved)
    count = len(moved.positions)
    triangles = moved.triangles.astype(np.uint32)
    materials: npt.NDArray[Any] = np.broadcast_to(np.asarray(moved.materials, np.uint32), (count,))
    assert moved.normals is not None  # noqa: S101 - they were made above
    return Surface(
        positions=moved.positions,
        normals=_unit(moved.normals),
        elements=np.zeros(count, np.uint32) if moved.elements is None else moved.elements.astype(np.uint32),
        materials=np.ascontiguousarray(materials),
        triangles=triangles,
        lines=find_lines(moved.positions, triangles) if moved.lines is None else moved.lines,
        uvs=None if moved.uvs is None else _bounded(moved.uvs),
        colors=moved.colors,
    )


def _with_normals(shape: Shape) -> Shape:
    """Return the shape with normals of its own; vertices at a bend are doubled."""
    made = smooth_corners(shape.positions, shape.triangles, shape.elements)
    lines = made.lines if shape.lines is None else shape.lines
    return replace(
        _take(shape, made.vertices),
        triangles=made.faces,
        normals=made.normals,
        lines=_first_use(made.vertices)[lines],
    )


def _first_use(vertices: npt.NDArray[Any]) -> U32:
    """Return for each old vertex a new one at the same place."""
    first = np.zeros(int(vertices.max()) + 1, np.uint32)
    first[vertices[::-1]] = np.arange(len(vertices), dtype=np.uint32)[::-1]
    return first


def _unit(normals: npt.NDArray[Any]) -> F32:
    clean = np.nan_to_num(normals.astype(np.float32), posinf=0.0, neginf=0.0).clip(-1e3, 1e3)
    length = np.linalg.norm(clean, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]], np.float32)
    unit: F32 = np.where(length > 1e-6, clean / np.maximum(length, 1e-6), up).astype(np.float32)
    return unit


def _bounded(uvs: npt.NDArray[Any]) -> F32:
    bounded: F32 = np.nan_to_num(uvs.astype(np.float32), posinf=0.0, neginf=0.0).clip(-1e5, 1e5)
    return bounded


def part_of(shape: Surface, triangles: npt.NDArray[np.bool_], vertices: npt.NDArray[np.bool_]) -> Surface:
    """Return some triangles of a shape, and the lines and vertices that may stay; both are masks."""
    number = np.cumsum(vertices, dtype=np.uint32) - np.uint32(1)
    return replace(
        shape,
        positions=shape.positions[vertices],
        normals=shape.normals[vertices],
        elements=shape.elements[vertices],
        materials=shape.materials[vertices],
        triangles=number[shape.triangles[triangles]],
        lines=number[shape.lines[vertices[shape.lines].all(1)]],
        uvs=None if shape.uvs is None else shape.uvs[vertices],
        colors=None if shape.colors is None else shape.colors[vertices],
    )
