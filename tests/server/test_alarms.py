"""From values to states: limits, labels, quality, and the worst of the parts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.signals import SignalTable
from walkdown.twin import (
    BAD,
    GOOD,
    NO_STATE,
    SIMULATED,
    STALE,
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_BAD,
    STATE_GOOD,
    STATE_SIMULATED,
    STATE_STALE,
    Limits,
    Signal,
    Thing,
    make_catalogue,
)
from walkdown_server.ticks.alarms import Alarms

S = 1_000_000_000
LIMITS = Limits(low_alarm=10.0, low=20.0, high=80.0, high_alarm=90.0)


class Bench:
    """One table, its alarms and a clock."""

    def __init__(self, *signals: Signal, things: tuple[Thing, ...] = (Thing("T", "T"),)) -> None:
        catalogue = make_catalogue(1, things=things, signals=signals)
        self.table = SignalTable(catalogue.signals)
        self.alarms = Alarms(self.table, catalogue.things, now_ns=0)

    def write(self, value: float, *, index: int = 0, quality: int = GOOD, now_ns: int = 0) -> int:
        rows = np.array([index])
        self.table.write(rows, np.array([value]), quality=quality, times_ns=now_ns)
        self.alarms.update(rows, now_ns=now_ns)
        self.alarms.settle()
        return int(self.alarms.thing_states[0])


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (50.0, STATE_GOOD),
        (80.0, STATE_ATTENTION),
        (20.0, STATE_ATTENTION),
        (90.0, STATE_ALARM),
        (10.0, STATE_ALARM),
        (1e9, STATE_ALARM),
    ],
)
def test_limits_make_the_state(value: float, state: int) -> None:
    assert Bench(Signal("s", "T", "s", limits=LIMITS, maximum=100.0)).write(value) == state


@pytest.mark.parametrize(
    ("quality", "value", "state"),
    [
        (BAD, 50.0, STATE_BAD),
        (STALE, 50.0, STATE_STALE),
        (STALE, 85.0, STATE_STALE),
        (SIMULATED, 50.0, STATE_SIMULATED),
        (SIMULATED, 85.0, STATE_ATTENTION),
        (STALE, 95.0, STATE_ALARM),
        (BAD, 95.0, STATE_ALARM),
    ],
)
def test_quality_counts_but_hides_no_alarm(quality: int, value: float, state: int) -> None:
    bench = Bench(Signal("s", "T", "s", limits=LIMITS, maximum=100.0))
    assert bench.write(value, quality=quality) == state


def test_a_state_is_left_only_well_inside_the_limit() -> None:
    bench = Bench(Signal("s", "T", "s", limits=LIMITS, maximum=100.0))
    good, attention, alarm = STATE_GOOD, STATE_ATTENTION, STATE_ALARM
    rising = [bench.write(value) for value in (79.5, 80.1, 79.5, 78.9, 90.5, 89.5, 88.5)]
    assert rising == [good, attention, attention, good, alarm, alarm, attention]
    falling = [bench.write(value) for value in (50.0, 20.5, 19.9, 20.5, 21.5)]
    assert falling == [good, good, attention, attention, good]


def test_labels_make_the_state_of_enums_and_bools() -> None:
    bench = Bench(
        Signal("e", "T", "e", kind="enum", alarm_labels=(2,), attention_labels=(1,)),
        Signal("b", "T", "b", kind="bool", alarm_labels=(0,)),
    )
    assert bench.write(1, index=1) == STATE_GOOD
    assert [bench.write(value) for value in (0, 1, 2, 3)] == [
        STATE_GOOD,
        STATE_ATTENTION,
        STATE_ALARM,
        STATE_GOOD,
    ]
    assert bench.write(0, index=1) == STATE_ALARM


def test_a_thing_is_as_bad_as_the_worst_of_its_parts() -> None:
    things = (
        Thing("hall", ""),
        Thing("line", "", parent="hall"),
        Thing("m", "", parent="line"),
        Thing("x", ""),
    )
    bench = Bench(Signal("s", "m", "s", limits=LIMITS), Signal("t", "line", "t"), things=things)
    bench.write(50.0, index=0)
    bench.write(1.0, index=1)
    assert bench.alarms.thing_states.tolist() == [STATE_GOOD] * 3 + [NO_STATE]
    bench.write(95.0, index=0)
    assert bench.alarms.thing_states.tolist() == [STATE_ALARM] * 3 + [NO_STATE]
    bench.write(1.0, index=1, quality=BAD)
    assert bench.alarms.thing_states.tolist() == [STATE_ALARM] * 3 + [NO_STATE]


def test_settle_names_what_changed_once() -> None:
    bench = Bench(Signal("s", "T", "s", limits=LIMITS))
    rows = np.array([0])
    bench.table.write(rows, np.array([50.0]), quality=GOOD, times_ns=0)
    bench.alarms.update(rows, now_ns=0)
    assert bench.alarms.settle().tolist() == [0]
    assert bench.alarms.settle().tolist() == []


def test_a_value_goes_stale_after_twice_its_period() -> None:
    bench = Bench(Signal("s", "T", "s", period_secs=2.0), Signal("never", "T", "n"))
    bench.write(5.0, now_ns=10 * S)
    bench.write(5.0, index=1, now_ns=10 * S)
    assert bench.alarms.find_stale(14 * S).tolist() == []
    assert bench.alarms.find_stale(14 * S + 1).tolist() == [0]
    assert bench.table.quality.tolist() == [STALE, GOOD]
    assert bench.alarms.find_stale(100 * S).tolist() == []
    assert bench.write(5.0, now_ns=101 * S) == STATE_GOOD


def test_a_signal_that_never_came_is_stale_after_a_while_and_none_before() -> None:
    bench = Bench(Signal("s", "T", "s", period_secs=2.0))
    bench.alarms.find_stale(4 * S)
    bench.alarms.settle()
    assert bench.alarms.thing_states.tolist() == [NO_STATE]
    assert bench.alarms.find_stale(5 * S).tolist() == [0]
    bench.alarms.settle()
    assert bench.alarms.thing_states.tolist() == [STATE_STALE]


def test_a_loop_of_parents_is_cut() -> None:
    things = (Thing("a", "", parent="b"), Thing("b", "", parent="a"))
    bench = Bench(Signal("s", "a", "s", limits=LIMITS), things=things)
    assert bench.write(95.0) == STATE_ALARM


def test_the_states_of_many_signals_are_those_of_each_alone() -> None:
    chance = np.random.default_rng(3)
    things = tuple(Thing(f"t{i}", "", parent=f"t{i // 2}" if i else "") for i in range(40))
    signals = [Signal(f"s{i}", f"t{chance.integers(40)}", "", limits=LIMITS) for i in range(300)]
    values = chance.uniform(0, 100, 300)
    together = Bench(*signals, things=things)
    rows = np.arange(300)
    together.table.write(rows, values, quality=GOOD, times_ns=0)
    together.alarms.update(rows, now_ns=0)
    together.alarms.settle()
    alone = Bench(*signals, things=things)
    for row in rows.tolist():
        alone.write(float(values[row]), index=row)
    assert np.array_equal(together.alarms.thing_states, alone.alarms.thing_states)


def test_a_catalogue_without_signals_or_things_is_fine() -> None:
    alarms = Alarms(SignalTable(()), (), now_ns=0)
    assert alarms.find_stale(S).tolist() == []
    assert alarms.settle().tolist() == []


@given(st.data())
def test_however_often_values_change_every_thing_is_as_bad_as_the_worst_below_it(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    parents = [data.draw(st.integers(-1, i - 1)) for i in range(count)]
    things = [Thing(f"t{i}", "T", parent=f"t{p}" if p >= 0 else "") for i, p in enumerate(parents)]
    owners = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=20))
    signals = [
        Signal(f"s{i}", f"t{owner}", "s", limits=Limits(high=1, high_alarm=2))
        for i, owner in enumerate(owners)
    ]
    table = SignalTable(signals)
    alarms = Alarms(table, things, now_ns=0)
    values = np.full(len(signals), np.nan)
    for _step in range(data.draw(st.integers(1, 5))):
        rows = np.array(data.draw(st.lists(st.integers(0, len(signals) - 1), unique=True)), np.intp)
        values[rows] = [data.draw(st.sampled_from([0.0, 1.5, 2.5])) for _row in rows]
        table.write(rows, values[rows], quality=GOOD, times_ns=1)
        alarms.update(rows, now_ns=1)
        alarms.settle()
        assert alarms.thing_states.tolist() == [
            _worst_below(i, parents, owners, values) for i in range(count)
        ]


def _worst_below(thing: int, parents: list[int], owners: list[int], values: npt.NDArray[np.float64]) -> int:
    own = values[(np.array(owners) == thing) & np.isfinite(values)].tolist()
    states = [STATE_ALARM if v > 2 else STATE_ATTENTION if v > 1 else STATE_GOOD for v in own]
    states += [_worst_below(i, parents, owners, values) for i, p in enumerate(parents) if p == thing]
    return max(states, default=NO_STATE)
