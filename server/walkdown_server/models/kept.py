"""The folder where packages stay that came into sessions, each named by its id.

It also knows of which files they were made, so that the same file need not be sent and read again.

A package is complete and on disk before it gets its name, so that a name is a promise. Sessions of one
data folder share it. A package is a folder, or the stored zip that somebody sent.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import msgspec

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.package import MANIFEST_PATH
from walkdown_server.packages import Package, open_package

ORIGINS = ".origins"
"""The folder of what files became."""


class Origin(msgspec.Struct, frozen=True):
    """Which package a file became, and what was said about it then."""

    package: str
    report: str


class Kept:
    """The packages in one folder.

    Args:
        folder: is made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, package: str) -> Package:
        """Open a package by its id.

        Raises:
            PackageError: it is not here any more, or is another.
        """
        path = self._folder / package
        opened = open_package(path)
        if opened.manifest.id != package:
            text = _("{path} holds the package {found}; restore it from a backup")
            raise PackageError(text.format(path=path, found=opened.manifest.id))
        return opened

    def keep(self, made: Path, package: str) -> None:
        """Move a package here, a folder or a stored zip on the same disk; a whole one that is here stays.

        Raises:
            OSError: the disk does not take it; nothing was changed.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._has(package):
            return
        _sync(made)
        place = self._folder / package
        if place.exists():
            place.rename(made.with_name("damaged"))
        try:
            made.rename(place)
        except OSError:
            if not place.exists():  # else another session has just kept the same
                raise
        _sync_folder(self._folder)

    def _has(self, package: str) -> bool:
        try:
            self.open(package)
        except PackageError:
            return False
        return True

    def recall(self, key: str) -> Origin | None:
        """Return what a file became, by the key under which that was remembered; None when it is not here."""
        try:
            origin = msgspec.json.decode((self._folder / ORIGINS / key).read_bytes(), type=Origin)
        except (OSError, msgspec.MsgspecError):
            return None
        place = self._folder / origin.package
        return origin if place.is_file() or (place / MANIFEST_PATH).is_file() else None

    def remember(self, key: str, origin: Origin) -> None:
        """Remember what a file became.

        Raises:
            OSError: the disk does not take it.
        """
        place = self._folder / ORIGINS / key
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(origin))
        part.replace(place)

    def forget(self, key: str) -> None:
        """Forget what a file became."""
        (self._folder / ORIGINS / key).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Return how much the disk still takes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free


def _sync(made: Path) -> None:
    """Have everything on disk before it gets its name."""
    folders = [made, *(path for path in made.rglob("*") if path.is_dir())] if made.is_dir() else []
    for path in made.rglob("*") if folders else (made,):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    for folder in folders:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
