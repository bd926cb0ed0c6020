"""One line of the palette."""

from __future__ import annotations

from dataclasses import dataclass

from walkdown_client.tools import intents as wish


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        kind: what it is, in a word. right: its key, or what tells it from others.
        also: more words by which it is found.
    """

    text: str
    kind: str
    right: str
    intent: wish.Intent
    also: str = ""
    state: int | None = None
