"""Where one flies to when something is framed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.app.test_models import BASE, models
from walkdown_client.app.wishes import Program, Wishes
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


@pytest.fixture
def wishes() -> Wishes:
    """Of somebody who looks at a filler from 0 to 3 m and a crate from 10 to 11 m."""
    rig = camera.Rig(camera.look_at((0, -30, 10), (0, 0, 0)))
    return Wishes(World(), ViewState(), models(), rig=rig, link=None, program=Program())  # type: ignore[arg-type]


def target(wishes: Wishes) -> list[float]:
    flight = wishes._rig.flight
    assert flight is not None
    return [round(number, 2) for number in np.asarray(flight.target).tolist()]


def test_one_flies_to_an_element_that_is_no_thing_and_it_is_selected(wishes: Wishes) -> None:
    crate = wishes._models.element_at(BASE + 3)
    assert crate is not None
    wishes.carry_out(wish.FlyToElement(crate))
    assert target(wishes) == [10.5, 0.5, 0.5]
    assert wishes._view.elements == ("plant:/crate",)


def test_framing_covers_all_that_is_selected_things_and_elements(wishes: Wishes) -> None:
    wishes.carry_out(wish.SelectThings(("FIL.MOT",), ("plant:/crate", "unheard of")))
    wishes.carry_out(wish.FrameSelection())
    assert target(wishes) == [5.5, 0.5, 0.5], "from 0 m, where the motor begins"


def test_what_nothing_draws_leaves_one_where_one_is(wishes: Wishes) -> None:
    wishes.carry_out(wish.SelectThing("GHOST"))
    wishes.carry_out(wish.FrameSelection())
    assert wishes._rig.flight is None
