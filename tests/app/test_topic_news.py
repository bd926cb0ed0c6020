"""What panels are told beside the world, and what is news to somebody about their topics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec
import pytest

from tests.client.test_world import welcome, world_with
from walkdown import messages
from walkdown.messages import (
    AskTopic,
    Attached,
    Comment,
    Evidence,
    Person,
    Record,
    Snapshot,
    Topic,
    TopicChange,
    TopicTold,
)
from walkdown.review.evidence import EvidenceFile, EvidenceTopic, moment, pack_evidence
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.app.topic_news import EVIDENCE, HISTORY, TopicNews
from walkdown_client.app.topic_reading import TopicReading
from walkdown_client.events import Heard, Joined, LinkChanged, Recorded
from walkdown_client.tools.intents import CopyText
from walkdown_client.tools.topic_intents import OpenTopic
from walkdown_client.tools.topic_state import Typed
from walkdown_client.tools.view_state import Offer, ViewState

ADA, EVE = "author-ada", "author-eve"


class Desk:
    """Ada's client, which hears what Eve and she do."""

    def __init__(self) -> None:
        self.world, self.view = world_with(LinkChanged("live")), ViewState(panel="topics")
        hello = welcome(author=ADA)
        self.world.apply(Joined(hello, self.world.catalogue, Snapshot(10), 0))
        self.world.apply(Heard(Person(hello.person, "Ada", "person", 0, "")))
        self.world.apply(Heard(Person(9, "Jörg", "person", 0, "")))
        self.sent: list[Any] = []
        self.said: list[tuple[str, str]] = []
        self.offers: list[Offer | None] = []
        self.files: dict[str, bytes | str] = {}
        self.news = TopicNews(self.world, self.view, doing=self, files=cast(StoreFiles, self))
        self.step()
        self._numbers: Iterator[int] = iter(range(11, 100))

    def send(self, operation: messages.ClientMessage) -> bool:
        self.sent.append(operation)
        return True

    def say(self, title: str, text: str = "", *, offer: Offer | None = None) -> None:
        self.said.append((title, text))
        self.offers.append(offer)

    def get(self, sha256: str, size: int = 0) -> bytes | str | None:
        return self.files.get(sha256)

    def step(self, now_secs: float = 1.0, speaking: tuple[int, ...] = ()) -> None:
        self.news.step(now_secs, speaking)

    def hear(self, kind: str, body: Any, author: str = EVE) -> None:
        number = next(self._numbers)
        record = Record(
            number, number, "Eve" if author == EVE else "Ada", author, kind, msgspec.to_builtins(body)
        )
        self.world.apply(Recorded(record, None))

    def topic(self, name: str, author: str = EVE, **fields: Any) -> None:
        made = Topic(title=f"About {name}", topic=name, index=7, author_id=author, **fields)
        self.hear("topic", {"topic": made}, author)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_who_speaks_or_spoke_lately_has_brought_it_up(desk: Desk) -> None:
    desk.step(1.0, (desk.world.me, 9))
    assert desk.news.speaker() == "Jörg"
    desk.step(31.0)
    assert desk.news.speaker() == "Jörg"
    desk.step(31.5)
    assert desk.news.speaker() == ""
    desk.step(40.0, (desk.world.me,))
    assert desk.news.speaker() == "Ada", "one's own words count when nobody else speaks"


def test_one_is_told_of_topics_that_are_given_to_one_and_of_the_number_of_ones_own(desk: Desk) -> None:
    desk.topic("a", assigned="Ada")
    desk.topic("b", assigned="Jörg")
    desk.topic("c", author=ADA)
    desk.step()
    assert desk.said == [("Eve gives you topic #7", "About a"), ("Topic #7 is placed", "About c")]
    assert desk.offers[0] is not None
    assert desk.offers[0].intent == OpenTopic("a")
    desk.hear("topic_changed", {"topic": "b", "changes": {"assigned": "Ada"}})
    desk.step()
    desk.step()
    assert desk.said[2:] == [("Eve gives you topic #7", "About b")]


def test_one_is_told_what_others_say_about_ones_own_topics_but_not_about_the_open_one(desk: Desk) -> None:
    desk.topic("a", author=ADA)
    desk.topic("b", assigned="Jörg")
    desk.step()
    desk.said.clear()
    for name in "ab":
        desk.hear("comment", Comment(f"c{name}", name, "Lower it", author_id=EVE))
    desk.step()
    assert desk.said == [("Eve about topic #7", "Lower it")]
    desk.view.topics.topic = "a"
    desk.hear("comment", Comment("c9", "a", "More", author_id=EVE))
    desk.step()
    assert len(desk.said) == 1


def test_what_was_said_while_one_was_away_is_unread_and_what_one_looks_at_is_not(desk: Desk) -> None:
    desk.view.preferences.topics_read = {"ws://plant/": 10}
    reading = TopicReading(desk.world, desk.view, "ws://plant/")
    for name in "ab":
        desk.topic(name)
        desk.hear("comment", Comment(f"c{name}", name, "Lower it", author_id=EVE))
    reading.step(None)
    assert desk.view.topics.read_until == 10
    reading.step(desk.world.review.topics["b"])
    assert desk.view.topics.read == {"b": 14}
    reading.close()
    assert desk.view.preferences.topics_read == {"ws://plant/": 11}, "the comment on a comes again"
    reading.step(desk.world.review.topics["a"])
    reading.close()
    assert desk.view.preferences.topics_read == {"ws://plant/": 14}


def test_at_a_first_visit_and_in_a_new_journal_nothing_is_unread(desk: Desk) -> None:
    TopicReading(desk.world, desk.view, "ws://new/").step(None)
    assert desk.view.topics.read_until == 10
    desk.view.topics.read_until, desk.view.preferences.topics_read = -1, {"ws://new/": 900}
    TopicReading(desk.world, desk.view, "ws://new/").step(None)
    assert desk.view.topics.read_until == 10


def test_when_the_open_topic_is_removed_what_was_typed_on_it_is_not_lost(desk: Desk) -> None:
    desk.topic("a")
    desk.view.topics.topic = "a"
    desk.step()
    desk.view.topics.typed[("a", "title")] = Typed("half a title", 11)
    desk.view.topics.comments["a"] = "half a sentence"
    desk.hear("topic_removed", {"topic": "a"})
    desk.step()
    assert desk.said == [("Topic #7 was removed", "About a")]
    assert desk.offers[0] is not None
    assert desk.offers[0].intent == CopyText("half a title\nhalf a sentence")
    assert (desk.view.topics.topic, desk.view.topics.typed) == ("", {})


def test_much_news_at_once_is_summed_up(desk: Desk) -> None:
    for index in range(20):
        desk.topic(f"t{index}", assigned="Ada")
    desk.step()
    assert len(desk.said) == 4
    assert desk.said[-1][0] == "17 more changes of your topics"


def test_history_is_asked_for_while_it_is_looked_at_and_again_when_something_changes(desk: Desk) -> None:
    desk.topic("a")
    desk.view.topics.topic = "a"
    desk.step(2.0)
    assert desk.sent == []
    desk.view.unfolded.add(HISTORY)
    desk.step(3.0)
    desk.step(3.1)
    assert desk.sent == [AskTopic(1, "a")]
    desk.news.hear(TopicTold(1, "a", (TopicChange(11, 5, "Eve", "topic"),)))
    assert desk.news.history
    assert desk.news.history.changes[0].author == "Eve"
    desk.hear("comment", Comment("c", "a", "x"))
    desk.step(3.2)
    assert len(desk.sent) == 1, "once a second is enough"
    desk.step(4.1)
    assert desk.sent[1:] == [AskTopic(2, "a")]
    desk.news.hear(TopicTold(1, "a", text="late"))
    assert desk.news.history.text == ""


def test_evidence_is_fetched_while_it_is_looked_at_and_read(desk: Desk) -> None:
    now = moment(5)
    file = EvidenceFile("Plant", "complete", EvidenceTopic("a"), now, now, now, now)
    data = pack_evidence(file)
    desk.topic("a", evidence=Evidence("complete", Attached("evidence-7.json", "e" * 64, len(data))))
    desk.view.topics.topic = "a"
    desk.view.unfolded.add(EVIDENCE)
    desk.step()
    assert desk.news.evidence is None
    desk.files["e" * 64] = "it is gone"
    desk.step()
    assert desk.news.evidence == "it is gone"
    desk.files["e" * 64] = data
    desk.step()
    assert desk.news.evidence == file
    desk.topic("b", evidence=Evidence("complete", Attached("evidence-8.json", "f" * 64, 9)))
    desk.view.topics.topic, desk.files["f" * 64] = "b", b"no json"
    desk.step()
    assert isinstance(desk.news.evidence, str)
    assert "no evidence" in desk.news.evidence
