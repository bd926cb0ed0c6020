"""What is measured is right: laws of distances, areas and angles, and shapes that everybody knows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.i18n import use_language
from walkdown_client.placements import about as turned_about
from walkdown_client.tools import measuring

F64 = npt.NDArray[np.float64]

FAR = np.array([6_378_000.0, -4_100_000.0, 250.0])
"""A place in a national grid."""

number = st.floats(-50, 50)
point = st.tuples(number, number, number).map(lambda p: np.array(p, np.float64))
points = st.lists(point, min_size=3, max_size=8).map(np.stack)


def moved(p: F64, *, turn_rad: float = 0.7, shift: F64 = FAR) -> F64:
    """Points after a rigid motion."""
    return np.asarray(p @ turned_about((1.0, 2.0, 3.0), turn_rad).T + shift)


@given(point, point, point)
def test_a_distance_is_symmetric_and_no_detour_is_shorter(a: F64, b: F64, c: F64) -> None:
    assert measuring.distance(a, b) == measuring.distance(b, a)
    assert measuring.distance(a, c) <= measuring.distance(a, b) + measuring.distance(b, c) + 1e-9


@given(points)
def test_a_rigid_motion_to_millions_of_metres_changes_nothing_that_is_measured(p: F64) -> None:
    there = moved(p)
    assert math.isclose(measuring.length(there), measuring.length(p), abs_tol=1e-6)
    assert math.isclose(measuring.polygon(there).area_m2, measuring.polygon(p).area_m2, abs_tol=1e-4)
    if min(measuring.distance(p[1], p[0]), measuring.distance(p[1], p[2])) > 0.1:
        seen = [measuring.angle(*q[:3]) for q in (p, there)]
        assert math.isclose(*seen, abs_tol=1e-6)


@given(points)
def test_a_polygon_is_as_large_wherever_one_begins_and_whichever_way_one_goes(p: F64) -> None:
    area = measuring.polygon(p).area_m2
    assert math.isclose(measuring.polygon(np.roll(p, 1, axis=0)).area_m2, area, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(measuring.polygon(p[::-1]).area_m2, area, rel_tol=1e-9, abs_tol=1e-9)


@given(st.floats(0.01, math.pi - 0.01), st.floats(0.1, 30), st.floats(0.1, 30))
def test_an_angle_is_that_of_its_arms_however_long_they_are(angle: float, first: float, last: float) -> None:
    arms = np.array([[first, 0, 0], [0, 0, 0], [last * math.cos(angle), last * math.sin(angle), 0]])
    a, vertex, b = moved(arms)
    assert math.isclose(measuring.angle(a, vertex, b), angle, abs_tol=1e-6)
    assert measuring.angle(a, vertex, b) == pytest.approx(measuring.angle(b, vertex, a), abs=1e-12)


def test_shapes_that_everybody_knows_have_their_area() -> None:
    square = np.array([[0, 0, 2], [3, 0, 2], [3, 3, 2], [0, 3, 2]], np.float64)
    ell = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [1, 1, 0], [1, 2, 0], [0, 2, 0]], np.float64)
    assert measuring.value_of("area", moved(square)) == pytest.approx(9.0, abs=1e-5)
    assert measuring.value_of("area", ell) == pytest.approx(3.0)
    found = measuring.polygon(square)
    assert abs(found.normal[2]) == pytest.approx(1.0)
    assert found.planar


def test_a_polygon_that_is_bent_says_by_how_much() -> None:
    bent = np.array([[0, 0, 0], [2, 0, 0.3], [2, 2, 0], [0, 2, 0.3]], np.float64)
    found = measuring.polygon(bent)
    assert not found.planar
    assert found.away_m == pytest.approx(0.15, abs=0.01)
    assert "not flat" in measuring.about("area", bent)
    assert "around" in measuring.about("area", bent * (1, 1, 0))


def test_what_has_too_few_points_or_no_size_measures_nothing() -> None:
    assert measuring.value_of("dimension", [[0, 0, 0]]) is None
    assert measuring.value_of("area", [[0, 0, 0], [1, 0, 0]]) is None
    assert measuring.value_of("sketch", np.zeros((5, 3))) is None
    assert measuring.polygon(np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]])).area_m2 == 0
    assert measuring.angle((1, 0, 0), (1, 0, 0), (2, 0, 0)) == 0


@pytest.mark.parametrize(
    ("value", "unit", "english", "german"),
    [
        (0.0123, "m", "12.3 mm", "12,3 mm"),
        (0.4567, "m", "457 mm", "457 mm"),
        (0.9996, "m", "1.000 m", "1,000 m"),
        (1234.5, "m", "1,234.50 m", "1.234,50 m"),
        (0.05, "m2", "500.0 cm²", "500,0 cm²"),
        (12.5, "m2", "12.500 m²", "12,500 m²"),
        (math.pi / 3, "rad", "60.0°", "60,0°"),
        (None, "m", "—", "—"),
        (float("nan"), "m", "—", "—"),
    ],
)
def test_a_value_is_written_as_people_read_it(
    value: float | None, unit: str, english: str, german: str
) -> None:
    assert measuring.readable(value, unit) == english
    use_language("de")
    assert measuring.readable(value, unit) == german
