"""An orthogonal lens in a person's hands, and the hands on a section."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from walkdown.messages import Plane
from walkdown_client.input import camera
from walkdown_client.input.section_hands import SectionHands
from walkdown_client.tools.sectioning import Section
from walkdown_client.tools.view_state import ViewState

FLAT = camera.Lens(math.radians(60), 1.5, height_m=10.0)
POSE = camera.Pose(np.array([1.0, -20.0, 6.0]), 0.3, -0.2)
POINT = np.array([2.0, 5.0, 1.0])


def place_of(pose: camera.Pose, lens: camera.Lens) -> list[float]:
    return [float(part) for part in camera.project(pose, lens, POINT)[0, :2]]


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_zooming_flat_changes_the_height_and_leaves_the_point_where_it_is(factor: float) -> None:
    pose, lens = camera.zoom_flat(POSE, FLAT, POINT, factor=factor)
    assert lens.height_m == pytest.approx(10.0 * factor)
    assert place_of(pose, lens) == pytest.approx(place_of(POSE, FLAT))
    back = camera.zoom_flat(pose, lens, POINT, factor=1 / factor)[0]
    assert back.position == pytest.approx(POSE.position)


def test_zooming_flat_never_goes_through_the_point_and_ends_at_its_limits() -> None:
    pose, lens = POSE, FLAT
    for _turn in range(200):
        pose, lens = camera.zoom_flat(pose, lens, POINT, factor=0.5)
    assert lens.height_m == camera.HEIGHT_MIN_M
    assert (POINT - pose.position) @ pose.axes[1] > 0


def test_orbit_and_pan_work_flat_as_they_do_in_perspective() -> None:
    turned = camera.orbit(POSE, POINT, heading_rad=0.4, pitch_rad=-0.1)
    assert place_of(turned, FLAT) == pytest.approx(place_of(POSE, FLAT))
    moved = camera.pan(POSE, FLAT, x=0.25, y=-0.5, depth_m=3.0)
    before = place_of(POSE, FLAT)
    assert place_of(moved, FLAT) == pytest.approx([before[0] + 0.25, before[1] - 0.5])


def test_lines_of_sight_are_parallel_and_start_side_by_side() -> None:
    start, towards = camera.sight(POSE, FLAT, *place_of(POSE, FLAT)[:1], y=place_of(POSE, FLAT)[1])
    along = (POINT - start) @ towards
    assert start + along * towards == pytest.approx(POINT)
    assert towards == pytest.approx(POSE.axes[1])


def test_without_perspective_what_is_looked_at_stays_as_large_there_and_back() -> None:
    rig = camera.Rig(POSE, replace(FLAT, height_m=0.0))
    depth = float((POINT - POSE.position) @ POSE.axes[1])
    before = place_of(rig.pose, rig.lens)
    rig.see_flat(True, depth)
    assert rig.lens.orthogonal
    assert place_of(rig.pose, rig.lens) == pytest.approx(before)
    rig.see_flat(False, depth)
    assert place_of(rig.pose, rig.lens) == pytest.approx(before)
    assert rig.pose.position == pytest.approx(POSE.position)


def test_a_flight_without_perspective_ends_with_the_box_in_the_picture() -> None:
    rig, low, high = camera.Rig(POSE, FLAT), np.array([40.0, 2.0, 0.0]), np.array([70.0, 9.0, 5.0])
    rig.fly_to(camera.frame(rig.pose, rig.lens, (low, high)), (low + high) / 2)
    rig.advance(9.0, (0, 0, 0))
    corners = np.array([np.where([i & 1, i & 2, i & 4], high, low) for i in range(8)])
    seen = np.abs(camera.project(rig.pose, rig.lens, corners)[:, :2]).max()
    assert 0.5 < seen <= 1.0


def test_a_flight_brings_the_lens_of_its_end_and_keeps_the_shape_of_the_window() -> None:
    rig = camera.Rig(POSE, camera.Lens(math.radians(60), 1.5))
    end = camera.Lens(math.radians(30), 9.9)
    rig.fly_to(camera.Pose(POINT), POINT + 1.0, lens=end)
    rig.advance(camera.FLIGHT_SECS / 2, (0, 0, 0))
    assert math.radians(30) < rig.lens.fov_rad < math.radians(60)
    rig.advance(9.0, (0, 0, 0))
    assert rig.lens == replace(end, aspect=1.5)


def test_flying_forward_without_perspective_makes_things_larger_and_leaves_the_eye() -> None:
    rig = camera.Rig(POSE, FLAT)
    rig.advance(0.5, (0, 1, 0))
    assert rig.lens.height_m < 10.0
    assert rig.pose.position == pytest.approx(POSE.position)


def test_hands_drag_the_arrow_of_the_chosen_plane_and_nothing_else() -> None:
    rig, view = camera.Rig(camera.look_at((0, -10, 2), (0, 0, 2))), ViewState()
    hands = SectionHands(rig, view)
    hands.size = (1600, 900)
    view.sectioning.put(Section((Plane((0.0, 0.0, 2.0), (0.0, 0.0, 1.0)),)), chosen=0)
    x, y = 800.0, 450.0 - 60.0
    assert hands.point_at(x, y)
    assert view.sectioning.handle == "slide"
    assert not hands.point_at(100, 100)
    assert hands.begin(x, y)
    hands.drag(x, y - 100, snap=False)
    hands.end()
    raised = view.sectioning.section.planes[0].point[2] - 2.0
    tall = float(rig.lens.halves(10.0)[1]) * 2
    assert raised == pytest.approx(100 / (1600 / (2 * float(rig.lens.halves(10.0)[0]))), rel=0.02)
    assert tall > raised > 0
    view.sectioning.let_go()
    assert not hands.point_at(x, y)
    assert not hands.begin(x, y)
