"""The tool bar: flying or walking, the tools for marks, and what the status line says of it."""

from __future__ import annotations

import dataclasses

import pytest

from tests.ui.conftest import Screen
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import section_intents as cut

pytestmark = pytest.mark.display


def place_of(screen: Screen, button: int) -> tuple[float, float]:
    """The middle of a button: fly, walk, measure, arrow, sketch, section; an observer has no marks."""
    layout = screen.interface.layout
    assert layout is not None
    scene, count = layout.scene, 6 if screen.world.role != "observer" else 3
    gap = 10
    width = count * 32 + (count + 1) * 4 + gap
    left = scene.x + (scene.width - width) / 2
    return left + 4 + button * 36 + 16 + (gap if button > 1 else 0), scene.y + scene.height - 30


def test_a_click_on_the_walker_walks_and_one_on_the_way_in_use_does_nothing(screen: Screen) -> None:
    assert screen.click(*place_of(screen, 1)) == [wish.ToggleWalk()]
    assert screen.click(*place_of(screen, 0)) == []
    screen.view.walking = True
    screen.settle()
    assert screen.click(*place_of(screen, 1)) == []
    assert screen.click(*place_of(screen, 0)) == [wish.ToggleWalk()]


def test_tools_for_marks_are_taken_and_put_away(screen: Screen) -> None:
    assert screen.click(*place_of(screen, 2)) == [marks.Measure()]
    assert screen.click(*place_of(screen, 3)) == [marks.TakeTool("arrow")]
    assert screen.click(*place_of(screen, 4)) == [marks.TakeTool("sketch")]
    screen.do(marks.TakeTool("sketch"))
    screen.settle()
    assert screen.text("mark_editor") == "Sketch\nDraw with the left button held"
    assert screen.click(*place_of(screen, 4)) == [marks.TakeTool("sketch")], "which puts it away"


def test_an_observer_has_no_tools_that_he_cannot_use(screen: Screen) -> None:
    assert screen.world.welcome is not None
    me = screen.world.people[screen.world.me]
    screen.world.people[screen.world.me] = dataclasses.replace(me, role="observer")
    screen.settle()
    assert screen.click(*place_of(screen, 1)) == [wish.ToggleWalk()]
    assert screen.click(*place_of(screen, 2)) == [cut.ToggleSectionBox()]
    screen.do(wish.OpenPanel("marks"))
    screen.settle()
    assert "does not allow this" in screen.text("marks")


def test_the_status_line_says_that_somebody_is_on_foot_and_waits(screen: Screen) -> None:
    assert "on foot" not in screen.text("status_line")
    screen.view.walking = True
    screen.settle()
    assert screen.text("status_line").startswith("on foot\n")
    screen.facts = dataclasses.replace(screen.facts, holding=True)
    screen.settle()
    assert "on foot: the floor is still loading" in screen.text("status_line")


def test_the_cheat_sheet_lists_how_to_walk_and_turn(screen: Screen) -> None:
    screen.do(wish.OpenCheatSheet())
    screen.settle()
    assert "K\nWalk, or fly again" in screen.text("cheat_sheet")
    assert "Left\nLook to the left" in screen.text("cheat_sheet")
