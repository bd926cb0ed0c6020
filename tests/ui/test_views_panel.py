"""The panel of views and section, and the line that says whose view one sees and when it was seen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.ui.conftest import Screen
from walkdown.messages import Camera, Plane, SharedView, Topic, Viewpoint
from walkdown_client.events import Heard
from walkdown_client.input.events import PointerMoved
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.meeting_intents import WanderAlone
from walkdown_client.tools.sectioning import Section, SectionBox
from walkdown_client.ui.panels.view_chip import seen_at

pytestmark = pytest.mark.display

LEVEL = Plane((0.0, 0.0, 1.5), (0.0, 0.0, 1.0))
SLANT = Plane((0.0, 0.0, 0.0), (0.0, -0.6, 0.8))
FLAT = Camera((0, 0, 9), (0, 1, 0), (0, 0, 1), fov_deg=0.0, height_m=5.0)


@pytest.fixture
def panel(screen: Screen) -> Screen:
    """Two prepared views, the panel open."""
    views = (
        Viewpoint("v1", title="Filler from above", planes=(LEVEL,), order=1, author="Ada", camera=FLAT),
        Viewpoint("v2", shown=False, exceptions=("L1.FIL",), order=2),
    )
    for view in views:
        screen.world.review.viewpoints[view.viewpoint] = view
        screen.world.review.viewpoints_of.setdefault("", {})[view.viewpoint] = None
    screen.do(wish.OpenPanel("views"))
    screen.settle()
    return screen


def test_views_are_listed_in_their_order_with_what_they_show(panel: Screen) -> None:
    text = panel.text("views")
    assert text.index("Filler from above") < text.index("View 2")
    assert "Ada · section, orthogonal" in text
    assert "isolated" in text
    assert "no picture" in text


def test_a_section_is_there_in_words_and_numbers(panel: Screen) -> None:
    assert "Nothing is cut away" in panel.text("views")
    panel.view.sectioning.put(Section((LEVEL, SLANT), SectionBox((0, 0, 0), (1, 2, 3))))
    panel.settle()
    text = panel.text("views")
    assert "Plane 1, across Z" in text
    assert "Plane 2, 37° from level" in text
    assert "Section box" in text
    assert "Y to, m" in text


@pytest.mark.parametrize(
    ("typed", "found"),
    [("filler from above", "Filler from above\nview"), ("handles plane 1", "Handles on Plane 1, across Z")],
)
def test_the_palette_reaches_each_view_and_each_plane(panel: Screen, typed: str, found: str) -> None:
    panel.view.sectioning.put(Section((LEVEL,)))
    panel.do(wish.OpenPalette())
    panel.view.searches["palette"] = typed
    panel.settle()
    assert found in panel.text("palette")


def test_the_title_of_a_view_is_written_and_saved(panel: Screen) -> None:
    panel.do(cut.EditView("v1"))
    panel.settle()
    panel.fill("Filler")
    assert panel.view.viewing.title == "Filler"
    assert "Save the title" in panel.text("views")


def test_it_is_said_whose_view_one_sees_and_how_to_look_alone(screen: Screen) -> None:
    other = next(number for number in screen.world.people if number != screen.world.me)
    name = screen.world.people[other].name
    screen.world.apply(Heard(SharedView(other, Viewpoint("shared"), for_all=True)))
    screen.view.viewing.shared_by = other
    screen.settle()
    assert screen.text("view_chip") == f"Shared view by {name}\nLook privately (U)"
    screen.view.viewing.shared_by, screen.view.together.alone = 0, True
    screen.settle()
    assert screen.text("view_chip") == f"{name} shows a view to all\nSee it (U)"
    layout = screen.interface.layout
    assert layout is not None
    found = [
        intent
        for x in range(0, 260, 20)
        for intent in screen.click(layout.scene.x + layout.scene.width / 2 + x, layout.scene.y + 26)
    ]
    assert WanderAlone(False) in found


def test_the_pin_under_the_cursor_says_what_it_is_about(screen: Screen) -> None:
    topic = Topic("Valve too high", topic="t", index=12, type="Hazard", status="Open", assigned="Mona")
    screen.world.review.topics["t"] = topic
    screen.view.viewing.pin = "t"
    screen.settle(PointerMoved(700, 400), frames=30)
    assert screen.text("pin_hover") == "#12  Valve too high\nHazard · Open · Mona"
    screen.view.viewing.pin = ""
    screen.settle()
    assert screen.text("pin_hover") == ""


def test_while_a_view_is_shown_it_is_said_when_it_was_seen_and_how_long_ago(screen: Screen) -> None:
    now_ns = screen.world.session_ns
    view = Viewpoint("v1", title="Filler", time_ns=now_ns - 7_300 * 10**9)
    screen.view.viewing.shown = view
    screen.settle()
    text = screen.text("view_chip")
    assert text.startswith("Filler · seen at ")
    assert text.endswith(", 2 h ago\nLeave the view")
    assert "just now" in seen_at(replace(view, time_ns=now_ns), now_ns)
    screen.do(cut.LeaveView())
    screen.settle()
    assert screen.text("view_chip") == ""
