"""What the journal says of who may come in and who is heard: invitations, roles, who was shown the door.

Pure. A record of one of :data:`DOOR_KINDS` changes it; such a record cannot be taken back by ``undo``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args

from walkdown.messages import Record, Role
from walkdown.roles import RANK, may

REMEMBERED_NS = 30 * 24 * 3600 * 10**9
"""For so long someone with an expired invitation is told that it is expired, and not that it is none."""


@dataclass(frozen=True, slots=True)
class Invited:
    """One invitation; what lets people in, its secret, is not kept.

    Attributes:
        expires_ns: session time. uses: by how many people, 0 for any number. used: by how many so far.
        number: of the record that made it. revoked: whether it is worthless now.
        closed: whether it lets nobody new in: it was revoked, or somebody who knows it was shown the door.
        by: author id of whoever made it, "" for who runs the server.
    """

    role: Role
    expires_ns: int
    uses: int
    number: int
    used: int = 0
    revoked: bool = False
    closed: bool = False
    by: str = ""

    def holds(self, now_ns: int) -> bool:
        """Tell whether who has come in by it may come back."""
        return not self.revoked and now_ns < self.expires_ns


@dataclass(slots=True)
class Register:
    """Who may come in, by what the journal keeps.

    Attributes:
        invitations: by id. roles: of authors who joined by an invitation or were given one, by author id.
        invites: the invitation by which an author joined last, and came_by: all of theirs.
        keys: the key that an author has proved.
        barred: authors who were shown the door, and barred_keys: theirs, with the number of that record.
        muted: authors whom nobody hears. muted_all: whether nobody is heard but who leads or presents.
        presenting: authors whom everybody hears.
        recording_ns: since when what is said is recorded, 0 while it is not; recorded_by: who wished for it.
    """

    invitations: dict[str, Invited] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    invites: dict[str, str] = field(default_factory=dict)
    came_by: dict[str, frozenset[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    barred: dict[str, int] = field(default_factory=dict)
    barred_keys: dict[str, int] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    muted_all: bool = False
    presenting: set[str] = field(default_factory=set)
    recording_ns: int = 0
    recorded_by: str = ""

    def copy(self) -> Register:
        """Return one that changes on its own."""
        return Register(
            dict(self.invitations),
            dict(self.roles),
            dict(self.invites),
            dict(self.came_by),
            dict(self.keys),
            dict(self.barred),
            dict(self.barred_keys),
            set(self.muted),
            self.muted_all,
            set(self.presenting),
            self.recording_ns,
            self.recorded_by,
        )

    def apply(self, record: Record) -> None:
        """Make a record of the door so.

        Raises:
            KeyError, ValueError: its body is of another.
        """
        self._appliers[record.kind](self, record, record.body)

    def _invited(self, record: Record, body: Mapping[str, Any]) -> None:
        self._forget_before(record.time_ns - REMEMBERED_NS)
        self.invitations[str(body["invite"])] = Invited(
            _role(body["role"]),
            int(body["expires_ns"]),
            int(body["uses"]),
            record.number,
            by=record.author_id,
        )

    def _revoked(self, _record: Record, body: Mapping[str, Any]) -> None:
        self._end(str(body["invite"]), for_those_inside=True)

    def _joined(self, _record: Record, body: Mapping[str, Any]) -> None:
        author, invite = str(body["author_id"]), str(body["invite"])
        self.roles[author], self.keys[author] = _role(body["role"]), str(body["key"])
        there = self.invitations.get(invite)
        if there is not None:
            self.invitations[invite] = replace(there, used=there.used + 1)
            self.invites[author] = invite
            self.came_by[author] = self.came_by.get(author, frozenset()) | {invite}

    def _role_given(self, _record: Record, body: Mapping[str, Any]) -> None:
        """Give someone a role, and let nobody rise above it by what they made while they had another."""
        author, role = str(body["author_id"]), _role(body["role"])
        self.roles[author] = role
        if not may(role, "voice"):
            self.presenting.discard(author)
        for invite in self._made_by(author):
            if RANK[self.invitations[invite].role] > RANK[role]:
                self._end(invite, for_those_inside=False)

    def _kicked(self, record: Record, body: Mapping[str, Any]) -> None:
        """Bar someone, and the invitations that they know: nobody can tell who comes by one the next time."""
        author = str(body["author_id"])
        self.barred[author] = record.number
        self.presenting.discard(author)
        same = {author}
        if key := str(body.get("key", "")) or self.keys.get(author, ""):
            self.barred_keys[key] = record.number
            same |= {other for other, theirs in self.keys.items() if theirs == key}
        for one in same:
            for invite in (*self.came_by.get(one, ()), *self._made_by(one)):
                self._end(invite, for_those_inside=False)

    def _muted(self, _record: Record, body: Mapping[str, Any]) -> None:
        (self.muted.add if body["muted"] else self.muted.discard)(str(body["author_id"]))

    def _muted_all(self, _record: Record, body: Mapping[str, Any]) -> None:
        self.muted_all = bool(body["muted"])

    def _presenting(self, _record: Record, body: Mapping[str, Any]) -> None:
        (self.presenting.add if body["presenting"] else self.presenting.discard)(str(body["author_id"]))

    def _recording(self, record: Record, body: Mapping[str, Any]) -> None:
        on = bool(body["on"])
        self.recording_ns, self.recorded_by = (record.time_ns, record.author) if on else (0, "")

    def stands_open(self, now_ns: int) -> bool:
        """Tell whether somebody may still come by an invitation, or come back by one."""
        return any(not one.revoked and one.expires_ns > now_ns for one in self.invitations.values())

    def _made_by(self, author: str) -> list[str]:
        """Return the invitations that somebody made who is not who runs the server."""
        return [name for name, there in self.invitations.items() if author and there.by == author]

    def _forget_before(self, time_ns: int) -> None:
        """Forget invitations that had expired by then, so that they do not add up for ever."""
        for invite in [name for name, there in self.invitations.items() if there.expires_ns < time_ns]:
            del self.invitations[invite]

    def _end(self, invite: str, *, for_those_inside: bool) -> None:
        """Let an invitation let nobody new in, and if wanted nobody back in."""
        there = self.invitations.get(invite)
        if there is not None:
            revoked = there.revoked or for_those_inside
            self.invitations[invite] = replace(there, closed=True, revoked=revoked)

    _appliers: ClassVar[Mapping[str, Callable[[Register, Record, Mapping[str, Any]], None]]] = {
        "invited": _invited,
        "revoked": _revoked,
        "joined": _joined,
        "role": _role_given,
        "kicked": _kicked,
        "muted": _muted,
        "muted_all": _muted_all,
        "presenting": _presenting,
        "recording": _recording,
    }


HEARING_KINDS = frozenset(("muted_all", "presenting", "recording"))
"""Kinds of records about who is heard, and whether that is recorded."""

DOOR_KINDS = frozenset(("invited", "revoked", "joined", "role", "kicked", "muted")) | HEARING_KINDS


def _role(word: object) -> Role:
    for role in get_args(Role):
        if role == word:
            return role  # type: ignore[no-any-return]
    raise ValueError(f"{str(word)[:40]!r} is no role")
