"""Where a shape stands: 4×4 matrices applied to surfaces, or taken apart for repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, Repeat, Surface

F64 = npt.NDArray[np.float64]

SHEAR_TOLERANCE = 1e-4
"""A matrix whose parts put together differ by more, relative to its scale, is not taken apart."""

Y_UP_FROM_Z_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64)


@dataclass(frozen=True, slots=True)
class Placement:
    """A shape's place: an element, and ``site_from_shape`` as (4, 4) float64, Z up on both sides."""

    element: int
    matrix: F64


def z_up(matrix: F64) -> F64:
    """Return a glTF matrix as one between Z-up frames."""
    return Y_UP_FROM_Z_UP.T @ matrix @ Y_UP_FROM_Z_UP


def node_matrix(translation: tuple[float, ...], rotation: tuple[float, ...], scale: tuple[float, ...]) -> F64:
    """Return translation · rotation · scale of a glTF node; the rotation is (x, y, z, w)."""
    x, y, z, w = np.asarray(rotation, np.float64) / (np.linalg.norm(rotation) or 1.0)
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.asarray(scale)
    matrix[:3, 3] = translation
    return matrix


def place(shape: Surface, placement: Placement) -> Surface:
    """Return a shape in its place; a mirrored one keeps its outside outside."""
    linear, offset = placement.matrix[:3, :3], placement.matrix[:3, 3]
    positions = (shape.positions @ linear.T + offset).astype(np.float32)
    determinant = np.linalg.det(linear)
    cofactors = np.linalg.inv(linear).T if abs(determinant) > 1e-30 else linear
    normals = shape.normals @ cofactors.T
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]])
    return replace(
        shape,
        positions=positions,
        normals=np.where(length > 1e-20, normals / np.maximum(length, 1e-20), up).astype(np.float32),
        elements=np.full(len(positions), placement.element, np.uint32),
        triangles=shape.triangles[:, ::-1].copy() if determinant < 0 else shape.triangles,
    )


def make_repeat(shape: Surface, placements: list[Placement]) -> Repeat:
    """Return copies of a shape; every matrix must be ``separable``."""
    parts = [_take_apart(p.matrix) for p in placements]
    return Repeat(
        shape=shape,
        translations=np.array([p.matrix[:3, 3] for p in placements], np.float32),
        rotations=_quaternions(np.array([turn for turn, _ in parts])),
        scales=np.array([scale for _, scale in parts], np.float32),
        elements=np.array([p.element for p in placements], np.uint32),
    )


def separable(matrix: F64) -> bool:
    """Return whether a matrix is rotation and positive scale, without shear or mirror."""
    turn, scale = _take_apart(matrix)
    if scale.min() <= 1e-9 or np.linalg.det(turn) < 0:
        return False
    return bool(np.abs(turn.T @ turn - np.eye(3)).max() < SHEAR_TOLERANCE)


def _take_apart(matrix: F64) -> tuple[F64, F64]:
    """Return the directions of the axes (3, 3) and their lengths (3,)."""
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    return matrix[:3, :3] / np.maximum(scale, 1e-30), scale


def _quaternions(turns: F64) -> F32:
    """Return (n, 4) quaternions (w, x, y, z) of (n, 3, 3) rotation matrices."""
    diagonal = np.einsum("nii->ni", turns)
    trace = diagonal.sum(1, keepdims=True)
    squares = np.concatenate([1 + trace, 1 - trace + 2 * diagonal], 1)  # 4 w², 4 x², 4 y², 4 z²
    largest = squares.argmax(1)
    wx, wy, wz = (
        turns[:, 2, 1] - turns[:, 1, 2],
        turns[:, 0, 2] - turns[:, 2, 0],
        turns[:, 1, 0] - turns[:, 0, 1],
    )
    xy, xz, yz = (
        turns[:, 0, 1] + turns[:, 1, 0],
        turns[:, 0, 2] + turns[:, 2, 0],
        turns[:, 1, 2] + turns[:, 2, 1],
    )
    w2, x2, y2, z2 = squares.T
    products = np.stack(
        [
            np.stack([w2, wx, wy, wz], 1),
            np.stack([wx, x2, xy, xz], 1),
            np.stack([wy, xy, y2, yz], 1),
            np.stack([wz, xz, yz, z2], 1),
        ],
        1,
    )
    chosen = products[np.arange(len(turns)), largest]
    unit: F32 = (chosen / np.linalg.norm(chosen, axis=1, keepdims=True)).astype(np.float32)
    return unit
