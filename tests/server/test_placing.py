"""Where models stand: what a placement may be, and what coordinates say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.frames import normalized, rotate
from walkdown.messages import IN_PLACE, Placement, Point
from walkdown_server.placing import FURTHEST_METRES, Georeferenced, fault_of, in_site, where_coordinates_say

NUMBERS = st.floats(-1.0, 1.0)
QUATERNIONS = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).filter(lambda q: np.linalg.norm(q) > 0.1)
METRES = st.floats(-FURTHEST_METRES, FURTHEST_METRES)
POINTS = st.tuples(METRES, METRES, METRES)
SCALES = st.floats(1e-5, 1e5)


def standing(quaternion: tuple[float, ...], scale: float, there: Point) -> Placement:
    turned = rotate(normalized([quaternion] * 3), np.eye(3)).T * scale
    return tuple(np.column_stack([turned, there]).ravel().tolist())


@given(QUATERNIONS, SCALES, POINTS)
def test_a_turned_scaled_and_moved_model_may_stand_anywhere(
    quaternion: tuple[float, ...], scale: float, there: Point
) -> None:
    placement = standing(quaternion, scale, there)
    assert fault_of(placement) == ""
    rounded = tuple(np.array(placement, np.float32).astype(float).tolist())
    assert fault_of(rounded) == "" or max(map(abs, rounded)) > FURTHEST_METRES


@given(st.tuples(*[st.floats()] * 12), POINTS)
def test_no_numbers_at_all_do_harm(numbers: tuple[float, ...], there: Point) -> None:
    assert isinstance(fault_of(numbers), str)
    assert len(in_site(numbers, there)) == 3


@given(QUATERNIONS, SCALES, POINTS, st.integers(0, 2), st.floats(1.01, 10.0))
def test_what_is_stretched_along_one_axis_is_no_placement(
    quaternion: tuple[float, ...], scale: float, there: Point, axis: int, more: float
) -> None:
    matrix = np.array(standing(quaternion, scale, there)).reshape(3, 4)
    matrix[:, axis] *= more
    assert fault_of(tuple(matrix.ravel().tolist()))


def test_a_point_of_a_model_is_found_in_the_site() -> None:
    quarter_turn = (0.0, -2.0, 0.0, 10.0, 2.0, 0.0, 0.0, 20.0, 0.0, 0.0, 2.0, 30.0)
    assert in_site(quarter_turn, (1.0, 3.0, 5.0)) == (4.0, 22.0, 40.0)
    assert in_site(IN_PLACE, (1.0, 2.0, 3.0)) == (1.0, 2.0, 3.0)


@given(QUATERNIONS, st.floats(0.1, 10.0), st.tuples(*[st.floats(-1e4, 1e4)] * 3))
def test_one_point_of_the_earth_is_one_point_of_the_site_wherever_the_first_model_was_moved(
    quaternion: tuple[float, ...], scale: float, there: Point
) -> None:
    first = Georeferenced("first", 7415, (84_000.0, 447_000.0, 0.0), standing(quaternion, scale, there))
    second = Georeferenced("second", 7415, (84_120.5, 446_900.25, 3.0))
    placement, sentence = where_coordinates_say(second, [Georeferenced("other", None, (0.0,) * 3), first])
    assert sentence == ""
    in_second = in_site(placement, (10.0, 20.0, 1.0))
    in_first = in_site(first.placement, (130.5, -79.75, 4.0))
    assert in_second == pytest.approx(in_first, abs=1e-6 * scale)


def test_differences_of_big_coordinates_are_exact() -> None:
    first = Georeferenced("a", 28992, (84_000.001, 447_000.002, 0.0))
    second = Georeferenced("b", 28992, (84_000.002, 447_000.004, 0.0))
    placement, _sentence = where_coordinates_say(second, [first])
    assert placement[3::4] == pytest.approx((0.001, 0.002, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    ("epsg", "origin", "words"),
    [
        (None, (5.0, 5.0, 5.0), ""),
        (25832, (5.0, 5.0, 5.0), "in EPSG:25832, not in EPSG:7415 of 'first'"),
        (7415, (5e7, 447_000.0, 0.0), "km from 'first'"),
        (7415, (1e308, -1e308, 0.0), "km from 'first'"),
    ],
)
def test_coordinates_that_cannot_be_used_leave_a_model_in_place(
    epsg: int | None, origin: Point, words: str
) -> None:
    first = Georeferenced("first", 7415, (84_000.0, 447_000.0, 0.0))
    placement, sentence = where_coordinates_say(Georeferenced("new", epsg, origin), [first])
    assert placement == IN_PLACE
    assert words in sentence
    assert bool(words) == bool(sentence)


def test_the_first_model_with_coordinates_stands_in_place() -> None:
    assert where_coordinates_say(Georeferenced("new", 7415, (1.0, 2.0, 3.0)), []) == (IN_PLACE, "")
