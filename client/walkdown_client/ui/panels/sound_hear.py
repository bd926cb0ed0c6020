"""How one hears: device, how it is worn, volumes, captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import CAPTION_SCALES, VOLUME_MAX, as_sentence
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import choice
from walkdown_client.ui.sound_words import HRTF_TEXT, MODE_ABOUT, MODE_TEXT, percent

VOLUME_TEXT: Mapping[say.VolumePart, str] = {
    "master": mark("Everything"),
    "voices": mark("Voices"),
    "machines": mark("Machines"),
    "signals": mark("Alarms and signals"),
}
VOLUME_STEP = 0.05


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the sections about hearing."""
    canvas, sound, facts = frame.canvas, frame.view.preferences.sound, frame.facts.sound
    canvas.section(_("Hear"))
    outputs = facts.state.outputs if facts.state is not None else ()
    used = facts.state.output if facts.state is not None else ""
    if (device := pick_device(frame, "output", sound.output, devices=outputs, used=used)) is not None:
        found.append(say.ChooseOutput(device))
    clicked = choice(frame, {mode: _(text) for mode, text in MODE_TEXT.items()}, sound.mode)
    if clicked is not None:
        found.append(say.SetOutputMode(clicked))
    canvas.paragraph(_(MODE_ABOUT[sound.mode]), canvas.theme.muted, size_px=look.SMALL_PX)
    _draw_hrtf(frame)
    imgui.dummy((0, canvas.px(2)))
    for part, title in VOLUME_TEXT.items():
        volume = getattr(sound, part)
        moved = canvas.slider(_(title), volume, low=0.0, high=VOLUME_MAX, text=percent(volume))
        if moved != volume:
            found.append(say.SetVolume(part, round(moved / VOLUME_STEP) * VOLUME_STEP))
    _draw_captions(frame, found)


def pick_device(frame: Frame, name: str, chosen: str, *, devices: Sequence[str], used: str) -> str | None:
    """Draw the choice of a device; returns the one that was clicked, "" for the system's.

    Args:
        chosen: what this person wishes. used: what is in use, "" for nothing.
    """
    canvas = frame.canvas
    names = list(dict.fromkeys(("", *devices, chosen)))
    own = _("The system's device: {device}").format(device=used) if used else _("The system's device")
    texts = [device or (own if not chosen else _("The system's device")) for device in names]
    place = canvas.combo(name, canvas.fitting(texts[names.index(chosen)], canvas.px(236)), texts)
    if chosen and frame.facts.sound.state is not None and chosen not in devices:
        text = _("{device} is not plugged in; the system's device is used until it is.").format(device=chosen)
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    return names[place] if place is not None and names[place] != chosen else None


def _draw_hrtf(frame: Frame) -> None:
    state = frame.facts.sound.state
    if state is None or state.mode != "headphones" or not state.output:
        return
    text = HRTF_TEXT.get(state.hrtf, HRTF_TEXT["refused"])
    frame.canvas.paragraph(_(text), frame.canvas.theme.muted, size_px=look.SMALL_PX)


def _draw_captions(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, sound = frame.canvas, frame.view.preferences.sound
    canvas.section(_("What is said as text"))
    if canvas.check(_("Show captions"), on=sound.captions):
        found.append(say.ToggleCaptions())
    if sound.captions:
        sizes = {str(scale): percent(scale) for scale in CAPTION_SCALES}
        imgui.push_id("captions")
        clicked = choice(frame, sizes, str(sound.caption_scale))
        imgui.pop_id()
        if clicked is not None:
            found.append(say.SetCaptionScale(float(clicked)))
        state = frame.facts.sound.state
        lacks = state.captions_text if state is not None else ""
        text = (
            as_sentence(lacks)
            if lacks
            else _("A recogniser on your own computer writes them; nothing leaves it for that.")
        )
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
