"""Opens a hall for the overview: the roof goes, and walls before the inside turn to lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.package.model import LAYERS
from walkdown_client.scene.element_state import GHOST, HIDDEN
from walkdown_client.scene.hall import ROOF_WORDS, WALL_WORDS, Hall, Names, drawn
from walkdown_client.scene.tables import F32, Elements

_AT_WALL_M = 1.5
"""A shell element this near to the outside belongs to that side."""

_BEAM_WORDS = ("beam",)


class CutAway:
    """What must go for a view from outside."""

    def __init__(self, elements: Elements, hall: Hall) -> None:
        there, names = drawn(elements), Names(elements)
        layers = np.asarray(elements.layers)
        shell = (layers == LAYERS.index("shell")) & there
        if not shell.any():
            shell = names.match(WALL_WORDS) & there
        glass = (layers == LAYERS.index("glass")) & there
        high = elements.lo[:, 2] > hall.lo[2] + 0.55 * (hall.hi[2] - hall.lo[2])
        beams = names.match(_BEAM_WORDS) & high & there
        self._roof = (names.match(ROOF_WORDS) & high & there) | (beams & shell)
        self._sides = (
            _sides_of(elements.lo, elements.hi, hall) & (shell | glass)[:, None] & ~self._roof[:, None]
        )
        self._hall = hall
        self._seen = -1

    def flags_for(
        self, eye: Sequence[float] | npt.NDArray[np.floating] | None
    ) -> npt.NDArray[np.uint8] | None:
        """Return one byte of flags for each element, or None when they are still what was returned last.

        Args:
            eye: (3,) where the camera is, or None for nothing cut.
        """
        sides = 0 if eye is None else 16 + self._facing(np.asarray(eye, np.float64))
        if sides == self._seen:
            return None
        self._seen = sides
        flags = np.zeros(len(self._roof), np.uint8)
        if eye is not None:
            near = self._sides[:, [bool(sides & (1 << i)) for i in range(4)]].any(1)
            flags[near] = GHOST
            flags[self._roof] = HIDDEN
        return flags

    def _facing(self, eye: npt.NDArray[np.float64]) -> int:
        lo, hi = self._hall.lo, self._hall.hi
        outside = (eye[0] < lo[0], eye[0] > hi[0], eye[1] < lo[1], eye[1] > hi[1])
        if not any(outside):  # from above: the two sides that the eye is nearer to
            middle = (lo + hi) / 2
            outside = (eye[0] < middle[0], eye[0] >= middle[0], eye[1] < middle[1], eye[1] >= middle[1])
        return sum(1 << i for i, out in enumerate(outside) if out)


def _sides_of(lo: F32, hi: F32, hall: Hall) -> npt.NDArray[np.bool_]:
    """(n, 4) whether an element stands at low x, high x, low y, high y."""
    with np.errstate(invalid="ignore"):
        return np.stack(
            [
                hi[:, 0] < hall.lo[0] + _AT_WALL_M,
                lo[:, 0] > hall.hi[0] - _AT_WALL_M,
                hi[:, 1] < hall.lo[1] + _AT_WALL_M,
                lo[:, 1] > hall.hi[1] - _AT_WALL_M,
            ],
            1,
        )


def is_outside(hall: Hall, eye: npt.NDArray[np.floating], *, now_outside: bool) -> bool:
    """Whether the eye sees the hall from outside; a metre of slack keeps it from flickering."""
    slack = -0.3 if now_outside else 0.7
    low, high = hall.lo - slack, hall.hi + slack
    return bool((eye < low).any() or (eye > high).any())
