"""The panel of marks and the card of one: what was measured, by whom, and what can be done with it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.conftest import Screen
from walkdown.messages import Attached, Mark
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.marking import MarkDraft
from walkdown_client.tools.snapping import Snapped
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.mark_card import actions
from walkdown_client.ui.panels.palette import entries

pytestmark = pytest.mark.display

LINE = np.array([[0, 0, 0], [0, 3, 4]], "<f4").tobytes()


@pytest.fixture
def marked(screen: Screen) -> Screen:
    """A session with a distance of one's own, and a photo of somebody else's."""
    welcome = screen.world.welcome
    assert welcome is not None
    author = welcome.author or "me"
    me = screen.world.people[screen.world.me].name
    own = Mark(
        "own",
        "dimension",
        (0, 0, 1),
        LINE,
        value=5.0,
        unit="m",
        author=me,
        author_id=author,
        made_ns=2,
        number=1,
    )
    photo = Mark(
        "photo",
        "photo",
        (0, 0, 0),
        text="leaks",
        author="Eve",
        author_id="e",
        made_ns=1,
        number=2,
        file=Attached("valve.jpg", "0" * 64, 5, "image/jpeg"),
    )
    for mark in (own, photo):
        screen.world.review.marks[mark.mark] = mark
    screen.world.review.revision += 1
    return screen


def test_marks_are_listed_and_found_by_kind_value_text_and_author(marked: Screen) -> None:
    marked.do(wish.OpenPanel("marks"))
    marked.settle()
    listed = marked.text("marks")
    assert listed.index("5.000 m") < listed.index("valve.jpg · leaks")
    assert "Distance · " in listed
    marked.view.searches["marks"] = "eve leaks"
    marked.settle()
    assert "5.000 m" not in marked.text("marks")
    marked.view.searches["marks"] = "nothing of that kind"
    marked.settle()
    assert "No mark answers this." in marked.text("marks")


def test_the_card_says_what_was_measured_where_and_by_whom(marked: Screen) -> None:
    marked.do(marks.SelectMark("own"))
    marked.settle()
    card = marked.text("mark_card")
    assert card.startswith("5.000 m\nDistance · ")
    assert "east 0.0 mm · north 3.000 m · up 4.000 m" in card
    marked.do(marks.TakeTool("area"))
    marked.settle()
    assert marked.text("mark_card") == ""


def test_each_can_do_with_a_mark_what_is_his(marked: Screen) -> None:
    marked.do(marks.SelectMark("own"))
    marked.settle()
    assert marked.interface.layout is not None
    frame = Frame(
        marked.interface._canvas,
        marked.world,
        marked.view,
        marked.facts,
        marked.interface.layout,
        marked.interface._memory,
    )
    own, photo = (marked.world.review.marks[name] for name in ("own", "photo"))
    assert {type(intent) for _icon, _tip, intent in actions(frame, own)} >= {
        marks.CopyMark,
        marks.TopicOfMark,
        marks.WriteOnMark,
        marks.RemoveMark,
    }
    others = {type(intent) for _icon, _tip, intent in actions(frame, photo)}
    assert marks.WriteOnMark not in others
    assert marks.CopyFileLink in others
    texts = [entry.text for entry in entries(frame)]
    assert "Measure a clearance" in texts
    assert "valve.jpg · leaks" in texts


def test_the_strip_says_the_next_step_the_value_and_what_was_caught(marked: Screen) -> None:
    marking = marked.view.marking
    marked.do(marks.TakeTool("dimension"))
    marking.add_point(Snapped(np.zeros(3), "vertex"), thing="", model="")
    marking.live = Snapped(np.array([0.0, 0, 0.25]), "axis", "z")
    marked.settle()
    assert marked.text("mark_editor") == "Distance\nClick where it ends\n250 mm · axis z"
    marking.meanwhile = "You were too fast for the server; wait a moment and do it again."
    marked.settle()
    assert "too fast" in marked.text("mark_editor")


def test_a_sketch_is_placed_by_its_button_and_a_long_clearance_can_be_given_up(marked: Screen) -> None:
    marking = marked.view.marking
    marked.do(marks.TakeTool("sketch"))
    marking.draft = MarkDraft("sketch", strokes=[np.zeros((2, 3))])
    marked.settle()
    assert "Place sketch" in marked.text("mark_editor")
    marking.put_away()
    marking.measuring = True
    marked.settle()
    assert marked.text("mark_editor") == "Measuring the clearance…\nCancel"


def test_the_text_of_a_mark_is_typed_into_its_card(marked: Screen) -> None:
    marked.do(marks.SelectMark("own"))
    marked.settle()
    marked.view.marking.write("own", "")
    marked.settle()
    marked.fill("too low")
    assert marked.view.marking.writing == "too low"
    assert "Save text" in marked.text("mark_card")
    marked.do(wish.Dismiss())
    assert marked.view.marking.writing is None
    marked.view.marking.write("own", "")
    assert marked.view.marking.writing == "too low", "nothing that was typed is lost"
