"""The invitations that one has made during this visit: their links, their short codes, and which still count.

A link is told once, to its author alone; the journal only says that there is an invitation. What was made
before this visit is therefore not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from walkdown.messages import Invitation, Record, Role
from walkdown.pairing import VALID_SECS

SECS_NS = 1_000_000_000
CODE_NS = round(VALID_SECS * SECS_NS)


@dataclass(frozen=True, slots=True)
class MyInvitation:
    """One invitation that stands.

    Attributes:
        invite: its id. expires_ns: session time. uses: for how many people, 0 for any number.
        links: the likeliest first. code: the short code, "" for none; it counts until ``code_until_ns``.
    """

    invite: str
    role: Role
    expires_ns: int
    uses: int = 0
    links: tuple[str, ...] = ()
    code: str = ""
    code_until_ns: int = 0


class Invitations:
    """All that stand, by id, the newest last.

    Attributes:
        revision: grows with every change.
    """

    def __init__(self) -> None:
        self.mine: dict[str, MyInvitation] = {}
        self._came_by: dict[str, str] = {}
        self.revision = 0

    def hear(self, told: Invitation, now_ns: int) -> None:
        """Take the links of a new invitation; ``now_ns`` is session time."""
        known = self.mine.get(told.invite)
        self.mine[told.invite] = MyInvitation(
            told.invite,
            told.role,
            told.expires_ns,
            known.uses if known else 0,
            told.links,
            told.code,
            now_ns + CODE_NS if told.code else 0,
        )
        self.revision += 1

    def note(self, record: Record, author: str) -> None:
        """Take an entry of the journal; ``author`` is one's own id there."""
        invite = str(record.body.get("invite", ""))
        if record.kind == "joined":
            self._came_by[str(record.body.get("author_id", ""))] = invite
        elif record.kind == "kicked":  # the link that they know lets nobody in any more
            self.mine.pop(self._came_by.get(str(record.body.get("author_id", "")), ""), None)
        elif record.kind == "revoked":
            self.mine.pop(invite, None)
        elif record.kind == "invited" and invite in self.mine and record.author_id == author:
            self.mine[invite] = replace(self.mine[invite], uses=int(record.body.get("uses", 0)))
        else:
            return
        self.revision += 1
