"""A file that says how it lies on a map stands there, to the millimetre."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.importers_ifc.conftest import Read
from tests.importers_ifc.forge import Forge
from walkdown_server.importers.ifc_georeference import epsg_of

EAST, NORTH, HEIGHT = 85_000.125, 447_000.25, 2.5


def on_a_map(forge: Forge, **conversion: Any) -> None:
    """Let the file lie on a map whose unit is the metre."""
    graph = forge.graph
    metre = graph.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
    crs = graph.create_entity("IfcProjectedCRS", Name="EPSG:28992", MapUnit=metre)
    given = {"Eastings": EAST, "Northings": NORTH, "OrthogonalHeight": HEIGHT} | conversion
    graph.create_entity("IfcMapConversion", SourceCRS=forge.context, TargetCRS=crs, **given)


@pytest.mark.parametrize(
    ("unit", "scale"), [("m", None), ("mm", 0.001), ("mm", 1.0), ("mm", None), ("ft", 0.3048)]
)
def test_a_map_conversion_moves_the_zero_whatever_the_unit(
    unit: str, scale: float | None, read: Read
) -> None:
    forge = Forge(unit=unit)
    forge.box("IfcWall", "Wall", at=(1, 2, 3))
    on_a_map(forge, Scale=scale)
    outcome = read(forge)
    assert outcome.model.epsg == 28992
    assert outcome.model.origin == (EAST, NORTH, HEIGHT)
    low, high = outcome.box("Wall")
    assert low == pytest.approx([EAST + 1, NORTH + 2, HEIGHT + 3], abs=1e-3)
    assert high == pytest.approx([EAST + 2, NORTH + 3, HEIGHT + 4], abs=1e-3)


def test_a_map_conversion_turns_the_model(read: Read) -> None:
    forge = Forge()
    forge.box("IfcWall", "Wall", at=(10, 0, 0))
    on_a_map(forge, XAxisAbscissa=0.0, XAxisOrdinate=1.0)
    low, high = read(forge).box("Wall")
    assert low == pytest.approx([EAST - 1, NORTH + 10, HEIGHT], abs=1e-3)
    assert high == pytest.approx([EAST, NORTH + 11, HEIGHT + 1], abs=1e-3)


def test_a_scale_near_one_stretches_the_model(read: Read) -> None:
    forge = Forge(unit="m")
    forge.box("IfcWall", "Wall", at=(1000, 0, 0))
    on_a_map(forge, Scale=0.9996)
    assert read(forge).box("Wall")[0][0] == pytest.approx(EAST + 999.6, abs=1e-3)


def test_a_map_in_feet_is_in_metres_afterwards(read: Read) -> None:
    forge = Forge(unit="ft")
    forge.box("IfcWall", "Wall")
    graph = forge.graph
    crs = graph.create_entity(
        "IfcProjectedCRS", Name="EPSG:2263", MapUnit=graph.by_type("IfcConversionBasedUnit")[0]
    )
    graph.create_entity(
        "IfcMapConversion",
        SourceCRS=forge.context,
        TargetCRS=crs,
        Eastings=980_000.0,
        Northings=200_000.0,
        OrthogonalHeight=10.0,
    )
    assert read(forge).model.origin == pytest.approx((980_000 * 0.3048, 200_000 * 0.3048, 3.048))


def test_an_ifc2x3_file_says_it_in_property_sets(read: Read) -> None:
    forge = Forge("IFC2X3", unit="m")
    forge.box("IfcWall", "Wall", at=(1, 2, 3))
    length = "IfcLengthMeasure"
    conversion = [
        forge.single("Eastings", length, EAST),
        forge.single("Northings", length, NORTH),
        forge.single("OrthogonalHeight", length, HEIGHT),
        forge.single("XAxisAbscissa", "IfcReal", math.cos(0.0)),
    ]
    forge.properties(forge.site, "ePSet_MapConversion", *conversion)
    forge.properties(forge.site, "ePSet_ProjectedCRS", forge.single("Name", "IfcLabel", "EPSG:28992"))
    outcome = read(forge)
    assert (outcome.model.epsg, outcome.model.origin) == (28992, (EAST, NORTH, HEIGHT))
    assert outcome.box("Wall")[0] == pytest.approx([EAST + 1, NORTH + 2, HEIGHT + 3], abs=1e-3)


def test_an_origin_and_a_reference_system_said_by_the_person_win(read: Read) -> None:
    forge = Forge()
    forge.box("IfcWall", "Wall", at=(1, 2, 3))
    on_a_map(forge)
    outcome = read(forge, epsg=7415, origin=(85_000.0, 447_000.0, 0.0))
    assert (outcome.model.epsg, outcome.model.origin) == (7415, (85_000.0, 447_000.0, 0.0))
    assert outcome.box("Wall")[0] == pytest.approx([EAST + 1, NORTH + 2, HEIGHT + 3], abs=1e-2)


def test_latitude_and_longitude_are_said_but_move_nothing(read: Read) -> None:
    forge = Forge()
    forge.box("IfcWall", "Wall")
    forge.site.RefLatitude, forge.site.RefLongitude = (52, 0, 36, 0), (4, 21, 0, 0)
    outcome = read(forge)
    assert "latitude 52.01000°, longitude 4.35000°" in outcome.said()
    assert outcome.model.origin == (0.0, 0.0, 0.0)


def test_a_reference_system_without_a_number_is_named(read: Read) -> None:
    forge = Forge()
    forge.box("IfcWall", "Wall")
    on_a_map(forge)
    forge.graph.by_type("IfcProjectedCRS")[0].Name = "Site grid"
    outcome = read(forge)
    assert outcome.model.epsg is None
    assert "Site grid has no EPSG number that could be read: say which with --crs." in outcome.said()


@pytest.mark.parametrize(
    ("name", "epsg"),
    [
        ("EPSG:28992", 28992),
        ("epsg: 25832", 25832),
        ("urn:ogc:def:crs:EPSG::7415", 7415),
        ("https://www.opengis.net/def/crs/EPSG/0/28992", 28992),
        ("EPSG:9.6:3857", 3857),
        ("31467", 31467),
        ("ETRS89 / UTM zone 32N", None),
        ("EPSG:99", None),
        ("", None),
    ],
)
def test_an_epsg_number_is_found_in_the_name_of_a_reference_system(name: str, epsg: int | None) -> None:
    assert epsg_of(name) == epsg
