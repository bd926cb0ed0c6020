"""Everything that people walk on and run into, tile by tile; tiles come, go and are asked one by one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import numpy.typing as npt

from walkdown_client.walk.facets import Facets, facets_of
from walkdown_client.walk.grid import Grid
from walkdown_client.walk.soup import F64, NOBODY, Mask

Box = tuple[F64, F64]
"""Lowest and highest corner, (3,) each, metres, site frame."""

EVERYWHERE: Box = (np.full(3, -np.inf), np.full(3, np.inf))


class Obstacles:
    """The tiles that are near, each with its own grid.

    A tile is *awaited* until its grid is put; where one is awaited nobody can say what there is.

    Attributes:
        revision: grows with every change.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._grids: dict[Hashable, Grid] = {}
        self._awaited: dict[Hashable, Box] = {}
        self._awaited_boxes = np.zeros((0, 2, 3))
        self._boxes = np.zeros((0, 2, 3))
        self._open: Mask = np.zeros(0, bool)

    @property
    def triangles(self) -> int:
        """How many triangles are held."""
        return sum(len(grid.soup) for grid in self._grids.values())

    def awaited(self, lo: F64, hi: F64) -> bool:
        """Tell whether a tile that touches a box, metres, site frame, has still to come."""
        boxes = self._awaited_boxes
        return bool(len(boxes)) and bool(((boxes[:, 0] <= hi) & (boxes[:, 1] >= lo)).all(1).any())

    def await_tile(self, key: Hashable, box: Box) -> None:
        """Say that a tile with this box will be put."""
        self._awaited[key] = box
        self._awaited_changed()

    def await_only(self, boxes: Mapping[Hashable, Box]) -> None:
        """Say which tiles will be put, and that no others will."""
        self._awaited = dict(boxes)
        self._awaited_changed()

    def put(self, key: Hashable, grid: Grid) -> None:
        """Take a tile, in place of the one of the same key."""
        self._forget_awaited(key)
        self._grids[key] = grid
        self._changed()

    def drop(self, key: Hashable) -> None:
        """Forget a tile, or that it was awaited."""
        self._forget_awaited(key)
        if self._grids.pop(key, None) is not None:
            self._changed()

    def let_through(self, drawn_ids: Mask) -> None:
        """Say by drawn id which elements stop nobody: open doors, and what is hidden."""
        if not np.array_equal(drawn_ids, self._open):
            self._open = drawn_ids.copy()
            self.revision += 1

    def around(self, lo: F64, hi: F64, *, blocking: bool = True) -> Facets:
        """Return the triangles whose boxes touch a box, metres, site frame.

        Args:
            blocking: leave out what lets people through.
        """
        origin = np.round((np.maximum(lo, -1e9) + np.minimum(hi, 1e9)) / 2)
        corners, owners = [np.zeros((0, 3, 3))], [np.zeros(0, np.int64)]
        touching = ((self._boxes[:, 0] <= hi) & (self._boxes[:, 1] >= lo)).all(1)
        grids = list(self._grids.values())
        for place in np.flatnonzero(touching).tolist():
            soup = grids[place].soup
            rows = grids[place].near(lo, hi)
            near = soup.corners[rows].astype(np.float64) + (soup.anchor - origin)
            inside = ((near.max(1) >= lo - origin) & (near.min(1) <= hi - origin)).all(1)
            corners.append(near[inside])
            owners.append(soup.owners[rows[inside]])
        owner = np.concatenate(owners)
        kept = ~self._lets_through(owner) if blocking else np.ones(len(owner), bool)
        return facets_of(origin, np.concatenate(corners)[kept], owner[kept])

    def _lets_through(self, owners: npt.NDArray[np.int64]) -> Mask:
        if not len(self._open):
            return np.zeros(len(owners), bool)
        known = (owners != NOBODY) & (owners < len(self._open))
        return np.asarray(known & self._open[np.where(known, owners, 0)])

    def _forget_awaited(self, key: Hashable) -> None:
        if self._awaited.pop(key, None) is not None:
            self._awaited_changed()

    def _awaited_changed(self) -> None:
        self._awaited_boxes = np.array(list(self._awaited.values())).reshape(-1, 2, 3)

    def _changed(self) -> None:
        self.revision += 1
        self._boxes = np.array([(grid.lo, grid.hi) for grid in self._grids.values()]).reshape(-1, 2, 3)
