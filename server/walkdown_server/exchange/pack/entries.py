"""The files of a session pack, in a folder or a zip, within bounds that hold before anything is read."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown_server.exchange.pack.session_file import NAME as SESSION
from walkdown_server.exchange.pack.topic_text import WRITTEN

TOPICS = "topics"
ALONE = (SESSION, WRITTEN)
TEXT_SIZE_MAX = 1 << 20
FILES_MAX = 60_000
BYTES_MAX = 512 << 20
BLOB_SIZE_MAX = 64 << 20
DAMAGED = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError, RuntimeError)
BLOBS = ("snapshots", "files", "evidence")
"""Folders whose files come along, each as a whole."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a pack: its path within it, when it was changed, its bytes, None when there are too many."""

    path: str
    edited_ns: int
    data: bytes | None


def is_pack(data: bytes) -> bool:
    """Tell whether bytes are a zip with the topics of a pack, and not, say, a BCF file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(
                _inner(name).startswith(f"{TOPICS}/") and name.endswith(".md") for name in archive.namelist()
            )
    except DAMAGED:
        return False


def of_folder(folder: Path) -> Iterator[Entry]:
    """Yield the texts of a pack on disk; links are not followed."""
    if not (folder / TOPICS).is_dir():
        text = _("{path} is no session pack: expected a folder {topics} in it.")
        raise BadInput(text.format(path=folder, topics=TOPICS))
    for path in (*sorted((folder / TOPICS).iterdir()), *(folder / name for name in ALONE)):
        if path.is_symlink() or not path.is_file():
            continue
        about, name = path.stat(), path.relative_to(folder).as_posix()
        fits = about.st_size <= size_max(name.partition("/")[0])
        yield Entry(name, about.st_mtime_ns, path.read_bytes() if fits else None)


class FolderFiles(Mapping[str, bytes]):
    """Pictures, documents and evidence of a pack on disk by SHA-256, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _paths(self) -> dict[str, Path]:
        paths = [path for place in BLOBS for path in sorted((self._folder / place).glob("*"))]
        plain = (path for path in paths if path.is_file() and not path.is_symlink())
        return {_hash_of(path): path for path in plain if path.stat().st_size <= BLOB_SIZE_MAX}

    def __getitem__(self, sha256: str) -> bytes:
        """Read a file; KeyError when there is none, or it is another than its name says."""
        data = self._paths[sha256].read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise KeyError(sha256)
        return data

    def __iter__(self) -> Iterator[str]:
        """Return the hashes."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._paths)


def _hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, as its name says where it does; who reads it checks that."""
    if _HASH.fullmatch(path.stem):
        return path.stem
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_zip(data: bytes, name: str) -> Iterator[Entry]:
    """Yield the files of a zipped pack, within limits that hold for what comes out too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if _belongs(_inner(info.filename))]
            _check(infos, name)
            for info in sorted(infos, key=lambda info: info.filename):
                path = _inner(info.filename)
                most = size_max(path.partition("/")[0])
                with archive.open(info) as file:
                    content = file.read(most + 1)
                yield Entry(path, _zip_ns(info), content if len(content) <= most else None)
    except DAMAGED as error:
        text = _("{path} is no session pack, or a damaged one: {reason}.")
        raise BadInput(text.format(path=name, reason=error)) from error


def _inner(path: str) -> str:
    """Return a path within a pack; the pack may lie in one folder of the zip."""
    parts = path.replace("\\", "/").split("/")
    if len(parts) > 2 and parts[1] in (TOPICS, *BLOBS):
        parts = parts[1:]
    elif len(parts) == 2 and parts[1] in ALONE:
        parts = parts[1:]
    return "/".join(parts)


def _belongs(path: str) -> bool:
    place, _slash, name = path.partition("/")
    return path in ALONE or (
        place in (TOPICS, *BLOBS) and bool(name) and "/" not in name and name not in (".", "..")
    )


def _check(infos: list[zipfile.ZipInfo], name: str) -> None:
    if not any(_inner(info.filename).startswith(f"{TOPICS}/") for info in infos):
        text = _("{path} is no session pack: expected a folder {topics} in it.")
        raise BadInput(text.format(path=name, topics=TOPICS))
    size = sum(info.file_size for info in infos)
    if len(infos) > FILES_MAX or size > BYTES_MAX:
        text = _("{path} has {count} files of {size} MB, at most {files} files of {most} MB are read.")
        raise BadInput(
            text.format(path=name, count=len(infos), size=size >> 20, files=FILES_MAX, most=BYTES_MAX >> 20)
        )


def size_max(place: str) -> int:
    """Return how many bytes a file of a folder of the pack may have."""
    return TEXT_SIZE_MAX if place == TOPICS else BLOB_SIZE_MAX


def _zip_ns(info: zipfile.ZipInfo) -> int:
    try:
        local = datetime(*info.date_time)  # noqa: DTZ001 -- a zip tells the time of where it was made
        return round(local.astimezone().timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError):
        return 0
