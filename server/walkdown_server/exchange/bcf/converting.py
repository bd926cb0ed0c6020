"""Markup from one version of BCF to another: what stands elsewhere is moved, what has no place goes.

2.0 becomes 2.1 and then, where it is wanted, 3.0. Elements and attributes that no schema knows stay where
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lxml import etree

from walkdown_server.exchange.bcf.trees import Node, attribute, child, children, listed, local, text, truth

UNDEFINED = "Undefined"
"""What stands for no type or status in BCF 3.0, which demands both."""

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
TEXTS = (
    "ReferenceLink",
    "Label",
    "Title",
    "Priority",
    "CreationAuthor",
    "ModifiedAuthor",
    "AssignedTo",
    "Stage",
    "Description",
    "Comment",
    "Author",
    "Filename",
    "Reference",
    "ReferenceSchema",
    "Viewpoint",
    "Snapshot",
    "ModifiedDate",
    "DueDate",
    "Date",
    "Url",
)
"""Elements that BCF 3.0 does not allow to be empty."""

NAMED = ("Topic", "Comment", "Viewpoint", "ViewPoint", "DocumentReference", "RelatedTopic")
"""Elements that have a GUID, which BCF 3.0 wants in small letters."""

Move = Callable[[str], str | None]
"""Takes what a file is called in one version and returns its name in the other, None where it is not there."""


def convert_markup(root: Node, old: str, new: str, *, move: Move) -> None:
    """Make the XML of a topic one of another version.

    Args:
        move: takes a document along: from BCF 2 the reference of a file, returns its GUID in BCF 3.0; the
            other way round.
    """
    for name in [name for name in root.attrib if name.startswith(XSI)]:
        del root.attrib[name]
    if old == "2.0":
        _from_2_0(root)
        old = "2.1"
    if old == "2.1" and new == "3.0":
        _to_3_0(root, move)
    elif old == "3.0" and new == "2.1":
        _to_2_1(root, move)


def _from_2_0(root: Node) -> None:
    topic = child(root, "Topic")
    for each in list(children(topic, "DocumentReferences")):
        each.tag = "DocumentReference"
    for each in list(children(topic, "RelatedTopics")):
        each.tag = "RelatedTopic"
    for comment in children(root, "Comment"):
        for each in list(comment):
            if local(each) in ("VerbalStatus", "Status", "Topic", "ReplyToComment"):
                comment.remove(each)


def _wrapped(parent: Node, found: Iterable[Node], outer: str, inner: str, at: Node | None = None) -> None:
    """Put elements into a new one that stands where the first stood, or at the end."""
    nodes = list(found)
    if not nodes:
        return
    made = etree.Element(outer)
    if at is None:
        nodes[0].addprevious(made)
    else:
        at.append(made)
    for each in nodes:
        parent.remove(each)
        each.tag = inner
        made.append(each)


def _unwrapped(parent: Node, outer: str, inner: str, name: str) -> None:
    """Put the elements in another one in its place."""
    for wrapper in list(children(parent, outer)):
        for each in list(children(wrapper, inner)):
            each.tag = name
            wrapper.addprevious(each)
        parent.remove(wrapper)


def _renamed(node: Node | None, old: str, new: str) -> None:
    if node is not None and attribute(node, old):
        value = attribute(node, old)
        for name in [name for name in node.attrib if name.lower() == old.lower()]:
            del node.attrib[name]
        node.set(new, value)


def _to_3_0(root: Node, move: Move) -> None:
    topic, header = child(root, "Topic"), child(root, "Header")
    if header is not None:
        _wrapped(header, children(header, "File"), "Files", "File")
        for file in listed(header, "Files", "File"):
            _renamed(file, "isExternal", "IsExternal")
    if topic is None:
        return
    _wrapped(topic, children(topic, "ReferenceLink"), "ReferenceLinks", "ReferenceLink")
    _wrapped(topic, children(topic, "Labels"), "Labels", "Label")
    _renamed(child(topic, "BimSnippet"), "isExternal", "IsExternal")
    for document in children(topic, "DocumentReference"):
        _document_to_3_0(document, move)
    _wrapped(topic, children(topic, "DocumentReference"), "DocumentReferences", "DocumentReference")
    _wrapped(topic, children(topic, "RelatedTopic"), "RelatedTopics", "RelatedTopic")
    _wrapped(root, children(root, "Comment"), "Comments", "Comment", topic)
    _wrapped(root, children(root, "Viewpoints"), "Viewpoints", "ViewPoint", topic)
    for each in root.iter(*NAMED):
        if guid := each.get("Guid"):
            each.set("Guid", guid.lower())
    _drop_empty(root)


def _drop_empty(root: Node) -> None:
    """Take away texts without a letter, which BCF 3.0 does not allow."""
    empty = [each for each in root.iter(*TEXTS) if not ((each.text and each.text.strip()) or len(each))]
    for each in empty:
        if not each.attrib:
            each.getparent().remove(each)


def _document_to_3_0(node: Node, move: Move) -> None:
    reference = child(node, "ReferencedDocument")
    where = text(reference)
    external = truth(attribute(node, "isExternal"), False) or "://" in where
    for name in [name for name in node.attrib if name.lower() == "isexternal"]:
        del node.attrib[name]
    if reference is None:
        return
    guid = None if external else move(where)
    reference.tag = "DocumentGuid" if guid else "Url"
    reference.text = guid or where or None


def _to_2_1(root: Node, move: Move) -> None:
    topic, header = child(root, "Topic"), child(root, "Header")
    if header is not None:
        _unwrapped(header, "Files", "File", "File")
        for file in children(header, "File"):
            _renamed(file, "IsExternal", "isExternal")
        if not len(header):
            root.remove(header)
    if topic is None:
        return
    for name in [
        key for key, value in topic.attrib.items() if key == "ServerAssignedId" or value == UNDEFINED
    ]:
        del topic.attrib[name]
    _unwrapped(topic, "ReferenceLinks", "ReferenceLink", "ReferenceLink")
    _unwrapped(topic, "Labels", "Label", "Labels")
    _renamed(child(topic, "BimSnippet"), "IsExternal", "isExternal")
    for document in listed(topic, "DocumentReferences", "DocumentReference"):
        _document_to_2_1(document, move)
    _unwrapped(topic, "DocumentReferences", "DocumentReference", "DocumentReference")
    _unwrapped(topic, "RelatedTopics", "RelatedTopic", "RelatedTopic")
    for outer, inner, name in (("Comments", "Comment", "Comment"), ("Viewpoints", "ViewPoint", "Viewpoints")):
        for wrapper in list(children(topic, outer)):
            for each in list(children(wrapper, inner)):
                each.tag = name
                root.append(each)
            topic.remove(wrapper)


def _document_to_2_1(node: Node, move: Move) -> None:
    inside, url = child(node, "DocumentGuid"), child(node, "Url")
    reference = inside if inside is not None else url
    if reference is None:
        return
    where = move(text(inside)) if inside is not None else text(url)
    reference.tag, reference.text = "ReferencedDocument", where or text(reference)
    if inside is None:
        node.set("isExternal", "true")
