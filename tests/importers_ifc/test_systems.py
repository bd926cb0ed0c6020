"""Systems, zones and connections of an IFC file become systems and edges of the model."""

from __future__ import annotations

import pytest

from tests.importers_ifc.conftest import Outcome, Read
from tests.importers_ifc.forge import Forge


def edges(outcome: Outcome) -> set[tuple[str, str, str]]:
    elements = outcome.model.elements
    return {(elements[start].name, elements[end].name, kind) for start, end, kind in outcome.model.edges}


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2"])
def test_connected_ports_connect_the_elements_that_own_them(schema: str, read: Read) -> None:
    forge = Forge(schema)
    pump, pipe, valve = (forge.box("IfcFlowSegment", name) for name in ("Pump", "Pipe", "Valve"))
    forge.connect(forge.port(pump, "SOURCE"), forge.port(pipe, "SINK"))
    forge.connect(forge.port(pipe), forge.port(valve))
    outcome = read(forge)
    assert edges(outcome) == {("Pump", "Pipe", "feeds"), ("Pipe", "Valve", "connects_to")}
    assert all(element.kind != "IfcDistributionPort" for element in outcome.model.elements)
    assert "4 were left out: a port: it became a connection between elements." in outcome.said()


def test_a_connection_from_sink_to_source_feeds_the_other_way(read: Read) -> None:
    forge = Forge()
    one, other = forge.box("IfcPump", "One"), forge.box("IfcPump", "Other")
    forge.connect(forge.port(one, "SINK"), forge.port(other, "SOURCE"))
    assert edges(read(forge)) == {("Other", "One", "feeds")}


def test_two_elements_are_connected_once_and_none_with_itself(read: Read) -> None:
    forge = Forge()
    one, other = forge.box("IfcPump", "One"), forge.box("IfcPump", "Other")
    forge.connect(forge.port(one), forge.port(other))
    forge.connect(forge.port(other), forge.port(one))
    forge.connect(forge.port(one), forge.port(one))
    assert edges(read(forge)) == {("One", "Other", "connects_to")}


def test_a_port_without_an_owner_connects_nothing(read: Read) -> None:
    forge = Forge()
    pump = forge.box("IfcPump", "Pump")
    stray = forge.root("IfcDistributionPort", Name="stray")
    forge.connect(forge.port(pump), stray)
    assert edges(read(forge)) == set()


def test_an_element_names_all_systems_in_which_it_works(read: Read) -> None:
    forge = Forge()
    pump, room = forge.box("IfcPump", "Pump"), forge.box("IfcSpace", "101")
    forge.aggregate(forge.storeys[0], room)
    forge.group("IfcDistributionSystem", "Heating", pump)
    forge.group("IfcSystem", "Boiler room", pump)
    forge.group("IfcZone", "Fire zone 1", room)
    forge.group("IfcGroup", "Favourites", pump)
    outcome = read(forge)
    assert outcome.element("Pump").system == "Boiler room; Heating"
    assert outcome.element("101").system == "Fire zone 1"


def test_a_system_of_ports_is_that_of_their_elements(read: Read) -> None:
    forge = Forge()
    pump = forge.box("IfcPump", "Pump")
    forge.group("IfcDistributionSystem", "Cold water", forge.port(pump))
    assert read(forge).element("Pump").system == "Cold water"


def test_what_is_controlled_depends_on_its_control(read: Read) -> None:
    forge = Forge()
    fan, sensor = forge.box("IfcFan", "Fan"), forge.box("IfcSensor", "Sensor")
    forge.root("IfcRelFlowControlElements", RelatedControlElements=[sensor], RelatingFlowElement=fan)
    assert edges(read(forge)) == {("Fan", "Sensor", "depends_on")}
