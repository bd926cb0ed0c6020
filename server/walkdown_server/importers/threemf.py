"""3MF: what is built becomes elements, components stay instances, colours and textures are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import Element, Material, Model, Wrap
from walkdown_server.importers.assembly import Assembly, root_element
from walkdown_server.importers.frame import F64, site_from_file
from walkdown_server.importers.keys import Keys
from walkdown_server.importers.looks import Textures, linear_color, linear_colors
from walkdown_server.importers.mesh_file import read_bytes, source_of
from walkdown_server.importers.report import Note
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.threemf_file import UNITS, Object, Placed, Ref, ThreeMf, parse_3mf
from walkdown_server.importers.threemf_groups import Group
from walkdown_server.importers.welding import unique_rows

SCHEME = "3mf"
UP = "Z"
MAX_DEPTH = 64
MAX_PLACES = 200_000
WRAPS: dict[str, Wrap] = {"wrap": "repeat", "mirror": "mirror", "clamp": "clamp", "none": "clamp"}
UNIT_SAID = mark("{file}: {unit} and Z up, as 3MF says.")
NO_OBJECT = mark("a reference to an object that the file does not have")
EMPTY = mark("an object without triangles")

Array = npt.NDArray[Any]


def read_3mf(task: ReadTask) -> Model:
    """Read a .3mf file.

    Raises:
        ImportFailed: one sentence says why.
    """
    data = read_bytes(task.path)
    file = parse_3mf(data)
    if file.unit not in UNITS:
        raise ImportFailed(
            _("the unit should be one of {units}, but is {unit!r}").format(
                units=", ".join(UNITS), unit=file.unit[:30]
            )
        )
    assembly = Assembly(task, Model(task.path.stem))
    assembly.model.sources.append(source_of(task, data, "3MF"))
    matrix = site_from_file(task.options, unit=UNITS[file.unit], up=UP)
    root = assembly.add_element(root_element(SCHEME, task))
    reading = _Reading(assembly, file, Textures(assembly))
    for done, item in enumerate(file.items):
        reading.add(item, parent=root, matrix=matrix, above=())
        task.progress((done + 1) / len(file.items))
    if task.options.unit is None:
        task.report.note(Note(UNIT_SAID, {"file": task.path.name, "unit": file.unit}))
    task.report.elements_in += reading.places
    task.report.elements_out += len(assembly.model.elements) - 1
    return assembly.finish()


@dataclass(slots=True)
class _Reading:
    """One file on its way into an assembly; each object becomes one shape."""

    assembly: Assembly
    file: ThreeMf
    textures: Textures
    places: int = 0
    keys: Keys = field(default_factory=lambda: Keys(SCHEME))
    shapes: dict[Ref, int | None] = field(default_factory=dict)

    def add(self, placed: Placed, *, parent: int, matrix: F64, above: tuple[Ref, ...]) -> None:
        """Add an object in its place, and all its components."""
        report = self.assembly.task.report
        found = self.file.objects.get(placed.object)
        self.places += 1
        if found is None:
            report.skip(NO_OBJECT, name=placed.object[1])
            return
        if placed.object in above or len(above) > MAX_DEPTH or self.places > MAX_PLACES:
            raise ImportFailed(
                _("the object {name!r} is a component of itself, or there are too many").format(
                    name=found.name or placed.object[1]
                )
            )
        here = matrix @ placed.matrix
        shape = self._shape(placed.object, found)
        if shape is None and not found.components:
            report.skip(EMPTY, name=found.name or placed.object[1])
            return
        row = self._element(found, placed, parent=parent, shape=shape)
        if shape is not None:
            self.assembly.place(shape, row, here)
        for component in found.components:
            self.add(component, parent=row, matrix=here, above=(*above, placed.object))

    def _element(self, found: Object, placed: Placed, *, parent: int, shape: int | None) -> int:
        name = found.name or f"object {placed.object[1]}"
        return self.assembly.add_element(
            Element(
                key=self.keys.path(self.assembly.model.elements[parent].key, name),
                name=name[:200],
                kind="group" if shape is None else "part",
                parent=parent,
                layer="glass" if shape is not None and self.assembly.see_through(shape) else "content",
            )
        )

    def _shape(self, ref: Ref, found: Object) -> int | None:
        if ref not in self.shapes:
            self.shapes[ref] = self.assembly.add_shape(self._colored(found)) if len(found.triangles) else None
        return self.shapes[ref]

    def _colored(self, found: Object) -> Shape:
        """Return the triangles of an object; vertices are doubled where colours meet."""
        if not 0 <= found.triangles.min() <= found.triangles.max() < len(found.points):
            raise ImportFailed(
                _("a triangle uses vertex {number}, but its mesh has {count}: the file is damaged").format(
                    number=int(found.triangles.max()), count=len(found.points)
                )
            )
        materials, colors, uvs = self._looks(found)
        pick = found.picks.reshape(-1) * (colors is not None or uvs is not None)
        columns = [found.triangles.reshape(-1), materials, np.repeat(found.groups, 3) + 1, pick.clip(0)]
        first, number = unique_rows(columns)
        return Shape(
            positions=found.points[columns[0][first]],
            triangles=number.reshape(-1, 3),
            materials=materials[first],
            uvs=None if uvs is None else uvs[first],
            colors=None if colors is None else linear_colors(colors[first]),
        )

    def _looks(self, found: Object) -> tuple[Array, Array | None, Array | None]:
        """Return materials, sRGB colours and texture coordinates of all corners."""
        count = found.triangles.size
        owner, pick = np.repeat(found.groups, 3), found.picks.reshape(-1)
        materials = np.full(count, self.assembly.add_material(Material("3MF")), np.int64)
        colors: Array | None = None
        uvs: Array | None = None
        for row in np.unique(found.groups[found.groups >= 0]).tolist():
            here, group = owner == row, self.file.groups[row]
            if group.names:
                materials[here] = self._base_rows(group)[
                    _within(np.repeat(found.picks[:, 0], 3)[here], group.names)
                ]
            elif group.colors is not None and len(group.colors):
                materials[here] = self.assembly.add_material(
                    Material("colours", base_color=(1.0, 1.0, 1.0, 1.0))
                )
                colors = np.full((count, 4), 255, np.uint8) if colors is None else colors
                colors[here] = group.colors[_within(pick[here], group.colors)]
            elif group.uvs is not None and len(group.uvs):
                materials[here] = self._texture_row(group)
                uvs = np.zeros((count, 2)) if uvs is None else uvs
                uvs[here] = group.uvs[_within(pick[here], group.uvs)] * (1, -1) + (0, 1)
        return materials, colors, uvs

    def _base_rows(self, group: Group) -> Array:
        assert group.colors is not None  # noqa: S101 - base materials always have them
        return np.array(
            [
                self.assembly.add_material(
                    Material(name[:200], linear_color(color[:3] / 255, color[3] / 255))
                )
                for name, color in zip(group.names, group.colors, strict=True)
            ]
        )

    def _texture_row(self, group: Group) -> int:
        data = self.file.images.get(group.texture)
        texture = None if data is None else self.textures.add(data, group.texture)
        return self.assembly.add_material(
            Material(
                group.texture.rpartition("/")[2][:200],
                base_color=(1.0, 1.0, 1.0, 1.0),
                texture=None if texture is None else texture.row,
                alpha_mode="opaque" if texture is None else texture.alpha,
                wrap=(WRAPS.get(group.wrap[0], "repeat"), WRAPS.get(group.wrap[1], "repeat")),
            )
        )


def _within(picks: Array, choices: Any) -> Array:
    """Return picks that exist; one beyond the last is the last."""
    return np.asarray(picks.clip(0, len(choices) - 1))
