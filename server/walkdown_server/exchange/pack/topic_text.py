"""A topic as a small text file of a session pack, and the lines of what was said about it.

Each topic has two files. ``0012-1a2b3c4d.md`` says what it is: one field a line with an empty line
between, always in the same order and each always there, the description as a quotation, then its views.
What was said about it stands in ``0012-1a2b3c4d.said.md``, one comment a line, which ``git`` merges by
keeping the lines of both sides; there also stands who changed the topic last. A line of ``written.txt``
has a short hash of each field as it was written, so that what was changed by hand can be told from what
was not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from walkdown.messages import Comment, Topic, Viewpoint
from walkdown_server.exchange.pack.lines import (
    CAMERA,
    DOCUMENTS,
    FILE,
    FLAG,
    LINES,
    PAINTED,
    PLANES,
    POINT,
    TEXT,
    TIME,
    WHOLE,
    WORDS,
    Kind,
    iso,
    plain,
)

SAID = ".said.md"
WRITTEN = "written.txt"
SAID_HEAD = "# What was said\n\nOne comment a line; new ones are added anywhere: `- NAME: text`.\n"
QUOTED = "description"
DIGEST_LENGTH = 6
"""Letters of a short hash; it only has to tell a value from its successor."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it is called in the file, and in the program, and how it stands."""

    label: str
    name: str
    kind: Kind


TOPIC_FIELDS = (
    Field("Status", "status", TEXT),
    Field("Type", "type", TEXT),
    Field("Priority", "priority", TEXT),
    Field("Owner", "assigned", TEXT),
    Field("Accepted", "accepted", FLAG),
    Field("Due", "due", TEXT),
    Field("Stage", "stage", TEXT),
    Field("Discipline", "discipline", TEXT),
    Field("Labels", "labels", WORDS),
    Field("Parked", "parked", FLAG),
    Field("Said by", "speaker", TEXT),
    Field("Things", "things", WORDS),
    Field("Point", "point", POINT),
    Field("Model", "model", TEXT),
    Field("Related", "related", WORDS),
    Field("Links", "links", WORDS),
    Field("Documents", "documents", DOCUMENTS),
    Field("Agenda item", "item", TEXT),
    Field("Owner id", "assigned_id", TEXT),
)
"""What people change, after the title and before the description."""

ORIGIN_FIELDS = (
    Field("Topic", "topic", TEXT),
    Field("Number", "index", WHOLE),
    Field("Made by", "author", TEXT),
    Field("Made by id", "author_id", TEXT),
    Field("Made", "made_ns", TIME),
    Field("From file", "origin", TEXT),
)
"""What never changes."""

EVIDENCE_FIELDS = (
    Field("Evidence", "state", TEXT),
    Field("Evidence file", "file", FILE),
    Field("Evidence is missing", "missing", WORDS),
)
VIEW_FIELDS = (
    Field("Title", "title", TEXT),
    Field("Camera", "camera", CAMERA),
    Field("Time", "time_ns", TIME),
    Field("Snapshot", "snapshot", TEXT),
    Field("Planes", "planes", PLANES),
    Field("Lines", "lines", LINES),
    Field("All shown", "shown", FLAG),
    Field("But for", "exceptions", WORDS),
    Field("Ghosted", "ghosted", WORDS),
    Field("Selected", "selection", WORDS),
    Field("Painted", "painted", PAINTED),
    Field("Coloured by", "mode", TEXT),
    Field("Quantity", "quantity", TEXT),
    Field("Unit", "unit", TEXT),
    Field("Order", "order", WHOLE),
    Field("Made by", "author", TEXT),
    Field("Made by id", "author_id", TEXT),
    Field("Made", "made_ns", TIME),
)
EDITED = ("title", QUOTED, *(field.name for field in TOPIC_FIELDS))
"""What a person may change by hand."""

_KINDS = {field.name: field.kind for field in TOPIC_FIELDS}
_IN_NAMES = re.compile(r"[0-9A-Za-z]{1,8}")


def file_name(topic: Topic) -> str:
    """Return the name of a topic's file, without its ending: its number and the start of its id.

    Of an id that no file can be named by, which is none of ours, a short hash stands there.
    """
    start = topic.topic.replace("-", "")[:8]
    if not _IN_NAMES.fullmatch(start):
        start = hashlib.sha256(topic.topic.encode()).hexdigest()[:8]
    return f"{topic.index:04d}-{start}"


def topic_text(topic: Topic, views: Sequence[Viewpoint], pictures: Mapping[str, str]) -> str:
    """Return the file of a topic; ``pictures`` has the names of the snapshots' files by SHA-256."""
    parts = [f"# {one_line(topic.title)}"]
    parts += field_lines(topic, TOPIC_FIELDS)
    parts.append(quotation("Description", topic.description))
    parts += field_lines(topic, ORIGIN_FIELDS)
    parts += field_lines(topic.evidence, EVIDENCE_FIELDS)
    for view in views:
        parts += view_lines(view, pictures)
    return "\n\n".join(parts) + "\n"


def view_lines(view: Viewpoint, pictures: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a view: a heading with its id, its picture, its fields."""
    yield f"## View {view.viewpoint}"
    if view.snapshot in pictures:
        yield f"![snapshot](../snapshots/{pictures[view.snapshot]})"
    yield from field_lines(view, VIEW_FIELDS)


def field_lines(value: object, fields: Iterable[Field]) -> Iterator[str]:
    """Yield one line for each field, an empty one too, so that it is there to be filled in."""
    for field in fields:
        yield f"{field.label}: {field.kind.write(getattr(value, field.name))}".rstrip()


def quotation(label: str, text: str) -> str:
    """Return prose under its label, each line quoted."""
    lines = plain(text).split("\n") if text else []
    return "\n".join([f"{label}:", *(f"> {visible(line)}" if line else ">" for line in lines)])


def visible(line: str) -> str:
    """Return a line in which nothing but its own end ends it."""
    return line.replace("\r", "")


def one_line(title: str) -> str:
    """Return text on one line."""
    return plain(" ".join(title.split()))


# ---- what was said ------------------------------------------------------------------------------------


def said_text(topic: Topic, comments: Iterable[Comment]) -> str:
    """Return the file of what was said about a topic; the older comments first."""
    ordered = sorted(comments, key=lambda comment: (comment.made_ns, comment.comment))
    lines = [comment_line(comment) for comment in ordered]
    if topic.changed_ns:
        about = hidden("changed", by=topic.changed)
        lines.append(f"- {iso(topic.changed_ns)} *{plain(topic.changed)} changed the topic.* {about}")
    return SAID_HEAD + "\n" + "\n".join(lines) + "\n"


def comment_line(comment: Comment) -> str:
    """Return a comment as one line: time, name, text with ``<br>`` for line ends, ids where none sees."""
    text = "<br>".join(plain(visible(line)) for line in comment.text.split("\n"))
    further: Mapping[str, str] = {
        "author": comment.author_id,
        "view": comment.viewpoint,
        "to": comment.reply_to,
        "changed": iso(comment.changed_ns),
        "by": comment.changed,
    }
    told = {key: value for key, value in further.items() if value}
    about = hidden("comment", id=comment.comment, text=digest(text.strip()), **told)
    return f"- {iso(comment.made_ns) or '?'} **{plain(_name(comment.author))}**: {text} {about}"


def _name(name: str) -> str:
    return " ".join(name.replace("*", "").split()) or "?"


def hidden(word: str, **about: str) -> str:
    """Return what only the program reads, as a comment of Markdown."""
    told = json.dumps(about, ensure_ascii=False).replace("--", "-\\u002d").replace(">", "\\u003e")
    return f"<!-- {word} {told} -->"


def written_line(topic: Topic) -> str:
    """Return the line of ``written.txt`` about a topic: its file, its id, a short hash of each field."""
    shorts = (digest_of(name, getattr(topic, name)) for name in EDITED)
    return " ".join((file_name(topic), topic.topic, *shorts))


def written_head() -> str:
    """Return what stands above the lines of ``written.txt``."""
    return f"# Written by Walkdown: leave it as it is. File, id, short hashes of: {' '.join(EDITED)}\n"


def read_written(text: str) -> dict[str, dict[str, set[str]]]:
    """Return what ``written.txt`` says: by a topic's id and the field, the short hashes that were written.

    A merge may leave two lines about a topic; both count.
    """
    found: dict[str, dict[str, set[str]]] = {}
    for line in text.splitlines():
        _file, topic, *shorts = (*line.split(), "", "")[: 2 + len(EDITED)]
        if not line.startswith("#") and len(shorts) == len(EDITED):
            fields = found.setdefault(topic, {})
            for name, short in zip(EDITED, shorts, strict=True):
                fields.setdefault(name, set()).add(short)
    return found


@lru_cache(4096)
def digest(text: str) -> str:
    """Return a short hash of a line."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def digest_of(name: str, value: Any) -> str:
    """Return the short hash of a field's value, as it would be written."""
    if name == "title":
        return digest(one_line(value))
    if name == QUOTED:
        return digest(quotation("", value))
    return digest(_KINDS[name].write(value))
