"""Section planes and boxes as hands and numbers change them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest

from walkdown.messages import Plane, Point
from walkdown_client.tools import section_handles as handles
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools import sectioning as sec
from walkdown_client.tools.section_rules import SECTION_RULES, add_plane
from walkdown_client.tools.view_state import ViewState

LEVEL = Plane((0.0, 0.0, 2.0), (0.0, 0.0, 1.0))
BOX = sec.SectionBox((0.0, 0.0, 0.0), (4.0, 3.0, 2.0))


def view_with(*planes: Plane, box: sec.SectionBox | None = None, chosen: int = sec.NONE) -> ViewState:
    view = ViewState()
    view.sectioning.put(sec.Section(planes, box), chosen=chosen)
    return view


def cut_away(planes: Iterable[Plane], points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """(n,) which of the points (n, 3) lie beyond one of the planes."""
    rows = sec.equations(planes)
    return np.asarray((np.asarray(points) @ rows[:, :3].T > rows[:, 3]).any(1))


def do(view: ViewState, intent: object) -> sec.Section:
    SECTION_RULES[type(intent)](view, intent)  # type: ignore[index]
    return view.sectioning.section


def test_what_lies_where_the_normal_points_is_cut_away_and_a_flip_cuts_the_rest() -> None:
    points = [(5, 5, 1.9), (5, 5, 2.1)]
    assert cut_away([LEVEL], points).tolist() == [False, True]
    assert cut_away([sec.flipped(LEVEL)], points).tolist() == [True, False]


def test_a_box_cuts_away_all_that_is_outside() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 5, (500, 3))
    inside = ((points >= BOX.low) & (points <= BOX.high)).all(1)
    assert (cut_away(BOX.planes, points) == ~inside).all()


def test_six_faces_of_a_box_are_a_box_again_in_any_order() -> None:
    faces = BOX.planes
    assert sec.section_of((LEVEL, *faces)) == sec.Section((LEVEL,), BOX)
    assert sec.section_of(faces[::-1]) == sec.Section((), BOX)
    assert sec.section_of((*faces[:5], faces[4])).box is None


def test_a_section_of_a_view_from_elsewhere_leaves_out_planes_that_say_nothing() -> None:
    nan, nowhere = Plane((math.nan, 0, 0), (0, 0, 1)), Plane((0, 0, 0), (0, 0, 0))
    far, long = Plane((1e9, 0, 0), (1, 0, 0)), Plane((0, 0, 1), (0, 0, 7))
    assert sec.section_of([nan, nowhere, far, long]).planes == (Plane((0, 0, 1), (0, 0, 1)),)


@pytest.mark.parametrize("normal", [(0, -1, 0), (0, 1, 0)])
def test_a_plane_through_a_face_takes_what_is_before_it_and_leaves_what_is_looked_at(normal: Point) -> None:
    plane = sec.plane_through((1, 2, 3), normal, eye=(1, -9, 4))
    assert plane is not None
    before, face, behind = (1, 1.9, 3), (1, 2, 3), (1, 2.1, 3)
    assert cut_away([plane], [before, face, behind]).tolist() == [True, True, False]


def test_a_face_that_is_nearly_across_an_axis_is_taken_to_be_so() -> None:
    tilted = (0.02, -0.9998, 0.01)
    plane = sec.plane_through((1, 2, 3), tilted, eye=(1, -9, 4))
    assert plane is not None
    assert plane.normal == (0.0, -1.0, 0.0)
    slant = sec.plane_through((1, 2, 3), (0, -1, 1), eye=(1, -9, 9))
    assert slant is not None
    assert slant.normal == pytest.approx((0, -math.sqrt(0.5), math.sqrt(0.5)))


def across(middle: Point, around: npt.NDArray[np.float64]) -> list[float]:
    normal = sec.face_normal(middle, around)
    assert normal is not None
    return [abs(part) for part in normal.tolist()]


def test_the_normal_of_a_face_is_found_beside_an_edge_too() -> None:
    around = np.array([[1.1, 2, 3], [1, 2, 3.1], [np.nan] * 3, [1, 2.0, 2.9]])
    assert across((1, 2, 3), around) == pytest.approx([0, 1, 0])
    over_the_edge = np.array([[1.1, 2, 3], [1, 2, 3.1], [0.5, 4, 3], [1, 4, 2.5]])
    assert across((1, 2, 3), over_the_edge) == pytest.approx([0, 1, 0])
    assert sec.face_normal((1, 2, 3), np.full((4, 3), np.nan)) is None


def test_whether_a_section_leaves_anything_of_a_model_is_known() -> None:
    assert sec.hides_all([LEVEL], (0, 0, 3), (9, 9, 9))
    assert not sec.hides_all([LEVEL], (0, 0, 1), (9, 9, 9))
    assert sec.hides_all(BOX.planes, (5, 0, 0), (6, 1, 1))
    assert not sec.hides_all((), (0, 0, 0), (1, 1, 1))


def test_six_planes_are_put_by_hand_and_no_more() -> None:
    view = ViewState()
    assert all(add_plane(view, LEVEL) for _plane in range(sec.PLANES_MAX))
    assert not add_plane(view, LEVEL)
    assert view.sectioning.chosen == sec.PLANES_MAX - 1
    assert len(sec.Section((LEVEL,) * 16, BOX).cuts) == sec.CUTS_MAX


def test_a_key_means_the_chosen_plane_else_the_newest() -> None:
    view = view_with(LEVEL, sec.slid(LEVEL, 1.0), chosen=0)
    assert do(view, cut.FlipPlane()).planes[0].normal == (0, 0, -1)
    view.sectioning.let_go()
    assert do(view, cut.FlipPlane()).planes[1].normal == (0, 0, -1)
    assert do(view, cut.RemovePlane()).planes == (sec.flipped(LEVEL),)
    assert do(view, cut.RemovePlane()) == sec.UNCUT == do(view, cut.RemovePlane())


def test_taking_a_plane_away_leaves_the_handles_on_the_plane_that_had_them() -> None:
    view = view_with(LEVEL, sec.slid(LEVEL, 1.0), sec.slid(LEVEL, 2.0), chosen=2)
    do(view, cut.RemovePlane(0))
    assert view.sectioning.chosen == 1
    do(view, cut.RemovePlane(1))
    assert view.sectioning.chosen == sec.NONE


def test_numbers_move_a_plane_and_a_box_and_nan_moves_nothing() -> None:
    view = view_with(LEVEL, box=BOX)
    moved = sec.at_distance(LEVEL, 3.5)
    assert sec.distance_of(do(view, cut.PutPlane(0, moved)).planes[0]) == 3.5
    do(view, cut.PutPlane(0, Plane((0, 0, math.nan), (0, 0, 1))))
    do(view, cut.PutSectionBox((math.nan, 0, 0), (1, 1, 1)))
    assert view.sectioning.section == sec.Section((moved,), BOX)
    turned_round = do(view, cut.PutSectionBox((2, 2, 2), (0, 0, 0))).box
    assert turned_round == sec.SectionBox((0, 0, 0), (2, 2, 2))


def test_aligning_turns_a_plane_across_the_nearest_axis_through_the_same_point() -> None:
    slant = sec.turned(LEVEL, (1.0, 0.0, 0.0), math.radians(20))
    assert sec.aligned(slant) == LEVEL


# ---- handles --------------------------------------------------------------------------------------------


def ray_to(point: Point, eye: Point = (0.0, -10.0, 6.0)) -> tuple[np.ndarray, np.ndarray]:
    start = np.array(eye)
    towards = np.array(point) - start
    return start, towards / np.linalg.norm(towards)


@pytest.mark.parametrize("metres", [-1.0, 0.5])
def test_the_arrow_slides_a_plane_along_its_normal(metres: float) -> None:
    section = sec.Section((LEVEL,))
    grip = handles.take(section, 0, handles.SLIDE, ray=ray_to((0, 0, 2.5)))
    assert grip is not None
    moved = handles.drag(grip, ray_to((0, 0, 2.5 + metres))).planes[0]
    assert sec.distance_of(moved) == pytest.approx(2.0 + metres)
    assert moved.normal == LEVEL.normal


def test_a_ring_turns_a_plane_about_its_point_by_whole_steps_when_wished() -> None:
    section = sec.Section((LEVEL,))
    axis = sec.in_plane(LEVEL)[0]
    eye = tuple((np.array(LEVEL.point) + axis * 8).tolist())
    circle = handles.shapes(section, 0, 1.0)[handles.TURNS[0]]
    grip = handles.take(section, 0, handles.TURNS[0], ray=ray_to(tuple(circle[0]), eye))
    assert grip is not None
    turned = handles.drag(grip, ray_to(tuple(circle[7]), eye), snap=True).planes[0]
    angle = math.degrees(math.acos(turned.normal[2]))
    assert turned.point == LEVEL.point
    assert angle % 15 == pytest.approx(0, abs=1e-6) or angle % 15 == pytest.approx(15, abs=1e-6)
    assert angle > 30


def test_the_arrow_on_a_face_moves_that_face_alone_and_not_through_the_other() -> None:
    section = sec.Section((), BOX)
    grip = handles.take(section, sec.BOX, "face 5", ray=ray_to((2, 1.5, 2)))
    assert grip is not None
    raised = handles.drag(grip, ray_to((2, 1.5, 3))).box
    assert raised is not None
    assert raised.high == pytest.approx((4, 3, 3))
    assert raised.low == BOX.low
    through = handles.drag(grip, ray_to((2, 1.5, -5))).box
    assert through is not None
    assert through.high[2] == pytest.approx(sec.BOX_LEAST_M)


def test_handles_are_offered_for_what_is_chosen_alone() -> None:
    section = sec.Section((LEVEL,), BOX)
    assert set(handles.shapes(section, 0, 1.0)) == {handles.FRAME, handles.SLIDE, *handles.TURNS}
    assert set(handles.shapes(section, sec.BOX, 1.0)) == set(handles.FACES)
    assert handles.shapes(section, sec.NONE, 1.0) == {} == handles.shapes(section, 3, 1.0)
    assert handles.take(section, sec.NONE, handles.SLIDE, ray=ray_to((0, 0, 2))) is None


def test_a_ring_lies_across_its_axis_whichever_way_that_points() -> None:
    for axis in np.random.default_rng(2).normal(size=(20, 3)):
        unit = axis / np.linalg.norm(axis)
        ring = handles.circle_across(unit)
        assert np.abs(ring @ unit).max() < 1e-9
        assert np.linalg.norm(ring, axis=1) == pytest.approx(1.0)
