"""Alarms are heard at once, from where they are, by priority, and never all together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from walkdown.twin import (
    NO_STATE,
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_GOOD,
    STATE_STALE,
    Thing,
    make_catalogue,
)
from walkdown_client.audio.alarms import GAP_SECS, SETTLE_SECS, Alarms, heard_from
from walkdown_client.audio.bodies import Bodies
from walkdown_client.audio.comings import Comings, LinkSound
from walkdown_client.audio.orders import Play
from walkdown_client.twin_index import TwinIndex
from walkdown_client.world import PersonView

EARS = np.array([0.0, 0.0, 1.7])
FRAME_SECS = 0.02

THINGS = [
    Thing("L1", "Line", "line"),
    *(Thing(f"L1.M{k}", f"Machine {k}", "machine", parent="L1") for k in range(8)),
    *(Thing(f"L1.M0.H{k}", f"Head {k}", "head", parent="L1.M0") for k in range(4)),
]
TWIN = TwinIndex(make_catalogue(1, things=THINGS))
ROWS = TWIN.thing_row


class Scene:
    """Alarms among machines that stand 10 m apart in the east, with a clock that only it moves."""

    def __init__(self) -> None:
        self.alarms = Alarms(Bodies(TWIN))
        self.states = np.full(len(THINGS), STATE_GOOD, np.uint8)
        self.places = np.array([(10.0 + 10.0 * row, 0.0, 1.0) for row in range(len(THINGS))])
        self.secs = 0.0
        self.run(SETTLE_SECS + 0.1)

    def set(self, state: int, *things: str) -> None:
        self.states[[ROWS[thing] for thing in things]] = state

    def run(self, secs: float) -> list[tuple[float, Play]]:
        """Let time pass; return what was heard, and how long after the start."""
        heard = []
        for frame in range(round(secs / FRAME_SECS)):
            plays = self.alarms.step(self.states, self.places, ears=EARS, dt_secs=FRAME_SECS)
            heard += [(frame * FRAME_SECS, play) for play in plays]
        self.secs += secs
        return heard


def names(heard: Iterable[tuple[float, Play]]) -> list[str]:
    return [play.name for _secs, play in heard]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_new_alarm_is_heard_in_the_frame_that_knows_of_it(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1.M2")
    heard = scene.run(0.4)
    assert names(heard) == ["alarm"]
    assert heard[0][0] == 0.0


def test_an_alarm_comes_from_its_machine(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1.M2")
    ((_secs, play),) = scene.run(0.1)
    assert play.position is not None
    away, there = np.array(play.position) - EARS, scene.places[ROWS["L1.M2"]] - EARS
    assert away @ there / np.linalg.norm(away) / np.linalg.norm(there) == pytest.approx(1.0)


def test_an_alarm_is_repeated_ever_more_rarely_until_it_is_gone(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1.M2")
    times = [secs for secs, play in scene.run(130.0) if play.name == "alarm"]
    gaps = np.diff(times)
    assert gaps[:5] == pytest.approx([10.0] * 5, abs=0.1)
    assert gaps[-1] == pytest.approx(30.0, abs=0.1)
    scene.set(STATE_GOOD, "L1.M2")
    assert names(scene.run(60.0)) == ["cleared"]


def test_who_has_looked_at_an_alarm_is_left_in_peace(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1.M2")
    scene.run(0.1)
    scene.alarms.acknowledge([ROWS["L1.M2"]])
    assert names(scene.run(120.0)) == []
    assert not len(scene.alarms.standing)


def test_attention_is_said_once_and_differently(scene: Scene) -> None:
    scene.set(STATE_ATTENTION, "L1.M3")
    assert names(scene.run(60.0)) == ["attention"]


def test_an_alarm_goes_before_the_attention_around_it(scene: Scene) -> None:
    scene.set(STATE_ATTENTION, "L1.M1", "L1.M3")
    scene.set(STATE_ALARM, "L1.M2")
    assert names(scene.run(5.0)) == ["alarm"]


def test_an_alarm_that_eases_to_attention_is_no_news(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1.M2")
    scene.run(1.0)
    scene.set(STATE_ATTENTION, "L1.M2")
    assert "attention" not in names(scene.run(5.0))


def test_three_alarms_are_told_one_after_the_other_the_nearest_first(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1.M4", "L1.M1", "L1.M6")
    heard = scene.run(4.0)
    assert names(heard) == ["alarm"] * 3
    assert np.diff([secs for secs, _ in heard]) == pytest.approx([GAP_SECS] * 2, abs=0.021)
    assert heard[0][1].level_db > heard[1][1].level_db - 20


def test_many_alarms_are_one_burst_of_their_own(scene: Scene) -> None:
    scene.set(STATE_ALARM, *(f"L1.M{k}" for k in range(8)))
    heard = scene.run(8.0)
    assert names(heard) == ["alarms"]


def test_a_cascade_of_attention_does_not_chatter(scene: Scene) -> None:
    heard = []
    for k in range(8):
        scene.set(STATE_ATTENTION, f"L1.M{k}")
        heard += scene.run(0.5)
    assert 1 <= len(names(heard)) <= 2


def test_sixteen_bad_heads_are_one_alarm_of_their_machine(scene: Scene) -> None:
    heard = []
    for k in range(4):
        scene.set(STATE_ALARM, f"L1.M0.H{k}", "L1.M0", "L1")
        heard += scene.run(1.0)
    assert names(heard) == ["alarm"]


def test_a_line_is_told_of_when_nothing_in_it_says_why(scene: Scene) -> None:
    scene.set(STATE_ALARM, "L1")
    assert names(scene.run(1.0)) == ["alarm"]


def test_an_alarm_that_flaps_is_news_only_now_and_then(scene: Scene) -> None:
    heard = []
    for _turn in range(10):
        scene.set(STATE_ALARM, "L1.M2")
        heard += scene.run(0.3)
        scene.set(STATE_STALE, "L1.M2")
        heard += scene.run(0.3)
    assert names(heard).count("alarm") == 1


def test_who_comes_in_is_not_met_by_the_alarms_of_before() -> None:
    scene = Scene()
    scene.alarms.restart()
    scene.set(STATE_ALARM, "L1.M1", "L1.M2")
    assert names(scene.run(5.0)) == []
    assert names(scene.run(8.0)) == ["alarm"]


def test_what_has_no_place_is_heard_in_the_head(scene: Scene) -> None:
    scene.places[:] = np.nan
    scene.set(STATE_ALARM, "L1.M2")
    ((_secs, play),) = scene.run(0.1)
    assert play.position is None


def test_far_alarms_keep_their_direction_and_most_of_their_level() -> None:
    near, far = (heard_from("alarm", np.array([d, 0.0, 1.7]), EARS) for d in (3.0, 200.0))
    at_ears = [p.level_db - 20 * np.log10(np.linalg.norm(np.array(p.position) - EARS)) for p in (near, far)]
    assert at_ears[0] == pytest.approx(0.0, abs=0.01)
    assert -3.0 <= at_ears[1] < -2.9
    assert far.position is not None
    assert 5.0 < far.position[0] < 6.0


def test_a_thing_among_the_ears_is_heard_without_dividing_by_nothing() -> None:
    assert heard_from("alarm", EARS.copy(), EARS).level_db == 0.0


def test_states_of_parts_of_places_are_told_as_bodies() -> None:
    bodies = Bodies(TWIN)
    states = np.full(len(THINGS), NO_STATE, np.uint8)
    states[[ROWS["L1"], ROWS["L1.M0"], ROWS["L1.M0.H2"]]] = STATE_ALARM
    told = bodies.told(states)
    assert np.flatnonzero(told == STATE_ALARM).tolist() == [ROWS["L1.M0"]]
    assert bodies.of[ROWS["L1.M0.H2"]] == ROWS["L1.M0"]


# ---- people and the link ------------------------------------------------------------------------------


def person(number: int) -> PersonView:
    return PersonView(number, f"P{number}", "person", 0, "", connected=True)


class Doorway:
    def __init__(self) -> None:
        self.comings = Comings()
        self.people = {1: person(1), 2: person(2)}
        self.places = {2: np.array([5.0, 0.0, 1.7])}
        self.run(3.0)

    def run(self, secs: float) -> list[Play]:
        frames = range(round(secs / FRAME_SECS))
        step = (
            self.comings.step(self.people, self.places, me=1, ears=EARS, dt_secs=FRAME_SECS) for _ in frames
        )
        return [play for plays in step for play in plays]


def test_somebody_who_joins_is_heard_from_where_they_appear() -> None:
    door = Doorway()
    door.people[3] = person(3)
    assert door.run(0.5) == [], "nobody knows yet where"
    door.places[3] = np.array([0.0, -8.0, 1.7])
    (play,) = door.run(0.5)
    assert play.name == "arrive"
    assert play.position is not None
    assert play.position[1] < -3.0


def test_somebody_without_a_place_is_heard_all_the_same() -> None:
    door = Doorway()
    door.people[3] = person(3)
    assert [play.position for play in door.run(3.0)] == [None]


def test_a_crowd_that_joins_at_once_is_no_carillon() -> None:
    door = Doorway()
    door.people |= {number: person(number) for number in range(10, 60)}
    door.places |= {number: np.array([1.0, 1.0, 1.7]) for number in range(10, 60)}
    assert 1 <= len(door.run(2.0)) <= 3


def test_who_goes_is_heard_and_oneself_is_not() -> None:
    door = Doorway()
    del door.people[2]
    assert [play.name for play in door.run(1.0)] == ["leave"]
    del door.people[1]
    assert door.run(1.0) == []


def test_those_who_were_here_before_are_not_announced() -> None:
    door = Doorway()
    door.comings.restart()
    door.people.clear()
    door.run(0.5)
    door.people |= {number: person(number) for number in range(1, 9)}
    assert door.run(5.0) == []


def test_a_lost_link_is_said_after_a_second_and_its_return_too() -> None:
    link = LinkSound()
    assert link.step("live", 0.1) == []
    assert link.step("reconnecting", 0.5) == []
    assert [play.name for play in link.step("reconnecting", 0.6)] == ["link lost"]
    assert link.step("reconnecting", 5.0) == []
    assert [play.name for play in link.step("live", 0.1)] == ["link back"]
    assert link.step("live", 0.1) == []


def test_a_short_break_of_the_link_is_no_news() -> None:
    link = LinkSound()
    assert link.step("reconnecting", 0.6) == link.step("live", 0.1) == []
    assert link.step("reconnecting", 0.6) == []
