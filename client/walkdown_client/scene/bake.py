"""Bakes light with numpy: how enclosed each place is, and how much sky light a hall gets where.

All of it works on an occupancy grid, which tiles fill as they arrive. Nothing here touches the graphics
card, so it runs in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.hall import Hall
from walkdown_client.scene.light import Volume

F32 = npt.NDArray[np.float32]

_FINEST_CELL_M = 0.25
_CELLS_MAX = 6_000_000
_CELLS_ACROSS = 48
"""A small model gets at least this many cells along its longest side."""

_MARGIN_CELLS = 6
_SAMPLES_PER_CELL = 1.6
_NEAR_CELLS, _WIDE_CELLS = 1, 4
_NEAR_GAIN, _WIDE_GAIN = 1.6, 3.0

_LIGHT_CELL_M, _RAY_CELL_M = 1.0, 0.5
_RAYS = 40
_SKY, _SURFACE, _FLOOR, _BOUNCE = 2.6, 0.12, 0.10, 0.63
"""Radiance of the sky through an opening, of surfaces, of the floor in shadow; what a sunlit floor adds."""


@dataclass
class Occupancy:
    """Which cells hold a surface.

    Attributes:
        filled: (z, y, x) bool.
        lo: (3,) corner of cell 0, site frame, metres.
    """

    filled: npt.NDArray[np.bool_]
    lo: F32
    cell: float

    @property
    def size(self) -> F32:
        """(3,) extent in metres."""
        return np.array(self.filled.shape[::-1], np.float32) * np.float32(self.cell)

    def mark(self, positions: F32, triangles: npt.NDArray[np.uint32]) -> None:
        """Fill the cells that triangles pass through, by points spread over them."""
        corners = [positions[triangles[:, i]] for i in range(3)]
        points = _spread(corners, step_m=self.cell * 0.8)
        cells = np.floor((points - self.lo) / self.cell).astype(np.int64)
        cells = cells[((cells >= 0) & (cells < self.filled.shape[::-1])).all(1)]
        self.filled[cells[:, 2], cells[:, 1], cells[:, 0]] = True


def plan_occupancy(lo: F32, hi: F32) -> Occupancy:
    """An empty grid around a box, of a resolution that memory allows."""
    extent = np.maximum(np.asarray(hi, np.float64) - lo, 1e-3)
    finest = min(_FINEST_CELL_M, float(extent.max()) / _CELLS_ACROSS)
    cell = finest
    while (extent / cell + 2 * _MARGIN_CELLS).prod() > _CELLS_MAX:
        cell *= 1.1
    start = np.asarray(lo - _MARGIN_CELLS * cell, np.float32)
    start[2] = lo[2] - 2 * cell
    shape = np.ceil((np.asarray(hi) + _MARGIN_CELLS * cell - start) / cell).astype(int)
    grid = Occupancy(np.zeros(shape[::-1], bool), start, cell)
    grid.filled[:2] = True  # the ground
    return grid


def _spread(corners: list[F32], *, step_m: float) -> F32:
    """Points on triangles, about one for each ``step_m`` squared and at least one each; always the same."""
    a, b, c = corners
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    counts = np.clip(np.ceil(area / step_m**2 * _SAMPLES_PER_CELL), 1, 4_000_000).astype(np.int64)
    owner = np.repeat(np.arange(len(a)), counts)
    u, v = np.random.default_rng(1).random((2, len(owner)), np.float32)
    outside = u + v > 1
    u, v = np.where(outside, 1 - u, u), np.where(outside, 1 - v, v)
    return np.asarray(a[owner] + (b - a)[owner] * u[:, None] + (c - a)[owner] * v[:, None])


def box_blur(values: F32, radius: int) -> F32:
    """Mean over a cube of ``2 radius + 1`` cells; what lies outside counts as empty."""
    for axis in range(3):
        count = values.shape[axis]
        total = np.cumsum(values, axis=axis, dtype=np.float32)
        total = np.concatenate([np.zeros_like(np.take(total, [0], axis)), total], axis)
        place = np.arange(count)
        upper = np.take(total, np.minimum(place + radius + 1, count), axis)
        lower = np.take(total, np.maximum(place - radius, 0), axis)
        values = np.asarray((upper - lower) / np.float32(2 * radius + 1), np.float32)
    return values


def bake_occlusion(grid: Occupancy) -> Volume:
    """How full the near and the wide surroundings of each cell are: (z, y, x, 2) uint8."""
    full = grid.filled.astype(np.float32)
    channels = [box_blur(full, _NEAR_CELLS) * _NEAR_GAIN, box_blur(full, _WIDE_CELLS) * _WIDE_GAIN]
    values = (np.clip(np.stack(channels, -1), 0, 1) * 255).astype(np.uint8)
    return Volume(values, grid.lo, grid.size, grid.cell)


def bake_irradiance(grid: Occupancy, hall: Hall, to_sun: npt.ArrayLike) -> Volume:
    """Sky light and the bounce of sunlit floor in a hall, first-order: (z, y, x, 4) uint8.

    Channels are the root of the mean radiance and its mean direction.
    """
    room = _Room(grid, hall)
    sun = np.asarray(to_sun, np.float64) / np.linalg.norm(np.asarray(to_sun, np.float64))
    sunlit = room.sunlit_floor(sun.astype(np.float32))
    shape = np.ceil((hall.hi - hall.lo) / _LIGHT_CELL_M).astype(int)
    z, y, x = np.meshgrid(*[np.arange(n) for n in shape[::-1]], indexing="ij")
    cells = np.stack([x.ravel(), y.ravel(), z.ravel()], 1)
    origins = (cells * _LIGHT_CELL_M + _LIGHT_CELL_M / 2 + hall.lo).astype(np.float32)
    mean, direction = np.zeros(len(origins), np.float32), np.zeros((len(origins), 3), np.float32)
    for ray in _fibonacci(_RAYS):
        radiance = room.radiance(origins, ray, sunlit)
        mean += radiance / _RAYS
        direction += radiance[:, None] * ray / _RAYS
    both = np.concatenate([mean[:, None], direction], 1).reshape(*shape[::-1], 4)
    for channel in range(4):  # cells inside solids take from their neighbours
        both[..., channel] = 0.4 * both[..., channel] + 0.6 * box_blur(both[..., channel], 1)
    level = np.maximum(both[..., :1], 1e-4)
    packed = np.concatenate(
        [np.sqrt(np.clip(level, 0, 1)), np.clip(both[..., 1:] / level / 2 + 0.5, 0, 1)], -1
    )
    values = (packed * 255 + 0.5).astype(np.uint8)
    return Volume(values, hall.lo, (shape * _LIGHT_CELL_M).astype(np.float32), _LIGHT_CELL_M)


def _fibonacci(count: int) -> F32:
    """(count, 3) directions spread evenly over the sphere."""
    i = np.arange(count) + 0.5
    z = 1 - 2 * i / count
    r, a = np.sqrt(1 - z * z), i * np.pi * (3 - np.sqrt(5))
    return np.stack([r * np.cos(a), r * np.sin(a), z], 1).astype(np.float32)


def _openings(hall: Hall) -> F32:
    """Boxes of what lets light in; a hall that has none is lit as if by two strips along its roof."""
    known = np.concatenate([hall.skylights, hall.windows])
    if len(known):
        return known
    size = hall.hi - hall.lo
    along = int(size[1] > size[0])
    strips = np.tile(np.stack([hall.lo, hall.hi]), (2, 1, 1))
    strips[:, 0, 2] = hall.hi[2] - _RAY_CELL_M
    strips[:, 1, 2] = hall.hi[2] + 2 * _RAY_CELL_M
    for strip, middle in zip(strips, (0.3, 0.7), strict=True):
        across = 1 - along
        strip[:, across] = hall.lo[across] + size[across] * np.array([middle - 0.08, middle + 0.08])
    return np.asarray(strips, np.float32)


_NOTHING, _SOLID, _GROUND, _OPENING = range(4)


class _Room:
    """A hall on a coarse grid, for rays."""

    def __init__(self, grid: Occupancy, hall: Hall) -> None:
        self._lo, self._hi = hall.lo - _RAY_CELL_M, hall.hi + 2 * _RAY_CELL_M
        self._floor_z = float(hall.lo[2])
        self._shape = np.ceil((self._hi - self._lo) / _RAY_CELL_M).astype(np.int64)
        self._kind = np.zeros(self._shape[::-1], np.uint8)
        z, y, x = np.nonzero(grid.filled)
        points = np.stack([x, y, z], 1) * grid.cell + grid.lo + grid.cell / 2
        self._put(points[points[:, 2] > self._floor_z + 0.1], _SOLID)
        for low, high in _openings(hall):
            self._open(low, high)
        steps = np.r_[np.full(8, 1.0), np.full(10, 1.6), np.full(18, 3.2), np.full(14, 6.0)]
        self._steps = np.cumsum(steps * _RAY_CELL_M).astype(np.float32)

    def _put(self, points: F32, kind: int) -> None:
        cells = np.floor((points - self._lo) / _RAY_CELL_M).astype(np.int64)
        cells = cells[((cells >= 0) & (cells < self._shape)).all(1)]
        self._kind[cells[:, 2], cells[:, 1], cells[:, 0]] = kind

    def _open(self, low: F32, high: F32) -> None:
        """Let light in through the cells of a box."""
        first = np.clip(np.floor((low - self._lo) / _RAY_CELL_M).astype(int), 0, self._shape - 1)
        last = np.clip(np.floor((high - self._lo) / _RAY_CELL_M).astype(int), 0, self._shape - 1)
        box = self._kind[first[2] : last[2] + 1, first[1] : last[1] + 1, first[0] : last[0] + 1]
        box[:] = _OPENING

    def trace(self, origins: F32, ray: F32) -> tuple[npt.NDArray[np.uint8], F32]:
        """Return what rays of one direction meet, (n,) kinds, and where, (n, 3)."""
        kinds = np.full(len(origins), _NOTHING, np.uint8)
        points = origins + ray * self._steps[-1]
        alive = np.arange(len(origins))
        for step in self._steps:
            here = origins[alive] + ray * step
            cells = np.floor((here - self._lo) / _RAY_CELL_M).astype(np.int32)
            outside = ((cells < 0) | (cells >= self._shape)).any(1)
            cells = np.clip(cells, 0, self._shape - 1)
            met = self._kind[cells[:, 2], cells[:, 1], cells[:, 0]]
            met = np.where(here[:, 2] < self._floor_z, _GROUND, np.where(outside, _NOTHING, met))
            done = (met > 0) | outside
            kinds[alive[done]], points[alive[done]] = met[done], here[done]
            alive = alive[~done]
            if not len(alive):
                break
        return kinds, points

    def sunlit_floor(self, to_sun: F32) -> npt.NDArray[np.float32]:
        """(y, x) 1 where the sun reaches the floor, in steps of half a metre."""
        count = self._shape[:2]
        x, y = np.meshgrid(*[np.arange(n) * _RAY_CELL_M + self._lo[i] + 0.25 for i, n in enumerate(count)])
        origins = np.stack([x.ravel(), y.ravel(), np.full(x.size, self._floor_z + 0.3)], 1).astype(np.float32)
        fine = self._steps
        self._steps = np.arange(1, 80, dtype=np.float32) * (_RAY_CELL_M * 0.5)
        kinds, _ = self.trace(origins, to_sun)
        self._steps = fine
        return np.asarray((kinds == _OPENING).reshape(x.shape) * to_sun[2], np.float32)

    def radiance(self, origins: F32, ray: F32, sunlit: F32) -> F32:
        """(n,) light that comes from one direction."""
        kinds, points = self.trace(origins, ray)
        out = np.full(len(origins), _SURFACE, np.float32)
        out[kinds == _OPENING] = _SKY
        ground = kinds == _GROUND
        cells = ((points[ground, :2] - self._lo[:2]) / _RAY_CELL_M).astype(int)
        cells = np.clip(cells, 0, np.array(sunlit.shape[::-1]) - 1)
        out[ground] = _FLOOR + _BOUNCE * sunlit[cells[:, 1], cells[:, 0]]
        return out
