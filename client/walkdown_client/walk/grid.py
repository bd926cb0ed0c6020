"""Which triangles lie near a box: sparse cells in levels, so that neither a huge nor a lost triangle matters.

A triangle is filed on the first level whose cells are as large as it is, and so in at most eight cells. Only
cells that hold something exist. A cell's number is made of its level and its place modulo 2²⁰ (z: 2¹⁹) cells;
two that share a number cost a comparison of boxes, no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.walk.soup import F64, Soup

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

CELL_M = 1.0
GROWTH = 4
"""Cells of a level are this many times as large as those of the one before."""

LEVELS = 16
_X_BITS, _Y_BITS, _Z_BITS = 20, 20, 19
_CORNERS = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])


@dataclass(frozen=True, slots=True)
class Grid:
    """A soup with its cells.

    Attributes:
        lo, hi: (3,) float64 box of the soup, metres, site frame; empty when lo > hi.
        numbers: (k,) int64 sorted, the cells that hold something.
        starts: (k + 1,) int32, where each cell's triangles begin in ``rows``.
        rows: (m,) int32, triangles of the soup.
        levels: those that are used.
    """

    soup: Soup
    lo: F64
    hi: F64
    numbers: I64
    starts: I32
    rows: I32
    levels: tuple[int, ...]

    def near(self, lo: F64, hi: F64) -> I32:
        """Return the triangles, each once, whose cells touch a box, metres, site frame."""
        wanted = np.concatenate(
            [np.zeros(0, np.int64), *(_numbers_in(lo, hi, self.soup.anchor, level=n) for n in self.levels)]
        )
        place = np.searchsorted(self.numbers, wanted)
        place[place == len(self.numbers)] = 0
        place = place[self.numbers[place] == wanted] if len(self.numbers) else place[:0]
        rows = np.sort(self.rows[_ranges(self.starts[place], self.starts[place + 1])])
        return rows[np.diff(rows, prepend=-1) > 0]


def make_grid(soup: Soup) -> Grid:
    """File all triangles of a soup; may run in any thread."""
    if not len(soup):
        nothing = np.zeros(0, np.int64)
        one = np.ones(3)
        return Grid(soup, one, -one, nothing, np.zeros(1, np.int32), np.zeros(0, np.int32), ())
    low, high = soup.corners.min(1), soup.corners.max(1)
    extent = (high - low).max(1).astype(np.float64) * 1.0001 / CELL_M
    levels = np.ceil(np.log(np.maximum(extent, 1.0)) / np.log(GROWTH)).astype(np.int64).clip(0, LEVELS - 1)
    size = (CELL_M * GROWTH**levels)[:, None]
    first, last = np.floor(low / size).astype(np.int64), np.floor(high / size).astype(np.int64)
    numbers, rows = _cells_of(first, last, levels)
    order = np.argsort(numbers, kind="stable")
    numbers, rows = numbers[order], rows[order]
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    return Grid(
        soup,
        soup.anchor + low.min(0),
        soup.anchor + high.max(0),
        numbers[begins],
        np.append(begins, len(rows)).astype(np.int32),
        rows,
        tuple(np.unique(levels).tolist()),
    )


def _cells_of(first: I64, last: I64, levels: I64) -> tuple[I64, I32]:
    """Return the number of every cell that a triangle's box touches, and whose it is."""
    span = last - first
    found = []
    for corner in _CORNERS:
        rows = np.flatnonzero((span >= corner).all(1))
        cells = first[rows] + corner
        found.append((_number(cells, levels[rows]), rows.astype(np.int32)))
    numbers, owners = zip(*found, strict=True)
    return np.concatenate(numbers), np.concatenate(owners)


def _number(cells: I64, levels: I64 | int) -> I64:
    x, y, z = cells[..., 0], cells[..., 1], cells[..., 2]
    wrapped = (x & (1 << _X_BITS) - 1) << _Y_BITS + _Z_BITS | (y & (1 << _Y_BITS) - 1) << _Z_BITS
    number: I64 = wrapped | z & (1 << _Z_BITS) - 1 | np.asarray(levels, np.int64) << 59
    return number


def _numbers_in(lo: F64, hi: F64, anchor: F64, *, level: int) -> I64:
    size = CELL_M * GROWTH**level
    first = np.floor((lo - anchor) / size).astype(np.int64)
    last = np.floor((hi - anchor) / size).astype(np.int64)
    x, y, z = (np.arange(first[axis], last[axis] + 1) for axis in range(3))
    cells = np.stack(np.meshgrid(x, y, z, indexing="ij"), -1).reshape(-1, 3)
    return _number(cells, level)


def _ranges(starts: I32, ends: I32) -> npt.NDArray[np.intp]:
    """Return all numbers of several half-open ranges, one after the other."""
    counts = (ends - starts).astype(np.intp)
    total = int(counts.sum())
    if not total:
        return np.zeros(0, np.intp)
    shift = np.repeat(starts.astype(np.intp) - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return np.asarray(np.arange(total) + shift, np.intp)
