"""A rotation, one scale and a shift, and what it makes of cameras, section planes, lines and pins. Pure.

Places are multiplied with the matrix as it is, in float64: 6,000 km from zero that leaves a hundredth of a
micrometre. Directions are turned by the rotation that is nearest to it, so that they stay of length one and
at right angles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from walkdown.messages import Camera, Plane, Segment, Topic, Viewpoint
from walkdown.messages.words import Point
from walkdown_server.exchange.pins import about

F64 = npt.NDArray[np.float64]
HEIGHT_MOST_METRES = 1e6
MOVED = ("camera", "planes", "lines")
"""What of a view has coordinates."""


@dataclass(frozen=True)
class Similarity:
    """From one frame to another.

    Attributes:
        rows: the twelve numbers of a (3, 4) matrix, row by row; a rotation times one positive scale, and a
            shift in metres.
    """

    rows: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    @classmethod
    def of(cls, matrix: F64) -> Similarity:
        """Return that of a (3, 4) or (4, 4) matrix."""
        return cls(tuple(np.asarray(matrix, np.float64)[:3].ravel().tolist()))

    @property
    def in_place(self) -> bool:
        """Whether both frames are the same."""
        return self == IN_PLACE

    @cached_property
    def matrix(self) -> F64:
        """(4, 4) float64."""
        return np.vstack([np.array(self.rows).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])

    @cached_property
    def scale(self) -> float:
        """How many metres one metre becomes."""
        return math.cbrt(float(np.linalg.det(self.matrix[:3, :3])))

    @cached_property
    def turn(self) -> F64:
        """(3, 3) the rotation, the nearest one where the matrix is none to its last digit (polar part)."""
        left, _sizes, right = np.linalg.svd(self.matrix[:3, :3])
        return np.asarray(left @ right)

    @cached_property
    def inverse(self) -> Similarity:
        """The way back."""
        linear = np.linalg.inv(self.matrix[:3, :3])
        return Similarity.of(np.column_stack([linear, -linear @ self.matrix[:3, 3]]))

    def after(self, first: Similarity) -> Similarity:
        """Return the way through both: first ``first``, then this one."""
        return Similarity.of(self.matrix @ first.matrix)

    # ---- what it makes of things --------------------------------------------------------------------------

    def points(self, points: Sequence[Point]) -> list[Point]:
        """Return where places are then, metres."""
        if not points:
            return []
        moved = np.array(points, np.float64) @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return [(x, y, z) for x, y, z in moved.tolist()]

    def directions(self, directions: Sequence[Point]) -> list[Point]:
        """Return directions turned, each as long as it was."""
        if not directions:
            return []
        return [(x, y, z) for x, y, z in (np.array(directions, np.float64) @ self.turn.T).tolist()]

    def camera(self, camera: Camera) -> Camera:
        """Return an eye that sees the same; what an orthogonal one sees from top to bottom scales too."""
        (position,) = self.points([camera.position])
        ahead, up = self.directions([camera.direction, camera.up])
        height_m = min(camera.height_m * self.scale, HEIGHT_MOST_METRES)
        return replace(camera, position=position, direction=ahead, up=up, height_m=height_m)

    def view(self, view: Viewpoint) -> Viewpoint:
        """Return a view with its camera, planes and lines moved."""
        if self.in_place:
            return view
        places = self.points([plane.point for plane in view.planes])
        normals = self.directions([plane.normal for plane in view.planes])
        ends = self.points([end for line in view.lines for end in (line.start, line.end)])
        return replace(
            view,
            camera=None if view.camera is None else self.camera(view.camera),
            planes=tuple(map(Plane, places, normals)),
            lines=tuple(map(Segment, ends[::2], ends[1::2])),
        )

    def topic(self, topic: Topic, before: Sequence[Viewpoint], after: Sequence[Viewpoint]) -> Topic:
        """Return a topic whose pin has moved with its views, when it stands in the frame of the site.

        Args:
            before, after: its views as they were and as they are then.
        """
        if self.in_place or topic.point is None or topic.model:
            return topic
        told = topic.point == about(before)[1]
        return replace(topic, point=about(after)[1] if told else self.points([topic.point])[0])

    def back(self, now: Viewpoint, base: Viewpoint) -> Viewpoint:
        """Return a view as it is in the frame that this one leads from.

        Args:
            base: as it once was there; what stands where it led to has its very numbers again.
        """
        if self.in_place:
            return now
        led, there = self.view(base), self.inverse.view(now)
        same = {name: getattr(base, name) for name in MOVED if getattr(led, name) == getattr(now, name)}
        return replace(there, **same)


IN_PLACE = Similarity()
