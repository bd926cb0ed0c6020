"""The keys of a review: rows of the table of actions about topics, views, marks and the meeting."""

from __future__ import annotations

from walkdown.i18n import mark
from walkdown_client.input.action import PANELS, REVIEW, Action
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics

TOPICS: tuple[Action, ...] = (
    Action("topic", mark("Make a topic of what is before me"), REVIEW, topics.BeginTopic(), ("T",)),
    Action("export", mark("Take topics out as a file…"), REVIEW, topics.OpenExport("bcf-3.0"), ("Ctrl+E",)),
    Action("report", mark("Make a report…"), REVIEW, topics.OpenExport("html"), ("Ctrl+Shift+P",)),
    Action("panel_topics", mark("Topics"), PANELS, wish.OpenPanel("topics"), ("Ctrl+1",)),
)
VIEWS: tuple[Action, ...] = ()
MARKS: tuple[Action, ...] = ()
MEETING: tuple[Action, ...] = ()
LINKS: tuple[Action, ...] = ()

REVIEW_ACTIONS: tuple[Action, ...] = TOPICS + VIEWS + MARKS + MEETING + LINKS
