"""Where the eye stands and looks: orbit, pan, zoom, fly and flights, as pure geometry.

The site frame has Z up, metres. The eye keeps the horizon level: its pose is a position, a heading
(counter-clockwise from north, seen from above) and a pitch (positive looks up), radians. Points of the
picture are given as *normalised coordinates*: x from -1 left to 1 right, y from -1 bottom to 1 top.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from walkdown.frames import F64, heading_pitch_from_quaternion, quaternion_from_heading_pitch

PITCH_LIMIT = math.radians(89.0)
DISTANCE_MIN_M = 0.3
"""Zooming never comes closer to a surface than this."""

DISTANCE_MAX_M = 5_000.0
HEIGHT_MIN_M, HEIGHT_MAX_M = 0.05, 50_000.0
"""So much an orthogonal eye sees at least and at most."""

FLIGHT_SECS = 0.3
SPEED_M_S = 3.0
SPEED_MIN_M_S, SPEED_MAX_M_S = 0.3, 60.0
CROSSING_SECS = 30.0
FAST_FACTOR = 4.0
TURN_RAD_S = math.radians(75.0)
"""How fast the arrow keys turn the head."""

FLAT_RATE = 1.0
"""How fast flying forward makes what an orthogonal lens sees smaller: by this power of e a second."""

SETTLE_SECS = 0.08
"""Time constant with which flying starts and stops."""

Box = tuple[npt.ArrayLike, npt.ArrayLike]
"""Lowest and highest corner, (3,) each, metres, site frame."""

FRAME_MARGIN = 1.12
PERSON_BEHIND_M, PERSON_ASIDE_M, PERSON_ABOVE_M = 2.4, 0.9, 0.35


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the eye is and where it looks.

    Attributes:
        position: (3,) float64, metres, site frame.
    """

    position: F64
    heading_rad: float = 0.0
    pitch_rad: float = 0.0

    @property
    def quaternion(self) -> F64:
        """(4,) float64 (w, x, y, z), site from head."""
        return quaternion_from_heading_pitch(self.heading_rad, self.pitch_rad)

    @property
    def axes(self) -> F64:
        """(3, 3) float64: right, forward and up as rows, site frame."""
        ch, sh = math.cos(self.heading_rad), math.sin(self.heading_rad)
        cp, sp = math.cos(self.pitch_rad), math.sin(self.pitch_rad)
        return np.array([[ch, sh, 0.0], [-sh * cp, ch * cp, sp], [sh * sp, -ch * sp, cp]])


@dataclass(frozen=True, slots=True)
class Lens:
    """How much an eye sees.

    Attributes:
        fov_rad: horizontal field of view. aspect: width divided by height.
        height_m: what an orthogonal lens sees from the lower to the upper edge, metres, at any distance; 0
            for a perspective one.
    """

    fov_rad: float = math.radians(58.0)
    aspect: float = 16 / 9
    height_m: float = 0.0

    @property
    def orthogonal(self) -> bool:
        """Whether what is far is as large as what is near."""
        return self.height_m > 0

    @property
    def tangents(self) -> tuple[float, float]:
        """Half the width and height of the picture at distance 1, of the perspective lens."""
        across = math.tan(self.fov_rad / 2)
        return across, across / self.aspect

    def halves(self, depth_m: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Half the width and height of the picture, metres, so far in front of the eye."""
        if self.orthogonal:
            up = np.full(np.shape(depth_m), self.height_m / 2)
            return up * self.aspect, up
        across, upwards = self.tangents
        return np.asarray(depth_m, np.float64) * across, np.asarray(depth_m, np.float64) * upwards

    def height_at(self, depth_m: float) -> float:
        """What the perspective lens sees from the lower to the upper edge so far in front, metres."""
        return min(max(2 * self.tangents[1] * depth_m, HEIGHT_MIN_M), HEIGHT_MAX_M)

    def depth_of(self, height_m: float) -> float:
        """How far in front the perspective lens sees so much from the lower to the upper edge, metres."""
        return height_m / (2 * self.tangents[1])


def look_at(position: npt.ArrayLike, target: npt.ArrayLike) -> Pose:
    """Return the pose at ``position`` that has ``target`` in the middle of the picture."""
    eye = np.asarray(position, np.float64)
    x, y, z = np.asarray(target, np.float64) - eye
    return Pose(eye, math.atan2(-x, y), math.atan2(z, math.hypot(x, y)))


def pose_from_quaternion(position: npt.ArrayLike, quaternion: npt.ArrayLike) -> Pose:
    """Return the pose of a head, its roll left out."""
    heading, pitch = heading_pitch_from_quaternion(quaternion)
    return Pose(np.asarray(position, np.float64), heading, pitch)


def sight(pose: Pose, lens: Lens, x: float, *, y: float) -> tuple[F64, F64]:
    """Return where the line of sight through a point of the picture starts, and its unit vector (3,)."""
    if not lens.orthogonal:
        return pose.position, ray(pose, lens, x, y=y)
    across, upwards = (float(half) for half in lens.halves(1.0))
    right, forward, up = pose.axes
    return pose.position + right * (x * across) + up * (y * upwards), forward


def ray(pose: Pose, lens: Lens, x: float, *, y: float) -> F64:
    """Return the (3,) unit vector through a point of the picture, site frame; see also :func:`sight`."""
    if lens.orthogonal:
        return np.asarray(pose.axes[1])
    across, upwards = lens.tangents
    direction = np.array([x * across, 1.0, y * upwards]) @ pose.axes
    return np.asarray(direction / np.linalg.norm(direction))


def project(pose: Pose, lens: Lens, points: npt.ArrayLike) -> F64:
    """Return (n, 3): normalised x and y of (n, 3) points, and how far in front they are in metres."""
    seen = (np.atleast_2d(np.asarray(points, np.float64)) - pose.position) @ pose.axes.T
    across, upwards = lens.halves(np.where(np.abs(seen[:, 1]) < 1e-9, 1e-9, seen[:, 1]))
    return np.stack([seen[:, 0] / across, seen[:, 2] / upwards, seen[:, 1]], 1)


def orbit(pose: Pose, pivot: npt.ArrayLike, *, heading_rad: float, pitch_rad: float) -> Pose:
    """Turn about a point: its distance, and its place in the picture, stay as they are."""
    centre = np.asarray(pivot, np.float64)
    turned = look(pose, heading_rad=heading_rad, pitch_rad=pitch_rad)
    seen = pose.axes @ (centre - pose.position)
    return replace(turned, position=centre - seen @ turned.axes)


def look(pose: Pose, *, heading_rad: float, pitch_rad: float) -> Pose:
    """Turn the head where it is; the pitch stops short of straight up and down."""
    pitch = float(np.clip(pose.pitch_rad + pitch_rad, -PITCH_LIMIT, PITCH_LIMIT))
    return replace(pose, heading_rad=wrapped(pose.heading_rad + heading_rad), pitch_rad=pitch)


def pan(pose: Pose, lens: Lens, *, x: float, y: float, depth_m: float) -> Pose:
    """Move sideways so that what is ``depth_m`` in front follows the pointer by x, y of the picture."""
    across, upwards = lens.halves(depth_m)
    right, _forward, up = pose.axes
    shift = right * (x * float(across)) + up * (y * float(upwards))
    return replace(pose, position=pose.position - shift)


def zoom(pose: Pose, point: npt.ArrayLike, *, factor: float) -> Pose:
    """Change the distance to a point by ``factor``; it keeps its place in the picture."""
    target = np.asarray(point, np.float64)
    away = pose.position - target
    distance = float(np.linalg.norm(away))
    if distance < 1e-9:
        return pose
    nearest = min(DISTANCE_MIN_M, distance)
    wanted = min(max(distance * factor, nearest), max(DISTANCE_MAX_M, distance))
    return replace(pose, position=target + away * (wanted / distance))


def zoom_flat(pose: Pose, lens: Lens, point: npt.ArrayLike, *, factor: float) -> tuple[Pose, Lens]:
    """Change what an orthogonal lens sees by ``factor``; a point keeps its place in the picture.

    The eye comes nearer with it, so that in perspective one is where one would have zoomed to.
    """
    height = min(max(lens.height_m * factor, HEIGHT_MIN_M), HEIGHT_MAX_M)
    by = height / lens.height_m
    away = (pose.position - np.asarray(point, np.float64)) @ pose.axes.T
    before, away = float(away[1]), away * by
    away[1] = min(away[1], -DISTANCE_MIN_M) if before < -DISTANCE_MIN_M else before
    return replace(pose, position=np.asarray(point, np.float64) + away @ pose.axes), replace(
        lens, height_m=height
    )


def frame(pose: Pose, lens: Lens, box: Box) -> Pose:
    """Keep the direction and move to where the box just fits into the picture."""
    low, high = (np.asarray(corner, np.float64) for corner in box)
    centre = (low + high) / 2
    seen = (_corners(low, high) - centre) @ pose.axes.T
    across, upwards = lens.tangents
    needed = np.maximum(np.abs(seen[:, 0]) / across, np.abs(seen[:, 2]) / upwards) * FRAME_MARGIN - seen[:, 1]
    distance = max(float(needed.max()), bound_radius(box) + DISTANCE_MIN_M)
    return replace(pose, position=centre - pose.axes[1] * distance)


def frame_from_above(pose: Pose, lens: Lens, box: Box) -> Pose:
    """As :func:`frame`, from a little above: a view from below or straight down becomes a slant one."""
    pitch = float(np.clip(pose.pitch_rad, math.radians(-40), math.radians(-14)))
    return frame(replace(pose, pitch_rad=pitch), lens, box)


def first_view(lens: Lens, box: Box, *, into: bool = False) -> Pose:
    """Return a pose from which a stranger sees what a model is: all of it, from a corner in the south.

    What is long shows its long side, which the sun lights; what is flat, like a city, is seen from higher up.

    Args:
        into: from high enough to look over the walls of a hall whose roof is taken off.
    """
    x, y, z = np.maximum(np.subtract(box[1], box[0]), 1e-6).tolist()
    flat = 1.0 - min(2.0 * z / min(x, y), 1.0)
    over_walls = math.atan2(z, 0.55 * min(x, y))
    pitch = (
        -min(max(math.radians(42), over_walls), math.radians(65)) if into else -math.radians(20 + 16 * flat)
    )
    heading = math.radians(-28.0 if y < 1.3 * x else 52.0)
    return frame(Pose(np.zeros(3), heading, pitch), lens, box)


def speed_for(box: Box) -> float:
    """Return how fast one flies at first through a model: along it in about half a minute."""
    return float(np.clip(2 * bound_radius(box) / CROSSING_SECS, SPEED_M_S, SPEED_MAX_M_S))


def look_from(side: str, lens: Lens, box: Box) -> Pose:
    """Return the pose that frames a box from the ``front`` (south), the ``right`` (east) or the ``top``."""
    heading, pitch = {"front": (0.0, 0.0), "right": (math.pi / 2, 0.0), "top": (0.0, -PITCH_LIMIT)}[side]
    return frame(Pose(np.zeros(3), heading, pitch), lens, box)


def beside(position: npt.ArrayLike, quaternion: npt.ArrayLike) -> Pose:
    """Return the pose behind a person's shoulder that looks where he looks."""
    theirs = pose_from_quaternion(position, quaternion)
    level = replace(theirs, pitch_rad=0.0)
    right, forward, up = level.axes
    eye = level.position - forward * PERSON_BEHIND_M + right * PERSON_ASIDE_M + up * PERSON_ABOVE_M
    return look_at(eye, level.position + forward * 6.0)


def bound_radius(box: Box) -> float:
    """Return the radius of the sphere about a box, metres."""
    return float(np.linalg.norm(np.subtract(box[1], box[0])) / 2)


def wrapped(angle_rad: float) -> float:
    """Return an angle between -π and π."""
    return math.remainder(angle_rad, math.tau)


def _corners(low: F64, high: F64) -> F64:
    choice = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])
    return np.where(choice, high, low)


# ---- flights ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Flight:
    """A short way from one pose to another round a target, never through it.

    The distance to the target and the direction from it are interpolated apart, so the eye is never nearer
    than at the nearer of the two ends.

    Attributes:
        target: (3,) float64, metres, site frame: what is flown to.
    """

    start: Pose
    end: Pose
    target: F64
    duration_secs: float = FLIGHT_SECS
    elapsed_secs: float = field(default=0.0)

    @property
    def over(self) -> bool:
        """Whether the end is reached."""
        return self.elapsed_secs >= self.duration_secs

    @property
    def share(self) -> float:
        """How much of the way is behind, 0 to 1, with a soft start and end."""
        share = min(self.elapsed_secs / self.duration_secs, 1.0) if self.duration_secs > 0 else 1.0
        return share * share * (3 - 2 * share)

    def advance(self, delta_secs: float) -> Pose:
        """Return the pose ``delta_secs`` later."""
        self.elapsed_secs += delta_secs
        return self.end if self.over else self._at(self.share)

    def _at(self, share: float) -> Pose:
        heading = self.start.heading_rad + share * wrapped(self.end.heading_rad - self.start.heading_rad)
        pitch = self.start.pitch_rad + share * (self.end.pitch_rad - self.start.pitch_rad)
        away = _between(self.start.position - self.target, self.end.position - self.target, share)
        return Pose(self.target + away, wrapped(heading), pitch)


def _lens_between(start: Lens, end: Lens, share: float, *, aspect: float) -> Lens:
    """Return a lens on the way from one to another; perspective and orthogonal change over at once."""
    if share >= 1.0:
        return replace(end, aspect=aspect)
    height = start.height_m ** (1 - share) * end.height_m**share if end.orthogonal else 0.0
    return Lens(start.fov_rad + share * (end.fov_rad - start.fov_rad), aspect, height)


def _between(start: F64, end: F64, share: float) -> F64:
    """Turn and stretch one vector into another: the direction on a great circle, the length by a factor."""
    start_m, end_m = float(np.linalg.norm(start)), float(np.linalg.norm(end))
    if min(start_m, end_m) < 1e-6:
        return np.asarray(start + share * (end - start))
    length = math.exp((1 - share) * math.log(start_m) + share * math.log(end_m))
    a, b = start / start_m, end / end_m
    return np.asarray(_turned(a, b, share) * length)


def _turned(a: F64, b: F64, share: float) -> F64:
    angle = math.acos(float(np.clip(a @ b, -1.0, 1.0)))
    if angle < 1e-6:
        return a
    if angle > math.pi - 1e-4:
        across = np.cross(a, (0.0, 0.0, 1.0) if abs(a[2]) < 0.9 else (1.0, 0.0, 0.0))
        across /= np.linalg.norm(across)
        return np.asarray(a * math.cos(share * angle) + np.cross(across, a) * math.sin(share * angle))
    return np.asarray((a * math.sin((1 - share) * angle) + b * math.sin(share * angle)) / math.sin(angle))


# ---- the rig ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Rig:
    """The eye of one person: a pose, a lens, a flight that may be under way, and the speed of flying."""

    pose: Pose = field(default_factory=lambda: Pose(np.zeros(3)))
    lens: Lens = field(default_factory=Lens)
    speed_m_s: float = SPEED_M_S
    flight: Flight | None = None
    _velocity: F64 = field(default_factory=lambda: np.zeros(3))
    _lenses: tuple[Lens, Lens] = field(default_factory=lambda: (Lens(), Lens()))

    def fly_to(
        self,
        end: Pose,
        target: npt.ArrayLike,
        *,
        duration_secs: float = FLIGHT_SECS,
        lens: Lens | None = None,
    ) -> None:
        """Start a flight; any later move by hand ends it.

        Args:
            lens: that of the end, whose aspect does not count; None keeps the one there is, and lets an
                orthogonal one see as much about the target as a perspective one would.
        """
        aim = np.asarray(target, np.float64)
        before = self.lens
        if lens is None:
            lens = before
            if before.orthogonal:
                depth = float((aim - end.position) @ end.axes[1])
                lens = replace(before, height_m=before.height_at(depth))
        if lens.orthogonal and not before.orthogonal:
            depth = float((aim - self.pose.position) @ self.pose.axes[1])
            before = replace(before, height_m=before.height_at(depth))
        self._lenses = (before, lens)
        self._velocity = np.zeros(3)
        self.flight = Flight(self.pose, end, aim, duration_secs)

    def see_flat(self, flat: bool, depth_m: float) -> None:
        """Take an orthogonal lens or a perspective one; what is so far in front stays as large as it is."""
        lens = self.lens
        self.flight = None
        if flat and not lens.orthogonal:
            self.lens = replace(lens, height_m=lens.height_at(depth_m))
        elif lens.orthogonal and not flat:
            back = lens.depth_of(lens.height_m) - max(depth_m, DISTANCE_MIN_M)
            self.pose = replace(self.pose, position=self.pose.position - self.pose.axes[1] * back)
            self.lens = replace(lens, height_m=0.0)

    def take(self, pose: Pose) -> None:
        """Move by hand: the pose is taken as it is and a flight ends."""
        self.pose, self.flight = pose, None

    def advance(self, delta_secs: float, axes: npt.ArrayLike, *, fast: bool = False) -> None:
        """Fly on by ``delta_secs``.

        Args:
            axes: (3,) how much right, forward and up are wished, each -1 to 1.
        """
        wish = np.asarray(axes, np.float64)
        if self.flight is not None and not wish.any():
            self.pose = self.flight.advance(delta_secs)
            self.lens = _lens_between(*self._lenses, self.flight.share, aspect=self.lens.aspect)
            self.flight = None if self.flight.over else self.flight
            return
        if self.lens.orthogonal and wish[1]:
            factor = math.exp(-wish[1] * delta_secs * FLAT_RATE * (FAST_FACTOR if fast else 1.0))
            height = min(max(self.lens.height_m * factor, HEIGHT_MIN_M), HEIGHT_MAX_M)
            self.lens, wish = replace(self.lens, height_m=height), wish * (1.0, 0.0, 1.0)
        self._fly(wish, delta_secs, fast=fast)

    def _fly(self, wish: F64, delta_secs: float, *, fast: bool) -> None:
        right, forward, _up = self.pose.axes
        length = float(np.linalg.norm(wish))
        direction = right * wish[0] + forward * wish[1] + np.array([0.0, 0.0, wish[2]])
        wanted = direction / max(length, 1.0) * self.speed_m_s * (FAST_FACTOR if fast else 1.0)
        kept = math.exp(-delta_secs / SETTLE_SECS)
        self._velocity = wanted + (self._velocity - wanted) * kept
        if not length and np.linalg.norm(self._velocity) < 1e-3:
            self._velocity = np.zeros(3)
            return
        self.take(replace(self.pose, position=self.pose.position + self._velocity * delta_secs))

    def turn(self, delta_secs: float, *, left: float, up: float) -> None:
        """Turn the head by keys; ``left`` and ``up`` are -1 to 1."""
        if left or up:
            angle = TURN_RAD_S * delta_secs
            self.take(look(self.pose, heading_rad=left * angle, pitch_rad=up * angle))

    def change_speed(self, steps: float) -> None:
        """Fly faster or slower by a quarter per step of the wheel."""
        self.speed_m_s = min(max(self.speed_m_s * 1.25**steps, SPEED_MIN_M_S), SPEED_MAX_M_S)
