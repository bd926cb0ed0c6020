"""Trees in bulk, and properties in columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.package import (
    NO_ROW,
    Element,
    ElementTable,
    Model,
    is_storey,
    parse_manifest,
    property_columns,
    read_elements,
    split_name,
    write_package,
)
from walkdown.package.ancestry import I32, all_below, nearest_above, subtree_sums
from walkdown.package.columns import NO_WORD

TREES = st.lists(st.integers(0, 10_000), max_size=40).map(
    lambda draws: np.array([draw % (row + 1) - 1 for row, draw in enumerate(draws)], np.int32)
)
"""Parents, each before its children."""


def above(parents: I32, row: int) -> list[int]:
    found = []
    while row != NO_ROW:
        found.append(row)
        row = int(parents[row])
    return found


def table_of(*elements: Element) -> ElementTable:
    files = write_package(Model("small", list(elements)))
    return read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)


@given(TREES, st.integers(0, 1 << 40))
def test_trees_in_bulk_agree_with_walking_up_row_by_row(parents: I32, bits: int) -> None:
    count = len(parents)
    marked = np.array([bits >> row & 1 for row in range(count)], bool)
    values = np.where(marked, np.arange(count), NO_ROW).astype(np.int32)
    ways = [above(parents, row) for row in range(count)]
    assert all_below(marked, parents).tolist() == [any(marked[r] for r in way) for way in ways]
    assert nearest_above(values, parents).tolist() == [
        next((r for r in way if marked[r]), NO_ROW) for way in ways
    ]
    expected = [sum(marked[r] for r in range(count) if row in ways[r]) for row in range(count)]
    assert subtree_sums(marked.astype(np.int64), parents).tolist() == expected


def test_a_very_deep_chain_is_no_different() -> None:
    parents = np.arange(-1, 49_999, dtype=np.int32)
    assert subtree_sums(np.ones(50_000, np.int64), parents)[0] == 50_000
    assert all_below(np.arange(50_000) == 3, parents).sum() == 49_997


def test_a_ring_of_parents_ends_all_the_same() -> None:
    ring = np.array([1, 2, 0, NO_ROW, 3], np.int32)
    assert all_below(np.array([0, 0, 0, 1, 0], bool), ring).tolist() == [False, False, False, True, True]
    assert nearest_above(np.array([NO_ROW, 7, NO_ROW, 5, NO_ROW], np.int32), ring).tolist() == [7, 7, 7, 5, 5]
    assert subtree_sums(np.ones(5, np.int64), ring)[3:].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("IfcBuildingStorey", True), ("storey", True), ("BuildingStorey", True), ("floor", False), ("", False)],
)
def test_storeys_are_told_by_their_kind(kind: str, expected: bool) -> None:
    assert is_storey(kind) is expected


def test_each_element_knows_the_storey_it_is_in() -> None:
    table = table_of(
        Element("b", "Building", "IfcBuilding"),
        Element("s1", "Level 1", "IfcBuildingStorey", parent=0),
        Element("s2", "Level 2", "IfcBuildingStorey", parent=0),
        Element("r", "Room", "IfcSpace", parent=2),
        Element("d", "Door", "IfcDoor", parent=3),
        Element("w", "Wall", "IfcWall", parent=1),
    )
    assert table.storeys.tolist() == [NO_ROW, 1, 2, 2, 2, 1]
    assert table_of(Element("a", "A")).storeys.tolist() == [NO_ROW]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Pset_WallCommon.ThermalTransmittance [W/(m2.K)]",
            ("Pset_WallCommon", "ThermalTransmittance", "W/(m2.K)"),
        ),
        ("weight", ("", "weight", "")),
        ("Length [mm]", ("", "Length", "mm")),
        ("No. of parts", ("", "No. of parts", "")),
        ("12.5 kV", ("", "12.5 kV", "")),
        ("PSet_Revit_Type.Fire Rating", ("PSet_Revit_Type", "Fire Rating", "")),
        ("Pset_V2.Width", ("Pset_V2", "Width", "")),
        ("a.b.c [m]", ("a", "b.c", "m")),
        ("[m]", ("", "[m]", "")),
        ("", ("", "", "")),
        ("结构.材料 [kg]", ("结构", "材料", "kg")),
    ],
)
def test_a_property_name_has_a_group_a_label_and_a_unit(name: str, expected: tuple[str, str, str]) -> None:
    found = split_name(name)
    assert (found.group, found.label, found.unit) == expected


def test_properties_stand_in_columns_by_name_over_all_chunks() -> None:
    count = 5000
    table = table_of(
        *(
            Element(
                f"k{row}",
                "",
                properties={"mass": row / 2, "fire": f"EI{row % 3}"}
                if row % 2
                else {"outside": row % 4 == 0},
            )
            for row in range(count)
        )
    )
    columns = property_columns(table.property_chunks())
    assert list(columns) == ["fire", "mass", "outside"]
    mass, fire, outside = columns["mass"], columns["fire"], columns["outside"]
    assert mass.rows.tolist() == list(range(1, count, 2))
    assert np.array_equal(mass.numbers, mass.rows / 2)
    assert [fire.words[code] for code in fire.codes[:3]] == ["EI1", "EI0", "EI2"]
    assert np.isnan(fire.numbers).all()
    assert outside.flags.all()
    assert outside.numbers[:2].tolist() == [1.0, 0.0]
    assert (outside.codes == NO_WORD).all()


def test_a_property_may_be_a_number_here_and_a_text_there() -> None:
    column = property_columns([[{"size": 3}, {}, {"size": "DN50"}], [{"size": 2.5}]])["size"]
    assert column.rows.tolist() == [0, 2, 3]
    assert np.array_equal(column.numbers, [3, np.nan, 2.5], equal_nan=True)
    assert column.codes.tolist() == [NO_WORD, 0, NO_WORD]
    assert column.words == ("DN50",)


def test_without_properties_there_are_no_columns() -> None:
    assert property_columns([[{}, {}]]) == property_columns([]) == {}
