"""Wishes about the view, carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from walkdown.i18n import language
from walkdown.messages import IN_PLACE, Note
from walkdown_client.tools import intents as wish
from walkdown_client.tools.annotate import TEXT_MAX, finished, lifted
from walkdown_client.tools.gizmo import Moving
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import (
    NoteDraft,
    Preferences,
    Toast,
    ViewState,
    load_preferences,
    save_preferences,
)

ELEMENT = wish.ElementInfo(3, "gltf:/a", "A", "mesh", "model")
NOTE = Note("n1", "drips", (1.0, 2.0, 3.0), "Ada", "a1", 5, "L1.FIL")


def did(view: ViewState, *intents: wish.Intent) -> ViewState:
    for intent in intents:
        carry_out(view, intent, {"n1": NOTE})
    return view


def test_selecting_replaces_adds_and_takes_away() -> None:
    view = did(ViewState(), wish.SelectThing("a"), wish.SelectThing("b"), wish.SelectThing("c", add=True))
    assert view.selection == ("b", "c")
    assert view.selected == "c"
    assert did(view, wish.SelectThing("c", add=True)).selection == ("b",)
    assert did(view, wish.SelectThing("")).selection == ()


def test_an_element_replaces_what_is_selected_or_is_added_to_it() -> None:
    view = did(ViewState(), wish.SelectThing("a"), wish.SelectElement(ELEMENT))
    assert (view.selection, view.elements, view.element) == ((), (ELEMENT.key,), ELEMENT)
    view = did(view, wish.SelectThing("a", add=True))
    assert view.marked == {"a", ELEMENT.key}
    assert (view.element, view.selected) == (None, "a")
    assert did(view, wish.SelectElement(ELEMENT, add=True)).elements == ()
    assert did(view, wish.SelectElement(ELEMENT, add=True)).element == ELEMENT
    view = did(view, wish.SelectThing("a"))
    assert (view.selection, view.elements, view.element) == (("a",), (), None)


def test_many_are_selected_at_once_each_of_them_once() -> None:
    view = did(ViewState(), wish.SelectThing("a"), wish.SelectThings(("b", "a"), ("e",), add=True))
    assert (view.selection, view.elements) == (("a", "b"), ("e",))
    assert did(view, wish.SelectThings(("c", "c"))).marked == {"c"}
    assert not did(view, wish.Dismiss()).marked


def test_hide_ghost_and_isolate_work_on_elements_too() -> None:
    chosen = wish.SelectThings(("a",), ("e",))
    view = did(ViewState(), chosen, wish.GhostSelection(), wish.IsolateSelection(), wish.HideSelection())
    assert view.hidden == view.ghosted == view.isolated == {"a", "e"}
    assert not view.marked
    assert did(view, wish.SetHidden(frozenset("e"))).hidden == {"e"}


def test_ghosting_makes_all_see_through_before_it_makes_them_solid() -> None:
    view = ViewState(selection=("a", "b"), ghosted=frozenset({"a", "c"}))
    assert did(view, wish.GhostSelection()).ghosted == {"a", "b", "c"}
    assert did(view, wish.GhostSelection()).ghosted == {"c"}


def test_isolating_the_same_again_shows_everything() -> None:
    view = did(ViewState(selection=("a",)), wish.IsolateSelection())
    assert view.isolated == {"a"}
    assert not did(view, wish.IsolateSelection()).isolated
    assert did(view, wish.SelectThing("b"), wish.IsolateSelection()).isolated == {"b"}


def test_flying_to_an_element_selects_it_and_leaves_the_flight_to_the_app() -> None:
    view = ViewState(selection=("a",))
    assert carry_out(view, wish.FlyToElement(ELEMENT), {}) is False
    assert (view.selection, view.elements, view.element) == ((), (ELEMENT.key,), ELEMENT)


def test_esc_closes_one_thing_after_another_from_the_top() -> None:
    view = ViewState(selection=("a",), panel="tree", draft=NoteDraft("n", (0, 0, 0)), palette_open=True)
    seen = []
    for _ in range(4):
        did(view, wish.Dismiss())
        seen.append((view.palette_open, view.draft is None, view.panel, view.selection))
    assert seen == [
        (False, False, "tree", ("a",)),
        (False, True, "tree", ("a",)),
        (False, True, "", ("a",)),
        (False, True, "", ()),
    ]


def test_hide_ghost_and_isolate_are_undone_by_show_all() -> None:
    view = did(
        ViewState(selection=("a",)), wish.GhostSelection(), wish.IsolateSelection(), wish.HideSelection()
    )
    assert view.hidden == view.ghosted == view.isolated == {"a"}
    assert view.selection == ()
    view = did(view, wish.ShowAll())
    assert not view.hidden | view.ghosted | view.isolated


def test_ghosting_twice_is_solid_again() -> None:
    assert not did(ViewState(selection=("a",)), wish.GhostSelection(), wish.GhostSelection()).ghosted


def test_a_panel_opens_replaces_another_and_closes() -> None:
    view = did(ViewState(), wish.OpenPanel("tree"), wish.OpenPanel("notes"))
    assert view.panel == "notes"
    assert did(view, wish.OpenPanel("notes")).panel == ""


def test_palette_and_cheat_sheet_are_never_open_together() -> None:
    view = did(ViewState(), wish.OpenCheatSheet(), wish.OpenPalette())
    assert (view.palette_open, view.cheat_sheet_open) == (True, False)


def test_preferences_take_only_what_there_is() -> None:
    view = did(
        ViewState(),
        wish.SetPreset("maya"),
        wish.SetTheme("pink"),
        wish.SetQuality("ultra"),
        wish.SetUiScale(0.1),
        wish.SetLanguage("de_AT"),
    )
    p = view.preferences
    assert (p.preset, p.theme, p.quality, p.ui_scale, p.language) == ("cad", "dark", "high", 0.75, "de")
    assert language() == "de"
    did(view, wish.SetPreset("game"), wish.SetTheme("light"), wish.SetQuality("low"))
    assert (p.preset, p.theme, p.quality) == ("game", "light", "low")


def test_text_grows_and_shrinks_in_steps_and_stops_at_the_ends() -> None:
    view = did(ViewState(), wish.StepUiScale(1), wish.StepUiScale(1))
    assert view.preferences.ui_scale == 1.5
    assert did(view, wish.StepUiScale(-9)).preferences.ui_scale == 0.75
    assert did(view, wish.StepUiScale(99)).preferences.ui_scale == 3.0


def test_a_new_note_takes_the_selection_and_the_place_under_the_cursor() -> None:
    view = did(ViewState(selection=("L1.FIL",), hover_point=(1, 2, 3)), wish.BeginNote())
    assert view.draft is not None
    assert (view.draft.thing, view.draft.point, view.draft.is_new) == ("L1.FIL", (1, 2, 3), True)


def test_what_was_written_comes_back_when_the_editor_was_closed_by_mistake() -> None:
    view = did(ViewState(selection=("a",), hover_point=(1, 2, 3)), wish.BeginNote())
    assert view.draft is not None
    view.draft.text = "half a sentence"
    assert did(view, wish.Dismiss()).draft is None
    did(view, wish.BeginNote())
    assert view.draft.text == "half a sentence"
    assert view.laid_aside is None


def test_text_typed_ahead_goes_where_the_keyboard_will_be() -> None:
    view = did(
        ViewState(hover_point=(1, 2, 3)), wish.OpenPanel("tree"), wish.TypeAhead("pu"), wish.TypeAhead("m")
    )
    assert view.searches["tree"] == "pum"
    did(view, wish.BeginNote(), wish.TypeAhead("中"))
    assert view.draft is not None
    assert view.draft.text == "中"
    did(view, wish.OpenPalette(), wish.TypeAhead("x"))
    assert (view.searches["palette"], view.draft.text) == ("x", "中")
    assert did(ViewState(), wish.TypeAhead("x")).searches == {}


def test_without_a_place_no_note_begins() -> None:
    assert did(ViewState(), wish.BeginNote()).draft is None


def test_editing_a_note_starts_from_its_text_and_keeps_its_id() -> None:
    view = did(ViewState(), wish.EditNote("n1"), wish.EditNote("gone"))
    assert view.draft == NoteDraft("n1", NOTE.point, "L1.FIL", "drips", is_new=False)


def test_the_editor_stays_open_until_the_app_has_sent_the_note() -> None:
    view = ViewState(draft=NoteDraft("n", (0, 0, 0), text="x"))
    assert carry_out(view, wish.PutNote("n", "x", (0, 0, 0)), {}) is False
    assert view.draft is not None


@pytest.mark.parametrize(
    "intent",
    [
        wish.FrameSelection(),
        wish.GoToPerson(2),
        wish.Undo(),
        wish.CopyText("x"),
        wish.Quit(),
        wish.RemoveNote("n"),
    ],
)
def test_what_is_not_about_the_view_is_left_to_the_app(intent: wish.Intent) -> None:
    assert carry_out(ViewState(), intent, {}) is False


def test_flying_to_a_thing_selects_it() -> None:
    view = ViewState()
    assert carry_out(view, wish.FlyToThing("a"), {}) is False
    assert view.selection == ("a",)


def test_what_is_done_marks_its_first_step() -> None:
    view = did(
        ViewState(), wish.SelectThing("a"), wish.ColourBy("state"), wish.OpenPalette(), wish.HintDone("note")
    )
    assert view.preferences.hints_done == ["click", "colour", "palette", "note"]


def test_toasts_are_numbered_and_dismissed_by_number() -> None:
    view = ViewState()
    for title in ("a", "b"):
        view.say(lambda number, title=title: Toast(number, title))  # type: ignore[misc]
    assert [t.title for t in did(view, wish.DismissToast(1)).toasts] == ["b"]


def test_an_empty_draft_is_not_finished_and_a_long_one_is_cut() -> None:
    assert finished(NoteDraft("n", (0, 0, 0), text="  \n")) is None
    done = finished(NoteDraft("n", (0, 0, 0), "t", "x" * 5000))
    assert done is not None
    assert len(done.text) == TEXT_MAX


def test_a_marker_is_lifted_towards_the_eye_but_never_past_it() -> None:
    assert lifted((0, 0, 0), towards=(0, -10, 0)) == pytest.approx((0, -0.05, 0))
    assert lifted((0, 0, 0), towards=(0, 0, 0.01)) == pytest.approx((0, 0, 0.01))
    assert lifted((1, 1, 1), towards=(1, 1, 1)) == (1, 1, 1)


def test_preferences_are_remembered_and_damage_gives_the_default(tmp_path: Path) -> None:
    path, mine = tmp_path / "deep" / "preferences.json", Preferences(preset="blender", hints_done=["move"])
    save_preferences(path, mine)
    assert load_preferences(path, Preferences()) == mine
    path.write_bytes(b'{"preset": 3')
    assert load_preferences(path, Preferences(theme="light")).theme == "light"
    assert load_preferences(tmp_path / "none", Preferences()) == Preferences()


def test_a_note_begun_under_the_cursor_stands_on_the_model_there() -> None:
    view = did(ViewState(hover_point=(1, 2, 3), hover_model="m1"), wish.BeginNote())
    assert view.draft is not None
    assert view.draft.model == "m1"
    view.draft.text = "leaks"
    assert finished(view.draft) == wish.PutNote(view.draft.note, "leaks", (1, 2, 3), "", "m1")
    elsewhere = did(ViewState(hover_point=(1, 2, 3), hover_model="m1"), wish.BeginNote("a", (9, 9, 9)))
    assert elsewhere.draft is not None
    assert elsewhere.draft.model == "", "a place that was named is a place of the site"


def test_esc_gives_a_moved_model_up_before_it_closes_a_panel() -> None:
    moving = Moving("m1", "Duplex_A", IN_PLACE, IN_PLACE, (0, 0, 0), (1, 1, 1))
    view = ViewState(panel="models", moving=moving)
    did(view, wish.Dismiss())
    assert (view.moving, view.panel) == (None, "models")
    view.moving = moving
    did(view, wish.GiveUpMove())
    assert view.moving is None


def test_a_failure_that_was_read_is_closed() -> None:
    assert did(ViewState(), wish.CloseTask("m1"), wish.CloseTask("m2")).closed_tasks == {"m1", "m2"}
