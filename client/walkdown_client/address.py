"""Where a session is: the address or link that people are given, read strictly, and what follows from it.

``ws://host:port/session`` is plain and for one's own computer; ``wss://host/session`` has a certificate that
the system's authorities vouch for; ``walkdown://host:port/session#INVITE.FINGERPRINT`` is a link: an
invitation, and the certificate by its SHA-256. What stands after ``#`` lets people in. It is in no text that
this module makes, nor in the ``repr`` of an address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from walkdown.door import FINGERPRINT_BYTES, PORT, SECRET_BYTES, base64_of, bytes_of
from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.listing import server_name, session_path

DEFAULT_PORT = PORT
SCHEMES = {"ws": False, "http": False, "wss": True, "https": True, "walkdown": True}
"""Whether the talk is encrypted."""

LINK = "walkdown"
SHOWN_LINK = "walkdown://HOST:PORT/SESSION#INVITE.FINGERPRINT"
INVITE_LENGTH, FINGERPRINT_LENGTH = -(-SECRET_BYTES * 8 // 6), -(-FINGERPRINT_BYTES * 8 // 6)
"""Characters of base64 without padding: 22 and 43."""

WRAPPING = " \t\r\n<>\"'“”„"
"""What mail and chat put around a link."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server and, optionally, one of its sessions.

    Attributes:
        secure: whether it is spoken to with TLS.
        pinned: whether its certificate is known by ``fingerprint``, and not by the system's authorities.
        invite: the secret that lets one in, "" for none. fingerprint: SHA-256 of its certificate, 32 bytes;
            empty when nobody has said it, or for a server that is ``pinned`` and must be known from before.
    """

    host: str
    port: int
    secure: bool = False
    session: str = ""
    pinned: bool = False
    invite: str = field(default="", repr=False)
    fingerprint: bytes = field(default=b"", repr=False)

    @property
    def socket_url(self) -> str:
        """Where the WebSocket is."""
        return f"{'wss' if self.secure else 'ws'}://{self.netloc}{self.path or '/'}"

    @property
    def path(self) -> str:
        """Under which the session is on its server, "" for the only one."""
        return session_path(self.session) if self.session else ""

    @property
    def name(self) -> str:
        """What people call it; gives nothing away."""
        scheme = LINK if self.pinned else "wss" if self.secure else "ws"
        return f"{scheme}://{self.netloc}/{quote(self.session, safe=' ')}"

    @property
    def is_own_computer(self) -> bool:
        """Whether it is a plain address of this computer, which nobody else can reach."""
        return not self.secure and (self.host in ("localhost", "::1") or self.host.startswith("127."))

    @property
    def netloc(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def server_name(self) -> str:
        """What is said in the TLS handshake: the host, or for a pinned server which session is meant."""
        if not self.pinned:
            return self.host
        return server_name(self.session)


def parse_address(text: str) -> Address:
    """Read an address or a link; of an address, scheme, port and session may be left out.

    Raises:
        BadInput: says what is wrong with it, and never what stands after ``#``.
    """
    text = text.strip(WRAPPING)
    public, _hash, secret = text.partition("#" if "#" in text else "%23")
    try:
        parts = urlsplit(public if "://" in public else f"ws://{public}")
        port = parts.port
    except ValueError:
        raise _no_address(public) from None
    _check_public(parts, public)
    secure, pinned = SCHEMES[parts.scheme], parts.scheme == LINK
    invite, fingerprint = _read_secret(secret, public, pinned=pinned) if _hash else ("", b"")
    if invite and not secure:
        raise BadInput(
            _("{address} has an invitation, which only goes to walkdown:// and wss:// addresses").format(
                address=public
            )
        )
    return Address(
        parts.hostname or "",
        port or (443 if secure and not pinned else DEFAULT_PORT),
        secure,
        unquote(parts.path.strip("/")),
        pinned,
        invite,
        fingerprint,
    )


def whole(address: Address) -> Address:
    """Return an address with which a server can be met for the first time.

    Raises:
        BadInput: it is a link without what stands after ``#``.
    """
    if address.pinned and not address.fingerprint:
        raise BadInput(
            _("{where} is not known here yet: the first visit needs the whole link, {shape}").format(
                where=address.name, shape=SHOWN_LINK
            )
        )
    return address


def _check_public(parts: SplitResult, public: str) -> None:
    """Raise when what stands before ``#`` is no address of a session."""
    whole = parts.path.strip("/")
    if parts.scheme not in SCHEMES or not parts.hostname or parts.port == 0:
        raise _no_address(public)
    if any(letter.isspace() for letter in public.replace(" ", "")) or " " in parts.netloc:
        raise BadInput(
            _("{address} is broken by a space or a line end: paste it whole").format(address=public)
        )
    if parts.query or parts.username or parts.password or "/" in whole:
        raise BadInput(
            _("{address} has more than host, port and session in it: expected {shape}").format(
                address=public, shape=SHOWN_LINK
            )
        )


def _no_address(public: str) -> BadInput:
    return BadInput(
        _("expected an address such as ws://127.0.0.1:8765 or a link {shape}, got {text!r}").format(
            shape=SHOWN_LINK, text=public
        )
    )


def _read_secret(secret: str, public: str, *, pinned: bool) -> tuple[str, bytes]:
    """Return invitation and fingerprint from what stands after ``#``; only a link has the second."""
    invite, dot, fingerprint = secret.partition(".")
    problem = _whats_wrong(invite, INVITE_LENGTH, _("the invitation"))
    if not problem and pinned and not dot:
        problem = _("it ends after the invitation, before the fingerprint of the server")
    if not problem and (pinned or dot):
        problem = _whats_wrong(fingerprint, FINGERPRINT_LENGTH, _("the fingerprint of the server"))
    if problem:
        raise BadInput(
            _("the link to {address} is cut or mistyped: {problem}; copy the whole link again").format(
                address=public, problem=problem
            )
        )
    return invite, bytes_of(fingerprint) if pinned else b""


def _whats_wrong(part: str, length: int, what: str) -> str:
    """Return what is wrong with one part of a link without repeating it, "" for nothing."""
    if len(part) != length:
        return _("{what} has {came} characters, not {expected}").format(
            what=what, came=len(part), expected=length
        )
    try:
        exact = base64_of(bytes_of(part)) == part
    except ValueError:
        exact = False
    return "" if exact else _("{what} has a character that does not belong there").format(what=what)
