"""What of an inventory is hidden, and what remains hidden when some of it is shown again.

What is hidden is named by keys, and with each goes all below it; to show a room of a hidden storey, the
storey's key gives way to those of its other rooms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

from walkdown.package.ancestry import I32, all_below, subtree_sums
from walkdown_client.inventory import Inventory
from walkdown_client.twin_index import NOTHING

Marks = npt.NDArray[np.bool_]


def hidden_rows(inventory: Inventory, hidden: Collection[str]) -> Marks:
    """Return which rows are hidden, themselves or with something above them; (n,) bool."""
    marks = _marked(inventory, hidden)
    for items, parents in _trees(inventory):
        below = all_below(marks[items], parents)
        marks[items] |= below
    return marks


def hidden_without(inventory: Inventory, hidden: Collection[str], shown: npt.ArrayLike) -> frozenset[str]:
    """Return what is to be hidden so that some rows and all below them are seen and nothing else changes.

    Args:
        shown: (k,) rows.
    """
    wanted = np.zeros(len(inventory), bool)
    wanted[np.asarray(shown, np.intp)] = True
    marks = _marked(inventory, hidden)
    kept = marks & ~wanted & (inventory.models == NOTHING)
    for items, parents in _trees(inventory):
        seen = all_below(wanted[items], parents)
        still = all_below(marks[items], parents) & (subtree_sums(seen.astype(np.int64), parents) == 0) & ~seen
        above = np.append(still, False)[parents]
        kept[items[still & ~above]] = True
    keys = {inventory.keys[row] for row in np.flatnonzero(kept).tolist()}
    return frozenset(keys | {key for key in hidden if inventory.row_of(key) == NOTHING})


def _marked(inventory: Inventory, keys: Collection[str]) -> Marks:
    marks = np.zeros(len(inventory), bool)
    rows = np.fromiter(map(inventory.row_of, keys), np.intp, len(keys))
    marks[rows[rows != NOTHING]] = True
    return marks


def _trees(inventory: Inventory) -> Iterator[tuple[I32, I32]]:
    """Yield for each model the row of each element and the element above it; the last stands for none."""
    for part, items in zip(inventory.parts, inventory.items, strict=True):
        yield items, part.elements.parents
