"""Spaces, rotations and poses, as numpy arrays of many at once.

The site frame is right-handed, X east, Y north, **Z up**, metres. A name such as ``site_from_head``
maps a point of the head's frame into the site. A head looks along its own +Y, as Panda3D's cameras do.
Quaternions are (w, x, y, z) of unit length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.package.model import NO_ROW, Joint

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
U32 = npt.NDArray[np.uint32]

_COMPONENT_MAX = np.sqrt(0.5)
"""No component but the largest of a unit quaternion exceeds this."""

_COMPONENT_STEPS = 1023
"""Ten bits a component: at most 0.3° off."""


def quaternion_from_heading_pitch(heading_rad: float, pitch_rad: float) -> F64:
    """Turn by ``heading_rad`` about Z (counter-clockwise from above), then look up by ``pitch_rad``.

    Returns:
        (4,) float64 (w, x, y, z).
    """
    half_h, half_p = heading_rad / 2, pitch_rad / 2
    ch, sh, cp, sp = np.cos(half_h), np.sin(half_h), np.cos(half_p), np.sin(half_p)
    return np.array([ch * cp, ch * sp, sh * sp, sh * cp])


def heading_pitch_from_quaternion(quaternion: npt.ArrayLike) -> tuple[float, float]:
    """Return heading and pitch in radians of the direction in which a head looks."""
    forward = rotate(np.atleast_2d(np.asarray(quaternion, np.float64)), np.array([[0.0, 1.0, 0.0]]))[0]
    return float(np.arctan2(-forward[0], forward[1])), float(np.arcsin(np.clip(forward[2], -1.0, 1.0)))


def rotate(quaternions: F64, vectors: F64) -> F64:
    """Rotate (n, 3) vectors by (n, 4) quaternions; either may have n = 1."""
    w, axis = quaternions[:, :1], quaternions[:, 1:]
    return vectors + 2 * np.cross(axis, np.cross(axis, vectors) + w * vectors)


def rotation_matrices(quaternions: F64) -> F64:
    """Return the (n, 3, 3) matrices of (n, 4) unit quaternions: ``matrix @ vector`` is the vector rotated."""
    w, x, y, z = quaternions.T
    matrices = np.zeros((len(quaternions), 3, 3))
    matrices[:, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], 1)
    matrices[:, 1] = np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], 1)
    matrices[:, 2] = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], 1)
    return matrices


def normalized(quaternions: npt.ArrayLike) -> F64:
    """Return (n, 4) quaternions scaled to unit length; zero becomes the identity."""
    q = np.array(quaternions, np.float64).reshape(-1, 4)
    length = np.linalg.norm(q, axis=1)
    q[length < 1e-12] = (1.0, 0.0, 0.0, 0.0)
    return np.asarray(
        q / np.maximum(length, 1e-12)[:, None]
        if (length >= 1e-12).all()
        else q / np.linalg.norm(q, axis=1)[:, None]
    )


def slerp(start: F64, end: F64, fraction: npt.ArrayLike) -> F64:
    """Interpolate (n, 4) unit quaternions the shorter way; normalised linear, exact to 0.1° below 60°."""
    t = np.asarray(fraction, np.float64).reshape(-1, 1)
    sign = np.where((start * end).sum(1, keepdims=True) < 0, -1.0, 1.0)
    return normalized(start * (1 - t) + end * sign * t)


def pack_quaternions(quaternions: npt.ArrayLike) -> U32:
    """Pack (n, 4) unit quaternions into (n,) uint32: which component is largest, and the three others.

    Two bits name the largest component; ten bits each hold the others in order, from -√½ to √½.
    """
    q = normalized(quaternions)
    rows = np.arange(len(q))
    largest = np.abs(q).argmax(1)
    q *= np.where(q[rows, largest] < 0, -1.0, 1.0)[:, None]
    others = q[np.arange(4)[None] != largest[:, None]].reshape(-1, 3)
    steps = (
        np.rint((others / (2 * _COMPONENT_MAX) + 0.5) * _COMPONENT_STEPS)
        .clip(0, _COMPONENT_STEPS)
        .astype(np.uint32)
    )
    return np.asarray(
        largest.astype(np.uint32) << 30 | steps[:, 0] << 20 | steps[:, 1] << 10 | steps[:, 2], np.uint32
    )


def unpack_quaternions(packed: npt.ArrayLike) -> F64:
    """Undo :func:`pack_quaternions`: (n,) uint32 to (n, 4) float64 unit quaternions."""
    p = np.asarray(packed, np.uint32).reshape(-1)
    largest = (p >> 30).astype(np.intp)
    steps = np.stack([p >> 20, p >> 10, p], 1) & np.uint32(_COMPONENT_STEPS)
    others = (steps / _COMPONENT_STEPS - 0.5) * (2 * _COMPONENT_MAX)
    out = np.zeros((len(p), 4))
    out[np.arange(4)[None] != largest[:, None]] = others.reshape(-1)
    out[np.arange(len(p)), largest] = np.sqrt(np.maximum(0.0, 1 - (others**2).sum(1)))
    return out


def shortest_difference(start: F64, end: F64, period: F64) -> F64:
    """Return ``end - start`` by the shorter way where ``period`` is positive."""
    difference = end - start
    safe = np.where(period > 0, period, 1.0)
    return np.asarray(np.where(period > 0, difference - safe * np.round(difference / safe), difference))


def joint_matrices(joints: Sequence[Joint], values: npt.ArrayLike) -> F32:
    """Return what each joint does to the points it carries.

    Args:
        joints: rows in which a parent stands before its children.
        values: (n,) radians or metres.

    Returns:
        (n, 3, 4) float32: ``site_now = matrix @ (site_at_rest, 1)``, the parents' motion included.
    """
    count = len(joints)
    if not count:
        return np.zeros((0, 3, 4), np.float32)
    own = _own_matrices(joints, np.asarray(values, np.float64).reshape(count))
    parents = np.array([j.parent for j in joints])
    depth = np.zeros(count, np.int64)
    for row, parent in enumerate(parents):
        depth[row] = 0 if parent == NO_ROW else depth[parent] + 1
    for level in range(1, int(depth.max()) + 1):
        rows = np.flatnonzero(depth == level)
        own[rows] = own[parents[rows]] @ own[rows]
    return own[:, :3].astype(np.float32)


def _own_matrices(joints: Sequence[Joint], values: F64) -> F64:
    axes = np.array([j.axis for j in joints], np.float64)
    origins = np.array([j.origin for j in joints], np.float64)
    turning = np.array([j.kind == "revolute" for j in joints])
    half = np.where(turning, values, 0.0) / 2
    quaternions = np.concatenate([np.cos(half)[:, None], axes * np.sin(half)[:, None]], 1)
    out = np.tile(np.eye(4), (len(joints), 1, 1))
    for column, unit in enumerate(np.eye(3)):
        out[:, :3, column] = rotate(quaternions, np.tile(unit, (len(joints), 1)))
    shift = np.where(turning, 0.0, values)[:, None] * axes
    out[:, :3, 3] = origins - np.einsum("nij,nj->ni", out[:, :3, :3], origins) + shift
    return out
