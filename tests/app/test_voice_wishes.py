"""What a person wishes of voices reaches the server, or oneself alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.plant import START_NS, joined_world
from walkdown import messages
from walkdown.messages import Person, Point, VoiceRules, Zone
from walkdown_client.app.sounding import Sounding
from walkdown_client.app.voice_wishes import VoiceWishes
from walkdown_client.audio.orders import Level, RoomBox, State
from walkdown_client.events import Heard
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import SoundFacts
from walkdown_client.tools.view_state import ViewState

ROOM = RoomBox((0.0, 0.0, 0.0), (6.0, 4.0, 3.0), 72.0, 0.6, 0.5)


class Desk:
    """A world in which Ada is oneself and an admin; notes what is sent and said."""

    def __init__(self, room: RoomBox | None = ROOM) -> None:
        self.world, self.view = joined_world(seconds=1), ViewState()
        self.sent: list[Any] = []
        self.said: list[str] = []
        self.sounding = Sounding(self.world, self.view, start=None)
        eye: Point = (2.0, 2.0, 1.7)
        wishes = VoiceWishes(
            self.world, self.view, sounding=self.sounding, eye=lambda: eye, room_at=lambda _point: room
        )
        self.rules = wishes.rules(self)

    def send(self, operation: messages.ClientMessage) -> bool:
        self.sent.append(operation)
        return True

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        self.said.append(f"{title} {text}".strip())

    def do(self, intent: wish.Intent) -> Any:
        self.rules[type(intent)](intent)
        return self.sent[-1] if self.sent else None


def test_single_people_are_silenced_and_made_louder_for_oneself_alone() -> None:
    desk = Desk()
    desk.world.apply(Heard(Person(2, "Jörg", key="3" * 64)))
    desk.do(say.Silence(2))
    desk.do(say.SetPersonVolume(2, 1.5))
    sound = desk.view.preferences.sound
    assert (sound.silenced, sound.volumes) == (["3" * 64], {"3" * 64: 1.5}), "remembered by the key"
    desk.do(say.Silence(2, silenced=False))
    desk.do(say.SetPersonVolume(2, 1.0))
    assert (sound.silenced, sound.volumes) == ([], {}), "what is usual is not remembered"
    assert desk.view.hearing.revision == 4
    desk.do(say.Silence(1))
    desk.do(say.Silence(77))
    assert sound.silenced == [], "nobody silences oneself, or somebody who is not here"
    assert desk.sent == []


def test_what_turns_about_looks_at_what_holds_now() -> None:
    desk = Desk()
    assert desk.do(say.MuteAll()) == messages.MuteAll(1, muted=True)
    assert desk.do(say.Present()) == messages.Present(1, 1, presenting=True)
    desk.world.apply(Heard(VoiceRules(muted_all=True)))
    desk.world.apply(Heard(Person(1, "Ada", role="admin", presenting=True)))
    assert desk.do(say.MuteAll()) == messages.MuteAll(1, muted=False)
    assert desk.do(say.Present()) == messages.Present(1, 1, presenting=False)
    assert desk.do(say.Present(3, presenting=True)) == messages.Present(1, 3, presenting=True)


def test_a_recording_begins_after_a_question_and_ends_without_one() -> None:
    desk = Desk()
    desk.do(say.AskToRecord())
    assert desk.sent == []
    assert desk.view.question is not None
    assert desk.do(desk.view.question.then) == messages.RecordVoice(1, on=True)
    desk.world.apply(Heard(VoiceRules(recording_ns=START_NS, recorded_by="Ada")))
    assert desk.do(say.AskToRecord()) == messages.RecordVoice(1, on=False)


def test_a_zone_is_the_room_where_one_is_or_a_box_about_one_outdoors() -> None:
    zone = Desk().do(say.PutZoneHere()).zone
    assert (zone.low, zone.high, zone.name) == (ROOM.low, ROOM.high, "Zone 1")
    desk = Desk(room=None)
    zone = desk.do(say.PutZoneHere()).zone
    assert (zone.low, zone.high) == ((-2.0, -2.0, pytest.approx(-0.3)), (6.0, 6.0, pytest.approx(3.7)))
    assert "You are in no room" in desk.said[0]


def test_the_zone_where_one_is_is_taken_away_and_nothing_where_there_is_none() -> None:
    desk = Desk()
    desk.do(say.RemoveZone())
    assert desk.sent == []
    here = Zone("z1", "Office", (0.0, 0.0, 0.0), (3.0, 3.0, 3.0))
    desk.world.apply(Heard(VoiceRules(zones=(here,))))
    assert desk.do(say.RemoveZone()) == messages.RemoveZone(1, "z1")
    assert desk.do(say.RemoveZone("z9")) == messages.RemoveZone(1, "z9")


def test_a_test_of_ones_voice_needs_a_microphone_and_ears_and_says_so() -> None:
    desk = Desk()
    desk.do(say.TestEcho())
    assert desk.view.panel == "sound"
    assert desk.said[0].startswith("Your voice cannot be tried out")
    desk.sounding._facts = SoundFacts(
        running=True, state=State(output="Headset", input="Headset"), level=Level(-30, False)
    )
    desk.said.clear()
    desk.do(say.TestEcho())
    assert desk.said == []


def test_the_health_of_all_pairs_is_asked_for() -> None:
    assert Desk().do(say.AskVoiceHealth()) == messages.AskVoiceHealth()
