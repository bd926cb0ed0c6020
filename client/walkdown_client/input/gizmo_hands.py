"""The hands on the handles of a model that is being moved: which one the pointer means, and its drag."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from walkdown_client.input import camera
from walkdown_client.input.picture_hands import PictureHands
from walkdown_client.tools import gizmo
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]

ARROW_PX = 112.0
"""How long an arrow is on the screen at UI scale 1."""


class GizmoHands(PictureHands):
    """Changes ``view.moving`` while there is one; otherwise it means nothing."""

    def __init__(self, rig: camera.Rig, view: ViewState) -> None:
        super().__init__(rig, view)
        self._grip: gizmo.Grip | None = None

    def shapes(self) -> dict[str, F64]:
        """Return the polylines of the handles as they are now; none when the model is behind the eye."""
        moving = self._view.moving
        if moving is None:
            return {}
        size_m = self._length_m(moving.pivot, ARROW_PX)
        return {} if size_m is None else gizmo.shapes(moving, size_m)

    def point_at(self, x: float, y: float, *, tilting: bool) -> bool:
        """Note what lies under the pointer; tell whether it is a handle."""
        moving = self._view.moving
        if moving is None:
            return False
        if self._grip is None:
            self._view.moving = replace(moving, tilting=tilting)
            moving = self._view.moving = replace(moving, tilting=tilting, handle=self._over(x, y))
        return bool(moving.handle)

    def begin(self, x: float, y: float) -> bool:
        """Take the handle under a pixel, if there is one."""
        moving = self._view.moving
        handle = self._over(x, y) if moving is not None else ""
        if moving is None or not handle:
            return False
        self._grip = gizmo.take(moving, handle, self._ray(x, y))
        self._view.moving = replace(moving, handle=handle)
        return self._grip is not None

    def drag(self, x: float, y: float, *, snap: bool) -> None:
        """Let the handle that is held follow the pointer."""
        moving = self._view.moving
        if moving is not None and self._grip is not None:
            self._view.moving = replace(moving, now=gizmo.drag(self._grip, self._ray(x, y), snap=snap))

    def end(self) -> None:
        """Let go."""
        self._grip = None

    def _over(self, x: float, y: float) -> str:
        return gizmo.handle_at({name: self._pixels(line) for name, line in self.shapes().items()}, (x, y))
