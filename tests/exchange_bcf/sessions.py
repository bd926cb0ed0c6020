"""A session's review in memory: files come in as records, as in a server, and go out again."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from walkdown.messages import Record
from walkdown.review import MergePlan, ReviewState
from walkdown_server.exchange.bcf import BcfFile, Supply, Version, read, write
from walkdown_server.exchange.merging import NOTHING_KNOWN, Known, bodies, plan
from walkdown_server.exchange.model_frames import NO_MODELS, ModelFrames

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "bcf"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared data set is not here")

NOW_NS = 1_800_000_000_000_000_000
SECOND_NS = 1_000_000_000
DOCUMENTS = {
    "markup.bcf": "markup",
    "bcf.version": "version",
    "project.bcfp": "project",
    "extensions.xml": "extensions",
    "documents.xml": "documents",
}


@dataclass
class Session:
    """A review, its files, where its models lie, and a clock that ticks a second with each record."""

    state: ReviewState = field(default_factory=ReviewState)
    files: dict[str, bytes] = field(default_factory=dict)
    number: int = 0
    now_ns: int = NOW_NS
    frames: ModelFrames = NO_MODELS

    def commit(self, kind: str, body: dict[str, Any], *, author: str = "Ada") -> None:
        self.number += 1
        self.now_ns += SECOND_NS
        record = Record(self.number, self.now_ns, author, f"id of {author}", kind, body)
        self.state.apply(record)

    def bring(self, data: bytes, known: Known = NOTHING_KNOWN) -> MergePlan:
        """Merge a file; returns what it changed."""
        file = read(data)
        made = plan(self.state, file.incoming, replace(known, frames=self.frames))
        self.files[file.incoming.sha256] = data
        self.files.update({sha256: file.blob(sha256) for sha256 in file.blobs})
        for kind, body in bodies(made, next_index=self.state.next_index):
            self.commit(kind, body)
        return made

    def planned(self, data: bytes, known: Known = NOTHING_KNOWN) -> MergePlan:
        return plan(self.state, read(data).incoming, replace(known, frames=self.frames))

    def file(self, version: Version = "3.0", *, without: tuple[str, ...] = ()) -> bytes:
        """Return the review as a BCF file, without some files of the session."""
        out = io.BytesIO()
        supply = Supply(
            lambda sha256: None if sha256 in without else self.files.get(sha256), frames=self.frames
        )
        write(out, self.state, supply, version=version)
        return out.getvalue()


def brought(data: bytes) -> tuple[Session, BcfFile]:
    session = Session()
    session.bring(data)
    return session, read(data)


def faults(data: bytes, version: str) -> list[str]:
    """Return what the schemas find wrong with a file."""
    import zipfile

    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            last = name.rpartition("/")[2]
            kind = "visinfo" if last.endswith(".bcfv") else DOCUMENTS.get(last)
            if kind is not None:
                schema = _schema(version, kind)
                if not schema.validate(etree.fromstring(archive.read(name))):
                    found.append(f"{name}: {schema.error_log.last_error.message}")
    return found


_SCHEMAS: dict[tuple[str, str], etree.XMLSchema] = {}


def _schema(version: str, kind: str) -> etree.XMLSchema:
    key = (version, kind)
    if key not in _SCHEMAS:
        _SCHEMAS[key] = etree.XMLSchema(etree.parse(CORPUS / f"xsd-{version}" / f"{kind}.xsd"))
    return _SCHEMAS[key]
