"""Equal rows become one: the vertices that several triangles share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[Any]


def unique_rows(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return the first row of each kind, kinds sorted by column, and for each row the number of its kind.

    Args:
        columns: (n,) whole numbers from 0 each.
    """
    number = np.asarray(columns[0])
    for column in columns[1:]:
        together = number * (int(column.max(initial=0)) + 1) + column
        number = np.unique(together, return_inverse=True)[1].reshape(-1)
    _kinds, first = np.unique(number, return_index=True)
    return first, np.searchsorted(number[first], number) if len(columns) == 1 else number


def number_points(points: npt.NDArray[Any]) -> Ints:
    """Return (n,) numbers of (n, k) points: bitwise equal ones share one, in the order of their bytes."""
    rows = np.ascontiguousarray(points + np.zeros((), points.dtype))  # −0 becomes 0
    whole = rows.view([("", f"V{rows.dtype.itemsize * rows.shape[1]}")]).reshape(-1)
    return np.unique(whole, return_inverse=True)[1].reshape(-1)
