"""How late people are told of signals and of each other, as the server can know it.

Pure. Clients name the newest tick that they have received, in every frame and at the latest four ticks after
they received one. From that follows, for a sample of ticks and clients:

* *receipt*: from the tick to the frame of the client that names it, less half of that client's round trip.
  The round trip is the shortest such time of the last minute, when the client happened to answer at once;
  half of it is what the answer took to come, if both ways are alike. A client that moves answers within
  50 ms, so a receipt is up to 50 ms longer than the truth, and shorter only if the way out is slower than the
  way back.
* *signal delay*: from the arrival of a value at this server to the tick, and the receipt. Of each block that
  goes out the value counts that has waited longest, so that most values are quicker.
* *person delay*: the age of a pose at the tick (how old it was when it was sent, and how long it waited
  here), half of a typical round trip for its way to here, and the receipt.

What a source did before a value arrived, and what a client does with it until it is drawn, is not in it; the
client measures that itself.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.messages import Delays

TICKS_KEPT = 200
SAMPLES_PER_TICK = 8
SAMPLES_MAX = 160
TRIPS_HELD_SECS = 60.0

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Told:
    time_ns: int
    waits_secs: list[float]
    ages_secs: list[float]


class DelayWatch:
    """Collects samples, and says every other second what they amount to."""

    def __init__(self) -> None:
        self._ticks: OrderedDict[int, _Told] = OrderedDict()
        self._heard: dict[int, int] = {}
        self._samples: list[tuple[int, int, float]] = []
        self._trips: dict[int, float] = {}
        self._trips_since_ns = 0

    def told(self, tick: int, time_ns: int, *, waits_secs: F64, ages_secs: F64) -> None:
        """Note a tick.

        Args:
            time_ns: session time of the tick. waits_secs: (b,) the longest wait of a value of each block.
            ages_secs: (p,) how old the poses are that it tells of.
        """
        self._ticks[tick] = _Told(time_ns, _some(waits_secs), _some(ages_secs))
        if len(self._ticks) > TICKS_KEPT:
            self._ticks.popitem(last=False)

    def heard(self, person: int, tick: int, heard_ns: int) -> None:
        """Note the newest tick that a client has named, and when; what was noted before counts once."""
        told = self._ticks.get(tick)
        if told is None or self._heard.get(person) == tick:
            return
        self._heard[person] = tick
        secs = (heard_ns - told.time_ns) / 1e9
        self._trips[person] = min(secs, self._trips.get(person, secs))
        if len(self._samples) < SAMPLES_MAX:
            self._samples.append((person, tick, secs))

    def settle(self, now_ns: int, *, tick_p95: float) -> Delays:
        """Return what was measured since the last call, 0 where nothing was, and begin anew."""
        signals, persons = self._pooled()
        self._samples, self._heard = [], {}
        if (now_ns - self._trips_since_ns) / 1e9 > TRIPS_HELD_SECS:
            self._trips, self._trips_since_ns = {}, now_ns
        return Delays(*_percentiles(signals), *_percentiles(persons), tick_p95=round(tick_p95, 4))

    def _pooled(self) -> tuple[list[float], list[float]]:
        """Return all delays of signals and of persons, of every tick and client that was sampled."""
        typical = float(np.median(list(self._trips.values()))) / 2 if self._trips else 0.0
        signals: list[float] = []
        persons: list[float] = []
        for person, tick, secs in self._samples:
            told = self._ticks.get(tick)
            if told is None:
                continue
            receipt = secs - self._trips[person] / 2
            signals += [wait + receipt for wait in told.waits_secs]
            persons += [age + typical + receipt for age in told.ages_secs]
        return signals, persons


def _some(values: F64) -> list[float]:
    """Return at most ``SAMPLES_PER_TICK`` of the values, evenly chosen."""
    chosen: list[float] = values[:: -(-len(values) // SAMPLES_PER_TICK) or 1].tolist()
    return chosen


def _percentiles(values: list[float]) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds' steps, 0 for nothing."""
    if not len(values):
        return 0.0, 0.0
    p50, p95 = np.percentile(values, (50, 95)).round(3).tolist()
    return p50, p95
