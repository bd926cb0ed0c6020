"""People in a review: what they show each other for a moment, who attends, and what a topic went through."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.server.paper import Paper, S, Stage
from tests.server.reviewing import CAMERA
from walkdown.messages import (
    AskTopic,
    Attend,
    CloseMeeting,
    Comment,
    EditTopic,
    Gather,
    Mark,
    OpenMeeting,
    Operation,
    PingAt,
    PointAt,
    Present,
    PutComment,
    PutMark,
    PutTopic,
    RemoveTopic,
    Role,
    SetDuty,
    SetRole,
    ShareView,
    StepAgenda,
    Topic,
    TopicChanges,
    TopicFields,
    Viewpoint,
)
from walkdown_server.access import IDENTITY_HELD_SECS
from walkdown_server.parties import Member
from walkdown_server.review.rules import ImportTopic

HERE = (1.0, 2.0, 3.0)


class Meeting(Stage):
    """A room on paper with Ada, who is admin, and Bob, a participant."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ops = 0
        self.ada, self.admin = self.join("Ada")
        self.bob, self.other = self.come("Bob")
        self.tick()

    def come(self, name: str, role: Role = "participant", **hello: object) -> tuple[Paper, Member]:
        paper, member = self.join(name, **hello)
        member.identity.give_role(role)
        return paper, member

    def wish(self, member: Member, kind: type[Operation], **fields: object) -> dict[str, Any]:
        """Send an operation and return its reply."""
        self.ops += 1
        self.room.receive(member, kind(op=self.ops, **fields))  # type: ignore[arg-type]
        self.tick(2)
        paper = self.ada if member is self.admin else self.bob
        reply: dict[str, Any] = [one for one in paper.messages if one["t"] == "reply"][-1]
        return reply

    def say(self, member: Member, message: Any, *, ticks: int = 1) -> None:
        self.room.receive(member, message)
        self.tick(ticks)

    def told(self, kind: str, paper: Paper | None = None) -> list[dict[str, Any]]:
        return [one for one in (paper or self.bob).messages if one["t"] == kind]

    def spans(self, paper: Paper) -> list[tuple[float, float]]:
        """When somebody was there, seconds."""
        listed = self.room.session.review.attendance.get(paper.welcome["author"])
        return [(came / S, went / S) for came, went in listed.spans] if listed else []

    def again(self, *, seen_secs: float = 0.0) -> Stage:
        """Return the room after a restart, with nobody there yet."""
        made = Stage(secs=self.secs)
        made.room.restore(self.entries, seen_ns=int(seen_secs * S))
        return made


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


# ---- how one takes part ------------------------------------------------------------------------------


def test_everyone_sees_how_somebody_takes_part(meeting: Meeting) -> None:
    meeting.say(meeting.other, Attend("P-101", following=meeting.ada.me, hand=True, private=True))
    seen = meeting.ada.people[meeting.bob.me]
    assert (seen["looking"], seen["following"], seen["hand"], seen["private"]) == ("P-101", 1, True, True)
    assert seen["author"] == meeting.bob.welcome["author"]
    meeting.room.leave(meeting.other, for_good=False)
    meeting.tick()
    assert "hand" not in meeting.ada.people[meeting.bob.me]


@pytest.mark.parametrize("following", [2, 77])
def test_nobody_follows_themselves_or_somebody_who_is_not_here(meeting: Meeting, following: int) -> None:
    meeting.say(meeting.other, Attend(following=following, hand=True))
    assert "following" not in meeting.ada.people[meeting.bob.me]


def test_a_raised_hand_goes_down_with_the_promotion_that_a_chair_gives(meeting: Meeting) -> None:
    meeting.other.identity.give_role("observer")
    meeting.admin.identity.give_role("chair")
    meeting.say(meeting.other, Attend(hand=True))
    assert meeting.wish(meeting.admin, SetRole, person=2, role="admin")["code"] == "rights"
    assert meeting.wish(meeting.admin, SetRole, person=2, role="participant")["number"]
    seen = meeting.ada.people[meeting.bob.me]
    assert "hand" not in seen
    assert seen.get("role", "participant") == "participant"
    meeting.other.identity.give_role("admin")
    assert meeting.wish(meeting.admin, SetRole, person=2, role="observer")["code"] == "rights"


def test_a_hand_that_was_seen_goes_up_again_only_after_it_was_down(meeting: Meeting) -> None:
    meeting.say(meeting.other, Attend(hand=True))
    assert meeting.wish(meeting.admin, Present, person=2)["number"]
    hands = []
    meeting.room.leave(meeting.other, for_good=False)
    meeting.bob, meeting.other = meeting.join("Bob", resume=meeting.bob.welcome["secret"], last=1)
    for message in (Attend("P-101", hand=True), Attend(), Attend(hand=True)):
        meeting.say(meeting.other, message)
        hands.append(meeting.ada.people[meeting.bob.me].get("hand", False))
    assert hands == [False, False, True]


def test_an_operation_of_an_observer_is_refused_and_says_for_whom_it_is(meeting: Meeting) -> None:
    meeting.other.identity.give_role("observer")
    reply = meeting.wish(meeting.other, PutTopic, topic="t", fields=TopicFields("x"))
    assert reply["code"] == "rights"
    assert "you are observer" in reply["text"]


# ---- pointing and pings ------------------------------------------------------------------------------


def test_of_points_that_come_too_fast_the_newest_is_told_in_its_turn(meeting: Meeting) -> None:
    for x in range(20):
        meeting.say(meeting.other, PointAt((float(x), 0.0, 0.0)))
    told = meeting.told("pointing", meeting.ada)
    assert len(told) <= 11
    meeting.tick(3)
    assert meeting.told("pointing", meeting.ada)[-1]["point"][0] == 19.0
    meeting.say(meeting.other, PointAt())
    assert "point" not in meeting.told("pointing", meeting.ada)[-1]


def leading(meeting: Meeting) -> tuple[Paper, Member]:
    """Somebody who points, shows everybody what they see, and has called all."""
    carl, member = meeting.come("Carl", "chair")
    for message in (PointAt(HERE), ShareView(Viewpoint("v", CAMERA), for_all=True), Gather()):
        meeting.say(member, message)
    return carl, member


def test_whoever_leaves_points_shows_and_calls_no_more(meeting: Meeting) -> None:
    carl, member = leading(meeting)
    meeting.room.leave(member, for_good=True)
    meeting.tick(2)
    assert carl.me not in meeting.bob.people
    assert meeting.told("gathered")[-1]["release"]
    meeting.room.leave(meeting.other, for_good=True)
    late, _ = meeting.join("Dora")
    meeting.tick(2)
    assert not meeting.told("pointing", late) + meeting.told("shared_view", late)


def test_a_broken_line_ends_the_ray_alone_until_somebody_is_given_up(meeting: Meeting) -> None:
    carl, member = leading(meeting)
    meeting.room.leave(member, for_good=False)
    meeting.tick(2)
    assert "point" not in meeting.told("pointing")[-1]
    assert meeting.told("shared_view")[-1]["for_all"]
    assert "release" not in meeting.told("gathered")[-1]
    meeting.join("Carl", resume=carl.welcome["secret"], last=1)
    meeting.tick(2)
    assert len(meeting.told("shared_view")) == 1
    meeting.join("Carl", resume=carl.welcome["secret"])
    meeting.tick(2)
    assert "view" not in meeting.told("shared_view")[-1]
    assert meeting.told("gathered")[-1]["release"]


def test_a_ping_is_told_for_a_while_and_not_endlessly_often(meeting: Meeting) -> None:
    for _ in range(8):
        meeting.say(meeting.other, PingAt(HERE, "P-101"))
    told = meeting.told("pinged", meeting.ada)
    assert [one["count"] for one in told] == [1, 2, 3, 4, 5, 6]
    assert told[0]["point"] == list(HERE)
    assert meeting.told("reply")[-1]["code"] == "rate"
    meeting.secs += 10
    meeting.tick()
    late, _ = meeting.join("Carl")
    meeting.tick(2)
    assert not meeting.told("pinged", late)


@pytest.mark.parametrize("message", [PointAt((0.0, 0.0, 2e6)), PingAt((0.0, float("inf"), 0.0))])
def test_nobody_points_out_of_the_world(meeting: Meeting, message: Any) -> None:
    meeting.say(meeting.other, message)
    assert meeting.told("reply")[-1]["code"] == "place"
    assert not meeting.told("pointing", meeting.ada) + meeting.told("pinged", meeting.ada)


# ---- views that are shared, and calls ----------------------------------------------------------------


def test_only_one_view_at_a_time_is_everybodys(meeting: Meeting) -> None:
    meeting.say(meeting.admin, ShareView(Viewpoint("v", CAMERA), for_all=True))
    meeting.other.identity.give_role("chair")
    meeting.say(meeting.other, ShareView(Viewpoint("w", CAMERA), for_all=True), ticks=5)
    told = {one["id"]: one for one in meeting.told("shared_view", meeting.ada)}
    assert {who: one.get("for_all", False) for who, one in told.items()} == {1: False, 2: True}


def test_leaders_presenters_and_the_driver_show_everybody_and_call_people(meeting: Meeting) -> None:
    view = ShareView(Viewpoint("v", CAMERA), for_all=True)
    for message in (view, Gather()):
        meeting.say(meeting.other, message)
        assert meeting.told("reply")[-1]["code"] == "rights"
        assert "driver" in meeting.told("reply")[-1]["text"]
    meeting.wish(meeting.admin, SetDuty, duty="driver", person=2)
    meeting.say(meeting.other, view, ticks=5)
    meeting.say(meeting.other, Gather((1,)))
    assert meeting.told("shared_view", meeting.ada)[-1]["for_all"]
    assert meeting.told("gathered", meeting.ada)[-1]["people"] == [1]
    meeting.wish(meeting.admin, SetDuty, duty="driver")
    assert not meeting.told("shared_view", meeting.ada)[-1].get("for_all", False)
    meeting.wish(meeting.admin, Present, person=2)
    meeting.say(meeting.other, Gather(release=True))
    assert meeting.told("gathered", meeting.ada)[-1]["release"]


def test_a_view_for_those_who_follow_needs_no_right_but_has_to_be_one(meeting: Meeting) -> None:
    meeting.say(meeting.other, ShareView(Viewpoint("v", CAMERA)))
    assert meeting.told("shared_view", meeting.ada)[-1]["view"]["viewpoint"] == "v"
    nowhere = Viewpoint("w", replace(CAMERA, up=CAMERA.direction))
    meeting.say(meeting.other, ShareView(nowhere), ticks=6)
    assert meeting.told("reply")[-1]["code"] == "view"
    assert len(meeting.told("shared_view", meeting.ada)) == 1
    meeting.wish(meeting.admin, SetRole, person=2, role="observer")
    assert "view" not in meeting.told("shared_view", meeting.ada)[-1]


def test_calls_name_people_who_are_here(meeting: Meeting) -> None:
    meeting.say(meeting.admin, Gather((2, 77)))
    assert meeting.told("gathered")[-1]["people"] == [2]
    meeting.say(meeting.admin, Gather((77,)))
    assert meeting.told("reply", meeting.ada)[-1]["code"] == "unknown"
    meeting.say(meeting.admin, Gather(release=True))
    meeting.say(meeting.admin, Gather(release=True))
    assert meeting.told("reply", meeting.ada)[-1]["code"] == "unchanged"


def test_a_duty_goes_to_somebody_who_is_here(meeting: Meeting) -> None:
    assert meeting.wish(meeting.admin, SetDuty, duty="scribe", person=77)["code"] == "unknown"
    assert meeting.wish(meeting.admin, SetDuty, duty="scribe", person=2)["number"]
    assert meeting.room.session.review.meeting.duties == {"scribe": meeting.bob.welcome["author"]}
    assert meeting.wish(meeting.other, StepAgenda)["code"] == "closed"


# ---- who was there -----------------------------------------------------------------------------------


def test_attendance_is_kept_while_a_meeting_is_on(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, OpenMeeting, title="60 %")
    opened = meeting.room.session.review.meeting.began_ns / S
    assert meeting.spans(meeting.ada)[0][0] == pytest.approx(opened, abs=0.2)
    meeting.secs += 60
    carl, member = meeting.join("Carl", kind="bot")
    meeting.tick()
    assert meeting.room.session.review.attendance[carl.welcome["author"]].kind == "bot"
    meeting.secs += 60
    left = meeting.secs
    meeting.room.leave(member, for_good=True)
    meeting.tick(2)
    (span,) = meeting.spans(carl)
    assert span == pytest.approx((left - 60, left), abs=0.2)
    meeting.secs += 60
    meeting.wish(meeting.admin, CloseMeeting)
    assert meeting.spans(meeting.bob)[0][1] == meeting.room.session.review.meeting.ended_ns / S
    meeting.room.leave(meeting.other, for_good=True)
    meeting.tick()
    assert len(meeting.spans(meeting.bob)) == 1


def test_a_connection_that_breaks_for_a_moment_leaves_no_gap(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, OpenMeeting)
    meeting.room.leave(meeting.other, for_good=False)
    meeting.secs += 30
    meeting.bob, meeting.other = meeting.join("Bob", resume=meeting.bob.welcome["secret"])
    meeting.tick()
    assert [went for _came, went in meeting.spans(meeting.bob)] == [0]
    meeting.room.leave(meeting.other, for_good=False)
    broke = meeting.secs
    meeting.secs += IDENTITY_HELD_SECS + 1
    meeting.room.forget_absent()
    meeting.tick()
    assert meeting.spans(meeting.bob)[0][1] == pytest.approx(broke, abs=0.1)


def test_after_a_restart_those_who_are_gone_have_left_and_others_come_anew(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, OpenMeeting)
    seen = meeting.room.session.time_ns / S
    meeting.secs += 500
    later = meeting.again()
    ada, _ = later.join("Ada", resume=meeting.ada.welcome["secret"])
    later.tick()
    spans = later.room.session.review.attendance
    (first, second) = spans[ada.welcome["author"]].spans
    assert (first[1] / S, second[1]) == (seen, 0)
    assert second[0] / S == pytest.approx(meeting.secs, abs=0.1)
    assert spans[meeting.bob.welcome["author"]].spans[-1][1] / S == seen


def test_after_a_restart_without_anybody_the_list_is_ended_when_they_were_seen_last(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, OpenMeeting)
    seen = meeting.secs + 400
    meeting.secs += 500
    later = meeting.again(seen_secs=seen)
    later.room.forget_absent()
    later.tick()
    ends = [one.spans[-1][1] / S for one in later.room.session.review.attendance.values()]
    assert ends == pytest.approx([seen, seen])


def test_whoever_moves_with_the_session_to_another_process_never_left(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, OpenMeeting)
    later = meeting.again()
    later.room.expect(meeting.room.held())
    later.room.forget_absent()
    later.tick()
    assert [one.spans[-1][1] for one in later.room.session.review.attendance.values()] == [0, 0]


def test_attendance_that_could_not_be_kept_is_kept_when_the_disk_is_back(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, OpenMeeting)
    meeting.room.set_writable(False, "full")
    carl, _ = meeting.join("Carl")
    meeting.tick()
    assert meeting.spans(carl) == []
    meeting.room.set_writable(True, "")
    meeting.tick()
    assert len(meeting.spans(carl)) == 1


# ---- the history of a topic --------------------------------------------------------------------------


def test_the_history_of_a_topic_says_who_did_what_also_after_a_restart(meeting: Meeting) -> None:
    view = Viewpoint("v", CAMERA, title="Gate")
    meeting.wish(meeting.admin, PutTopic, topic="t", fields=TopicFields("Pump"), viewpoint=view)
    meeting.wish(meeting.other, EditTopic, topic="t", changes=TopicChanges(status="Closed"))
    meeting.wish(meeting.other, PutComment, comment=Comment("k", "t", "why?"))
    mark = Mark("m", "arrow", HERE, bytes(24), topic="t", text="here")
    meeting.wish(meeting.other, PutMark, mark=mark)
    meeting.say(meeting.other, AskTopic(5, "t"))
    (told,) = meeting.told("topic_told")
    assert told["ask"] == 5
    assert [(one["author"], one["kind"], one.get("changes")) for one in told["changes"]] == [
        ("Ada", "topic", {"title": "Pump", "viewpoints": [{"viewpoint": "v", "title": "Gate"}]}),
        ("Bob", "topic_changed", {"status": "Closed"}),
        ("Bob", "comment", {"comment": "k", "text": "why?"}),
        ("Bob", "mark", {"mark": "m", "kind": "arrow", "text": "here"}),
    ]
    later = meeting.again()
    paper, member = later.join("Ada")
    later.room.receive(member, AskTopic(6, "t"))
    later.tick(2)
    (again,) = meeting.told("topic_told", paper)
    assert again["changes"] == told["changes"]


def test_a_removed_topic_still_has_a_history_and_an_unknown_one_has_none(meeting: Meeting) -> None:
    meeting.wish(meeting.admin, PutTopic, topic="t", fields=TopicFields("Pump"))
    meeting.wish(meeting.admin, RemoveTopic, topic="t")
    meeting.say(meeting.other, AskTopic(1, "t"))
    meeting.say(meeting.other, AskTopic(2, "nowhere"))
    first, second = meeting.told("topic_told")
    assert [one["kind"] for one in first["changes"]] == ["topic", "topic_removed"]
    assert second["text"]


# ---- much at once, and files --------------------------------------------------------------------------


def test_thousands_of_topics_from_a_file_come_in_frames_of_bounded_size(meeting: Meeting) -> None:
    author = meeting.admin.identity.author
    for n in range(1000):
        topic = Topic("From a file", "x" * 1000, topic=f"t{n}")
        meeting.room.commits.bring(author, ImportTopic(topic), lambda _reply: None)
    meeting.ada.frames.clear()
    meeting.bob.stuck = True
    meeting.tick(2)
    meeting.bob.stuck = False
    meeting.tick(8)
    for paper in (meeting.ada, meeting.bob):
        assert max(map(len, paper.frames)) < 300_000
        assert [one["number"] for one in meeting.told("record", paper)] == list(range(1, 1001))


def test_a_file_that_the_store_does_not_have_is_refused(meeting: Meeting) -> None:
    meeting.room.review_desk.knows_file = lambda sha256: sha256 == "1" * 64
    view = Viewpoint("v", CAMERA, snapshot="0" * 64)
    reply = meeting.wish(meeting.admin, PutTopic, topic="t", fields=TopicFields("x"), viewpoint=view)
    assert (reply["code"], "send it first" in reply["text"]) == ("unknown", True)
    there = Viewpoint("v", CAMERA, snapshot="1" * 64)
    assert meeting.wish(meeting.admin, PutTopic, topic="t", fields=TopicFields("x"), viewpoint=there)[
        "number"
    ]


def test_nobody_writes_without_end_also_in_few_large_changes(meeting: Meeting) -> None:
    long = "x" * 16_000
    assert meeting.wish(meeting.other, PutTopic, topic="t", fields=TopicFields("T"))["number"]
    meeting.other.volume.tokens, meeting.other.volume.filled_secs = 16_500.0, meeting.secs
    said = [
        meeting.wish(meeting.other, PutComment, comment=Comment(f"c{place}", "t", long)) for place in range(3)
    ]
    assert [bool(reply.get("number")) for reply in said] == [True, False, True], "0.1 s pass between two"
    assert said[1]["text"].startswith("at most 128 kB a second are taken")
