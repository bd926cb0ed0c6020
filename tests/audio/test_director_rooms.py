"""Rooms are aired and streets driven on: heard from their places, the near ones only."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.demo_session import drawn_at
from tests.audio.worlds import Told, joined_world, sounds_in
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_client.audio import loops
from walkdown_client.audio.ambience import HALL_DB, ROADS_MAX, ROOM_DB, ROOMS_MAX, Ambience
from walkdown_client.audio.director import Director
from walkdown_client.audio.orders import Order, RoomBox

OFFICE = RoomBox((0, 0, 0), (6, 5, 3), 90.0, 0.6, 0.5)
HALL = RoomBox((20, 0, 0), (80, 40, 10), 24000.0, 2.5, 1.8)
IN_OFFICE = np.array([3.0, 2.0, 1.7])

ROOM = make_catalogue(
    5, things=[Thing("R", "Office", "room")], signals=[Signal("R.t", "R", "Temperature", unit="Cel")]
)


def told_of(director: Director, catalogue_things: object = None) -> Told:
    world = joined_world(ROOM if catalogue_things is None else catalogue_things)  # type: ignore[arg-type]
    said: list[Order] = []
    for _frame in range(60):
        said += director.orders(world, ears=IN_OFFICE, dt_secs=1 / 30)
    told = sounds_in(said)
    assert told is not None
    return told


def test_a_room_is_heard_from_its_ceiling() -> None:
    director = Director()
    director.surround([OFFICE, HALL])
    told = told_of(director, make_catalogue(6))
    ((voice, loop),) = told.loops.items()
    assert loops.NAMES[loop] == "ventilation"
    np.testing.assert_allclose(told.places[voice], (3.0, 2.5, 2.7), atol=1e-6)


def test_a_thing_that_airs_its_room_is_not_heard_twice() -> None:
    director = Director()
    world = joined_world(ROOM)
    director.place(world.twin, [drawn_at({0: (3.0, 2.5, 1.5)}, 1)])
    director.surround([OFFICE])
    told = told_of(director)
    assert list(told.loops) == [0]


def test_a_room_is_as_loud_as_its_absorption_asks() -> None:
    tones = Ambience([OFFICE, HALL])
    office_w = ROOM_DB + 10 * np.log10(0.161 * 90 / 0.6 / 4)
    assert tones.levels[0] == pytest.approx(office_w - 8, abs=0.1)
    assert tones.levels[1] > tones.levels[0] + (HALL_DB - ROOM_DB) / 4


def test_only_rooms_near_by_are_heard_and_few() -> None:
    rooms = [RoomBox((k * 4.0, 0, 0), (k * 4.0 + 4, 4, 3), 48.0, 0.5, 0.4) for k in range(50)]
    tones = Ambience(rooms)
    near = tones.near(np.array([41.0, 2.0, 1.7]))
    assert near[0] == 10
    assert len(near) == ROOMS_MAX
    assert not len(tones.near(np.array([0.0, 90.0, 1.7])))
    assert not len(Ambience().near(np.zeros(3)))


def test_a_street_is_heard_from_its_nearest_parts_at_different_pitches() -> None:
    places = np.array([[15.0 * k, 30.0, 0.5] for k in range(100)])
    director = Director()
    director.surround([], (places, np.full(100, 90.0)))
    told = told_of(director, make_catalogue(6))
    assert {loops.NAMES[loop] for loop in told.loops.values()} == {"traffic"}
    assert len(told.loops) == ROADS_MAX
    assert max(place[0] for place in told.places.values()) <= 15.0 * ROADS_MAX
    assert len(set(told.pitches.values())) == 5
    assert not len(Ambience(roads=(places, np.full(100, 90.0))).near(np.array([0.0, 9000.0, 1.7])))
