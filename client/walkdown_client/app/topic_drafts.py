"""A new topic of what is before the scribe, from the key to the record.

All is taken when the key is pressed: view, picture, selection, place, who speaks, and what the meeting is at.
The picture goes to the store while the title is written. A topic never waits for it: when it lags, or the
line is gone, the topic is made without it, and the picture follows as soon as it can.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from msgspec.structs import replace

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import PutTopic, PutViewpoint, Reply, Viewpoint
from walkdown_client.app.models import Models
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.input.controls import Picked
from walkdown_client.outgoing import PENDING_MAX
from walkdown_client.placements import point_in_model
from walkdown_client.refusals import reply_sentence
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.intents import Point
from walkdown_client.tools.topic_state import TopicDraft, finished
from walkdown_client.tools.topics import word_for
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

TRIES_MAX = 3
"""So often a picture is offered before one is told that it could not be kept."""


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def operate(self, operation: messages.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


class Looking(Protocol):
    """What this needs of views."""

    def current(self) -> Viewpoint:
        """Return how the person sees the scene now."""

    def snapshot(self) -> bytes:
        """Return a PNG of what is seen, without panels."""


@dataclass(slots=True)
class _Picture:
    """A picture on its way to the store.

    Attributes:
        viewpoint: the view that has or gets it, once its topic has been made. sent: it went with the topic.
    """

    data: bytes
    sha256: str
    sending: FileSending
    tries: int = 1
    viewpoint: str = ""
    sent: bool = False


class TopicDrafts:
    """Makes drafts, and topics of them.

    Args:
        send: begins to send a file; see ``FileSending``. keep: takes a picture so that panels can show it at
            once, and returns its SHA-256.

    Attributes:
        speaker: returns the name of who speaks or spoke lately, "" for nobody.
        ahead: returns what lies in the middle of the picture.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        looking: Looking,
        send: Callable[[Offering], FileSending],
        keep: Callable[[bytes], str],
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._looking, self._send, self._keep = looking, send, keep
        self.speaker: Callable[[], str] = lambda: ""
        self.ahead: Callable[[], Picked | None] = lambda: None
        self._pictures: dict[str, _Picture] = {}
        self._placed: dict[int, TopicDraft] = {}
        self._views: set[str] = set()
        self._unseen = ""

    # ---- from the key on --------------------------------------------------------------------------------

    def begin(self, intent: topics.BeginTopic) -> None:
        """Open the editor with what is before the person, or with what was laid aside, as it was."""
        desk = self._view.topics
        if desk.draft is not None:
            return
        desk.draft, desk.laid_aside = desk.laid_aside, None
        if desk.draft is None:
            desk.draft = self._draft(intent)
            self._unseen = desk.draft.topic

    def retake(self) -> None:
        """Take view, picture, things and place of the draft anew; what was written stays."""
        draft = self._view.topics.draft
        if draft is None:
            return
        self._forget_picture(draft.topic)
        now = self._draft(topics.BeginTopic())
        draft.viewpoint = replace(now.viewpoint, topic=draft.topic) if now.viewpoint is not None else None
        draft.things, draft.point, draft.model, draft.picture = now.things, now.point, now.model, ""
        self._unseen = draft.topic

    def _draft(self, intent: topics.BeginTopic) -> TopicDraft:
        review, name = self._world.review, str(uuid.uuid4())
        things = self._things(intent)
        model, point = self._pin(intent, things)
        words, meeting = review.vocabulary, review.meeting
        return TopicDraft(
            name,
            type=next(iter(words.types), ""),
            status=word_for("open", words),
            stage=meeting.stage,
            things=things,
            point=point,
            model=model,
            item=meeting.item if meeting.on else "",
            speaker=self.speaker(),
            viewpoint=replace(self._looking.current(), topic=name),
        )

    def _things(self, intent: topics.BeginTopic) -> tuple[str, ...]:
        """Return what the topic is about: what is named, the selection, else what is under the cursor."""
        view = self._view
        if intent.thing:
            return (intent.thing,)
        chosen = tuple(dict.fromkeys((*view.selection, *view.elements)))
        return (chosen or ((view.hovered,) if view.hovered else ()))[-THINGS_MAX:]

    def _pin(self, intent: topics.BeginTopic, things: tuple[str, ...]) -> tuple[str, Point | None]:
        """Return on which model the pin stands, and where.

        Under the cursor, if that is on one of the things; else on the thing that was selected last; else
        in the middle of the picture.
        """
        view = self._view
        if intent.point is not None:
            return "", intent.point
        on_it = not things or view.hovered in things
        if view.hover_point is not None and on_it:
            return self._on_model(view.hover_model, view.hover_point)
        for thing in reversed(things):
            box = self._models.box_of(thing)
            if box is not None:
                x, y, _z = ((box[0] + box[1]) / 2).tolist()
                return self._on_model(self._model_of(thing), (x, y, float(box[1][2])))
        if view.hover_point is not None:
            return self._on_model(view.hover_model, view.hover_point)
        seen = self.ahead()
        return self._on_model(seen.model, seen.point) if seen is not None else ("", None)

    def _model_of(self, thing: str) -> str:
        ids = self._models.ids_of(thing)
        package = self._models.package_at(int(np.min(ids))) if len(ids) else None
        return package.ref.model if package is not None else ""

    def _on_model(self, model: str, point: Point) -> tuple[str, Point]:
        return model, point_in_model(self._world.placement(model), point) if model else point

    # ---- the record ---------------------------------------------------------------------------------------

    def place(self, doing: Doing) -> None:
        """Make the topic that is being written; the editor closes, unless that could not be sent."""
        desk = self._view.topics
        draft = desk.draft
        fields = finished(draft) if draft is not None else None
        if draft is None or fields is None:
            return
        picture = self._pictures.get(draft.topic)
        seen = draft.viewpoint
        if seen is not None and picture is not None and picture.sending.phase == "done":
            seen = replace(seen, snapshot=picture.sha256)
        number = doing.operate(PutTopic(op=1, topic=draft.topic, fields=fields, viewpoint=seen))
        if not number:
            return
        desk.draft = None
        self._placed[number] = draft
        for old in [op for op in self._placed if op <= number - PENDING_MAX]:
            del self._placed[old]
        if picture is not None and seen is not None:
            picture.viewpoint, picture.sent = seen.viewpoint, bool(seen.snapshot)

    def hear(self, reply: Reply) -> bool:
        """Take a refusal; tells whether it was of a topic, which is in the editor again."""
        draft = self._placed.pop(reply.op, None)
        if draft is None:
            return False
        draft.meanwhile = reply_sentence(reply)
        picture = self._pictures.get(draft.topic)
        if picture is not None:
            picture.viewpoint = ""  # of a topic that is being written again
            if picture.sent:  # the store may have lost it
                picture.sent, picture.sending = False, self._send(_offering(picture.data))
        desk = self._view.topics
        if desk.draft is None:
            desk.draft = draft
            return True
        desk.laid_aside = draft
        return False

    def keep_view(self, doing: Doing, *, topic: str, order: int) -> str:
        """Keep what is seen as a view of a topic, its picture following; returns its id, "" if not sent."""
        seen = replace(self._looking.current(), topic=topic, order=order)
        data = self._looking.snapshot()
        if not doing.operate(PutViewpoint(op=1, viewpoint=seen)):
            return ""
        if data:
            sending = self._send(_offering(data))
            self._pictures[seen.viewpoint] = _Picture(
                data, self._keep(data), sending, viewpoint=seen.viewpoint
            )
            self._views.add(seen.viewpoint)
        return seen.viewpoint

    # ---- the picture --------------------------------------------------------------------------------------

    def step(self, doing: Doing) -> None:
        """Take the picture of a new draft, and put late pictures into their views; once a frame."""
        if self._unseen:
            topic, self._unseen = self._unseen, ""
            self._take_picture(topic)
        waited_for = self._waited_for()
        for topic, picture in tuple(self._pictures.items()):
            if topic not in waited_for:
                self._forget_picture(topic)
            elif picture.sending.phase == "done" and picture.viewpoint:
                self._put_late(topic, picture, doing)
            elif picture.sending.phase in ("failed", "cancelled"):
                self._offer_again(topic, picture, doing)

    def _take_picture(self, topic: str) -> None:
        draft = self._view.topics.draft
        if draft is None or draft.topic != topic:
            return
        data = self._looking.snapshot()
        if data:
            draft.picture = self._keep(data)
            self._pictures[topic] = _Picture(data, draft.picture, self._send(_offering(data)))

    def _put_late(self, topic: str, picture: _Picture, doing: Doing) -> None:
        there = self._world.review.viewpoints.get(picture.viewpoint)
        if there is not None and not there.snapshot:
            changed = replace(there, snapshot=picture.sha256)
            doing.operate(PutViewpoint(op=1, viewpoint=changed, base=there.number))
        if there is not None:
            del self._pictures[topic]
            self._views.discard(topic)

    def _forget_picture(self, topic: str) -> None:
        """Give up the picture of a draft that nobody writes any more."""
        picture = self._pictures.pop(topic, None)
        if picture is not None:
            picture.sending.cancel()

    def _offer_again(self, topic: str, picture: _Picture, doing: Doing) -> None:
        """Offer a picture once more when the line is back, some times at most."""
        if picture.tries >= TRIES_MAX:
            del self._pictures[topic]
            doing.say_error(_("The picture of the topic could not be kept"), picture.sending.text)
        elif self._world.link_state == "live":
            picture.tries += 1
            picture.sending = self._send(_offering(picture.data))

    def _waited_for(self) -> set[str]:
        """Return the topics that are being written or were sent, and views that were kept by themselves."""
        desk = self._view.topics
        drafts = (desk.draft, desk.laid_aside, *self._placed.values())
        return {draft.topic for draft in drafts if draft is not None} | self._views


THINGS_MAX = 1000
"""A topic is about so many things at most."""


def _offering(data: bytes) -> Offering:
    return Offering(data, "snapshot.png", "attachment")
