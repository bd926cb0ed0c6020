"""What the server says of everybody's voice stands in the world, the newest of each."""

from __future__ import annotations

from tests.client.test_world import joined, world_with
from walkdown.messages import PairHealth, Person, VoiceHealth, VoiceRules, VoiceTrouble, Zone
from walkdown_client.events import Heard

OFFICE = Zone("z1", "Office", (0.0, 0.0, 0.0), (4.0, 3.0, 2.5))
ROOF = Zone("z2", "Roof", (0.0, 0.0, 2.5), (40.0, 30.0, 9.0))


def test_how_somebody_speaks_and_listens_is_part_of_who_they_are() -> None:
    told = Person(
        2,
        "Bob",
        presenting=True,
        microphone=True,
        ears=True,
        deaf=True,
        reach="radio",
        group="Roof",
        recordable=False,
    )
    bob = world_with(Heard(told)).people[2]
    assert (bob.presenting, bob.microphone, bob.ears, bob.deaf) == (True, True, True, True)
    assert (bob.reach, bob.group, bob.recordable) == ("radio", "Roof", False)


def test_rules_and_health_are_the_newest_and_troubles_wait_for_a_view() -> None:
    pairs = (PairHealth(1, 2, 10, 10, 5.0, verdict="good"),)
    world = world_with(Heard(VoiceRules(muted_all=True)), Heard(VoiceRules()), Heard(VoiceHealth(pairs)))
    assert not world.voice.rules.muted_all
    assert world.voice.revision == 3, "joining began with no rules"
    assert world.voice.health.pairs == pairs
    for number in range(100):
        world.apply(Heard(VoiceTrouble(1, number, 0, 5.0)))
    assert [trouble.speaker for trouble in world.voice.troubles] == list(range(36, 100))
    world.apply(joined())
    assert world.voice.rules == VoiceRules()
    assert world.voice.health == VoiceHealth(())


def test_a_zone_holds_what_lies_within_its_box() -> None:
    voice = world_with(Heard(VoiceRules(zones=(OFFICE, ROOF)))).voice
    assert voice.zone_at((2.0, 2.0, 1.7)) == OFFICE
    assert voice.zone_at((2.0, 2.0, 4.0)) == ROOF
    assert voice.zone_at((2.0, 3.5, 1.7)) is None
