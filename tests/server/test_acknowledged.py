"""Who acknowledges is sent ticks, who falls behind waits, and who says nothing is not judged."""

from __future__ import annotations

import pytest

from walkdown_server.ticks.acknowledged import ECHO_TICKS, HELD_TICKS, SPARE_TICKS, Acknowledged

WINDOW = SPARE_TICKS + ECHO_TICKS


def sent(client: Acknowledged, first: int, last: int) -> list[int]:
    """Send what may be sent of these ticks, and return it."""
    done = []
    for tick in range(first, last + 1):
        if client.may_send(tick):
            client.note_sent(tick)
            done.append(tick)
    return done


def test_who_never_names_a_tick_is_sent_all() -> None:
    assert sent(Acknowledged(), 1, 100) == list(range(1, 101))


def test_who_names_every_fourth_tick_is_sent_all() -> None:
    client = Acknowledged()
    for tick in range(1, 200):
        assert sent(client, tick, tick) == [tick]
        if tick % ECHO_TICKS == 0:
            client.note(tick, tick=tick, now_ns=tick)
    assert client.tick == 196


@pytest.mark.parametrize("round_trip", [0, 3, 12])
def test_ticks_under_way_are_as_many_as_the_round_trip_takes_and_eight(round_trip: int) -> None:
    client = Acknowledged()
    sent(client, 1, 1 + round_trip)
    client.note(1 + 0, tick=1 + round_trip, now_ns=5)
    assert client.round_trip_ticks == round_trip
    assert client.heard_ns == 5
    client.note(1 + round_trip, tick=1 + round_trip, now_ns=6)
    start = 2 + round_trip
    shortest = client.round_trip_ticks
    assert sent(client, start, start + 60)[: WINDOW + shortest + 1] == list(
        range(start, start + WINDOW + shortest + 1)
    )


def test_who_stops_gets_one_tick_a_second_and_goes_on_at_once_when_all_is_acknowledged() -> None:
    client = Acknowledged()
    sent(client, 1, 1)
    client.note(1, tick=1, now_ns=0)
    got = sent(client, 2, 100)
    assert got[: WINDOW + 1] == list(range(2, 2 + WINDOW + 1))
    later = got[WINDOW + 1 :]
    assert [b - a for a, b in zip([got[WINDOW], *later], later, strict=False)] == [HELD_TICKS] * len(later)
    client.note(got[0], tick=100, now_ns=0)
    assert not client.may_send(101)
    client.note(got[-1], tick=100, now_ns=0)
    assert client.may_send(101)


@pytest.mark.parametrize("named", [0, 3, 11, 2**32 - 1])
def test_a_tick_that_was_not_sent_or_is_older_says_nothing(named: int) -> None:
    client = Acknowledged()
    sent(client, 1, 10)
    client.note(5, tick=10, now_ns=1)
    client.note(named, tick=12, now_ns=2)
    assert (client.tick, client.heard_ns) == (5, 1)


def test_ticks_are_counted_on_beyond_what_the_wire_can_say() -> None:
    client = Acknowledged()
    newest = 2**32 + 5
    client.note_sent(newest)
    client.note(4, tick=newest, now_ns=0)
    assert client.tick == 2**32 + 4
    client.note(5, tick=newest, now_ns=0)
    assert client.tick == newest


def test_a_quiet_room_holds_nobody_back() -> None:
    client = Acknowledged()
    for tick in range(20, 400, 20):
        assert client.may_send(tick)
        client.note_sent(tick)
        client.note(tick, tick=tick + 4, now_ns=0)
