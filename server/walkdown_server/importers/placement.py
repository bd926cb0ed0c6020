"""Where a shape stands: 4×4 matrices applied to surfaces, or taken apart for repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, U32, Repeat, Surface

F64 = npt.NDArray[np.float64]

SHEAR_TOLERANCE = 1e-4
"""A matrix whose parts put together differ by more, relative to its scale, is not taken apart."""

Y_UP_FROM_Z_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64)


@dataclass(frozen=True, slots=True)
class Placements:
    """Where the copies of one shape stand.

    Attributes:
        elements: (k,) uint32, the element of each.
        matrices: (k, 4, 4) float64, site from shape, Z up on both sides.
    """

    elements: U32
    matrices: F64

    def take(self, chosen: npt.NDArray[np.bool_]) -> Placements:
        """Return those that are chosen, a (k,) mask."""
        return Placements(self.elements[chosen], self.matrices[chosen])


def z_up(matrix: F64) -> F64:
    """Return a glTF matrix as one between Z-up frames."""
    return Y_UP_FROM_Z_UP.T @ matrix @ Y_UP_FROM_Z_UP


def trs_matrices(translations: F64, rotations: F64, scales: F64) -> F64:
    """Return translation · rotation · scale (k, 4, 4) of glTF's (k, 3), (k, 4) and (k, 3).

    A glTF rotation is a quaternion (x, y, z, w); one of length 0 is no rotation.
    """
    length = np.linalg.norm(rotations, axis=1, keepdims=True)
    x, y, z, w = np.where(length > 0, rotations / np.where(length > 0, length, 1.0), (0.0, 0.0, 0.0, 1.0)).T
    turns = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrices = np.tile(np.eye(4), (len(translations), 1, 1))
    matrices[:, :3, :3] = np.moveaxis(turns, -1, 0) * scales[:, None]
    matrices[:, :3, 3] = translations
    return matrices


def place(shape: Surface, placements: Placements) -> Surface:
    """Return all copies of a shape in their places; a mirrored one keeps its outside outside."""
    copies, vertices = len(placements.elements), len(shape.positions)
    linear = placements.matrices[:, :3, :3]
    positions = np.einsum("kij,nj->kni", linear, shape.positions) + placements.matrices[:, None, :3, 3]
    normals = np.einsum("kij,nj->kni", _cofactors(linear), shape.normals).reshape(-1, 3)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]])
    bases = np.arange(copies, dtype=np.uint32)[:, None, None] * np.uint32(vertices)
    triangles = np.repeat(shape.triangles[None], copies, axis=0)
    mirrored = np.linalg.det(linear) < 0
    triangles[mirrored] = triangles[mirrored][:, :, ::-1]
    return Surface(
        positions=positions.reshape(-1, 3).astype(np.float32),
        normals=np.where(length > 1e-20, normals / np.maximum(length, 1e-20), up).astype(np.float32),
        elements=np.repeat(placements.elements, vertices),
        materials=np.tile(shape.materials, copies),
        triangles=(triangles + bases).reshape(-1, 3),
        lines=(shape.lines[None] + bases).reshape(-1, 2),
        uvs=None if shape.uvs is None else np.tile(shape.uvs, (copies, 1)),
        colors=None if shape.colors is None else np.tile(shape.colors, (copies, 1)),
    )


def cross(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the (n, 3) cross products of (n, 3) vectors; a tenth of what numpy's own costs for a few."""
    (ax, ay, az), (bx, by, bz) = a.T, b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1)


def _cofactors(linear: F64) -> F64:
    """Return what turns normals, up to a positive factor: the columns are cross products of the others.

    A mirror keeps its sign, so that normals point out of the mirrored shape.
    """
    x, y, z = linear[:, :, 0], linear[:, :, 1], linear[:, :, 2]
    columns = np.stack([cross(y, z), cross(z, x), cross(x, y)], -1)
    return np.asarray(columns * np.where(np.linalg.det(linear) < 0, -1.0, 1.0)[:, None, None])


def turn_normals(normals: F32, matrix: F64) -> F32:
    """Return (n, 3) unit normals as a (4, 4) matrix turns them; a mirror keeps them outside."""
    turned = normals @ _cofactors(matrix[None, :3, :3])[0].T
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]])
    unit: F32 = np.where(length > 1e-20, turned / np.maximum(length, 1e-20), up).astype(np.float32)
    return unit


def multiply_quaternions(left: F32, right: F32) -> F32:
    """Return (n, 4) quaternions (w, x, y, z): first ``right``, then ``left``."""
    (a, b, c, d), (e, f, g, h) = left.astype(np.float64).T, right.astype(np.float64).T
    product = np.stack(
        [
            a * e - b * f - c * g - d * h,
            a * f + b * e + c * h - d * g,
            a * g - b * h + c * e + d * f,
            a * h + b * g - c * f + d * e,
        ],
        1,
    )
    unit: F32 = (product / np.linalg.norm(product, axis=1, keepdims=True)).astype(np.float32)
    return unit


def make_repeat(shape: Surface, placements: Placements) -> Repeat:
    """Return copies of a shape; every matrix must be ``separable``."""
    turns, scales = _take_apart(placements.matrices)
    return Repeat(
        shape=shape,
        translations=placements.matrices[:, :3, 3].astype(np.float32),
        rotations=quaternions_of(turns),
        scales=scales.astype(np.float32),
        elements=placements.elements,
    )


def separable(matrices: F64) -> npt.NDArray[np.bool_]:
    """Return (k,) whether each matrix is rotation and positive scale, without shear or mirror."""
    turns, scales = _take_apart(matrices)
    shear = np.abs(np.swapaxes(turns, 1, 2) @ turns - np.eye(3)).max((1, 2))
    whole = (scales.min(1) > 1e-9) & (np.linalg.det(turns) > 0) & (shear < SHEAR_TOLERANCE)
    return np.asarray(whole, bool)


def _take_apart(matrices: F64) -> tuple[F64, F64]:
    """Return the directions of the axes (k, 3, 3) and their lengths (k, 3)."""
    scales = np.linalg.norm(matrices[:, :3, :3], axis=1)
    return matrices[:, :3, :3] / np.maximum(scales, 1e-30)[:, None], scales


def quaternions_of(turns: F64) -> F32:
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
