"""A hundred thousand boxes of different heights on a grid, as a package's table and tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.package.model import Material, Repeat, Surface

F32 = npt.NDArray[np.float32]

SPACING_M = 1.5
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)


@dataclass(frozen=True)
class CityTile:
    """One tile of the city."""

    surfaces: Sequence[Surface]
    materials: Sequence[Material] = (Material("house", base_color=(0.55, 0.55, 0.55, 1.0)),)
    repeats: Sequence[Repeat] = ()
    images: Sequence[bytes] = ()


@dataclass(frozen=True)
class City:
    """The element table: 12 triangles and 24 vertices an element.

    Attributes:
        lo, hi: (n, 3) corners of the boxes, metres.
        cells: (n,) the tile of each element.
    """

    lo: F32
    hi: F32
    cells: npt.NDArray[np.int64]
    kinds: Sequence[str] = field(repr=False)

    @property
    def names(self) -> Sequence[str]:
        """Not told apart."""
        return self.kinds

    @property
    def layers(self) -> npt.NDArray[np.int64]:
        """All content."""
        return np.zeros(len(self.lo), np.int64)

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        """(n,) no groups."""
        return np.full(len(self.lo), -1, np.int32)

    @property
    def triangles(self) -> npt.NDArray[np.int64]:
        """(n,) twelve of each."""
        return np.full(len(self.lo), 12, np.int64)

    @property
    def joints(self) -> npt.NDArray[np.int64]:
        """Nothing moves."""
        return np.full(len(self.lo), -1)


def make_city(count: int, *, tiles_across: int) -> City:
    """Lay out ``count`` boxes; always the same."""
    side = int(np.ceil(np.sqrt(count)))
    place = np.arange(count)
    height = 0.5 + 3 * np.random.default_rng(0).random(count) ** 3
    grid = np.stack([place % side - side / 2, place // side - side / 2], 1) * SPACING_M
    lo = np.concatenate([grid, np.zeros((count, 1))], 1).astype(np.float32)
    hi = lo + np.stack([np.ones(count), np.ones(count), height], 1).astype(np.float32)
    cells = (place % side) * tiles_across // side * tiles_across + (place // side) * tiles_across // side
    return City(lo, hi, cells, ["house"] * count)


def box_template() -> tuple[F32, F32, npt.NDArray[np.uint32]]:
    """(24, 3) corners of a unit box, their normals, and (12, 3) triangles."""
    corners: list[F32] = []
    normals: list[F32] = []
    triangles: list[list[int]] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (0, 1):
            face = np.zeros((4, 3), np.float32)
            face[:, axis], face[:, u], face[:, v] = side, [0, 1, 1, 0], [0, 0, 1, 1]
            normal = np.zeros((4, 3), np.float32)
            normal[:, axis] = 2 * side - 1
            first = 4 * len(corners)
            quad = ([0, 1, 2], [0, 2, 3]) if side else ([0, 2, 1], [0, 3, 2])
            triangles.extend([[first + i for i in t] for t in quad])
            corners.append(face)
            normals.append(normal)
    return np.concatenate(corners), np.concatenate(normals), np.array(triangles, np.uint32)


def surface_of(city: City, rows: npt.NDArray[np.intp]) -> Surface:
    """The boxes of some elements as one surface."""
    corners, normals, triangles = box_template()
    count = len(rows)
    size = (city.hi - city.lo)[rows]
    positions = (corners[None] * size[:, None] + city.lo[rows][:, None]).reshape(-1, 3)
    first = (np.arange(count, dtype=np.uint32) * 24)[:, None, None]
    return Surface(
        positions=positions.astype(np.float32),
        normals=np.tile(normals, (count, 1)),
        elements=np.repeat(rows.astype(np.uint32), 24),
        materials=np.zeros(24 * count, np.uint32),
        triangles=(triangles[None] + first).reshape(-1, 3),
    )


def tiles_of(city: City) -> Iterator[CityTile]:
    """One tile for each cell."""
    for cell in np.unique(city.cells):
        yield CityTile([surface_of(city, np.flatnonzero(city.cells == cell))])
