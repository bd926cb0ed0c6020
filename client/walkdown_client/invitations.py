"""The invitations that one has made during this visit: their links, their short codes, and which still count.

A link is told once, to its author alone; the journal only says that there is an invitation. What was made
before this visit is therefore not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from walkdown.messages import Invitation, Record, Role
from walkdown.pairing import VALID_SECS
from walkdown.roles import RANK

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
        self._came_by: dict[str, set[str]] = {}
        self._keys: dict[str, str] = {}
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
        other = str(record.body.get("author_id", ""))
        if record.kind == "joined":
            self._came_by.setdefault(other, set()).add(invite)
            self._keys[other] = str(record.body.get("key", ""))
        elif record.kind == "kicked":  # the links that they know let nobody in any more
            for known in self._known_to(other, str(record.body.get("key", ""))):
                self.mine.pop(known, None)
        elif record.kind == "role" and other == author:
            self._end_above(record.body.get("role"))
        elif record.kind == "revoked":
            self.mine.pop(invite, None)
        elif record.kind == "invited" and invite in self.mine and record.author_id == author:
            self.mine[invite] = replace(self.mine[invite], uses=int(record.body.get("uses", 0)))
        else:
            return
        self.revision += 1

    def _known_to(self, author: str, key: str) -> set[str]:
        """Return by which invitations somebody came, also as somebody else with the same key."""
        key = key or self._keys.get(author, "")
        same = {author} | {other for other, theirs in self._keys.items() if key and theirs == key}
        return set().union(*(self._came_by.get(one, ()) for one in same))

    def _end_above(self, role: object) -> None:
        """Forget invitations to a role above the one that one has now; they let nobody in any more."""
        rank = next((RANK[one] for one in RANK if one == role), 0)
        self.mine = {name: one for name, one in self.mine.items() if RANK[one.role] <= rank}
