"""What city surfaces look like: a material for each, by what it is, and the images that a file names."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from walkdown.i18n import mark
from walkdown.package.model import Material
from walkdown_server.importers.beside import find_file
from walkdown_server.importers.cityjson_geometry import NOT_DRAWN
from walkdown_server.importers.gltf_materials import Unfit, reencode
from walkdown_server.importers.looks import MAX_TEXTURE_BYTES, linear, linear_color
from walkdown_server.importers.report import ImportReport, Note

SURFACES = {
    "WallSurface": "D2CBBF",
    "RoofSurface": "846055",
    "GroundSurface": "8F8B84",
    "OuterCeilingSurface": "CDC8C0",
    "OuterFloorSurface": "B4AFA7",
    "InteriorWallSurface": "E4DFD6",
    "CeilingSurface": "ECE9E3",
    "FloorSurface": "B29A7C",
    "Window": "5B7886",
    "WindowSurface": "5B7886",
    "Door": "7B5C46",
    "DoorSurface": "7B5C46",
    "WaterSurface": "5E8BA6",
    "WaterGroundSurface": "A0977F",
    "TrafficArea": "6E6F71",
    "AuxiliaryTrafficArea": "93A07F",
    "TransportationMarking": "E6E4DD",
}
"""sRGB colours of semantic surfaces."""

OPEN = frozenset({"ClosureSurface", "WaterClosureSurface", "TransportationHole"})
"""Semantic surfaces that only close a volume where nothing is built."""

KINDS = {
    "Building": "D2CBBF",
    "BuildingInstallation": "B8B2A8",
    "BuildingConstructiveElement": "BDB8AF",
    "BuildingFurniture": "A88C6A",
    "Bridge": "BDB8AF",
    "Tunnel": "A5A19A",
    "Road": "6E6F71",
    "Railway": "85796E",
    "Square": "A39F98",
    "Track": "9A8F7C",
    "TransportSquare": "A39F98",
    "TransportationComplex": "7B7B7B",
    "Waterway": "5E8BA6",
    "WaterBody": "5E8BA6",
    "LandUse": "A9B28E",
    "TINRelief": "9DA884",
    "PlantCover": "7F9865",
    "SolitaryVegetationObject": "6F8C58",
    "CityFurniture": "8A8D90",
    "OtherConstruction": "BDB8AF",
}
"""sRGB colours of city objects whose surfaces say nothing; longer kinds that start alike share them."""

OTHER = "B9B5AE"
BUILT = ("Building", "Bridge", "OtherConstruction")
"""Kinds whose surfaces are told apart by where they look when nothing else tells."""

BY_SLOPE = -2
"""The material of a surface that becomes wall, roof or ground by where it looks."""

ROOF_SLOPE, GROUND_SLOPE = 0.2, -0.7
"""Height of a unit normal above which a surface is a roof, and below which it is the ground plate."""

MAX_NAME = 1000
SEARCHED = 20
"""So many missing images are searched for where images usually lie; then they are not there."""

_MISSING = mark(
    "Images that could not be used, so that their surfaces are plain: {count}; "
    "the first is {name!r}: {reason}."
)
_ABSENT = mark("it is not there: put it beside the file")
_SHINY = {"Window": 0.12, "WindowSurface": 0.12, "WaterSurface": 0.15, "WaterBody": 0.15, "Waterway": 0.15}


class _Stuff(msgspec.Struct):
    """A material of the file, in the terms of X3D."""

    name: str = ""
    diffuse: tuple[float, float, float] = msgspec.field(name="diffuseColor", default=(0.8, 0.8, 0.8))
    emissive: tuple[float, float, float] = msgspec.field(name="emissiveColor", default=(0.0, 0.0, 0.0))
    transparency: float = 0.0
    shininess: float = 0.2


@dataclass(slots=True)
class Palette:
    """Materials and images of a model, each made when it is first used.

    Attributes:
        materials: grows.
        images: grows; PNG and JPEG files.
        folder: what images are named from.
        missing: images that are not there or cannot be used, and why.
    """

    materials: list[Material]
    images: list[bytes]
    folder: Path
    missing: dict[str, Note] = field(default_factory=dict)
    _rows: dict[Material, int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _pictures: dict[str, int | None] = field(default_factory=dict)
    _paths: dict[str, Path | None] = field(default_factory=dict)

    def row(self, material: Material) -> int:
        """Return the row of a material; equal ones share it."""
        if material not in self._rows:
            self._rows[material] = len(self.materials)
            self.materials.append(material)
        return self._rows[material]

    def surface(self, surface: str | None, kind: str) -> int:
        """Return the row for a semantic surface of an object, ``NOT_DRAWN`` or ``BY_SLOPE``."""
        if surface in OPEN:
            return NOT_DRAWN
        if surface in SURFACES:
            return self._named(surface, SURFACES[surface])
        if kind.startswith(BUILT) and not kind.endswith(("Installation", "Furniture")):
            return BY_SLOPE
        name = next((known for known in KINDS if kind.startswith(known)), "")
        exact = kind if kind in KINDS else name
        return self._named(exact or "other", KINDS.get(exact, OTHER))

    def by_slope(self) -> tuple[int, int, int]:
        """Return the rows of walls, roofs and ground plates."""
        wall, roof, ground = (
            self._named(name, SURFACES[name]) for name in ("WallSurface", "RoofSurface", "GroundSurface")
        )
        return wall, roof, ground

    def stuff(self, value: Any) -> int | None:
        """Return the row of a material as the file describes it; None where it cannot be read."""
        try:
            stuff = msgspec.convert(value, _Stuff)
        except msgspec.ValidationError:
            return None
        red, green, blue = linear(stuff.emissive).tolist()
        return self.row(
            Material(
                stuff.name[:200],
                base_color=linear_color(stuff.diffuse, 1 - stuff.transparency),
                roughness=0.9 - 0.6 * _unit(stuff.shininess),
                emissive=(red, green, blue),
                double_sided=True,
            )
        )

    def picture(self, value: Any) -> int | None:
        """Return the row of a white material that shows a texture of the file; None where it is missing."""
        name = _name_of(value)
        if name is None:
            return None
        if name not in self._pictures:
            image = self._load(name)
            self._pictures[name] = (
                None
                if image is None
                else self.row(
                    Material(
                        name.rpartition("/")[2][:200],
                        base_color=(1.0, 1.0, 1.0, 1.0),
                        double_sided=True,
                        texture=image,
                    )
                )
            )
        return self._pictures[name]

    def has_image(self, value: Any) -> bool:
        """Return whether the image file of a texture is there."""
        name = _name_of(value)
        return name is not None and self._path_of(name) is not None

    def _path_of(self, name: str) -> Path | None:
        """Return where an image lies; after some that are missing no unusual place is searched any more."""
        if name not in self._paths:
            given_up = len(self.missing) > SEARCHED and not _is_file(self.folder / name)
            path = None if given_up else find_file(name, self.folder)
            if path is None or path.stat().st_size > MAX_TEXTURE_BYTES:
                self.missing[name], path = Note(_ABSENT, {}), None
            self._paths[name] = path
        return self._paths[name]

    def _load(self, name: str) -> int | None:
        path = self._path_of(name)
        if path is None:
            return None
        try:
            image = reencode(path.read_bytes())
        except Unfit as error:
            self.missing[name] = error.note
            return None
        if image not in self.images:
            self.images.append(image)
        return self.images.index(image)

    def _named(self, name: str, color: str) -> int:
        if name not in self._names:
            base = linear_color([int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)])
            made = Material(name, base, roughness=_SHINY.get(name, 0.85), double_sided=True)
            self._names[name] = self.row(made)
        return self._names[name]

    def tell(self, report: ImportReport) -> None:
        """Say in the report which images are missing."""
        if self.missing:
            name, reason = next(iter(self.missing.items()))
            values = {"count": len(self.missing), "name": name[:200], "reason": reason}
            report.note(Note(_MISSING, values))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is too long
        return False


def _name_of(value: Any) -> str | None:
    """Return the file name that a texture of the file gives."""
    name = value.get("image") if isinstance(value, dict) else None
    return name[:MAX_NAME] if isinstance(name, str) and name and "\0" not in name else None


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
