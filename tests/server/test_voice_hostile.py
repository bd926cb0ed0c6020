"""What one person, or bad luck, could do to the voices of all others; no sockets."""

from __future__ import annotations

import pytest

from tests.server.speaking import SOUND, Person, VoiceStage
from walkdown.errors import ProtocolError
from walkdown.messages import Kick, Present, PutZone, RemoveZone, SetRole, Undo, Zone
from walkdown.voice import (
    BUNDLE_MAX,
    PACKET_MAX,
    Packet,
    VoiceFlag,
    pack_entry,
    pack_packet,
    unpack_packet,
)
from walkdown_server import session
from walkdown_server.access import FRAMES_PER_SEC
from walkdown_server.voice import routing
from walkdown_server.voice.talkers import PACKETS_BURST

END_BYTES = len(pack_entry(1, 0, pack_packet(Packet(0, 0, 1, 127, b""))))


@pytest.fixture
def stage() -> VoiceStage:
    return VoiceStage()


@pytest.fixture
def three(stage: VoiceStage) -> tuple[Person, Person, Person]:
    return stage.three()


def box(name: str, x: float) -> Zone:
    return Zone(name, name, (x, 0.0, 0.0), (x + 1.0, 1.0, 3.0))


def test_to_take_back_that_a_zone_was_removed_makes_no_more_zones_than_can_be_told_apart(
    stage: VoiceStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ZONES_MAX", 1)
    ada, bob = stage.person("Ada"), stage.person("Bob")
    ada.operate(PutZone, zone=box("a", 0.0))
    ada.operate(RemoveZone, zone="a")
    bob.operate(PutZone, zone=box("b", 5.0))
    assert ada.operate(Undo)["code"] == "full"
    assert [zone["name"] for zone in stage.rules(ada)["zones"]] == ["b"]
    bob.operate(RemoveZone, zone="b")
    assert ada.operate(Undo)["number"]
    assert [zone["name"] for zone in stage.rules(ada)["zones"]] == ["a"]


def test_the_ends_that_somebody_is_owed_fit_a_bundle(
    stage: VoiceStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert routing.OWED_MAX * END_BYTES <= BUNDLE_MAX < (routing.OWED_MAX + 1) * END_BYTES
    monkeypatch.setattr(routing, "OWED_MAX", 1)
    ada, bob, cy = stage.person("Ada"), stage.person("Bob", x=1.0), stage.person("Cy", x=2.0)
    stage.say(ada, bob)
    cy.heard()
    cy.paper.stuck = True
    for talker in (ada, bob):
        talker.speak(last=True)
        stage.voice_tick()
    cy.paper.stuck = False
    stage.voice_tick()
    assert cy.hears_ends() == [bob.me]


def test_nothing_is_counted_for_who_gets_the_row_of_someone_that_left_while_speaking(
    stage: VoiceStage,
) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob", x=1.0)
    stage.say(ada, bob, ticks=3)
    stage.room.leave(ada.member, for_good=True)
    cy = stage.person("Cy", x=2.0)
    assert cy.member.row == ada.member.row
    stage.voice_tick(10)
    sent = stage.room.voices.sent
    assert cy.member.row not in sent.talkers
    assert not sent.counts[:, cy.member.row].any()


@pytest.mark.parametrize("way", ["goodbye", "lost", "kicked"])
def test_a_presenter_who_is_gone_is_shown_to_all_no_more_and_again_on_coming_back(
    stage: VoiceStage, way: str
) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob", x=1.0)
    shown = stage.room.crowd._always_people
    ada.operate(Present, person=bob.me)
    assert bob.me in stage.room.crowd._always_people
    if way == "kicked":
        ada.operate(Kick, person=bob.me)
    else:
        stage.room.leave(bob.member, for_good=way == "goodbye")
    assert stage.room.crowd._always_people == shown
    if way == "lost":
        back, _member = stage.join("Bob", resume=bob.paper.welcome["secret"])
        assert back.me in stage.room.crowd._always_people


@pytest.mark.parametrize(
    "data", [b"", b"x" * 13, b"x" * (PACKET_MAX + 1), bytes(14), bytes(13) + b"\xff" + SOUND]
)
def test_what_is_no_packet_is_a_fault(stage: VoiceStage, data: bytes) -> None:
    ada = stage.person("Ada")
    with pytest.raises(ProtocolError):
        stage.room.hear(ada.member, data)


def test_who_may_not_speak_is_counted_and_passed_over(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    ada.operate(SetRole, person=bob.me, role="observer")
    bob.hear_and_speak(microphone=True, echo=True)
    stage.say(bob)
    assert (cy.heard(), bob.heard()) == ([], [])
    assert stage.room.tally.voice_dropped == {"rights": 1}
    assert not stage.room.voices.talking


def test_a_flood_is_cut_to_what_speech_needs(stage: VoiceStage) -> None:
    ada = stage.person("Ada")
    for _second in range(3):
        for _packet in range(500):
            ada.speak()
        stage.secs += 1
    assert stage.room.tally.voice_dropped["rate"] == 1500 - PACKETS_BURST - 2 * FRAMES_PER_SEC
    stage.voice_tick()


def test_a_packet_that_comes_twice_is_heard_once(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    first, second = ada.packet(), ada.packet()
    for packet in (second, first, second, first):
        stage.room.hear(ada.member, packet)
        stage.voice_tick()
    assert [entry.packet for entry in bob.heard()] == [second, first]
    assert stage.room.tally.voice_dropped == {"old": 2}


def test_a_packet_of_who_has_left_is_passed_over(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    stage.room.leave(ada.member, for_good=True)
    stage.say(ada)
    assert bob.heard() == []
    assert stage.room.tally.voice_dropped == {"rights": 1}


def test_very_large_packets_of_many_in_one_tick_still_fit_a_bundle(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    for _packet in range(12):
        stage.room.hear(ada.member, ada.packet(sound=b"x" * 400))
    stage.voice_tick()
    heard = bob.heard()
    assert len(heard) == 8
    assert unpack_packet(heard[-1].packet).sequence == ada.sequence
    assert stage.room.tally.voice_dropped == {"late": 4}


@pytest.mark.parametrize("last", [False, True])
def test_who_says_that_they_speak_at_the_end_of_time_ends_no_tick_and_can_leave(
    stage: VoiceStage, three: tuple[Person, Person, Person], last: bool
) -> None:
    ada, bob, cy = three
    flags = int(VoiceFlag.END_OF_SPURT) if last else 0
    for sequence in (1, 2):
        stage.room.hear(bob.member, pack_packet(Packet(sequence, 2**63 - 1, flags, 30, SOUND)))
        stage.say(ada)
        assert {entry.speaker for entry in cy.heard()} == {ada.me, bob.me}
    stage.room.leave(bob.member, for_good=True)
    stage.say(ada)
    assert stage.room.people == 2
    assert ada.me in {entry.speaker for entry in cy.heard()}
