"""What reading the topics of one archive shares: notes, bounds of texts and dates, GUIDs, and files."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from walkdown.errors import BadInput
from walkdown.messages import Attached
from walkdown.review.contents import HEAD_BYTES, media_of
from walkdown_server.exchange.bcf.archive import Archive, Folder
from walkdown_server.exchange.bcf.pictures import fault_of
from walkdown_server.exchange.bcf.trees import Node, instant
from walkdown_server.exchange.incoming import derived, guid_of

UNTITLED, NOBODY = "Untitled", "unknown"
"""What stands where a file lacks what it must have."""

NOTES_MAX = 200
_TIMES_NS = 2**62
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')


@dataclass(frozen=True, slots=True)
class Blob:
    """A file in the zip that becomes one of the session's.

    Attributes:
        path: in the zip. name: for people. media: its type.
    """

    path: str
    name: str
    size: int
    media: str


@dataclass(slots=True)
class Draft:
    """A topic that is being read.

    Attributes:
        node: its ``Topic`` element, None where it has none.
        views, comments: the ids that they have here, by the GUIDs in the file.
    """

    folder: Folder
    root: Node
    node: Node | None
    views: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


class Reader:
    """What reading the topics of one archive shares.

    Attributes:
        blobs: snapshots and documents so far, by SHA-256.
        where: the topic that is being read, for notes.
        nodes: the elements of comments, views and documents of the last topic, by their ids here.
        trees, held: XML of its views, and bytes of files that were read, by path.
        misspelt: paths of views whose names are not spelt as the schema does.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.blobs: dict[str, Blob] = {}
        self.where = ""
        self.nodes: dict[str, Node] = {}
        self.trees: dict[str, Node] = {}
        self.held: dict[str, bytes] = {}
        self.misspelt: set[str] = set()
        self._hashes: dict[str, str] = {}
        self._taken: set[str] = set()
        self._zoneless = 0

    def begin(self, where: str) -> None:
        """Turn to another topic."""
        self.where = where
        for table in (self.nodes, self.trees, self.held):
            table.clear()

    def note(self, sentence: str) -> None:
        """Note what is odd about the topic that is being read."""
        self.archive.notes.append(f"{self.where}: {sentence}")

    def notes(self) -> tuple[str, ...]:
        """Return what was odd, at most so many sentences."""
        found = list(dict.fromkeys(self.archive.notes))
        if self._zoneless:
            found.append(f"{self._zoneless} dates name no time zone; they are taken as UTC.")
        if len(found) > NOTES_MAX:
            found = [*found[:NOTES_MAX], f"There are {len(found) - NOTES_MAX} more notes of this kind."]
        return tuple(found)

    # ---- texts, dates and GUIDs ---------------------------------------------------------------------------

    def word(self, value: str, what: str, most: int = 200) -> str:
        """Return a text that is not longer than that."""
        if len(value) <= most:
            return value
        self.note(f"its {what} has {len(value)} letters; the first {most} are shown.")
        return value[: most - 1].rstrip() + "…"

    def time(self, value: str) -> int:
        """Return a date in nanoseconds since 1970, 0 for none."""
        if not value:
            return 0
        time_ns, zoned = instant(value)
        if not time_ns:
            self.note(f"{value[:40]!r} is no date.")
        self._zoneless += not zoned
        return time_ns if -_TIMES_NS < time_ns < _TIMES_NS else 0

    def id_of(self, topic: str, said: str, where: str) -> str:
        """Return the id of a part of a topic, a new one where it has none or another part has it already.

        Args:
            topic: its GUID. said: the part's, in the file. where: what it is and which one: ``view 2``.
        """
        name = guid_of(said) if said else derived(topic, where)
        if name in self._taken:
            fresh = derived(topic, name, where)
            self.note(f"the GUID {name} occurs twice; the {where.split()[0]} came in as {fresh}.")
            name = fresh
        self._taken.add(name)
        return name

    def claim(self, guids: Sequence[str]) -> bool:
        """Take GUIDs for parts that need not be read; returns False, and takes none, where one is not new."""
        names = {guid_of(said) for said in guids}
        if len(names) < len(guids) or not all(guids) or names & self._taken:
            return False
        self._taken |= names
        return True

    # ---- files --------------------------------------------------------------------------------------------

    def path(self, folder: Folder, reference: str) -> str | None:
        """Return the path of a file that a topic names: in its folder, or else at the root."""
        container = self.archive.container
        return container.find(folder.path + reference) or container.find(reference)

    def attached(self, path: str | None, reference: str, *, name: str = "") -> Attached | None:
        """Return a document as a file of the session, None with a note where it is not there or damaged."""
        if path is None:
            self.note(f"it names the file {reference[:80]!r}, which is not there.")
            return None
        called = _file_name(name or path)
        media = mimetypes.guess_type(called)[0] or "application/octet-stream"
        try:
            sha256 = self._kept(path, Blob(path, called, self.archive.container.size(path), media))
        except BadInput as error:
            self.note(f"{error}; it was left out.")
            return None
        return Attached(called, sha256, self.archive.container.size(path), media)

    def snapshot(self, folder: Folder, file: str) -> str:
        """Return the SHA-256 of a snapshot that a topic names, "" where there is none that can be shown."""
        path = self.path(folder, file) if file else None
        if path is None:
            if file:
                self.note(f"the snapshot {file[:80]!r} is named, but not there.")
            return ""
        try:
            data = self.held[path] = self.archive.container.read(path)
        except BadInput as error:
            self.note(f"{error}; it was left out.")
            return ""
        head = data[:HEAD_BYTES]
        if fault := fault_of(head, len(data)):
            self.note(f"the snapshot {file[:80]!r} {fault}; it is kept, but not shown.")
            return ""
        return self._kept(path, Blob(path, _file_name(path), len(data), media_of(head)))

    def _kept(self, path: str, blob: Blob) -> str:
        """Return the SHA-256 of a file in the zip and remember it."""
        sha256 = self._hashes.get(path)
        if sha256 is None:
            digest = hashlib.sha256()
            known = self.held.get(path)
            for piece in (known,) if known is not None else self.archive.container.pieces(path):
                digest.update(piece)
            sha256 = self._hashes[path] = digest.hexdigest()
        self.blobs.setdefault(sha256, blob)
        return sha256


def _file_name(path: str) -> str:
    """Return a name that a file may have anywhere."""
    name = path.replace("\\", "/").rpartition("/")[2] or "file"
    return _NOT_IN_NAMES.sub("_", name)[-200:]
