"""One topic into the file that is written: its markup, its views and the files in its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from walkdown.messages import Comment, Document, Topic, Viewpoint
from walkdown_server.exchange.bcf.belongings import IMPLICIT_SNAPSHOT, IMPLICIT_VIEW
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
from walkdown_server.exchange.bcf.originals import Part, Supply
from walkdown_server.exchange.bcf.output import Output
from walkdown_server.exchange.bcf.pictures import HEAD_BYTES, size_of
from walkdown_server.exchange.bcf.spelling import spell_attributes
from walkdown_server.exchange.bcf.trees import Node, attribute, children, listed, text, to_bytes
from walkdown_server.exchange.bcf.view_writing import (
    blank_view,
    convert_view,
    differs,
    finish_view,
    write_view,
)
from walkdown_server.exchange.incoming import IncomingTopic, carried, derived, guid_of, revision

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}


class TopicWriting:
    """Writes one topic.

    Args:
        part: where it came from, None for a topic of our own. note: takes what was left out or filled.
    """

    def __init__(  # noqa: PLR0913
        self,
        out: Output,
        documents: Documents,
        supply: Supply,
        *,
        topic: Topic,
        markup: Markup,
        part: Part | None,
        note: Callable[[str], None],
    ) -> None:
        self._out, self._documents, self._supply = out, documents, supply
        self._topic, self._markup, self._part, self._note = topic, markup, part, note
        self._version = markup.shape.version
        self._place = part.place if part else f"{guid_of(topic.topic)}/"
        self._gone: set[str] = set()
        """Files of the original's folder that are not copied."""
        self._guids: dict[str, str] = {}
        """What views are called in the XML, by their ids here."""

    def write(self, comments: Sequence[Comment], views: Sequence[Viewpoint]) -> None:
        """Write everything."""
        base = self._part.base if self._part else IncomingTopic(Topic(topic=self._topic.topic, title=""))
        self._views(base, views)
        self._fields(base.topic, views)
        self._comments(base, comments)
        self._markup.demand(self._topic)
        self._files()
        if self._markup.changed or self._part is None:
            self._out.put(f"{self._place}markup.bcf", to_bytes(self._markup.root))
        else:
            self._out.copy(
                self._part.original.archive.container, self._part.folder.markup, f"{self._place}markup.bcf"
            )

    # ---- fields -------------------------------------------------------------------------------------------

    def _fields(self, base: Topic, views: Sequence[Viewpoint]) -> None:
        now, markup = self._topic, self._markup
        markup.put_fields(now, base)
        if self._part is None and now.index:
            markup.put("Index", str(now.index))
        labels = joined_labels(now.labels, now.discipline)
        if labels != joined_labels(base.labels, base.discipline):
            markup.put_words(markup.shape.labels, labels)
        if carried(now, "related") != carried(base, "related"):
            markup.put_related(now.related)
        self._links(base, views)
        self._write_documents(base)

    def _links(self, base: Topic, views: Sequence[Viewpoint]) -> None:
        topic = self._markup.topic
        nodes = [*children(topic, "ReferenceLink"), *listed(topic, "ReferenceLinks", "ReferenceLink")]
        there = [text(one) for one in nodes]
        foreign = [one for one in there if not is_ours(one)]
        ours = [one for one in there if is_ours(one)]
        if self._supply.link is not None:
            rev = revision(self._topic, tuple(views))
            ours = [our_link(self._supply.link(self._topic), self._topic, views, rev=rev)]
        wanted = [*(foreign if self._topic.links == base.links else self._topic.links), *ours]
        if wanted != there:
            self._markup.put_words(self._markup.shape.links, wanted)

    def _write_documents(self, base: Topic) -> None:
        if not (self._topic.documents or base.documents or self._topic.evidence.file or base.evidence.file):
            return
        guid = guid_of(self._topic.topic)
        snippet = snippet_guid(guid)
        named = any(one.document == snippet for one in base.documents)
        if named and not any(one.document == snippet for one in self._topic.documents):
            self._markup.put("BimSnippet", "")
        without = snippet if named else ""
        now, before = _all_documents(self._topic, guid, without), _all_documents(base, guid, without)
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
                node = self._markup.document_node(one, self._documents.where(one, self._place))
            nodes.append(node)
        self._markup.put_list(self._markup.shape.documents, nodes)

    def _node(self, name: str) -> Node | None:
        return self._part.nodes.get(name) if self._part else None

    # ---- comments -----------------------------------------------------------------------------------------

    def _comments(self, base: IncomingTopic, comments: Sequence[Comment]) -> None:
        left = {guid_of(one.comment): one for one in comments}
        for before in base.comments:
            now = left.pop(guid_of(before.comment), None) or left.pop(
                derived(self._topic.topic, before.comment), None
            )
            node = self._node(before.comment)
            if now is not None:
                seen = self._guids.get(now.viewpoint, now.viewpoint)
                if guid_of(before.viewpoint) == guid_of(seen) or now.viewpoint == before.viewpoint:
                    seen = before.viewpoint
                self._markup.put_comment(node, replace(now, viewpoint=seen), before)
            elif node is not None:
                self._markup.remove(node)
        for one in left.values():
            self._markup.put_comment(
                None, replace(one, viewpoint=self._guids.get(one.viewpoint, one.viewpoint)), None
            )

    # ---- views --------------------------------------------------------------------------------------------

    def _views(self, base: IncomingTopic, views: Sequence[Viewpoint]) -> None:
        left = {guid_of(one.viewpoint): one for one in views}
        for before in base.viewpoints:
            now = left.pop(guid_of(before.viewpoint), None) or left.pop(
                derived(self._topic.topic, before.viewpoint), None
            )
            node = self._node(before.viewpoint)
            if now is not None:
                self._view(node, now, before)
            elif node is not None:
                self._gone |= {self._place + text(node, "Viewpoint"), self._place + text(node, "Snapshot")}
                self._markup.remove(node)
        for one in left.values():
            self._view(None, one, None)

    def _view(self, node: Node | None, now: Viewpoint, before: Viewpoint | None) -> None:
        guid = attribute(node, "Guid") or guid_of(now.viewpoint)
        self._guids[now.viewpoint] = guid
        file, snapshot = text(node, "Viewpoint"), text(node, "Snapshot")
        if node is None and before is not None:  # it stood in the folder and not in the markup
            file, snapshot = IMPLICIT_VIEW, IMPLICIT_SNAPSHOT if before.snapshot else ""
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
            self._markup.put_view(node, guid, file=file, snapshot=snapshot, index=index)

    def _view_file(self, guid: str, file: str, *, now: Viewpoint, old: Viewpoint) -> str:
        """Write the XML of a view where it changed or has another version; returns the name of its file."""
        path = self._view_path(file)
        converts = self._part is not None and self._part.original.archive.version != self._version
        misspelt = self._part is not None and path in self._part.original.reader.misspelt
        if not (converts or misspelt or differs(now, old)):
            return file
        root = self._view_tree(path)
        if root is None and not differs(now, old):
            return file
        aspect = self._aspect(now) if self._version == "3.0" else 0.0
        if root is None:
            root = blank_view(guid.lower())
        elif converts:
            convert_view(root, self._version, self._note, aspect=aspect)
            root.set("Guid", (attribute(root, "Guid") or guid).lower())
        write_view(root, now, old, version=self._version, aspect=aspect)
        finish_view(root, self._version, self._note, aspect=aspect)
        file = file or self._out.free(f"{self._place}Viewpoint_{guid}.bcfv").rpartition("/")[2]
        self._gone.add(self._place + file)
        self._out.put(self._place + file, to_bytes(root))
        return file

    def _view_path(self, file: str) -> str | None:
        """Return the path of a view in the original, None where it is not there."""
        if self._part is None or not file:
            return None
        return self._part.original.archive.container.find(self._part.folder.path + file)

    def _view_tree(self, path: str | None) -> Node | None:
        """Return the XML of a view in the original, None where it is not there or cannot be read."""
        root = self._part.original.reader.trees.get(path or "") if self._part is not None else None
        if root is not None:
            spell_attributes(root)
        return root

    def _aspect(self, view: Viewpoint) -> float:
        """Return width by height of a view's snapshot, 0 when unknown."""
        data = self._supply.blobs(view.snapshot) if view.snapshot else None
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
            self._gone.add(self._place + old)
        data = self._supply.blobs(sha256) if sha256 else None
        if data is None:
            if sha256:
                self._note("the snapshot of a view is not there and was left out.")
            return ""
        if isinstance(data, bytes):
            head = data[:HEAD_BYTES]
        else:
            with data.open("rb") as stream:
                head = stream.read(HEAD_BYTES)
        found = size_of(head)
        ending = ENDINGS.get(found[0] if found else "", ".png")
        name = self._out.free(f"{self._place}Snapshot_{guid}{ending}")
        self._out.put(name, data)
        return name.rpartition("/")[2]

    # ---- other files --------------------------------------------------------------------------------------

    def _files(self) -> None:
        """Copy what lies in the folder of the original, but for what was written anew."""
        if self._part is None:
            return
        original, gone = self._part.original, {name.lower() for name in self._gone}
        for path in original.files_of(self._part.folder):
            name = self._place + path[len(self._part.folder.path) :]
            if name.lower() in gone or (id(original), path) in self._documents.moved:
                continue
            if (known := original.reader.pictures.get(path)) is not None:
                self._out.put(name, known)
            elif fault := self._out.copy(original.archive.container, path, name):
                self._note(fault)


def _all_documents(topic: Topic, guid: str, without: str) -> Topic:
    """Return a topic with the documents that a file has: the evidence among them, a BIM snippet not."""
    found = [one for one in topic.documents if one.document != without]
    if topic.evidence.file is not None:
        found.append(Document(evidence_guid(guid), "", EVIDENCE_TEXT, topic.evidence.file))
    return replace(topic, documents=tuple(found))
