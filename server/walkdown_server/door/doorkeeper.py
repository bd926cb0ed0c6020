"""Makes invitations, has them kept, and hands their links to whoever asked, and to nobody else.

The secret of an invitation is in its links alone. It is held here until it has been handed out, and for a
while after that, because the connection of who asked may break in between.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from walkdown.door import invite_id, new_secret
from walkdown.errors import WalkdownError
from walkdown.i18n import _
from walkdown.messages import Invitation, Invite, Operation, Record, Reply, Role
from walkdown_server.commits import Commits
from walkdown_server.door.people import Identity, People
from walkdown_server.door.rules import Door
from walkdown_server.ruling import Author, Decree
from walkdown_server.session import Session

SERVER_AUTHOR = Author("", "server", "admin")
HELD_MAX = 256
"""Of more invitations than that the oldest cannot be handed out again."""


class Gate(Protocol):
    """How people from elsewhere reach this server."""

    def links(self, session: str, secret: str) -> tuple[str, ...]:
        """Let people from elsewhere connect, if they cannot yet, and return links, the likeliest first.

        Raises:
            WalkdownError: says why they cannot.
        """

    def code(self, session: str, secret: str) -> str:
        """Return a short code that stands for a link on the same local network.

        Raises:
            WalkdownError: says why there can be none.
        """


class Doorkeeper:
    """Carries out what the door of one session decides.

    Args:
        name: of the session. commits: has records kept. present: who is connected.

    Attributes:
        door: the rules. gate: how people get here; None when nobody from elsewhere can.
    """

    gate: Gate | None = None

    def __init__(
        self,
        name: str,
        session: Session,
        people: People,
        *,
        commits: Commits,
        now_ns: Callable[[], int],
        present: Callable[[], Iterable[Identity]],
    ) -> None:
        self._name, self._commits = name, commits
        self.door = Door(session, people, now_ns=now_ns, writable=lambda: commits.writable, present=present)
        self._held: OrderedDict[tuple[str, int], Invitation] = OrderedDict()
        self._owed: dict[str, tuple[Identity, Decree]] = {}
        self._own_ops = 0

    def decide(self, identity: Identity, operation: Operation) -> Decree | Reply:
        """Return the record that a wish of the door becomes, or the reply that refuses it."""
        decided = self.door.decide(identity, operation)
        if isinstance(operation, Invite) and isinstance(decided, Decree):
            asked = (identity.author.id, operation.op)
            return self._prepared(asked, decided.body, operation.op, code=operation.code)
        return decided

    def handed_out(self, author_id: str, op: int) -> Invitation | None:
        """Return the invitation that an operation has made, None when it is not held any more."""
        return self._held.get((author_id, op))

    def invite(
        self,
        *,
        role: Role,
        hours: float,
        uses: int,
        code: bool,
        done: Callable[[Invitation | Reply], None],
    ) -> None:
        """Make an invitation for whoever runs the server; ``done`` hears it when it is kept, or why not."""
        self._own_ops -= 1
        asked = ("", self._own_ops)
        body = self.door.invited(role, hours=hours, uses=uses, invite="")
        decided = self._prepared(asked, body, 0, code=code)
        if isinstance(decided, Reply):
            done(decided)
            return

        def kept(reply: Reply) -> None:
            invitation = self._held.pop(asked)
            done(invitation if reply.number else reply)

        self._commits.bring(SERVER_AUTHOR, decided, kept)

    def note_joined(self, identity: Identity, decree: Decree | None) -> None:
        """Have it kept that somebody has come in; when it cannot be, they stay, and it is tried again."""
        if decree is None:
            return

        def kept(reply: Reply) -> None:
            if not reply.number:
                self._owed[identity.author.id] = identity, decree

        self._commits.bring(identity.author, decree, kept)

    def keep_owed(self) -> None:
        """Have kept who came in while nothing could be; called when something can be again."""
        owed, self._owed = self._owed, {}
        for identity, decree in owed.values():
            self.note_joined(identity, decree)

    def _prepared(
        self, asked: tuple[str, int], body: dict[str, Any], op: int, *, code: bool
    ) -> Decree | Reply:
        """Make the links of an invitation, and return the record that keeps it."""
        secret = new_secret()
        invite = body["invite"] = invite_id(secret)
        try:
            if self.gate is None:
                raise WalkdownError(_("Nobody from elsewhere can reach this server."))
            links = self.gate.links(self._name, secret)
            short = self.gate.code(self._name, secret) if code else ""
        except WalkdownError as error:
            return Reply(op, 0, "closed", str(error))
        self._held[asked] = Invitation(op, invite, links, body["role"], body["expires_ns"], short)
        while len(self._held) > HELD_MAX:
            self._held.popitem(last=False)
        return Decree("invited", body, op)


def author_of(record: Record) -> str:
    """Return the id of the author whom a record of the door is about."""
    return str(record.body.get("author_id", ""))
