"""The folder of a session's files, each named by its sha256: whole and on disk before it has its name.

``.incoming`` is for what is under way and ``.outgoing`` for exports that can be fetched for a while; both are
emptied at the start. Everything else stays as long as the session.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

from walkdown import messages
from walkdown.review.contents import OCTETS
from walkdown_server.filing.syncing import sync_files, sync_folder
from walkdown_server.packages import Blob, BlobStore

FOLDER = "files"
"""Within that of the session."""

INCOMING, OUTGOING = ".incoming", ".outgoing"
EXPORTS_KEPT, EXPORTS_BYTES = 8, 1 << 30
"""Exports can be fetched until so many others, or so many bytes of others, have been made."""

_NAME = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """Files by sha256, on disk and served.

    Args:
        folder: is made when something is kept. blobs: serves what is here.

    Attributes:
        folder: where they lie. size_bytes: of all files that stay.
    """

    def __init__(self, folder: Path, blobs: BlobStore) -> None:
        self.folder, self._blobs = folder, blobs
        self._sizes: dict[str, int] = {}
        self._exports: OrderedDict[str, Path] = OrderedDict()
        self._turn = threading.Lock()
        self.size_bytes = 0
        for name in (INCOMING, OUTGOING):
            shutil.rmtree(folder / name, ignore_errors=True)
        for sha256, size in _listed(folder):
            self._learn(sha256, size)

    # ---- in any thread ----------------------------------------------------------------------------------

    def knows(self, sha256: str) -> bool:
        """Tell whether a file is here and on disk."""
        return sha256 in self._sizes

    def size_of(self, sha256: str) -> int | None:
        """Return how many bytes a file has, None when it is not here."""
        return self._sizes.get(sha256)

    def blob(self, sha256: str) -> messages.Blob:
        """Return what a file is fetched by.

        Raises:
            KeyError: it is not here.
        """
        return messages.Blob(sha256, self._sizes[sha256])

    def path(self, sha256: str) -> Path:
        """Return where a file lies."""
        return self.folder / sha256

    def find(self, sha256: str) -> Path | None:
        """Return where a file lies, None when it is not here."""
        return self.path(sha256) if self.knows(sha256) else None

    def read(self, sha256: str) -> bytes | None:
        """Return the bytes of a file, None when it is not here or is another than its name says."""
        if not self.knows(sha256):
            return None
        try:
            data = self.path(sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def free_bytes(self) -> int:
        """Return how much the disk still takes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free

    def new_place(self) -> Path:
        """Return where something that is under way may be written, which is nowhere else.

        Raises:
            OSError: the disk does not take it.
        """
        folder = self.folder / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        return folder / secrets.token_hex(8)

    def keep(self, made: Path, sha256: str) -> messages.Blob:
        """Take a file that was written at a :meth:`new_place`; the same bytes are kept once.

        Raises:
            OSError: the disk does not take it; nothing was changed.
        """
        self.keep_all([(made, sha256)])
        return self.blob(sha256)

    def keep_all(self, made: Sequence[tuple[Path, str]]) -> None:
        """Take files with their sha256; thousands cost the disk little more than one.

        Raises:
            OSError: the disk does not take them; some may have been kept.
        """
        new: dict[str, Path] = {}
        for place, sha256 in made:
            if self.knows(sha256) or sha256 in new:
                place.unlink(missing_ok=True)
            else:
                new[sha256] = place
        sizes = {sha256: place.stat().st_size for sha256, place in new.items()}
        sync_files(list(new.values()))
        for sha256, place in new.items():
            place.replace(self.path(sha256))
        if new:
            sync_folder(self.folder)
        with self._turn:
            for sha256, size in sizes.items():
                self._learn(sha256, size)

    def put(self, pieces: Sequence[bytes]) -> list[messages.Blob]:
        """Keep several files at once, which costs the disk little more than one.

        Raises:
            OSError: the disk does not take them; some may have been kept.
        """
        named = {hashlib.sha256(data).hexdigest(): data for data in pieces}
        places: dict[str, Path] = {}
        try:
            for sha256, data in named.items():
                if not self.knows(sha256):
                    places[sha256] = place = self.new_place()
                    _write(place, data)
            for sha256, place in places.items():
                place.replace(self.path(sha256))
        except OSError:
            for place in places.values():
                with contextlib.suppress(OSError):
                    place.unlink(missing_ok=True)
            raise
        if places:
            sync_folder(self.folder)
        with self._turn:
            for sha256 in places:
                self._learn(sha256, len(named[sha256]))
        return [messages.Blob(sha256, len(data)) for sha256, data in named.items()]

    def drop(self, sha256: str) -> None:
        """Delete a file that nothing refers to any more."""
        with self._turn:
            self.size_bytes -= self._sizes.pop(sha256, 0)
            self._blobs.withdraw(sha256)
        with contextlib.suppress(OSError):
            self.path(sha256).unlink(missing_ok=True)

    def hand_out(self, made: Path, sha256: str) -> messages.Blob:
        """Let an export be fetched for a while; it is moved, see :data:`EXPORTS_KEPT`.

        Raises:
            OSError: the disk does not take it.
        """
        size = made.stat().st_size
        if self.knows(sha256):
            made.unlink(missing_ok=True)
            return self.blob(sha256)
        folder = self.folder / OUTGOING
        folder.mkdir(parents=True, exist_ok=True)
        place = made.replace(folder / sha256)
        with self._turn:
            self._exports[sha256] = place
            self._exports.move_to_end(sha256)
            self._blobs.serve(sha256, Blob(size, OCTETS, path=place))
            self._forget_old_exports()
        return messages.Blob(sha256, size)

    def clear(self) -> None:
        """Delete what is under way and what was handed out."""
        for name in (INCOMING, OUTGOING):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    # ---- inside -----------------------------------------------------------------------------------------

    def _learn(self, sha256: str, size: int) -> None:
        if sha256 not in self._sizes:
            self._sizes[sha256] = size
            self.size_bytes += size
            self._blobs.serve(sha256, Blob(size, OCTETS, path=self.path(sha256)))

    def _forget_old_exports(self) -> None:
        sizes = {sha256: _size(path) for sha256, path in self._exports.items()}
        while len(sizes) > 1 and (len(sizes) > EXPORTS_KEPT or sum(sizes.values()) > EXPORTS_BYTES):
            sha256, path = self._exports.popitem(last=False)
            del sizes[sha256]
            if not self.knows(sha256):
                self._blobs.withdraw(sha256)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _listed(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield names and sizes of the files in a folder that are named as they should be."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        for entry in found:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                yield entry.name, entry.stat(follow_symlinks=False).st_size


def _write(place: Path, data: bytes) -> None:
    with place.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
