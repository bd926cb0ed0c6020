"""Carries out the wishes about topics that change only one person's view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.topic_state import TopicFilters
from walkdown_client.tools.view_state import ViewState

REPORTS = ("html", "pdf")


def _open_topic(view: ViewState, intent: topics.OpenTopic) -> None:
    desk = view.topics
    desk.topic, view.panel = intent.topic, "topics"
    desk.row = intent.topic or desk.row
    desk.editing = ("", "")


def _topics_of_thing(view: ViewState, intent: topics.TopicsOfThing) -> None:
    desk = view.topics
    chosen = view.selected or next(reversed(view.elements), "")
    desk.filters = TopicFilters(thing=intent.thing or chosen, sort=desk.filters.sort)
    desk.topic, view.panel = "", "topics"
    view.searches.pop("topics", None)


def _take_theirs(view: ViewState, intent: topics.TakeTheirs) -> None:
    key = (intent.topic, intent.field)
    view.topics.clashes.pop(key, None)
    view.topics.typed.pop(key, None)


def _write_into(view: ViewState, intent: topics.WriteInto) -> None:
    if view.topics.topic:
        view.panel, view.topics.writes = "topics", intent.field


def _leave_out(view: ViewState, intent: topics.LeaveOut) -> None:
    view.topics.left_out ^= {intent.topic}


def _forget_draft(view: ViewState, _intent: Intent) -> None:
    view.topics.draft = None


def _open_export(view: ViewState, intent: topics.OpenExport) -> None:
    form = view.topics.export
    wanted = intent.format or form.format
    again = view.panel == "export" and (wanted in REPORTS) == (form.format in REPORTS) and not intent.topic
    if intent.format and not again:
        form.format = intent.format  # type: ignore[assignment]  # one of the formats or ""
    form.topic, form.scope = intent.topic, "one" if intent.topic else "all"
    view.panel = "" if again else "export"


def _show_picture(view: ViewState, intent: topics.ShowPicture) -> None:
    view.topics.picture = intent.sha256


def lay_topic_aside(view: ViewState) -> None:
    """Close the editor of a new topic without losing what was written."""
    draft, view.topics.draft = view.topics.draft, None
    if draft is not None and (draft.title.strip() or draft.description.strip()):
        view.topics.laid_aside = draft


def dismiss_topic(view: ViewState) -> bool:
    """Close what is on top of topics: large picture, editor, what is typed, card; tell whether one was."""
    desk = view.topics
    if desk.picture:
        desk.picture = ""
    elif desk.draft is not None:
        lay_topic_aside(view)
    elif view.panel == "topics" and (typed := [key for key in desk.typed if key[0] == desk.topic]):
        for key in typed:
            del desk.typed[key]
    elif view.panel == "topics" and desk.topic:
        desk.topic = ""
    else:
        return False
    return True


def type_ahead(view: ViewState, text: str) -> bool:
    """Take text that was typed before the editor had the keyboard; tell whether it was for it."""
    draft = view.topics.draft
    if draft is not None:
        draft.title += text
    return draft is not None


TOPIC_RULES: Mapping[type[Intent], Callable[[ViewState, Any], None]] = {
    topics.OpenTopic: _open_topic,
    topics.TopicsOfThing: _topics_of_thing,
    topics.TakeTheirs: _take_theirs,
    topics.WriteInto: _write_into,
    topics.LeaveOut: _leave_out,
    topics.ForgetDraft: _forget_draft,
    topics.OpenExport: _open_export,
    topics.ShowPicture: _show_picture,
}
