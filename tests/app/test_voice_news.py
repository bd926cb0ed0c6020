"""What is said about voices: once, with names, and with what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests.ui.plant import START_NS, joined_world
from walkdown.messages import Person, VoiceRules, VoiceTrouble
from walkdown_client.app.voice_news import PEOPLE, SOUND, VoiceNews
from walkdown_client.audio.orders import State
from walkdown_client.events import Heard
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import SoundFacts, as_sentence
from walkdown_client.tools.view_state import ViewState

WELL = SoundFacts(running=True, state=State(output="Headset", input="Headset"))
QUIET = SoundFacts()


@dataclass
class Listener:
    """Notes what is said, as title, text and offer."""

    said: list[tuple[str, str, wish.Intent | None]] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)

    def say(self, title: str, text: str = "", **more: Any) -> None:
        offer = more.get("offer")
        self.said.append((title, text, offer.intent if offer is not None else None))

    def take_back(self, title: str) -> None:
        self.taken_back.append(title)

    @property
    def titles(self) -> list[str]:
        return [title for title, _text, _then in self.said]


class Desk:
    """A world in which Ada is oneself, and what is said about it."""

    def __init__(self) -> None:
        self.world, self.view, self.heard = joined_world(seconds=1), ViewState(), Listener()
        self.news = VoiceNews(self.heard, self.view)

    def look(self, sound: SoundFacts = QUIET) -> list[tuple[str, str, wish.Intent | None]]:
        before = len(self.heard.said)
        self.news.look(self.world, sound)
        self.news.look(self.world, sound)
        return self.heard.said[before:]

    def hear(self, *messages: Any) -> None:
        for message in messages:
            self.world.apply(Heard(message))


def test_a_recording_is_told_when_it_begins_with_the_way_out_and_when_it_ends() -> None:
    desk = Desk()
    desk.look()
    desk.hear(VoiceRules(recording_ns=START_NS, recorded_by="Jörg"))
    assert desk.look() == [
        (
            "Jörg records what is said",
            "What you say is in it, unless you say no.",
            say.ToggleRecordable(),
        )
    ]
    desk.hear(VoiceRules())
    assert [title for title, _text, _then in desk.look()] == ["The recording has ended"]
    assert desk.heard.taken_back == ["Jörg records what is said"]


def test_who_comes_into_a_recording_is_told_too_and_who_said_no_reads_that_it_holds() -> None:
    desk = Desk()
    desk.view.preferences.sound.recordable = False
    desk.hear(VoiceRules(recording_ns=START_NS, recorded_by="Jörg"))
    [(title, text, _then)] = desk.look()
    assert title == "Jörg records what is said"
    assert text == "Your voice is left out, as you have chosen."


def test_muting_all_and_presenting_are_told_when_they_change_and_not_at_joining() -> None:
    desk = Desk()
    desk.hear(VoiceRules(muted_all=True), Person(2, "访客 2", presenting=True))
    assert desk.look() == []
    desk.hear(VoiceRules(), Person(3, "Guest 3", presenting=True), Person(1, "Ada", presenting=True))
    desk.look()
    assert desk.heard.titles == [
        "All are heard again",
        "You present: everybody hears you, wherever they are",
        "Guest 3 presents and is heard everywhere",
    ]
    desk.hear(Person(1, "Ada"))
    assert [title for title, _text, _then in desk.look()] == ["You present no more: who is near hears you"]


@pytest.mark.parametrize(
    ("listener", "speaker", "title", "offer"),
    [
        (1, 2, "You do not hear 访客 2", SOUND),
        (2, 1, "访客 2 does not hear you", SOUND),
        (2, 3, "访客 2 does not hear Guest 3", PEOPLE),
    ],
)
def test_who_does_not_hear_whom_is_told_with_names_packets_and_what_to_do(
    listener: int, speaker: int, title: str, offer: wish.Intent
) -> None:
    desk = Desk()
    trouble = VoiceTrouble(listener, speaker, 0, 5.1)
    desk.hear(trouble)
    [(said, text, then)] = desk.look()
    assert said == title
    assert text.startswith("0 packets in 5 s. ")
    assert then == offer
    desk.hear(msgspec.structs.replace(trouble, over=True, packets=40))
    desk.look()
    assert title in desk.heard.taken_back, "what is over does not stay on the screen"
    assert desk.heard.titles[-1].endswith(("again", "you again"))


def test_somebody_who_has_left_is_nobodys_trouble() -> None:
    desk = Desk()
    desk.hear(VoiceTrouble(2, 77, 0, 5.0))
    assert desk.look() == []


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (State(input="Mic", output_text="there is no loudspeaker"), "You hear nothing"),
        (State(output="Box", input_text="there is no microphone"), "Nobody can hear you"),
        (State(output_text="there is no device", input_text="there is no device"), "There is no sound here"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence_once(state: State, title: str) -> None:
    desk = Desk()
    [(said, text, _then)] = desk.look(SoundFacts(running=True, state=state))
    assert said == title
    assert text == as_sentence(state.output_text or state.input_text), "the same is not said twice"
    assert desk.look(SoundFacts(running=True, state=state)) == []
    assert desk.look(WELL)[0][0] == "Sound works again"


def test_a_crash_is_said_once_and_a_session_without_sound_says_nothing() -> None:
    desk = Desk()
    assert desk.look(SoundFacts()) == []
    [(title, text, then)] = desk.look(SoundFacts(text="the sound has ended"))
    assert (title, text, then) == ("There is no sound here", "The sound has ended.", SOUND)


def test_with_new_devices_one_is_offered_to_try_ones_voice_and_not_again() -> None:
    desk = Desk()
    [(title, _text, then)] = desk.look(WELL)
    assert (title, then) == ("Try your voice", say.TestEcho())
    assert desk.look(WELL) == []
    later = VoiceNews(desk.heard, desk.view)
    before = len(desk.heard.said)
    later.look(desk.world, WELL)
    assert len(desk.heard.said) == before


def test_who_talks_and_is_not_heard_is_told_why_each_time() -> None:
    desk = Desk()
    desk.look(WELL)
    desk.hear(Person(2, "访客 2", ears=True))
    desk.view.hearing.talking = True
    assert desk.look(WELL) == []
    desk.view.hearing.talking, desk.view.preferences.sound.microphone = False, False
    desk.look(WELL)
    desk.view.hearing.talking = True
    said = ("Nobody hears you", "You have muted yourself: nobody hears you.", say.MuteMyself())
    assert desk.look(WELL) == [said]
    desk.view.hearing.talking = False
    desk.look(WELL)
    desk.view.hearing.talking = True
    assert desk.look(WELL) == [said]
    assert desk.heard.taken_back.count("Nobody hears you") == 3, "the same does not stand there twice"
