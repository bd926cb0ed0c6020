"""Which way to turn to see somebody, by what is in the picture and what is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.ui.plant import joined_world
from walkdown_client.app.bearings import bearings
from walkdown_client.input.camera import Lens, Pose, project

EYE = Pose(np.array([0.0, 0.0, 1.7]))


@pytest.mark.parametrize(
    ("place", "right_deg", "seen"),
    [
        ((0, 10, 1.7), 0, True),
        ((10, 10, 1.7), 45, False),
        ((10, 0, 1.7), 90, False),
        ((0, -10, 1.7), 180, False),
        ((-10, 0, 1.7), -90, False),
        ((0, 10, 9.0), 0, False),
    ],
)
def test_a_bearing_is_the_turn_to_the_right_from_straight_ahead(
    place: tuple[float, float, float], right_deg: float, seen: bool
) -> None:
    world = joined_world(people=2, seconds=1)
    world.people_ids, world.people_positions = np.array([2], np.uint16), np.array([place], np.float64)
    found = bearings(world, EYE, Lens(), people={2, 77})
    assert list(found) == [2]
    assert abs(math.degrees(found[2].right_rad)) == pytest.approx(abs(right_deg))
    assert math.copysign(1, found[2].right_rad) == math.copysign(1, right_deg)
    assert found[2].seen == seen
    assert found[2].distance_m == pytest.approx(math.dist(place, EYE.position))


def test_a_bearing_turns_with_the_head_and_lies_where_the_camera_sees_it() -> None:
    world = joined_world(people=2, seconds=1)
    place = np.array([[3.0, 8.0, 2.4]])
    world.people_ids, world.people_positions = np.array([2], np.uint16), place
    turned = Pose(EYE.position, heading_rad=-0.3, pitch_rad=0.1)
    found = bearings(world, turned, Lens(), people=[2])[2]
    [[x, y, _ahead]] = project(turned, Lens(), place)
    assert [found.x, found.y] == pytest.approx([x, y])
    left = bearings(world, Pose(EYE.position, heading_rad=-1.5), Lens(), people=[2])[2]
    assert left.right_rad < 0 < bearings(world, EYE, Lens(), people=[2])[2].right_rad


def test_nobody_who_speaks_costs_nothing() -> None:
    assert bearings(joined_world(seconds=1), EYE, Lens(), people=()) == {}
