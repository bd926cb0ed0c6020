"""Where people are, in cells of 25 m by 25 m on storeys of 4 m, and who is in reach of a cell.

Pure. A cell is one int64, its *key*: storey, then row, then column, so that a run of cells side by side is a
run of keys and all people in it stand together once people are sorted by key. What is in reach of a cell is a
few such runs. Storeys are layers of the height of heads: models do not say where their floors are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CELL_MM, STOREY_MM = 25_000, 4_000
NEAR, RING = 1, 3
"""So many cells away at most: 3 × 3 cells are near, the rest of 7 × 7 is the ring."""

NOWHERE = -1
"""Key of somebody whose place is not known."""

_COLUMN_BITS, _STOREY_SHIFT = 18, 36
_HALF_CELLS, _HALF_STOREYS = 1 << 17, 1 << 19
_ROW, _STOREY = 1 << _COLUMN_BITS, 1 << _STOREY_SHIFT
_PLACE_MASK = _ROW - 1
_HALF = _HALF_STOREYS * _STOREY + _HALF_CELLS * _ROW + _HALF_CELLS

Keys = npt.NDArray[np.int64]
Runs = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]

NEAR_RUNS: Runs = np.array([[row * _ROW - NEAR, row * _ROW + NEAR] for row in range(-NEAR, NEAR + 1)])
"""(3, 2) first and last key of each run of near cells, less the cell's own key: on the same storey."""

RING_RUNS: Runs = np.array(
    [
        [storey * _STOREY + row * _ROW + first, storey * _STOREY + row * _ROW + last]
        for storey in (-1, 0, 1)
        for row in range(-RING, RING + 1)
        for first, last in (
            [(-RING, -NEAR - 1), (NEAR + 1, RING)] if storey == 0 and abs(row) <= NEAR else [(-RING, RING)]
        )
    ]
)
"""(23, 2) the same for the ring: 7 × 7 cells but the near ones, and 7 × 7 on the storeys above and below."""


def keys_of(positions_mm: npt.NDArray[np.int64]) -> Keys:
    """Return (n,) keys of positions (n, 3) in mm, site frame, at most 10⁹ from the origin along each axis."""
    columns = positions_mm[:, 0] // CELL_MM + _HALF_CELLS
    rows = positions_mm[:, 1] // CELL_MM + _HALF_CELLS
    storeys = positions_mm[:, 2] // STOREY_MM + _HALF_STOREYS
    return storeys * _STOREY + rows * _ROW + columns


def reach(keys: Keys, viewer: int) -> tuple[Bits, Bits]:
    """Return (n,) which of the keys are near a viewer's cell, and which are near or in its ring."""
    there = (keys != NOWHERE) & (viewer != NOWHERE)
    apart = keys - viewer + _HALF
    storeys = (apart >> _STOREY_SHIFT) - _HALF_STOREYS
    rows = np.abs((apart >> _COLUMN_BITS & _PLACE_MASK) - _HALF_CELLS)
    columns = np.abs((apart & _PLACE_MASK) - _HALF_CELLS)
    cells = np.maximum(rows, columns)
    return there & (storeys == 0) & (cells <= NEAR), there & (np.abs(storeys) <= 1) & (cells <= RING)


def gather(viewers: Keys, keys: Keys, runs: Runs) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Find for each viewer's cell what lies in the runs around it.

    Args:
        viewers: (v,) keys. keys: (n,) ascending.

    Returns:
        Positions in ``keys``, viewer after viewer, and (v,) how many each has.
    """
    edges = viewers[:, None, None] + runs
    first = np.searchsorted(keys, edges[:, :, 0])
    sizes = np.searchsorted(keys, edges[:, :, 1], side="right") - first
    ends = np.cumsum(sizes)
    places = np.repeat(first.ravel() - (ends - sizes.ravel()), sizes.ravel()) + np.arange(
        ends[-1] if ends.size else 0
    )
    return places, sizes.sum(1)
