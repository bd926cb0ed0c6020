"""Coming to a room, going, and coming back: who is whom, and what each has missed."""

from __future__ import annotations

import pytest

from tests.server.paper import Paper, Stage, note
from walkdown.messages import (
    SUBPROTOCOL,
    Hello,
    Refusal,
    Trigger,
    Undo,
)
from walkdown_server.access import IDENTITY_HELD_SECS
from walkdown_server.door.rules import OWN_COMPUTER


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_who_comes_back_is_the_same_person_and_gets_only_what_was_missed(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.tick()
    bob, bob_member = stage.join("Bob")
    stage.room.leave(member, for_good=False)
    stage.tick()
    assert bob.people[ada.me]["connected"] is False
    stage.room.receive(bob_member, note(1, "m"))
    stage.tick(20)
    again, _ = stage.join("Ada", resume=ada.welcome["secret"], last=1)
    stage.tick()
    assert (again.me, again.welcome["resumed"], again.welcome["snapshot"]) == (ada.me, True, None)
    assert again.welcome["last_op"] == 1
    assert [m["number"] for m in again.messages if m["t"] == "record"] == [2]
    stage.tick()
    assert bob.people[ada.me].get("connected", True)


def test_who_comes_back_too_late_is_someone_new_with_the_same_notes(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.tick()
    stage.room.leave(member, for_good=False)
    bob, _ = stage.join("Bob")
    stage.secs += IDENTITY_HELD_SECS + 1
    stage.room.forget_absent()
    stage.tick()
    assert ada.me not in bob.people
    again, again_member = stage.join("Ada", resume=ada.welcome["secret"])
    assert again.me != ada.me
    assert again.welcome["author"] == ada.welcome["author"]
    stage.room.receive(again_member, Undo(op=2))
    stage.tick()
    assert [m["number"] for m in again.messages if m["t"] == "reply"] == [2]


@pytest.mark.parametrize("secret", ["0" * 32, "short"])
def test_a_made_up_secret_resumes_nobody(stage: Stage, secret: str) -> None:
    ada, _ = stage.join("Ada")
    eve, _ = stage.join("Eve", resume=secret, last=5)
    assert not eve.welcome["resumed"]
    assert eve.welcome["snapshot"]
    assert eve.welcome["author"] != ada.welcome["author"]


def test_who_had_nothing_on_disk_when_the_server_crashed_is_still_the_same_author(stage: Stage) -> None:
    ada, _ = stage.join("Ada")
    later = Stage()
    again, _ = later.join("Ada", resume=ada.welcome["secret"])
    assert not again.welcome["resumed"]
    assert again.welcome["author"] == ada.welcome["author"]
    assert again.welcome["secret"] == ada.welcome["secret"]


def test_a_secret_that_could_be_guessed_is_replaced(stage: Stage) -> None:
    eve, _ = stage.join("Eve", resume="short")
    assert len(eve.welcome["secret"]) >= 22


def test_a_second_connection_of_the_same_person_replaces_the_first(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    again, _ = stage.join("Ada", resume=ada.welcome["secret"])
    assert ada.refusal is not None
    assert ada.refusal.code == "replaced"
    stage.room.leave(member, for_good=False)
    stage.tick()
    assert again.me == ada.me
    assert again.people[ada.me].get("connected", True)
    assert stage.room.people == 1


def test_a_number_from_another_journal_brings_a_snapshot(stage: Stage) -> None:
    ada, _ = stage.join("Ada")
    again, _ = stage.join("Ada", resume=ada.welcome["secret"], last=99)
    assert again.welcome["snapshot"] is not None


def test_events_that_are_no_longer_held_bring_a_snapshot(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.ticks.outbox.EVENTS_KEPT", 3)
    ada, member = stage.join("Ada")
    for op in range(1, 11):
        stage.room.receive(member, note(op, f"n{op}"))
        stage.tick()
    stage.secs += 5
    for last, snapshot in ((6, True), (7, False), (10, False)):
        again, _ = stage.join("Ada", resume=ada.welcome["secret"], last=last)
        assert bool(again.welcome["snapshot"]) is snapshot
        stage.tick()
        assert len([m for m in again.messages if m["t"] == "record"]) == (0 if snapshot else 10 - last)


def test_a_snapshot_is_made_at_most_once_a_second(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.tick()
    bob, _ = stage.join("Bob")
    assert bob.welcome["snapshot"] == ada.welcome["snapshot"]
    stage.tick()
    assert [m["number"] for m in bob.messages if m["t"] == "record"] == [1]
    stage.secs += 1
    eve, _ = stage.join("Eve")
    assert eve.welcome["number"] == 1
    stage.tick()
    assert not [m for m in eve.messages if m["t"] == "record"]


def test_a_full_session_says_so_but_lets_the_same_person_come_again(stage: Stage) -> None:
    ada, _ = stage.join("Ada")
    for name in ("Bob", "Eve"):
        stage.join(name)
    refusal = stage.room.enter(
        Hello(version=SUBPROTOCOL, name="Mallory"), Paper(stage.catalogue), peer=OWN_COMPUTER
    )
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.expected) == ("full", "at most 3")
    again, _ = stage.join("Ada", resume=ada.welcome["secret"])
    assert again.me == ada.me


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        (Hello(version="walkdown.0", name="Ada"), "version"),
        (Hello(version=SUBPROTOCOL, name="Ada", session="elsewhere"), "session"),
        (Hello(version=SUBPROTOCOL, name="   "), "hello"),
    ],
)
def test_a_hello_that_does_not_fit_is_refused_with_what_was_expected(
    stage: Stage, hello: Hello, code: str
) -> None:
    refusal = stage.room.enter(hello, Paper(stage.catalogue), peer=OWN_COMPUTER)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert refusal.expected
    assert stage.room.people == 0


def test_a_restart_brings_back_notes_disturbances_and_numbers(stage: Stage) -> None:
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.room.receive(member, Trigger(op=2, disturbance="clog"))
    stage.tick()
    later = Stage()
    later.room.restore(stage.entries)
    assert later.room.commits.disturbances == {"clog"}
    again, _ = later.join("Ada", resume=ada.welcome["secret"], last=1)
    later.tick()
    assert again.welcome["resumed"]
    assert again.welcome["last_op"] == 2
    assert [m["number"] for m in again.messages if m["t"] == "record"] == [2]


def test_colours_of_people_who_are_here_differ(stage: Stage) -> None:
    papers = [stage.join(name)[0] for name in ("a", "b", "c")]
    stage.tick()
    assert {p.get("colour", 0) for p in papers[0].people.values()} == {0, 1, 2}
