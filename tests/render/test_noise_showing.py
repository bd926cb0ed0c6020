"""The noise of the demo plant comes onto the floor when it is wished for, and goes when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.audio.demo_session import DemoSession
from tests.audio.shapes import plant_loaded
from tests.render.boxes import BoxModel
from tests.render.conftest import pixels_of
from walkdown_client.app.noise_showing import NoiseShowing
from walkdown_client.audio.building import Building
from walkdown_client.input import camera
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import NOISE, Colouring, ViewState

pytestmark = pytest.mark.display

TURNS_MAX = 400


@pytest.fixture(scope="module")
def session() -> DemoSession:
    made = DemoSession()
    made.run(15.0)
    return made


@pytest.fixture(scope="module")
def plant(session: DemoSession) -> Iterator[Building]:
    """The demo plant's walls, by its table alone."""
    building = Building()
    building.hear(plant_loaded()[0])
    building.show([plant_loaded()[0].ref], session.twin)
    building.wait()
    building.poll()
    yield building
    building.close()


@pytest.fixture
def scene(open_scene: Callable[..., SceneView]) -> SceneView:
    """A bare floor where the first filling line stands, seen from above."""
    model = BoxModel()
    model.add_box((10, -10, -0.1), (60, 40, 0.0), layer="floor", kind="floor")
    shown = open_scene(model)
    shown.set_camera((34.0, 12.9, 25.0), target=(34.0, 13.0, 0.0), fov_deg=60)
    return shown


def test_the_floor_shows_it_as_long_as_it_is_wished_for(
    session: DemoSession, plant: Building, scene: SceneView
) -> None:
    view = ViewState()
    showing = NoiseShowing(session.world, view, layer=scene.noise, building=plant)
    pose = camera.Pose(np.array([34.0, 13.0, 1.7]), 0.0, 0.0)
    bare = pixels_of(scene).astype(np.int16)
    now_secs = 0.0
    for _turn in range(2):
        now_secs += 1.0
        showing.step(now_secs, pose)
        showing._following.wait()
    showing.step(now_secs, pose)
    assert 60 < showing.level_db < 95
    assert np.abs(pixels_of(scene) - bare).max() <= 3, "only the number, while nobody wants the map"

    view.colouring = Colouring(NOISE)
    for _turn in range(TURNS_MAX):
        now_secs += 1.0
        showing.step(now_secs, pose)
        showing._following.wait()
        field = showing._field
        if field is not None and np.isfinite(field.levels_db).sum() > 60:
            break
    changed = np.abs(pixels_of(scene) - bare).max(2) > 20
    height, width = changed.shape
    assert changed[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8].mean() > 0.8

    view.colouring = Colouring("state")
    showing.step(now_secs + 1.0, pose)
    assert np.abs(pixels_of(scene) - bare).max() <= 3
    showing.close()


def test_from_high_above_the_map_lies_where_one_looks(
    session: DemoSession, plant: Building, scene: SceneView
) -> None:
    showing = NoiseShowing(session.world, ViewState(), layer=scene.noise, building=plant)
    level = camera.Pose(np.array([60.0, 30.0, 1.7]), 0.0, 0.0)
    np.testing.assert_allclose(showing._middle(level)[:2], (60, 30))
    north = camera.Pose(np.array([60.0, 30.0, 30.0]), 0.0, -np.pi / 4)
    np.testing.assert_allclose(showing._middle(north)[:2], (60, 60), atol=0.5)
    east = camera.Pose(np.array([60.0, 30.0, 30.0]), -np.pi / 2, -np.pi / 3)
    np.testing.assert_allclose(showing._middle(east)[:2], (60 + 30 / np.sqrt(3), 30), atol=0.5)
    assert (
        np.linalg.norm(showing._middle(camera.Pose(np.array([60.0, 30.0, 30.0]), 0.0, 0.0))[:2] - (60, 30))
        < 81
    )
    showing.close()
