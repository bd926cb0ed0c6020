"""The lens of the main camera: a perspective one, or an orthogonal one in its place."""

from __future__ import annotations

from collections.abc import Callable

from direct.showbase.ShowBase import ShowBase
from panda3d.core import Lens, OrthographicLens


class Lenses:
    """Changes ``base.camLens``; whoever looks through the same lens is told.

    Args:
        told: is given the lens when another one is used.
    """

    def __init__(self, base: ShowBase, told: Callable[[Lens], object]) -> None:
        self._base, self._told = base, told
        self._perspective: Lens = base.camLens
        self._flat = OrthographicLens()

    def use(self, *, aspect: float, fov_deg: float, height_m: float) -> None:
        """See ``fov_deg`` from left to right.

        Args:
            height_m: above 0, see so much from top to bottom instead, at any distance.
        """
        lens = self._flat if height_m > 0 else self._perspective
        if height_m > 0:
            lens.set_film_size(height_m * aspect, height_m)
        else:
            lens.set_aspect_ratio(aspect)
            lens.set_fov(fov_deg)
        self._take(lens)

    def _take(self, lens: Lens) -> None:
        if self._base.camLens is lens:
            return
        lens.set_near_far(self._base.camLens.get_near(), self._base.camLens.get_far())
        self._base.camNode.set_lens(lens)
        self._base.camLens = lens
        self._told(lens)

    def close(self) -> None:
        """Leave the camera with a perspective lens, as it was."""
        self._take(self._perspective)
