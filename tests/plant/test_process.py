"""The plant as a whole, as its instruments see it: repeatable, plausible, calm until it is disturbed."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from walkdown.signals import SignalTable
from walkdown.twin import STATE_ALARM, STATE_ATTENTION, Catalogue
from walkdown_server.plant.equipment import AIR_LEAK, CAP_TORQUE, FILTER_CLOG, catalogue
from walkdown_server.plant.instruments import Instruments
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.texts import Texts
from walkdown_server.ticks.alarms import Alarms

NOBODY: frozenset[str] = frozenset()


@cache
def plant() -> Catalogue:
    return catalogue()


class Watched:
    """A process with instruments and alarm states."""

    def __init__(self, seed: int = 7) -> None:
        self.process = PlantProcess(plant(), seed=seed)
        self.instruments = Instruments(plant(), self.process, seed=seed)
        self.texts = Texts(plant(), self.process)
        self._table = SignalTable(plant().signals)
        self._alarms = Alarms(self._table, plant().things, now_ns=0)
        self._indices = np.arange(self.instruments.count)
        self._things = [thing.id for thing in plant().things]
        self.values: npt.NDArray[np.float64] = np.zeros(self.instruments.count)

    def run(self, secs: float, active: frozenset[str] = NOBODY, *, dt_secs: float = 0.25) -> None:
        for _ in range(round(secs / dt_secs)):
            self.process.step(dt_secs, active)

    def look(self) -> dict[str, int]:
        """States of all things that are not good."""
        now_ns = int(self.process.secs * 1e9) + 1
        self.values = self.instruments.measure()
        self._table.write(self._indices, self.values, quality=0, times_ns=now_ns)
        self._alarms.update(self._indices, now_ns=now_ns)
        self._alarms.settle()
        states = self._alarms.thing_states
        return {self._things[row]: int(states[row]) for row in np.flatnonzero(states > 1)}

    def value(self, signal_id: str) -> float:
        return float(self.instruments.truth()[_row(signal_id)])

    def text(self, signal_id: str) -> str:
        return self.texts.read()[_row(signal_id) - self.texts.first]


def _row(signal_id: str) -> int:
    return next(row for row, signal in enumerate(plant().signals) if signal.id == signal_id)


def test_every_number_of_the_catalogue_is_measured() -> None:
    watched = Watched()
    watched.run(1)
    assert np.isfinite(watched.instruments.truth()).all()
    assert len(watched.instruments.truth()) + len(watched.texts.read()) == len(plant().signals)


def test_equal_seeds_and_steps_give_equal_values_and_words() -> None:
    one, two = Watched(3), Watched(3)
    for watched in (one, two):
        watched.run(30, frozenset({FILTER_CLOG}))
    np.testing.assert_array_equal(one.instruments.measure(), two.instruments.measure())
    assert one.texts.read() == two.texts.read()


def test_another_seed_gives_other_values() -> None:
    one, two = Watched(3), Watched(4)
    assert (one.instruments.measure() != two.instruments.measure()).mean() > 0.4


def test_an_undisturbed_plant_is_calm() -> None:
    """At most two in a hundred things deserve attention at any time, none is in alarm."""
    watched = Watched()
    shares = []
    for _ in range(300):
        watched.run(2)
        states = watched.look()
        assert STATE_ALARM not in states.values(), states
        shares.append(len(states) / len(plant().things))
    assert max(shares) <= 0.02
    assert "P-103" in states


@pytest.mark.slow
def test_for_an_hour_under_all_disturbances_every_value_stays_plausible() -> None:
    watched = Watched()
    signals = plant().signals[: watched.instruments.count]
    low = np.array([signal.minimum for signal in signals])
    high = np.array([signal.maximum for signal in signals])
    slack = 0.25 * (high - low)
    whole = np.array([signal.kind in ("enum", "bool") for signal in signals])
    for minute in range(60):
        active = frozenset(
            name for n, name in enumerate((CAP_TORQUE, FILTER_CLOG, AIR_LEAK)) if minute // 4 % 8 >> n & 1
        )
        for _ in range(4):
            watched.run(15, active, dt_secs=0.5)
            watched.look()
            wrong = ~((watched.values >= low - slack) & (watched.values <= high + slack))
            wrong |= whole & ((watched.values != np.rint(watched.values)) | (watched.values > high))
            assert [signals[row].id for row in np.flatnonzero(wrong)] == []


def test_a_drifting_capper_torque_goes_from_attention_to_alarm_and_stops_the_line() -> None:
    watched = Watched()
    watched.run(5)
    seen = []
    for _ in range(60):
        watched.run(1, frozenset({CAP_TORQUE}))
        seen.append(watched.look().get("L1.CAP", 0))
    assert seen.index(STATE_ATTENTION) < seen.index(STATE_ALARM) < 60
    watched.run(30, frozenset({CAP_TORQUE}))
    assert watched.look()["L1"] == STATE_ALARM
    assert watched.process.lines.flow[0, 2] == 0
    assert watched.process.lines.flow[1, 2] > 0
    assert watched.text("L1.CAP.message").startswith("Stopped: closing torque")
    assert watched.value("L1.CAP.TWR.lamp") == 3


def test_without_the_disturbance_the_capper_starts_again() -> None:
    watched = Watched()
    watched.run(80, frozenset({CAP_TORQUE}))
    watched.run(150)
    assert STATE_ALARM not in watched.look().values()
    assert watched.value("L1.CAP.torque_mean") == pytest.approx(1.8, abs=0.1)
    assert watched.process.lines.flow[0, 2] == pytest.approx(watched.process.lines.nominal[0, 0], rel=0.1)


def test_a_clogging_filter_deserves_attention_and_its_flow_falls() -> None:
    watched = Watched()
    watched.run(10)
    before = watched.value("FT-101.flow")
    watched.run(40, frozenset({FILTER_CLOG}))
    assert watched.look()["FT-101"] == STATE_ATTENTION
    watched.run(100, frozenset({FILTER_CLOG}))
    assert watched.value("FT-101.flow") < 0.85 * before
    assert watched.value("P-104.state") == 1
    watched.run(120)
    assert "FT-101" not in watched.look()


def test_an_air_leak_makes_machines_hold_and_compressors_run_loaded() -> None:
    watched = Watched()
    watched.run(75, frozenset({AIR_LEAK}))
    states = watched.look()
    assert states["HDR.AIR"] == STATE_ALARM
    assert watched.value("L1.FIL.state") == watched.value("L2.RIN.state") == 3
    assert watched.value("AC-1.state") == watched.value("AC-2.state") == 2
    assert watched.text("L1.message").startswith("Held: compressed air")
    watched.run(200)
    assert watched.value("L1.FIL.state") == 2


def test_noise_vanishes_where_nothing_flows() -> None:
    watched = Watched()
    watched.run(5)
    assert watched.value("P-104.flow") == 0
    assert watched.instruments.measure()[_row("P-104.flow")] == 0


def test_noise_is_as_large_as_the_instrument_is_bad() -> None:
    watched = Watched()
    watched.run(5)
    row = _row("T-101.pressure")
    errors = []
    for _ in range(400):
        watched.process.secs += 30.0
        errors.append(watched.instruments.measure()[row] - watched.instruments.truth()[row])
    assert np.std(errors) == pytest.approx(0.004, rel=0.15)
    assert np.mean(errors) == pytest.approx(0, abs=0.001)


def test_counters_never_run_backwards() -> None:
    watched = Watched()
    rows = [
        row for row, s in enumerate(plant().signals) if s.id.endswith((".good", ".energy", ".fills", ".caps"))
    ]
    before = watched.instruments.measure()[rows]
    for _ in range(20):
        watched.run(3, frozenset({CAP_TORQUE}))
        after = watched.instruments.measure()[rows]
        assert (after >= before).all()
        before = after
    assert (after > watched.instruments.measure()[rows] - 1).all()


def test_the_filling_heads_fill_what_the_bottle_holds() -> None:
    watched = Watched()
    watched.run(60)
    volume = watched.process.heads.volume
    assert np.abs(volume / watched.process.heads.bottle_ml - 1).max() < 0.012
    flowing = watched.process.heads.flow.sum(1) * 60 / 1000
    used = watched.process.lines.flow[:, 2] * watched.process.heads.bottle_ml[:, 0] * 3.6 / 1000
    np.testing.assert_allclose(flowing, used, rtol=0.05)


def test_meters_count_what_their_part_of_the_plant_takes() -> None:
    watched = Watched()
    watched.run(10)
    energy, drives = watched.process.energy, watched.process.drives
    lines = [owner.startswith("L") for owner in drives.owners]
    assert energy.meter_kw[:2].sum() > drives.power[lines].sum()
    before = energy.meter_kwh.copy()
    watched.run(36)
    np.testing.assert_allclose(energy.meter_kwh - before, energy.meter_kw / 100, rtol=0.1)


def test_words_fit_the_state_of_the_plant() -> None:
    watched = Watched()
    watched.run(5)
    assert watched.text("L1.order") == "A-26117"
    assert watched.text("L1.FIL.message") == "No message"
    assert watched.text("L1.FIL.HMI.page") == "Overview"
    assert watched.text("AGV-1.task") == "Drive to palletiser 2"
    assert watched.text("T-101.product").endswith("in use")
