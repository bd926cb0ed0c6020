"""The server's own key, made at its first start: it signs what the journal promises."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

KEY_SIZE = 32


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
        """Return the key of a data folder; the first time one is made that only the owner can read."""
        path = folder / "server.key"
        if path.exists():
            return cls(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))
        folder.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(made.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
        return cls(made)

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._private.sign(data)
