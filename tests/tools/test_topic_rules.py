"""What the wishes about topics do to one person's view, and that nothing written is lost by closing it."""

from __future__ import annotations

import pytest

from walkdown_client.input.bindings import keymap
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import Clash, TopicDraft, Typed
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import ViewState


@pytest.fixture
def view() -> ViewState:
    return ViewState()


def do(view: ViewState, *intents: wish.Intent) -> None:
    for intent in intents:
        carry_out(view, intent, {})


def test_escape_lays_a_written_draft_aside_and_forgets_an_empty_one(view: ViewState) -> None:
    view.topics.draft = TopicDraft("t", "Valve too high")
    do(view, wish.Dismiss())
    assert view.topics.draft is None
    assert view.topics.laid_aside
    assert view.topics.laid_aside.title == "Valve too high"
    view.topics.laid_aside, view.topics.draft = None, TopicDraft("u")
    do(view, wish.Dismiss())
    assert view.topics.laid_aside is None


def test_escape_closes_picture_draft_card_and_panel_one_after_the_other(view: ViewState) -> None:
    do(view, topics.OpenTopic("t"), topics.ShowPicture("a" * 64))
    view.topics.draft = TopicDraft("d", "x")
    do(view, wish.Dismiss())
    assert not view.topics.picture
    do(view, wish.Dismiss())
    assert view.topics.draft is None
    do(view, wish.Dismiss())
    assert (view.panel, view.topics.topic) == ("topics", "")
    do(view, wish.Dismiss())
    assert view.panel == ""


def test_what_is_typed_at_once_goes_into_the_title(view: ViewState) -> None:
    view.topics.draft = TopicDraft("t", "Val")
    do(view, wish.TypeAhead("ve"))
    assert view.topics.draft.title == "Valve"
    view.palette_open = True
    do(view, wish.TypeAhead("x"))
    assert view.searches["palette"] == "x"


def test_a_topic_that_is_opened_can_be_gone_on_from_in_the_list(view: ViewState) -> None:
    do(view, topics.OpenTopic("t"), topics.OpenTopic(""))
    assert (view.topics.topic, view.topics.row, view.panel) == ("", "t", "topics")


def test_the_topics_of_a_thing_are_listed_without_other_filters(view: ViewState) -> None:
    view.selection, view.topics.filters.mine = ("P-1",), True
    do(view, topics.TopicsOfThing())
    assert view.topics.filters.thing == "P-1"
    assert not view.topics.filters.mine


def test_taking_theirs_forgets_what_one_had_typed(view: ViewState) -> None:
    key = ("t", "title")
    view.topics.clashes[key], view.topics.typed[key] = Clash("mine", "theirs", "Jörg", 3), Typed("mine", 1)
    do(view, topics.TakeTheirs("t", "title"))
    assert not view.topics.clashes
    assert not view.topics.typed


def test_a_topic_is_left_out_and_taken_again(view: ViewState) -> None:
    do(view, topics.LeaveOut("t"))
    assert view.topics.left_out == {"t"}
    do(view, topics.LeaveOut("t"))
    assert not view.topics.left_out


def test_both_keys_for_files_open_one_panel_with_their_own_format(view: ViewState) -> None:
    keys = keymap("cad")
    do(view, keys["Ctrl+E"].intent)
    assert (view.panel, view.topics.export.format) == ("export", "bcf-3.0")
    do(view, keys["Ctrl+Shift+P"].intent)
    assert (view.panel, view.topics.export.format) == ("export", "html")
    do(view, keys["Ctrl+Shift+P"].intent)
    assert view.panel == ""
    do(view, topics.OpenExport("bcf-2.1", "t"))
    assert (view.topics.export.scope, view.topics.export.topic) == ("one", "t")
