"""What a foreign model brings to the twin."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown.package import (
    Element,
    Material,
    Model,
    Surface,
    parse_manifest,
    read_edges,
    read_elements,
    write_package,
)
from walkdown.twin import ModelThings
from walkdown_server import model_things
from walkdown_server.model_things import things_of

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)


def things(
    *elements: Element, drawn: list[int], edges: list[tuple[int, int, str]] | None = None
) -> ModelThings:
    model = Model("m", elements=list(elements), materials=[Material("grey")], edges=edges or [])
    for row in drawn:
        up = np.tile(np.array([[0, 0, 1]], np.float32), (3, 1))
        rows, grey = np.full(3, row, np.uint32), np.zeros(3, np.uint32)
        model.surfaces.append(Surface(TRIANGLE, up, rows, grey, np.array([[0, 1, 2]], np.uint32)))
    files = write_package(model)
    manifest = parse_manifest(files["manifest.json"])
    return things_of(read_elements(manifest, files.__getitem__), read_edges(manifest, files.__getitem__))


def test_what_draws_and_all_above_it_are_things_and_an_empty_group_is_none() -> None:
    found = things(
        Element("ifc:storey", "Level 1", kind="IfcBuildingStorey"),
        Element("ifc:empty", "Nothing", kind="IfcSpace", parent=0),
        Element("ifc:wall", "Wall", kind="IfcWall", parent=0),
        drawn=[2],
    ).things
    assert [(t.id, t.name, t.type, t.element, t.parent) for t in found] == [
        ("ifc:storey", "Level 1", "IfcBuildingStorey", "ifc:storey", ""),
        ("ifc:wall", "Wall", "IfcWall", "ifc:wall", "ifc:storey"),
    ]


def test_edges_become_relations_and_what_they_join_becomes_a_thing() -> None:
    found = things(
        Element("ifc:a", "Duct"),
        Element("ifc:b", "Port"),
        edges=[(0, 1, "connects_to"), (0, 1, "contains")],
        drawn=[0],
    )
    assert [(r.source, r.target, r.kind) for r in found.relations] == [("ifc:a", "ifc:b", "connects_to")]
    assert [t.id for t in found.things] == ["ifc:a", "ifc:b"]


def test_of_too_many_parts_those_near_the_root_are_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_things, "THINGS_MAX", 3)
    found = things(
        Element("a:/", "all"),
        Element("a:/x", "x", parent=0),
        Element("a:/x/1", "deep", parent=1),
        Element("a:/y", "y", parent=0),
        Element("a:/y/1", "deep", parent=3),
        drawn=[2, 4],
        edges=[(2, 4, "feeds")],
    )
    assert [t.id for t in found.things] == ["a:/", "a:/x", "a:/y"]
    assert found.relations == ()


def test_what_has_no_name_is_called_by_its_kind() -> None:
    assert [t.name for t in things(Element("gml:1", "", kind="Building"), drawn=[0]).things] == ["Building"]
