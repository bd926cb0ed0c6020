"""Carries out the wishes about talking and listening that change only this person's view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import CAPTION_SCALES, GATE_MAX_DBFS, GATE_MIN_DBFS, GROUP_MAX, VOLUME_MAX
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.view_state import ViewState


def _talk(view: ViewState, intent: say.Talk) -> None:
    view.hearing.talking = intent.held
    if intent.held and "talk" not in view.preferences.hints_done:
        view.preferences.hints_done.append("talk")


def _open_microphone(view: ViewState, _intent: Intent) -> None:
    sound = view.preferences.sound
    sound.talk = "push" if sound.talk == "open" else "open"


def _mute_myself(view: ViewState, _intent: Intent) -> None:
    view.preferences.sound.microphone = not view.preferences.sound.microphone


def _deafen(view: ViewState, _intent: Intent) -> None:
    view.hearing.deaf = not view.hearing.deaf


def _join_group(view: ViewState, intent: say.JoinGroup) -> None:
    view.hearing.group = intent.group.strip()[:GROUP_MAX]


def _toggle_group(view: ViewState, _intent: Intent) -> None:
    if view.hearing.group:
        view.hearing.group = ""
    else:
        view.panel, view.hearing.names_group = "sound", True


def _radio(view: ViewState, _intent: Intent) -> None:
    view.hearing.radio = not view.hearing.radio


def _set_volume(view: ViewState, intent: say.SetVolume) -> None:
    setattr(view.preferences.sound, intent.part, min(max(intent.volume, 0.0), VOLUME_MAX))


def _choose_output(view: ViewState, intent: say.ChooseOutput) -> None:
    view.preferences.sound.output = intent.device


def _choose_input(view: ViewState, intent: say.ChooseInput) -> None:
    view.preferences.sound.input = intent.device


def _set_mode(view: ViewState, intent: say.SetOutputMode) -> None:
    sound = view.preferences.sound
    if intent.mode == "speakers" != sound.mode:
        sound.talk = "push"  # the microphone hears the loudspeakers
    sound.mode = intent.mode


def _set_gate(view: ViewState, intent: say.SetGate) -> None:
    view.preferences.sound.gate_dbfs = min(max(intent.dbfs, GATE_MIN_DBFS), GATE_MAX_DBFS)


def _cleanup(view: ViewState, _intent: Intent) -> None:
    view.preferences.sound.cleanup = not view.preferences.sound.cleanup


def _captions(view: ViewState, _intent: Intent) -> None:
    view.preferences.sound.captions = not view.preferences.sound.captions


def _caption_scale(view: ViewState, intent: say.SetCaptionScale) -> None:
    if intent.scale in CAPTION_SCALES:
        view.preferences.sound.caption_scale = intent.scale


def _recordable(view: ViewState, _intent: Intent) -> None:
    view.preferences.sound.recordable = not view.preferences.sound.recordable


VOICE_RULES: Mapping[type[Intent], Callable[[ViewState, Any], None]] = {
    say.Talk: _talk,
    say.ToggleOpenMicrophone: _open_microphone,
    say.MuteMyself: _mute_myself,
    say.Deafen: _deafen,
    say.JoinGroup: _join_group,
    say.ToggleGroup: _toggle_group,
    say.ToggleRadio: _radio,
    say.SetVolume: _set_volume,
    say.ChooseOutput: _choose_output,
    say.ChooseInput: _choose_input,
    say.SetOutputMode: _set_mode,
    say.SetGate: _set_gate,
    say.ToggleCleanup: _cleanup,
    say.ToggleCaptions: _captions,
    say.SetCaptionScale: _caption_scale,
    say.ToggleRecordable: _recordable,
}
