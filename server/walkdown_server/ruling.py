"""What rules are made of: who wishes, the draft that a wish becomes, and the sentence that refuses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from walkdown.messages import Placement, Role
from walkdown.review import Key
from walkdown_server.standing import State

Rule = Callable[[State, Any, "Author"], "Draft"]
"""Decides a wish by what stands and what waits; raises :class:`No`, and changes nothing."""

Rules = Mapping[type[Any], Rule]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wishes: the id that the journal keeps, the name at the time, and what they may do."""

    id: str
    name: str
    role: Role = "participant"

    @property
    def leads(self) -> bool:
        """Whether they may remove what others made."""
        return self.role in ("chair", "admin")


class OwnWish(Protocol):
    """A wish of the server's own.

    Attributes:
        op: of the operation that asked for it, 0 when the server does it by itself.
    """

    @property
    def op(self) -> int:
        """See the class."""


@dataclass(frozen=True, slots=True)
class BringModel:
    """The wish that ends an import: a package that is on disk becomes a model, or its next revision.

    Attributes:
        placement: None means where the older revision stands, or in place. op: none, the server makes it.
    """

    model: str
    name: str
    package: str
    placement: Placement | None = None
    op: int = 0


@dataclass(frozen=True, slots=True)
class Decree:
    """What the server has decided elsewhere: a record of a kind that needs no rule, as it stands."""

    kind: str
    body: dict[str, Any]
    op: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a number and a time.

    Attributes:
        finish: puts the time of the record, nanoseconds, into its body, where it stands there.
    """

    author: Author
    op: int
    kind: str
    body: dict[str, Any]
    undoes: int = 0
    finish: Callable[[dict[str, Any], int], None] | None = None


class No(Exception):
    """Leaves a rule with the reason of the refusal."""

    def __init__(self, code: str, text: str, *, current: dict[str, Any] | None = None, by: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.current, self.by = code, text, current, by


def check_base(state: State, key: Key, base: int, *, author: Author) -> None:
    """Refuse a change of what somebody else has changed since the author saw it, and say what is there.

    Only the changes of others count: what one does quickly, one thing after the other, is no conflict.
    With the key of one field of a topic only changes of that field count.
    """
    whole = state.value(key[:2])
    touch = state.touch(key)
    known = (whole is not None or touch is not None) and base <= state.number
    number, by = touch.by_others(author.id) if touch and known else (0, "")
    if not base or (known and number <= base):
        return
    what = "changed" if whole is not None else "removed"
    named = f"the {key[2]} of this {key[0]}" if len(key) > 2 and whole is not None else f"this {key[0]}"
    text = f"{named} was {what} meanwhile" + (f" by {by}" if by else "")
    current = (
        msgspec.to_builtins(whole, builtin_types=(bytes,)) if isinstance(whole, msgspec.Struct) else None
    )
    raise No("conflict", text, current=current, by=by)


def body_of(value: msgspec.Struct) -> dict[str, Any]:
    """Return the body of a record that makes this value so; its number is the record's."""
    body: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(bytes,))
    body.pop("number", None)
    return body
