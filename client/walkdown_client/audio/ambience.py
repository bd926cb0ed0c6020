"""How it sounds where nothing happens: rooms by their ventilation, streets by their traffic.

A room is aired so that its level stays at 35 dB(A) (EN 16798-1, offices), a hall at 45. What a source at the
ceiling must send out for that follows from the absorption A = 0.161 V / T60 of the diffuse field:
L_W = L_p + 10 lg(A / 4) (W. C. Sabine; H. Kuttruff, Room Acoustics, chapter 5). Streets are rows of sources,
see ``noise_roads``; neighbours play at different pitches, or they would sound like one in a pipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.audio import loops
from walkdown_client.audio.building import HeardPackage
from walkdown_client.audio.levels import played_at_1_m_db, received_db
from walkdown_client.audio.orders import RoomBox
from walkdown_client.placements import to_site

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

ROOM_DB, HALL_DB = 35.0, 45.0
HALL_M3 = 2000.0
NEAR_M = 12.0
"""Farther rooms are not heard."""

ROOMS_MAX, ROADS_MAX = 4, 6
ROAD_FROM_DB = 10.0
"""What is quieter of a street at the head, where a voice at 1 m has 60 dB, is not told."""

WEIGHT = 0.4
_BELOW_CEILING_M = 0.3
_SABINE = 0.161
_PITCHES = 0.94 + 0.03 * np.arange(5)


class Ambience:
    """Rooms, then parts of streets, in rows.

    Args:
        rooms: all there are. aired: (k, 3) places of things that air their rooms themselves.
        roads: places (r, 3) and sound power levels (r,) of parts of streets.

    Attributes:
        places: (n, 3) metres, site frame. levels: (n,) dB at 1 m, as played. loops: (n,). pitches: (n,).
    """

    def __init__(
        self, rooms: Sequence[RoomBox] = (), *, aired: F64 | None = None, roads: tuple[F64, F64] | None = None
    ) -> None:
        self._low, self._high, quiet = _free_rooms(rooms, np.zeros((0, 3)) if aired is None else aired)
        streets, power = (np.zeros((0, 3)), np.zeros(0)) if roads is None else roads
        ceilings = (self._low + self._high) / 2
        ceilings[:, 2] = self._high[:, 2] - _BELOW_CEILING_M
        self.places = np.concatenate([ceilings, streets])
        self.levels = played_at_1_m_db(np.append(quiet, power))
        names = ["ventilation"] * len(quiet) + ["traffic"] * len(power)
        self.loops = np.array([loops.INDEX[name] for name in names], np.uint16)
        steady, moving = np.ones(len(quiet)), _PITCHES[np.arange(len(power)) % len(_PITCHES)]
        self.pitches = np.append(steady, moving)

    def near(self, ears: F64) -> Rows:
        """Return which rows are heard from a place: the nearest rooms, then the loudest parts of streets."""
        count = len(self._low)
        away = np.sqrt(((np.minimum(np.maximum(ears, self._low), self._high) - ears) ** 2).sum(1))
        rooms = np.argsort(away, kind="stable")[:ROOMS_MAX]
        heard = received_db(self.levels[count:], np.sqrt(((self.places[count:] - ears) ** 2).sum(1)))
        roads = np.argsort(-heard, kind="stable")[:ROADS_MAX]
        return np.append(rooms[away[rooms] <= NEAR_M], count + roads[heard[roads] > ROAD_FROM_DB])


def streets_of(packages: Iterable[HeardPackage]) -> tuple[F64, F64]:
    """Return places (r, 3), metres, site frame, and sound power levels (r,) of the streets of packages."""
    places, powers = [np.zeros((0, 3))], [np.zeros(0)]
    for package in packages:
        roads = package.survey.roads
        places.append(to_site(package.ref.placement, roads.places))
        powers.append(roads.powers_db)
    return np.concatenate(places), np.concatenate(powers)


def _free_rooms(rooms: Sequence[RoomBox], aired: F64) -> tuple[F64, F64, F64]:
    """Return corners (r, 3) and sound power levels (r,) of the rooms that nothing else airs."""
    low = np.array([room.low for room in rooms], np.float64).reshape(-1, 3)
    high = np.array([room.high for room in rooms], np.float64).reshape(-1, 3)
    free = ~_holding(low, high, aired)
    volume = np.array([room.volume_m3 for room in rooms], np.float64)[free]
    lasting = np.array([room.t60_secs for room in rooms], np.float64)[free]
    absorption = _SABINE * volume / np.maximum(lasting, 0.1)
    usual = np.where(volume > HALL_M3, HALL_DB, ROOM_DB)
    return low[free], high[free], np.asarray(usual + 10 * np.log10(np.maximum(absorption, 1.0) / 4))


def _holding(low: F64, high: F64, points: F64) -> Bools:
    """Return (r,) which boxes hold one of some points."""
    inside = (low[:, None] <= points[None]) & (points[None] <= high[:, None])
    return np.asarray(np.any(np.all(inside, axis=2), axis=1))
