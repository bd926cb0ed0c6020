"""Short codes that are open: each stands for an invitation, for ten minutes and twenty tries.

Pure but for random numbers. How a code is tried is in ``walkdown.pairing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.pairing import EXCHANGES_MAX, OFFERS_MAX, VALID_SECS, Pass, new_code


@dataclass(slots=True)
class OpenCode:
    """One code, with how often it may still be tried, and until when (seconds)."""

    code: str = field(repr=False)
    granted: Pass = field(repr=False)
    until_secs: float
    left: int = EXCHANGES_MAX


class Codes:
    """The codes that are open now.

    Args:
        secs: monotonic clock. on_open: called with the encrypted port when there is a code again.
    """

    def __init__(self, *, secs: Callable[[], float], on_open: Callable[[int], None]) -> None:
        self._secs, self._on_open = secs, on_open
        self._open: list[OpenCode] = []

    def open(self, granted: Pass, *, port: int) -> str:
        """Return a new code for what it lets one have.

        Raises:
            Missing: too many are open.
        """
        self._close_old()
        if len(self._open) >= OFFERS_MAX:
            raise Missing(_("{count} codes are open already: use a link.").format(count=OFFERS_MAX))
        made = OpenCode(new_code(), granted, self._secs() + VALID_SECS)
        self._open.append(made)
        self._on_open(port)
        return made.code

    @property
    def session(self) -> str:
        """The session of the newest code, "" for none."""
        return self._open[-1].granted.session if self._open else ""

    @property
    def any(self) -> bool:
        """Whether a code is open."""
        self._close_old()
        return bool(self._open)

    def take(self) -> list[OpenCode]:
        """Return the codes that a guest may try now; that uses up one try of each."""
        self._close_old()
        for there in self._open:
            there.left -= 1
        return list(self._open)

    def _close_old(self) -> None:
        now = self._secs()
        self._open = [there for there in self._open if there.left > 0 and now < there.until_secs]
