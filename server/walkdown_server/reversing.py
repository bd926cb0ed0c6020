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
from walkdown.review import Edit
from walkdown.roles import may
from walkdown_server.ruling import Author, Draft, No, body_of
from walkdown_server.standing import TALK, Change, State

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

_TABLES = {"topic": "topics", "comment": "comments", "viewpoint": "viewpoints", "mark": "marks"}


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
        if all(_stands(state, edit) for edit in change.edits):
            _check_role(change, author)
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
    for edit in change.edits:
        made_topic = edit.key[0] == "topic" and len(edit.key) == 2 and edit.before is None
        if not made_topic or edit.key[1] not in state.review.topics:
            continue
        touches = [touch for key in (edit.key, (*edit.key, TALK)) if (touch := state.touch(key))]
        number, by = max((touch.by_others(author.id) for touch in touches), default=(0, ""))
        if number > change.number:
            text = f"{by} has commented on this topic or changed it since; remove it if it is not wanted"
            raise No("changed", text, by=by)


def _stands(state: State, edit: Edit) -> bool:
    """Tell whether what a change made at one key is still so, but for what the server counts by itself."""
    return bool(plain(state.value(edit.key)) == plain(edit.after))


def plain(value: Any) -> Any:
    """Return a value without what is no part of a change: numbers of records, stamps, evidence."""
    if isinstance(value, Topic):
        return replace(value, number=0, changed="", changed_ns=0, evidence=Evidence())
    if isinstance(value, Meeting):
        return replace(value, number=0, verdicts=())
    if isinstance(value, Note | ModelState | Comment | Viewpoint | Mark | AgendaItem):
        return replace(value, number=0)
    return value


def _check_role(change: Change, author: Author) -> None:
    """Refuse to take back a change of a kind that the author's role may not make, or not any more."""
    first = change.edits[0]
    values = (first.before, first.after)
    owned = [value for value in values if isinstance(value, Note | Topic | Comment | Viewpoint | Mark)]
    foreign = any(value.author_id != author.id for value in owned)
    if not may(author.role, _KINDS[first.key[0]]) or (foreign and not author.leads):
        raise No("rights", f"your role, {author.role}, may not change this {first.key[0]} any more")


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
        changes = {edit.key[2]: msgspec.to_builtins(edit.before) for edit in edits if len(edit.key) == 3}
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
