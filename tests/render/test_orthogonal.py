"""An orthogonal lens: sizes, picks, labels and outlines are those of a picture without perspective."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.render.boxes import BoxModel
from tests.render.conftest import SIZE, pixels_of
from walkdown.package.model import Material
from walkdown_client.input import camera as eyes
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]

pytestmark = pytest.mark.display

RED = Material("red", base_color=(0.8, 0.02, 0.02, 1.0), roughness=0.9)
BLUE = Material("blue", base_color=(0.02, 0.02, 0.8, 1.0), roughness=0.9)
HEIGHT_M = 6.0


@pytest.fixture
def view(open_scene: OpenScene) -> SceneView:
    """A red cube before the eye, and a blue one as large ten metres behind it, seen flat."""
    model = BoxModel(materials=[RED, BLUE])
    model.add_floor()
    model.add_box((-2, -0.5, -0.5), (-1, 0.5, 0.5), material=0)
    model.add_box((1, 9.5, -0.5), (2, 10.5, 0.5), material=1)
    made = open_scene(model)
    made.set_camera((0, -8, 0), target=(0, 0, 0), height_m=HEIGHT_M)
    return made


def test_what_is_far_is_as_large_as_what_is_near(view: SceneView) -> None:
    picture = pixels_of(view).astype(int)
    red = (picture[..., 0] > picture[..., 2] + 60).sum()
    blue = (picture[..., 2] > picture[..., 0] + 60).sum()
    expected = (SIZE[1] / HEIGHT_M) ** 2
    assert red == pytest.approx(expected, rel=0.12)
    assert blue == pytest.approx(expected, rel=0.12)


def test_a_pick_finds_what_lies_under_the_pixel_at_any_depth(view: SceneView) -> None:
    metre = SIZE[1] / HEIGHT_M
    for x_m, drawn_id, y_m in ((-1.5, 1, -0.5), (1.5, 2, 9.5)):
        hit = view.pick(SIZE[0] / 2 + x_m * metre - 0.5, SIZE[1] / 2 - 0.5)
        assert hit is not None
        assert hit.drawn_id == drawn_id
        assert hit.position == pytest.approx([x_m, y_m, 0.0], abs=0.02)
    assert set(view.visible_elements()) >= {1, 2}


def test_labels_stand_where_the_picture_and_the_pose_say(view: SceneView) -> None:
    view.draw()
    points = [(-1.5, 0, 0), (1.5, 10, 0), (0, -20, 0)]
    found = Projection(view.base).project(points)
    pose = eyes.look_at((0, -8, 0), (0, 0, 0))
    lens = eyes.Lens(aspect=SIZE[0] / SIZE[1], height_m=HEIGHT_M)
    normal = eyes.project(pose, lens, points)
    expected = (normal[:2, :2] + 1) / 2 * SIZE
    assert found.pixels[:2] == pytest.approx(expected, abs=0.01)
    assert found.distance[:2] == pytest.approx([8, 18])
    assert found.ahead.tolist() == [True, True, False]
    assert (found.depth[:2] > 0).all()
    assert (found.depth[:2] < 1).all()
    assert Projection(view.base).pixels_per_metre([1, 50]) == pytest.approx(SIZE[1] / HEIGHT_M)


def test_rays_of_pixels_are_parallel_and_start_side_by_side(view: SceneView) -> None:
    view.draw()
    projection = Projection(view.base)
    left, right = projection.ray(10, 60), projection.ray(150, 60)
    assert left[1] == pytest.approx(right[1])
    assert np.linalg.norm(right[0] - left[0]) == pytest.approx(140 * HEIGHT_M / SIZE[1], rel=1e-3)


def test_perspective_comes_back_as_it_was(view: SceneView) -> None:
    view.set_camera((0, -8, 0), target=(0, 0, 0), fov_deg=50)
    picture = pixels_of(view).astype(int)
    red = (picture[..., 0] > picture[..., 2] + 60).sum()
    blue = (picture[..., 2] > picture[..., 0] + 60).sum()
    assert red > 2.5 * blue > 0
