"""What the card on a thing says."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from panda3d.core import NodePath

from tests.app.test_models import BASE, opened_package
from walkdown.messages import Blob, Plane, Welcome
from walkdown.twin import STATE_ALARM, STATE_ATTENTION, Limits, Signal, Thing, make_catalogue
from walkdown_client.app.annotations import Annotations, card_of
from walkdown_client.app.models import Models
from walkdown_client.events import Joined
from walkdown_client.scene.element_state import GHOST, HIDDEN
from walkdown_client.scene.sections import Sections
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

CATALOGUE = make_catalogue(
    1,
    things=(
        Thing("FIL", "Filler", element="plant:/FIL"),
        Thing("FIL.MOT", "Filler · motor", element="plant:/FIL/MOT", parent="FIL"),
    ),
    signals=(
        Signal("state", "FIL", "State", kind="enum", labels=("off", "on"), main=True),
        Signal("speed", "FIL", "Speed", unit="1/h", maximum=30_000),
        Signal("hot", "FIL.MOT", "Temperature", unit="Cel", limits=Limits(high=80.0)),
    ),
)


@pytest.fixture
def world() -> World:
    made = World()
    nothing = Blob("0" * 64, 0)
    welcome = Welcome(1, "", "s", False, 1, 50, 1, nothing, (), None, 0)
    made.apply(Joined(welcome, CATALOGUE, None, 1))
    table = made.signals
    values = {"state": 1, "speed": 24_000.0, "hot": 91.0}
    rows = np.array([table.index(signal) for signal in values])
    table.write(rows, np.array(list(values.values())), quality=0, times_ns=1)
    return made


@pytest.fixture
def models(world: World) -> Models:
    made = Models()
    made.open(opened_package(), 0, world.twin)
    return made


def test_a_machine_that_is_well_shows_its_first_value_with_a_course(world: World, models: Models) -> None:
    card = card_of(world.twin.thing("FIL"), world, models)
    assert card is not None
    assert (card.title, card.value, card.detail) == ("Filler", "24,000", "Speed")


def test_a_machine_in_trouble_shows_which_value_of_which_part_is_beyond_its_limits(
    world: World, models: Models
) -> None:
    world.thing_states[:] = STATE_ATTENTION
    card = card_of(world.twin.thing("FIL"), world, models)
    assert card is not None
    assert card.value.startswith("91")
    assert (card.unit, card.detail) == ("°C", "Temperature · motor")


def markers(
    world: World, models: Models, *, flags: dict[int, int], planes: Sequence[Plane] = ()
) -> list[int]:
    """The states that stand on the filler when its elements have some flags, and planes cut."""
    shown: list[int] = []
    state = SimpleNamespace(flags=np.zeros(BASE + 4, np.uint8))
    for drawn_id, bits in flags.items():
        state.flags[drawn_id] = bits
    labels = SimpleNamespace(
        set_markers=lambda _places, codes: shown.extend(codes.tolist()),
        set_cards=lambda cards: shown.extend(-card.state for card in cards),
        set_pins=lambda _pins: None,
    )
    sections = Sections(NodePath("scene"))
    sections.put(planes)
    relations = SimpleNamespace(update=lambda *_a, **_k: None)
    scene = SimpleNamespace(state=state, labels=labels, relations=relations, sections=sections)
    Annotations(scene, models).update(world, ViewState(), np.zeros(3))  # type: ignore[arg-type]
    return shown


def test_no_state_stands_on_what_is_hidden_but_an_alarm_does(world: World, models: Models) -> None:
    world.thing_states[:] = STATE_ATTENTION
    assert markers(world, models, flags={}) == [STATE_ATTENTION, -STATE_ATTENTION]
    assert markers(world, models, flags={BASE: GHOST}) == [STATE_ATTENTION, -STATE_ATTENTION]
    assert markers(world, models, flags={BASE: HIDDEN}) == []
    world.thing_states[:] = STATE_ALARM
    assert markers(world, models, flags={BASE: HIDDEN}) == [STATE_ALARM, -STATE_ALARM]


def test_no_state_stands_on_what_is_all_cut_away_but_an_alarm_does(world: World, models: Models) -> None:
    world.thing_states[:] = STATE_ATTENTION
    below, within = Plane((0, 0, -1), (0, 0, 1)), Plane((0, 0, 1), (0, 0, 1))
    assert markers(world, models, flags={}, planes=[within]) == [STATE_ATTENTION, -STATE_ATTENTION]
    assert markers(world, models, flags={}, planes=[below]) == []
    world.thing_states[:] = STATE_ALARM
    assert markers(world, models, flags={}, planes=[below]) == [STATE_ALARM, -STATE_ALARM]


def test_a_long_name_is_cut_on_a_card(world: World, models: Models) -> None:
    long = msgspec.structs.replace(world.twin.thing("FIL"), name="M_Single-Flush " * 9)
    card = card_of(long, world, models)
    assert card is not None
    assert (len(card.title), card.title[-1]) == (40, "…")
