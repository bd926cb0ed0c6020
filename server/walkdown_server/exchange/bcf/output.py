"""The zip that is written: each entry once, with the same bytes for the same review."""

from __future__ import annotations

import contextlib
import zipfile
from typing import IO

from walkdown.errors import BadInput
from walkdown_server.exchange.bcf.container import Container, Source

STORED = (".png", ".jpg", ".jpeg", ".zip", ".pdf", ".ifczip")
"""Endings of files that do not get smaller."""

SMALL = 1 << 20
LEVEL = 3
"""Packs XML nearly as well as the usual 6, in two thirds of the time."""

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every entry."""


class Output:
    """Writes entries one after the other."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self._names: set[str] = set()

    def put(self, name: str, data: Source) -> None:
        """Write bytes, or a file from disk."""
        if isinstance(data, bytes):
            self._zip.writestr(self._entry(name), data, compresslevel=LEVEL)
            return
        with data.open("rb") as source, self._zip.open(self._entry(name), "w", force_zip64=True) as target:
            while piece := source.read(1 << 20):
                target.write(piece)

    def copy(self, container: Container, path: str, name: str) -> str:
        """Copy a file of another zip; returns why not where it is damaged, "" when it was written."""
        try:
            if container.size(path) <= SMALL:
                self.put(name, container.read(path))
                return ""
            for _piece in container.pieces(path):  # what is damaged shows at its end
                pass
        except BadInput as error:
            return f"{error}; it was left out."
        with self._zip.open(self._entry(name), "w", force_zip64=True) as target:
            for piece in container.pieces(path):
                target.write(piece)
        return ""

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, LONG_AGO)
        stored = name.lower().endswith(STORED)
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        self._names.add(name.lower())
        return entry

    def free(self, name: str) -> str:
        """Return a name that no entry has, this one or one with a number."""
        folder, slash, last = name.rpartition("/")
        stem, dot, ending = last.rpartition(".")
        count, made = 1, name
        while made.lower() in self._names:
            count += 1
            numbered = f"{stem}-{count}{dot}{ending}" if dot else f"{last}-{count}"
            made = f"{folder}{slash}{numbered}"
        return made

    def __enter__(self) -> Output:
        """Return itself."""
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        """Finish the zip; one that could not be written is of no use to anybody."""
        with contextlib.suppress(ValueError) if kind else contextlib.nullcontext():
            self._zip.close()
