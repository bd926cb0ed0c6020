"""What belongs to a topic in a BCF file: its comments, views and documents."""

from __future__ import annotations

from walkdown.errors import BadInput
from walkdown.messages import Comment, Document, Evidence, Viewpoint
from walkdown_server.exchange.bcf.extras import evidence_guid, snippet_guid
from walkdown_server.exchange.bcf.reader import NOBODY, Draft, Reader
from walkdown_server.exchange.bcf.trees import (
    Node,
    attribute,
    child,
    children,
    comment_nodes,
    listed,
    text,
    truth,
    view_nodes,
    whole,
)
from walkdown_server.exchange.bcf.views import read_view
from walkdown_server.exchange.incoming import derived, guid_of

MOST_COMMENTS, MOST_VIEWS, MOST_DOCUMENTS = 2000, 200, 100
IMPLICIT_VIEW, IMPLICIT_SNAPSHOT = "viewpoint.bcfv", "snapshot.png"
"""How a view is called that only lies in the folder of a topic."""


# ---- comments ---------------------------------------------------------------------------------------------


def read_comments(reader: Reader, draft: Draft) -> tuple[Comment, ...]:
    """Return the comments of a topic; its views were read before."""
    nodes = comment_nodes(draft.root)
    if len(nodes) > MOST_COMMENTS:
        reader.note(f"it has {len(nodes)} comments; the first {MOST_COMMENTS} are shown.")
    names = []
    for index, node in enumerate(nodes[:MOST_COMMENTS]):
        said = attribute(node, "Guid")
        name = reader.id_of(draft.folder.guid, said, f"comment {index}")
        reader.nodes[name] = node
        names.append(name)
        if said:
            draft.comments.setdefault(guid_of(said), name)
    return tuple(_comment(reader, draft, name) for name in names)


def _comment(reader: Reader, draft: Draft, name: str) -> Comment:
    node = reader.nodes[name]
    made = reader.time(text(node, "Date"))
    author = reader.word(text(node, "Author"), "author")
    if not author or not made:
        reader.note("a comment does not say by whom or when it was written.")
    reply = attribute(child(node, "ReplyToComment"), "Guid")
    return Comment(
        name,
        draft.folder.guid,
        reader.word(text(node, "Comment"), "comment", 16_000),
        _seen_in(reader, draft, attribute(child(node, "Viewpoint"), "Guid")),
        draft.comments.get(guid_of(reply), "") if reply else "",
        author=author or NOBODY,
        made_ns=made,
        changed=reader.word(text(node, "ModifiedAuthor"), "author"),
        changed_ns=reader.time(text(node, "ModifiedDate")),
    )


def _seen_in(reader: Reader, draft: Draft, said: str) -> str:
    """Return the id of the view that a comment names; the GUID of noughts that some write is none."""
    if not said or not said.strip("0-"):
        return ""
    if guid_of(said) not in draft.views:
        reader.note(f"a comment names the view {said[:40]}, which the topic does not have.")
    return draft.views.get(guid_of(said), "")


# ---- views ------------------------------------------------------------------------------------------------


def read_views(reader: Reader, draft: Draft) -> tuple[Viewpoint, ...]:
    """Return the views of a topic in their order."""
    nodes = view_nodes(draft.root)
    if len(nodes) > MOST_VIEWS:
        reader.note(f"it has {len(nodes)} views; the first {MOST_VIEWS} are shown.")
    found = [_listed_view(reader, draft, node, index) for index, node in enumerate(nodes[:MOST_VIEWS])]
    if not nodes and reader.archive.container.find(draft.folder.path + IMPLICIT_VIEW):
        reader.note("its view stands in the folder, but not in the markup; it was taken.")
        name = reader.id_of(draft.folder.guid, "", "view 0")
        snapshot = ""
        if reader.archive.container.find(draft.folder.path + IMPLICIT_SNAPSHOT):
            snapshot = reader.snapshot(draft.folder, IMPLICIT_SNAPSHOT)
        view = Viewpoint(name, topic=draft.folder.guid, snapshot=snapshot)
        found.append(_view(reader, draft, IMPLICIT_VIEW, view))
    return tuple(sorted(found, key=lambda view: view.order))


def _listed_view(reader: Reader, draft: Draft, node: Node, index: int) -> Viewpoint:  # noqa: PLR0917
    said = attribute(node, "Guid")
    name = reader.id_of(draft.folder.guid, said, f"view {index}")
    reader.nodes[name] = node
    if said:
        draft.views.setdefault(guid_of(said), name)
    view = Viewpoint(
        name,
        topic=draft.folder.guid,
        order=whole(text(node, "Index"), index),
        snapshot=reader.snapshot(draft.folder, text(node, "Snapshot")),
    )
    return _view(reader, draft, text(node, "Viewpoint"), view)


def _view(reader: Reader, draft: Draft, file: str, view: Viewpoint) -> Viewpoint:  # noqa: PLR0917
    """Return a view with what its file says."""
    if not file:
        return view
    path = reader.path(draft.folder, file)
    if path is None:
        reader.note(f"the view {file[:80]!r} is named, but not there.")
        return view
    try:
        root, spelt = reader.archive.parsed(path)
    except BadInput as error:
        reader.note(f"a view was left out: {error}.")
        return view
    if spelt:
        reader.misspelt.add(path)
    reader.trees[path] = root
    return read_view(root, view, reader.note)


# ---- documents --------------------------------------------------------------------------------------------


def read_documents(reader: Reader, draft: Draft) -> tuple[tuple[Document, ...], Evidence]:
    """Return the documents of a topic, its BIM snippet among them, and the evidence in one of ours."""
    topic = draft.node
    nodes = children(topic, "DocumentReference")
    nodes += listed(topic, "DocumentReferences", "DocumentReference")
    old = children(topic, "DocumentReferences")  # of BCF 2.0
    nodes += [each for each in old if child(each, "ReferencedDocument") is not None]
    found = [_document(reader, draft, node) for node in nodes]
    found.append(_snippet(reader, draft, child(topic, "BimSnippet")))
    documents = tuple({one.document: one for one in found if one is not None}.values())
    if not documents:
        return (), Evidence()
    if len(documents) > MOST_DOCUMENTS:
        reader.note(f"it has {len(documents)} documents; the first {MOST_DOCUMENTS} are shown.")
    ours = evidence_guid(draft.folder.guid)
    kept = next((one.file for one in documents if one.document == ours and one.file), None)
    evidence = Evidence() if kept is None else Evidence("complete", kept)
    return tuple(one for one in documents if one.document != ours)[:MOST_DOCUMENTS], evidence


def _document(reader: Reader, draft: Draft, node: Node) -> Document | None:
    where, url, inside = text(node, "ReferencedDocument"), text(node, "Url"), text(node, "DocumentGuid")
    said = attribute(node, "Guid")
    name = guid_of(said) if said else derived(draft.folder.guid, where, url, inside)
    reader.nodes.setdefault(name, node)
    description = reader.word(text(node, "Description"), "description of a document", 16_000)
    if inside:
        path, called = reader.archive.documents.get(guid_of(inside), (None, ""))
        return Document(name, "", description, reader.attached(path, inside, name=called))
    if url or _is_external(node, where):
        return Document(name, (url or where)[:2000], description)
    if not where:
        return None
    file = reader.attached(reader.path(draft.folder, where), where)
    return Document(name, "" if file else where[:2000], description, file)


def _snippet(reader: Reader, draft: Draft, node: Node | None) -> Document | None:
    """Return a document that stands for a BIM snippet."""
    where = text(node, "Reference")
    if node is None or not where:
        return None
    name, kind = snippet_guid(draft.folder.guid), attribute(node, "SnippetType")[:80]
    description = f"BIM snippet ({kind})" if kind else "BIM snippet"
    if _is_external(node, where):
        return Document(name, where[:2000], description)
    file = reader.attached(reader.path(draft.folder, where), where)
    return Document(name, "" if file else where[:2000], description, file)


def _is_external(node: Node, where: str) -> bool:
    said = attribute(node, "isExternal") or attribute(node, "IsExternal")
    return truth(said, False) or "://" in where
