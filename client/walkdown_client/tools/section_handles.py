"""The handles by which a section plane or the section box is moved: where they are, and what a drag does.

Pure geometry in the site frame, metres. A plane has an arrow along its normal and two rings that turn it; a
box has an arrow on each of its faces. A ray is where the line of sight starts and its unit vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.messages import Plane
from walkdown_client.tools.gizmo import SNAP_M, SNAP_RAD, Ray, along, circle, on_plane
from walkdown_client.tools.sectioning import (
    BOX,
    Section,
    SectionBox,
    at_distance,
    distance_of,
    in_plane,
    slid,
    turned,
    with_face,
)

F64 = npt.NDArray[np.float64]

SLIDE = "slide"
TURNS = ("turn level", "turn steep")
FACES = tuple(f"face {number}" for number in range(6))
FRAME = "frame"
"""The outline of a plane: it shows where the plane is, and is no handle."""

GRAZING = 0.2
_ARROW_FROM, _RING_RADIUS, _FRAME_HALF, _LEAST_M = 0.16, 0.72, 0.9, 1e-6


@dataclass(frozen=True, slots=True)
class Grip:
    """A handle that is held.

    Attributes:
        start: the section when it was taken. number: the plane, or ``BOX``.
        pivot: (3,) about what it turns, or from where it slides. axis: (3,) unit vector of the handle.
        value: what the ray meant then: metres along the axis, or for a ring the arm (3,) to it.
    """

    start: Section
    number: int
    handle: str
    pivot: F64
    axis: F64
    value: F64


def anchor(section: Section, chosen: int) -> F64 | None:
    """Return where the handles of what is chosen stand, (3,); None when nothing is."""
    if chosen == BOX and section.box is not None:
        return np.asarray((np.array(section.box.low) + np.array(section.box.high)) / 2)
    if 0 <= chosen < len(section.planes):
        return np.array(section.planes[chosen].point, np.float64)
    return None


def shapes(section: Section, chosen: int, size_m: float) -> dict[str, F64]:
    """Return the polyline (k, 3) of each handle of what is chosen; arrows are ``size_m`` long."""
    if chosen == BOX and section.box is not None:
        arrow = np.array([[0.0], [1.0]]) * size_m * 0.6
        return {
            face: _middle(section.box, number) + np.array(plane.normal) * arrow
            for number, (face, plane) in enumerate(zip(FACES, section.box.planes, strict=True))
        }
    if not 0 <= chosen < len(section.planes):
        return {}
    plane = section.planes[chosen]
    middle, normal = np.array(plane.point), np.array(plane.normal)
    level, steep = in_plane(plane)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * _FRAME_HALF * size_m
    return {
        FRAME: middle + corners[:, :1] * level + corners[:, 1:] * steep,
        SLIDE: middle + normal * np.array([[_ARROW_FROM], [1.0]]) * size_m,
        TURNS[0]: middle + circle_across(level) * _RING_RADIUS * size_m,
        TURNS[1]: middle + circle_across(steep) * _RING_RADIUS * size_m,
    }


def circle_across(axis: F64) -> F64:
    """Return (k, 3) points of a circle of radius one about zero, across any axis (3,)."""
    least = np.eye(3)[int(np.abs(axis).argmin())]
    first = np.cross(axis, least)
    turn = np.stack([first / np.linalg.norm(first), np.cross(axis, first / np.linalg.norm(first)), axis], 1)
    return np.asarray(circle(np.array([0.0, 0.0, 1.0])) @ turn.T)


def _middle(box: SectionBox, face: int) -> F64:
    """Return the middle of a face, (3,)."""
    axis, is_high = divmod(face, 2)
    middle = (np.array(box.low) + np.array(box.high)) / 2
    middle[axis] = (box.high if is_high else box.low)[axis]
    return np.asarray(middle)


def take(section: Section, chosen: int, handle: str, *, ray: Ray) -> Grip | None:
    """Take hold of a handle of what is chosen; None when the ray says nothing about it."""
    if handle in FACES and section.box is not None:
        face = FACES.index(handle)
        pivot, axis = _middle(section.box, face), np.array(section.box.planes[face].normal)
        return _held(Grip(section, BOX, handle, pivot, axis, np.zeros(1)), ray)
    if not 0 <= chosen < len(section.planes) or handle in FACES:
        return None
    plane = section.planes[chosen]
    pivot = np.array(plane.point)
    if handle == SLIDE:
        return _held(Grip(section, chosen, handle, pivot, np.array(plane.normal), np.zeros(1)), ray)
    if handle not in TURNS:
        return None
    axis = in_plane(plane)[TURNS.index(handle)]
    point = on_plane(ray, pivot, axis, at_least=1e-3)
    return None if point is None else Grip(section, chosen, handle, pivot, axis, point - pivot)


def _held(grip: Grip, ray: Ray) -> Grip | None:
    far = along(ray, grip.pivot, grip.axis)
    return None if far is None else replace(grip, value=np.array([far]))


def drag(grip: Grip, ray: Ray, *, snap: bool = False) -> Section:
    """Return the section when the handle is dragged to a ray.

    Args:
        snap: to whole steps of 0.1 m, or of 15°.
    """
    start = grip.start
    if grip.handle in TURNS:
        plane = _turn(start.planes[grip.number], grip, ray, snap=snap)
        return with_plane(start, grip.number, plane)
    far = along(ray, grip.pivot, grip.axis)
    if far is None:
        return start
    by = far - float(grip.value[0])
    if grip.number == BOX:
        return _with_face(grip, by, snap=snap)
    plane = slid(start.planes[grip.number], by)
    if snap:
        plane = at_distance(plane, round(distance_of(plane) / SNAP_M) * SNAP_M)
    return with_plane(start, grip.number, plane)


def _with_face(grip: Grip, by: float, *, snap: bool) -> Section:
    box, face = grip.start.box, FACES.index(grip.handle)
    if box is None:
        return grip.start
    axis = face // 2
    at = float(grip.pivot[axis] + grip.axis[axis] * by)
    return replace(grip.start, box=with_face(box, face, round(at / SNAP_M) * SNAP_M if snap else at))


def _turn(plane: Plane, grip: Grip, ray: Ray, *, snap: bool) -> Plane:
    point = on_plane(ray, grip.pivot, grip.axis, at_least=GRAZING)
    if point is None:
        tangent = np.cross(grip.axis, grip.value)
        radius = max(float(np.linalg.norm(tangent)), _LEAST_M)
        far = along(ray, grip.pivot + grip.value, tangent / radius)
        angle = 0.0 if far is None else far / radius
    else:
        arm = point - grip.pivot
        angle = math.atan2(float(grip.axis @ np.cross(grip.value, arm)), float(grip.value @ arm))
    return turned(plane, grip.axis, round(angle / SNAP_RAD) * SNAP_RAD if snap else angle)


def with_plane(section: Section, number: int, plane: Plane) -> Section:
    """Return a section with one of its planes in the place of another."""
    planes = list(section.planes)
    planes[number] = plane
    return replace(section, planes=tuple(planes))
