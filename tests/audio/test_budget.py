"""Which of many sounds are heard."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_client.audio import budget

NOTHING = np.zeros(0, bool)


def test_twice_the_distance_is_six_decibels_less_and_nothing_is_nearer_than_a_metre() -> None:
    places = np.array([[0.5, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 4]], np.float32)
    heard = budget.at_ears_db((0, 0, 0), places, np.zeros(4, np.float32))
    assert heard == pytest.approx([0, 0, -6.02, -12.04], abs=0.01)


def test_the_loudest_at_the_ears_are_chosen_in_order() -> None:
    heard = np.array([-30, -10, -50, -20], np.float32)
    assert budget.choose(heard, heard, np.zeros(4, bool), count=3).tolist() == [1, 3, 0]


def test_importance_brings_a_sound_forward() -> None:
    heard = np.array([-30, -34], np.float32)
    score = budget.scores(heard, np.array([1, 2], np.float32))
    assert budget.choose(score, heard, np.zeros(2, bool), count=1).tolist() == [1]


def test_what_is_heard_stays_until_another_is_clearly_louder() -> None:
    playing = np.array([True, False])
    for louder_db, chosen in ((2.0, 0), (4.0, 1)):
        heard = np.array([-30, -30 + louder_db], np.float32)
        assert budget.choose(heard, heard, playing, count=1).tolist() == [chosen]


def test_what_nobody_can_hear_is_not_chosen_however_important() -> None:
    heard = np.array([-90.0], np.float32)
    score = budget.scores(heard, np.array([1e6], np.float32))
    assert not len(budget.choose(score, heard, np.zeros(1, bool), count=8))


def test_of_nothing_nothing_is_chosen() -> None:
    nothing = np.zeros(0, np.float32)
    assert not len(budget.choose(nothing, nothing, NOTHING, count=8))
    assert not len(
        budget.choose(np.zeros(3, np.float32), np.zeros(3, np.float32), np.zeros(3, bool), count=-1)
    )
