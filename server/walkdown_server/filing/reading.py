"""Topics of a foreign file, read in a process that is held in; run by ``sandboxed`` and by nothing else.

What was read lies in a folder afterwards: ``topics``, MessagePack of :class:`TopicsRead`, and in ``files``
the snapshots and documents that come with them, each named by its sha256. The parent believes nothing of it.
"""

from __future__ import annotations

import hashlib
import mimetypes
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from walkdown.errors import BadInput
from walkdown.messages import Evidence, EvidenceState, Topic
from walkdown.review.evidence import SIZE_MAX as EVIDENCE_SIZE_MAX
from walkdown_server.exchange.incoming import Incoming, IncomingTopic, guid_of
from walkdown_server.importers.jail import leave_files, leave_network, limit_resources, program_files
from walkdown_server.importers.job import DoneLine, Limits
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.worker import Teller, serve

TOPICS, FILES = "topics", "files"
LIMITS = Limits(time_secs=120, memory_bytes=3 << 30, file_bytes=1 << 30)


class TopicsJob(msgspec.Struct, frozen=True):
    """Which file is to be read.

    Attributes:
        path: where it lies. name: for people. out: a folder that exists.
        origins: of topics that are here, by their GUID, where the file lies that they once came from.
    """

    path: str
    name: str
    out: str
    origins: dict[str, str] = {}
    limits: Limits = LIMITS


class WrittenFields(msgspec.Struct, frozen=True):
    """Of a topic of a pack what nobody edited, and of the rest the short hashes as they were written."""

    same: frozenset[str]
    edited: dict[str, frozenset[str]]


class TopicsRead(msgspec.Struct, frozen=True):
    """What was read.

    Attributes:
        written: only of a session pack. bases: topics as they once came in, by GUID.
    """

    incoming: Incoming
    written: dict[str, WrittenFields] | None = None
    bases: dict[str, IncomingTopic] = {}


def read_topics(job: TopicsJob) -> TopicsRead:
    """Read a BCF file or a zipped session pack, and write down the files that come with it.

    Raises:
        BadInput: it cannot be read; one sentence says why.
    """
    from walkdown_server.exchange.pack import loading

    path, files = Path(job.path), Path(job.out, FILES)
    files.mkdir()
    data = path.read_bytes()
    if loading.is_pack(data):
        loaded = loading.load_zip(data, name=job.name)
        _write_files(files, loaded.files.items())
        written = {guid: WrittenFields(each.same, dict(each.edited)) for guid, each in loaded.written.items()}
        return TopicsRead(replace(loaded.incoming, sha256=""), written)
    del data
    incoming = _with_evidence(_read_bcf(path, job.name, files), files)
    return TopicsRead(incoming, bases=_bases(incoming, job.origins))


def _read_bcf(path: Path, name: str, files: Path) -> Incoming:
    from walkdown_server.exchange.bcf.reading import read

    bcf = read(path, name=name)
    try:
        _write_files(files, ((sha256, bcf.blob(sha256)) for sha256 in bcf.blobs))
        return bcf.incoming
    finally:
        bcf.close()


class _Said(msgspec.Struct, frozen=True):
    """Of evidence what it says of itself."""

    format: Literal["walkdown.evidence.1"]
    state: EvidenceState
    missing: tuple[str, ...] = ()


_said = msgspec.json.Decoder(_Said)


def _with_evidence(incoming: Incoming, files: Path) -> Incoming:
    """Return topics with the state of their evidence as its file has it, for which BCF has no place."""
    topics = tuple(
        each if each.topic.evidence.file is None else replace(each, topic=_stated(each.topic, files))
        for each in incoming.topics
    )
    return replace(incoming, topics=topics)


def _stated(topic: Topic, files: Path) -> Topic:
    file = topic.evidence.file
    path = files / file.sha256 if file is not None else files
    if not path.is_file() or path.stat().st_size > EVIDENCE_SIZE_MAX:
        return topic
    try:
        said = _said.decode(path.read_bytes())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return replace(topic, evidence=Evidence("partial", file, ("The evidence cannot be read.",)))
    return replace(topic, evidence=Evidence(said.state, file, said.missing))


def _write_files(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    for _named, data in files:
        Path(folder, hashlib.sha256(data).hexdigest()).write_bytes(data)


def _bases(incoming: Incoming, origins: Mapping[str, str]) -> dict[str, IncomingTopic]:
    """Return topics as they were when they came in before; an original that cannot be read is passed over."""
    from walkdown_server.exchange.bcf.reading import read

    named = {guid_of(each.topic.topic) for each in incoming.topics}
    bases: dict[str, IncomingTopic] = {}
    for path in dict.fromkeys(origins.values()):
        wanted = {guid for guid, origin in origins.items() if origin == path and guid in named}
        if not wanted:
            continue
        try:
            bcf = read(Path(path))
        except (BadInput, OSError):
            continue
        bases |= {
            guid: topic for topic in bcf.incoming.topics if (guid := guid_of(topic.topic.topic)) in wanted
        }
        bcf.close()
    return bases


def run_job(job: TopicsJob, teller: Teller) -> None:
    """Give up all rights, read the file and write down what it brings.

    Raises:
        BadInput: the file is wrong.
    """
    held = leave_network()
    import walkdown_server.exchange.pack.loading  # noqa: F401 -- before the rights are gone

    mimetypes.init(())  # else the first who asks looks for files that cannot be read any more
    readable = {Path(job.path), *map(Path, job.origins.values()), *program_files()}
    held += leave_files(readable=sorted(readable), writable=[Path(job.out)])
    limits = job.limits
    held += limit_resources(
        memory_bytes=limits.memory_bytes, cpu_secs=limits.longest_secs, file_bytes=limits.file_bytes
    )
    found = read_topics(job)
    Path(job.out, TOPICS).write_bytes(msgspec.msgpack.encode(found))
    teller.tell(DoneLine(ImportReport(name=job.name, protections=held)))


if __name__ == "__main__":
    sys.exit(serve(TopicsJob, run_job))
