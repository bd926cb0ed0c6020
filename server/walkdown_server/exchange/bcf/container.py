"""The zip around a BCF file from strangers: nothing is unpacked to disk, all is bounded before it is read."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from walkdown.errors import BadInput
from walkdown.i18n import _

Source = bytes | Path
"""A file in memory or on disk."""

MAX_ENTRIES = 200_000
MAX_TOTAL_BYTES = 2 << 30
MAX_ENTRY_BYTES = 512 << 20
MAX_RATIO = 400
"""Components in a view, one like the other, pack to a hundredth; noughts to a thousandth."""

FREE_BYTES = 16 << 20
MAX_NAME = 400
SKIPPED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError, zlib.error)


class Container:
    """The files in a BCF file, by path with ``/``; found whatever the case of their names.

    Attributes:
        sha256: of the whole. notes: what was left out, English sentences.

    Raises:
        BadInput: it is no zip, damaged, encrypted, or a bomb.
    """

    def __init__(self, source: Source) -> None:
        self.sha256 = _sha256(source)
        self.notes: list[str] = []
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if not size:
            raise BadInput(_("the BCF file is empty: export it again from the tool it comes from"))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        except _DAMAGED as error:
            raise BadInput(
                _("a BCF file should be a zip file, but this one is none, or is damaged: {reason}").format(
                    reason=error
                )
            ) from None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._folded: dict[str, str] = {}
        self._take(size)

    def _take(self, size: int) -> None:
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BadInput(
                _("a BCF file may hold {limit} files, but this one holds {count}").format(
                    limit=MAX_ENTRIES, count=len(entries)
                )
            )
        total = sum(entry.file_size for entry in entries)
        limit = min(MAX_TOTAL_BYTES, max(FREE_BYTES, MAX_RATIO * size))
        if total > limit:
            raise BadInput(
                _(
                    "the BCF file of {size} bytes would unpack to {total}; {limit} are allowed: it is a bomb"
                ).format(size=size, total=total, limit=limit)
            )
        for entry in entries:
            self._take_entry(entry)
        self._enter_folder()

    def _enter_folder(self) -> None:
        """Take the only folder for the whole where somebody has zipped that, and not what is in it."""
        inside = [name for name in self._folded if name.endswith("/bcf.version")]
        if "bcf.version" in self._folded or len(inside) != 1:
            return
        folder = self._folded[inside[0]][: -len("bcf.version")]
        if all(name.startswith(folder) for name in self._entries):
            self.notes.append(f"All of it lies in the folder {folder[:80]!r}, which was entered.")
            self._entries = {name[len(folder) :]: entry for name, entry in self._entries.items()}
            self._folded = {name.lower(): name for name in self._entries}

    def _take_entry(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename.replace("\\", "/")
        if name.endswith("/") or any(skipped in name for skipped in SKIPPED):
            return
        if entry.flag_bits & 1:
            raise BadInput(_("the BCF file is encrypted: save it without a password"))
        if reason := _unfit(name, entry):
            self.notes.append(f"The file holds {name[:80]!r}, which {reason}; it was left out.")
        elif name.lower() in self._folded:
            self.notes.append(f"The file holds {name[:80]!r} twice; the first one was taken.")
        else:
            self._entries[name] = entry
            self._folded[name.lower()] = name

    def names(self) -> list[str]:
        """Return the paths of all files, in their order."""
        return list(self._entries)

    def find(self, path: str) -> str | None:
        """Return the name of a file as it stands in the zip, None where there is none.

        Args:
            path: with ``..`` and ``.`` in it as references have them; case does not matter.
        """
        return self._folded.get(_resolved(path).lower())

    def size(self, name: str) -> int:
        """Return the bytes that a file says it has."""
        return self._entries[name].file_size

    def date(self, name: str) -> tuple[int, int, int, int, int, int]:
        """Return when a file was changed, as zips say it, with no zone."""
        return self._entries[name].date_time

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            BadInput: it is damaged, or has another size than it says.
        """
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(entry.file_size + 1)
        except _DAMAGED as error:
            raise _damaged(name, error) from None
        if len(data) != entry.file_size:
            raise BadInput(
                _("{name!r} in the BCF file has another size than it says").format(name=name[-80:])
            )
        return data

    def pieces(self, name: str, size: int = 1 << 20) -> Iterator[bytes]:
        """Yield the bytes of a file, piece by piece.

        Raises:
            BadInput: it is damaged.
        """
        try:
            with self._zip.open(self._entries[name]) as stream:
                while data := stream.read(size):
                    yield data
        except _DAMAGED as error:
            raise _damaged(name, error) from None

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def _sha256(source: Source) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(name: str, error: Exception) -> BadInput:
    return BadInput(
        _("{name!r} in the BCF file is damaged: {reason}").format(name=name[-80:], reason=str(error)[:200])
    )


def _unfit(name: str, entry: zipfile.ZipInfo) -> str:
    """Return why an entry is not taken, "" for a sound one."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        return "leads out of it"
    if len(name) > MAX_NAME:
        return "has too long a name"
    if entry.file_size > MAX_ENTRY_BYTES:
        return f"has {entry.file_size >> 20} MiB"
    if entry.compress_type not in _READABLE:
        return "is packed in an unknown way"
    return ""


def _resolved(path: str) -> str:
    """Return a path without ``.`` and ``..``; what leads out of the zip starts at its root."""
    if path.isascii() and ".." not in path and "./" not in path and "\\" not in path:
        return path.lstrip("/")
    made: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            del made[-1:]
        elif part not in ("", "."):
            made.append(part)
    return "/".join(made)
