"""How well everyone hears everyone: who is told of trouble, when, and what those are told who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest

from tests.server.conftest import House
from tests.server.udp_guest import listen, packet
from walkdown import codec
from walkdown.messages import (
    AskVoiceHealth,
    HeardOf,
    Message,
    PairHealth,
    Role,
    Voice,
    VoiceHealth,
    VoiceReport,
    VoiceTrouble,
    encode,
)
from walkdown_server.attendance import Attendance
from walkdown_server.door.people import Identity
from walkdown_server.parties import Line, Member
from walkdown_server.ruling import Author
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.outbox import Outbox
from walkdown_server.voice import health
from walkdown_server.voice.health import (
    ANSWERS_BURST,
    ANSWERS_PER_SEC,
    ASKED_SECS,
    DEAF_SECS,
    ENOUGH_PACKETS,
    LATELY_SECS,
    Health,
)
from walkdown_server.voice.listeners import Sent

CAPACITY = 8


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 -- what is waited for is in another task
            await asyncio.sleep(0.005)


class Hall:
    """A room of a few people, whose voices a test sends on and reports."""

    def __init__(self) -> None:
        self.now_secs = 100.0
        self.told: list[tuple[int, Message]] = []
        self.attendance = Attendance(Crowd(capacity=CAPACITY), capacity=CAPACITY)
        self.sent = Sent(CAPACITY)
        self.health = Health(
            self.attendance,
            self.sent,
            capacity=CAPACITY,
            reply=self._reply,
            secs=lambda: self.now_secs,
        )

    def _reply(self, member: Member, message: Message) -> None:
        encode(message)  # what cannot be sent would end the session
        self.told.append((member.identity.person, message))

    def enter(self, person: int, *, ears: bool = True, role: Role = "participant") -> Member:
        identity = Identity(f"{person}", Author(f"a{person}", f"P{person}", role), person, 0, "person")
        identity.voice = Voice(ears=ears)
        member = Member(
            identity, cast(Line, None), cast(Outbox, None), self.attendance.take_row(), frozenset()
        )
        self.attendance.add(member)
        return member

    def leave(self, member: Member) -> None:
        self.health.forget(member)
        self.sent.forget(member.row)
        self.attendance.remove(member)

    def pass_on(self, talker: Member, *listeners: Member, packets: int = 50) -> None:
        self.sent.add(np.array([one.row for one in listeners], np.intp), [talker.row], [packets])

    def report(self, listener: Member, talker: Member, received: int, **more: float) -> None:
        heard = HeardOf(talker.identity.person, received, **more)  # type: ignore[arg-type]
        self.health.note(listener, VoiceReport((heard,)))

    def second(self) -> None:
        self.now_secs += 1.0
        self.health.look(self.now_secs)

    def pairs(self) -> dict[tuple[int, int], PairHealth]:
        self.now_secs += ASKED_SECS
        answers: list[Message] = []
        self.health.ask(next(iter(self.attendance.members.values())), answers.append)
        assert isinstance(answers[0], VoiceHealth)
        return {(pair.listener, pair.speaker): pair for pair in answers[0].pairs}

    def troubles(self) -> list[tuple[int, VoiceTrouble]]:
        told, self.told = self.told, []
        return [(person, message) for person, message in told if isinstance(message, VoiceTrouble)]


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_who_hears_nothing_for_five_seconds_is_told_once_as_are_the_talker_and_who_leads(hall: Hall) -> None:
    ada, bob, eve = hall.enter(1), hall.enter(2), hall.enter(3)
    hall.enter(4, role="chair")
    for _turn in range(5):
        hall.pass_on(ada, bob, eve)
        hall.report(eve, ada, 50)
        hall.second()
        assert hall.troubles() == []
    for _turn in range(3):
        hall.pass_on(ada, bob, eve)
        hall.report(eve, ada, 50)
        hall.second()
    told = hall.troubles()
    assert [person for person, _message in told] == [2, 1, 4]
    assert {message for _person, message in told} == {VoiceTrouble(2, 1, 0, DEAF_SECS)}


def test_that_it_is_over_is_told_once_too_with_what_came(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    for _turn in range(8):
        hall.pass_on(ada, bob)
        hall.second()
    assert len(hall.troubles()) == 2
    hall.report(bob, ada, 70)
    over = hall.troubles()
    assert [person for person, _message in over] == [2, 1]
    assert over[0][1].over
    assert over[0][1].packets == 70
    hall.report(bob, ada, 70)
    hall.second()
    assert hall.troubles() == []


@pytest.mark.parametrize("gone", ["listener", "talker"])
def test_trouble_is_over_when_one_of_the_two_leaves(hall: Hall, gone: str) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.enter(3, role="chair")
    for _turn in range(8):
        hall.pass_on(ada, bob)
        hall.second()
    hall.troubles()
    hall.leave(bob if gone == "listener" else ada)
    assert [message.over for person, message in hall.troubles() if person == 3] == [True]


def test_trouble_is_over_when_the_listener_has_no_ears_any_more(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    for _turn in range(8):
        hall.pass_on(ada, bob)
        hall.second()
    hall.troubles()
    bob.identity.voice = Voice(ears=False)
    hall.second()
    assert [message.over for _person, message in hall.troubles()] == [True, True]


def test_nobody_is_told_of_who_has_no_ears_or_was_sent_little(hall: Hall) -> None:
    ada, bob, eve = hall.enter(1), hall.enter(2, ears=False), hall.enter(3)
    hall.pass_on(ada, eve, packets=ENOUGH_PACKETS - 1)
    for _turn in range(10):
        hall.pass_on(ada, bob)
        hall.second()
    assert hall.troubles() == []
    assert {pair: told.verdict for pair, told in hall.pairs().items()} == {
        (2, 1): "no_ears",
        (3, 1): "unknown",
    }


def test_a_pause_is_no_trouble(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob, packets=95)
    hall.report(bob, ada, 94)
    hall.pass_on(ada, bob, packets=3)  # the rest of the spurt, after the report
    for _turn in range(20):
        hall.second()
    hall.pass_on(ada, bob, packets=40)
    hall.second()
    assert hall.troubles() == []


def test_ones_own_words_are_no_trouble(hall: Hall) -> None:
    ada = hall.enter(1)
    for _turn in range(10):
        hall.pass_on(ada, ada)
        hall.second()
    assert hall.troubles() == []


def test_who_asks_is_told_every_pair_with_what_was_sent_and_received(hall: Hall) -> None:
    ada, bob, eve, mia = hall.enter(1), hall.enter(2), hall.enter(3), hall.enter(4)
    for _turn in range(6):
        hall.pass_on(ada, bob, eve, mia)
        hall.report(bob, ada, 50, delay_secs=0.12)
        hall.report(eve, ada, 30, concealed=0.05)
        hall.second()
    pairs = hall.pairs()
    assert pairs[2, 1] == PairHealth(2, 1, 200, 200, 4.0, delay_secs=0.12, verdict="good")
    assert (pairs[3, 1].verdict, pairs[3, 1].received, pairs[3, 1].concealed) == ("poor", 120, 0.05)
    assert (pairs[4, 1].verdict, pairs[4, 1].received) == ("deaf", 0)
    assert set(pairs) == {(2, 1), (3, 1), (4, 1)}


def test_the_first_report_of_a_pair_counts(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.second()
    hall.pass_on(ada, bob, packets=60)
    hall.second()
    hall.report(bob, ada, 60)
    pair = hall.pairs()[2, 1]
    assert (pair.sent, pair.received, pair.verdict) == (60, 60, "good")


def test_the_last_packets_which_are_counted_later_do_not_make_a_good_pair_unknown(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob, packets=90)
    hall.report(bob, ada, 100)
    hall.second()
    hall.pass_on(ada, bob, packets=10)
    for _turn in range(8):
        hall.second()
    pair = hall.pairs()[2, 1]
    assert (pair.sent, pair.received, pair.verdict) == (90, 100, "good")
    hall.now_secs += LATELY_SECS
    hall.pass_on(ada, bob, packets=10)
    for _turn in range(8):
        hall.second()
    assert hall.pairs()[2, 1].verdict == "unknown", "what was reported long ago says nothing of now"


def test_what_was_dropped_before_it_was_counted_hides_no_later_trouble(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    eve = hall.enter(3)
    hall.pass_on(ada, eve)
    hall.sent.take_back(bob.row, [ada.row], [3])
    hall.report(bob, ada, 1)
    hall.pass_on(ada, bob, packets=3)
    hall.second()
    hall.pass_on(ada, bob, packets=ENOUGH_PACKETS + 10)
    for _turn in range(round(DEAF_SECS) + 2):
        hall.second()
    assert (2, 1) in {(told.listener, told.speaker) for _person, told in hall.troubles()}


def test_what_is_invented_too_often_is_poor(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob)
    hall.report(bob, ada, 50, concealed=0.2)
    assert hall.pairs()[2, 1].verdict == "poor"


def test_pairs_that_have_been_silent_for_long_are_not_told_of(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob)
    assert set(hall.pairs()) == {(2, 1)}
    hall.now_secs += LATELY_SECS
    assert hall.pairs() == {}


def test_who_asks_often_is_told_the_same(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob)
    before = hall.pairs()
    hall.report(bob, ada, 50)
    answers: list[Message] = []
    hall.health.ask(ada, answers.append)
    assert isinstance(answers[0], VoiceHealth)
    assert answers[0].pairs == tuple(before.values())


def test_of_very_much_trouble_at_once_only_some_is_told_to_others_than_the_listeners(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "TROUBLES_PER_LOOK", 1)
    ada, bob, eve = hall.enter(1), hall.enter(2), hall.enter(3)
    chair = hall.enter(4, role="chair")
    hall.pass_on(ada, bob, eve, chair, packets=60)
    hall.report(chair, ada, 60)
    for _turn in range(round(DEAF_SECS) + 2):
        hall.second()
    begun = [(person, told.listener) for person, told in hall.troubles()]
    assert sorted(begun) == [(1, 2), (2, 2), (3, 3), (4, 2)]
    hall.leave(ada)
    ended = [(person, told.listener) for person, told in hall.troubles() if told.over]
    assert sorted(ended) == sorted(begun)


def test_who_asks_all_the_time_is_answered_now_and_then(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob)
    answers: list[Message] = []
    for _turn in range(400):
        hall.health.ask(bob, answers.append)
    assert len(answers) == ANSWERS_BURST
    hall.now_secs += 1 / ANSWERS_PER_SEC
    hall.health.ask(bob, answers.append)
    assert len(answers) == ANSWERS_BURST + 1


def test_of_very_many_pairs_who_leads_is_told_the_worst_and_others_their_own(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PAIRS_MAX", 3)
    people = [hall.enter(number) for number in range(1, 5)]
    chair = hall.enter(5, role="chair")
    for talker in people:
        hall.pass_on(talker, *(one for one in people if one is not talker))
    hall.second()
    for listener in people:
        for talker in people:
            if talker is not listener and (listener.identity.person, talker.identity.person) != (2, 3):
                hall.report(listener, talker, 50)
    told: list[Message] = []
    for asker in (chair, people[0]):
        hall.health.ask(asker, told.append)
    of_chair, of_ada = [
        [(p.listener, p.speaker) for p in m.pairs] for m in told if isinstance(m, VoiceHealth)
    ]
    assert len(of_chair) == 3
    assert of_chair[0] == (2, 3)
    assert len(of_ada) == 3
    assert all(1 in pair for pair in of_ada)


def test_a_report_of_who_is_not_here_or_has_said_nothing_is_passed_over(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.health.note(bob, VoiceReport((HeardOf(99, 5),)))
    hall.report(bob, ada, 5)
    hall.second()
    assert hall.pairs() == {}


def test_who_gets_a_row_that_was_anothers_begins_anew(hall: Hall) -> None:
    ada, bob = hall.enter(1), hall.enter(2)
    hall.pass_on(ada, bob)
    hall.report(bob, ada, 50)
    hall.second()
    hall.leave(bob)
    eve = hall.enter(3)
    assert eve.row == bob.row
    assert hall.pairs() == {}
    hall.pass_on(ada, eve, packets=60)
    hall.report(eve, ada, 60)
    assert (hall.pairs()[3, 1].sent, hall.pairs()[3, 1].verdict) == (60, "good")


async def test_the_health_of_a_real_pair_is_told_over_the_network(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ASKED_SECS", 0.0)
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        await listen(ada)
        await listen(bob)
        section = codec.pack_section(codec.Section.VOICE, packet(1))
        await ada.socket.send(codec.pack_client_frame(0, [section]))
        await bob.until(lambda: bob.voices)
        await until(lambda: house.server.room.voices.sent.talkers)
        await bob.say(VoiceReport((HeardOf(ada.me, 1, delay_secs=0.08),)))
        await bob.say(AskVoiceHealth())
        pairs = (await bob.said("voice_health"))["pairs"]
        told = next(pair for pair in pairs if pair["listener"] == bob.me)
        assert (told["speaker"], told["delay_secs"], told["verdict"]) == (ada.me, 0.08, "good")
