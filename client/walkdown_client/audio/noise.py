"""How loud it is at a place, in dB(A): from sound powers, distances, walls and rooms.

It is an estimate for planning and talking, after textbook formulas: it replaces no measurement and is no
certificate of noise control, neither for work places nor for neighbours.

- A point source over a reflecting plane: L_p = L_W - 20 lg r - 8 dB (ISO 9613-2:1996, geometrical divergence
  with D_c = 3 dB); nearer than 1 m a machine is no point any more, and gets no louder.
- In the room of the source: L_p = L_W + 10 lg (Q / 4 π r² + 4 / R) with Q = 2, so that the first term is the
  same as above (L. L. Beranek, Noise and Vibration Control, 1971); R as in ``reverb``.
- Outside the room of the source the room's sound falls on its walls too, W S / A (H. Kuttruff, Room
  Acoustics), counted with one wall of a cube of the same volume.
- What is in the way takes its loss at 1 kHz, see ``walls`` and ``occlusion``; what gets around, less.
- Sources add as energies: two equal ones make 3 dB more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from walkdown.i18n import mark
from walkdown_client.audio.orders import RoomBox
from walkdown_client.audio.reverb import Surroundings, absorption_of, constant_of
from walkdown_client.audio.space import Space

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

NEAREST_M = 1.0
EAR_M = 1.5
"""Height above the floor at which levels are told."""

QUIETEST_DB = 0.0
"""Less is no sound at all to anybody."""


class Threshold(NamedTuple):
    """A level above which something has to be done. ``text`` says what, in English, for gettext."""

    level_db: float
    text: str


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(45.0, mark("outdoors at night, residents")),
    Threshold(55.0, mark("outdoors by day, residents")),
    Threshold(80.0, mark("lower action value, work place")),
    Threshold(85.0, mark("upper action value, work place")),
)
"""Work places: daily exposure of directive 2003/10/EC, article 3: hearing protection is offered from 80 dB(A)
on and worn from 85 dB(A) on. Residents: WHO, Guidelines for community noise (1999), table 4.1: 55 dB(A) by
day outdoors in living areas, 45 dB(A) at night outside bedrooms. Both are averages over hours; here is a
moment."""


@dataclass(frozen=True, slots=True, eq=False)
class NoiseSources:
    """All that makes noise.

    Attributes:
        positions: (n, 3) metres, site frame. powers_db: (n,) A-weighted sound power level, dB re 1 pW.
    """

    positions: F64
    powers_db: F64

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.powers_db)


def noise_at(point: npt.ArrayLike, sources: NoiseSources, space: Space | None = None) -> float:
    """Return the level at a place in dB(A), -inf where nothing is heard.

    Args:
        point: (3,) metres, site frame, at the height of the ears.
        space: walls and rooms, None for the open air; ``Building.space`` is one.
    """
    here = np.asarray(point, np.float64)
    walls, rooms = space or Space(), (space or Space()).surroundings
    loss_db, _more = walls.occlusion.losses(here, sources.positions)
    direct = free_field(here, sources.positions) * 10 ** (loss_db / -10)
    shares = with_rooms(direct, rooms.rows_of(sources.positions), rooms.rows_of(here[None]), rooms=rooms)
    return float(levels_db(shares[:, None], sources.powers_db)[0])


def levels_db(shares: npt.NDArray[np.floating], powers_db: F64) -> F64:
    """Return levels (k,) in dB(A) from shares (n, k), see :func:`transmission_from`, and powers (n,)."""
    power = 10 ** (np.asarray(powers_db, np.float64) / 10) @ shares
    with np.errstate(divide="ignore"):
        found = 10 * np.log10(power)
    return np.where(found > QUIETEST_DB, found, -math.inf)


def transmission_from(source: F64, points: F64, space: Space) -> F32:
    """Return how much of the power of a source (3,) is heard at each place (k, 3), per m²; (k,)."""
    rooms = space.surroundings
    loss_db, _more = space.occlusion.losses(source, points)
    direct = free_field(source, points) * 10 ** (loss_db / -10)
    return with_rooms(direct, rooms.rows_of(source[None]), rooms.rows_of(points), rooms=rooms).astype(
        np.float32
    )


def with_rooms(direct: F64, own: Rows, heard_in: Rows, *, rooms: Surroundings) -> F64:
    """Return what the room of a source adds to its direct sound, all (k,) or of one.

    Args:
        own: the room of each source, heard_in: that of each place, -1 outdoors.
    """
    answered = np.append([4 / constant_of(room) for room in rooms.rooms], 0.0)
    leaking = np.append([walls_of_cube(room) for room in rooms.rooms], 0.0)
    return np.asarray(np.where(own == heard_in, direct + answered[own], direct * (1 + leaking[own])))


def free_field(source: F64, points: F64) -> F64:
    """Return 1 / 2 π r² of each place, (k,): what a point source over a reflecting plane sends there."""
    away_2 = np.maximum(((points - source) ** 2).sum(1), NEAREST_M**2)
    return np.asarray(1 / (2 * np.pi * away_2))


def walls_of_cube(room: RoomBox) -> float:
    """Return S / A: how much of the power in a room falls on one wall of a cube as large as it."""
    return float(room.volume_m3 ** (2 / 3) / absorption_of(room))
