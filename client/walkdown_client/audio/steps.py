"""Footsteps of people who walk, from nothing but their heads: when a foot comes down, where, and how loud.

The length of a step follows the speed: people keep the ratio of step length to cadence at about 0.0065 m per
step a minute (N. Sekiya, H. Nagasaki, Reproducibility of the walking patterns of normal young adults,
Gait and Posture 7, 1998), so that with v = length · cadence / 60 the length is √(60 · 0.0065 · v): 0.74 m at
1.4 m/s.
Who jumps, flies or is faster than a runner makes none. All people are followed at once; only the few whose
foot comes down near by in a frame become orders.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from walkdown.codec import PoseFlag
from walkdown_client.audio.floors import HIGH_M, LOW_M
from walkdown_client.audio.orders import Play
from walkdown_client.audio.shots import STEP_VARIANTS

F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

Floor = Callable[[F64], tuple[float, str]]
"""Returns height in m, NaN for none, and kind, one of ``shots.FLOORS``, of what lies below a head (3,)."""

WALK_RATIO = 0.0065
LENGTH_MIN_M, LENGTH_MAX_M = 0.35, 1.1
SPEED_MIN, SPEED_MAX = 0.3, 4.0
"""m/s: slower is shifting one's weight, faster no walk."""

STEEPEST = 0.9
"""Height per way: a stair climbs 0.8, who climbs more flies or is lifted."""

HEARD_M = 20.0
FRAME_MAX = 4
"""Steps in one frame; more are a crowd, in which nobody counts."""

OWN_DB = -8.0
"""One's own steps are known and only confirm."""

HEAD_USUAL_M = 1.6

_JUMPED = PoseFlag.JUMPED.value
_SPEED_SECS = 0.12
_SIDE_M = 0.1
_USUAL_SPEED = 1.4
_OWN = 1 << 16
"""Row of oneself, behind all numbers that others may have."""

_ROW = np.dtype([("place", "f8", 3), ("frame", "i8"), ("speed", "f8"), ("walked", "f8"), ("count", "i8")])


class Steps:
    """How far everybody has walked since their last step.

    Args:
        floor: tells what lies below a head; without it everybody stands on concrete.
    """

    def __init__(self, floor: Floor | None = None) -> None:
        self._floor = floor
        self._table: npt.NDArray[np.void] = np.zeros(_OWN + 1, _ROW)
        self._frame = 1

    def step(
        self,
        ids: npt.NDArray[np.uint16],
        positions: F64,
        flags: npt.NDArray[np.uint16],
        *,
        ears: F64,
        walking: bool,
        dt_secs: float,
    ) -> list[Play]:
        """Return the steps of this frame.

        Args:
            ids: (n,) others. positions: (n, 3) of their heads. flags: (n,) see ``PoseFlag``.
            ears: (3,) of one's own head. walking: whether oneself walks on the ground.
        """
        rows = np.append(ids.astype(np.intp), _OWN)
        places = np.vstack([positions.reshape(-1, 3), ears])
        grounded = np.append((flags & _JUMPED) == 0, walking)
        before = self._table[rows]
        moved = places - before["place"]
        going = self._note(rows, places, moved, grounded=grounded, dt_secs=dt_secs)
        due = going & (self._table["walked"][rows] >= length_m(self._table["speed"][rows]))
        if not due.any():
            return []
        return self._come_down(rows[due], places[due], moved[due], ears=ears)

    def _note(self, rows: Rows, places: F64, moved: F64, *, grounded: Bools, dt_secs: float) -> Bools:
        """Take where heads are; returns (n,) who walks."""
        table, way = self._table, np.hypot(moved[:, 0], moved[:, 1])
        known = table[rows]
        seen = known["frame"] == self._frame - 1
        self._frame += 1
        pace = way / max(dt_secs, 1e-3)
        steady = seen & (pace <= SPEED_MAX) & (np.abs(moved[:, 2]) <= STEEPEST * way + 0.01) & grounded
        share = 1 - np.exp(-dt_secs / _SPEED_SECS)
        speed = np.where(steady, known["speed"] + (pace - known["speed"]) * share, 0.0)
        going = steady & (speed >= SPEED_MIN)
        standing = ~steady | (speed < SPEED_MIN / 3)
        half = length_m(speed) / 2
        table["walked"][rows] = np.where(standing, half, known["walked"] + way * steady)
        table["place"][rows], table["speed"][rows] = places, speed
        table["frame"][rows] = self._frame - 1
        return np.asarray(going)

    def _come_down(self, rows: Rows, places: F64, moved: F64, *, ears: F64) -> list[Play]:
        table, speed = self._table, self._table["speed"][rows]
        table["walked"][rows] -= length_m(speed)
        table["count"][rows] += 1
        away = ((places - ears) ** 2).sum(1)
        near = np.argsort(away)[:FRAME_MAX]
        found = [
            self._heard(
                places[k], moved[k], count=int(table["count"][rows[k]]), own=rows[k] == _OWN, speed=speed[k]
            )
            for k in near.tolist()
            if away[k] <= HEARD_M**2
        ]
        return [play for play in found if play is not None]

    def _heard(self, head: F64, moved: F64, *, count: int, own: bool, speed: float) -> Play | None:
        height, kind = (np.nan, "concrete") if self._floor is None else self._floor(head)
        up = head[2] - height
        if np.isfinite(up) and not LOW_M <= up <= HIGH_M:
            return None
        ahead = moved[:2] / max(float(np.hypot(moved[0], moved[1])), 1e-9)
        side = _SIDE_M if count % 2 else -_SIDE_M
        foot = head[0] - ahead[1] * side, head[1] + ahead[0] * side
        low = head[2] - (up if np.isfinite(up) else HEAD_USUAL_M)
        level = 12 * float(np.log10(speed / _USUAL_SPEED)) + (OWN_DB if own else 0.0)
        name = f"step {kind} {1 + count * 7 // 3 % STEP_VARIANTS}"
        return Play(name, (float(foot[0]), float(foot[1]), float(low)), level, 0.5)


def length_m(speed: F64) -> F64:
    """Return the length of a step at a speed in m/s; both (n,)."""
    return np.asarray(np.minimum(np.maximum(np.sqrt(60 * WALK_RATIO * speed), LENGTH_MIN_M), LENGTH_MAX_M))
