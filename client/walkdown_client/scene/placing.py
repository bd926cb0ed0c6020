"""Finds a place on the window for each card: near its anchor, off the others, and where it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Offset = tuple[float, float]

_CANDIDATES: tuple[Offset, ...] = (
    (0.0, 1.0), (0.7, 0.8), (-0.7, 0.8), (1.2, 0.3), (-1.2, 0.3), (0.0, 1.9),
    (1.0, 1.6), (-1.0, 1.6), (1.3, -0.4), (-1.3, -0.4), (0.0, -1.1), (0.8, -1.0), (-0.8, -1.0),
    (0.0, 2.8), (1.4, 2.3), (-1.4, 2.3),
)  # fmt: skip
"""Directions from the anchor in units of reach, the most wanted first."""

_REACH_PX = 92.0
_MARGIN_PX = 6.0
_STAY_BONUS = 0.9
_OVERLAP_COST, _OUTSIDE_COST, _COVERS_ANCHOR_COST = 12.0, 6.0, 2.0


@dataclass(frozen=True)
class Box:
    """A rectangle by its middle and size, pixels."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Share of this box that the other covers."""
        w = min(self.x + self.width / 2, other.x + other.width / 2) - max(
            self.x - self.width / 2, other.x - other.width / 2
        )
        h = min(self.y + self.height / 2, other.y + other.height / 2) - max(
            self.y - self.height / 2, other.y - other.height / 2
        )
        return max(w, 0.0) * max(h, 0.0) / (self.width * self.height) if w > 0 and h > 0 else 0.0


def place_cards(
    anchors: Sequence[Offset],
    sizes: Sequence[Offset],
    *,
    window: tuple[int, int],
    before: Sequence[int],
    taken: Sequence[Box] = (),
) -> list[tuple[int, Box]]:
    """Choose a candidate for each card, in the order given.

    Args:
        anchors: pixel of the thing that each card is about.
        sizes: width and height of each card.
        window: width and height.
        before: the candidate each card had in the last frame, or -1; kept unless another is clearly better.
        taken: boxes that are occupied already.

    Returns:
        The number of the candidate and the box of each card.
    """
    placed: list[tuple[int, Box]] = []
    boxes = list(taken)
    for anchor, size, last in zip(anchors, sizes, before, strict=True):
        options = [_box_at(anchor, size, c) for c in _CANDIDATES]
        costs = [_cost(box, i, boxes=boxes, anchors=anchors, window=window) for i, box in enumerate(options)]
        if last >= 0:
            costs[last] -= _STAY_BONUS
        best = min(range(len(costs)), key=costs.__getitem__)
        box = _inside(options[best], window)
        boxes.append(box)
        placed.append((best, box))
    return placed


def _box_at(anchor: Offset, size: Offset, candidate: Offset) -> Box:
    dx, dy = candidate
    x = anchor[0] + dx * (_REACH_PX * 0.6 + size[0] / 2)
    y = anchor[1] + dy * (_REACH_PX * 0.5 + size[1] / 2)
    return Box(x, y, size[0], size[1])


def _cost(
    box: Box, rank: int, *, boxes: Sequence[Box], anchors: Sequence[Offset], window: tuple[int, int]
) -> float:
    grown = Box(box.x, box.y, box.width + 2 * _MARGIN_PX, box.height + 2 * _MARGIN_PX)
    cost = 0.12 * rank + _OVERLAP_COST * sum(grown.overlap(b) for b in boxes)
    frame = Box(window[0] / 2, window[1] / 2, window[0], window[1])
    cost += _OUTSIDE_COST * (1.0 - box.overlap(frame))
    covered = sum(abs(x - box.x) < box.width / 2 and abs(y - box.y) < box.height / 2 for x, y in anchors)
    return cost + _COVERS_ANCHOR_COST * covered


def _inside(box: Box, window: tuple[int, int]) -> Box:
    """Push a box back onto the window, at whole pixels so that letters stay sharp."""
    x = min(max(box.x, box.width / 2 + 4), max(window[0] - box.width / 2 - 4, box.width / 2))
    y = min(max(box.y, box.height / 2 + 4), max(window[1] - box.height / 2 - 4, box.height / 2))
    return Box(round(x), round(y), box.width, box.height)
