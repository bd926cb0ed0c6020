"""Who is who: numbers, colours and secrets of the people in a session.

Pure. Someone whose connection broke is held for a while and is the same person on coming back with the
secret from the welcome. The journal knows people by an id that follows from the secret but does not give
it away, so that even after a restart of the server their notes are theirs.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from walkdown.messages import Hello, Person, PersonKind
from walkdown_server.access import IDENTITY_HELD_SECS
from walkdown_server.session import Author

SECRET_BYTES = 16
PERSON_MAX = 65535


@dataclass(slots=True, eq=False)
class Identity:
    """Who someone is, also for a while after the connection broke.

    Attributes:
        author: as the journal knows them. person: their number on the wire. colour: index of a palette.
        left_secs: when they left, None while they are connected.
    """

    secret: str
    author: Author
    person: int
    colour: int
    kind: PersonKind
    selected: str = ""
    left_secs: float | None = None

    def message(self) -> Person:
        """Return what the others are told."""
        return Person(
            id=self.person,
            name=self.author.name,
            kind=self.kind,
            colour=self.colour,
            selected=self.selected,
            connected=self.left_secs is None,
        )


class People:
    """Everyone who is here, and those who may still come back.

    Args:
        knows: tells whether the journal has records of an author id.
    """

    def __init__(self, *, knows: Callable[[str], bool]) -> None:
        self._knows = knows
        self._by_secret: dict[str, Identity] = {}
        self._last_person = 0

    def holds(self, secret: str) -> bool:
        """Tell whether someone with this secret is here or may come back."""
        return secret in self._by_secret

    def identify(self, hello: Hello) -> tuple[Identity, bool]:
        """Return who says hello, and whether they were here before."""
        author_name = " ".join(hello.name.split())
        known = self._by_secret.get(hello.resume)
        if known is not None:
            known.author = Author(known.author.id, author_name)
            return known, True
        resumed = bool(hello.resume) and self._knows(author_id(hello.resume))
        secret = hello.resume if resumed else secrets.token_hex(SECRET_BYTES)
        author = Author(author_id(secret), author_name)
        identity = Identity(secret, author, self._new_person(), self._free_colour(), hello.kind)
        self._by_secret[secret] = identity
        return identity, resumed

    def take_absent(self, now_secs: float) -> Iterator[Identity]:
        """Forget and return those who have been away for too long."""
        for identity in tuple(self._by_secret.values()):
            if identity.left_secs is not None and now_secs - identity.left_secs > IDENTITY_HELD_SECS:
                del self._by_secret[identity.secret]
                yield identity

    def _new_person(self) -> int:
        taken = {identity.person for identity in self._by_secret.values()}
        while True:
            self._last_person = self._last_person % PERSON_MAX + 1
            if self._last_person not in taken:
                return self._last_person

    def _free_colour(self) -> int:
        taken = {identity.colour for identity in self._by_secret.values()}
        return next(n for n in range(len(taken) + 1) if n not in taken)


def author_id(secret: str) -> str:
    """Return the id that the journal keeps for someone with this secret."""
    return hashlib.sha256(b"walkdown author " + secret.encode()).hexdigest()[:32]
