"""Clicks on the pins of topics: they come before what lies under them, but not before a tool for marks."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_client.input import camera
from walkdown_client.input.controls import Controls, Picked
from walkdown_client.input.events import ButtonDown, ButtonUp, InputEvent, PointerMoved
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import GoToTopic, OpenTopic
from walkdown_client.tools.view_state import ViewState


@pytest.fixture
def controls() -> Controls:
    """A thing is under every pixel, and a pin under those left of 100."""
    rig = camera.Rig(camera.Pose(np.zeros(3)))
    made = Controls(rig, ViewState(), lambda _x, _y: Picked((0.0, 5.0, 0.0), "L1.FIL"))
    made.size = (800, 600)
    made.pin_at = lambda x, _y: "topic" if x < 100 else ""
    return made


def click(controls: Controls, x: float, *, at_secs: float = 1.0) -> list[wish.Intent]:
    events: tuple[InputEvent, ...] = (PointerMoved(x, 300), ButtonDown("mouse1"), ButtonUp("mouse1"))
    return [intent for event in events for intent in controls.feed(event, now_secs=at_secs)]


def test_a_click_opens_a_topic_a_double_click_goes_there_and_beside_it_the_thing_is_meant(
    controls: Controls,
) -> None:
    assert click(controls, 50) == [OpenTopic("topic")]
    assert click(controls, 50, at_secs=1.1) == [GoToTopic("topic")]
    assert click(controls, 400, at_secs=9.0) == [wish.SelectThing("L1.FIL")]


def test_the_pin_under_the_cursor_is_known_until_the_pointer_leaves_it(controls: Controls) -> None:
    controls.feed(PointerMoved(50, 300), now_secs=1.0)
    assert controls.advance(0.1, now_secs=2.0, size=(800, 600)) == [wish.HoverThing("")]
    assert controls.view.viewing.pin == "topic"
    controls.feed(PointerMoved(400, 300), now_secs=3.0)
    assert controls.advance(0.1, now_secs=4.0, size=(800, 600)) == [wish.HoverThing("L1.FIL")]
    assert controls.view.viewing.pin == ""
    controls.view.viewing.pin = "topic"
    controls.feed(PointerMoved(500, 300), now_secs=5.0, mouse=False)
    assert controls.view.viewing.pin == ""


def test_a_click_with_a_tool_for_marks_is_for_the_tool(controls: Controls) -> None:
    controls.view.marking.tool = "dimension"
    assert OpenTopic("topic") not in click(controls, 50)
