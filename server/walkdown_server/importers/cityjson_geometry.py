"""The boundaries of CityJSON geometries, flattened: which are drawn, and their rings as growing columns."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown_server.importers.cityjson_file import Geometry
from walkdown_server.importers.cityjson_rings import Ints, Rings

Index = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
Surfaces = list[list[list[int]]]

DEPTHS = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""How many lists lie around the surfaces of each kind of geometry that is drawn."""

INSTANCE = "GeometryInstance"
NOT_DRAWN = -1
"""The material of a surface that is left out on purpose."""

NO_UV = -1

_Nested = list[list[list[Index]]]
_decoders: tuple[msgspec.json.Decoder[Any], ...] = (
    msgspec.json.Decoder(_Nested),
    msgspec.json.Decoder(list[_Nested]),
    msgspec.json.Decoder(list[list[_Nested]]),
)


def lod_of(geometry: Geometry, templates: Sequence[Geometry] = ()) -> float:
    """Return the level of detail as a number, -1 where there is none; an instance has its template's."""
    if geometry.type == INSTANCE and geometry.template is not None:
        if 0 <= geometry.template < len(templates):
            return lod_of(templates[geometry.template])
        return -1.0
    try:
        found = float(geometry.lod) if geometry.lod is not None else -1.0
    except ValueError:
        return -1.0
    return found if -1 <= found <= 100 else -1.0


def finest(geometries: Iterable[Geometry], templates: Sequence[Geometry]) -> list[Geometry]:
    """Return the geometries of the highest level among those that can be drawn."""
    drawable = [g for g in geometries if g.type in DEPTHS or g.type == INSTANCE]
    best = max((lod_of(g, templates) for g in drawable), default=-1.0)
    return [g for g in drawable if lod_of(g, templates) == best]


def read_boundaries(geometry: Geometry) -> Any:
    """Return the boundaries as nested lists of vertex numbers.

    Raises:
        msgspec.MsgspecError: they are nested otherwise than the geometry's type says.
    """
    return _decoders[DEPTHS[geometry.type]].decode(geometry.boundaries)


def surfaces_in(boundaries: Any, kind: str) -> Surfaces:
    """Return the surfaces of a geometry in their order."""
    for _level in range(DEPTHS[kind]):
        boundaries = list(chain.from_iterable(boundaries))
    surfaces: Surfaces = boundaries
    return surfaces


def values_of(values: Any, boundaries: Any, depth: int) -> list[Any]:
    """Return one value for each surface, None where there is none; what does not fit counts as none.

    Args:
        values: nested like the boundaries down to the surfaces, with null for any part.
        boundaries: of the geometry.
        depth: how many lists lie around its surfaces.
    """
    given = values if isinstance(values, list) else []
    if depth == 0:
        return (given + [None] * (len(boundaries) - len(given)))[: len(boundaries)]
    padded = given + [None] * (len(boundaries) - len(given))
    return list(
        chain.from_iterable(
            values_of(value, part, depth - 1) for value, part in zip(padded, boundaries, strict=False)
        )
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """What was collected, as arrays.

    Attributes:
        rings: of all surfaces; vertices are numbered through all parts, and -1 is one that does not exist.
        elements: (s,) row of the element of each surface.
        materials: (s,) row of the material of each surface.
        geometries: (s,) number of the geometry of each surface.
        solid: (g,) whether each geometry is closed.
    """

    rings: Rings
    elements: Ints
    materials: Ints
    geometries: Ints
    solid: npt.NDArray[np.bool_]

    def keep(self, surfaces: npt.NDArray[np.bool_]) -> Columns:
        """Return some of the surfaces, a (s,) mask."""
        return self.with_rings(self.rings.keep(surfaces), surfaces)

    def with_rings(self, rings: Rings, surfaces: npt.NDArray[np.bool_]) -> Columns:
        """Return some of the surfaces, a (s,) mask, with rings made for them."""
        return Columns(
            rings, self.elements[surfaces], self.materials[surfaces], self.geometries[surfaces], self.solid
        )


@dataclass(slots=True)
class Collector:
    """The surfaces of many geometries, gathered without an object for each."""

    points: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    materials: array[int] = field(default_factory=lambda: array("q"))
    uvs: array[int] = field(default_factory=lambda: array("q"))
    elements: list[int] = field(default_factory=list)
    surfaces: list[int] = field(default_factory=list)
    solid: list[bool] = field(default_factory=list)
    parts: list[tuple[int, int, int]] = field(default_factory=list)

    def add(
        self,
        surfaces: Surfaces,
        *,
        element: int,
        materials: Sequence[int],
        solid: bool,
        uvs: Iterable[int] | None,
    ) -> None:
        """Add the surfaces of one geometry.

        Args:
            surfaces: rings of vertex numbers.
            element: the row that draws them.
            materials: one for each surface.
            solid: whether they close a volume.
            uvs: a number for each corner, or None.
        """
        rings = list(chain.from_iterable(surfaces))
        self.points.extend(chain.from_iterable(rings))
        self.sizes.extend(map(len, rings))
        self.counts.extend(map(len, surfaces))
        self.materials.extend(materials)
        self.elements.append(element)
        self.surfaces.append(len(surfaces))
        self.solid.append(solid and NOT_DRAWN not in materials)
        if uvs is not None:
            self.uvs.extend([NO_UV] * (len(self.points) - len(self.uvs) - sum(map(len, rings))))
            self.uvs.extend(uvs)

    def end_part(self, *, base: int, count: int) -> None:
        """Say that what came since the last part uses ``count`` vertices, of which the first is ``base``."""
        self.parts.append((len(self.points), base, count))

    def columns(self) -> Columns:
        """Return all that was added."""
        self.uvs.extend([NO_UV] * (len(self.points) - len(self.uvs)))
        surfaces = np.array(self.surfaces, np.int64)
        return Columns(
            Rings(self._vertices(), _ints(self.sizes), _ints(self.counts), _ints(self.uvs)),
            np.repeat(np.array(self.elements, np.int64), surfaces),
            _ints(self.materials),
            np.repeat(np.arange(len(surfaces)), surfaces),
            np.array(self.solid, bool),
        )

    def _vertices(self) -> Ints:
        """Return (p,) vertices numbered through all parts."""
        points = _ints(self.points)
        if not self.parts:
            return points
        ends, bases, counts = np.array(self.parts, np.int64).T
        lengths = np.diff(ends, prepend=0)
        known = points < np.repeat(counts, lengths)
        return np.where(known, points + np.repeat(bases, lengths), -1)


def _ints(column: array[int]) -> Ints:
    return np.frombuffer(column, np.int64).copy() if len(column) else np.zeros(0, np.int64)


def corner_uvs(
    values: Sequence[Any], surfaces: Surfaces, accept: Callable[[int], bool]
) -> Iterator[list[int]]:
    """Yield for each surface its texture's number followed by one texture vertex for each corner.

    An empty list stands for a surface without a texture, or with one that does not fit its rings.

    Args:
        values: for each surface a list of rings ``[texture, vertex, vertex, …]``.
        surfaces: their rings.
        accept: whether a texture can be used.
    """
    for value, rings in zip(values, surfaces, strict=True):
        yield _fitting(value, rings, accept)


def _fitting(value: Any, rings: list[list[int]], accept: Callable[[int], bool]) -> list[int]:
    if not isinstance(value, list) or len(value) != len(rings) or not value:
        return []
    first = value[0]
    if not isinstance(first, list) or not first or not isinstance(first[0], int) or not accept(first[0]):
        return []
    for ring, corners in zip(value, rings, strict=True):
        if not isinstance(ring, list) or len(ring) != len(corners) + 1:
            return []
        if not all(isinstance(uv, int) and 0 <= uv < 1 << 40 for uv in ring[1:]):
            return []
    return [first[0], *chain.from_iterable(ring[1:] for ring in value)]
