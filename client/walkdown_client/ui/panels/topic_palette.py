"""What the palette offers of topics: each by number and words, and what can be done with the open one."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _, mark
from walkdown.messages import Topic
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.intents import OpenPanel
from walkdown_client.tools.link_intents import CopyLink
from walkdown_client.tools.topics import is_finished, read_due
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.entry import Entry
from walkdown_client.ui.panels.topic_card import remove
from walkdown_client.ui.panels.topic_fields import DUES, LISTS, owner_changes, owner_lines
from walkdown_client.ui.panels.topic_table import table_of
from walkdown_client.ui.panels.topic_words import FIELD_TEXT, number_of, shown, today

WRITTEN = (
    ("comment", mark("Comment on topic {number}")),
    ("title", mark("Change the title of topic {number}")),
    ("description", mark("Change the description of topic {number}")),
    ("due", mark("Type a due date for topic {number}")),
)
FOUND_MAX = 50
"""So many of the topics that answer are ranked among all else."""


def topic_entries(frame: Frame, search: str) -> Iterator[Entry]:
    """Yield the topics that answer a search, the newest first, and what can be done with the open one."""
    review, word = frame.world.review, _("topic")
    yield Entry(_("Bring in topics (BCF)…"), _("action"), "", topics.BringTopics(), "bcf merge import")
    yield Entry(
        _("Words of the lists"), _("action"), "", OpenPanel("words"), "vocabulary labels status types"
    )
    if frame.view.marked:
        yield Entry(_("List the topics of the selection"), _("action"), "", topics.TopicsOfThing())
    open_one = review.topics.get(frame.view.topics.topic)
    if open_one is not None:
        yield from _deeds(open_one)
        yield from _values(frame, open_one)
    wanted = search.casefold().split()
    count = 0
    for row in reversed(table_of(frame).rows.values()):
        topic = row.topic
        if wanted and all(part in row.text for part in wanted):
            text = f"{number_of(topic)} {topic.title}"
            yield Entry(text, word, shown(topic.status), topics.OpenTopic(topic.topic), topic.assigned)
            count += 1
            if count >= FOUND_MAX:
                return


def _deeds(topic: Topic) -> Iterator[Entry]:
    name, number, word = topic.topic, number_of(topic), _("topic")
    deeds = (
        (_("Look at topic {number}"), topics.GoToTopic(name)),
        (_("Become the owner of topic {number}"), topics.AssignToMe(name)),
        (_("Accept topic {number}"), topics.AcceptTopic(name)),
        (_("Keep what I see as a view of topic {number}"), topics.AddTopicView(name)),
        (
            (_("Take topic {number} off the parking list"), topics.ParkTopic(name, parked=False))
            if topic.parked
            else (_("Put topic {number} on the parking list"), topics.ParkTopic(name))
        ),
        (
            (_("Open topic {number} again"), topics.ReopenTopic(name))
            if is_finished(topic)
            else (_("Close topic {number}"), topics.CloseTopic(name))
        ),
        (_("Copy a link to topic {number}"), CopyLink(topic=name)),
        (_("Take topic {number} out as a file"), topics.OpenExport("bcf-3.0", name)),
        (_("Remove topic {number}"), remove(topic)),
    )
    for text, intent in deeds:
        yield Entry(text.format(number=number), word, "", intent, topic.title)


def _values(frame: Frame, topic: Topic) -> Iterator[Entry]:
    """Yield what fields of the open topic may hold, so that all of it can be done without a mouse."""
    vocabulary, word, number = frame.world.review.vocabulary, _("topic"), number_of(topic)
    for field, name in LISTS:
        for value in getattr(vocabulary, name):
            text = f"{_(FIELD_TEXT[field])}: {shown(value)}"
            yield Entry(text, word, number, topics.ChangeTopic(topic.topic, ((field, value),)), value)
    for line in owner_lines(frame, none=bool(topic.assigned)):
        text = f"{_(FIELD_TEXT['assigned'])}: {line.text}"
        yield Entry(text, word, number, topics.ChangeTopic(topic.topic, owner_changes(frame, line.value)))
    for typed, when in DUES:
        due = read_due(typed, today(frame))
        text = f"{_(FIELD_TEXT['due'])}: {_(when)}"
        yield Entry(text, word, number, topics.ChangeTopic(topic.topic, (("due", due),)))
    for field, text in WRITTEN:
        yield Entry(_(text).format(number=number), word, "", topics.WriteInto(field))
