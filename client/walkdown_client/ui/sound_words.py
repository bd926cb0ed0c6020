"""What is to be said about sound: what does not work and what to do, who speaks how, how it comes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from walkdown.i18n import _, mark
from walkdown.messages import RecordVoice
from walkdown.twin import STATE_ALARM, STATE_ATTENTION
from walkdown_client.audio.orders import OutputMode, TalkerHeard
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import Hearing, SoundFacts, as_sentence
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


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about sound that is not as one would expect.

    Attributes:
        state: whose shape it gets. text: what is so, and what to do. verb, intent: an offer, if there is one.
    """

    state: int
    text: str
    verb: str = ""
    intent: wish.Intent | None = None


def problems(world: World, sound: SoundFacts, view: ViewState) -> list[Problem]:
    """Return what is not as one would expect, the worst first."""
    if not sound.running:
        return [_no_process(sound)]
    if sound.state is None:
        return [Problem(STATE_ATTENTION, _("The sound is starting…"))]
    return [*_of_devices(sound), *_of_oneself(world, view), *_of_others(world, view.hearing)]


def _no_process(sound: SoundFacts) -> Problem:
    if sound.text:
        text = _("{reason} Everything else works as ever.").format(reason=as_sentence(sound.text))
        return Problem(STATE_ALARM, text, _("Start the sound"), say.StartSound())
    return Problem(
        STATE_ATTENTION, _("This program was started without sound; leave --no-sound out to hear.")
    )


def _of_devices(sound: SoundFacts) -> Iterator[Problem]:
    state = sound.state
    if state is None:
        return
    if not state.output:
        yield Problem(STATE_ALARM, as_sentence(state.output_text or _("there is nothing to hear with")))
    elif state.output_text:
        yield Problem(STATE_ATTENTION, as_sentence(state.output_text))
    if state.input_text:
        yield Problem(STATE_ATTENTION, as_sentence(state.input_text))


def _of_oneself(world: World, view: ViewState) -> Iterator[Problem]:
    me, leads = world.people.get(world.me), world.may(RecordVoice)
    if view.hearing.deaf:
        yield Problem(STATE_ATTENTION, _("You hear nobody, as you wished."), _("Hear again"), say.Deafen())
    if not world.may("voice"):
        yield Problem(STATE_ATTENTION, _("As an observer you listen; a chair can let you speak."))
        return
    if not view.preferences.sound.microphone:
        text = _("You have muted yourself: nobody hears you.")
        yield Problem(STATE_ATTENTION, text, _("Be heard again"), say.MuteMyself())
    if me is not None and me.muted:
        yield Problem(STATE_ATTENTION, _("Nobody hears you: a chair or an admin has muted you."))
    elif world.voice.rules.muted_all and not leads and not (me is not None and me.presenting):
        yield Problem(STATE_ATTENTION, _("Nobody hears you: all are muted but who leads or presents."))


def _of_others(world: World, hearing: Hearing) -> Iterator[Problem]:
    others = [p for p in world.people.values() if p.id != world.me and p.connected and p.kind == "person"]
    if hearing.group and not any(p.group == hearing.group for p in others):
        text = _("Nobody hears you: nobody else is in the group {group}.").format(group=hearing.group)
        yield Problem(STATE_ATTENTION, text, _("Leave the group"), say.JoinGroup())
    if others and not any(p.ears for p in others):
        yield Problem(STATE_ATTENTION, _("Nobody else here has sound, so nobody hears you."))
    elif others and all(p.deaf for p in others if p.ears):
        yield Problem(STATE_ATTENTION, _("Nobody hears you: all others wish to hear nobody now."))


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


def name_in_scene(person: PersonView, *, silenced: bool) -> str:
    """Return a name with what one should know of how somebody speaks before one walks up to them."""
    marks = (
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
