"""Rules of topics and what is said about them: who may write what, and which of two changes is too late."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from walkdown.messages import (
    Comment,
    EditTopic,
    Evidence,
    PutComment,
    PutTopic,
    RemoveComment,
    RemoveTopic,
    Topic,
    TopicChanges,
    Viewpoint,
)
from walkdown.review.checks import due_fault, place_fault
from walkdown_server.placing import FURTHEST_METRES
from walkdown_server.review.rules_common import check_model, check_room, check_topic, date_made, sound_view
from walkdown_server.ruling import Author, Draft, No, Rules, body_of, check_base
from walkdown_server.standing import State


def put_topic(state: State, wish: PutTopic, author: Author) -> Draft:
    """Make a topic with its first view; evidence is waited for."""
    review, fields = state.review, wish.fields
    if wish.topic in review.topics:
        raise No("exists", "this topic is here already; change its fields instead")
    check_room(review, "topics")
    _check_fields(msgspec.structs.asdict(fields))
    check_model(state, fields.model)
    _check_acceptance(fields.accepted, fields.assigned_id, author)
    views = [_first_view(state, wish.topic, wish.viewpoint, author=author)] if wish.viewpoint else []
    topic = Topic(
        topic=wish.topic,
        index=review.next_index,
        author=author.name,
        author_id=author.id,
        evidence=Evidence("waiting"),
        **msgspec.structs.asdict(fields),
    )
    body: dict[str, Any] = {"topic": body_of(topic)}
    if views:
        body["viewpoints"] = [body_of(view) for view in views]
    return Draft(author, wish.op, "topic", body, finish=date_topic)


def date_topic(body: dict[str, Any], time_ns: int) -> None:
    """Date a topic and what came with it, where it has no date of its own."""
    for made in (body.get("topic"), *body.get("comments", ()), *body.get("viewpoints", ())):
        if isinstance(made, dict):
            date_made(made, time_ns)


def _first_view(state: State, topic: str, view: Viewpoint, *, author: Author) -> Viewpoint:
    check_room(state.review, "viewpoints")
    if view.viewpoint in state.review.viewpoints:
        raise No("exists", "the view of this topic is here already; give it an id of its own")
    made = sound_view(view)
    return replace(made, topic=topic, author=author.name, author_id=author.id, made_ns=0, number=0)


def edit_topic(state: State, wish: EditTopic, author: Author) -> Draft:
    """Change fields; two people who change different ones do not conflict."""
    there = state.review.topics.get(wish.topic)
    if there is None:
        check_base(state, ("topic", wish.topic), wish.base, author=author)
        raise No("unknown", "this topic does not exist, or not any more")
    changes = _differing(there, wish.changes)
    for name in changes:
        check_base(state, ("topic", wish.topic, name), wish.base, author=author)
    if not changes:
        raise No("unchanged", "the topic says so already")
    _check_fields(changes)
    check_model(state, changes.get("model", ""), before=there.model)
    _follow_owner(there, changes, author)
    body = {"topic": wish.topic, "changes": msgspec.to_builtins(changes)}
    return Draft(author, wish.op, "topic_changed", body)


def _differing(there: Topic, changes: TopicChanges) -> dict[str, Any]:
    """Return the fields that get other values."""
    fields = ((name, getattr(changes, name)) for name in changes.__struct_fields__)
    asked = {name: value for name, value in fields if value is not msgspec.UNSET}
    return {name: value for name, value in asked.items() if getattr(there, name) != value}


def _follow_owner(there: Topic, changes: dict[str, Any], author: Author) -> None:
    """Let only the owner or a leader accept, and a new owner be asked again."""
    if "assigned" in changes and "assigned_id" not in changes and there.assigned_id:
        changes["assigned_id"] = ""
    owner = changes.get("assigned_id", there.assigned_id)
    if "accepted" in changes:
        _check_acceptance(changes["accepted"], owner, author, asked=True)
    elif there.accepted and ("assigned" in changes or "assigned_id" in changes):
        changes["accepted"] = False


def _check_acceptance(accepted: bool, owner: str, author: Author, *, asked: bool = False) -> None:
    if (accepted or asked) and not author.leads and (not owner or owner != author.id):
        raise No("not-yours", "only whom a topic is assigned to accepts it, or a chair in their place")


def _check_fields(fields: dict[str, Any]) -> None:
    if not fields.get("title", "x").strip():
        raise No("empty", "a topic needs a title")
    if fault := due_fault(fields.get("due", "")):
        raise No("due", fault)
    point = fields.get("point")
    if point is not None and (fault := place_fault([point], furthest_metres=FURTHEST_METRES)):
        raise No("place", fault)
    documents = [document.document for document in fields.get("documents", ())]
    if len(set(documents)) < len(documents):
        raise No("twice", "two documents of a topic have the same id")


def remove_topic(state: State, wish: RemoveTopic, author: Author) -> Draft:
    """Remove one's own topic with all that belongs to it, unless somebody has worked on it meanwhile."""
    there = state.review.topics.get(wish.topic)
    check_base(state, ("topic", wish.topic), wish.base, author=author)
    if there is None:
        raise No("unknown", "this topic does not exist, or not any more")
    _check_own(there, "topic", author)
    return Draft(author, wish.op, "topic_removed", {"topic": wish.topic})


def put_comment(state: State, wish: PutComment, author: Author) -> Draft:
    """Say something about a topic, or change one's own words."""
    review, comment = state.review, wish.comment
    there = review.comments.get(comment.comment)
    if there is not None and there.author_id != author.id:
        raise No("not-yours", f"this comment is by {there.author}; only its author can change it")
    check_base(state, ("comment", comment.comment), wish.base, author=author)
    check_topic(review, comment.topic)
    check_room(review, "comments", 0 if there else 1)
    _check_comment(state, comment, there)
    made = replace(comment, author=author.name, author_id=author.id, made_ns=0, number=0)
    made = replace(made, changed="", changed_ns=0)
    if there is not None:
        made = replace(made, made_ns=there.made_ns, author=there.author, changed=author.name)
    return Draft(author, wish.op, "comment", body_of(made), finish=date_made)


def _check_comment(state: State, comment: Comment, there: Comment | None) -> None:
    review, before = state.review, there or Comment("", comment.topic, "")
    if comment.topic != before.topic:
        raise No("topic", "a comment stays with its topic")
    if not comment.text.strip() and not comment.viewpoint:
        raise No("empty", "a comment needs some text, or a view")
    if comment.viewpoint not in ("", before.viewpoint) and comment.viewpoint not in review.viewpoints:
        raise No("unknown", "the view of this comment does not exist, or not any more")
    if comment.reply_to not in ("", before.reply_to):
        answered = review.comments.get(comment.reply_to)
        if answered is None or answered.topic != comment.topic:
            raise No("unknown", "what this comment answers does not exist, or not any more")
    if there is not None and (comment.text, comment.viewpoint) == (there.text, there.viewpoint):
        raise No("unchanged", "the comment says so already")


def remove_comment(state: State, wish: RemoveComment, author: Author) -> Draft:
    """Take one's own comment back; a leader any."""
    there = state.review.comments.get(wish.comment)
    check_base(state, ("comment", wish.comment), wish.base, author=author)
    if there is None:
        raise No("unknown", "this comment does not exist, or not any more")
    _check_own(there, "comment", author)
    return Draft(author, wish.op, "comment_removed", {"comment": wish.comment})


def _check_own(there: Topic | Comment, noun: str, author: Author) -> None:
    if there.author_id != author.id and not author.leads:
        raise No("not-yours", f"this {noun} is by {there.author}; its author or a chair can remove it")


TOPIC_RULES: Rules = {
    PutTopic: put_topic,
    EditTopic: edit_topic,
    RemoveTopic: remove_topic,
    PutComment: put_comment,
    RemoveComment: remove_comment,
}
