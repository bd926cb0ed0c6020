"""The last two minutes of every signal, for the little curves in panels.

One ring of columns for all signals; a column holds what every signal was at one moment. The columns are as
many as fit into a fixed number of bytes, so that a big plant has coarser curves. Between two columns nothing
is written: the end of a curve is what the table holds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable
from walkdown.twin import STALE

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
        count = table.layout.numeric
        fitting = BUDGET_BYTES // (4 * max(count, 1))
        self._columns = int(np.clip(fitting, COLUMNS_MIN, COLUMNS_MAX))
        self._step_ns = round(SPAN_SECS / self._columns / SECS)
        self._times_ns = np.zeros(self._columns, np.int64)
        self._ring = np.zeros((self._columns, count), np.float32)  # not touched before it is used
        self._written = 0
        self._newest_ns = 0

    def note(self, time_ns: int) -> None:
        """Take note that the table holds what stands at a moment."""
        self._newest_ns = time_ns
        last_ns = self._times_ns[(self._written - 1) % self._columns]
        if self._written and time_ns - last_ns < self._step_ns:
            return
        place = self._written % self._columns
        self._times_ns[place] = time_ns
        self._fill(self._ring[place])
        self._written += 1

    def of(self, signal: int, now_ns: int) -> tuple[F64, F64]:
        """Return times (k,), seconds before ``now_ns`` and thus negative, and values (k,), oldest first."""
        if not self._written or signal >= self._table.layout.numeric:
            return np.zeros(0), np.zeros(0)
        kept = min(self._written, self._columns)
        order = np.arange(self._written - kept, self._written) % self._columns
        times_ns, values = self._times_ns[order], self._ring[order, signal].astype(np.float64)
        if self._newest_ns > times_ns[-1]:
            times_ns, values = np.append(times_ns, self._newest_ns), np.append(values, self._now(signal))
        times_secs = (times_ns - now_ns) * SECS
        shown = (times_secs >= -SPAN_SECS) & np.isfinite(values)
        return times_secs[shown], values[shown]

    def _fill(self, column: npt.NDArray[np.float32]) -> None:
        table, count = self._table, len(column)
        for kind, values in table.values.items():
            first = table.first(kind)
            column[first : first + len(values)] = values
        column[(table.times_ns[:count] == 0) & (table.quality[:count] == STALE)] = np.nan

    def _now(self, signal: int) -> float:
        return float(np.float32(self._table.value(signal)))
