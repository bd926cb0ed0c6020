"""The table of actions: every key means one thing, and every action can be reached."""

from __future__ import annotations

import pytest

from walkdown_client.input import bindings
from walkdown_client.input.action import GROUPS, SEE, Action
from walkdown_client.input.chords import chord, modifier, shown
from walkdown_client.tools.view_state import PRESETS


def test_no_key_means_two_things_in_a_preset() -> None:
    assert list(bindings.conflicts()) == []


def test_a_conflict_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Action("double", "Do it twice", SEE, bindings.ACTIONS[0].intent, ("F",))
    monkeypatch.setattr(bindings, "ACTIONS", (*bindings.ACTIONS, double))
    assert any(
        "F means both 'Frame the selection' and 'Do it twice'" in text for text in bindings.conflicts()
    )


def test_every_action_has_a_key_in_every_preset_and_an_id_of_its_own() -> None:
    assert len({action.id for action in bindings.ACTIONS}) == len(bindings.ACTIONS)
    for preset in PRESETS:
        assert all(action.keys_in(preset) for action in bindings.ACTIONS)


def test_every_action_belongs_to_a_group_of_the_cheat_sheet() -> None:
    assert {action.group for action in bindings.ACTIONS} <= set(GROUPS)


def test_every_preset_can_look_round_and_has_words() -> None:
    for preset in PRESETS:
        moves = {drag.move for drag in bindings.DRAGS if drag.preset == preset}
        assert moves & {"orbit", "look"}
        assert preset in bindings.PRESET_TEXT
        assert preset in bindings.WHEEL


@pytest.mark.parametrize(
    ("preset", "button", "held", "move"),
    [
        ("cad", "mouse3", (), "orbit"),
        ("cad", "mouse2", (), "pan"),
        ("cad", "mouse1", (), None),
        ("blender", "mouse2", (), "orbit"),
        ("blender", "mouse2", ("Shift",), "pan"),
        ("blender", "mouse3", (), None),
        ("game", "mouse3", ("Shift",), "look"),
    ],
)
def test_a_drag_does_what_its_preset_says(
    preset: str, button: str, held: tuple[str, ...], move: str | None
) -> None:
    assert bindings.drag_move(preset, button, frozenset(held)) == move


def test_blender_keys_are_added_to_the_common_ones() -> None:
    assert bindings.keymap("blender")["."] is bindings.keymap("cad")["F"]
    assert "." not in bindings.keymap("cad")


@pytest.mark.parametrize(
    ("button", "held", "text"),
    [
        ("k", {"Ctrl"}, "Ctrl+K"),
        ("z", {"Shift", "Ctrl"}, "Ctrl+Shift+Z"),
        ("escape", (), "Esc"),
        ("f12", (), "F12"),
        (",", {"Ctrl"}, "Ctrl+,"),
        ("home", (), "Home"),
    ],
)
def test_a_button_with_its_modifiers_is_one_chord(button: str, held: set[str], text: str) -> None:
    assert chord(button, held) == text


def test_the_command_key_stands_for_ctrl() -> None:
    assert modifier("meta") == modifier("control") == "Ctrl"
    assert modifier("a") is None


def test_keys_are_shown_as_they_are_in_english() -> None:
    assert shown("Ctrl+Shift+Z") == "Ctrl+Shift+Z"
