"""BCF 2.0, 2.1 and 3.0 in: what a file holds, in the words of a session.

What is missing or odd is mended where it can be and noted; nothing that one topic has keeps the others out.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from walkdown.errors import BadInput
from walkdown.messages import Attached, Comment, Document, Evidence, Topic, Viewpoint
from walkdown_server.exchange.bcf.archive import Archive, Folder
from walkdown_server.exchange.bcf.container import Source
from walkdown_server.exchange.bcf.converting import UNDEFINED
from walkdown_server.exchange.bcf.extras import (
    evidence_guid,
    is_ours,
    rev_of,
    snippet_guid,
    split_labels,
    with_extras,
)
from walkdown_server.exchange.bcf.pictures import HEAD_BYTES, fault_of, size_of
from walkdown_server.exchange.bcf.trees import (
    Node,
    attribute,
    child,
    children,
    instant,
    listed,
    text,
    truth,
    whole,
)
from walkdown_server.exchange.bcf.views import read_view
from walkdown_server.exchange.incoming import Incoming, IncomingTopic, derived, guid_of
from walkdown_server.exchange.pins import about

UNTITLED, NOBODY = "Untitled", "unknown"
"""What stands where a file lacks what it must have."""

NOTES_MAX = 200
MOST_COMMENTS, MOST_VIEWS = 2000, 200
LAST = 2**31 - 1
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
class BcfFile:
    """What was read.

    Attributes:
        version: ``2.0``, ``2.1`` or ``3.0``. incoming: its topics and lists.
        blobs: snapshots and documents by SHA-256; :meth:`blob` has their bytes.
        project: id and name, "" for none.
    """

    archive: Archive
    version: str
    incoming: Incoming
    blobs: dict[str, Blob] = field(default_factory=dict)

    @property
    def project(self) -> tuple[str, str]:
        """Id and name of the project."""
        return self.archive.project

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
    reader = Reader(Archive.open(source))
    topics = sorted(
        ((index, reader.topic(folder, root)) for folder, root, index in reader.folders()),
        key=lambda pair: pair[0],
    )
    archive = reader.archive
    incoming = Incoming(
        name,
        f"BCF {archive.version}",
        archive.container.sha256,
        tuple(topic for _index, topic in topics),
        archive.vocabulary,
        reader.notes(),
    )
    return BcfFile(archive, archive.version, incoming, reader.blobs)


class Reader:
    """Turns the topics of one archive into those of a session.

    Attributes:
        nodes: the elements of comments, views and documents, by their ids here.
        misspelt: paths of views whose names are not spelt as the schema does.
        trees, pictures: XML of views and bytes of snapshots of the topic that was read last, by path.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.blobs: dict[str, Blob] = {}
        self.nodes: dict[str, Node] = {}
        self.misspelt: set[str] = set()
        self.trees: dict[str, Node] = {}
        self.pictures: dict[str, bytes] = {}
        self._hashes: dict[str, str] = {}
        self._taken: set[str] = set()
        self._zoneless = 0
        self._where = ""

    def folders(self) -> Any:
        """Yield (folder, XML, its place among the others) of all topics that can be read."""
        for folder, root in self.archive.folders():
            yield folder, root, whole(text(child(root, "Topic"), "Index"), LAST)

    def notes(self) -> tuple[str, ...]:
        """Return what was odd, at most so many sentences."""
        found = list(dict.fromkeys(self.archive.notes))
        if self._zoneless:
            found.append(f"{self._zoneless} dates name no time zone; they are taken as UTC.")
        if len(found) > NOTES_MAX:
            found = [*found[:NOTES_MAX], f"There are {len(found) - NOTES_MAX} more notes of this kind."]
        return tuple(found)

    def note(self, sentence: str) -> None:
        """Note what was odd about the topic that is being read."""
        self.archive.notes.append(f"{self._where}: {sentence}")

    # ---- a topic ------------------------------------------------------------------------------------------

    def topic(self, folder: Folder, root: Node) -> IncomingTopic:
        """Return one topic with all that belongs to it."""
        for table in (self.nodes, self.trees, self.pictures):
            table.clear()
        node = child(root, "Topic")
        title = self._word(text(node, "Title"), "title", 500)
        self._where = f"Topic {(title or folder.guid)[:60]!r}"
        if not title:
            self.note("it has no title.")
        guid = folder.guid
        names: dict[str, str] = {}
        views = self._views(folder, root, node, names)
        comments = self._comments(guid, root, node, names)
        links, ours = self._links(node)
        made, made_by = self._made(folder, node, comments)
        labels, discipline = split_labels(self._labels(node))
        documents, evidence = self._documents(folder, node)
        things, point = about(views)
        topic = Topic(
            topic=guid,
            title=title or UNTITLED,
            description=self._word(text(node, "Description"), "description", 16_000),
            type=self._defined(attribute(node, "TopicType"), "type"),
            status=self._defined(attribute(node, "TopicStatus"), "status"),
            priority=self._word(text(node, "Priority"), "priority", 200),
            stage=self._word(text(node, "Stage"), "stage", 200),
            discipline=discipline[:200],
            labels=labels,
            assigned=self._word(text(node, "AssignedTo"), "owner", 200),
            due=self._due(text(node, "DueDate")),
            related=self._related(node),
            links=links,
            documents=documents,
            things=things,
            point=point,
            author=made_by,
            made_ns=made,
            changed=self._word(text(node, "ModifiedAuthor"), "author", 200),
            changed_ns=self._time(text(node, "ModifiedDate")),
            evidence=evidence,
        )
        return IncomingTopic(
            with_extras(topic, ours) if ours else topic, comments, views, rev_of(ours) if ours else ""
        )

    def _word(self, value: str, what: str, most: int) -> str:
        if len(value) <= most:
            return value
        self.note(f"its {what} has {len(value)} letters; the first {most} are shown.")
        return value[: most - 1].rstrip() + "…"

    def _defined(self, value: str, what: str) -> str:
        return "" if value == UNDEFINED else self._word(value, what, 200)

    def _time(self, value: str) -> int:
        if not value:
            return 0
        time_ns, zoned = instant(value)
        if not time_ns:
            self.note(f"{value[:40]!r} is no date.")
        self._zoneless += not zoned
        return time_ns if -(2**62) < time_ns < 2**62 else 0

    def _due(self, value: str) -> str:
        """Return a due date: the day alone where it is midnight of UTC, else as the file says it."""
        if not value or not (self._time(value)):
            return ""
        if len(value) == 10 or value[10:].rstrip("Zz") in ("T00:00:00", "T00:00:00.000", "T00:00"):
            return value[:10]
        return (value if instant(value)[1] else f"{value}Z")[:40]

    def _made(self, folder: Folder, node: Node | None, comments: tuple[Comment, ...]) -> tuple[int, str]:
        """Return when and by whom a topic was made; what is missing is filled and noted."""
        made = self._time(text(node, "CreationDate"))
        author = self._word(text(node, "CreationAuthor"), "author", 200)
        if not made:
            times = [one.made_ns for one in comments if one.made_ns]
            packed = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*self.archive.container.date(folder.markup))
            made = self._time(text(node, "ModifiedDate")) or min(times, default=instant(packed)[0])
            self.note("it does not say when it was made; its next date counts.")
        if not author:
            self.note(f"it does not say who made it; {NOBODY!r} stands for them.")
        return made, author or NOBODY

    def _labels(self, node: Node | None) -> tuple[str, ...]:
        nodes = [*listed(node, "Labels", "Label"), *(o for o in children(node, "Labels") if not len(o))]
        words = [self._word(word, "label", 200) for one in nodes if (word := text(one))]
        if len(words) > 100:
            self.note(f"it has {len(words)} labels; the first 100 are shown.")
        return tuple(dict.fromkeys(words))[:100]

    def _links(self, node: Node | None) -> tuple[tuple[str, ...], str]:
        """Return the links of a topic without ours, and ours or ""."""
        nodes = [*children(node, "ReferenceLink"), *listed(node, "ReferenceLinks", "ReferenceLink")]
        words = [link[:2000] for one in nodes if (link := text(one))]
        ours = [link for link in words if is_ours(link)]
        return tuple(link for link in words if not is_ours(link))[:100], ours[-1] if ours else ""

    def _related(self, node: Node | None) -> tuple[str, ...]:
        nodes = [
            *children(node, "RelatedTopic"),
            *listed(node, "RelatedTopics", "RelatedTopic"),
            *children(node, "RelatedTopics"),
        ]
        named = [attribute(one, "Guid") for one in nodes]
        return tuple({guid_of(name): None for name in named if name})[:1000]

    # ---- documents ----------------------------------------------------------------------------------------

    def _documents(self, folder: Folder, node: Node | None) -> tuple[tuple[Document, ...], Evidence]:
        nodes = [
            *children(node, "DocumentReference"),
            *listed(node, "DocumentReferences", "DocumentReference"),
        ]
        nodes += [
            one
            for one in children(node, "DocumentReferences")
            if child(one, "ReferencedDocument") is not None
        ]
        found = [self._document(folder, one) for one in nodes]
        snippet = self._snippet(folder, child(node, "BimSnippet"))
        documents = tuple({one.document: one for one in [*found, snippet] if one is not None}.values())
        if not documents:
            return (), Evidence()
        ours = evidence_guid(folder.guid)
        kept = next((one.file for one in documents if one.document == ours and one.file), None)
        evidence = Evidence() if kept is None else Evidence("complete", kept)
        return tuple(one for one in documents if one.document != ours)[:100], evidence

    def _document(self, folder: Folder, node: Node) -> Document | None:
        where, url, inside = text(node, "ReferencedDocument"), text(node, "Url"), text(node, "DocumentGuid")
        external = truth(attribute(node, "isExternal"), False) or "://" in where
        name = (
            guid_of(attribute(node, "Guid"))
            if attribute(node, "Guid")
            else derived(folder.guid, where, url, inside)
        )
        self.nodes.setdefault(name, node)
        description = self._word(text(node, "Description"), "description of a document", 16_000)
        if inside:
            path, called = self.archive.documents.get(guid_of(inside), (None, ""))
            return Document(name, "", description, self._attached(path, called, inside))
        if external or url:
            return Document(name, (url or where)[:2000], description)
        if not where:
            return None
        path = self._path(folder, where)
        return Document(name, "" if path else where[:2000], description, self._attached(path, "", where))

    def _snippet(self, folder: Folder, node: Node | None) -> Document | None:
        where = text(node, "Reference")
        if not where:
            return None
        kind = attribute(node, "SnippetType")[:80]
        description = f"BIM snippet ({kind})" if kind else "BIM snippet"
        if truth(attribute(node, "isExternal"), False) or "://" in where:
            return Document(snippet_guid(folder.guid), where[:2000], description)
        path = self._path(folder, where)
        file = self._attached(path, "", where)
        return Document(snippet_guid(folder.guid), "" if file else where[:2000], description, file)

    def _path(self, folder: Folder, reference: str) -> str | None:
        """Return the path of a file that a topic names; in its folder or, where it is not there, at the root."""
        found = self.archive.container.find(folder.path + reference)
        return found or self.archive.container.find(reference)

    def _attached(self, path: str | None, name: str, reference: str) -> Attached | None:
        if path is None:
            self.note(f"it names the file {reference[:80]!r}, which is not there.")
            return None
        called = _file_name(name or path)
        media = mimetypes.guess_type(called)[0] or "application/octet-stream"
        sha256 = self._keep(path, called, media)
        return Attached(called, sha256, self.archive.container.size(path), media)

    def _keep(self, path: str, name: str, media: str, data: bytes | None = None) -> str:
        """Return the SHA-256 of a file in the zip and remember it."""
        if path not in self._hashes:
            digest = hashlib.sha256()
            for piece in (data,) if data is not None else self.archive.container.pieces(path):
                digest.update(piece)
            self._hashes[path] = digest.hexdigest()
        sha256 = self._hashes[path]
        self.blobs.setdefault(sha256, Blob(path, name, self.archive.container.size(path), media))
        return sha256

    # ---- comments -----------------------------------------------------------------------------------------

    def _comments(
        self, guid: str, root: Node, node: Node | None, names: dict[str, str]
    ) -> tuple[Comment, ...]:
        nodes = [*listed(node, "Comments", "Comment"), *children(root, "Comment")]
        if len(nodes) > MOST_COMMENTS:
            self.note(f"it has {len(nodes)} comments; the first {MOST_COMMENTS} are shown.")
        made: list[Comment] = []
        own: dict[str, str] = {}
        for index, one in enumerate(nodes[:MOST_COMMENTS]):
            made.append(self._comment(guid, one, index, names, own))
        known = {one.comment for one in made}
        return tuple(one if one.reply_to in known else replace(one, reply_to="") for one in made)

    def _comment(
        self, guid: str, node: Node, index: int, names: dict[str, str], own: dict[str, str]
    ) -> Comment:
        said = attribute(node, "Guid")
        name = self._id(guid, said, f"comment {index}")
        self.nodes[name] = node
        own.setdefault(guid_of(said), name) if said else None
        made = self._time(text(node, "Date"))
        author = self._word(text(node, "Author"), "author", 200)
        if not author or not made:
            self.note("a comment does not say by whom or when it was written.")
        reply = attribute(child(node, "ReplyToComment"), "Guid")
        return Comment(
            name,
            guid,
            self._word(text(node, "Comment"), "comment", 16_000),
            self._seen_in(attribute(child(node, "Viewpoint"), "Guid"), names),
            own.get(guid_of(reply), "") if reply else "",
            author=author or NOBODY,
            made_ns=made,
            changed=self._word(text(node, "ModifiedAuthor"), "author", 200),
            changed_ns=self._time(text(node, "ModifiedDate")),
        )

    def _seen_in(self, said: str, names: dict[str, str]) -> str:
        if not said or said.strip("0-") == "":
            return ""
        if guid_of(said) not in names:
            self.note(f"a comment names the view {said[:40]}, which the topic does not have.")
        return names.get(guid_of(said), "")

    def _id(self, topic: str, said: str, where: str) -> str:
        """Return the id of a part of a topic, a new one where it has none or another has it already."""
        name = guid_of(said) if said else derived(topic, where)
        if name in self._taken:
            fresh = derived(topic, name, where)
            self.note(f"the GUID {name} occurs twice; the {where.split()[0]} came in as {fresh}.")
            name = fresh
        self._taken.add(name)
        return name

    # ---- views --------------------------------------------------------------------------------------------

    def _views(
        self, folder: Folder, root: Node, node: Node | None, names: dict[str, str]
    ) -> tuple[Viewpoint, ...]:
        found = []
        nodes = [*listed(node, "Viewpoints", "ViewPoint"), *children(root, "Viewpoints")]
        if len(nodes) > MOST_VIEWS:
            self.note(f"it has {len(nodes)} views; the first {MOST_VIEWS} are shown.")
        for index, one in enumerate(nodes[:MOST_VIEWS]):
            said = attribute(one, "Guid")
            name = self._id(folder.guid, said, f"view {index}")
            self.nodes[name] = one
            if said:
                names.setdefault(guid_of(said), name)
            view = Viewpoint(
                name,
                topic=folder.guid,
                order=whole(text(one, "Index"), index),
                snapshot=self.snapshot(folder, text(one, "Snapshot")),
            )
            found.append(self._view(folder, text(one, "Viewpoint"), view))
        if not nodes and self.archive.container.find(f"{folder.path}viewpoint.bcfv"):
            self.note("its view stands in the folder, but not in the markup; it was taken.")
            view = Viewpoint(self._id(folder.guid, "", "view 0"), topic=folder.guid)
            view = replace(view, snapshot=self.snapshot(folder, "snapshot.png"))
            found.append(self._view(folder, "viewpoint.bcfv", view))
        return tuple(sorted(found, key=lambda view: view.order))

    def _view(self, folder: Folder, file: str, view: Viewpoint) -> Viewpoint:
        if not file:
            return view
        path = self._path(folder, file)
        if path is None:
            self.note(f"the view {file[:80]!r} is named, but not there.")
            return view
        try:
            root, spelt = self.archive.parsed(path)
            if spelt:
                self.misspelt.add(path)
            self.trees[path] = root
            return read_view(root, view, self.note)
        except BadInput as error:
            self.note(f"a view was left out: {error}.")
            return view

    def snapshot(self, folder: Folder, file: str) -> str:
        """Return the SHA-256 of a snapshot that a topic names, "" where there is none that can be shown."""
        if not file:
            return ""
        path = self._path(folder, file)
        if path is None:
            self.note(f"the snapshot {file[:80]!r} is named, but not there.")
            return ""
        data = self.pictures[path] = self.archive.container.read(path)
        fault = fault_of(data[:HEAD_BYTES], len(data))
        if fault:
            self.note(f"the snapshot {file[:80]!r} {fault}; it is kept, but not shown.")
            return ""
        kind = size_of(data[:HEAD_BYTES])
        return self._keep(path, _file_name(path), kind[0] if kind else "", data)


def _file_name(path: str) -> str:
    """Return a name that a file may have anywhere."""
    name = path.replace("\\", "/").rpartition("/")[2] or "file"
    return _NOT_IN_NAMES.sub("_", name)[-200:]
