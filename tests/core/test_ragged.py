"""Rows of different length, told in one array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from walkdown.ragged import ragged


@given(st.lists(st.integers(0, 5), max_size=20))
def test_every_element_knows_its_row_and_its_place_in_it(counts: list[int]) -> None:
    at = ragged(np.array(counts, np.intp))
    expected = [(row, place) for row, count in enumerate(counts) for place in range(count)]
    assert list(zip(at.row.tolist(), at.place.tolist(), strict=True)) == expected
