"""The keys of a review: rows of the table of actions about topics, views, marks and the meeting."""

from __future__ import annotations

from walkdown.i18n import mark
from walkdown_client.input.action import LOOK, PANELS, REVIEW, SEE, Action
from walkdown_client.tools import intents as wish
from walkdown_client.tools import link_intents as links
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools import topic_intents as topics

TOPICS: tuple[Action, ...] = (
    Action("topic", mark("Make a topic of what is before me"), REVIEW, topics.BeginTopic(), ("T",)),
    Action("export", mark("Take topics out as a file…"), REVIEW, topics.OpenExport("bcf-3.0"), ("Ctrl+E",)),
    Action("report", mark("Make a report…"), REVIEW, topics.OpenExport("html"), ("Ctrl+Shift+P",)),
    Action("panel_topics", mark("Topics"), PANELS, wish.OpenPanel("topics"), ("Ctrl+1",), while_typing=True),
)
VIEWS: tuple[Action, ...] = (
    Action(
        "section_box",
        mark("Section box around the selection, or no more"),
        SEE,
        cut.ToggleSectionBox(),
        ("X",),
    ),
    Action(
        "section_plane",
        mark("Section plane through the face under the cursor"),
        SEE,
        cut.CutHere(),
        ("Shift+X",),
    ),
    Action("flip_plane", mark("Cut away the other side"), SEE, cut.FlipPlane(), ("Alt+X",), needs="section"),
    Action(
        "align_plane",
        mark("Turn the section plane across the nearest axis"),
        SEE,
        cut.AlignPlane(),
        ("Ctrl+Alt+X",),
        needs="section",
    ),
    Action(
        "remove_plane",
        mark("Take the section plane away"),
        SEE,
        cut.RemovePlane(),
        ("Ctrl+X",),
        needs="section",
    ),
    Action(
        "clear_section", mark("Cut nothing away"), SEE, cut.ClearSection(), ("Alt+Shift+X",), needs="section"
    ),
    Action("orthogonal", mark("See without perspective, or with it"), LOOK, cut.ToggleOrthogonal(), ("O",)),
    Action("usual_lens", mark("See as wide as usual"), LOOK, cut.UsualLens(), ("Alt+O",)),
    Action("keep_view", mark("Keep this view"), REVIEW, cut.KeepView(), ("Shift+V",)),
    Action("leave_view", mark("Leave the view that is shown"), REVIEW, cut.LeaveView(), ("Alt+B",)),
    Action(
        "share_view",
        mark("Let everybody see it as I do, or no more"),
        REVIEW,
        cut.ShareForAll(),
        ("Shift+U",),
    ),
    Action("pins", mark("Show the pins of topics, or not"), REVIEW, cut.TogglePins(), ("Alt+Shift+T",)),
    Action(
        "closed_pins",
        mark("Show pins of closed topics too, or not"),
        REVIEW,
        cut.TogglePins(closed=True),
        ("Ctrl+Alt+P",),
    ),
    Action(
        "panel_views",
        mark("Views and section"),
        PANELS,
        wish.OpenPanel("views"),
        ("Ctrl+5",),
        while_typing=True,
    ),
)
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
    Action("panel_marks", mark("Marks"), PANELS, wish.OpenPanel("marks"), ("Ctrl+4",), while_typing=True),
)
MEETING: tuple[Action, ...] = (
    Action(
        "follow", mark("Follow who is in view, or no more"), REVIEW, meet.Follow(), ("J",), needs="people"
    ),
    Action("go_back", mark("Return to where I was"), REVIEW, meet.GoBack(), ("B",)),
    Action(
        "gather",
        mark("Call everybody to me, or release them"),
        REVIEW,
        meet.GatherAll(),
        ("Shift+G",),
        needs="people",
    ),
    Action("come", mark("Come to who calls me"), REVIEW, meet.Come(), ("Shift+J",), needs="called"),
    Action("ping", mark("Look here: show all the place under the cursor"), REVIEW, meet.PingHere(), ("P",)),
    Action(
        "point",
        mark("Let the others see where I point, or no more"),
        REVIEW,
        meet.TogglePointing(),
        ("Shift+P",),
    ),
    Action("hand", mark("Raise my hand, or lower it"), REVIEW, meet.RaiseHand(), ("Y",)),
    Action(
        "alone", mark("See things in my own way, or as is shown to all"), REVIEW, meet.WanderAlone(), ("U",)
    ),
    Action("view_next", mark("Next prepared view"), REVIEW, meet.StepView(1), ("PageDown",)),
    Action("view_before", mark("Prepared view before"), REVIEW, meet.StepView(-1), ("PageUp",)),
    Action("item_next", mark("Next point of the agenda"), REVIEW, meet.StepItem(1), ("Ctrl+PageDown",)),
    Action("item_before", mark("Point of the agenda before"), REVIEW, meet.StepItem(-1), ("Ctrl+PageUp",)),
    Action("park_item", mark("Park the point that is on"), REVIEW, meet.ParkItem(), ("Alt+K",)),
    Action(
        "chat_link",
        mark("Put a link to the selection into the chat"),
        REVIEW,
        meet.InsertLink(),
        ("Shift+Y",),
        needs="selection",
    ),
    Action(
        "panel_meeting", mark("Meeting"), PANELS, wish.OpenPanel("meeting"), ("Ctrl+2",), while_typing=True
    ),
    Action("panel_chat", mark("Chat"), PANELS, wish.OpenPanel("chat"), ("Ctrl+3",), while_typing=True),
)
READY: tuple[Action, ...] = (
    Action(
        "panel_readiness",
        mark("Is the review ready?"),
        REVIEW,
        wish.OpenPanel("readiness"),
        ("Ctrl+6",),
        while_typing=True,
    ),
)
LINKS: tuple[Action, ...] = (
    Action("copy_link", mark("Copy a link to what I see"), REVIEW, links.CopyLink(), ("Ctrl+L",)),
    Action(
        "copy_inviting_link",
        mark("Copy a link to what I see that lets people in"),
        REVIEW,
        links.CopyInvitingLink(),
        ("Ctrl+Shift+L",),
    ),
)

REVIEW_ACTIONS: tuple[Action, ...] = TOPICS + VIEWS + MARKS + MEETING + READY + LINKS
