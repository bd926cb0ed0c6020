"""Documents of topics in the file that is written: by name in a topic's folder, or by GUID for all.

BCF 2.1 keeps a document in the folder of its topic or at the root, BCF 3.0 as ``documents/GUID`` with its
name in ``documents.xml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from walkdown.messages import Attached, Document
from walkdown_server.exchange.bcf.originals import Blobs, Original, Part
from walkdown_server.exchange.bcf.output import Output
from walkdown_server.exchange.bcf.trees import add, attribute, child, children, to_bytes
from walkdown_server.exchange.incoming import derived, guid_of


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document of an original: its path there and its name."""

    original: Original
    path: str
    name: str


class Documents:
    """All documents of one file.

    Attributes:
        notes: which were not there, English sentences. moved: paths in originals that have another place now.
    """

    def __init__(self, out: Output, version: str, blobs: Blobs) -> None:
        self._out, self._version, self._blobs = out, version, blobs
        self._by_guid: dict[str, _Kept | Attached] = {}
        self._used: set[str] = set()
        self.notes: list[str] = []
        self.moved: set[tuple[int, str]] = set()

    def take_along(self, original: Original) -> None:
        """Keep the documents that an original has for all its topics."""
        for guid, (path, name) in original.archive.documents.items():
            self._by_guid.setdefault(guid, _Kept(original, path, name))

    def move(self, name: str, part: Part) -> str | None:
        """Take a document of a topic to its place in the other version.

        Args:
            name: a reference to a file, or a GUID.

        Returns:
            Its GUID in BCF 3.0, its name in BCF 2.1; None where it is not there.
        """
        original = part.original
        container = original.archive.container
        if self._version == "3.0":
            path = original.reader.path(part.folder, name)
            if path is None:
                return None
            guid = derived("document", container.sha256, path)
            self._by_guid[guid] = _Kept(original, path, path.rpartition("/")[2])
            self.moved.add((id(original), path))
            return guid
        found = original.archive.documents.get(guid_of(name))
        if found is None:
            return None
        self._used.add(guid_of(name))
        made = self._out.free(part.place + (found[1].replace("/", "_") or name))
        if fault := self._out.copy(container, found[0], made):
            self.notes.append(fault)
            return None
        return made.rpartition("/")[2]

    def where(self, document: Document, folder_name: str) -> str:
        """Return what a topic writes for a document that was not in its original, and write the file."""
        if document.file is None:
            return document.url
        if self._version == "3.0":
            guid = derived("document", document.file.sha256)
            self._by_guid.setdefault(guid, document.file)
            return guid
        data = self._blobs(document.file.sha256)
        if data is None:
            self.notes.append(f"The document {document.file.name!r} is not there and was left out.")
            return document.file.name
        name = self._out.free(folder_name + document.file.name)
        self._out.put(name, data)
        return name.rpartition("/")[2]

    def finish(self, originals: Sequence[Original]) -> None:
        """Write what belongs to no topic: in BCF 3.0 all documents, and their list as the first original."""
        if self._version != "3.0":
            for guid, kept in self._by_guid.items():
                if guid not in self._used:
                    self._write(self._out.free(kept.name or guid), kept)
            return
        lists = [one.archive.known(one.archive.container.find("documents.xml")) for one in originals[:1]]
        root = lists[0] if lists and lists[0] is not None else etree.Element("DocumentInfo")
        documents = child(root, "Documents")
        if documents is None:
            documents = add(root, "Documents")
        listed = {guid_of(attribute(each, "Guid")) for each in children(documents, "Document")}
        for guid, kept in self._by_guid.items():
            if self._write(f"documents/{guid}", kept) and guid not in listed:
                add(add(documents, "Document", Guid=guid), "Filename", kept.name or guid)
        self._out.put("documents.xml", to_bytes(root))

    def _write(self, name: str, kept: _Kept | Attached) -> bool:
        if isinstance(kept, _Kept):
            fault = self._out.copy(kept.original.archive.container, kept.path, name)
            self.notes += [fault] if fault else []
            return not fault
        data = self._blobs(kept.sha256)
        if data is None:
            self.notes.append(f"The document {kept.name!r} is not there and was left out.")
            return False
        self._out.put(name, data)
        return True
