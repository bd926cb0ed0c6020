"""Whether somebody is who they were last time: names and the keys that were first met under them.

The first key that is seen under a name is believed, and remembered. Whoever comes under that name with
another key, or as a person without one, is not who was met before, or has a new computer; only the person in
front of the screen can decide which, and :meth:`Acquaintances.trust` the new key.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal

KeyState = Literal["verified", "new", "changed", "none"]


class Acquaintances:
    """Those who have been met.

    Args:
        known: keys (64 hexadecimal digits) by name from earlier visits.

    Attributes:
        met: keys by name, those of this visit included; what is to be remembered.
        revision: grows with every change of ``met``.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self.met = dict(self._known)
        self.revision = 0

    def meet(self, name: str, key: str, *, is_person: bool = True) -> KeyState:
        """Return how a key and a name fit, and remember a name that is new.

        Args:
            key: which its owner has proved, "" for none.
            is_person: False for a bot, of which nobody expects a key.
        """
        name = plain_name(name)
        expected = self.met.get(name, "")
        if not key:
            return "changed" if expected and is_person else "none"
        if not expected:
            self._remember(name, key)
            return "new"
        if key != expected:
            return "changed"
        return "verified" if self._known.get(name) == key else "new"

    def trust(self, name: str, key: str) -> None:
        """Believe from now on that this key belongs to this name."""
        name = plain_name(name)
        if key:
            self._remember(name, key)
            self._known[name] = key

    def _remember(self, name: str, key: str) -> None:
        self.met[name] = key
        self.revision += 1


def plain_name(name: str) -> str:
    """Return a name as it is compared: what looks the same is the same."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")  # has no width
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())
