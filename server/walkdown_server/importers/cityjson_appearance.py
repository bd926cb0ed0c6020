"""The materials and textures that a part of a CityJSON file defines for its surfaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from walkdown.package.model import F32
from walkdown_server.importers.cityjson_looks import Palette


@dataclass
class Appearance:
    """The materials and textures that one part of a file defines."""

    palette: Palette
    materials: list[Any]
    textures: list[Any]
    uvs: F32
    material_theme: str | None
    texture_theme: str | None
    _rows: dict[tuple[str, int], int | None] = field(default_factory=dict)

    @cached_property
    def has_textures(self) -> bool:
        """Whether any surface may have a texture; what is missing is noted."""
        there = [self.palette.has_image(texture) for texture in self.textures]
        return any(there) and len(self.uvs) > 0

    def material(self, number: Any) -> int | None:
        """Return the row of a material of the file by its number there; None where there is none."""
        return self._pick("material", number, values=self.materials, make=self.palette.stuff)

    def texture(self, number: Any) -> int | None:
        """Return the row of a material that shows a texture of the file; None where it is missing."""
        return self._pick("texture", number, values=self.textures, make=self.palette.picture)

    def _pick(
        self, noun: str, number: Any, *, values: list[Any], make: Callable[[Any], int | None]
    ) -> int | None:
        if type(number) is not int or not 0 <= number < len(values):
            return None
        if (noun, number) not in self._rows:
            self._rows[noun, number] = make(values[number])
        return self._rows[noun, number]

    def theme_of(self, themes: Any, *, preferred: str | None) -> Any:
        """Return what a geometry says for the theme that the file prefers, else for the first it has."""
        if not isinstance(themes, dict) or not themes:
            return None
        return themes.get(preferred) if preferred in themes else themes[min(themes)]


def read_appearance(value: Any, palette: Palette) -> Appearance:
    """Return the appearance of a part; what is not as the format says counts as not there."""
    found = value if isinstance(value, dict) else {}
    try:
        uvs = msgspec.convert(found.get("vertices-texture") or [], list[tuple[float, float]])
    except msgspec.ValidationError:
        uvs = []
    corners = np.array(uvs, np.float64).reshape(-1, 2)
    corners[:, 1] = 1 - corners[:, 1]
    return Appearance(
        palette,
        _list(found.get("materials")),
        _list(found.get("textures")),
        corners.clip(-1e5, 1e5).astype(np.float32),
        _text(found.get("default-theme-material")),
        _text(found.get("default-theme-texture")),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
