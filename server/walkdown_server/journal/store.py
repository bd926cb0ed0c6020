"""The files of one session's journal: opened and checked, appended to, synced.

A folder holds ``journal``, ``heads`` and ``lock``. A commit appends the records, syncs them, and then
appends a signed head; only after that may anyone be told. What stands after the last head has been promised
to nobody: if it is whole it counts, if it was torn by a crash it is set aside as ``journal.torn``. In both
cases, and after an error of the disk, the journal goes on in a new file, because the kernel may have given up
on what it held of the old one. Anything else that does not fit is damage: it is named, the files are left as
they are, and nothing is written.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from walkdown.errors import JournalError, Missing
from walkdown.i18n import _
from walkdown_server.journal.heads import (
    HEAD_SIZE,
    MAGIC_1,
    MAGIC_2,
    Head,
    Signer,
    pack_head,
    read_heads,
    signed,
)
from walkdown_server.journal.reading import Fault, Reading, read
from walkdown_server.journal.records import (
    HEADER_SIZE,
    IDENTITY_SIZE,
    MAGIC,
    Entry,
    chain,
    pack_entry,
    pack_header,
)

FULL = (errno.ENOSPC, errno.EDQUOT)
PASSING = (*FULL, errno.EROFS)
"""Errors after which the same file may be written again, once there is space or it can be written."""

FAILED = "failed"
"""A file of this name says that the disk failed while the journal was written."""

_log = logging.getLogger(__name__)
_O_BINARY = getattr(os, "O_BINARY", 0)
_sync = getattr(os, "fdatasync", os.fsync)


class Store:
    """An open journal; one process at a time.

    Args:
        folder: is made when it does not exist. signer: signs the heads; without one they are not signed.

    Raises:
        JournalError: damaged, and nothing can be proved; says what to do.
        Missing: another server has it open.
        OSError: the disk does not let us read.

    Attributes:
        entries: all records that can be proved, oldest first, as they were when it was opened.
        fault: the first damage, then nothing is written; None for none.
        read_only: why nothing can be written, a sentence for people, "" when it can.
    """

    def __init__(self, folder: Path, signer: Signer | None = None) -> None:
        self._folder, self._signer = folder, signer
        self.fault: Fault | None = None
        self.read_only = ""
        self._files: list[int] = []
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        try:
            self._take_lock()
            reading = read_folder(self._folder)
            if reading.faults:
                self._refuse_to_write(reading)
            else:
                reading = self._open_to_write(reading)
        except OSError as error:
            if error.errno not in PASSING:
                raise
            reading = read_folder(self._folder)
            self.read_only = _sentence(error, self._folder)
        self._identity, self._head = reading.identity, reading.at
        self.entries = reading.entries

    def _take_lock(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._files.append(_lock(self._folder / "lock"))
        if _is_new(self._folder):
            _create(self._folder)

    def _refuse_to_write(self, reading: Reading) -> None:
        self.fault = reading.faults[0]
        self.read_only = _("{path}: {what}; {advice}").format(
            path=self._folder / self.fault.file, what=self.fault.text, advice=_advice(reading)
        )
        _log.error("%s", self.read_only)

    def _open_to_write(self, reading: Reading) -> Reading:
        folder, heads = self._folder, list(reading.heads)
        if reading.at.number > reading.promised:
            heads.append(signed(reading.at, reading.identity, self._signer))
        failed = folder / FAILED
        anew = failed.exists() or len(heads) > len(reading.heads)
        if anew or reading.torn:
            _set_aside(folder, reading)
        if anew or reading.version == 1:
            _renew_heads(folder, reading, heads)
        failed.unlink(missing_ok=True)
        self._file, self._heads = (self._open_file(name) for name in ("journal", "heads"))
        self._heads_end = HEADER_SIZE + len(heads) * HEAD_SIZE
        os.ftruncate(self._heads, self._heads_end)
        return reading

    def _open_file(self, name: str) -> int:
        file = os.open(self._folder / name, os.O_RDWR | _O_BINARY)
        self._files.append(file)
        return file

    @property
    def number(self) -> int:
        """Number of the newest record on disk."""
        return self._head.number

    def append(self, entries: Sequence[Entry]) -> None:
        """Write records, sync them, and write the head that promises them.

        Raises:
            OSError: nothing was promised. After one of ``PASSING`` the file is as it was before.
        """
        packed, head = [], self._head
        for entry in entries:
            own_hash = chain(head.hash, entry)
            packed.append(pack_entry(entry, own_hash))
            head = Head(entry.number, head.end + len(packed[-1]), own_hash)
        try:
            _write_at(self._file, b"".join(packed), self._head.end)
            _sync(self._file)
            _write_at(self._heads, pack_head(signed(head, self._identity, self._signer)), self._heads_end)
        except OSError as error:
            if error.errno in PASSING:
                self._take_back()
            else:
                self._mark_as_failed()
            raise
        self._head = head
        self._heads_end += HEAD_SIZE

    def close(self) -> None:
        """Close the files and let another server have them."""
        while self._files:
            os.close(self._files.pop())

    def _mark_as_failed(self) -> None:
        """Have the next start go on in a new file, if the disk still takes as much as a name."""
        try:
            (self._folder / FAILED).touch()
        except OSError as error:
            _log.warning("%s cannot be marked as failed: %s", self._folder, error)

    def _take_back(self) -> None:
        """Remove what did not fit as a whole."""
        try:
            os.ftruncate(self._file, self._head.end)
            os.ftruncate(self._heads, self._heads_end)
        except OSError:
            _log.exception("what was written in part cannot be removed from %s", self._folder)


def read_folder(folder: Path, *, all_signatures: bool = False) -> Reading:
    """Return what the files of a journal prove, also of one that a server is writing.

    Raises:
        JournalError: nothing can be proved; says what to do.
        OSError: they cannot be read.
    """
    journal, heads = bytes_of_folder(folder)
    try:
        return read(journal, heads, all_signatures=all_signatures)
    except JournalError as error:
        text = _("{path}: {reason}; restore journal and heads from one backup of this folder")
        raise JournalError(text.format(path=folder, reason=error)) from error


def bytes_of_folder(folder: Path) -> tuple[bytes, bytes]:
    """Return journal and heads of a folder, those of an empty session when it has none.

    The heads are read first, so that everything they promise is in the journal.

    Raises:
        JournalError: the heads are missing. OSError: they cannot be read.
    """
    heads = _bytes_of(folder / "heads")
    journal = _bytes_of(folder / "journal")
    if heads is None and journal is None:
        return pack_header(MAGIC, bytes(IDENTITY_SIZE)), pack_header(MAGIC_2, bytes(IDENTITY_SIZE))
    if heads is None:
        raise JournalError(
            _("{path} is missing; restore it from a backup of this folder").format(path=folder / "heads")
        )
    return journal or b"", heads


def write_folder(folder: Path, journal: bytes, heads: bytes) -> None:
    """Write the files of a journal into a new folder.

    Raises:
        OSError: it is there already, or the disk does not let us write.
    """
    folder.mkdir(parents=True)
    _replace(folder / "heads", heads)
    _replace(folder / "journal", journal)


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _is_new(folder: Path) -> bool:
    """Tell whether there is no journal yet; the heads are made first, so they may be there and empty."""
    if (folder / "journal").exists():
        return False
    heads = _bytes_of(folder / "heads")
    return heads is None or (len(heads) == HEADER_SIZE and not read_heads(heads).text)


def _create(folder: Path) -> None:
    """Write both headers; the journal appears last, so that a crash in between leaves no journal."""
    identity = os.urandom(IDENTITY_SIZE)
    _replace(folder / "heads", pack_header(MAGIC_2, identity))
    _replace(folder / "journal", pack_header(MAGIC, identity))


def _set_aside(folder: Path, reading: Reading) -> None:
    """Go on in a new file with the records that count; what was torn is kept beside it."""
    whole = (folder / "journal").read_bytes()
    if reading.torn:
        _replace(folder / "journal.torn", whole[reading.at.end :])
        _log.warning(
            "%s: %d bytes after record %d, acknowledged to nobody, were torn by a crash; see journal.torn",
            folder,
            reading.torn,
            reading.at.number,
        )
    _replace(folder / "journal", whole[: reading.at.end])


def _renew_heads(folder: Path, reading: Reading, heads: Sequence[Head]) -> None:
    """Write the heads anew; those of version 1, which nobody signed, are kept beside them."""
    old = (folder / "heads").read_bytes()
    if old.startswith(MAGIC_1):
        _replace(folder / "heads.1", old)
    rows = b"".join(pack_head(head) for head in heads)
    _replace(folder / "heads", pack_header(MAGIC_2, reading.identity) + rows)


def _replace(path: Path, data: bytes) -> None:
    """Write a file that appears as a whole, or not at all."""
    new = path.with_name(path.name + ".new")
    file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _O_BINARY, 0o600)
    try:
        _write_at(file, data, 0)
        os.fsync(file)
    finally:
        os.close(file)
    new.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _write_at(file: int, data: bytes, offset: int) -> None:
    """Write all of it; a full disk may first take a part."""
    view = memoryview(data)
    os.lseek(file, offset, os.SEEK_SET)
    while view:
        view = view[os.write(file, view) :]


def _advice(reading: Reading) -> str:
    return _(
        "what is shown ends with record {number}, and nothing can be kept. Stop the server, restore journal "
        "and heads of this folder from one backup, or export the good part with 'walkdown export-session "
        "--good-part' and make a new session of it with 'walkdown restore-session'"
    ).format(number=reading.at.number)


def _sentence(error: OSError, folder: Path) -> str:
    return _(
        "{path} cannot be written ({reason}): nothing can be kept until the server is started again"
    ).format(path=folder, reason=error.strerror)


def _lock(path: Path) -> int:
    """Take the lock of a journal; it goes with the process.

    Raises:
        Missing: another process has it.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise Missing(
            _(
                "another server has the session in {folder} open; stop it, or choose another --data or --name"
            ).format(folder=path.parent)
        ) from error
    return file
