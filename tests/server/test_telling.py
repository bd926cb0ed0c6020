"""When a tick judges what is stale."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown.twin import GOOD, STALE, Signal, Thing, make_catalogue
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.live import STALE_TICKS, Live
from walkdown_server.ticks.telling import TICK_MS, Telling

MS = 1_000_000


class Bench:
    """A signal that is expected ten times a second, and ticks at times of our choice."""

    def __init__(self) -> None:
        signal = Signal("s", "T", "s", period_secs=0.1)
        catalogue = make_catalogue(1, things=[Thing("T", "Thing")], signals=[signal])
        self.live = Live(catalogue, joint_count=0, now_ns=0)
        self.telling = Telling(self.live, Crowd(capacity=1))
        self.now_ns = 0

    def write(self) -> None:
        self.live.write(np.array([0]), np.array([1.0]), now_ns=self.now_ns)

    def tick(self, after_ms: float = TICK_MS) -> int:
        self.now_ns += int(after_ms * MS)
        self.telling.next(self.now_ns)
        return int(self.live.table.quality[0])


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    for _count in range(STALE_TICKS - 1):
        made.write()
        made.tick()
    assert made.live.table.quality[0] == GOOD
    return made


def test_what_the_server_could_not_hear_while_it_stood_still_is_not_stale(bench: Bench) -> None:
    assert bench.tick(after_ms=1000) == GOOD
    bench.write()
    assert bench.tick() == GOOD


def test_what_has_no_news_after_a_stand_still_is_stale_one_tick_later(bench: Bench) -> None:
    assert bench.tick(after_ms=1000) == GOOD
    assert bench.tick() == STALE


def test_a_server_that_is_always_late_still_finds_what_is_stale(bench: Bench) -> None:
    assert bench.tick(after_ms=1000) == GOOD
    assert bench.tick(after_ms=1000) == STALE


def test_a_signal_without_news_is_stale_in_ticks_that_are_on_time(bench: Bench) -> None:
    assert STALE in [bench.tick() for _count in range(2 * STALE_TICKS)]
