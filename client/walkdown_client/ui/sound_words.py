"""Words about sound: how one listens, who speaks and listens how, how well it comes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from walkdown.i18n import _, mark
from walkdown_client.audio.orders import OutputMode, TalkerHeard
from walkdown_client.tools.hearing import Hearing, SoundFacts
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import words
from walkdown_client.world import PersonView, World

MODE_TEXT: Mapping[OutputMode, str] = {
    "headphones": mark("Headphones"),
    "speakers": mark("Loudspeakers"),
    "mono": mark("Mono"),
    "left": mark("Left ear"),
    "right": mark("Right ear"),
}
MODE_ABOUT: Mapping[OutputMode, str] = {
    "headphones": mark(
        "You hear where something is: left and right, before and behind you, above and below."
    ),
    "speakers": mark("You hear left and right. Your microphone hears the loudspeakers: hold a key to talk."),
    "mono": mark("Both ears get the same."),
    "left": mark("All is in the left ear."),
    "right": mark("All is in the right ear."),
}
HRTF_TEXT: Mapping[str, str] = {
    "on": mark("Directions are heard as by two ears (HRTF)."),
    "off": mark("Directions are heard as left and right alone."),
    "refused": mark(
        "The device refuses to place sounds around the head (HRTF): directions are heard as left and right "
        "alone. Headphones in stereo at 48 kHz do it."
    ),
}
WAY_TEXT: Mapping[str, str] = {
    "none": mark("not connected"),
    "websocket": mark("through the session's connection (WebSocket)"),
    "datagrams": mark("directly (UDP)"),
}
VERDICT_TEXT: Mapping[str, str] = {
    "good": mark("good"),
    "poor": mark("breaks up"),
    "deaf": mark("nothing arrives"),
    "unknown": mark("no report"),
    "no_ears": mark("has no sound"),
}
VERDICT_STATES: Mapping[str, int] = {"good": 1, "poor": 2, "deaf": 3, "unknown": 4, "no_ears": 5}
"""The state whose shape stands for a verdict."""

MicrophoneState = Literal["none", "muted", "talking", "open", "waiting"]


def microphone_state(sound: SoundFacts, view: ViewState) -> MicrophoneState:
    """Return in one word how one's own microphone is."""
    preferences = view.preferences.sound
    if not sound.running or (preferences.microphone and not sound.has_input):
        return "none"
    if not preferences.microphone:
        return "muted"
    if (sound.level is not None and sound.level.speaking) or view.hearing.talking:
        return "talking"
    return "open" if preferences.talk == "open" else "waiting"


def about_voice(person: PersonView, *, speaks: bool, silenced: bool, with_sound: bool) -> list[str]:
    """Return in a few words each what others should know of how somebody speaks and listens.

    Args:
        with_sound: oneself has sound, and so should know who has none.
    """
    lacks = with_sound and person.kind == "person"
    marks = (
        (speaks, _("speaks")),
        (person.presenting, _("presents")),
        (person.muted, _("muted")),
        (silenced, _("silenced by you")),
        (bool(person.group), _("in the group {group}").format(group=person.group)),
        (person.reach == "radio", _("by radio")),
        (person.deaf, _("hears nobody")),
        (lacks and not person.ears, _("has no sound")),
        (lacks and person.ears and not person.microphone, _("no microphone")),
        (not person.recordable, _("not recorded")),
    )
    return [text for holds, text in marks if holds]


def reach_words(world: World, hearing: Hearing, zone: str) -> str:
    """Return whom one's own voice is for, "" when that is simply who is near."""
    me = world.people.get(world.me)
    if hearing.group:
        text = _("by radio to {group}") if hearing.radio else _("to {group}")
        return text.format(group=hearing.group)
    if me is not None and me.presenting:
        return _("to everybody")
    names = [known.name for known in world.voice.rules.zones if known.zone == zone]
    return _("in {zone}").format(zone=names[0]) if names else ""


def name_in_scene(person: PersonView, *, silenced: bool) -> str:
    """Return a name with what one should know of somebody before one walks up to them."""
    marks = (
        (person.hand, _("hand raised")),
        (person.presenting, _("presents")),
        (person.muted, _("muted")),
        (silenced, _("silenced by you")),
        (bool(person.group), person.group),
        (person.reach == "radio", _("by radio")),
        (person.deaf, _("hears nobody")),
    )
    return " · ".join([person.name, *(text for holds, text in marks if holds)])


def came_through(heard: TalkerHeard) -> str:
    """Return how somebody came through lately: what was lost, what was filled in, how late it is."""
    count = heard.received + heard.lost
    lost = heard.lost / count if count else 0.0
    return _("lost {lost} % · filled in {concealed} % · {delay}").format(
        lost=words.number(lost * 100, 1),
        concealed=words.number(heard.concealed * 100, 1),
        delay=words.milliseconds(heard.delay_secs) if heard.delay_secs else words.UNKNOWN,
    )


def decibels(level: float) -> str:
    """Return a level as people read it."""
    return f"{words.number(level)} dB".replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{words.number(share * 100)} %"
