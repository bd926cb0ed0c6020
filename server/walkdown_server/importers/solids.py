"""Simple solids as triangles: what simulators build models of where they need no mesh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_server.importers.shapes import Shape

SEGMENTS = 32
RINGS = 16

F64 = npt.NDArray[np.float64]


def box(size: F64) -> Shape:
    """Return a box of (3,) metres about its middle."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * size / 2
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    return Shape(corners, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))


def plane(normal: F64, size: F64) -> Shape:
    """Return a rectangle of (2,) metres about its middle that faces along a normal."""
    length = np.linalg.norm(normal)
    up = normal / length if length > 0 else np.array([0.0, 0.0, 1.0])
    helper = np.array([1.0, 0, 0]) if abs(up[0]) < 0.9 else np.array([0, 1.0, 0])
    side = helper - up * (up @ helper)
    side /= np.linalg.norm(side)
    along = np.cross(up, side)
    x, y = side * size[0] / 2, along * size[1] / 2
    return Shape(np.array([-x - y, x - y, x + y, -x + y]), np.array([[0, 1, 2], [0, 2, 3]]))


def lathe(radii: F64, heights: F64) -> Shape:
    """Return the solid that a profile, from bottom to top, makes when it is turned about Z."""
    angle = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)
    rings = np.concatenate(
        [
            np.column_stack([circle * radius, np.full(SEGMENTS, height)])
            for radius, height in zip(radii, heights, strict=True)
        ]
    )
    low = np.arange(len(radii) - 1)[:, None] * SEGMENTS + np.arange(SEGMENTS)
    following = np.arange(len(radii) - 1)[:, None] * SEGMENTS + (np.arange(SEGMENTS) + 1) % SEGMENTS
    a, b, c, d = (corner.reshape(-1) for corner in (low, following, following + SEGMENTS, low + SEGMENTS))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    points, number = np.unique(rings.round(12), axis=0, return_inverse=True)
    welded = number.reshape(-1)[triangles]
    whole = (welded[:, 0] != welded[:, 1]) & (welded[:, 1] != welded[:, 2]) & (welded[:, 0] != welded[:, 2])
    return Shape(points, welded[whole])


def cylinder(radius: float, length: float) -> Shape:
    """Return a closed cylinder along Z about its middle."""
    half = length / 2
    return lathe(np.array([0, radius, radius, 0]), np.array([-half, -half, half, half]))


def cone(radius: float, length: float) -> Shape:
    """Return a closed cone along Z about the middle of its height."""
    return lathe(np.array([0, radius, 0]), np.array([-length / 2, -length / 2, length / 2]))


def capsule(radius: float, length: float) -> Shape:
    """Return a cylinder of a length along Z, with a half sphere at each end."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, RINGS + 1)
    heights = np.sin(angle) * radius + np.where(angle < 0, -length / 2, length / 2)
    middle = np.searchsorted(angle, 0)
    radii = np.insert(np.cos(angle) * radius, middle, radius)
    return lathe(np.maximum(radii, 0), np.insert(heights, middle, -length / 2))


def ellipsoid(radii: F64) -> Shape:
    """Return an ellipsoid of (3,) radii about its middle."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, RINGS + 1)
    ball = lathe(np.maximum(np.cos(angle), 0).round(12), np.sin(angle))
    return Shape(ball.positions * radii, ball.triangles)
