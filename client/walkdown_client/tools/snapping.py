"""Catches what a pointer means exactly: a corner, an edge, a face, or an axis of the site.

Points are float64, metres, site frame; inside they are relative to where the surface was hit, so that
coordinates of millions of metres stay exact. Edges are those that people see: where faces meet at an angle,
or end; the lines between the triangles of one face, or of a curved one, catch nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from walkdown.i18n import mark
from walkdown.messages import Snap

F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Project = Callable[[F64], F64]
"""Takes (n, 3) points of the site; returns (n, 3): pixels x and y from the top left, metres ahead."""

Ray = tuple[F64, F64]
"""Where the eye is (3,), and the unit vector through the pointer."""

CREASE_RAD = math.radians(28.0)
"""Faces that meet at less are one curved face."""

CORNER_RAD = math.radians(28.0)
"""An edge that turns by less goes on: its points are those of a circle, and no corners."""

WELD_M = 1e-4
REACH_PX = 12.0
AXIS_RAD = math.radians(3.0)
"""So near to an axis of the site a point is taken to it by itself."""

TRIANGLES_MAX = 200_000
"""Elements with more triangles catch at faces only."""

_OFF_GRID = 0.3719
"""Cells end where no drawing has its points: half a millimetre and its parts lie inside of them."""

_HIDDEN_SHARE, _HIDDEN_M = 1e-3, 1e-3
_NEAREST_M = 0.05
_TRIED = 6

SNAP_TEXT: Mapping[Snap, str] = {
    "vertex": mark("corner"),
    "edge": mark("edge"),
    "face": mark("face"),
    "axis": mark("axis"),
    "place": mark("place"),
    "": "",
}
AXIS_NAMES = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class Snapped:
    """A point that was caught.

    Attributes:
        point: (3,) metres, site frame. kind: by what.
        axis: ``x``, ``y`` or ``z`` when it was taken to one of them.
    """

    point: F64
    kind: Snap
    axis: str = ""


class Shape:
    """The triangles of an element, and what of it catches.

    Args:
        origin: (3,) metres, site frame. corners: (n, 3, 3) triangles × corner × axis, relative to it.
    """

    def __init__(self, origin: npt.ArrayLike, corners: npt.ArrayLike) -> None:
        self.origin = np.asarray(origin, np.float64)
        self.corners = np.asarray(corners, np.float64).reshape(-1, 3, 3)

    def __len__(self) -> int:
        """Return the number of triangles."""
        return len(self.corners)

    @cached_property
    def balls(self) -> tuple[F64, F64]:
        """(n, 3) middles of balls that hold the triangles, relative to the origin, and their radii (n,)."""
        middles = (self.corners.min(1) + self.corners.max(1)) / 2
        return middles, np.sqrt(((self.corners - middles[:, None]) ** 2).sum(2).max(1, initial=0.0))

    def around(self, ray: Ray, slack_rad: float = 0.0) -> F64:
        """Return the triangles (k, 3, 3) that a ray can meet, or one that is turned by so little."""
        middles, radii = self.balls
        away = middles - (ray[0] - self.origin)
        along = away @ ray[1]
        aside2 = (away * away).sum(1) - along * along
        reach = radii + np.maximum(along, 0.0) * math.tan(slack_rad) + 1e-9
        return np.asarray(self.corners[(aside2 <= reach * reach) & (along >= -radii)])

    def warm(self) -> Shape:
        """Return it with everything computed that catching needs."""
        _known = self.vertices, self.balls
        return self

    @cached_property
    def edges(self) -> F64:
        """(m, 2, 3) edges that people see, relative to the origin."""
        return feature_edges(self.corners) if len(self) <= TRIANGLES_MAX else np.zeros((0, 2, 3))

    @cached_property
    def vertices(self) -> F64:
        """(k, 3) corners that people see, relative to the origin."""
        return corners_of(self.edges)


# ---- what people see -----------------------------------------------------------------------------------


def feature_edges(corners: F64) -> F64:
    """Return the edges (m, 2, 3) of triangles (n, 3, 3) at which faces end or meet at an angle.

    Corners within 0.1 mm are one. An edge of one triangle ends a face; of two it counts when their normals
    differ by more than 28°; of more it counts when any two do.
    """
    points, rows = _welded(corners)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=1)
    sound = (size > 0) & (rows[:, 0] != rows[:, 1]) & (rows[:, 1] != rows[:, 2]) & (rows[:, 2] != rows[:, 0])
    rows, normals = rows[sound], normals[sound] / size[sound, None]
    if not len(rows):
        return np.zeros((0, 2, 3))
    ends = np.sort(rows[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(rows)), 3)
    key = ends[:, 0] * len(points) + ends[:, 1]
    order = np.argsort(key, kind="stable")
    key, ends, owner = key[order], ends[order], owner[order]
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    counts = np.diff(np.append(starts, len(key)))
    first = np.repeat(owner[starts], counts)
    cosine = np.abs((normals[first] * normals[owner]).sum(1))  # files turn triangles as they like
    bent = np.minimum.reduceat(cosine, starts) < math.cos(CREASE_RAD)
    return np.asarray(points[ends[starts[(counts == 1) | bent]]])


def corners_of(edges: F64) -> F64:
    """Return the points (k, 3) at which edges (m, 2, 3) end, meet or turn."""
    if not len(edges):
        return np.zeros((0, 3))
    points, rows = _welded(edges)
    along = edges[:, 1] - edges[:, 0]
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    count = np.bincount(rows.ravel(), minlength=len(points))
    away = np.zeros((len(points), 3))
    np.add.at(away, rows[:, 0], along)
    np.add.at(away, rows[:, 1], -along)
    straight = 2 * math.sin(CORNER_RAD / 2)  # the sum of two unit vectors that are so far from opposite
    goes_on = (count == 2) & (np.linalg.norm(away, axis=1) < straight)
    return np.asarray(points[~goes_on])


def _welded(corners: F64) -> tuple[F64, Rows]:
    """Return the different points (k, 3) of (n, c, 3) corners, and which one each is, (n, c)."""
    flat = corners.reshape(-1, 3)
    cells = np.floor(flat / WELD_M + _OFF_GRID).astype(np.int64)
    low = cells.min(0) if len(cells) else np.zeros(3, np.int64)
    span = (cells.max(0) - low + 1) if len(cells) else np.ones(3, np.int64)
    if float(span[0]) * float(span[1]) * float(span[2]) < 2.0**62:
        key = ((cells[:, 0] - low[0]) * span[1] + cells[:, 1] - low[1]) * span[2] + cells[:, 2] - low[2]
        _keys, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    else:
        _keys, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    return flat[first], inverse.reshape(corners.shape[:-1])


# ---- catching ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pointer:
    """The pointer, and the camera through which it looks.

    Attributes:
        x, y: pixels from the top left. hit: (3,) where the surface under it is, site frame.
        cut: tells which of (n, 3) points are cut away and cannot be meant.
    """

    x: float
    y: float
    ray: Ray
    project: Project
    hit: F64
    cut: Callable[[F64], Mask] = lambda points: np.zeros(len(points), bool)


def snap(shape: Shape | None, pointer: Pointer, *, reach_px: float = REACH_PX) -> Snapped:
    """Return what the pointer means: a corner that is near, else an edge, else the face.

    Args:
        shape: the element under the pointer; None while it is not known, then the place itself is meant.
    """
    if shape is None or not len(shape):
        return Snapped(pointer.hit, "place")
    found = feature(shape, pointer, reach_px=reach_px)
    if found is not None:
        return found
    exact = _on_face(shape, pointer)
    return Snapped(pointer.hit if exact is None else exact, "face")


def feature(shape: Shape, pointer: Pointer, *, reach_px: float = REACH_PX) -> Snapped | None:
    """Return the corner, or else the edge, of an element that is near the pointer; None for neither.

    The pointer may be beside the element; ``hit`` does not count.
    """
    kinds: tuple[tuple[Snap, Callable[[Shape, Pointer, float], F64]], ...] = (
        ("vertex", _near_vertices),
        ("edge", _near_edges),
    )
    for kind, near in kinds:
        points = near(shape, pointer, reach_px)
        points = points[~pointer.cut(points)]
        hidden = _are_hidden(shape, pointer.ray, points)
        if not hidden.all():
            return Snapped(points[int(hidden.argmin())], kind)
    return None


def _pixels_away(pointer: Pointer, seen: F64) -> F64:
    away = np.hypot(seen[:, 0] - pointer.x, seen[:, 1] - pointer.y)
    return np.asarray(np.where(seen[:, 2] > _NEAREST_M, away, np.inf))


def _near_vertices(shape: Shape, pointer: Pointer, reach_px: float) -> F64:
    points = shape.vertices + shape.origin
    if not len(points):
        return points
    away = _pixels_away(pointer, pointer.project(points))
    order = np.argsort(away)[:_TRIED]
    return np.asarray(points[order[away[order] <= reach_px]])


def _near_edges(shape: Shape, pointer: Pointer, reach_px: float) -> F64:
    """Return the points of edges that are nearest to the pointer on the screen, nearest first."""
    edges = shape.edges
    if not len(edges):
        return np.zeros((0, 3))
    seen = pointer.project(edges.reshape(-1, 3) + shape.origin).reshape(-1, 2, 3)
    there = np.flatnonzero((seen[:, :, 2] > _NEAREST_M).all(1))
    start, along = seen[there, 0, :2], seen[there, 1, :2] - seen[there, 0, :2]
    length2 = np.maximum((along**2).sum(1), 1e-12)
    at = np.array([pointer.x, pointer.y])
    share = np.clip(((at - start) * along).sum(1) / length2, 0.0, 1.0)
    away = np.linalg.norm(start + along * share[:, None] - at, axis=1)
    order = np.argsort(away)[:_TRIED]
    order = order[away[order] <= reach_px]
    return np.stack([_on_edge(edges[there[i]] + shape.origin, pointer.ray) for i in order] or [np.zeros(3)])[
        : len(order)
    ]


def _on_edge(edge: F64, ray: Ray) -> F64:
    """Return the point of an edge (2, 3) that is nearest to a ray."""
    eye, towards = ray
    along = edge[1] - edge[0]
    length2 = float(along @ along)
    away, across = edge[0] - eye, float(along @ towards)
    slant = length2 - across**2
    if slant < 1e-12 * length2:
        return np.asarray(edge[0])
    share = (across * float(towards @ away) - float(along @ away)) / slant
    return np.asarray(edge[0] + along * min(max(share, 0.0), 1.0))


def _on_face(shape: Shape, pointer: Pointer) -> F64 | None:
    """Return where the ray meets the triangle that was hit, to all digits; None when it misses by a hair."""
    far = _distances(shape.around(pointer.ray), pointer.ray[0] - shape.origin, pointer.ray[1])
    if not np.isfinite(far).any():
        return None
    eye, towards = pointer.ray
    wanted = float((pointer.hit - eye) @ towards)
    best = far[int(np.abs(far - wanted).argmin())]
    near = abs(best - wanted) <= max(0.01, 0.002 * wanted)
    return np.asarray(eye + towards * best) if near else None


def _are_hidden(shape: Shape, ray: Ray, points: F64) -> Mask:
    """Tell of which of its points (n, 3), all near a ray, the element itself lies before."""
    found = np.zeros(len(points), bool)
    if not len(points):
        return found
    eye, towards = ray
    away = points - eye
    distances = np.maximum(np.linalg.norm(away, axis=1), 1e-9)
    slack = math.acos(float(np.clip((away @ towards / distances).min(), 0.0, 1.0)))
    corners = shape.around(ray, min(slack + 1e-6, 1.0))
    for place, distance in enumerate(distances.tolist()):
        far = _distances(corners, eye - shape.origin, away[place] / distance)
        found[place] = (far < distance - max(_HIDDEN_M, _HIDDEN_SHARE * distance)).any()
    return found


def _distances(corners: F64, eye: F64, towards: F64) -> F64:
    """Return how far along a ray triangles (n, 3, 3) are, infinite beside them (Möller, Trumbore 1997)."""
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = np.cross(towards, ac)
    determinant = (ab * p).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = eye - a
        u = (away * p).sum(1) / determinant
        q = np.cross(away, ab)
        v = (q @ towards) / determinant
        far = (ac * q).sum(1) / determinant
        hit = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (far > 1e-9)
    return np.asarray(np.where(hit, far, np.inf))


# ---- axes ----------------------------------------------------------------------------------------------


def on_axis(found: Snapped | None, start: F64, ray: Ray, *, held: bool = False) -> Snapped | None:
    """Return a point taken to the axis of the site through ``start`` that it is meant to lie on.

    A corner or an edge stays where it is, unless the axis is asked for.

    Args:
        found: what was caught without axes, None where the pointer is over nothing.
        held: an axis is asked for; otherwise only what is within 3° of one is taken to it.
    """
    if held:
        return _asked_for(found, start, ray)
    if found is None or found.kind in ("vertex", "edge"):
        return found
    away = found.point - start
    distance = float(np.linalg.norm(away))
    axis = int(np.abs(away).argmax())
    if distance < 1e-9 or abs(away[axis]) < distance * math.cos(AXIS_RAD):
        return found
    return Snapped(_along(start, axis, float(away[axis])), "axis", AXIS_NAMES[axis])


def _asked_for(found: Snapped | None, start: F64, ray: Ray) -> Snapped | None:
    if found is not None and found.kind in ("vertex", "edge"):
        away = found.point - start
        axis = int(np.abs(away).argmax())
        return Snapped(_along(start, axis, float(away[axis])), "axis", AXIS_NAMES[axis])
    reached = [(_apart(start, axis, ray), axis) for axis in range(3)]
    known = [(entry, axis) for entry, axis in reached if entry is not None]
    if not known:
        return found
    (_gap, along), axis = min(known, key=lambda one: one[0][0])
    return Snapped(_along(start, axis, along), "axis", AXIS_NAMES[axis])


def _along(start: F64, axis: int, by: float) -> F64:
    point = start.copy()
    point[axis] += by
    return point


def _apart(start: F64, axis: int, ray: Ray) -> tuple[float, float] | None:
    """Return the angle by which a ray misses an axis through a point, and how far along it comes nearest."""
    eye, towards = ray
    unit = np.eye(3)[axis]
    across = float(unit @ towards)
    if 1.0 - across**2 < 1e-4:
        return None
    away = start - eye
    along = float((across * (towards @ away) - unit @ away) / (1.0 - across**2))
    to_axis = away + unit * along
    far = float(np.linalg.norm(to_axis))
    if far < 1e-9 or float(to_axis @ towards) <= 0:
        return None
    return float(np.linalg.norm(np.cross(to_axis / far, towards))), along
