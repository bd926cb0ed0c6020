"""From the site frame (Z up) to glTF's (Y up) and back: (x, y, z) of the site is (x, z, -y) of glTF."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
Vec3 = tuple[float, float, float]

_FOLD = 64


def gltf_from_site(vectors: F32) -> F32:
    """Turn (n, 3) points or directions from Z up to Y up."""
    out = np.zeros_like(vectors)
    out[:, 0], out[:, 1], out[:, 2] = vectors[:, 0], vectors[:, 2], -vectors[:, 1]
    return out


def site_from_gltf(vectors: F32, *, offset: Vec3 = (0.0, 0.0, 0.0)) -> F32:
    """Turn (n, 3) points or directions from Y up to Z up, then add ``offset`` (site frame)."""
    out = np.empty_like(vectors)  # every column is written
    np.add(vectors[:, 0], np.float32(offset[0]), out=out[:, 0])
    np.subtract(np.float32(offset[1]), vectors[:, 2], out=out[:, 1])
    np.add(vectors[:, 1], np.float32(offset[2]), out=out[:, 2])
    return out


def gltf_rotations(rotations: F32) -> F32:
    """Turn (n, 4) quaternions (w, x, y, z) of the site frame into glTF's (x, y, z, w), Y up."""
    w, x, y, z = rotations.T
    return np.stack([x, z, -y, w], 1)


def site_rotations(rotations: F32) -> F32:
    """Undo :func:`gltf_rotations`."""
    x, y, z, w = rotations.T
    return np.stack([w, x, -z, y], 1)


def swap_scales(scales: F32) -> F32:
    """Exchange the Y and Z factors of (n, 3) scales; it is its own inverse."""
    return np.ascontiguousarray(scales[:, [0, 2, 1]])


def box_of_points(points: F32) -> tuple[F32, F32]:
    """Return the lowest and the highest corner of (n, 3) points, n ≥ 1; NaN if any coordinate is.

    Many points are folded into few wide rows first, whose minima the processor takes many at a time.
    """
    wide = len(points) // _FOLD * _FOLD
    rows = points[:wide].reshape(-1, _FOLD * 3)
    ends = [points[wide:]] if wide < len(points) else []
    if not wide:
        return points.min(0), points.max(0)
    low = np.concatenate([rows.min(0).reshape(-1, 3), *ends]).min(0)
    return low, np.concatenate([rows.max(0).reshape(-1, 3), *ends]).max(0)
