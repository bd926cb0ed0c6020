"""Section planes and the section box: what they are, how hands and numbers change them. Pure geometry.

Site frame, metres, float64. A plane cuts away what lies on the side to which its normal points; a box what
lies outside of it. Numbers of planes count from 0; :data:`BOX` stands for the box.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.messages import Plane, Point
from walkdown_client.placements import about

F64 = npt.NDArray[np.float64]

NONE, BOX = -1, -2
PLANES_MAX = 6
"""So many planes are put by hand; views from elsewhere may bring more."""

CUTS_MAX = 16
"""Planes and faces of the box together: what a view can hold and the graphics card is told."""

INTO_FACE_M = 0.01
"""A plane through a face lies so far behind it, so that the cut is seen at once."""

BOX_MARGIN_M, BOX_LEAST_M = 0.1, 0.05
ALIGNED_RAD = math.radians(2.0)
"""A face that is so nearly across an axis is taken to be so."""

REACH_M = 1e6
"""No plane lies farther from the site's zero."""

_SQUARE = 1e-6


@dataclass(frozen=True, slots=True)
class SectionBox:
    """What stays: between two corners, along the axes of the site."""

    low: Point
    high: Point

    @property
    def planes(self) -> tuple[Plane, ...]:
        """Its faces, the low and the high one of each axis in turn, normals outwards."""
        made = []
        for axis in range(3):
            for corner, sign in ((self.low, -1.0), (self.high, 1.0)):
                normal = [0.0, 0.0, 0.0]
                normal[axis] = sign
                made.append(Plane(corner, (normal[0], normal[1], normal[2])))
        return tuple(made)


@dataclass(frozen=True, slots=True)
class Section:
    """All that cuts."""

    planes: tuple[Plane, ...] = ()
    box: SectionBox | None = None

    def __bool__(self) -> bool:
        """Tell whether anything cuts."""
        return bool(self.planes) or self.box is not None

    @property
    def cuts(self) -> tuple[Plane, ...]:
        """All planes, those of the box last; at most :data:`CUTS_MAX`."""
        faces = self.box.planes if self.box is not None else ()
        return self.planes[: CUTS_MAX - len(faces)] + faces


UNCUT = Section()


@dataclass(slots=True)
class Sectioning:
    """A person's section, and the hands on it.

    Attributes:
        chosen: the plane that has handles, :data:`BOX` or :data:`NONE`.
        handle: the one under the pointer or held, "" for none.
    """

    section: Section = UNCUT
    chosen: int = NONE
    handle: str = ""

    def put(self, section: Section, *, chosen: int | None = None) -> None:
        """Take another section; what was chosen stays so as long as it is there."""
        self.section = section
        wanted = self.chosen if chosen is None else chosen
        there = section.box is not None if wanted == BOX else 0 <= wanted < len(section.planes)
        self.chosen = wanted if there else NONE
        if not there:
            self.handle = ""

    def let_go(self) -> bool:
        """Take the handles away; tell whether there were any."""
        was, self.chosen, self.handle = self.chosen, NONE, ""
        return was != NONE

    def meant(self, number: int) -> int:
        """Return the plane that -1 stands for: the chosen one, else the newest; :data:`NONE` for none."""
        if number >= 0:
            return number if number < len(self.section.planes) else NONE
        return self.chosen if self.chosen >= 0 else len(self.section.planes) - 1


def equations(planes: Iterable[Plane]) -> F64:
    """Return (n, 4): unit normal and offset of each; cut away is where ``normal · p > offset``."""
    rows = [(*plane.normal, float(np.dot(plane.normal, plane.point))) for plane in planes]
    return np.array(rows, np.float64).reshape(-1, 4)


def hides_all(planes: Iterable[Plane], low: npt.ArrayLike, high: npt.ArrayLike) -> bool:
    """Tell whether all of a box is cut away by one of the planes, or a box of planes misses it."""
    rows = equations(planes)
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    nearest = np.where(rows[:, :3] > 0, low, high)
    return bool(((nearest * rows[:, :3]).sum(1) > rows[:, 3]).any())


def sound_plane(plane: Plane) -> Plane | None:
    """Return a plane with a normal of length one; None when it says nothing: NaN, or no direction."""
    point, normal = np.array(plane.point, np.float64), np.array(plane.normal, np.float64)
    length = float(np.linalg.norm(normal)) if np.isfinite(normal).all() else 0.0
    if not np.isfinite(point).all() or length < _SQUARE or np.abs(point).max() > REACH_M:
        return None
    return Plane(_point(point), _point(normal / length))


def sound_box(low: npt.ArrayLike, high: npt.ArrayLike) -> SectionBox | None:
    """Return a box with its corners in order and some room inside; None for NaN or what is out of reach."""
    corners = np.array([low, high], np.float64)
    if not np.isfinite(corners).all() or np.abs(corners).max() > REACH_M:
        return None
    least, most = corners.min(0), corners.max(0)
    lacking = np.maximum(BOX_LEAST_M - (most - least), 0.0) / 2
    return SectionBox(_point(least - lacking), _point(most + lacking))


def box_around(low: npt.ArrayLike, high: npt.ArrayLike) -> SectionBox | None:
    """Return a box with a little room around what lies between two corners."""
    return sound_box(np.asarray(low, np.float64) - BOX_MARGIN_M, np.asarray(high, np.float64) + BOX_MARGIN_M)


def section_of(planes: Iterable[Plane]) -> Section:
    """Return the section of a view's planes; six that are the faces of a box become one."""
    sound = tuple(plane for plane in map(sound_plane, planes) if plane is not None)[:CUTS_MAX]
    for first in reversed(range(len(sound) - 5)):
        box = _box_of(sound[first : first + 6])
        if box is not None:
            return Section(sound[:first] + sound[first + 6 :], box)
    return Section(sound)


def _box_of(six: tuple[Plane, ...]) -> SectionBox | None:
    """Return the box whose faces six planes are: one across each axis and each way."""
    rows = equations(six)
    axes = np.abs(rows[:, :3]).argmax(1)
    along = rows[np.arange(6), axes]
    faces = set(zip(axes.tolist(), (along > 0).tolist(), strict=True))
    if (np.abs(along) < 1.0 - _SQUARE).any() or len(faces) < 6:
        return None
    low, high = np.zeros(3), np.zeros(3)
    for axis, way, offset in zip(axes, along, rows[:, 3], strict=True):
        if way > 0:
            high[axis] = offset
        else:
            low[axis] = -offset
    return SectionBox(_point(low), _point(high)) if (low < high).all() else None


# ---- planes under hands ------------------------------------------------------------------------------


def plane_through(point: npt.ArrayLike, normal: npt.ArrayLike, eye: npt.ArrayLike) -> Plane | None:
    """Return the plane through a face: what lies between it and the eye goes, what is looked at stays.

    Args:
        point: (3,) on the face. normal: (3,) of the face, either way. eye: (3,).
    """
    at, across = np.asarray(point, np.float64), np.asarray(normal, np.float64)
    if across @ (np.asarray(eye, np.float64) - at) < 0:
        across = -across
    sound = sound_plane(Plane(_point(at), _point(across)))
    if sound is None:
        return None
    unit = _snapped(np.array(sound.normal))
    return Plane(_point(at - unit * INTO_FACE_M), _point(unit))


def _snapped(normal: F64) -> F64:
    axis = int(np.abs(normal).argmax())
    if math.acos(min(abs(float(normal[axis])), 1.0)) > ALIGNED_RAD:
        return normal
    return np.asarray(np.eye(3)[axis] * math.copysign(1.0, float(normal[axis])))


def face_normal(middle: npt.ArrayLike, around: npt.ArrayLike) -> F64 | None:
    """Return the (3,) unit normal of the face on which a picked point lies.

    Args:
        middle: (3,). around: (4, 3) what was picked to its right, above, left and below; NaN where
            something else lies. Of the four corners that they make with the middle, the one that reaches
            least far counts: the others may look over an edge.
    """
    arms = np.asarray(around, np.float64).reshape(4, 3) - np.asarray(middle, np.float64)
    normals = np.cross(arms, np.roll(arms, -1, axis=0))
    reach = np.linalg.norm(arms, axis=1) + np.linalg.norm(np.roll(arms, -1, axis=0), axis=1)
    length = np.linalg.norm(normals, axis=1)
    sound = np.isfinite(length) & (length > 1e-12)
    if not sound.any():
        return None
    best = int(np.where(sound, reach, np.inf).argmin())
    return np.asarray(normals[best] / length[best])


def flipped(plane: Plane) -> Plane:
    """Return the plane that cuts away the other side."""
    return Plane(plane.point, _point(-np.array(plane.normal)))


def aligned(plane: Plane) -> Plane:
    """Return the plane through the same point across the nearest axis of the site."""
    normal = np.array(plane.normal)
    axis = int(np.abs(normal).argmax())
    return Plane(plane.point, _point(np.eye(3)[axis] * math.copysign(1.0, float(normal[axis]))))


def slid(plane: Plane, by_m: float) -> Plane:
    """Return the plane moved along its normal."""
    return Plane(_point(np.array(plane.point) + np.array(plane.normal) * by_m), plane.normal)


def turned(plane: Plane, axis: npt.ArrayLike, angle_rad: float) -> Plane:
    """Return the plane turned about an axis (3,) through its point."""
    normal = about(axis, angle_rad) @ np.array(plane.normal)
    return Plane(plane.point, _point(normal / np.linalg.norm(normal)))


def in_plane(plane: Plane) -> tuple[F64, F64]:
    """Return two unit vectors in a plane at right angles, the first one level."""
    normal = np.array(plane.normal)
    level = np.cross((0.0, 0.0, 1.0), normal) if abs(normal[2]) < 0.999 else np.array([1.0, 0.0, 0.0])
    level = level / np.linalg.norm(level)
    return level, np.cross(normal, level)


def distance_of(plane: Plane) -> float:
    """Return how far the plane is from the site's zero along its normal, metres."""
    return float(np.dot(plane.normal, plane.point))


def at_distance(plane: Plane, distance_m: float) -> Plane:
    """Return the plane moved so that it is so far from the site's zero along its normal."""
    return slid(plane, distance_m - distance_of(plane))


def with_face(box: SectionBox, face: int, at_m: float) -> SectionBox:
    """Return the box with one of its faces moved to a coordinate; it keeps some room inside.

    Args:
        face: 0 to 5, as in :attr:`SectionBox.planes`.
    """
    axis, is_high = divmod(face, 2)
    low, high = list(box.low), list(box.high)
    if is_high:
        high[axis] = max(at_m, low[axis] + BOX_LEAST_M)
    else:
        low[axis] = min(at_m, high[axis] - BOX_LEAST_M)
    return replace(box, low=_point(low), high=_point(high))


def _point(of: npt.ArrayLike) -> Point:
    x, y, z = (np.asarray(of, np.float64) + 0.0).tolist()  # and no minus zero
    return x, y, z
