"""A tool in the hand: clicks become points that are caught, and a held button draws."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from tests.tools.test_clearance import box
from walkdown.messages import Plane
from walkdown_client.input import camera
from walkdown_client.input.controls import Controls, Picked
from walkdown_client.input.events import ButtonDown, ButtonUp, InputEvent, PointerMoved
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.intents import ElementInfo
from walkdown_client.tools.marking import MarkDraft
from walkdown_client.tools.sectioning import Section
from walkdown_client.tools.snapping import Shape
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]

SIZE = (800, 600)
BOX = Shape((0, 0, 0), box((0, 0, 0), (2, 2, 2)))


class Hands:
    """Controls before a box of 2 m, whose front is at y = 0; all of it is the thing P."""

    def __init__(self, tool: str) -> None:
        self.rig, self.view = camera.Rig(camera.look_at((1, -8, 1), (1, 0, 1))), ViewState()
        self.rig.lens = camera.Lens(math.radians(50), SIZE[0] / SIZE[1])
        self.controls = Controls(self.rig, self.view, self.pick)
        self.controls.marks.shape_at = lambda _drawn_id: BOX
        self.controls.advance(0.0, now_secs=0.0, size=SIZE)
        self.things = {"left": "P"}
        self.now_secs = 0.0
        self.view.marking.take(tool)

    def pixel(self, point: npt.ArrayLike) -> tuple[float, float]:
        x, y, _depth = camera.project(self.rig.pose, self.rig.lens, point)[0].tolist()
        return (x + 1) / 2 * SIZE[0], (1 - y) / 2 * SIZE[1]

    def pick(self, x: float, y: float) -> Picked | None:
        start, towards = camera.sight(
            self.rig.pose, self.rig.lens, 2 * (x + 0.5) / SIZE[0] - 1, y=1 - 2 * (y + 0.5) / SIZE[1]
        )
        px, py, pz = (start - towards * start[1] / towards[1]).tolist()
        if not (-0.02 <= px <= 2.02 and -0.02 <= pz <= 2.02):
            return None
        thing = "P" if px < 1 else ""
        element = None if thing else ElementInfo(5, "ifc:Q", "Wall", "wall", "m")
        return Picked((px, py, pz), thing, element, "m", 3)

    def feed(self, *events: InputEvent) -> list[wish.Intent]:
        self.now_secs += 1.0
        found = []
        for event in events:
            found += self.controls.feed(event, now_secs=self.now_secs)
        return found

    def click(self, point: npt.ArrayLike, *, dx: float = 0.0) -> list[wish.Intent]:
        x, y = self.pixel(point)
        return self.feed(PointerMoved(x + dx, y), ButtonDown("mouse1"), ButtonUp("mouse1"))

    def key(self, name: str) -> list[wish.Intent]:
        return self.feed(ButtonDown(name), ButtonUp(name))

    def stroke(self, points: F64) -> None:
        pixels = [self.pixel(point) for point in points]
        self.feed(PointerMoved(*pixels[0]), ButtonDown("mouse1"))
        self.feed(*(PointerMoved(*pixel) for pixel in pixels[1:]), ButtonUp("mouse1"))

    @property
    def draft(self) -> MarkDraft:
        assert self.view.marking.draft is not None
        return self.view.marking.draft


def test_two_clicks_near_corners_measure_from_corner_to_corner_and_select_nothing() -> None:
    hands = Hands("dimension")
    assert hands.click((0, 0, 2), dx=6) == []
    assert hands.click((2, 0, 2), dx=-6) == [marks.FinishMark()]
    assert np.allclose(hands.draft.points, [[0, 0, 2], [2, 0, 2]], atol=1e-9)
    assert hands.draft.snaps == ["vertex", "vertex"]
    assert (hands.draft.thing, hands.draft.model) == ("P", "m")


def test_the_pointer_shows_what_a_click_would_catch() -> None:
    hands = Hands("dimension")
    hands.feed(PointerMoved(*hands.pixel((1.0, 0, 1.0))))
    hands.controls.advance(0.0, now_secs=5.0, size=SIZE)
    live = hands.view.marking.live
    assert live is not None
    assert live.kind == "face"
    hands.view.marking.put_away()
    assert hands.view.marking.live is None


def test_enter_takes_the_point_that_the_pointer_means() -> None:
    hands = Hands("dimension")
    hands.click((0.5, 0, 1))
    hands.feed(PointerMoved(*hands.pixel((1.5, 0, 1.3))))
    hands.controls.advance(0.0, now_secs=70.0, size=SIZE)
    assert hands.key("enter") == [marks.FinishMark()]
    assert hands.draft.ready
    assert np.allclose(hands.draft.points[1], (1.5, 0, 1.3), atol=0.02)


def test_an_outline_still_catches_a_pointer_that_has_just_left_it() -> None:
    hands = Hands("dimension")
    hands.click((2, 0, 2), dx=9)
    assert hands.view.marking.draft is None, "nothing was there yet"
    hands.feed(PointerMoved(*hands.pixel((1.5, 0, 1.5))))
    hands.controls.advance(0.0, now_secs=60.0, size=SIZE)
    hands.click((2, 0, 2), dx=9)
    assert hands.draft.snaps == ["vertex"]
    assert (hands.draft.thing, hands.draft.model) == ("ifc:Q", "m")


def test_what_is_cut_away_catches_nothing() -> None:
    hands = Hands("dimension")
    hands.view.sectioning.section = Section((Plane((0, 0, 1.9), (0, 0, 1)),))
    hands.click((0, 0, 2), dx=4)
    hands.click((0, 0, 1.6), dx=4)
    assert hands.draft.snaps == ["face", "edge"], "neither the corner nor the edge above the cut"


def test_with_shift_a_click_in_the_air_lies_on_an_axis() -> None:
    hands = Hands("dimension")
    hands.click((2, 0, 1))
    hands.feed(ButtonDown("shift"))
    assert hands.click((3.4, 0, 1.02)) == [marks.FinishMark()]
    start, end = hands.draft.points
    assert (end - start)[1:].tolist() == [0, 0]
    assert (end - start)[0] == pytest.approx(1.4, abs=0.05)
    assert hands.draft.snaps[1] == "axis"


def test_an_area_is_closed_by_its_first_corner_or_by_enter() -> None:
    hands = Hands("area")
    for point in ((0, 0, 0), (2, 0, 0), (2, 0, 2)):
        assert hands.click(point) == []
    assert hands.key("enter") == [marks.FinishMark()]
    assert hands.click((0, 0, 0)) == [marks.FinishMark()]
    assert len(hands.draft.points) == 3


def test_a_clearance_takes_two_elements_and_not_the_same_twice() -> None:
    hands = Hands("clearance")
    assert hands.click((0.5, 0, 1)) == [wish.SelectThing("P")]
    assert hands.click((0.6, 0, 1)) == []
    assert "first element" in hands.view.marking.meanwhile
    found = hands.click((1.5, 0, 1))
    assert found[1:] == [marks.FinishMark()]
    assert (hands.draft.thing, hands.draft.other, hands.draft.model) == ("P", "ifc:Q", "m")


def test_the_pen_draws_on_the_plane_at_the_depth_of_what_it_first_met() -> None:
    hands = Hands("sketch")
    t = np.linspace(0, 1, 40)
    hands.stroke(np.stack([0.5 + t * 2.5, np.zeros(40), 1 + 0.3 * np.sin(6 * t)], 1))
    (stroke,) = hands.draft.strokes
    assert np.allclose(stroke[:, 1], 0, atol=1e-9), "also beyond the box"
    assert stroke[-1][0] > 2.5
    assert 5 < len(stroke) < 40
    assert (hands.draft.model, hands.draft.on_surface) == ("m", False)


def test_on_faces_the_pen_follows_them() -> None:
    hands = Hands("sketch")
    hands.view.marking.on_faces = True
    hands.rig.take(camera.look_at((4, -6, 3), (1, 0, 1)))
    t = np.linspace(0.2, 1.8, 30)
    hands.stroke(np.stack([t, np.zeros(30), 1 + 0.2 * np.sin(5 * t)], 1))
    assert hands.draft.on_surface
    assert np.allclose(hands.draft.strokes[0][:, 1], 0, atol=1e-9)


def test_a_dot_is_no_stroke_and_ctrl_z_takes_strokes_back_before_anything_else() -> None:
    hands = Hands("sketch")
    line = np.linspace((0.2, 0, 0.5), (1.8, 0, 0.5), 20)
    hands.stroke(line)
    hands.stroke(line + np.array([0, 0, 0.5]))
    hands.feed(ButtonDown("control"))
    assert hands.key("z") == [marks.TakeBackPoint()]
    hands.view.marking.take_back()
    hands.view.marking.take_back()
    assert hands.key("z") == [wish.Undo()]
    hands.feed(ButtonUp("control"))
    assert hands.key("enter") == [wish.PlaceMoved()], (
        "with nothing in the hand Enter means what it always does"
    )


def test_without_a_tool_a_click_on_a_mark_opens_its_card_and_a_double_click_flies_there() -> None:
    hands = Hands("")
    hands.controls.marks.mark_at = lambda x, _y, before_m: "M" if x < 400 and before_m > 5 else ""
    assert hands.click((0.5, 0, 1)) == [marks.SelectMark("M")]
    hands.view.marking.selected = "M"
    assert hands.click((0.5, 0, 1.2)) == [wish.SelectThing("P")], "a further click means what lies behind"
    x, y = hands.pixel((0.5, 0, 1))
    twice: list[InputEvent] = [ButtonDown("mouse1"), ButtonUp("mouse1")] * 2
    assert hands.feed(PointerMoved(x + 9, y), *twice)[-1] == marks.GoToMark("M")
    assert hands.click((1.5, 0, 1)) == [wish.SelectElement(ElementInfo(5, "ifc:Q", "Wall", "wall", "m"))]


def test_the_tail_of_an_arrow_may_hang_in_the_air() -> None:
    hands = Hands("arrow")
    hands.click((1.9, 0, 1))
    assert hands.click((3.0, 0, 1.7)) == [marks.FinishMark()]
    assert np.allclose(hands.draft.points[1], (3.0, 0, 1.7), atol=0.02)
