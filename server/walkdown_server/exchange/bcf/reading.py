"""BCF 2.0, 2.1 and 3.0 in: what a file holds, in the words of a session.

What is missing or odd is mended where it can be and noted; nothing that one topic has keeps the others out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from walkdown_server.exchange.bcf.archive import Archive
from walkdown_server.exchange.bcf.container import Source
from walkdown_server.exchange.bcf.reader import Blob, Reader
from walkdown_server.exchange.bcf.topic_reading import read_topic
from walkdown_server.exchange.bcf.trees import child, text, whole
from walkdown_server.exchange.incoming import Incoming

LAST = 2**31 - 1
"""The place of a topic that says none."""


@dataclass(frozen=True, slots=True)
class BcfFile:
    """What was read.

    Attributes:
        version: ``2.0``, ``2.1`` or ``3.0``. incoming: its topics and lists.
        blobs: snapshots and documents by SHA-256; :meth:`blob` has their bytes.
        project: id and name, "" for none.
    """

    version: str
    incoming: Incoming
    blobs: Mapping[str, Blob]
    project: tuple[str, str]
    archive: Archive

    def blob(self, sha256: str) -> bytes:
        """Return the bytes of one of the files that come with the topics.

        Raises:
            BadInput: it is damaged.
        """
        return self.archive.container.read(self.blobs[sha256].path)

    def close(self) -> None:
        """Let go of the zip."""
        self.archive.container.close()


def read(source: Source, *, name: str = "file.bcf") -> BcfFile:
    """Read a BCF file.

    Args:
        source: its bytes, or where it lies; it is kept open until :meth:`BcfFile.close`.
        name: for people.

    Raises:
        BadInput: it is no zip, a bomb, damaged, or holds no topic that can be read.
    """
    archive = Archive.open(source)
    reader = Reader(archive)
    topics = []
    for folder, root in archive.folders():
        place = whole(text(child(root, "Topic"), "Index"), LAST)
        topics.append((place, read_topic(reader, folder, root)))
    topics.sort(key=lambda pair: pair[0])
    incoming = Incoming(
        name,
        f"BCF {archive.version}",
        archive.container.sha256,
        tuple(topic for _place, topic in topics),
        archive.vocabulary,
        reader.notes(),
    )
    return BcfFile(archive.version, incoming, reader.blobs, archive.project, archive)
