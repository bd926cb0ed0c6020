"""What a guest can do with topics: make, change, discuss and close them, keep views, and draw marks.

::

    topic = await guest.put_topic("The valve is too high", things=["L1.FIL"], priority="High", view=True)
    await guest.comment(topic.topic, "Lower it by 300 mm")
    await guest.edit_topic(topic.topic, status="Closed")
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from walkdown import messages as m
from walkdown.errors import BadInput, Missing, Refused
from walkdown.frames import rotate
from walkdown.i18n import _
from walkdown.review import ReviewState
from walkdown.review.progress import word_for
from walkdown_client.conversation import Conversation
from walkdown_client.events import Event, Heard
from walkdown_client.guest_base import GuestBase
from walkdown_client.placements import point_in_model
from walkdown_client.tools.measuring import UNIT_OF, value_of

F64 = npt.NDArray[np.float64]
ANSWER_SECS = 20.0
FOV_DEG = 60.0
"""What a guest sees from top to bottom."""

FIELDS = frozenset(m.TopicFields.__struct_fields__)


class WithTopics(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about topics, views and marks."""

    _conversation: Conversation
    _position: F64
    _quaternion: F64
    _places: Mapping[str, F64]

    def __init__(self) -> None:
        super().__init__()
        self._questions: dict[int, asyncio.Future[m.TopicTold]] = {}
        self._last_question = 0

    @property
    def review(self) -> ReviewState:
        """All of the review as it stands: topics, comments, views, marks, agenda, votes, the meeting."""
        return self.world.review

    @property
    def topics(self) -> Mapping[str, m.Topic]:
        """All topics by id."""
        return MappingProxyType(self.world.review.topics)

    def topic_of_number(self, index: int) -> m.Topic:
        """Return topic #1, #2 and so on; KeyError when there is none of that number."""
        for topic in self.world.review.topics.values():
            if topic.index == index:
                return topic
        raise KeyError(index)

    # ---- topics -------------------------------------------------------------------------------------

    async def put_topic(
        self,
        title: str,
        *,
        things: Iterable[str] = (),
        point: Sequence[float] | None = None,
        view: m.Viewpoint | bool = False,
        **fields: Any,
    ) -> m.Topic:
        """Make a topic and return it: open, of the meeting's stage and at its point, unless said otherwise.

        Args:
            things: ids of what it is about.
            point: (x, y, z) where its pin stands, metres, site frame; without one, where the first thing
                stands if ``load_places`` has been called.
            view: how it is seen; True for what the guest sees now.
            fields: any other field of :class:`walkdown.messages.TopicFields`, such as ``priority="High"``.

        Raises:
            BadInput: there is no such field, or a value does not fit. Refused: the server said no.
            Missing: it has not answered.
        """
        about, identity = tuple(things), str(uuid.uuid4())
        place, model = self._pin(about, point)
        said = {"title": title, "things": about, "point": place, "model": model, **self._as_usual(), **fields}
        seen = self.view_here(selection=about) if view is True else view or None
        if seen is not None:
            seen = replace(seen, topic=identity)
        await self._operate(m.PutTopic(0, identity, _checked(said, m.TopicFields), seen))
        return self.world.review.topics[identity]

    async def edit_topic(self, topic: str, **changes: Any) -> m.Topic:
        """Change some fields of a topic and return it: ``edit_topic(id, status="Closed")``.

        Raises:
            BadInput: there is no such field, or a value does not fit.
            Missing: the server has not answered. Refused: it said no; with code ``conflict``, and what stands
                now in ``current``, when somebody else has changed the same field since the guest heard of it.
        """
        there = self.world.review.topics.get(topic)
        made = _checked(changes, m.TopicChanges)
        await self._operate(m.EditTopic(0, topic, made, there.number if there else 0))
        return self.world.review.topics[topic]

    async def accept(self, topic: str) -> m.Topic:
        """Say yes to a topic that one is to deal with."""
        return await self.edit_topic(topic, accepted=True)

    async def remove_topic(self, topic: str) -> None:
        """Remove one's own topic with all that belongs to it; a chair or admin any."""
        there = self.world.review.topics.get(topic)
        await self._operate(m.RemoveTopic(0, topic, there.number if there else 0))

    async def comment(
        self, topic: str, text: str, *, viewpoint: str = "", reply_to: str = "", comment: str = ""
    ) -> m.Comment:
        """Say something about a topic, or with ``comment`` change one's own words; returns it.

        Raises:
            Refused: the server said no. Missing: it has not answered.
        """
        identity = comment or str(uuid.uuid4())
        there = self.world.review.comments.get(identity)
        said = m.Comment(identity, topic, text, viewpoint, reply_to)
        await self._operate(m.PutComment(0, said, there.number if there else 0))
        return self.world.review.comments[identity]

    async def remove_comment(self, comment: str) -> None:
        """Take one's own comment back; a chair or admin any."""
        await self._operate(m.RemoveComment(0, comment))

    async def topic_history(self, topic: str) -> tuple[m.TopicChange, ...]:
        """Return every change of a topic, oldest first.

        Raises:
            Refused: the server said no. Missing: it does not answer.
        """
        number = self._last_question = self._last_question + 1
        answer = self._questions[number] = asyncio.get_running_loop().create_future()
        self._conversation.send(m.AskTopic(number, topic))
        try:
            async with asyncio.timeout(ANSWER_SECS):
                told = await answer
        except TimeoutError:
            raise Missing(_("the server does not say what was; ask again")) from None
        finally:
            del self._questions[number]
        if told.text:
            raise Refused("unknown", told.text)
        changes: tuple[m.TopicChange, ...] = told.changes
        return changes

    async def set_vocabulary(self, vocabulary: m.Vocabulary) -> None:
        """Say which types, statuses and other words lists offer."""
        await self._operate(m.SetVocabulary(0, vocabulary))

    # ---- views --------------------------------------------------------------------------------------

    def view_here(self, **changes: Any) -> m.Viewpoint:
        """Return how the guest sees the scene now; ``changes`` are fields of ``messages.Viewpoint``."""
        ahead, up = rotate(np.stack([self._quaternion] * 2), np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
        camera = m.Camera(_point(self._position), _point(ahead), _point(up), FOV_DEG)
        return m.Viewpoint(str(uuid.uuid4()), camera, time_ns=self.world.tick_ns, **changes)

    async def keep_view(
        self, view: m.Viewpoint | None = None, *, title: str = "", topic: str = ""
    ) -> m.Viewpoint:
        """Keep a view, by default the guest's own, of a topic or with "" of the session; returns it."""
        kept = view or self.view_here()
        kept = replace(kept, title=title or kept.title, topic=topic or kept.topic)
        there = self.world.review.viewpoints.get(kept.viewpoint)
        await self._operate(m.PutViewpoint(0, kept, there.number if there else 0))
        return self.world.review.viewpoints[kept.viewpoint]

    async def remove_view(self, viewpoint: str) -> None:
        """Remove one's own view; a chair, admin or driver any."""
        await self._operate(m.RemoveViewpoint(0, viewpoint))

    # ---- marks --------------------------------------------------------------------------------------

    async def put_mark(
        self,
        kind: m.MarkKind,
        points: npt.ArrayLike,
        *,
        thing: str = "",
        model: str | None = None,
        **fields: Any,
    ) -> m.Mark:
        """Draw, measure or attach something and return it.

        Args:
            points: (n, 3) metres, site frame. thing: id of what it is pinned to.
            model: id of the model that it stands on and moves with, "" for the site; without one, the model
                that brought the thing.
            fields: any other field of :class:`walkdown.messages.Mark`; a distance, area, angle or clearance
                that comes without its value is measured.

        Raises:
            BadInput: a field or value does not fit. Refused: the server said no. Missing: it does not answer.
        """
        on = self.world.twin.model_of(thing) if model is None else model
        sites = np.atleast_2d(np.asarray(points, np.float64))
        placed = np.array([point_in_model(self.world.placement(on), _point(site)) for site in sites])
        anchor = placed[0] if len(placed) else np.zeros(3)
        data = (placed - anchor).astype("<f4").tobytes()
        mark = str(uuid.uuid4())
        value = value_of(kind, sites)
        measured = {} if value is None else {"value": value, "unit": UNIT_OF[kind]}
        fields = measured | fields
        said = {"kind": kind, "anchor": _point(anchor), "points": data, "thing": thing, "model": on, **fields}
        await self._operate(m.PutMark(0, _checked({"mark": mark, **said}, m.Mark)))
        return self.world.review.marks[mark]

    async def remove_mark(self, mark: str) -> None:
        """Remove one's own mark; a chair or admin any."""
        await self._operate(m.RemoveMark(0, mark))

    # ---- inside -------------------------------------------------------------------------------------

    def _as_usual(self) -> dict[str, str]:
        """Return what a new topic gets without a word."""
        review = self.world.review
        made = {"status": word_for("open", review.vocabulary)}
        return made | (
            {"stage": review.meeting.stage, "item": review.meeting.item} if review.meeting.on else {}
        )

    def _pin(self, things: tuple[str, ...], point: Sequence[float] | None) -> tuple[m.Point | None, str]:
        """Return where a pin stands, in the frame of the model it stands on, and the id of that model."""
        model = self.world.twin.model_of(things[0]) if things else ""
        place = self._places.get(things[0]) if point is None and things else point
        if place is None:
            return None, model
        return point_in_model(self.world.placement(model), _point(place)), model

    def _take_topic_news(self, event: Event) -> None:
        if isinstance(event, Heard) and isinstance(event.message, m.TopicTold):
            question = self._questions.get(event.message.ask)
            if question is not None and not question.done():
                question.set_result(event.message)


def _point(place: npt.ArrayLike) -> m.Point:
    x, y, z = (float(number) for number in np.asarray(place, np.float64).reshape(3))
    return x, y, z


def _checked(fields: Mapping[str, Any], kind: Any) -> Any:
    """Return fields as a message's struct.

    Raises:
        BadInput: one of them does not exist or does not fit.
    """
    known = kind.__struct_fields__
    unknown = next((name for name in fields if name not in known), None)
    if unknown is not None:
        raise BadInput(
            _("there is no field {name!r}; there are {known}").format(name=unknown, known=", ".join(known))
        )
    try:
        return msgspec.convert(dict(fields), kind, strict=False, from_attributes=True)
    except msgspec.ValidationError as error:
        raise BadInput(_("a field does not fit: {reason}").format(reason=error)) from None
