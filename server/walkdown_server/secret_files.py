"""Files that only their owner may read, made once by whoever comes first."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def made_once(path: Path, data: bytes) -> bytes:
    """Write a file unless it is there, and return what stands in it; whoever reads it reads all of it."""
    if not path.exists():
        draft = _draft(path, data)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # somebody else was faster
        except OSError:  # a file system without links
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return path.read_bytes()


def replace(path: Path, data: bytes) -> None:
    """Write a file anew, all or nothing."""
    _draft(path, data).replace(path)


def _draft(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return draft
