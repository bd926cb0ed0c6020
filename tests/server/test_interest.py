"""Who is told of whose poses, and how often."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown import codec
from walkdown.codec import HANDS, PoseFlag, Section
from walkdown_server.ticks.interest import FAR_TICKS, Crowd

MS = 1_000_000


def record(x: float, *, yaw: float = 0.0, flags: int = 0, age_secs: float = 0.0) -> bytes:
    quaternion = [np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)]
    return codec.pack_poses([0], [[x, 0, 0]], [quaternion], flags=flags, ages_secs=age_secs).tobytes()


def told(section: bytes) -> codec.Poses:
    frame = codec.pack_server_frame(1, 0, [section])
    sections = codec.unpack_server_frame(frame)[2]
    return codec.unpack_poses(b"".join(bytes(p) for kind, p in sections if kind == Section.POSES))


def sections(crowd: Crowd, tick: int, *, now_ns: int) -> bytes:
    """What everyone is told in a tick when all see all."""
    views = crowd.views(tick, now_ns=now_ns)
    assert len(views.sections) == 1
    return views.sections[0]


def crowd(*people: int) -> Crowd:
    made = Crowd(capacity=8)
    for row, person in enumerate(people):
        made.enter(row, person)
    return made


def test_the_server_writes_the_number_and_the_age_at_the_tick() -> None:
    made = crowd(700)
    made.place(0, record(2.0, age_secs=0.01), now_ns=100 * MS)
    poses = told(sections(made, 5, now_ns=130 * MS))
    assert poses.ids.tolist() == [700]
    assert poses.positions[0].tolist() == [2.0, 0.0, 0.0]
    assert poses.ages_secs[0] == pytest.approx(0.04)


def test_nobody_is_told_of_someone_without_a_pose() -> None:
    made = crowd(1, 2)
    made.place(1, record(0.0), now_ns=0)
    assert told(made.everyone(now_ns=0)).ids.tolist() == [2]
    assert sections(crowd(1), 0, now_ns=0) == b""


def test_who_moves_is_told_of_in_every_tick() -> None:
    made = crowd(1)
    for tick in range(1, 15):
        made.place(0, record(tick * 0.05), now_ns=0)
        assert told(sections(made, tick, now_ns=0)).positions[0, 0] == pytest.approx(tick * 0.05, abs=1e-3)


def test_who_stands_still_is_told_of_once_on_stopping_and_then_once_a_second() -> None:
    made = crowd(1)
    ticks = []
    for tick in range(1, 2 * FAR_TICKS + 2):
        made.place(0, record(1.0 + 0.0005 * (tick % 2)), now_ns=0)
        section = sections(made, tick, now_ns=0)
        if section:
            ticks.append(tick)
            still = bool(told(section).flags[0] & PoseFlag.STANDING_STILL)
            assert still == (tick > 1)
    assert ticks == [1, 2, FAR_TICKS, 2 * FAR_TICKS]


def test_a_slow_drift_is_followed() -> None:
    made = crowd(1)
    for tick in range(1, 2001):
        made.place(0, record(tick * 0.001), now_ns=0)
        section = sections(made, tick, now_ns=0)
        if section:
            last = told(section).positions[0, 0]
        assert abs(last - tick * 0.001) <= 0.003


@pytest.mark.parametrize("change", [{"yaw": 0.02}, {"flags": int(PoseFlag.SPEAKING)}])
def test_a_turn_or_a_flag_counts_as_movement(change: dict[str, float]) -> None:
    made = crowd(1)
    for tick in (1, 2, 3):
        made.place(0, record(0.0), now_ns=0)
        sections(made, tick, now_ns=0)
    made.place(0, record(0.0, **change), now_ns=0)  # type: ignore[arg-type]
    assert sections(made, 4, now_ns=0)


def test_each_who_stands_has_a_tick_alone() -> None:
    made = crowd(10, 11, 12)
    for row in range(3):
        made.place(row, record(float(row)), now_ns=0)
    for tick in (1, 2, 3):
        sections(made, tick, now_ns=0)
    alone = [told(sections(made, FAR_TICKS + n, now_ns=0)).ids.tolist() for n in range(3)]
    assert alone == [[10], [11], [12]]


def test_who_is_silent_while_moving_is_repeated_only_in_the_ring() -> None:
    made = crowd(1)
    made.place(0, record(1.0), now_ns=0)
    assert sections(made, 1, now_ns=0)
    assert sections(made, 2, now_ns=0) == b""


def test_a_row_given_to_someone_else_tells_nothing_of_the_one_before() -> None:
    made = crowd(1)
    made.place(0, record(1.0), now_ns=0)
    sections(made, 1, now_ns=0)
    made.leave(0)
    assert made.everyone(now_ns=0) == b""
    made.enter(0, 2)
    assert made.everyone(now_ns=0) == b""
    made.place(0, record(1.0), now_ns=0)
    assert told(sections(made, 2, now_ns=0)).ids.tolist() == [2]


def test_what_a_client_may_not_say_is_taken_out() -> None:
    made = crowd(1)
    made.place(0, record(1e9, flags=0xFFFF), now_ns=0)
    poses = told(sections(made, 1, now_ns=0))
    assert abs(poses.positions).max() <= 1e6
    assert poses.flags[0] == PoseFlag.JUMPED | PoseFlag.SPEAKING


def test_hands_travel_in_a_section_of_their_own() -> None:
    made = crowd(1, 2)
    hands = np.zeros(1, HANDS)
    hands["pose"] = np.frombuffer(record(3.0), codec.POSE)
    hands["left_mm"] = (-200, 300, -400)
    made.place(0, hands.tobytes(), now_ns=0)
    made.place(1, record(4.0), now_ns=0)
    frame = codec.pack_server_frame(1, 0, [sections(made, 1, now_ns=0)])
    found_sections = dict(codec.unpack_server_frame(frame)[2])
    assert codec.unpack_poses(found_sections[Section.POSES]).ids.tolist() == [2]
    (found,) = np.frombuffer(found_sections[Section.HANDS], HANDS)
    assert found["pose"]["id"] == 1
    assert found["left_mm"].tolist() == [-200, 300, -400]
