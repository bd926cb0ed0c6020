"""What the palette reaches of talking and listening: settings, devices, groups, single people."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown import messages
from walkdown.i18n import _
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import CAPTION_SCALES, voice_key
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.entry import Entry
from walkdown_client.ui.panels.sound_company import groups_of
from walkdown_client.ui.panels.sound_hear import VOLUME_TEXT
from walkdown_client.ui.sound_words import MODE_TEXT, decibels, percent
from walkdown_client.world import PersonView

STEP, GATE_STEP_DB = 0.25, 5.0


def voice_entries(frame: Frame) -> Iterator[Entry]:
    """Yield all of them."""
    yield from _settings(frame)
    yield from _devices(frame)
    for group, count in groups_of(frame.world).items():
        if group != frame.view.hearing.group:
            text = _("Join the group {group}").format(group=group)
            yield Entry(text, _("voice"), str(count), say.JoinGroup(group))
    yield Entry(_("Check who hears whom"), _("voice"), "", say.AskVoiceHealth(), "health")
    for zone in frame.world.voice.rules.zones:
        text = _("Take {zone} away").format(zone=zone.name)
        yield Entry(text, _("voice"), "", say.RemoveZone(zone.zone))
    for person in frame.world.people.values():
        if person.id != frame.world.me:
            yield from _about_person(frame, person)


def _settings(frame: Frame) -> Iterator[Entry]:
    sound, setting = frame.view.preferences.sound, _("setting")
    for mode, text in MODE_TEXT.items():
        title = _("Listen with: {mode}").format(mode=_(text))
        yield Entry(title, setting, "", say.SetOutputMode(mode), mode)
    for part, text in VOLUME_TEXT.items():
        volume = getattr(sound, part)
        for title, step in ((_("Louder: {part}"), STEP), (_("Quieter: {part}"), -STEP)):
            intent = say.SetVolume(part, volume + step)
            yield Entry(title.format(part=_(text)), setting, percent(volume), intent, part)
    for title, step in (
        (_("Take more for speech"), -GATE_STEP_DB),
        (_("Take less for speech"), GATE_STEP_DB),
    ):
        gate = say.SetGate(sound.gate_dbfs + step)
        yield Entry(title, setting, decibels(sound.gate_dbfs), gate, "gate")
    for scale in CAPTION_SCALES:
        text = _("Size of captions: {size}").format(size=percent(scale))
        yield Entry(text, setting, "", say.SetCaptionScale(scale))
    yield Entry(_("Take echo and noise away, or leave them"), setting, "", say.ToggleCleanup())
    yield Entry(_("Let my voice be in recordings, or leave it out"), setting, "", say.ToggleRecordable())
    yield Entry(_("Start the sound again"), _("voice"), "", say.StartSound())


def _devices(frame: Frame) -> Iterator[Entry]:
    state, setting = frame.facts.sound.state, _("setting")
    for device in ("", *(state.outputs if state is not None else ())):
        name = device or _("the system's device")
        yield Entry(_("Hear with: {device}").format(device=name), setting, "", say.ChooseOutput(device))
    for device in ("", *(state.inputs if state is not None else ())):
        name = device or _("the system's device")
        yield Entry(_("Speak into: {device}").format(device=name), setting, "", say.ChooseInput(device))


def _about_person(frame: Frame, person: PersonView) -> Iterator[Entry]:
    sound, voice, name = frame.view.preferences.sound, _("voice"), person.name
    key = voice_key(person)
    if key in sound.silenced:
        yield Entry(
            _("Hear {name} again").format(name=name), voice, "", say.Silence(person.id, silenced=False)
        )
    else:
        yield Entry(_("Hear {name} no more").format(name=name), voice, "", say.Silence(person.id))
    volume = sound.volumes.get(key, 1.0)
    for title, step in ((_("Louder: {part}"), STEP), (_("Quieter: {part}"), -STEP)):
        intent = say.SetPersonVolume(person.id, volume + step)
        yield Entry(title.format(part=name), voice, percent(volume), intent)
    if frame.world.may(messages.Present):
        text = _("{name} presents no more") if person.presenting else _("Let {name} present")
        yield Entry(text.format(name=name), voice, "", say.Present(person.id, not person.presenting))
