"""What makes files of a review: BCF, reports, packs; in a thread of the server or in a process beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from walkdown.messages import AskExport, ExportFormat
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About
from walkdown_server.exchange.incoming import derived


class KeptFiles(Protocol):
    """The files of a session, by sha256."""

    def find(self, sha256: str) -> Path | None:
        """Return where a file lies, None when it is not here."""

    def read(self, sha256: str) -> bytes | None:
        """Return the bytes of a file, None when it is not here or is another than its name says."""


@dataclass(frozen=True, slots=True)
class KeptFolder:
    """Files by sha256 as they lie in the folder of a store, for who only reads them."""

    folder: Path

    def find(self, sha256: str) -> Path | None:
        """Return where a file lies, None when it is not here."""
        path = self.folder / sha256
        return path if sha256.isalnum() and path.is_file() else None

    def read(self, sha256: str) -> bytes | None:
        """Return the bytes of a file, None when it is not here or is another than its name says."""
        path = self.find(sha256)
        try:
            data = path.read_bytes() if path is not None else b""
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None


@dataclass(frozen=True, slots=True)
class Source:
    """Of what a file is made: what was asked, what stands, what is said beside, and the session's files."""

    ask: AskExport
    state: ReviewState
    about: About
    store: KeptFiles


Notes = tuple[str, ...]
"""English sentences about what was left out of a file."""

Writer = Callable[[Source, BinaryIO], Notes]
"""Makes a file; takes a while."""


def _report(source: Source, out: BinaryIO) -> Notes:
    from walkdown_server.exchange import report

    form: report.Form = "pdf" if source.ask.format == "pdf" else "html"
    data = report.make(
        source.state,
        source.store.read,
        source.about,
        form=form,
        language=source.ask.language,
        topics=source.ask.topics,
    )
    out.write(data)
    return ()


def _bcf(source: Source, out: BinaryIO) -> Notes:
    from walkdown_server.exchange import bcf

    version: bcf.Version = "2.1" if source.ask.format == "bcf-2.1" else "3.0"
    session, frames = source.about.session, source.about.frames
    supply = bcf.Supply(source.store.find, project=(derived("session", session), session), frames=frames)
    return bcf.write(out, source.state, supply, version=version, topics=source.ask.topics)


def _pack(source: Source, out: BinaryIO) -> Notes:
    from walkdown_server.exchange import pack
    from walkdown_server.exchange.pack.bcf_file import write_bcf

    def with_bcf(file: IO[bytes], state: ReviewState, _files: object) -> None:
        write_bcf(file, state, source.store.find, frames=source.about.frames)

    pack.write_zip(out, source.state, source.about, files=source.store.read, bcf=with_bcf)
    return ("A session pack has all topics of the session.",) if source.ask.topics else ()


WRITERS: Mapping[ExportFormat, tuple[str, Writer]] = {
    "bcf-2.1": (".bcf", _bcf),
    "bcf-3.0": (".bcf", _bcf),
    "html": (".html", _report),
    "pdf": (".pdf", _report),
    "pack": (".zip", _pack),
}
"""Ending of the name, and what makes the file."""


def write_pack_bcf(source: Source, out: BinaryIO) -> Notes:
    """Write the BCF file that lies in a session pack."""
    from walkdown_server.exchange.pack.bcf_file import write_bcf

    write_bcf(out, source.state, source.store.find, frames=source.about.frames)
    return ()
