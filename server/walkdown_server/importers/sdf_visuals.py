"""The visuals of an SDF model: meshes read by the reader of their format, simple solids, and materials."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import mark
from walkdown.messages import ImportOptions
from walkdown.package.model import Material, Model, Surface
from walkdown_server.importers import solids
from walkdown_server.importers.assembly import Assembly
from walkdown_server.importers.dae_file import children
from walkdown_server.importers.formats import format_of, load_reader
from walkdown_server.importers.looks import Textures, linear_color
from walkdown_server.importers.placement import Placements, place
from walkdown_server.importers.places import search_folders
from walkdown_server.importers.polygons import triangulate
from walkdown_server.importers.report import ImportReport, Note
from walkdown_server.importers.sdf_file import F64, Library, text_of, vector_of
from walkdown_server.importers.shapes import Shape, part_of
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.xml_file import Node, local

NOT_SHOWN = {
    "heightmap": mark("a height map"),
    "image": mark("a shape made of an image"),
}
SHAPELESS = mark("a shape that is not known")

PLAIN_UNIT = {".stl": "Z", ".obj": "Z", ".ply": "Z"}
"""Meshes without a unit count in metres in a simulator, and are taken as they stand."""

SCRIPTS = {
    "Grey": (0.7, 0.7, 0.7), "Gray": (0.7, 0.7, 0.7), "DarkGrey": (0.18, 0.18, 0.18), "White": (1, 1, 1),
    "FlatBlack": (0.1, 0.1, 0.1), "Black": (0, 0, 0), "DarkGray": (0.18, 0.18, 0.18), "Red": (1, 0, 0),
    "RedBright": (0.87, 0.26, 0.07), "Green": (0, 1, 0), "Blue": (0, 0, 1), "SkyBlue": (0.13, 0.44, 0.7),
    "Yellow": (1, 1, 0), "ZincYellow": (0.98, 0.9, 0.24), "DarkYellow": (0.7, 0.7, 0), "Purple": (1, 0, 1),
    "Turquoise": (0, 1, 1), "Orange": (1, 0.51, 0.09), "Indigo": (0.33, 0, 0.5), "Gold": (0.8, 0.65, 0.22),
    "Wood": (0.62, 0.45, 0.28), "WoodFloor": (0.62, 0.45, 0.28), "WoodPallet": (0.67, 0.52, 0.35),
    "Asphalt": (0.2, 0.2, 0.2), "Residential": (0.6, 0.5, 0.4), "Grass": (0.3, 0.5, 0.2),
}  # fmt: skip
"""sRGB colours of the materials that Gazebo has by name, after ``Gazebo/``."""

Polyline = npt.NDArray[Any]


class _QuietReport(ImportReport):
    """Keeps what was left out of a mesh, but not what is assumed of its unit."""

    def note(self, note: Note) -> None:
        if "texture" in note.text or "material" in note.text:
            ImportReport.note(self, note)


@dataclass(slots=True)
class Visuals:
    """The shapes of one world; each mesh and each solid is made once."""

    assembly: Assembly
    library: Library
    textures: Textures
    _meshes: dict[Path, Model | None] = field(default_factory=dict)
    _shapes: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)

    def add(self, visual: Node, folder: Path) -> tuple[list[int], F64]:
        """Return the shapes of a visual, and the (4, 4) visual_from_shape.

        Args:
            visual: its pose is the caller's business. folder: from which its references count.
        """
        geometry = next(children(visual, "geometry"), None)
        shape = None if geometry is None else next(iter(geometry), None)
        if shape is None or local(shape) == "empty":
            return [], np.eye(4)
        material = self._material(visual, folder)
        if local(shape) == "mesh":
            matrix = np.diag([*vector_of(shape, ("scale",), [1.0] * 3), 1.0])
            return self._mesh(shape, folder, material), matrix
        return self._solid(shape, material), np.eye(4)

    # ---- meshes -------------------------------------------------------------------------------------

    def _mesh(self, mesh: Node, folder: Path, material: Material | None) -> list[int]:
        uri, report = text_of(mesh, "uri"), self.assembly.task.report
        path = self.library.find_mesh(uri, folder)
        if path is None:
            report.skip(mark("a mesh that is not there"), name=uri)
            return []
        name = text_of(mesh, "submesh", "name")
        row = None if material is None else self.assembly.add_material(material)
        key = (path, name, text_of(mesh, "submesh", "center"), row)
        if key not in self._shapes:
            model = self._read(path, uri)
            self._shapes[key] = [] if model is None else self._adopt(model, mesh, row)
        return self._shapes[key]

    def _read(self, path: Path, uri: str) -> Model | None:
        """Return a mesh file as its reader gives it, about its own zero."""
        if path not in self._meshes:
            up = PLAIN_UNIT.get(path.suffix.lower())
            options = ImportOptions(origin=(0.0, 0.0, 0.0))
            if up is not None:
                options = ImportOptions(unit=1.0, up="Z", origin=(0.0, 0.0, 0.0))
            quiet = _QuietReport(name="")
            try:
                reader = load_reader(format_of(path))
                folders = (*search_folders(path), path.parent)
                self._meshes[path] = reader(ReadTask(path, options, quiet, folders=folders))
            except ImportFailed as error:
                self.assembly.task.report.skip(mark("a mesh that cannot be read"), name=f"{uri}: {error}")
                self._meshes[path] = None
            self._take_notes(quiet)
        return self._meshes[path]

    def _take_notes(self, quiet: ImportReport) -> None:
        report = self.assembly.task.report
        for reason, count in quiet.skipped.items():
            if "animation" not in reason:
                report.skip(reason, count)
        report.notes += [note for note in quiet.notes if note not in report.notes]
        known = report.notes_in_english
        report.notes_in_english += [note for note in quiet.notes_in_english if note not in known]

    def _adopt(self, model: Model, mesh: Node, row: int | None) -> list[int]:
        """Return the shapes of a mesh file, or of one part of it."""
        rows = self._material_rows(model)
        wanted = text_of(mesh, "submesh", "name")
        found = []
        for surface in _all_surfaces(model):
            chosen = _only(surface, _rows_below(model, wanted)) if wanted else surface
            if chosen is None:
                continue
            if text_of(mesh, "submesh", "center") in ("true", "1"):
                middle = (chosen.positions.min(0) + chosen.positions.max(0)) / 2
                chosen = replace(chosen, positions=chosen.positions - middle)
            materials = rows[chosen.materials] if row is None else np.full_like(chosen.materials, row)
            found.append(self.assembly.add_surface(replace(chosen, materials=materials)))
        if not found:
            self.assembly.task.report.skip(mark("a part of a mesh that is not there"), name=wanted)
        return found

    def _material_rows(self, model: Model) -> npt.NDArray[np.uint32]:
        images = self.assembly.model.images
        rows = []
        for material in model.materials:
            texture = material.texture
            if texture is not None:
                if model.images[texture] not in images:
                    images.append(model.images[texture])
                texture = images.index(model.images[texture])
            rows.append(self.assembly.add_material(replace(material, texture=texture)))
        return np.array(rows, np.uint32)

    # ---- solids -------------------------------------------------------------------------------------

    def _solid(self, shape: Node, material: Material | None) -> list[int]:
        kind = local(shape)
        if kind not in _SOLIDS:
            self.assembly.task.report.skip(NOT_SHOWN.get(kind, SHAPELESS), name=kind)
            return []
        row = self.assembly.add_material(material or Material("Gazebo/Grey", linear_color((0.7, 0.7, 0.7))))
        made = _SOLIDS[kind](shape)
        key = (kind, row, made.positions.tobytes())
        if key not in self._shapes:
            textured = self.assembly.model.materials[row].texture is not None
            uvs = _flat_uvs(made) if textured else None
            number = self.assembly.add_shape(replace(made, materials=row, uvs=uvs))
            self._shapes[key] = [] if number is None else [number]
        return self._shapes[key]

    # ---- materials ----------------------------------------------------------------------------------

    def _material(self, visual: Node, folder: Path) -> Material | None:
        """Return what a visual says of its look, None when it says nothing."""
        clear = float(vector_of(visual, ("transparency",), [0.0])[0])
        node = next(children(visual, "material"), None)
        if node is None:
            return None
        albedo = text_of(node, "pbr", "metal", "albedo_map")
        script = text_of(node, "script", "name").rpartition("/")[2]
        diffuse = next(children(node, "diffuse"), next(children(node, "ambient"), None))
        texture = None
        if albedo:
            path = self.library.find_mesh(albedo, folder)
            texture = self.textures.load(
                path.name if path else albedo, folder=path.parent if path else folder
            )
        if diffuse is None and texture is None and script not in SCRIPTS:
            return None
        color = [0.7, 0.7, 0.7, 1.0] if texture is None else [1.0] * 4
        if diffuse is not None:
            color = _color(diffuse.text, color)
        elif script in SCRIPTS:
            color = [*map(float, SCRIPTS[script]), 1.0]
        return Material(
            name=script or "material",
            base_color=linear_color(color[:3], color[3] * (1 - min(max(clear, 0.0), 1.0))),
            roughness=_share(node, "roughness", 0.8),
            metallic=_share(node, "metalness", 0.0),
            double_sided=text_of(node, "double_sided") in ("true", "1"),
            texture=None if texture is None else texture.row,
            alpha_mode="opaque" if texture is None else texture.alpha,
        )


def _color(text: str | None, default: list[float]) -> list[float]:
    """Return red, green, blue and alpha; the last may be left out."""
    words = (text or "").split()
    try:
        found = [float(word) for word in [*words, *(["1"] if len(words) == 3 else [])]]
    except ValueError:
        return default
    return found if len(found) == 4 and np.isfinite(found).all() else default


def _share(material: Node, name: str, default: float) -> float:
    return min(max(float(vector_of(material, ("pbr", "metal", name), [default])[0]), 0.0), 1.0)


def _all_surfaces(model: Model) -> list[Surface]:
    """Return all that a model draws, copies in place."""
    found = list(model.surfaces)
    for repeat in model.repeats:
        matrices = np.tile(np.eye(4), (len(repeat.elements), 1, 1))
        w, x, y, z = repeat.rotations.astype(np.float64).T
        turns = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        matrices[:, :3, :3] = np.moveaxis(turns, -1, 0) * repeat.scales[:, None]
        matrices[:, :3, 3] = repeat.translations
        found.append(place(repeat.shape, Placements(repeat.elements, matrices)))
    return found


def _rows_below(model: Model, name: str) -> npt.NDArray[np.bool_]:
    """Return (n,) whether each element is called so, or lies below one that is."""
    found: list[bool] = []
    for element in model.elements:
        found.append(element.name == name or (element.parent >= 0 and found[element.parent]))
    return np.array(found, bool)


def _only(surface: Surface, rows: npt.NDArray[np.bool_]) -> Surface | None:
    """Return the triangles of some elements, None when there are none."""
    vertices = rows[surface.elements]
    chosen = vertices[surface.triangles[:, 0]]
    return part_of(surface, chosen, vertices) if chosen.any() else None


def _flat_uvs(shape: Shape) -> npt.NDArray[np.float64]:
    low, high = shape.positions.min(0), shape.positions.max(0)
    size = np.maximum(high - low, 1e-9)
    return np.asarray(((shape.positions - low) / size)[:, np.argsort(-size, kind="stable")[:2]])


def _polyline(shape: Node) -> Shape:
    """Return a prism over a polygon."""
    points = _points_of(shape)
    height = float(vector_of(shape, ("height",), [1.0])[0])
    if len(points) < 3:
        return Shape(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    count = len(points)
    low = np.column_stack([points, np.zeros(count)])
    top = triangulate(low, np.array([count]))[0]
    place_, following = np.arange(count), (np.arange(count) + 1) % count
    sides = np.stack([place_, following, following + count, place_ + count], 1)
    return Shape(
        np.concatenate([low, low + np.array([0, 0, height])]),
        np.concatenate([top[:, ::-1], top + count, sides[:, [0, 1, 2]], sides[:, [0, 2, 3]]]),
    )


def _points_of(shape: Node) -> Polyline:
    found = []
    for node in children(shape, "point"):
        words = (node.text or "").split()
        try:
            found.append([float(word) for word in words[:2]])
        except ValueError:
            continue
    whole = np.array([point for point in found if len(point) == 2]).reshape(-1, 2)
    x, y = whole.T
    area = (x * np.roll(y, -1) - y * np.roll(x, -1)).sum()
    return whole if area >= 0 else whole[::-1]


_SOLIDS = {
    "box": lambda s: solids.box(vector_of(s, ("size",), [1.0] * 3)),
    "cylinder": lambda s: solids.cylinder(*_radius_and_length(s)),
    "cone": lambda s: solids.cone(*_radius_and_length(s)),
    "capsule": lambda s: solids.capsule(*_radius_and_length(s)),
    "sphere": lambda s: solids.ellipsoid(np.full(3, vector_of(s, ("radius",), [1.0])[0])),
    "ellipsoid": lambda s: solids.ellipsoid(vector_of(s, ("radii",), [1.0] * 3)),
    "plane": lambda s: solids.plane(
        vector_of(s, ("normal",), [0.0, 0, 1]), vector_of(s, ("size",), [1.0] * 2)
    ),
    "polyline": _polyline,
}


def _radius_and_length(shape: Node) -> tuple[float, float]:
    radius, length = vector_of(shape, ("radius",), [1.0])[0], vector_of(shape, ("length",), [1.0])[0]
    return float(radius), float(length)
