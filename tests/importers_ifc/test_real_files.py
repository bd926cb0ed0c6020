"""Real IFC files come in with the counts, boxes, names and properties that others measured."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.importers_ifc.conftest import DATA, Outcome, read_path

SHARED = Path(__file__).parents[3] / "shared" / "data" / "ifc"

FACTS = {
    "Duplex_A": (215, 25244, [[-0.241, -22.183, -1.55], [9.041, 4.383, 6.635]]),
    "Duplex_Electrical": (103, 29358, [[-0.044, -17.529, 0.0], [8.437, -0.271, 6.757]]),
    "Architectural": (75, 2072, [[3.96, -20.19, 5.75], [15.898, -5.46, 9.5]]),
    "MEP": (8, 6424, [[10.696, -15.487, 7.9], [13.869, -7.897, 8.2]]),
}
"""Elements that draw, triangles as our kernels make them, and the box in metres."""


@cache
def real(name: str) -> Outcome:
    """Return what comes of a file that travels with the tests, or of the data set beside the checkout."""
    for folder in (DATA / "ifc", SHARED):
        if (folder / f"{name}.ifc").exists():
            return read_path(folder / f"{name}.ifc")
    pytest.skip("the shared data set is not here")


@pytest.mark.parametrize("name", FACTS)
def test_a_real_file_has_the_elements_triangles_and_box_that_others_measured(name: str) -> None:
    elements, triangles, box = FACTS[name]
    outcome = real(name)
    assert len(outcome.drawn()) == elements
    assert outcome.triangles() == triangles
    for found, expected in zip(outcome.box(), box, strict=True):
        assert found == pytest.approx(expected, abs=0.0015)


def test_the_duplex_has_four_storeys_with_its_walls_windows_and_rooms_below_them() -> None:
    outcome = real("Duplex_A")
    storeys = {
        e.name: e.properties["Elevation [m]"] for e in outcome.model.elements if e.kind == "IfcBuildingStorey"
    }
    assert storeys == {"Level 1": 0.0, "Level 2": 3.1, "T/FDN": -1.25, "Roof": 6.0}
    window = "M_Fixed:4835mm x 2420mm:4835mm x 2420mm:145788"
    assert outcome.parents(window) == ["Level 1", "Building", "Default", "0001"]
    assert outcome.parents("M_Sofa:1830mm:1830mm:168377")[:2] == ["A102 Living Room", "Level 1"]
    assert outcome.row("A102 Living Room") not in outcome.drawn()


def test_the_duplex_says_which_shapes_the_fast_kernel_could_not_make() -> None:
    outcome = real("Duplex_A")
    assert "Shapes that the fast geometry kernel left to OpenCASCADE: 33 (Basic Roof:" in outcome.said()


def test_a_beam_of_the_duplex_keeps_its_guid_and_its_properties() -> None:
    outcome = real("Duplex_A")
    beam = outcome.element("M_W-Wide Flange:W310X60:W310X60:207325")
    assert (beam.key, beam.kind) == ("ifc:2OrWItJ6zAwBNp0OUxK_l8", "IfcBeam")
    assert beam.properties["PSet_Revit_Analytical Model.Rigid Links"] == 0
    assert beam.properties["PSet_Revit_Analytical Model.Horizontal Projection"] == "Default"


def test_lengths_in_feet_become_metres() -> None:
    outlet = next(
        e for e in real("Duplex_Electrical").model.elements if e.key == "ifc:1l2cgO2D5FS9t6u8i4CvnC"
    )
    assert outlet.name == "M_Telephone Outlet:Telophone Outlet:Telophone Outlet:611904"
    assert outlet.properties["Constraints.Elevation [m]"] == pytest.approx(3.5669213747207 * 0.3048)
    assert outlet.properties["Constraints.Host"] == "Linked Revit Model : Duplex_A_2013.rvt"


def test_the_ducts_of_the_mep_file_feed_each_other_through_their_ports() -> None:
    outcome = real("MEP")
    assert len(outcome.model.edges) == 6
    assert {kind for _start, _end, kind in outcome.model.edges} == {"feeds"}
    assert {outcome.model.elements[row].kind for edge in outcome.model.edges for row in edge[:2]} == {
        "IfcFlowSegment",
        "IfcFlowFitting",
    }
    bend = next(e for e in outcome.model.elements if e.key == "ifc:0mcPamzLT0O8s0L9wgRW56")
    assert (bend.name, bend.properties["Pset_DuctFittingTypeCommon.NominalDiameterOrWidth [m]"]) == (
        "Bend",
        0.3,
    )


def test_a_name_beyond_ascii_and_a_storey_in_millimetres_are_right() -> None:
    outcome = real("Architectural")
    storey = outcome.element("3.Nadzemní podlaží")
    assert storey.properties["Elevation [m]"] == 5.75
    chimney = next(e for e in outcome.model.elements if e.key == "ifc:0KkZ20so9BsO1d1hFcfLOl")
    assert chimney.properties["Allplan Attributes.Object_name"] == "Schornstein"
    assert "137 were left out: an annotation with lines or text only" in outcome.said()
