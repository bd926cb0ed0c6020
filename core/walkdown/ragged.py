"""Many rows of different length in one array, so that one call does for all what a loop would do for each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]


class Ragged(NamedTuple):
    """The elements of all rows, row by row: of each its row, and its place in that row; both (m,)."""

    row: Ints
    place: Ints


def ragged(counts: Ints) -> Ragged:
    """Return the elements of rows that have (k,) ``counts`` elements."""
    row = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return Ragged(row, np.arange(len(row)) - first[row])
