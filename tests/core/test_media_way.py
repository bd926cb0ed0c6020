"""Which way voice takes, in virtual time: networks that lose, stop one way, come back and flutter."""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field

import pytest

from walkdown.media.way import STOPPED_AT_ONCE_SECS, WELL_SECS, Passed, Way

STEP_SECS = 0.02


@dataclass
class Network:
    """Probes and voice of one client through a network that loses, in virtual time.

    Attributes:
        loss_up, loss_down: shares that are lost. delay_secs: one way.
        speaking, hearing: whether voice goes up, and down, while datagrams are taken.
        changes: when the way changed, and to what.
    """

    seed: int = 1
    loss_up: float = 0.0
    loss_down: float = 0.0
    delay_secs: float = 0.04
    speaking: bool = True
    hearing: bool = True
    now_secs: float = 100.0
    changes: list[tuple[float, bool]] = field(default_factory=list)
    probes: int = 0

    def __post_init__(self) -> None:
        self.way = Way(self.now_secs)
        self._wake_secs = self.now_secs
        self._random = random.Random(self.seed)
        self._pending: list[tuple[float, str, int, int, int]] = []
        self._sent_up = self._newest_up = self._came_up = 0
        self._sent_down = self._newest_down = self._came_down = 0

    def run(self, secs: float) -> None:
        end = self.now_secs + secs
        while self.now_secs < end:
            self.now_secs += STEP_SECS
            self._deliver()
            if self.way.datagrams:
                self._up(0) if self.speaking else None
                self._down("voice") if self.hearing else None
            if self.now_secs >= self._wake_secs:
                self._look()

    def _look(self) -> None:
        number = self.way.probe(self.now_secs)
        if number is not None:
            self.probes += 1
            self._up(number)
        if self.way.decide(self.now_secs):
            self.changes.append((self.now_secs, self.way.datagrams))
        self._wake_secs = self.now_secs + self.way.wait_secs(self.now_secs) + 0.001

    def _up(self, number: int) -> None:
        self._sent_up += 1
        if self._random.random() >= self.loss_up:
            self._push("probe" if number else "packet", number, self._sent_up)

    def _down(self, what: str, number: int = 0) -> None:
        self._sent_down += 1
        if self._random.random() >= self.loss_down:
            self._push(what, number, self._sent_down)

    def _push(self, what: str, number: int, counter: int) -> None:
        heapq.heappush(self._pending, (self.now_secs + self.delay_secs, what, number, counter, self._came_up))

    def _deliver(self) -> None:
        while self._pending and self._pending[0][0] <= self.now_secs:
            _at, what, number, counter, _came = heapq.heappop(self._pending)
            if what in ("probe", "packet"):
                self._newest_up, self._came_up = max(self._newest_up, counter), self._came_up + 1
                if what == "probe":
                    self._down("answer", number)
                continue
            self._newest_down, self._came_down = max(self._newest_down, counter), self._came_down + 1
            if what == "answer":
                self.way.answered(
                    number,
                    up=Passed(self._newest_up, self._came_up),
                    down=Passed(self._newest_down, self._came_down),
                    now_secs=self.now_secs,
                )
                self._wake_secs = self.now_secs


def test_datagrams_are_taken_within_a_second_where_they_pass() -> None:
    network = Network()
    network.run(1.0)
    assert network.way.datagrams
    assert network.way.round_trip_secs == pytest.approx(0.08, abs=0.041)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("talk", [(True, True), (True, False), (False, True), (False, False)])
def test_five_percent_lost_each_way_stays_with_datagrams(seed: int, talk: tuple[bool, bool]) -> None:
    network = Network(seed, loss_up=0.05, loss_down=0.05, speaking=talk[0], hearing=talk[1])
    network.run(90)
    assert [taken for _at, taken in network.changes] == [True]


@pytest.mark.parametrize("direction", ["loss_up", "loss_down"])
@pytest.mark.parametrize("delay_secs", [0.001, 0.04, 0.25])
@pytest.mark.parametrize("talking", [True, False])
def test_a_direction_that_stops_is_left_within_two_seconds_and_taken_again(
    direction: str, delay_secs: float, talking: bool
) -> None:
    network = Network(delay_secs=delay_secs, speaking=talking, hearing=talking)
    network.run(20)
    assert network.way.datagrams
    setattr(network, direction, 1.0)
    stopped = network.now_secs
    network.run(30)
    left, taken = network.changes[-1]
    assert not taken
    assert left - stopped <= STOPPED_AT_ONCE_SECS + 2 * STEP_SECS + delay_secs <= 2.1
    setattr(network, direction, 0.0)
    back = network.now_secs
    network.run(12)
    again, taken = network.changes[-1]
    assert taken
    assert WELL_SECS <= again - back <= 6.0


@pytest.mark.parametrize("direction", ["loss_up", "loss_down"])
@pytest.mark.parametrize("seed", range(3))
def test_more_loss_than_can_be_mended_is_left_within_two_seconds(direction: str, seed: int) -> None:
    network = Network(seed)
    network.run(20)
    setattr(network, direction, 0.4)
    began = network.now_secs
    network.run(10)
    assert [taken for _at, taken in network.changes[:2]] == [True, False]
    assert network.changes[1][0] - began <= 2.0
    assert not network.way.datagrams
    network.run(60)
    assert not network.way.datagrams  # nor is it taken again while that lasts


def test_one_way_loss_is_told_from_the_other() -> None:
    network = Network(3, loss_up=0.1)
    network.run(20)
    network.way.decide(network.now_secs)
    assert network.way.loss_up > 0.02
    assert network.way.loss_down == 0


def test_a_network_that_flutters_is_left_for_longer_each_time() -> None:
    network = Network()
    for _turn in range(5):
        network.loss_down = 0.0
        while not network.way.datagrams:
            network.run(0.1)
        network.loss_down = 1.0
        while network.way.datagrams:
            network.run(0.1)
    at = [at for at, _taken in network.changes]
    pauses = [again - left for left, again in zip(at[1::2], at[2::2], strict=False)]
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(pauses))


def test_where_nothing_ever_passes_one_goes_on_trying_seldom() -> None:
    network = Network(loss_up=1.0)
    network.run(60)
    assert not network.changes
    network.probes = 0
    network.run(60)
    assert 50 <= network.probes <= 70
    network.loss_up = 0.0
    network.run(3)
    assert network.way.datagrams


def test_an_answer_to_no_probe_says_nothing() -> None:
    way = Way(0.0)
    way.answered(5, up=Passed(1, 1), down=Passed(1, 1), now_secs=1.0)
    assert way.round_trip_secs == 0
    assert not way.decide(1.0)


def test_a_quiet_client_probes_twice_a_second() -> None:
    network = Network(speaking=False, hearing=False)
    network.run(5)
    network.probes = 0
    network.run(10)
    assert 19 <= network.probes <= 21
    assert 0 < network.way.wait_secs(network.now_secs) <= 0.5
