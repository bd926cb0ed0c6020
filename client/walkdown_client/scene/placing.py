"""Finds a place on the window for each card: near its anchor, off the others, and where it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Offset = tuple[float, float]
Area = tuple[float, float, float, float]

_RINGS = (1.0, 1.9, 2.8, 3.8)
_ANGLES_DEG = (90, 60, 120, 30, 150, 0, 180, -30, 210, -60, 240, -90)
"""Directions from the anchor, the most wanted first."""

_REACH_PX = np.array([55.0, 46.0])
_MARGIN_PX = 6.0
_STAY_BONUS = 0.9
_RANK_COST, _TOUCH_COST, _OVERLAP_COST, _OUTSIDE_COST, _COVERS_ANCHOR_COST = 0.1, 4.0, 12.0, 6.0, 2.0


@dataclass(frozen=True)
class Box:
    """A rectangle by its middle and size, pixels."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Share of this box that the other covers."""
        shares = _overlaps(self.row(), other.row())
        return float(shares[0, 0])

    def row(self) -> F64:
        """(1, 4) the same as an array."""
        return np.array([[self.x, self.y, self.width, self.height]])


def place_cards(
    anchors: Sequence[Offset],
    sizes: Sequence[Offset],
    *,
    area: Area,
    before: Sequence[int],
) -> list[tuple[int, Box]]:
    """Choose a candidate for each card, in the order given.

    Args:
        anchors: pixel of the thing that each card is about.
        sizes: width and height of each card.
        area: the part of the window that is free: left, bottom, right, top.
        before: the candidate each card had in the last frame, or -1; kept unless another is clearly better.

    Returns:
        The number of the candidate and the box of each card.
    """
    placed: list[tuple[int, Box]] = []
    boxes = np.zeros((0, 4))
    points = np.asarray(anchors, np.float64).reshape(-1, 2)
    for anchor, size, last in zip(points, sizes, before, strict=True):
        options = _options(anchor, np.asarray(size, np.float64), area)
        costs = _costs(options, boxes=boxes, anchors=points, area=area)
        if last >= 0:
            costs[last] -= _STAY_BONUS
        best = int(costs.argmin())
        box = np.rint(options[best])
        box[2:] = size
        boxes = np.vstack([boxes, box])
        placed.append((best, Box(*box.tolist())))
    return placed


def _candidates() -> F64:
    angles = np.radians(_ANGLES_DEG)
    ring = np.stack([1.3 * np.cos(angles), np.sin(angles)], 1)
    return np.concatenate([ring * r for r in _RINGS])


_CANDIDATES = _candidates()


def _options(anchor: F64, size: F64, area: Area) -> F64:
    """(c, 4) boxes of all candidates, pushed back into the area."""
    middles = anchor + _CANDIDATES * (_REACH_PX + size / 2)
    low = np.asarray(area[:2]) + size / 2 + 4
    high = np.maximum(np.asarray(area[2:]) - size / 2 - 4, low)
    inside = np.clip(middles, low, high)
    return np.concatenate([inside, np.broadcast_to(size, inside.shape)], 1)


def _costs(options: F64, *, boxes: F64, anchors: F64, area: Area) -> F64:
    grown = options + np.array([0, 0, 2 * _MARGIN_PX, 2 * _MARGIN_PX])
    shares = _overlaps(grown, boxes)
    costs = (
        _RANK_COST * np.arange(len(options))
        + _TOUCH_COST * (shares > 0).sum(1)
        + _OVERLAP_COST * shares.sum(1)
    )
    left, bottom, right, top = area
    frame = np.array([[(left + right) / 2, (bottom + top) / 2, right - left, top - bottom]])
    costs += _OUTSIDE_COST * (1.0 - _overlaps(options, frame)[:, 0])
    away = np.abs(options[:, None, :2] - anchors)
    return np.asarray(costs + _COVERS_ANCHOR_COST * (away < options[:, None, 2:] / 2).all(2).sum(1))


def _overlaps(boxes: F64, others: F64) -> F64:
    """(n, m) share of each box that each other covers."""
    low = np.maximum((boxes[:, :2] - boxes[:, 2:] / 2)[:, None], others[:, :2] - others[:, 2:] / 2)
    high = np.minimum((boxes[:, :2] + boxes[:, 2:] / 2)[:, None], others[:, :2] + others[:, 2:] / 2)
    return np.asarray(np.maximum(high - low, 0.0).prod(2) / boxes[:, 2:].prod(1)[:, None])
