"""The list of a server's sessions: fetched, and printed as a table."""

from __future__ import annotations

import contextlib
import http.client
import ssl

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from walkdown.errors import Missing, Refused
from walkdown.i18n import _, mark
from walkdown.listing import LIST_PATH, SessionLine, SessionList
from walkdown_client.address import parse_address
from walkdown_client.known_servers import KnownServers, default_folder
from walkdown_client.pinning import open_connection

ANSWER_SECS = 10.0
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
        url: an address, or a link, whose invitation is shown to the server.

    Raises:
        BadInput: this is no address. Missing: nobody answers. Refused: the server does not tell.
    """
    address = KnownServers(default_folder()).complete(parse_address(url))
    headers = {"Authorization": f"Bearer {address.invite}"} if address.invite else {}
    try:
        with contextlib.closing(open_connection(address, timeout_secs=ANSWER_SECS)) as connection:
            connection.request("GET", LIST_PATH, headers=headers)
            with connection.getresponse() as response:
                status, said = response.status, response.read(LIST_BYTES_MAX)
    except (OSError, ssl.SSLError, http.client.HTTPException) as error:
        text = _("nobody answers at {where}; start a server with: walkdown serve")
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
