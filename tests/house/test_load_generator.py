"""The load generator of the benchmarks speaks with a real server, and counts what it is told."""

from __future__ import annotations

import shutil
import sys

import pytest

from benchmarks import _load

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="the load generator needs Linux and cc"
)

WALKERS = 6


def test_walkers_are_told_of_each_other_and_each_pose_counts_once() -> None:
    with _load.house(people=WALKERS) as running:
        (window,) = _load.measure(running, windows=1, secs=1.0, settle=0.5, walkers=WALKERS)
    assert window.closed == 0
    assert 0 < window.poses < 2 * WALKERS * WALKERS * 20  # each counts once at each of them
    assert 0 <= window.p50_ms <= window.p99_ms


def test_changes_of_notes_are_all_answered_with_a_record() -> None:
    with _load.house(people=WALKERS) as running:
        (window,) = _load.measure(
            running, windows=1, secs=1.0, settle=0.5, walkers=WALKERS, protocol="walkdown-notes", hz=10
        )
    assert window.poses > 0
    assert window.refused == 0


def test_a_full_session_is_said_instead_of_measured() -> None:
    with _load.house(people=2) as running, pytest.raises(_load.NotMeasurable, match=r"refused: .*full"):
        _load.measure(running, windows=1, secs=0.2, walkers=3)


def test_windows_without_a_pose_give_no_figure() -> None:
    with _load.house(people=2) as running:
        windows = _load.measure(running, windows=1, secs=0.2, settle=0.1, idle=2)
    with pytest.raises(_load.NotMeasurable, match="nothing arrived"):
        _load.with_poses(windows)


def test_a_server_that_ends_at_once_is_not_measurable() -> None:
    with (
        pytest.raises(_load.NotMeasurable, match="before it listened"),
        _load.server([sys.executable, "-c", "print('no')"]),
    ):
        pass
