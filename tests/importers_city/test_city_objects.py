"""City objects become elements: keys, names, the tree, attributes, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.importers_city.conftest import ReadCity
from tests.importers_city.forge import UNIT_BOX, building, city, feature, sequence, solid
from walkdown.errors import ImportFailed
from walkdown_server.importers.cityjson_objects import epsg_codes, key_of


def test_an_id_becomes_a_key_that_can_stand_in_an_address() -> None:
    assert key_of("NL.IMBAG.Pand.0503100000012869-0") == "gml:NL.IMBAG.Pand.0503100000012869-0"
    assert key_of("{C9D4A5CF-094A}") == "gml:{C9D4A5CF-094A}"
    assert key_of("a/b c%\n") == "gml:a%2Fb%20c%25%0A"
    assert key_of("Gebäude 上") == "gml:Gebäude%20上"
    assert key_of("a\u202eb") == "gml:a%E2%80%AEb"
    long = [key_of("x" * 5000), key_of("x" * 5001)]
    assert len(set(long)) == 2
    assert max(map(len, long)) < 1000


def test_names_come_from_the_attribute_that_names_it(read_city: ReadCity) -> None:
    houses = {
        "1": building(solid(), attributes={"name": "Town hall", "identificatie": "NL.1"}),
        "2": building(solid(), attributes={"identificatie": "NL.2", "naam": 7}),
        "3": building(solid(), attributes=None),
    }
    drawn = read_city(city(houses))
    assert [e.name for e in drawn.model.elements[1:]] == ["Town hall", "NL.2", "3"]


def test_attributes_are_flat_properties(read_city: ReadCity) -> None:
    attributes = {
        "height": 3.5,
        "storeys": 2,
        "listed": True,
        "use": {"main": "shop", "more": {"since": 1999}},
        "gone": None,
        "quality": [1, 2.5],
        "huge": 2**70,
    }
    address = [{"Country": "NL", "Locality": "Delft"}]
    drawn = read_city(city({"a": building(solid(), attributes=attributes, address=address)}))
    assert drawn.element("gml:a").properties == {
        "height": 3.5,
        "storeys": 2,
        "listed": True,
        "use.main": "shop",
        "use.more.since": 1999,
        "quality": "[1, 2.5]",
        "huge": "1180591620717411303424",
        "address.Country": "NL",
        "address.Locality": "Delft",
        "lod": "2.2",
    }


def test_parts_stand_below_their_building_in_any_order_and_groups_only_without_one(
    read_city: ReadCity,
) -> None:
    objects: dict[str, Any] = {
        "room": {"type": "BuildingRoom", "parents": ["group", "part"], "geometry": [solid()]},
        "part": {"type": "BuildingPart", "parents": ["house"], "children": ["room"]},
        "house": {"type": "Building", "children": ["part", "annex"]},
        "annex": {"type": "BuildingPart", "geometry": [solid()]},
        "tree": {"type": "SolitaryVegetationObject", "geometry": [solid()]},
        "group": {"type": "CityObjectGroup", "children": ["room", "tree"]},
    }
    drawn = read_city(city(objects))
    rows = drawn.model.elements
    parents = {e.key: rows[e.parent].key for e in rows[1:]}
    assert parents == {
        "gml:house": "gml:/",
        "gml:part": "gml:house",
        "gml:room": "gml:part",
        "gml:annex": "gml:house",
        "gml:group": "gml:/",
        "gml:tree": "gml:group",
    }
    assert all(e.parent < row for row, e in enumerate(rows))


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_parents_in_a_circle_are_cut(read_city: ReadCity, length: int) -> None:
    circle = {str(n): building(solid(), parents=[str((n + 1) % length)]) for n in range(length)}
    drawn = read_city(city(circle))
    assert drawn.report.elements_out == length
    assert drawn.report.triangles == 12 * length
    assert ("whose parents form a circle" in drawn.said()) == (length > 1)


def test_a_chain_of_fifty_thousand_parts_is_cut_to_a_tree_that_is_not_deep(read_city: ReadCity) -> None:
    chain: dict[str, Any] = {str(n): {"type": "BuildingPart", "parents": [str(n + 1)]} for n in range(50_000)}
    chain["0"]["geometry"] = [solid()]
    drawn = read_city(city(chain))
    depths = [0]
    for element in drawn.model.elements[1:]:
        depths.append(depths[element.parent] + 1)
    assert len(depths) == 50_001
    assert max(depths) < 100
    assert "City objects that draw nothing, but are in the tree: " in drawn.said()


def test_an_object_that_is_not_as_the_format_says_costs_itself_only(read_city: ReadCity) -> None:
    objects = {"good": building(solid()), "bad": {"type": 7}, "worse": [], "odd": building("no geometry")}
    drawn = read_city(city(objects))
    assert (drawn.report.elements_in, drawn.report.elements_out) == (4, 1)
    assert "3 were left out: a city object that is not as the format says (bad, worse, odd)" in drawn.said()
    with pytest.raises(ImportFailed, match="a city object that is not as the format says"):
        read_city(city({"bad": {"type": 7}}))


@pytest.mark.parametrize(
    "boundaries",
    [
        None,
        5,
        "x",
        [[[0, 1, 2]]],
        [[[[0, 1, -2]]]],
        [[[[0, 1, 2.5]]]],
        [[[["a"]]]],
        [[[[[0]]]]],
        [[[[2**63]]]],
    ],
)
def test_a_geometry_nested_otherwise_than_it_says_is_left_out(read_city: ReadCity, boundaries: Any) -> None:
    drawn = read_city(city({"good": building(solid()), "bad": building(solid(boundaries=boundaries))}))
    assert drawn.report.triangles == 12
    assert "a geometry that is not as the format says (bad)" in drawn.said()


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("urn:ogc:def:crs:EPSG::7415", [7415]),
        ("https://www.opengis.net/def/crs/EPSG/0/28992", [28992]),
        ("http://www.opengis.net/def/crs/EPSG/9.9.1/2263", [2263]),
        ("EPSG:7415", [7415]),
        ("epsg:25832", [25832]),
        (28992, [28992]),
        ("28992", [28992]),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837", [25832, 7837]),
        (
            "https://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/28992"
            "&2=http://www.opengis.net/def/crs/EPSG/0/5709",
            [28992, 5709],
        ),
        ("a local grid of 1995", []),
        ({"name": "x"}, []),
        (None, []),
        (True, []),
    ],
)
def test_reference_systems_are_understood_in_every_spelling(said: Any, codes: list[int]) -> None:
    assert epsg_codes(said) == codes


@pytest.mark.parametrize(
    ("said", "epsg", "sentence"),
    [
        ("urn:ogc:def:crs:EPSG::7415", 7415, "EPSG:7415, as the file says"),
        ("urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709", 7415, "EPSG:7415, as the file says"),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837", 25832, "heights are in a system of their own"),
        ("a local grid", None, "its reference system 'a local grid' is not an EPSG code"),
        (None, None, "no reference system is given"),
    ],
)
def test_the_reference_system_is_kept_and_said(
    read_city: ReadCity, said: str | None, epsg: int | None, sentence: str
) -> None:
    drawn = read_city(city(metadata={"referenceSystem": said}))
    assert drawn.model.epsg == epsg
    assert sentence in drawn.said()


def test_what_the_person_says_wins(read_city: ReadCity) -> None:
    far = [[x + 80_000, y + 450_000, z] for x, y, z in UNIT_BOX]
    document = city(vertices=far, metadata={"referenceSystem": "EPSG:7415"})
    drawn = read_city(document, epsg=28992, origin=(80_000.0, 450_000.0, 5.0))
    assert drawn.model.epsg == 28992
    assert drawn.model.origin == (80_000.0, 450_000.0, 5.0)
    assert drawn.triangles().min((0, 1)).tolist() == [0, 0, -5]
    assert "EPSG:28992, as you said" in drawn.said()
    small = read_city(city(), unit=0.5, scale=4.0, up="Y")
    assert small.triangles().min((0, 1)).tolist() == [0, -2, 0]
    assert small.triangles().max((0, 1)).tolist() == [2, 0, 2]


def test_state_planes_in_feet_become_metres(read_city: ReadCity) -> None:
    drawn = read_city(city(metadata={"referenceSystem": "EPSG:2263"}))
    assert drawn.triangles().max() == pytest.approx(0.3048006, abs=1e-6)
    assert "feet and Z up, EPSG:2263" in drawn.said()


def test_degrees_are_refused_with_the_way_out(read_city: ReadCity) -> None:
    with pytest.raises(ImportFailed, match=r"degrees \(EPSG:4326\).* for instance UTM"):
        read_city(city(metadata={"referenceSystem": "urn:ogc:def:crs:EPSG::4326"}))


def test_the_zero_is_the_translation_of_the_file_where_that_is_near(read_city: ReadCity) -> None:
    near = {"scale": [0.001] * 3, "translate": [84_000.123, 447_000.456, -1.5]}
    drawn = read_city(city(transform=near))
    assert drawn.model.origin == (84_000.123, 447_000.456, -1.5)
    assert drawn.triangles().max() == pytest.approx(0.001)
    off = {"scale": [1.0] * 3, "translate": [0.0, 0.0, 0.0]}
    far = [[x + 84_000, y + 447_000, z] for x, y, z in UNIT_BOX]
    origin = read_city(city(vertices=far, transform=off)).model.origin
    assert np.abs(np.subtract(origin, (84_000, 447_000, 0))).max() <= 1
    assert read_city(city(transform=None, version="1.0")).model.origin == (0, 0, 0)


@pytest.mark.parametrize("extent", [[0, 0, 0, 1, 1, 1], [5, 5, 5, 6, 6, 6], [1e400, 0], ["a"] * 6, None, []])
def test_the_extent_in_the_file_is_checked_and_never_believed(read_city: ReadCity, extent: Any) -> None:
    wrong = extent == [5, 5, 5, 6, 6, 6]
    if extent == [1e400, 0]:
        extent = [1e300, 0, 0, -1e300, 0, 0]
        wrong = True
    drawn = read_city(city(metadata={"geographicalExtent": extent}))
    assert ("was not believed" in drawn.said()) == wrong
    assert drawn.triangles().max() == 1


def test_features_of_a_sequence_with_one_id_get_keys_of_their_own(read_city: ReadCity) -> None:
    drawn = read_city(sequence(feature("a"), feature("a"), feature("b")), "x.city.jsonl")
    keys = [e.key for e in drawn.model.elements]
    assert len(set(keys)) == 4
    assert keys[1] == "gml:a"
    assert "Ids that occur more than once, so that their keys got a number: 1." in drawn.said()


def test_equal_files_give_equal_models(read_city: ReadCity) -> None:
    first, second = (read_city(city({"b": building(solid()), "a": building(solid())})) for _ in range(2))
    assert first.model.elements == second.model.elements
    assert first.model.materials == second.model.materials
    assert (first.model.surfaces[0].positions == second.model.surfaces[0].positions).all()


def test_attributes_without_end_are_cut_and_said_so(read_city: ReadCity) -> None:
    many = {f"k{n}": n for n in range(10_000)}
    drawn = read_city(
        city({"a": building(solid(), attributes=many), "b": building(attributes={"k": "x" * 5000})})
    )
    assert len(drawn.element("gml:a").properties) <= 501
    assert drawn.element("gml:b").properties["k"] == "x" * 1000
    assert "Objects of which long or many attributes were cut: 2." in drawn.said()
