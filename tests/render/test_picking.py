"""What is under a pixel, against a ray on the processor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.render.boxes import BoxModel
from walkdown.package.model import Material
from walkdown_client.render.ray import RayCaster
from walkdown_client.scene.element_state import GHOST, HIDDEN
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]


def scattered() -> BoxModel:
    model = BoxModel()
    rng = np.random.default_rng(4)
    for lo in rng.uniform(-3, 3, (60, 3)):
        model.add_box(lo, lo + rng.uniform(0.2, 0.9, 3))
    return model


def caster_of(model: BoxModel) -> RayCaster:
    positions = np.concatenate([s.positions for s in model.surfaces])
    triangles = np.concatenate([s.triangles + 24 * i for i, s in enumerate(model.surfaces)])
    return RayCaster(positions, triangles, np.repeat(np.arange(len(model.surfaces)), 12))


@pytest.mark.display
def test_picks_agree_with_rays_in_owner_and_place(open_scene: OpenScene) -> None:
    model = scattered()
    view = open_scene(model)
    view.draw()
    judge, camera = caster_of(model), Projection(view.base)
    met = 0
    for x, y in np.random.default_rng(5).integers((0, 0), (160, 120), (200, 2)).tolist():
        expected, found = judge.first(*camera.ray(x, y)), view.pick(x, y)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            met += 1
            assert found.drawn_id == expected.owner
            assert np.abs(found.position - expected.position).max() < 1e-4
    assert met > 40


@pytest.mark.display
def test_the_base_of_a_package_is_part_of_the_drawn_id(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    view = open_scene(model, base=70_000)
    found = view.pick(80, 60)
    assert found is not None
    assert found.drawn_id == 70_000


@pytest.mark.display
@pytest.mark.parametrize("flag", [HIDDEN, GHOST])
def test_what_is_hidden_or_a_ghost_cannot_be_picked(open_scene: OpenScene, flag: int) -> None:
    model = BoxModel()
    front = model.add_box((-1, -2, -1), (1, -1.5, 1))
    back = model.add_box((-1, 0, -1), (1, 1, 1))
    view = open_scene(model)
    assert view.pick(80, 60).drawn_id == front  # type: ignore[union-attr]
    view.state.set_flags([front], flag)
    assert view.pick(80, 60).drawn_id == back  # type: ignore[union-attr]


@pytest.mark.display
def test_glass_is_in_the_way_only_when_asked(open_scene: OpenScene) -> None:
    pane = Material("pane", base_color=(0.8, 0.9, 0.9, 0.3), pattern="glass")
    model = BoxModel(materials=[BoxModel().materials[0], pane])
    glass = model.add_box((-1, -2, -1), (1, -1.9, 1), material=1)
    back = model.add_box((-1, 0, -1), (1, 1, 1))
    view = open_scene(model)
    assert view.pick(80, 60).drawn_id == back  # type: ignore[union-attr]
    assert view.pick(80, 60, through_glass=False).drawn_id == glass  # type: ignore[union-attr]


@pytest.mark.display
def test_the_ground_has_a_place_and_no_owner(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-0.2, -0.2, 0), (0.2, 0.2, 0.4))
    view = open_scene(model)
    view.finish_package(0)
    view.set_camera((0, -4, 2), target=(0, 0, 0), fov_deg=50)
    found = view.pick(80, 110)
    assert found is not None
    assert found.drawn_id is None
    assert abs(found.position[2]) < 0.02


@pytest.mark.display
def test_an_answer_comes_one_frame_after_the_question(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    view = open_scene(model)
    assert view.poll_pick() is None
    view.request_pick(80, 60)
    view.draw()
    found = view.poll_pick()
    assert found is not None
    assert found.drawn_id == 0
    assert view.poll_pick() is None, "an answer is given once"


@pytest.mark.display
def test_visible_elements_are_counted_in_pixels_of_the_window(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    model.add_box((-0.5, 1.5, -0.5), (0.5, 2, 0.5))
    view = open_scene(model)
    view.draw()
    full, quarter = view.visible_elements(), view.visible_elements(scale=0.5)
    assert set(full) == {0}, "the second box is behind the first"
    assert full[0] == pytest.approx(quarter[0], rel=0.1)
    corners = Projection(view.base).project([(-1, -1, -1), (1, -1, 1)]).pixels
    width, height = corners[1] - corners[0]
    assert full[0] == pytest.approx(width * height, rel=0.05)


def test_a_ray_finds_the_nearest_of_several_triangles() -> None:
    square = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0]], float)
    positions = np.concatenate([square + np.array([0, 0, z]) for z in (3.0, 1.0, 2.0)])
    judge = RayCaster(positions, np.arange(9).reshape(3, 3), np.array([10, 20, 30]))
    found = judge.first((0.3, 0.3, -5), (0, 0, 1))
    assert found is not None
    assert found.owner == 20
    assert found.position == pytest.approx([0.3, 0.3, 1.0])
    assert judge.first((0.3, 0.3, 9), (0, 0, 1)) is None, "what lies behind does not count"
    assert judge.first((1.9, 1.9, -5), (0, 0, 1)) is None


def test_no_triangles_are_never_hit() -> None:
    judge = RayCaster(np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros(0, int))
    assert judge.first((0, 0, 0), (0, 1, 0)) is None
