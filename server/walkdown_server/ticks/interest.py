"""Who is told of whose poses, and how often.

Pure. Up to 300 people everyone is told of everyone: those who move 20 times a second, those who stand still
once a second, each in a tick of their own. Above that it depends on where one is, see ``cells``: of those
near one is told 20 times a second, of those in the ring 5 times, of all others once; in each of these, people
take turns by their row, so that somebody who changes cells misses no turn. Whoever is to be seen by all (who
speaks, who leads) is told of as if near.

What is told depends on the viewer's cell and not on the viewer, so it is built once for each occupied cell. A
newcomer, and who missed a tick, gets everybody in reach in full; who enters a cell, everybody newly in reach.
Records stand in one table, a row for each person in the room.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.codec import HANDS, POSE, PoseFlag, Section, pack_section
from walkdown_server.ticks.cells import (
    NEAR_RUNS,
    NOWHERE,
    RING_RUNS,
    Keys,
    Runs,
    gather,
    keys_of,
    reach,
)

EVERYONE_UP_TO = 300
"""So many people at most all see each other at the full rate."""

RING_TICKS = 4
FAR_TICKS = 20
"""Everybody is told of to everybody in one of so many ticks, also who stands still."""

DEAD_BAND_MM = 2
DEAD_BAND_STEPS = 2
"""Steps of a packed quaternion's component: about 0.2°."""

FURTHEST_MM = 1_000_000_000
AGE_STEPS_PER_SEC = 1e4
_ALLOWED_FLAGS = np.uint16(PoseFlag.JUMPED | PoseFlag.SPEAKING)

Rows = npt.NDArray[np.intp]
Bits = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Views:
    """What a tick tells of people.

    Attributes:
        sections: packed POSES and HANDS sections, for each group of viewers; may be empty.
        group_of: by row of the viewer, which of the sections is theirs.
        entered: rows of viewers who reach further than before and are owed who is newly in reach.
    """

    sections: list[bytes]
    group_of: list[int]
    entered: list[int]


class Crowd:
    """The newest pose of everyone in the room, by row.

    Args:
        capacity: rows, the most people that can be in the room.
        everyone_up_to: so many people who have a place all see each other at the full rate.
    """

    def __init__(self, *, capacity: int, everyone_up_to: int = EVERYONE_UP_TO) -> None:
        self._everyone_up_to = everyone_up_to
        self._records = np.zeros(capacity, HANDS)
        self._bytes = self._records.view(np.uint8).data
        self._table = self._records.view(np.uint8).reshape(capacity, HANDS.itemsize)
        self._ids = np.zeros(capacity, np.uint16)
        self._arrived_ns = np.zeros(capacity, np.int64)
        self._present = np.zeros(capacity, bool)
        self._fresh = np.zeros(capacity, bool)
        self._known = np.zeros(capacity, bool)
        self._hands = np.zeros(capacity, bool)
        self._still = np.zeros(capacity, bool)
        self._always = np.zeros(capacity, bool)
        self._told = np.zeros(capacity, POSE)
        self._changed_tick = np.full(capacity, -FAR_TICKS)
        self._keys = np.full(capacity, NOWHERE, np.int64)
        self._keys_before = self._keys.copy()
        self._turns = np.arange(capacity)
        self._one_group = [0] * capacity
        self._in_cells = False
        self._everyone: tuple[int, bytes] | None = None
        self._all: npt.NDArray[np.void] | None = None
        self._owed: dict[tuple[int, int, int], bytes] = {}
        self._views = Views([b""], self._one_group, [])
        self._always_people: frozenset[int] = frozenset()

    # ---- in -------------------------------------------------------------------------------------------

    @property
    def always(self) -> frozenset[int]:
        """Numbers of the people whom all see at the full rate, wherever they are."""
        return self._always_people

    def show_always(self, people: Collection[int]) -> None:
        """Have everybody see these people at the full rate, and no others but who speaks."""
        self._always_people = frozenset(people)
        self._always = np.isin(self._ids, list(self._always_people)) & self._present

    def enter(self, row: int, person: int) -> None:
        """Give a row to a person, of whom nothing is known yet."""
        self._ids[row] = person
        self._present[row] = True
        self._known[row] = self._fresh[row] = self._hands[row] = self._still[row] = False
        self._always[row] = person in self._always_people
        self._keys[row] = self._keys_before[row] = NOWHERE

    def leave(self, row: int) -> None:
        """Tell nobody of this row any more."""
        self._present[row] = self._known[row] = self._fresh[row] = self._always[row] = False
        self._keys[row] = NOWHERE
        self._everyone = None

    def place(self, row: int, record: bytes | memoryview, *, now_ns: int) -> None:
        """Store a record of POSE or HANDS size as it came; it is checked when it is told."""
        offset = row * HANDS.itemsize
        self._bytes[offset : offset + len(record)] = record
        self._arrived_ns[row] = now_ns
        self._fresh[row] = self._known[row] = True
        self._everyone = None
        self._hands[row] = len(record) == HANDS.itemsize

    def place_many(self, rows: Rows, records: Bytes, *, times_ns: Ints) -> None:
        """Store records (n, size of POSE) that came at these times, (n,) int64; of a row the last counts."""
        self._table[rows, : POSE.itemsize] = records
        self._arrived_ns[rows] = times_ns
        self._fresh[rows] = self._known[rows] = True
        self._hands[rows] = False
        self._everyone = None

    def places(self, rows: Rows) -> tuple[Ints, Bits]:
        """Return where these people (n,) are, (n, 3) in mm, and whether that is known, (n,)."""
        positions = self._records["pose"]["position_mm"][rows].clip(-FURTHEST_MM, FURTHEST_MM)
        return positions, self._known[rows]

    # ---- out ------------------------------------------------------------------------------------------

    def views(self, tick: int, *, now_ns: int) -> Views:
        """Begin a tick, and return what it tells of people to those who keep up."""
        self._all, self._owed = None, {}
        changed, far = self._judge(tick)
        were_in_cells = self._in_cells
        self._in_cells = int(np.count_nonzero(self._known)) > self._everyone_up_to
        if not self._in_cells:
            section = self._pack(np.flatnonzero(changed | far), now_ns=now_ns)
            entered = np.flatnonzero(self._present).tolist() if were_in_cells else []
            self._views = Views([section], self._one_group, entered)
            return self._views
        self._find_cells()
        entered = np.flatnonzero(self._keys != self._keys_before).tolist() if were_in_cells else []
        viewers, places = np.unique(self._keys[self._known], return_inverse=True)
        group_of = np.zeros(len(self._keys), np.intp)
        group_of[self._known] = places + 1
        for_all, around = self._sections_in_cells(viewers, tick, changed, far=far, now_ns=now_ns)
        self._views = Views([for_all, *around], group_of.tolist(), entered)
        return self._views

    def ages_secs(self, tick: int, *, now_ns: int) -> npt.NDArray[np.float64]:
        """Return how old the poses (p,) are of those who moved, in a tick that was begun."""
        rows = np.flatnonzero(self._changed_tick == tick)
        ages = self._records["pose"]["age"][rows] / AGE_STEPS_PER_SEC
        return np.asarray(ages + (now_ns - self._arrived_ns[rows]) / 1e9)

    def everyone(self, *, now_ns: int) -> bytes:
        """Return the sections with everyone, encoded once for all who ask at that time."""
        if self._everyone is None or self._everyone[0] != now_ns:
            self._everyone = now_ns, self._pack(np.flatnonzero(self._known), now_ns=now_ns)
        return self._everyone[1]

    def owed(self, row: int, *, told_tick: int, tick: int, now_ns: int) -> bytes:
        """Return the sections for a viewer who has missed something, in place of those of their group.

        Args:
            row: of the viewer. told_tick: the last tick that told them of people.
            tick: this one, whose ``views`` have been asked for.
        """
        missed = tick - 1 - told_tick
        if not self._in_cells or missed >= FAR_TICKS:
            return self.everyone(now_ns=now_ns)
        here, before = int(self._keys[row]), int(self._keys_before[row])
        sections = self._owed.get((here, before, missed))
        if sections is None:
            rows = self._missed(here, tick, missed) if missed else self._newly_seen(here, before)
            sections = _packed(self._whole(now_ns)[rows], self._hands[rows])
            self._owed[here, before, missed] = sections
        return sections if missed else self._views.sections[self._views.group_of[row]] + sections

    def _missed(self, here: int, tick: int, missed: int) -> Rows:
        """Return who is in reach or to be seen by all, and whose turn has come since the viewer was told."""
        turns = (tick - self._turns) % FAR_TICKS <= missed
        return np.flatnonzero((reach(self._keys, here)[1] | turns | self._seen_by_all()) & self._known)

    def _newly_seen(self, here: int, before: int) -> Rows:
        """Return who is in reach of a cell and was not, or was in the ring and is near now."""
        near, in_reach = reach(self._keys, here)
        was_near, was_in_reach = reach(self._keys, before)
        return np.flatnonzero(in_reach & ~was_near & ~(was_in_reach & ~near) & self._known)

    def _whole(self, now_ns: int) -> npt.NDArray[np.void]:
        """Return all rows as they are told, made once a tick for all who are owed some."""
        if self._all is None:
            self._all = self._records_of(np.arange(len(self._known)), now_ns=now_ns)
        return self._all

    def _judge(self, tick: int) -> tuple[Bits, Bits]:
        """Return who has moved or stopped since the last tick, and whose turn it is to be told to all."""
        moved = self._find_moved()
        changed = moved | self._fresh & ~moved & ~self._still
        far = (self._turns % FAR_TICKS == tick % FAR_TICKS) & self._known
        self._still = np.where(self._fresh, ~moved, self._still) | far & ~self._fresh
        self._fresh[:] = False
        rows = np.flatnonzero(changed | far)
        self._told[rows] = self._records["pose"][rows]
        self._changed_tick[changed] = tick
        return changed, far

    def _find_moved(self) -> Bits:
        """Return who of the fresh is out of the dead band around what was last told."""
        moved = np.zeros(len(self._fresh), bool)
        rows = np.flatnonzero(self._fresh)
        if len(rows):
            new, old = self._records["pose"][rows], self._told[rows]
            from_mm: npt.NDArray[np.int64] = old["position_mm"].astype(np.int64)
            apart_mm: npt.NDArray[np.int64] = np.abs(new["position_mm"] - from_mm)
            far = (apart_mm > DEAD_BAND_MM).any(1)
            turned = _steps_apart(new["rotation"], old["rotation"]) > DEAD_BAND_STEPS
            flags = (new["flags"] ^ old["flags"]) & _ALLOWED_FLAGS | new["flags"] & PoseFlag.JUMPED
            moved[rows] = far | turned | (flags != 0)
        return moved

    def _seen_by_all(self) -> Bits:
        speaking: Bits = self._records["pose"]["flags"] & PoseFlag.SPEAKING != 0
        return self._known & (self._always | speaking)

    def _find_cells(self) -> None:
        """Put everyone into the cell of where they were last told to be."""
        self._keys_before[:] = self._keys
        rows = np.flatnonzero(self._known)
        positions = self._told["position_mm"][rows].clip(-FURTHEST_MM, FURTHEST_MM)
        self._keys[rows] = keys_of(positions.astype(np.int64))

    def _sections_in_cells(
        self, viewers: Keys, tick: int, changed: Bits, *, far: Bits, now_ns: int
    ) -> tuple[bytes, list[bytes]]:
        """Return the sections for all, also for who has no place, and those for each viewer's cell."""
        shared = far | changed & self._seen_by_all()
        near = np.flatnonzero(changed & ~shared)
        turn = self._known & (self._turns % RING_TICKS == tick % RING_TICKS)
        ring = np.flatnonzero(turn & (self._changed_tick > tick - RING_TICKS) & ~shared)
        for_all = self._pack(np.flatnonzero(shared), now_ns=now_ns)
        parts = zip(
            self._around(viewers, near, NEAR_RUNS, now_ns=now_ns),
            self._around(viewers, ring, RING_RUNS, now_ns=now_ns),
            strict=True,
        )
        return for_all, [b"".join((for_all, *sections)) for sections in parts]

    def _around(self, viewers: Keys, rows: Rows, runs: Runs, *, now_ns: int) -> list[bytes]:
        """Return for each viewer's cell the sections with those of the rows that lie in the runs."""
        rows = rows[np.argsort(self._keys[rows], kind="stable")]
        records, hands = self._records_of(rows, now_ns=now_ns), self._hands[rows]
        sections = [b""] * len(viewers)
        for kind, mine in ((Section.POSES, ~hands), (Section.HANDS, hands)):
            if mine.any():
                chosen = records[mine] if kind == Section.HANDS else records["pose"][mine]
                places, sizes = gather(viewers, self._keys[rows[mine]], runs)
                data, size = chosen[places].tobytes(), chosen.itemsize
                ends = (np.cumsum(sizes) * size).tolist()
                for place, (start, stop) in enumerate(itertools.pairwise([0, *ends])):
                    if stop > start:
                        sections[place] += pack_section(kind, data[start:stop])
        return sections

    def _pack(self, rows: Rows, *, now_ns: int) -> bytes:
        return _packed(self._records_of(rows, now_ns=now_ns), self._hands[rows]) if len(rows) else b""

    def _records_of(self, rows: Rows, *, now_ns: int) -> npt.NDArray[np.void]:
        """Return the records (n,) of HANDS as they are told: checked, with number, flags and age."""
        records = self._records[rows]
        pose = records["pose"]
        pose["id"] = self._ids[rows]
        still = np.where(self._still[rows], PoseFlag.STANDING_STILL, 0).astype(np.uint16)
        pose["flags"] = pose["flags"] & _ALLOWED_FLAGS | still
        pose["position_mm"] = pose["position_mm"].clip(-FURTHEST_MM, FURTHEST_MM)
        waited = (now_ns - self._arrived_ns[rows]) * (AGE_STEPS_PER_SEC / 1e9)
        pose["age"] = (pose["age"] + waited).clip(0, 65535)
        return records


def _packed(records: npt.NDArray[np.void], hands: Bits) -> bytes:
    """Return the sections with these records (n,) of HANDS, whole for those who have hands."""
    parts = []
    if not hands.all():
        parts.append(pack_section(Section.POSES, records["pose"][~hands].tobytes()))
    if hands.any():
        parts.append(pack_section(Section.HANDS, records[hands].tobytes()))
    return b"".join(parts)


def _steps_apart(first: npt.NDArray[np.uint32], second: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Return the largest difference (n,) of the components of packed quaternions; another layout is far."""
    apart = np.zeros(len(first), np.int64)
    for shift in (20, 10, 0):
        a, b = (first >> shift & 1023).astype(np.int64), (second >> shift & 1023).astype(np.int64)
        apart = np.maximum(apart, np.abs(a - b))
    return np.where(first >> 30 == second >> 30, apart, 1024)
