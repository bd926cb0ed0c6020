"""Says what changes about voices: recordings, who may be heard, who hears whom, what does not work."""

from __future__ import annotations

from typing import Protocol

from walkdown.i18n import _
from walkdown.messages import VoiceRules, VoiceTrouble
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import SoundFacts, as_sentence
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.ui.sound_problems import why_unheard
from walkdown_client.world import World

SOUND, PEOPLE = wish.OpenPanel("sound"), wish.OpenPanel("people")


class Saying(Protocol):
    """Shows messages."""

    def say(
        self,
        title: str,
        text: str = "",
        *,
        person: int | None = None,
        offer: Offer | None = None,
        stays: bool = False,
        warns: bool = False,
    ) -> None:
        """Show a message with an offer; it goes away by itself unless it ``stays``."""

    def take_back(self, title: str) -> None:
        """Take a message of this title away."""


class VoiceNews:
    """Looks once a frame; the same is said once."""

    def __init__(self, saying: Saying, view: ViewState) -> None:
        self._saying, self._view = saying, view
        self._rules: VoiceRules | None = None
        self._presenting: frozenset[int] | None = None
        self._people_revision = -1
        self._silence_told = ""
        self._talking = False

    def look(self, world: World, sound: SoundFacts) -> None:
        """Say what has changed since the last look."""
        if world.me in world.people:
            self._look_at_rules(world)
            self._look_at_presenters(world)
        while world.voice.troubles:
            self._say_trouble(world, world.voice.troubles.popleft())
        self._look_at_devices(sound)
        self._look_at_talking(world, sound)

    # ---- what holds for all -------------------------------------------------------------------------

    def _look_at_rules(self, world: World) -> None:
        rules, before = world.voice.rules, self._rules
        if rules is before:
            return
        self._rules = rules
        was_recording = before.recording_ns if before is not None else 0
        if before is not None and was_recording and not rules.recording_ns:
            self._saying.take_back(_title_of_recording(before))
        if bool(rules.recording_ns) != bool(was_recording):
            self._say_recording(world, rules)
        if before is not None and rules.muted_all != before.muted_all:
            title = (
                _("Only who leads or presents is heard now") if rules.muted_all else _("All are heard again")
            )
            self._saying.say(title)

    def _say_recording(self, world: World, rules: VoiceRules) -> None:
        if not rules.recording_ns:
            self._saying.say(_("The recording has ended"))
            return
        if rules.recorded_by and rules.recorded_by == world.people[world.me].name:
            self._saying.say(_("What is said is recorded now"), _("Everybody has been told, and sees it."))
            return
        title = _title_of_recording(rules)
        if self._view.preferences.sound.recordable:
            text, verb = _("What you say is in it, unless you say no."), _("Leave my voice out")
        else:
            text, verb = _("Your voice is left out, as you have chosen."), _("Let my voice be in it")
        self._saying.say(title, text, offer=Offer(verb, say.ToggleRecordable()), stays=True)

    def _look_at_presenters(self, world: World) -> None:
        if world.people_revision == self._people_revision:
            return
        self._people_revision = world.people_revision
        now = frozenset(person.id for person in world.people.values() if person.presenting)
        before, self._presenting = self._presenting, now
        for number in sorted(now - before) if before is not None else ():
            if number == world.me:
                self._saying.say(_("You present: everybody hears you, wherever they are"))
            else:
                name = world.people[number].name
                self._saying.say(
                    _("{name} presents and is heard everywhere").format(name=name), person=number
                )
        if before is not None and world.me in before - now:
            self._saying.say(_("You present no more: who is near hears you"))

    # ---- who does not hear whom ---------------------------------------------------------------------

    def _say_trouble(self, world: World, trouble: VoiceTrouble) -> None:
        listener, speaker = world.people.get(trouble.listener), world.people.get(trouble.speaker)
        if listener is None or speaker is None:
            return
        broken, whole = _titles(world.me, trouble, listener=listener.name, speaker=speaker.name)
        self._saying.take_back(broken)
        if trouble.over:
            self._saying.say(whole)
            return
        text = _("{packets} packets in {seconds} s. {advice}").format(
            packets=trouble.packets, seconds=round(trouble.seconds), advice=_advice(world.me, trouble)
        )
        if world.me in (trouble.listener, trouble.speaker):
            self._saying.say(broken, text, offer=Offer(_("Open Sound"), SOUND), stays=True, warns=True)
        else:
            self._saying.say(broken, text, offer=Offer(_("Show all pairs"), PEOPLE), stays=True, warns=True)

    # ---- what does not work here --------------------------------------------------------------------

    def _look_at_devices(self, sound: SoundFacts) -> None:
        """Say once that nothing can be heard or said; no worse than silence."""
        state = sound.state
        lacks = [state.output_text, state.input_text] if state is not None else [sound.text]
        silence = " ".join(dict.fromkeys(as_sentence(text) for text in lacks if text))
        if silence != self._silence_told:
            self._silence_told = silence
            if silence:
                title = _title_of_silence(sound)
                self._saying.say(title, silence, offer=Offer(_("Open Sound"), SOUND), warns=True)
            elif state is not None:
                self._saying.say(_("Sound works again"))
        if not silence:
            self._offer_echo(sound)

    def _look_at_talking(self, world: World, sound: SoundFacts) -> None:
        """Say to who begins to talk why nobody hears it."""
        began = self._view.hearing.talking and not self._talking
        self._talking = self._view.hearing.talking
        if not began:
            return
        title, why = _("Nobody hears you"), why_unheard(world, sound, self._view)
        self._saying.take_back(title)
        if why is not None:
            self._saying.say(title, why.text, offer=why.offer, warns=True)

    def _offer_echo(self, sound: SoundFacts) -> None:
        """Offer to try one's voice with devices with which it was not tried."""
        state, remembered = sound.state, self._view.preferences.sound
        if state is None or not (state.output and state.input):
            return
        devices = f"{state.output} | {state.input}"
        if devices == remembered.tested:
            return
        remembered.tested = devices
        text = _("Hear for some seconds how you come across, by way of the server and back.")
        self._saying.say(_("Try your voice"), text, offer=Offer(_("Try it"), say.TestEcho()))


def _title_of_recording(rules: VoiceRules) -> str:
    return _("{name} records what is said").format(name=rules.recorded_by or _("Somebody"))


def _titles(me: int, trouble: VoiceTrouble, *, listener: str, speaker: str) -> tuple[str, str]:
    """Return what is said when somebody does not hear somebody, and when they do again."""
    if trouble.listener == me:
        return (
            _("You do not hear {name}").format(name=speaker),
            _("You hear {name} again").format(name=speaker),
        )
    if trouble.speaker == me:
        return (
            _("{name} does not hear you").format(name=listener),
            _("{name} hears you again").format(name=listener),
        )
    names = {"listener": listener, "speaker": speaker}
    return (
        _("{listener} does not hear {speaker}").format(**names),
        _("{listener} hears {speaker} again").format(**names),
    )


def _advice(me: int, trouble: VoiceTrouble) -> str:
    if trouble.listener == me:
        return _("Ask them to write a note, and try your own voice under Sound.")
    if trouble.speaker == me:
        return _("Come nearer, write them a note, and try your voice under Sound.")
    return _("The table under People shows every pair.")


def _title_of_silence(sound: SoundFacts) -> str:
    if sound.has_output:
        return _("Nobody can hear you")
    return _("You hear nothing") if sound.has_input else _("There is no sound here")
