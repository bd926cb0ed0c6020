"""Finding triangles, floors to stand on, and the height of the eye."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.walk import shapes
from walkdown.package import Repeat, Surface
from walkdown_client.walk.body import EYE_M, Body
from walkdown_client.walk.eye import EyeHeight
from walkdown_client.walk.grid import make_grid
from walkdown_client.walk.obstacles import EVERYWHERE, Obstacles
from walkdown_client.walk.soup import NOBODY, Soup, Within, ground_soup, soup_of
from walkdown_client.walk.standing import nearest_standing, standing_below
from walkdown_client.walk.walker import Walker

ALL = Within(np.full(3, -1e3), np.full(3, 1e3))


def soup(corners: np.ndarray, anchor: tuple[float, float, float] = (0, 0, 0)) -> Soup:
    return Soup(np.array(anchor, float), corners.astype(np.float32), np.arange(len(corners)))


def surface(corners: np.ndarray, elements: np.ndarray) -> Surface:
    count = len(corners) * 3
    return Surface(
        positions=corners.reshape(-1, 3).astype(np.float32),
        normals=np.zeros((count, 3), np.float32),
        elements=np.repeat(elements, 3).astype(np.uint32),
        materials=np.zeros(count, np.uint32),
        triangles=np.arange(count, dtype=np.uint32).reshape(-1, 3),
    )


@given(st.integers(0, 2**31), st.sampled_from([0.1, 3.0, 300.0]), st.floats(0.01, 50))
@settings(deadline=None, max_examples=60)
def test_a_box_finds_every_triangle_that_it_touches(seed: int, size: float, half: float) -> None:
    random = np.random.default_rng(seed)
    corners = random.uniform(-60, 60, (200, 1, 3)) + random.normal(0, size, (200, 3, 3))
    grid = make_grid(soup(corners))
    centre = random.uniform(-60, 60, 3)
    found = set(grid.near(centre - half, centre + half).tolist())
    stored = corners.astype(np.float32)
    touched = (stored.max(1) >= centre - half).all(1) & (stored.min(1) <= centre + half).all(1)
    assert set(np.flatnonzero(touched).tolist()) <= found


def test_a_triangle_thrown_far_away_makes_no_cells_between() -> None:
    corners = np.array(shapes.tiled_floor(size=0.9))
    lost = np.array([[[0, 0, 0], [300_000, 0, 0], [0, 200_000, 1_000]]])
    grid = make_grid(soup(np.concatenate([corners, lost])))
    assert len(grid.rows) < 8 * len(corners)
    near = grid.near(np.array([0.2, 0.2, -1]), np.array([0.4, 0.4, 1]))
    assert len(corners) in near
    assert len(near) < 30


def test_a_small_box_finds_few_of_many() -> None:
    grid = make_grid(soup(np.array(shapes.tiled_floor(half=50, size=0.9))))
    assert len(grid.near(np.array([0.2, 0.2, -0.1]), np.array([0.4, 0.4, 0.1]))) <= 32


def test_an_empty_world_has_nothing_near() -> None:
    empty = Obstacles()
    assert len(empty.around(np.zeros(3), np.ones(3))) == 0
    empty.put("nothing", make_grid(soup(np.zeros((0, 3, 3)))))
    assert len(empty.around(*EVERYWHERE)) == 0
    assert Body(empty).fits(np.zeros(3))
    assert nearest_standing(empty, np.array([0, 0, 5.0])) is None


def test_what_is_no_triangle_is_left_out() -> None:
    good = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    line, point = [[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[1, 1, 1]] * 3
    bad, endless = [[np.nan, 0, 0], [1, 0, 0], [0, 1, 0]], [[np.inf, 0, 0], [1, 0, 0], [0, 1, 0]]
    absurd = [[0, 0, 0], [1e30, 0, 0], [0, 1e30, 0]]
    corners = np.array([line, good, point, bad, endless, absurd])
    found = soup_of([surface(corners, np.arange(6))], within=ALL)
    assert found.owners.tolist() == [1]


def test_a_tile_is_placed_cut_and_sifted() -> None:
    """Turned by 90° about Z, moved far away, element 1 left out, what is out of reach dropped."""
    corners = np.array([[[x, 0, 0], [x + 1, 0, 0], [x, 1, 0]] for x in (0.0, 2.0, 500.0)])
    placement = [0, -1, 0, 447_000, 1, 0, 0, 92_000, 0, 0, 1, 3]
    near = Within(np.array([446_950, 91_950, -50.0]), np.array([447_050, 92_050, 50.0]))
    found = soup_of(
        [surface(corners, np.array([0, 1, 2]))],
        within=near,
        placement=placement,
        base=70,
        kept=np.array([True, False, True]),
    )
    assert found.owners.tolist() == [70]
    placed = found.corners[0] + found.anchor
    assert placed == pytest.approx(
        np.array([[447_000, 92_000, 3], [447_000, 92_001, 3], [446_999, 92_000, 3]])
    )


def test_copies_are_unfolded_only_where_they_are_near() -> None:
    shape = surface(np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]]]), np.zeros(1))
    half = np.sqrt(0.5)
    copies = Repeat(
        shape,
        translations=np.array([[0, 0, 0], [5, 0, 0], [4000, 0, 0]], np.float32),
        rotations=np.array([[1, 0, 0, 0], [half, 0, 0, half], [1, 0, 0, 0]], np.float32),
        scales=np.array([[1, 1, 1], [2, 1, 1], [1, 1, 1]], np.float32),
        elements=np.array([3, 4, 5], np.uint32),
    )
    found = soup_of([], [copies], within=ALL)
    assert found.owners.tolist() == [3, 4]
    assert found.corners[1] + found.anchor == pytest.approx(
        np.array([[5, 0, 0], [5, 2, 0], [4, 0, 0]]), abs=1e-6
    )


def test_the_ground_carries_but_belongs_to_nobody() -> None:
    found = Obstacles()
    found.put("ground", make_grid(ground_soup(-0.5, centre=(3.0, 4.0))))
    assert set(found.around(np.array([0, 0, -1.0]), np.ones(3)).owners.tolist()) == {NOBODY}
    walker = Walker(found, np.array([1500.0, -900.0, 0.0]))
    shapes.walk(walker, (1, 1), secs=1.0)
    assert walker.feet[2] == pytest.approx(-0.5, abs=0.01)


def test_what_lets_people_through_is_not_met() -> None:
    obstacles = shapes.obstacles_of(shapes.FLOOR + shapes.wall_x(1.0))
    walls = np.array([False, False, True, True])
    walker = Walker(obstacles, np.array([0.0, 0.0, 0.02]))
    obstacles.let_through(walls)
    shapes.walk(walker, (1.4, 0), secs=2.0)
    assert walker.feet[0] > 2
    obstacles.let_through(np.zeros(4, bool))
    shapes.walk(walker, (-1.4, 0), secs=2.0)
    assert walker.feet[0] > 1.2


def test_a_tile_that_is_dropped_is_gone() -> None:
    obstacles = shapes.obstacles_of(shapes.FLOOR + shapes.wall_x(1.0))
    before = obstacles.revision
    obstacles.drop("tile")
    assert obstacles.triangles == 0
    assert obstacles.revision > before


def test_only_what_is_awaited_near_is_waited_for() -> None:
    obstacles = Obstacles()
    obstacles.await_only({"far": (np.full(3, 50.0), np.full(3, 60.0)), "near": (np.zeros(3), np.ones(3))})
    assert obstacles.awaited(np.full(3, 0.5), np.full(3, 2.0))
    obstacles.put("near", make_grid(soup(np.array(shapes.FLOOR))))
    assert not obstacles.awaited(np.full(3, 0.5), np.full(3, 2.0))


# ---- standing ---------------------------------------------------------------------------------------

UPPER = shapes.quad((-3, -3, 3), (3, -3, 3), (3, 3, 3), (-3, 3, 3))


def test_people_land_on_the_floor_below_the_eye() -> None:
    obstacles = shapes.obstacles_of(shapes.FLOOR + UPPER)
    for eye, floor in ((4.5, 3.0), (2.5, 0.0), (150.0, 3.0)):
        found = standing_below(obstacles, np.array([0.0, 0.0, eye]))
        assert found == pytest.approx(np.array([0, 0, floor]), abs=0.01)
    assert standing_below(obstacles, np.array([0.0, 0.0, -1.0])) is None


def test_where_there_is_no_room_people_stand_beside() -> None:
    obstacles = shapes.obstacles_of(shapes.FLOOR + shapes.box((-1, -1, 0), (1, 1, 1.2)))
    under_a_table = shapes.obstacles_of(shapes.FLOOR + shapes.box((-1, -1, 0.7), (1, 1, 0.75)))
    on_top = standing_below(obstacles, np.array([0.0, 0.0, 2.0]))
    assert on_top == pytest.approx(np.array([0, 0, 1.2]), abs=0.01)
    point = np.array([0.0, 0.0, 0.5])
    assert standing_below(under_a_table, point) is None
    beside = nearest_standing(under_a_table, point)
    assert beside is not None
    assert Body(under_a_table).fits(beside)
    assert 1.2 < np.abs(beside[:2]).max() < 2.0


def test_no_floor_is_found_too_steep() -> None:
    assert standing_below(shapes.obstacles_of(shapes.ramp(60)), np.array([3.0, 0, 20])) is None
    on_a_slope = standing_below(shapes.obstacles_of(shapes.ramp(30)), np.array([3.0, 0, 20]))
    assert on_a_slope is not None
    assert Body(shapes.obstacles_of(shapes.ramp(30))).fits(on_a_slope)


def test_nobody_is_put_into_a_house_through_its_roof() -> None:
    """A house 8 m wide with a roof of 50°: whoever lands above it stands outside."""
    ridge = 4 * np.tan(np.radians(50))
    roof = shapes.quad((-4, -4, 3), (0, -4, 3 + ridge), (0, 4, 3 + ridge), (-4, 4, 3))
    roof += shapes.quad((4, -4, 3), (0, -4, 3 + ridge), (0, 4, 3 + ridge), (4, 4, 3))
    walls = [
        triangle
        for side in (-4.0, 4.0)
        for triangle in shapes.wall_x(side, y=(-4, 4)) + shapes.wall_y(side, x=(-4, 4))
    ]
    house = shapes.obstacles_of(shapes.FLOOR + roof + walls)
    above = np.array([1.0, 0.0, 20.0])
    assert standing_below(house, above) is None
    assert nearest_standing(house, above, reach_m=2.0) is None
    outside = nearest_standing(house, above, reach_m=8.0)
    assert outside is not None
    assert np.abs(outside[:2]).max() > 4.2
    inside = standing_below(house, np.array([1.0, 0.0, 1.7]))
    assert inside == pytest.approx(np.array([1, 0, 0]), abs=0.01)


def test_a_click_on_a_floor_lands_there_though_the_point_is_a_hair_below() -> None:
    obstacles = shapes.obstacles_of(shapes.FLOOR)
    found = standing_below(obstacles, np.array([1.0, 2.0, -0.001]), above_m=0.1)
    assert found == pytest.approx(np.array([1, 2, 0]), abs=0.01)


# ---- the eye ----------------------------------------------------------------------------------------


def test_the_eye_glides_over_a_step_within_a_fifth_of_a_second() -> None:
    eye = EyeHeight()
    eye.put(0.0)
    heights = [eye.follow(1 / 60, 0.17, standing=True) - EYE_M for _frame in range(12)]
    assert heights[0] < 0.05
    assert heights == sorted(heights)
    assert heights[-1] == pytest.approx(0.17, abs=0.17 / 25)


def test_the_eye_jumps_with_the_feet_where_that_was_asked_for() -> None:
    eye = EyeHeight(gliding=False)
    eye.put(0.0)
    assert eye.follow(1 / 60, 0.17, standing=True) == pytest.approx(0.17 + EYE_M)


def test_the_eye_falls_with_the_feet() -> None:
    eye = EyeHeight()
    eye.put(3.0)
    assert eye.follow(1 / 60, 2.0, standing=False) == pytest.approx(2.0 + EYE_M)


def test_the_eye_is_smooth_on_stairs() -> None:
    """Frame to frame the eye's vertical speed stays near that of the slope of the flight."""
    walker = shapes.standing(shapes.FLOOR + shapes.stairs(0.17))
    eye = EyeHeight()
    eye.put(float(walker.feet[2]))
    heights = []
    for _frame in range(150):
        walker.step(1 / 60, (1.4, 0.0))
        heights.append(eye.follow(1 / 60, float(walker.feet[2]), standing=walker.standing))
    assert heights[-1] > 1.2 + EYE_M
    assert np.diff(heights).max() < 0.04
    assert np.diff(heights).min() > -0.002
