"""The clearance between two meshes is the shortest there is, and is found in few steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from walkdown_client.placements import about
from walkdown_client.tools import clearance as module
from walkdown_client.tools.clearance import FINE_M, apart, clearance

F64 = npt.NDArray[np.float64]

FAR = np.array([6_378_000.0, -4_100_000.0, 250.0])


def soup(count: int, seed: int, *, shift: npt.ArrayLike = (0, 0, 0), size: float = 0.3) -> F64:
    """Triangles that lie about in a cube."""
    chance = np.random.default_rng(seed)
    middles = chance.uniform(-1, 1, (count, 1, 3))
    return np.asarray(middles + chance.normal(0, size, (count, 3, 3)) + np.asarray(shift, np.float64))


def box(low: npt.ArrayLike, high: npt.ArrayLike) -> F64:
    """The twelve triangles of a box."""
    corners = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)], np.float64)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    rows = [[f[0], f[1], f[2]] for f in faces] + [[f[0], f[2], f[3]] for f in faces]
    placed = np.asarray(low, np.float64) + corners * np.subtract(high, low)
    return np.asarray(placed[rows])


def by_force(first: F64, second: F64) -> float:
    """The shortest of all pairs."""
    a, b = np.repeat(first, len(second), 0), np.tile(second, (len(first), 1, 1))
    return float(apart(a, b)[0].min())


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_shortest_of_all_pairs_and_its_points_are_that_far_apart(seed: int) -> None:
    chance = np.random.default_rng(seed)
    first = soup(int(chance.integers(1, 40)), seed)
    second = soup(int(chance.integers(1, 40)), seed + 100, shift=chance.uniform(-5, 5, 3))
    found = clearance(first, second)
    assert found is not None and found.exact  # noqa: PT018
    assert found.distance_m == pytest.approx(by_force(first, second), abs=2 * FINE_M)
    assert np.linalg.norm(found.first - found.second) == pytest.approx(found.distance_m, abs=1e-12)


def test_it_is_the_same_either_way_and_after_a_rigid_motion_to_millions_of_metres() -> None:
    first, second = soup(60, 1), soup(50, 2, shift=(4, 1, 0.5))
    turn = about((1, 2, 3), 0.8)
    there = [part @ turn.T + FAR for part in (first, second)]
    found = [clearance(first, second), clearance(second, first), clearance(*there)]
    assert all(one is not None for one in found)
    assert len({round(one.distance_m, 5) for one in found if one is not None}) == 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ((3, 0, 0), (4, 1, 1), 2.0),
        ((2, 2, 0), (3, 3, 1), 2**0.5),
        ((2, 2, 2), (3, 3, 3), 3**0.5),
        ((0.2, 0.2, 1.25), (0.8, 0.8, 2), 0.25),
        ((0.5, 0.5, 0.5), (2, 2, 2), 0.0),
        ((1, 0, 0), (2, 1, 1), 0.0),
    ],
)
def test_boxes_are_as_far_apart_as_everybody_sees(
    low: tuple[float, ...], high: tuple[float, ...], expected: float
) -> None:
    found = clearance(box((0, 0, 0), (1, 1, 1)), box(low, high))
    assert found is not None
    assert found.distance_m == pytest.approx(expected, abs=2 * FINE_M)


def test_a_small_box_inside_a_large_one_is_as_far_from_its_wall_as_the_nearest_face() -> None:
    found = clearance(box((-5, -5, -5), (5, 5, 5)), box((-1, -1, 2), (1, 1, 4.5)))
    assert found is not None
    assert found.distance_m == pytest.approx(0.5, abs=2 * FINE_M)


def test_twenty_thousand_triangles_each_are_measured_with_few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def counting(first: F64, second: F64) -> tuple[F64, F64, F64]:
        measured.append(len(first))
        return apart(first, second)

    monkeypatch.setattr(module, "apart", counting)
    found = clearance(soup(20_000, 3, size=0.02), soup(20_000, 4, shift=(2.3, 0.1, 0), size=0.02))
    assert found is not None
    assert sum(measured) < 100_000, "of 400 million"


def test_what_is_empty_or_was_given_up_has_no_clearance() -> None:
    assert clearance(np.zeros((0, 3, 3)), box((0, 0, 0), (1, 1, 1))) is None
    assert clearance(soup(50, 1), soup(50, 2, shift=(5, 0, 0)), cancelled=lambda: True) is None


def test_triangles_without_an_area_count_as_the_lines_and_points_they_are() -> None:
    line = np.array([[[0, 0, 1], [1, 0, 1], [2, 0, 1]]], np.float64)
    found = clearance(line, box((0, 0, -1), (2, 1, 0)))
    assert found is not None
    assert found.distance_m == pytest.approx(1.0, abs=2 * FINE_M)
