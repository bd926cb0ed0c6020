"""Somebody on foot, among shapes whose answer is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.walk import shapes
from walkdown_client.walk.body import RADIUS_M, SKIN_M, Body
from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.walker import LOST_BELOW_M, RUN_M_S, WALK_M_S, Walker

EAST = (WALK_M_S, 0.0)


def test_people_fall_to_the_floor_and_stand_on_it() -> None:
    walker = Walker(shapes.obstacles_of(shapes.FLOOR), np.array([0.0, 0.0, 2.0]))
    shapes.walk(walker, (0, 0), secs=0.3)
    assert 0.3 < walker.feet[2] < 1.7
    assert not walker.standing
    shapes.walk(walker, (0, 0), secs=0.7)
    assert walker.standing
    assert walker.feet[2] == pytest.approx(0.0, abs=0.01)


def test_gravity_is_that_of_the_earth() -> None:
    walker = Walker(Obstacles(), np.array([0.0, 0.0, 100.0]))
    shapes.walk(walker, (0, 0), secs=1.0, frame_secs=1 / 200)
    assert 100 - walker.feet[2] == pytest.approx(9.81 / 2, rel=0.02)


def test_walking_has_the_speed_that_is_wished_and_stops() -> None:
    walker = shapes.standing(shapes.FLOOR)
    shapes.walk(walker, EAST, secs=0.5)
    before = walker.feet[0]
    shapes.walk(walker, EAST, secs=1.0)
    assert walker.feet[0] - before == pytest.approx(WALK_M_S, rel=0.01)
    shapes.walk(walker, (0, 0), secs=1.0)
    assert walker.feet[0] - before - WALK_M_S == pytest.approx(0.0, abs=0.13)
    assert shapes.walk(walker, (0, 0), secs=0.1)[-1][0] == pytest.approx(walker.feet[0], abs=1e-9)


@pytest.mark.slow
@given(st.floats(-math.pi, math.pi), st.floats(0.3, RUN_M_S), st.floats(1 / 240, 0.2))
@settings(deadline=None, max_examples=40)
def test_the_seams_of_a_floor_stop_nobody(heading: float, speed: float, frame_secs: float) -> None:
    walker = shapes.standing(shapes.tiled_floor(size=0.5, half=12))
    wish = (speed * math.cos(heading), speed * math.sin(heading))
    shapes.walk(walker, wish, secs=1.2, frame_secs=frame_secs)
    gone = math.hypot(*walker.feet[:2])
    assert gone >= speed * (1.2 - 2 * 0.08 - 2 * frame_secs) * 0.99
    assert walker.feet[2] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("speed", [WALK_M_S, RUN_M_S, 50.0])
@pytest.mark.parametrize("side", [1, -1])
def test_a_sheet_stops_people_from_both_sides_at_any_speed(speed: float, side: int) -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.wall_x(2.0 * side))
    path = shapes.walk(walker, (speed * side, 0.0), secs=3.0, frame_secs=0.2)
    assert max(abs(feet[0]) for feet in path) <= 2.0 - RADIUS_M + 1e-6
    assert abs(walker.feet[0]) == pytest.approx(2.0 - RADIUS_M, abs=SKIN_M + 1e-3)


def test_people_slide_along_a_wall() -> None:
    walker = shapes.standing(shapes.tiled_floor(half=8) + shapes.wall_x(1.0))
    shapes.walk(walker, (1.0, 1.0), secs=3.0)
    assert walker.feet[1] > 2.7


@pytest.mark.slow
@given(st.floats(20, 160), st.floats(-math.pi, math.pi))
@settings(deadline=None, max_examples=40)
def test_nobody_leaves_a_corner(opening_deg: float, heading: float) -> None:
    """Two sheets meet at the origin; whoever stands between them stays there."""
    half = math.radians(opening_deg) / 2
    ends = [(10 * math.cos(a), 10 * math.sin(a)) for a in (half, -half)]
    walls = [
        triangle for x, y in ends for triangle in shapes.quad((0, 0, 0), (x, y, 0), (x, y, 3), (0, 0, 3))
    ]
    walker = shapes.standing(shapes.FLOOR + walls, (5.0, 0.0, 0.02))
    wish = (4 * math.cos(heading), 4 * math.sin(heading))
    shapes.walk(walker, (-4.0, 0.2 * math.sin(heading)), secs=2.0)
    path = shapes.walk(walker, wish, secs=0.7, frame_secs=0.05)
    assert all(abs(math.atan2(feet[1], feet[0])) < half for feet in path)
    assert Body(walker.body.obstacles).fits(walker.feet)


@pytest.mark.parametrize("rise", [0.1, 0.17, 0.2, 0.25])
@pytest.mark.parametrize("speed", [0.7, WALK_M_S, RUN_M_S])
@pytest.mark.parametrize("frame_secs", [1 / 144, 1 / 60, 0.1])
def test_stairs_are_climbed(rise: float, speed: float, frame_secs: float) -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.stairs(rise))
    shapes.walk(walker, (speed, 0.0), secs=4.8 / speed, frame_secs=frame_secs)
    assert walker.feet[2] == pytest.approx(8 * rise, abs=0.01)
    assert walker.feet[0] > 4


@pytest.mark.parametrize("tread", [0.2, 0.24, 0.4, 1.0])
def test_stairs_of_any_tread_are_climbed_and_descended_without_a_fall(tread: float) -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.stairs(0.18, tread=tread))
    shapes.walk(walker, EAST, secs=(8 * tread + 2.5) / WALK_M_S)
    assert walker.feet[2] == pytest.approx(8 * 0.18, abs=0.01)
    fell = 0
    for _frame in range(round((8 * tread + 4) / WALK_M_S * 60)):
        walker.step(1 / 60, (-WALK_M_S, 0.0))
        fell += not walker.standing
    assert walker.feet[2] == pytest.approx(0.0, abs=0.01)
    assert walker.feet[0] < 0.7
    assert fell == 0


@pytest.mark.parametrize("rise", [0.26, 0.3, 0.49, 0.8])
@pytest.mark.parametrize("speed", [0.7, RUN_M_S])
def test_a_higher_step_is_a_wall(rise: float, speed: float) -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.stairs(rise))
    path = shapes.walk(walker, (speed, 0.1), secs=4.0)
    assert max(feet[0] for feet in path) <= 1.0 - RADIUS_M + 1e-6
    assert max(feet[2] for feet in path) < 0.02


def test_two_steps_add_up_but_one_is_not_climbed_in_two_goes() -> None:
    """From a box of 0.2 m one reaches 0.4 m, which is too high from the floor."""
    high = shapes.box((2.0, -1, 0), (4, 1, 0.4))
    walker = shapes.standing(shapes.FLOOR + high + shapes.box((1.0, -1, 0), (2.0, 1, 0.2)))
    shapes.walk(walker, EAST, secs=2.0)
    assert walker.feet[2] == pytest.approx(0.4, abs=0.01)
    walker = shapes.standing(shapes.FLOOR + high)
    shapes.walk(walker, EAST, secs=4.0)
    assert walker.feet[2] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("degrees", [5, 20, 39])
def test_a_slope_is_walked_up_and_down_at_the_same_pace(degrees: float) -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.ramp(degrees))
    shapes.walk(walker, EAST, secs=2.0)
    assert walker.feet[0] > 2.6
    assert walker.feet[2] > (walker.feet[0] - 1.1) * math.tan(math.radians(degrees)) - 0.02
    shapes.walk(walker, (0, 0), secs=1.0)
    path = shapes.walk(walker, (-WALK_M_S, 0.0), secs=0.5)
    assert walker.standing
    assert max(np.diff([feet[2] for feet in path])) <= 1e-6


@pytest.mark.parametrize("degrees", [41, 60, 80])
def test_a_steeper_slope_is_not_climbed(degrees: float) -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.ramp(degrees))
    path = shapes.walk(walker, (RUN_M_S, 0.3), secs=3.0)
    assert max(feet[2] for feet in path) < 0.03


@pytest.mark.parametrize("degrees", [41, 60])
def test_people_slide_down_a_steeper_slope(degrees: float) -> None:
    height = 3 * math.tan(math.radians(degrees))
    walker = Walker(
        shapes.obstacles_of(shapes.FLOOR + shapes.ramp(degrees)), np.array([4.0, 0.0, height + 0.5])
    )
    shapes.walk(walker, (0.0, 0.0), secs=4.0)
    assert walker.standing
    assert walker.feet[2] == pytest.approx(0.0, abs=0.02)


def test_a_steep_slope_of_small_pieces_is_as_steep() -> None:
    pieces = [
        triangle
        for k in range(40)
        for triangle in shapes.quad(
            (1 + 0.05 * k, -2, 0.06 * k),
            (1.05 + 0.05 * k, -2, 0.06 * (k + 1)),
            (1.05 + 0.05 * k, 2, 0.06 * (k + 1)),
            (1 + 0.05 * k, 2, 0.06 * k),
        )
    ]
    walker = shapes.standing(shapes.FLOOR + pieces)
    path = shapes.walk(walker, EAST, secs=3.0)
    assert max(feet[2] for feet in path) < 0.1


def doorway(width: float) -> shapes.Triangles:
    half = width / 2
    sides = shapes.wall_x(2.0, y=(-20, -half)) + shapes.wall_x(2.0, y=(half, 20))
    return shapes.FLOOR + sides + shapes.wall_x(2.0, y=(-half, half), z=(2.0, 3.0))


@pytest.mark.parametrize(("width", "passes"), [(0.8, True), (0.6, True), (0.45, False)])
def test_a_doorway_lets_those_through_who_fit(width: float, passes: bool) -> None:
    walker = shapes.standing(doorway(width))
    shapes.walk(walker, EAST, secs=4.0)
    assert bool(walker.feet[0] > 3.0) is passes


def test_who_comes_at_a_slant_finds_through_a_doorway() -> None:
    walker = shapes.standing(doorway(0.9), (0.0, -0.1, 0.02))
    shapes.walk(walker, (1.4, 0.25), secs=4.0)
    assert walker.feet[0] > 3.0


@pytest.mark.parametrize(("clear", "passes"), [(1.7, False), (1.8, True)])
def test_heads_need_room(clear: float, passes: bool) -> None:
    beam = shapes.box((1.5, -20, clear), (2.0, 20, clear + 0.3))
    walker = shapes.standing(shapes.FLOOR + beam)
    shapes.walk(walker, EAST, secs=4.0)
    assert bool(walker.feet[0] > 3.0) is passes


def test_a_step_under_a_low_ceiling_is_not_taken() -> None:
    step = shapes.box((1.0, -20, 0), (6, 20, 0.2))
    walker = shapes.standing(shapes.FLOOR + step + shapes.box((0.9, -20, 1.85), (6, 20, 2)))
    shapes.walk(walker, EAST, secs=3.0)
    assert walker.feet[0] < 1.0
    assert walker.feet[2] < 0.12


def test_who_walks_off_an_edge_falls_and_lands() -> None:
    walker = shapes.standing(shapes.FLOOR + shapes.box((-1, -1, 0), (1, 1, 1.0)), (0.0, 0.0, 1.02))
    path = shapes.walk(walker, EAST, secs=2.5)
    assert walker.standing
    assert walker.feet[2] == pytest.approx(0.0, abs=0.01)
    assert min(feet[2] for feet in path) > -0.01


def test_a_fall_of_any_height_ends_on_a_sheet() -> None:
    walker = Walker(shapes.obstacles_of(shapes.FLOOR), np.array([0.3, 0.2, 400.0]))
    path = shapes.walk(walker, (0, 0), secs=20.0, frame_secs=0.25)
    assert min(feet[2] for feet in path) > -0.011
    assert walker.standing


def test_who_falls_out_of_the_world_is_brought_back() -> None:
    island = shapes.quad((-2, -2, 0), (2, -2, 0), (2, 2, 0), (-2, 2, 0))
    walker = Walker(shapes.obstacles_of(island), np.array([0.0, 0.0, 0.02]), bottom_m=0.0)
    shapes.walk(walker, (0, 0), secs=1.0)
    path: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
    while not walker.lost and len(path) < 600:
        path += shapes.walk(walker, EAST, secs=0.02)
    assert walker.lost == 1
    assert min(feet[2] for feet in path) > -LOST_BELOW_M - 11
    assert np.abs(walker.feet[:2]).max() < 20
    shapes.walk(walker, (0, 0), secs=0.5)
    assert walker.feet[2] > -LOST_BELOW_M


def test_nobody_falls_before_the_floor_is_loaded() -> None:
    obstacles = Obstacles()
    obstacles.await_tile("tile", (np.full(3, -5.0), np.full(3, 5.0)))
    walker = Walker(obstacles, np.array([0.0, 0.0, 1.0]))
    shapes.walk(walker, EAST, secs=1.0)
    assert walker.holding
    assert walker.feet.tolist() == [0.0, 0.0, 1.0]
    obstacles.drop("tile")
    shapes.walk(walker, (0, 0), secs=0.5)
    assert walker.feet[2] < 0.0


def test_between_steep_sides_one_comes_to_rest_and_can_walk_out() -> None:
    """In a groove of two 60° sides no floor is touched, yet nobody falls for ever."""
    depth = math.tan(math.radians(60))
    groove = shapes.quad((-20, 0, 0), (20, 0, 0), (20, 1, depth), (-20, 1, depth))
    groove += shapes.quad((-20, 0, 0), (20, 0, 0), (20, -1, depth), (-20, -1, depth))
    walker = Walker(shapes.obstacles_of(groove), np.array([0.0, 0.2, 0.8]))
    shapes.walk(walker, (0, 0), secs=3.0)
    assert walker.standing
    before = walker.feet[0]
    shapes.walk(walker, EAST, secs=1.0)
    assert walker.feet[0] - before > 0.5


def test_a_sheet_that_appears_around_somebody_does_not_hold_him() -> None:
    obstacles = shapes.obstacles_of(shapes.FLOOR)
    walker = Walker(obstacles, np.array([0.0, 0.0, 0.02]))
    shapes.walk(walker, (0, 0), secs=0.5)
    closed = shapes.obstacles_of(shapes.FLOOR + shapes.wall_x(0.1))
    walker.body.obstacles = closed
    shapes.walk(walker, (-WALK_M_S, 0.0), secs=1.0)
    assert walker.feet[0] < -0.8


@pytest.mark.parametrize("far", [(447_000.0, 92_000.0, 3.0), (-5e6, 5e6, 100.0)])
def test_far_from_zero_all_is_the_same(far: tuple[float, float, float]) -> None:
    shape = shapes.FLOOR + shapes.stairs(0.17) + shapes.wall_x(6.0)
    near = shapes.standing(shape)
    away = Walker(shapes.obstacles_of(shape, anchor=np.array(far)), np.add(far, (0.0, 0.0, 0.05)))
    shapes.walk(away, (0, 0), secs=0.5)
    shapes.walk(near, (2.0, 0.1), secs=4.0)
    shapes.walk(away, (2.0, 0.1), secs=4.0)
    assert away.feet - far == pytest.approx(near.feet, abs=0.02)


@pytest.mark.slow
@given(st.integers(0, 2**31))
@settings(deadline=None, max_examples=12)
def test_among_random_triangles_nobody_passes_one(seed: int) -> None:
    """Soup in the air: whatever is walked into, the body stays free and no axis goes through a triangle."""
    random = np.random.default_rng(seed)
    middles = random.uniform((-3, -3, 0), (3, 3, 2.5), (60, 1, 3))
    soup = (middles + random.normal(0, 0.5, (60, 3, 3))).tolist()
    obstacles = shapes.obstacles_of(shapes.FLOOR + soup)
    body = Body(obstacles)
    feet = next(f for f in random.uniform((-3, -3, 0.01), (3, 3, 0.02), (400, 3)) if body.fits(f))
    walker = Walker(obstacles, feet)
    for _turn in range(8):
        heading = random.uniform(0, math.tau)
        wish = (RUN_M_S * math.cos(heading), RUN_M_S * math.sin(heading))
        for _frame in range(10):
            before = walker.feet
            walker.step(float(random.choice([1 / 60, 1 / 20, 0.2])), wish)
            assert body.fits(walker.feet)
            assert np.linalg.norm(walker.feet - before) < 2.5
    assert walker.feet[2] > -0.02 or np.abs(walker.feet[:2]).max() > 19.5  # the floor ends there


def test_a_rounded_nosing_is_walked_down_as_well() -> None:
    """The edge of each tread is an arc of small facets, some of which are floors and some are not."""
    steps = []
    for k in range(6):
        x, z = 1 + 0.26 * k, 0.19 * (k + 1)
        arc = [(x + 0.02 - 0.02 * math.sin(a), z - 0.02 + 0.02 * math.cos(a)) for a in np.linspace(0, 3, 9)]
        for (x0, z0), (x1, z1) in itertools.pairwise([(x + 0.6, z), *arc]):
            steps += shapes.quad((x0, -1, z0), (x1, -1, z1), (x1, 1, z1), (x0, 1, z0))
    walker = shapes.standing(shapes.FLOOR + steps)
    shapes.walk(walker, EAST, secs=1.75)
    assert walker.feet[2] == pytest.approx(6 * 0.19, abs=0.05)
    shapes.walk(walker, (-WALK_M_S, 0.0), secs=2.0)
    assert walker.feet[2] == pytest.approx(0.0, abs=0.01)
    assert walker.feet[0] < 0.7


@pytest.mark.slow
def test_a_scan_of_tiny_triangles_is_walked_on_like_any_floor() -> None:
    """Forty thousand triangles a square metre: less is prepared at a time, and nothing is missed."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(0, 1.8, 0.01), np.arange(-0.7, 0.7, 0.01)))
    low = np.stack([x, y, 0 * x], 1)
    a, b, c = (0.01, 0, 0), (0.01, 0.01, 0), (0, 0.01, 0)
    tiny = np.concatenate([np.stack([low, low + a, low + b], 1), np.stack([low, low + b, low + c], 1)])
    walker = shapes.standing(tiny.tolist() + shapes.wall_x(1.5), (0.4, 0.0, 0.02))
    path = shapes.walk(walker, EAST, secs=1.2)
    assert walker.feet[0] == pytest.approx(1.5 - RADIUS_M, abs=SKIN_M + 1e-3)
    assert min(feet[2] for feet in path) > -0.005
