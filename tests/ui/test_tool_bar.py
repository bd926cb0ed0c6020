"""The tool bar: flying or walking, and what the status line says of it."""

from __future__ import annotations

import dataclasses

import pytest

from tests.ui.conftest import Screen
from walkdown_client.tools import intents as wish

pytestmark = pytest.mark.display


def place_of(screen: Screen, button: int) -> tuple[float, float]:
    """The middle of one of its two buttons: fly, walk."""
    layout = screen.interface.layout
    assert layout is not None
    scene = layout.scene
    return scene.x + scene.width / 2 + (18 if button else -18), scene.y + scene.height - 30


def test_a_click_on_the_walker_walks_and_one_on_the_way_in_use_does_nothing(screen: Screen) -> None:
    assert screen.click(*place_of(screen, 1)) == [wish.ToggleWalk()]
    assert screen.click(*place_of(screen, 0)) == []
    screen.view.walking = True
    screen.settle()
    assert screen.click(*place_of(screen, 1)) == []
    assert screen.click(*place_of(screen, 0)) == [wish.ToggleWalk()]


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
