"""How one sees things as a viewpoint, and back."""

from __future__ import annotations

import math
import uuid

import pytest

from walkdown.messages import AgendaItem, Camera, Painted, Plane, Viewpoint
from walkdown.review import ReviewState
from walkdown_client.tools import viewing
from walkdown_client.tools.sectioning import Section, SectionBox
from walkdown_client.tools.view_state import Colouring, ViewState

EYE = Camera((1.0, 2.0, 3.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), fov_deg=40.0)
PLANE = Plane((0.0, 0.0, 2.0), (0.0, 0.0, 1.0))


def everything(name: str) -> viewing.Named:
    return "element" if name.startswith("ifc:") else "thing"


def seen(**changes: object) -> ViewState:
    view = ViewState()
    for name, value in changes.items():
        setattr(view, name, value)
    return view


def there_and_back(view: ViewState) -> ViewState:
    made, left = viewing.viewpoint_of(view, EYE, viewpoint="v", time_ns=5)
    assert left == 0
    back = ViewState(colouring=Colouring("none"))
    assert viewing.take(back, made, known=everything) == viewing.Taken()
    return back


@pytest.mark.parametrize(
    "view",
    [
        seen(),
        seen(hidden=frozenset({"A", "B"}), ghosted=frozenset({"C"})),
        seen(isolated=frozenset({"A"}), hidden=frozenset({"A.1"})),
        seen(selection=("A", "B"), elements=("ifc:1",), colouring=Colouring("signal", "Speed", "1/h")),
    ],
)
def test_how_one_sees_things_comes_back_whole(view: ViewState) -> None:
    view.sectioning.put(Section((PLANE,), SectionBox((0, 0, 0), (1, 2, 3))))
    view.viewing.painted = (Painted("FF8000", ("A",)),)
    back = there_and_back(view)
    assert viewing.appearance_of(back) == viewing.appearance_of(view)
    assert (back.selection, back.elements) == (view.selection, view.elements)


def test_a_viewpoint_names_what_bcf_names() -> None:
    shown, _left = viewing.viewpoint_of(seen(hidden=frozenset({"A"})), EYE, viewpoint="v", time_ns=7)
    assert (shown.shown, shown.exceptions, shown.camera, shown.time_ns) == (True, ("A",), EYE, 7)
    alone, _left = viewing.viewpoint_of(seen(isolated=frozenset({"A"})), None, viewpoint="v")
    assert (alone.shown, alone.exceptions, alone.camera) == (False, ("A",), None)


def test_what_nobody_here_knows_is_listed_and_the_rest_is_shown() -> None:
    view = ViewState()
    asked = Viewpoint("v", exceptions=("A", "gone"), selection=("ifc:lost",), ghosted=("gone",))
    taken = viewing.take(view, asked, known=lambda name: "thing" if name == "A" else "")
    assert taken.unknown == ("gone", "ifc:lost")
    assert (view.hidden, view.selection) == (frozenset({"A"}), ())


def test_a_view_that_shows_nothing_here_shows_everything_and_says_so() -> None:
    view = seen(hidden=frozenset({"B"}))
    taken = viewing.take(view, Viewpoint("v", shown=False, exceptions=("gone",)), known=lambda _name: "")
    assert not view.hidden
    assert not view.isolated
    assert len(taken.notes) == 1
    assert "everything is shown" in taken.notes[0]


def test_planes_that_say_nothing_are_left_out_and_that_is_said() -> None:
    view = ViewState()
    asked = Viewpoint("v", planes=(PLANE, Plane((math.nan, 0, 0), (0, 0, 1))))
    assert "left out" in viewing.take(view, asked, known=everything).notes[0]
    assert view.sectioning.section.planes == (PLANE,)


def test_a_view_without_a_colour_mode_leaves_the_colours_and_a_shared_one_the_selection() -> None:
    view = seen(colouring=Colouring("noise"), selection=("MINE",))
    viewing.take(view, Viewpoint("v", selection=("A",)), known=everything, selects=False)
    assert (view.colouring.mode, view.selection) == ("noise", ("MINE",))


def test_painted_things_are_faint_or_hidden_as_their_colour_is() -> None:
    view = ViewState()
    paints = (Painted("FF0000", ("A",)), Painted("40FF0000", ("B",)), Painted("00FF0000", ("C",)))
    viewing.take(view, Viewpoint("v", painted=paints), known=everything)
    assert (view.ghosted, view.hidden) == (frozenset({"B"}), frozenset({"C"}))
    assert [paint.things for paint in view.viewing.painted] == [("A",), ("B",)]
    assert viewing.rgb("40FF8000") == pytest.approx((1.0, 0.5, 0.0), abs=0.01)


def test_more_names_than_an_operation_holds_are_left_out_and_counted() -> None:
    names = frozenset(f"thing-{number:06}" for number in range(5000))
    made, left = viewing.viewpoint_of(seen(hidden=names, selection=("kept",)), EYE, viewpoint="v")
    assert made.selection == ("kept",)
    assert len(made.exceptions) + left == 5000
    assert left > 0
    assert sum(len(name) + 3 for name in made.exceptions) <= viewing.BYTES_MAX


@pytest.mark.parametrize(
    "camera",
    [
        None,
        Camera((math.nan, 0, 0), (0, 1, 0), (0, 0, 1)),
        Camera((0, 0, 0), (0, 0, 0), (0, 0, 1)),
        Camera((1e12, 0, 0), (0, 1, 0), (0, 0, 1)),
        Camera((0, 0, 0), (0, 1, 0), (0, math.inf, 1)),
    ],
)
def test_a_camera_that_says_nothing_is_none(camera: Camera | None) -> None:
    assert viewing.sound_camera(camera) is None


def test_a_camera_gets_axes_at_right_angles() -> None:
    sloppy = viewing.sound_camera(Camera((0, 0, 0), (0, 2, 2), (0, 1, 1), fov_deg=30))
    assert sloppy is not None
    assert sloppy.direction == pytest.approx((0, math.sqrt(0.5), math.sqrt(0.5)))
    assert sum(a * b for a, b in zip(sloppy.direction, sloppy.up, strict=True)) == pytest.approx(0)
    assert math.hypot(*sloppy.up) == pytest.approx(1)


# ---- prepared views -------------------------------------------------------------------------------------


def prepared(*orders: int) -> ReviewState:
    state = ReviewState()
    for order in orders:
        view = Viewpoint(f"v{order}", title=f"View {order}", order=order)
        state.viewpoints[view.viewpoint] = view
        state.viewpoints_of.setdefault("", {})[view.viewpoint] = None
    return state


def shown_after(state: ReviewState, current: str, step: int, item: str = "") -> str:
    found = viewing.next_view(state, current, step, item=item)
    return found.viewpoint if found else ""


def test_one_goes_through_prepared_views_in_their_order_and_stops_at_the_ends() -> None:
    state = prepared(3, 1, 2)
    assert [shown_after(state, name, 1) for name in ("", "v1", "v2", "v3")] == ["v1", "v2", "v3", ""]
    assert [shown_after(state, name, -1) for name in ("", "v1", "v3")] == ["v3", "", "v2"]
    assert shown_after(ReviewState(), "", 1) == ""


def test_a_point_of_the_agenda_has_views_of_its_own() -> None:
    state = prepared(1, 2, 3)
    item = str(uuid.uuid4())
    state.agenda[item] = AgendaItem(item, "Filler", viewpoints=("v3", "gone", "v1"))
    assert [shown_after(state, name, 1, item) for name in ("v2", "v3", "v1")] == ["v3", "v1", ""]


def test_a_new_view_gets_a_title_and_an_order_that_none_has() -> None:
    state = prepared(1, 2)
    assert (viewing.default_title(state), viewing.last_order(state)) == ("View 3", 3)
    assert viewing.default_title(prepared(2)) == "View 3"


def test_moving_a_view_changes_two_of_them_and_ends_at_the_ends() -> None:
    state = prepared(1, 2, 3)
    assert {view.viewpoint: view.order for view in viewing.moved(state, "v3", -1)} == {"v3": 2, "v2": 3}
    assert viewing.moved(state, "v1", -1) == [] == viewing.moved(state, "gone", 1)
    equal = prepared(5)
    for name in ("a", "b"):
        equal.viewpoints[name] = Viewpoint(name, order=5)
        equal.viewpoints_of[""][name] = None
    assert {view.viewpoint: view.order for view in viewing.moved(equal, "b", -1)} == {"v5": 1, "b": 2, "a": 3}
