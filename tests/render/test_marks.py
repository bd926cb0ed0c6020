"""Marks are drawn where they are, as wide as they are said to be, and faintly behind something."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from tests.render.boxes import BoxModel
from tests.render.conftest import SIZE, Pixels, pixels_of
from walkdown_client.scene.dimensions import hatch, strokes_of
from walkdown_client.scene.look import PEOPLE_SRGB
from walkdown_client.scene.marks import BUILT_MOST, MarkView
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.view import SceneView

F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

pytestmark = pytest.mark.display

BLUE, GREEN = 0, 2
FRONT = np.array([[-1.0, -1.0, 0.4], [1.0, -1.0, 0.4]])
"""On the front of the box, seen from the south."""


@pytest.fixture
def scene(open_scene: Callable[..., SceneView]) -> SceneView:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    return open_scene(model)


def where(view: SceneView, points: npt.ArrayLike) -> F64:
    """Columns and rows of points of the site in a picture."""
    found = Projection(view.base, view._model.zero).project(points)
    return np.stack([found.pixels[:, 0], SIZE[1] - found.pixels[:, 1]], 1).astype(np.float64)


def coloured(picture: Pixels, color: int) -> Mask:
    """Which pixels are about the colour of a person."""
    wanted = np.array([int(PEOPLE_SRGB[color][i : i + 2], 16) for i in (0, 2, 4)])
    return np.asarray(np.abs(picture.astype(int) - wanted).max(2) < 15)


def changed(before: Pixels, after: Pixels) -> Mask:
    return np.asarray(np.abs(before.astype(int) - after.astype(int)).max(2) > 12)


def test_a_dimension_lies_between_its_ends_and_nowhere_else(scene: SceneView) -> None:
    before = pixels_of(scene)
    scene.marks.kept.show([MarkView("a", "dimension", FRONT, color=BLUE)])
    after = pixels_of(scene)
    ends = where(scene, FRONT)
    rows, columns = np.nonzero(coloured(after, BLUE))
    assert abs(rows.mean() - ends[:, 1].mean()) < 1.5
    assert columns.min() == pytest.approx(ends[0, 0], abs=8)
    assert columns.max() == pytest.approx(ends[1, 0], abs=8)
    rows, _columns = np.nonzero(changed(before, after))
    assert np.abs(rows - ends[:, 1].mean()).max() < 10, "ticks are a few pixels long"
    scene.marks.kept.show(())
    assert not changed(before, pixels_of(scene)).any()


def test_a_sketch_on_a_surface_is_seen_on_it_and_faintly_through_what_hides_it(scene: SceneView) -> None:
    t = np.linspace(-0.7, 0.7, 40)
    front = np.stack([t, np.full(40, -1.0), 0.5 * np.sin(4 * t)], 1)
    scene.marks.kept.show([MarkView("a", "sketch", front, color=GREEN)])
    seen = coloured(pixels_of(scene), GREEN)
    at = np.rint(where(scene, front[::4])).astype(int)
    assert seen[at[:, 1], at[:, 0]].all()
    behind = front * (1, -1, 1)
    scene.marks.kept.show(())
    before = pixels_of(scene)
    scene.marks.kept.show([MarkView("b", "sketch", behind, color=GREEN)])
    after = pixels_of(scene)
    at = np.rint(where(scene, behind[::4])).astype(int)
    assert not coloured(after, GREEN).any()
    assert changed(before, after)[at[:, 1], at[:, 0]].all(), "faintly"


def test_no_line_joins_two_strokes(scene: SceneView) -> None:
    left, right = np.array([[-0.8, -1, 0.6], [-0.8, -1, -0.6]]), np.array([[0.8, -1, 0.6], [0.8, -1, -0.6]])
    points = np.concatenate([left, right])
    scene.marks.kept.show([MarkView("a", "sketch", points, counts=(2, 2), color=GREEN)])
    seen = coloured(pixels_of(scene), GREEN)
    columns = where(scene, points)[:, 0]
    assert seen[:, int(columns[0])].any()
    assert not seen[:, SIZE[0] // 2 - 12 : SIZE[0] // 2 + 12].any()
    assert len(strokes_of("sketch", points, (2, 2)).lines) == 2


def test_a_label_is_as_large_from_near_as_from_far_and_follows_its_place(scene: SceneView) -> None:
    mark = MarkView("a", "photo", np.array([[0.2, -1.0, 0.1]]), label="valve", color=BLUE)
    boxes = []
    for distance in (6.0, 9.0):
        scene.set_camera((0, -distance, 0.8), target=(0, 0, 0.8), fov_deg=50)
        scene.marks.kept.show(())
        before = pixels_of(scene)
        scene.marks.kept.show([mark])
        rows, columns = np.nonzero(changed(before, pixels_of(scene)))
        foot = where(scene, mark.points)[0]
        boxes.append((columns.min() - foot[0], columns.max() - foot[0], rows.min() - foot[1]))
    near, far = np.array(boxes)
    assert np.abs(near - far).max() <= 2, "the same pixels about its foot"


def test_a_mark_is_found_by_its_line_and_by_its_label(scene: SceneView) -> None:
    named = MarkView("named", "dimension", FRONT - np.array([0, 0, 1.1]), label="2 m")
    scene.marks.kept.show([MarkView("plain", "dimension", FRONT), named])
    pixels_of(scene)
    x, y = where(scene, FRONT[:1] + np.array([0.5, 0, 0]))[0]
    assert scene.mark_at(x, y + 3) == "plain"
    x, y = where(scene, FRONT.mean(0)[None] - np.array([0, 0, 1.1]))[0]
    assert scene.mark_at(x + 15, y + 9) == "named", "on the card, beside the line"
    assert scene.mark_at(5, 5) == ""
    behind = MarkView("behind", "dimension", FRONT + np.array([0, 3.0, -0.9]), label="")
    scene.marks.kept.show([behind])
    pixels_of(scene)
    x, y = where(scene, behind.points.mean(0)[None])[0]
    assert scene.mark_at(x, y) == "behind"
    assert scene.mark_at(x, y, 7.0) == "", "the box is before it"


def test_marks_stay_in_place_in_a_national_grid(open_scene: Callable[..., SceneView]) -> None:
    far = np.array([6_378_000.0, -4_100_000.0, 0.0])
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    view = open_scene(BoxModel())
    placed = (1.0, 0, 0, far[0], 0, 1, 0, far[1], 0, 0, 1, far[2])
    view.marks.kept.show([MarkView("a", "dimension", FRONT + far, color=BLUE)])
    package = view.add_package(0, model, model.joint_list, placement=placed)
    view.add_tile(package, model)
    view.set_camera(far + np.array([0, -8, 0]), target=far, fov_deg=50)
    rows, columns = np.nonzero(coloured(pixels_of(view), BLUE))
    ends = where(view, FRONT + far)
    assert abs(rows.mean() - ends[:, 1].mean()) < 1.5
    assert columns.min() == pytest.approx(ends[0, 0], abs=8)


def test_a_thousand_marks_are_no_more_nodes_and_are_built_over_some_frames(scene: SceneView) -> None:
    scene.marks.kept.show([MarkView("one", "dimension", FRONT, label="2 m")])
    nodes = len(scene.base.render.find_all_matches("**"))
    chance = np.random.default_rng(1)
    many = [
        MarkView(str(i), "dimension", chance.uniform(-3, 3, (2, 3)), label=f"{i} mm") for i in range(1000)
    ]
    scene.marks.kept.show(many)
    assert len(scene.marks.kept._built) == BUILT_MOST
    for _frame in range(5):
        scene.frame()
    built = scene.marks.kept._built
    assert len(built) == 1000
    assert len(scene.base.render.find_all_matches("**")) == nodes
    first = built["7"]
    scene.marks.kept.show([*many[:500], *many[501:]])
    assert scene.marks.kept._built["7"] is first, "what stays is not built again"
    assert "500" not in scene.marks.kept._built


def test_the_hatching_of_a_polygon_lies_inside_of_it() -> None:
    ell = np.array([[0, 0, 5], [2, 0, 5], [2, 1, 5], [1, 1, 5], [1, 2, 5], [0, 2, 5]], np.float64)
    lines = hatch(ell)
    assert len(lines) > 8
    middles = lines.mean(1)
    assert np.allclose(middles[:, 2], 5)
    assert not ((middles[:, 0] > 1.001) & (middles[:, 1] > 1.001)).any(), "not in the missing corner"
    assert (lines[..., :2] > -1e-9).all()
    assert (lines[..., :2] < 2 + 1e-9).all()


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("area", [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ("angle", [[0, 0, 0], [0, 0, 0], [1, 0, 0]]),
        ("angle", [[1, 0, 0], [0, 0, 0], [-1, 0, 0]]),
        ("sketch", [[0, 0, 0]]),
        ("photo", [[0, 0, 0]]),
        ("arrow", [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_what_has_no_size_is_drawn_as_little_as_it_is(kind: str, points: list[list[float]]) -> None:
    assert np.isfinite(strokes_of(kind, np.array(points, np.float64)).lines).all()
