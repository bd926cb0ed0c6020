"""Which pins stand for others where they are dense: those in one cell of a grid over the picture.

The grid goes along with the pins, so that what is gathered stays so while one turns or moves sideways. Arrays
only; a frame takes a few passes over the pins in view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Gathered:
    """Pins that are drawn: (k,) which of those in view, and for how many pins each stands."""

    drawn: Rows
    counts: I32


def gather(xs: F32, ys: F32, *, urgency: npt.NDArray[np.uint8], cell_px: tuple[float, float]) -> Gathered:
    """Return which of the pins in view are drawn.

    Args:
        xs, ys: (n,) pixels of their places from a point that goes along with the scene.
        urgency: (n,); of pins in one cell the most urgent one is drawn, the first of these.
        cell_px: width and height of a cell.
    """
    if not len(xs):
        return Gathered(np.zeros(0, np.intp), np.zeros(0, np.int32))
    across, upwards = _steps(xs, cell_px[0]), _steps(ys, cell_px[1])
    width, height = int(across.max()) + 1, int(upwards.max()) + 1
    cells = upwards * np.int32(width) + across
    # The most urgent one last, and of several the first one: it stays. Bytes are sorted by their digits.
    order = len(xs) - 1 - np.argsort(urgency[::-1], kind="stable")
    first = np.full(width * height, -1, np.intp)
    first[cells[order]] = order
    drawn = first[first >= 0]
    return Gathered(drawn, np.bincount(cells)[cells[drawn]].astype(np.int32))


def _steps(places: F32, size: float) -> I32:
    """Return in which column or row each place lies, the lowest being 0."""
    steps = np.floor(places * np.float32(1.0 / size)).astype(np.int32)
    return np.asarray(steps - steps.min())
