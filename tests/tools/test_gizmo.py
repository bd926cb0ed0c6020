"""The gizmo does what the hand does: laws of rays, axes and rings."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.messages import Placement
from walkdown_client.placements import about, heading_of, matrix, placed, scale_of, to_site
from walkdown_client.tools import gizmo
from walkdown_client.tools.gizmo import AXES, HANDLES, LEVEL, SIZE, Grip, Moving, Ray

F64 = npt.NDArray[np.float64]
EYE = np.array([9.0, -14.0, 8.0])
START = placed((2, 3, 0.5), heading_rad=0.4, scale=1.5)
MOVING = Moving("m1", "Duplex_A", START, START, (-4, -2, 0), (4, 2, 3), tilting=True)


def by(x: float, y: float, z: float) -> F64:
    return np.array([x, y, z])


def ray_to(point: npt.ArrayLike, eye: F64 = EYE) -> Ray:
    away = np.asarray(point, np.float64) - eye
    return eye, away / np.linalg.norm(away)


def taken(handle: str, at: npt.ArrayLike, moving: Moving = MOVING) -> Grip:
    grip = gizmo.take(moving, handle, ray_to(at))
    assert grip is not None
    return grip


def on(handle: str) -> F64:
    """A point of a handle."""
    line = gizmo.shapes(MOVING, 3.0)[handle]
    return np.asarray(line[len(line) // 3])


def shift_of(placement: Placement) -> F64:
    return np.asarray(matrix(placement)[:, 3] - matrix(START)[:, 3])


@pytest.mark.parametrize("handle", HANDLES)
def test_a_handle_that_is_not_dragged_moves_nothing(handle: str) -> None:
    grip = taken(handle, on(handle))
    assert np.allclose(gizmo.drag(grip, ray_to(on(handle))), START, atol=1e-9)


@given(st.sampled_from("xyz"), st.floats(-5, 5))
def test_an_arrow_follows_the_pointer_along_its_axis_alone(axis: str, metres: float) -> None:
    grip = taken(axis, on(axis))
    dragged = gizmo.drag(grip, ray_to(on(axis) + AXES[axis] * metres))
    assert np.allclose(shift_of(dragged), AXES[axis] * metres, atol=1e-6)
    assert np.allclose(matrix(dragged)[:, :3], matrix(START)[:, :3])


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_the_square_follows_the_pointer_on_the_level(east: float, north: float) -> None:
    grip = taken(LEVEL, on(LEVEL))
    dragged = gizmo.drag(grip, ray_to(on(LEVEL) + by(east, north, 0)))
    assert np.allclose(shift_of(dragged), [east, north, 0], atol=1e-6)


@given(st.sampled_from(["turn x", "turn y", "turn z"]), st.floats(-3.0, 3.0))
def test_a_ring_turns_by_the_angle_that_the_pointer_goes_round(handle: str, angle: float) -> None:
    axis = gizmo.RINGS[handle]
    grip = taken(handle, on(handle))
    arm = about(AXES[axis], angle) @ (on(handle) - MOVING.pivot)
    dragged = gizmo.drag(grip, ray_to(MOVING.pivot + arm))
    assert np.allclose(dragged, gizmo.turned(START, MOVING.pivot, axis=axis, angle_rad=angle), atol=1e-6)


@given(st.sampled_from("xyz"), st.floats(-3.0, 3.0))
def test_turning_keeps_the_pivot_and_back_is_where_it_was(axis: str, angle: float) -> None:
    there = gizmo.turned(START, MOVING.pivot, axis=axis, angle_rad=angle)
    assert np.allclose(replace(MOVING, now=there).pivot, MOVING.pivot)
    back = gizmo.turned(there, MOVING.pivot, axis=axis, angle_rad=-angle)
    assert np.allclose(back, START, atol=1e-9)


def test_the_cube_makes_it_larger_about_its_foot() -> None:
    grip = taken(SIZE, on(SIZE))
    arm = on(SIZE) - MOVING.pivot
    dragged = gizmo.drag(grip, ray_to(MOVING.pivot + arm * 2))
    assert math.isclose(scale_of(matrix(dragged)), 3.0, rel_tol=1e-6)
    assert np.allclose(replace(MOVING, now=dragged).pivot, MOVING.pivot)
    smallest = gizmo.drag(grip, ray_to(MOVING.pivot - arm))
    assert scale_of(matrix(smallest)) >= gizmo.SCALE_MIN * 0.99


def test_steps_are_whole_when_snapping() -> None:
    east = gizmo.drag(taken("x", on("x")), ray_to(on("x") + by(1.234, 0, 0)), snap=True)
    assert np.allclose(shift_of(east), [1.2, 0, 0])
    arm = about(AXES["z"], 0.5) @ (on("turn z") - MOVING.pivot)
    turned = gizmo.drag(taken("turn z", on("turn z")), ray_to(MOVING.pivot + arm), snap=True)
    assert math.isclose(math.degrees(heading_of(matrix(turned))), 45.0)


def test_a_ring_seen_from_the_side_turns_along_its_tangent() -> None:
    eye = MOVING.pivot + by(0, -20, 0.5)
    near = MOVING.pivot + by(0.0, -2.0, 0.0)
    grip = gizmo.take(MOVING, "turn z", ray_to(near, eye))
    assert grip is not None
    dragged = gizmo.drag(grip, ray_to(near + by(0.4, 0, 0), eye))
    assert math.isclose(heading_of(matrix(dragged)) - heading_of(matrix(START)), 0.2, abs_tol=0.02)


def test_an_arrow_that_points_at_the_eye_stays_where_it_is() -> None:
    eye = MOVING.pivot + by(30, 0, 0)
    assert gizmo.take(MOVING, "x", ray_to(MOVING.pivot, eye)) is None
    grip = taken("x", on("x"))
    assert gizmo.drag(grip, ray_to(MOVING.pivot, eye)) == START


def test_the_nearest_handle_is_meant_and_what_is_behind_the_eye_is_not() -> None:
    pixels = {
        "x": np.array([[0.0, 0.0], [100.0, 0.0]]),
        "y": np.array([[0.0, 0.0], [0.0, 100.0]]),
        "z": np.array([[50.0, 4.0], [np.nan, np.nan]]),
    }
    assert gizmo.handle_at(pixels, (60, 3)) == "x"
    assert gizmo.handle_at(pixels, (2, 60)) == "y"
    assert gizmo.handle_at(pixels, (60, 40)) == ""


def test_tilting_is_offered_only_when_asked_for() -> None:
    level = replace(MOVING, tilting=False)
    assert set(HANDLES) - set(level.handles) == {"turn x", "turn y"}
    assert set(gizmo.shapes(level, 1.0)) == set(level.handles)
    assert set(gizmo.shapes(MOVING, 1.0)) == set(HANDLES)


def test_the_box_stands_where_the_model_would() -> None:
    assert np.allclose(MOVING.corners[0], to_site(START, (-4, -2, 0)))
    assert np.allclose(MOVING.corners[7], to_site(START, (4, 2, 3)))
    assert np.allclose(MOVING.pivot, to_site(START, (0, 0, 0)))
