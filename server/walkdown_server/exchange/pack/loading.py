"""Loads a session pack, a folder or a zip of one, also after people edited it and ``git`` merged it.

What comes of it is what every file with topics comes to
(:class:`~walkdown_server.exchange.incoming.Incoming`), and beside it what is known of each field as it
was written: :func:`bases` makes of that what a merge needs to tell who changed what. Everything is
bounded before it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Topic
from walkdown.review import ReviewState
from walkdown_server.exchange.incoming import Incoming, IncomingTopic, derived, guid_of
from walkdown_server.exchange.pack.entries import (
    ALONE,
    BLOBS,
    TOPICS,
    Entry,
    FolderFiles,
    is_pack,
    of_folder,
    of_zip,
    size_max,
)
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

FORMAT = "session pack"
NOTES_MAX = 200


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


def load(path: Path) -> Loaded:
    """Load a pack from a folder or a zip.

    Raises:
        BadInput: it is none; says what was expected.
    """
    if path.is_dir():
        return _loaded(path.name, of_folder(path), files=FolderFiles(path))
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
    return _loaded(name, of_zip(data, name))


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


# ---- what they come to --------------------------------------------------------------------------------


def _loaded(name: str, entries: Iterator[Entry], *, files: Mapping[str, bytes] | None = None) -> Loaded:
    texts: dict[str, bytes] = {}
    edited_ns: dict[str, int] = {}
    found: dict[str, bytes] = {}
    notes = _Notes()
    for entry in entries:
        place = entry.path.partition("/")[0]
        if entry.data is None:
            notes.add(entry.path, 0, f"it has more than {size_max(place)} bytes and is not read")
        elif place in BLOBS:
            found[hashlib.sha256(entry.data).hexdigest()] = entry.data
        elif entry.path.endswith(".md") or entry.path in ALONE:
            texts[entry.path], edited_ns[entry.path] = entry.data, entry.edited_ns
    session = _session(texts.pop(SESSION, None), notes)
    reader = _Topics(texts, edited_ns, notes)
    topics = tuple(reader.topics())
    incoming = Incoming(name, FORMAT, topics=topics, notes=notes.all())
    return Loaded(incoming, reader.written, session, found if files is None else files)


def _session(data: bytes | None, notes: _Notes) -> SessionFile:
    if data is None:
        return SessionFile()
    try:
        return read_session(data)
    except ValueError as error:
        notes.add(SESSION, 0, f"it is not as it was written, and left out: {error}")
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

    def __init__(self, texts: Mapping[str, bytes], edited_ns: Mapping[str, int], notes: _Notes) -> None:
        self._texts, self._edited_ns, self._notes = texts, edited_ns, notes
        self.written: dict[str, Written] = {}
        self._hashes: dict[str, dict[str, set[str]]] = {}
        self._path_of: dict[str, str] = {}

    def topics(self) -> Iterator[IncomingTopic]:
        """Yield the topics in the order of their files."""
        if WRITTEN in self._texts:
            self._hashes = read_written(self._text(WRITTEN) or "")
        for path in sorted(self._texts):
            if path.startswith(f"{TOPICS}/") and not path.endswith(SAID):
                made = self._topic(path)
                if made is not None:
                    yield made
        for path in self._texts:
            if path.endswith(SAID) and path.removesuffix(SAID) + ".md" not in self._texts:
                self._notes.add(path, 0, "its topic's file is missing, so that it is not read")

    def _text(self, path: str) -> str | None:
        data = self._texts[path]
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self._notes.add(path, line, "this is no UTF-8; save the file as UTF-8")
            return None

    def _topic(self, path: str) -> IncomingTopic | None:
        def say(number: int, text: str) -> None:
            self._notes.add(path, number, text)

        text = self._text(path)
        if text is None:
            return None
        draft = TopicReader(say).read(text)
        name = draft.values.setdefault("topic", "") or derived("pack", path)
        draft.values["topic"] = name
        draft.written = self._hashes.get(name, {})
        self._take_said(path.removesuffix(".md") + SAID, draft, name)
        topic = topic_of(draft, say, edited_ns=self._edited_ns[path])
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
        text = self._text(path) if path in self._texts else None
        if text is not None:

            def say(number: int, what: str) -> None:
                self._notes.add(path, number, what)

            read_said(text, draft, topic, edited_ns=self._edited_ns[path], say=say)


def _written(draft: Draft) -> Written:
    same = frozenset(name for name in draft.written if name in draft.values and unchanged(draft, name))
    edited = {
        name: frozenset(short)
        for name, short in draft.written.items()
        if name in draft.values and not unchanged(draft, name)
    }
    return Written(same, edited)


__all__ = ["Loaded", "Written", "bases", "is_pack", "load", "load_zip"]
