"""What about sound is not as one would expect, in clear words, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from walkdown.i18n import _
from walkdown.messages import RecordVoice
from walkdown.twin import STATE_ALARM, STATE_ATTENTION
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import Hearing, SoundFacts, as_sentence
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.world import World


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about sound that is not as one would expect.

    Attributes:
        text: what is so, and what to do. offer: what can be done at once. state: whose shape it gets.
        unheard: because of it nobody hears oneself.
    """

    text: str
    offer: Offer | None = None
    state: int = STATE_ATTENTION
    unheard: bool = False


def problems(world: World, sound: SoundFacts, view: ViewState) -> list[Problem]:
    """Return what is not as one would expect, the worst first."""
    if not sound.running:
        return [_no_process(sound)]
    if sound.state is None:
        return [Problem(_("The sound is starting…"))]
    failed = [_failure()] if sound.failed else []
    return [*failed, *_of_devices(sound), *_of_oneself(world, view), *_of_others(world, view.hearing)]


def why_unheard(world: World, sound: SoundFacts, view: ViewState) -> Problem | None:
    """Return why nobody would hear oneself now, None when there is no reason."""
    return next((problem for problem in problems(world, sound, view) if problem.unheard), None)


def _failure() -> Problem:
    text = _("Machines or signals have fallen silent by a fault of this program; --debug says which.")
    return Problem(text, state=STATE_ALARM)


def _unheard(text: str, offer: Offer | None = None) -> Problem:
    return Problem(text, offer, unheard=True)


def _no_process(sound: SoundFacts) -> Problem:
    if not sound.text:
        return _unheard(_("This program was started without sound; leave --no-sound out to hear."))
    text = _("{reason} Everything else works as ever.").format(reason=as_sentence(sound.text))
    return Problem(text, Offer(_("Start the sound"), say.StartSound()), STATE_ALARM, unheard=True)


def _of_devices(sound: SoundFacts) -> Iterator[Problem]:
    state = sound.state
    if state is None:
        return
    if not state.output:
        text = as_sentence(state.output_text or _("there is nothing to hear with"))
        yield Problem(text, state=STATE_ALARM)
    elif state.output_text:
        yield Problem(as_sentence(state.output_text))
    if state.input_text:
        yield _unheard(as_sentence(state.input_text))


def _of_oneself(world: World, view: ViewState) -> Iterator[Problem]:
    me, leads = world.people.get(world.me), world.may(RecordVoice)
    if view.hearing.deaf:
        yield Problem(_("You hear nobody, as you wished."), Offer(_("Hear again"), say.Deafen()))
    if not world.may("voice"):
        yield _unheard(_("As an observer you listen; an admin can give you a role that speaks."))
        return
    if not view.preferences.sound.microphone:
        offer = Offer(_("Be heard again"), say.MuteMyself())
        yield _unheard(_("You have muted yourself: nobody hears you."), offer)
    if me is not None and me.muted:
        yield _unheard(_("Nobody hears you: a chair or an admin has muted you."))
    elif world.voice.rules.muted_all and not leads and not (me is not None and me.presenting):
        yield _unheard(_("Nobody hears you: all are muted but who leads or presents."))


def _of_others(world: World, hearing: Hearing) -> Iterator[Problem]:
    others = [
        p
        for p in world.people.values()
        if p.id != world.me and p.connected and (p.kind == "person" or p.ears)
    ]
    if hearing.group and not any(p.group == hearing.group for p in others):
        text = _("Nobody hears you: nobody else is in the group {group}.").format(group=hearing.group)
        yield _unheard(text, Offer(_("Leave the group"), say.JoinGroup()))
    if others and not any(p.ears for p in others):
        yield _unheard(_("Nobody else here has sound, so nobody hears you."))
    elif others and all(p.deaf for p in others if p.ears):
        yield _unheard(_("Nobody hears you: all others wish to hear nobody now."))
