"""Where a session is: the URL that people type, and the two that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from walkdown.errors import BadInput
from walkdown.i18n import _

DEFAULT_PORT = 8765
_SECURE = {"ws": False, "http": False, "wss": True, "https": True}


@dataclass(frozen=True, slots=True)
class Address:
    """A server and, optionally, one of its sessions."""

    host: str
    port: int
    secure: bool = False
    session: str = ""

    @property
    def socket_url(self) -> str:
        """Where the WebSocket is."""
        return f"{'wss' if self.secure else 'ws'}://{self._netloc}/"

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.socket_url}{self.session}"

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read ``ws://host:port/session``; scheme, port and session may be left out.

    Raises:
        BadInput: says what is wrong with it.
    """
    parts = urlsplit(text if "://" in text else f"ws://{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _SECURE or not parts.hostname or port == -1:
        raise BadInput(_("expected an address such as ws://127.0.0.1:8765, got {text!r}").format(text=text))
    secure = _SECURE[parts.scheme]
    fallback = 443 if secure else DEFAULT_PORT
    return Address(parts.hostname, port or fallback, secure, unquote(parts.path.strip("/")))
