"""How operations are answered: as soon as they are on disk, once, and not at all while the server stops."""

from __future__ import annotations

from tests.server.paper import Paper, Stage, note
from walkdown.messages import Comment, PutComment, PutTopic, RemoveTopic, TopicFields, Undo, encode
from walkdown_server.access import IDENTITY_HELD_SECS
from walkdown_server.ruling import Author, Draft
from walkdown_server.session import Session


def told(paper: Paper) -> list[tuple[str, int]]:
    return [(m["t"], m.get("number", 0)) for m in paper.messages if m["t"] in ("record", "reply")]


def test_the_author_is_answered_with_the_commit_and_the_others_with_the_tick() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    bob, _ = stage.join("Bob")
    stage.room.receive(member, note(1))
    stage.room.receive(member, note(2, "m"))
    assert told(ada) == []
    stage.commit()
    assert told(ada) == [("record", 1), ("record", 2), ("reply", 1), ("reply", 2)]
    assert told(bob) == []
    stage.tick()
    assert told(bob) == [("record", 1), ("record", 2)]
    assert len(told(ada)) == 4


def test_who_does_not_take_what_was_sent_is_answered_when_they_do() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    ada.stuck = True
    stage.commit()
    assert told(ada) == []
    ada.stuck = False
    stage.tick()
    assert told(ada) == [("record", 1), ("reply", 1)]


def test_what_cannot_be_kept_is_answered_at_once_with_the_reason() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.room.commits.committed(stage.waiting, "the disk is full")
    (reply,) = [m for m in ada.messages if m["t"] == "reply"]
    assert (reply["code"], reply["text"]) == ("not-kept", "the disk is full")


def test_a_refusal_of_a_read_only_session_says_why() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    stage.room.set_writable(False, "record 3 is damaged")
    stage.room.receive(member, note(1))
    stage.tick()
    (reply,) = [m for m in ada.messages if m["t"] == "reply"]
    assert (reply["code"], reply["text"]) == ("read-only", "record 3 is damaged")


def test_what_is_too_much_for_a_record_that_can_be_read_again_is_refused() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    stage.room.receive(member, PutTopic(op=1, topic="t", fields=TopicFields("Leak")))
    for op in range(2, 22):
        stage.room.receive(member, PutComment(op=op, comment=Comment(f"k{op}", "t", "\U0001f600" * 15_000)))
        stage.tick(20)
    stage.room.receive(member, RemoveTopic(op=22, topic="t"))
    stage.tick(20)
    stage.room.receive(member, Undo(op=23))
    stage.tick()
    reply = [m for m in ada.messages if m["t"] == "reply"][-1]
    assert (reply["op"], reply["code"]) == (23, "size")
    assert len(stage.entries) == 22


def test_while_a_server_stops_new_operations_are_not_answered_and_known_ones_are() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.commit()
    stage.room.commits.closing = True
    stage.room.receive(member, note(2, "m"))
    stage.room.receive(member, note(1))
    stage.tick()
    assert [m["op"] for m in ada.messages if m["t"] == "reply"] == [1, 1]


def test_someone_whose_line_broke_is_held_for_two_minutes_and_then_gone() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    bob, _ = stage.join("Bob")
    stage.tick()
    stage.room.leave(member, for_good=False)
    stage.secs += IDENTITY_HELD_SECS - 1
    stage.room.forget_absent()
    stage.tick()
    assert bob.people[ada.me]["connected"] is False
    again, member = stage.join("Ada", resume=ada.welcome["secret"])
    assert (again.me, again.welcome["resumed"]) == (ada.me, True)
    stage.room.leave(member, for_good=False)
    stage.secs += IDENTITY_HELD_SECS + 1
    stage.room.forget_absent()
    stage.tick()
    assert ada.me not in bob.people


def test_an_operation_on_its_way_to_the_disk_counts_for_who_counts_on() -> None:
    stage = Stage()
    ada, member = stage.join("Ada")
    stage.room.receive(member, note(1))
    stage.commit()
    stage.room.receive(member, note(2, "m"))
    again, _ = stage.join("Ada", resume=ada.welcome["secret"])
    assert again.welcome["last_op"] == 2


def test_a_snapshot_costs_what_stands_and_not_what_was() -> None:
    session, author = Session(), Author("a", "Ada")
    sizes = []
    for number in range(1, 3001):
        draft = session.decide(note(number, f"n{number % 5}", text=f"text {number:04}"), author)
        assert isinstance(draft, Draft)
        session.apply(session.expect(draft, number))
        if number in (1000, 3000):
            sizes.append(len(encode(session.snapshot())))
    assert sizes[0] == sizes[1]
