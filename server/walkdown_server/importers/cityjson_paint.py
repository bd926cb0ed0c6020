"""Which material each surface of a geometry gets: from its semantics, or as the file's appearance says."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from walkdown_server.importers.cityjson_appearance import Appearance
from walkdown_server.importers.cityjson_file import Geometry
from walkdown_server.importers.cityjson_geometry import (
    DEPTHS,
    NO_UV,
    NOT_DRAWN,
    Collector,
    Surfaces,
    corner_uvs,
    read_boundaries,
    surfaces_in,
    values_of,
)
from walkdown_server.importers.cityjson_looks import Palette


def collect(
    geometry: Geometry, collector: Collector, *, looks: Appearance, row: int, kind: str, uv_base: int
) -> bool:
    """Add the surfaces of a geometry; return whether there are any.

    Args:
        geometry: one that is drawn. collector: grows.
        looks: the appearance of its part. uv_base: the number of that part's first texture vertex.
        row: of the element that draws it. kind: of its object.

    Raises:
        msgspec.MsgspecError: its boundaries are nested otherwise than its type says.
        OverflowError: it names a vertex by a number that no file can have.
    """
    boundaries = read_boundaries(geometry)
    surfaces = surfaces_in(boundaries, geometry.type)
    materials, uvs = _paint(geometry, boundaries, surfaces, kind=kind, looks=looks, uv_base=uv_base)
    solid = DEPTHS[geometry.type] > 0
    collector.add(surfaces, element=row, materials=materials, solid=solid, uvs=uvs)
    return bool(surfaces)


def _paint(
    geometry: Geometry, boundaries: Any, surfaces: Surfaces, *, kind: str, looks: Appearance, uv_base: int
) -> tuple[list[int], list[int] | None]:
    """Return a material for each surface, and a texture vertex for each corner where there are textures."""
    depth = DEPTHS[geometry.type]
    rows = _by_semantics(geometry.semantics, boundaries, depth, kind=kind, palette=looks.palette)
    _use_materials(rows, geometry.material, boundaries, depth=depth, looks=looks)
    if not (looks.has_textures and geometry.texture):
        return rows, None
    return rows, _use_textures(rows, geometry, boundaries, surfaces=surfaces, looks=looks, uv_base=uv_base)


def _by_semantics(semantics: Any, boundaries: Any, depth: int, *, kind: str, palette: Palette) -> list[int]:
    found = semantics if isinstance(semantics, dict) else {}
    said = found.get("surfaces")
    surfaces = said if isinstance(said, list) else []
    by_number = [palette.surface(_type_of(surface), kind) for surface in surfaces]
    plain = palette.surface(None, kind)
    return [
        by_number[value] if _is_index(value, len(by_number)) else plain
        for value in values_of(found.get("values"), boundaries, depth)
    ]


def _type_of(surface: Any) -> str | None:
    found = surface.get("type") if isinstance(surface, dict) else None
    return found if isinstance(found, str) else None


def _is_index(value: Any, count: int) -> bool:
    return type(value) is int and 0 <= value < count


def _use_materials(rows: list[int], themes: Any, boundaries: Any, *, depth: int, looks: Appearance) -> None:
    """Replace rows by those of the file's own materials where it names one."""
    said = looks.theme_of(themes, preferred=looks.material_theme)
    if not isinstance(said, dict):
        return
    if "value" in said:
        values: Iterable[Any] = [said["value"]] * len(rows)
    else:
        values = values_of(said.get("values"), boundaries, depth)
    for place, value in enumerate(values):
        row = None if value is None else looks.material(value)
        if row is not None and rows[place] != NOT_DRAWN:
            rows[place] = row


def _use_textures(
    rows: list[int],
    geometry: Geometry,
    boundaries: Any,
    *,
    surfaces: Surfaces,
    looks: Appearance,
    uv_base: int,
) -> list[int] | None:
    """Replace rows by those of the file's textures; return the texture vertices of all corners."""
    said = looks.theme_of(geometry.texture, preferred=looks.texture_theme)
    if not isinstance(said, dict):
        return None
    values = values_of(said.get("values"), boundaries, DEPTHS[geometry.type])
    uvs: list[int] = []
    fitted = corner_uvs(values, surfaces, lambda number: looks.texture(number) is not None)
    for place, (found, rings) in enumerate(zip(fitted, surfaces, strict=True)):
        row = looks.texture(found[0]) if found and rows[place] != NOT_DRAWN else None
        if row is None:
            uvs.extend([NO_UV] * len(list(chain.from_iterable(rings))))
        else:
            rows[place] = row
            uvs.extend(number + uv_base for number in found[1:])
    return uvs
