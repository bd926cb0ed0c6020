"""CityJSON 1.0, 1.1 and 2.0, and sequences of CityJSON features: a city as elements and surfaces.

Every city object becomes an element whose key is ``gml:`` and its id; its geometries of the highest level
of detail are drawn. Coordinates are metres of the file's reference system, Z up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec
import numpy as np

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import NO_ROW, Element, Model, Surface
from walkdown_server.importers.assembly import nothing_to_draw, root_element
from walkdown_server.importers.cityjson_appearance import Appearance, read_appearance
from walkdown_server.importers.cityjson_copies import Copies
from walkdown_server.importers.cityjson_file import (
    CityFile,
    CityObject,
    Document,
    Geometry,
    decode_object,
    open_city,
)
from walkdown_server.importers.cityjson_frame import CityFrame, check_extent, reference_of, unit_of
from walkdown_server.importers.cityjson_geometry import INSTANCE, Collector, finest, lod_of
from walkdown_server.importers.cityjson_looks import Palette
from walkdown_server.importers.cityjson_objects import (
    GROUND_KINDS,
    MAX_NAME,
    SMOOTH_KINDS,
    find_parents,
    flatten,
    key_of,
    name_of,
    parents_first,
    properties_of,
)
from walkdown_server.importers.cityjson_paint import collect
from walkdown_server.importers.cityjson_rings import F64, Bools
from walkdown_server.importers.cityjson_shape import make_soup, to_surfaces
from walkdown_server.importers.report import Note
from walkdown_server.importers.task import ReadTask

KEY_SCHEME = "gml"
MAX_OBJECTS = 4_000_000
PROGRESS_EVERY = 1024

_DAMAGED = mark("a city object that is not as the format says")
_DAMAGED_GEOMETRY = mark("a geometry that is not as the format says")
_POINTS = mark("an object of points, lines or unknown shapes, which are not shown")
_COARSE = mark("a coarser shape of an object whose parts are finer")
_EMPTY = mark("City objects that draw nothing, but are in the tree: {count}.")
_TWICE = mark("Ids that occur more than once, so that their keys got a number: {count}.")
_ORPHANS = mark("Objects whose parents form a circle or lie too deep, so that they stand alone: {count}.")
_CUT = mark("Objects of which long or many attributes were cut: {count}.")


def read_cityjson(task: ReadTask) -> Model:
    """Read a CityJSON file or a sequence of CityJSON features.

    Raises:
        ImportFailed: one sentence says why.
    """
    file = open_city(task.path, report=task.report, progress=lambda part: task.progress(part * 0.6))
    for note in file.notes:
        task.report.note(note)
    model = _City(task, file).read()
    with task.path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    schema = f"CityJSON{'Seq' if file.sequence else ''} {file.header.version}"
    model.sources.append({"file": task.path.name, "sha256": digest, "schema": schema})
    return model


@dataclass(frozen=True, slots=True)
class _Part:
    """One document on its way in: a whole file, or a feature of a sequence.

    Attributes:
        points: (v, 3) float64 site coordinates of its vertices.
        looks: its appearance. uv_base: number of its first texture vertex among all.
    """

    points: F64
    looks: Appearance
    uv_base: int


class _City:
    """One file on its way into a model."""

    def __init__(self, task: ReadTask, file: CityFile) -> None:
        self._task, self._file, self._report = task, file, task.report
        header, self._name = file.header, task.path.name
        epsg = reference_of(header, task.options, name=self._name, report=task.report)
        self.model = Model(task.path.stem, epsg=epsg)
        self._frame = CityFrame(task.options, unit=unit_of(epsg))
        self._palette = Palette(self.model.materials, self.model.images, task.path.resolve().parent)
        self._looks = read_appearance(header.appearance, self._palette)
        self._templates = header.templates.templates if header.templates else []
        self._copies, self._collector = Copies(task.report, len(self._templates)), Collector()
        self._points, self._point_count = [np.zeros((0, 3))], 0
        self._uvs, self._uv_count = [self._looks.uvs], len(self._looks.uvs)
        self._keys: set[str] = set()
        self._drawing: set[int] = set()
        self._twice = self._orphans = self._cut = 0

    def read(self) -> Model:
        """Return the model of all parts.

        Raises:
            ImportFailed: nothing can be drawn, or too much.
        """
        metadata = self._file.header.metadata
        root = root_element(KEY_SCHEME, self._task)
        said, _whole = flatten({"metadata": metadata})
        self.model.elements.append(Element(root.key, root.name, root.kind, properties=said))
        for document in self._file.parts():
            self._add_part(document)
        points = np.concatenate(self._points)
        check_extent(
            metadata, points @ np.linalg.inv(self._frame.linear).T, name=self._name, report=self._report
        )
        self.model.origin = self._frame.zero(points, self._file.header.transform, self._report)
        self._draw(points - self.model.origin)
        self._copies.draw(self.model, self._template_shapes)
        self._tell()
        if not (self.model.surfaces or self.model.repeats):
            if self._report.skipped:
                raise nothing_to_draw(self._task)
            raise ImportFailed(_("nothing in the file can be drawn: none of its objects has surfaces"))
        self._task.progress(1.0)
        return self.model

    def _add_part(self, document: Document) -> None:
        """Add the objects of a part as elements, and collect their surfaces."""
        self._report.elements_in += len(document.objects)
        if len(self.model.elements) + len(document.objects) > MAX_OBJECTS:
            text = _("a city may have {limit} objects, but this one has more: split it")
            raise ImportFailed(text.format(limit=MAX_OBJECTS))
        things = self._decode(document)
        transform = document.transform or self._file.header.transform
        points = self._frame.to_site(document.vertices, transform)
        part = self._part(document, points)
        self._points.append(points)
        shapes = {name: self._shapes_of(name, thing) for name, thing in things.items()}
        parents, orphans = find_parents(things)
        self._orphans += orphans
        self._leave_out_coarse(things, shapes, parents)
        rows: dict[str, int] = {}
        for done, name in enumerate(parents_first(things, parents)):
            thing = things[name]
            rows[name] = self._add_element(
                name, thing, shapes[name], parent=rows.get(parents.get(name, ""), 0)
            )
            for geometry in shapes[name]:
                self._add_geometry(geometry, part, row=rows[name], kind=thing.type)
            if not self._file.sequence and done % PROGRESS_EVERY == 0:
                self._task.progress(0.1 + 0.5 * done / len(things))
        self._collector.end_part(base=self._point_count, count=len(points))
        self._point_count += len(points)

    def _part(self, document: Document, points: F64) -> _Part:
        if document is self._file.header or not document.appearance:
            return _Part(points, self._looks, 0)
        part = _Part(points, read_appearance(document.appearance, self._palette), self._uv_count)
        self._uvs.append(part.looks.uvs)
        self._uv_count += len(part.looks.uvs)
        return part

    def _decode(self, document: Document) -> dict[str, CityObject]:
        things: dict[str, CityObject] = {}
        for name, raw in document.objects.items():
            try:
                things[name] = decode_object(raw)
            except (msgspec.MsgspecError, RecursionError):
                self._report.skip(_DAMAGED, name=name)
        return things

    def _shapes_of(self, name: str, thing: CityObject) -> list[Geometry]:
        found = finest(thing.geometry or (), self._templates)
        if thing.geometry and not found:
            self._report.skip(_POINTS, name=name)
        return found

    def _leave_out_coarse(
        self, things: dict[str, CityObject], shapes: dict[str, list[Geometry]], parents: dict[str, str]
    ) -> None:
        """Leave out what an object draws where its parts draw the same with more detail."""
        best = {
            name: int(max((lod_of(g, self._templates) for g in found), default=-1.0))
            for name, found in shapes.items()
        }
        for name, parent in parents.items():
            is_part = things[name].type.endswith("Part")
            if is_part and shapes[parent] and shapes[name] and best[name] > best[parent]:
                shapes[parent] = []
                self._report.skip(_COARSE, name=parent)

    def _add_element(self, name: str, thing: CityObject, shapes: list[Geometry], *, parent: int) -> int:
        key = key_of(name)
        if key in self._keys:
            self._twice += 1
            key = f"{key}[{len(self.model.elements)}]"
            while key in self._keys:
                key += "+"
        self._keys.add(key)
        lod = lod_of(shapes[0], self._templates) if shapes else -1.0
        properties, whole = properties_of(thing, lod=lod)
        self._cut += not whole
        self.model.elements.append(
            Element(
                key,
                name_of(name, thing.attributes),
                kind=thing.type[:MAX_NAME],
                parent=parent,
                layer="floor" if thing.type in GROUND_KINDS else "content",
                properties=properties,
            )
        )
        return len(self.model.elements) - 1

    def _add_geometry(self, geometry: Geometry, part: _Part, *, row: int, kind: str) -> None:
        try:
            if geometry.type == INSTANCE:
                drawn = self._copies.add(geometry, part.points, self._frame.linear, row=row, kind=kind)
            else:
                drawn = collect(
                    geometry, self._collector, looks=part.looks, row=row, kind=kind, uv_base=part.uv_base
                )
        except (msgspec.MsgspecError, RecursionError, OverflowError):
            self._report.skip(_DAMAGED_GEOMETRY, name=self.model.elements[row].name)
            return
        if drawn:
            self._drawing.add(row)

    def _draw(self, points: F64) -> None:
        """Draw what was collected; ``points`` are relative to the model's zero."""
        columns = self._collector.columns()
        soup = make_soup(columns, points, palette=self._palette, report=self._report)
        if soup is not None:
            self._report.triangles += len(soup.triangles)
            smooth = np.array([element.kind in SMOOTH_KINDS for element in self.model.elements], bool)
            self.model.surfaces += to_surfaces(
                soup, points, uvs=np.concatenate(self._uvs), textured=self._textured(), smooth=smooth
            )

    def _textured(self) -> Bools:
        return np.array([material.texture is not None for material in self.model.materials], bool)

    def _template_shapes(self, template: int, kind: str) -> list[Surface]:
        """Return the surfaces of a template, about its own zero."""
        templates = self._file.header.templates
        if templates is None or not 0 <= template < len(templates.templates):
            return []
        collector = Collector()
        geometry = templates.templates[template]
        try:
            collect(geometry, collector, looks=self._looks, row=0, kind=kind, uv_base=0)
        except (msgspec.MsgspecError, RecursionError, OverflowError, KeyError):
            self._report.skip(_DAMAGED_GEOMETRY)
            return []
        points = np.array(templates.vertices, np.float64).reshape(-1, 3)
        collector.end_part(base=0, count=len(points))
        soup = make_soup(collector.columns(), points, palette=self._palette, report=self._report)
        if soup is None:
            return []
        smooth = np.array([kind in SMOOTH_KINDS])
        return to_surfaces(soup, points, uvs=self._looks.uvs, textured=self._textured(), smooth=smooth)

    def _tell(self) -> None:
        report, count = self._report, len(self.model.elements)
        report.elements_out += count - 1
        self._palette.tell(report)
        inner = {element.parent for element in self.model.elements}
        empty = count - 1 - len((self._drawing | inner) - {0, NO_ROW})
        notes = {_EMPTY: empty, _TWICE: self._twice, _ORPHANS: self._orphans, _CUT: self._cut}
        for text, number in notes.items():
            if number > 0:
                report.note(Note(text, {"count": number}))
