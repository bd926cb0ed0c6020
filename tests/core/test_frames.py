"""Rotations and joints obey the laws of rotations and joints."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.frames import (
    F64,
    heading_pitch_from_quaternion,
    joint_matrices,
    normalized,
    pack_quaternions,
    quaternion_from_heading_pitch,
    rotate,
    rotation_matrices,
    shortest_difference,
    slerp,
    unpack_quaternions,
)
from walkdown.package.model import NO_ROW, Joint

finite = st.floats(-10, 10, allow_nan=False)
angles = st.floats(-3.1, 3.1, allow_nan=False)


@st.composite
def unit_quaternions(draw: st.DrawFn) -> F64:
    numbers = draw(st.lists(finite, min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1))
    return normalized([numbers])


def angle_between(one: F64, other: F64) -> float:
    """Degrees by which two rotations differ."""
    cosine = np.clip(np.abs((one * other).sum(1)), 0.0, 1.0)
    return float(np.degrees(2 * np.arccos(cosine)).max())


@given(unit_quaternions(), st.lists(finite, min_size=3, max_size=3))
def test_a_rotation_keeps_lengths(quaternion: F64, vector: list[float]) -> None:
    turned = rotate(quaternion, np.array([vector]))
    assert np.linalg.norm(turned) == pytest.approx(np.linalg.norm(vector), abs=1e-9)


@given(unit_quaternions(), st.lists(finite, min_size=3, max_size=3))
def test_a_rotation_and_its_inverse_cancel(quaternion: F64, vector: list[float]) -> None:
    inverse = quaternion * np.array([1.0, -1.0, -1.0, -1.0])
    assert rotate(inverse, rotate(quaternion, np.array([vector])))[0] == pytest.approx(vector, abs=1e-9)


@given(unit_quaternions(), st.lists(finite, min_size=3, max_size=3))
def test_a_matrix_rotates_as_its_quaternion_does(quaternion: F64, vector: list[float]) -> None:
    turned = rotation_matrices(quaternion)[0] @ np.array(vector)
    assert turned == pytest.approx(rotate(quaternion, np.array([vector]))[0], abs=1e-9)


@given(unit_quaternions())
def test_packing_a_quaternion_costs_less_than_a_third_of_a_degree(quaternion: F64) -> None:
    assert angle_between(unpack_quaternions(pack_quaternions(quaternion)), quaternion) < 0.3


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20))
def test_any_32_bits_unpack_to_finite_quaternions(packed: list[int]) -> None:
    assert np.isfinite(unpack_quaternions(packed)).all()


def test_zero_length_becomes_the_identity_and_harms_no_neighbour() -> None:
    assert normalized([[0, 0, 0, 0], [0, 2, 0, 0]]).tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]


@given(angles, st.floats(-1.5, 1.5))
def test_heading_and_pitch_come_back_from_the_quaternion(heading: float, pitch: float) -> None:
    found = heading_pitch_from_quaternion(quaternion_from_heading_pitch(heading, pitch))
    assert found == pytest.approx((heading, pitch), abs=1e-6)


def test_a_head_that_turns_left_from_north_looks_west() -> None:
    west = rotate(quaternion_from_heading_pitch(np.pi / 2, 0.0)[None], np.array([[0.0, 1.0, 0.0]]))[0]
    assert west == pytest.approx([-1, 0, 0], abs=1e-12)


@given(unit_quaternions(), unit_quaternions())
def test_interpolation_starts_at_the_start_and_ends_at_the_end(start: F64, end: F64) -> None:
    assert angle_between(slerp(start, end, 0.0), start) < 1e-3
    assert angle_between(slerp(start, end, 1.0), end) < 1e-3


def test_interpolation_takes_the_shorter_way() -> None:
    start, end = quaternion_from_heading_pitch(0.1, 0.0)[None], -quaternion_from_heading_pitch(0.3, 0.0)[None]
    assert angle_between(slerp(start, end, 0.5), quaternion_from_heading_pitch(0.2, 0.0)[None]) < 1e-3


@given(angles, angles)
def test_the_shorter_way_round_is_never_more_than_half_way(start: float, end: float) -> None:
    way = shortest_difference(np.array([start]), np.array([end]), np.array([2 * np.pi]))
    assert abs(way[0]) <= np.pi + 1e-9
    assert np.cos(start + way[0]) == pytest.approx(np.cos(end), abs=1e-9)


def test_without_a_period_the_difference_is_plain() -> None:
    assert shortest_difference(np.array([0.0]), np.array([9.0]), np.array([0.0])).tolist() == [9.0]


def test_a_revolute_joint_keeps_the_points_of_its_axis() -> None:
    joint = Joint("door", "revolute", (2.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    matrix = joint_matrices([joint], [np.pi / 2])[0]
    assert matrix @ [2, 1, 5, 1] == pytest.approx([2, 1, 5], abs=1e-6)
    assert matrix @ [3, 1, 0, 1] == pytest.approx([2, 2, 0], abs=1e-6)


def test_a_joint_is_carried_by_its_parent() -> None:
    slide = Joint("x", "prismatic", (0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    turn = Joint("heading", "revolute", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), parent=0)
    matrices = joint_matrices([slide, turn], [4.0, np.pi])
    assert matrices[1] @ [1, 0, 0, 1] == pytest.approx([3, 0, 0], abs=1e-6)


def test_joints_at_zero_move_nothing() -> None:
    joints = [Joint("a", "flow", (1.0, 2.0, 3.0), (0.0, 1.0, 0.0), parent=NO_ROW, period=0.3)]
    assert joint_matrices(joints, [0.0])[0] == pytest.approx(np.eye(4)[:3])


def test_no_joints_are_no_matrices() -> None:
    assert joint_matrices([], []).shape == (0, 3, 4)
