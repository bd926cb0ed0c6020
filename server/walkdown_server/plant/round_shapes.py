"""Turned and bent templates: lathe bodies, cylinders, spheres, rings, tubes along a path."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from walkdown_server.plant.shapes import F64, Ints, Profile, Shape, make_shape

Path = tuple[tuple[float, float, float], ...]


@cache
def lathe(profile: Profile, sides: int = 16, smooth_deg: float = 0.0, *, crease_deg: float = 35.0) -> Shape:
    """Turn (radius, z) points about z; the outside lies to the right of the direction of travel.

    Segments that meet at less than ``smooth_deg`` share a normal, so that they shade as a curve.
    """
    points = np.array(profile, np.float64)
    step = np.diff(points, axis=0)
    across = np.stack([step[:, 1], -step[:, 0]], 1) / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    angle = np.arange(sides + 1) / sides * math.tau
    positions: list[F64] = []
    normals: list[F64] = []
    triangles: list[Ints] = []
    for i in range(len(step)):
        for end, other in ((i, i - 1), (i + 1, i + 1)):
            positions.append(_ring(points[end], angle))
            normals.append(_ring(_shared_normal(across, i, other, smooth_deg=smooth_deg), angle))
        low = (len(positions) - 2) * (sides + 1) + np.arange(sides)
        high = low + sides + 1
        if points[i, 0] > 1e-9:
            triangles.append(np.stack([low, low + 1, high + 1], 1))
        if points[i + 1, 0] > 1e-9:
            triangles.append(np.stack([low, high + 1, high], 1))
    return make_shape(
        np.concatenate(positions), np.concatenate(normals), np.concatenate(triangles), crease_deg=crease_deg
    )


def _ring(radius_and_z: F64, angle: F64) -> F64:
    radius, z = radius_and_z
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full_like(angle, z)], 1)


def _shared_normal(across: F64, i: int, other: int, *, smooth_deg: float) -> F64:
    """Normal (radial, z) of segment ``i`` at the end where segment ``other`` joins."""
    own: F64 = across[i]
    if smooth_deg > 0 and 0 <= other < len(across):
        if own @ across[other] > math.cos(math.radians(smooth_deg)):
            both: F64 = own + across[other]
            return np.asarray(both / np.hypot(*both))
    return own


def cylinder(sides: int = 16, *, lines: bool = True) -> Shape:
    """Unit radius, z from 0 to 1, with both ends; ``lines`` draws their rims."""
    crease = max(50.0, 360.0 / sides + 5.0) if lines else 0.0
    return lathe(((0, 0), (1, 0), (1, 1), (0, 1)), sides, 0.0, crease_deg=crease)


def dome(radius: float, height: float, *, sides: int = 24) -> Shape:
    """Cap of an ellipsoid standing on z = 0, closed below."""
    turns = np.linspace(0, math.pi / 2, 6)
    arc = tuple((radius * math.cos(t), height * math.sin(t)) for t in turns[:-1])
    return lathe(((0.0, 0.0), *arc, (0.0, height)), sides, 40.0, crease_deg=45.0)


def sphere(sides: int = 14) -> Shape:
    """Unit sphere around the origin."""
    turns = np.linspace(0, math.pi, sides // 2 + 1)
    return lathe(tuple((abs(math.sin(t)), -math.cos(t)) for t in turns), sides, 80.0, crease_deg=0.0)


def ring(radius: float, thickness: float, *, sides: int = 28, around: int = 7) -> Shape:
    """Torus about z; ``thickness`` is the radius of its tube."""
    turns = np.linspace(0, math.tau, around + 1)
    tube_profile = tuple((radius + thickness * math.cos(t), thickness * math.sin(t)) for t in turns)
    return lathe(tube_profile, sides, 80.0, crease_deg=0.0)


@cache
def tube(path: Path, radius: float, sides: int = 10) -> Shape:
    """Closed tube along a polyline in metres; corners become elbows of 2.5 radii."""
    centres = _with_elbows(np.array(path, np.float64), 2.5 * radius)
    tangents = np.gradient(centres, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    first = _transported(tangents)
    second = np.cross(tangents, first)
    angle = np.arange(sides + 1) / sides * math.tau
    normals = first[:, None] * np.cos(angle)[None, :, None] + second[:, None] * np.sin(angle)[None, :, None]
    positions = centres[:, None] + normals * radius
    low = (np.arange(len(centres) - 1)[:, None] * (sides + 1) + np.arange(sides)).reshape(-1)
    high = low + sides + 1
    wall = np.concatenate([np.stack([low, low + 1, high + 1], 1), np.stack([low, high + 1, high], 1)])
    total = len(centres) * (sides + 1)
    fan = np.stack([np.zeros(sides - 2, int), np.arange(1, sides - 1), np.arange(2, sides)], 1)
    caps = [fan[:, ::-1] + total, fan + total + sides]
    ends = np.concatenate([np.tile(-tangents[0], (sides, 1)), np.tile(tangents[-1], (sides, 1))])
    return make_shape(
        np.concatenate([positions.reshape(-1, 3), positions[0, :-1], positions[-1, :-1]]),
        np.concatenate([normals.reshape(-1, 3), ends]),
        np.concatenate([wall, *caps]),
        crease_deg=0.0,
    )


def _with_elbows(path: F64, bend_radius: float, steps: int = 4) -> F64:
    """Replace each inner corner by a quadratic curve."""
    points = [path[0]]
    for before, corner, after in zip(path, path[1:], path[2:], strict=False):
        back, ahead = before - corner, after - corner
        lengths = np.linalg.norm(back), np.linalg.norm(ahead)
        reach = min(bend_radius, lengths[0] * 0.45, lengths[1] * 0.45)
        start, end = corner + back / lengths[0] * reach, corner + ahead / lengths[1] * reach
        ts = np.linspace(0, 1, steps + 1)[:, None]
        points += list((1 - ts) ** 2 * start + 2 * ts * (1 - ts) * corner + ts * ts * end)
    return np.array([*points, path[-1]])


def _transported(tangents: F64) -> F64:
    """A unit vector across each tangent that turns as little as possible along the path."""
    across = np.array([0.0, 0.0, 1.0]) if abs(tangents[0, 2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    out = []
    for tangent in tangents:
        across = across - tangent * (across @ tangent)
        across /= np.linalg.norm(across)
        out.append(across)
    return np.array(out)
