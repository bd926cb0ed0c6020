"""What one person, or bad luck, could do to the voices of all others; no sockets."""

from __future__ import annotations

import pytest

from tests.server.speaking import VoiceStage
from walkdown.messages import Kick, Present, PutZone, RemoveZone, Undo, Zone
from walkdown.voice import BUNDLE_MAX, Packet, pack_entry, pack_packet
from walkdown_server import session
from walkdown_server.voice import routing

END_BYTES = len(pack_entry(1, 0, pack_packet(Packet(0, 0, 1, 127, b""))))


@pytest.fixture
def stage() -> VoiceStage:
    return VoiceStage()


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
