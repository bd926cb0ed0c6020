"""Random reviews: whatever people do, undo and repeat, nothing breaks and a restart gives the same."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.server.reviewing import ANA, BEN, CARL, ReviewDesk
from walkdown.messages import (
    AgendaItem,
    CloseMeeting,
    Comment,
    Mark,
    OpenMeeting,
    Operation,
    PutAgendaItem,
    PutComment,
    PutMark,
    PutViewpoint,
    Redo,
    RemoveAgendaItem,
    RemoveComment,
    RemoveMark,
    RemoveTopic,
    RemoveViewpoint,
    Reply,
    StepAgenda,
    Undo,
    Viewpoint,
)
from walkdown_server.review.rules import ChangeImported, GiveDuty
from walkdown_server.ruling import Decree

AUTHORS = st.sampled_from((ANA, BEN, CARL))
NAMES, WORDS = st.sampled_from("xy"), st.sampled_from(("", "a", "b"))
BASES = st.sampled_from((0, 0, 1, 5, 30))
Case = tuple[type[Operation], dict[str, Any]]


def cases(name: str, topic: str, word: str) -> list[Case]:
    """What somebody may wish, with these words."""
    arrow = Mark(name, "arrow", (0.0, 0.0, 0.0), bytes(24), text=word, topic=topic)
    return [
        (PutComment, {"comment": Comment(name, topic, word)}),
        (RemoveComment, {"comment": name}),
        (PutViewpoint, {"viewpoint": Viewpoint(name, topic=topic if word else "", title=word)}),
        (RemoveViewpoint, {"viewpoint": name}),
        (PutMark, {"mark": arrow}),
        (RemoveMark, {"mark": name}),
        (RemoveTopic, {"topic": topic}),
        (PutAgendaItem, {"item": AgendaItem(name, word or "x")}),
        (RemoveAgendaItem, {"item": name}),
    ]


class ReviewMachine(RuleBasedStateMachine):
    """Three people who know each other's ids."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = ReviewDesk()

    @rule(author=AUTHORS, name=NAMES)
    def make(self, author: Any, name: str) -> None:
        self.desk.make(author, name)

    @rule(author=AUTHORS, name=NAMES, word=WORDS, point=st.booleans(), base=BASES)
    def edit(self, author: Any, name: str, word: str, point: bool, base: int) -> None:
        place = (1.0, 2.0, 3.0) if point else None
        self.desk.edit(author, name, base=base, status=word, point=place, assigned=word)

    @rule(author=AUTHORS, case=st.integers(0, 8), name=NAMES, topic=NAMES, word=WORDS, base=BASES)
    def wish(self, author: Any, case: int, name: str, topic: str, word: str, base: int) -> None:
        kind, fields = cases(name, topic, word)[case]
        self.desk.wish(author, kind, base=base, **fields)

    @rule(author=AUTHORS, kind=st.sampled_from((Undo, Undo, Redo, OpenMeeting, CloseMeeting)))
    def go_back(self, author: Any, kind: type[Operation]) -> None:
        self.desk.wish(author, kind)

    @rule(author=AUTHORS, item=st.sampled_from(("", "x", "y")), duty=AUTHORS)
    def run(self, author: Any, item: str, duty: Any) -> None:
        self.desk.wish(author, StepAgenda, item=item)
        self.desk.bring(CARL, GiveDuty(0, "driver", duty.id))

    @rule(name=NAMES, comment=NAMES, word=WORDS)
    def merge(self, name: str, comment: str, word: str) -> None:
        said = [Comment(f"file-{comment}", name, word)]
        self.desk.bring(CARL, ChangeImported(name, {"status": word}, said))
        self.desk.bring(CARL, Decree("evidence", {"topic": name, "evidence": {"state": "complete"}}))

    @rule(author=AUTHORS)
    def lose_what_waits(self, author: Any) -> None:
        draft = self.desk.decide(author, Undo)
        if not isinstance(draft, Reply):
            self.desk.session.expect(draft, time_ns=0)
            self.desk.session.forget_waiting()

    @invariant()
    def what_waits_for_nothing_is_what_stands(self) -> None:
        assert self.desk.session.review_ahead.snapshot() == self.desk.review.snapshot()
        topics = set(self.desk.review.topics) | {""}
        assert {comment.topic for comment in self.desk.review.comments.values()} <= topics
        assert {view.topic for view in self.desk.review.viewpoints.values()} <= topics
        item = self.desk.review.meeting.item
        assert not item or item in self.desk.review.agenda

    def teardown(self) -> None:
        assert self.desk.again().snapshot() == self.desk.session.snapshot()


TestReviewMachine = ReviewMachine.TestCase
TestReviewMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
