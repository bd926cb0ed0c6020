"""How people from elsewhere get to this server: the encrypted port, the links to it, and short codes.

A server that listens on loopback opens a second port, on all addresses and with TLS, when the first
invitation is made; it stays open until the server stops. When it is started again while an invitation still
stands, it opens the same port, so that people who were cut off find back.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from walkdown.door import base64_of
from walkdown.errors import Missing, SettingsError
from walkdown.i18n import _
from walkdown.pairing import Pass
from walkdown.settings import ServerSettings
from walkdown_server.access import is_loopback
from walkdown_server.door.addresses import in_url, own_addresses
from walkdown_server.door.certificates import Certificate
from walkdown_server.door.codes import Codes
from walkdown_server.secret_files import replace

ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 -- whoever comes in by it needs TLS and an invitation
BACKLOG = 1024
REMEMBERED = "share.port"
"""Name of the file in the data folder that says which port an invitation opened."""

_log = logging.getLogger(__name__)


class OpenGate:
    """The encrypted port of a server; the ``Gate`` of its sessions.

    Args:
        settings: of the server. certificate: what the port shows.
        listen: begins to take connections of sockets that are bound. codes: the short codes that are open.
        folder: where the port is remembered.

    Attributes:
        port: where people from elsewhere connect, 0 while they cannot.
    """

    def __init__(
        self,
        settings: ServerSettings,
        certificate: Certificate,
        *,
        listen: Callable[[list[socket.socket]], None],
        codes: Codes,
        folder: Path,
    ) -> None:
        self._settings, self._certificate = settings, certificate
        self._listen, self._codes, self._remembered = listen, codes, folder / REMEMBERED
        self._main_port = 0
        self.port = 0

    def main_port_is(self, port: int) -> None:
        """Learn where the server listens; that is the encrypted port, when others can reach it with TLS."""
        self._main_port = port
        if is_open_to_invited(self._settings):
            self.port = port

    def open(self) -> int:
        """Open the encrypted port if it is not open, and return it.

        Raises:
            SettingsError: it is in use.
        """
        if not self.port:
            sockets = bound(self._settings.share_port, near=self._main_port)
            self.port = sockets[0].getsockname()[1]
            self._listen(sockets)
            self._remember()
        return self.port

    def open_again(self) -> None:
        """Open the port that an earlier run had opened, if it is known and free."""
        try:
            port = int(self._remembered.read_text("ascii"))
            sockets = bound(port, near=0) if not self.port and 0 < port < 65536 else []
        except (OSError, ValueError):
            return
        except SettingsError as error:
            _log.warning("people who were invited before do not find back: %s", error)
            return
        if sockets:
            self.port = port
            self._listen(sockets)

    def _remember(self) -> None:
        try:
            replace(self._remembered, str(self.port).encode())
        except OSError as error:
            _log.warning("the port for people from elsewhere is not remembered: %s", error)

    def links(self, session: str, secret: str) -> tuple[str, ...]:
        """Return a link for each address, the likeliest first; see ``walkdown.door``."""
        hosts = self._hosts()
        if not hosts:
            raise Missing(_("This computer is on no network: connect it to one, then invite again."))
        port = self.open()
        key = f"{secret}.{base64_of(self._certificate.fingerprint)}"
        return tuple(f"walkdown://{in_url(host)}:{port}/{quote(session, safe='')}#{key}" for host in hosts)

    def code(self, session: str, secret: str) -> str:
        """Open a short code that stands for an invitation."""
        granted = Pass(secret, self._certificate.fingerprint, session)
        return self._codes.open(granted, port=self.open())

    def _hosts(self) -> tuple[str, ...]:
        """Return what to write into links: only where the port can be reached."""
        host = self._settings.host
        if self._settings.share_host:
            return (self._settings.share_host,)
        if not is_open_to_invited(self._settings):
            return own_addresses()
        if host not in ALL_ADDRESSES:
            return (host,)
        reached = tuple(a for a in own_addresses() if (":" in a) == (":" in host))
        return reached or ("::1" if ":" in host else "127.0.0.1",)


def is_open_to_invited(settings: ServerSettings) -> bool:
    """Tell whether a server's main port is the encrypted one, which others can reach."""
    return not is_loopback(settings.host) and not settings.insecure_lan


def bound(port: int, *, near: int) -> list[socket.socket]:
    """Return sockets that are bound on all addresses, of IPv4 and IPv6, to the same port.

    Args:
        port: which; 0 for the one after ``near``, or any when that is in use.

    Raises:
        SettingsError: the port is in use.
    """
    wanted = [port] if port else [near + 1, 0] if near < 65535 else [0]
    for number in wanted:
        try:
            return _bound_to(number)
        except OSError as error:
            fault = error
    if fault.errno == errno.EADDRINUSE:
        raise SettingsError(
            _("Port {port} is in use: choose another with --share-port, or 0 for any.").format(port=port)
        ) from fault
    raise SettingsError(
        _("The port for people from elsewhere cannot be opened: {reason}.").format(reason=fault.strerror)
    ) from fault


def _bound_to(port: int) -> list[socket.socket]:
    first = _bind(socket.AF_INET, ALL_ADDRESSES[0], port)
    sockets = [first]
    with contextlib.suppress(OSError):
        sockets.append(_bind(socket.AF_INET6, ALL_ADDRESSES[1], first.getsockname()[1]))
    return sockets


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: its SO_REUSEADDR would share the port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
