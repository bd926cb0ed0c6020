"""The hands on the handles of a section: which one the pointer means, and its drag."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.input import camera
from walkdown_client.tools import section_handles as handles
from walkdown_client.tools.gizmo import Ray, handle_at
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]

ARROW_PX = 96.0
"""How long an arrow is on the screen at UI scale 1."""

_NEAREST_M = 0.05


class SectionHands:
    """Changes ``view.sectioning`` while something of it is chosen; otherwise it means nothing.

    Attributes:
        size: width and height of the picture in pixels.
    """

    def __init__(self, rig: camera.Rig, view: ViewState) -> None:
        self._rig, self._view = rig, view
        self.size = (1, 1)
        self._grip: handles.Grip | None = None

    def shapes(self) -> dict[str, F64]:
        """Return the polylines of the handles as they are now; none when they are behind the eye."""
        sectioning = self._view.sectioning
        middle = handles.anchor(sectioning.section, sectioning.chosen)
        if middle is None:
            return {}
        depth = float((middle - self._rig.pose.position) @ self._rig.pose.axes[1])
        if depth < _NEAREST_M:
            return {}
        across, _up = self._rig.lens.halves(depth)
        metre_px = self.size[0] / 2 / float(across)
        size_m = ARROW_PX * self._view.preferences.ui_scale / metre_px
        return handles.shapes(sectioning.section, sectioning.chosen, size_m)

    def point_at(self, x: float, y: float) -> bool:
        """Note what lies under the pointer; tell whether it is a handle."""
        sectioning = self._view.sectioning
        if self._grip is None:
            sectioning.handle = self._over(x, y)
        return bool(sectioning.handle)

    def begin(self, x: float, y: float) -> bool:
        """Take the handle under a pixel, if there is one."""
        sectioning, handle = self._view.sectioning, self._over(x, y)
        if not handle:
            return False
        self._grip = handles.take(sectioning.section, sectioning.chosen, handle, ray=self._ray(x, y))
        sectioning.handle = handle
        return self._grip is not None

    def drag(self, x: float, y: float, *, snap: bool) -> None:
        """Let the handle that is held follow the pointer."""
        if self._grip is not None:
            self._view.sectioning.put(handles.drag(self._grip, self._ray(x, y), snap=snap))

    def end(self) -> None:
        """Let go."""
        self._grip = None

    def _over(self, x: float, y: float) -> str:
        lines = {name: line for name, line in self.shapes().items() if name != handles.FRAME}
        return handle_at({name: self._pixels(line) for name, line in lines.items()}, (x, y))

    def _pixels(self, points: F64) -> F64:
        width, height = self.size
        seen = camera.project(self._rig.pose, self._rig.lens, points)
        pixels = np.stack([(seen[:, 0] + 1) / 2 * width, (1 - seen[:, 1]) / 2 * height], 1)
        return np.where(seen[:, 2:] > _NEAREST_M, pixels, np.nan)

    def _ray(self, x: float, y: float) -> Ray:
        width, height = self.size
        return camera.sight(self._rig.pose, self._rig.lens, 2 * x / width - 1, y=1 - 2 * y / height)
