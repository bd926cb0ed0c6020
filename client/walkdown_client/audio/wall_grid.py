"""Boxes filed in squares seen from above, so that only those near a line are looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.ragged import Ints, ragged
from walkdown_client.audio.wall_boxes import WallBoxes

F32 = npt.NDArray[np.float32]

CELL_M, _CELLS_MAX, _WIDE_CELLS = 6.0, 512, 256
_STEP = 0.7
"""How far apart a path is looked up in the grid, in cells."""

_STEPS_MAX = 48


class WallGrid:
    """Squares seen from above, and which boxes reach into each or are near it.

    Args:
        reach_m: what is no farther from a line than this counts as near.
    """

    def __init__(self, boxes: WallBoxes, *, reach_m: float) -> None:
        margin = reach_m + CELL_M * _STEP / 2
        centres, reach = boxes.centres[:, :2], boxes.reach[:, :2] + margin
        low, high = centres - reach, centres + reach
        self._low = low.min(0) if len(boxes) else np.zeros(2, np.float32)
        extent = float((high.max(0) - self._low).max()) if len(boxes) else 0.0
        self._cell_m = max(CELL_M, extent / _CELLS_MAX)
        self._wide = int(extent / self._cell_m) + 1
        first = ((low - self._low) / self._cell_m).astype(np.intp)
        spans = ((high - self._low) / self._cell_m).astype(np.intp) - first + 1
        large = spans.prod(1) > _WIDE_CELLS
        self._everywhere = np.flatnonzero(large)
        self._file(first[~large], spans[~large], np.flatnonzero(~large))

    def _file(self, first: Ints, spans: Ints, rows: Ints) -> None:
        box, place = ragged(spans.prod(1))
        x = first[box, 0] + place % spans[box, 0]
        cells = x + self._wide * (first[box, 1] + place // spans[box, 0])
        order = np.argsort(cells, kind="stable")
        self._boxes = rows[box[order]]
        counts = np.bincount(cells, minlength=self._wide * self._wide)
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def along(self, start: F32, ends: F32) -> tuple[Ints, Ints]:
        """Return rows of lines' ends and of boxes that are near the line there; some pairs come twice."""
        source, cells = self._cells(start, ends)
        counts = self._starts[cells + 1] - self._starts[cells]
        visit, place = ragged(counts)
        found = self._boxes[self._starts[cells[visit]] + place]
        count = len(self._everywhere)
        every = np.repeat(np.arange(len(ends)), count), np.tile(self._everywhere, len(ends))
        return np.concatenate([source[visit], every[0]]), np.concatenate([found, every[1]])

    def _cells(self, start: F32, ends: F32) -> tuple[Ints, Ints]:
        """Return rows of lines and the cells that each goes through."""
        way = ends[:, :2] - start[:2]
        length_m = np.sqrt((way * way).sum(1))
        steps = np.minimum(np.ceil(length_m / (self._cell_m * _STEP)).astype(np.intp) + 1, _STEPS_MAX)
        source, place = ragged(steps)
        share = place / np.maximum(steps - 1, 1)[source]
        at = np.floor((start[:2] + way[source] * share[:, None] - self._low) / self._cell_m).astype(np.intp)
        inside = ((at >= 0) & (at < self._wide)).all(1)
        cells = at[:, 0] + self._wide * at[:, 1]
        fresh = np.ones(len(cells), bool)
        fresh[1:] = (cells[1:] != cells[:-1]) | (source[1:] != source[:-1])
        kept = inside & fresh
        return source[kept], cells[kept]
