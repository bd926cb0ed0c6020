"""Search and storeys over a real building: the Duplex of buildingSMART."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from walkdown.package import ElementTable, parse_manifest, property_columns, read_elements, write_package
from walkdown.twin import make_catalogue
from walkdown_client.app.drawn import DrawnElements
from walkdown_client.finding import find
from walkdown_client.inventory import Inventory, Part
from walkdown_client.query import parse
from walkdown_client.twin_index import TwinIndex
from walkdown_client.ui.outline import STOREYS, TYPES, outline_by
from walkdown_server.importers.ifc import read_ifc
from walkdown_server.importers.task import ReadTask
from walkdown_server.model_things import things_of

pytest.importorskip("ifcopenshell", reason="IfcOpenShell is not installed")

DUPLEX = Path(__file__).parents[1] / "data" / "ifc" / "Duplex_A.ifc"


@pytest.fixture(scope="module")
def table() -> ElementTable:
    files = write_package(read_ifc(ReadTask(DUPLEX)))
    return read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)


@pytest.fixture(scope="module")
def duplex(table: ElementTable) -> Inventory:
    twin = TwinIndex(make_catalogue(1), {"duplex": things_of(table)})
    inventory = Inventory(twin, [Part("Duplex", 0, table)])
    inventory.learn(0, property_columns(table.property_chunks()))
    return inventory


def test_its_storeys_stand_from_the_foundation_to_the_roof(duplex: Inventory) -> None:
    outline = outline_by(STOREYS, duplex)
    top = outline.rows(()).nodes.tolist()
    assert [outline.labels[node] for node in top][:4] == ["T/FDN", "Level 1", "Level 2", "Roof"]
    heights = [duplex.elevation(int(outline.items[node])) for node in top[:4]]
    assert heights == [-1.25, 0.0, 3.1, 6.0]


def test_its_types_are_counted_as_its_readme_says(duplex: Inventory) -> None:
    outline = outline_by(TYPES, duplex)
    counts = {outline.labels[node]: int(outline.counts[node]) for node in outline.rows(()).nodes.tolist()}
    expected = {"IfcWallStandardCase": 56, "IfcWindow": 24, "IfcSlab": 21, "IfcDoor": 14, "IfcFooting": 7}
    assert {kind: counts[kind] for kind in expected} == expected


JUDGES: dict[str, Callable[[Inventory, int], bool]] = {
    "type:wall -type=IfcWallStandardCase": lambda house, row: house.kinds[row] == "IfcWall",
    'type=IfcDoor storey:"level 1"': lambda house, row: (
        house.kinds[row] == "IfcDoor" and house.names[house.storeys[row]] == "Level 1"
    ),
    "type:beam -name:310x60": lambda house, row: (
        house.kinds[row] == "IfcBeam" and "310X60" not in house.names[row]
    ),
    "type:wall thickness>400mm": lambda house, row: (
        "Wall" in house.kinds[row] and float(house.properties(row).get("Material thickness [m]", 0)) > 0.4
    ),
    "type:window storey:roof": lambda house, row: (
        house.kinds[row] == "IfcWindow" and house.names[house.storeys[row]] == "Roof"
    ),
}
"""Queries, and what an element has to be like to answer them."""


@pytest.mark.parametrize("query", JUDGES)
def test_queries_are_answered_as_looking_at_each_element_would(duplex: Inventory, query: str) -> None:
    found = set(find(parse(query), duplex).rows.tolist())
    assert found == {row for row in range(len(duplex)) if JUDGES[query](duplex, row)}
    assert found


def test_isolating_a_door_leaves_its_storey(duplex: Inventory, table: ElementTable) -> None:
    drawn = DrawnElements([(0, table)], duplex.twin)
    door = next(row for row in range(len(table)) if table.kinds[row] == "IfcDoor")
    faint, gone = drawn.beside((table.keys[door],))
    names = {table.names[table.storeys[row]] for row in gone.tolist()}
    assert table.names[table.storeys[door]] not in names
    assert names == {"T/FDN", "Level 1", "Level 2", "Roof"} - {table.names[table.storeys[door]]}
    assert len(faint) + len(gone) == len(table) - 1
