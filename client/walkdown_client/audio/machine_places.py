"""Where machines stand: the box of all that each thing draws, by its row in the twin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown_client.placements import matrix
from walkdown_client.twin_index import NOTHING

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]

_CORNERS = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)], bool)


class Boxes(Protocol):
    """A table of elements with their boxes: (n, 3) metres in the frame of their model, NaN for none."""

    @property
    def lo(self) -> F32:
        """Low corners."""

    @property
    def hi(self) -> F32:
        """High corners."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one model draws.

    Attributes:
        thing_rows: (n,) the thing that each element belongs to, ``NOTHING`` for none.
        placement: twelve numbers, site_from_model.
    """

    elements: Boxes
    thing_rows: I32
    placement: tuple[float, ...]


def boxes_of_things(things: int, models: Iterable[Drawn]) -> tuple[F64, F64]:
    """Return low and high corners (things, 3), metres, site frame; NaN where a thing draws nothing."""
    low, high = np.full((things, 3), np.inf), np.full((things, 3), -np.inf)
    for model in models:
        rows = np.asarray(model.thing_rows)
        drawn = (rows != NOTHING) & (rows < things) & np.isfinite(model.elements.lo).all(1)
        rows, site = rows[drawn], matrix(model.placement)
        ends = model.elements.lo[drawn].astype(np.float64), model.elements.hi[drawn].astype(np.float64)
        for corner in _CORNERS:
            points = np.where(corner, ends[1], ends[0]) @ site[:, :3].T + site[:, 3]
            np.minimum.at(low, rows, points)
            np.maximum.at(high, rows, points)
    nothing = ~np.isfinite(low).all(1)
    low[nothing] = high[nothing] = np.nan
    return low, high
