"""Site points to window pixels, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase

F32 = npt.NDArray[np.float32]

_AHEAD_M = 0.05
"""What is nearer to the eye, or behind it, is not ahead."""


@dataclass(frozen=True)
class Projected:
    """Where points are on the window.

    Attributes:
        pixels: (n, 2) float32, y up; meaningless where not ``ahead``.
        depth: (n,) float32 as the depth buffer has it, 0 to 1.
        distance: (n,) float32 metres along the view.
        ahead: (n,) bool, in front of the eye.
        visible: (n,) bool, on the window.
    """

    pixels: F32
    depth: F32
    distance: F32
    ahead: npt.NDArray[np.bool_]
    visible: npt.NDArray[np.bool_]


class Projection:
    """The camera of one frame.

    Attributes:
        window: width and height in pixels.
        eye: (3,) where it is, measured from the scene's zero, metres. forward: (3,) where it looks.
        orthogonal: whether what is far is as large as what is near.
        focal_px: pixels of a metre at a distance of a metre, or of an orthogonal lens at any distance.
    """

    def __init__(self, base: ShowBase, zero: npt.ArrayLike = (0.0, 0.0, 0.0)) -> None:
        """Take the camera as it is.

        Args:
            base: with the camera and its lens.
            zero: (3,) the point of the site from which the scene is measured.
        """
        self._zero = np.asarray(zero, np.float64)
        lens = base.camLens
        clip_from_site = base.render.get_mat(base.cam) * lens.get_projection_mat()
        self._matrix = np.array(clip_from_site, np.float64).reshape(4, 4)
        self.window = base.win.get_x_size(), base.win.get_y_size()
        self.eye = np.array(base.cam.get_pos(base.render), np.float64)
        self.orthogonal = lens.is_orthographic()
        metre = 1.0 if self.orthogonal else lens.get_focal_length()
        self.focal_px = self.window[0] / lens.get_film_size()[0] * metre
        forward = base.render.get_relative_vector(base.cam, (0, 1, 0))
        self.forward = np.array(forward, np.float64)

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """(4, 4) clip from scene, for row vectors of points measured from the scene's zero."""
        return self._matrix

    def project(self, points: npt.ArrayLike) -> Projected:
        """Project (n, 3) points of the site frame, metres."""
        p = np.asarray(points, np.float64).reshape(-1, 3) - self._zero
        clip = np.concatenate([p, np.ones((len(p), 1))], 1) @ self._matrix
        w = (p - self.eye) @ self.forward if self.orthogonal else clip[:, 3]
        ahead = w > _AHEAD_M
        ndc = clip[:, :3] if self.orthogonal else clip[:, :3] / np.where(ahead, w, 1.0)[:, None]
        pixels = (ndc[:, :2] * 0.5 + 0.5) * self.window
        inside = ahead & (np.abs(ndc[:, :2]) <= 1.0).all(1)
        return Projected(
            pixels.astype(np.float32),
            (ndc[:, 2] * 0.5 + 0.5).astype(np.float32),
            w.astype(np.float32),
            ahead,
            inside,
        )

    def ray(self, x: float, y: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return where the ray through the middle of a window pixel starts, and its unit direction.

        Args:
            x, y: pixel, (0, 0) at the top left.
        """
        ndc = np.array([(x + 0.5) / self.window[0] * 2 - 1, 1 - (y + 0.5) / self.window[1] * 2])
        ends = np.array([[*ndc, -1.0, 1.0], [*ndc, 1.0, 1.0]]) @ np.linalg.inv(self._matrix)
        near, far = ends[:, :3] / ends[:, 3:]
        return near + self._zero, (far - near) / np.linalg.norm(far - near)

    def pixels_per_metre(self, distance: npt.ArrayLike) -> F32:
        """(n,) how long a metre across the view is at these distances."""
        if self.orthogonal:
            return np.full(np.shape(distance), self.focal_px, np.float32)
        return np.asarray(self.focal_px / np.maximum(np.asarray(distance, np.float32), 0.05), np.float32)

    def anchors(self, found: Projected) -> F32:
        """(n, 4) what a quad needs to know when something covers its anchor: u, v, depth, 1."""
        uv = found.pixels / np.asarray(self.window, np.float32)
        return np.concatenate([uv, found.depth[:, None], np.ones((len(uv), 1), np.float32)], 1)
