"""Reads a topic's text files of a session pack, also those that people edited and ``git`` merged.

What cannot be understood is left out, and a sentence says where (``topics/0012-1a2b3c4d.md:7``), what stands
there and what was expected; the rest counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from walkdown.messages import Comment, Evidence, Topic, Viewpoint
from walkdown_server.exchange.incoming import derived
from walkdown_server.exchange.pack.lines import TIME, meant, nanoseconds
from walkdown_server.exchange.pack.topic_text import (
    EVIDENCE_FIELDS,
    ORIGIN_FIELDS,
    QUOTED,
    TOPIC_FIELDS,
    VIEW_FIELDS,
    Field,
    digest,
    digest_of,
)

Say = Callable[[int, str], None]
"""Takes what is wrong at a line, counted from 1."""

_BEGINS, _BETWEEN, _ENDS, _BASE = "<<<<<<< ", "=======", ">>>>>>> ", "||||||| "
_FIELD = re.compile(r"([A-Z][A-Za-z ]{0,30}):(?:[ \t]+(.*))?$")
_COMMENT = re.compile(
    r"[-*] +(?:(\?|\d{4}-\d\d-\d\d[ T]?[\d:.]*(?:Z|[+-]\d\d:?\d\d)?) +)?"
    r"(?:\*\*(.{1,200}?)\*\*|([^:*<>]{1,200})): *(.*)$"
)
_HIDDEN = re.compile(r"<!-- (\w{1,20}) (\{.*\}) -->\s*$")
_CHANGED = re.compile(r"[-*] +(\S+) +\*.*\* *$")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_VIEW = "## View "
SHOWN_MAX = 60


@dataclass(slots=True)
class Draft:
    """A topic as it was read.

    Attributes:
        values: by field of the topic; what could not be read is not among them. views: the same of each view,
            with its id. written: short hashes of each field as it was written. edited: something was changed.
    """

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    views: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    changed: tuple[int, str] = (0, "")
    written: dict[str, set[str]] = field(default_factory=dict)


def without_conflicts(text: str, say: Say) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that are not part of an unsettled conflict of a merge."""
    inside = False
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if line.startswith(_BEGINS):
            inside = True
            text = (
                "a merge left a conflict here; expected one of its two sides, "
                "without the lines <<<<<<<, ======= and >>>>>>>"
            )
            say(number, text)
        elif inside and line.startswith(_ENDS):
            inside = False
        elif not inside:
            yield number, line


# ---- the file of a topic ------------------------------------------------------------------------------


class _Fields:
    """Takes fields of one thing, line by line."""

    def __init__(self, fields: Sequence[Field], into: dict[str, Any], say: Say) -> None:
        self._by_label = {each.label.casefold(): each for each in fields}
        self.into, self._say = into, say
        self._seen: dict[str, int] = {}

    def knows(self, label: str) -> bool:
        return label.casefold() in self._by_label

    def take(self, number: int, label: str, line: str) -> None:
        each = self._by_label[label.casefold()]
        if each.name in self._seen:
            first = self._seen[each.name]
            text = f"{each.label} stands in line {first} too; this later one counts, remove one of them"
            self._say(number, text)
        self._seen[each.name] = number
        try:
            self.into[each.name] = each.kind.read(line.strip())
        except (ValueError, OverflowError) as error:
            text = f"{each.label} is {_cut(line)!r}, expected {error}; it counts as not changed"
            self._say(number, text)
            self.into.pop(each.name, None)


class TopicReader:
    """Reads the file of one topic; feed it its lines, then take ``draft``."""

    def __init__(self, say: Say) -> None:
        self.draft, self._say = Draft(), say
        self._topic = _Fields((*TOPIC_FIELDS, *ORIGIN_FIELDS), self.draft.values, say)
        self._evidence = _Fields(EVIDENCE_FIELDS, self.draft.evidence, say)
        self._view: _Fields | None = None
        self._quoting: list[str] | None = None

    def read(self, text: str) -> Draft:
        """Return what a file says."""
        for number, line in without_conflicts(text, self._say):
            self._take(number, line)
        self._end_quotation()
        return self.draft

    def _take(self, number: int, line: str) -> None:
        if self._quoting is not None and line.startswith(">"):
            self._quoting.append(line[1:].removeprefix(" "))
            return
        self._end_quotation()
        line = line.rstrip(" \t")
        if line.startswith("# "):
            self.draft.values["title"] = meant(line[2:].strip())
        elif line.startswith(_VIEW):
            self._begin_view(line[len(_VIEW) :].strip())
        elif line == "Description:" or line.startswith("Description: "):
            self._quoting = [line[13:].strip()] if line[13:].strip() else []
        elif line and not line.startswith(("![", "<!--")):
            self._take_field(number, line)

    def _take_field(self, number: int, line: str) -> None:
        found = _FIELD.match(line)
        label = found[1] if found else ""
        readers = (self._view,) if self._view else (self._topic, self._evidence)
        reader = next((each for each in readers if each and each.knows(label)), None)
        if found is None or reader is None:
            text = "is no field of a topic; expected for instance Status: Open; it is passed over"
            self._say(number, f"{_cut(line)!r} {text}")
        else:
            reader.take(number, label, found[2] or "")

    def _begin_view(self, name: str) -> None:
        self.draft.views.append((name, {}))
        self._view = _Fields(VIEW_FIELDS, self.draft.views[-1][1], self._say)

    def _end_quotation(self) -> None:
        if self._quoting is not None:
            self.draft.values[QUOTED] = meant("\n".join(self._quoting))
            self._quoting = None


def _cut(line: str) -> str:
    return line if len(line) <= SHOWN_MAX else line[:SHOWN_MAX] + "…"


# ---- the file of what was said ------------------------------------------------------------------------


def read_said(text: str, draft: Draft, topic: str, *, edited_ns: int, say: Say) -> None:
    """Take what was said about a topic; lines may be in any order and stand there twice."""
    found: dict[str, Comment] = {}
    for number, line in without_conflicts(text, say):
        hidden = _HIDDEN.match(line, max(line.rfind("<!-- "), 0))
        word, about = _about(hidden, number, say) if hidden else ("", {})
        shown = line[: hidden.start()].rstrip(" ") if hidden else line
        if word == "changed":
            _take_changed(shown, about, draft)
        elif shown.startswith(("- ", "* ")):
            comment = _comment(shown, about, topic, edited_ns=edited_ns)
            if comment is None:
                say(number, f"{_cut(shown)!r} is no comment; expected - NAME: text")
            else:
                _keep(comment, found, number, say=say)
        elif shown.strip() and not shown.startswith(("#", "One comment a line")):
            say(number, f"{_cut(shown)!r} is no comment; expected - NAME: text")
    draft.comments = sorted(found.values(), key=lambda one: (one.made_ns, one.comment))


def _about(hidden: re.Match[str], number: int, say: Say) -> tuple[str, dict[str, str]]:
    try:
        about = json.loads(hidden[2])
        json.dumps(about, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        say(number, f"{_cut(hidden[2])!r} is no JSON; it is passed over")
        return hidden[1], {}
    return hidden[1], {key: value for key, value in about.items() if isinstance(value, str)}


def _take_changed(shown: str, about: dict[str, str], draft: Draft) -> None:
    found = _CHANGED.match(shown)
    try:
        when_ns = TIME.read(found[1]) if found else 0
    except ValueError:
        return
    draft.changed = max(draft.changed, (when_ns, about.get("by", "")))


def _comment(shown: str, about: dict[str, str], topic: str, *, edited_ns: int) -> Comment | None:
    found = _COMMENT.match(shown.rstrip())
    if found is None:
        return None
    when, bold, typed, text = found.groups()
    author = meant((bold or typed).strip())
    said = "\n".join(meant(part) for part in _BREAK.split(text))
    try:
        made_ns = nanoseconds(when) if when and when != "?" else 0
        changed_ns = nanoseconds(about.get("changed", ""))
    except ValueError:
        return None
    by_hand = "id" in about and about.get("text") != digest(text.strip())
    comment = Comment(
        about.get("id") or derived(topic, author, said),
        topic,
        said,
        viewpoint=about.get("view", ""),
        reply_to=about.get("to", ""),
        author=author,
        author_id=about.get("author", ""),
        made_ns=made_ns or edited_ns,
        changed=about.get("by", ""),
        changed_ns=max(edited_ns, changed_ns) if by_hand else changed_ns,
    )
    within: Comment | None = checked(comment, Comment)
    return within


def _keep(comment: Comment, found: dict[str, Comment], number: int, *, say: Say) -> None:
    """Keep a comment; of two with one id the one that was changed later."""
    other = found.get(comment.comment)
    if other is not None and other.text != comment.text:
        say(
            number,
            f"the comment {comment.comment} stands here twice with two texts; the one changed later counts",
        )
    if other is None or (comment.changed_ns, comment.made_ns) > (other.changed_ns, other.made_ns):
        found[comment.comment] = comment


# ---- what it comes to -----------------------------------------------------------------------------------


def checked(value: Any, kind: Any) -> Any:
    """Return a value if it is within the bounds of its type, else None."""
    try:
        return msgspec.convert(msgspec.to_builtins(value), kind)
    except (msgspec.ValidationError, RecursionError):
        return None


def topic_of(draft: Draft, say: Say, *, edited_ns: int) -> Topic | None:
    """Return the topic that was read; what is out of bounds is said and left out. None without a title."""
    values = _filled(draft.values)
    if not str(values.get("title", "")).strip():
        say(1, "it has no title; expected a first line such as # Valve cannot be reached")
        return None
    values["evidence"] = _evidence_of(draft, say)
    values["changed_ns"], values["changed"] = draft.changed
    if is_edited(draft):
        values["changed_ns"] = max(values["changed_ns"], edited_ns)
    while True:
        try:
            return msgspec.convert(msgspec.to_builtins(values), Topic)
        except msgspec.ValidationError as error:
            name = str(error).partition("`$.")[2].partition("`")[0].partition("[")[0].partition(".")[0]
            if name not in values or name in ("topic", "title"):
                say(1, f"the topic cannot be taken: {error}")
                return None
            say(1, f"{name} is not as expected, and left out: {error}")
            del values[name]


def is_edited(draft: Draft) -> bool:
    """Tell whether a field is not as it was written; a topic that was written by hand is."""
    return (
        any(name in draft.values and not unchanged(draft, name) for name in draft.written)
        or not draft.written
    )


def unchanged(draft: Draft, name: str) -> bool:
    """Tell whether a field is as it was written."""
    return name not in draft.values or digest_of(name, draft.values[name]) in draft.written.get(name, ())


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values without those that say nothing."""
    return {name: value for name, value in values.items() if value != "" and value is not None}


def _evidence_of(draft: Draft, say: Say) -> Evidence:
    try:
        return msgspec.convert(msgspec.to_builtins(_filled(draft.evidence)), Evidence)
    except msgspec.ValidationError as error:
        say(1, f"the evidence is not as expected, and left out: {error}")
        return Evidence()


def views_of(draft: Draft, topic: str, say: Say) -> tuple[Viewpoint, ...]:
    """Return the views that were read; one that is out of bounds is said and left out."""
    views: dict[str, Viewpoint] = {}
    for name, values in draft.views:
        try:
            about = _filled(values) | {"viewpoint": name, "topic": topic}
            view = msgspec.convert(msgspec.to_builtins(about), Viewpoint)
        except msgspec.ValidationError as error:
            say(1, f"the view {_cut(name)!r} is not as expected, and left out: {error}")
            continue
        if name in views:
            say(1, f"the view {_cut(name)!r} stands here twice; the first one counts")
        views.setdefault(name, view)
    return tuple(views.values())
