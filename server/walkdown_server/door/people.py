"""Who is who: numbers, colours and secrets of the people in a session.

Pure. Someone whose connection broke is held for a while and is the same person on coming back with the
secret from the welcome. The journal knows people by an id that follows from the secret but does not give
it away, so that even after a restart of the server their notes are theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec

from walkdown.messages import Attend, Hello, Person, PersonKind, Role, Voice
from walkdown_server.access import IDENTITY_HELD_SECS
from walkdown_server.ruling import Author

SECRET_BYTES = 16
SECRET_SIZE_MIN = 22
"""Characters of 128 bits in base64."""

PERSON_MAX = 65535
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(slots=True, eq=False)
class Identity:
    """Who someone is, also for a while after the connection broke.

    Attributes:
        author: as the journal knows them. person: their number on the wire. colour: index of a palette.
        left_secs: when they left, None while they are connected.
        key: their public key, when they have proved it on this connection. muted: whether nobody hears them.
        presenting: whether everybody hears them. voice: what they said last of how they speak and listen.
        attend: how they take part in a review. hand_seen: their hand is down though they say that it is up.
    """

    secret: str = field(repr=False)
    author: Author
    person: int
    colour: int
    kind: PersonKind
    selected: str = ""
    left_secs: float | None = None
    key: str = ""
    muted: bool = False
    presenting: bool = False
    voice: Voice = field(default_factory=Voice)
    attend: Attend = field(default_factory=Attend)
    hand_seen: bool = False

    @property
    def role(self) -> Role:
        """What they may do."""
        return self.author.role

    def take_part(self, attend: Attend) -> None:
        """Note how they take part; a hand that has been seen goes up again only after it was down."""
        self.hand_seen &= attend.hand
        self.attend = msgspec.structs.replace(attend, hand=attend.hand and not self.hand_seen)

    def see_hand(self) -> None:
        """Let their hand go down: they have got what they raised it for."""
        self.hand_seen |= self.attend.hand
        self.attend = msgspec.structs.replace(self.attend, hand=False)

    def give_role(self, role: Role) -> None:
        """Let them do more or less from now on; a raised hand has been seen."""
        self.see_hand()
        self.author = replace(self.author, role=role)

    def message(self) -> Person:
        """Return what the others are told."""
        return Person(
            id=self.person,
            name=self.author.name,
            kind=self.kind,
            colour=self.colour,
            selected=self.selected,
            connected=self.left_secs is None,
            role=self.role,
            key=self.key,
            muted=self.muted,
            presenting=self.presenting,
            microphone=self.voice.microphone,
            ears=self.voice.ears,
            deaf=self.voice.deaf,
            reach=self.voice.reach,
            group=self.voice.group,
            recordable=self.voice.recordable,
            looking=self.attend.looking,
            following=self.attend.following,
            hand=self.attend.hand,
            private=self.attend.private,
            author=self.author.id,
        )


class Held(msgspec.Struct, frozen=True):
    """Someone who may come back, as another process of the server is told when their session moves there."""

    secret: str
    name: str
    role: Role
    person: int
    colour: int
    kind: PersonKind

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Held({self.name!r}, {self.person})"


@dataclass(frozen=True, slots=True)
class Admission:
    """On what terms someone comes in.

    Attributes:
        role: what they may do. key: public key that they have proved, "" for none.
        invite: id of the invitation that they use now, "" for none.
        known: whether the secret to resume with may be used.
    """

    role: Role
    key: str = ""
    invite: str = ""
    known: bool = True


class People:
    """Everyone who is here, and those who may still come back.

    Args:
        knows: tells whether the journal has records of an author id.
    """

    def __init__(self, *, knows: Callable[[str], bool]) -> None:
        self._knows = knows
        self._by_author: dict[str, Identity] = {}
        self._last_person = 0

    def find(self, secret: str) -> Identity | None:
        """Return who has this secret, if they are here or may come back."""
        found = self._by_author.get(author_id(secret))
        return found if found and hmac.compare_digest(found.secret.encode(), secret.encode()) else None

    def everyone(self) -> tuple[Identity, ...]:
        """Return everyone who is here or may come back."""
        return tuple(self._by_author.values())

    def numbered(self, person: int) -> Identity | None:
        """Return who has this number, if they are here or may come back."""
        return next((one for one in self._by_author.values() if one.person == person), None)

    def of_author(self, author: str) -> Identity | None:
        """Return who is this author, if they are here or may come back."""
        return self._by_author.get(author)

    def forget(self, identity: Identity) -> None:
        """Let someone not come back as the same person."""
        self._by_author.pop(identity.author.id, None)

    def identify(self, hello: Hello, admission: Admission) -> tuple[Identity, bool]:
        """Return who says hello, and whether they were here before.

        A secret that nobody knows is kept if it is as long as ours: its owner was here before a crash, and
        nothing of theirs had reached the disk.
        """
        name = plain_name(hello.name)
        resume = hello.resume if admission.known else ""
        identity = self.find(resume)
        resumed = identity is not None or (bool(resume) and self._knows(author_id(resume)))
        if identity is None:
            kept = resume if len(resume) >= SECRET_SIZE_MIN else ""
            identity = self._made(kept or secrets.token_hex(SECRET_BYTES), hello.kind)
        identity.author = Author(identity.author.id, name, admission.role)
        identity.key = admission.key
        return identity, resumed

    def _made(self, secret: str, kind: PersonKind) -> Identity:
        author = Author(author_id(secret), "")
        made = Identity(secret, author, self._new_person(), self._free_colour(), kind)
        self._by_author[author.id] = made
        return made

    def held(self) -> tuple[Held, ...]:
        """Return everyone who is here or may come back."""
        return tuple(
            Held(one.secret, one.author.name, one.role, one.person, one.colour, one.kind)
            for one in self._by_author.values()
        )

    def expect(self, held: Iterable[Held], now_secs: float) -> list[Identity]:
        """Let people come back as who they were where their session was before; returns them as away."""
        expected = [
            Identity(
                one.secret,
                Author(author_id(one.secret), one.name, one.role),
                one.person,
                one.colour,
                one.kind,
                left_secs=now_secs,
            )
            for one in held
        ]
        self._by_author |= {identity.author.id: identity for identity in expected}
        self._last_person = max((identity.person for identity in expected), default=self._last_person)
        return expected

    def take_absent(self, now_secs: float) -> Iterator[Identity]:
        """Forget and return those who have been away for too long."""
        for identity in tuple(self._by_author.values()):
            if identity.left_secs is not None and now_secs - identity.left_secs > IDENTITY_HELD_SECS:
                self.forget(identity)
                yield identity

    def _new_person(self) -> int:
        taken = {identity.person for identity in self._by_author.values()}
        while True:
            self._last_person = self._last_person % PERSON_MAX + 1
            if self._last_person not in taken:
                return self._last_person

    def _free_colour(self) -> int:
        taken = {identity.colour for identity in self._by_author.values()}
        return next(n for n in range(len(taken) + 1) if n not in taken)


def plain_name(name: str) -> str:
    """Return a name in one line, without what steers a terminal or turns the direction of writing."""
    spaced = "".join(" " if letter.isspace() else letter for letter in name)
    kept = (letter for letter in spaced if unicodedata.category(letter) != "Cc" and letter not in _TURNING)
    return " ".join("".join(kept).split())


def author_id(secret: str) -> str:
    """Return the id that the journal keeps for someone with this secret."""
    return hashlib.sha256(b"walkdown author " + secret.encode()).hexdigest()[:32]
