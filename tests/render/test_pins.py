"""Pins of topics: where they stand, which stand for others, what they look like, and which one is clicked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.render.boxes import BoxModel
from tests.render.conftest import SIZE, Pixels, pixels_of
from walkdown_client.scene.pin_clusters import gather
from walkdown_client.scene.pins import ORPHANED, SHAPES, STANDINGS, TONES, PinRows
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]
CELL = (80.0, 40.0)


def pins(*points: tuple[float, float, float], **codes: list[int]) -> PinRows:
    rows = PinRows.empty(len(points))
    rows.points[:], rows.numbers[:], rows.there[:] = points, np.arange(len(points)) + 1, True
    for name, values in codes.items():
        getattr(rows, name)[:] = values
    return rows


# ---- which pins are drawn -------------------------------------------------------------------------------


def test_dense_pins_are_gathered_none_is_lost_and_the_most_urgent_is_seen() -> None:
    rng = np.random.default_rng(3)
    xs, ys = rng.uniform(0, 800, (2, 2000)).astype(np.float32)
    urgency = rng.integers(0, 5, 2000).astype(np.uint8)
    found = gather(xs, ys, urgency=urgency, cell_px=CELL)
    assert found.counts.sum() == 2000
    assert len(found.drawn) <= 11 * 21
    cells = np.stack([np.floor(xs / CELL[0]), np.floor(ys / CELL[1])], 1)
    for row, count in zip(found.drawn.tolist(), found.counts.tolist(), strict=True):
        mine = (cells == cells[row]).all(1)
        assert count == mine.sum()
        assert urgency[row] == urgency[mine].max()
        assert row == np.flatnonzero(mine & (urgency == urgency[row]))[0], "the first of the most urgent"


def test_pins_apart_stand_for_themselves_and_none_is_no_trouble() -> None:
    apart = np.arange(5, dtype=np.float32) * 200
    found = gather(apart, apart, urgency=np.zeros(5, np.uint8), cell_px=CELL)
    assert found.counts.tolist() == [1] * 5
    nothing = np.zeros(0, np.float32)
    assert not len(gather(nothing, nothing, urgency=np.zeros(0, np.uint8), cell_px=CELL).drawn)


# ---- in a scene -----------------------------------------------------------------------------------------


@pytest.fixture
def view(open_scene: OpenScene) -> SceneView:
    """A box of two metres, looked at from the south."""
    model = BoxModel()
    model.add_floor()
    model.add_box((-1, -1, -1), (1, 1, 1))
    return open_scene(model)


def drawn(view: SceneView) -> list[int]:
    view.draw()
    return sorted(view.pins.drawn.drawn.tolist())


def changed(view: SceneView, rows: PinRows) -> Pixels:
    """What pins change in the picture, (height, width) whether."""
    view.pins.shown = False
    before = pixels_of(view).astype(int)
    view.pins.put(rows)
    view.pins.shown = True
    return np.asarray(np.abs(pixels_of(view).astype(int) - before).max(2) > 20)


@pytest.mark.display
def test_a_pin_stands_with_its_point_at_its_place_and_a_click_finds_it(view: SceneView) -> None:
    place = (0.5, -1.0, 0.5)
    seen = changed(view, pins(place))
    x, y = Projection(view.base).project([place]).pixels[0].tolist()
    rows, columns = np.nonzero(seen)
    assert abs(rows.max() - (SIZE[1] - y)) < 4
    assert columns.min() > x - 16
    assert view.pins.at(x, SIZE[1] - y - 18, SIZE) == 0
    assert view.pins.at(x + 30, SIZE[1] - y - 18, SIZE) == 0, "its label"
    assert view.pins.at(x - 40, SIZE[1] - y, SIZE) == -1


@pytest.mark.display
def test_a_covered_pin_is_faint_and_one_behind_the_eye_is_not_drawn(view: SceneView) -> None:
    before = changed(view, pins((0.0, -1.0, 0.0))).sum()
    behind = changed(view, pins((0.0, 3.0, 0.0)))
    assert before > 150
    view.pins.put(pins((0.0, 3.0, 0.0)))
    assert drawn(view) == [0]
    assert 0 < behind.sum() < before
    view.pins.put(pins((0.0, -30.0, 0.0)))
    assert drawn(view) == []


@pytest.mark.display
def test_closed_pins_are_smaller_and_shown_only_when_wished(view: SceneView) -> None:
    closed = STANDINGS.index("closed")
    rows = pins((0.0, -1.0, 0.0), standings=[closed])
    view.pins.put(rows)
    assert drawn(view) == []
    view.pins.show_closed(True)
    small, large = changed(view, rows).sum(), changed(view, pins((0.0, -1.0, 0.0))).sum()
    assert 0 < small < 0.75 * large


@pytest.mark.display
@pytest.mark.parametrize(
    "codes",
    [
        {"tones": [len(TONES) - 1]},
        {"shapes": [SHAPES.index("triangle")]},
        {"standings": [STANDINGS.index("working")]},
        {"standings": [STANDINGS.index("resolved")]},
        {"flags": [ORPHANED]},
    ],
    ids=str,
)
def test_priority_type_status_and_being_orphaned_can_be_seen(
    view: SceneView, codes: dict[str, list[int]]
) -> None:
    place = (0.0, -1.0, 0.0)
    view.pins.put(pins(place))
    plain = pixels_of(view).astype(int)
    view.pins.put(pins(place, **codes))
    other = np.abs(pixels_of(view).astype(int) - plain).max(2)
    assert (other > 25).sum() > 12


@pytest.mark.display
def test_pins_that_a_section_cuts_away_or_that_have_gone_are_left_out(view: SceneView) -> None:
    view.pins.put(pins((-2.0, -1.0, 0.0), (2.0, -1.0, 0.0)))
    assert drawn(view) == [0, 1]
    view.pins.keep(np.array([True, False]))
    assert drawn(view) == [0]
    view.pins.keep(None)
    view.pins.rows.there[0] = False
    view.pins.restyle(np.array([0]))
    assert drawn(view) == [1]


@pytest.mark.display
def test_a_pin_that_moves_is_drawn_where_it_is_now_and_without_perspective_too(view: SceneView) -> None:
    view.pins.put(pins((0.0, -1.0, 0.0)))
    view.pins.rows.points[0] = (1.5, -1.0, 0.5)
    view.pins.place(np.array([0]))
    for height_m in (0.0, 6.0):
        view.set_camera((0, -8, 0), target=(0, 0, 0), fov_deg=50, height_m=height_m)
        view.draw()
        x, y = Projection(view.base).project([(1.5, -1.0, 0.5)]).pixels[0].tolist()
        assert view.pins.at(x, SIZE[1] - y - 18, SIZE) == 0
