"""Who is told of whose poses, and how often.

Pure. Up to 300 people everyone is told of everyone: those who move 20 times a second, those who stand
still once a second, each in a tick of their own. The section depends on the tick only, so that it is built
once for all. A newcomer gets everybody. Records stand in one table, a row for each person in the room.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.codec import HANDS, POSE, PoseFlag, Section, pack_section

RING_TICKS = 20
"""A person who stands still is told of in one of so many ticks."""

DEAD_BAND_MM = 2
DEAD_BAND_STEPS = 2
"""Steps of a packed quaternion's component: about 0.2°."""

FURTHEST_MM = 1_000_000_000
AGE_STEPS_PER_SEC = 1e4
_ALLOWED_FLAGS = np.uint16(PoseFlag.JUMPED | PoseFlag.SPEAKING)

Rows = npt.NDArray[np.intp]


class Crowd:
    """The newest pose of everyone in the room, by row.

    Args:
        capacity: rows, the most people that can be in the room.
    """

    def __init__(self, *, capacity: int) -> None:
        self._records = np.zeros(capacity, HANDS)
        self._bytes = self._records.view(np.uint8).data
        self._ids = np.zeros(capacity, np.uint16)
        self._arrived_ns = np.zeros(capacity, np.int64)
        self._fresh = np.zeros(capacity, bool)
        self._known = np.zeros(capacity, bool)
        self._hands = np.zeros(capacity, bool)
        self._still = np.zeros(capacity, bool)
        self._told = np.zeros(capacity, POSE)

    def enter(self, row: int, person: int) -> None:
        """Give a row to a person, of whom nothing is known yet."""
        self._ids[row] = person
        self._known[row] = self._fresh[row] = self._hands[row] = self._still[row] = False

    def leave(self, row: int) -> None:
        """Tell nobody of this row any more."""
        self._known[row] = self._fresh[row] = False

    def place(self, row: int, record: bytes | memoryview, *, now_ns: int) -> None:
        """Store a record of POSE or HANDS size as it came; it is checked when it is told."""
        offset = row * HANDS.itemsize
        self._bytes[offset : offset + len(record)] = record
        self._arrived_ns[row] = now_ns
        self._fresh[row] = self._known[row] = True
        self._hands[row] = len(record) == HANDS.itemsize

    def sections(self, tick: int, *, now_ns: int) -> bytes:
        """Return the packed POSES and HANDS sections that everyone gets in this tick, empty for none."""
        moved = self._find_moved()
        stopped = self._fresh & ~moved & ~self._still
        ring = (np.arange(len(self._known)) % RING_TICKS == tick % RING_TICKS) & self._known
        self._still = np.where(self._fresh, ~moved, self._still)
        quiet = ring & ~self._fresh
        self._still |= quiet
        rows = np.flatnonzero(moved | stopped | ring)
        self._fresh[:] = False
        self._told[rows] = self._records["pose"][rows]
        return self._pack(rows, now_ns=now_ns)

    def everyone(self, *, now_ns: int) -> bytes:
        """Return the sections with everyone, for someone who missed a tick or has just come."""
        return self._pack(np.flatnonzero(self._known), now_ns=now_ns)

    def _find_moved(self) -> npt.NDArray[np.bool_]:
        """Return who of the fresh is out of the dead band around what was last told."""
        moved = np.zeros(len(self._fresh), bool)
        rows = np.flatnonzero(self._fresh)
        if len(rows):
            new, old = self._records["pose"][rows], self._told[rows]
            far = (np.abs(new["position_mm"].astype(np.int64) - old["position_mm"]) > DEAD_BAND_MM).any(1)
            turned = _steps_apart(new["rotation"], old["rotation"]) > DEAD_BAND_STEPS
            flags = (new["flags"] ^ old["flags"]) & _ALLOWED_FLAGS | new["flags"] & PoseFlag.JUMPED
            moved[rows] = far | turned | (flags != 0)
        return moved

    def _pack(self, rows: Rows, *, now_ns: int) -> bytes:
        if not len(rows):
            return b""
        records = self._records[rows]
        pose = records["pose"]
        pose["id"] = self._ids[rows]
        still = np.where(self._still[rows], PoseFlag.STANDING_STILL, 0).astype(np.uint16)
        pose["flags"] = pose["flags"] & _ALLOWED_FLAGS | still
        pose["position_mm"] = pose["position_mm"].clip(-FURTHEST_MM, FURTHEST_MM)
        waited = (now_ns - self._arrived_ns[rows]) * (AGE_STEPS_PER_SEC / 1e9)
        pose["age"] = (pose["age"] + waited).clip(0, 65535)
        hands = self._hands[rows]
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
