"""Placements obey the laws of rigid motions with one scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.errors import BadInput
from walkdown.messages import IN_PLACE
from walkdown_client import placements

FINITE = st.floats(-1e4, 1e4)
POINTS = st.tuples(FINITE, FINITE, FINITE)
PLACED = st.builds(
    lambda at, turn, scale: placements.placed(at, heading_rad=turn, scale=scale),
    POINTS,
    st.floats(-math.pi, math.pi),
    st.floats(0.01, 100.0),
)


@given(PLACED, POINTS)
def test_into_the_site_and_back_is_where_it_was(
    placement: tuple[float, ...], point: tuple[float, ...]
) -> None:
    back = placements.to_model(placement, placements.to_site(placement, point))
    assert np.allclose(
        back,
        point,
        atol=1e-6 * (1 + np.abs(placement).max()) / placements.scale_of(placements.matrix(placement)),
    )


@given(PLACED, POINTS, POINTS)
def test_distances_grow_by_the_scale(
    placement: tuple[float, ...], one: tuple[float, ...], other: tuple[float, ...]
) -> None:
    there = placements.to_site(placement, [one, other])
    scale = placements.scale_of(placements.matrix(placement))
    apart = np.linalg.norm(np.subtract(one, other))
    assert np.isclose(np.linalg.norm(there[0] - there[1]), apart * scale, rtol=1e-6, atol=1e-6)


@given(PLACED, POINTS, POINTS)
def test_the_box_of_a_placed_box_holds_its_corners(
    placement: tuple[float, ...], one: tuple[float, ...], other: tuple[float, ...]
) -> None:
    low, high = np.minimum(one, other), np.maximum(one, other)
    site_low, site_high = placements.site_box(placement, low, high)
    picks = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])
    corners = placements.to_site(placement, np.where(picks, high, low))
    assert np.allclose(corners.min(0), site_low, atol=1e-5)
    assert np.allclose(corners.max(0), site_high, atol=1e-5)


def test_a_quarter_turn_brings_east_to_north() -> None:
    placement = placements.placed((10, 0, 1), heading_rad=math.pi / 2, scale=2.0)
    assert np.allclose(placements.to_site(placement, (1, 0, 0)), (10, 2, 1))
    assert math.isclose(placements.heading_of(placements.matrix(placement)), math.pi / 2)


def test_in_place_is_the_identity() -> None:
    assert placements.placed() == IN_PLACE
    assert placements.is_in_place(placements.placed())


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0]],
        [[1, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[1, 0, 0, math.nan], [0, 1, 0, 0], [0, 0, 1, 0]],
    ],
)
def test_what_is_no_placement_is_refused_in_words(rows: list[list[float]]) -> None:
    with pytest.raises(BadInput, match="a rotation, one scale and a translation"):
        placements.placement_of(rows)
