"""The bottles of the lines: none is lost, and stops run up and down the line in order."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_server.plant.line_process import (
    CAP,
    CAPACITY,
    DEP,
    FIL,
    FILL_AT_START,
    INS,
    LAB,
    PAC,
    RIN,
    LineProcess,
    Mask,
)
from walkdown_server.plant.machines_table import STATIONS
from walkdown_server.plant.signal_specs import BLOCKED, FAULT, HELD, RUNNING, STARVED

NONE = np.zeros((2, len(STATIONS)), bool)
FULL_PACE = np.ones(2)
DT_SECS = 0.05


def only(station: int, *, line: int = 0) -> Mask:
    mask = NONE.copy()
    mask[line, station] = True
    return mask


def without_short_stops() -> LineProcess:
    lines = LineProcess(7)
    lines._stop_in_secs[:] = np.inf
    return lines


def run(lines: LineProcess, secs: float, *, fault: Mask = NONE, held: Mask = NONE) -> None:
    for _ in range(round(secs / DT_SECS)):
        lines.step(DT_SECS, fault=fault, held=held, pace=FULL_PACE)


def times_of(lines: LineProcess, state: int, secs: float, *, fault: Mask) -> dict[str, float]:
    """Seconds after which each station of line 1 first says ``state``."""
    found: dict[str, float] = {}
    for step in range(round(secs / DT_SECS)):
        lines.step(DT_SECS, fault=fault, held=NONE, pace=FULL_PACE)
        for name, now in zip(STATIONS, lines.state[0], strict=True):
            if now == state:
                found.setdefault(name, step * DT_SECS)
    return found


def test_no_bottle_is_lost_or_made() -> None:
    lines = LineProcess(7)
    run(lines, 300)
    run(lines, 60, fault=only(CAP))
    run(lines, 200)
    passed = lines.total[:, :-1] - lines.total[:, 1:]
    passed[:, INS] -= lines.rejected
    np.testing.assert_allclose(passed, lines.content - CAPACITY * FILL_AT_START, atol=1e-6)
    assert (lines.content >= -1e-9).all()
    assert (lines.content <= CAPACITY + 1e-9).all()


def test_an_undisturbed_line_runs_at_the_fillers_pace() -> None:
    lines = without_short_stops()
    run(lines, 300)
    assert (lines.state == RUNNING).all()
    np.testing.assert_allclose(lines.flow / lines.nominal, 1.0, atol=0.02)


def test_a_capper_stop_blocks_the_machines_before_it_one_after_another() -> None:
    blocked = times_of(without_short_stops(), BLOCKED, 60, fault=only(CAP))
    assert list(blocked) == ["FIL", "RIN", "DEP"]
    assert blocked["FIL"] < 5 < blocked["RIN"] + 3 < blocked["DEP"]


def test_a_capper_stop_starves_the_machines_behind_it_one_after_another() -> None:
    starved = times_of(without_short_stops(), STARVED, 400, fault=only(CAP))
    assert list(starved) == ["INS", "LAB", "PAC", "PAL"]
    assert starved["PAC"] - starved["LAB"] > 20


def test_a_stop_on_one_line_leaves_the_other_alone() -> None:
    lines = without_short_stops()
    run(lines, 120, fault=only(CAP))
    assert (lines.state[1] == RUNNING).all()


def test_after_the_fault_the_whole_line_recovers() -> None:
    lines = without_short_stops()
    run(lines, 200, fault=only(CAP))
    assert lines.state[0, CAP] == FAULT
    run(lines, 240)
    assert (lines.state[0] == RUNNING).all()
    np.testing.assert_allclose(lines.flow[0, [DEP, RIN, FIL, CAP]] / lines.nominal[0], 1.0, atol=0.05)


def test_the_table_feeds_the_packer_while_the_labeller_stands() -> None:
    lines = without_short_stops()
    before = lines.total[0, PAC]
    run(lines, 20, held=only(LAB))
    assert lines.state[0, LAB] == HELD
    assert lines.total[0, PAC] - before > 0.75 * 20 * lines.nominal[0, 0]


def test_a_slower_filler_slows_the_whole_line() -> None:
    lines = without_short_stops()
    for _ in range(round(600 / DT_SECS)):
        lines.step(DT_SECS, fault=NONE, held=NONE, pace=np.array([0.6, 1.0]))
    np.testing.assert_allclose(lines.flow[0] / lines.nominal[0], 0.6, atol=0.06)
    np.testing.assert_allclose(lines.flow[1] / lines.nominal[1], 1.0, atol=0.03)


def test_speed_changes_by_ramps() -> None:
    lines = without_short_stops()
    run(lines, 60, fault=only(CAP))
    speeds = []
    for _ in range(200):
        lines.step(DT_SECS, fault=NONE, held=NONE, pace=FULL_PACE)
        speeds.append(lines.speed[0, CAP])
    assert np.abs(np.diff(speeds)).max() <= lines.nominal[0, 0] * DT_SECS / 1.5 + 1e-9
    assert speeds[-1] == pytest.approx(lines.nominal[0, 0], rel=0.1)


def test_availability_falls_while_a_machine_stands_and_recovers_after() -> None:
    lines = without_short_stops()
    before = lines.availability[0, FIL]
    run(lines, 100, fault=only(FIL))
    down = lines.availability[0, FIL]
    run(lines, 300)
    assert down == pytest.approx(before * np.exp(-100 / 900), rel=0.01)
    assert lines.availability[0, FIL] > down


def test_rejects_are_a_small_share_of_what_the_inspector_sees() -> None:
    lines = without_short_stops()
    run(lines, 200)
    assert lines.quality == pytest.approx(1 - 0.0031, abs=1e-6)
