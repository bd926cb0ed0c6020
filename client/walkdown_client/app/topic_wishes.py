"""What a person wishes of topics goes to the server; what it refuses comes back to where it was typed.

Nothing that was typed is lost: when somebody else has changed the same field meanwhile, both values stand
there and the person chooses. What could not be kept comes back into its field.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
import numpy as np

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import Comment, EditTopic, PutComment, Reply, Topic, TopicChanges, Viewpoint
from walkdown_client.app.models import Box, Models
from walkdown_client.app.topic_drafts import TopicDrafts
from walkdown_client.outgoing import PENDING_MAX
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import Clash, Sent, Typed
from walkdown_client.tools.topics import last_place, word_for
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

log = logging.getLogger(__name__)

PLACE_HALF_M = 1.5
"""Half the size of the box that is framed about a place."""


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def operate(self, operation: messages.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done."""

    def fly_to(self, box: Box | None) -> None:
        """Fly to where a box fills the picture."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


class Looking(Protocol):
    """What this needs of views."""

    def current(self) -> Viewpoint:
        """Return how the person sees the scene now."""

    def show(self, viewpoint: Viewpoint) -> None:
        """Look as a view does."""


class TopicWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        looking: shows views. drafts: what makes new topics.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        doing: Doing,
        looking: Looking,
        drafts: TopicDrafts,
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._doing, self._looking, self.drafts = doing, looking, drafts
        self._changed: dict[int, topics.ChangeTopic] = {}
        self._said: dict[int, Comment] = {}

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            topics.BeginTopic: self.drafts.begin,
            topics.RetakeTopic: lambda _intent: self.drafts.retake(),
            topics.PlaceTopic: lambda _intent: self.drafts.place(self._doing),
            topics.ChangeTopic: self._change,
            topics.KeepMine: self._keep_mine,
            topics.AcceptTopic: lambda i: self._edit(i.topic, **self._yes(i.topic)),
            topics.ParkTopic: lambda i: self._edit(i.topic, parked=i.parked),
            topics.CloseTopic: lambda i: self._edit(i.topic, status=self._word("closed")),
            topics.ReopenTopic: lambda i: self._edit(i.topic, status=self._word("open")),
            topics.AssignToMe: self._assign_to_me,
            topics.RemoveTopic: self._remove,
            topics.AddComment: self._comment,
            topics.ChangeComment: self._change_comment,
            topics.RemoveComment: self._remove_comment,
            topics.AddTopicView: self._add_view,
            topics.RemoveTopicView: self._remove_view,
            topics.SetVocabulary: self._set_words,
            topics.GoToTopic: self._go_to,
            topics.ShowTopicView: self._show_view,
        }

    def step(self) -> None:
        """Bring pictures of drafts on, and forget what has been confirmed; once a frame."""
        self.drafts.step(self._doing)
        sent, review = self._view.topics.sent, self._world.review
        for key, what in tuple(sent.items()):
            topic = review.topics.get(key[0])
            if topic is None or getattr(topic, key[1], None) == what.value:
                del sent[key]

    def hear(self, reply: Reply) -> bool:
        """Take a refusal; tells whether nothing more has to be said about it."""
        if self.drafts.hear(reply):
            return True
        if (change := self._changed.pop(reply.op, None)) is not None:
            return self._refused(change, reply)
        if (comment := self._said.pop(reply.op, None)) is not None:
            self._view.topics.comments.setdefault(comment.topic, comment.text)
        return False

    # ---- fields -------------------------------------------------------------------------------------------

    def _topic(self, topic: str) -> Topic | None:
        """Return a topic, the open one for ""."""
        return self._world.review.topics.get(topic or self._view.topics.topic)

    def _word(self, meaning: Any) -> str:
        return word_for(meaning, self._world.review.vocabulary)

    def _edit(self, topic: str, **changes: Any) -> None:
        there = self._topic(topic)
        if there is not None and any(getattr(there, name) != value for name, value in changes.items()):
            self._change(topics.ChangeTopic(there.topic, tuple(changes.items())))

    def _change(self, intent: topics.ChangeTopic) -> None:
        there = self._topic(intent.topic)
        if there is None:
            return
        changes = TopicChanges(**dict(intent.changes))
        number = self._doing.operate(
            EditTopic(op=1, topic=there.topic, changes=changes, base=intent.base or there.number)
        )
        if not number:
            return
        desk = self._view.topics
        for name, value in intent.changes:
            key = (there.topic, name)
            desk.typed.pop(key, None)
            desk.clashes.pop(key, None)
            desk.sent[key] = Sent(value, number)
        self._changed[number] = intent
        for old in [op for op in self._changed if op <= number - PENDING_MAX]:
            del self._changed[old]

    def _refused(self, change: topics.ChangeTopic, reply: Reply) -> bool:
        """Put what was typed back; with a conflict both values stand there."""
        desk, there = self._view.topics, _current(reply) or self._topic(change.topic)
        for name, value in change.changes:
            key = (change.topic, name)
            desk.sent.pop(key, None)
            if there is None or reply.code == "unchanged":
                continue
            theirs = getattr(there, name)
            if reply.code == "conflict" and theirs != value:
                desk.clashes[key] = Clash(value, theirs, reply.by, there.number)
            elif reply.code != "conflict" and isinstance(value, str):
                desk.typed[key] = Typed(value, there.number)
        if there is None:
            text = _("Somebody has removed the topic meanwhile.")
            self._doing.say_error(_("The topic could not be changed"), text)
            return True
        return reply.code in ("conflict", "unchanged")

    def _keep_mine(self, intent: topics.KeepMine) -> None:
        clash = self._view.topics.clashes.get((intent.topic, intent.field))
        if clash is not None:
            changes = ((intent.field, clash.mine),)
            self._change(topics.ChangeTopic(intent.topic, changes, clash.base))

    def _yes(self, name: str) -> dict[str, Any]:
        """Return what makes an owner's yes: one who was named without an id gives theirs."""
        topic, welcome = self._topic(name), self._world.welcome
        author = welcome.author if welcome is not None else ""
        named = topic is not None and not topic.assigned_id
        return {"assigned_id": author, "accepted": True} if named else {"accepted": True}

    def _assign_to_me(self, intent: topics.AssignToMe) -> None:
        me, welcome = self._world.people.get(self._world.me), self._world.welcome
        if me is not None:
            author = welcome.author if welcome is not None else ""
            self._edit(intent.topic, assigned=me.name, assigned_id=author, accepted=True)

    def _remove(self, intent: topics.RemoveTopic) -> None:
        there = self._topic(intent.topic)
        if there is None:
            return
        if self._doing.operate(messages.RemoveTopic(op=1, topic=there.topic, base=there.number)):
            if self._view.topics.topic == there.topic:
                self._view.topics.topic = ""
            title = _("Topic {number} is removed").format(number=f"#{there.index}")
            self._doing.say(title, _("Ctrl+Z brings it back."))

    def _set_words(self, intent: topics.SetVocabulary) -> None:
        if self._doing.operate(messages.SetVocabulary(op=1, vocabulary=intent.vocabulary)):
            self._doing.say(_("The lists offer these words now"), _("Ctrl+Z takes that back."))

    # ---- comments and views -------------------------------------------------------------------------------

    def _comment(self, intent: topics.AddComment) -> None:
        text, desk = intent.text.strip(), self._view.topics
        if not text:
            return
        viewpoint = self._add_view(topics.AddTopicView(intent.topic)) if intent.with_view else ""
        said = Comment(str(uuid.uuid4()), intent.topic, text, viewpoint, intent.reply_to)
        if self._put_comment(said, base=0):
            desk.comments.pop(intent.topic, None)
            desk.replies.pop(intent.topic, None)
            desk.with_view.discard(intent.topic)

    def _change_comment(self, intent: topics.ChangeComment) -> None:
        there = self._world.review.comments.get(intent.comment)
        if there is None or not intent.text.strip():
            return
        changed = Comment(there.comment, there.topic, intent.text.strip(), there.viewpoint, there.reply_to)
        if self._put_comment(changed, base=there.number):
            self._view.topics.editing = ("", "")

    def _put_comment(self, comment: Comment, *, base: int) -> bool:
        number = self._doing.operate(PutComment(op=1, comment=comment, base=base))
        if number:
            self._said[number] = comment
            for old in [op for op in self._said if op <= number - PENDING_MAX]:
                del self._said[old]
        return bool(number)

    def _remove_comment(self, intent: topics.RemoveComment) -> None:
        there = self._world.review.comments.get(intent.comment)
        if there is not None:
            self._doing.operate(messages.RemoveComment(op=1, comment=there.comment, base=there.number))

    def _add_view(self, intent: topics.AddTopicView) -> str:
        """Keep what is seen as a view of a topic; returns its id, "" when that could not be sent."""
        there = self._topic(intent.topic)
        if there is None:
            return ""
        kept = self._world.review.views_of(there.topic)
        order = max((view.order for view in kept), default=-1) + 1
        return self.drafts.keep_view(self._doing, topic=there.topic, order=order)

    def _remove_view(self, intent: topics.RemoveTopicView) -> None:
        there = self._world.review.viewpoints.get(intent.viewpoint)
        if there is not None:
            removal = messages.RemoveViewpoint(op=1, viewpoint=there.viewpoint, base=there.number)
            self._doing.operate(removal)

    # ---- looking ------------------------------------------------------------------------------------------

    def _show_view(self, intent: topics.ShowTopicView) -> None:
        there = self._world.review.viewpoints.get(intent.viewpoint)
        if there is not None:
            self._looking.show(there)

    def _go_to(self, intent: topics.GoToTopic) -> None:
        """Show a topic as it was seen; else its things, else where its pin stands or stood."""
        there = self._topic(intent.topic)
        if there is None:
            return
        views = self._world.review.views_of(there.topic)
        seen = next((view for view in views if view.camera is not None), None)
        if seen is not None:
            self._looking.show(seen)
            return
        self._view.selection = tuple(thing for thing in there.things if self._world.twin.has_thing(thing))
        box = self._models.box_of_ids(self._models.drawn.own_ids_of(there.things)) if there.things else None
        if box is None:
            placement = self._world.last_placement(there.model)
            point = last_place(there, placement=placement, views=views)
            if point is None:
                self._doing.say(_("This topic has no place"), _("Show it what you see: add a view to it."))
                return
            middle = np.array(point)
            box = (middle - PLACE_HALF_M, middle + PLACE_HALF_M)
        self._doing.fly_to(box)


def _current(reply: Reply) -> Topic | None:
    """Return the topic as the server says it stands, None when it says nothing that can be read."""
    try:
        return msgspec.convert(reply.current, Topic) if reply.current is not None else None
    except msgspec.ValidationError:
        log.warning("what stands of a topic cannot be read")
        return None
