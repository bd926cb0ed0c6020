"""How rooms sound when nothing happens in them: their ventilation, from the ceiling, as loud as is usual.

A room is aired so that its level stays at 35 dB(A) (EN 16798-1, offices), a hall at 45. What a source must
send out for that follows from the absorption A = 0.161 V / T60 of the diffuse field:
L_W = L_p + 10 lg(A / 4) (W. C. Sabine; H. Kuttruff, Room Acoustics, chapter 5).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.levels import played_at_1_m_db
from walkdown_client.audio.orders import RoomBox

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ROOM_DB, HALL_DB = 35.0, 45.0
HALL_M3 = 2000.0
NEAR_M = 12.0
"""Farther rooms are not heard."""

ROOMS_MAX = 4
_BELOW_CEILING_M = 0.3
_SABINE = 0.161


class RoomTones:
    """The ventilation of all rooms.

    Args:
        taken: (k, 3) places of things that air their rooms themselves.

    Attributes:
        places: (r, 3) metres, site frame. levels: (r,) dB at 1 m, as played.
    """

    def __init__(self, rooms: Sequence[RoomBox] = (), taken: F64 | None = None) -> None:
        low = np.array([room.low for room in rooms], np.float64).reshape(-1, 3)
        high = np.array([room.high for room in rooms], np.float64).reshape(-1, 3)
        free = ~_holding(low, high, np.zeros((0, 3)) if taken is None else taken)
        self._low, self._high = low[free], high[free]
        volume = np.array([room.volume_m3 for room in rooms], np.float64)[free]
        lasting = np.array([room.t60_secs for room in rooms], np.float64)[free]
        absorption = _SABINE * volume / np.maximum(lasting, 0.1)
        usual = np.where(volume > HALL_M3, HALL_DB, ROOM_DB)
        self.levels = played_at_1_m_db(usual + 10 * np.log10(np.maximum(absorption, 1.0) / 4))
        self.places: F64 = (self._low + self._high) / 2
        self.places[:, 2] = self._high[:, 2] - _BELOW_CEILING_M

    def near(self, ears: F64) -> npt.NDArray[np.intp]:
        """Return which rooms are heard from a place, the nearest first."""
        nearest = np.minimum(np.maximum(ears, self._low), self._high)
        away = np.sqrt(((nearest - ears) ** 2).sum(1))
        close = np.argsort(away, kind="stable")[:ROOMS_MAX]
        return np.asarray(close[away[close] <= NEAR_M])


def _holding(low: F64, high: F64, points: F64) -> Bools:
    """Return (r,) which boxes hold one of some points."""
    inside = (low[:, None] <= points[None]) & (points[None] <= high[:, None])
    return np.asarray(np.any(np.all(inside, axis=2), axis=1))
