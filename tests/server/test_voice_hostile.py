"""What one person, or bad luck, could do to the voices of all others; no sockets."""

from __future__ import annotations

import pytest

from tests.server.speaking import VoiceStage
from walkdown.messages import PutZone, RemoveZone, Undo, Zone
from walkdown_server import session


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
