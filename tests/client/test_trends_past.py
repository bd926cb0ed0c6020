"""Curves of someone who came late: the server's past, then what is live, without gaps or doubles."""

from __future__ import annotations

import numpy as np

from walkdown.signals import SignalTable
from walkdown.twin import GOOD, Kind, Signal
from walkdown_client.past import PastValues
from walkdown_client.trends import SPAN_SECS, Trends
from walkdown_client.ui.trend import POINTS_MAX, thinned, unbroken

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def table_of(kind: Kind = "f32") -> SignalTable:
    return SignalTable((Signal("a", "t", "a", kind=kind), Signal("b", "t", "b", kind=kind)))


def told(*points: tuple[float, float]) -> PastValues:
    times = np.array([START + round(second * SECOND) for second, _value in points])
    values = np.array([value for _second, value in points])
    return PastValues(times.view("datetime64[ns]"), values, np.full(len(points), GOOD, np.uint8))


def lived(trends: Trends, table: SignalTable, seconds: list[float], *, value: float) -> None:
    for second in seconds:
        time_ns = START + round(second * SECOND)
        table.put("f32", np.array([0]), np.array([value], np.float32), quality=GOOD, times_ns=time_ns)
        trends.note(time_ns)


def test_the_past_stands_before_what_is_live_and_each_moment_is_there_once() -> None:
    table = table_of()
    trends = Trends(table)
    lived(trends, table, [100, 101, 102], value=5.0)
    trends.fill(0, told((40, 1.0), (60, 2.0), (100.5, 3.0)), to_ns=START + 101 * SECOND)
    times, values = trends.of(0, START + 103 * SECOND)
    assert (np.diff(times) > 0).all()
    assert values[0] == 1.0
    assert values[-1] == 5.0
    assert values[times < 100.5 - 103].max() == 2.0, (
        "what one saw oneself before the answer is not shown twice"
    )


def test_a_value_holds_until_the_next_one() -> None:
    trends = Trends(table_of())
    trends.fill(0, told((0, 1.0), (100, 2.0)), to_ns=START + 110 * SECOND)
    times, values = trends.of(0, START + 110 * SECOND)
    assert np.interp(-11, times, values) == 1.0
    assert np.interp(-5, times, values) == 2.0
    assert times[-1] == 0.0


def test_an_interruption_is_a_gap_and_neither_end_has_one() -> None:
    trends = Trends(table_of())
    trends.fill(0, told((0, np.nan), (1, 1.0), (2, np.nan), (50, 2.0)), to_ns=START + 60 * SECOND)
    _times, values = trends.of(0, START + 60 * SECOND)
    assert np.isfinite(values[[0, -1]]).all()
    assert len(unbroken(np.isfinite(values))) == 2


def test_what_is_too_old_is_not_shown_and_in_the_end_forgotten() -> None:
    table = table_of()
    trends = Trends(table)
    trends.fill(0, told((0, 1.0), (60, 2.0)), to_ns=START + 61 * SECOND)
    lived(trends, table, [62, 150], value=3.0)
    times, values = trends.of(0, START + 150 * SECOND)
    assert (times[0], values[0]) == (-SPAN_SECS, 1.0), "the curve begins with what held there"
    times, values = trends.of(0, START + 182 * SECOND)
    assert values.min() > 2.0
    lived(trends, table, [400], value=4.0)
    assert trends.of(0, START + 400 * SECOND)[1].tolist() == [3.0, 4.0]
    trends.fill(1, told((390, 1.0)), to_ns=START + 400 * SECOND)
    assert list(trends._past) == [1]


def test_another_signal_is_left_alone() -> None:
    trends = Trends(table_of())
    trends.fill(0, told((0, 1.0)), to_ns=START + SECOND)
    trends.fill(9, told((0, 1.0)), to_ns=START + SECOND)
    assert len(trends.of(1, START + SECOND)[0]) == 0


def test_thinning_for_the_screen_keeps_both_ends_and_interruptions() -> None:
    values = np.arange(480.0)
    values[123] = np.nan
    times, shown = thinned(np.arange(480.0) / 4 - 120, values)
    assert len(shown) <= POINTS_MAX + 1
    assert np.isnan(shown).sum() == 1
    assert (shown[0], shown[-1], times[-1]) == (0.0, 479.0, -0.25)


def test_thinning_for_the_screen_keeps_a_few_changes_among_many_samples() -> None:
    times = np.concatenate(([-120.0, -80.25, -80.0, -40.25], np.arange(-40, 0, 0.25)))
    values = np.concatenate(([1.0, 1.0, 2.0, 2.0], np.full(160, 3.0)))
    thin_times, thin = thinned(times, values)
    assert np.interp(-81, thin_times, thin) == 1.0
    assert np.interp(-41, thin_times, thin) == 2.0
    assert [len(part) for part in thinned(np.zeros(0), np.zeros(0))] == [0, 0]


def test_parts_without_a_gap_are_found() -> None:
    known = np.array([True, True, False, True, False, False, True])
    assert unbroken(known) == [slice(0, 2), slice(3, 4), slice(6, 7)]
    assert unbroken(np.zeros(3, bool)) == []
