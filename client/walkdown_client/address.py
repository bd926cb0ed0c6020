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
    try:
        parts = urlsplit(text if "://" in text else f"ws://{text}")
        port = parts.port
        usable = parts.scheme in _SECURE and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(_("expected an address such as ws://127.0.0.1:8765, got {text!r}").format(text=text))
    secure = _SECURE[parts.scheme]
    fallback = 443 if secure else DEFAULT_PORT
    return Address(parts.hostname or "", port or fallback, secure, unquote(parts.path.strip("/")))
