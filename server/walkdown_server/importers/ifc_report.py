"""What the report says of an IFC file: what came, what is no element and why, what draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from walkdown.i18n import mark
from walkdown.package.model import Element
from walkdown_server.importers.ifc_file import IfcFile
from walkdown_server.importers.ifc_georeference import MapConversion, site_note
from walkdown_server.importers.ifc_shapes import Shapes
from walkdown_server.importers.ifc_units import Units
from walkdown_server.importers.report import ImportReport, Note
from walkdown_server.importers.task import ReadTask

NAMED = 5
"""How many elements a sentence names."""

LEFT_OUT = {
    "IfcFeatureElement": mark("an opening or another feature: it is part of the shape that it changes"),
    "IfcPort": mark("a port: it became a connection between elements"),
    "IfcVirtualElement": mark("a boundary that nothing stands for"),
    "IfcAnnotation": mark("an annotation with lines or text only"),
    "IfcGrid": mark("a grid of axes"),
}
OTHER = mark("an object that is no building element and has no surface")

UNIT = mark("{name}: {schema}, lengths in {unit}.")
NO_UNIT = mark("{name}: {schema}; it names no unit of length, so metres were assumed.")
ERRORS = mark(
    "The file is damaged: {read} of its {declared} entities could be read; errors: {count}, the first "
    "of them: {error}"
)
OTHER_UNIT = mark("Its unit of length was taken to be {metres} m, as asked.")
EXACT = mark("Shapes that the fast geometry kernel left to OpenCASCADE: {count} ({names}).")
SHAPELESS = mark("Elements whose shape no kernel could make, so that they are not drawn: {count} ({names}).")
PARTIAL = mark("Elements of whose shape only a part could be made: {count} ({names}).")
ROOMS = mark("Rooms, listed but not drawn: {count} ({names}).")
SAME_GUID = mark("Objects with the GlobalId of another one, whose keys got a number: {count}.")
WRONG_TYPES = mark(
    "Values that are not of the type that IFC demands: {count}; what they belong to may look or stand wrong. "
    "The first: {error}"
)
UNTOLD = mark("Relations that lead to things of a wrong kind, so that nothing is told of them: {count}.")
CIRCLES = mark("Relations left out by which things are parts of themselves: {count}.")
PLACE = mark("The file's zero stands at ({x}, {y}, {z}) m of {name}.")
NO_EPSG = mark("{name} has no EPSG number that could be read: say which with --crs.")


def errors_of(file: IfcFile) -> Note:
    """Return what is said of a file that the parser read in part."""
    counts = {"count": len(file.errors), "read": file.read, "declared": file.declared}
    return Note(ERRORS, {**counts, "error": file.errors[0]})


def note_file(task: ReadTask, file: IfcFile, units: Units) -> None:
    """Say which schema and unit the file has, and what is wrong with it."""
    values = {"name": file.name, "schema": file.schema, "unit": units.length_word}
    task.report.note(Note(UNIT if units.length_word else NO_UNIT, values))
    if file.errors:
        task.report.note(errors_of(file))
    if task.options.unit is not None:
        task.report.note(Note(OTHER_UNIT, {"metres": f"{task.options.unit:g}"}))


def note_place(task: ReadTask, file: IfcFile, found: MapConversion | None) -> None:
    """Say where the file says it stands."""
    if found is None:
        if (note := site_note(file.graph)) is not None:
            task.report.note(note)
        return
    x, y, z = (f"{metres:.3f}" for metres in found.offset.tolist())
    task.report.note(Note(PLACE, {"name": found.name or "?", "x": x, "y": y, "z": z}))
    if found.epsg is None and task.options.epsg is None:
        task.report.note(Note(NO_EPSG, {"name": found.name or "?"}))


def count_objects(report: ImportReport, graph: Any, kept: Mapping[int, Any]) -> None:
    """Count what came and what went out, and why some objects are no elements.

    Args:
        report: is told. graph: ``ifcopenshell.file``. kept: the entities that are elements, by number.
    """
    products = graph.by_type("IfcProduct")
    report.elements_in += len(products) + sum(not thing.is_a("IfcProduct") for thing in kept.values())
    report.elements_out += len(kept)
    for product in products:
        if product.id() not in kept:
            reason = next((why for kind, why in LEFT_OUT.items() if product.is_a(kind)), OTHER)
            report.skip(reason, name=(product.Name or "") if reason == OTHER else "")


def note_shapes(
    report: ImportReport, shapes: Shapes, *, kept: Mapping[int, Any], elements: Mapping[int, Element]
) -> None:
    """Name what the exact kernel had to make, what could not be made, and the rooms.

    Args:
        report: is told. shapes: what was made. kept: the entities that are elements, by number.
        elements: the element of each, by the same number.
    """
    _name(report, EXACT, (elements[number] for number in shapes.exact if number in elements))
    if shapes.wrong_types:
        values = {"count": len(shapes.wrong_types), "error": shapes.wrong_types[0][:200]}
        report.note(Note(WRONG_TYPES, values))
    _name(report, SHAPELESS, (elements[number] for number in shapes.missing if number in elements))
    _name(report, PARTIAL, (elements[number] for number in shapes.partial if number in elements))
    rooms = (number for number, thing in kept.items() if thing.is_a("IfcSpace"))
    _name(report, ROOMS, (elements[number] for number in rooms))


def _name(report: ImportReport, text: str, elements: Iterable[Element]) -> None:
    names = [element.name for element in elements]
    if names:
        more = ["…"] if len(names) > NAMED else []
        report.note(Note(text, {"count": len(names), "names": ", ".join(names[:NAMED] + more)}))
