"""A person's eye as the camera of a viewpoint, and back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from walkdown.messages import Camera, Point
from walkdown_client.input.camera import HEIGHT_MAX_M, HEIGHT_MIN_M, Lens, Pose

LEVEL_LEAST = 1e-3
"""Less than this of a direction is level when it is straight up or down; then its up says where north is."""

FOV_MOST_RAD = math.radians(150.0)


def camera_of(pose: Pose, lens: Lens) -> Camera:
    """Return an eye as a viewpoint has it: vertical angle in degrees, or the height of what it sees."""
    _right, ahead, up = pose.axes
    return Camera(
        _point(pose.position),
        _point(ahead),
        _point(up),
        fov_deg=0.0 if lens.orthogonal else math.degrees(2 * math.atan(lens.tangents[1])),
        height_m=lens.height_m,
        aspect=lens.aspect,
    )


def eye_of(camera: Camera, lens: Lens) -> tuple[Pose, Lens]:
    """Return pose and lens of a sound camera; its roll is left out, for a head stays upright.

    Args:
        lens: the one there is, whose aspect is that of the window.
    """
    x, y, z = camera.direction
    level = math.hypot(x, y)
    if level > LEVEL_LEAST:
        pose = Pose(np.array(camera.position), math.atan2(-x, y), math.atan2(z, level))
    else:
        up = np.array(camera.up) * (-1.0 if z > 0 else 1.0)
        pose = Pose(np.array(camera.position), math.atan2(-up[0], up[1]), math.copysign(math.pi / 2, z))
    if camera.height_m > 0:
        return pose, replace(lens, height_m=min(max(camera.height_m, HEIGHT_MIN_M), HEIGHT_MAX_M))
    across = 2 * math.atan(math.tan(math.radians(camera.fov_deg) / 2) * lens.aspect)
    return pose, replace(lens, fov_rad=min(across, FOV_MOST_RAD), height_m=0.0)


def _point(of: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Point:
    x, y, z = of.tolist()
    return x, y, z
