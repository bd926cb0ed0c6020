"""The demo plant as a source: signals at their periods, joints at every tick, words when they change."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from walkdown.twin import GOOD, SIMULATED, Catalogue
from walkdown_server.plant import catalogue
from walkdown_server.sources import Sink
from walkdown_server.sources.simulated import TICK_SECS, PlantSimulation

KEYS = ("other:/joint", "plant:/L1/FIL/rotor", "plant:/AGV-1/x", "plant:/DOOR-1/lift")


@cache
def plant() -> Catalogue:
    return catalogue()


class Recorded:
    """A sink that keeps what it is given, with the number of the tick."""

    def __init__(self) -> None:
        self.tick = 0
        self.writes: list[tuple[int, npt.NDArray[np.intp]]] = []
        self.values: dict[int, float] = {}
        self.quality: dict[int, int] = {}
        self.texts: list[tuple[int, int, str]] = []
        self.moved: list[tuple[int, npt.NDArray[np.intp], npt.NDArray[np.float64]]] = []
        self.states: list[str] = []
        self.active: frozenset[str] = frozenset()

    def write(
        self,
        indices: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        quality: npt.ArrayLike = GOOD,
        times_ns: Any = None,
    ) -> None:
        rows = np.asarray(indices, np.intp)
        assert times_ns == self.now_ns()
        self.writes.append((self.tick, rows))
        self.values.update(zip(rows.tolist(), np.asarray(values).tolist(), strict=True))
        self.quality.update(
            zip(rows.tolist(), np.broadcast_to(np.asarray(quality), rows.shape).tolist(), strict=True)
        )

    def text(self, index: int, value: str, *, quality: int = GOOD, time_ns: int | None = None) -> None:
        self.texts.append((self.tick, index, value))

    def joints(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        self.moved.append((self.tick, np.asarray(indices, np.intp), np.asarray(values, np.float64)))

    def status(self, state: str, text: str = "") -> None:
        self.states.append(state)

    def now_ns(self) -> int:
        return 1_000 + self.tick

    def disturbances(self) -> frozenset[str]:
        return self.active


def play(secs: float, *, keys: tuple[str, ...] = KEYS, active: frozenset[str] = frozenset()) -> Recorded:
    source, sink = PlantSimulation(plant(), keys), Recorded()
    sink.active = active
    for sink.tick in range(round(secs / TICK_SECS)):
        source.advance(_as_sink(sink))
    return sink


def _as_sink(sink: Recorded) -> Sink:
    return sink


@cache
def ten_seconds() -> Recorded:
    return play(10)


def row_of(signal_id: str) -> int:
    return next(row for row, signal in enumerate(plant().signals) if signal.id == signal_id)


def test_the_first_tick_tells_everything() -> None:
    sink = play(TICK_SECS)
    numbers = [signal.id for signal in plant().signals if signal.kind != "text"]
    assert sorted(sink.values) == list(range(len(numbers)))
    assert len(sink.texts) == len(plant().signals) - len(numbers)
    assert all(np.isfinite(value) for value in sink.values.values())


def test_every_signal_comes_at_its_own_period() -> None:
    ticks: dict[int, list[int]] = defaultdict(list)
    for tick, rows in ten_seconds().writes[1:]:
        for row in rows.tolist():
            ticks[row].append(tick)
    for row, signal in enumerate(plant().signals):
        if signal.kind != "text":
            apart = set(np.diff(ticks[row]).tolist())
            assert apart == {round(signal.period_secs / TICK_SECS)}, signal.id


def test_the_load_is_spread_over_the_ticks() -> None:
    sizes = [len(rows) for _, rows in ten_seconds().writes[1:]]
    assert max(sizes) < 1.5 * np.mean(sizes)


def test_known_joints_are_written_at_every_tick_by_wire_index() -> None:
    moved = ten_seconds().moved
    assert [tick for tick, _, _ in moved] == list(range(200))
    assert {tuple(rows.tolist()) for _, rows, _ in moved} == {(1, 2, 3)}
    turned = np.unwrap([values[0] for _, _, values in moved])
    assert turned[-1] - turned[0] == pytest.approx(-2 * np.pi * 6.667 * 9.95 / 42, rel=0.02)


def test_a_package_without_joints_gets_none() -> None:
    assert play(1, keys=()).moved == []


def test_words_come_once_and_then_only_when_they_change() -> None:
    last: dict[int, str] = {}
    for _, index, value in ten_seconds().texts:
        assert last.get(index) != value
        last[index] = value
    assert row_of("L1.order") in last


def test_a_disturbance_reaches_the_process() -> None:
    disturbed = play(40, active=frozenset({"cap-torque"}))
    row = row_of("L1.CAP.torque_mean")
    assert disturbed.values[row] > ten_seconds().values[row] + 0.6


def test_measured_values_are_good_and_computed_ones_say_so() -> None:
    quality = ten_seconds().quality
    computed = {signal.id for row, signal in enumerate(plant().signals) if quality.get(row) == SIMULATED}
    assert computed == {"HX-101.units", "CH-2.cop", "RACK-7.load"}
    assert set(quality.values()) == {GOOD, SIMULATED}


def test_a_sensor_with_a_bad_link_falls_silent_and_comes_back() -> None:
    row = row_of("CT-2.basin_temperature")
    ticks = [tick for tick, rows in play(140).writes if row in rows]
    silences = np.diff(ticks) * TICK_SECS
    assert silences.max() == pytest.approx(22, abs=2)
    assert np.median(silences) == pytest.approx(1)
    assert ticks[-1] * TICK_SECS > 125


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer."""

    now_secs = 1000.0

    def time(self) -> float:
        return self.now_secs

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now_secs = max(self.now_secs, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


async def listen(secs: float, *, stall_secs: float = 0.0) -> tuple[Recorded, PlantSimulation]:
    """Let a source run for a while; the loop may stand still in the middle of it."""
    source, sink = PlantSimulation(plant(), KEYS), Recorded()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HurriedLoop)
    playing = asyncio.create_task(source.run(_as_sink(sink)))
    await asyncio.sleep(secs / 2)
    loop.now_secs += stall_secs
    await asyncio.sleep(secs / 2)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    return sink, source


def heard(secs: float, *, stall_secs: float = 0.0) -> tuple[Recorded, PlantSimulation]:
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(listen(secs, stall_secs=stall_secs))


def test_ticks_follow_the_clock_without_drift() -> None:
    sink, source = heard(10.01)
    assert len(sink.moved) == 201
    assert source.process.secs == pytest.approx(201 * TICK_SECS)
    assert sink.states == ["live"]


def test_a_short_stall_is_made_up_for() -> None:
    sink, _ = heard(10.01, stall_secs=0.5)
    assert len(sink.moved) == 211


def test_after_a_long_sleep_the_process_goes_on_from_where_it_stood() -> None:
    sink, _ = heard(10.01, stall_secs=3600)
    assert 195 <= len(sink.moved) <= 205
