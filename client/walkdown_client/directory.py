"""The list of a server's sessions: fetched, printed as a table, and offered to who is in one of them."""

from __future__ import annotations

import contextlib
import http.client
import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from walkdown.errors import Missing, Refused, WalkdownError
from walkdown.i18n import _, mark
from walkdown.listing import LIST_PATH, SessionLine, SessionList
from walkdown_client.address import Address, parse_address
from walkdown_client.known_servers import KnownServers, default_folder
from walkdown_client.pinning import open_connection

log = logging.getLogger(__name__)

ANSWER_SECS = 10.0
ASK_AGAIN_SECS = 10.0
LIST_BYTES_MAX = 16 << 20
_STATES = {
    "open": mark("open"),
    "starting": mark("starting"),
    "moving": mark("moving"),
    "unavailable": mark("not available"),
}


def fetch_sessions(url: str) -> tuple[SessionLine, ...]:
    """Return the sessions of a server, the first first.

    Args:
        url: an address, or a link; its invitation is shown to the server, or the secret of the last visit.

    Raises:
        BadInput: this is no address. Missing: nobody answers. Refused: the server does not tell.
    """
    servers = KnownServers(default_folder())
    address = servers.complete(parse_address(url))
    with contextlib.closing(servers.visit(address)) as stay:
        secret = address.invite or stay.resume
    return sessions_of(address, secret)


def sessions_of(address: Address, secret: str) -> tuple[SessionLine, ...]:
    """Return the sessions of a server, the first first.

    Args:
        secret: an invitation, or the secret of one's welcome, which is shown to the server; "" for none.

    Raises:
        Missing: nobody answers. Refused: the server does not tell.
    """
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        with contextlib.closing(open_connection(address, timeout_secs=ANSWER_SECS)) as connection:
            connection.request("GET", LIST_PATH, headers=headers)
            with connection.getresponse() as response:
                status, said = response.status, response.read(LIST_BYTES_MAX)
    except (OSError, ssl.SSLError, http.client.HTTPException) as error:
        text = _(
            "nobody answers at {where}: start one with `walkdown serve`; to an encrypted one give a link"
        )
        raise Missing(text.format(where=address.name)) from error
    if status != http.client.OK:
        reason = said[:500].decode("utf-8", "replace").strip()
        unsaid = _("{where} answered HTTP {status}").format(where=address.name, status=status)
        raise Refused("list", reason or unsaid)
    try:
        return msgspec.json.decode(said, type=SessionList).sessions
    except msgspec.MsgspecError as error:
        text = _("what answers at {where} is not a Walkdown server ({error})")
        raise Refused("version", text.format(where=address.name, error=error)) from error


class Neighbours:
    """The other sessions of the server that one is at, asked for in a thread while they are looked at.

    Only those that one can go to without more ado: a server that lets in by invitation alone has one for each
    session, so that there are none to offer.

    Args:
        address: of one's own session. fetch: as :func:`sessions_of`.

    Attributes:
        lines: the others that can be joined, as they were told last.
    """

    def __init__(
        self,
        address: Address,
        *,
        fetch: Callable[[Address, str], tuple[SessionLine, ...]] = sessions_of,
    ) -> None:
        self._address, self._fetch = address, fetch
        self._asking: threading.Thread | None = None
        self._asked_secs = float("-inf")
        self.lines: tuple[SessionLine, ...] = ()

    def look(self, now_secs: float, *, here: str, secret: str) -> None:
        """Ask again if the last answer is old; called in each frame in which they are looked at.

        Args:
            here: name of one's own session. secret: of one's welcome to it.
        """
        busy = self._asking is not None and self._asking.is_alive()
        old = now_secs - self._asked_secs > ASK_AGAIN_SECS
        if old and not busy and not self._address.pinned:
            self._asked_secs = now_secs
            self._asking = threading.Thread(target=self._ask, args=(here, secret), daemon=True)
            self._asking.start()

    def where(self, line: SessionLine) -> str:
        """Return the address of a session, as one would type it; without an invitation."""
        return replace(self._address, session=line.name, invite="", fingerprint=b"").name

    def wait(self) -> None:
        """Wait until an answer that is under way has come."""
        if self._asking is not None:
            self._asking.join()

    def _ask(self, here: str, secret: str) -> None:
        try:
            told = self._fetch(self._address, secret)
        except WalkdownError as error:
            log.debug("the sessions of the server are not known: %s", error)
            return
        self.lines = tuple(line for line in told if line.state == "open" and line.name != here)


def print_sessions(lines: tuple[SessionLine, ...]) -> None:
    """Print sessions as a table; the sentence of one that cannot be joined stands below it."""
    several = any(line.process > 1 for line in lines)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in (_("session"), _("state")):
        table.add_column(heading, overflow="fold")
    for heading in (_("people"), _("things"), _("signals"), *((_("process"),) if several else ())):
        table.add_column(heading, justify="right")
    for line in lines:
        figures = (line.people, line.things, line.signals, *((line.process,) if several else ()))
        table.add_row(Text(line.name), _(_STATES[line.state]), *(f"{figure}" for figure in figures))
    console = Console(highlight=False)
    console.print(table)
    for line in lines:
        if line.text:
            console.print(f"{line.name}: {line.text}", markup=False, soft_wrap=True)
