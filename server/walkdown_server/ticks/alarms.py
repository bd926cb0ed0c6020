"""From values to states: each signal's standing, each thing's worst, and what has gone stale.

Pure, and numpy throughout: 200,000 signals are evaluated at once, and of the things only those whose signals
moved. A thing is as bad as the worst of its
signals and of its parts. A value leaves a limit's range only when it is back by :data:`HYSTERESIS` of the
signal's range, so that noise at a limit does not flicker.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.ragged import ragged
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
_NEVER_NS = np.iinfo(np.int64).max

NORMAL, ATTENTION, ALARM = range(3)
"""How far a value is from what is usual."""

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
        self._labels = _Labels(signals)
        self._level = np.zeros(len(signals), np.uint8)
        self._severity = np.zeros(len(signals), np.uint8)
        self._seen = np.zeros(len(signals), bool)
        periods_ns = np.array([s.period_secs * 1e9 for s in signals], np.float64).reshape(-1)
        self._patience_ns = (STALE_AFTER_PERIODS * periods_ns).astype(np.int64)
        self._late_from_ns = np.full(len(signals), _NEVER_NS)
        self._expect(np.arange(len(signals)), now_ns)
        self._roll_up = _RollUp(signals, things)
        self.thing_states = np.zeros(len(things), np.uint8)
        self._moved: list[Indices] = []

    @property
    def levels(self) -> U8:
        """(number of signals) uint8: ``ATTENTION`` or ``ALARM`` where a limit or label says so, else 0.

        It is what stands, and changes.
        """
        return self._level

    def update(self, indices: Indices, *, now_ns: int) -> None:
        """Take note that values of (n,) signals arrived; the table already holds them."""
        self._seen[indices] = True
        self._expect(indices, now_ns)
        self._evaluate(indices)

    def find_stale(self, now_ns: int) -> Indices:
        """Return the signals that have just gone stale, their quality in the table set to stale."""
        late = np.flatnonzero(self._late_from_ns < now_ns)
        self._late_from_ns[late] = _NEVER_NS
        gone: Indices = late[(self._table.quality[late] != STALE) | ~self._seen[late]]
        if len(gone):
            self._table.quality[gone] = STALE
            self._seen[gone] = True
            self._evaluate(gone)
        return gone

    def settle(self) -> Indices:
        """Return the indices (k,) of the things whose state changed since the last call."""
        if not self._moved:
            return np.zeros(0, np.intp)
        moved, self._moved = np.concatenate(self._moved), []
        changed = self._roll_up.update(self._severity, moved)
        self.thing_states[changed] = BY_SEVERITY[self._roll_up.worst[changed]]
        return changed

    def _expect(self, indices: Indices, now_ns: int) -> None:
        """Wait anew for values of signals that have a period."""
        patience_ns = self._patience_ns[indices]
        self._late_from_ns[indices] = np.where(patience_ns > 0, now_ns + patience_ns, _NEVER_NS)

    def _evaluate(self, indices: Indices) -> None:
        numbers = self._table.numbers(indices)
        before = self._level[indices]
        level = np.maximum(
            self._limits.levels(indices, numbers, before), self._labels.levels(indices, numbers)
        )
        self._level[indices] = level
        severity = _SEVERITY[_states(level, self._table.quality[indices])]
        moved = indices[severity != self._severity[indices]]
        if len(moved):
            self._severity[indices] = severity
            self._moved.append(moved)


def _states(level: U8, quality: U8) -> U8:
    """Return the state of each signal; an alarm stands until a value says otherwise."""
    conditions = [
        level == ALARM,
        quality == BAD,
        quality == STALE,
        level == ATTENTION,
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
        self._limited = np.asarray(np.isfinite(self._at).any(1))
        width = np.array([s.maximum - s.minimum for s in signals], np.float64).reshape(-1)
        self._margin = np.abs(width) * HYSTERESIS

    def levels(self, indices: Indices, numbers: npt.NDArray[np.float64], before: U8) -> U8:
        found = np.zeros(len(indices), np.uint8)
        mine = np.flatnonzero(self._limited[indices])
        limited, value = indices[mine], numbers[mine]
        at = self._at[limited]
        found[mine] = _level(at, value)
        risen = np.flatnonzero(before[mine] > found[mine])
        if len(risen):
            inward = at[risen] + self._margin[limited[risen], None] * np.array([1.0, 1.0, -1.0, -1.0])
            kept = np.minimum(before[mine[risen]], _level(inward, value[risen]))
            found[mine[risen]] = np.maximum(found[mine[risen]], kept)
        return found


def _level(at: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64]) -> U8:
    low_alarm, low, high, high_alarm = at.T
    alarm = (numbers <= low_alarm) | (numbers >= high_alarm)
    attention = (numbers <= low) | (numbers >= high)
    return np.where(alarm, ALARM, np.where(attention, ATTENTION, NORMAL)).astype(np.uint8)


class _Labels:
    """What the numbers of enums and bools mean, for the signals that say so."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        rows = [i for i, s in enumerate(signals) if s.alarm_labels or s.attention_labels]
        self._row = np.full(len(signals), -1, np.intp)
        self._row[rows] = np.arange(len(rows))
        self._levels = np.zeros((len(rows), 256), np.uint8)
        for row, signal in zip(self._levels, (signals[i] for i in rows), strict=True):
            row[[n for n in signal.attention_labels if 0 <= n < 256]] = ATTENTION
            row[[n for n in signal.alarm_labels if 0 <= n < 256]] = ALARM

    def levels(self, indices: Indices, numbers: npt.NDArray[np.float64]) -> U8:
        found = np.zeros(len(indices), np.uint8)
        row = self._row[indices]
        mine = np.flatnonzero(row >= 0)
        value = np.nan_to_num(numbers[mine], nan=0).clip(0, 255).astype(np.intp)
        found[mine] = self._levels[row[mine], value]
        return found


class _Groups:
    """Many rows in groups, so that the worst of some groups is found without looking at the others."""

    def __init__(self, group_of: Indices, count: int) -> None:
        """Group rows; those of group -1 are in none."""
        self._order = np.argsort(group_of, kind="stable")[np.count_nonzero(group_of < 0) :]
        self._counts = np.bincount(group_of[group_of >= 0], minlength=count)
        self._starts = np.cumsum(self._counts) - self._counts

    def worst(self, severity: U8, groups: Indices) -> U8:
        """Return the largest severity (k,) of each of these groups, 0 for empty ones."""
        worst = np.zeros(len(groups), np.uint8)
        filled = np.flatnonzero(self._counts[groups])
        if len(filled):
            at = ragged(self._counts[groups[filled]])
            members = severity[self._order[self._starts[groups[filled]][at.row] + at.place]]
            worst[filled] = np.maximum.reduceat(members, np.flatnonzero(at.place == 0))
        return worst


class _RollUp:
    """Carries severities from signals to their things and from parts to what they are part of.

    Attributes:
        worst: (number of things) uint8, severity of each.
    """

    def __init__(self, signals: Sequence[Signal], things: Sequence[Thing]) -> None:
        row = {thing.id: i for i, thing in enumerate(things)}
        self._owner = np.array([row[s.thing] for s in signals], np.intp)
        self._parents = np.array([row.get(thing.parent, -1) for thing in things], np.intp)
        self._signals = _Groups(self._owner, len(things))
        self._parts = _Groups(self._parents, len(things))
        levels = levels_from_the_bottom(self._parents)
        self._depth = np.zeros(len(things), np.intp)
        for above, rows in enumerate(reversed(levels)):
            self._depth[rows] = above + 1
        self._deepest = len(levels)
        self.worst = np.zeros(len(things), np.uint8)

    def update(self, severity: U8, moved: Indices) -> Indices:
        """Take note that (k,) signals changed; returns the things that did, parts before what they are in."""
        due = _distinct(self._owner[moved], len(self.worst))
        changed = []
        for depth in range(self._deepest, -1, -1):
            rows = due[self._depth[due] == depth]
            found = np.maximum(self._signals.worst(severity, rows), self._parts.worst(self.worst, rows))
            rows, found = rows[found != self.worst[rows]], found[found != self.worst[rows]]
            self.worst[rows] = found
            changed.append(rows)
            above = self._parents[rows]
            due = _distinct(np.concatenate([due, above[above >= 0]]), len(self.worst))
        return np.concatenate(changed)


def _distinct(rows: Indices, count: int) -> Indices:
    """Return each of these rows below ``count`` once, ascending."""
    named = np.zeros(count, bool)
    named[rows] = True
    return np.flatnonzero(named)


def levels_from_the_bottom(parents: Indices) -> list[Indices]:
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
