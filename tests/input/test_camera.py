"""The eye: what a move keeps, and where it ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.frames import rotate
from walkdown_client.input import camera
from walkdown_client.input.camera import Flight, Lens, Pose, Rig

coordinate = st.floats(-200, 200)
point = st.tuples(coordinate, coordinate, coordinate)
angle = st.floats(-3, 3)
pitch = st.floats(-1.4, 1.4)
poses = st.builds(lambda p, h, t: Pose(np.array(p), h, t), point, angle, pitch)
lens = Lens(math.radians(58), 16 / 9)


def in_front(pose: Pose, *, x: float, y: float, distance_m: float) -> np.ndarray:
    return pose.position + camera.ray(pose, lens, x, y=y) * distance_m


@given(poses, st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.floats(1, 300), st.floats(0.2, 3))
def test_zoom_keeps_the_point_under_the_cursor(
    pose: Pose, x: float, y: float, distance_m: float, factor: float
) -> None:
    target = in_front(pose, x=x, y=y, distance_m=distance_m)
    zoomed = camera.zoom(pose, target, factor=factor)
    assert camera.project(zoomed, lens, target)[0, :2] == pytest.approx([x, y], abs=1e-6)


@given(poses, st.floats(1, 300))
def test_zoom_never_reaches_the_surface(pose: Pose, distance_m: float) -> None:
    target = in_front(pose, x=0, y=0, distance_m=distance_m)
    zoomed = camera.zoom(pose, target, factor=0.0)
    assert np.linalg.norm(zoomed.position - target) == pytest.approx(camera.DISTANCE_MIN_M)


@given(poses, st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.floats(0.5, 300), angle, pitch)
def test_orbit_keeps_distance_and_place_of_the_pivot(
    pose: Pose, x: float, y: float, distance_m: float, heading_rad: float, pitch_rad: float
) -> None:
    pivot = in_front(pose, x=x, y=y, distance_m=distance_m)
    turned = camera.orbit(pose, pivot, heading_rad=heading_rad, pitch_rad=pitch_rad)
    assert np.linalg.norm(turned.position - pivot) == pytest.approx(distance_m, rel=1e-9)
    assert camera.project(turned, lens, pivot)[0, :2] == pytest.approx([x, y], abs=1e-6)


@given(poses, angle, angle)
def test_the_horizon_stays_level_and_the_head_never_turns_over(
    pose: Pose, heading_rad: float, pitch_rad: float
) -> None:
    turned = camera.look(pose, heading_rad=heading_rad, pitch_rad=pitch_rad)
    right, forward, up = turned.axes
    assert right[2] == 0
    assert up[2] > 0
    assert np.cross(right, forward) == pytest.approx(up, abs=1e-12)


@given(poses)
def test_axes_and_quaternion_say_the_same(pose: Pose) -> None:
    assert rotate(np.tile(pose.quaternion, (3, 1)), np.eye(3)) == pytest.approx(pose.axes, abs=1e-12)


@given(poses, st.floats(1, 300), st.floats(-1, 1), st.floats(-1, 1))
def test_pan_moves_what_is_at_its_depth_with_the_pointer(
    pose: Pose, depth_m: float, x: float, y: float
) -> None:
    target = pose.position + pose.axes[1] * depth_m
    panned = camera.pan(pose, lens, x=x, y=y, depth_m=depth_m)
    assert camera.project(panned, lens, target)[0, :2] == pytest.approx([x, y], abs=1e-6)


boxes = st.tuples(point, st.tuples(*[st.floats(0.01, 200)] * 3)).map(
    lambda pair: (np.array(pair[0]), np.array(pair[0]) + np.array(pair[1]))
)


@given(poses, boxes)
def test_framing_shows_every_corner_of_the_box(pose: Pose, box: tuple[np.ndarray, np.ndarray]) -> None:
    low, high = box
    framed = camera.frame(pose, lens, box)
    corners = np.array([[(low, high)[i >> a & 1][a] for a in range(3)] for i in range(8)])
    seen = camera.project(framed, lens, corners)
    assert (np.abs(seen[:, :2]) <= 1 + 1e-9).all()
    assert (seen[:, 2] > 0).all()


@pytest.mark.parametrize(("side", "axis"), [("front", (0, 1, 0)), ("right", (-1, 0, 0)), ("top", (0, 0, -1))])
def test_a_side_view_looks_along_its_axis(side: str, axis: tuple[int, int, int]) -> None:
    pose = camera.look_from(side, lens, ((0, 0, 0), (10, 20, 3)))
    assert pose.axes[1] == pytest.approx(axis, abs=0.02)


@given(poses, boxes)
def test_a_flight_ends_framing_and_never_comes_nearer_than_its_ends(
    start: Pose, box: tuple[np.ndarray, np.ndarray]
) -> None:
    low, high = box
    target = (low + high) / 2
    end = camera.frame_from_above(start, lens, box)
    flight = Flight(start, end, target)
    distances = [np.linalg.norm(flight.advance(0.01).position - target) for _step in range(35)]
    nearest = min(np.linalg.norm(start.position - target), np.linalg.norm(end.position - target))
    assert min(distances) >= nearest - 1e-6
    assert np.linalg.norm(end.position - target) >= camera.bound_radius(box)
    assert flight.over
    assert flight.advance(0.0) is end


def test_a_flight_to_the_other_side_goes_round() -> None:
    start, end = camera.look_at((0, -10, 0), (0, 0, 0)), camera.look_at((0, 10, 0), (0, 0, 0))
    flight = Flight(start, end, np.zeros(3))
    assert [np.linalg.norm(flight.advance(0.05).position) for _ in range(5)] == pytest.approx([10.0] * 5)


def test_a_move_by_hand_ends_a_flight() -> None:
    rig = Rig()
    rig.fly_to(Pose(np.array([0, 50.0, 0])), np.array([0, 60.0, 0]))
    rig.advance(0.1, (0, 0, 0))
    assert rig.flight is not None
    rig.advance(0.1, (0, 1, 0))
    assert rig.flight is None


def test_flying_reaches_its_speed_and_stops_again() -> None:
    rig = Rig()
    for _ in range(100):
        before = rig.pose.position
        rig.advance(0.02, (0, 1, 0))
    assert (rig.pose.position - before)[1] / 0.02 == pytest.approx(camera.SPEED_M_S, rel=1e-3)
    for _ in range(100):
        before = rig.pose.position
        rig.advance(0.02, (0, 0, 0))
    assert (rig.pose.position == before).all()


def test_diagonal_flying_is_no_faster() -> None:
    rig = Rig()
    for _ in range(200):
        before = rig.pose.position
        rig.advance(0.02, (1, 1, 0))
    assert np.linalg.norm(rig.pose.position - before) / 0.02 == pytest.approx(camera.SPEED_M_S, rel=1e-3)


def test_flying_does_not_depend_on_the_frame_rate_once_it_is_steady() -> None:
    slow, quick = Rig(), Rig()
    for _ in range(100):
        slow.advance(0.1, (0, 1, 0))
    for _ in range(1000):
        quick.advance(0.01, (0, 1, 0))
    assert slow.pose.position[1] == pytest.approx(quick.pose.position[1], rel=0.02)


def test_beside_a_person_the_person_is_in_the_picture() -> None:
    theirs = Pose(np.array([10.0, 5.0, 1.7]), 0.7, 0.2)
    mine = camera.beside(theirs.position, theirs.quaternion)
    x, y, depth_m = camera.project(mine, lens, theirs.position)[0]
    assert abs(x) < 1
    assert abs(y) < 1
    assert depth_m > 1


@pytest.mark.parametrize(
    ("size", "into"),
    [((30, 12, 8), False), ((9, 27, 8), False), ((1000, 650, 40), False), ((14, 21, 10), True)],
)
def test_the_first_view_of_a_model_shows_all_of_it_from_a_corner_in_the_south(
    size: tuple[float, float, float], into: bool
) -> None:
    lens, low = camera.Lens(), np.array([90.0, -40.0, 2.0])
    pose = camera.first_view(lens, (low, low + size), into=into)
    corners = low + np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)]) * size
    seen = camera.project(pose, lens, corners)
    assert (np.abs(seen[:, :2]) < 1).all()
    assert (seen[:, 2] > 0).all()
    assert np.abs(seen[:, :2]).max() > 0.6, "and large"
    assert pose.position[1] < low[1]
    assert pose.position[2] > low[2] + size[2], "from above"


def test_the_first_view_shows_the_long_side_and_looks_steeply_over_high_walls() -> None:
    lens = camera.Lens()

    def view(*size: float, into: bool = False) -> camera.Pose:
        return camera.first_view(lens, (np.zeros(3), np.array(size)), into=into)

    along_x, along_y = view(30, 10, 8), view(10, 30, 8)
    assert abs(along_x.heading_rad) < math.radians(45) < abs(along_y.heading_rad)
    assert view(1000, 700, 30).pitch_rad < view(30, 20, 10).pitch_rad
    assert view(14, 21, 10, into=True).pitch_rad < view(120, 45, 12, into=True).pitch_rad < math.radians(-40)


def test_one_flies_faster_through_a_city_than_through_a_house() -> None:
    house, city = (np.zeros(3), np.array([12.0, 20.0, 8.0])), (np.zeros(3), np.array([1000.0, 650.0, 40.0]))
    assert camera.speed_for(house) == camera.SPEED_M_S
    assert 30 < camera.speed_for(city) <= camera.SPEED_MAX_M_S
