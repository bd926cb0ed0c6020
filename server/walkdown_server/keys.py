"""The server's own key, made at its first start: it signs what the journal promises."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from walkdown.errors import SettingsError
from walkdown.i18n import _
from walkdown_server.secret_files import made_once


class ServerKey:
    """An Ed25519 key (RFC 8032).

    Attributes:
        public: 32 bytes that everyone may know.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def of_folder(cls, folder: Path) -> ServerKey:
        """Return the key of a data folder; the first time one is made that only the owner can read.

        Raises:
            SettingsError: it is damaged.
        """
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        kept = made_once(folder / "server.key", made)
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(kept))
        except ValueError:
            raise SettingsError(
                _(
                    "The server's key {path} is damaged: restore it, or delete it to have a new one made."
                ).format(path=folder / "server.key")
            ) from None

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._private.sign(data)
