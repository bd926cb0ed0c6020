"""Trees of rows: how they are sorted, what is unfolded, what is counted, what is hidden."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.plant import catalogue
from walkdown.package import Element, ElementTable, Model, parse_manifest, read_elements, write_package
from walkdown.package.columns import property_columns
from walkdown.twin import Thing, make_catalogue
from walkdown_client.hiding import hidden_rows, hidden_without
from walkdown_client.inventory import Inventory, Part
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.ui.outline import (
    ELEMENTS,
    STOREYS,
    SYSTEMS,
    THINGS,
    TYPES,
    Outline,
    natural,
    outline_by,
    ways_of,
)

HOUSE = (
    Element("b", "House", "IfcBuilding"),
    Element("s2", "Level 2", "IfcBuildingStorey", parent=0, properties={"Elevation": 3.1}),
    Element("s1", "Level 1", "IfcBuildingStorey", parent=0, properties={"Elevation": 0.0}),
    Element("room", "Kitchen", "IfcSpace", parent=2),
    Element("d10", "Door 10", "IfcDoor", parent=3, system="Access"),
    Element("d9", "Door 9", "IfcDoor", parent=3),
    Element("w", "Wall", "IfcWall", parent=2),
    Element("w2", "Wall", "IfcWall", parent=1),
    Element("tree", "Oak", "IfcGeographicElement", parent=0),
)


def table_of(*elements: Element) -> ElementTable:
    files = write_package(Model("small", list(elements)))
    return read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)


def house(*, things: tuple[Thing, ...] = (), copies: int = 1) -> Inventory:
    parts = [Part(f"House {number}", 100 * number, table_of(*HOUSE)) for number in range(1, copies + 1)]
    rows = Inventory(TwinIndex(make_catalogue(1, things=things)), parts)
    for place, part in enumerate(parts):
        rows.learn(place, property_columns(part.elements.property_chunks()))
    return rows


def drawn(outline: Outline, unfolded: set[str], kept: list[int] | None = None) -> list[str]:
    """What is drawn, indented by its depth."""
    marks = None
    if kept is not None:
        marks = np.zeros(kept[0], bool)
        marks[kept[1:]] = True
    rows = outline.rows(unfolded, kept=marks)
    return [
        "  " * depth + outline.labels[node]
        for node, depth in zip(rows.nodes.tolist(), rows.depths.tolist(), strict=True)
    ]


def test_a_tree_shows_what_is_unfolded_in_order() -> None:
    outline = outline_by(THINGS, Inventory(TwinIndex(catalogue())))
    assert drawn(outline, set()) == ["Filling hall"]
    assert drawn(outline, {"HALL", "L1", "gone"}) == [
        "Filling hall",
        "  Line 1",
        "    Rinser",
        "    Filler",
        "    Capper",
        "    Labeller",
        "  Product pump",
        "  Product filter",
    ]
    rows = outline.rows({"HALL", "L1"})
    assert [outline.ids[node] for node in rows.nodes[rows.open]] == ["HALL", "L1"]
    assert outline.counts[outline.node_of("L1")] == 5


def test_storeys_stand_from_the_lowest_up_with_rooms_before_what_is_in_them() -> None:
    outline = outline_by(STOREYS, house())
    everything = set(outline.ids)
    assert drawn(outline, everything) == [
        "Level 1",
        "  Kitchen",
        "    Door 9",
        "    Door 10",
        "  Wall",
        "Level 2",
        "  Wall",
        "In no storey",
        "  Oak",
    ]
    assert outline.counts[outline.node_of("s1")] == 3


def test_storeys_of_unknown_height_stand_in_the_order_of_their_names() -> None:
    rows = house()
    rows.learn(0, {})
    assert np.isnan(rows.elevation(rows.row_of("s1")))
    assert drawn(outline_by(STOREYS, rows), set()) == ["Level 1", "Level 2", "In no storey"]


def test_the_same_storey_of_two_files_is_one_and_that_of_another_building_is_not() -> None:
    def storey(key: str, name: str, height: float) -> Element:
        return Element(key, name, "IfcBuildingStorey", properties={"Elevation [mm]": height})

    part = Part(
        "Site",
        0,
        table_of(
            storey("a1", "Level 1", 0),
            storey("b1", "LEVEL 1", 100),
            storey("c1", "Level 1", 4000),
            Element("a", "Wall", "IfcWall", parent=0),
            Element("b", "Lamp", "IfcLamp", parent=1),
            Element("c", "Door", "IfcDoor", parent=2),
        ),
    )
    rows = Inventory(TwinIndex(make_catalogue(1)), [part])
    rows.learn(0, property_columns(part.elements.property_chunks()))
    outline = outline_by(STOREYS, rows)
    assert drawn(outline, set(outline.ids)) == ["Level 1", "  Lamp", "  Wall", "Level 1", "  Door"]


def test_types_and_systems_are_groups_in_natural_order() -> None:
    rows = house()
    types = outline_by(TYPES, rows)
    assert drawn(types, {"types/IfcDoor"})[:5] == [
        "IfcBuilding",
        "IfcBuildingStorey",
        "IfcDoor",
        "  Door 9",
        "  Door 10",
    ]
    door = types.node_of("types/IfcDoor")
    assert (types.counts[door], types.items[door]) == (2, NOTHING)
    assert sorted(rows.keys[row] for row in types.members(door)) == ["d10", "d9"]
    systems = outline_by(SYSTEMS, rows)
    assert drawn(systems, {"systems/Access"}) == ["Access", "  Door 10", "No system"]


def test_several_models_have_a_group_each_where_that_matters() -> None:
    rows = house(copies=2)
    assert drawn(outline_by(ELEMENTS, rows), {"model/1"}) == ["House 1", "House 2", "  House"]
    assert drawn(outline_by(STOREYS, rows), {"model/0"})[:3] == ["House 1", "  Level 1", "  Level 2"]
    assert "IfcWall" in drawn(outline_by(TYPES, rows), set())


def test_a_search_leaves_what_answers_it_and_what_that_is_in() -> None:
    rows = house()
    outline = outline_by(STOREYS, rows)
    kept = [len(rows), rows.row_of("d9"), rows.row_of("w2")]
    assert drawn(outline, set(), kept) == ["Level 1", "  Kitchen", "    Door 9", "Level 2", "  Wall"]
    marks = np.zeros(len(rows), bool)
    marks[kept[1:]] = True
    assert outline.counts_of(marks)[outline.node_of("s1")] == 1


def test_only_ways_with_something_to_show_are_offered_and_the_best_comes_first() -> None:
    assert ways_of(Inventory(TwinIndex(catalogue()))) == [THINGS, TYPES, SYSTEMS]
    assert ways_of(house()) == [STOREYS, TYPES, SYSTEMS, ELEMENTS]
    with_things = house(things=(Thing("d9", "Door", "IfcDoor", element="d9"),))
    assert ways_of(with_things) == [STOREYS, THINGS, TYPES, SYSTEMS, ELEMENTS]
    assert ways_of(Inventory(TwinIndex(make_catalogue(1)))) == []


def test_parents_in_a_ring_are_left_out_and_do_no_harm() -> None:
    things = (Thing("a", "A", parent="b"), Thing("b", "B", parent="a"), Thing("c", "C"))
    outline = outline_by(THINGS, Inventory(TwinIndex(make_catalogue(1, things=things))))
    assert drawn(outline, {"a", "b", "c"}) == ["C"]
    assert outline.ancestors(0) == [1, 0]


def test_a_very_deep_tree_is_walked_without_end() -> None:
    deep = table_of(*(Element(f"k{row}", f"n{row}", parent=row - 1) for row in range(3000)))
    rows = Inventory(TwinIndex(make_catalogue(1)), [Part("deep", 0, deep)])
    outline = outline_by(ELEMENTS, rows)
    assert outline.rows(set(outline.ids)).depths[-1] == 2999


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["P-10", "P-9", "p-1"], ["p-1", "P-9", "P-10"]),
        (["10", "2b", "2a", "a"], ["2a", "2b", "10", "a"]),
        (["二楼", "一楼"], ["一楼", "二楼"]),
    ],
)
def test_numbers_in_names_are_counted(texts: list[str], expected: list[str]) -> None:
    assert sorted(texts, key=natural) == expected


# ---- hiding -----------------------------------------------------------------------------------------


def hidden_keys(rows: Inventory, hidden: frozenset[str]) -> set[str]:
    return {rows.keys[row] for row in np.flatnonzero(hidden_rows(rows, hidden))}


def test_with_a_storey_all_that_is_in_it_is_hidden() -> None:
    assert hidden_keys(house(), frozenset({"s1"})) == {"s1", "room", "d9", "d10", "w"}
    assert hidden_keys(house(), frozenset({"unheard of"})) == set()


def test_a_room_of_a_hidden_storey_is_shown_and_the_rest_stays_away() -> None:
    rows = house()
    left = hidden_without(rows, frozenset({"s1", "w2", "elsewhere"}), [rows.row_of("d9")])
    assert hidden_keys(rows, left) == {"d10", "w", "w2"}
    assert "elsewhere" in left, "what another model has stays hidden"
    assert hidden_without(rows, left, [rows.row_of("s1"), rows.row_of("w2")]) == {"elsewhere"}


def test_showing_again_what_a_thing_hides_speaks_of_the_thing() -> None:
    rows = house(things=(Thing("GATE", "Gate", element="room"), Thing("LOOSE", "Loose")))
    hidden = frozenset({"s1", "LOOSE"})
    left = hidden_without(rows, hidden, [rows.row_of("w")])
    assert left == {"GATE", "LOOSE"}
    assert hidden_without(rows, left, [rows.row_of("LOOSE")]) == {"GATE"}


def test_fifty_thousand_rows_are_flattened_in_slices() -> None:
    things = tuple(Thing(f"t{row}", f"Thing {row}", f"kind {row % 30}") for row in range(50_000))
    outline = outline_by(TYPES, Inventory(TwinIndex(make_catalogue(1, things=things))))
    rows = outline.rows({"types/kind 3"})
    assert len(rows.nodes) == 30 + len(things) // 30 + 1
