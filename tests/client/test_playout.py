"""What is late or missing still moves smoothly, and nobody moves who should not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.codec import PoseFlag, Poses
from walkdown.frames import F64, quaternion_from_heading_pitch
from walkdown_client.playout import (
    COAST_SECS,
    DELAY_CHANGE,
    DELAY_MIN_SECS,
    PACE_MIN_SECS,
    JointPlayout,
    PeoplePlayout,
)

START_NS = 1_800_000_000_000_000_000
SECS = 1_000_000_000
ADA, BOB = 7, 8
WALK = 1.3


def at(secs: float) -> int:
    return START_NS + round(secs * SECS)


def heads(people: dict[int, float], *, flags: int = 0, age_secs: float = 0.0, heading: float = 0.0) -> Poses:
    """People at these x, all looking the same way."""
    count = len(people)
    positions = np.zeros((count, 3))
    positions[:, 0] = list(people.values())
    return Poses(
        np.array(list(people), np.uint16),
        np.full(count, flags, np.uint16),
        positions,
        np.tile(quaternion_from_heading_pitch(heading, 0.0), (count, 1)),
        np.full(count, age_secs),
    )


def x_of(playout: PeoplePlayout, person: int, secs: float) -> float:
    positions, _quaternions = playout.at(at(secs))
    return float(positions[playout.ids.tolist().index(person), 0])


def walk(playout: PeoplePlayout, *, secs: float, interval: float = 0.05) -> None:
    """Ada walks east from x = 0; she is drawn at 60 frames a second."""
    sent = 0
    for frame in range(round(secs * 60) + 1):
        now = frame / 60
        while sent * interval <= now:
            playout.add(at(sent * interval), heads({ADA: WALK * sent * interval}))
            sent += 1
        playout.at(at(now))


def test_a_regular_stream_is_drawn_exactly_a_tenth_of_a_second_late() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=2.0)
    assert x_of(playout, ADA, 2.0) == pytest.approx(WALK * (2.0 - DELAY_MIN_SECS), abs=1e-6)
    assert playout.shown_ages_secs(at(2.0)) == pytest.approx([DELAY_MIN_SECS], abs=1e-6)


def test_a_slow_stream_is_drawn_one_and_a_half_intervals_late() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=12.0, interval=0.2)
    assert x_of(playout, ADA, 12.0) == pytest.approx(WALK * (12.0 - 0.3), abs=0.02)


def test_the_delay_changes_too_slowly_to_be_seen() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=12.0, interval=0.2)
    shown, sent = [], 0
    for frame in range(600):
        while sent * 0.05 <= frame / 60:
            sent += 1
            playout.add(at(12.0 + sent * 0.05), heads({ADA: WALK * (12.0 + sent * 0.05)}))
        shown.append(x_of(playout, ADA, 12.0 + frame / 60))
    steps = np.diff(shown)
    assert steps.min() > WALK / 60 * 0.99
    assert steps.max() < WALK / 60 * (1 + DELAY_CHANGE) * 1.01
    assert shown[-1] == pytest.approx(WALK * (12.0 + 599 / 60 - DELAY_MIN_SECS), abs=1e-3)


def test_one_persons_slow_stream_delays_nobody_else() -> None:
    playout = PeoplePlayout()
    for tick in range(200):
        playout.add(at(tick * 0.05), heads({BOB: tick * 0.05} | ({ADA: 0.1} if tick % 8 == 0 else {})))
        playout.at(at(tick * 0.05))
    assert x_of(playout, BOB, 9.95) == pytest.approx(9.95 - DELAY_MIN_SECS, abs=1e-6)


def test_when_samples_stop_a_head_coasts_a_little_and_then_stands() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=2.0)
    shown = [x_of(playout, ADA, 2.0 + late / 60) for late in range(120)]
    steps = np.diff(shown)
    assert (steps >= -1e-9).all()
    assert steps[-1] == pytest.approx(0.0, abs=1e-6)
    assert shown[-1] <= WALK * (2.0 + COAST_SECS) + 1e-6


def test_who_stands_still_does_not_coast() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=1.0)
    playout.add(at(1.05), heads({ADA: WALK * 1.0}, flags=PoseFlag.STANDING_STILL))
    assert x_of(playout, ADA, 3.0) == pytest.approx(WALK)


def test_who_stood_for_long_starts_at_once_and_does_not_glide() -> None:
    playout = PeoplePlayout()
    playout.add(at(0.0), heads({ADA: 0.0}, flags=PoseFlag.STANDING_STILL))
    playout.at(at(5.0))
    playout.add(at(5.0), heads({ADA: 0.065}))
    playout.add(at(5.05), heads({ADA: 0.13}))
    assert x_of(playout, ADA, 5.0 + DELAY_MIN_SECS - 0.051) == pytest.approx(0.0, abs=1e-3)
    assert x_of(playout, ADA, 5.0 + DELAY_MIN_SECS) == pytest.approx(0.065, abs=1e-3)


def test_a_jump_is_a_jump() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=1.0)
    before = WALK * 1.0
    playout.add(at(1.05), heads({ADA: 50.0}, flags=PoseFlag.JUMPED))
    playout.add(at(1.10), heads({ADA: 50.1}))
    assert x_of(playout, ADA, 1.04 + DELAY_MIN_SECS) == pytest.approx(before, abs=1e-6)
    assert x_of(playout, ADA, 1.05 + DELAY_MIN_SECS) == pytest.approx(50.0, abs=1e-6)


def test_the_age_of_a_sample_counts() -> None:
    playout = PeoplePlayout()
    for tick in range(20):
        playout.add(at(tick * 0.05), heads({ADA: tick * 0.05 - 0.02}, age_secs=0.02))
    assert x_of(playout, ADA, 0.95) == pytest.approx(0.95 - DELAY_MIN_SECS, abs=1e-6)


def test_a_sample_that_comes_twice_or_too_late_changes_nothing() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=1.0)
    expected = x_of(playout, ADA, 1.05)
    playout.add(at(0.5), heads({ADA: 99.0}))
    playout.add(at(1.0), heads({ADA: 99.0}))
    assert x_of(playout, ADA, 1.05) == expected


def test_heads_turn_the_shorter_way() -> None:
    playout = PeoplePlayout()
    playout.add(at(0.0), heads({ADA: 0.0}, heading=0.1))
    playout.add(at(0.1), heads({ADA: 0.0}, heading=0.3))
    _positions, quaternions = playout.at(at(0.05 + DELAY_MIN_SECS))
    expected = quaternion_from_heading_pitch(0.2, 0.0)
    assert abs(quaternions[0] @ expected) == pytest.approx(1.0, abs=1e-6)


def test_who_leaves_is_gone_and_the_others_stay_themselves() -> None:
    playout = PeoplePlayout()
    for tick in range(5):
        playout.add(at(tick * 0.05), heads({person: float(person) for person in range(1, 41)}))
    playout.remove(1)
    playout.remove(40)
    playout.remove(99)
    positions, _quaternions = playout.at(at(1.0))
    assert sorted(playout.ids.tolist()) == list(range(2, 40))
    assert positions[:, 0].tolist() == playout.ids.tolist()
    playout.clear()
    assert playout.at(at(1.0))[0].shape == (0, 3)


def test_somebody_who_comes_back_does_not_fly_from_where_he_left() -> None:
    playout = PeoplePlayout()
    walk(playout, secs=1.0)
    playout.remove(ADA)
    playout.add(at(1.1), heads({ADA: 30.0}))
    assert x_of(playout, ADA, 1.1) == 30.0


@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.lists(st.integers(0, 5), unique=True, max_size=6),
            st.floats(-100, 100),
            st.sampled_from([0, PoseFlag.JUMPED, PoseFlag.STANDING_STILL]),
        ),
        max_size=20,
    )
)
def test_whatever_comes_people_stay_between_where_they_were(
    frames: list[tuple[float, list[int], float, int]],
) -> None:
    playout = PeoplePlayout()
    now = 0.0
    for gap, people, x, flags in frames:
        now += gap
        playout.add(at(now), heads(dict.fromkeys(people, x), flags=flags))
        positions, quaternions = playout.at(at(now))
        assert np.isfinite(positions).all()
        assert np.linalg.norm(quaternions, axis=1) == pytest.approx(np.ones(len(positions)))
        assert (np.abs(positions[:, 0]) <= 100 + 200 * COAST_SECS / PACE_MIN_SECS).all()


# ---- joints -----------------------------------------------------------------------------------------


def add_joints(playout: JointPlayout, secs: float, values: dict[int, float]) -> None:
    rows = np.array(list(values), np.uint16)
    playout.add(at(secs), rows, np.array(list(values.values())))


def joints_at(playout: JointPlayout, secs: float) -> F64:
    return playout.at(at(secs + DELAY_MIN_SECS))


def test_joints_are_interpolated() -> None:
    playout = JointPlayout()
    add_joints(playout, 0.0, {0: 1.0, 1: 5.0})
    add_joints(playout, 0.05, {0: 2.0, 1: 5.0})
    assert joints_at(playout, 0.025) == pytest.approx([1.5, 5.0])


def test_a_joint_turns_on_over_the_end_of_its_period() -> None:
    playout = JointPlayout()
    playout.set_periods(0, [2 * np.pi])
    add_joints(playout, 0.0, {0: 6.2})
    add_joints(playout, 0.05, {0: 0.1})
    middle = (6.2 + 0.1 + 2 * np.pi) / 2
    assert joints_at(playout, 0.025) == pytest.approx([middle])


def test_a_joint_without_a_period_goes_all_the_way_back() -> None:
    playout = JointPlayout()
    add_joints(playout, 0.0, {0: 6.2})
    add_joints(playout, 0.05, {0: 0.2})
    assert joints_at(playout, 0.025) == pytest.approx([3.2])


def test_joints_that_a_frame_does_not_name_stay_where_they_are() -> None:
    playout = JointPlayout()
    add_joints(playout, 0.0, {0: 1.0, 2: 3.0})
    add_joints(playout, 0.05, {0: 2.0})
    add_joints(playout, 0.10, {0: 3.0})
    assert joints_at(playout, 0.075) == pytest.approx([2.5, 0.0, 3.0])


def test_joints_stand_when_nothing_comes() -> None:
    playout = JointPlayout()
    add_joints(playout, 0.0, {0: 1.0})
    add_joints(playout, 0.05, {0: 2.0})
    assert joints_at(playout, 60.0) == pytest.approx([2.0])


def test_the_first_values_of_joints_are_shown_at_once() -> None:
    playout = JointPlayout()
    add_joints(playout, 0.0, {0: 4.0})
    assert playout.at(at(0.0)) == pytest.approx([4.0])


@pytest.mark.parametrize("rows", [[], [0]])
def test_no_joints_and_old_joints_change_nothing(rows: list[int]) -> None:
    playout = JointPlayout()
    add_joints(playout, 1.0, {0: 4.0})
    late: npt.NDArray[np.uint16] = np.array(rows, np.uint16)
    playout.add(at(0.5), late, np.full(len(rows), 9.0))
    assert joints_at(playout, 2.0) == pytest.approx([4.0])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 65535)), max_size=60))
def test_whoever_comes_and_goes_everybody_else_stays_where_they_are(steps: list[tuple[bool, int]]) -> None:
    playout = PeoplePlayout()
    there: dict[int, float] = {}
    for number, (comes, person) in enumerate(steps):
        if comes:
            there[person] = float(number)
            playout.remove(person)
            playout.add(at(0.0), heads({person: float(number)}))
        else:
            there.pop(person, None)
            playout.remove(person)
    positions, _quaternions = playout.at(at(1.0))
    assert dict(zip(playout.ids.tolist(), positions[:, 0].tolist(), strict=True)) == there


def test_a_person_who_occurs_twice_in_a_first_frame_has_one_row() -> None:
    playout = PeoplePlayout()
    once = heads({ADA: 1.0})
    playout.add(at(0.0), Poses(*(np.concatenate([column, column]) for column in _columns(once))))
    assert playout.ids.tolist() == [ADA]


def _columns(poses: Poses) -> list[npt.NDArray[np.generic]]:
    return [poses.ids, poses.flags, poses.positions, poses.quaternions, poses.ages_secs]
