"""Which thing sounds how is told by its type, in three languages or IFC's words, and its signals' units."""

from __future__ import annotations

import pytest

from tests.audio.demo_session import demo_catalogue
from walkdown.twin import Limits, Signal, Thing, make_catalogue
from walkdown_client.audio import loops
from walkdown_client.audio.levels import power_from_level_db, sound_power_db
from walkdown_client.audio.machine_kinds import KINDS, kind_of
from walkdown_client.audio.machine_score import Machine, machines_of
from walkdown_client.twin_index import TwinIndex


def loop_of(thing_type: str, name: str = "") -> str | None:
    kind = kind_of(thing_type, name)
    return None if kind is None else kind.loop


@pytest.mark.parametrize(
    ("thing_type", "loop"),
    [
        ("pump", "pump"),
        ("IfcPump", "pump"),
        ("IFCPUMP", "pump"),
        ("Kreiselpumpe", "pump"),
        ("离心泵", "pump"),
        ("Pumps", "pump"),
        ("https://example.org/types/Pump/1/0", "pump"),
        ("IfcFan", "blower"),
        ("IfcUnitaryEquipment", "blower"),
        ("IfcCompressor", "screw compressor"),
        ("IfcCoolingTower", "axial fan"),
        ("IfcElectricMotor", "motor 4 poles"),
        ("Elektromotor", "motor 4 poles"),
        ("IfcTransformer", "hum"),
        ("pump room", "ventilation"),
        ("conveyor section", "conveyor"),
        ("pump housing", None),
        ("hand valve", None),
        ("robot axis", None),
        ("light curtain", None),
        ("IfcWall", None),
        ("rack", None),
        ("", None),
    ],
)
def test_the_last_known_word_of_a_type_decides(thing_type: str, loop: str | None) -> None:
    assert loop_of(thing_type) == loop


def test_a_type_that_says_nothing_leaves_it_to_the_name() -> None:
    assert loop_of("thing", "Feed pump 3") == "pump"
    assert loop_of("IfcBuildingElementProxy", "Lüfter 4") == "blower"
    assert loop_of("wall", "Feed pump 3") is None


def test_all_that_a_kind_plays_is_there() -> None:
    played = {name for kind in KINDS for name in (kind.loop, kind.faulty, kind.troubled)} - {""}
    assert played <= set(loops.NAMES)


def machine(thing: Thing, *signals: Signal, more: tuple[Thing, ...] = ()) -> Machine:
    catalogue = make_catalogue(1, things=[thing, *more], signals=signals)
    return next(m for m in machines_of(TwinIndex(catalogue)) if m.row == 0)


def test_a_pump_follows_the_speed_of_its_motor() -> None:
    motor = Thing("P.MOT", "Drive", "motor", parent="P", properties={"rated speed, 1/min": 2900})
    signals = [
        Signal("P.state", "P", "State", "enum", labels=("stopped", "running", "fault")),
        Signal("P.MOT.rpm", "P.MOT", "Speed", unit="1/min", maximum=3600),
    ]
    found = machine(Thing("P", "Pump", "pump"), *signals, more=(motor,))
    assert found.bound.speed.index == 0
    assert found.bound.rated_hz == pytest.approx(2900 / 60)
    assert (found.bound.run, found.bound.runs) == (1, 0b010)


@pytest.mark.parametrize(
    ("rpm", "loop"),
    [(2900, "motor 2 poles"), (1480, "motor 4 poles"), (980, "motor 6 poles"), (735, "motor 8 poles")],
)
def test_a_motor_has_the_poles_of_its_rated_speed(rpm: float, loop: str) -> None:
    thing = Thing("M", "Motor", "motor", properties={"rated speed, 1/min": rpm})
    found = machine(thing, Signal("M.n", "M", "Speed", unit="{rpm}", maximum=4000))
    assert found.loop == loop


def test_a_speed_may_be_told_in_hertz_or_as_a_share() -> None:
    drive = machine(Thing("F", "Fan", "fan"), Signal("F.f", "F", "Output frequency", unit="Hz", maximum=87))
    assert drive.bound.speed.rated == 50
    fan = machine(Thing("F", "Fan", "fan"), Signal("F.n", "F", "Fan speed", unit="%", maximum=100))
    assert (fan.bound.speed.index, fan.bound.speed.rated) == (0, 80)


def test_a_conveyor_follows_its_belt_in_any_unit_of_speed() -> None:
    thing = Thing("C", "Conveyor", "Förderband", properties={"nominal speed, m/s": 0.5})
    found = machine(thing, Signal("C.v", "C", "Geschwindigkeit", unit="m/min", maximum=60))
    assert found.bound.speed.rated == pytest.approx(30)


def test_vibration_is_told_by_its_unit_and_limit() -> None:
    signal = Signal("M.v", "M", "Schwinggeschwindigkeit", unit="mm/s", limits=Limits(high=4.5))
    speed = Signal("M.n", "M", "Drehzahl", unit="1/min", maximum=1500)
    found = machine(Thing("M", "Motor", "motor"), signal, speed)
    assert (found.bound.vibration.index, found.bound.vibration.rated) == (0, 4.5)
    assert found.bound.speed.index == 1


def test_the_words_of_a_state_say_when_a_machine_runs() -> None:
    labels = ("gestoppt", "läuft", "Störung", "停止", "运行", "on hold", "producing")
    found = machine(Thing("M", "Mixer", "mixer"), Signal("M.s", "M", "Zustand", "enum", labels=labels))
    assert found.bound.runs == 0b1010010


def test_what_nothing_is_known_of_is_silent_unless_it_states_its_sound() -> None:
    quiet, stated = (
        Thing("A", "Fan", "IfcFan"),
        Thing("B", "Fan", "IfcFan", properties={"sound_power_db": 71}),
    )
    twin = TwinIndex(make_catalogue(1, things=[quiet, stated]))
    assert [(m.row, m.power_db) for m in machines_of(twin)] == [(1, 71.0)]


@pytest.mark.parametrize(
    ("properties", "power_db"),
    [
        ({"sound_power_db": 92}, 92.0),
        ({"Sound power level [dB]": 80.5}, 80.5),
        ({"Pset_SoundGeneration.SoundPowerLevel": 77.0}, 77.0),
        ({"Schallleistungspegel, dB(A)": 85}, 85.0),
        ({"声功率级": 90}, 90.0),
        ({"sound level, dB": 72}, power_from_level_db(72)),
        ({"sound_power_db": "loud"}, None),
        ({"sound_power_db": float("nan")}, None),
        ({"sound_power_db": True}, None),
        ({"sound_power_db": -300}, None),
        ({"rated power, kW": 11}, None),
    ],
)
def test_a_sound_power_is_read_as_people_write_it(
    properties: dict[str, object], power_db: float | None
) -> None:
    assert sound_power_db(properties) == (None if power_db is None else pytest.approx(power_db))


def test_a_stronger_motor_is_louder_by_its_power() -> None:
    signal = Signal("M.n", "M", "Speed", unit="1/min", maximum=1500)
    small, large = (
        machine(Thing("M", "Motor", "motor", properties={"rated power, kW": kw}), signal)
        for kw in (1.0, 10.0)
    )
    assert large.power_db - small.power_db == pytest.approx(10)


@pytest.mark.parametrize(
    ("goods", "loop"),
    [("empty bottles, seven abreast", "bottles"), ("pallets", "rollers"), ("full crates", "conveyor")],
)
def test_a_conveyor_sounds_by_what_it_carries(goods: str, loop: str) -> None:
    thing = Thing("C", "C", "conveyor", properties={"goods": goods})
    assert machine(thing, Signal("C.v", "C", "Speed", unit="m/s")).loop == loop


def test_the_demo_plant_sounds_where_machines_are() -> None:
    things = demo_catalogue().things
    found = {things[m.row].id: m for m in machines_of(TwinIndex(demo_catalogue()))}
    assert {"L1.FIL", "L1.FIL.MOT", "P-101", "AC-1", "CT-1", "L1.PAL.ROB", "AGV-1", "CR-1"} <= found.keys()
    assert not {"L1.FIL.H01", "L1.FIL.HMI", "HALL", "RACK-1", "HV-101", "L1.PAL.FEN"} & found.keys()
    assert found["P-101"].loop == "pump"
    assert (found["L1.C1"].loop, found["L1.CRT"].loop, found["L1.PAL.ROL"].loop) == (
        "bottles",
        "conveyor",
        "rollers",
    )
    assert found["HDR.STEAM"].loop == "steam"
    assert found["P-101.MOT"].loop == "motor 2 poles"
    assert found["AC-1"].power_db == things[found["AC-1"].row].properties["sound_power_db"]
