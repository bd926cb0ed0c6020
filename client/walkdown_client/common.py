"""What many rows have in common: the properties that all of them have, and what these add up to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.package.columns import NO_WORD
from walkdown_client.inventory import Inventory


@dataclass(slots=True)
class Shared:
    """A property that several rows have.

    Attributes:
        count: how many have it.
        texts: the different texts, at most a few. flags: the different truth values.
        low, high, total: of the numbers; NaN when there are none.
    """

    name: str
    count: int = 0
    texts: set[str] = field(default_factory=set)
    flags: set[bool] = field(default_factory=set)
    low: float = float("nan")
    high: float = float("nan")
    total: float = float("nan")

    @property
    def different(self) -> int:
        """How many kinds of values there are; a range of numbers counts as one."""
        return len(self.texts) + len(self.flags) + bool(np.isfinite(self.low))


def shared_properties(inventory: Inventory, rows: npt.NDArray[np.integer]) -> list[Shared]:
    """Return the properties that all of some rows have, by name."""
    marks = np.zeros(len(inventory), bool)
    marks[rows] = True
    found: dict[str, Shared] = {}
    for source in inventory.columns():
        mine = np.flatnonzero(marks[source.items])
        if not len(mine):
            continue
        column = source.column
        shared = found.setdefault(column.name, Shared(column.name))
        shared.count += len(mine)
        codes = column.codes[mine]
        used = np.flatnonzero(np.bincount(codes - NO_WORD)) + NO_WORD
        shared.texts |= {column.words[code] for code in used.tolist() if code != NO_WORD}
        flags = column.flags[mine]
        shared.flags |= set((column.numbers[mine][flags] != 0).tolist()) if flags.any() else set()
        numbers = column.numbers[mine][~flags & (codes == NO_WORD)]
        _add_up(shared, numbers[np.isfinite(numbers)])
    whole = int(marks.sum())
    return [shared for _name, shared in sorted(found.items()) if shared.count == whole]


def _add_up(shared: Shared, numbers: npt.NDArray[np.float64]) -> None:
    if len(numbers):
        shared.low = float(np.fmin(shared.low, numbers.min()))
        shared.high = float(np.fmax(shared.high, numbers.max()))
        shared.total = float(np.nansum([shared.total, numbers.sum()]))
