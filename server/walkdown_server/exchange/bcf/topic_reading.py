"""A topic of a BCF file in the words of a session; what is missing or odd is mended and noted."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from walkdown.messages import Comment, Topic
from walkdown_server.exchange.bcf.archive import Folder
from walkdown_server.exchange.bcf.belongings import read_comments, read_documents, read_views
from walkdown_server.exchange.bcf.converting import UNDEFINED
from walkdown_server.exchange.bcf.extras import is_ours, rev_of, split_labels, with_extras
from walkdown_server.exchange.bcf.header import header_files
from walkdown_server.exchange.bcf.reader import NOBODY, UNTITLED, Draft, Reader
from walkdown_server.exchange.bcf.trees import Node, attribute, child, children, instant, listed, text
from walkdown_server.exchange.incoming import IncomingTopic, guid_of
from walkdown_server.exchange.pins import about

MOST_LABELS, MOST_LINKS, MOST_RELATED = 100, 100, 1000
DAY_LETTERS = len("2026-12-31")
_MIDNIGHT = ("T00:00:00", "T00:00:00.000", "T00:00")


def read_topic(reader: Reader, folder: Folder, root: Node) -> IncomingTopic:
    """Return one topic with all that belongs to it."""
    node = child(root, "Topic")
    draft = Draft(folder, root, node)
    title = text(node, "Title")
    reader.begin(f"Topic {(title or folder.guid)[:60]!r}")
    if not title:
        reader.note("it has no title.")
    views = read_views(reader, draft)
    comments = read_comments(reader, draft)
    links, ours = _links(reader, node)
    made_ns, author = _made(reader, draft, comments)
    labels, discipline = split_labels(_labels(reader, node))
    documents, evidence = read_documents(reader, draft)
    things, point = about(views)
    topic = Topic(
        topic=folder.guid,
        title=reader.word(title, "title", 500) or UNTITLED,
        description=reader.word(text(node, "Description"), "description", 16_000),
        type=_defined(reader, attribute(node, "TopicType"), "type"),
        status=_defined(reader, attribute(node, "TopicStatus"), "status"),
        priority=reader.word(text(node, "Priority"), "priority"),
        stage=reader.word(text(node, "Stage"), "stage"),
        discipline=discipline[:200],
        labels=labels,
        assigned=reader.word(text(node, "AssignedTo"), "owner"),
        due=_due(reader, text(node, "DueDate")),
        related=_related(node),
        links=links,
        documents=documents,
        things=things,
        point=point,
        author=author,
        made_ns=made_ns,
        changed=reader.word(text(node, "ModifiedAuthor"), "author"),
        changed_ns=reader.time(text(node, "ModifiedDate")),
        evidence=evidence,
    )
    read = IncomingTopic(topic, comments, views, local=True, files=header_files(root))
    return replace(read, topic=with_extras(topic, ours), rev=rev_of(ours)) if ours else read


def _defined(reader: Reader, value: str, what: str) -> str:
    return "" if value == UNDEFINED else reader.word(value, what)


def _due(reader: Reader, value: str) -> str:
    """Return a due date: the day alone where it is midnight of UTC, else as the file says it."""
    if not value or not reader.time(value):
        return ""
    if len(value) == DAY_LETTERS or value[DAY_LETTERS:].rstrip("Zz") in _MIDNIGHT:
        return value[:DAY_LETTERS]
    return (value if instant(value)[1] else f"{value}Z")[:40]


def _made(reader: Reader, draft: Draft, comments: Sequence[Comment]) -> tuple[int, str]:
    """Return when and by whom a topic was made; what is missing is filled and noted."""
    made_ns = reader.time(text(draft.node, "CreationDate"))
    author = reader.word(text(draft.node, "CreationAuthor"), "author")
    if not made_ns:
        times = [one.made_ns for one in comments if one.made_ns]
        date = reader.archive.container.date(draft.folder.markup)
        packed = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*date)
        made_ns = reader.time(text(draft.node, "ModifiedDate")) or min(times, default=instant(packed)[0])
        reader.note("it does not say when it was made; its next date counts.")
    if not author:
        reader.note(f"it does not say who made it; {NOBODY!r} stands for them.")
    return made_ns, author or NOBODY


def _labels(reader: Reader, node: Node | None) -> tuple[str, ...]:
    nodes = [*listed(node, "Labels", "Label"), *(each for each in children(node, "Labels") if not len(each))]
    words = [reader.word(word, "label") for each in nodes if (word := text(each))]
    if len(words) > MOST_LABELS:
        reader.note(f"it has {len(words)} labels; the first {MOST_LABELS} are shown.")
    return tuple(dict.fromkeys(words))[:MOST_LABELS]


def _links(reader: Reader, node: Node | None) -> tuple[tuple[str, ...], str]:
    """Return the links of a topic without ours, and ours or ""."""
    nodes = [*children(node, "ReferenceLink"), *listed(node, "ReferenceLinks", "ReferenceLink")]
    words = [link[:2000] for each in nodes if (link := text(each))]
    ours = [link for link in words if is_ours(link)]
    foreign = tuple(link for link in words if not is_ours(link))
    if len(foreign) > MOST_LINKS:
        reader.note(f"it has {len(foreign)} links; the first {MOST_LINKS} are shown.")
    return foreign[:MOST_LINKS], ours[-1] if ours else ""


def _related(node: Node | None) -> tuple[str, ...]:
    nodes = [
        *children(node, "RelatedTopic"),
        *listed(node, "RelatedTopics", "RelatedTopic"),
        *children(node, "RelatedTopics"),
    ]
    named = [attribute(each, "Guid") for each in nodes]
    return tuple({guid_of(name): None for name in named if name})[:MOST_RELATED]
