"""Downloaded blobs on disk, each a file named by its hash, least recently used ones first to go.

Several clients of one user share the folder: a file appears under its name by an atomic rename, and one
that vanishes or is damaged is just not there. When the disk is full nothing is kept, which only costs time.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path

import platformdirs

log = logging.getLogger(__name__)

SIZE_MAX_BYTES = 4 * 1024**3


def default_folder() -> Path:
    """Return the user's own cache folder for blobs."""
    return platformdirs.user_cache_path("walkdown", appauthor=False) / "blobs"


class BlobCache:
    """A folder of blobs.

    Args:
        folder: made when the first blob is kept.
        size_max_bytes: what all blobs together may take.
    """

    def __init__(self, folder: Path, *, size_max_bytes: int = SIZE_MAX_BYTES) -> None:
        self._folder = folder
        self._size_max_bytes = size_max_bytes
        self._size_bytes: int | None = None

    def get(self, sha256: str) -> bytes | None:
        """Return a blob whose bytes still have this hash, None when it is not here."""
        path = self._path(sha256)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != sha256:
            log.warning("the cached file %s is damaged and is removed", path)
            path.unlink(missing_ok=True)
            return None
        os.utime(path)
        return data

    def put(self, sha256: str, data: bytes) -> None:
        """Keep a blob whose hash the caller has checked."""
        if len(data) > self._size_max_bytes // 2:
            return
        try:
            self._write(self._path(sha256), data)
            self._make_room(len(data))
        except OSError as error:
            log.warning("a download is not kept in %s: %s", self._folder, error)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _make_room(self, added_bytes: int) -> None:
        """Remove the oldest files once all together are too large, down to nine tenths."""
        if self._size_bytes is None:
            self._size_bytes = sum(size for _, size, _ in self._files())
        else:
            self._size_bytes += added_bytes
        if self._size_bytes <= self._size_max_bytes:
            return
        files = sorted(self._files())
        self._size_bytes = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._size_bytes <= self._size_max_bytes * 9 // 10:
                break
            path.unlink(missing_ok=True)
            self._size_bytes -= size

    def _files(self) -> list[tuple[float, int, Path]]:
        """Return (time of last use, size, path) of every file that is still there."""
        found = []
        for path in self._folder.glob("*/*"):
            try:
                status = path.stat()
            except FileNotFoundError:  # another client removed it
                continue
            found.append((status.st_mtime, status.st_size, path))
        return found
