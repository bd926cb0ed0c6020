"""Addresses, trends, latencies and one's own body: small parts with small rules."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown.codec import PoseFlag, unpack_poses
from walkdown.errors import BadInput
from walkdown.frames import quaternion_from_heading_pitch
from walkdown.messages import ClientMessage, Ping, Select, Undo
from walkdown.signals import SignalTable
from walkdown.twin import GOOD, Signal
from walkdown_client.address import parse_address
from walkdown_client.body import PoseStream, body_at
from walkdown_client.bot import legs, parse_route
from walkdown_client.latency import KEPT, LatencyRing
from walkdown_client.outgoing import SAY_AT_ONCE, SAY_PER_SEC, Outgoing
from walkdown_client.trends import SPAN_SECS, Trends

MS = 1_000_000
SECS = 1000 * MS


# ---- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "socket_url", "session"),
    [
        ("ws://127.0.0.1:9000", "ws://127.0.0.1:9000/", ""),
        ("plant.example", "ws://plant.example:8765/", ""),
        ("plant.example:81/Hall%202/", "ws://plant.example:81/Hall%202", "Hall 2"),
        ("https://plant.example", "wss://plant.example:443/", ""),
        ("ws://[::1]:5/x", "ws://[::1]:5/x", "x"),
    ],
)
def test_an_address_is_what_people_type(text: str, socket_url: str, session: str) -> None:
    address = parse_address(text)
    assert (address.socket_url, address.session) == (socket_url, session)


@pytest.mark.parametrize("text", ["", "ftp://x", "ws://", "ws://host:port", "ws://host:99999", "http://[::1"])
def test_what_is_no_address_is_said_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match=r"ws://127\.0\.0\.1:8765"):
        parse_address(text)


# ---- trends and latencies ---------------------------------------------------------------------------


def write(table: SignalTable, value: float) -> None:
    table.put("f32", np.array([0]), np.array([value], "<f4"), quality=GOOD, times_ns=0)


def test_a_trend_keeps_two_minutes_and_forgets_the_rest() -> None:
    table = SignalTable([Signal("a", "T", "a")])
    trends = Trends(table)
    for second in range(300):
        write(table, float(second))
        trends.note(second * SECS)
    times, values = trends.of(0, 299 * SECS)
    assert times[0] >= -SPAN_SECS
    assert times.tolist() == sorted(times.tolist())
    assert (values == 299 + times).all()
    assert len(values) >= 100


def test_quick_changes_share_a_column_and_the_newest_ends_the_curve() -> None:
    table = SignalTable([Signal("a", "T", "a")])
    trends = Trends(table)
    for step in range(20):
        write(table, float(step))
        trends.note(step * 10 * MS)
    assert trends.of(0, 200 * MS)[1].tolist() == [0.0, 19.0]


def test_a_big_plant_has_coarser_trends_in_the_same_memory() -> None:
    few, many = (SignalTable([Signal("a", "T", "a")] * n) for n in (1, 200_000))
    for table in (few, many):
        trends = Trends(table)
        for step in range(480):
            write(table, float(step))
            trends.note(step * 250 * MS)
        count = len(trends.of(0, 480 * 250 * MS)[0])
        assert count == pytest.approx(480 if table is few else 80, rel=0.05)


def test_percentiles_are_of_the_newest_latencies() -> None:
    ring = LatencyRing()
    assert all(np.isnan(ring.percentiles()))
    ring.add(np.full(10, 9.0))
    ring.add(np.linspace(0, 1, KEPT))
    assert ring.percentiles() == pytest.approx((0.5, 0.95), abs=1e-3)
    ring.add(np.ones(KEPT))
    assert ring.percentiles() == (1.0, 1.0)
    ring.clear()
    assert all(np.isnan(ring.percentiles()))


# ---- one's own body ---------------------------------------------------------------------------------


def flags_of(record: bytes | None) -> int | None:
    return None if record is None else int(unpack_poses(record).flags[0])


def test_a_walk_is_sent_and_the_stop_is_said_once_and_then_once_a_second() -> None:
    stream = PoseStream()
    assert stream.take(0) is None
    stream.offer(body_at([0, 0, 1.7]), 0)
    assert flags_of(stream.take(0)) == PoseFlag.JUMPED
    stream.offer(body_at([0.1, 0, 1.7]), 50 * MS)
    assert flags_of(stream.take(50 * MS)) == 0
    assert flags_of(stream.take(100 * MS)) == PoseFlag.STANDING_STILL
    said = [flags_of(stream.take(t * 50 * MS)) for t in range(3, 45)]
    assert [flag for flag in said if flag is not None] == [PoseFlag.STANDING_STILL] * 2


def test_who_stands_and_begins_to_speak_says_so_at_once_and_the_end_too() -> None:
    stream = PoseStream()
    stream.offer(body_at([0, 0, 1.7]), 0)
    stream.take(0)
    assert flags_of(stream.take(50 * MS)) == PoseFlag.STANDING_STILL
    assert stream.take(100 * MS) is None
    stream.offer(body_at([0, 0, 1.7]), 150 * MS, flags=PoseFlag.SPEAKING)
    assert flags_of(stream.take(150 * MS)) == PoseFlag.STANDING_STILL | PoseFlag.SPEAKING
    assert stream.take(200 * MS) is None
    stream.offer(body_at([0, 0, 1.7]), 250 * MS)
    assert flags_of(stream.take(250 * MS)) == PoseFlag.STANDING_STILL


def test_less_than_the_deadband_is_no_movement_and_more_is() -> None:
    stream = PoseStream()
    for millimetres, moved in ((0.0, True), (1.5, False), (4.0, True)):
        stream.offer(body_at([millimetres / 1000, 0, 0]), 0)
        flags = flags_of(stream.take(0))
        assert flags is not None
        assert moved == (not flags & PoseFlag.STANDING_STILL)
    stream.offer(body_at([0.004, 0, 0], quaternion_from_heading_pitch(np.radians(0.3), 0)), 0)
    assert flags_of(stream.take(0)) == 0


def test_a_jump_is_not_forgotten_when_a_newer_pose_replaces_it() -> None:
    stream = PoseStream()
    stream.offer(body_at([0, 0, 0]), 0)
    stream.take(0)
    stream.offer(body_at([9, 0, 0]), 0, flags=PoseFlag.JUMPED)
    stream.offer(body_at([9.1, 0, 0]), 0)
    assert flags_of(stream.take(0)) == PoseFlag.JUMPED
    stream.offer(body_at([9.2, 0, 0]), 0)
    assert flags_of(stream.take(0)) == 0


def test_the_age_of_a_pose_is_how_long_it_waited() -> None:
    stream = PoseStream()
    stream.offer(body_at([0, 0, 0]), 0)
    record = stream.take(16 * MS)
    assert record is not None
    assert unpack_poses(record).ages_secs[0] == pytest.approx(0.016)


def test_after_a_restart_a_pose_is_sent_although_nothing_moved() -> None:
    stream = PoseStream()
    stream.offer(body_at([0, 0, 0]), 0)
    stream.take(0)
    stream.take(1)
    assert stream.take(2) is None
    stream.restart()
    assert flags_of(stream.take(3)) == PoseFlag.JUMPED


# ---- what has to be said ---------------------------------------------------------------------------


def said(outgoing: Outgoing, now_secs: float) -> list[ClientMessage]:
    """Everything that may be said now."""
    messages: list[ClientMessage] = []
    while not outgoing.empty:
        message = outgoing.take(now_secs)
        if isinstance(message, float):
            break
        messages.append(message)
    return messages


def test_what_was_not_answered_is_said_again_in_order_and_the_rest_is_not() -> None:
    outgoing = Outgoing()
    for message in (Undo(1), Ping(5), Select("a"), Undo(2), Select("b"), Undo(3)):
        outgoing.put(message, connected=True)
    assert said(outgoing, 0.0) == [Undo(1), Ping(5), Select("a"), Undo(2), Select("b"), Undo(3)]
    outgoing.answer(2)
    outgoing.answer(9)
    outgoing.start_again()
    assert said(outgoing, 1.0) == [Select("b"), Undo(1), Undo(3)]
    assert outgoing.answered == 1


def test_what_is_wished_without_a_connection_is_said_with_the_next() -> None:
    outgoing = Outgoing()
    for message in (Ping(5), Undo(1)):
        outgoing.put(message, connected=False)
    assert outgoing.empty
    outgoing.start_again()
    assert said(outgoing, 0.0) == [Undo(1)]


def test_a_long_list_is_said_at_a_pace() -> None:
    outgoing = Outgoing()
    for op in range(1, 101):
        outgoing.put(Undo(op), connected=True)
    assert len(said(outgoing, 100.0)) == SAY_AT_ONCE
    assert outgoing.take(100.0) == pytest.approx(1 / SAY_PER_SEC)
    assert len(said(outgoing, 102.0)) == 2 * SAY_PER_SEC


# ---- routes -----------------------------------------------------------------------------------------


def test_a_route_is_cut_into_legs_beside_its_line() -> None:
    stops = legs(((0.0, 0.0), (12.0, 0.0), (12.0, 3.0)), beside_metres=0.5)
    assert [stop.tolist() for stop in stops] == [[0, 0.5], [6, 0.5], [12, 0.5], [11.5, 3.0]]


@pytest.mark.parametrize("text", ["", "1,2", "1 2 3", "a,b c,d", "1,2,3 4,5,6", "nan,0 1,1"])
def test_what_is_no_route_is_said_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match=r"'12,2\.9 84,2\.9'"):
        parse_route(text)


def test_a_route_is_places_on_the_floor() -> None:
    assert parse_route("12,2.9 84,2.9") == ((12.0, 2.9), (84.0, 2.9))
