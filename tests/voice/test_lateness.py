"""How long to wait for packets: little, but long enough; and what is forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_client.voice.lateness import KNEE_SECS, Lateness, cheapest_wait


def _wait(late_secs: list[float]) -> float:
    return cheapest_wait(np.array(late_secs), np.ones(len(late_secs)))


def test_where_nothing_is_late_nothing_is_waited_for() -> None:
    assert _wait([0.0] * 100) == 0.0


def test_what_is_a_little_late_now_and_then_is_waited_for() -> None:
    assert _wait([0.0] * 95 + [0.03] * 5) == 0.03


def test_a_rare_long_stall_is_not_waited_for() -> None:
    assert _wait([0.0] * 999 + [0.3]) == 0.0


def test_a_frequent_stall_is_waited_for_up_to_the_knee() -> None:
    stalls = [k / 50 for k in range(1, 11)]
    wait = _wait([0.0] * 80 + stalls + stalls)
    assert 0.1 <= wait <= KNEE_SECS + 0.02


def test_each_further_late_packet_makes_the_wait_longer_or_leaves_it() -> None:
    rng = np.random.default_rng(5)
    late = rng.exponential(0.02, 300).tolist()
    assert _wait([0.0, *late]) <= _wait([0.0, *(2 * np.array(late)).tolist()])


def test_before_anything_came_some_lateness_is_expected() -> None:
    lateness = Lateness()
    assert not lateness.known
    assert lateness.wait_secs == pytest.approx(0.03)


def test_a_steady_network_needs_no_wait_after_two_seconds() -> None:
    lateness = Lateness()
    for number in range(100):
        lateness.note(5.0 + 0.001 * (number % 3))
    assert lateness.base_secs == pytest.approx(5.0)
    assert lateness.wait_secs <= 0.002


def test_a_stall_is_learnt_at_once_and_forgotten_within_half_a_minute() -> None:
    lateness = Lateness()
    for _packet in range(200):
        lateness.note(1.0)
    for late in (0.1, 0.08, 0.06, 0.04, 0.02):
        lateness.note(1.0 + late)
    assert lateness.wait_secs >= 0.08
    for _packet in range(1500):
        lateness.note(1.0)
    assert lateness.wait_secs == 0.0


def test_a_longer_route_becomes_the_new_base() -> None:
    lateness = Lateness()
    for _packet in range(100):
        lateness.note(1.0)
    for _packet in range(600):
        lateness.note(1.05)
    assert lateness.base_secs == pytest.approx(1.05)
    assert lateness.wait_secs == 0.0
