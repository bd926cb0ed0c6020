"""Feature lines: the edges at which a surface ends or bends, to be drawn as thin lines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, U32

CREASE_RAD = math.radians(30)
WELD_STEPS = 1 << 20
"""Points closer than the mesh's size divided by this are one."""

Ints = npt.NDArray[Any]


def face_normals(corners: F32) -> F32:
    """Return (m, 3) unit normals of (m, 3, 3) triangles; up where a triangle has no area."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]], np.float32)
    return np.where(length > 1e-20, cross / np.maximum(length, 1e-20), up).astype(np.float32)


def find_lines(positions: F32, faces: U32) -> U32:
    """Return (k, 2) vertices of all edges that bend by more than 30°, end, or join more than two faces."""
    if not len(faces):
        return np.zeros((0, 2), np.uint32)
    welded = _weld(positions)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(np.arange(len(faces)), 3)
    low, high = np.sort(welded[edges], axis=1).T
    key = low.astype(np.uint64) << np.uint64(32) | high.astype(np.uint64)
    order = np.argsort(key[low != high], kind="stable")
    kept = np.flatnonzero(low != high)[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(key[kept]) != 0])) if len(kept) else kept
    counts = np.diff(np.append(starts, len(kept)))
    normals = face_normals(positions[faces])
    second = np.minimum(starts + 1, max(len(kept) - 1, 0))
    cosine = (normals[owner[kept[starts]]] * normals[owner[kept[second]]]).sum(1)
    sharp = (counts != 2) | (cosine < math.cos(CREASE_RAD))
    return np.ascontiguousarray(edges[kept[starts[sharp]]], dtype=np.uint32)


def _weld(positions: F32) -> Ints:
    """Return (n,) numbers: points at the same place share one."""
    low = positions.min(0)
    size = float((positions.max(0) - low).max()) or 1.0
    steps = np.rint((positions - low) * (WELD_STEPS / size)).astype(np.uint64)
    key = steps[:, 0] << np.uint64(42) | steps[:, 1] << np.uint64(21) | steps[:, 2]
    return np.unique(key, return_inverse=True)[1].reshape(-1)
