"""What the objects of an IFC file become: keys, names, kinds, places in the tree, layers."""

from __future__ import annotations

import pytest

from tests.importers_ifc.conftest import Read
from tests.importers_ifc.forge import Forge

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_schema_gives_project_site_building_storey_and_product(schema: str, read: Read) -> None:
    forge = Forge(schema)
    wall = forge.box("IfcWall", "North wall", size=(4, 0.2, 3))
    forge.contain(forge.storeys[0], wall)
    outcome = read(forge)
    assert outcome.parents("North wall") == ["Ground floor", "House", "Site", "Project"]
    element = outcome.element("North wall")
    assert (element.key, element.kind) == (f"ifc:{wall.GlobalId}", "IfcWall")
    assert outcome.element("Ground floor").kind == "IfcBuildingStorey"
    assert schema.split("_")[0] in outcome.said()


def test_parts_stand_below_what_they_are_part_of(read: Read) -> None:
    forge = Forge()
    stair, flight = forge.root("IfcStair", Name="Stair"), forge.box("IfcStairFlight", "Flight")
    forge.contain(forge.storeys[0], stair)
    forge.aggregate(stair, flight)
    outcome = read(forge)
    assert outcome.parents("Flight")[:2] == ["Stair", "Ground floor"]
    assert outcome.drawn() == {outcome.row("Flight")}


def test_a_window_without_a_storey_stands_below_the_wall_that_it_fills(read: Read) -> None:
    forge = Forge()
    wall, window = forge.box("IfcWall", "Wall", size=(4, 0.2, 3)), forge.box("IfcWindow", "Window")
    opening = forge.box("IfcOpeningElement", "Hole", at=(1, -0.1, 1), size=(1, 0.4, 1))
    forge.root("IfcRelVoidsElement", RelatingBuildingElement=wall, RelatedOpeningElement=opening)
    forge.root("IfcRelFillsElement", RelatingOpeningElement=opening, RelatedBuildingElement=window)
    forge.contain(forge.storeys[0], wall)
    outcome = read(forge)
    assert outcome.parents("Window")[:2] == ["Wall", "Ground floor"]
    assert all(element.name != "Hole" for element in outcome.model.elements)
    assert outcome.triangles() > 12 + 12  # the wall has a hole


def test_what_is_built_onto_an_element_stands_below_it(read: Read) -> None:
    forge = Forge()
    wall, ledge = forge.box("IfcWall", "Wall"), forge.box("IfcProjectionElement", "Ledge", at=(0, -0.2, 0))
    forge.root("IfcRelProjectsElement", RelatingElement=wall, RelatedFeatureElement=ledge)
    forge.contain(forge.storeys[0], wall)
    assert read(forge).parents("Ledge")[:2] == ["Wall", "Ground floor"]


def test_what_belongs_nowhere_stands_in_a_group_of_its_own(read: Read) -> None:
    forge = Forge()
    forge.box("IfcFurniture", "Chair")
    assert read(forge).parents("Chair") == ["not in a storey", "Project"]


def test_objects_that_are_parts_of_each_other_in_a_circle_are_all_there_once(read: Read) -> None:
    forge = Forge()
    one, other = forge.box("IfcBeam", "One"), forge.box("IfcBeam", "Other", at=(3, 0, 0))
    forge.aggregate(one, other)
    forge.aggregate(other, one)
    outcome = read(forge)
    assert outcome.parents("Other") == ["One", "not in a storey", "Project"]


def test_a_file_without_a_project_is_still_read(read: Read) -> None:
    forge = Forge(unit="m")
    forge.contain(forge.storeys[0], forge.box("IfcWall", "Wall"))
    for relation in forge.graph.by_type("IfcRelAggregates"):
        if relation.RelatingObject == forge.project:
            forge.graph.remove(relation)
    forge.graph.remove(forge.project)
    outcome = read(forge)
    assert outcome.parents("Wall") == ["Ground floor", "House", "Site"]
    assert "it names no unit of length, so metres were assumed" in outcome.said()


def test_a_room_is_listed_with_number_and_name_but_not_drawn(read: Read) -> None:
    forge = Forge()
    room = forge.box("IfcSpace", "101", size=(4, 4, 3), LongName="Kitchen")
    forge.aggregate(forge.storeys[0], room)
    forge.contain(room, forge.box("IfcFurniture", "Table"))
    outcome = read(forge)
    assert outcome.parents("Table")[:2] == ["101 Kitchen", "Ground floor"]
    assert outcome.drawn() == {outcome.row("Table")}
    assert "Rooms, listed but not drawn: 1 (101 Kitchen)." in outcome.said()


def test_a_thing_without_a_name_is_called_by_its_type_its_tag_or_its_class(read: Read) -> None:
    forge = Forge()
    typed, tagged = forge.box("IfcPump", " "), forge.box("IfcPump", None, Tag="P-7")
    plain = forge.box("IfcPump", None)
    kind = forge.root("IfcPumpType", Name="Pump 40/6", PredefinedType="CIRCULATOR")
    forge.root("IfcRelDefinesByType", RelatedObjects=[typed], RelatingType=kind)
    forge.contain(forge.storeys[0], typed, tagged, plain)
    outcome = read(forge)
    assert {e.name for e in outcome.model.elements if e.kind == "IfcPump"} == {"Pump 40/6", "P-7", "Pump"}
    assert outcome.element("Pump 40/6").properties["PredefinedType"] == "CIRCULATOR"


def test_a_guid_that_occurs_twice_gets_a_number_and_the_report_says_so(read: Read) -> None:
    forge = Forge()
    one, other = forge.box("IfcWall", "One"), forge.box("IfcWall", "Other")
    other.GlobalId = one.GlobalId
    outcome = read(forge)
    assert outcome.element("Other").key == f"{outcome.element('One').key}[2]"
    assert "Objects with the GlobalId of another one, whose keys got a number: 1." in outcome.said()


def test_the_report_counts_what_is_no_element(read: Read) -> None:
    forge = Forge()
    line = forge.graph.createIfcPolyline(
        [forge.graph.createIfcCartesianPoint(point) for point in ((0.0, 0.0), (1.0, 0.0))]
    )
    shape = forge.definition([line], kind="Curve2D", use="Annotation")
    forge.root("IfcAnnotation", Name="Dimension", Representation=shape)
    forge.box("IfcWall", "Wall")
    outcome = read(forge)
    assert "1 was left out: an annotation with lines or text only." in outcome.said()
    assert outcome.report.elements_in == outcome.report.elements_out + sum(outcome.report.skipped.values())


def test_an_element_whose_shape_cannot_be_made_is_listed_and_named(read: Read) -> None:
    forge = Forge()
    forge.box("IfcWall", "Wall")
    flat = forge.faces([(0, 0, 0), (1, 0, 0), (2, 0, 0)], [(0, 1, 2)])
    shape = forge.definition([flat], kind="Tessellation")
    forge.root("IfcValve", Name="Empty", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0)))
    outcome = read(forge)
    assert outcome.drawn() == {outcome.row("Wall")}
    assert (
        "Elements whose shape no kernel could make, so that they are not drawn: 1 (Empty)." in outcome.said()
    )


@pytest.mark.parametrize(
    ("kind", "layer"), [("IfcWall", "content"), ("IfcSlab", "content"), ("IfcSite", "floor")]
)
def test_only_terrain_lies_on_the_floor_layer(kind: str, layer: str, read: Read) -> None:
    forge = Forge()
    forge.box(kind, "Thing")
    assert read(forge).element("Thing").layer == layer
