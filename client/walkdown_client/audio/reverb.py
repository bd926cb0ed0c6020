"""How long and how loud a room answers: Sabine's formula, and how it changes where one goes through a door.

Sources: T60 = 0.161 V / A (W. C. Sabine; ISO 3382-2:2008 gives the constant as 55.3 / c); the reverberant
field against the direct sound at 1 m, 4 / R over 1 / 4π with the room constant R = A / (1 - mean absorption)
(L. L. Beranek, Noise and Vibration Control, 1971).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.orders import RoomBox

F64 = npt.NDArray[np.float64]

SABINE = 0.161
"""Seconds per metre."""

T60_MIN_SECS, T60_MAX_SECS = 0.15, 6.0
EDGE_M = 0.5
"""A room is left over this much on both sides of its boundary."""


@dataclass(frozen=True, slots=True)
class Reverb:
    """How the surroundings answer.

    Attributes:
        t60_secs, t60_high_secs: until the sound is 60 dB down, at 1 kHz and 4 kHz.
        gain: amplitude of the reverberant sound over that of the direct sound at 1 m, 0 outdoors, at most 1.
    """

    t60_secs: float
    t60_high_secs: float
    gain: float


OUTDOORS = Reverb(0.3, 0.3, 0.0)


def sabine_secs(volume_m3: float, absorption_m2: float) -> float:
    """Return T60 of a room by Sabine, no shorter and no longer than rooms are.

    Args:
        absorption_m2: the sum of all surfaces, each times its absorption, m².
    """
    t60 = SABINE * volume_m3 / max(absorption_m2, 1e-9)
    return min(max(t60, T60_MIN_SECS), T60_MAX_SECS)


def absorption_of(room: RoomBox) -> float:
    """Return the absorption in m² that a room of this volume and T60 has at 1 kHz."""
    return SABINE * room.volume_m3 / room.t60_secs


def room_constant_m2(absorption_m2: float, surface_m2: float) -> float:
    """Return R = A / (1 - mean absorption)."""
    return absorption_m2 / max(1.0 - absorption_m2 / max(surface_m2, 1e-9), 0.05)


def constant_of(room: RoomBox) -> float:
    """Return the room constant, m²; its surface is taken from its box."""
    x, y, z = (high - low for low, high in zip(room.low, room.high, strict=True))
    return room_constant_m2(absorption_of(room), 2 * (x * y + y * z + z * x))


def reverb_of(room: RoomBox) -> Reverb:
    """Return how a room answers in its middle."""
    gain = math.sqrt(16 * math.pi / constant_of(room))
    return Reverb(room.t60_secs, room.t60_high_secs, min(gain, 1.0))


class Surroundings:
    """All rooms; where two hold a place the smaller one counts, such as a cabin in a hall."""

    def __init__(self, rooms: tuple[RoomBox, ...]) -> None:
        self.rooms = tuple(sorted(rooms, key=lambda room: room.volume_m3))
        self._low = np.array([room.low for room in self.rooms], np.float64).reshape(-1, 3)
        self._high = np.array([room.high for room in self.rooms], np.float64).reshape(-1, 3)
        answers = [reverb_of(room) for room in self.rooms]
        self._t60 = np.log([[a.t60_secs, a.t60_high_secs] for a in answers]).reshape(-1, 2)
        self._gains = np.array([a.gain for a in answers])

    def shares(self, point: npt.ArrayLike) -> F64:
        """Return how much a place (3,) is in each room, (n,), together 0 outdoors to 1."""
        here = np.asarray(point, np.float64)
        depth = np.minimum(here - self._low, self._high - here).min(1, initial=np.inf)
        inside = np.clip(depth / (2 * EDGE_M) + 0.5, 0.0, 1.0)
        inside = inside * inside * (3 - 2 * inside)
        left = np.cumprod(np.append(1.0, 1.0 - inside[:-1])) if len(inside) else inside
        return np.asarray(inside * left)

    def reverb(self, point: npt.ArrayLike) -> Reverb:
        """Return how the surroundings of a place (3,), metres, site frame, answer."""
        shares = self.shares(point)
        total = float(shares.sum())
        if total < 1e-3:
            return OUTDOORS
        t60, t60_high = np.exp(shares @ self._t60 / total).tolist()
        return Reverb(t60, t60_high, float(shares @ self._gains))

    def rows_of(self, points: F64) -> npt.NDArray[np.intp]:
        """Return the row of the smallest room that holds each of (k, 3) places, -1 outdoors."""
        inside = (points[:, None] >= self._low) & (points[:, None] <= self._high)
        held = np.asarray(inside.all(2))
        return np.where(held.any(1), held.argmax(1), -1) if len(self.rooms) else np.full(len(points), -1)
