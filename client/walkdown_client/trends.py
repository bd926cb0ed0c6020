"""The last two minutes of every signal, for the little curves in panels.

One ring of columns for each block of signals; a column holds the whole block at one moment. The columns
are as many as fit into a fixed number of bytes for all signals, so that a big plant has coarser curves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable

SPAN_SECS = 120.0
COLUMNS_MAX = 480
COLUMNS_MIN = 24
BUDGET_BYTES = 64 * 1024 * 1024
SECS = 1e-9

F64 = npt.NDArray[np.float64]


class Trends:
    """Recent values of numeric signals."""

    def __init__(self, table: SignalTable) -> None:
        self._table = table
        fitting = BUDGET_BYTES // (4 * max(len(table.signals), 1))
        self._columns = int(np.clip(fitting, COLUMNS_MIN, COLUMNS_MAX))
        self._step_ns = round(SPAN_SECS / self._columns / SECS)
        self._times_ns = np.zeros((len(table.blocks), self._columns), np.int64)
        self._newest = np.full(len(table.blocks), -1, np.int64)
        self._rings: dict[int, npt.NDArray[np.float32]] = {}

    def note(self, block: int, time_ns: int) -> None:
        """Keep what the table holds of a block now; within one step it replaces what was kept before."""
        ring = self._rings.get(block)
        if ring is None:
            ring = np.full((self._columns, self._table.blocks[block].size), np.nan, np.float32)
            self._rings[block] = ring
        column = self._newest[block]
        if column < 0 or time_ns - self._times_ns[block, column] >= self._step_ns:
            column = self._newest[block] = (column + 1) % self._columns
            self._times_ns[block, column] = time_ns
        ring[column] = self._table.values[self._table.blocks[block].kind][self._table.blocks[block].rows]

    def of(self, signal: int, now_ns: int) -> tuple[F64, F64]:
        """Return times (k,), seconds before ``now_ns`` and thus negative, and values (k,), oldest first."""
        block = int(self._table.block_of[signal])
        ring = self._rings.get(block)
        if ring is None:
            return np.zeros(0), np.zeros(0)
        order = np.roll(np.arange(self._columns), -1 - int(self._newest[block]))
        times_secs = (self._times_ns[block, order] - now_ns) * SECS
        values = ring[order, signal - self._table.blocks[block].start].astype(np.float64)
        shown = (times_secs >= -SPAN_SECS) & np.isfinite(values)
        return times_secs[shown], values[shown]
