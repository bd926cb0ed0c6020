"""Markup from one version of BCF to another: what stands elsewhere is moved, what has no place goes.

2.0 becomes 2.1 and then, where it is wanted, 3.0. Elements and attributes that no schema knows stay where
they are.
"""

from __future__ import annotations

from collections.abc import Callable

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

LISTS = (
    ("ReferenceLink", ("ReferenceLinks", "ReferenceLink")),
    ("Labels", ("Labels", "Label")),
    ("DocumentReference", ("DocumentReferences", "DocumentReference")),
    ("RelatedTopic", ("RelatedTopics", "RelatedTopic")),
)
"""Elements that stand side by side in BCF 2.1, and how they are called in a list of BCF 3.0."""

BELONGINGS = (("Comment", ("Comments", "Comment")), ("Viewpoints", ("Viewpoints", "ViewPoint")))
"""The same of those that stand beside the topic in BCF 2.1 and in it in BCF 3.0."""

NAMED = ("Topic", "Comment", "Viewpoint", "ViewPoint", "DocumentReference", "RelatedTopic")
"""Elements that have a GUID, which BCF 3.0 wants in small letters."""

Move = Callable[[str], str | None]
"""Takes how a file is called in one version, returns its name in the other, None where it is not there."""


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


def _wrap(parent: Node, old: str, names: tuple[str, str], *, into: Node | None = None) -> None:
    """Put elements into a new one, where the first of them stood or at the end of another.

    Args:
        old: their name. names: of the new element, and what they are called in it.
    """
    nodes = children(parent, old)
    if not nodes:
        return
    made = etree.Element(names[0])
    if into is None:
        nodes[0].addprevious(made)
    else:
        into.append(made)
    for each in nodes:
        each.tag = names[1]
        made.append(each)


def _unwrap(parent: Node, names: tuple[str, str], new: str, *, into: Node | None = None) -> None:
    """Put the elements in another one in its place, or at the end of another."""
    for wrapper in children(parent, names[0]):
        for each in children(wrapper, names[1]):
            each.tag = new
            if into is None:
                wrapper.addprevious(each)
            else:
                into.append(each)
        parent.remove(wrapper)


def _rename_attribute(node: Node | None, new: str) -> None:
    """Spell an attribute as a version does: ``isExternal`` or ``IsExternal``."""
    if node is None:
        return
    for name in node.keys():
        if name.lower() == new.lower() and name != new:
            node.set(new, node.attrib.pop(name))


def _to_3_0(root: Node, move: Move) -> None:
    topic, header = child(root, "Topic"), child(root, "Header")
    if header is not None:
        _wrap(header, "File", ("Files", "File"))
    for file in listed(header, "Files", "File"):
        _rename_attribute(file, "IsExternal")
    if topic is None:
        return
    for document in children(topic, "DocumentReference"):
        _document_to_3_0(document, move)
    _rename_attribute(child(topic, "BimSnippet"), "IsExternal")
    for old, names in LISTS:
        _wrap(topic, old, names)
    for old, names in BELONGINGS:
        _wrap(root, old, names, into=topic)
    _tidy(root)


def _tidy(root: Node) -> None:
    """Spell GUIDs in small letters, and take away texts without a letter: BCF 3.0 allows neither."""
    for each in root.iter(*NAMED):
        if guid := each.get("Guid"):
            each.set("Guid", guid.lower())
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
    topic = child(root, "Topic")
    _header_to_2_1(root)
    if topic is None:
        return
    for name, value in topic.items():
        if name == "ServerAssignedId" or value == UNDEFINED:
            del topic.attrib[name]
    for document in listed(topic, "DocumentReferences", "DocumentReference"):
        _document_to_2_1(document, move)
    _rename_attribute(child(topic, "BimSnippet"), "isExternal")
    for new, names in LISTS:
        _unwrap(topic, names, new)
    for new, names in BELONGINGS:
        _unwrap(topic, names, new, into=root)


def _header_to_2_1(root: Node) -> None:
    """Let a header name its files as BCF 2.1 does, which allows none without a file."""
    for header in children(root, "Header"):
        _unwrap(header, ("Files", "File"), "File")
        for file in children(header, "File"):
            _rename_attribute(file, "isExternal")
        if not len(header):
            root.remove(header)


def _document_to_2_1(node: Node, move: Move) -> None:
    inside, url = child(node, "DocumentGuid"), child(node, "Url")
    reference = inside if inside is not None else url
    if reference is None:
        return
    where = move(text(inside)) if inside is not None else text(url)
    reference.tag, reference.text = "ReferencedDocument", where or text(reference)
    if inside is None:
        node.set("isExternal", "true")
