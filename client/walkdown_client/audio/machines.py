"""How all machines sound now: level, pitch and place of each, from their newest values, for all at once.

Every machine has three voices: itself, what vibration adds, what a trouble adds. It sounds only while
something says that it runs; one without live values only when its properties state a sound power. Values that
are stale or bad are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable
from walkdown.twin import BAD, STALE, STATE_ALARM, STATE_ATTENTION
from walkdown_client.audio.levels import SILENT_DB
from walkdown_client.audio.machine_kinds import DRIVES
from walkdown_client.audio.machine_score import FAULTY, OWN, TROUBLED, Score

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STANDS_BELOW = 0.02
"""Share of the rated speed or load below which a machine stands."""

VIBRATES_FROM = 0.85
"""Share of its limit from which vibration is heard."""

_PITCH_LOW, _PITCH_HIGH = 0.25, 3.0
_FLOW, _LOAD = DRIVES.index("flow"), DRIVES.index("load")


@dataclass(frozen=True, slots=True, eq=False)
class Sounding:
    """How machines sound: powers_db (3, m), A-weighted, dB re 1 pW, ``SILENT_DB`` for silent; pitches (3, m).

    Attributes:
        known: (m,) whether all values are good. east, north: (m,) metres, NaN where a machine stays.
    """

    powers_db: F64
    pitches: F64
    known: Bools
    east: F64
    north: F64


class Readings:
    """The newest good values of what a score needs.

    Attributes:
        values: (s + 1,) float64, the last one NaN. known: (s + 1,) whether each is good now.
    """

    def __init__(self, score: Score) -> None:
        self._needed = score.needed
        self.values = np.full(len(score.needed) + 1, np.nan)
        self.known = np.ones(len(score.needed) + 1, bool)

    def read(self, table: SignalTable) -> None:
        """Take the newest values; what is stale or bad keeps the one before."""
        fresh, quality = table.numbers(self._needed), table.quality[self._needed]
        good = (quality != STALE) & (quality != BAD) & np.isfinite(fresh)
        first = ~np.isfinite(self.values[:-1]) & np.isfinite(fresh) & (table.times_ns[self._needed] > 0)
        self.values[:-1] = np.where(good | first, fresh, self.values[:-1])
        self.known[:-1] = good


def sounding(score: Score, readings: Readings, states: npt.NDArray[np.uint8]) -> Sounding:
    """Return how all machines sound.

    Args:
        states: (things,) see ``walkdown.twin.STATES``.
    """
    values = readings.values
    speed, load = _shares(score, values)
    runs = _runs(score, values[score.run], (speed, load))
    powers = score.powers_db.copy()
    powers[OWN] += _louder(score, speed, load)
    vibrating = _known_or(values[score.vibration] / score.vibration_high, 0.0)
    shaken_db = 20 * np.log10(np.maximum(vibrating, 0.1))
    powers[FAULTY] += np.where(vibrating >= VIBRATES_FROM, np.minimum(shaken_db, 9.0), SILENT_DB)
    powers[TROUBLED] += np.where(_troubled(score, states[score.rows], vibrating), 0.0, SILENT_DB)
    powers = np.where(runs & (powers > 0), powers, SILENT_DB)
    return Sounding(
        powers,
        _pitches(score, speed, load),
        _known(score, readings.known),
        values[score.east],
        values[score.north],
    )


def _shares(score: Score, values: F64) -> tuple[F64, F64]:
    """Return speed and load as shares of the rated ones, NaN for unknown."""
    return np.abs(values[score.speed]) / score.rated_speed, np.abs(values[score.load]) / score.rated_load


def _runs(score: Score, state: F64, shares: tuple[F64, F64]) -> Bools:
    speed, load = shares
    number = np.where(np.isfinite(state), state, 0).astype(np.uint64) & np.uint64(63)
    says = ((score.runs >> number) & np.uint64(1)).astype(bool)
    told = np.isfinite(state) | np.isfinite(speed) | np.isfinite(load)
    stands = (np.isfinite(state) & ~says) | (speed < STANDS_BELOW)
    stands |= ~np.isfinite(state) & ~np.isfinite(speed) & (load < STANDS_BELOW)
    return np.asarray((told & ~stands) | score.unbound)


def _louder(score: Score, speed: F64, load: F64) -> F64:
    by_speed = score.speed_db * np.log10(_within(_known_or(speed, 1.0), 0.03, 2.0))
    by_load = score.load_db * (_within(_known_or(load, 0.8), 0.0, 1.3) - 1)
    return np.asarray(_within(by_speed, -30.0, 12.0) + by_load)


def _troubled(score: Score, state: npt.NDArray[np.uint8], vibrating: F64) -> Bools:
    """Tell who is not well by more than its vibration, which has a voice of its own, or than its parts."""
    unwell = (state == STATE_ATTENTION) | (state == STATE_ALARM)
    parts = np.zeros(len(score) + 1, bool)
    parts[score.above[unwell]] = True
    return np.asarray(unwell & ~parts[:-1] & (vibrating < 1))


def _pitches(score: Score, speed: F64, load: F64) -> F64:
    """A shaft and goods set the pitch; a flow and a load only raise it a little."""
    share = _known_or(speed, 1.0)
    own, fault = score.pitch * share, score.fault_pitch * share
    flow, loaded = score.drives == _FLOW, score.drives == _LOAD
    own = np.where(flow, 0.75 + 0.25 * np.minimum(share, 1.4), own)
    own = np.where(loaded, 0.75 + 0.3 * _within(_known_or(load, 0.8), 0.0, 1.3), own)
    steady = flow | loaded
    trouble = np.where(steady, 1.0, np.sqrt(np.maximum(share, 0.1)))
    return _within(np.stack([own, np.where(steady, 1.0, fault), trouble]), _PITCH_LOW, _PITCH_HIGH)


def _known(score: Score, known: Bools) -> Bools:
    return np.asarray(known[score.speed] & known[score.load] & known[score.run] & known[score.vibration])


def _known_or(values: F64, usual: float) -> F64:
    """Return values with what is usual in place of NaN."""
    return np.where(np.isnan(values), usual, values)


def _within(values: F64, low: float, high: float) -> F64:
    """Return values moved into a range; ``np.clip`` takes thrice the time."""
    return np.asarray(np.minimum(np.maximum(values, low), high))
