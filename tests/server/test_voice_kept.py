"""Rules of voice outlive a restart, and what is said is given to who keeps it, as far as it may be."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.server.speaking import Person, VoiceStage, plain
from walkdown.messages import Mute, MuteAll, Present, PutZone, RecordVoice, SetRole, Undo, Zone
from walkdown_server.door.people import Identity

OFFICE = Zone("office", "Office", (-1.0, -1.0, 0.0), (1.0, 1.0, 3.0))


@dataclass
class Shelf:
    """Where packets are kept; says in words what it was told."""

    told: list[str] = field(default_factory=list)

    def begin(self, time_ns: int, *, by: str) -> None:
        self.told.append(f"begin {by}")

    def take(self, identity: Identity, packet: bytes, *, time_ns: int) -> None:
        self.told.append(identity.author.name)

    def end(self, time_ns: int) -> None:
        self.told.append("end")


@pytest.fixture
def stage() -> VoiceStage:
    return VoiceStage()


@pytest.fixture
def shelf(stage: VoiceStage) -> Shelf:
    shelf = Shelf()
    stage.room.voice_desk.keep_with(shelf)
    return shelf


def restarted(stage: VoiceStage) -> VoiceStage:
    """The same session in a server that has just started."""
    again = VoiceStage(secs=stage.secs + 100)
    again.room.restore(stage.entries)
    again.entries += stage.entries
    return again


def test_what_is_said_is_kept_only_while_a_recording_is_on(stage: VoiceStage, shelf: Shelf) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    stage.say(ada)
    assert ada.operate(RecordVoice, on=True)["number"]
    stage.say(ada, bob)
    assert ada.operate(RecordVoice, on=False)["number"]
    stage.say(ada)
    assert shelf.told == ["begin Ada", "Ada", "Bob", "end"]


def test_everyone_is_told_that_and_by_whom_what_is_said_is_recorded(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    ada.operate(RecordVoice, on=True)
    rules = stage.rules(bob)
    assert rules["recorded_by"] == "Ada"
    (record,) = [m for m in bob.paper.messages if m["t"] == "record" and m["kind"] == "recording"]
    assert rules["recording_ns"] == record["time_ns"] > 0
    late = stage.person("Cy")
    assert stage.rules(late)["recording_ns"] == rules["recording_ns"]
    reply = bob.operate(RecordVoice, on=True)
    assert (reply["code"], "Ada" in reply["text"]) == ("unchanged", True)
    ada.operate(RecordVoice, on=False)
    assert stage.rules(bob).get("recording_ns", 0) == 0


def test_who_does_not_want_it_whispers_or_is_not_heard_is_not_kept(stage: VoiceStage, shelf: Shelf) -> None:
    ada, bob, cy = stage.person("Ada"), stage.person("Bob"), stage.person("Cy")
    for person in (bob, cy):
        ada.operate(SetRole, person=person.me, role="participant")
    ada.operate(RecordVoice, on=True)
    bob.hear_and_speak(recordable=False)
    cy.hear_and_speak(group="crew", reach="group")
    stage.say(ada, bob, cy)
    bob.hear_and_speak()
    cy.hear_and_speak(group="crew", reach="radio")
    stage.say(bob, cy)
    ada.operate(Mute, person=bob.me)
    stage.say(bob)
    ada.operate(MuteAll)
    stage.say(cy)
    ada.operate(Present, person=cy.me)
    stage.say(cy)
    assert shelf.told == ["begin Ada", "Ada", "Bob", "Cy", "Cy"]


def test_a_recording_goes_on_after_a_restart(stage: VoiceStage) -> None:
    ada = stage.person("Ada")
    ada.operate(RecordVoice, on=True)
    again, shelf = restarted(stage), Shelf()
    again.room.voice_desk.keep_with(shelf)
    bob = again.person("Bob")
    again.say(bob)
    assert shelf.told == ["begin Ada", "Bob"]
    assert again.rules(bob)["recording_ns"] == stage.rules(ada)["recording_ns"]


def test_the_rules_are_the_same_after_a_restart(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    ada.operate(MuteAll)
    ada.operate(PutZone, zone=OFFICE)
    ada.operate(Present, person=bob.me)
    again = restarted(stage)
    cy = again.person("Cy")
    back = Person(again, *again.join("Bob", resume=bob.paper.welcome["secret"]))
    again.tick()
    rules = again.rules(cy)
    assert (rules["muted_all"], rules["zones"]) == (True, [plain(OFFICE)])
    assert cy.paper.people[back.me]["presenting"]


def test_only_zones_are_taken_back_and_not_what_concerns_people(stage: VoiceStage) -> None:
    ada = stage.person("Ada")
    ada.operate(MuteAll)
    ada.operate(RecordVoice, on=True)
    ada.operate(Present, person=ada.me)
    assert ada.operate(Undo)["code"] == "nothing"


def test_who_made_a_zone_and_leads_no_more_cannot_take_it_back(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    bob.operate(PutZone, zone=OFFICE)
    ada.operate(SetRole, person=bob.me, role="participant")
    assert bob.operate(Undo)["code"] == "rights"
    assert stage.rules(ada)["zones"] == [plain(OFFICE)]
