"""Keeps in the journal who was there while a meeting is on, also over a restart of the server.

Pure. Whoever lost the connection is there until they are given up; they have gone when it broke then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from walkdown.messages import Reply
from walkdown_server.door.people import Identity
from walkdown_server.ruling import Author, Decree, OwnWish
from walkdown_server.session import Session

SERVER_AUTHOR = Author("", "server", "admin")

Bring = Callable[[Author, OwnWish, Callable[[Reply], None]], None]


class Attending:
    """The attendance list of one room.

    Args:
        session: has the list. bring: has a wish of the server's own kept. now_ns: session time.
    """

    def __init__(self, session: Session, *, bring: Bring, now_ns: Callable[[], int]) -> None:
        self._session, self._bring, self._now_ns = session, bring, now_ns
        self._here: dict[str, Identity] = {}
        self._left_ns: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def restore(self, seen_ns: int = 0) -> None:
        """Learn from the journal who was there when the server stopped.

        Args:
            seen_ns: session time at which the server ran for certain; it also did when it wrote last.
        """
        listed = self._session.review.attendance.values()
        inside = [one.author_id for one in listed if one.spans and not one.spans[-1][1]]
        self._before = dict.fromkeys(inside, max(seen_ns, self._session.time_ns))

    def expect(self, identity: Identity) -> None:
        """Have somebody still there who comes with the session from another process."""
        self._here[identity.author.id] = identity
        self._before.pop(identity.author.id, None)

    def came(self, identity: Identity) -> None:
        """Note that somebody is there."""
        self.settle()
        self._here[identity.author.id] = identity
        self._left_ns.pop(identity.author.id, None)
        self.settle()

    def broke_off(self, identity: Identity) -> None:
        """Note since when somebody has lost the connection."""
        self._left_ns[identity.author.id] = self._now_ns()

    def went(self, identity: Identity) -> None:
        """Note that somebody is not there any more."""
        author = identity.author.id
        left_ns = self._left_ns.pop(author, 0) or self._now_ns()
        if self._here.pop(author, None) is not None:
            self._before[author] = left_ns
        self.settle()

    def settle(self) -> None:
        """Have kept what is not in the list yet; called when something has changed, or can be kept again."""
        if not self._session.review_ahead.meeting.on:
            self._before.clear()
            return
        for author, left_ns in list(self._before.items()):
            if self._inside(author):
                self._keep(author, {"here": False, "time_ns": left_ns})
            else:
                del self._before[author]
        for author, identity in self._here.items():
            there = self._session.review_ahead.attendance.get(author)
            known = there is not None and (there.role, there.name) == (identity.role, identity.author.name)
            if author not in self._before and not (known and self._inside(author)):
                self._keep(author, {"here": True})

    def _inside(self, author: str) -> bool:
        there = self._session.review_ahead.attendance.get(author)
        return there is not None and bool(there.spans) and not there.spans[-1][1]

    def _keep(self, author: str, body: dict[str, Any]) -> None:
        """Have it kept; what could not be kept is found missing the next time."""
        identity = self._here.get(author)
        if identity is not None:
            body |= {"name": identity.author.name, "role": identity.role, "kind": identity.kind}
        else:
            there = self._session.review_ahead.attendance[author]
            body |= {"name": there.name, "role": there.role, "kind": there.kind}
        decree = Decree("attended", {"author_id": author, **body})
        self._bring(SERVER_AUTHOR, decree, lambda _reply: None)
