"""An IFC file becomes a model: its objects as elements, its shapes, properties, systems and connections.

Every product that draws, every element and place of the building, and all above them become elements; the
key is ``ifc:`` and the GlobalId. Rooms are listed but not drawn. Lengths are metres; where the file
says how it lies on a map, the model stands there.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from msgspec.structs import replace as changed

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown.package.model import NO_ROW, Element, Model
from walkdown.package.source_frame import with_frame
from walkdown_server.importers.assembly import Assembly
from walkdown_server.importers.frame import F64, choose_origin, site_from_file
from walkdown_server.importers.ifc_circles import cut_circles, refuse_circles, refuse_giants
from walkdown_server.importers.ifc_file import IfcFile, open_ifc
from walkdown_server.importers.ifc_georeference import MapConversion, read_map_conversion
from walkdown_server.importers.ifc_layers import layer_of
from walkdown_server.importers.ifc_materials import Palette
from walkdown_server.importers.ifc_properties import Properties
from walkdown_server.importers.ifc_report import (
    CIRCLES,
    SAME_GUID,
    UNTOLD,
    count_objects,
    errors_of,
    note_file,
    note_place,
    note_shapes,
)
from walkdown_server.importers.ifc_shapes import Shapes, read_shapes
from walkdown_server.importers.ifc_systems import read_edges, read_systems
from walkdown_server.importers.ifc_tree import read_tree
from walkdown_server.importers.ifc_units import Units
from walkdown_server.importers.report import Note
from walkdown_server.importers.task import ReadTask

OPENED, SHAPED = 0.1, 0.85
"""How far the reading is when the file is parsed, and when all shapes are made."""

TOLD_EVERY = 500
MAX_NAME = 200
MAX_GUID = 100

LOOSE = Element("ifc:not-in-a-storey", "not in a storey", kind="group")
"""The group of what belongs to no storey and no other element."""


def read_ifc(task: ReadTask) -> Model:
    """Read an .ifc or .ifczip file.

    Raises:
        ImportFailed: one sentence says why.
    """
    file = open_ifc(task.path)
    task.progress(OPENED)
    refuse_circles(file.graph)
    refuse_giants(file.graph)
    if cut := cut_circles(file.graph):
        task.report.note(Note(CIRCLES, {"count": cut}))
    try:
        shapes = read_shapes(file.graph, lambda part: task.progress(OPENED + (SHAPED - OPENED) * part))
        work = _Import(task, file, shapes)
        model = work.run()
    except ImportFailed:
        if file.errors:  # they are why
            raise ImportFailed(errors_of(file).say(_)) from None
        raise
    digest = hashlib.sha256(task.path.read_bytes()).hexdigest()
    source = {"file": task.path.name, "sha256": digest, "schema": file.schema}
    model.sources.append(with_frame(source, work.package_from_local))
    return model


@dataclass(slots=True)
class _Import:
    """One file on its way into a model.

    Attributes:
        rows: of the elements, by the entity's number.
        things: the entities that are elements, by number.
        taken: how often each GlobalId occurred.
        package_from_local: (4, 4) float64, from the kernels' frame to the model's; known after ``run``.
    """

    task: ReadTask
    file: IfcFile
    shapes: Shapes
    rows: dict[int, int] = field(default_factory=dict)
    things: dict[int, Any] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    package_from_local: F64 = field(default_factory=lambda: np.eye(4))

    def run(self) -> Model:
        graph, report = self.file.graph, self.task.report
        units = Units(graph)
        place = read_map_conversion(graph, units.metres)
        site_from_local = self._site_from_local(units, place)
        assembly = Assembly(
            self._task_about(place, site_from_local),
            Model(self.file.name, epsg=place.epsg if place else None),
        )
        self._refuse_nothing()
        told = Properties(graph, units)
        self._add_elements(assembly, told, site_from_local)
        self._add_edges(assembly.model)
        count_objects(report, graph, self.things)
        model = assembly.finish()
        self.package_from_local = site_from_local.copy()
        self.package_from_local[:3, 3] -= assembly.shift
        note_file(self.task, self.file, units)
        note_place(self.task, self.file, place)
        elements = {number: model.elements[row] for number, row in self.rows.items()}
        note_shapes(report, self.shapes, kept=self.things, elements=elements)
        if told.unreadable:
            report.note(Note(UNTOLD, {"count": told.unreadable}))
        if twice := sum(count - 1 for count in self.taken.values()):
            report.note(Note(SAME_GUID, {"count": twice}))
        return model

    def _refuse_nothing(self) -> None:
        """Say which shapes are damaged where all are."""
        if self.shapes.drawn or not self.shapes.missing:
            return
        first = self.file.graph.by_id(self.shapes.missing[0])
        text = _(
            "nothing in the file can be drawn: no kernel can make any of its {count} shapes, "
            "first that of {kind} {name}"
        )
        raise ImportFailed(
            text.format(count=len(self.shapes.missing), kind=first.is_a(), name=_name(first, None))
        )

    def _site_from_local(self, units: Units, place: MapConversion | None) -> F64:
        """Return the (4, 4) matrix from the kernels' frame, which is in metres, to the site's axes."""
        options = self.task.options
        unit = None if options.unit is None else options.unit / units.metres
        matrix = site_from_file(changed(options, unit=unit), unit=1.0, up="Z")
        return matrix if place is None else place.matrix @ matrix

    def _task_about(self, place: MapConversion | None, site_from_local: F64) -> ReadTask:
        """Return the task with the file's own zero as the model's, where all stands near it on a map."""
        options = self.task.options
        if place is None or options.origin is not None or not self.shapes.matrices:
            return self.task
        matrices = site_from_local @ np.stack(list(self.shapes.matrices.values()))
        near = choose_origin(matrices[:, :3, 3] - place.offset, options=options)
        x, y, z = (place.offset + near).tolist()
        return replace(self.task, options=changed(options, origin=(x, y, z)))

    def _add_elements(self, assembly: Assembly, told: Properties, site_from_local: F64) -> None:
        """Add the tree, parents first, and put the shapes in their places."""
        shapes = _add_shapes(assembly, self.file.graph, self.shapes)
        systems = read_systems(self.file.graph)
        tree = read_tree(self.file.graph, set(self.shapes.drawn))
        rows: list[int] = []
        for done, node in enumerate(tree):
            parent = NO_ROW if node.parent is None else rows[node.parent]
            if node.thing is None:
                rows.append(assembly.add_element(replace(LOOSE, parent=parent)))
                continue
            number = node.thing.id()
            shape = shapes.get(self.shapes.drawn.get(number, ""))
            glass = shape is not None and assembly.see_through(shape)
            element = self._element(node.thing, told, glass=glass, drawn=shape is not None)
            rows.append(assembly.add_element(replace(element, parent=parent, system=systems.get(number, ""))))
            self.rows[number], self.things[number] = rows[-1], node.thing
            if shape is not None:
                assembly.place(shape, rows[-1], site_from_local @ self.shapes.matrices[number])
            if done % TOLD_EVERY == 0:
                self.task.progress(SHAPED + (1 - SHAPED) * done / len(tree))

    def _element(self, thing: Any, told: Properties, *, glass: bool, drawn: bool) -> Element:
        return Element(
            key=self._key(thing),
            name=_name(thing, told.type_of(thing)),
            kind=str(thing.is_a()),
            layer=layer_of(thing, see_through=glass) if drawn else "content",
            properties=told.of(thing),
        )

    def _key(self, thing: Any) -> str:
        """Return ``ifc:`` and the GlobalId; what carries it again gets ``[2]``, ``[3]`` and so on."""
        guid = str(thing.GlobalId or "").strip()[:MAX_GUID] or f"#{thing.id()}"
        self.taken[guid] += 1
        return f"ifc:{guid}" if self.taken[guid] == 1 else f"ifc:{guid}[{self.taken[guid]}]"

    def _add_edges(self, model: Model) -> None:
        for start, end, kind in read_edges(self.file.graph):
            if start in self.rows and end in self.rows:
                model.edges.append((self.rows[start], self.rows[end], kind))


def _add_shapes(assembly: Assembly, graph: Any, shapes: Shapes) -> dict[str, int]:
    """Return the assembly's number of each shape that can be drawn, by its name."""
    palette = Palette(graph, assembly)
    added = ((name, assembly.add_shape(palette.shape(shape))) for name, shape in shapes.shapes.items())
    return {name: number for name, number in added if number is not None}


def _name(thing: Any, kind: Any | None) -> str:
    """Return what people call an object: its name, or its type's, its tag, its class."""
    words = (thing.Name, getattr(kind, "Name", None), getattr(thing, "Tag", None))
    plain = str(thing.is_a()).removeprefix("Ifc")
    name = next((word.strip() for word in words if isinstance(word, str) and word.strip()), plain)
    long_name = str(getattr(thing, "LongName", None) or "").strip()
    if long_name and long_name != name and thing.is_a("IfcSpace"):
        name = f"{name} {long_name}"
    return name[:MAX_NAME]
