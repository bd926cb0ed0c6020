"""Waits until files are on disk; thousands of them at once where the system can, each by itself where not."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

AT_ONCE = 16
"""From so many files on the whole disk is waited for instead of each of them."""


def sync_files(files: Sequence[Path]) -> None:
    """Wait until files, all of one folder, are on disk.

    Raises:
        OSError: the disk does not take them.
    """
    if len(files) >= AT_ONCE and _sync_disk_of(files[0].parent):
        return
    for path in files:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk."""
    if sys.platform == "win32":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _sync_disk_of(folder: Path) -> bool:
    """Wait until all that was written to a folder's disk is there; tells whether this system can do so."""
    if sys.platform != "linux":
        return False
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        return False
    file = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(file) == 0:
            return True
        fault = ctypes.get_errno()
    finally:
        os.close(file)
    if fault == errno.ENOSYS:
        return False
    raise OSError(fault, os.strerror(fault))
