"""Seeing as a viewpoint does, keeping and sharing views, and pins that follow their topics."""

from __future__ import annotations

import math
import types
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from panda3d.core import NodePath

from tests.app.test_models import BASE, models, opened_package, twin
from tests.ui.plant import joined_world
from walkdown import messages as m
from walkdown.messages import Camera, Plane, Record, Segment, SharedView, TopicFields, Viewpoint
from walkdown_client.app.eyes import camera_of, eye_of
from walkdown_client.app.kept_views import KeptViews
from walkdown_client.app.pins_showing import TopicPins
from walkdown_client.app.places import Places
from walkdown_client.app.section_wishes import SectionWishes
from walkdown_client.app.view_news import ViewNews
from walkdown_client.app.view_wishes import Views
from walkdown_client.events import Heard, Recorded
from walkdown_client.input import camera
from walkdown_client.scene.pins import ORPHANED, PinRows
from walkdown_client.scene.sections import Sections
from walkdown_client.scene.view import Hit
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.sectioning import BOX, Section
from walkdown_client.tools.view_state import ViewState


def uid(name: str) -> str:
    """A UUID that is the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


LEVEL = Plane((0.0, 0.0, 2.0), (0.0, 0.0, 1.0))
OTHER = 7


class Scene:
    """What parts of the app ask of a scene, without a picture."""

    def __init__(self) -> None:
        self.sections = Sections(NodePath("scene"))
        self.pins: Any = types.SimpleNamespace(
            rows=PinRows.empty(0),
            put=lambda rows: setattr(self.pins, "rows", rows),
            place=lambda rows: self.placed.append(rows.tolist()),
            restyle=lambda rows: self.restyled.append(rows.tolist()),
            keep=lambda kept: None,
            show_closed=lambda shown: None,
        )
        self.placed: list[list[int]] = []
        self.restyled: list[list[int]] = []
        self.painted: list[Any] = []
        self.light = types.SimpleNamespace(refresh_shadows=lambda: None)
        self.base = types.SimpleNamespace(
            win=types.SimpleNamespace(get_x_size=lambda: 800, get_y_size=lambda: 600)
        )
        self.pick: Callable[[float, float], Hit | None] = lambda _x, _y: None

    def set_section(self, planes: tuple[Plane, ...]) -> None:
        self.sections.put(planes)

    def paint(self, groups: list[Any]) -> None:
        self.painted = groups


class Desk:
    """One person's views on a plant, with what they were told and what they sent."""

    def __init__(self) -> None:
        self.world, self.view, self.models = joined_world(people=2, seconds=1), ViewState(), models()
        self.rig = camera.Rig(camera.look_at((0, -10, 3), (0, 0, 3)))
        self.scene, self.sent, self.told = Scene(), list[Any](), list[str]()
        parts: dict[str, Any] = {"scene": self.scene, "rig": self.rig}
        self.views = Views(self.world, self.view, self.models, **parts)
        self.news = ViewNews(
            self.world,
            self.view,
            self.models,
            scene=self.scene,  # type: ignore[arg-type]
            views=self.views,
            doing=self,
        )

    def send(self, operation: Any) -> bool:
        self.sent.append(operation)
        return True

    def say(self, title: str, text: str = "", **_more: Any) -> None:
        self.told.append(f"{title}. {text}")

    def carry_out(self, intent: Any) -> None:
        self.told.append(type(intent).__name__)

    def share(self, person: int, view: Viewpoint | None) -> None:
        """Let somebody show a view to all, or no more."""
        self.world.apply(Heard(SharedView(person, view, for_all=True)))
        self.news.step(0.0)

    def record(self, kind: str, body: dict[str, Any]) -> None:
        self.world.apply(Recorded(Record(self.world.last_record + 1, 1, "Ada", "a", kind, body), None))


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ---- seeing as a viewpoint does -------------------------------------------------------------------------


def test_an_eye_as_a_camera_and_back_is_the_same_with_and_without_perspective() -> None:
    pose = camera.Pose(np.array([1.0, 2.0, 3.0]), 0.7, -0.4)
    for lens in (camera.Lens(math.radians(70), 1.5), camera.Lens(math.radians(70), 1.5, 8.0)):
        back, same = eye_of(camera_of(pose, lens), lens)
        assert back.position == pytest.approx(pose.position)
        assert (back.heading_rad, back.pitch_rad) == pytest.approx((0.7, -0.4))
        assert (same.fov_rad, same.height_m) == pytest.approx((lens.fov_rad, lens.height_m))


def test_the_angle_of_a_view_is_that_from_top_to_bottom_in_any_window() -> None:
    seen = Camera((0, 0, 0), (0, 1, 0), (0, 0, 1), fov_deg=60.0)
    for aspect in (1.0, 2.0):
        _pose, lens = eye_of(seen, camera.Lens(aspect=aspect))
        assert math.degrees(2 * math.atan(lens.tangents[1])) == pytest.approx(60.0)


@pytest.mark.parametrize(("up", "heading"), [((0, 1, 0), 0.0), ((1, 0, 0), -math.pi / 2)])
def test_a_view_straight_down_has_on_top_what_its_up_says(up: m.Point, heading: float) -> None:
    pose, _lens = eye_of(Camera((0, 0, 9), (0, 0, -1), up), camera.Lens())
    assert pose.pitch_rad == pytest.approx(-math.pi / 2)
    assert pose.heading_rad == pytest.approx(heading)
    assert pose.axes[2] == pytest.approx(up, abs=1e-9)


def test_showing_a_view_flies_there_and_what_was_seen_before_can_be_shown_again(desk: Desk) -> None:
    before = desk.views.current()
    seen = Viewpoint("v", Camera((5, -9, 3), (0, 1, 0), (0, 0, 1), fov_deg=30), planes=(LEVEL,))
    desk.views.show(seen)
    desk.rig.advance(9.0, (0, 0, 0))
    assert desk.rig.pose.position == pytest.approx((5, -9, 3))
    assert math.degrees(2 * math.atan(desk.rig.lens.tangents[1])) == pytest.approx(30)
    assert desk.view.sectioning.section.planes == (LEVEL,)
    desk.views.show(before)
    desk.rig.advance(9.0, (0, 0, 0))
    assert desk.rig.pose.position == pytest.approx((0, -10, 3))
    assert not desk.view.sectioning.section


def test_what_is_far_is_changed_to_behind_a_dark_picture(desk: Desk) -> None:
    places = Places(desk.view, rig=desk.rig)
    desk.views.fade_to = places.fade_to
    places.step(1.0)
    far = Camera((500, 0, 3), (1, 0, 0), (0, 0, 1), fov_deg=0, height_m=12)
    desk.views.show(Viewpoint("v", far))
    places.step(1.05)
    assert desk.view.together.dark > 0
    assert not desk.rig.lens.orthogonal
    for moment in range(6):
        places.step(1.1 + moment / 10)
        desk.rig.advance(0.1, (0, 0, 0))
    assert desk.view.together.dark == 0
    assert desk.rig.pose.position == pytest.approx((500, 0, 3))
    assert desk.rig.lens.height_m == 12


def test_a_view_without_a_camera_or_with_nan_leaves_the_eye_where_it_is(desk: Desk) -> None:
    for eye in (None, Camera((math.nan, 0, 0), (0, 1, 0), (0, 0, 1))):
        desk.views.show(Viewpoint("v", eye))
        assert desk.rig.flight is None


def test_what_a_view_names_and_nobody_knows_is_listed_once(desk: Desk) -> None:
    view = Viewpoint("v", exceptions=("L1.FIL", "gone 1"), selection=("gone 2",))
    desk.views.show(view)
    desk.views.show(view)
    (toast,) = desk.view.toasts
    assert "2 things" in toast.text
    assert toast.details == "gone 1\ngone 2"
    assert desk.view.hidden == frozenset({"L1.FIL"})


def test_lines_and_time_belong_to_a_kept_view_until_one_leaves_it(desk: Desk) -> None:
    line = Segment((0, 0, 0), (1, 0, 0))
    desk.views.show(Viewpoint("v", lines=(line,)))
    desk.news.step(0.0)
    assert desk.scene.sections.lines.tolist() == [[[0, 0, 0], [1, 0, 0]]]
    desk.view.viewing.shown = None
    desk.news.step(0.1)
    assert not len(desk.scene.sections.lines)
    desk.views.show(Viewpoint("not kept", time_ns=5))
    assert desk.view.viewing.shown is None
    desk.record("viewpoint", {"viewpoint": uid("kept"), "time_ns": 5})
    desk.views.show(desk.world.review.viewpoints[uid("kept")])
    assert desk.view.viewing.shown is not None


# ---- what is everybody's --------------------------------------------------------------------------------


def test_a_shared_section_is_taken_and_ones_own_comes_back(desk: Desk) -> None:
    desk.view.hidden = frozenset({"L1.CAP"})
    desk.view.selection = ("L1.FIL",)
    eye = desk.rig.pose
    desk.share(OTHER, Viewpoint("shared", Camera((9, 9, 9), (0, 1, 0), (0, 0, 1)), planes=(LEVEL,)))
    assert (desk.view.viewing.shared_by, desk.view.hidden) == (OTHER, frozenset())
    assert desk.view.sectioning.section.planes == (LEVEL,) == desk.scene.sections.planes
    assert (desk.rig.pose, desk.rig.flight, desk.view.selection) == (eye, None, ("L1.FIL",))
    desk.share(OTHER, None)
    assert (desk.view.viewing.shared_by, desk.view.hidden) == (0, frozenset({"L1.CAP"}))
    assert not desk.scene.sections.on


def test_who_looks_in_their_own_way_keeps_their_view_and_returns_to_the_shared_one(desk: Desk) -> None:
    desk.view.together.alone = True
    desk.share(OTHER, Viewpoint("shared", planes=(LEVEL,)))
    assert not desk.view.sectioning.section
    desk.view.together.alone = False
    desk.news.step(0.1)
    assert desk.view.sectioning.section.planes == (LEVEL,)
    desk.view.together.alone = True
    desk.news.step(0.2)
    assert not desk.view.sectioning.section


def test_a_change_by_hand_in_a_shared_view_is_kept_and_one_looks_in_ones_own_way(desk: Desk) -> None:
    desk.share(OTHER, Viewpoint("shared", planes=(LEVEL,)))
    desk.view.hidden = frozenset({"L1.CAP"})
    desk.share(OTHER, Viewpoint("shared", planes=()))
    assert desk.view.together.alone
    assert desk.view.hidden == frozenset({"L1.CAP"})
    assert desk.view.sectioning.section.planes == (LEVEL,)
    assert "U" in desk.told[-1]


def test_what_one_shares_is_told_when_it_changes_and_at_most_five_times_a_second(desk: Desk) -> None:
    desk.news.share(True)
    for step in range(10):
        desk.view.sectioning.put(Section((replace(LEVEL, point=(0.0, 0.0, float(step))),)))
        desk.news.step(step * 0.05)
    shown = [sent for sent in desk.sent if isinstance(sent, m.ShareView)]
    assert 2 <= len(shown) <= 3
    assert all(sent.for_all and sent.view is not None and sent.view.camera is None for sent in shown)
    count = len(desk.sent)
    desk.news.step(9.0)
    desk.news.step(10.0)
    assert len(desk.sent) == count + 1, "the last change, and nothing after it"
    desk.news.share(False)
    assert desk.sent[-1] == m.ShareView()


def test_what_a_shared_view_names_is_hidden_as_soon_as_its_model_has_come(desk: Desk) -> None:
    desk.world.packages = (opened_package().ref,)
    desk.models.packages.clear()
    desk.models._changed()
    desk.share(OTHER, Viewpoint("shared", exceptions=("plant:/crate",)))
    assert not desk.view.hidden
    assert not desk.view.toasts
    desk.models.open(opened_package(), 0, twin())
    desk.news.step(0.5)
    assert desk.view.hidden == frozenset({"plant:/crate"})
    assert not desk.view.together.alone


def test_who_shares_yields_to_somebody_else_who_does(desk: Desk) -> None:
    desk.news.share(True)
    desk.share(OTHER, Viewpoint("shared", planes=(LEVEL,)))
    assert not desk.view.viewing.sharing
    assert desk.view.viewing.shared_by == OTHER


def test_what_whom_one_follows_shows_gives_way_to_what_is_shown_to_all(desk: Desk) -> None:
    desk.share(OTHER, Viewpoint("shared", planes=(LEVEL,)))
    desk.views.show(Viewpoint("followed", exceptions=("L1.FIL",)))
    desk.news.step(0.1)
    assert not desk.view.hidden
    assert not desk.view.together.alone
    desk.share(OTHER, None)
    desk.views.show(Viewpoint("followed", exceptions=("L1.FIL",)))
    assert desk.view.hidden == frozenset({"L1.FIL"})


def test_one_is_told_when_a_section_leaves_nothing(desk: Desk) -> None:
    desk.view.sectioning.put(Section((Plane((0, 0, -50), (0, 0, 1)),)))
    desk.news.step(0.0)
    assert "hides everything" in desk.told[-1]


# ---- prepared views -------------------------------------------------------------------------------------


class Sending:
    """A picture on its way."""

    over, attached, phase, text = False, None, "upload", ""

    def cancel(self) -> None:
        """Stop."""


@pytest.fixture
def kept(desk: Desk) -> KeptViews:
    desk.sendings = []  # type: ignore[attr-defined]

    def send(_offering: Any) -> Any:
        desk.sendings.append(Sending())  # type: ignore[attr-defined]
        return desk.sendings[-1]  # type: ignore[attr-defined]

    seeing: Any = types.SimpleNamespace(
        current=desk.views.current, show=desk.views.show, snapshot=lambda: b"png"
    )
    return KeptViews(
        desk.world,
        desk.view,
        views=seeing,
        doing=desk,
        send=send,
        keep=lambda _data: None,
    )


def test_a_view_is_kept_at_once_under_a_title_and_gets_its_picture_later(desk: Desk, kept: KeptViews) -> None:
    kept.rules()[cut.KeepView](cut.KeepView())
    (put,) = desk.sent
    assert (put.viewpoint.title, put.viewpoint.topic, put.viewpoint.snapshot) == ("View 1", "", "")
    desk.record("viewpoint", msgspec.to_builtins(put.viewpoint))
    sending = desk.sendings[0]  # type: ignore[attr-defined]
    sending.over, sending.attached = True, m.Attached("view.png", "a" * 64, 3)
    kept.step()
    again = desk.sent[-1]
    assert (again.viewpoint.snapshot, again.base) == ("a" * 64, desk.world.last_record)


def test_views_are_renamed_moved_shown_and_removed(desk: Desk, kept: KeptViews) -> None:
    for number in (1, 2):
        view = Viewpoint(uid(f"v{number}"), title=f"View {number}", order=number, planes=(LEVEL,))
        desk.record("viewpoint", msgspec.to_builtins(view))
    rules = kept.rules()
    rules[cut.RenameView](cut.RenameView(uid("v1"), "  Filler  "))
    assert desk.sent[-1].viewpoint.title == "Filler"
    rules[cut.RenameView](cut.RenameView(uid("v1"), "   "))
    assert len(desk.sent) == 1
    rules[cut.MoveView](cut.MoveView(uid("v2"), -1))
    assert {sent.viewpoint.viewpoint: sent.viewpoint.order for sent in desk.sent[1:]} == {
        uid("v2"): 1,
        uid("v1"): 2,
    }
    rules[cut.ShowKeptView](cut.ShowKeptView(uid("v2")))
    assert desk.view.together.prepared == uid("v2")
    assert desk.view.sectioning.section.planes == (LEVEL,)
    assert "where it was seen from" in desk.told[-1]
    rules[cut.RemoveView](cut.RemoveView(uid("v2")))
    assert (desk.sent[-1].viewpoint, desk.sent[-1].base) == (uid("v2"), desk.world.last_record)
    rules[cut.ShowKeptView](cut.ShowKeptView("gone"))
    assert "not here any more" in desk.told[-1]


# ---- planes and lenses by key ---------------------------------------------------------------------------


@pytest.fixture
def hands(desk: Desk) -> SectionWishes:
    return SectionWishes(desk.view, desk.models, scene=desk.scene, rig=desk.rig, say=desk.say)  # type: ignore[arg-type]


def wished(hands: SectionWishes, intent: Any) -> None:
    hands.rules()[type(intent)](intent)


def on_wall(desk: Desk) -> Callable[[float, float], Hit | None]:
    """Answers picks as a wall across the north does, five metres ahead."""

    def pick(x: float, y: float) -> Hit:
        start, towards = camera.sight(
            desk.rig.pose, desk.rig.lens, 2 * (x + 0.5) / 800 - 1, y=1 - 2 * (y + 0.5) / 600
        )
        return Hit(3, start + towards * ((-5.0 - start[1]) / towards[1]))

    return pick


def test_a_plane_goes_through_the_face_under_the_cursor_and_gets_handles(
    desk: Desk, hands: SectionWishes
) -> None:
    wished(hands, cut.CutHere())
    assert "Point at a face" in desk.told[-1]
    desk.scene.pick, desk.view.hover_point = on_wall(desk), (0.5, -5.0, 3.2)
    desk.rig.lens = replace_aspect(desk.rig.lens)
    wished(hands, cut.CutHere())
    (plane,) = desk.view.sectioning.section.planes
    assert plane.normal == (0.0, -1.0, 0.0)
    assert plane.point == pytest.approx((0.5, -4.99, 3.2))
    assert desk.view.sectioning.chosen == 0
    for _again in range(6):
        wished(hands, cut.CutHere())
    assert len(desk.view.sectioning.section.planes) == 6
    assert "6 section planes already" in desk.told[-1]


def replace_aspect(lens: camera.Lens) -> camera.Lens:
    return camera.Lens(lens.fov_rad, 800 / 600)


def test_a_box_goes_around_the_selection_and_off_again(desk: Desk, hands: SectionWishes) -> None:
    crate = desk.models.element_at(BASE + 3)
    assert crate is not None
    desk.view.elements = (crate.key,)
    wished(hands, cut.ToggleSectionBox())
    box = desk.view.sectioning.section.box
    assert box is not None
    assert (box.low[0], box.high[0]) == pytest.approx((9.9, 11.1))
    assert desk.view.sectioning.chosen == BOX
    wished(hands, cut.ToggleSectionBox())
    assert not desk.view.sectioning.section


def test_the_handles_of_a_plane_from_elsewhere_come_into_the_picture(
    desk: Desk, hands: SectionWishes
) -> None:
    desk.view.sectioning.put(Section((Plane((500.0, 0.0, 0.0), (0.0, 1.0, 0.0)),)), chosen=0)
    hands.step()
    (plane,) = desk.view.sectioning.section.planes
    assert plane.point == pytest.approx((0.0, 0.0, 3.0))
    assert plane.normal == (0.0, 1.0, 0.0)


def test_without_perspective_and_back_what_is_looked_at_stays_as_large(
    desk: Desk, hands: SectionWishes
) -> None:
    desk.scene.pick = on_wall(desk)
    wall = (1.0, -5.0, 3.0)
    before = camera.project(desk.rig.pose, desk.rig.lens, wall)[0, :2]
    for flat in (True, False):
        wished(hands, cut.ToggleOrthogonal())
        assert desk.rig.lens.orthogonal == flat
        assert camera.project(desk.rig.pose, desk.rig.lens, wall)[0, :2] == pytest.approx(before, rel=1e-3)
    desk.view.walking = True
    wished(hands, cut.ToggleOrthogonal())
    assert not desk.rig.lens.orthogonal
    assert "On foot" in desk.told[-1]


# ---- pins -----------------------------------------------------------------------------------------------


@pytest.fixture
def pins(desk: Desk) -> TopicPins:
    return TopicPins(desk.world, desk.view, desk.models, scene=desk.scene)  # type: ignore[arg-type]


def put_topic(desk: Desk, name: str, index: int, **fields: Any) -> None:
    body = msgspec.to_builtins(TopicFields(title=name, **fields)) | {"topic": uid(name), "index": index}
    desk.record("topic", {"topic": body})


def rows_of(desk: Desk) -> dict[int, tuple[float, ...]]:
    rows = desk.scene.pins.rows
    return {
        int(rows.numbers[row]): tuple(rows.points[row].tolist())
        for row in np.flatnonzero(rows.there).tolist()
    }


def test_a_pin_comes_changes_and_goes_with_its_topic_one_row_at_a_time(desk: Desk, pins: TopicPins) -> None:
    put_topic(desk, "a", 1, point=(1.0, 2.0, 3.0))
    pins.step()
    put_topic(desk, "b", 2, point=(4.0, 5.0, 6.0), priority="High", type="Clash")
    put_topic(desk, "c", 3)
    desk.scene.restyled.clear()
    pins.step()
    assert rows_of(desk) == {1: (1, 2, 3), 2: (4, 5, 6)}
    assert sorted(desk.scene.restyled[0]) == [1, 2], "the new ones alone"
    desk.scene.placed.clear()
    desk.record("topic_changed", {"topic": uid("a"), "changes": {"status": "Closed"}})
    pins.step()
    assert (desk.scene.placed, desk.scene.restyled[-1]) == ([], [0])
    assert desk.scene.pins.rows.standings[0] == 3
    desk.record("topic_removed", {"topic": uid("a")})
    pins.step()
    assert list(rows_of(desk)) == [2]
    assert desk.scene.pins.rows.tones[1] == 3


def test_more_topics_than_there_was_room_for_make_all_rows_anew(desk: Desk, pins: TopicPins) -> None:
    pins.step()
    for number in range(200):
        put_topic(desk, f"t{number}", number + 1, point=(float(number), 0.0, 0.0))
    pins.step()
    assert rows_of(desk) == {number + 1: (number, 0, 0) for number in range(200)}


def test_a_pin_on_a_thing_that_is_gone_is_an_orphan_at_its_last_place(desk: Desk, pins: TopicPins) -> None:
    desk.world.packages = ()
    desk.models.packages.clear()
    put_topic(desk, "here", 1, point=(1.0, 0.0, 0.0), things=("L1.FIL", "gone"))
    put_topic(desk, "lost", 2, point=(2.0, 0.0, 0.0), things=("gone",))
    put_topic(desk, "unplaced", 3, point=(3.0, 0.0, 0.0), model="a model that left")
    pins.step()
    rows = desk.scene.pins.rows
    assert rows.flags[:3].tolist() == [0, ORPHANED, ORPHANED]
    assert rows_of(desk)[2] == (2, 0, 0)


def test_pins_move_with_their_model_and_stay_when_it_leaves(desk: Desk, pins: TopicPins) -> None:
    first = opened_package().ref
    stood = replace(first, model="hall", placement=(1, 0, 0, 10, 0, 1, 0, 0, 0, 0, 1, 0))
    desk.world.packages = (stood,)
    put_topic(desk, "a", 1, point=(1.0, 2.0, 3.0), model="hall")
    pins.step()
    assert rows_of(desk)[1] == (11, 2, 3)
    desk.world.packages = (replace(stood, placement=(0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0)),)
    desk.world.packages_revision += 1
    pins.step()
    assert rows_of(desk)[1] == pytest.approx((-2, 1, 3))
    desk.world.packages = ()
    desk.world.packages_revision += 1
    pins.step()
    assert rows_of(desk)[1] == pytest.approx((-2, 1, 3))
    assert desk.scene.pins.rows.flags[0] == ORPHANED
