"""One topic into the file that is written: its markup, its views and the files in its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from walkdown_server.exchange.bcf.header import header_files, put_header
from walkdown_server.exchange.bcf.markup import Markup
from walkdown_server.exchange.bcf.originals import Part, Supply
from walkdown_server.exchange.bcf.output import Output
from walkdown_server.exchange.bcf.trees import Node, children, listed, text, to_bytes
from walkdown_server.exchange.bcf.view_files import ViewFiles
from walkdown_server.exchange.incoming import (
    HeaderFile,
    IncomingTopic,
    carried,
    derived,
    guid_of,
    revision,
)


class TopicWriting:
    """Writes one topic.

    Args:
        part: where it came from, None for a topic of our own. views: of the topic, in the frame of the site.
        note: takes what was left out or filled.
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
        views: Sequence[Viewpoint],
        note: Callable[[str], None],
    ) -> None:
        self._out, self._documents, self._supply = out, documents, supply
        self._topic, self._markup, self._part, self._note = topic, markup, part, note
        self._version = markup.shape.version
        self._place = part.place if part else f"{guid_of(topic.topic)}/"
        self._seen = views
        files = header_files(markup.root)
        if part is None and (source := supply.frames.source_of((), views)) is not None:
            files = (HeaderFile(source.file, source.project),)
            put_header(markup, files[0])
        self._frame = supply.frames.frame_of(files, views)
        self._views = ViewFiles(
            out,
            supply,
            markup,
            topic=topic.topic,
            place=self._place,
            part=part,
            frame=self._frame,
            note=note,
        )

    def write(self, comments: Sequence[Comment]) -> None:
        """Write everything."""
        base = self._part.base if self._part else IncomingTopic(Topic(topic=self._topic.topic, title=""))
        if base is None:
            self._views.convert(self._seen)
            self._links(self._topic)
        else:
            self._views.write(base, self._seen)
            self._fields(base.topic)
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

    def _fields(self, base: Topic) -> None:
        now, markup = self._topic, self._markup
        markup.put_fields(now, base)
        if self._part is None and now.index:
            markup.put("Index", str(now.index))
        labels = joined_labels(now.labels, now.discipline)
        if labels != joined_labels(base.labels, base.discipline):
            markup.put_words(markup.shape.labels, labels)
        if carried(now, "related") != carried(base, "related"):
            markup.put_related(now.related)
        self._links(base)
        self._write_documents(base)

    def _links(self, base: Topic) -> None:
        topic = self._markup.topic
        nodes = [*children(topic, "ReferenceLink"), *listed(topic, "ReferenceLinks", "ReferenceLink")]
        there = [text(one) for one in nodes]
        foreign = [one for one in there if not is_ours(one)]
        ours = [one for one in there if is_ours(one)]
        if self._supply.link is not None:
            rev = revision(self._topic, tuple(self._seen))
            address, back = self._supply.link(self._topic), self._frame.inverse
            views = tuple(map(back.view, self._seen))
            ours = [our_link(address, back.topic(self._topic, self._seen, views), views, rev=rev)]
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
                seen = self._views.guids.get(now.viewpoint, now.viewpoint)
                if guid_of(before.viewpoint) == guid_of(seen) or now.viewpoint == before.viewpoint:
                    seen = before.viewpoint
                self._markup.put_comment(node, replace(now, viewpoint=seen), before)
            elif node is not None:
                self._markup.remove(node)
        for one in left.values():
            self._markup.put_comment(
                None, replace(one, viewpoint=self._views.guids.get(one.viewpoint, one.viewpoint)), None
            )

    # ---- other files --------------------------------------------------------------------------------------

    def _files(self) -> None:
        """Copy what lies in the folder of the original, but for what was written anew."""
        if self._part is None:
            return
        original, gone = self._part.original, {name.lower() for name in self._views.gone}
        for path in original.files_of(self._part.folder):
            name = self._place + path[len(self._part.folder.path) :]
            if name.lower() in gone or (id(original), path) in self._documents.moved:
                continue
            if (known := original.reader.held.get(path)) is not None:
                self._out.put(name, known)
            elif fault := self._out.copy(original.archive.container, path, name):
                self._note(fault)


def _all_documents(topic: Topic, guid: str, without: str) -> Topic:
    """Return a topic with the documents that a file has: the evidence among them, a BIM snippet not."""
    found = [one for one in topic.documents if one.document != without]
    if topic.evidence.file is not None:
        found.append(Document(evidence_guid(guid), "", EVIDENCE_TEXT, topic.evidence.file))
    return replace(topic, documents=tuple(found))
