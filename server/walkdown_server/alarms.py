"""From values to states: each signal's standing, each thing's worst, and what has gone stale.

Pure, and numpy throughout: 200,000 signals are evaluated at once. A thing is as bad as the worst of its
signals and of its parts. A value leaves a limit's range only when it is back by :data:`HYSTERESIS` of the
signal's range, so that noise at a limit does not flicker.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable
from walkdown.twin import (
    BAD,
    NO_STATE,
    SIMULATED,
    STALE,
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_BAD,
    STATE_GOOD,
    STATE_SIMULATED,
    STATE_STALE,
    STATES,
    Limits,
    Signal,
    Thing,
)

HYSTERESIS = 0.01
"""Share of a signal's range by which a value must be back inside a limit."""

STALE_AFTER_PERIODS = 2.0

_NORMAL, _ATTENTION, _ALARM = range(3)

BY_SEVERITY = np.array(
    (NO_STATE, STATE_GOOD, STATE_SIMULATED, STATE_STALE, STATE_ATTENTION, STATE_BAD, STATE_ALARM), np.uint8
)
"""States from harmless to worst."""

_SEVERITY = np.zeros(len(STATES), np.uint8)
_SEVERITY[BY_SEVERITY] = np.arange(len(STATES))

U8 = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.intp]


class Alarms:
    """States of all signals and things of one catalogue.

    Args:
        table: holds the values. things: of the catalogue, their parents among them.
        now_ns: session time from which a signal without any value counts as waiting.

    Attributes:
        thing_states: (number of things) uint8, codes of ``walkdown.twin``.
    """

    def __init__(self, table: SignalTable, things: Sequence[Thing], *, now_ns: int) -> None:
        self._table = table
        signals = table.signals
        self._limits = _Limits(signals)
        self._labels = _label_levels(signals)
        self._level = np.zeros(len(signals), np.uint8)
        self._severity = np.zeros(len(signals), np.uint8)
        self._seen = np.zeros(len(signals), bool)
        self._period_ns = np.array([s.period_secs * 1e9 for s in signals], np.float64).reshape(-1)
        self._arrived_ns = np.full(len(signals), now_ns, np.int64)
        self._roll_up = _RollUp(signals, things)
        self.thing_states = np.zeros(len(things), np.uint8)
        self._moved = False

    def update(self, indices: Indices, *, now_ns: int) -> None:
        """Take note that values of (n,) signals arrived; the table already holds them."""
        self._seen[indices] = True
        self._arrived_ns[indices] = now_ns
        self._evaluate(indices)

    def find_stale(self, now_ns: int) -> Indices:
        """Return the signals that have just gone stale, their quality in the table set to stale."""
        late = now_ns - self._arrived_ns > STALE_AFTER_PERIODS * self._period_ns
        fresh = self._table.quality != STALE
        waiting = ~self._seen
        gone = np.flatnonzero(late & (self._period_ns > 0) & (fresh | waiting))
        if len(gone):
            self._table.quality[gone] = STALE
            self._seen[gone] = True
            self._evaluate(gone)
        return gone

    def settle(self) -> Indices:
        """Return the indices (k,) of the things whose state changed since the last call."""
        if not self._moved:
            return np.zeros(0, np.intp)
        self._moved = False
        states = BY_SEVERITY[self._roll_up.worst(self._severity)]
        changed = np.flatnonzero(states != self.thing_states)
        self.thing_states = states
        return changed

    def _evaluate(self, indices: Indices) -> None:
        numbers = self._table.numbers(indices)
        before = self._level[indices]
        level = self._limits.levels(indices, numbers, before)
        if self._labels.size:
            labelled = self._labels[indices, np.nan_to_num(numbers, nan=0).clip(0, 255).astype(np.intp)]
            level = np.maximum(level, labelled)
        self._level[indices] = level
        severity = _SEVERITY[_states(level, self._table.quality[indices])]
        if (severity != self._severity[indices]).any():
            self._severity[indices] = severity
            self._moved = True


def _states(level: U8, quality: U8) -> U8:
    """Return the state of each signal; an alarm stands until a value says otherwise."""
    conditions = [
        level == _ALARM,
        quality == BAD,
        quality == STALE,
        level == _ATTENTION,
        quality == SIMULATED,
    ]
    choices = [STATE_ALARM, STATE_BAD, STATE_STALE, STATE_ATTENTION, STATE_SIMULATED]
    return np.select(conditions, choices, STATE_GOOD).astype(np.uint8)


class _Limits:
    """The limits of all signals as columns, NaN where there is none."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        none = Limits()
        limits = [s.limits or none for s in signals]
        columns = [(x.low_alarm, x.low, x.high, x.high_alarm) for x in limits]
        self._at = np.array(columns, np.float64).reshape(-1, 4)
        width = np.array([s.maximum - s.minimum for s in signals], np.float64).reshape(-1)
        self._margin = np.abs(width) * HYSTERESIS

    def levels(self, indices: Indices, numbers: npt.NDArray[np.float64], before: U8) -> U8:
        at, margin = self._at[indices], self._margin[indices]
        raw = _level(at, numbers)
        if not before.any():
            return raw
        inward = at + margin[:, None] * np.array([1.0, 1.0, -1.0, -1.0])
        return np.maximum(raw, np.minimum(before, _level(inward, numbers)))


def _level(at: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64]) -> U8:
    low_alarm, low, high, high_alarm = at.T
    alarm = (numbers <= low_alarm) | (numbers >= high_alarm)
    attention = (numbers <= low) | (numbers >= high)
    return np.where(alarm, _ALARM, np.where(attention, _ATTENTION, _NORMAL)).astype(np.uint8)


def _label_levels(signals: Sequence[Signal]) -> U8:
    """Return (n, 256) levels by enum number; without any label no rows at all."""
    if not any(s.alarm_labels or s.attention_labels for s in signals):
        return np.zeros((0, 256), np.uint8)
    levels = np.zeros((len(signals), 256), np.uint8)
    for row, signal in enumerate(signals):
        levels[row, [n for n in signal.attention_labels if 0 <= n < 256]] = _ATTENTION
        levels[row, [n for n in signal.alarm_labels if 0 <= n < 256]] = _ALARM
    return levels


class _RollUp:
    """Carries severities from signals to their things and from parts to what they are part of."""

    def __init__(self, signals: Sequence[Signal], things: Sequence[Thing]) -> None:
        row = {thing.id: i for i, thing in enumerate(things)}
        owner = np.array([row[s.thing] for s in signals], np.intp)
        self._order = np.argsort(owner, kind="stable")
        self._owners, self._starts = np.unique(owner[self._order], return_index=True)
        parents = np.array([row.get(thing.parent, -1) for thing in things], np.intp)
        self._levels = _levels_from_the_bottom(parents)
        self._parents = parents
        self._count = len(things)

    def worst(self, severity: U8) -> U8:
        worst = np.zeros(self._count, np.uint8)
        if len(self._owners):
            worst[self._owners] = np.maximum.reduceat(severity[self._order], self._starts)
        for rows in self._levels:
            np.maximum.at(worst, self._parents[rows], worst[rows])
        return worst


def _levels_from_the_bottom(parents: Indices) -> list[Indices]:
    """Return the rows that have a parent, the deepest level first; a loop of parents is cut."""
    depth = np.zeros(len(parents), np.intp)
    up = parents.copy()
    for _level_up in range(len(parents)):
        below = up >= 0
        if not below.any() or _level_up > 64:
            break
        depth += below
        up = np.where(below, parents[up], -1)
    return [
        np.flatnonzero((depth == level) & (parents >= 0)) for level in range(int(depth.max(initial=0)), 0, -1)
    ]
