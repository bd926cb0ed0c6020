"""The handles by which a model is moved: where they are, which one is meant, and what a drag of one does.

Pure geometry in the site frame, metres, float64. A ray is where the eye is and the unit vector through the
pointer. Arrows move along one axis, the square moves on the level, rings turn about one axis, the cube makes
the model larger or smaller; all about the pivot, the middle of the model's foot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.messages import Placement, Point
from walkdown_client.placements import about, heading_of, matrix, placement_of, scale_of, to_site

F64 = npt.NDArray[np.float64]
Ray = tuple[F64, F64]

AXES: Mapping[str, F64] = {axis: np.eye(3)[row] for row, axis in enumerate("xyz")}
LEVEL = "level"
SIZE = "size"
RINGS = {"turn x": "x", "turn y": "y", "turn z": "z"}
TILTS = ("turn x", "turn y")
HANDLES = (*AXES, LEVEL, *RINGS, SIZE)

SNAP_M, SNAP_RAD, SNAP_SCALE = 0.1, math.radians(15.0), 0.1
SCALE_MIN, SCALE_MAX = 1e-3, 1e3
REACH_PX = 11.0
"""So near to a handle the pointer means it."""

GRAZING = 0.2
"""A ring that is seen more sharply from the side than this (as a sine) is turned along its tangent."""

_PARALLEL = 1e-4
_RING_RADIUS, _ARROW_FROM, _LEVEL_AT, _SIZE_AT = 0.78, 0.16, 0.34, 1.22
_RING_STEPS = 48
_SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]], np.float64)


@dataclass(frozen=True, slots=True)
class Moving:
    """A model that somebody is moving, on his own screen alone until he says that it stays there.

    Attributes:
        before, now: where it stood, and where it would stand.
        low, high: corners of its box, in its own frame.
        handle: the one under the pointer, or "". tilting: whether the rings that tilt are offered.
        base: the newest record that was known when it was taken.
    """

    model: str
    name: str
    before: Placement
    now: Placement
    low: Point
    high: Point
    handle: str = ""
    tilting: bool = False
    base: int = 0

    @property
    def pivot(self) -> F64:
        """(3,) what it is turned about: the middle of its foot, site frame."""
        (x0, y0, z0), (x1, y1, _z1) = self.low, self.high
        return to_site(self.now, ((x0 + x1) / 2, (y0 + y1) / 2, z0))

    @property
    def corners(self) -> F64:
        """(8, 3) corners of its box where it would stand; the bits of i say along which axes i is high."""
        picks = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])
        return to_site(self.now, np.where(picks, self.high, self.low))

    @property
    def handles(self) -> tuple[str, ...]:
        """Those that are offered."""
        return tuple(handle for handle in HANDLES if self.tilting or handle not in TILTS)


@dataclass(frozen=True, slots=True)
class Grip:
    """A handle that is held.

    Attributes:
        start: where the model stood when it was taken. pivot: (3,), then.
        value: what the ray meant then: metres along an arrow, an angle, a point on the level.
        tangent: (3,) of a ring where it was taken; radius_m: metres from the pivot.
    """

    handle: str
    start: Placement
    pivot: F64
    value: F64
    tangent: F64
    radius_m: float


def shapes(moving: Moving, size_m: float) -> dict[str, F64]:
    """Return the polyline (k, 3) of each handle that is offered; arrows are ``size_m`` long."""
    pivot, found = moving.pivot, {}
    for handle in moving.handles:
        if handle in AXES:
            found[handle] = pivot + AXES[handle] * np.array([[_ARROW_FROM], [1.0]]) * size_m
        elif handle in RINGS:
            found[handle] = pivot + circle(AXES[RINGS[handle]]) * (_RING_RADIUS * size_m)
    square = _SQUARE * 0.16 + np.array([_LEVEL_AT, _LEVEL_AT, 0.0])
    found[LEVEL] = pivot + square * size_m
    found[SIZE] = pivot + AXES["z"] * np.array([[_SIZE_AT], [_SIZE_AT + 0.06]]) * size_m
    return found


def circle(normal: F64) -> F64:
    """Return (k, 3) points of a circle of radius one about zero, across a normal (3,)."""
    angles = np.linspace(0, math.tau, _RING_STEPS + 1)[:, None]
    first = np.roll(normal, 1)
    return np.asarray(np.cos(angles) * first + np.sin(angles) * np.cross(normal, first))


def handle_at(pixels: Mapping[str, F64], pointer: tuple[float, float], *, reach_px: float = REACH_PX) -> str:
    """Return the handle whose polyline is nearest to the pointer, "" when none is near.

    Args:
        pixels: (k, 2) of each handle on the screen; NaN for what is behind the eye.
    """
    best, nearest = "", reach_px
    for handle, line in pixels.items():
        distance = _distance(line, np.array(pointer))
        if distance < nearest:
            best, nearest = handle, distance
    return best


def _distance(line: F64, point: F64) -> float:
    """Return how far a point is from a polyline, infinite when nothing of it is seen."""
    start, along = line[:-1], np.diff(line, axis=0)
    length2 = np.maximum((along**2).sum(1), 1e-12)
    share = np.clip(((point - start) * along).sum(1) / length2, 0.0, 1.0)
    away = np.linalg.norm(start + along * share[:, None] - point, axis=1)
    seen = away[np.isfinite(away)]
    return float(seen.min()) if len(seen) else math.inf


def take(moving: Moving, handle: str, ray: Ray) -> Grip | None:
    """Take hold of a handle; None when the ray says nothing about it."""
    pivot = moving.pivot
    grip = Grip(handle, moving.now, pivot, np.zeros(3), np.zeros(3), 1.0)
    if handle in RINGS:
        point = on_plane(ray, pivot, AXES[RINGS[handle]], at_least=1e-3)
        if point is None:
            return None
        arm = point - pivot
        radius = max(float(np.linalg.norm(arm)), 1e-6)
        tangent = np.cross(AXES[RINGS[handle]], arm) / radius
        return replace(grip, tangent=tangent, radius_m=radius, value=arm)
    value = _value(grip, ray)
    return None if value is None else replace(grip, value=value)


def drag(grip: Grip, ray: Ray, *, snap: bool = False) -> Placement:
    """Return where the model would stand when the handle is dragged to a ray.

    Args:
        snap: by whole steps of 0.1 m, to headings of whole 15°, to tenths of its size.
    """
    if grip.handle in RINGS:
        angle = _angle(grip, ray, snap=snap)
        return turned(grip.start, grip.pivot, axis=RINGS[grip.handle], angle_rad=angle)
    value = _value(grip, ray)
    if value is None:
        return grip.start
    if grip.handle == SIZE:
        return grown(grip.start, grip.pivot, _factor(grip, value, snap=snap))
    shift = value - grip.value
    return shifted(grip.start, np.round(shift / SNAP_M) * SNAP_M if snap else shift)


def _value(grip: Grip, ray: Ray) -> F64 | None:
    if grip.handle == LEVEL:
        return on_plane(ray, grip.pivot, AXES["z"], at_least=0.02)
    axis = AXES["z" if grip.handle == SIZE else grip.handle]
    far = along(ray, grip.pivot, axis)
    return None if far is None else axis * far


def _factor(grip: Grip, value: F64, *, snap: bool) -> float:
    held = float(grip.value[2])
    factor = float(value[2]) / held if abs(held) > 1e-9 else 1.0
    if snap:
        factor = round(factor / SNAP_SCALE) * SNAP_SCALE
    size = scale_of(matrix(grip.start))
    return float(np.clip(max(factor, 1e-6) * size, SCALE_MIN, SCALE_MAX) / size)


def _angle(grip: Grip, ray: Ray, *, snap: bool) -> float:
    axis = AXES[RINGS[grip.handle]]
    point = on_plane(ray, grip.pivot, axis, at_least=GRAZING)
    if point is None:
        far = along(ray, grip.pivot + grip.value, grip.tangent)
        angle = 0.0 if far is None else far / grip.radius_m
    else:
        arm = point - grip.pivot
        angle = math.atan2(float(axis @ np.cross(grip.value, arm)), float(grip.value @ arm))
    if not snap:
        return angle
    before = heading_of(matrix(grip.start)) if grip.handle == "turn z" else 0.0
    return round((before + angle) / SNAP_RAD) * SNAP_RAD - before


def shifted(placement: Placement, by: npt.ArrayLike) -> Placement:
    """Return a placement moved by (3,) metres."""
    rows = matrix(placement)
    rows[:, 3] += np.asarray(by, np.float64)
    return placement_of(rows)


def turned(placement: Placement, pivot: npt.ArrayLike, *, axis: str, angle_rad: float) -> Placement:
    """Return a placement turned about an axis of the site through a point (3,)."""
    turn, rows, middle = about(AXES[axis], angle_rad), matrix(placement), np.asarray(pivot, np.float64)
    rows[:, 3] = middle + turn @ (rows[:, 3] - middle)
    rows[:, :3] = turn @ rows[:, :3]
    return placement_of(rows)


def grown(placement: Placement, pivot: npt.ArrayLike, factor: float) -> Placement:
    """Return a placement made larger by a factor about a point (3,)."""
    rows, middle = matrix(placement), np.asarray(pivot, np.float64)
    rows[:, 3] = middle + factor * (rows[:, 3] - middle)
    rows[:, :3] *= factor
    return placement_of(rows)


def along(ray: Ray, point: F64, axis: F64) -> float | None:
    """Return how far along an axis through a point the ray comes nearest to it, metres."""
    eye, direction = ray
    across = float(axis @ direction)
    if 1.0 - across**2 < _PARALLEL:
        return None
    away = point - eye
    return float((across * (direction @ away) - axis @ away) / (1.0 - across**2))


def on_plane(ray: Ray, point: F64, normal: F64, *, at_least: float) -> F64 | None:
    """Return where a ray meets a plane, None when it does not or only at a flatter angle."""
    eye, direction = ray
    steep = float(normal @ direction)
    if abs(steep) < at_least:
        return None
    far = float(normal @ (point - eye)) / steep
    return np.asarray(eye + direction * far) if far > 0 else None
