"""Rules of views and marks: whose they are, and what can be seen or drawn at all."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from walkdown.messages import Mark, PutMark, PutViewpoint, RemoveMark, RemoveViewpoint, Viewpoint
from walkdown.review.checks import mark_fault
from walkdown_server.placing import FURTHEST_METRES
from walkdown_server.review.rules_common import (
    check_model,
    check_room,
    check_topic,
    date_made,
    drives,
    sound_view,
)
from walkdown_server.ruling import Author, Draft, No, Rules, body_of, check_base
from walkdown_server.standing import State

Made = TypeVar("Made", Viewpoint, Mark)


def put_viewpoint(state: State, wish: PutViewpoint, author: Author) -> Draft:
    """Keep a view, or change one's own; a leader or the driver changes any."""
    review, view = state.review, wish.viewpoint
    there = review.viewpoints.get(view.viewpoint)
    if there is not None and there.author_id != author.id and not drives(review, author):
        raise No("not-yours", f"this view is by {there.author}; its author, the driver or a chair changes it")
    check_base(state, ("viewpoint", view.viewpoint), wish.base, author=author)
    if view.topic:
        check_topic(review, view.topic)
    if there is not None and view.topic != there.topic:
        raise No("topic", "a view stays with its topic; keep another one")
    check_room(review, "viewpoints", 0 if there else 1)
    made = _authored(sound_view(view), there, author)
    if there is not None and made == replace(there, number=0):
        raise No("unchanged", "this view is kept already, just so")
    return Draft(author, wish.op, "viewpoint", body_of(made), finish=date_made)


def _authored(made: Made, there: Made | None, author: Author) -> Made:
    """Return it with its author and date, those of the first time."""
    if there is not None:
        return replace(made, author=there.author, author_id=there.author_id, made_ns=there.made_ns, number=0)
    return replace(made, author=author.name, author_id=author.id, made_ns=0, number=0)


def remove_viewpoint(state: State, wish: RemoveViewpoint, author: Author) -> Draft:
    """Remove one's own view; a leader or the driver any."""
    there = state.review.viewpoints.get(wish.viewpoint)
    check_base(state, ("viewpoint", wish.viewpoint), wish.base, author=author)
    if there is None:
        raise No("unknown", "this view does not exist, or not any more")
    if there.author_id != author.id and not drives(state.review, author):
        raise No("not-yours", f"this view is by {there.author}; its author, the driver or a chair removes it")
    return Draft(author, wish.op, "viewpoint_removed", {"viewpoint": wish.viewpoint})


def put_mark(state: State, wish: PutMark, author: Author) -> Draft:
    """Draw, measure or attach something, or change one's own."""
    review, mark = state.review, wish.mark
    there = review.marks.get(mark.mark)
    if there is not None and there.author_id != author.id:
        raise No("not-yours", f"this {there.kind} is by {there.author}; only its author can change it")
    check_base(state, ("mark", mark.mark), wish.base, author=author)
    check_room(review, "marks", 0 if there else 1)
    if fault := mark_fault(mark, furthest_metres=FURTHEST_METRES):
        raise No("mark", fault)
    check_model(state, mark.model, before=there.model if there else "")
    if mark.topic and (there is None or mark.topic != there.topic):
        check_topic(review, mark.topic)
    made = _authored(mark, there, author)
    if there is not None and made == replace(there, number=0):
        raise No("unchanged", f"this {mark.kind} is here already, just so")
    return Draft(author, wish.op, "mark", body_of(made), finish=date_made)


def remove_mark(state: State, wish: RemoveMark, author: Author) -> Draft:
    """Remove one's own mark; a leader any."""
    there = state.review.marks.get(wish.mark)
    check_base(state, ("mark", wish.mark), wish.base, author=author)
    if there is None:
        raise No("unknown", "this mark does not exist, or not any more")
    if there.author_id != author.id and not author.leads:
        raise No("not-yours", f"this {there.kind} is by {there.author}; its author or a chair can remove it")
    return Draft(author, wish.op, "mark_removed", {"mark": wish.mark})


VIEW_RULES: Rules = {
    PutViewpoint: put_viewpoint,
    RemoveViewpoint: remove_viewpoint,
    PutMark: put_mark,
    RemoveMark: remove_mark,
}
