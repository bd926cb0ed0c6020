"""A session pack as one zip, for whoever asks for it while the session runs."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files
from walkdown_server.exchange.pack.folder import Bcf, PackFolder

STORED = (".png", ".jpg", ".bcf")
"""Compressed already."""


def zipped(state: ReviewState, about: About, files: Files, *, bcf: Bcf | None = None) -> bytes:
    """Return a pack as a zip, see :func:`write_zip`."""
    file = io.BytesIO()
    write_zip(file, state, about, files=files, bcf=bcf)
    return file.getvalue()


def write_zip(
    out: IO[bytes], state: ReviewState, about: About, *, files: Files, bcf: Bcf | None = None
) -> None:
    """Write a pack as a zip; takes a while with many pictures, so call it in a thread.

    Args:
        files: finds what the session's store has, by SHA-256. bcf: writes the BCF file, left out without.
    """
    with tempfile.TemporaryDirectory(prefix="walkdown-pack-") as place:
        folder = PackFolder(Path(place), files)
        folder.write(state, about)
        if bcf is not None:
            folder.write_bcf(state, bcf)
        _zip(Path(place), out)


def _zip(folder: Path, out: IO[bytes]) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            how = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            archive.write(path, path.relative_to(folder).as_posix(), compress_type=how)


def unzipped(data: bytes, place: Path) -> int:
    """Write a zip that :func:`zipped` made into a folder; returns how many files there are.

    Raises:
        BadInput: it is none, or the folder cannot be written.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            place.mkdir(parents=True, exist_ok=True)
            archive.extractall(place)  # leaves out what would lead out of the folder
            return len(archive.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        text = _("{path} cannot be written: {reason}.")
        raise BadInput(text.format(path=place, reason=error)) from error
