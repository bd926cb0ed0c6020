"""What section planes cut away, as the shaders are told: planes, and that each pass takes part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath, PTA_LVecBase4f, UnalignedLVecBase4f

from walkdown.messages import Plane

CUTS_MAX = 16
"""As in ``shaders/sections.glsl``."""


class Sections:
    """The section of one scene.

    Attributes:
        planes: what cuts; site frame. on: whether anything does.
    """

    def __init__(self, root: NodePath) -> None:
        self._root = root
        self.planes: tuple[Plane, ...] = ()
        self.measure_from(np.zeros(3))

    @property
    def on(self) -> bool:
        """Whether anything is cut away."""
        return bool(self.planes)

    def put(self, planes: Sequence[Plane]) -> None:
        """Cut by other planes; those after the sixteenth are left out."""
        self.planes = tuple(planes)[:CUTS_MAX]
        self._tell()

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """Say from which point (3,) of the site the scene is measured."""
        self._zero = np.asarray(zero, np.float64)
        self._tell()

    def keeps(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return (n,) which points (n, 3) of the site are not cut away."""
        at = np.asarray(points, np.float64).reshape(-1, 3) - self._zero
        rows = self._equations()
        return np.asarray((at @ rows[:, :3].T <= rows[:, 3]).all(1))

    def _equations(self) -> npt.NDArray[np.float64]:
        """Return (n, 4): normal and offset from the scene's zero."""
        normals = np.array([plane.normal for plane in self.planes], np.float64).reshape(-1, 3)
        points = np.array([plane.point for plane in self.planes], np.float64).reshape(-1, 3) - self._zero
        return np.concatenate([normals, (normals * points).sum(1, keepdims=True)], 1)

    def _tell(self) -> None:
        rows = np.zeros((CUTS_MAX, 4))
        rows[: len(self.planes)] = self._equations()
        table = PTA_LVecBase4f([UnalignedLVecBase4f(*row) for row in rows.tolist()])
        self._root.set_shader_inputs(cuts=table, cut_count=len(self.planes))
