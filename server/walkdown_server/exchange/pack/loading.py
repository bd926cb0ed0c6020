"""Loads a session pack, a folder or a zip of one, also after people edited it and ``git`` merged it.

What comes of it is what every file with topics comes to
(:class:`~walkdown_server.exchange.incoming.Incoming`), and beside it what is known of each field as it
was written: :func:`bases` makes of that what a merge needs to tell who changed what. Everything is
bounded before it is read.
"""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Topic
from walkdown.review import ReviewState
from walkdown_server.exchange.incoming import Incoming, IncomingTopic, derived, guid_of
from walkdown_server.exchange.pack.session_file import NAME as SESSION
from walkdown_server.exchange.pack.session_file import SessionFile, read_session, state_of
from walkdown_server.exchange.pack.topic_reading import (
    Draft,
    TopicReader,
    read_said,
    topic_of,
    unchanged,
    views_of,
)
from walkdown_server.exchange.pack.topic_text import EDITED, SAID, WRITTEN, digest_of, read_written

TOPICS = "topics"
ALONE = (SESSION, WRITTEN)
FORMAT = "session pack"
TEXT_SIZE_MAX = 1 << 20
FILES_MAX = 60_000
BYTES_MAX = 512 << 20
BLOB_SIZE_MAX = 64 << 20
NOTES_MAX = 200
DAMAGED = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError, RuntimeError)
BLOBS = ("snapshots", "files", "evidence")
"""Folders whose files come along, each as a whole."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a pack holds.

    Attributes:
        incoming: its topics, to be planned as those of any file.
        written: per topic, by GUID, the fields that are as they were written, and those that were edited with
            the short hashes of their values before.
        session: all of the review that is not of a topic. files: of snapshots, documents and evidence, by
            SHA-256.
    """

    incoming: Incoming
    written: Mapping[str, Written]
    session: SessionFile = field(default_factory=SessionFile)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def review(self) -> ReviewState:
        """The whole review."""
        return state_of(self.session, self.incoming.topics)


@dataclass(frozen=True, slots=True)
class Written:
    """Of one topic the fields that nobody edited, and of the others the short hashes as they were written."""

    same: frozenset[str]
    edited: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a pack: its path within it, when it was changed, and its bytes."""

    path: str
    edited_ns: int
    data: bytes


def load(path: Path) -> Loaded:
    """Load a pack from a folder or a zip.

    Raises:
        BadInput: it is none; says what was expected.
    """
    if path.is_dir():
        return _loaded(path.name, _of_folder(path), hashed="")
    try:
        data = path.read_bytes()
    except OSError as error:
        text = _("{path} cannot be read: {reason}.")
        raise BadInput(text.format(path=path, reason=error.strerror)) from error
    return load_zip(data, name=path.name)


def load_zip(data: bytes, *, name: str) -> Loaded:
    """Load a zipped pack.

    Raises:
        BadInput: it is none; says what was expected.
    """
    return _loaded(name, _of_zip(data, name), hashed=hashlib.sha256(data).hexdigest())


def is_pack(data: bytes) -> bool:
    """Tell whether bytes are a zip with the topics of a pack, and not, say, a BCF file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(
                _inner(name).startswith(f"{TOPICS}/") and name.endswith(".md") for name in archive.namelist()
            )
    except DAMAGED:
        return False


def bases(state: ReviewState, loaded: Loaded) -> dict[str, IncomingTopic]:
    """Return each topic as both sides had it, as far as that is known, for ``merging.Known``.

    A field that nobody edited is in the base as in the file, one that was edited and that the session still
    has as it was written is in the base as in the session. One that both have changed is as neither.
    """
    here = {guid_of(name): topic for name, topic in state.topics.items()}
    made: dict[str, IncomingTopic] = {}
    for each in loaded.incoming.topics:
        guid = guid_of(each.topic.topic)
        there, written = here.get(guid), loaded.written.get(guid)
        if there is not None and written is not None and (written.same or written.edited):
            made[guid] = IncomingTopic(_base(there, each.topic, written))
    return made


def _base(here: Topic, file: Topic, written: Written) -> Topic:
    changes = {}
    for name, before in written.edited.items():
        ours = getattr(here, name)
        changes[name] = ours if digest_of(name, ours) in before else _neither(name, ours, getattr(file, name))
    return replace(file, **changes)


def _neither(name: str, ours: object, theirs: object) -> object:
    """Return a value that is neither of two, for a field that both sides have changed."""
    if isinstance(ours, bool):
        return ours
    if isinstance(ours, str) and isinstance(theirs, str):
        return f"{ours}\0{theirs}"
    return () if ours and theirs else ours


# ---- files -------------------------------------------------------------------------------------------


def _of_folder(folder: Path) -> Iterator[_Entry]:
    """Yield the files of a pack on disk; links are not followed."""
    if not (folder / TOPICS).is_dir():
        text = _("{path} is no session pack: expected a folder {topics} in it.")
        raise BadInput(text.format(path=folder, topics=TOPICS))
    for place in (TOPICS, *BLOBS):
        for path in sorted((folder / place).glob("*")):
            about = path.lstat()
            if stat.S_ISREG(about.st_mode) and about.st_size <= _size_max(place):
                yield _Entry(f"{place}/{path.name}", about.st_mtime_ns, path.read_bytes())
            elif stat.S_ISREG(about.st_mode):
                yield _Entry(f"{place}/{path.name}", -about.st_size, b"")
    for name in ALONE:
        path = folder / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _size_max(name):
            yield _Entry(name, path.stat().st_mtime_ns, path.read_bytes())


def _of_zip(data: bytes, name: str) -> Iterator[_Entry]:
    """Yield the files of a zipped pack, within limits that hold for what comes out too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if _belongs(_inner(info.filename))]
            _check(infos, name)
            for info in sorted(infos, key=lambda info: info.filename):
                path = _inner(info.filename)
                with archive.open(info) as file:
                    content = file.read(_size_max(path.partition("/")[0]) + 1)
                too_large = len(content) > _size_max(path.partition("/")[0])
                yield _Entry(
                    path, -len(content) if too_large else _zip_ns(info), b"" if too_large else content
                )
    except DAMAGED as error:
        text = _("{path} is no session pack, or a damaged one: {reason}.")
        raise BadInput(text.format(path=name, reason=error)) from error


def _inner(path: str) -> str:
    """Return a path within a pack; the pack may lie in one folder of the zip."""
    parts = path.replace("\\", "/").split("/")
    if len(parts) > 2 and parts[1] in (TOPICS, *BLOBS):
        parts = parts[1:]
    elif len(parts) == 2 and parts[1] in ALONE:
        parts = parts[1:]
    return "/".join(parts)


def _belongs(path: str) -> bool:
    place, _slash, name = path.partition("/")
    return path in ALONE or (
        place in (TOPICS, *BLOBS) and bool(name) and "/" not in name and name not in (".", "..")
    )


def _check(infos: list[zipfile.ZipInfo], name: str) -> None:
    if not any(_inner(info.filename).startswith(f"{TOPICS}/") for info in infos):
        text = _("{path} is no session pack: expected a folder {topics} in it.")
        raise BadInput(text.format(path=name, topics=TOPICS))
    size = sum(info.file_size for info in infos)
    if len(infos) > FILES_MAX or size > BYTES_MAX:
        text = _("{path} has {count} files of {size} MB, at most {files} files of {most} MB are read.")
        raise BadInput(
            text.format(path=name, count=len(infos), size=size >> 20, files=FILES_MAX, most=BYTES_MAX >> 20)
        )


def _size_max(place: str) -> int:
    return TEXT_SIZE_MAX if place == TOPICS else BLOB_SIZE_MAX


def _zip_ns(info: zipfile.ZipInfo) -> int:
    try:
        local = datetime(*info.date_time)  # noqa: DTZ001 -- a zip tells the time of where it was made
        return round(local.astimezone().timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError):
        return 0


# ---- what they come to --------------------------------------------------------------------------------


def _loaded(name: str, entries: Iterator[_Entry], *, hashed: str) -> Loaded:
    texts: dict[str, _Entry] = {}
    files: dict[str, bytes] = {}
    notes = _Notes()
    for entry in entries:
        if entry.edited_ns < 0:
            notes.add(
                entry.path,
                0,
                f"it has more than {_size_max(entry.path.partition('/')[0])} bytes and is not read",
            )
        elif entry.path.startswith(tuple(f"{place}/" for place in BLOBS)):
            files[hashlib.sha256(entry.data).hexdigest()] = entry.data
        elif entry.path.endswith(".md") or entry.path in ALONE:
            texts[entry.path] = entry
    session = _session(texts.pop(SESSION, None), notes)
    reader = _Topics(texts, notes)
    topics = tuple(reader.topics())
    incoming = Incoming(name, FORMAT, topics=topics, notes=notes.all())
    return Loaded(incoming, reader.written, session, files)


def _session(entry: _Entry | None, notes: _Notes) -> SessionFile:
    if entry is None:
        return SessionFile()
    try:
        return read_session(entry.data)
    except ValueError as error:
        notes.add(entry.path, 0, f"it is not as it was written, and left out: {error}")
        return SessionFile()


class _Notes:
    """Collects sentences about files, so many at most."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._left_out = 0

    def add(self, path: str, number: int, text: str) -> None:
        where = f"{path}:{number}" if number else path
        if len(self._found) < NOTES_MAX:
            self._found.append(f"{where}: {text}.")
        else:
            self._left_out += 1

    def all(self) -> tuple[str, ...]:
        more = [f"There are {self._left_out} further remarks."] if self._left_out else []
        return (*self._found, *more)


class _Topics:
    """Reads the topics of a pack; ``written`` grows with them."""

    def __init__(self, texts: Mapping[str, _Entry], notes: _Notes) -> None:
        self._texts, self._notes = texts, notes
        self.written: dict[str, Written] = {}
        self._hashes: dict[str, dict[str, set[str]]] = {}
        self._path_of: dict[str, str] = {}

    def topics(self) -> Iterator[IncomingTopic]:
        """Yield the topics in the order of their files."""
        if WRITTEN in self._texts:
            self._hashes = read_written(self._text(self._texts[WRITTEN]) or "")
        for path, entry in sorted(self._texts.items()):
            if path.startswith(f"{TOPICS}/") and not path.endswith(SAID):
                made = self._topic(path, entry)
                if made is not None:
                    yield made
        for path in self._texts:
            if path.endswith(SAID) and path.removesuffix(SAID) + ".md" not in self._texts:
                self._notes.add(path, 0, "its topic's file is missing, so that it is not read")

    def _text(self, entry: _Entry) -> str | None:
        try:
            return entry.data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = entry.data[: error.start].count(b"\n") + 1
            self._notes.add(entry.path, line, "this is no UTF-8; save the file as UTF-8")
            return None

    def _topic(self, path: str, entry: _Entry) -> IncomingTopic | None:
        def say(number: int, text: str) -> None:
            self._notes.add(path, number, text)

        text = self._text(entry)
        if text is None:
            return None
        draft = TopicReader(say).read(text)
        name = draft.values.setdefault("topic", "") or derived("pack", path)
        draft.values["topic"] = name
        draft.written = self._hashes.get(name, {})
        self._take_said(path.removesuffix(".md") + SAID, draft, name)
        topic = topic_of(draft, say, edited_ns=entry.edited_ns)
        if topic is None:
            return None
        if other := self._path_of.get(guid_of(name)):
            say(
                1, f"its id {name} is that of {other} too, which counts; give one of them another id, or none"
            )
            return None
        self._path_of[guid_of(name)] = path
        self.written[guid_of(name)] = _written(draft)
        comments = tuple(replace(one, topic=topic.topic) for one in draft.comments)
        return IncomingTopic(topic, comments, views_of(draft, topic.topic, say), fields=EDITED)

    def _take_said(self, path: str, draft: Draft, topic: str) -> None:
        entry = self._texts.get(path)
        text = self._text(entry) if entry is not None else None
        if entry is not None and text is not None:
            read_said(
                text,
                draft,
                topic,
                edited_ns=entry.edited_ns,
                say=lambda number, what: self._notes.add(path, number, what),
            )


def _written(draft: Draft) -> Written:
    same = frozenset(name for name in draft.written if name in draft.values and unchanged(draft, name))
    edited = {
        name: frozenset(short)
        for name, short in draft.written.items()
        if name in draft.values and not unchanged(draft, name)
    }
    return Written(same, edited)
