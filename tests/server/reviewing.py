"""A session whose journal keeps everything at once, for the rules of a review; what people wish of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.server.test_session import Desk
from walkdown.messages import (
    AgendaItem,
    Camera,
    Comment,
    EditTopic,
    OpenMeeting,
    Operation,
    PutAgendaItem,
    PutComment,
    PutTopic,
    Record,
    Reply,
    Topic,
    TopicChanges,
    TopicFields,
    Viewpoint,
)
from walkdown.review import ReviewState
from walkdown_server.journal.kept import entry_of, record_of
from walkdown_server.review.rules import REVIEW_RULES
from walkdown_server.ruling import Author, Draft, OwnWish
from walkdown_server.session import Session

ANA, BEN, EVE = Author("a", "Ana"), Author("b", "Ben"), Author("e", "Eve")
CARL = Author("c", "Carl", "chair")
CAMERA = Camera((0.0, 0.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass
class ReviewDesk(Desk):
    """The same with the rules of a review; each record is a second later than the one before."""

    session: Session = field(default_factory=lambda: Session(rules=REVIEW_RULES))

    def keep(self, draft: Draft) -> Record:
        record = self.session.expect(draft, time_ns=(len(self.log) + 1) * 10**9)
        self.log.append(record)
        return record

    def decide(self, author: Author, kind: type[Operation], **fields: object) -> Draft | Reply:
        op = self.ops[author.id] = self.ops.get(author.id, 0) + 1
        return self.session.decide(kind(op=op, **fields), author)

    def wish(self, author: Author, kind: type[Operation], **fields: object) -> Reply:
        decided = self.decide(author, kind, **fields)
        return decided if isinstance(decided, Reply) else self.session.apply(self.keep(decided)).reply

    def bring(self, author: Author, wish: OwnWish) -> Reply:
        decided = self.session.decide(wish, author)
        return decided if isinstance(decided, Reply) else self.session.apply(self.keep(decided)).reply

    @property
    def review(self) -> ReviewState:
        return self.session.review

    def topic(self, name: str = "t") -> Topic:
        return self.review.topics[name]

    def make(self, author: Author, name: str = "t", **fields: Any) -> Reply:
        view = Viewpoint(f"{name}-view", CAMERA)
        made = TopicFields(**{"title": f"Topic {name}", **fields})
        return self.wish(author, PutTopic, topic=name, fields=made, viewpoint=view)

    def edit(self, author: Author, name: str = "t", *, base: int = 0, **changes: Any) -> Reply:
        return self.wish(author, EditTopic, topic=name, changes=TopicChanges(**changes), base=base)

    def comment(self, author: Author, name: str = "k", text: str = "x", **fields: Any) -> Reply:
        made = Comment(name, fields.pop("topic", "t"), text, **fields)
        return self.wish(author, PutComment, comment=made)

    def open(self, *items: str) -> None:
        """Open a meeting with an agenda."""
        self.wish(CARL, OpenMeeting, title="60 %")
        for item in items:
            self.wish(CARL, PutAgendaItem, item=AgendaItem(item, f"Point {item}", minutes=5.0))

    def again(self) -> Session:
        """Return the session as it is after a restart."""
        session = Session(rules=REVIEW_RULES)
        session.restore(record_of(entry_of(record)) for record in self.log)
        return session
