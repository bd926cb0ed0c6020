"""How late things are when they are drawn, measured by the product itself and shown to people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

KEPT = 4096


class LatencyRing:
    """The newest 4,096 latencies in seconds; older ones are overwritten."""

    def __init__(self) -> None:
        self._secs: F64 = np.zeros(KEPT)
        self.count = 0
        self._computed, self._computed_at = (float("nan"), float("nan")), 0

    def add(self, latencies_secs: F64) -> None:
        """Take (n,) latencies."""
        newest = latencies_secs[-KEPT:]
        self._secs[(self.count + np.arange(len(newest))) % KEPT] = newest
        self.count += len(newest)

    def clear(self) -> None:
        """Forget all of them."""
        self.count = self._computed_at = 0

    def percentiles(self) -> tuple[float, float]:
        """Return p50 and p95 in seconds, NaN before the first; computed anew only when one has been added."""
        if not self.count:
            return float("nan"), float("nan")
        if self._computed_at != self.count:
            p50, p95 = np.percentile(self._secs[: min(self.count, KEPT)], (50, 95))
            self._computed, self._computed_at = (float(p50), float(p95)), self.count
        return self._computed
