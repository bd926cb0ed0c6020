"""A person gets on foot, walks with the keys' wishes, passes open doors, and flies again."""

from __future__ import annotations

import copy
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest

from tests.client.test_blobs import opened
from tests.walk.test_ground import ELEMENTS, FILES, MANIFEST, WALL, package, stocked
from walkdown.package import LAYERS, TILESET_PATH, ElementTable, read_joints, read_tileset
from walkdown.twin import Catalogue, Signal, Thing, make_catalogue
from walkdown_client.app import door_states
from walkdown_client.app.door_states import DoorStates
from walkdown_client.app.models import Models
from walkdown_client.app.walking import Walking
from walkdown_client.app.wishes import Program, Wishes
from walkdown_client.ground import Ground
from walkdown_client.input import camera
from walkdown_client.input.controls import Steps
from walkdown_client.packages import PackageOpened
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import ViewState
from walkdown_client.twin_index import TwinIndex
from walkdown_client.walk.body import EYE_M, RADIUS_M
from walkdown_client.world import World

STATE = Signal(id="D.state", thing="D", name="State", kind="enum", labels=("closed", "opening", "open"))
WITH_STATE = make_catalogue(
    1, things=[Thing(id="D", name="Door", type="door", element="m:/door")], signals=[STATE]
)
JOINTS = read_joints(MANIFEST, FILES.__getitem__)


class Person:
    """Somebody in front of the model of the ground's tests: floor, wall at x = 3, lifting door at y = 3."""

    def __init__(self, address: Any, catalogue: Catalogue, elements: ElementTable) -> None:
        self.world, self.view, self.models = World(), ViewState(), Models()
        self.world.twin = TwinIndex(catalogue)
        self.world.signals = type(self.world.signals)(catalogue.signals)
        self.world.joint_values = np.zeros(2)
        self.hidden, self.cut = np.zeros(len(ELEMENTS), bool), np.zeros(len(ELEMENTS), bool)
        self.rig = camera.Rig(camera.look_at((0.0, 0.0, 4.0), (0.0, 5.0, 0.0)))
        ref = package().ref
        self.models.open(
            PackageOpened(ref, MANIFEST, elements, JOINTS, read_tileset(FILES[TILESET_PATH])),
            0,
            self.world.twin,
        )
        self.wishes = Wishes(
            self.world, self.view, self.models, rig=self.rig, link=cast("Any", None), program=Program()
        )
        self.walking = Walking(
            self.view,
            self.models,
            doors=DoorStates(
                self.world, self.models, undrawn=lambda: self.hidden, away=lambda: self.hidden | self.cut
            ),
            rig=self.rig,
            wishes=self.wishes,
            open_ground=lambda: Ground(address),
        )

    @property
    def eye(self) -> list[float]:
        return [round(value, 3) for value in self.rig.pose.position.tolist()]

    def frames(self, secs: float, steps: Steps | None = None) -> None:
        for _frame in range(round(secs * 60)):
            self.walking.advance(1 / 60, steps or Steps())

    def until(self, holds: Callable[[], object]) -> None:
        ends, pause = time.monotonic() + 20, threading.Event()
        while not holds():
            assert time.monotonic() < ends, "it never came to hold"
            pause.wait(0.002)
            self.walking.advance(0.0, Steps())

    def land(self) -> None:
        self.wishes.carry_out(wish.ToggleWalk())
        self.until(self.has_all)
        self.frames(0.5)

    def has_all(self) -> bool:
        ground = self.walking._ground
        return ground is not None and not ground.obstacles.awaited(np.full(3, -50.0), np.full(3, 50.0))

    def say_state(self, value: int) -> None:
        self.world.signals.write(np.array([0]), np.array([value]), quality=0, times_ns=1)
        self.frames(0.02)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Person]]:
    monkeypatch.setattr(door_states, "EVERY_SECS", 0.0)
    made: list[Person] = []
    with opened(stocked()) as address:

        def person(catalogue: Catalogue | None = None, elements: ElementTable = ELEMENTS) -> Person:
            made.append(Person(address, catalogue or Catalogue(0), elements))
            return made[-1]

        yield person
        for someone in made:
            someone.walking.close()


def test_people_land_below_the_eye_and_look_ahead(make: Callable[..., Person]) -> None:
    person = make()
    person.wishes.carry_out(wish.ToggleWalk())
    person.walking.advance(1 / 60, Steps())
    assert person.walking.holding
    person.until(lambda: not person.walking.holding)
    person.frames(0.5)
    assert person.view.walking
    assert person.eye == [0, 0, pytest.approx(EYE_M, abs=0.01)]
    assert abs(person.rig.pose.pitch_rad) < math.radians(13)


def test_people_land_through_what_is_cut_away_for_the_view(make: Callable[..., Person]) -> None:
    """The model's floor is not drawn: what one sees is the level ground, 4 mm below it."""
    person = make()
    person.cut[0] = True
    person.wishes.carry_out(wish.ToggleWalk())
    person.until(lambda: person.walking._walker is not None)
    assert person.walking._walker is not None
    assert person.walking._walker.feet[2] == pytest.approx(-0.004, abs=0.001)


def test_the_keys_walk_where_the_head_looks(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    person.frames(1.0, Steps(forward=1.0))
    assert person.eye[1] == pytest.approx(1.4, abs=0.2)
    person.frames(0.5)
    person.rig.turn(1.0, left=1.0, up=0.0)
    heading = person.rig.pose.heading_rad
    before = person.rig.pose.position
    person.frames(1.0, Steps(forward=1.0, fast=True))
    way = person.rig.pose.position - before
    assert math.atan2(-way[0], way[1]) == pytest.approx(heading, abs=0.1)
    assert np.linalg.norm(way) > 3.0


def test_walls_stop_people_but_not_those_that_are_hidden(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    person.rig.take(camera.look(person.rig.pose, heading_rad=-math.pi / 2, pitch_rad=0))
    person.frames(4.0, Steps(forward=1.0))
    assert person.eye[0] == pytest.approx(3 - RADIUS_M, abs=0.02)
    person.hidden[WALL] = True
    person.frames(2.0, Steps(forward=1.0))
    assert person.eye[0] > 4


def test_a_door_stops_people_until_its_leaf_is_lifted(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    person.frames(3.0, Steps(forward=1.0))
    assert person.eye[1] == pytest.approx(3 - RADIUS_M, abs=0.02)
    person.world.joint_values = np.array([0.0, 2.5])
    person.frames(1.5, Steps(forward=1.0))
    assert person.eye[1] > 4


def test_a_door_that_says_what_it_is_is_believed(make: Callable[..., Person]) -> None:
    person = make(WITH_STATE)
    person.world.joint_values = np.array([0.0, 3.0])
    person.land()
    person.say_state(0)
    person.frames(3.0, Steps(forward=1.0))
    assert person.eye[1] == pytest.approx(3 - RADIUS_M, abs=0.02)
    person.say_state(2)
    person.frames(1.5, Steps(forward=1.0))
    assert person.eye[1] > 4


def test_flying_anywhere_ends_walking_where_one_is(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    person.wishes.carry_out(wish.FrameAll())
    person.frames(0.1)
    assert not person.view.walking
    assert person.rig.flight is not None


def test_who_lands_during_a_flight_stays_on_foot(make: Callable[..., Person]) -> None:
    person = make()
    person.wishes.carry_out(wish.FrameAll())
    person.rig.advance(0.1, (0.0, 0.0, 0.0))
    person.land()
    assert person.view.walking


def test_the_same_key_flies_again(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    before = person.eye
    person.wishes.carry_out(wish.ToggleWalk())
    person.frames(1.0)
    assert not person.view.walking
    assert person.eye == before


def test_a_click_on_the_floor_goes_there_within_a_third_of_a_second(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    person.wishes.carry_out(wish.WalkTo((-4.0, 2.0, -0.001)))
    person.frames(0.05)
    assert -4 < person.eye[0] < 0
    person.frames(0.3)
    assert person.eye == [-4, 2, pytest.approx(EYE_M, abs=0.01)]


def test_a_click_beside_a_wall_stands_where_there_is_room(make: Callable[..., Person]) -> None:
    person = make()
    person.land()
    person.wishes.carry_out(wish.WalkTo((2.95, 0.0, 0.0)))
    person.frames(0.5)
    assert abs(person.eye[0] - 3) >= RADIUS_M - 0.001
    assert math.dist(person.eye[:2], (2.95, 0)) < 1.0


def test_who_falls_out_of_the_model_is_told(make: Callable[..., Person]) -> None:
    with_floor = copy.copy(ELEMENTS)
    with_floor.layers = np.full(len(ELEMENTS), LAYERS.index("floor"), np.uint8)
    person = make(elements=with_floor)
    person.land()
    person.rig.take(camera.look(person.rig.pose, heading_rad=math.pi / 2, pitch_rad=0))
    for _turn in range(400):
        person.until(lambda: not person.walking.holding)
        person.frames(0.05, Steps(forward=1.0))
        if person.view.toasts:
            break
    assert [toast.title for toast in person.view.toasts] == ["You fell out of the model"]
    assert person.eye == [pytest.approx(-5.4, abs=0.6), 0, pytest.approx(EYE_M, abs=0.01)]
    assert person.view.walking


def test_where_there_is_nothing_to_stand_on_people_go_on_flying(make: Callable[..., Person]) -> None:
    person = make()
    person.models.packages.clear()
    person.wishes.carry_out(wish.ToggleWalk())
    person.until(lambda: not person.walking.holding)
    assert not person.view.walking
    assert person.view.toasts[0].title == "There is no floor below"
