"""The keys of a review: rows of the table of actions about topics, views, marks and the meeting."""

from __future__ import annotations

from walkdown.i18n import mark
from walkdown_client.input.action import PANELS, REVIEW, Action
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import topic_intents as topics

TOPICS: tuple[Action, ...] = (
    Action("topic", mark("Make a topic of what is before me"), REVIEW, topics.BeginTopic(), ("T",)),
    Action("export", mark("Take topics out as a file…"), REVIEW, topics.OpenExport("bcf-3.0"), ("Ctrl+E",)),
    Action("report", mark("Make a report…"), REVIEW, topics.OpenExport("html"), ("Ctrl+Shift+P",)),
    Action("panel_topics", mark("Topics"), PANELS, wish.OpenPanel("topics"), ("Ctrl+1",)),
)
VIEWS: tuple[Action, ...] = ()
MARKS: tuple[Action, ...] = (
    Action("measure", mark("Measure"), REVIEW, marks.Measure(), ("M",)),
    Action("next_measure", mark("Measure something else"), REVIEW, marks.NextMeasure(), ("Shift+Q",)),
    Action("arrow", mark("Draw an arrow"), REVIEW, marks.TakeTool("arrow"), ("Shift+A",)),
    Action("sketch", mark("Sketch"), REVIEW, marks.TakeTool("sketch"), ("L",)),
    Action("sketch_faces", mark("Sketch on faces, or in the air"), REVIEW, marks.DrawOnFaces(), ("Shift+L",)),
    Action(
        "attach", mark("Attach a photo or file here…"), REVIEW, marks.AttachHere(), ("Alt+A",), needs="place"
    ),
    Action("show_marks", mark("Show marks, or hide them for me"), REVIEW, marks.ShowMarks(), ("Alt+L",)),
    Action("panel_marks", mark("Marks"), PANELS, wish.OpenPanel("marks"), ("Ctrl+4",)),
)
MEETING: tuple[Action, ...] = ()
READY: tuple[Action, ...] = (
    Action("panel_readiness", mark("Is the review ready?"), REVIEW, wish.OpenPanel("readiness"), ("Ctrl+6",)),
)
LINKS: tuple[Action, ...] = ()

REVIEW_ACTIONS: tuple[Action, ...] = TOPICS + VIEWS + MARKS + MEETING + READY + LINKS
