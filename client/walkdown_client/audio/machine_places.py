"""Where things are: boxes of all that each draws, and the nearest part of what is long, such as a conveyor.

A long thing is heard from its nearest part, and near by it is quieter than if all its sound came from there:
sources spread evenly along a length L make, at the distance r from their middle, r · α / L times the sound of
one point, where α = 2 · arctan(L / 2r) is the angle under which they are seen (D. A. Bies, C. H. Hansen,
Engineering Noise Control, chapter 5, incoherent line source).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown_client.placements import matrix
from walkdown_client.twin_index import NOTHING

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

LONG_M = 6.0
"""What is smaller is a point."""


class Elements(Protocol):
    """A table of elements and their boxes: (n, 3) metres, frame of the model, each with all below it."""

    @property
    def lo(self) -> F32:
        """Low corners."""

    @property
    def hi(self) -> F32:
        """High corners."""

    @property
    def triangles(self) -> npt.NDArray[np.uint32]:
        """How many each draws itself."""

    @property
    def kinds(self) -> Sequence[str]:
        """What each is, in words."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one model draws.

    Attributes:
        thing_rows: (n,) the thing that each element belongs to, ``NOTHING`` for none.
        placement: twelve numbers, site_from_model.
    """

    elements: Elements
    thing_rows: I32
    placement: tuple[float, ...]


def site_boxes(model: Drawn) -> tuple[F64, F64]:
    """Return low and high corners (n, 3) of a model's elements, metres, site frame; NaN for none."""
    site = matrix(model.placement)
    lo, hi = model.elements.lo.astype(np.float64), model.elements.hi.astype(np.float64)
    with np.errstate(invalid="ignore"):
        lo, hi = np.where(np.isfinite(lo), lo, np.nan), np.where(np.isfinite(hi), hi, np.nan)
        middle = (lo + hi) / 2 @ site[:, :3].T + site[:, 3]
        half = (hi - lo) / 2 @ np.abs(site[:, :3]).T
    return middle - half, middle + half


class Whereabouts:
    """Where all things of a twin are.

    Args:
        things: how many there are.

    Attributes:
        low, high: (things, 3) metres, site frame, NaN where a thing draws nothing.
    """

    def __init__(self, things: int, models: Iterable[Drawn] = ()) -> None:
        self._rows, self._lo, self._hi, self._own = _parts(things, models)
        self.low, self.high = (np.full((things, 3), np.nan) for _corner in range(2))
        starts = np.flatnonzero(np.diff(self._rows, prepend=-1))
        if len(starts):
            self.low[self._rows[starts]] = np.minimum.reduceat(self._lo, starts)
            self.high[self._rows[starts]] = np.maximum.reduceat(self._hi, starts)

    def __len__(self) -> int:
        """Return the number of things."""
        return len(self.low)

    @property
    def middles(self) -> F64:
        """(things, 3)."""
        return np.asarray((self.low + self.high) / 2)

    def spread(self, rows: Rows) -> Spread:
        """Return the long ones among some things."""
        long = np.nan_to_num((self.high - self.low)[rows].max(1, initial=0.0), nan=0.0) > LONG_M
        kept = np.flatnonzero(long)
        place = np.full(len(self) + 1, NOTHING)
        place[rows[kept]] = kept
        mine = np.flatnonzero((place[self._rows] != NOTHING) & self._own)
        owners = place[self._rows[mine]]
        lengths = (self.high - self.low)[rows[np.unique(owners)]].max(1, initial=0.0)
        return Spread(owners, (self._lo[mine], self._hi[mine]), lengths)


class Spread:
    """The parts of long things, those of one thing one after the other.

    Args:
        owners: (e,) which of the things that were asked for each part belongs to, ascending.
        boxes: low and high corners (e, 3) of the parts.

    Attributes:
        places: (k,) which of the things that were asked for are long. lengths: (k,) metres.
    """

    def __init__(self, owners: Rows, boxes: tuple[F64, F64], lengths: F64) -> None:
        (self._lo, self._hi), self.lengths = boxes, lengths
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))
        self.places = owners[self._starts]
        self._counts = np.diff(self._starts, append=len(owners))

    def nearest(self, ears: F64) -> F64:
        """Return the place of each thing's nearest part, (k, 3): the point of its box next to ``ears``."""
        if not len(self._starts):
            return np.zeros((0, 3))
        points = np.minimum(np.maximum(ears, self._lo), self._hi)
        away = ((points - ears) ** 2).sum(1)
        least = np.repeat(np.minimum.reduceat(away, self._starts), self._counts)
        first = np.flatnonzero(away == least)
        owner = np.searchsorted(self._starts, first, side="right") - 1
        chosen = first[np.flatnonzero(np.diff(owner, prepend=-1))]
        return np.asarray(points[chosen])


def spread_db(lengths: F64, distances: F64) -> F64:
    """Return how much quieter long sources are than points at the same distance; (k,), 0 or below."""
    ratio = np.maximum(distances, 1.0) / np.maximum(lengths, 1e-6)
    return np.asarray(10 * np.log10(np.minimum(ratio * 2 * np.arctan(0.5 / ratio), 1.0)))


def _parts(things: int, models: Iterable[Drawn]) -> tuple[Rows, F64, F64, Bools]:
    """Return the thing of each element that has one, ascending, the elements' boxes, and who draws itself."""
    rows, lows, highs = [np.zeros(0, np.intp)], [np.zeros((0, 3))], [np.zeros((0, 3))]
    draws = [np.zeros(0, bool)]
    for model in models:
        lo, hi = site_boxes(model)
        mine = np.asarray(model.thing_rows, np.intp)
        drawn = (mine != NOTHING) & (mine < things) & np.isfinite(lo).all(1) & np.isfinite(hi).all(1)
        rows.append(mine[drawn])
        lows.append(lo[drawn])
        highs.append(hi[drawn])
        draws.append(np.asarray(model.elements.triangles)[drawn] > 0)
    owners = np.concatenate(rows)
    order = np.argsort(owners, kind="stable")
    lo, hi = np.concatenate(lows)[order], np.concatenate(highs)[order]
    return owners[order], lo, hi, np.concatenate(draws)[order]
