"""The noise map is seen: colours at their places, lines, numbers, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from tests.render.boxes import BoxModel
from tests.render.conftest import pixels_of
from walkdown_client.scene.cards import rgba
from walkdown_client.scene.noise_layer import BAND_DB, COLORS, FIRST_DB, NoiseCarpet
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.view import SceneView

pytestmark = pytest.mark.display

CELLS, CELL_M = 12, 1.0
BARE = np.array([234.0, 231.0, 225.0])
"""The floor without a carpet."""


def carpet(levels: npt.ArrayLike, **more: tuple[float, ...]) -> NoiseCarpet:
    """Return a carpet of 12 × 12 m around zero, on a floor at -2 m."""
    shape = np.broadcast_to(np.asarray(levels, np.float32), (CELLS, CELLS))
    return NoiseCarpet(np.array([-6.0, -6.0]), -2.0, CELL_M, np.array(shape), **more)


@pytest.fixture
def view(open_scene: Callable[..., SceneView]) -> SceneView:
    """A large floor, seen from above."""
    model = BoxModel()
    model.add_floor()
    shown = open_scene(model)
    shown.set_camera((0.0, -0.01, 14.0), target=(0.0, 0.0, -2.0), fov_deg=60)
    return shown


def pixel(view: SceneView, x: float, y: float) -> npt.NDArray[np.int16]:
    """Return the colour that is seen at a place of the floor."""
    at = Projection(view.base).project(np.array([[x, y, -1.96]])).pixels[0]
    picture = pixels_of(view).astype(np.int16)
    return np.asarray(picture[picture.shape[0] - 1 - int(at[1]), int(at[0])])


def seems(seen: npt.NDArray[np.int16], level_db: float) -> bool:
    """Whether a pixel is nearer to the colour of a level than to that of any other."""
    colors = np.array([rgba(color)[:3] for color in COLORS]) * 255
    mixed = 0.72 * colors + 0.28 * BARE
    band = int(np.clip((level_db - FIRST_DB) // BAND_DB + 1, 0, len(COLORS) - 1))
    return int(np.abs(mixed - seen).sum(1).argmin()) == band


def test_each_side_of_a_step_has_the_colour_of_its_level(view: SceneView) -> None:
    levels = np.full((CELLS, CELLS), 57.5)
    levels[:, CELLS // 2 :] = 87.5
    view.noise.show(carpet(levels))
    assert seems(pixel(view, -1.6, 2.4), 57.5)
    assert seems(pixel(view, 2.4, 2.4), 87.5)


def test_rows_go_north(view: SceneView) -> None:
    levels = np.full((CELLS, CELLS), 42.0)
    levels[CELLS // 2 :] = 77.0
    view.noise.show(carpet(levels))
    assert seems(pixel(view, 2.4, 2.4), 77.0)
    assert seems(pixel(view, 2.4, -1.6), 42.0)


def test_where_nothing_is_known_the_floor_is_seen_as_it_is(view: SceneView) -> None:
    view.noise.show(None)
    bare = pixel(view, 2.4, 2.4)
    levels = np.full((CELLS, CELLS), 72.0)
    levels[:, CELLS // 2 :] = np.nan
    view.noise.show(carpet(levels))
    assert np.abs(pixel(view, 2.4, 2.4) - bare).max() <= 2
    assert np.abs(pixel(view, -1.6, 2.4) - bare).max() > 20
    view.noise.show(None)
    assert np.abs(pixel(view, -1.6, 2.4) - bare).max() <= 2


def test_a_limit_is_drawn_as_a_dashed_line_beside_its_colours(view: SceneView) -> None:
    ramp = np.broadcast_to(np.linspace(79.0, 81.0, CELLS), (CELLS, CELLS))
    view.noise.show(carpet(ramp))
    plain = pixels_of(view).astype(np.int16)
    view.noise.show(carpet(ramp, limits_db=(80.0,)))
    changed = np.abs(pixels_of(view).astype(np.int16) - plain).max(2) > 40
    columns = np.flatnonzero(changed.any(0))
    assert len(columns)
    assert np.ptp(columns) < 20, "the line follows one level"
    along = pixels_of(view)[:, int(np.median(columns))].max(1)
    assert along.max() > 200 > 60 > along.min(), "light and dark dashes"


def test_numbers_stand_on_the_floor(view: SceneView) -> None:
    levels = carpet(np.full((CELLS, CELLS), 62.0))
    view.noise.show(levels)
    view.draw()
    camera = Projection(view.base)
    numbers = view.noise.records(camera, view._atlas, scale=1.0)
    assert len(numbers) == 9 * 3, "nine plates with two digits each"
    view.set_camera((0.0, -0.01, 40.0), target=(0.0, 0.0, -2.0), fov_deg=60)
    far = view.noise.records(Projection(view.base), view._atlas, scale=1.0)
    assert 3 <= len(far) < len(numbers), "fewer of them from farther away"
    view.noise.show(None)
    assert not len(view.noise.records(camera, view._atlas, scale=1.0))
