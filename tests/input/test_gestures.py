"""Clicks, double clicks and drags from plain events."""

from __future__ import annotations

from walkdown_client.input.events import ButtonDown, ButtonUp, FocusLost, InputEvent, PointerMoved, Wheel
from walkdown_client.input.gestures import Clicked, DragBegan, DragEnded, Dragged, Gesture, Gestures, Turned


def play(*events: InputEvent, at_secs: list[float] | None = None) -> list[Gesture]:
    gestures = Gestures()
    found: list[Gesture] = []
    for place, event in enumerate(events):
        found += gestures.feed(event, now_secs=at_secs[place] if at_secs else 0.0)
    return found


def click(name: str = "mouse1") -> tuple[InputEvent, InputEvent]:
    return ButtonDown(name), ButtonUp(name)


def test_a_press_that_hardly_moves_is_a_click() -> None:
    found = play(PointerMoved(10, 10), ButtonDown("mouse1"), PointerMoved(12, 12), ButtonUp("mouse1"))
    assert found == [Clicked("mouse1", 12, 12)]


def test_a_press_that_moves_four_pixels_is_a_drag_of_the_whole_way() -> None:
    found = play(
        PointerMoved(10, 10),
        ButtonDown("mouse3"),
        PointerMoved(12, 10),
        PointerMoved(15, 10),
        PointerMoved(18, 11),
        ButtonUp("mouse3"),
    )
    assert found == [
        DragBegan("mouse3", 10, 10),
        Dragged("mouse3", 5, 0),
        Dragged("mouse3", 3, 1),
        DragEnded("mouse3"),
    ]


def test_two_quick_clicks_at_one_place_are_a_double_click_and_a_third_is_single() -> None:
    found = play(*click(), *click(), *click(), at_secs=[0, 0, 0.2, 0.2, 0.4, 0.4])
    assert [c.count for c in found if isinstance(c, Clicked)] == [1, 2, 1]


def test_slow_far_or_different_clicks_are_two_single_ones() -> None:
    slow = play(*click(), *click(), at_secs=[0, 0, 0.5, 0.5])
    far = play(*click(), PointerMoved(9, 9), *click())
    other = play(*click("mouse1"), *click("mouse3"))
    for found in (slow, far, other):
        assert [c.count for c in found if isinstance(c, Clicked)] == [1, 1]


def test_losing_the_keyboard_ends_a_drag() -> None:
    found = play(
        ButtonDown("mouse2"), PointerMoved(9, 0), FocusLost(), PointerMoved(30, 0), ButtonUp("mouse2")
    )
    assert found[-1] == DragEnded("mouse2")


def test_a_second_button_does_not_disturb_a_drag() -> None:
    found = play(
        ButtonDown("mouse3"), PointerMoved(9, 0), ButtonDown("mouse1"), ButtonUp("mouse1"), ButtonUp("mouse3")
    )
    assert not any(isinstance(gesture, Clicked) for gesture in found)
    assert found[-1] == DragEnded("mouse3")


def test_the_wheel_turns_where_the_pointer_is() -> None:
    assert play(PointerMoved(3, 4), Wheel(-1.0)) == [Turned(-1.0, 3, 4)]
