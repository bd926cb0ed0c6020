"""The parent's side of reading topics: has them read by a process that is held in, and believes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace as changed

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown.messages import Evidence
from walkdown_server.exchange.incoming import IncomingTopic
from walkdown_server.filing.reading import FILES, TOPICS, TopicsJob, TopicsRead
from walkdown_server.importers.sandbox import Errand, run_worker
from walkdown_server.review.pictures import fault_of_picture

WORKER = "walkdown_server.filing.reading"
READ_BYTES_MAX = 512 << 20
NOTES_MAX = 200
CUT = "The topic left its session before the minute after it was over."

_decoder = msgspec.msgpack.Decoder(TopicsRead)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file brings: its topics, and where the files that come with them lie, by their sha256."""

    read: TopicsRead
    files: Mapping[str, Path]


def read_held_in(
    job: TopicsJob,
    *,
    knows: Callable[[str], bool],
    file_bytes: int,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
) -> Brought:
    """Have a file read, and check everything that came out.

    Args:
        knows: whether a file is in the store already. file_bytes: larger ones are left out.

    Raises:
        ImportFailed: it cannot be read; one sentence says why.
    """
    errand = Errand(job, job.limits, job.name, WORKER)
    run_worker(errand, progress=lambda _step, part: progress(part), cancelled=cancelled)
    return _checked(job, knows=knows, file_bytes=file_bytes)


def read_again(job: TopicsJob) -> Brought:
    """Return what was read and checked before.

    Raises:
        ImportFailed: it is not there any more.
    """
    files = {path.name: path for path in Path(job.out, FILES).iterdir()}
    return Brought(_decoded(job), files)


def _checked(job: TopicsJob, *, knows: Callable[[str], bool], file_bytes: int) -> Brought:
    found = _decoded(job)
    faults: dict[str, str] = {}
    files: dict[str, Path] = {}
    for path in sorted(Path(job.out, FILES).iterdir()):
        fault = _fault_of(path, file_bytes)
        if fault:
            faults[path.name] = fault
            path.unlink()
        else:
            files[path.name] = path
    notes: dict[str, None] = {}

    def usable(sha256: str, what: str, topic: str) -> bool:
        if sha256 in files or knows(sha256):
            return True
        why = faults.get(sha256, "It did not come with the file.")
        notes[f"{what} of {topic[:80]!r} was left out: {why}"] = None
        return False

    topics = tuple(_with_files(each, usable) for each in found.incoming.topics)
    said = (*found.incoming.notes, *notes)[:NOTES_MAX]
    read = changed(found, incoming=changed(found.incoming, topics=topics, notes=said))
    Path(job.out, TOPICS).write_bytes(msgspec.msgpack.encode(read))
    return Brought(read, files)


def _decoded(job: TopicsJob) -> TopicsRead:
    path = Path(job.out, TOPICS)
    try:
        if path.is_symlink() or path.stat().st_size > READ_BYTES_MAX:
            raise ImportFailed(_("{name} holds more than can be merged at once").format(name=job.name))
        return _decoder.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        text = _("what was read of {name} cannot be used ({reason}); send it again")
        raise ImportFailed(text.format(name=job.name, reason=str(error)[:300])) from error


def _fault_of(path: Path, file_bytes: int) -> str:
    """Return why a file that the worker wrote is left out, one sentence, or ""."""
    if path.is_symlink() or not path.is_file():
        return "It is no plain file."
    size = path.stat().st_size
    if size > file_bytes:
        return f"It has {size / 1e6:.1f} MB, at most {file_bytes / 1e6:.1f} MB are taken."
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
            return "It is damaged."
    return fault_of_picture(path)


Usable = Callable[[str, str, str], bool]
"""Tells of a sha256, what it is, and a topic's title whether the file can be referred to."""


def _with_files(each: IncomingTopic, usable: Usable) -> IncomingTopic:
    """Return a topic that refers only to files that are there."""
    topic = each.topic
    evidence = topic.evidence
    if evidence.file is not None and not usable(evidence.file.sha256, "The evidence", topic.title):
        evidence = Evidence()
    if evidence.state == "waiting":  # here nobody knows what is waited for
        cut = changed(evidence, state="partial", missing=(*evidence.missing, CUT))
        evidence = cut if evidence.file is not None else Evidence()
    documents = tuple(
        one
        if one.file is None or usable(one.file.sha256, f"The file {one.file.name!r}", topic.title)
        else changed(one, file=None)
        for one in topic.documents
    )
    viewpoints = tuple(
        view
        if not view.snapshot or usable(view.snapshot, "A snapshot", topic.title)
        else changed(view, snapshot="")
        for view in each.viewpoints
    )
    return changed(each, topic=changed(topic, documents=documents, evidence=evidence), viewpoints=viewpoints)
