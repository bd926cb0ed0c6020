"""Boundaries of every kind become triangles whose outside is outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.importers_city.conftest import ReadCity
from tests.importers_city.forge import BOX_SHELL, UNIT_BOX, building, city, shell, solid
from walkdown.errors import ImportFailed

KINDS = {
    "MultiSurface": BOX_SHELL,
    "CompositeSurface": BOX_SHELL,
    "Solid": [BOX_SHELL],
    "MultiSolid": [[BOX_SHELL], [shell(8)]],
    "CompositeSolid": [[BOX_SHELL], [shell(8)]],
}
TWO_BOXES = UNIT_BOX + [[x + 5, y, z] for x, y, z in UNIT_BOX]


def flat(*rings: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Returns a document with one surface of these rings."""
    vertices = [point for ring in rings for point in ring]
    starts = np.cumsum([0, *map(len, rings)]).tolist()
    numbers = [list(range(start, start + len(ring))) for start, ring in zip(starts, rings, strict=False)]
    return city({"s": building({"type": "MultiSurface", "lod": 1, "boundaries": [numbers]})}, vertices)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_geometry_is_drawn_with_its_outside_out(read_city: ReadCity, kind: str) -> None:
    geometry = {"type": kind, "lod": "2", "boundaries": KINDS[kind]}
    drawn = read_city(city({"a": building(geometry)}, TWO_BOXES))
    boxes = 2 if kind.endswith("Solid") and kind != "Solid" else 1
    assert drawn.report.triangles == 12 * boxes
    assert drawn.area() == pytest.approx(6 * boxes)
    corners = drawn.triangles()
    volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume == pytest.approx(boxes)


def test_a_solid_that_is_inside_out_is_turned_and_said_so(read_city: ReadCity) -> None:
    inside = [[[ring[::-1] for ring in surface] for surface in BOX_SHELL]]
    drawn = read_city(city({"a": building(solid(boundaries=inside))}))
    corners = drawn.triangles()
    assert np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6 == pytest.approx(1)
    assert "inside out and were turned: 1." in drawn.said()


def test_a_hole_stays_open(read_city: ReadCity) -> None:
    outer = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]]
    hole = [[2, 2, 0], [2, 4, 0], [4, 4, 0], [4, 2, 0]]
    drawn = read_city(flat(outer, hole))
    assert drawn.area() == pytest.approx(96)
    assert (drawn.normals()[:, 2] > 0).all()


def test_a_hole_of_two_points_is_no_hole(read_city: ReadCity) -> None:
    outer = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]]
    assert read_city(flat(outer, [[2, 2, 0], [4, 4, 0]])).area() == pytest.approx(100)


@pytest.mark.parametrize("turns", range(8))
def test_a_surface_that_is_not_convex_keeps_its_area_whichever_way_it_looks(
    read_city: ReadCity, turns: int
) -> None:
    notched = np.array([[0, 0], [6, 0], [6, 4], [3, 1], [0, 4]], float)
    angle = turns * math.tau / 8
    plane = np.stack([notched[:, 0], notched[:, 1] * math.cos(angle), notched[:, 1] * math.sin(angle)], 1)
    drawn = read_city(flat(plane.tolist()))
    assert drawn.area() == pytest.approx(24 - 9, abs=1e-4)
    normal = drawn.normals().sum(0)
    assert normal / np.linalg.norm(normal) == pytest.approx([0, -math.sin(angle), math.cos(angle)], abs=1e-5)


def test_repeated_and_closing_corners_do_no_harm(read_city: ReadCity) -> None:
    ring = [[0, 0, 0], [0, 0, 0], [4, 0, 0], [4, 4, 0], [4, 4, 0], [0, 4, 0], [0, 0, 0]]
    drawn = read_city(flat(ring))
    assert (drawn.report.triangles, drawn.area()) == (2, 16)


def test_a_spiral_of_many_corners_keeps_its_area(read_city: ReadCity) -> None:
    angle = np.linspace(0, 6 * math.tau, 500)
    outward = np.stack([angle * np.cos(angle), angle * np.sin(angle), 0 * angle], 1)
    inward = (outward * (1 + 0.5 / (angle[:, None] + 1)))[::-1]
    ring = np.concatenate([outward, inward])
    x, y, _z = ring.T
    expected = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert read_city(flat(ring.tolist())).area() == pytest.approx(expected, rel=1e-5)


def test_what_has_no_area_is_left_out_and_counted(read_city: ReadCity) -> None:
    surfaces = [[[0, 1, 2, 3]], [[0, 1]], [[0, 0, 0, 0]], [], [[]], [[0, 1, 0, 1]]]
    drawn = read_city(city({"a": building({"type": "MultiSurface", "boundaries": surfaces})}))
    assert drawn.report.triangles == 2
    assert "5 were left out: a surface without an area" in drawn.said()


def test_a_triangle_of_the_file_is_counted_even_without_an_area(read_city: ReadCity) -> None:
    surfaces = [[[0, 1, 2]], [[0, 1, 1]]]
    drawn = read_city(city({"a": building({"type": "MultiSurface", "boundaries": surfaces})}))
    assert drawn.report.triangles == 2
    assert len(drawn.model.surfaces[0].lines) == 3


def test_a_vertex_that_is_not_there_costs_its_surface_only(read_city: ReadCity) -> None:
    surfaces = [[[0, 1, 2, 3]], [[0, 1, 99]]]
    drawn = read_city(city({"a": building({"type": "MultiSurface", "boundaries": surfaces})}))
    assert drawn.report.triangles == 2
    assert "1 was left out: a surface with a vertex that the file does not have" in drawn.said()


def test_one_vertex_thrown_far_away_neither_moves_the_zero_nor_breaks(read_city: ReadCity) -> None:
    far = [[x + 80_000, y + 450_000, z] for x, y, z in UNIT_BOX] * 20 + [[380_000, 450_000, 0], [9e9, 9e9, 0]]
    houses = {f"h{n}": building(solid(8 * n)) for n in range(20)}
    houses["odd"] = building({"type": "MultiSurface", "boundaries": [[[0, 1, 160]], [[0, 1, 161]]]})
    drawn = read_city(city(houses, far))
    assert drawn.model.origin == pytest.approx((80_000, 450_000, 0), abs=2)
    assert drawn.report.triangles == 241
    assert "1 was left out: a surface more than 1,000 km from the model" in drawn.said()


def test_lines_are_drawn_where_a_surface_bends_and_not_between_its_triangles(read_city: ReadCity) -> None:
    box = read_city(city()).model.surfaces[0]
    ends = box.positions[box.lines].astype(np.float64)
    assert len(ends) == 12
    assert np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1) == pytest.approx(1)
    halves = [[[0, 1, 5, 4]], [[1, 8, 9, 5]]]
    two = city(
        {"a": building({"type": "MultiSurface", "boundaries": halves})}, [*UNIT_BOX, [2, 0, 0], [2, 0, 1]]
    )
    assert len(read_city(two).model.surfaces[0].lines) == 6


def test_neighbours_that_share_a_wall_keep_their_own_lines(read_city: ReadCity) -> None:
    drawn = read_city(city({"a": building(solid()), "b": building(solid())})).model.surfaces[0]
    assert np.bincount(drawn.elements[drawn.lines[:, 0]]).tolist() == [0, 12, 12]


def test_terrain_is_one_net_with_smooth_normals(read_city: ReadCity) -> None:
    hill = [[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 1, 0.4]]
    slopes = [[[0, 1, 4]], [[1, 2, 4]], [[2, 3, 4]], [[3, 0, 4]]]
    relief = {"type": "TINRelief", "geometry": [{"type": "CompositeSurface", "boundaries": slopes}]}
    drawn = read_city(city({"t": relief}, hill))
    surface = drawn.model.surfaces[0]
    assert len(surface.positions) == 5
    top = int(surface.positions[:, 2].argmax())
    assert surface.normals[top] == pytest.approx([0, 0, 1])
    assert drawn.element("gml:t").layer == "floor"


def test_the_finest_level_is_drawn_and_levels_are_numbers(read_city: ReadCity) -> None:
    coarse = {"type": "MultiSurface", "lod": "1.3", "boundaries": [[[0, 1, 2, 3]]]}
    fine = solid(lod="2.2")
    also = {"type": "MultiSurface", "lod": 2.2, "boundaries": [[[4, 5, 6, 7]]]}
    points = {"type": "MultiPoint", "lod": "3", "boundaries": [0, 1]}
    drawn = read_city(city({"a": building(coarse, fine, also, points)}))
    assert drawn.report.triangles == 14
    assert drawn.element("gml:a").properties["lod"] == "2.2"


def test_a_footprint_gives_way_to_the_parts_of_its_building(read_city: ReadCity) -> None:
    footprint = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    part = {"type": "BuildingPart", "parents": ["b"], "geometry": [solid()]}
    chimney = {"type": "BuildingInstallation", "parents": ["b"], "geometry": [solid(lod="3")]}
    drawn = read_city(city({"b": building(footprint, children=["p"]), "p": part}))
    assert drawn.report.triangles == 12
    assert "a coarser shape of an object whose parts are finer (b)" in drawn.said()
    assert read_city(city({"b": building(solid()), "c": chimney})).report.triangles == 24


def test_points_and_lines_alone_are_not_drawn_and_named(read_city: ReadCity) -> None:
    lines = {"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1], [1, 2]]}
    drawn = read_city(city({"house": building(solid()), "path": {"type": "Road", "geometry": [lines]}}))
    assert "an object of points, lines or unknown shapes, which are not shown (path)" in drawn.said()
    with pytest.raises(ImportFailed, match="nothing in the file can be drawn"):
        read_city(city({"path": {"type": "Road", "geometry": [lines]}}))


def test_a_tangle_of_many_corners_is_left_out_and_a_long_coast_is_not(read_city: ReadCity) -> None:
    turn = np.arange(6000) * 2.399963
    tangle = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1) * (1 + np.arange(6000) % 9)[:, None]
    around = np.linspace(0, math.tau, 6000, endpoint=False)
    coast = np.stack([np.cos(around), np.sin(around), 0 * around], 1) * (100 + np.sin(around * 900))[:, None]
    with pytest.raises(ImportFailed, match="too many corners, or one that crosses itself"):
        read_city(flat(tangle.tolist()))
    assert read_city(flat(coast.tolist())).report.triangles > 5900
