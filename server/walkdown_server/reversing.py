"""Undo and redo: what a person's own change takes back, as a whole, and when it no longer can be.

A change can be reversed while everything that it made is still so. What others have changed since stays as
they left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from walkdown.messages import (
    AgendaItem,
    Comment,
    Evidence,
    Mark,
    Meeting,
    ModelState,
    Note,
    Operation,
    PlaceModel,
    PutAgendaItem,
    PutMark,
    PutNote,
    PutTopic,
    PutViewpoint,
    PutZone,
    SetVocabulary,
    StepAgenda,
    Topic,
    Trigger,
    Viewpoint,
)
from walkdown.review import Edit, ReviewState
from walkdown.review.checks import LIMITS
from walkdown.roles import may
from walkdown_server.ruling import Author, Draft, No, body_of
from walkdown_server.standing import Change, State

_KINDS: Mapping[str, type[Operation]] = {
    "note": PutNote,
    "model": PlaceModel,
    "zone": PutZone,
    "disturbance": Trigger,
    "topic": PutTopic,
    "comment": PutTopic,
    "viewpoint": PutViewpoint,
    "mark": PutMark,
    "agenda": PutAgendaItem,
    "meeting": StepAgenda,
    "vocabulary": SetVocabulary,
}
"""By the first word of a key: what one has to be allowed to take a change of it back."""

_TABLES = {
    "topic": "topics",
    "comment": "comments",
    "viewpoint": "viewpoints",
    "mark": "marks",
    "agenda": "agenda",
}


def reversal(state: State, author: Author, stack: list[Change], *, op: int, word: str) -> Draft:
    """Return the draft that takes back the newest change of a stack that still stands.

    Args:
        word: ``undo`` or ``redo``, for the sentence when there is none.

    Raises:
        No: there is none; or it would take away a topic on which others have worked since; or the role of
            its author does not allow it any more.
    """
    for change in reversed(stack):
        _check_nobody_loses(state, change, author)
        if all(_stands(state, edit) for edit in change.edits) and _leads_back(state.review, change):
            _check_role(state.review, change, author)
            _check_room(state.review, change)
            return _reversed(change, author, op)
    overtaken = _overtaken_by(state, author, stack)
    why = f": {overtaken} has changed it since" if overtaken else ""
    raise No("nothing", f"there is nothing of yours to {word}{why}", by=overtaken)


def _overtaken_by(state: State, author: Author, stack: list[Change]) -> str:
    """Return who else has changed what one's newest change was about, "" for nobody."""
    for edit in stack[-1].edits if stack else ():
        touch = state.touch(edit.key)
        number, by = touch.by_others(author.id) if touch else (0, "")
        if number > stack[-1].number:
            return by
    return ""


def _check_nobody_loses(state: State, change: Change, author: Author) -> None:
    """Refuse to take a topic away on which others have worked since it was made or brought back."""
    first = change.edits[0]
    if not isinstance(first.after, Topic) or first.before is not None:
        return
    there = state.review.topics.get(first.after.topic)
    if there is None:
        return
    touch = state.touch(first.key)
    number, by = touch.by_others(author.id) if touch else (0, "")
    changed = number > change.number and plain(there) != plain(first.after)
    by = by if changed else _said_since(state.review, change, author)
    if by:
        text = f"{by} has commented on this topic or changed it since; remove it if it is not wanted"
        raise No("changed", text, by=by)


def _said_since(review: ReviewState, change: Change, author: Author) -> str:
    """Return who else has said, seen or drawn something about a topic that did not come with it."""
    topic, known = change.edits[0].key[1], {edit.key for edit in change.edits}
    keys = [("comment", name) for name in review.comments_of.get(topic, ())]
    keys += [("viewpoint", name) for name in review.viewpoints_of.get(topic, ())]
    keys += [("mark", mark.mark) for mark in review.marks.values() if mark.topic == topic]
    others = (review.value(key) for key in keys if key not in known)
    return next((one.author or "somebody" for one in others if one.author_id != author.id), "")


def _stands(state: State, edit: Edit) -> bool:
    """Tell whether what a change made at one key is still so, but for what the server counts by itself."""
    return bool(plain(state.value(edit.key)) == plain(edit.after))


def _leads_back(review: ReviewState, change: Change) -> bool:
    """Tell whether there is a place for what was before a change: what is part of something needs that."""
    first = change.edits[0]
    if first.key[0] == "topic" and len(first.key) == 3:
        return first.key[1] in review.topics
    if isinstance(first.before, Comment | Viewpoint) and first.before.topic:
        return first.before.topic in review.topics
    if first.key[0] == "agenda" and first.before is None:
        return first.key[1] != review.meeting.item
    if isinstance(first.before, Meeting) and isinstance(first.after, Meeting):
        return (first.before.began_ns, first.before.ended_ns) == (first.after.began_ns, first.after.ended_ns)
    return True


def plain(value: Any) -> Any:
    """Return a value without what is no part of a change: numbers of records, stamps, evidence."""
    if isinstance(value, Topic):
        return replace(value, number=0, changed="", changed_ns=0, evidence=Evidence())
    if isinstance(value, Meeting):
        return replace(value, number=0, verdicts=())
    if isinstance(value, Note | ModelState | Comment | Viewpoint | Mark | AgendaItem):
        return replace(value, number=0)
    return value


def _check_role(review: ReviewState, change: Change, author: Author) -> None:
    """Refuse to take back a change of a kind that the author's role may not make, or not any more."""
    first = change.edits[0]
    values = (first.before, first.after)
    owned = [value for value in values if isinstance(value, Note | Topic | Comment | Viewpoint | Mark)]
    foreign = any(value.author_id != author.id for value in owned)
    duty = author.id in review.meeting.duties.values()
    allowed = may(author.role, _KINDS[first.key[0]]) and not (foreign and not author.leads)
    if first.key[0] in ("agenda", "meeting"):
        allowed = author.leads or (duty and not _gave_duty(change))
    elif isinstance(first.before or first.after, Viewpoint) and foreign:
        allowed = author.leads or review.meeting.duties.get("driver") == author.id
    if not allowed:
        raise No("rights", f"your role, {author.role}, may not change this {first.key[0]} any more")


def _gave_duty(change: Change) -> bool:
    before, after = change.edits[0].before, change.edits[0].after
    return isinstance(before, Meeting) and isinstance(after, Meeting) and before.duties != after.duties


def _check_room(review: ReviewState, change: Change) -> None:
    """Refuse to bring back more than there may be."""
    back = [edit.key[0] for edit in change.edits if edit.before is not None and edit.after is None]
    for kind, table in _TABLES.items():
        if kind in back and len(getattr(review, table)) + back.count(kind) > LIMITS[table]:
            raise No("full", f"a session holds at most {LIMITS[table]:,} {table}")


def _reversed(change: Change, author: Author, op: int) -> Draft:
    """Return the draft that makes what was before a change so again."""
    first = change.edits[0]
    kind, body = _body_before(first, change.edits)
    return Draft(author, op, kind, body, change.number)


def _body_before(first: Edit, edits: Iterable[Edit]) -> tuple[str, dict[str, Any]]:
    (kind, *names), before, after = first.key, first.before, first.after
    if kind == "disturbance":
        return kind, {"disturbance": names[0], "active": bool(before)}
    if isinstance(before, ModelState) and isinstance(after, ModelState) and _only_moved(before, after):
        return "model_placed", {"model": names[0], "placement": list(before.placement)}
    if len(names) == 2:
        changes = {edit.key[2]: msgspec.to_builtins(edit.before) for edit in edits}
        return "topic_changed", {"topic": names[0], "changes": changes}
    if isinstance(before, Topic):
        return kind, {"topic": body_of(before), **_belongings(edits)}
    if isinstance(before, Meeting):
        agenda = [body_of(edit.before) for edit in edits if edit.key[0] == "agenda"]
        return kind, {**body_of(before), "verdicts": [], "agenda": agenda}
    if isinstance(before, msgspec.Struct):
        return kind, body_of(before)
    return f"{kind}_removed", {kind: names[0]}


def _belongings(edits: Iterable[Edit]) -> dict[str, list[dict[str, Any]]]:
    """Return what stood of a topic beside itself, by the name of its list."""
    found: dict[str, list[dict[str, Any]]] = {}
    for edit in edits:
        if edit.key[0] != "topic" and edit.before is not None:
            found.setdefault(_TABLES[edit.key[0]], []).append(body_of(edit.before))
    return found


def _only_moved(before: ModelState, after: ModelState) -> bool:
    return bool(plain(before) == plain(replace(after, placement=before.placement)))
