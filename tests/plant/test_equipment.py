"""The twin of the demo plant: complete, consistent, and bound to the model's elements."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from walkdown.twin import KINDS, Catalogue, Signal, Thing
from walkdown_server.plant import build_model, catalogue
from walkdown_server.plant.machines_table import LINES
from walkdown_server.plant.type_plates import PLATES

UCUM = re.compile(
    r"^(1|%|Cel|bar|kPa|m|mm|m3|L/h|L/min|m3/h|m3/min|mL|g/L|kg|t|s|us|h|1/h|1/min|m/s|mm/s|deg|deg/s|A|V|kW"
    r"|kV\.A|kW\.h|Hz|N\.m|km|lx|dB\[SPL\]|\[ppm\]|mS/cm|uS/cm|\{NTU\}|\{EBC\})$"
)


@cache
def plant() -> Catalogue:
    return catalogue()


def signals_of(kind: str) -> list[Signal]:
    return [signal for signal in plant().signals if signal.kind == kind]


def thing(identity: str) -> Thing:
    return next(t for t in plant().things if t.id == identity)


def reachable(start: str, kind: str) -> set[str]:
    edges: dict[str, list[str]] = {}
    for relation in plant().relations:
        if relation.kind == kind:
            edges.setdefault(relation.source, []).append(relation.target)
    found, open_ids = {start}, [start]
    while open_ids:
        for target in edges.get(open_ids.pop(), []):
            if target not in found:
                found.add(target)
                open_ids.append(target)
    return found


def test_the_plant_has_hundreds_of_things_and_more_than_1500_signals() -> None:
    assert 250 <= len(plant().things) <= 600
    assert len(plant().signals) >= 1500


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_signal_occurs_many_times(kind: str) -> None:
    assert len(signals_of(kind)) >= 50


def test_every_number_is_expected_once_to_ten_times_a_second() -> None:
    periods = {signal.period_secs for signal in plant().signals if signal.kind != "text"}
    assert min(periods) >= 0.1
    assert max(periods) <= 1.0


def test_every_element_that_a_thing_draws_is_in_the_model() -> None:
    keys = {element.key for element in build_model().elements}
    drawn = [t for t in plant().things if t.element]
    assert [t.id for t in drawn if t.element not in keys] == []
    assert len(drawn) > 0.9 * len(plant().things)


def test_no_two_things_draw_the_same_element() -> None:
    elements = [t.element for t in plant().things if t.element]
    assert len(set(elements)) == len(elements)


def test_equal_seeds_give_equal_catalogues() -> None:
    assert catalogue(7) == plant()


def test_another_seed_gives_other_serial_numbers_of_the_same_plant() -> None:
    other = catalogue(8)
    assert [t.id for t in other.things] == [t.id for t in plant().things]
    assert sum(a.serial != b.serial for a, b in zip(other.things, plant().things, strict=True)) > 300


def test_every_product_has_a_maker_and_a_serial_number_of_its_own() -> None:
    serials = Counter(t.serial for t in plant().things if t.maker)
    assert max(serials.values()) == 1
    assert "" not in serials


def test_every_thing_says_what_it_does() -> None:
    assert [t.id for t in plant().things if not t.functions] == []


def test_every_type_plate_is_used() -> None:
    assert {t.type for t in plant().things} == set(PLATES)


def test_every_thing_with_signals_has_one_main_signal() -> None:
    mains = Counter(signal.thing for signal in plant().signals if signal.main)
    assert set(mains) == {signal.thing for signal in plant().signals}
    assert max(mains.values()) == 1


def test_units_are_ucum_codes() -> None:
    assert sorted({s.unit for s in plant().signals if not UCUM.match(s.unit)}) == []


def test_ranges_and_limits_stand_in_order() -> None:
    for signal in plant().signals:
        assert signal.minimum < signal.maximum, signal.id
        limits = signal.limits
        if limits is not None:
            all_edges = (limits.low_alarm, limits.low, limits.high, limits.high_alarm)
            edges = [edge for edge in all_edges if edge is not None]
            assert edges, signal.id
            assert edges == sorted(edges), signal.id


def test_every_label_that_is_an_alarm_exists() -> None:
    for signal in plant().signals:
        numbers = (*signal.alarm_labels, *signal.attention_labels)
        assert all(number < len(signal.labels) for number in numbers), signal.id
        assert (signal.kind in ("enum", "bool")) == bool(signal.labels), signal.id


@pytest.mark.parametrize("line", LINES)
def test_bottles_find_their_way_from_the_depalletiser_to_the_store(line: str) -> None:
    found = reachable(f"{line}.DEP", "feeds")
    names = ("C0", "RIN", "C1", "FIL", "CAP", "C2", "INS", "LAB", "C3", "ACC", "C4", "PAC", "CRT", "PAL")
    assert {f"{line}.{name}" for name in names} <= found
    assert {"AGV-1", "RACK-1", "DOOR-1"} <= found


@pytest.mark.parametrize("tank", [f"T-{n}" for n in range(101, 109)])
def test_pipes_lead_from_every_tank_to_both_fillers(tank: str) -> None:
    found = reachable(tank, "connects_to")
    assert {f"{tank}.XV", "FT-101", "HX-101", "HDR.PROD", "L1.FIL", "L2.FIL"} <= found


@pytest.mark.parametrize("need", ["HDR.AIR", "HDR.PROD", "CH-1", "HX-101", "AC-1", "P-101", "HDR.STEAM"])
def test_a_filler_depends_on_air_cold_and_product(need: str) -> None:
    assert need in reachable("L1.FIL", "depends_on")


def test_every_part_belongs_to_a_machine_and_every_machine_stands_in_the_hall() -> None:
    located = {relation.source for relation in plant().relations if relation.kind == "located_in"}
    assert [t.id for t in plant().things if not t.parent and t.id != "HALL" and t.id not in located] == []


def test_three_disturbances_name_a_thing_that_has_signals() -> None:
    owners = {signal.thing for signal in plant().signals}
    assert [d.id for d in plant().disturbances] == ["cap-torque", "filter-clog", "air-leak"]
    assert all(d.thing in owners and d.about for d in plant().disturbances)


def test_limits_scale_with_the_size_of_the_thing() -> None:
    small = next(s for s in plant().signals if s.id == "L2.FIL.H01.volume")
    large = next(s for s in plant().signals if s.id == "L1.FIL.H01.volume")
    assert thing("L2.FIL.H01").properties["bottle, mL"] == 330.0
    assert small.limits is not None
    assert large.limits is not None
    assert small.limits.high == pytest.approx(330 * 1.015)
    assert large.limits.high == pytest.approx(500 * 1.015)
