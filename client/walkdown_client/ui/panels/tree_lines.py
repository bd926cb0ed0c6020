"""The lines of the tree panel: from a tree that is unfolded or filtered, or from a plain list of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.inventory import Inventory
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import words
from walkdown_client.ui.outline import Outline, OutlineRows

DEPTH_MAX = 12
"""Deeper lines are not moved further to the right."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        item: row of the inventory, ``NOTHING`` for a group. members: the rows it stands for.
        fold: whether it is open, None when there is nothing in it.
        count: how much is in it, as text.
        hidden: how much of it is not drawn: nothing 0.0 to all 1.0.
    """

    identity: str
    label: str
    item: int
    depth: int
    fold: bool | None
    count: str
    hidden: float


class Lines:
    """Lines by their place."""

    def __init__(self, inventory: Inventory, hidden: npt.NDArray[np.bool_]) -> None:
        self._inventory, self._hidden = inventory, hidden

    def __len__(self) -> int:
        """Return how many there are."""
        raise NotImplementedError

    def line(self, place: int) -> Line:
        """Return one."""
        raise NotImplementedError

    def members(self, place: int) -> Sequence[int]:
        """Return the inventory rows that a line stands for."""
        raise NotImplementedError

    def place_of(self, identity: str) -> int:
        """Return where a line stands, ``NOTHING`` when it is not among them."""
        raise NotImplementedError


class ListLines(Lines):
    """A line for each row of an answer."""

    def __init__(
        self, inventory: Inventory, hidden: npt.NDArray[np.bool_], rows: npt.NDArray[np.intp]
    ) -> None:
        super().__init__(inventory, hidden)
        self._rows = rows

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)

    def line(self, place: int) -> Line:
        """Return one."""
        row = int(self._rows[place])
        key, name = self._inventory.keys[row], self._inventory.names[row]
        return Line(key, name, row, 0, None, "", float(self._hidden[row]))

    def members(self, place: int) -> Sequence[int]:
        """Return the row."""
        return [int(self._rows[place])]

    def place_of(self, identity: str) -> int:
        """Return where a line stands."""
        found = np.flatnonzero(self._rows == self._inventory.row_of(identity))
        return int(found[0]) if len(found) else NOTHING


class TreeLines(Lines):
    """A line for each node of a tree that is to be drawn.

    Args:
        matched: how many leaves of each node answer a search, None without one.
    """

    def __init__(
        self,
        inventory: Inventory,
        hidden: npt.NDArray[np.bool_],
        outline: Outline,
        *,
        rows: OutlineRows,
        matched: npt.NDArray[np.int64] | None = None,
    ) -> None:
        super().__init__(inventory, hidden)
        self._outline, self._rows, self._matched = outline, rows, matched
        self._hidden_below = outline.counts_of(hidden)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows.nodes)

    def line(self, place: int) -> Line:
        """Return one."""
        outline, node = self._outline, int(self._rows.nodes[place])
        leaf, total = bool(outline.leaves[node]), int(outline.counts[node])
        item = int(outline.items[node])
        text = "" if leaf else words.number(total)
        if not leaf and self._matched is not None:
            text = f"{words.number(int(self._matched[node]))} / {text}"
        return Line(
            outline.ids[node],
            outline.labels[node],
            item,
            min(int(self._rows.depths[place]), DEPTH_MAX),
            None if leaf else bool(self._rows.open[place]),
            text,
            self._hidden_share(node, item),
        )

    def _hidden_share(self, node: int, item: int) -> float:
        if item != NOTHING and self._hidden[item]:
            return 1.0
        return float(self._hidden_below[node] / max(self._outline.counts[node], 1))

    def members(self, place: int) -> Sequence[int]:
        """Return the row of a node, or all rows of a group."""
        found: Sequence[int] = self._outline.members(int(self._rows.nodes[place])).tolist()
        return found

    def place_of(self, identity: str) -> int:
        """Return where a line stands."""
        found = np.flatnonzero(self._rows.nodes == self._outline.node_of(identity))
        return int(found[0]) if len(found) else NOTHING
