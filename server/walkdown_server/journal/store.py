"""The files of one session's journal: opened and checked, appended to, synced.

A folder holds ``journal``, ``heads`` and ``lock``. A commit appends the records, syncs them, and then
appends a head; only after that may anyone be told. What stands after the last head has been promised to
nobody: if it is whole it counts, if it was torn by a crash it is set aside as ``journal.torn``. Anything
else that does not fit is damage, and is named.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from walkdown.errors import JournalError, Missing
from walkdown.i18n import _
from walkdown_server.journal.records import (
    HEAD_SIZE,
    HEADER_SIZE,
    HEADS_MAGIC,
    IDENTITY_SIZE,
    MAGIC,
    Entry,
    Head,
    chain,
    first_hash,
    pack_entry,
    pack_head,
    pack_header,
    read_entry,
    read_header,
    read_heads,
)

T = TypeVar("T")

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors after which the same file may be written again once there is space."""

_log = logging.getLogger(__name__)
_O_BINARY = getattr(os, "O_BINARY", 0)
_sync = getattr(os, "fdatasync", os.fsync)


class Store:
    """An open journal; one process at a time.

    Args:
        folder: is made when it does not exist.

    Raises:
        JournalError: damaged; names the record and the byte, or the acknowledged records that are missing.
        Missing: another server has it open.
        OSError: the disk does not let us read or write.

    Attributes:
        entries: all records, oldest first, as they were when it was opened.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = _lock(folder / "lock")
        try:
            if not (folder / "journal").exists():
                _create(folder)
            self.entries, self._head, heads = _read(folder)
            self._file = os.open(folder / "journal", os.O_RDWR | _O_BINARY)
            self._heads = os.open(folder / "heads", os.O_RDWR | _O_BINARY)
        except BaseException:
            os.close(self._lock)
            raise
        self._heads_end = HEADER_SIZE + heads * HEAD_SIZE
        self._cut_what_was_torn()

    @property
    def number(self) -> int:
        """Number of the newest record on disk."""
        return self._head.number

    def append(self, entries: Sequence[Entry]) -> None:
        """Write records, sync them, and write the head that promises them.

        Raises:
            OSError: nothing was promised. After ENOSPC the file is as it was before.
        """
        packed, head = [], self._head
        for entry in entries:
            own_hash = chain(head.hash, entry)
            packed.append(pack_entry(entry, own_hash))
            head = Head(entry.number, head.end + len(packed[-1]), own_hash)
        try:
            _write_at(self._file, b"".join(packed), self._head.end)
            _sync(self._file)
            _write_at(self._heads, pack_head(head), self._heads_end)
        except OSError as error:
            if error.errno in FULL:
                self._take_back()
            raise
        self._head = head
        self._heads_end += HEAD_SIZE

    def close(self) -> None:
        """Close the files and let another server have them."""
        for file in (self._file, self._heads, self._lock):
            os.close(file)

    def _take_back(self) -> None:
        """Remove what did not fit as a whole."""
        try:
            os.ftruncate(self._file, self._head.end)
            os.ftruncate(self._heads, self._heads_end)
        except OSError:
            _log.exception("what was written in part cannot be removed from %s", self._folder)

    def _cut_what_was_torn(self) -> None:
        os.ftruncate(self._heads, self._heads_end)
        size = os.fstat(self._file).st_size
        if size > self._head.end:
            torn = self._folder / "journal.torn"
            torn.write_bytes((self._folder / "journal").read_bytes()[self._head.end :])
            os.ftruncate(self._file, self._head.end)
            _log.warning(
                "%s: %d bytes after record %d, acknowledged to nobody, were torn by a crash; see %s",
                self._folder,
                size - self._head.end,
                self._head.number,
                torn.name,
            )


def _create(folder: Path) -> None:
    """Write both headers; the journal appears last, so that a crash in between leaves no journal."""
    identity = os.urandom(IDENTITY_SIZE)
    for name, magic in (("heads", HEADS_MAGIC), ("journal", MAGIC)):
        new = folder / f"{name}.new"
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _O_BINARY, 0o600)
        try:
            _write_at(file, pack_header(magic, identity), 0)
            os.fsync(file)
        finally:
            os.close(file)
        new.replace(folder / name)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _read(folder: Path) -> tuple[list[Entry], Head, int]:
    """Return all records, where they end, and how many heads there are; checks every byte."""
    journal = (folder / "journal").read_bytes()
    try:
        heads_data = (folder / "heads").read_bytes()
    except FileNotFoundError as error:
        raise JournalError(
            _("{path} is missing; restore it from a backup of this folder").format(path=folder / "heads")
        ) from error
    identity = _named(folder / "journal", lambda: read_header(journal, MAGIC))
    if _named(folder / "heads", lambda: read_header(heads_data, HEADS_MAGIC)) != identity:
        raise JournalError(
            _("{path} belongs to another journal; restore both from one backup").format(path=folder / "heads")
        )
    heads = _named(folder / "heads", lambda: read_heads(heads_data))
    entries, at = _read_entries(folder / "journal", journal, heads)
    return entries, at, len(heads)


def _read_entries(path: Path, journal: bytes, heads: list[Head]) -> tuple[list[Entry], Head]:
    data, promised = memoryview(journal), heads[-1].number if heads else 0
    by_number = {head.number: head for head in heads}
    at = Head(0, HEADER_SIZE, first_hash(journal[:HEADER_SIZE]))
    entries: list[Entry] = []
    while at.end < len(data):
        number = at.number + 1
        try:
            entry, own_hash, end = read_entry(data, at.end, at.hash, number=number)
            _check_head(by_number.get(number), Head(number, end, own_hash))
        except JournalError as error:
            if number > promised:
                break
            raise JournalError(
                _(
                    "{path}: record {number} at byte {byte} is damaged: {reason}; "
                    "restore the file from a backup"
                ).format(path=path, number=number, byte=at.end, reason=error)
            ) from error
        entries.append(entry)
        at = Head(number, end, own_hash)
    if at.number < promised:
        raise JournalError(
            _(
                "{path}: the records {first} to {last} were acknowledged and are missing "
                "(the file ends at byte {byte}); restore the file from a backup"
            ).format(path=path, first=at.number + 1, last=promised, byte=len(data))
        )
    return entries, at


def _check_head(promised: Head | None, found: Head) -> None:
    if promised is not None and promised != found:
        raise JournalError(_("it is not the record that was acknowledged"))


def _named(path: Path, read: Callable[[], T]) -> T:
    """Put the file's name before what is wrong with it."""
    try:
        return read()
    except JournalError as error:
        text = _("{path}: {reason}; restore the file from a backup")
        raise JournalError(text.format(path=path, reason=error)) from error


def _write_at(file: int, data: bytes, offset: int) -> None:
    """Write all of it; a full disk may first take a part."""
    view = memoryview(data)
    os.lseek(file, offset, os.SEEK_SET)
    while view:
        view = view[os.write(file, view) :]


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
