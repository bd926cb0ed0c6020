"""Product, air, cooling, drives: balances, control and the way they fail and recover."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from walkdown.twin import Catalogue
from walkdown_server.plant.drive_process import DriveProcess
from walkdown_server.plant.equipment import catalogue
from walkdown_server.plant.line_process import F64
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.product_process import BOWL_LITRES, DRAINING, READY, ProductProcess
from walkdown_server.plant.utilities_process import AirProcess, CleaningProcess, CoolingProcess, lag

USE = np.array([3.33, 1.98])
"""Litres a second that both fillers take at full speed."""


@cache
def plant() -> Catalogue:
    return catalogue()


def pump_for(product: ProductProcess, secs: float, *, use: F64 = USE, clogging: bool = False) -> None:
    for _ in range(round(secs / 0.25)):
        product.step(0.25, used_litres_per_sec=use * np.minimum(product.pace, 1), clogging=clogging)


def test_ten_minutes_of_product_balance_from_the_tanks_to_the_bottles() -> None:
    process = PlantProcess(plant())
    tanks, bowls = process.product.volume.sum(), process.product.bowl.sum()
    for _ in range(2400):
        process.step(0.25)
    product = process.product
    filled = (process.lines.total[:, 2] * process.heads.bottle_ml[:, 0]).sum() / 1e6
    drawn = tanks + product.refilled_m3 - product.volume.sum()
    assert drawn == pytest.approx(product.drawn_m3, rel=1e-9)
    assert drawn == pytest.approx(filled + (product.bowl.sum() - bowls) / 1000, rel=0.005)
    assert filled == pytest.approx(19.1 / 6, rel=0.05)


def test_the_header_carries_what_the_pumps_give() -> None:
    product = ProductProcess(7)
    pump_for(product, 60)
    assert product.pump_flow.sum() == pytest.approx(product.flow)


def test_the_bowls_keep_their_level_and_the_header_its_pressure() -> None:
    product = ProductProcess(7)
    pump_for(product, 600)
    assert product.bowl_level == pytest.approx(0.6, abs=0.05)
    assert product.header_bar == pytest.approx(4.0, abs=0.05)


def test_a_clogging_filter_costs_pressure_then_flow_then_speed() -> None:
    product = ProductProcess(7)
    pump_for(product, 30)
    clean = product.filter_bar
    pump_for(product, 35, clogging=True)
    assert product.filter_bar > clean + 0.7
    pump_for(product, 150, clogging=True)
    assert product.running[3] == 1.0
    assert product.header_bar < 0.82 * 4.0
    assert product.flow < 0.85 * 19.1
    assert (product.pace < 1).any()


def test_a_flush_cleans_the_filter_and_the_line_recovers() -> None:
    product = ProductProcess(7)
    pump_for(product, 200, clogging=True)
    flushes = product.backflushes
    pump_for(product, 120)
    assert product.backflushes == flushes + 1
    assert product.filter_bar < 0.6
    assert product.header_bar == pytest.approx(4.0, abs=0.05)
    assert product.running[3] == 0.0
    assert (product.pace == 1).all()


def test_the_filter_flushes_itself_now_and_then() -> None:
    product = ProductProcess(7)
    flushes = product.backflushes
    pump_for(product, 7200)
    assert product.backflushes > flushes
    assert product.filter_bar < 1.0


def test_an_empty_tank_hands_over_to_its_neighbour_and_is_cleaned() -> None:
    product = ProductProcess(7)
    product.volume[0] = 0.121 * product.capacity[0]
    pump_for(product, 600)
    assert product.active[0] == 4
    assert product.mode[4] == DRAINING
    assert product.mode[0] not in (DRAINING, READY)


def test_tanks_never_run_dry_or_over_in_two_days() -> None:
    product = ProductProcess(7)
    low = high = 0.5
    for _ in range(2 * 24 * 60):
        product.step(60.0, used_litres_per_sec=USE, clogging=False)
        level = product.volume / product.capacity
        low, high = min(low, level.min()), max(high, level.max())
    assert low > 0.05
    assert high <= 0.9 + 1e-9


def test_a_bowl_without_inflow_slows_its_filler() -> None:
    product = ProductProcess(7)
    product.bowl[:] = BOWL_LITRES * np.array([0.2, 0.6])
    assert product.pace[0] < 0.5
    assert product.pace[1] == 1.0


def breathe(air: AirProcess, secs: float, *, activity: float = 1.0, leaking: bool = False) -> None:
    for _ in range(round(secs / 0.25)):
        air.step(0.25, activity=activity, leaking=leaking)


def test_two_compressors_hold_the_pressure_of_a_sound_plant() -> None:
    air = AirProcess()
    for _ in range(40):
        breathe(air, 30)
        assert 6.4 < air.bar < 7.4
    assert not air.short


def test_a_leak_brings_the_pressure_down_until_machines_hold() -> None:
    air = AirProcess()
    breathe(air, 90, leaking=True)
    assert air.short
    assert (air.load == 2).all()
    breathe(air, 200, activity=0.0)
    assert not air.short
    assert air.bar > 6.0


def test_air_in_the_receiver_balances() -> None:
    air = AirProcess()
    before, total = air.bar, air.total_m3
    made = 0.0
    for _ in range(400):
        air.step(0.25, activity=0.7, leaking=False)
        made += air.made / 60 * 0.25
    used = air.total_m3 - total
    assert (air.bar - before) * 5.0 / 1.013 == pytest.approx(made - used, abs=1e-6)


def test_the_pasteuriser_holds_its_temperature() -> None:
    cooling = CoolingProcess()
    for _ in range(4000):
        cooling.step(0.25, product_m3h=19.1, hall_celsius=21.0)
    assert cooling.hold == pytest.approx(72.4, abs=0.3)
    assert cooling.product_out < 8
    assert (cooling.supply < 5).all()
    assert (cooling.back > cooling.supply).all()


def test_chillers_draw_power_by_their_coefficient_of_performance() -> None:
    cooling = CoolingProcess()
    for _ in range(4000):
        cooling.step(0.25, product_m3h=19.1, hall_celsius=21.0)
    np.testing.assert_allclose(cooling.power * cooling.cop, cooling.duty, rtol=0.02)
    assert (cooling.cop > 3).all()


def test_cleaning_runs_through_all_its_steps() -> None:
    cleaning = CleaningProcess(7)
    seen: list[set[int]] = [set() for _ in range(4)]
    for _ in range(20_000):
        cleaning.step(0.5)
        for skid, step in zip(seen, cleaning.step_no, strict=True):
            skid.add(int(step))
    assert all(steps == set(range(6)) for steps in seen)


def test_a_lag_covers_63_per_cent_in_its_time_constant() -> None:
    value = np.zeros(1)
    for _ in range(100):
        value = lag(value, np.ones(1), dt_secs=0.1, tau_secs=10.0)
    assert value[0] == pytest.approx(1 - np.exp(-1))


def drives() -> DriveProcess:
    return DriveProcess([thing for thing in plant().things if thing.type == "motor"], 7)


def test_motors_warm_up_with_load_and_cool_down_without() -> None:
    motors = drives()
    count = len(motors.owners)
    start = motors.temperature.copy()
    for _ in range(3000):
        motors.step(1.0, speed=np.ones(count), load=np.full(count, 0.9), ambient=22.0)
    warm = motors.temperature.copy()
    assert (warm > start).all()
    assert (warm < 105).all()
    for _ in range(6000):
        motors.step(1.0, speed=np.zeros(count), load=np.zeros(count), ambient=22.0)
    assert motors.temperature == pytest.approx(22.0, abs=1.0)


def test_power_torque_and_current_fit_together() -> None:
    motors = drives()
    count = len(motors.owners)
    motors.step(1.0, speed=np.full(count, 0.8), load=np.ones(count), ambient=22.0)
    np.testing.assert_allclose(motors.torque * motors.speed / 9549, motors.power, rtol=1e-9)
    np.testing.assert_allclose(motors.power, 0.8 * motors.rated_kw)
    motors.step(1.0, speed=np.zeros(count), load=np.ones(count), ambient=22.0)
    assert (motors.current == 0).all()
