"""One topic into the file that is written: its markup, its views and the files in its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from walkdown.messages import Comment, Document, Topic, Viewpoint
from walkdown_server.exchange.bcf.documents import Documents
from walkdown_server.exchange.bcf.extras import (
    EVIDENCE_TEXT,
    evidence_guid,
    is_ours,
    joined_labels,
    our_link,
    snippet_guid,
)
from walkdown_server.exchange.bcf.markup import Markup
from walkdown_server.exchange.bcf.originals import Blobs, Original, Part
from walkdown_server.exchange.bcf.output import Output
from walkdown_server.exchange.bcf.pictures import HEAD_BYTES, size_of
from walkdown_server.exchange.bcf.spelling import spell_attributes
from walkdown_server.exchange.bcf.trees import Node, attribute, children, listed, text, to_bytes
from walkdown_server.exchange.bcf.views import (
    blank_view,
    convert_view,
    differs,
    finish_view,
    write_view,
)
from walkdown_server.exchange.incoming import IncomingTopic, carried, derived, guid_of, revision

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}


@dataclass(slots=True)
class TopicWriting:
    """What one topic is written with.

    Attributes:
        folder: in the new file, with a ``/`` at the end.
        original, part: where it came from, None for a topic of our own.
        link: returns where people find it.
    """

    out: Output
    documents: Documents
    blobs: Blobs
    version: str
    topic: Topic
    folder: str
    markup: Markup
    note: Callable[[str], None]
    link: Callable[[Topic], str] | None = None
    original: Original | None = None
    part: Part | None = None
    _gone: set[str] = field(default_factory=set)
    """Files of the original's folder that are not copied."""

    _guids: dict[str, str] = field(default_factory=dict)
    """What views are called in the XML, by their ids here."""

    def write(self, comments: Sequence[Comment], views: Sequence[Viewpoint]) -> None:
        """Write everything."""
        base = self.part.base if self.part else IncomingTopic(Topic(topic=self.topic.topic, title=""))
        self._views(base, views)
        self._fields(base.topic, views)
        self._comments(base, comments)
        self.markup.demand(self.topic)
        self._files()
        if self.markup.changed or self.part is None or self.original is None:
            self.out.put(f"{self.folder}markup.bcf", to_bytes(self.markup.root))
        else:
            self.out.copy(
                self.original.archive.container, self.part.folder.markup, f"{self.folder}markup.bcf"
            )

    # ---- fields -------------------------------------------------------------------------------------------

    def _fields(self, base: Topic, views: Sequence[Viewpoint]) -> None:
        now, markup = self.topic, self.markup
        markup.put_fields(now, base)
        if self.part is None and now.index:
            markup.put("Index", str(now.index))
        labels = joined_labels(now.labels, now.discipline)
        if labels != joined_labels(base.labels, base.discipline):
            markup.put_words(markup.shape.labels, labels)
        if carried(now, "related") != carried(base, "related"):
            markup.put_related(now.related)
        self._links(base, views)
        self._documents(base)

    def _links(self, base: Topic, views: Sequence[Viewpoint]) -> None:
        topic = self.markup.topic
        nodes = [*children(topic, "ReferenceLink"), *listed(topic, "ReferenceLinks", "ReferenceLink")]
        there = [text(one) for one in nodes]
        foreign = [one for one in there if not is_ours(one)]
        ours = [one for one in there if is_ours(one)]
        if self.link is not None:
            ours = [our_link(self.link(self.topic), self.topic, revision(self.topic, tuple(views)))]
        wanted = [*(foreign if self.topic.links == base.links else self.topic.links), *ours]
        if wanted != there:
            self.markup.put_words(self.markup.shape.links, wanted)

    def _documents(self, base: Topic) -> None:
        if not (self.topic.documents or base.documents or self.topic.evidence.file or base.evidence.file):
            return
        guid = guid_of(self.topic.topic)
        snippet = snippet_guid(guid)
        named = any(one.document == snippet for one in base.documents)
        if named and not any(one.document == snippet for one in self.topic.documents):
            self.markup.put("BimSnippet", "")
        without = snippet if named else ""
        now, before = _all_documents(self.topic, guid, without), _all_documents(base, guid, without)
        if carried(now, "documents") == carried(before, "documents"):
            return
        known = {
            one.document: carried(replace(base, documents=(one,)), "documents") for one in before.documents
        }
        nodes = []
        for one in now.documents:
            node = self._node(one.document)
            same = known.get(one.document) == carried(replace(base, documents=(one,)), "documents")
            if node is None or not same:
                node = self.markup.document_node(one, self.documents.where(one, self.folder))
            nodes.append(node)
        self.markup.put_list(self.markup.shape.documents, nodes)

    def _node(self, name: str) -> Node | None:
        return self.part.nodes.get(name) if self.part else None

    # ---- comments -----------------------------------------------------------------------------------------

    def _comments(self, base: IncomingTopic, comments: Sequence[Comment]) -> None:
        left = {guid_of(one.comment): one for one in comments}
        for before in base.comments:
            now = left.pop(guid_of(before.comment), None) or left.pop(
                derived(self.topic.topic, before.comment), None
            )
            node = self._node(before.comment)
            if now is not None:
                seen = self._guids.get(now.viewpoint, now.viewpoint)
                if guid_of(before.viewpoint) == guid_of(seen) or now.viewpoint == before.viewpoint:
                    seen = before.viewpoint
                self.markup.put_comment(node, replace(now, viewpoint=seen), before)
            elif node is not None:
                self.markup.remove(node)
        for one in left.values():
            self.markup.put_comment(
                None, replace(one, viewpoint=self._guids.get(one.viewpoint, one.viewpoint)), None
            )

    # ---- views --------------------------------------------------------------------------------------------

    def _views(self, base: IncomingTopic, views: Sequence[Viewpoint]) -> None:
        left = {guid_of(one.viewpoint): one for one in views}
        for before in base.viewpoints:
            now = left.pop(guid_of(before.viewpoint), None) or left.pop(
                derived(self.topic.topic, before.viewpoint), None
            )
            node = self._node(before.viewpoint)
            if now is not None:
                self._view(node, now, before)
            elif node is not None:
                self._gone |= {self.folder + text(node, "Viewpoint"), self.folder + text(node, "Snapshot")}
                self.markup.remove(node)
        for one in left.values():
            self._view(None, one, None)

    def _view(self, node: Node | None, now: Viewpoint, before: Viewpoint | None) -> None:
        guid = attribute(node, "Guid") or guid_of(now.viewpoint)
        self._guids[now.viewpoint] = guid
        file, snapshot = text(node, "Viewpoint"), text(node, "Snapshot")
        if node is None and before is not None:  # it stood in the folder and not in the markup
            file, snapshot = "viewpoint.bcfv", "snapshot.png" if before.snapshot else ""
        old = before or Viewpoint(now.viewpoint)
        file = self._view_file(guid, file, now=now, old=old)
        if now.snapshot != old.snapshot:
            snapshot = self._snapshot(guid, snapshot, now.snapshot)
        index = now.order if before is None or now.order != before.order else None
        if (
            node is None
            or index is not None
            or (file, snapshot) != (text(node, "Viewpoint"), text(node, "Snapshot"))
        ):
            self.markup.put_view(node, guid, file=file, snapshot=snapshot, index=index)

    def _view_file(self, guid: str, file: str, *, now: Viewpoint, old: Viewpoint) -> str:
        """Write the XML of a view where it changed or has another version; returns the name of its file."""
        path = self._view_path(file)
        converts = self.original is not None and self.original.archive.version != self.version
        misspelt = self.original is not None and path in self.original.reader.misspelt
        if not (converts or misspelt or differs(now, old)):
            return file
        root = self._view_tree(path)
        if root is None and not differs(now, old):
            return file
        aspect = self._aspect(now) if self.version == "3.0" else 0.0
        if root is None:
            root = blank_view(guid.lower())
        elif converts:
            convert_view(root, self.version, self.note, aspect=aspect)
            root.set("Guid", (attribute(root, "Guid") or guid).lower())
        write_view(root, now, old, version=self.version, aspect=aspect)
        finish_view(root, self.version, self.note, aspect=aspect)
        file = file or self.out.free(f"{self.folder}Viewpoint_{guid}.bcfv").rpartition("/")[2]
        self._gone.add(self.folder + file)
        self.out.put(self.folder + file, to_bytes(root))
        return file

    def _view_path(self, file: str) -> str | None:
        """Return the path of a view in the original, None where it is not there."""
        if self.original is None or self.part is None or not file:
            return None
        return self.original.archive.container.find(self.part.folder.path + file)

    def _view_tree(self, path: str | None) -> Node | None:
        """Return the XML of a view in the original, None where it is not there or cannot be read."""
        root = self.original.reader.trees.get(path or "") if self.original is not None else None
        if root is not None:
            spell_attributes(root)
        return root

    def _aspect(self, view: Viewpoint) -> float:
        """Return width by height of a view's snapshot, 0 when unknown."""
        data = self.blobs(view.snapshot) if view.snapshot else None
        if data is None:
            return 0.0
        if not isinstance(data, bytes):
            with data.open("rb") as stream:
                data = stream.read(HEAD_BYTES)
        found = size_of(data[:HEAD_BYTES])
        return found[1] / found[2] if found and found[2] else 0.0

    def _snapshot(self, guid: str, old: str, sha256: str) -> str:
        """Write a snapshot that is new; returns the name of its file, "" for none."""
        if old:
            self._gone.add(self.folder + old)
        data = self.blobs(sha256) if sha256 else None
        if data is None:
            if sha256:
                self.note("the snapshot of a view is not there and was left out.")
            return ""
        if isinstance(data, bytes):
            head = data[:HEAD_BYTES]
        else:
            with data.open("rb") as stream:
                head = stream.read(HEAD_BYTES)
        found = size_of(head)
        ending = ENDINGS.get(found[0] if found else "", ".png")
        name = self.out.free(f"{self.folder}Snapshot_{guid}{ending}")
        self.out.put(name, data)
        return name.rpartition("/")[2]

    # ---- other files --------------------------------------------------------------------------------------

    def _files(self) -> None:
        """Copy what lies in the folder of the original, but for what was written anew."""
        if self.original is None or self.part is None:
            return
        gone = {name.lower() for name in self._gone}
        for path in self.original.files_of(self.part.folder):
            name = self.folder + path[len(self.part.folder.path) :]
            if name.lower() not in gone and (id(self.original), path) not in self.documents.moved:
                known = self.original.reader.pictures.get(path)
                if known is not None:
                    self.out.put(name, known)
                else:
                    self.out.copy(self.original.archive.container, path, name)


def _all_documents(topic: Topic, guid: str, without: str) -> Topic:
    """Return a topic with the documents that a file has: the evidence among them, a BIM snippet not."""
    found = [one for one in topic.documents if one.document != without]
    if topic.evidence.file is not None:
        found.append(Document(evidence_guid(guid), "", EVIDENCE_TEXT, topic.evidence.file))
    return replace(topic, documents=tuple(found))
