"""Files of a review that go along with an exported session, and come back with it."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from walkdown.errors import JournalError
from walkdown.messages import REVIEW_KINDS
from walkdown.review import ReviewState
from walkdown.review.references import files_named
from walkdown_server.filing.store import FOLDER
from walkdown_server.journal.kept import record_of
from walkdown_server.journal.records import Entry


def named_in(entries: Iterable[Entry]) -> list[str]:
    """Return the SHA-256 of the files that the review of a journal refers to as it stands, each once."""
    state = ReviewState()
    for entry in entries:
        if entry.kind in REVIEW_KINDS:
            with contextlib.suppress(JournalError, KeyError, ValueError, TypeError, msgspec.ValidationError):
                state.apply(record_of(entry))
    return list(dict.fromkeys(files_named(state)))


def place_beside(exported: Path) -> Path:
    """Return the folder of the files that belong to an exported session."""
    return exported.with_name(f"{exported.name.removesuffix('.wds')}.{FOLDER}")


def carry(names: Sequence[str], source: Path, target: Path) -> list[str]:
    """Copy files from one folder to another; returns the names of those that are not there or damaged.

    Raises:
        OSError: the disk does not take them.
    """
    missing = []
    for name in names:
        if not _is_whole(source / name, name):
            missing.append(name)
        elif not _is_whole(target / name, name):
            target.mkdir(parents=True, exist_ok=True)
            part = target / f".{name}"
            shutil.copyfile(source / name, part)
            part.replace(target / name)
    return missing


def _is_whole(path: Path, name: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == name
    except OSError:
        return False
