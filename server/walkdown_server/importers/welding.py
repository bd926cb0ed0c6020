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
    """Return (n,) numbers of (n, k) points: bitwise equal ones share one, in the order of the first."""
    rows = np.ascontiguousarray(points + np.zeros((), points.dtype))  # −0 becomes 0
    bits = rows.view(f"u{rows.dtype.itemsize}").astype(np.uint64)
    first, number = _unique(_mixed(bits))
    if not (bits[first[number]] == bits).all():  # two points with one hash, which a hostile file may have
        first, number = _unique(rows.view([("", f"V{rows.dtype.itemsize * rows.shape[1]}")]).reshape(-1))
    rank = np.zeros(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[number])


def _unique(values: Ints) -> tuple[Ints, Ints]:
    """Return the first place of each different value, and (n,) which of them each is."""
    _values, first, number = np.unique(values, return_index=True, return_inverse=True)
    return first, number.reshape(-1)


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return (n,) hashes of (n, k) words (the finaliser of SplitMix64, one step a word)."""
    mixed = np.zeros(len(bits), np.uint64)
    for column in bits.T:
        mixed = (mixed ^ column) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed
