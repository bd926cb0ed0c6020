"""The table of all topics that panels share, and for whom it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from walkdown.messages import Topic
from walkdown_client.tools.topic_list import Reader, TopicTable
from walkdown_client.tools.topics import orphaned
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_words import today

PER_SECOND = 4
"""So often the list of many topics is made anew while others change them."""

FEW = 500
"""The list of so many topics is always as new as the topics."""


@dataclass(slots=True)
class _Kept:
    """The table of one interface, and of which moment of which review it is."""

    table: TopicTable = field(default_factory=TopicTable)
    moment: tuple[int, int] = (0, -1)
    made_secs: float = 0.0


def table_of(frame: Frame) -> TopicTable:
    """Return all topics in rows; of many topics they are brought up to date four times a second at most."""
    kept, review = frame.memory.of("topic table", 0, _Kept), frame.world.review
    moment, now_secs = (id(review), frame.world.review.revision), frame.facts.now_secs
    rests = moment[0] == kept.moment[0] and len(review.topics) > FEW
    if moment != kept.moment and not (rests and 0 <= now_secs - kept.made_secs < 1 / PER_SECOND):
        kept.table.update(review)
        kept.moment, kept.made_secs = moment, now_secs
    return kept.table


def reader_of(frame: Frame) -> Reader:
    """Return for whom the list is made."""
    world, desk, knows = frame.world, frame.view.topics, frame.facts.topics.knows
    me, welcome = world.people.get(world.me), world.welcome
    author = welcome.author if welcome is not None else ""
    models = {ref.model for ref in world.packages}

    def unread(topic: Topic) -> int:
        seen = desk.read.get(topic.topic, max(desk.read_until, 0))
        said = world.review.comments_on(topic.topic)
        return sum(comment.number > seen and comment.author_id != author for comment in said)

    return Reader(
        name=me.name if me is not None else "",
        author_id=author,
        today=today(frame),
        unread=unread,
        orphaned=lambda topic: orphaned(topic, knows=knows, models=models) is not None,
        priorities=world.review.vocabulary.priorities,
    )
