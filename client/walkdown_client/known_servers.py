"""Servers that let one in before: their certificates, and the secrets that make one the same person again.

Each session has a file of its own, readable by its owner alone and named by a hash. While a client is there
it holds the file's lock, so that a second window of the same person comes in as somebody else and does not
throw the first one out.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgspec
import platformdirs

from walkdown_client.address import Address, whole
from walkdown_client.private_files import write_private

log = logging.getLogger(__name__)

FOLDER = "servers"
NAME_DIGITS = 32


class Known(msgspec.Struct, frozen=True):
    """One session of one server. ``fingerprint``: hexadecimal, "" for one that authorities vouch for."""

    host: str
    port: int
    session: str
    fingerprint: str
    resume: str = ""

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Known({self.host!r}, {self.port}, {self.session!r})"


def default_folder() -> Path:
    """Return where servers are remembered."""
    return platformdirs.user_data_path("walkdown", appauthor=False) / FOLDER


class KnownServers:
    """What is remembered, a file for each session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def complete(self, address: Address) -> Address:
        """Return an address with the fingerprint that it lacks, from the last visit.

        Raises:
            BadInput: this server has not been visited.
        """
        if not address.pinned or address.fingerprint:
            return address
        for known in self._newest_first():
            if (known.host, known.port, known.session) == (address.host, address.port, address.session):
                return replace(address, fingerprint=bytes.fromhex(known.fingerprint))
        return whole(address)

    def visit(self, address: Address) -> Stay:
        """Return what is remembered of a session, for as long as one is there; close it at the end."""
        server = address.fingerprint.hex() or address.netloc
        name = hashlib.sha256(f"{server}/{address.session}".encode()).hexdigest()[:NAME_DIGITS]
        return Stay(self._folder / f"{name}.json", address)

    def _newest_first(self) -> list[Known]:
        with contextlib.suppress(OSError):
            paths = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
            return [known for known in map(_read, paths) if known is not None and known.fingerprint]
        return []


class Stay:
    """One's place in one session, while one is there.

    Attributes:
        resume: the secret of the last visit, "" when there is none or another window uses it.
    """

    def __init__(self, path: Path, address: Address) -> None:
        self._path, self._address = path, address
        self._lock: IO[bytes] | None = _locked(path.with_suffix(".lock")) if address.secure else None
        self._known = _read(path) if self._lock is not None else None
        self.resume = self._known.resume if self._known is not None else ""

    def keep(self, secret: str) -> None:
        """Remember the secret that the server has given, for the next visit; and the server itself."""
        where = self._address
        known = Known(where.host, where.port, where.session, where.fingerprint.hex(), secret)
        if self._lock is None or known == self._known:
            return
        self.resume, self._known = secret, known
        try:
            write_private(self._path, msgspec.json.encode(known))
        except OSError as error:
            log.warning("this server is not remembered: %s cannot be written (%s)", self._path, error)

    def close(self) -> None:
        """Let another window be this person."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _read(path: Path) -> Known | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Known)
    except (OSError, msgspec.MsgspecError):
        return None


def _locked(path: Path) -> IO[bytes] | None:
    """Return a file that this process alone holds, None when another does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        log.warning("servers are not remembered: %s cannot be written (%s)", path, error)
        return None
    try:
        _take(file)
    except OSError:
        file.close()
        return None
    return file


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
