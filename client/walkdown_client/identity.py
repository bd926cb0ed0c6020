"""Who one is: an Ed25519 key of one's own, made at the first visit, shows others that it is you again."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import platformdirs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from walkdown.door import what_is_signed
from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown_client.private_files import others_can_read, write_private

log = logging.getLogger(__name__)

FILE = "identity.pem"
SHOWN_BYTES, GROUP = 8, 4


class Identity:
    """A key pair.

    Attributes:
        key: the public half, 64 hexadecimal digits.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def proof(self, challenge: str, fingerprint: bytes) -> str:
        """Return the signature, 128 hexadecimal digits, that shows a server that the key is one's own.

        Args:
            challenge, fingerprint: as in :func:`walkdown.door.what_is_signed`.
        """
        return self._private.sign(what_is_signed(challenge, fingerprint)).hex()


def default_file() -> Path:
    """Return where a person's key lies."""
    return platformdirs.user_config_path("walkdown", appauthor=False) / FILE


def load_or_make(path: Path) -> Identity:
    """Return the key of a file, which is made when there is none.

    Raises:
        BadInput: the file is damaged, or cannot be read or written; says what to do.
    """
    try:
        if not path.exists():
            write_private(path, _as_pem(Ed25519PrivateKey.generate()), keep_existing=True)
        return load(path)
    except OSError as error:
        raise BadInput(
            _("your key {path} cannot be read or made: {reason}").format(path=path, reason=error.strerror)
        ) from error


def load(path: Path) -> Identity:
    """Return the key of a file that is there, and keep it from the eyes of others.

    Raises:
        OSError: it cannot be read. BadInput: it is damaged.
    """
    if others_can_read(path):
        log.warning("others could read your key %s; that is changed now", path)
        path.chmod(0o600)
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise _damaged(path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _damaged(path)
    return Identity(private)


def shown_key(key: str) -> str:
    """Return the fingerprint of a public key as people compare it: ``1A2B 3C4D …``, "" for none."""
    if not key:
        return ""
    digest = hashlib.sha256(bytes.fromhex(key)).hexdigest()[: 2 * SHOWN_BYTES].upper()
    return " ".join(digest[place : place + GROUP] for place in range(0, len(digest), GROUP))


def _as_pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _damaged(path: Path) -> BadInput:
    return BadInput(
        _(
            "{path} holds no key: bring it back from a backup, or move it away to be met as somebody new"
        ).format(path=path)
    )
