"""Turns recorded placements into arrays: every copy of a shape in one step, then sorted into cells.

A placement is one row of numbers, so that thousands of parts cost a list append each and the
matrices are made by numpy for all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, U32, Repeat, Surface
from walkdown_server.plant.shapes import F64, Shape

Placement = tuple[int, int, int, int, float, float, float, float, float, float, float, float, float]
"""Shape row, frame row, element row, material row, x, y, z, degrees about x, y, z, scale x, y, z."""

CELL_M = 20.0


@dataclass(frozen=True, slots=True)
class Stamped:
    """All triangles of a set of placements, in the order of the shapes.

    Attributes:
        positions: (n, 3) float32; normals: (n, 3) float32; elements, materials: (n,) uint32.
        centres: (n, 2) float32, the middle of the copy that each vertex belongs to.
        triangles: (m, 3) uint32; lines: (k, 2) uint32.
    """

    positions: F32
    normals: F32
    elements: U32
    materials: U32
    centres: F32
    triangles: U32
    lines: U32


def frame_matrix(at: Sequence[float], *, rz: float = 0.0, ry: float = 0.0, rx: float = 0.0) -> F64:
    """4x4 matrix: turned about x, then y, then z (degrees), then moved to ``at``."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotations(np.array([[rx, ry, rz]], np.float64))[0]
    matrix[:3, 3] = at
    return matrix


def rotations(degrees: F64) -> F64:
    """(k, 3) angles about x, y, z -> (k, 3, 3) matrices Rz · Ry · Rx."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    cx, cy, cz = cos.T
    sx, sy, sz = sin.T
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def quaternions(matrices: F64) -> F64:
    """(k, 3, 3) rotations -> (k, 4) unit quaternions (w, x, y, z)."""
    m = matrices
    trace = np.array([1.0, -1.0, -1.0])
    diagonal = np.stack([m[:, 0, 0], m[:, 1, 1], m[:, 2, 2]], 1)
    signs = np.stack([np.ones(3), trace, trace[[1, 0, 2]], trace[[1, 2, 0]]])
    size = np.sqrt(np.maximum(1.0 + diagonal @ signs.T, 0.0)) / 2
    largest = size.argmax(1)
    out = np.zeros_like(size)
    a = np.stack([m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]], 1)
    s = np.stack([m[:, 1, 0] + m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0], m[:, 2, 1] + m[:, 1, 2]], 1)
    mixed = (
        np.stack([size[:, 0] ** 2 * 4, a[:, 0], a[:, 1], a[:, 2]], 1),
        np.stack([a[:, 0], size[:, 1] ** 2 * 4, s[:, 0], s[:, 1]], 1),
        np.stack([a[:, 1], s[:, 0], size[:, 2] ** 2 * 4, s[:, 2]], 1),
        np.stack([a[:, 2], s[:, 1], s[:, 2], size[:, 3] ** 2 * 4], 1),
    )
    for i, row in enumerate(mixed):
        mine = largest == i
        out[mine] = row[mine]
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


def stamp(placements: Sequence[Placement], shapes: Sequence[Shape], frames: Sequence[F64]) -> Stamped:
    """Arrays of all placements; triangles keep the winding of their shape."""
    table = np.array(sorted(placements, key=lambda row: row[0]), np.float64).reshape(-1, 13)
    rows = table[:, :4].astype(np.int64)
    local = np.concatenate([rotations(table[:, 7:10]), table[:, 4:7, None]], 2)
    outer = np.array(frames)[rows[:, 1]]
    turn = outer[:, :3, :3] @ local[:, :, :3]
    shift = (outer[:, :3, :3] @ local[:, :, 3:])[:, :, 0] + outer[:, :3, 3]
    parts: list[Stamped] = []
    base = 0
    starts = np.flatnonzero(np.r_[True, np.diff(rows[:, 0]) > 0]) if len(rows) else np.zeros(0, np.int64)
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        one = slice(int(start), int(end))
        scale = table[one, 10:13]
        parts.append(
            _copies(shapes[rows[start, 0]], turn[one], shift[one], scale=scale, rows=rows[one], base=base)
        )
        base += len(parts[-1].positions)
    names = ("positions", "normals", "elements", "materials", "centres", "triangles", "lines")
    return Stamped(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _copies(
    shape: Shape, turn: F64, shift: F64, *, scale: F64, rows: npt.NDArray[np.int64], base: int
) -> Stamped:
    """All copies of one shape; ``base`` is the number of vertices before them."""
    count, size = len(rows), len(shape.positions)
    grow = (turn * scale[:, None, :]).transpose(0, 2, 1).astype(np.float32)
    lean = (turn / scale[:, None, :]).transpose(0, 2, 1).astype(np.float32)
    positions = shape.positions @ grow + shift[:, None].astype(np.float32)
    normals = shape.normals @ lean
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    offset = (np.arange(count, dtype=np.uint32) * np.uint32(size) + np.uint32(base))[:, None, None]
    return Stamped(
        positions.reshape(-1, 3),
        normals.reshape(-1, 3),
        np.repeat(rows[:, 2].astype(np.uint32), size),
        np.repeat(rows[:, 3].astype(np.uint32), size),
        np.repeat(positions[:, :, :2].mean(1), size, 0),
        (shape.triangles + offset).reshape(-1, 3),
        (shape.lines + offset).reshape(-1, 2),
    )


def surface_of(stamped: Stamped) -> Surface:
    """Everything as one surface."""
    s = stamped
    return Surface(s.positions, s.normals, s.elements, s.materials, s.triangles, s.lines)


def cells_of(stamped: Stamped, layer_of_element: npt.NDArray[np.int64]) -> list[Surface]:
    """One surface per layer and 20 m cell; a copy of a shape is never cut in two."""
    cell = np.floor(stamped.centres / CELL_M + 0.5).astype(np.int64)
    cell -= cell.min(0)
    wide = cell.max(0) + 1
    code = (layer_of_element[stamped.elements] * wide[0] + cell[:, 0]) * wide[1] + cell[:, 1]
    order = np.argsort(code, kind="stable")
    place = np.zeros(len(order), np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    triangles = _by_cell(stamped.triangles, code, place)
    lines = _by_cell(stamped.lines, code, place)
    surfaces = []
    codes, starts = np.unique(code[order], return_index=True)
    for key, start, end in zip(codes, starts, [*starts[1:], len(order)], strict=True):
        pick = order[start:end]
        surfaces.append(
            Surface(
                stamped.positions[pick],
                stamped.normals[pick],
                stamped.elements[pick],
                stamped.materials[pick],
                _between(triangles, key, start),
                _between(lines, key, start),
            )
        )
    return surfaces


def _by_cell(indices: U32, code: npt.NDArray[np.int64], place: U32) -> tuple[U32, npt.NDArray[np.int64]]:
    owner = code[indices[:, 0]]
    order = np.argsort(owner, kind="stable")
    return place[indices[order]], owner[order]


def _between(sorted_indices: tuple[U32, npt.NDArray[np.int64]], key: int, start: int) -> U32:
    indices, owner = sorted_indices
    low, high = np.searchsorted(owner, [key, key + 1])
    return indices[low:high] - np.uint32(start)


def repeat_of(shape: Surface, copies: Sequence[Placement], frames: Sequence[F64]) -> Repeat:
    """Placements of one template as instances; frames must not scale."""
    table = np.array(copies, np.float64)
    outer = np.array(frames)[table[:, 1].astype(np.int64)]
    turn = outer[:, :3, :3] @ rotations(table[:, 7:10])
    shift = (outer[:, :3, :3] @ table[:, 4:7, None])[:, :, 0] + outer[:, :3, 3]
    return Repeat(
        shape=shape,
        translations=shift.astype(np.float32),
        rotations=quaternions(turn).astype(np.float32),
        scales=table[:, 10:13].astype(np.float32),
        elements=table[:, 2].astype(np.uint32),
    )
