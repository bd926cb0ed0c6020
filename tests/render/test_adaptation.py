"""The eye gets used to the dark of a room, and to the sky again."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_client.scene.adaptation import BRIGHTER, Adaptation
from walkdown_client.scene.light import Volume

OUTSIDE, ROOM = np.array([1.0, 2.0, 2.0]), np.array([7.0, 2.0, 2.0])


def seeing() -> Adaptation:
    """Under the sky for x below 4, in a room beyond."""
    values = np.zeros((16, 16, 32, 2), np.uint8)
    values[:, :, 16:, 1] = 230
    found = Adaptation()
    found.use(Volume(values, np.zeros(3, np.float32), np.full(3, 8.0, np.float32), cell=0.25))
    return found


def test_a_room_is_shown_brighter_at_once_to_who_begins_there() -> None:
    assert seeing().factor(ROOM, now_secs=5.0) == pytest.approx(BRIGHTER)
    assert seeing().factor(OUTSIDE, now_secs=5.0) == pytest.approx(1.0)


def test_who_goes_in_or_out_sees_it_change_within_a_second() -> None:
    eye = seeing()
    eye.factor(OUTSIDE, now_secs=0.0)
    soon = eye.factor(ROOM, now_secs=0.1)
    assert 1.0 < soon < BRIGHTER
    assert eye.factor(ROOM, now_secs=1.1) == pytest.approx(BRIGHTER, rel=0.03)
    assert eye.factor(OUTSIDE, now_secs=2.2) == pytest.approx(1.0, rel=0.03)


def test_beyond_what_was_baked_is_under_the_sky() -> None:
    for far in ((-50.0, 0, 0), (500.0, 500, 500), (2.0, 2.0, -30.0)):
        assert seeing().factor(np.array(far), now_secs=0.0) == pytest.approx(1.0)
    assert Adaptation().factor(ROOM, now_secs=0.0) == 1.0
