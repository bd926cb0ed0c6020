"""The files that topics came from, opened again: what is not understood of them goes along."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from walkdown.errors import BadInput
from walkdown.messages import Topic
from walkdown.messages.words import Point
from walkdown_server.exchange.bcf.archive import GUID, MARKUP, Archive, Folder
from walkdown_server.exchange.bcf.container import Source
from walkdown_server.exchange.bcf.reader import Reader
from walkdown_server.exchange.bcf.spelling import looks_spelt
from walkdown_server.exchange.bcf.topic_reading import read_topic
from walkdown_server.exchange.bcf.trees import Node, attribute, comment_nodes, local, text, view_nodes
from walkdown_server.exchange.incoming import IncomingTopic
from walkdown_server.exchange.model_frames import NO_MODELS, ModelFrames

Blobs = Callable[[str], Source | None]
"""Returns a file of the session by its SHA-256, as bytes or where it lies; None where it is not there."""

SPECIAL = ("bcf.version", "project.bcfp", "extensions.xsd", "extensions.xml", "documents.xml")
"""Files at the root that are written anew."""

_EYE = re.compile(
    rb"<CameraViewPoint>\s*<X>([^<]*)</X>\s*<Y>([^<]*)</Y>\s*<Z>([^<]*)</Z>\s*</CameraViewPoint>"
)
REFERENCES = ("Reference", "ReferencedDocument")
"""Elements that name files."""


def nowhere(_topic: Topic) -> str:
    """Return no address."""
    return ""


@dataclass(frozen=True, slots=True)
class Supply:
    """What the writer gets from outside.

    Attributes:
        blobs: the session's files.
        link: returns where people find a topic, ``walkdown://host/session?topic=…``, or "" for a link that
            names no server; None adds no link.
        project: id and name, for topics that came from no project.
        frames: where the coordinates of models lie.
    """

    blobs: Blobs
    link: Callable[[Topic], str] | None = nowhere
    project: tuple[str, str] = ("", "")
    frames: ModelFrames = NO_MODELS


@dataclass(frozen=True, slots=True)
class Part:
    """A topic as it stands in its original.

    Attributes:
        base: what was read of it, None where nobody has touched it since and it need not be known.
        nodes: elements of comments, views and documents, by their ids there.
    """

    original: Original
    folder: Folder
    root: Node
    base: IncomingTopic | None
    nodes: dict[str, Node]

    @property
    def place(self) -> str:
        """Its folder in the file that is written, with a ``/`` at the end."""
        return self.folder.path or f"{self.folder.guid}/"

    def name_parts(self, version: str) -> bool:
        """Give the parts whose GUID is none the one that they have here; returns whether there were any.

        Documents need none in BCF 2.1.
        """
        changed = False
        for name, node in self.nodes.items():
            said = attribute(node, "Guid")
            if GUID.fullmatch(said) or (not said and version != "3.0" and local(node) == "DocumentReference"):
                continue
            node.set("Guid", name)
            changed = True
        return changed


@dataclass(slots=True)
class Original:
    """One file that topics came from.

    Attributes:
        renamed: files at its root that have another name in the new file, because theirs was taken.
    """

    archive: Archive
    reader: Reader
    renamed: dict[str, str] = field(default_factory=dict)
    _by_folder: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def open(cls, source: Source) -> Original:
        """Open a file again.

        Raises:
            BadInput: it is damaged.
        """
        archive = Archive.open(source)
        return cls(archive, Reader(archive))

    def parts(self, wanted: Collection[str], untouched: Callable[[Folder, Node], bool]) -> Iterator[Part]:
        """Yield the topics whose GUIDs are wanted, in the order of the file.

        Args:
            untouched: tells whether a topic is as it came in; those are not read, which is half the work.
        """
        for folder, root in self.archive.folders():
            self.reader.held.clear()
            chosen = folder.guid in wanted
            if chosen and untouched(folder, root) and self._claim(root):
                yield Part(self, folder, root, None, {})
            elif chosen or not self._claim(root):
                base = read_topic(self.reader, folder, root)
                if chosen:
                    yield Part(self, folder, root, base, dict(self.reader.nodes))

    def _claim(self, root: Node) -> bool:
        """Take the GUIDs of a topic's parts for it; returns False where some are missing or taken."""
        nodes = (*comment_nodes(root), *view_nodes(root))
        return self.reader.claim([attribute(each, "Guid") for each in nodes])

    def is_spelt(self, folder: Folder, file: str) -> bool:
        """Return whether a view in a topic's folder is there and its names are right, by a short look."""
        path = self.archive.container.find(folder.path + file)
        if path is None:
            return False
        try:
            data = self.reader.held[path] = self.archive.container.read(path)
        except BadInput:
            return False
        return looks_spelt(data)

    def eye_of(self, folder: Folder, file: str) -> Point | None:
        """Return where the first camera of a view stands, that was looked at before; None where none does."""
        path = self.archive.container.find(folder.path + file) or ""
        found = _EYE.search(self.reader.held.get(path, b""))
        if found is None:
            return None
        try:
            x, y, z = map(float, found.groups())
        except ValueError:
            return None
        return (x, y, z)

    def root_files(self) -> list[str]:
        """Return the files that belong to no topic and are not written anew."""
        return [] if self._topic_at_root() else self._others_at_root()

    def _topic_at_root(self) -> bool:
        return self.archive.container.find(MARKUP) is not None

    def _others_at_root(self) -> list[str]:
        special = {*SPECIAL, MARKUP, self.archive.words_path.lower()}
        return [
            name
            for name in self._in_folders().get("", ())
            if name.lower() not in special and not name.lower().startswith("documents/")
        ]

    def root_names(self) -> dict[str, str]:
        """Return the names that the files at the root have in the new file, by their paths here."""
        return {path: self.renamed.get(path, path) for path in self.root_files()}

    def files_of(self, folder: Folder) -> list[str]:
        """Return the files in a topic's folder without its markup, of one at the root those there."""
        if not folder.path:
            return self._others_at_root()
        return [name for name in self._in_folders().get(folder.path, ()) if name != folder.markup]

    def _in_folders(self) -> dict[str, list[str]]:
        """Return the files by the folder of the topic that they lie in, "" for none."""
        if not self._by_folder:
            folders = {path[: -len(MARKUP)] for path in self.archive.markups()}
            for name in self.archive.container.names():
                at = name
                while at and at not in folders:
                    at = at.rstrip("/").rpartition("/")[0]
                    at = f"{at}/" if at else ""
                self._by_folder.setdefault(at, []).append(name)
        return self._by_folder


def rename_references(root: Node, renamed: Mapping[str, str]) -> bool:
    """Let a topic name the files at the root as they are called now; returns whether it named any."""
    changed = False
    for node in root.iter(*REFERENCES) if renamed else ():
        said = text(node)
        new = renamed.get(said.removeprefix("../")) if said.startswith("../") else None
        if new is not None:
            node.text, changed = f"../{new}", True
    return changed


def opened(sha256: str, blobs: Blobs, notes: list[str]) -> Original | None:
    """Return an original, None with a note where it is not there or cannot be read any more."""
    source = blobs(sha256)
    if source is None:
        notes.append(
            f"The file {sha256[:12]}… that topics came from is not there: what only it had is missing."
        )
        return None
    try:
        return Original.open(source)
    except (BadInput, OSError) as error:
        notes.append(f"The file {sha256[:12]}… that topics came from cannot be read: {error}")
        return None
