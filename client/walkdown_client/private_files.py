"""Files that only their owner may read: written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_private(path: Path, data: bytes, *, keep_existing: bool = False) -> bool:
    """Write a file that nobody else can read (mode 0600, in a folder of mode 0700).

    Args:
        keep_existing: leave a file alone that somebody has written meanwhile.

    Returns:
        Whether it was written.

    Raises:
        OSError: it could not be.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # its mode is 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if keep_existing:
            os.link(name, path)
        else:
            Path(name).replace(path)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink(missing_ok=True)
    return True


def others_can_read(path: Path) -> bool:
    """Tell whether somebody else may read a file; Windows keeps a user's folders to the user."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)
