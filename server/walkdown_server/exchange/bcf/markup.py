"""The XML of a topic as BCF 2.1 and 3.0 have it: where each field stands, and how it is written there.

Every function changes only what it is told to change; the rest of the tree stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from walkdown.messages import Comment, Document, Topic
from walkdown_server.exchange.bcf.archive import GUID
from walkdown_server.exchange.bcf.converting import UNDEFINED
from walkdown_server.exchange.bcf.reader import NOBODY, UNTITLED
from walkdown_server.exchange.bcf.trees import (
    Node,
    add,
    attribute,
    child,
    children,
    comment_nodes,
    instant,
    legal,
    place,
    put_text,
    stamp,
    text,
)
from walkdown_server.exchange.incoming import guid_of

_TOPIC_HEAD = (
    "Title",
    "Priority",
    "Index",
    "Labels",
    "CreationDate",
    "CreationAuthor",
    "ModifiedDate",
    "ModifiedAuthor",
    "DueDate",
    "AssignedTo",
    "Stage",
    "Description",
    "BimSnippet",
)
_COMMENT = ("Date", "Author", "Comment", "Viewpoint", "ModifiedDate", "ModifiedAuthor")
_VIEW = ("Viewpoint", "Snapshot", "Index")


@dataclass(frozen=True, slots=True)
class Shape:
    """Where things stand in one version.

    Attributes:
        root, topic: children in the order of the schema.
        links, labels, documents, related: the name of the list, "" for none, and that of one of them.
    """

    version: str
    root: tuple[str, ...]
    topic: tuple[str, ...]
    links: tuple[str, str]
    labels: tuple[str, str]
    documents: tuple[str, str]
    related: tuple[str, str]
    view: str


SHAPES = {
    "2.1": Shape(
        "2.1",
        ("Header", "Topic", "Comment", "Viewpoints"),
        ("ReferenceLink", *_TOPIC_HEAD, "DocumentReference", "RelatedTopic"),
        ("", "ReferenceLink"),
        ("", "Labels"),
        ("", "DocumentReference"),
        ("", "RelatedTopic"),
        "Viewpoints",
    ),
    "3.0": Shape(
        "3.0",
        ("Header", "Topic"),
        (
            "ReferenceLinks",
            *_TOPIC_HEAD,
            "DocumentReferences",
            "RelatedTopics",
            "Comments",
            "Viewpoints",
        ),
        ("ReferenceLinks", "ReferenceLink"),
        ("Labels", "Label"),
        ("DocumentReferences", "DocumentReference"),
        ("RelatedTopics", "RelatedTopic"),
        "ViewPoint",
    ),
}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
TEXTS = (
    ("Title", "title"),
    ("CreationAuthor", "author"),
    ("Priority", "priority"),
    ("Stage", "stage"),
    ("Description", "description"),
    ("AssignedTo", "assigned"),
)


def _date_time(due: str) -> str:
    """Return a due date as ``xs:dateTime``, a day as its beginning; "" for what is no date."""
    if _DATE_TIME.fullmatch(due):
        return due
    time_ns, _zoned = instant(due)
    return stamp(time_ns) if time_ns else ""


class Markup:
    """One topic's XML in one version.

    Attributes:
        changed: whether anything was written into it.
    """

    def __init__(self, root: Node, version: str) -> None:
        self.root, self.shape = root, SHAPES[version]
        self.changed = False
        topic = child(root, "Topic")
        self.topic = topic if topic is not None else place(root, etree.Element("Topic"), self.shape.root)

    @classmethod
    def blank(cls, guid: str, version: str) -> Markup:
        """Return one in which nothing is said yet."""
        root = etree.Element("Markup")
        etree.SubElement(root, "Topic").set("Guid", guid)
        return cls(root, version)

    # ---- fields -------------------------------------------------------------------------------------------

    def put(self, name: str, value: str) -> None:
        """Set the text of an element of the topic; without one it goes."""
        put_text(self.topic, name, value, order=self.shape.topic)
        self.changed = True

    def put_attribute(self, name: str, value: str) -> None:
        """Set an attribute of the topic; without a value it goes."""
        for other in [key for key in self.topic.attrib if key.lower() == name.lower()]:
            del self.topic.attrib[other]
        if value:
            self.topic.set(name, legal(value))
        self.changed = True

    def put_fields(self, now: Topic, base: Topic) -> None:
        """Write the fields that differ from ``base``, which was read from this XML."""
        for element, field in TEXTS:
            if getattr(now, field).strip() != getattr(base, field).strip():
                self.put(element, getattr(now, field))
        for name, field in (("TopicType", "type"), ("TopicStatus", "status")):
            if getattr(now, field) != getattr(base, field):
                self.put_attribute(name, getattr(now, field))
        if now.due != base.due:
            self.put("DueDate", _date_time(now.due))
        if now.made_ns != base.made_ns:
            self.put("CreationDate", stamp(now.made_ns))
        if (now.changed_ns, now.changed) != (base.changed_ns, base.changed):
            self.put("ModifiedDate", stamp(now.changed_ns) if now.changed_ns else "")
            self.put("ModifiedAuthor", now.changed)

    def put_list(self, names: tuple[str, str], nodes: Sequence[Node]) -> None:
        """Set the elements of a list: in ``ReferenceLinks``, or where there is no such name, side by side."""
        outer, inner = names
        for each in list(children(self.topic, outer or inner)):
            self.topic.remove(each)
        self.changed = True
        if not nodes:
            return
        if outer:
            place(self.topic, etree.Element(outer), self.shape.topic).extend(nodes)
            return
        for each in nodes:
            place(self.topic, each, self.shape.topic)

    def put_words(self, names: tuple[str, str], words: Iterable[str]) -> None:
        """Set a list of texts."""
        nodes = []
        for word in words:
            node = etree.Element(names[1])
            node.text = legal(word)
            nodes.append(node)
        self.put_list(names, nodes)

    def put_related(self, related: Iterable[str]) -> None:
        """Set the topics that this one is related to."""
        names = self.shape.related
        self.put_list(names, [etree.Element(names[1], Guid=guid_of(one)) for one in related])

    # ---- comments -----------------------------------------------------------------------------------------

    def _added(self, outer: str, name: str) -> Node:
        """Return a new element at the end of a list that is part of the topic in BCF 3.0."""
        made = etree.Element(name)
        self.changed = True
        if self.shape.version != "3.0":
            return place(self.root, made, self.shape.root)
        there = child(self.topic, outer)
        if there is None:
            there = place(self.topic, etree.Element(outer), self.shape.topic)
        there.append(made)
        return made

    def put_comment(self, node: Node | None, now: Comment, base: Comment | None) -> None:
        """Write a comment, or what of it differs from ``base``."""
        if node is None:
            node = self._added("Comments", "Comment")
            node.set("Guid", guid_of(now.comment))
        old = base or Comment("new", now.topic, "")
        if now.text.strip() != old.text.strip():
            self._put(node, "Comment", now.text, order=_COMMENT)
        if now.made_ns != old.made_ns:
            self._put(node, "Date", stamp(now.made_ns), order=_COMMENT)
        if now.author != old.author:
            self._put(node, "Author", now.author, order=_COMMENT)
        if (now.changed_ns, now.changed) != (old.changed_ns, old.changed):
            self._put(node, "ModifiedDate", stamp(now.changed_ns) if now.changed_ns else "", order=_COMMENT)
            self._put(node, "ModifiedAuthor", now.changed, order=_COMMENT)
        if now.viewpoint != old.viewpoint:
            self._put_seen(node, now.viewpoint)

    def _put_seen(self, node: Node, viewpoint: str) -> None:
        for each in list(children(node, "Viewpoint")):
            node.remove(each)
        if viewpoint:
            place(node, etree.Element("Viewpoint", Guid=guid_of(viewpoint)), _COMMENT)
        self.changed = True

    def _put(self, node: Node, name: str, value: str, *, order: tuple[str, ...]) -> None:
        put_text(node, name, value, order=order)
        self.changed = True

    def remove(self, node: Node) -> None:
        """Take an element away."""
        node.getparent().remove(node)
        self.changed = True

    def put_view(self, node: Node | None, guid: str, *, file: str, snapshot: str, index: int | None) -> Node:
        """Write where a view's files lie; a text of "" takes the element away, an index of None leaves it."""
        if node is None:
            node = self._added("Viewpoints", self.shape.view)
            node.set("Guid", guid)
        for name, value in (("Viewpoint", file), ("Snapshot", snapshot)):
            if text(node, name) != value:
                self._put(node, name, value, order=_VIEW)
        if index is not None:
            self._put(node, "Index", str(index), order=_VIEW)
        return node

    # ---- documents ----------------------------------------------------------------------------------------

    def document_node(self, document: Document, where: str) -> Node:
        """Return the element of a document.

        Args:
            where: of a file its GUID in BCF 3.0, its name in BCF 2.1; else its address.
        """
        node = etree.Element("DocumentReference", Guid=guid_of(document.document))
        if self.shape.version == "3.0":
            if where:
                add(node, "DocumentGuid" if document.file else "Url", where)
        else:
            if document.file is None:
                node.set("isExternal", "true")
            add(node, "ReferencedDocument", where)
        if document.description.strip():
            add(node, "Description", document.description)
        return node

    # ---- what a schema demands ----------------------------------------------------------------------------

    def demand(self, topic: Topic) -> None:
        """Fill what the schema demands and is still missing, and put the elements into its order."""
        needed: dict[str, str | int] = {
            "Title": topic.title or UNTITLED,
            "CreationDate": topic.made_ns,
            "CreationAuthor": topic.author or NOBODY,
        }
        self._demand_of(self.topic, needed, self.shape.topic)
        if not GUID.fullmatch(self.topic.get("Guid", "")):
            self.put_attribute("Guid", guid_of(topic.topic))
        if self.shape.version == "3.0":
            for name in ("TopicType", "TopicStatus"):
                if not attribute(self.topic, name):
                    self.put_attribute(name, UNDEFINED)
        for node in comment_nodes(self.root):
            self._demand_of(node, {"Date": topic.made_ns, "Author": NOBODY}, _COMMENT)
            if self.shape.version != "3.0" and child(node, "Comment") is None:
                place(node, etree.Element("Comment"), _COMMENT)
                self.changed = True
        self._order(self.root, self.shape.root)
        self._order(self.topic, self.shape.topic)

    def _demand_of(self, node: Node, needed: Mapping[str, str | int], order: tuple[str, ...]) -> None:
        for name, value in needed.items():
            if not text(node, name):
                self._put(node, name, value if isinstance(value, str) else stamp(value), order=order)

    def _order(self, node: Node, order: tuple[str, ...]) -> None:
        """Put the children into the order of the schema; others stay behind what they follow."""
        rank_of = {name: rank for rank, name in enumerate(order)}
        ranks, last = [], -1
        for each in node:
            last = rank_of.get(each.tag, last)
            ranks.append(last)
        if ranks != sorted(ranks):
            pairs = sorted(zip(ranks, list(node), strict=True), key=lambda pair: pair[0])
            node[:] = [each for _rank, each in pairs]
            self.changed = True
