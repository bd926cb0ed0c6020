"""What an IFC file tells about its objects arrives with units, and as numbers where it is numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers_ifc.conftest import Read
from tests.importers_ifc.forge import Forge


def told(forge: Forge, read: Read, *properties: Any) -> dict[str, Any]:
    """Return the properties of a pump that has one set of these."""
    pump = forge.box("IfcPump", "Pump")
    forge.properties(pump, "Data", *properties)
    return read(forge).element("Pump").properties


def test_lengths_and_areas_are_in_metres_whatever_the_file_measures_in(read: Read) -> None:
    forge = Forge(unit="mm")
    found = told(
        forge,
        read,
        forge.single("Length", "IfcPositiveLengthMeasure", 1250.0),
        forge.single("Area", "IfcAreaMeasure", 2.5),
        forge.single("Angle", "IfcPlaneAngleMeasure", 3.14159265358979 / 6),
    )
    assert found["Data.Length [m]"] == 1.25
    assert found["Data.Area [m²]"] == 2.5
    assert found["Data.Angle [°]"] == pytest.approx(30)


def test_other_units_are_those_of_the_file_and_stand_in_the_name(read: Read) -> None:
    forge = Forge()
    bar = forge.graph.createIfcSIUnit(None, "PRESSUREUNIT", "MEGA", "PASCAL")
    found = told(
        forge,
        read,
        forge.single("Pressure", "IfcPressureMeasure", 4.5),
        forge.single("Burst pressure", "IfcPressureMeasure", 1.2, bar),
        forge.single("Flow", "IfcVolumetricFlowRateMeasure", 0.02),
        forge.single("Efficiency", "IfcRatioMeasure", 0.8),
    )
    assert found == found | {
        "Data.Pressure [kPa]": 4.5,
        "Data.Burst pressure [MPa]": 1.2,
        "Data.Flow [m³/s]": 0.02,
        "Data.Efficiency": 0.8,
    }


def test_yes_and_no_numbers_and_text_keep_their_kind(read: Read) -> None:
    forge = Forge()
    found = told(
        forge,
        read,
        forge.single("Spare", "IfcBoolean", True),
        forge.single("Count", "IfcInteger", 7),
        forge.single("Maker", "IfcLabel", "Żółw & Søn"),
        forge.single("Known", "IfcLogical", "UNKNOWN"),
    )
    assert found["Data.Spare"] is True
    assert found["Data.Count"] == 7
    assert found["Data.Maker"] == "Żółw & Søn"
    assert found["Data.Known"] == "UNKNOWN"


def test_lists_choices_bounds_tables_and_nested_properties_are_told(read: Read) -> None:
    forge = Forge()
    graph = forge.graph
    length, label = graph.createIfcLengthMeasure, graph.createIfcLabel
    found = told(
        forge,
        read,
        graph.createIfcPropertyListValue("Steps", None, [length(100.0), length(200.0)], None),
        graph.createIfcPropertyListValue("Step", None, [length(100.0)], None),
        graph.createIfcPropertyEnumeratedValue("Status", None, [label("NEW"), label("OLD")], None),
        graph.createIfcPropertyBoundedValue("Range", None, length(2000.0), length(500.0), None, None),
        graph.createIfcPropertyTableValue("Curve", None, [label("a")], [label("b")]),
        graph.createIfcComplexProperty(
            "Motor", None, "Motor", [forge.single("Power", "IfcPowerMeasure", 5.5)]
        ),
    )
    assert found == found | {
        "Data.Steps [m]": "0.1, 0.2",
        "Data.Step [m]": 0.1,
        "Data.Status": "NEW, OLD",
        "Data.Range.LowerBound [m]": 0.5,
        "Data.Range.UpperBound [m]": 2.0,
        "Data.Curve": "a → b",
        "Data.Motor.Power": 5.5,
    }


def test_quantities_are_told_with_their_units(read: Read) -> None:
    forge = Forge(unit="mm")
    wall = forge.box("IfcWall", "Wall")
    graph = forge.graph
    quantities = [
        graph.createIfcQuantityLength("Height", None, None, 3000.0),
        graph.createIfcQuantityArea("NetArea", None, None, 12.5),
        graph.createIfcQuantityCount("Bricks", None, None, 600),
    ]
    sizes = forge.root("IfcElementQuantity", Name="Qto_WallBaseQuantities", Quantities=quantities)
    forge.root("IfcRelDefinesByProperties", RelatedObjects=[wall], RelatingPropertyDefinition=sizes)
    found = read(forge).element("Wall").properties
    assert found == found | {
        "Qto_WallBaseQuantities.Height [m]": 3.0,
        "Qto_WallBaseQuantities.NetArea [m²]": 12.5,
        "Qto_WallBaseQuantities.Bricks": 600,
    }


def test_the_word_of_an_object_wins_over_that_of_its_type(read: Read) -> None:
    forge = Forge()
    pump, other = forge.box("IfcPump", "Pump"), forge.box("IfcPump", "Other")
    of_type = forge.root(
        "IfcPropertySet",
        Name="Data",
        HasProperties=[forge.single("Colour", "IfcLabel", "red"), forge.single("Maker", "IfcLabel", "ACME")],
    )
    kind = forge.root("IfcPumpType", Name="P40", PredefinedType="CIRCULATOR", HasPropertySets=[of_type])
    forge.root("IfcRelDefinesByType", RelatedObjects=[pump, other], RelatingType=kind)
    forge.properties(pump, "Data", forge.single("Colour", "IfcLabel", "blue"))
    outcome = read(forge)
    assert outcome.element("Other").properties["Data.Colour"] == "red"
    found = outcome.element("Pump").properties
    assert (found["Data.Colour"], found["Data.Maker"], found["Type"]) == ("blue", "ACME", "P40")


def test_materials_are_told_with_their_thickness(read: Read) -> None:
    forge = Forge(unit="mm")
    wall = forge.box("IfcWall", "Wall")
    graph = forge.graph
    layers = [
        graph.createIfcMaterialLayer(graph.createIfcMaterial(name), thickness)
        for name, thickness in (("Brick", 115.0), ("Wool", 60.0))
    ]
    layer_set = graph.createIfcMaterialLayerSet(layers)
    usage = graph.createIfcMaterialLayerSetUsage(layer_set, "AXIS2", "POSITIVE", 0.0)
    forge.root("IfcRelAssociatesMaterial", RelatedObjects=[wall], RelatingMaterial=usage)
    found = read(forge).element("Wall").properties
    assert found["Material"] == "Brick 0.115 m; Wool 0.06 m"
    assert found["Material thickness [m]"] == 0.175


def test_a_class_of_a_classification_is_told_under_its_name(read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall")
    system = forge.graph.createIfcClassification(None, None, None, "Uniclass")
    reference = forge.graph.createIfcClassificationReference(None, "EF_25_10", "Walls", system)
    forge.root("IfcRelAssociatesClassification", RelatedObjects=[wall], RelatingClassification=reference)
    assert read(forge).element("Wall").properties["Classification.Uniclass"] == "EF_25_10: Walls"


def test_attributes_are_told_with_their_units(read: Read) -> None:
    forge = Forge(unit="ft")
    door = forge.box("IfcDoor", "Door", Tag="D1", OverallHeight=7.0, Description="Main entrance")
    forge.contain(forge.storeys[1], door)
    outcome = read(forge)
    found = outcome.element("Door").properties
    assert found["OverallHeight [m]"] == pytest.approx(2.1336)
    assert (found["Tag"], found["Description"]) == ("D1", "Main entrance")
    assert outcome.element("First floor").properties["Elevation [m]"] == 3.0


def test_long_text_is_cut_and_endless_sets_end(read: Read) -> None:
    forge = Forge()
    many = [forge.single(f"P{number}", "IfcInteger", number) for number in range(1500)]
    found = told(forge, read, forge.single("Long", "IfcText", "x" * 5000), *many)
    assert len(found["Data.Long"]) == 1000
    assert len(found) == 1000
