"""Which elements keep sound away, and the boxes that stand for them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from tests.audio.shapes import Elements, box_triangles, prism, wall_with_hole
from walkdown.package import NO_ROW
from walkdown_client.audio.building_survey import survey_of_shapes, survey_of_table
from walkdown_client.audio.occlusion import Occlusion
from walkdown_client.audio.wall_pieces import Parts
from walkdown_client.audio.wall_shapes import STEPS_MAX, parts_of
from walkdown_client.audio.walls import NAMES, NOTHING, UNKNOWN, barriers_of, code_of, table_boxes

F32 = npt.NDArray[np.float32]


@pytest.mark.parametrize(
    ("kind", "matter"),
    [
        ("IfcWall", "masonry"),
        ("IfcWallStandardCase", "masonry"),
        ("IfcSlab", "concrete"),
        ("IfcDoor", "door"),
        ("IfcWindow", "glass"),
        ("IfcCurtainWall", "glass"),
        ("IfcRoof", "roof"),
        ("IfcCovering", "ceiling"),
        ("Building", "building"),
        ("wall_s", "cladding"),
        ("wall", "masonry"),
        ("partition", "light"),
        ("skylight", "glass"),
        ("cabinet", "sheet"),
        ("tank", "sheet"),
    ],
)
def test_a_kind_is_made_of_something(kind: str, matter: str) -> None:
    assert NAMES[code_of(kind)] == matter


@pytest.mark.parametrize(
    "kind",
    ["pump", "roof_unit", "door_frame", "guard_panel", "IfcOpeningElement", "IfcSpace", "bottle_plate", ""],
)
def test_what_is_no_wall_keeps_nothing_away(kind: str) -> None:
    assert code_of(kind) == NOTHING


def test_a_kind_that_says_nothing_leaves_it_to_what_is_above() -> None:
    table = Elements()
    wall = table.group("IfcWall")
    table.add("IfcBuildingElementPart", (0, 0, 0), (4, 0.1, 3), above=wall)
    assert code_of("IfcBuildingElementPart") == UNKNOWN
    found = barriers_of(table)
    assert [NAMES[code] for code in found.codes] == ["masonry"]


def test_without_kinds_the_name_decides_and_without_that_the_shape() -> None:
    table = Elements()
    table.add("part", (0, 0, 0), (4, 0.02, 3), name="Glass front")
    table.add("part", (0, 0, 0), (4, 0.1, 3), name="Cube.012")
    table.add("part", (0, 0, 3), (4, 5, 3.2), name="Cube.013")
    table.add("part", (0, 0, 0), (1, 1, 1), name="Cube.014")
    found = barriers_of(table)
    assert [NAMES[code] for code in found.codes] == ["glass", "light", "ceiling"]


def test_what_moves_keeps_nothing_away_but_the_leaf_of_a_door() -> None:
    table = Elements()
    table.moved_by[table.add("wall", (0, 0, 0), (4, 0.1, 3))] = 0
    door = table.group("IfcDoor")
    leaf = table.add("part", (0, 0, 0), (1, 0.05, 2), above=door)
    table.moved_by[leaf] = 1
    found = barriers_of(table)
    assert found.rows.tolist() == [leaf]
    assert found.doors.tolist() == [door]
    assert table_boxes(table, found)[0].keys.tolist() == [door]


def test_a_wall_that_is_twice_as_thick_keeps_six_decibels_more() -> None:
    table = Elements()
    for thickness in (0.15, 0.3):
        table.add("IfcWall", (0, 0, 0), (4, thickness, 3))
    thin, thick = table_boxes(table, barriers_of(table))[0].losses.tolist()
    assert thick - thin == pytest.approx(6.02, abs=0.01)
    assert 35 < thin < 55


def test_a_box_that_is_no_wall_waits_for_its_triangles() -> None:
    """A wall that is turned by 45° has a box of 3 × 3 m."""
    table = Elements()
    table.add("IfcWall", (0, 0, 0), (3, 3, 3))
    table.add("tank", (0, 0, 0), (3, 3, 3))
    barriers = barriers_of(table)
    boxes, places = table_boxes(table, barriers)
    assert len(boxes) == 1
    assert places.tolist() == [1]


def parts(triangles: F32, *, solid: bool = False) -> Parts:
    return parts_of(triangles, np.zeros(len(triangles), np.int64), solid=np.array([solid]))


def covered(found: Parts, points: npt.ArrayLike) -> list[bool]:
    """Tell which points lie in one of the boxes."""
    away = np.asarray(points, np.float64)[:, None] - found.centres
    cos, sin = found.turns.T
    x = cos * away[..., 0] + sin * away[..., 1]
    y = cos * away[..., 1] - sin * away[..., 0]
    local = np.abs(np.stack([x, y, away[..., 2]], -1))
    inside: list[bool] = (local <= found.halves + 1e-3).all(-1).any(1).tolist()
    return inside


@pytest.mark.parametrize("turn_deg", [0.0, 17.0, 45.0, 80.0, 123.0])
def test_a_long_thin_wall_is_one_box_however_it_is_turned(turn_deg: float) -> None:
    found = parts(box_triangles((2, 0, 0), (8, 0.2, 3), turn_deg=turn_deg))
    assert len(found.owners) == 1
    assert sorted((2 * found.halves[0]).tolist()) == pytest.approx([0.2, 3.0, 6.0], abs=1e-3)
    angle = np.radians(turn_deg)
    middle = np.array([5 * np.cos(angle) - 0.1 * np.sin(angle), 5 * np.sin(angle) + 0.1 * np.cos(angle), 1.5])
    np.testing.assert_allclose(found.centres[0], middle, atol=1e-3)
    assert covered(found, [middle]) == [True]


def test_a_doorway_in_a_wall_stays_open() -> None:
    found = parts(wall_with_hole())
    assert covered(found, [(1.0, 0.1, 1.0), (4.5, 0.1, 1.0), (2.5, 0.1, 2.7)]) == [True, True, True]
    assert covered(found, [(2.5, 0.1, 1.0), (2.3, 0.1, 1.8), (2.7, 0.1, 0.3)]) == [False, False, False]
    assert found.shares.tolist() == [1.0] * len(found.owners)


def test_a_door_fills_its_doorway_without_a_slit_and_opens_all_of_it() -> None:
    table = Elements()
    table.add("IfcWall", (0, 0, 0), (6, 0.2, 3))
    table.add("IfcDoor", (2.02, 0.07, 0), (2.98, 0.13, 2.08))
    triangles = [wall_with_hole(), box_triangles((2.02, 0.07, 0), (2.98, 0.13, 2.08))]
    owners = np.repeat([0, 1], [len(part) for part in triangles])
    survey = survey_of_shapes(
        table,
        survey_of_table(table),
        [(np.concatenate(triangles), owners)],
        going_on=lambda: True,
    )
    walls = Occlusion(survey.boxes)
    for x in np.arange(0.3, 5.7, 0.05):
        for z in (0.4, 1.0, 1.9):
            assert walls.losses((x, -2.0, z), [(x, 2.0, z)])[0][0] > 8.0, (x, z)
    walls.open(np.array([1], np.uint32))
    assert walls.losses((2.5, -2.0, 1.0), [(2.5, 2.0, 1.0)])[0][0] == 0.0
    assert walls.losses((1.0, -2.0, 1.0), [(1.0, 2.0, 1.0)])[0][0] > 5.0


def test_a_slab_with_a_stairwell_lets_sound_through_there() -> None:
    table = [
        box_triangles((0, 0, 0), (10, 3, 0.2)),
        box_triangles((0, 5, 0), (10, 8, 0.2)),
        box_triangles((0, 3, 0), (4, 5, 0.2)),
        box_triangles((6, 3, 0), (10, 5, 0.2)),
    ]
    found = parts(np.concatenate(table))
    assert covered(found, [(5.0, 1.0, 0.1), (2.0, 4.0, 0.1), (8.0, 4.0, 0.1), (5.0, 4.0, 0.1)]) == [
        True,
        True,
        True,
        False,
    ]


def test_an_l_shaped_wall_leaves_the_corner_of_its_box_free() -> None:
    outline = [(0, 0), (6, 0), (6, 0.2), (0.2, 0.2), (0.2, 5), (0, 5)]
    found = parts(prism(outline, low=0.0, high=3.0))
    assert covered(found, [(3.0, 0.0, 1.5), (0.0, 3.0, 1.5)]) == [True, True]
    assert covered(found, [(3.0, 3.0, 1.5)]) == [False]
    assert set(found.shares.tolist()) == {0.5}, "each of two faces keeps half"


def test_all_walls_of_a_storey_in_one_mesh_are_not_one_block() -> None:
    outer = prism([(0, 0), (12, 0), (12, 9), (0, 9)], low=0.0, high=3.0)
    inner = prism([(0.3, 0.3), (0.3, 8.7), (11.7, 8.7), (11.7, 0.3)], low=0.0, high=3.0)
    found = parts(np.concatenate([outer, inner]))
    assert covered(found, [(6.0, 0.0, 1.5), (0.0, 4.5, 1.5), (6.0, 9.0, 1.5)]) == [True] * 3
    assert covered(found, [(6.0, 4.5, 1.5), (1.5, 1.5, 1.5)]) == [False, False]


def test_a_leaning_roof_becomes_steps_below_its_ridge() -> None:
    ridge = np.array([[0, 0, 3], [10, 0, 3], [10, 4, 6], [0, 4, 6]], np.float32)
    found = parts(np.stack([ridge[[0, 1, 2]], ridge[[0, 2, 3]]]))
    assert len(found.owners) > 3
    assert covered(found, [(5.0, 2.0, 4.5), (3.0, 0.5, 3.4)]) == [True, True]
    assert covered(found, [(5.0, 0.5, 5.8), (5.0, 3.5, 3.1)]) == [False, False]
    assert set(found.shares.tolist()) == {1.0}
    above = np.column_stack([np.arange(0.5, 9.6, 0.25), np.full(37, 2.0), np.full(37, 4.5)])
    assert all(covered(found, above)), "no gap between the steps"


def test_a_round_tank_is_a_box_and_a_closed_building_is_one_too() -> None:
    ring = [(2 * np.cos(a), 2 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    top = [np.array([[0, 0, z], [*a, z], [*b, z]]) for z in (0, 4) for a, b in pairwise(ring)]
    shell = prism(ring, low=0.0, high=4.0)
    lids = np.array([t if t[0, 2] else t[::-1] for t in top], np.float32)
    found = parts(np.concatenate([shell, lids]), solid=True)
    assert len(found.owners) == 1
    assert covered(found, [(0.0, 0.0, 2.0)]) == [True]


def test_a_house_around_a_yard_leaves_the_yard_free() -> None:
    """Three closed wings of 6 m, two storeys high, as one mesh."""
    wings = [((0, 0, 0), (30, 6, 6)), ((0, 6, 0), (6, 24, 6)), ((24, 6, 0), (30, 24, 6))]
    found = parts(np.concatenate([box_triangles(lo, hi) for lo, hi in wings]), solid=True)
    assert len(found.owners) < 12
    assert covered(found, [(15.0, 3.0, 3.0), (3.0, 15.0, 3.0), (27.0, 15.0, 3.0)]) == [True] * 3
    assert covered(found, [(15.0, 15.0, 3.0), (9.0, 20.0, 3.0)]) == [False, False]
    assert found.shares.tolist() == [1.0] * len(found.owners)


def test_small_pieces_and_nothing_at_all_are_left_out() -> None:
    assert not len(parts(box_triangles((0, 0, 0), (0.3, 0.3, 0.3))).owners)
    assert not len(parts(np.zeros((0, 3, 3), np.float32)).owners)
    assert not len(parts(np.full((4, 3, 3), 1.0, np.float32)).owners)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("seed", range(4))
def test_any_triangles_give_finite_boxes_or_none(seed: int, scale: float) -> None:
    """Torn, flat, doubled and far-away triangles, as files have them."""
    rng = np.random.default_rng(seed)
    loose = rng.normal(0, scale, (40, 3, 3))
    flat = rng.normal(0, scale, (20, 3, 3)) * (1, 1, 0)
    point = np.repeat(rng.normal(0, scale, (5, 1, 3)), 3, axis=1)
    every = np.concatenate([loose, flat, point, loose[:10], loose[:5, ::-1]]).astype(np.float32)
    found = parts_of(every, rng.integers(0, 3, len(every)), solid=np.array([False, True, False]))
    for values in (found.centres, found.halves, found.turns, found.shares):
        assert np.isfinite(values).all()
    np.testing.assert_allclose(np.linalg.norm(found.turns, axis=1), 1.0, atol=1e-5)
    assert (found.halves > 0).all()
    assert len(found.owners) < len(every) * STEPS_MAX**2


def test_a_sliver_that_covers_nothing_is_no_wall_and_harms_no_other() -> None:
    """It is thin and large, and yet misses the middle of every cell."""
    sliver = np.array([[[-0.9, -0.3, -10.2], [0.5, 0.8, 2.7], [0.9, 0.4, 1.7]]], np.float32)
    assert not len(parts(sliver).owners)
    wall = box_triangles((20, 0, 0), (23, 0.2, 3))
    assert len(parts(np.concatenate([sliver, wall])).owners) == len(parts(wall).owners) == 1


def test_owners_are_kept_apart_where_they_touch() -> None:
    triangles = np.concatenate([box_triangles((0, 0, 0), (3, 0.2, 3)), box_triangles((3, 0, 0), (6, 0.2, 3))])
    found = parts_of(triangles, np.repeat([0, 1], 12), solid=np.zeros(2, bool))
    assert sorted(found.owners.tolist()) == [0, 1]
    assert covered(found, [(1.5, 0.1, 1.0), (4.5, 0.1, 1.0)]) == [True, True]


def test_a_hundred_thousand_elements_are_sorted_without_a_look_at_their_shapes() -> None:
    """Kinds and names are looked at once each, however many elements have them."""
    table = Elements()
    count = 100_000
    table.kinds = ["IfcWall", "IfcFlowSegment", "part", "IfcDoor"] * (count // 4)
    table.names = ["a", "b", "c", "d"] * (count // 4)
    table.above, table.moved_by, table.drawn = [NO_ROW] * count, [NO_ROW] * count, [12] * count
    low = np.column_stack([np.arange(count), np.zeros((count, 2))])
    table.boxes = list(zip(low, np.add(low, (1.0, 0.2, 2.5)), strict=True))
    found = barriers_of(table)
    boxes, _places = table_boxes(table, found)
    assert len(boxes) == len(found) == count // 2
