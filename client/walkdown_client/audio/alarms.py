"""When an alarm is heard, from where, and when again: bursts, told by priority, never all at once.

What is new is heard in the frame that knows of it. After the ideas of IEC 60601-1-8: an alarm is a burst, not
a siren; the most urgent comes first and is said again, ever more rarely, until it has gone or somebody has
looked at it; attention is said once. Of several alarms the nearest are told one after the other from where
they are; four and more are one burst of its own. Whoever comes in is not met by the alarms of before, but
by the first repetition.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from walkdown.twin import STATE_ALARM, STATE_ATTENTION
from walkdown_client.audio.bodies import Bodies
from walkdown_client.audio.orders import Play, Vector

F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

GAP_SECS = 0.6
"""Between the starts of two alarms: each one's first three pulses are heard alone."""

ATTENTION_GAP_SECS = 2.5
ATTENTION_WAITS_SECS = 2.0
"""Attention that could not be told within this time is seen only."""

MANY = 4
REPEATS = ((60.0, 10.0), (600.0, 30.0), (math.inf, 120.0))
"""Up to so many seconds after the first burst it is repeated every so many seconds."""

SETTLE_SECS = 2.0
"""What is known so soon after a start was there before."""

FLAPS_SECS = 10.0
"""The same thing is new again only after this time."""

NEAR_M, FAR_DB = 3.0, 3.0
"""What is farther away is heard from as far as 6 m, up to so much quieter: its direction counts."""

ALARM_WEIGHT, ATTENTION_WEIGHT = 100.0, 50.0
_REPEATED_DB = -6.0
_NEVER = -1e9


class Alarms:
    """The states of all things of one twin, as far as they have been told.

    Args:
        bodies: what is told of.
    """

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._secs = 0.0
        self._settled_secs = SETTLE_SECS
        self._raw: U8 | None = None
        self._states: U8 | None = None
        self._open = np.zeros(0, bool)
        self._told_secs: F64 = np.zeros(0)
        self._alarms: list[int] = []
        self._attention: list[tuple[int, float]] = []
        self._free_secs = self._first_secs = self._repeat_secs = 0.0
        self._turn = 0

    @property
    def standing(self) -> Rows:
        """Rows of the things in alarm that nobody has looked at."""
        return np.flatnonzero(self._open)

    def restart(self) -> None:
        """Forget everything: somebody joined anew."""
        self._raw, self._states, self._settled_secs = None, None, self._secs + SETTLE_SECS
        self._open = np.zeros(0, bool)
        self._alarms.clear()
        self._attention.clear()

    def acknowledge(self, rows: Iterable[int]) -> None:
        """Say that somebody has looked at things or their parts: their alarms are not repeated."""
        for row in rows:
            if 0 <= row < len(self._open):
                body = int(self._bodies.of[row])
                self._open[body] = False
                self._alarms = [other for other in self._alarms if other != body]

    def step(self, states: U8, places: F64, *, ears: F64, dt_secs: float) -> list[Play]:
        """Return what is to be heard now.

        Args:
            states: (n,) see ``walkdown.twin.STATES``. places: (n, 3) metres, NaN where unknown.
            ears: (3,) metres, site frame.
        """
        self._secs += dt_secs
        found = self._compare(states) if self._changed(states) else []
        return found + self._tell(places, ears) + self._repeat(places, ears)

    def _changed(self, states: U8) -> bool:
        return self._raw is None or not np.array_equal(states, self._raw)

    def _compare(self, states: U8) -> list[Play]:
        """Take the new states; returns the sound of relief when the last alarm has gone."""
        self._raw, before = states.copy(), self._states
        self._states = states = self._bodies.told(states)
        alarm = states == STATE_ALARM
        if before is None or len(before) != len(states) or self._secs < self._settled_secs:
            self._open, self._told_secs = alarm, np.full(len(states), _NEVER)
            self._first_secs, self._repeat_secs = self._secs, self._secs + REPEATS[0][1]
            return []
        rested = self._secs - self._told_secs > FLAPS_SECS
        was_open = bool(self._open.any())
        fresh = alarm & (before != STATE_ALARM)
        if fresh.any() and not was_open:
            self._first_secs = self._secs
        self._open = (self._open & alarm) | fresh
        self._alarms = [row for row in self._alarms if alarm[row]]
        self._alarms += np.flatnonzero(fresh & rested).tolist()
        careful = (states == STATE_ATTENTION) & (before != STATE_ATTENTION) & (before != STATE_ALARM)
        self._attention += [(row, self._secs) for row in np.flatnonzero(careful & rested).tolist()]
        gone = (before == STATE_ALARM).any() and not alarm.any()
        return [Play("cleared", weight=ATTENTION_WEIGHT)] if gone else []

    def _tell(self, places: F64, ears: F64) -> list[Play]:
        since = self._secs - ATTENTION_WAITS_SECS
        self._attention = [(row, secs) for row, secs in self._attention if secs >= since]
        if self._secs < self._free_secs:
            return []
        if self._alarms:
            return [self._tell_alarm(places, ears)]
        if self._attention:
            row = nearest([row for row, _secs in self._attention], places, ears)
            self._attention.clear()
            self._note([row], ATTENTION_GAP_SECS)
            return [heard_from("attention", places[row], ears, weight=ATTENTION_WEIGHT)]
        return []

    def _tell_alarm(self, places: F64, ears: F64) -> Play:
        row = nearest(self._alarms, places, ears)
        many = len(self._alarms) >= MANY
        told = list(self._alarms) if many else [row]
        self._alarms = [other for other in self._alarms if other not in told]
        self._attention.clear()
        self._note(told, GAP_SECS)
        self._repeat_secs = self._secs + self._interval
        return heard_from("alarms" if many else "alarm", places[row], ears, weight=ALARM_WEIGHT)

    def _note(self, rows: list[int], gap_secs: float) -> None:
        self._told_secs[rows] = self._secs
        self._free_secs = self._secs + gap_secs

    @property
    def _interval(self) -> float:
        passed = self._secs - self._first_secs
        return next(every for until, every in REPEATS if passed < until)

    def _repeat(self, places: F64, ears: F64) -> list[Play]:
        """Say one of the standing alarms again, another each time."""
        if self._alarms or self._secs < max(self._repeat_secs, self._free_secs) or not self._open.any():
            return []
        rows = self.standing
        self._turn += 1
        row = int(rows[self._turn % len(rows)])
        self._note([row], ATTENTION_GAP_SECS)
        self._repeat_secs = self._secs + self._interval
        name = "alarms" if len(rows) >= MANY else "alarm"
        return [heard_from(name, places[row], ears, level_db=_REPEATED_DB, weight=ALARM_WEIGHT)]


def nearest(rows: list[int], places: F64, ears: F64) -> int:
    """Return the row that is nearest; what has no place comes last."""
    away = np.nan_to_num(((places[rows] - ears) ** 2).sum(1), nan=np.inf)
    return rows[int(np.argmin(away))]


def heard_from(name: str, place: F64, ears: F64, *, level_db: float = 0.0, weight: float = 1.0) -> Play:
    """Return a shot that is heard from the direction of a place however far that is.

    From 3 m on the distance is drawn together, to 6 m at most, and made up for but for ``FAR_DB``.
    """
    if not np.isfinite(place).all():
        return Play(name, None, level_db, weight)
    away = np.asarray(place, np.float64) - ears
    distance = float(np.sqrt((away**2).sum()))
    if distance <= NEAR_M:
        return Play(name, _vector(place), level_db + 20 * math.log10(max(distance, 1.0)), weight)
    share = NEAR_M / distance
    shown = NEAR_M * (2.0 - share)
    level = level_db + 20 * math.log10(shown) - FAR_DB * (1.0 - share)
    return Play(name, _vector(ears + away * (shown / distance)), level, weight)


def _vector(place: F64) -> Vector:
    x, y, z = (float(number) for number in place)
    return x, y, z
