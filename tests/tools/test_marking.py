"""What is in the hand becomes a mark that moves with its model, and nothing that was drawn is lost."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.messages import IN_PLACE, Attached, Mark, MarkKind
from walkdown.review.checks import mark_fault
from walkdown_client.placements import placed
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.intents import Dismiss, SelectThing
from walkdown_client.tools.marking import (
    MarkDraft,
    Marking,
    draft_of,
    line_of,
    mark_of,
    points_of,
    site_points,
    strokes_of,
    title_of,
)
from walkdown_client.tools.snapping import Snapped
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]

FAR = np.array([6_378_000.0, -4_100_000.0, 250.0])
SQUARE = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]], np.float64)


def caught(x: float, y: float, z: float = 0.0) -> Snapped:
    return Snapped(np.array([x, y, z]), "vertex")


def drawn(kind: MarkKind, points: F64, *, model: str = "m") -> MarkDraft:
    snaps = ["vertex"] * len(points)
    return MarkDraft(kind, points=list(points), snaps=snaps, model=model)  # type: ignore[arg-type]


def placed_mark(draft: MarkDraft, placement: tuple[float, ...] = IN_PLACE) -> Mark:
    mark = mark_of(draft, placement)
    assert mark is not None
    assert mark_fault(mark, furthest_metres=1e8) == "", "the server takes it"
    return mark


# ---- drafts and marks ------------------------------------------------------------------------------------


@given(st.floats(-math.pi, math.pi), st.floats(0.5, 3.0))
def test_a_mark_moves_with_its_model_and_keeps_its_value(heading: float, scale: float) -> None:
    before, after = placed(FAR, heading_rad=0.3), placed((5.0, 6, 7), heading_rad=heading, scale=scale)
    mark = placed_mark(drawn("area", SQUARE + FAR), before)
    assert mark.value == pytest.approx(4.0, abs=1e-6)
    assert np.allclose(site_points(mark, before), SQUARE + FAR, atol=1e-6)
    moved = site_points(mark, after)
    sides = np.linalg.norm(np.diff(moved, axis=0), axis=1)
    assert np.allclose(sides, 2 * scale, atol=1e-5)


def test_a_mark_far_away_keeps_tenths_of_a_millimetre() -> None:
    points = FAR + np.array([[0.00012, 0, 0], [0.12345, 1.5, 2.5]])
    mark = placed_mark(drawn("dimension", points, model=""))
    assert np.allclose(site_points(mark, IN_PLACE), points, atol=2e-7)
    assert mark.value == pytest.approx(np.linalg.norm(points[1] - points[0]), abs=1e-9)
    assert (mark.unit, mark.snaps) == ("m", ("vertex", "vertex"))


@pytest.mark.parametrize(("kind", "least"), [("dimension", 2), ("arrow", 2), ("angle", 3), ("area", 3)])
def test_what_lacks_points_is_no_mark_yet(kind: MarkKind, least: int) -> None:
    for count in range(least + 1):
        mark = mark_of(drawn(kind, SQUARE[:count]), IN_PLACE)
        assert (mark is not None) == (count == least)


def test_several_strokes_make_one_sketch_whose_strokes_come_back_as_they_were_drawn() -> None:
    strokes = [SQUARE[:3] + FAR, SQUARE[1:] + FAR + np.array([0, 0, 1.0])]
    draft = MarkDraft("sketch", strokes=strokes, on_surface=True, model="m", pixel_m=1e-4)
    mark = placed_mark(draft, placed(FAR))
    assert (mark.strokes, mark.on_surface, mark.value) == ((3, 3), True, None)
    again = draft_of(mark, placed(FAR))
    assert again.mark == draft.mark
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(again.strokes, strokes, strict=True))


def test_a_sketch_of_too_many_points_is_thinned_and_taken_by_the_server() -> None:
    t = np.linspace(0, 40, 30_000)
    mark = placed_mark(MarkDraft("sketch", strokes=[np.stack([t, np.sin(t), np.cos(t)], 1)], pixel_m=1e-5))
    assert 1000 < len(points_of(mark)) <= 4000


def test_a_refused_mark_can_be_placed_again_with_the_same_id_and_place() -> None:
    mark = placed_mark(drawn("angle", SQUARE[:3]))
    again = placed_mark(draft_of(mark, IN_PLACE))
    assert msgspec.structs.replace(again, anchor=mark.anchor, points=mark.points) == mark
    assert np.allclose(points_of(again), points_of(mark), atol=1e-6)


def test_numbers_that_do_not_add_up_are_drawn_as_far_as_they_go() -> None:
    mark = Mark("i", "sketch", (1, 2, 3), points=b"\0" * 30, strokes=(2, 9))
    points = points_of(mark)
    assert points.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert [len(stroke) for stroke in strokes_of(mark, points)] == [2]
    broken = Mark("i", "dimension", (1, 2, 3), points=np.array([[np.nan] * 3], "<f4").tobytes())
    assert points_of(broken).tolist() == [[1, 2, 3]]


def test_a_mark_is_listed_by_what_it_says() -> None:
    mark = Mark("i", "dimension", (0, 0, 0), value=1.5, unit="m", text="too\nlow", thing="P", author="Ada")
    assert title_of(mark) == "1.500 m · too low"
    assert line_of(mark, str) == ("Distance", "1.500 m", "1.5", "m", "P", "", "too low", "Ada")
    photo = Mark("i", "photo", (0, 0, 0), file=Attached("valve.jpg", "0" * 64, 5, "image/jpeg"))
    assert title_of(photo) == "valve.jpg"
    assert title_of(Mark("i", "sketch", (0, 0, 0))) == "Sketch"


# ---- the hand -------------------------------------------------------------------------------------------


def do(view: ViewState, *intents: object) -> Marking:
    for intent in intents:
        assert carry_out(view, intent, {})  # type: ignore[arg-type]
    return view.marking


def test_the_key_takes_the_tool_by_which_one_measured_last_and_puts_it_away() -> None:
    view = ViewState()
    assert do(view, marks.Measure()).tool == "dimension"
    assert do(view, marks.NextMeasure()).tool == "area"
    assert do(view, marks.Measure()).tool == ""
    assert do(view, marks.Measure()).tool == "area"
    assert [do(view, marks.NextMeasure()).tool for _again in range(3)] == ["angle", "clearance", "dimension"]


def test_points_are_taken_back_one_by_one_and_escape_closes_one_thing_at_a_time() -> None:
    view = ViewState()
    marking = do(view, SelectThing("P"), marks.TakeTool("area"))
    for x in (0.0, 1.0, 2.0):
        marking.add_point(caught(x, 0), thing="P", model="m")
    do(view, marks.TakeBackPoint())
    assert marking.draft is not None
    assert len(marking.draft.points) == len(marking.draft.snaps) == 2
    do(view, Dismiss())
    assert marking.tool == "area", "the points alone are gone"
    do(view, Dismiss())
    assert (marking.tool, view.selection) == ("", ("P",))
    do(view, Dismiss())
    assert view.selection == ()


def test_a_sketch_that_is_put_away_comes_back_with_the_pen() -> None:
    view = ViewState()
    marking = do(view, marks.TakeTool("sketch"))
    marking.drawn().strokes.append(SQUARE)
    do(view, marks.TakeTool("dimension"))
    assert marking.draft is None
    marking.add_point(caught(0, 0), thing="", model="")
    do(view, marks.TakeTool("sketch"))
    assert marking.draft is not None
    assert len(marking.draft.strokes) == 1
    do(view, Dismiss(), marks.GiveUpMark(), marks.TakeTool("sketch"))
    assert marking.draft is None


def test_what_stands_on_two_models_moves_with_neither() -> None:
    marking = Marking()
    marking.take("dimension")
    marking.add_point(caught(0, 0), thing="P", model="one")
    marking.add_point(caught(1, 0), thing="Q", model="two")
    assert marking.draft is not None
    assert (marking.draft.thing, marking.draft.model) == ("P", "")


def test_the_live_value_is_that_of_a_click_now() -> None:
    marking = Marking()
    marking.take("dimension")
    marking.live = caught(3, 4)
    assert marking.value is None
    marking.add_point(caught(0, 0), thing="", model="")
    assert marking.value == pytest.approx(5.0)


def test_each_step_says_what_to_do_next() -> None:
    draft = MarkDraft("area")
    said = []
    for point in SQUARE:
        said.append(draft.step)
        draft.points.append(point)
    assert said[0] == "Click the first corner"
    assert draft.step == "Click the next corner; Enter closes the area"
