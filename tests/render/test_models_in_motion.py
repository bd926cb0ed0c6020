"""Packages come into a scene, stand where they are put, move, and go without a trace."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.render.boxes import BoxModel, box_surface, small_hall
from tests.render.conftest import pixels_of
from walkdown.frames import joint_matrices
from walkdown.package.model import Joint, Material
from walkdown_client.placements import placed, to_site
from walkdown_client.scene.element_state import SELECTED
from walkdown_client.scene.placed import placed_elements, placed_tile, quaternion_of
from walkdown_client.scene.view import SceneView

pytestmark = pytest.mark.display

OpenScene = Callable[..., SceneView]
BASE = 100


def crate(at: tuple[float, float, float] = (0.0, 0.0, 0.0), *, size: float = 1.0) -> BoxModel:
    model = BoxModel()
    low = np.array(at, float)
    model.add_box(low, low + np.array([1.0, 0.6, 0.8]) * size, lines=True)
    return model


def room() -> BoxModel:
    """A floor and a post, so that there is something to come back to."""
    model = BoxModel()
    model.add_floor()
    model.add_box((-2.5, 1, -2), (-2, 1.5, 1))
    return model


def bring(view: SceneView, model: BoxModel, **given: object) -> int:
    number = view.add_package(BASE, model, model.joint_list, **given)  # type: ignore[arg-type]
    view.attach(view.prepare_tile(number, model, name="t/0.glb"))
    view.finish_package(number)
    return number


def nodes(view: SceneView) -> int:
    return len(view.base.render.find_all_matches("**"))


def test_a_package_put_somewhere_looks_like_one_that_was_made_there(open_scene: OpenScene) -> None:
    view = open_scene(room())
    bring(view, crate((1, 0, 0), size=2.0))
    made_there = pixels_of(view).astype(int)
    view = open_scene(room())
    bring(view, crate(), placement=placed((1, 0, 0), scale=2.0))
    assert np.abs(made_there - pixels_of(view).astype(int)).max() <= 2


def test_what_is_taken_out_leaves_the_picture_and_the_scene_as_they_were(open_scene: OpenScene) -> None:
    view = open_scene(room())
    view.finish_package(0)
    before, count = pixels_of(view), nodes(view)
    number = bring(view, crate((0, -2, 0)))
    view.state.set_flags([BASE], SELECTED)
    assert (pixels_of(view) != before).any()
    view.remove_package(number)
    assert (pixels_of(view) == before).all()
    assert nodes(view) == count
    assert view.pick(80, 60) is None or view.pick(80, 60).drawn_id != BASE  # type: ignore[union-attr]


def test_what_is_taken_out_takes_its_textures_along(open_scene: OpenScene) -> None:
    view = open_scene(room())
    known = view._model.materials._textures
    picture = io.BytesIO()
    Image.new("RGB", (4, 4), (200, 30, 30)).save(picture, "PNG")
    model = crate((0, -2, 0))
    model.materials = [Material("brick", texture=0)]
    model.images = [picture.getvalue()]
    model.surfaces = [replace(s, uvs=np.zeros((len(s.positions), 2), np.float32)) for s in model.surfaces]
    number = bring(view, model)
    pixels_of(view)
    assert len(known) == 1
    view.remove_package(number)
    pixels_of(view)
    view._model.materials.forget_unused()
    assert known == {}


def test_a_package_moves_tile_by_tile_and_leaves_nothing_behind(open_scene: OpenScene) -> None:
    view = open_scene(room())
    model = crate((-0.5, -2, -0.4))
    number = bring(view, model)
    first, count = pixels_of(view), nodes(view)
    assert view.pick(80, 60).drawn_id == BASE  # type: ignore[union-attr]
    late = view.prepare_tile(number, model, name="t/0.glb")
    view.place_package(number, placed((2, 0, 0)))
    view.attach(late)
    assert (pixels_of(view) == first).all(), "what was cut before the move is left out"
    view.attach(view.prepare_tile(number, model, name="t/0.glb"))
    view.finish_package(number)
    assert nodes(view) == count
    found = view.pick(80, 60)
    assert found is None or found.drawn_id != BASE
    view.place_package(number, placed())
    view.attach(view.prepare_tile(number, model, name="t/0.glb"))
    assert (pixels_of(view) == first).all()


def test_a_pick_says_where_a_moved_package_was_hit(open_scene: OpenScene) -> None:
    view = open_scene(room())
    bring(view, crate((-0.5, -0.3, -0.4)), placement=placed((0, -2, 0), heading_rad=math.pi / 2))
    found = view.pick(80, 60)
    assert found is not None
    assert found.drawn_id == BASE
    assert np.allclose(found.position, (0, -2.5, 0), atol=0.05)


def test_joints_move_in_the_frame_of_their_package(open_scene: OpenScene) -> None:
    slide = Joint("j", "prismatic", (0, 0, 0), (1, 0, 0))
    model = BoxModel(joint_list=[slide])
    model.add_box((-0.3, -0.3, -0.3), (0.3, 0.3, 0.3), joint=0)
    view = open_scene(room())
    number = bring(view, model, placement=placed((0, -2, 0), heading_rad=-math.pi / 2, scale=1.0))
    assert view.pick(80, 60).drawn_id == BASE  # type: ignore[union-attr]
    view.set_joint_matrices(joint_matrices([slide], [2.0]))
    view.set_camera((8, -4, 0), target=(0, -4, 0), fov_deg=50)
    assert view.pick(80, 60).drawn_id == BASE  # type: ignore[union-attr]
    view.remove_package(number)
    view.set_joint_matrices(np.zeros((0, 3, 4), np.float32))
    assert view.pick(80, 60) is None or view.pick(80, 60).drawn_id != BASE  # type: ignore[union-attr]


def test_a_hall_that_goes_takes_its_light_and_its_cut_along(open_scene: OpenScene) -> None:
    view = open_scene(room())
    view.finish_package(0)
    view.set_camera((-4, -12, 10), target=(0, 0, 0), fov_deg=60)
    before = pixels_of(view)
    number = bring(view, small_hall())
    assert (pixels_of(view) != before).any()
    view.remove_package(number)
    assert (pixels_of(view) == before).all()
    assert not view.state.take_flags().any()


def test_there_is_one_ground_below_all_packages_that_bring_none(open_scene: OpenScene) -> None:
    view = open_scene(crate((-0.5, -0.5, 0)))
    view.finish_package(0)
    count = nodes(view)
    number = bring(view, crate((2, 0, -1)))
    view.set_camera((0, -4, 2), target=(0, 0, 0), fov_deg=50)
    found = view.pick(80, 110)
    assert found is not None
    assert abs(found.position[2] + 1) < 0.02
    view.remove_package(number)
    assert nodes(view) == count
    assert abs(view.pick(80, 110).position[2]) < 0.02  # type: ignore[union-attr]


def test_copies_of_a_shape_move_as_one_would_by_hand() -> None:
    shape = box_surface((-0.4, -0.2, -0.1), (0.4, 0.2, 0.1))
    model = BoxModel()
    model.add_copies(shape, [(1, 2, 3), (-1, 0, 2)])
    model.repeats[0].rotations[:] = (math.cos(0.3), 0, 0, math.sin(0.3))
    placement = placed((5, 6, 7), heading_rad=1.1, scale=3.0)
    (moved,) = placed_tile(model, placement).repeats
    for before, after in ((corner(model.repeats[0], i), corner(moved, i)) for i in (0, 1)):
        assert np.allclose(to_site(placement, before), after, atol=1e-4)


def corner(repeat: object, copy: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The first corner of one copy, by the formula of ``Repeat``."""
    w, x, y, z = repeat.rotations[copy].astype(float)  # type: ignore[attr-defined]
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    scaled = repeat.shape.positions[0] * repeat.scales[copy]  # type: ignore[attr-defined]
    return np.asarray(turn @ scaled + repeat.translations[copy])  # type: ignore[attr-defined]


@pytest.mark.parametrize("heading", [0.0, 1.0, math.pi, -2.5])
def test_a_rotation_and_its_quaternion_turn_alike(heading: float) -> None:
    turn = np.array(placed(heading_rad=heading)).reshape(3, 4)[:, :3]
    w, _x, _y, z = quaternion_of(turn)
    assert np.allclose([w * w - z * z, 2 * w * z], [math.cos(heading), math.sin(heading)])


def test_elements_in_place_are_the_same_object() -> None:
    model = crate()
    assert placed_elements(model, placed()) is model
