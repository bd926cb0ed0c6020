"""What the director says each frame: machines that change audibly, alarms in time, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.audio.demo_session import DemoSession, drawn_at
from tests.audio.worlds import Teller, Told, joined_world, played_in, sounds_in
from walkdown.codec import PoseFlag, Poses
from walkdown.messages import Person
from walkdown.twin import GOOD, STALE, STATE_ALARM, Catalogue, Signal, Thing, make_catalogue
from walkdown_client.audio import loops, shots
from walkdown_client.audio.director import Director
from walkdown_client.audio.levels import (
    KNEE_DB,
    SPEECH_FIRST_DB,
    TOGETHER_MAX_DB,
    Ease,
    level_at_db,
    loop_level_db,
    played_at_1_m_db,
    together_db,
)
from walkdown_client.audio.machine_mix import TOLD_MAX
from walkdown_client.audio.machine_places import spread_db
from walkdown_client.audio.orders import Order, Sounds
from walkdown_client.events import Heard, LinkChanged, Tick

FRAME_SECS = 1 / 60
EARS = np.array([0.0, 0.0, 1.7])
MADE_HZ = loops.RECIPES["motor 4 poles"].at_hz


def motors(count: int) -> Catalogue:
    """Return motors of 1,500 1/min."""
    data: dict[str, str | float | int | bool] = {"rated speed, 1/min": 1500.0, "sound_power_db": 80.0}
    return make_catalogue(
        3,
        things=[Thing(f"M{k}", f"Motor {k}", "motor", properties=data) for k in range(count)],
        signals=[Signal(f"M{k}.n", f"M{k}", "Speed", unit="1/min", maximum=1800) for k in range(count)],
    )


class Hall:
    """Motors in a row along the east, 5 m apart, and somebody who listens."""

    def __init__(self, count: int = 3, director: Director | None = None) -> None:
        self.world = joined_world(motors(count))
        self.teller = Teller(self.world)
        self.director = director or Director()
        self.count, self.ears = count, EARS
        self.place()
        self.told: Told | None = None

    def place(self, *, east: float = 2.0, apart: float = 5.0) -> None:
        places = {k: (east + apart * k, 0.0, 1.7) for k in range(self.count)}
        self.director.place(self.world.twin, [drawn_at(places, self.count)])

    def run_all(self, rpm: float, *, quality: int = GOOD) -> None:
        self.teller.values({f"M{k}.n": rpm for k in range(self.count)}, quality=quality)

    def frames(self, secs: float) -> list[Order]:
        said: list[Order] = []
        for _frame in range(round(secs / FRAME_SECS)):
            said += self.director.orders(self.world, ears=self.ears, dt_secs=FRAME_SECS)
        self.told = sounds_in(said) or self.told
        return said

    def heard(self) -> Told:
        assert self.told is not None
        return self.told


def test_a_motor_is_told_with_place_loop_level_and_true_pitch() -> None:
    hall = Hall()
    hall.run_all(1200)
    hall.frames(4.0)
    told = hall.heard()
    assert set(told.loops) == {0, 4, 8}
    assert loops.NAMES[told.loops[0]] == "motor 4 poles"
    np.testing.assert_allclose(told.places[4], (7.0, 0.0, 1.7))
    assert abs(1200 * np.log2(told.pitches[0] * MADE_HZ * 60 / 1200)) < 5
    assert told.levels[0] == pytest.approx(
        float(loop_level_db(played_at_1_m_db(80 + 50 * np.log10(0.8)))), abs=2
    )


def test_nothing_is_said_while_nothing_changes() -> None:
    hall = Hall()
    hall.run_all(1500)
    hall.frames(6.0)
    assert hall.frames(5.0) == []


def test_noise_of_a_measurement_is_not_worth_saying() -> None:
    hall, rng = Hall(), np.random.default_rng(1)
    hall.run_all(1500)
    hall.frames(6.0)
    said: list[Order] = []
    for _tick in range(40):
        hall.run_all(1500 + rng.normal(0, 0.6))
        said += hall.frames(0.05)
    assert len(said) <= 2


def test_a_machine_glides_to_its_new_speed() -> None:
    hall = Hall(1)
    hall.run_all(900)
    hall.frames(4.0)
    hall.run_all(1500)
    pitches = [told.pitches[0] for order in hall.frames(2.0) if (told := sounds_in([order])) is not None]
    steps = np.diff([900 / 60 / MADE_HZ, *pitches])
    assert (steps >= 0).all()
    assert steps.max() < 0.11
    assert pitches[-1] == pytest.approx(1.0, abs=0.003)


def test_a_machine_that_stops_fades_out_and_is_then_told_no_more() -> None:
    hall = Hall(1)
    hall.run_all(1500)
    hall.frames(3.0)
    hall.run_all(0)
    levels = [told.levels.get(0, -99.0) for order in hall.frames(2.0) if (told := sounds_in([order]))]
    assert levels == sorted(levels, reverse=True)
    assert len(levels) > 4
    assert hall.heard().levels == {}


def test_values_that_go_stale_are_kept_and_fade() -> None:
    hall = Hall(1)
    hall.run_all(1500)
    hall.frames(5.0)
    before = hall.heard()
    hall.run_all(300, quality=STALE)
    hall.frames(4.0)
    assert hall.heard().pitches == before.pitches
    assert hall.heard().levels[0] == pytest.approx(before.levels[0] - 12, abs=1.5)
    hall.frames(20.0)
    assert hall.heard().levels == {}
    hall.run_all(1500)
    hall.frames(5.0)
    assert hall.heard().levels[0] == pytest.approx(before.levels[0], abs=1.0)


def test_without_a_link_the_plant_falls_silent() -> None:
    hall = Hall(2)
    hall.run_all(1500)
    hall.frames(3.0)
    hall.world.apply(LinkChanged("reconnecting"))
    names = [play.name for play in played_in(hall.frames(25.0))]
    assert names == ["link lost"]
    assert hall.heard().levels == {}


def test_of_many_machines_the_loudest_here_are_told() -> None:
    hall = Hall(400)
    hall.place(apart=1.0)
    hall.run_all(1500)
    hall.frames(2.0)
    assert len(hall.heard().levels) == TOLD_MAX
    assert max(hall.heard().levels) // 4 < TOLD_MAX + 5
    hall.ears = np.array([2.0 + 300.0, 0.0, 1.7])
    hall.frames(2.0)
    rows = [voice // 4 for voice in hall.heard().levels]
    assert min(rows) > 200
    assert 300 in rows


def test_a_machine_that_is_moved_is_heard_from_its_new_place() -> None:
    hall = Hall(1)
    hall.run_all(1500)
    hall.frames(3.0)
    hall.place(east=20.0)
    hall.frames(0.5)
    assert hall.heard().places[0][0] == pytest.approx(20.0)


def test_a_long_machine_is_told_from_beside_the_listener_and_quieter_than_a_point() -> None:
    levels = []
    for half_length in (0.5, 15.0):
        hall = Hall(1)
        middle = drawn_at({0: (0.0, 3.0, 1.7)}, 1)
        middle.elements.lo[0, 0], middle.elements.hi[0, 0] = -half_length, half_length
        hall.director.place(hall.world.twin, [middle])
        hall.ears = np.array([6.0, 0.0, 1.7])
        hall.run_all(1500)
        hall.frames(4.0)
        levels.append(hall.heard().levels[0])
    assert hall.heard().places[0][0] == pytest.approx(6.0, abs=0.2)
    assert levels[1] - levels[0] == pytest.approx(
        float(spread_db(np.array([30.0]), np.array([2.0]))[0]), abs=0.2
    )


def test_what_has_no_place_is_not_heard() -> None:
    world = joined_world(motors(2))
    Teller(world).values({"M0.n": 1500.0, "M1.n": 1500.0})
    director = Director()
    said = [order for _k in range(60) for order in director.orders(world, ears=EARS, dt_secs=FRAME_SECS)]
    told = sounds_in(said)
    assert told is not None
    assert told.levels == {}


def test_another_twin_silences_the_one_before() -> None:
    hall = Hall(2)
    hall.run_all(1500)
    hall.frames(2.0)
    hall.world = joined_world(make_catalogue(9, things=[Thing("W", "Wall", "wall")]))
    assert any(isinstance(order, Sounds) for order in hall.frames(0.1))
    assert hall.heard().levels == {}


def test_the_list_of_machines_may_be_made_by_somebody_else() -> None:
    with ThreadPoolExecutor(1) as worker:
        hall = Hall(3, Director(worker=worker))
        hall.run_all(1500)
        hall.frames(0.05)
        worker.submit(lambda: None).result()
        hall.frames(2.0)
    assert set(hall.heard().levels) == {0, 4, 8}


def test_a_new_alarm_is_heard_within_a_frame_and_selecting_it_is_an_answer() -> None:
    hall = Hall(3)
    hall.frames(3.0)
    hall.teller.states({"M1": STATE_ALARM})
    (play,) = played_in(hall.frames(FRAME_SECS))
    assert play.name == "alarm"
    assert play.position is not None
    assert play.position[0] > 0
    hall.world.apply(Heard(Person(1, "Me", "person", 0, selected="M1")))
    assert played_in(hall.frames(60.0)) == []


def test_a_disturbance_of_the_real_plant_is_heard_as_an_alarm_of_its_machine() -> None:
    session, director, heard = DemoSession(), Director(), []
    places = {
        session.row(f"L1.{m}"): (10.0 * k, 5.0, 1.0) for k, m in enumerate(("DEP", "RIN", "FIL", "CAP"))
    }
    director.place(session.twin, [drawn_at(places, len(session.world.catalogue.things))])
    session.disturbances = frozenset({"cap-torque"})
    for _half in range(110):
        session.run(0.5)
        for _frame in range(5):
            heard += played_in(director.orders(session.world, ears=EARS, dt_secs=0.1))
    alarms = [play for play in heard if play.name == "alarm"]
    assert alarms
    assert len(heard) < 16, "a line that stops is told in few sounds"
    east, north, _up = np.array(alarms[0].position) - EARS
    assert np.degrees(np.arctan2(north, east)) == pytest.approx(np.degrees(np.arctan2(5, 30)), abs=2)
    assert {play.name for play in heard} <= set(shots.NAMES)


# ---- levels -------------------------------------------------------------------------------------------


def test_a_source_on_a_floor_makes_eight_decibels_less_at_a_metre_than_its_power() -> None:
    assert level_at_db(100.0, 1.0) == pytest.approx(92.0, abs=0.05)
    assert level_at_db(100.0, 2.0) - level_at_db(100.0, 4.0) == pytest.approx(6.02, abs=0.01)
    assert level_at_db(100.0, 1.0, q=1.0) == pytest.approx(89.0, abs=0.05)


def test_played_levels_keep_their_order_and_are_never_louder_than_true() -> None:
    powers = np.linspace(0, 130, 200)
    played = played_at_1_m_db(powers)
    assert (np.diff(played) > 0).all()
    assert (played <= level_at_db(powers, 1.0) + 1e-9).all()
    assert played_at_1_m_db(93.0) == pytest.approx(55.0, abs=0.1)
    assert played_at_1_m_db(40.0) == level_at_db(40.0, 1.0)
    assert KNEE_DB < 60


def _eased(levels: Sequence[float], secs: float, ease: Ease) -> float:
    together = together_db(np.array(levels))
    for _step in range(round(secs / 0.1)):
        ease.step(together, 0.1)
    return together + ease.gain_db


def test_many_machines_together_stay_below_a_voice() -> None:
    ease = Ease()
    assert _eased([55.0] * 32, 3.0, ease) == pytest.approx(TOGETHER_MAX_DB, abs=0.2)
    assert ease.step(together_db(np.array([40.0])), 0.5) < -8, "up again only slowly"
    assert _eased([40.0], 40.0, ease) == pytest.approx(40.0, abs=0.1)


def test_machines_step_back_while_somebody_near_by_speaks() -> None:
    hall = Hall(40)
    hall.place(apart=0.5)
    hall.run_all(1500)
    hall.frames(4.0)
    quiet = hall.heard().levels[0]
    poses = Poses(
        np.array([7], np.uint16),
        np.array([PoseFlag.SPEAKING], np.uint16),
        np.array([[4.0, 3.0, 1.7]]),
        np.array([[1.0, 0.0, 0.0, 0.0]]),
        np.zeros(1),
    )
    hall.world.apply(Tick(900, 10**9, poses=(poses,)))
    hall.world.advance(2 * 10**9)
    hall.frames(2.0)
    assert hall.heard().levels[0] == pytest.approx(quiet - SPEECH_FIRST_DB, abs=0.7)
    hall.ears = np.array([60.0, 0.0, 1.7])
    hall.frames(20.0)
    assert hall.heard().levels[0] > quiet - 1, "too far away to be drowned"


def test_nothing_is_raised_where_it_is_quiet() -> None:
    ease = Ease()
    assert _eased([], 10.0, ease) < -100
    assert ease.gain_db == 0.0
