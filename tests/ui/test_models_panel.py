"""The panel of models says what is there and what is on its way, and its buttons wish what they say."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from msgspec.structs import replace

from tests.ui.conftest import Screen
from walkdown.messages import Blob, PackageRef
from walkdown_client.events import ModelsListed
from walkdown_client.input.events import ButtonDown, ButtonUp, Typed
from walkdown_client.placements import heading_of, matrix, placed
from walkdown_client.tools import intents as wish
from walkdown_client.tools.gizmo import Moving
from walkdown_client.ui.facts import BringTask

pytestmark = pytest.mark.display

DUPLEX = PackageRef("e" * 64, "Duplex_A", Blob("f" * 64, 9), 4000, 215, model="m1", author="Ada", revision=2)
LEFT = 44.0
"""Where the panel begins."""


@pytest.fixture
def models(screen: Screen) -> Screen:
    """A screen that shows the panel of a session with two models."""
    hall = replace(screen.world.packages[0], model="hall")
    screen.world.apply(ModelsListed((hall, DUPLEX)))
    screen.view.panel = "models"
    screen.settle()
    return screen


def hits(screen: Screen, *, top: int, bottom: int) -> list[wish.Intent]:
    """Click where buttons of rows may be, from top to bottom, and return the different wishes."""
    found: list[wish.Intent] = []
    assert screen.interface.layout is not None
    rect = screen.interface.layout.left
    assert rect is not None
    for y in range(top, bottom, 24):
        for place in range(4):
            found += [w for w in screen.click(rect.x + rect.width - 108 + 27 * place, y) if w not in found]
            screen.view.panel = "models"
    return found


def test_models_are_listed_with_who_brought_them_and_how_many_elements(models: Screen) -> None:
    text = models.text("models")
    assert "Models\n2" in text
    assert "Filling hall\n3,324 elements · served" in text
    assert "Duplex_A\n215 elements · Ada · rev" in text


def test_each_model_can_be_framed_moved_replaced_and_taken_out(models: Screen) -> None:
    found = hits(models, top=150, bottom=310)
    for model in ("hall", "m1"):
        for kind in (wish.FrameModel, wish.MoveModel, wish.ChooseModel, wish.RemoveModel):
            assert kind(model) in found


def test_what_is_on_its_way_says_how_far_it_is_and_who_brings_it(models: Screen) -> None:
    tasks = (
        BringTask("t1", "hall.ifc", "read", 0.42, "Ada", mine=False),
        BringTask("t2", "mine.obj", "upload", 0.8, "me", mine=True),
        BringTask("t3", "part.stl", "failed", 1.0, "me", mine=True, text="say its unit"),
    )
    models.facts = dataclasses.replace(models.facts, tasks=tasks)
    models.settle()
    text = models.text("models")
    assert "hall.ifc\nreading 42 % · Ada" in text
    assert "mine.obj\nsending 80 % · you" in text
    assert "part.stl\nsay its unit" in text
    found = [w for w in hits(models, top=115, bottom=330) if isinstance(w, wish.CancelModel | wish.CloseTask)]
    assert found == [wish.CancelModel("t2"), wish.CloseTask("t3")], "only one's own can be stopped"


def test_a_path_is_pasted_where_there_is_no_dialog(models: Screen) -> None:
    assert "Bring in a model…" not in models.text("models")
    models.click(LEFT + 80, 36 + 60)
    models.settle(Typed("/srv/a.glb"))
    assert models.view.bring.path == "/srv/a.glb"
    assert "Axis that points up" in models.text("models")
    found = models.settle(ButtonDown("enter")) + models.settle(ButtonUp("enter"))
    assert [w for w in found if isinstance(w, wish.BringModel)] == [wish.BringModel()]


def test_the_dialog_is_offered_where_there_is_one(models: Screen) -> None:
    models.facts = dataclasses.replace(models.facts, has_dialog=True)
    models.settle()
    assert "Bring in a model…" in models.text("models")
    assert wish.ChooseModel() in models.click(LEFT + 60, 36 + 60)
    assert "where I look" not in models.text("models")
    models.click(LEFT + 80, 36 + 128)
    models.settle()
    assert "where I look" in models.text("models"), "what overrides the file is said before it is chosen"


def test_what_was_wrong_stands_in_the_form_with_what_mends_it(models: Screen) -> None:
    models.view.bring.error = "part.stl does not say its unit"
    models.settle()
    text = models.text("models")
    assert "part.stl does not say its unit" in text
    for word in ("Unit", "mm", "Axis that points up", "where I look", "EPSG number", "Bring it in"):
        assert word in text


def test_what_the_next_file_replaces_is_said(models: Screen) -> None:
    models.view.bring.replaces = "m1"
    models.settle()
    assert "The next file replaces Duplex_A." in models.text("models")


def test_figures_of_a_moved_model_can_be_typed(models: Screen) -> None:
    start = placed((1, 2, 0))
    models.view.moving = Moving("m1", "Duplex_A", start, start, (-1, -1, 0), (1, 1, 2))
    models.settle()
    text = models.text("models")
    for word in ("Moving Duplex_A", "East, m", "Heading, °", "Size", "Leave it here", "Give up"):
        assert word in text
    assert models.view.moving.now == start, "showing the figures moves nothing"
    x, y = LEFT + 40, 36 + 10 + 34 + 34 + 14
    models.click(x, y)
    models.settle(ButtonDown("control"), ButtonDown("a"), frames=1)
    models.settle(ButtonUp("a"), ButtonUp("control"), frames=1)
    models.settle(Typed("4.5"))
    found = models.settle(ButtonDown("enter")) + models.settle(ButtonUp("enter"))
    assert np.allclose(matrix(models.view.moving.now)[:, 3], (4.5, 2, 0))
    assert math.isclose(heading_of(matrix(models.view.moving.now)), 0.0)
    assert wish.PlaceMoved() in found
