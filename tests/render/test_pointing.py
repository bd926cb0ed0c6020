"""Rays and rings in the picture: where they end, in whose colour, and fainter behind a wall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.render.boxes import BoxModel
from tests.render.conftest import Pixels, pixels_of
from walkdown_client.scene.pointing import Ray, Ring
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]
HAND, END = np.array([-2.0, 0.0, 0.0]), np.array([1.5, 0.0, 0.0])
SAME = 40

pytestmark = pytest.mark.display


def scene(open_scene: OpenScene, *, wall: bool = False) -> SceneView:
    model = BoxModel()
    model.add_box((-30, 20, -9), (30, 21, -8), layer="floor")
    if wall:
        model.add_box((-4, -2.2, -4), (4, -2.0, 4))
    view = open_scene(model)
    view.set_camera((0, -6, 0), target=(0, 0, 0), fov_deg=60)
    return view


def change(before: Pixels, view: SceneView) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """How much each pixel differs, (height, width)."""
    return np.asarray(np.abs(before.astype(int) - pixels_of(view).astype(int)).sum(2))


def test_a_ray_goes_from_the_hand_to_a_dot_with_a_name_and_leaves_no_trace(open_scene: OpenScene) -> None:
    view = scene(open_scene)
    before = pixels_of(view)
    view.pointers.rays = [Ray(HAND, END, 0, "Jörg")]
    seen = change(before, view) > SAME
    rows, columns = np.nonzero(seen)
    height, width = seen.shape
    across = width / 2 / np.tan(np.radians(30)) / 6  # pixels of a metre at this distance
    assert columns.min() == pytest.approx(width / 2 + HAND[0] * across, abs=4)
    assert columns.max() > width / 2 + END[0] * across + 10, "the name stands beside the dot"
    assert abs(rows.mean() - height / 2) < 6
    picture = pixels_of(view).astype(int)
    dot = picture[height // 2, round(width / 2 + END[0] * across)]
    assert dot[2] > dot[0] + 60, "in the blue of the first person"
    view.pointers.rays = []
    assert not (change(before, view) > SAME).any()


def test_a_ray_behind_a_wall_is_fainter_and_one_from_behind_the_eye_is_drawn_where_it_is_seen(
    open_scene: OpenScene,
) -> None:
    ray = Ray(HAND, END, 0, "")
    strength = []
    for wall in (False, True):
        view = scene(open_scene, wall=wall)
        before = pixels_of(view)
        view.pointers.rays = [ray]
        found = change(before, view)
        strength.append(int(found.max()))
    assert 20 < strength[1] < strength[0] * 0.8
    view.pointers.rays = [Ray(np.array([0.0, -9.0, -0.5]), END, 0, "")]
    assert (change(before, view) > 10).any()
    view.pointers.rays = [Ray(np.array([0.0, -9.0, 0.0]), np.array([0.0, -8.0, 0.0]), 0, "")]
    assert not (change(before, view) > 10).any()


def test_a_ring_closes_in_on_its_place_and_fades(open_scene: OpenScene) -> None:
    view = scene(open_scene)
    before = pixels_of(view)
    widths, strengths = [], []
    for share in (0.02, 0.3, 0.99):
        view.pointers.rings = [Ring(np.zeros(3), 0, share)]
        found = change(before, view)
        columns = np.nonzero(found > SAME)[1]
        widths.append(int(np.ptp(columns)) if len(columns) else 0)
        strengths.append(int(found.max()))
    assert widths[0] > widths[1] > 0
    assert strengths[2] < strengths[0] / 2
