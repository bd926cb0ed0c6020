"""What panels of topics are told beside the world: history, evidence, who spoke; and what is news."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Protocol

from walkdown import messages
from walkdown.errors import BadInput
from walkdown.i18n import _, ngettext
from walkdown.messages import AskTopic, Record, Topic, TopicTold
from walkdown.review.evidence import EvidenceFile, unpack_evidence
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.tools.intents import CopyText
from walkdown_client.tools.topic_intents import OpenTopic
from walkdown_client.tools.topic_list import is_owner
from walkdown_client.tools.topic_state import History
from walkdown_client.tools.topics import SPEAKER_SECS
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.world import World

log = logging.getLogger(__name__)

HISTORY, EVIDENCE = "topic/history", "topic/evidence"
"""Sections of a card; what they show is asked for while they are unfolded."""

ASK_EVERY_SECS = 1.0
TOLD_MAX = 3
"""More news at once are summed up."""

News = tuple[str, str, str]
"""What is said: title, text, and the topic that it is about."""


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "", *, offer: Offer | None = None) -> None:
        """Show a message that goes away by itself."""


class TopicNews:
    """Looks at the world once a frame.

    Attributes:
        history: of the open topic, None before it was told. evidence: of the open topic, or why there
            is none.
    """

    def __init__(self, world: World, view: ViewState, *, doing: Doing, files: StoreFiles) -> None:
        self._world, self._view, self._doing, self._files = world, view, doing, files
        self.history: History | None = None
        self.evidence: EvidenceFile | str | None = None
        self._speaker, self._spoke_secs = 0, -SPEAKER_SECS
        self._asked: tuple[str, int] = ("", 0)
        self._asks, self._asked_secs = 0, 0.0
        self._told_up_to = -1
        self._seen: Topic | None = None
        self._shown = ""
        self._now_secs = 0.0

    # ---- once a frame ------------------------------------------------------------

    def step(self, now_secs: float, speaking: Collection[int] = ()) -> None:
        """Remember who speaks, ask for what the open card shows, and say what is news."""
        self._now_secs = now_secs
        others = [number for number in speaking if number != self._world.me] or list(speaking)
        if others:
            self._speaker, self._spoke_secs = others[0], now_secs
        self._miss_open()
        topic = self.open_topic()
        self._ask_history(topic, now_secs)
        self.evidence = self._read_evidence(topic)
        self._say_news()

    def speaker(self) -> str:
        """Return the name of who speaks or spoke lately, "" for nobody."""
        person = self._world.people.get(self._speaker)
        lately = self._now_secs - self._spoke_secs <= SPEAKER_SECS
        return person.name if person is not None and lately else ""

    def hear(self, told: TopicTold) -> None:
        """Take the history of a topic."""
        if told.ask == self._asks:
            self.history = History(told.topic, self._asked[1], told.changes, told.text)

    def _miss_open(self) -> None:
        """Say that the topic whose card is open was removed, and give back what was typed on it."""
        desk, topics = self._view.topics, self._world.review.topics
        gone, self._seen = self._seen, topics.get(desk.topic)
        if gone is None or gone.topic in topics or desk.topic != gone.topic:
            return
        desk.topic = ""
        typed = [typed.text for key, typed in desk.typed.items() if key[0] == gone.topic]
        typed += [desk.comments.pop(gone.topic, "")]
        text = "\n".join(word for word in typed if word.strip())
        for key in [key for key in desk.typed if key[0] == gone.topic]:
            del desk.typed[key]
        title = _("Topic {number} was removed").format(number=f"#{gone.index}")
        offer = Offer(_("Copy what I had written"), CopyText(text)) if text else None
        self._doing.say(title, gone.title, offer=offer)

    def open_topic(self) -> Topic | None:
        """Return the topic whose card is open."""
        view = self._view
        return self._world.review.topics.get(view.topics.topic) if view.panel == "topics" else None

    # ---- history and evidence ------------------------------------------------------------

    def _ask_history(self, topic: Topic | None, now_secs: float) -> None:
        """Ask again when something about the topic has changed, once a second at most."""
        if topic is None or HISTORY not in self._view.unfolded or self._world.link_state != "live":
            return
        if self.history is not None and self.history.topic != topic.topic:
            self.history = None
        wanted = (topic.topic, self._newest(topic))
        soon = wanted[0] == self._asked[0] and now_secs - self._asked_secs < ASK_EVERY_SECS
        if wanted == self._asked or soon:
            return
        self._asked, self._asked_secs, self._asks = wanted, now_secs, self._asks + 1
        self._doing.send(AskTopic(self._asks, topic.topic))

    def _newest(self, topic: Topic) -> int:
        """Return the number of the newest record about a topic."""
        review = self._world.review
        numbers = [said.number for said in review.comments_on(topic.topic)]
        numbers += [view.number for view in review.views_of(topic.topic)]
        evidence = ("none", "waiting", "partial", "complete").index(topic.evidence.state)
        return max((topic.number, *numbers)) * 4 + evidence

    def _read_evidence(self, topic: Topic | None) -> EvidenceFile | str | None:
        if topic is None or topic.evidence.file is None or EVIDENCE not in self._view.unfolded:
            self._shown = ""
            return None
        file = topic.evidence.file
        if self._shown == file.sha256:
            return self.evidence
        data = self._files.get(file.sha256, file.size)
        if not isinstance(data, bytes):
            return data
        self._shown = file.sha256
        return read_evidence(data)

    # ---- what is news ------------------------------------------------------------

    def _say_news(self) -> None:
        """Say what others did about topics of one's own; what was before one came is no news."""
        world = self._world
        if self._told_up_to < 0:
            self._told_up_to = world.last_record
        news = [record for record in world.review_news if record.number > self._told_up_to]
        told = [said for record in news if (said := self._sentence(record)) is not None]
        self._told_up_to = max((record.number for record in news), default=self._told_up_to)
        for title, text, topic in told[:TOLD_MAX]:
            self._doing.say(title, text, offer=Offer(_("Look at it"), OpenTopic(topic)))
        if len(told) > TOLD_MAX:
            count = len(told) - TOLD_MAX
            text = ngettext(
                "{count} more change of your topics", "{count} more changes of your topics", count
            )
            self._doing.say(text.format(count=count), offer=Offer(_("Show topics"), OpenTopic("")))

    def _sentence(self, record: Record) -> News | None:
        """Return what is said about a record, None when it is no news to this person."""
        body, welcome = record.body, self._world.welcome
        if welcome is None:
            return None
        if record.author_id == welcome.author:
            return (
                self._placed(body.get("topic", {})) if record.kind == "topic" and not record.undoes else None
            )
        if record.kind == "topic_changed" and {"assigned", "assigned_id"} & body.get("changes", {}).keys():
            return self._given(str(body.get("topic")), record.author)
        if record.kind == "topic":
            return self._given(str(body.get("topic", {}).get("topic")), record.author)
        return self._said(str(body.get("topic")), record) if record.kind == "comment" else None

    def _placed(self, body: dict[str, object]) -> News | None:
        """Say which number one's own topic has got."""
        topic = self._world.review.topics.get(str(body.get("topic")))
        if topic is None or topic.origin:
            return None
        return _("Topic {number} is placed").format(number=f"#{topic.index}"), topic.title, topic.topic

    def _given(self, name: str, author: str) -> News | None:
        topic = self._world.review.topics.get(name)
        if topic is None or not self._is_mine(topic):
            return None
        title = _("{who} gives you topic {number}").format(who=author, number=f"#{topic.index}")
        return title, topic.title, name

    def _said(self, name: str, record: Record) -> News | None:
        topic, welcome = self._world.review.topics.get(name), self._world.welcome
        if topic is None or welcome is None or self._view.topics.topic == name:
            return None
        if not (self._is_mine(topic) or topic.author_id == welcome.author):
            return None
        title = _("{who} about topic {number}").format(who=record.author, number=f"#{topic.index}")
        return title, str(record.body.get("text", ""))[:200], name

    def _is_mine(self, topic: Topic) -> bool:
        me, welcome = self._world.people.get(self._world.me), self._world.welcome
        name = me.name if me is not None else ""
        return is_owner(topic, name=name, author_id=welcome.author if welcome is not None else "")


def read_evidence(data: bytes) -> EvidenceFile | str:
    """Return what an evidence file says, or one sentence that says why it cannot be read."""
    try:
        return unpack_evidence(data)
    except BadInput as error:
        return str(error)
