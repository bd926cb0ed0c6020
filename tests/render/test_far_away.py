"""A model on a national grid is seen as if it stood at zero, and nothing that is far away disturbs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from tests.render.boxes import BoxModel, box_surface, small_hall
from tests.render.conftest import PLAIN, pixels_of
from walkdown_client.placements import placed
from walkdown_client.scene.bake import plan_occupancy
from walkdown_client.scene.hall import find_hall
from walkdown_client.scene.view import SceneView

pytestmark = pytest.mark.display

OpenScene = Callable[..., SceneView]
Ints = npt.NDArray[np.int64]

GRID = np.array([78_123.0, 447_456.0, -1.0])
"""Metres in EPSG:7415, near Delft."""

FAR = np.array([0.0, 300_000.0, 0.0])


def village() -> BoxModel:
    """Some boxes with feature lines, and copies that are drawn as instances."""
    model = BoxModel()
    for x in range(3):
        model.add_box((2 * x - 3, x, -1), (2 * x - 1.7, x + 1, 0.3 * x), lines=True)
    model.add_copies(box_surface((0, 0, 0), (0.3, 0.3, 0.3)), [(-1, -2, -1), (1, -2.5, -1)])
    return model


def seen(view: SceneView, at: npt.NDArray[np.float64], *, eye: npt.ArrayLike = (0.5, -8, 1)) -> Ints:
    """The pixels from an eye that stands so relative to the model at ``at``."""
    view.set_camera(at + np.asarray(eye), quaternion=(1, 0, 0, 0), fov_deg=50)
    return pixels_of(view).astype(np.int64)


def put(view: SceneView, model: BoxModel, at: npt.NDArray[np.float64]) -> None:
    """Show the model somewhere else instead."""
    view.remove_package(0)
    view.add_tile(view.add_package(0, model, [], placement=placed(at)), model)


def test_a_model_on_the_national_grid_looks_as_it_does_at_zero(open_scene: OpenScene) -> None:
    model = village()
    near = seen(open_scene(model), np.zeros(3))
    view = open_scene(model)
    put(view, model, GRID)
    far = seen(view, GRID)
    assert np.ptp(near) > 60
    assert np.abs(near - far).max() <= 1


def test_on_the_grid_the_picture_moves_as_smoothly_as_at_zero(open_scene: OpenScene) -> None:
    """Steps of a millimetre are far below the 3 cm by which float32 counts at 447 km."""
    model = village()
    view = open_scene(model)
    steps = [(0.5 + 0.001 * step, -4, 0.2) for step in range(12)]
    near = [seen(view, np.zeros(3), eye=eye) for eye in steps]
    put(view, model, GRID)
    far = [seen(view, GRID, eye=eye) for eye in steps]
    for one, other in zip(near, far, strict=True):
        assert np.abs(one - other).max() <= 1
    moved = [int(np.abs(picture - far[0]).sum()) for picture in far]
    assert moved == sorted(moved), "it never jumps back"
    assert moved[-1] > moved[1] > 0


def test_what_is_picked_on_the_grid_lies_there_to_the_millimetre(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    view = open_scene(model)
    put(view, model, GRID)
    seen(view, GRID, eye=(0.25, -8, 0.5))
    hit = view.pick(80, 60)
    assert hit is not None
    assert np.abs(hit.position - (GRID + np.array([0.25, -1, 0.5]))).max() < 0.1
    assert abs(hit.position[1] - (GRID[1] - 1)) < 0.001


def test_people_stand_beside_a_model_on_the_grid(open_scene: OpenScene) -> None:
    model = village()
    view = open_scene(model)
    view.people.update([(0, -4, 0)], [(1, 0, 0, 0)], names=["A"], colors=np.zeros(1, np.intp))
    near = seen(view, np.zeros(3))
    put(view, model, GRID)
    view.people.update(
        [GRID + np.array([0, -4, 0])], [(1, 0, 0, 0)], names=["A"], colors=np.zeros(1, np.intp)
    )
    assert np.abs(near - seen(view, GRID)).max() <= 1


def test_a_model_that_is_moved_far_away_looks_as_before(open_scene: OpenScene) -> None:
    model = village()
    view = open_scene(model)
    near = seen(view, np.zeros(3))
    view.remove_package(0)
    number = view.add_package(0, model, [])
    for at in (np.zeros(3), GRID, np.zeros(3)):
        view.place_package(number, placed(at))
        view.attach(view.prepare_tile(number, model, name="all"))
        assert np.abs(near - seen(view, at)).max() <= 1


# ---- what a faulty file throws far away -----------------------------------------------------------------


def with_outlier(model: BoxModel, *, kind: str = "part") -> BoxModel:
    """The same model with a box that stands 300 km away."""
    model.add_box(FAR, FAR + 1, kind=kind)
    return model


def test_what_is_thrown_far_away_does_not_change_the_picture(open_scene: OpenScene) -> None:
    """Shadows, air, depth and size of everything stay those of the bulk."""
    alone = open_scene(village())
    alone.finish_package(0)
    near = seen(alone, np.zeros(3))
    disturbed = open_scene(with_outlier(village()))
    disturbed.finish_package(0)
    assert np.abs(near - seen(disturbed, np.zeros(3))).max() <= 1


def test_a_wall_thrown_far_away_is_no_part_of_the_hall() -> None:
    hall = find_hall(small_hall())
    disturbed = find_hall(with_outlier(small_hall(), kind="wall_far"))
    assert hall is not None
    assert disturbed is not None
    np.testing.assert_array_equal(hall.lo, disturbed.lo)
    np.testing.assert_array_equal(hall.hi, disturbed.hi)


def test_a_hall_with_an_outlier_is_still_opened_from_outside(open_scene: OpenScene) -> None:
    model = with_outlier(small_hall(), kind="roof_far")
    pump, roof = model.kinds.index("pump"), model.kinds.index("roof")
    view = open_scene(model)
    view.set_camera((6, -14, 14), target=(6, 4, 0), fov_deg=60)
    found = set(view.visible_elements())
    assert pump in found
    assert roof not in found


def test_what_was_thrown_far_away_can_be_visited(open_scene: OpenScene) -> None:
    model = with_outlier(village())
    view = open_scene(model)
    view.set_camera(FAR + np.array([0.5, -4, 0.5]), target=FAR + 0.5, fov_deg=50)
    assert len(model.kinds) - 1 in view.visible_elements()


@pytest.mark.parametrize("size", [(300_000, 1, 1), (300_000, 300_000, 1), (1, 1, 300_000), (10, 10, 5)])
def test_the_grid_for_baked_light_is_bounded(size: tuple[float, float, float]) -> None:
    grid = plan_occupancy(np.zeros(3, np.float32), np.array(size, np.float32))
    assert grid.filled.size < 12_000_000


def test_the_depth_range_follows_the_size_of_the_model(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-3000, -3000, 0), (3000, 3000, 10), kind="part")
    model.add_box((-3000, 2990, 0), (3000, 3000, 300), kind="part")
    view = open_scene(model, PLAIN)
    view.set_camera((0, -9_000, 3_000), target=(0, 0, 0), fov_deg=50)
    assert {0, 1} <= set(view.visible_elements())
    assert view.base.camLens.get_near() > 1.0
    view.set_camera((0, 0, 11.7), target=(0, 100, 11), fov_deg=50)
    view.draw()
    assert view.base.camLens.get_near() < 0.2
