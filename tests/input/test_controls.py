"""Keys and mouse become wishes and moves of the eye."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_client.input import camera
from walkdown_client.input.controls import Controls, Picked, Steps
from walkdown_client.input.events import (
    ButtonDown,
    ButtonUp,
    FocusLost,
    InputEvent,
    PointerLeft,
    PointerMoved,
    Typed,
    Wheel,
)
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import NoteDraft, ViewState

SIZE = (1600, 900)
FLOOR_HIT = Picked((0.0, 20.0, 0.0), "L1.FIL")


class Hands:
    """Controls over a floor that is L1.FIL on the left half of the picture and nothing on the right."""

    def __init__(self, preset: str = "cad") -> None:
        self.rig = camera.Rig(camera.look_at((0, 0, 5), (0, 20, 0)))
        self.view = ViewState()
        self.view.preferences.preset = preset
        self.picks: list[tuple[float, float]] = []
        self.controls = Controls(self.rig, self.view, self.pick)
        self.controls.advance(0.0, now_secs=0.0, size=SIZE)
        self.now_secs = 0.0

    def pick(self, x: float, y: float) -> Picked | None:
        self.picks.append((x, y))
        return FLOOR_HIT if x < SIZE[0] / 2 else None

    def feed(self, *events: InputEvent, keys: bool = True, mouse: bool = True) -> list[wish.Intent]:
        found = []
        for event in events:
            found += self.controls.feed(event, now_secs=self.now_secs, keys=keys, mouse=mouse)
        return found

    def click(self, x: float, *, button: str = "mouse1") -> list[wish.Intent]:
        return self.feed(PointerMoved(x, 450), ButtonDown(button), ButtonUp(button))


def test_a_click_selects_and_ctrl_adds() -> None:
    hands = Hands()
    assert hands.click(100) == [wish.SelectThing("L1.FIL")]
    hands.now_secs = 5
    hands.feed(ButtonDown("control"))
    assert hands.click(100) == [wish.SelectThing("L1.FIL", add=True)]


def test_with_alt_a_click_takes_the_part_and_not_the_thing() -> None:
    hands = Hands()
    part = wish.ElementInfo(7, "plant:/L1/FIL/lid", "Lid", "part", "Plant")
    hands.controls._pick = lambda _x, _y: Picked((0.0, 20.0, 0.0), "L1.FIL", part)
    assert hands.click(100) == [wish.SelectThing("L1.FIL")]
    hands.now_secs = 5
    hands.feed(ButtonDown("alt"))
    assert hands.click(100) == [wish.SelectElement(part)]
    hands.now_secs = 10
    hands.feed(ButtonUp("alt"), ButtonDown("control"))
    hands.controls._pick = lambda _x, _y: Picked((0.0, 20.0, 0.0), "", part)
    assert hands.click(100) == [wish.SelectElement(part, add=True)]


def test_a_click_on_nothing_clears_and_a_right_click_does_nothing() -> None:
    hands = Hands()
    assert hands.click(1500) == [wish.SelectThing("")]
    assert hands.click(100, button="mouse3") == []


def test_a_double_click_flies_there() -> None:
    hands = Hands()
    hands.click(100)
    assert hands.feed(ButtonDown("mouse1"), ButtonUp("mouse1")) == [wish.FlyToThing("L1.FIL")]


@pytest.mark.parametrize(("preset", "button"), [("cad", "mouse3"), ("blender", "mouse2")])
def test_orbit_turns_about_what_lay_under_the_press(preset: str, button: str) -> None:
    hands = Hands(preset)
    hands.feed(PointerMoved(100, 450), ButtonDown(button), PointerMoved(300, 500), PointerMoved(350, 500))
    target = np.array(FLOOR_HIT.point)
    assert np.linalg.norm(hands.rig.pose.position - target) == pytest.approx(np.linalg.norm([0, 20, 5]))
    assert abs(hands.rig.pose.heading_rad) > 0.5
    assert hands.picks == [(100, 450)]


def test_the_wheel_zooms_towards_the_cursor_and_looks_only_once() -> None:
    hands = Hands()
    before = hands.rig.pose.position
    hands.feed(PointerMoved(100, 450), Wheel(1), Wheel(1))
    after = hands.rig.pose.position
    share = np.linalg.norm(after - FLOOR_HIT.point) / np.linalg.norm(before - FLOOR_HIT.point)
    assert share == pytest.approx(0.85**2)
    assert len(hands.picks) == 1


def test_in_the_game_preset_the_wheel_changes_the_speed() -> None:
    hands = Hands("game")
    hands.feed(Wheel(2))
    assert hands.rig.speed_m_s == pytest.approx(camera.SPEED_M_S * 1.25**2)


def test_panning_takes_the_surface_along() -> None:
    hands = Hands()
    start = camera.project(hands.rig.pose, hands.rig.lens, FLOOR_HIT.point)[0]
    hands.feed(PointerMoved(400, 450), ButtonDown("mouse2"), PointerMoved(480, 495))
    end = camera.project(hands.rig.pose, hands.rig.lens, FLOOR_HIT.point)[0]
    assert end[:2] - start[:2] == pytest.approx([0.1, -0.1], abs=1e-6)


def test_keys_move_only_while_they_are_held() -> None:
    hands = Hands()
    hands.feed(ButtonDown("w"))
    for _ in range(50):
        found = hands.controls.advance(0.02, now_secs=1.0, size=SIZE)
    assert wish.HintDone("move") in found
    moved = hands.rig.pose.position.copy()
    hands.feed(ButtonUp("w"))
    for _ in range(200):
        hands.controls.advance(0.02, now_secs=1.0, size=SIZE)
    assert np.linalg.norm(moved - (0, 0, 5)) > 2
    assert np.linalg.norm(hands.rig.pose.position - moved) < 0.5


def test_typing_into_a_field_neither_moves_nor_triggers_but_esc_does() -> None:
    hands = Hands()
    assert hands.feed(ButtonDown("f"), ButtonDown("w"), Typed("?"), keys=False) == []
    hands.controls.advance(1.0, now_secs=1.0, size=SIZE)
    assert hands.rig.pose.position.tolist() == [0, 0, 5]
    assert hands.feed(ButtonDown("escape"), keys=False) == [wish.Dismiss()]


def test_one_goes_from_one_panel_of_the_review_to_another_out_of_a_field() -> None:
    panels = ("topics", "meeting", "chat", "marks", "views", "readiness")
    for digit, panel in enumerate(panels, start=1):
        found = Hands().feed(ButtonDown("control"), ButtonDown(str(digit)), keys=False)
        assert found == [wish.OpenPanel(panel)]


def test_what_is_typed_while_a_field_opens_is_text_and_no_shortcut() -> None:
    hands = Hands()
    found = hands.feed(ButtonDown("n"), Typed("n"), ButtonUp("n"), Typed("c"), ButtonDown("c"), Typed("中"))
    assert found == [wish.BeginNote(), wish.TypeAhead("c"), wish.TypeAhead("中")]


def test_where_text_comes_before_its_key_the_opening_key_is_no_text_either() -> None:
    hands = Hands()
    found = hands.feed(Typed("n"), ButtonDown("n"), ButtonUp("n"), Typed("o"), ButtonDown("o"))
    assert found == [wish.BeginNote(), wish.TypeAhead("o")]


def test_once_the_field_has_the_keyboard_nothing_is_typed_ahead() -> None:
    hands = Hands()
    hands.feed(ButtonDown("n"))
    assert hands.feed(Typed("a"), keys=False) == []
    for _ in range(9):
        hands.controls.advance(0.02, now_secs=1.0, size=SIZE)
    assert hands.feed(Typed("a"), ButtonDown("f")) == [wish.FrameSelection()]


def test_while_a_note_is_open_keys_are_no_shortcuts() -> None:
    hands = Hands()
    hands.view.draft = NoteDraft("n", (0, 0, 0))
    assert hands.feed(ButtonDown("c"), Typed("c"), ButtonDown("escape")) == [wish.Dismiss()]


def test_a_key_released_over_a_panel_is_released() -> None:
    hands = Hands()
    hands.feed(ButtonDown("w"))
    hands.feed(ButtonUp("w"), keys=False, mouse=False)
    assert wish.HintDone("move") not in hands.controls.advance(0.1, now_secs=1.0, size=SIZE)


def test_losing_the_keyboard_releases_everything() -> None:
    hands = Hands()
    hands.feed(ButtonDown("w"), ButtonDown("control"), FocusLost())
    hands.controls.advance(0.1, now_secs=1.0, size=SIZE)
    assert hands.rig.pose.position.tolist() == [0, 0, 5]
    assert hands.feed(ButtonDown("k")) == [wish.ToggleWalk()]


def test_keys_become_the_wishes_of_the_table() -> None:
    hands = Hands()
    assert hands.feed(ButtonDown("f")) == [wish.FrameSelection()]
    assert hands.feed(Typed("?")) == [wish.OpenCheatSheet()]
    assert hands.feed(ButtonDown("control"), ButtonDown("k")) == [wish.OpenPalette()]
    assert hands.feed(ButtonDown("k", repeated=True)) == []


def test_a_resting_cursor_is_looked_up_once_and_a_moving_one_ten_times_a_second() -> None:
    hands = Hands()
    hands.feed(PointerMoved(100, 450))
    assert hands.controls.advance(0.02, now_secs=1.0, size=SIZE) == [wish.HoverThing("L1.FIL")]
    assert hands.view.hover_point == FLOOR_HIT.point
    assert hands.controls.advance(0.02, now_secs=2.0, size=SIZE) == []
    hands.feed(PointerMoved(101, 450))
    assert hands.controls.advance(0.02, now_secs=2.0, size=SIZE) == [wish.HoverThing("L1.FIL")]
    hands.feed(PointerMoved(102, 450))
    assert hands.controls.advance(0.02, now_secs=2.05, size=SIZE) == []


def test_over_a_panel_nothing_of_the_scene_is_hovered() -> None:
    hands = Hands()
    hands.feed(PointerMoved(100, 450))
    hands.controls.advance(0.02, now_secs=1.0, size=SIZE)
    assert hands.feed(PointerMoved(90, 450), mouse=False) == [wish.HoverThing("")]
    assert hands.feed(PointerLeft()) == []
    assert hands.view.hover_point is None


def test_a_press_on_a_panel_is_no_click_in_the_scene() -> None:
    hands = Hands()
    assert (
        hands.feed(PointerMoved(100, 450), ButtonDown("mouse1"), ButtonUp("mouse1"), Wheel(1), mouse=False)
        == []
    )


# ---- on foot ----------------------------------------------------------------------------------------


def on_foot(preset: str = "cad") -> Hands:
    hands = Hands(preset)
    hands.view.walking = True
    return hands


def test_on_foot_the_keys_say_where_to_go_and_the_eye_stays() -> None:
    hands = on_foot()
    hands.feed(ButtonDown("w"), ButtonDown("d"), ButtonDown("shift"))
    hands.controls.advance(0.5, now_secs=1.0, size=SIZE)
    assert hands.controls.steps == Steps(right=1.0, forward=1.0, fast=True)
    assert hands.rig.pose.position.tolist() == [0, 0, 5]
    hands.feed(FocusLost())
    hands.controls.advance(0.5, now_secs=1.0, size=SIZE)
    assert hands.controls.steps == Steps()


@pytest.mark.parametrize(("preset", "button"), [("cad", "mouse3"), ("blender", "mouse2"), ("game", "mouse3")])
def test_on_foot_a_drag_turns_the_head_where_it_is(preset: str, button: str) -> None:
    hands = on_foot(preset)
    hands.feed(PointerMoved(100, 450), ButtonDown(button), PointerMoved(300, 450), PointerMoved(350, 450))
    assert hands.rig.pose.position.tolist() == [0, 0, 5]
    assert abs(hands.rig.pose.heading_rad) > 0.5


def test_on_foot_nothing_pans_or_zooms() -> None:
    hands = on_foot()
    before = hands.rig.pose
    hands.feed(PointerMoved(100, 450), ButtonDown("mouse2"), PointerMoved(300, 450), ButtonUp("mouse2"))
    hands.feed(Wheel(3.0))
    assert hands.rig.pose == before


def test_on_foot_a_double_click_goes_there_and_a_click_still_selects() -> None:
    hands = on_foot()
    assert hands.click(100) == [wish.SelectThing("L1.FIL")]
    assert hands.feed(ButtonDown("mouse1"), ButtonUp("mouse1")) == [wish.WalkTo(FLOOR_HIT.point)]


@pytest.mark.parametrize("walking", [True, False])
def test_arrow_keys_turn_the_head(walking: bool) -> None:
    hands = Hands()
    hands.view.walking = walking
    hands.feed(ButtonDown("arrow_left"), ButtonDown("arrow_up"))
    before = hands.rig.pose
    hands.controls.advance(0.2, now_secs=1.0, size=SIZE)
    assert hands.rig.pose.heading_rad > before.heading_rad
    assert hands.rig.pose.pitch_rad > before.pitch_rad
    assert hands.rig.pose.position.tolist() == [0, 0, 5]


# ---- talking --------------------------------------------------------------------------------------------


def heard_by_others(hands: Hands, *events: InputEvent, keys: bool = True) -> list[wish.Intent]:
    """Feed events, carry out what they wish, and return it."""
    found = hands.feed(*events, keys=keys)
    for intent in found:
        carry_out(hands.view, intent, {})
    return found


@pytest.mark.parametrize("preset", ["cad", "blender", "game"])
def test_one_talks_as_long_as_the_key_is_held_however_often_it_repeats(preset: str) -> None:
    hands = Hands(preset)
    assert heard_by_others(hands, ButtonDown("v")) == [say.Talk(held=True)]
    assert heard_by_others(hands, ButtonDown("v", repeated=True)) == []
    assert heard_by_others(hands, ButtonUp("v")) == [say.Talk(held=False)]


def test_one_talks_while_one_runs_and_nobody_talks_by_typing() -> None:
    hands = Hands()
    found = heard_by_others(hands, ButtonDown("shift"), ButtonDown("w"), ButtonDown("v"))
    assert found == [say.Talk(held=True)]
    assert heard_by_others(Hands(), ButtonDown("v"), keys=False) == []
    assert heard_by_others(Hands(), ButtonDown("alt"), ButtonDown("v")) == [say.ToggleOpenMicrophone()]


def test_another_window_or_a_field_that_opens_does_not_leave_the_microphone_open() -> None:
    hands = Hands()
    heard_by_others(hands, ButtonDown("v"))
    assert heard_by_others(hands, FocusLost()) == [say.Talk(held=False)]
    heard_by_others(hands, ButtonDown("v"))
    assert heard_by_others(hands, ButtonUp("v"), keys=False) == [say.Talk(held=False)]


def test_who_was_not_allowed_to_talk_need_not_end_it() -> None:
    hands = Hands()
    assert hands.feed(ButtonDown("v")) == [say.Talk(held=True)]
    assert hands.feed(ButtonUp("v")) == []
