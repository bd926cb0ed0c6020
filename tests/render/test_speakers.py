"""Who speaks is marked in the scene, by what is heard of them, with what one should know of their voice."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from tests.render.boxes import BoxModel
from tests.render.conftest import pixels_of
from tests.ui.plant import joined_world
from walkdown.messages import Person
from walkdown_client.app.models import Models
from walkdown_client.app.showing import Showing
from walkdown_client.events import Heard
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import ViewState

pytestmark = pytest.mark.display

EYE = np.array([20.0, -4.0, 1.7])
NEARBY = np.array([[20.0, 1.0, 1.7], [21.5, 1.0, 1.7], [40.0, 6.0, 1.7]])


def test_who_is_heard_has_a_ring_and_bars_and_a_name_says_who_presents_or_is_muted(
    open_scene: Callable[..., SceneView],
) -> None:
    model = BoxModel()
    model.add_box((0, 20, -1), (40, 21, 0), layer="floor")
    scene, world, view = open_scene(model), joined_world(seconds=1), ViewState()
    world.people_ids, world.people_positions = np.array([2, 3, 4], np.uint16), NEARBY
    scene.set_camera(EYE, target=NEARBY[0], fov_deg=60)
    showing = Showing(scene, Models())
    showing.update(world, view, EYE)
    before = pixels_of(scene)
    showing.update(world, view, EYE, speaking={2})
    tags = scene.people.tags
    assert tags is not None
    assert tags.speaking.tolist() == [True, False, False]
    assert (np.abs(pixels_of(scene).astype(int) - before).sum(2) > 60).sum() > 100

    bob = Person(2, "Bob", presenting=True)
    for person in (bob, msgspec.structs.replace(bob, id=3, name="Eve", presenting=False, muted=True)):
        world.apply(Heard(person))
    view.preferences.sound.silenced.append("Rounds bot")
    showing.update(world, view, EYE)
    assert scene.people.tags is not None
    assert list(scene.people.tags.names) == ["Bob · presents", "Eve · muted", "Rounds bot · silenced by you"]
