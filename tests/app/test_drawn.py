"""Names to drawn ids, for many at once."""

from __future__ import annotations

import numpy as np

from walkdown.package import Element, ElementTable, Model, parse_manifest, read_elements, write_package
from walkdown.twin import Thing, make_catalogue
from walkdown_client.app.drawn import MANY, DrawnElements
from walkdown_client.twin_index import TwinIndex

BASE = 100
HOUSE = (
    Element("b", "Building", "IfcBuilding"),
    Element("s1", "Level 1", "IfcBuildingStorey", parent=0),
    Element("s2", "Level 2", "IfcBuildingStorey", parent=0),
    Element("w1", "Wall", "IfcWall", parent=1),
    Element("d1", "Door", "IfcDoor", parent=1),
    Element("w2", "Wall", "IfcWall", parent=2),
    Element("roof", "Roof", "IfcRoof", parent=0),
)
PIPES = (
    Element("p", "level 1", "IfcBuildingStorey"),
    Element("pipe", "Pipe", "IfcPipeSegment", parent=0),
    Element("q", "Level 9", "IfcBuildingStorey"),
    Element("tank", "Tank", "IfcTank", parent=2),
)


def table_of(*elements: Element) -> ElementTable:
    files = write_package(Model("small", list(elements)))
    return read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)


def drawn(*packages: tuple[int, tuple[Element, ...]], things: tuple[Thing, ...] = ()) -> DrawnElements:
    twin = TwinIndex(make_catalogue(1, things=things))
    return DrawnElements([(base, table_of(*elements)) for base, elements in packages], twin)


def keys(found: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[str]:
    names = {BASE + row: e.key for row, e in enumerate(HOUSE)} | {
        BASE + 20 + row: e.key for row, e in enumerate(PIPES)
    }
    return [names[drawn_id] for drawn_id in found.tolist()]


def test_with_an_element_goes_all_below_it() -> None:
    house = drawn((BASE, HOUSE))
    assert keys(house.ids_of(("s1",))) == ["s1", "w1", "d1"]
    assert keys(house.ids_of(frozenset({"s2", "d1", "unheard of"}))) == ["s2", "d1", "w2"]
    assert house.ids_of(()).size == house.ids_of(("unheard of",)).size == 0


def test_a_large_set_is_found_as_a_small_one_is() -> None:
    house = drawn((BASE, HOUSE), (BASE + 20, HOUSE[:2]))
    many = frozenset({"d1", "s1", *(f"unheard of {number}" for number in range(2000))})
    assert len(many) > MANY
    assert sorted(house.own_ids_of(many)) == sorted(house.own_ids_of(("d1", "s1"))) == [101, 104, 121]


def test_a_thing_stands_for_the_element_that_it_draws() -> None:
    house = drawn(
        (BASE, HOUSE), things=(Thing("GATE", "Gate", element="d1"), Thing("X", "X", element="none"))
    )
    assert keys(house.ids_of(("GATE",))) == ["d1"]
    assert house.ids_of(("X",)).size == 0
    twice = drawn((BASE, HOUSE), things=(Thing("A", "A", element="d1"), Thing("B", "B", element="d1")))
    assert keys(twice.ids_of(("A",))) == keys(twice.ids_of(("B",))) == ["d1"]


def test_a_key_that_two_models_have_names_both() -> None:
    both = drawn((BASE, HOUSE), (BASE + 20, HOUSE[:1]), things=(Thing("T", "T", element="b"),))
    assert both.own_ids_of(("T",)).tolist() == [BASE, BASE + 20]
    alone = drawn((BASE, HOUSE), (BASE + 20, HOUSE[:1]))
    assert alone.own_ids_of(("b",)).tolist() == [BASE, BASE + 20]


def test_only_one_thing_leaves_its_storey_faint_and_other_storeys_away() -> None:
    faint, gone = drawn((BASE, HOUSE)).beside(("d1",))
    assert keys(faint) == ["b", "s1", "w1", "roof"]
    assert keys(gone) == ["s2", "w2"]


def test_storeys_of_one_name_in_two_models_are_one_storey() -> None:
    faint, gone = drawn((BASE, HOUSE), (BASE + 20, PIPES)).beside(("d1",))
    assert keys(faint) == ["b", "s1", "w1", "roof", "p", "pipe"]
    assert keys(gone) == ["s2", "w2", "q", "tank"]


def test_what_is_in_no_storey_leaves_everything_else_faint() -> None:
    faint, gone = drawn((BASE, HOUSE)).beside(("roof",))
    assert len(faint) == len(HOUSE) - 1
    assert gone.size == 0


def test_when_nothing_is_drawn_of_it_nothing_goes_away() -> None:
    faint, gone = drawn((BASE, HOUSE)).beside(("unheard of",))
    assert faint.size == gone.size == 0
    assert drawn().ids_of(("b",)).size == 0
