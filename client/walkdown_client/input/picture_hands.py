"""What all handles in the picture need: pixels of points, lines of sight, lengths on the screen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.input import camera
from walkdown_client.tools.gizmo import Ray
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]
NEAREST_M = 0.05
"""What is nearer to the eye than this has no pixel."""


class PictureHands:
    """The root of what a pointer takes hold of in the picture.

    Attributes:
        size: width and height of the picture in pixels.
    """

    def __init__(self, rig: camera.Rig, view: ViewState) -> None:
        self._rig, self._view = rig, view
        self.size = (1, 1)

    def _length_m(self, point: F64, length_px: float) -> float | None:
        """Return the metres that pixels at scale 1 are at a point (3,); None behind the eye."""
        depth = float((point - self._rig.pose.position) @ self._rig.pose.axes[1])
        if depth < NEAREST_M:
            return None
        across, _up = self._rig.lens.halves(depth)
        return length_px * self._view.preferences.ui_scale * 2 * float(across) / self.size[0]

    def _pixels(self, points: F64) -> F64:
        """Return (n, 2) where points (n, 3) of the site are in the picture, NaN behind the eye."""
        width, height = self.size
        seen = camera.project(self._rig.pose, self._rig.lens, points)
        pixels = np.stack([(seen[:, 0] + 1) / 2 * width, (1 - seen[:, 1]) / 2 * height], 1)
        return np.where(seen[:, 2:] > NEAREST_M, pixels, np.nan)

    def _ray(self, x: float, y: float) -> Ray:
        """Return the line of sight of a pixel."""
        width, height = self.size
        return camera.sight(self._rig.pose, self._rig.lens, 2 * x / width - 1, y=1 - 2 * y / height)
