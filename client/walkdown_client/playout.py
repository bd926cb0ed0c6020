"""One stream, late or missing, made smooth: the poses of many people and the joints of machines.

What is shown lies a little in the past, so that it can lie *between* two samples:

* A person's delay is the larger of 100 ms and 1.5 times the interval at which that person's samples
  come. It changes slowly, so that nobody jumps because the network changed its mind.
* Where the newest sample is older than that, a head moves on as it moved, ever slower, and then stands.
* A sample that says JUMPED is not interpolated to: the head is where it was, then where it is.
* A sample that says STANDING_STILL holds until its successor set out, however long that took.

Times are session time in ns. One row of a table holds all of one person, and rows stand without gaps.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.codec import PoseFlag, Poses
from walkdown.frames import shortest_difference, slerp

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U16 = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Table = npt.NDArray[np.void]

SAMPLES = 8
"""Kept for each person; with 20 Hz that is 0.4 s, four times the delay."""

DELAY_MIN_SECS = 0.1
DELAY_IN_INTERVALS = 1.5
INTERVAL_FIRST_SECS = 0.05
INTERVAL_MAX_SECS = 1.0
"""The slowest ring of people far away comes once a second."""
INTERVAL_SHARE = 0.2
"""How much one new interval moves the running mean."""
DELAY_CHANGE = 0.1
"""Seconds that the delay may change in a second: too little to be seen in a walk."""
COAST_SECS = 0.1
"""Time constant with which a head whose samples are late comes to a stand."""
PACE_MIN_SECS = 0.02
"""Two samples that are closer in time say nothing about speed."""
SECS = 1e-9
_NO_ROW = -1

_ROW = np.dtype([
    ("id", "u2"),
    ("times_ns", "i8", SAMPLES),
    ("positions", "f8", (SAMPLES, 3)),
    ("quaternions", "f8", (SAMPLES, 4)),
    ("flags", "u2", SAMPLES),
    ("interval_secs", "f8"),
    ("delay_secs", "f8"),
    ("asked_ns", "i8"),
    ("shown_ns", "i8"),
])  # fmt: skip
"""The newest samples of one person, oldest first, and how that person's stream behaves."""


class PeoplePlayout:
    """Poses of all people."""

    def __init__(self) -> None:
        self._count = 0
        self._row_of: npt.NDArray[np.int32] = np.full(1 << 16, _NO_ROW, np.int32)
        self._table: Table = np.zeros(16, _ROW)

    @property
    def ids(self) -> U16:
        """(n,) uint16: everybody who has a pose, in row order."""
        return np.array(self._people["id"])

    @property
    def flags(self) -> U16:
        """(n,) uint16: the newest flags of each, see ``PoseFlag``."""
        return np.array(self._people["flags"][:, -1])

    def add(self, tick_ns: int, poses: Poses) -> None:
        """Take the poses of one frame; what is not newer than the newest known sample is passed over."""
        times_ns = tick_ns - np.rint(poses.ages_secs / SECS).astype(np.int64)
        rows = self._rows_of(times_ns, poses)
        later = times_ns > self._table["times_ns"][rows, -1]
        rows, times_ns = rows[later], times_ns[later]
        self._learn_interval(rows, times_ns)
        new = {
            "times_ns": times_ns,
            "positions": poses.positions[later],
            "quaternions": poses.quaternions[later],
            "flags": poses.flags[later],
        }
        for name, newest in new.items():
            ring = self._table[name]
            ring[rows, :-1] = ring[rows, 1:]
            ring[rows, -1] = newest

    def remove(self, person: int) -> None:
        """Forget someone who left; the last row moves into the gap."""
        row = int(self._row_of[person])
        if row == _NO_ROW:
            return
        self._count -= 1
        self._table[row] = self._table[self._count]
        self._row_of[self._table["id"][row]] = row
        self._row_of[person] = _NO_ROW

    def clear(self) -> None:
        """Forget everybody."""
        self._count = 0
        self._row_of[:] = _NO_ROW

    def at(self, session_ns: int) -> tuple[F64, F64]:
        """Return positions (n, 3) and quaternions (n, 4) to be drawn now, in the order of :attr:`ids`."""
        people = self._people
        _follow_delay(people, session_ns)
        times_ns, every = people["times_ns"], np.arange(len(people))
        wanted_ns = session_ns - np.rint(people["delay_secs"] / SECS).astype(np.int64)
        first = np.clip((times_ns <= wanted_ns[:, None]).sum(1) - 1, 0, SAMPLES - 2)
        fraction = _fraction(people, wanted_ns, first)
        start, end = people["positions"][every, first], people["positions"][every, first + 1]
        turned = people["quaternions"][every, first], people["quaternions"][every, first + 1]
        people["shown_ns"] = np.minimum(wanted_ns, times_ns[:, -1])
        return start + (end - start) * fraction[:, None], slerp(*turned, fraction.clip(0.0, 1.0))

    def shown_ages_secs(self, session_ns: int) -> F64:
        """Return how old what :meth:`at` gave is, for everyone who moves."""
        people = self._people
        places = people["positions"]
        moving = ~_standing(people) & (places[:, -1] != places[:, -2]).any(1)
        return np.asarray((session_ns - people["shown_ns"][moving]) * SECS)

    @property
    def _people(self) -> Table:
        return self._table[: self._count]

    def _learn_interval(self, rows: Rows, times_ns: I64) -> None:
        """Move the running mean, and let who stood stand until one interval before setting out."""
        newest_ns = self._table["times_ns"][rows, -1]
        stood = self._table["flags"][rows, -1] & PoseFlag.STANDING_STILL.value != 0
        gap_secs = np.minimum((times_ns - newest_ns) * SECS, INTERVAL_MAX_SECS)
        mean_secs = self._table["interval_secs"][rows]
        mean_secs += np.where(stood, 0.0, INTERVAL_SHARE * (gap_secs - mean_secs))
        set_out_ns = times_ns - np.rint(mean_secs / SECS).astype(np.int64)
        self._table["interval_secs"][rows] = mean_secs
        self._table["times_ns"][rows, -1] = np.where(stood, np.maximum(newest_ns, set_out_ns), newest_ns)

    def _rows_of(self, times_ns: I64, poses: Poses) -> Rows:
        new = np.flatnonzero(self._row_of[poses.ids] == _NO_ROW)
        if len(new):
            _ids, first = np.unique(poses.ids[new], return_index=True)
            self._enter(new[np.sort(first)], times_ns, poses)
        return self._row_of[poses.ids].astype(np.intp)

    def _enter(self, places: Rows, times_ns: I64, poses: Poses) -> None:
        """Give rows to people of whom this is the first sample; until it they stood there."""
        rows = np.arange(self._count, self._count + len(places))
        while rows[-1] >= len(self._table):
            self._table = np.concatenate([self._table, np.zeros(len(self._table), _ROW)])
        entered = np.zeros(len(rows), _ROW)
        entered["id"] = poses.ids[places]
        entered["times_ns"] = times_ns[places, None] - 1
        entered["positions"] = poses.positions[places, None]
        entered["quaternions"] = poses.quaternions[places, None]
        entered["flags"] = PoseFlag.STANDING_STILL
        entered["interval_secs"], entered["delay_secs"] = INTERVAL_FIRST_SECS, DELAY_MIN_SECS
        entered["asked_ns"] = entered["shown_ns"] = times_ns[places]
        self._table[rows] = entered
        self._row_of[entered["id"]] = rows
        self._count += len(rows)


def _standing(people: Table) -> Bools:
    return np.asarray(people["flags"][:, -1] & PoseFlag.STANDING_STILL != 0)


def _follow_delay(people: Table, session_ns: int) -> None:
    asked_ns: I64 = people["asked_ns"]
    delay_secs: F64 = people["delay_secs"]
    interval_secs: F64 = people["interval_secs"]
    step: F64 = DELAY_CHANGE * np.clip((session_ns - asked_ns) * SECS, 0.0, 1.0)
    wanted_secs: F64 = np.maximum(DELAY_MIN_SECS, DELAY_IN_INTERVALS * interval_secs)
    delay_secs += np.clip(wanted_secs - delay_secs, -step, step)
    asked_ns[:] = session_ns


def _fraction(people: Table, wanted_ns: I64, first: Rows) -> F64:
    """Return how far between samples ``first`` and ``first + 1`` each is; above 1 where they are late."""
    every = np.arange(len(people))
    start_ns, end_ns = people["times_ns"][every, first], people["times_ns"][every, first + 1]
    span_secs = np.maximum(end_ns - start_ns, 1) * SECS
    fraction = np.maximum((wanted_ns - start_ns) * SECS, 0.0) / span_secs
    late_secs = np.where(_standing(people), 0.0, np.maximum((wanted_ns - end_ns) * SECS, 0.0))
    pace_secs = np.maximum(span_secs, np.maximum(people["interval_secs"], PACE_MIN_SECS))
    coast = COAST_SECS * -np.expm1(-late_secs / COAST_SECS) / pace_secs
    jumped = people["flags"][every, first + 1] & PoseFlag.JUMPED != 0
    reached = np.minimum(fraction, 1.0)
    return np.asarray(np.where(jumped, np.floor(reached), reached + coast))


class JointPlayout:
    """Values of all joints, the shorter way round where they repeat.

    Attributes:
        periods: (n,) float64, 0 where a joint does not repeat.
    """

    def __init__(self) -> None:
        self.periods: F64 = np.zeros(0)
        self._times_ns: I64 = np.zeros(SAMPLES, np.int64)
        self._values: F64 = np.zeros((SAMPLES, 0))

    def restart(self) -> None:
        """Stand until the next values, and take them whatever their time: it may be another clock's."""
        self._times_ns[:] = 0
        self._values[:] = self._values[-1]

    def set_periods(self, first: int, periods: npt.ArrayLike) -> None:
        """Say after how much the joints from index ``first`` on repeat."""
        new = np.asarray(periods, np.float64)
        self._room_for(first + len(new))
        self.periods[first : first + len(new)] = new

    def add(self, tick_ns: int, joints: U16, values: F64) -> None:
        """Take the joints of one frame; those it does not name stay as they are."""
        if not len(joints) or tick_ns <= self._times_ns[-1]:
            return
        self._room_for(int(joints.max()) + 1)
        fresh = self._times_ns[-1] == 0
        self._times_ns[:-1], self._values[:-1] = self._times_ns[1:].copy(), self._values[1:].copy()
        self._times_ns[-1] = tick_ns
        self._values[-1, joints] = values
        if fresh:
            self._values[:] = self._values[-1]

    def at(self, session_ns: int) -> F64:
        """Return (n,) float64 radians or metres to be drawn now; a late stream stands still."""
        wanted_ns = session_ns - round(DELAY_MIN_SECS / SECS)
        first = int(np.clip(np.searchsorted(self._times_ns, wanted_ns, "right") - 1, 0, SAMPLES - 2))
        span_ns = max(int(self._times_ns[first + 1] - self._times_ns[first]), 1)
        fraction = min(max((wanted_ns - int(self._times_ns[first])) / span_ns, 0.0), 1.0)
        start, end = self._values[first], self._values[first + 1]
        return np.asarray(start + shortest_difference(start, end, self.periods) * fraction)

    def _room_for(self, count: int) -> None:
        missing = count - len(self.periods)
        if missing > 0:
            self.periods = np.concatenate([self.periods, np.zeros(missing)])
            self._values = np.concatenate([self._values, np.zeros((SAMPLES, missing))], axis=1)
