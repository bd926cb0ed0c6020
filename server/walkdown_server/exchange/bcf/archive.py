"""A BCF file that was opened: its version, where its topics lie, its project, lists and documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Vocabulary
from walkdown_server.exchange.bcf.container import Container, Source
from walkdown_server.exchange.bcf.spelling import spell
from walkdown_server.exchange.bcf.trees import Node, attribute, child, children, listed, local, parse, text
from walkdown_server.exchange.bcf.words import of_extensions, of_schema
from walkdown_server.exchange.incoming import derived, guid_of

VERSIONS = ("2.1", "3.0")
"""Versions that are written."""

MAX_TOPICS = 20_000
MARKUP = "markup.bcf"
_VERSION = re.compile(r"\s*v?(2|3)(?:\.(\d))?")
GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a topic lies.

    Attributes:
        guid: of the topic, in small letters, unlike that of any other in the file.
        path: of its folder, with a ``/`` at the end; "" for the root of the zip. markup: path of its XML.
        spelt: names in its XML were not spelt as the schema does.
    """

    guid: str
    path: str
    markup: str
    spelt: bool = False


@dataclass(slots=True)
class Archive:
    """An opened file.

    Attributes:
        version: ``2.0``, ``2.1`` or ``3.0``. notes: what was odd, English sentences.
        documents: of BCF 3.0: by GUID, path and file name.
    """

    container: Container
    version: str = ""
    notes: list[str] = field(default_factory=list)
    documents: dict[str, tuple[str, str]] = field(default_factory=dict)
    project: tuple[str, str] = ("", "")
    project_path: str = ""
    words_path: str = ""
    vocabulary: Vocabulary | None = None
    _guids: Counter[str] = field(default_factory=Counter)

    @classmethod
    def open(cls, source: Source) -> Archive:
        """Open a file.

        Raises:
            BadInput: it is no zip, or a bomb, or holds no topic.
        """
        made = cls(Container(source))
        made.notes += made.container.notes
        paths = made.markups()
        if not paths:
            raise BadInput(_("the zip file holds no topic: in a BCF file each has a 'markup.bcf'"))
        if len(paths) > MAX_TOPICS:
            raise BadInput(
                _("a BCF file may hold {limit} topics, but this one holds {count}").format(
                    limit=MAX_TOPICS, count=len(paths)
                )
            )
        made.version = made._version(paths)
        made._read_project()
        made._read_words()
        made._read_documents()
        return made

    def markups(self) -> list[str]:
        """Return the paths of the XML of all topics, in their order."""
        names = self.container.names()
        return [name for name in names if name.lower().endswith(MARKUP) and _is_file(name, MARKUP)]

    def folders(self) -> Iterator[tuple[Folder, Node]]:
        """Yield each topic's folder and the XML of it; topics that cannot be read are noted.

        Raises:
            BadInput: none can be read.
        """
        first: BadInput | None = None
        count = 0
        self._guids.clear()
        for path in self.markups():
            try:
                root, spelt = self.parsed(path)
            except BadInput as error:
                first = first or error
                self.notes.append(f"The topic in {path[-80:]!r} was left out: {error}")
                continue
            count += 1
            yield self._folder(path, root, spelt), root
        if not count and first is not None:
            raise first

    def parsed(self, path: str) -> tuple[Node, bool]:
        """Return the XML of a file with its names spelt right, and whether they were not.

        Raises:
            BadInput: it is no sound XML.
        """
        root = parse(self.container.read(path), path)
        return root, spell(root)

    def _folder(self, path: str, root: Node, spelt: bool) -> Folder:
        folder = path[: -len(MARKUP)]
        said = attribute(child(root, "Topic"), "Guid").strip("{}")
        guid = said if GUID.fullmatch(said) else folder.strip("/").rpartition("/")[2].strip("{}")
        if not GUID.fullmatch(guid):
            self.notes.append(f"The topic in {path[-80:]!r} has no GUID; it got one.")
            guid = derived("topic", said or folder)
        guid = guid_of(guid)
        self._guids[guid] += 1
        if self._guids[guid] > 1:
            fresh = derived(guid, str(self._guids[guid]))
            self.notes.append(
                f"Two topics have the GUID {guid}; the one in {path[-80:]!r} came in as {fresh}."
            )
            guid = fresh
        return Folder(guid, folder, path, spelt)

    # ---- what belongs to the whole ------------------------------------------------------------------------

    def known(self, path: str | None) -> Node | None:
        """Return the XML of a file that one can do without, None where there is none that can be read."""
        if not path:
            return None
        try:
            return self.parsed(path)[0]
        except BadInput as error:
            self.notes.append(f"{error}; it was left out.")
            return None

    def _version(self, markups: list[str]) -> str:
        root = self.known(self.container.find("bcf.version"))
        said = attribute(root, "VersionId") or text(root, "DetailedVersion")
        found = _VERSION.match(said)
        if found is not None:
            return {"2": "2.0" if found[2] in (None, "0") else "2.1", "3": "3.0"}[found[1]]
        version = self._version_of_content(markups)
        why = f"names the version {said[:40]!r}" if said else "does not say its version (bcf.version)"
        self.notes.append(f"The file {why}; it reads as BCF {version}.")
        return version

    def _version_of_content(self, markups: list[str]) -> str:
        if self.container.find("extensions.xml") or self.container.find("documents.xml"):
            return "3.0"
        for path in markups[:20]:
            try:
                root, _spelt = self.parsed(path)
            except BadInput:
                continue
            topic = child(root, "Topic")
            if listed(topic, "Comments") or listed(topic, "Viewpoints") or listed(topic, "Labels", "Label"):
                return "3.0"
            if listed(topic, "DocumentReferences", "ReferencedDocument") or any(
                attribute(one, "Guid") for one in children(topic, "RelatedTopics")
            ):
                return "2.0"
            names = {local(each) for comment in children(root, "Comment") for each in comment}
            if names & {"VerbalStatus", "ReplyToComment", "Topic", "Status"}:
                return "2.0"
        return "2.1"

    def _read_project(self) -> None:
        path = self.container.find("project.bcfp")
        root = self.known(path)
        project = child(root, "Project")
        self.project_path = path or ""
        self.project = (attribute(project, "ProjectId")[:200], text(project, "Name")[:200])
        named = text(root, "ExtensionSchema")
        self.words_path = self.container.find(named or "extensions.xsd") or ""

    def _read_words(self) -> None:
        if self.version == "3.0":
            self.words_path = self.container.find("extensions.xml") or ""
        root = self.known(self.words_path)
        if root is not None:
            self.vocabulary = (of_extensions if local(root) == "Extensions" else of_schema)(root)

    def _read_documents(self) -> None:
        root = self.known(self.container.find("documents.xml"))
        for one in listed(root, "Documents", "Document"):
            guid = guid_of(attribute(one, "Guid"))
            path = self.container.find(f"documents/{attribute(one, 'Guid')}")
            if path is None:
                self.notes.append(f"The document {text(one, 'Filename')[:80]!r} is named, but not there.")
            elif guid not in self.documents:
                self.documents[guid] = (path, text(one, "Filename"))


def _is_file(path: str, name: str) -> bool:
    return path.rpartition("/")[2].lower() == name
