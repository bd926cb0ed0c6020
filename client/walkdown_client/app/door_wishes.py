"""Carries out what a person wishes at the door: links, people, another session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from walkdown import messages
from walkdown.errors import WalkdownError
from walkdown.i18n import _
from walkdown_client.address import Address, parse_address
from walkdown_client.deep_links import is_deep
from walkdown_client.pair import address_for_code
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import clipboard
from walkdown_client.world import World

Find = Callable[[str], Address]


class Doing(Protocol):
    """What these wishes need of the rest: sending and saying."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        """Show a message that goes away by itself."""


def where_to(text: str) -> Address:
    """Return where a link, an address or a short code leads; a code is looked for in the network.

    Raises:
        WalkdownError: it leads nowhere; says why.
    """
    looks_like_address = any(letter in text for letter in ":/#.")
    return parse_address(text) if looks_like_address else address_for_code(text)


class DoorWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        leave_for: told where to go next; the program then leaves.
        find: see :func:`where_to`.

    Attributes:
        follow: takes links that say more than which session, None for nobody.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        leave_for: Callable[[Address], None],
        find: Find = where_to,
    ) -> None:
        self._world, self._view = world, view
        self._leave_for, self._find = leave_for, find
        self.follow: Callable[[str], None] | None = None
        self._search: threading.Thread | None = None
        self._found: Address | WalkdownError | None = None

    def rules(self, doing: Doing) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        self._doing = doing
        return {
            wish.Invite: self._invite,
            wish.Revoke: lambda i: doing.send(messages.Revoke(1, i.invite)),
            wish.Kick: lambda i: doing.send(messages.Kick(1, i.person, i.reason)),
            wish.Mute: lambda i: doing.send(messages.Mute(1, i.person, i.muted)),
            wish.SetRole: lambda i: doing.send(messages.SetRole(1, i.person, i.role)),
            wish.TrustKey: lambda i: self._world.trust(i.person),
            wish.CopySecret: self._copy,
            wish.JoinElsewhere: self._join_elsewhere,
        }

    def look(self) -> None:
        """Take what the search for another session has found; once a frame."""
        if self._search is None or self._search.is_alive():
            return
        self._search, self._view.share.joining = None, False
        if isinstance(self._found, Address):
            self._leave_for(self._found)
        elif self._found is not None:
            self._view.share.error = str(self._found)

    def _invite(self, intent: wish.Invite) -> None:
        self._view.share.opened = True
        if self._view.panel != "share":
            self._view.panel = "share"
        self._doing.send(messages.Invite(1, intent.role, intent.hours, intent.uses, intent.code))

    def _copy(self, intent: wish.CopySecret) -> None:
        clipboard.copy(intent.text)
        self._doing.say(_("Copied"), _("Send it to those you mean, and to nobody else."))

    def _join_elsewhere(self, intent: wish.JoinElsewhere) -> None:
        form = self._view.share
        text = intent.text or form.elsewhere.strip()
        if self.follow is not None and is_deep(text):
            form.error, form.elsewhere = "", ""
            self.follow(text)
            return
        if self._search is None and text:
            form.error, form.joining, form.elsewhere = "", True, ""
            self._view.panel = "share"
            self._search = threading.Thread(target=self._look_for, args=(text,), daemon=True)
            self._search.start()

    def _look_for(self, text: str) -> None:
        try:
            self._found = self._find(text)
        except WalkdownError as error:
            self._found = error
