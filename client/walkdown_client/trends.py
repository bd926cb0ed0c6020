"""The last two minutes of every signal, for the little curves in panels.

One ring of columns for all signals; a column holds what every signal was at one moment. The columns are as
many as fit into a fixed number of bytes, so that a big plant has coarser curves. Between two columns nothing
is written: the end of a curve is what the table holds. What was before one came, the server may tell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable
from walkdown.twin import STALE
from walkdown_client.past import PastValues

SPAN_SECS = 120.0
COLUMNS_MAX = 480
COLUMNS_MIN = 24
BUDGET_BYTES = 64 * 1024 * 1024
SECS = 1e-9

F64 = npt.NDArray[np.float64]


class _Past(NamedTuple):
    times_ns: npt.NDArray[np.int64]
    values: F64
    to_ns: int


def held(told: PastValues, *, to_ns: int, step_ns: int) -> tuple[npt.NDArray[np.int64], F64]:
    """Return session times and values in which each value holds until the next, and the last until ``to_ns``.

    Two changes that are no more than a step apart are joined directly.
    """
    times_ns = np.append(told.times_ns, to_ns)
    values = np.append(told.values, told.values[-1])
    late = np.flatnonzero(np.diff(times_ns) > step_ns) + 1
    return np.insert(times_ns, late, times_ns[late] - step_ns), np.insert(values, late, values[late - 1])


def _from_edge(times_secs: F64, values: F64) -> tuple[F64, F64]:
    """Return what is not older than the span, and first what was at its edge if something older is known."""
    start = int(np.searchsorted(times_secs, -SPAN_SECS))
    if 0 < start < len(values) and times_secs[start] > -SPAN_SECS:
        return np.append(-SPAN_SECS, times_secs[start:]), values[start - 1 :]
    return times_secs[start:], values[start:]


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
        self._past: dict[int, _Past] = {}

    def fill(self, signal: int, told: PastValues, *, to_ns: int) -> None:
        """Take what the server remembers of a signal up to a moment; what is live counts after it."""
        if 0 <= signal < self._table.layout.numeric and len(told.times):
            self._past = {row: past for row, past in self._past.items() if past.to_ns > self._oldest_ns}
            times_ns, values = held(told, to_ns=to_ns, step_ns=self._step_ns)
            self._past[signal] = _Past(times_ns, values, to_ns)

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
        """Return times (k,), seconds before ``now_ns`` and thus negative, and values (k,), oldest first.

        NaN stands between two values where there was none.
        """
        if signal >= self._table.layout.numeric:
            return np.zeros(0), np.zeros(0)
        times_ns, values = self._live(signal)
        past = self._past.get(signal)
        if past is not None:
            after = times_ns > past.to_ns
            times_ns = np.concatenate((past.times_ns, times_ns[after]))
            values = np.concatenate((past.values, values[after]))
        times_secs, values = _from_edge(np.asarray((times_ns - now_ns) * SECS, np.float64), values)
        known = np.flatnonzero(np.isfinite(values))
        between = slice(known[0], known[-1] + 1) if len(known) else slice(0)
        return times_secs[between], values[between]

    @property
    def _oldest_ns(self) -> int:
        return self._newest_ns - round(SPAN_SECS / SECS)

    def _live(self, signal: int) -> tuple[npt.NDArray[np.int64], F64]:
        """Return session times and values since we are here."""
        if not self._written:
            return np.zeros(0, np.int64), np.zeros(0)
        kept = min(self._written, self._columns)
        order = np.arange(self._written - kept, self._written) % self._columns
        times_ns, values = self._times_ns[order], self._ring[order, signal].astype(np.float64)
        if self._newest_ns > times_ns[-1]:
            times_ns, values = np.append(times_ns, self._newest_ns), np.append(values, self._now(signal))
        return times_ns, values

    def _fill(self, column: npt.NDArray[np.float32]) -> None:
        table, count = self._table, len(column)
        for kind, values in table.values.items():
            first = table.first(kind)
            column[first : first + len(values)] = values
        column[(table.times_ns[:count] == 0) & (table.quality[:count] == STALE)] = np.nan

    def _now(self, signal: int) -> float:
        return float(np.float32(self._table.value(signal)))
