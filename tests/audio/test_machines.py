"""Machines of the real demo plant are heard as they run, stop, speed up and go wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from tests.audio.demo_session import DemoSession, demo_catalogue
from tests.audio.worlds import Teller, joined_world
from walkdown.twin import (
    BAD,
    SIMULATED,
    STALE,
    STATE_ATTENTION,
    STATE_GOOD,
    Catalogue,
    Limits,
    Signal,
    Thing,
    make_catalogue,
)
from walkdown_client.audio import loops
from walkdown_client.audio.levels import SILENT_DB
from walkdown_client.audio.machine_score import FAULTY, OWN, TROUBLED, Score, score_of
from walkdown_client.audio.machines import Readings, Sounding, sounding
from walkdown_client.world import World


class Heard:
    """How the machines of a world sound, by their things' ids."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._score = score_of(world.twin)
        self._readings = Readings(self._score)
        self.sounding: Sounding
        self.listen()

    @property
    def score(self) -> Score:
        return self._score

    def listen(self) -> None:
        self._readings.read(self._world.signals)
        self.sounding = sounding(self._score, self._readings, self._world.thing_states)

    def _column(self, thing: str) -> int:
        return int(np.flatnonzero(self._score.rows == self._world.twin.thing_row[thing])[0])

    def power_db(self, thing: str, voice: int = OWN) -> float:
        return float(self.sounding.powers_db[voice, self._column(thing)])

    def is_heard(self, thing: str, voice: int = OWN) -> bool:
        return self.power_db(thing, voice) > SILENT_DB

    def pitch(self, thing: str, voice: int = OWN) -> float:
        return float(self.sounding.pitches[voice, self._column(thing)])

    def loop(self, thing: str, voice: int = OWN) -> str:
        return loops.NAMES[int(self._score.loops[voice, self._column(thing)])]


@pytest.fixture(scope="module")
def undisturbed() -> Heard:
    session = DemoSession()
    session.run(4)
    return Heard(session.world)


def test_a_running_line_is_heard_at_its_pace(undisturbed: Heard) -> None:
    for machine in ("DEP", "RIN", "FIL", "CAP", "LAB", "PAC", "C0", "C4", "FIL.MOT"):
        assert undisturbed.is_heard(f"L1.{machine}"), machine
    made_hz = loops.RECIPES["filler"].at_hz
    assert undisturbed.pitch("L1.FIL") * made_hz == pytest.approx(24000 / 3600, rel=0.01)
    assert undisturbed.pitch("L2.FIL") * made_hz == pytest.approx(21600 / 3600, rel=0.01)
    assert undisturbed.pitch("L1.C4") == pytest.approx(1.0, rel=0.05)


def test_a_motor_turns_as_fast_in_the_ear_as_in_the_plant(undisturbed: Heard) -> None:
    session = DemoSession()
    heard = Heard(session.world)
    for motor in ("P-101.MOT", "P-301.MOT", "L1.FIL.MOT", "AC-1.MOT"):
        rpm = float(session.world.value(f"{motor}.speed"))
        heard_rpm = heard.pitch(motor) * loops.RECIPES[heard.loop(motor)].at_hz * 60
        assert abs(1200 * np.log2(heard_rpm / rpm)) < 1


def test_a_pump_that_stands_by_is_silent(undisturbed: Heard) -> None:
    assert undisturbed.is_heard("P-101")
    assert not undisturbed.is_heard("P-104")
    assert not undisturbed.is_heard("P-104.MOT")


def test_the_worn_bearing_of_one_pump_is_heard_and_only_that(undisturbed: Heard) -> None:
    assert undisturbed.loop("P-103", FAULTY) == "bearing outer ring"
    assert undisturbed.is_heard("P-103", FAULTY)
    assert undisturbed.pitch("P-103", FAULTY) == pytest.approx(undisturbed.pitch("P-103") * 2, rel=0.01)
    assert not undisturbed.is_heard("P-103", TROUBLED)
    assert not undisturbed.is_heard("P-101", FAULTY)


def test_vehicles_are_where_they_say(undisturbed: Heard) -> None:
    rows = [undisturbed.score.rows.tolist().index(DemoSession().row(f"AGV-{n}")) for n in (1, 2, 3)]
    assert np.isfinite(undisturbed.sounding.east[rows]).all()
    assert np.isnan(undisturbed.sounding.east).sum() == len(undisturbed.score) - 3


def test_a_capper_that_fails_rings_first_and_then_silences_its_line() -> None:
    session = DemoSession()
    session.disturbances = frozenset({"cap-torque"})
    heard = Heard(session.world)
    session.run(25)
    heard.listen()
    assert heard.loop("L1.CAP", TROUBLED) == "gear damage"
    assert heard.is_heard("L1.CAP", TROUBLED)
    assert heard.is_heard("L1.CAP")
    session.run(25)
    heard.listen()
    for machine in ("CAP", "FIL", "FIL.MOT", "C1"):
        assert not heard.is_heard(f"L1.{machine}"), machine
    assert not heard.is_heard("L1.CAP", TROUBLED), "what stands makes no noise, whatever its state"
    assert heard.is_heard("L2.FIL")


def test_a_leak_hisses_at_the_header_and_compressors_work_harder() -> None:
    session = DemoSession()
    heard = Heard(session.world)
    before = heard.power_db("AC-2")
    session.disturbances = frozenset({"air-leak"})
    session.run(45)
    heard.listen()
    assert heard.loop("HDR.AIR", TROUBLED) == "leak"
    assert heard.is_heard("HDR.AIR", TROUBLED)
    assert heard.power_db("AC-2") > before + 2


def test_a_clogged_filter_crackles_and_pumps_speed_up() -> None:
    session = DemoSession()
    heard = Heard(session.world)
    before = heard.pitch("P-101")
    session.disturbances = frozenset({"filter-clog"})
    session.run(40)
    heard.listen()
    assert heard.loop("FT-101", TROUBLED) == "cavitation"
    assert heard.is_heard("FT-101", TROUBLED)
    assert heard.pitch("P-101") > before * 1.02
    assert heard.is_heard("P-104") or heard.pitch("P-101") == pytest.approx(2900 / 3000, rel=0.01)


def test_nothing_is_heard_before_the_first_value() -> None:
    heard = Heard(joined_world(demo_catalogue()))
    sounds = heard.sounding.powers_db[OWN] > SILENT_DB
    assert set(heard.score.rows[sounds].tolist()) <= set(heard.score.rows[heard.score.unbound].tolist())


FAN = make_catalogue(
    2,
    things=[Thing("F", "Fan", "fan", properties={"rated speed, 1/min": 1500, "rated power, kW": 4})],
    signals=[
        Signal("F.n", "F", "Speed", unit="1/min", maximum=1800),
        Signal("F.v", "F", "Vibration", unit="mm/s", maximum=10, limits=Limits(high=2.8)),
        Signal("F.on", "F", "Running", "bool"),
    ],
)


class Fan:
    def __init__(self, catalogue: Catalogue = FAN) -> None:
        self.world = joined_world(catalogue)
        self.teller = Teller(self.world)
        self.heard = Heard(self.world)

    def tell(self, rpm: float, *, vibration: float = 1.0, on: float = 1.0, quality: int = 0) -> Heard:
        self.teller.values({"F.n": rpm, "F.v": vibration, "F.on": on}, quality=quality)
        self.heard.listen()
        return self.heard


def test_a_fan_is_louder_by_the_fifth_power_of_its_speed() -> None:
    fan = Fan()
    full, half = fan.tell(1500).power_db("F"), fan.tell(750).power_db("F")
    assert full - half == pytest.approx(50 * np.log10(2), abs=0.1)


@pytest.mark.parametrize(("rpm", "on"), [(0.0, 1.0), (1500.0, 0.0), (10.0, 1.0)])
def test_a_fan_that_stands_is_silent(rpm: float, on: float) -> None:
    assert not Fan().tell(rpm, on=on, vibration=9.0).sounding.powers_db.max() > SILENT_DB


def test_vibration_is_heard_the_more_the_stronger_it_is() -> None:
    fan = Fan()
    levels = [fan.tell(1500, vibration=v).power_db("F", FAULTY) for v in (1.0, 2.3, 2.5, 2.8, 5.6, 50.0)]
    assert levels[:2] == [SILENT_DB, SILENT_DB]
    assert levels[2] < levels[3] < levels[4] <= levels[5]
    assert levels[4] - levels[3] == pytest.approx(6.0, abs=0.1)
    assert levels[5] - levels[3] <= 9.1


def test_attention_without_vibration_is_a_trouble_of_its_own() -> None:
    fan = Fan()
    fan.teller.states({"F": STATE_ATTENTION})
    assert fan.tell(1500).is_heard("F", TROUBLED)
    assert not fan.tell(1500, vibration=3.0).is_heard("F", TROUBLED), "the vibration says it already"


def test_a_pump_whose_motor_is_not_well_is_not_in_trouble_itself() -> None:
    """The pump's state is the worst of its own and of its motor's."""
    catalogue = make_catalogue(
        2,
        things=[Thing("P", "Pump", "pump"), Thing("P.M", "Drive", "motor", parent="P")],
        signals=[Signal("P.M.n", "P.M", "Speed", unit="1/min", maximum=1800)],
    )
    world = joined_world(catalogue)
    teller, heard = Teller(world), Heard(world)
    teller.values({"P.M.n": 1440.0})
    teller.states({"P": STATE_ATTENTION, "P.M": STATE_ATTENTION})
    heard.listen()
    assert heard.is_heard("P.M", TROUBLED)
    assert heard.is_heard("P")
    assert not heard.is_heard("P", TROUBLED)
    teller.states({"P.M": STATE_GOOD})
    heard.listen()
    assert heard.is_heard("P", TROUBLED)


@pytest.mark.parametrize("quality", [STALE, BAD])
def test_values_that_nobody_trusts_are_kept_and_marked(quality: int) -> None:
    fan = Fan()
    before = fan.tell(1500).pitch("F")
    heard = fan.tell(300, quality=quality)
    assert heard.pitch("F") == before
    assert not heard.sounding.known.any()
    assert fan.tell(300, quality=SIMULATED).sounding.known.all()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1500.0, 3e38])
def test_absurd_values_keep_level_and_pitch_within_bounds(value: float) -> None:
    fan = Fan()
    fan.tell(1500)
    with np.errstate(over="ignore"):
        heard = fan.tell(value, vibration=value)
    assert np.isfinite(heard.sounding.powers_db).all()
    assert ((heard.sounding.pitches >= 0.25) & (heard.sounding.pitches <= 3.0)).all()
    assert heard.sounding.powers_db.max() < 120


def test_a_twin_without_machines_makes_no_sound() -> None:
    world = joined_world(make_catalogue(1, things=[Thing("W", "Wall", "wall")]))
    powers: npt.NDArray[np.float64] = Heard(world).sounding.powers_db
    assert powers.shape == (3, 0)
