"""What lets people in: links with an invitation and a fingerprint, and the proof that a key is one's own.

A link is ``walkdown://host:port/session#INVITE.FINGERPRINT``: an invitation of 128 bits and the SHA-256 of
the server's certificate, both in URL-safe base64 without padding. What stands after ``#`` is never sent
in a request.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

SECRET_BYTES = 16
"""128 bits: of an invitation, and of what resumes a person."""

FINGERPRINT_BYTES = 32
CHALLENGE_HEADER = "Walkdown-Challenge"
"""Header of the answer to a WebSocket handshake: 32 hexadecimal digits that a proof signs."""

PORT = 8765


def new_secret() -> str:
    """Return a secret of 128 random bits, 22 characters."""
    return base64_of(secrets.token_bytes(SECRET_BYTES))


def invite_id(secret: str) -> str:
    """Return what the server keeps of an invitation: it names it and does not give it away."""
    return hashlib.sha256(b"walkdown invitation " + secret.encode()).hexdigest()[:32]


def is_challenge(text: str) -> bool:
    """Tell whether a server's challenge is one: of any other, a proof might be good for another server."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def what_is_signed(challenge: str, fingerprint: bytes) -> bytes:
    """Return what a client signs to show that its key is its own, bound to this connection and server.

    Args:
        challenge: from the header of the handshake's answer.
        fingerprint: SHA-256 of the certificate that the server showed, empty without TLS.
    """
    return b"walkdown.1 hello " + challenge.encode() + b" " + fingerprint


def base64_of(data: bytes) -> str:
    """Return URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """Undo :func:`base64_of`.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
