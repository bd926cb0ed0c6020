"""A thinned stroke looks as it was drawn, with few points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkdown_client.tools.sketching import POINTS_MAX, fitting, on_plane, thinned

F64 = npt.NDArray[np.float64]


def wave(count: int, *, seed: int = 0) -> F64:
    """A stroke as a hand draws it."""
    t = np.linspace(0, 1, count)
    noise = np.random.default_rng(seed).normal(0, 2e-4, (count, 3))
    return np.stack([2 * t, np.sin(9 * t), 0.3 * t], 1) + noise


def away_from(points: F64, line: F64) -> float:
    """How far points are from a polyline at most."""
    start, along = line[:-1], np.diff(line, axis=0)
    length2 = np.maximum((along**2).sum(1), 1e-18)
    share = np.clip(((points[:, None] - start) * along).sum(2) / length2, 0, 1)
    nearest = start + share[..., None] * along
    return float(np.linalg.norm(points[:, None] - nearest, axis=2).min(1).max())


@settings(max_examples=25)
@given(st.integers(0, 50), st.floats(1e-3, 0.2))
def test_a_thinned_stroke_is_nowhere_farther_than_it_may_be_and_keeps_its_ends(
    seed: int, tolerance_m: float
) -> None:
    drawn = wave(120, seed=seed)
    thin = thinned(drawn, tolerance_m)
    assert away_from(drawn, thin) <= tolerance_m + 1e-12
    assert (thin[0] == drawn[0]).all()
    assert (thin[-1] == drawn[-1]).all()
    assert set(map(tuple, thin.tolist())) <= set(map(tuple, drawn.tolist()))
    assert len(thinned(thin, tolerance_m)) == len(thin), "there is nothing more to leave out"


def test_a_straight_stroke_becomes_its_two_ends_and_a_curve_keeps_few() -> None:
    straight = np.linspace((0, 0, 0), (1, 2, 3), 500)
    assert len(thinned(straight, 1e-6)) == 2
    assert len(thinned(wave(2000), 2e-3)) < 60
    assert len(thinned(straight[:1], 0.1)) == 1


def test_a_stroke_that_returns_to_its_start_keeps_its_turn() -> None:
    there = np.linspace((0, 0, 0), (1, 0, 0), 50)
    assert len(thinned(np.concatenate([there, there[::-1]]), 0.01)) == 3


def test_a_long_sketch_is_thinned_until_it_fits_into_a_mark() -> None:
    strokes = [wave(900, seed=seed) for seed in range(6)]
    found = fitting(strokes, 1e-4)
    assert sum(map(len, found)) <= POINTS_MAX
    assert len(found) == 6
    assert away_from(strokes[5][::9], found[5]) < 0.02


def test_the_pen_in_the_air_is_where_its_ray_meets_the_plane() -> None:
    eye = np.array([6e6, 0.0, 1.7])
    found = on_plane(eye + np.array([0, 5, 0]), (0, 1, 0), (eye, np.array([0.6, 0.8, 0.0])))
    assert found is not None
    assert found - eye == pytest.approx((3.75, 5, 0))
    assert on_plane(eye + np.array([0, 5, 0]), (0, 1, 0), (eye, np.array([1.0, 0, 0]))) is None
    assert on_plane(eye - np.array([0, 5, 0]), (0, 1, 0), (eye, np.array([0, 1.0, 0]))) is None
