"""The hands on the handles of a section: which one the pointer means, and its drag."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.input import camera
from walkdown_client.input.picture_hands import PictureHands
from walkdown_client.tools import section_handles as handles
from walkdown_client.tools.gizmo import handle_at
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]

ARROW_PX = 96.0
"""How long an arrow is on the screen at UI scale 1."""


class SectionHands(PictureHands):
    """Changes ``view.sectioning`` while something of it is chosen; otherwise it means nothing."""

    def __init__(self, rig: camera.Rig, view: ViewState) -> None:
        super().__init__(rig, view)
        self._grip: handles.Grip | None = None

    def shapes(self) -> dict[str, F64]:
        """Return the polylines of the handles as they are now; none when they are behind the eye."""
        sectioning = self._view.sectioning
        middle = handles.anchor(sectioning.section, sectioning.chosen)
        if middle is None:
            return {}
        size_m = self._length_m(middle, ARROW_PX)
        return {} if size_m is None else handles.shapes(sectioning.section, sectioning.chosen, size_m)

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
