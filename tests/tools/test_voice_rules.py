"""Wishes about talking and listening that concern one person alone, and whom they are allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.plant import joined_world
from walkdown.messages import Person, Role
from walkdown_client.events import Heard
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import GATE_MAX_DBFS, GATE_MIN_DBFS
from walkdown_client.tools.rights import allowed
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import Preferences, ViewState, load_preferences, save_preferences


def after(*intents: wish.Intent) -> ViewState:
    view = ViewState()
    for intent in intents:
        assert carry_out(view, intent, {})
    return view


def test_toggles_turn_about_and_back() -> None:
    once = (
        say.ToggleOpenMicrophone(),
        say.MuteMyself(),
        say.Deafen(),
        say.ToggleRadio(),
        say.ToggleCaptions(),
    )
    view = after(*once, say.ToggleRecordable(), say.ToggleCleanup())
    sound, hearing = view.preferences.sound, view.hearing
    assert (sound.talk, sound.microphone, hearing.deaf, hearing.radio) == ("open", False, True, True)
    assert (sound.captions, sound.recordable, sound.cleanup) == (True, False, False)
    view = after(*once, *once)
    assert view.preferences.sound == ViewState().preferences.sound
    assert view.hearing == ViewState().hearing


def test_volumes_and_the_gate_stay_within_what_makes_sense() -> None:
    view = after(say.SetVolume("voices", 9.0), say.SetVolume("master", -1.0), say.SetGate(-200.0))
    sound = view.preferences.sound
    assert (sound.voices, sound.master, sound.machines, sound.gate_dbfs) == (2.0, 0.0, 1.0, GATE_MIN_DBFS)
    assert after(say.SetGate(3.0)).preferences.sound.gate_dbfs == GATE_MAX_DBFS
    assert after(say.SetCaptionScale(7.0)).preferences.sound.caption_scale == 1.0


def test_with_loudspeakers_one_holds_a_key_until_one_chooses_otherwise() -> None:
    speakers, opened = say.SetOutputMode("speakers"), say.ToggleOpenMicrophone()
    assert after(opened, speakers).preferences.sound.talk == "push"
    assert after(opened, speakers, opened, speakers).preferences.sound.talk == "open"
    assert after(opened, say.SetOutputMode("mono")).preferences.sound.talk == "open"


def test_a_group_has_a_name_without_blanks_about_it_and_none_leaves_it() -> None:
    assert after(say.JoinGroup("  Night shift ")).hearing.group == "Night shift"
    assert len(after(say.JoinGroup("x" * 500)).hearing.group) == 80
    assert after(say.JoinGroup("a"), say.JoinGroup()).hearing.group == ""


def test_the_key_for_groups_leaves_one_and_else_asks_for_a_name() -> None:
    view = after(say.JoinGroup("Roof"), say.ToggleGroup())
    assert (view.hearing.group, view.panel) == ("", "")
    view = after(say.ToggleGroup())
    assert (view.panel, view.hearing.names_group) == ("sound", True)


def test_the_first_word_marks_the_hint_as_done() -> None:
    assert "talk" not in after(say.Talk(held=False)).preferences.hints_done
    view = after(say.Talk(held=True), say.Talk(held=False))
    assert view.preferences.hints_done == ["talk"]
    assert not view.hearing.talking


def test_how_one_hears_is_remembered_and_older_preferences_still_count(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    preferences = Preferences(preset="game")
    preferences.sound.volumes["ada"] = 0.5
    save_preferences(path, preferences)
    assert load_preferences(path, Preferences()).sound.volumes == {"ada": 0.5}
    path.write_text('{"preset": "blender"}')
    older = load_preferences(path, Preferences())
    assert (older.preset, older.sound.mode, older.sound.talk) == ("blender", "headphones", "push")


@pytest.mark.parametrize(
    ("role", "speaks", "leads"),
    [
        ("observer", False, False),
        ("participant", True, False),
        ("operator", True, False),
        ("chair", True, True),
        ("admin", True, True),
    ],
)
def test_who_may_speak_and_who_may_decide_about_all(role: Role, speaks: bool, leads: bool) -> None:
    world = joined_world(seconds=1)
    world.apply(Heard(Person(1, "Ada", role=role)))
    assert allowed(world, say.Talk) == allowed(world, say.TestEcho) == speaks
    for kind in (say.MuteAll, say.Present, say.AskToRecord, say.RecordVoice, say.PutZoneHere, say.RemoveZone):
        assert allowed(world, kind) == leads
    assert allowed(world, say.Deafen)
    assert allowed(world, say.Silence)
