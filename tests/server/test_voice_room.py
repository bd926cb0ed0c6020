"""A room of people who speak: what each is sent, when they move, whisper, are muted, present; no sockets."""

from __future__ import annotations

import pytest

from tests.server.speaking import SOUND, Person, VoiceStage, plain
from walkdown.messages import (
    Mute,
    MuteAll,
    Present,
    PutZone,
    Redo,
    RemoveZone,
    SetRole,
    Undo,
    Zone,
)
from walkdown.voice import (
    FRAME_SECS,
    Route,
    pack_packet,
    unpack_packet,
)
from walkdown_server.voice.routing import CHOOSE_SECS, QUIET_SECS

FAR = 1000.0
CHOOSE_TICKS = round(CHOOSE_SECS / FRAME_SECS) + 1
"""After so many ticks it has been decided anew who hears whom."""

OFFICE = Zone("office", "Office", (-1.0, -1.0, 0.0), (1.0, 1.0, 3.0))


@pytest.fixture
def stage() -> VoiceStage:
    return VoiceStage()


@pytest.fixture
def three(stage: VoiceStage) -> tuple[Person, Person, Person]:
    return stage.three()


# ---- by place ------------------------------------------------------------------------------------------


def test_who_is_near_hears_the_very_packets_and_the_talker_does_not(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    sent = [ada.packet(), ada.packet()]
    for packet in sent:
        stage.room.hear(ada.member, packet)
        stage.voice_tick()
    heard = bob.heard()
    assert [entry.packet for entry in heard] == sent
    assert {(entry.speaker, entry.route) for entry in heard} == {(ada.me, Route.NEAR)}
    assert [entry.packet for entry in cy.heard()] == sent
    assert ada.heard() == []


def test_who_walks_away_is_heard_no_more_and_their_spurt_ends(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, _cy = three
    stage.say(ada)
    assert bob.hears() == [(ada.me, Route.NEAR)]
    ada.stand(FAR)
    stage.say(ada, ticks=CHOOSE_TICKS)
    assert bob.hears_ends() == [ada.me]
    stage.say(ada, ticks=3)
    assert bob.heard() == []
    ada.stand(3.0)
    stage.say(ada, ticks=CHOOSE_TICKS)
    assert (ada.me, Route.NEAR) in bob.hears()


def test_all_who_hear_the_same_get_the_very_same_bytes(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    stage.say(ada)
    assert bob.paper.frames[-1] == cy.paper.frames[-1]
    stage.say(ada, bob)
    (to_cy, to_bob) = cy.paper.frames[-1], bob.paper.frames[-1]
    assert to_cy != to_bob
    assert [len(cy.heard()), len(bob.heard())] == [3, 2]


def test_where_both_ticks_meet_state_and_voice_leave_in_one_write(
    stage: VoiceStage, three: tuple[Person, Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, cy = three
    writes: list[bytes] = []

    def offer(data: bytes) -> bool:
        writes.append(data)
        bob.paper.send(data)
        return True

    monkeypatch.setattr(bob.paper, "offer", offer)
    ada.speak()
    cy.stand(5.0)
    before = len(bob.paper.frames)
    stage.secs += 0.05
    stage.room.tick()
    assert len(writes) == 1
    assert len(bob.paper.frames) == before + 2
    assert bob.hears() == [(ada.me, Route.NEAR)]
    assert bob.paper.poses[cy.me].positions[0, 0] == pytest.approx(5.0)


def test_who_has_just_come_and_who_is_behind_with_state_hear_all_the_same(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    bob.paper.stuck = True
    ada.stand(0.5)
    stage.tick()
    bob.paper.stuck = False
    cy = Person(stage, *stage.join("Cy"))
    cy.hear_and_speak()
    cy.stand(1.0)
    assert not bob.member.outbox.current
    assert not cy.member.outbox.current
    ada.speak()
    stage.tick()
    assert bob.hears() == cy.hears() == [(ada.me, Route.NEAR)]
    assert ada.me in cy.paper.people


def test_who_has_said_nothing_of_ears_is_sent_nothing_but_counted(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob", ears=False)
    stage.say(ada, ticks=CHOOSE_TICKS + 1)
    assert bob.heard() == []
    assert stage.room.tally.voice_out == 0
    assert stage.room.voices.sent.counts[bob.member.row, ada.member.row] == CHOOSE_TICKS


# ---- groups, radio, presenters, echo --------------------------------------------------------------------


def test_a_whisper_reaches_the_group_alone_however_far(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    ada.hear_and_speak(group="crew", reach="group")
    cy.hear_and_speak(group="crew")
    cy.stand(FAR)
    stage.say(ada)
    assert bob.heard() == []
    assert cy.hears() == [(ada.me, Route.GROUP)]
    cy.hear_and_speak(group="other")
    stage.say(ada)
    assert cy.hears_ends() == [ada.me]
    stage.say(ada)
    assert cy.heard() == []


@pytest.mark.parametrize("put_off_secs", [0.0, 1e6])
def test_what_was_whispered_stays_so_whatever_the_talker_does_next(
    stage: VoiceStage,
    three: tuple[Person, Person, Person],
    monkeypatch: pytest.MonkeyPatch,
    put_off_secs: float,
) -> None:
    ada, bob, cy = three
    stage.say(ada)
    monkeypatch.setattr("walkdown_server.voice.routing.CHOOSE_SECS_PER_PAIR", put_off_secs)
    cy.hear_and_speak(group="crew")
    bob.heard()
    ada.hear_and_speak(group="crew", reach="group")
    ada.speak()
    ada.hear_and_speak(group="crew")
    ada.speak()
    stage.voice_tick()
    sounds = [unpack_packet(entry.packet) for entry in bob.heard()]
    assert [sound.sequence for sound in sounds if sound.payload] == [ada.sequence]
    assert (ada.me, Route.GROUP) in cy.hears()


def test_radio_reaches_the_distant_group_and_who_is_near(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    ada.hear_and_speak(group="crew", reach="radio")
    cy.hear_and_speak(group="crew")
    cy.stand(FAR)
    stage.say(ada)
    assert bob.hears() == [(ada.me, Route.NEAR)]
    assert cy.hears() == [(ada.me, Route.RADIO)]


def test_who_presents_is_heard_everywhere_also_by_observers_and_shown_as_presenting(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    cy.stand(FAR)
    ada.operate(SetRole, person=cy.me, role="observer")
    assert ada.operate(Present, person=bob.me)["number"]
    assert cy.paper.people[bob.me]["presenting"]
    stage.say(bob)
    assert cy.hears() == [(bob.me, Route.PRESENTER)]
    assert bob.me in stage.room.crowd.always
    ada.operate(Present, person=bob.me, presenting=False)
    stage.say(bob)
    assert cy.hears_ends() == [bob.me]
    assert not cy.paper.people[bob.me].get("presenting")


def test_who_may_not_speak_cannot_present(stage: VoiceStage, three: tuple[Person, Person, Person]) -> None:
    ada, bob, _cy = three
    ada.operate(SetRole, person=bob.me, role="observer")
    reply = ada.operate(Present, person=bob.me)
    assert (reply["code"], "may not speak" in reply["text"]) == ("rights", True)
    assert ada.operate(Present, person=99)["code"] == "unknown"
    assert ada.operate(Present, person=ada.me, presenting=False)["code"] == "unchanged"


def test_who_is_made_an_observer_presents_no_more(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, _cy = three
    ada.operate(Present, person=bob.me)
    ada.operate(SetRole, person=bob.me, role="observer")
    assert not ada.paper.people[bob.me].get("presenting")
    ada.operate(SetRole, person=bob.me, role="participant")
    assert not ada.paper.people[bob.me].get("presenting")


def test_who_asks_for_an_echo_hears_their_own_words(stage: VoiceStage) -> None:
    ada = stage.person("Ada", echo=True)
    stage.say(ada)
    assert ada.hears() == [(ada.me, Route.ECHO)]


# ---- who is not heard ----------------------------------------------------------------------------------


def test_who_is_muted_is_heard_by_nobody_and_counted(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    stage.say(bob)
    cy.heard()
    ada.operate(Mute, person=bob.me)
    stage.say(bob, ticks=2)
    assert cy.hears_ends() == [bob.me]
    assert stage.room.tally.voice_dropped == {"rights": 2}
    ada.operate(Mute, person=bob.me, muted=False)
    stage.say(bob)
    assert cy.hears() == [(bob.me, Route.NEAR)]


def test_when_all_are_muted_who_leads_or_presents_is_heard_all_the_same(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    assert ada.operate(MuteAll)["number"]
    assert stage.rules(cy)["muted_all"]
    stage.say(ada, bob)
    assert cy.hears() == [(ada.me, Route.NEAR)]
    ada.operate(Present, person=bob.me)
    stage.say(bob)
    assert cy.hears() == [(bob.me, Route.PRESENTER)]
    assert ada.operate(MuteAll)["code"] == "unchanged"
    ada.operate(MuteAll, muted=False)
    ada.operate(Present, person=bob.me, presenting=False)
    stage.say(bob)
    assert (bob.me, Route.NEAR) in cy.hears()
    assert not stage.rules(cy).get("muted_all")


def test_an_echo_comes_also_while_all_are_muted(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    bob.hear_and_speak(echo=True)
    ada.operate(MuteAll)
    stage.say(bob)
    assert (bob.hears(), cy.heard()) == ([(bob.me, Route.ECHO)], [])


def test_who_is_deaf_gets_nothing_and_who_silences_somebody_hears_the_rest(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    stage.say(ada, bob)
    cy.heard()
    ada.heard()
    cy.hear_and_speak(silenced=(ada.me,))
    bob.hear_and_speak(deaf=True)
    bob.heard()
    stage.say(ada, bob, ticks=2)
    assert cy.hears() == [(bob.me, Route.NEAR)] * 2
    assert bob.heard() == []
    assert ada.hears() == [(bob.me, Route.NEAR)] * 2
    assert cy.paper.people[bob.me].get("deaf") is None
    stage.tick()
    assert cy.paper.people[bob.me]["deaf"]


def test_inside_and_outside_of_a_zone_do_not_hear_each_other(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    assert ada.operate(PutZone, zone=OFFICE)["number"]
    assert stage.rules(bob)["zones"] == [plain(OFFICE)]
    stage.say(bob)
    assert (ada.heard(), cy.hears()) == ([], [(bob.me, Route.NEAR)])
    bob.stand(0.5)
    stage.say(bob, ticks=CHOOSE_TICKS)
    ada.heard()
    cy.heard()
    stage.say(bob)
    assert (ada.hears(), cy.heard()) == ([(bob.me, Route.NEAR)], [])
    ada.operate(RemoveZone, zone="office")
    stage.say(bob)
    assert cy.hears() == [(bob.me, Route.NEAR)]
    assert stage.rules(cy).get("zones", []) == []


def test_a_zone_can_be_taken_back_and_put_again(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, _cy = three
    ada.operate(PutZone, zone=OFFICE)
    larger = Zone("office", "Office", OFFICE.low, (9.0, 9.0, 9.0))
    ada.operate(PutZone, zone=larger)
    ada.operate(Undo)
    assert stage.rules(bob)["zones"] == [plain(OFFICE)]
    ada.operate(Undo)
    assert stage.rules(bob).get("zones", []) == []
    ada.operate(Redo)
    assert stage.rules(bob)["zones"] == [plain(OFFICE)]
    ada.operate(RemoveZone, zone="office")
    ada.operate(Undo)
    assert stage.rules(bob)["zones"] == [plain(OFFICE)]


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        (Zone("z", "Z", (0.0, 0.0, 0.0), (0.0, 1.0, 1.0)), "place"),
        (Zone("z", "Z", (0.0, 0.0, 2.0), (1.0, 1.0, 1.0)), "place"),
        (Zone("z", "Z", (0.0, 0.0, 0.0), (1.0, 1.0, 1e9)), "place"),
        (Zone("z", " ", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), "empty"),
    ],
)
def test_a_zone_is_a_box_with_a_name(stage: VoiceStage, zone: Zone, code: str) -> None:
    ada = stage.person("Ada")
    assert ada.operate(PutZone, zone=zone)["code"] == code
    assert ada.operate(RemoveZone, zone="z")["code"] == "unknown"


def test_there_are_not_more_zones_than_can_be_told_apart(
    stage: VoiceStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.session.ZONES_MAX", 1)
    ada = stage.person("Ada")
    ada.operate(PutZone, zone=OFFICE)
    other = Zone("z", "Z", (5.0, 5.0, 0.0), (6.0, 6.0, 1.0))
    assert ada.operate(PutZone, zone=other)["code"] == "full"
    assert ada.operate(PutZone, zone=OFFICE)["code"] == "unchanged"


# ---- slow listeners, ends ------------------------------------------------------------------------------


def test_to_whom_bytes_wait_nothing_is_sent_and_nothing_piles_up(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    bob.paper.stuck = True
    stage.say(ada, ticks=200)
    bob.paper.stuck = False
    assert stage.room.tally.voice_dropped == {"behind": 200}
    assert stage.room.tally.voice_out == 0
    stage.say(ada)
    assert [unpack_packet(entry.packet).sequence for entry in bob.heard()] == [ada.sequence]
    stage.say(ada, ticks=CHOOSE_TICKS)
    assert stage.room.voices.sent.counts[bob.member.row, ada.member.row] <= CHOOSE_TICKS + 1


def test_the_end_of_a_spurt_is_told_as_soon_as_there_is_room(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    stage.say(ada)
    bob.heard()
    bob.paper.stuck = True
    ada.speak(last=True)
    stage.voice_tick(5)
    assert stage.room.voices.talking
    bob.paper.stuck = False
    stage.voice_tick(3)
    (entry,) = bob.heard()
    assert entry.speaker == ada.me
    assert unpack_packet(entry.packet).ends_spurt


def test_what_cannot_be_told_for_long_is_forgotten(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    bob.paper.stuck = True
    ada.speak(last=True)
    stage.voice_tick(200)
    assert not stage.room.voices.talking
    bob.paper.stuck = False
    stage.voice_tick(3)
    assert bob.heard() == []


def test_who_does_not_acknowledge_for_long_is_sent_nothing_though_a_proxy_takes_it(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    tick = bob.paper.ticks[-1]
    stage.room.acknowledge(bob.member, tick)
    ada.stand(1.0)
    stage.tick(15)
    bob.heard()
    stage.say(ada, ticks=3)
    assert bob.heard() == []
    assert stage.room.tally.voice_dropped == {"behind": 3}
    stage.room.acknowledge(bob.member, bob.paper.ticks[-1])
    stage.say(ada)
    assert bob.hears() == [(ada.me, Route.NEAR)]


def test_who_falls_silent_without_a_word_has_ended(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    stage.say(ada)
    assert ada.me in stage.room.crowd.always
    bob.heard()
    stage.voice_tick(round(QUIET_SECS * 50) + 2)
    assert bob.hears_ends() == [ada.me]
    assert not stage.room.voices.talking
    assert ada.me not in stage.room.crowd.always


def test_who_leaves_while_speaking_has_ended(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    stage.say(ada)
    bob.heard()
    stage.room.leave(ada.member, for_good=True)
    assert stage.room.voices.talking
    stage.voice_tick()
    assert bob.hears_ends() == [ada.me]
    assert not stage.room.voices.talking


def test_who_leaves_or_falls_silent_is_not_heard_again_where_choosing_is_put_off(
    stage: VoiceStage, three: tuple[Person, Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, cy = three
    stage.say(ada, bob)
    monkeypatch.setattr("walkdown_server.voice.routing.CHOOSE_SECS_PER_PAIR", 1e6)
    ada.speak()
    stage.room.leave(ada.member, for_good=True)
    cy.heard()
    stage.say(bob, ticks=2)
    sounds = [entry.speaker for entry in cy.heard() if unpack_packet(entry.packet).payload]
    assert sounds == [bob.me, bob.me]
    stage.room.leave(bob.member, for_good=True)
    stage.voice_tick(3)
    assert cy.hears_ends() == [bob.me]


def test_an_end_that_was_said_is_not_said_again(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    ada.speak()
    ada.speak(last=True)
    stage.voice_tick(60)
    stage.room.leave(ada.member, for_good=True)
    stage.voice_tick()
    assert bob.hears_ends() == [ada.me]


# ---- datagrams -----------------------------------------------------------------------------------------


class Datagrams:
    """A way past the WebSocket."""

    def __init__(self) -> None:
        self.works = True
        self.bundles: list[bytes] = []

    def send(self, bundle: bytes) -> bool:
        if self.works:
            self.bundles.append(bundle)
        return self.works


@pytest.mark.parametrize("with_state", [False, True])
def test_whom_datagrams_reach_gets_the_bundle_in_them_else_by_the_websocket(
    stage: VoiceStage, with_state: bool
) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    way = bob.member.media = Datagrams()
    tick = stage.room.tick if with_state else stage.room.voice_tick
    ada.speak()
    tick()
    assert len(way.bundles) == 1
    assert bob.heard() == []
    way.works = False
    ada.speak()
    tick()
    assert bob.hears() == [(ada.me, Route.NEAR)]


# ---- what everyone sees --------------------------------------------------------------------------------


def test_what_somebody_says_of_ears_and_microphone_stands_in_their_person(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, _cy = three
    bob.hear_and_speak(deaf=True, reach="radio", group="crew", recordable=False)
    stage.tick()
    told = ada.paper.people[bob.me]
    names = ("microphone", "ears", "deaf", "reach", "group", "recordable")
    assert [told[name] for name in names] == [True, True, True, "radio", "crew", False]


def test_who_comes_back_has_said_nothing_yet(stage: VoiceStage) -> None:
    ada, bob = stage.person("Ada"), stage.person("Bob")
    stage.room.leave(bob.member, for_good=False)
    again = Person(stage, *stage.join("Bob", resume=bob.paper.welcome["secret"]))
    again.stand(1.0)
    stage.tick(2)
    assert not ada.paper.people[bob.me].get("ears")
    stage.say(ada)
    assert again.heard() == []
    again.hear_and_speak()
    stage.say(ada)
    assert again.hears() == [(ada.me, Route.NEAR)]


def test_members_of_private_groups_and_presenters_are_shown_to_all(
    stage: VoiceStage, three: tuple[Person, Person, Person]
) -> None:
    ada, bob, cy = three
    bob.hear_and_speak(group="crew")
    ada.operate(Present, person=cy.me)
    assert stage.room.crowd.always == {bob.me, cy.me}
    bob.hear_and_speak()
    ada.operate(Present, person=cy.me, presenting=False)
    assert stage.room.crowd.always == frozenset()


def test_talkers_are_counted(stage: VoiceStage, three: tuple[Person, Person, Person]) -> None:
    ada, bob, _cy = three
    stage.say(ada, bob, ticks=2)
    assert stage.room.voices.talkers == 2
    assert (stage.room.tally.voice_in, stage.room.tally.voice_out) == (4, 8)
    assert unpack_packet(pack_packet(unpack_packet(ada.packet()))).payload == SOUND
