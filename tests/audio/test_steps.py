"""Who walks makes as many steps as the way takes, left and right, where the feet are; nobody else does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from walkdown.codec import PoseFlag
from walkdown_client.audio.orders import Play
from walkdown_client.audio.shots import FLOORS, NAMES
from walkdown_client.audio.steps import FRAME_MAX, OWN_DB, Floor, Steps, length_m

FAR = np.array([0.0, -6.0, 1.7])
FRAME_SECS = 1 / 60


def walk(  # noqa: PLR0913 - each is one way of going
    speed: float,
    *,
    secs: float = 20.0,
    climb: float = 0.0,
    frame_secs: float = FRAME_SECS,
    jumping: bool = False,
    floor: Floor | None = None,
    start_east: float = -10.0,
) -> list[Play]:
    """Return the steps of somebody who walks east."""
    steps, heard = Steps(floor), []
    for frame in range(round(secs / frame_secs)):
        way = speed * frame * frame_secs
        head = np.array([[start_east + way, 0.0, 1.6 + climb * way]])
        heard += steps.step(
            np.array([7], np.uint16),
            head,
            np.array([PoseFlag.JUMPED if jumping else 0], np.uint16),
            ears=FAR,
            walking=False,
            dt_secs=frame_secs,
        )
    return heard


@pytest.mark.parametrize("speed", [0.6, 1.0, 1.4, 2.0])
@pytest.mark.parametrize("frame_secs", [1 / 20, 1 / 60, 1 / 144])
def test_steps_are_as_many_as_the_way_takes(speed: float, frame_secs: float) -> None:
    way = min(speed * 14, 25.0)
    expected = way / float(length_m(np.array([speed]))[0])
    heard = len(walk(speed, secs=way / speed, frame_secs=frame_secs))
    assert heard == pytest.approx(expected, abs=1.6)


def test_a_step_has_the_length_that_people_have() -> None:
    assert length_m(np.array([1.4]))[0] == pytest.approx(0.74, abs=0.005)
    assert length_m(np.array([0.0, 100.0])).tolist() == [0.35, 1.1]


def test_feet_come_down_left_and_right_below_the_head() -> None:
    heard = walk(1.4, secs=8.0)
    sides = [play.position[1] for play in heard if play.position is not None]
    heights = {round(play.position[2], 3) for play in heard if play.position is not None}
    assert {round(side, 3) for side in sides} == {-0.1, 0.1}
    assert all(a * b < 0 for a, b in pairwise(sides))
    assert heights == {0.0}


def test_every_step_is_a_shot_that_there_is() -> None:
    for kind in FLOORS:
        heard = walk(1.4, secs=8.0, floor=lambda head, kind=kind: (0.0, kind))  # type: ignore[misc]
        assert len({play.name for play in heard}) > 1
        assert {play.name for play in heard} <= set(NAMES)


@pytest.mark.parametrize(
    "way",
    [
        {"speed": 0.1},
        {"speed": 6.0, "secs": 3.0},
        {"speed": 1.4, "climb": 2.0, "secs": 5.0},
        {"speed": 1.4, "jumping": True},
        {"speed": 1.4, "floor": lambda head: (head[2] - 8.0, "concrete")},
        {"speed": 1.4, "start_east": 500.0},
    ],
    ids=["shifting", "too fast", "rising", "jumping", "flying", "far away"],
)
def test_who_does_not_walk_near_by_makes_no_step(way: dict[str, object]) -> None:
    assert walk(**way) == []  # type: ignore[arg-type]


def test_stairs_are_walked() -> None:
    assert len(walk(1.0, climb=0.75, secs=10.0)) > 12


def test_a_leap_to_another_place_makes_no_steps() -> None:
    steps, place = Steps(), np.array([[0.0, 0.0, 1.6]])
    ids, flags = np.array([7], np.uint16), np.zeros(1, np.uint16)
    for _leap in range(50):
        place = place + np.array([3.0, 0.0, 0.0])
        assert steps.step(ids, place, flags, ears=place[0], walking=False, dt_secs=FRAME_SECS) == []


def test_own_steps_are_quieter_and_only_when_walking() -> None:
    nobody = np.zeros(0, np.uint16), np.zeros((0, 3)), np.zeros(0, np.uint16)
    heard: dict[bool, list[Play]] = {True: [], False: []}
    for walking in (True, False):
        steps = Steps()
        for frame in range(600):
            ears = np.array([1.4 * frame * FRAME_SECS, 0.0, 1.7])
            heard[walking] += steps.step(*nobody, ears=ears, walking=walking, dt_secs=FRAME_SECS)
    assert heard[False] == []
    assert len(heard[True]) == pytest.approx(14 / 0.74, abs=1.6)
    assert heard[True][-1].level_db == pytest.approx(OWN_DB, abs=0.2)


def test_of_a_crowd_only_the_nearest_are_heard_in_a_frame() -> None:
    steps, most = Steps(), 0
    ids, flags = np.arange(2, 302, dtype=np.uint16), np.zeros(300, np.uint16)
    first = np.column_stack([np.zeros(300), np.linspace(-30, 30, 300), np.full(300, 1.6)])
    for frame in range(120):
        places = first + np.array([1.4 * frame * FRAME_SECS, 0.0, 0.0])
        heard = steps.step(
            ids, places, flags, ears=np.array([0.0, 0.0, 1.7]), walking=False, dt_secs=FRAME_SECS
        )
        most = max(most, len(heard))
    assert most == FRAME_MAX


def test_somebody_who_left_and_came_back_elsewhere_does_not_step_over() -> None:
    steps, flags = Steps(), np.zeros(1, np.uint16)
    ids, nobody = np.array([7], np.uint16), np.zeros(0, np.uint16)
    steps.step(ids, np.array([[0.0, 0.0, 1.6]]), flags, ears=FAR, walking=False, dt_secs=FRAME_SECS)
    steps.step(nobody, np.zeros((0, 3)), nobody, ears=FAR, walking=False, dt_secs=FRAME_SECS)
    again = np.array([[0.05, 0.0, 1.6]])
    assert steps.step(ids, again, flags, ears=FAR, walking=False, dt_secs=FRAME_SECS) == []
