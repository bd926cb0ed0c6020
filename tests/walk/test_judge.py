"""The judge of random walks sees what it has to see."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._judge_walks import carried, crossings, nearest_m
from tests.walk import shapes

WORLD = np.array(shapes.FLOOR + shapes.wall_x(2.0))


def path(*places: tuple[float, float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(places)


def test_a_path_through_a_sheet_is_seen_from_both_sides() -> None:
    assert crossings(path((1, 0, 0), (3, 0, 0)), WORLD) == 3
    assert crossings(path((3, 0, 0), (1, 0.5, 0)), WORLD) == 3
    assert crossings(path(*[(0.1 * k, 0.3, 0.0) for k in range(40)]), WORLD) == 3


def test_a_path_through_the_floor_is_seen() -> None:
    assert crossings(path((0, 0, 0), (0, 0, -2.0)), WORLD) == 3


def test_a_path_beside_everything_is_none() -> None:
    assert crossings(path((0, 0, 0), (1.7, 0, 0), (1.7, 5, 0)), WORLD) == 0
    assert crossings(path((0, 0, 0), (3, 0, 0)), np.array(shapes.wall_x(2.0, z=(2, 3)))) == 0


def test_the_distance_of_a_body_is_that_of_its_axis() -> None:
    assert nearest_m(np.array([1.8, 0, 0.01]), WORLD) == pytest.approx(0.2)
    assert nearest_m(np.array([0, 0, 0.0]), WORLD) == pytest.approx(0.26)
    beside_an_edge = np.array([2.3, 20.4, 0.0])
    assert nearest_m(beside_an_edge, np.array(shapes.wall_x(2.0))) == pytest.approx(0.5)


def test_who_stands_on_nothing_is_seen() -> None:
    assert carried(np.array([0, 0, 0.0]), WORLD)
    assert not carried(np.array([0, 0, -3.0]), WORLD)
