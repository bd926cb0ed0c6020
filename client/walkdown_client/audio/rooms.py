"""Rooms and halls: those that a model has, or the one that rays measure around a listener.

A room's T60 follows from its volume and its absorption by Sabine: surfaces by what they are made of, people
and fittings by the floor, and the air. Where a model has no rooms, rays from the listener find how far the
walls are in all directions, V = ∫ r³/3 dΩ, and how large, S = ∫ r² / cos θ dΩ.

Sources: absorption coefficients at 1 kHz and 4 kHz as tabulated by M. Vorländer, Auralization (2008), annex,
and DIN 18041:2016, rounded; air by ISO 9613-1:1993 for 20 °C and 50 % (4.7 dB and 23 dB per km).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package import STOREY_KINDS
from walkdown.package.ancestry import all_below
from walkdown_client.audio.orders import RoomBox, Vector
from walkdown_client.audio.reverb import sabine_secs
from walkdown_client.audio.wall_boxes import F32, WallBoxes
from walkdown_client.audio.walls import NAMES, Barriers, Table
from walkdown_client.walk.doors import words_of

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]

ABSORPTION: dict[str, tuple[float, float]] = {
    "concrete": (0.02, 0.03),
    "masonry": (0.03, 0.05),
    "light": (0.06, 0.09),
    "cladding": (0.07, 0.06),
    "glass": (0.04, 0.02),
    "door": (0.08, 0.10),
    "ceiling": (0.20, 0.25),
    "roof": (0.20, 0.25),
    "sheet": (0.05, 0.05),
    "building": (0.03, 0.04),
}
"""Share of the sound that a surface swallows at 1 kHz and 4 kHz."""

UNKNOWN_SURFACE = (0.03, 0.05)
_ROOM_M3, _HALL_M3 = 200.0, 2000.0
_IN_ROOM, _IN_HALL = np.array([0.35, 0.40]), np.array([0.15, 0.20])
"""What stands in a room, and in a hall, swallows as much as these shares of its floor at 1 kHz and 4 kHz."""

AIR_PER_M = (0.0043, 0.0212)
"""What the air of a room swallows, m² per m³: four times its decay in dB per metre, over 4.34 dB."""

ROOM_WORDS = frozenset({"room", "space", "hall", "cabin", "office", "laboratory"})
LEAST_HEIGHT_M, LEAST_FLOOR_M2 = 1.8, 2.0

RAYS, REACH_M = 240, 80.0
ENCLOSED_SHARE = 0.8
"""So much of what is above the ears has to be walls or a ceiling, else one is outdoors."""

_NEAREST_BOXES = 3000
_EDGE = 4.0
"""Per cent of the rays that may get out on each side of a measured room."""

_EAR_M = 1.6
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Room:
    """A room of a model, in the model's own frame.

    Attributes:
        row: of its element. low, high: (3,) metres. absorptions: m² at 1 kHz and 4 kHz, without the air.
    """

    row: int
    low: F64
    high: F64
    absorptions: tuple[float, float]

    def box(self, low: F64, high: F64, *, scale: float) -> RoomBox:
        """Return it where it stands.

        Args:
            low, high: (3,) its box in the site. scale: of the model.
        """
        volume = float((self.high - self.low).prod()) * scale**3
        one, other = (absorption * scale**2 for absorption in self.absorptions)
        return room_box(low, high, volume_m3=volume, absorptions=(one, other))


def room_box(low: F64, high: F64, *, volume_m3: float, absorptions: tuple[float, float]) -> RoomBox:
    """Return a room with T60 by Sabine.

    Args:
        absorptions: m² at 1 kHz and 4 kHz, without the air.
    """
    t60, t60_high = (
        sabine_secs(volume_m3, absorption + air * volume_m3)
        for absorption, air in zip(absorptions, AIR_PER_M, strict=True)
    )
    return RoomBox(_vector(low), _vector(high), volume_m3, t60, t60_high)


def fittings(volume_m3: float) -> F64:
    """Return how much of its floor's sound what stands in a room swallows, at 1 kHz and 4 kHz: homes more."""
    share = np.interp(np.log(max(volume_m3, 1.0)), np.log([_ROOM_M3, _HALL_M3]), [0.0, 1.0])
    return np.asarray(_IN_ROOM + share * (_IN_HALL - _IN_ROOM))


def rooms_of(table: Table, barriers: Barriers) -> tuple[Room, ...]:
    """Return the rooms that a model has: elements of such a kind, and buildings that are one hall."""
    rows = [row for row, kind in enumerate(table.kinds) if _may_be_room(kind)]
    found = (_room(table, barriers, row) for row in rows[:_NEAREST_BOXES])
    return tuple(room for room in found if room is not None)


def _may_be_room(kind: str) -> bool:
    words = words_of(kind)
    return bool(ROOM_WORDS.intersection(words)) or kind == "building"


def _room(table: Table, barriers: Barriers, row: int) -> Room | None:
    """Return the room of an element: the box of its walls, or its own where it has none."""
    marked = np.arange(len(table.kinds)) == row
    below = all_below(marked, table.parents)
    if any(table.kinds[part].casefold() in STOREY_KINDS for part in np.flatnonzero(below).tolist()):
        return None
    mine = below[barriers.rows] & (barriers.codes != NAMES.index("sheet"))
    walls = barriers.rows[mine]
    if len(walls) < 4 and table.kinds[row] == "building":
        return None
    parts = walls if len(walls) else np.array([row])
    if not np.isfinite(table.lo[parts]).all():
        return None
    low, high = table.lo[parts].min(0).astype(np.float64), table.hi[parts].max(0).astype(np.float64)
    size = high - low
    if size[2] < LEAST_HEIGHT_M or size[0] * size[1] < LEAST_FLOOR_M2:
        return None
    faces = np.sort(table.hi[walls] - table.lo[walls], axis=1)[:, 1:].astype(np.float64)
    if len(walls) == 1:  # all walls in one element: its box says nothing about any of them
        faces = np.sqrt(np.array([[2 * size[2] * (size[0] + size[1])]] * 2).T)
    return Room(row, low, high, _absorbed(size, faces.prod(1), barriers.codes[mine]))


def _absorbed(size: F64, areas: F64, codes: I32) -> tuple[float, float]:
    """Return m² at 1 kHz and 4 kHz of a box of a room, with walls of some areas."""
    floor = float(size[0] * size[1])
    surface = 2 * (floor + float(size[0] * size[2] + size[1] * size[2]))
    known = areas * min(1.0, surface / max(float(areas.sum()), _TINY))
    coefficients = np.array([ABSORPTION[name] for name in NAMES])[codes]
    rest = max(surface - float(known.sum()), 0.0)
    totals = known @ coefficients + rest * np.array(UNKNOWN_SURFACE) + floor * fittings(float(size.prod()))
    one, other = totals.tolist()
    return one, other


def measured_room(boxes: WallBoxes, codes: I32, ears: npt.ArrayLike) -> RoomBox | None:
    """Return the room around a place as rays find it, None outdoors.

    Args:
        boxes, codes: what keeps sound away, and what that is. ears: (3,) metres, site frame.
    """
    here = np.asarray(ears, np.float32)
    apart = np.linalg.norm(np.maximum(np.abs(boxes.centres - here) - boxes.reach, 0.0), axis=1)
    near = np.flatnonzero(apart < REACH_M)
    near = near[np.argsort(apart[near], kind="stable")[:_NEAREST_BOXES]]
    if not len(near):
        return None
    ways = directions(RAYS)
    lengths, cosines, hit = _cast(boxes.take(near), here, ways)
    upward = ways[:, 2] > -0.05
    if np.isfinite(lengths[upward]).mean() < ENCLOSED_SHARE:
        return None
    floor = np.where(ways[:, 2] < -0.05, _EAR_M / np.maximum(-ways[:, 2], 0.05), REACH_M)
    reached = np.minimum(np.where(np.isfinite(lengths), lengths, floor), REACH_M)
    low, high = np.percentile(here + ways * reached[:, None], (_EDGE, 100 - _EDGE), axis=0)
    inside = np.where(ways > 0, high - here, here - low) / np.maximum(np.abs(ways), _TINY)
    reached = np.minimum(reached, inside.min(1))  # what gets out by a gap is not the room
    solid = 4 * np.pi / RAYS
    volume = min(float((reached**3).sum() * solid / 3), float((high - low).prod()))
    areas = reached**2 / np.maximum(np.where(np.isfinite(lengths), cosines, np.abs(ways[:, 2])), 0.2) * solid
    table = np.array([*(ABSORPTION[name] for name in NAMES), UNKNOWN_SURFACE])
    kinds = np.where(np.isfinite(lengths), codes[near][hit], len(NAMES))
    plan = float((high - low)[:2].prod())
    one, other = (areas @ table[kinds] + plan * fittings(volume)).tolist()
    return room_box(low, high, volume_m3=volume, absorptions=(one, other))


def directions(count: int) -> F32:
    """Return (count, 3) unit vectors, evenly spread: a Fibonacci sphere."""
    place = np.arange(count) + 0.5
    z = 1 - 2 * place / count
    turn = np.pi * (1 + 5**0.5) * place
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], 1).astype(np.float32)


def _cast(boxes: WallBoxes, here: F32, ways: F32) -> tuple[F32, F32, npt.NDArray[np.intp]]:
    """Return of each ray its length, infinite without a hit, the cosine at the wall, and the box."""
    cos, sin = boxes.turns.T[:, :, None]
    away = (here - boxes.centres)[:, :, None]
    x, y, z = away[:, 0], away[:, 1], away[:, 2]
    starts = (cos * x + sin * y, cos * y - sin * x, z)
    lines = (cos * ways[:, 0] + sin * ways[:, 1], cos * ways[:, 1] - sin * ways[:, 0], ways[:, 2])
    enters, leave = [], np.full((len(boxes), len(ways)), np.inf, np.float32)
    for first, line, half in zip(starts, lines, boxes.halves.T[:, :, None], strict=True):
        per_way = 1.0 / (line + np.float32(1e-7))
        middle, across = first * per_way, half * np.abs(per_way)
        enters.append(np.broadcast_to(-middle - across, leave.shape))
        leave = np.minimum(leave, across - middle)
    axis = np.argmax(enters, axis=0)
    enter = np.max(enters, axis=0)
    met = (enter < leave) & (enter > 0)
    lengths = np.where(met, enter, np.float32(np.inf))
    hit = lengths.argmin(0)
    every = np.arange(len(ways))
    shares = np.stack([np.broadcast_to(line, leave.shape) for line in lines])[axis[hit, every], hit, every]
    return lengths[hit, every], np.abs(shares), hit


def _vector(place: F64) -> Vector:
    x, y, z = place.tolist()
    return x, y, z
