"""What the server says of its own delays follows from what clients have acknowledged."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.server.conftest import House
from walkdown.codec import pack_client_frame
from walkdown.messages import Delays
from walkdown_server.ticks.delays import SAMPLES_PER_TICK, DelayWatch
from walkdown_server.ticks.tally import Tally

MS = 1_000_000
START = 1_700_000_000_000 * MS


def watched(waits: list[float], ages: list[float], *, echoes_ms: list[int]) -> Delays:
    """One client that names ticks so many milliseconds after each."""
    watch = DelayWatch()
    for tick, echo in enumerate(echoes_ms, 1):
        time_ns = START + tick * 50 * MS
        watch.told(tick, time_ns, waits_secs=np.array(waits), ages_secs=np.array(ages))
        watch.heard(7, tick, time_ns + echo * MS)
    return watch.settle(START, tick_p95=0.002)


def test_half_of_the_shortest_answer_is_taken_for_the_way_back() -> None:
    delays = watched([0.1], [0.03], echoes_ms=[20, 20, 20])
    assert delays.signal_p50 == pytest.approx(0.1 + 0.010)
    assert delays.person_p50 == pytest.approx(0.03 + 0.010 + 0.010)
    assert delays.tick_p95 == 0.002


def test_a_late_answer_is_a_late_receipt() -> None:
    delays = watched([0.0], [0.0], echoes_ms=[20] * 90 + [500] * 10)
    assert delays.signal_p50 == pytest.approx(0.010)
    assert delays.signal_p95 == pytest.approx(0.490)


def test_of_each_tick_the_waits_of_all_its_blocks_count() -> None:
    delays = watched(np.linspace(0, 0.15, 800).tolist(), [], echoes_ms=[2] * 20)
    assert delays.signal_p50 == pytest.approx(0.075, abs=0.01)
    assert delays.signal_p95 > 0.13
    assert delays.person_p95 == 0


def test_nothing_is_zero_and_what_was_said_is_not_said_again() -> None:
    watch = DelayWatch()
    assert watch.settle(START, tick_p95=0.0) == Delays()
    watch.told(1, START, waits_secs=np.array([0.1]), ages_secs=np.zeros(0))
    watch.heard(7, 99, START)
    watch.heard(7, 1, START + 20 * MS)
    watch.heard(7, 1, START + 900 * MS)
    assert watch.settle(START, tick_p95=0.0).signal_p95 == pytest.approx(0.110)
    assert watch.settle(START, tick_p95=0.0) == Delays()


def test_a_shorter_way_is_forgotten_after_a_while() -> None:
    watch = DelayWatch()
    for minute, echo in enumerate((10, 100, 100)):
        watch.told(minute, START, waits_secs=np.array([0.0]), ages_secs=np.zeros(0))
        watch.heard(7, minute, START + echo * MS)
        delays = watch.settle(START + minute * 61_000 * MS, tick_p95=0.0)
    assert delays.signal_p50 == pytest.approx(0.050)


def test_what_is_sampled_of_a_tick_is_bounded() -> None:
    watch = DelayWatch()
    for tick in range(1000):
        watch.told(tick, START, waits_secs=np.zeros(800), ages_secs=np.zeros(300))
    assert all(len(told.waits_secs) <= SAMPLES_PER_TICK for told in watch._ticks.values())
    assert len(watch._ticks) <= 200


def test_one_tick_in_twenty_may_take_longer() -> None:
    tally = Tally()
    assert tally.tick_p95 == 0
    for number in range(100):
        tally.note_tick(number / 1000)
    assert tally.tick_p95 == pytest.approx(0.094, abs=0.002)
    assert sum(tally.ticks.counts) == 100


async def test_everyone_is_told_what_the_server_measures(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Ben") as ben:
        value = 0.0

        def measured() -> bool:
            return any(
                m["t"] == "delays" and m.get("signal_p95") and m.get("person_p95") for m in ada.messages
            )

        while not measured():
            value += 1.0
            house.sink.write([0], [value])
            await ben.move(value, 0.0)
            await asyncio.gather(ada.take(), ben.take())
            await ada.socket.send(pack_client_frame(ada.ticks[-1] if ada.ticks else 0, []))
        delays = next(m for m in reversed(ada.messages) if m["t"] == "delays")
    assert 0 < delays["signal_p50"] <= delays["signal_p95"] < 5
    assert 0 < delays["person_p50"] <= delays["person_p95"] < 5
    assert house.server.room.delays.signal_p95 > 0
