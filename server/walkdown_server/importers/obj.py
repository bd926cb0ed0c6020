"""OBJ: objects and groups become elements; polygons, textures, vertex colours and materials are kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from walkdown.package.model import Element, Model
from walkdown_server.importers.assembly import Assembly, nothing_to_draw, root_element
from walkdown_server.importers.frame import F64
from walkdown_server.importers.keys import Keys
from walkdown_server.importers.looks import linear_colors
from walkdown_server.importers.mesh_file import frame_of_mesh, read_bytes, source_of
from walkdown_server.importers.obj_file import MISSING, Ints, ObjFile, Owner, parse_obj
from walkdown_server.importers.obj_materials import ObjMaterials
from walkdown_server.importers.polygons import triangulate
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.welding import unique_rows

SCHEME = "obj"
UP = "Y"


def read_obj(task: ReadTask) -> Model:
    """Read an .obj file with its material files and textures.

    Raises:
        ImportFailed: one sentence says why. UnitMissing: nothing says in which unit it counts.
    """
    data = read_bytes(task.path)
    file = parse_obj(data, task.report, lambda part: task.progress(part / 2))
    task.progress(0.5)
    if not len(file.sizes):
        raise nothing_to_draw(task)
    matrix = frame_of_mesh(task, [file.points], up=UP, words="OBJ", unit=file.unit)
    assembly = Assembly(task, Model(task.path.stem))
    assembly.model.sources.append(source_of(task, data, "OBJ"))
    _Reading(assembly, file, ObjMaterials(assembly, file.libraries)).run(matrix)
    return assembly.finish()


@dataclass(slots=True)
class _Reading:
    """One file on its way into an assembly."""

    assembly: Assembly
    file: ObjFile
    materials: ObjMaterials
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    drawn: set[tuple[str, str]] = field(default_factory=set)
    keys: Keys = field(default_factory=lambda: Keys(SCHEME))

    def run(self, matrix: F64) -> None:
        """Draw all polygons as one shape, those of one object and group as one element."""
        task, file = self.assembly.task, self.file
        places = list(dict.fromkeys(_place_of(owner) for owner in file.named))
        self.drawn.update(places)
        materials = [self.materials.row(owner.material) for owner in file.named]
        solid = self._solid(materials)
        rows = {place: self.row(*place, see_through=place not in solid) for place in places}
        element = np.array([rows[_place_of(owner)] for owner in file.named])
        shape = self.assembly.add_shape(self._shape(element, np.array(materials)))
        task.report.elements_in += len(places)
        if shape is None:
            raise nothing_to_draw(task)
        self.assembly.place_own(shape, matrix)
        task.report.elements_out += len(places)
        task.progress(1.0)

    def _solid(self, materials: list[int]) -> set[tuple[str, str]]:
        """Return the objects and groups of which something is not see-through."""
        looks = self.assembly.model.materials
        pairs = zip(self.file.named, materials, strict=True)
        return {_place_of(owner) for owner, row in pairs if looks[row].base_color[3] >= 1}

    def row(self, name: str, group: str, *, see_through: bool = False) -> int:
        """Return the row of an object, or of a group in it; the drawing layer counts for a new one."""
        if (name, group) not in self.rows:
            if not self.rows:
                self.rows["", ""] = self.assembly.add_element(root_element(SCHEME, self.assembly.task))
            if (name, group) == ("", ""):
                return self.rows["", ""]
            parent = self.row(name, "") if group and name else self.rows["", ""]
            above = self.assembly.model.elements[parent].key
            self.rows[name, group] = self.assembly.add_element(
                Element(
                    key=self.keys.path(above, group or name),
                    name=(group or name)[:200],
                    kind="part" if (name, group) in self.drawn else "group",
                    parent=parent,
                    layer="glass" if see_through else "content",
                )
            )
        return self.rows[name, group]

    def _shape(self, element: Ints, material: Ints) -> Shape:
        """Return all triangles; equal corners of one element and material are one vertex.

        Args:
            element: (rows of ``file.named``,) the element of each. material: likewise.
        """
        file = self.file
        triangles, _polygons = triangulate(file.points[file.corners[:, 0]], file.sizes)
        owner = np.repeat(file.owners, file.sizes)
        first, kind = unique_rows([element[owner], material[owner], *(file.corners + 1).T])
        corners, materials = file.corners[first], material[owner[first]]
        smooth = len(file.normals) and (corners[:, 2] != MISSING).all()
        return Shape(
            positions=file.points[corners[:, 0]],
            triangles=kind[triangles],
            materials=materials,
            normals=file.normals[corners[:, 2]] if smooth else None,
            uvs=self._uvs(corners, materials),
            colors=None if file.colors is None else linear_colors(file.colors[corners[:, 0]]),
            elements=element[owner[first]],
        )

    def _uvs(self, corners: Ints, material: Ints) -> np.ndarray | None:
        textured = [row for row in np.unique(material).tolist() if self.materials.textured(row)]
        if not textured:
            return None
        uvs = np.zeros((len(corners), 2))
        for row in textured:
            here = (material == row) & (corners[:, 1] != MISSING)
            uvs[here] = self.materials.uvs(self.file.uvs[corners[here, 1]], row)
        return uvs


def _place_of(owner: Owner) -> tuple[str, str]:
    """Return object and group; a group called like its object is the object."""
    return (owner.object, "" if owner.group == owner.object else owner.group)
