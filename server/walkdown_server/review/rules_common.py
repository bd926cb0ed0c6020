"""What the rules of a review share: who runs a meeting, how many there may be, and how dates get in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from walkdown.messages import EditTopic, Operation, PutMark, PutTopic, PutViewpoint, Viewpoint
from walkdown.review import ReviewState
from walkdown.review.checks import LIMITS, righted, view_fault
from walkdown_server.placing import FURTHEST_METRES
from walkdown_server.ruling import Author, No
from walkdown_server.standing import State

_NOUNS = {"agenda": "points of the agenda", "viewpoints": "views"}


def runs(review: ReviewState, author: Author) -> bool:
    """Tell whether somebody runs the meeting: a chair or admin, its driver or its scribe."""
    return author.leads or author.id in review.meeting.duties.values()


def drives(review: ReviewState, author: Author) -> bool:
    """Tell whether somebody leads or drives."""
    return author.leads or review.meeting.duties.get("driver") == author.id


def check_room(review: ReviewState, table: str, more: int = 1) -> None:
    """Refuse what would be one too many."""
    if more and len(getattr(review, table)) + more > LIMITS[table]:
        noun = _NOUNS.get(table, table)
        raise No("full", f"a session holds at most {LIMITS[table]:,} {noun}; remove some that are done with")


def check_topic(review: ReviewState, topic: str) -> None:
    """Refuse what is about a topic that there is not."""
    if topic not in review.topics:
        raise No("unknown", "this topic does not exist, or not any more")


def check_model(state: State, model: str, *, before: str = "") -> None:
    """Refuse a place on a model that there is not; what stood there may keep it."""
    if model and model != before and model not in state.models:
        raise No("unknown", f"there is no model {model!r} in this session")


def sound_view(view: Viewpoint) -> Viewpoint:
    """Return a view with its directions put right.

    Raises:
        No: they cannot be, or something lies too far away.
    """
    made = righted(view)
    if isinstance(made, str):
        raise No("view", made)
    if fault := view_fault(made, furthest_metres=FURTHEST_METRES):
        raise No("view", fault)
    return made


def named_files(wish: Operation) -> Iterator[str]:
    """Yield the hashes of the files that an operation refers to."""
    if isinstance(wish, PutMark) and wish.mark.file is not None:
        yield wish.mark.file.sha256
    view = wish.viewpoint if isinstance(wish, PutTopic | PutViewpoint) else None
    if view is not None and view.snapshot:
        yield view.snapshot
    fields = wish.fields if isinstance(wish, PutTopic) else None
    written = wish.changes if isinstance(wish, EditTopic) else fields
    documents = written.documents if written is not None else ()
    if documents is not UNSET:
        yield from (one.file.sha256 for one in documents if one.file is not None)


def date_made(body: dict[str, Any], time_ns: int) -> None:
    """Date what a body makes, and its last change if it says by whom that was."""
    if not body.get("made_ns"):
        body["made_ns"] = time_ns
    if body.get("changed") and not body.get("changed_ns"):
        body["changed_ns"] = time_ns
