"""What panels say and what a click on them wishes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from tests.ui.conftest import Screen
from walkdown.i18n import LANGUAGES
from walkdown.messages import Blob, Delays, PackageRef, ServerStatus
from walkdown.package import parse_manifest, read_elements, write_package
from walkdown.package.model import Element, Model
from walkdown.twin import ModelThings, Thing
from walkdown_client.events import Heard, LinkChanged, ModelsListed
from walkdown_client.input.camera import Rig
from walkdown_client.input.controls import Controls
from walkdown_client.input.events import ButtonDown, ButtonUp, InputEvent, PointerMoved, Typed
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import NoteDraft, Toast
from walkdown_client.ui.facts import Loading, OpenModel
from walkdown_client.ui.panels import values
from walkdown_client.world import World

pytestmark = pytest.mark.display

TREE_TOP, ANSWER_PX = 163, 33
"""Where the first line of the tree begins, and by how much further down with an answer above it."""

PANELS = ("tree", "states", "people", "notes", "colour", "faults", "sources", "settings")


def test_the_bars_say_who_is_here_and_how_fast_it_is(screen: Screen) -> None:
    assert "Walkdown\nFilling hall\nLIVE" in screen.text("top_bar")
    assert "4 people" in screen.text("status_line")
    assert "14 signals, 2 stale, 1 bad" in screen.text("status_line")
    assert "signal → you 110 ms" in screen.text("status_line")
    assert "60 fps" in screen.text("status_line")
    assert "(everyone:" not in screen.text("status_line")


def test_what_the_server_measures_stands_beside_what_is_measured_here(screen: Screen) -> None:
    screen.world.apply(Heard(Delays(0.04, 0.085, 0.05, 0.09, 0.003)))
    screen.do(wish.OpenPanel("sources"))
    screen.frame()
    assert "signal → you 110 ms (everyone: 85 ms)" in screen.text("status_line")
    assert "(everyone: 90 ms)" in screen.text("status_line")
    text = screen.text("sources")
    assert "Signal → everyone\n40 ms · 85 ms" in text
    assert "Move → everyone\n50 ms · 90 ms" in text
    assert "Tick of the server\n3 ms" in text


def test_unknown_figures_are_a_dash_and_never_nan(make_screen: Callable[..., Screen]) -> None:
    screen = make_screen()
    screen.world = World()
    screen.facts = dataclasses.replace(screen.facts, frame_secs=float("nan"))
    screen.settle()
    everything = str(screen.interface.drawn_text())
    assert "nan" not in everything.lower()
    assert "signal → you —" in screen.text("status_line")


def test_the_inspector_tells_what_a_thing_is_and_how_it_is(screen: Screen) -> None:
    screen.do(wish.SelectThing("L1.FIL"))
    screen.frame()
    text = screen.text("inspector")
    for expected in (
        "Filler\nGood · filler",
        "Output\n27,002\nbottle/h\ngood",
        "Carbonation\n5.09\ng/L\nstale",
        "State\nRunning",
        "Guard closed\nYes",
        "Product\n—",
        "Serial number\nFR-2041-7731",
        "Aldersee Abfülltechnik",
        "Fills 42 bottles in one turn",
        "feeds\nCapper",
        "depends on\nProduct pump",
        "Head 7 drips",
        "Rated output\n45,000 bottles/h",
    ):
        assert expected in text


def test_many_values_are_folded_until_all_are_asked_for(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "VALUES_ALL", 5)
    monkeypatch.setattr(values, "VALUES_FIRST", 3)
    screen.do(wish.SelectThing("L1.FIL"))
    screen.settle()
    assert "Product flow" not in screen.text("inspector")
    assert "All 9 values" in screen.text("inspector")
    screen.click(1300, 36 + 10 + 46 + 28 + 6 + 30 + 26 * 3 + 18)
    assert "Fewer values" in screen.text("inspector")
    assert "Product flow" in screen.text("inspector")


def test_a_value_that_stopped_says_for_how_long(screen: Screen) -> None:
    screen.do(wish.SelectThing("L1.FIL"))
    screen.world.signals.times_ns[screen.world.twin.signal_row("L1.FIL.co2")] -= 95 * 10**9
    screen.frame()
    assert "Carbonation\n5.09\ng/L\nstale 95 s" in screen.text("inspector")


def test_a_panel_is_made_wider_by_its_edge_and_stays_within_limits(screen: Screen) -> None:
    screen.do(wish.SelectThing("L1.FIL"), wish.OpenPanel("tree"))
    screen.settle()
    for start, end in ((362, 462), (1242, 1142)):
        screen.settle(PointerMoved(start, 400))
        screen.settle(ButtonDown("mouse1"), frames=1)
        screen.settle(PointerMoved(end, 400), frames=1)
        screen.settle(ButtonUp("mouse1"))
    assert (screen.view.preferences.left_width, screen.view.preferences.right_width) == (420, 460)
    screen.settle(PointerMoved(462, 400))
    screen.settle(ButtonDown("mouse1"), frames=1)
    screen.settle(PointerMoved(20, 400), frames=1)
    assert screen.view.preferences.left_width == 260


def test_nothing_selected_leaves_the_picture_free(screen: Screen) -> None:
    assert "inspector" not in screen.interface.drawn_text()
    assert screen.interface.layout is not None
    assert screen.interface.layout.right is None


def test_a_selection_that_the_twin_does_not_know_is_passed_over(screen: Screen) -> None:
    screen.do(wish.SelectThing("GONE"))
    screen.frame()
    assert screen.text("inspector") == ""


def test_an_element_without_a_thing_shows_its_model_and_properties(screen: Screen) -> None:
    model = model_of(("gltf:/root/wheel", "Wheel", -1))
    screen.facts = dataclasses.replace(screen.facts, models=(model,))
    screen.do(wish.SelectElement(wish.ElementInfo(500, "gltf:/root/wheel", "Wheel", "part", "truck")))
    screen.frame()
    text = screen.text("inspector")
    assert "Wheel\npart" in text
    assert "gltf:/root/wheel" in text
    assert "File\ntruck" in text
    assert "mass\n12 kg" in text


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_of_the_rail_opens_and_closes_again(screen: Screen, panel: str) -> None:
    screen.do(wish.OpenPanel(panel))
    screen.settle()
    assert screen.text(panel)
    assert screen.interface.layout is not None
    left = screen.interface.layout.left
    assert left is not None
    found = screen.click(left.x + left.width - 24, left.y + 22)
    assert found == [wish.OpenPanel(panel)]
    screen.do(wish.Dismiss())
    screen.frame()
    assert screen.view.panel == ""
    assert screen.text(panel) == ""


def test_the_tree_unfolds_and_a_search_looks_at_names_ids_and_types(screen: Screen) -> None:
    screen.do(wish.OpenPanel("tree"))
    screen.settle()
    assert "Filling hall" in screen.text("tree")
    assert "Line 1" not in screen.text("tree")
    screen.view.unfolded |= {"HALL", "L1"}
    screen.frame()
    assert "Labeller" in screen.text("tree")
    for search, answer in (("fil.mo", "Main drive motor"), ("pump", "Product pump"), ("flr", "Filler")):
        screen.fill(search)
        assert answer in screen.text("tree")
        assert "Labeller" not in screen.text("tree")
    screen.fill("zzz")
    assert "Nothing answers “zzz”." in screen.text("tree")


def test_enter_in_the_search_of_the_tree_selects_the_best(screen: Screen) -> None:
    screen.do(wish.OpenPanel("tree"))
    screen.settle()
    screen.fill("capper")
    found = screen.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert found == [wish.SelectThing("L1.CAP")]


def test_a_click_in_the_tree_selects_and_a_double_click_flies_there(screen: Screen) -> None:
    screen.do(wish.OpenPanel("tree"))
    screen.view.searches["tree"] = "labeller"
    screen.settle()
    place = (200, TREE_TOP + ANSWER_PX + 13)
    found = screen.click(*place, count=2)
    assert wish.SelectThing("L1.LAB") in found
    assert wish.FlyToThing("L1.LAB") in found


def test_the_worst_states_stand_first(screen: Screen) -> None:
    screen.do(wish.OpenPanel("states"))
    screen.frame()
    text = screen.text("states")
    order = [text.index(name) for name in ("Capper", "Product filter", "Rinser", "Product pump", "Labeller")]
    assert order == sorted(order)
    assert "FT-101 · Pressure drop 1.17 bar" in text


def test_a_calm_plant_says_so(screen: Screen) -> None:
    screen.world.thing_states[:] = 1
    screen.do(wish.OpenPanel("states"))
    screen.frame()
    assert "Nothing needs attention." in screen.text("states")


def test_people_are_listed_with_what_they_look_at_and_a_click_goes_there(screen: Screen) -> None:
    screen.do(wish.OpenPanel("people"))
    screen.settle()
    assert "访客 2\nparticipant\nlooks at Filler" in screen.text("people")
    assert "Ada\nyou" in screen.text("people")
    rows_y = 36 + 10 + 36 + 48
    assert screen.click(200, rows_y + 60 + 22) == [wish.GoToPerson(3)]
    assert screen.click(100, rows_y + 3 * 60 + 50) == [wish.SelectThing("L1.FIL")]
    assert screen.click(200, rows_y + 22) == []


def test_notes_are_listed_newest_first_and_only_my_own_can_be_changed(screen: Screen) -> None:
    screen.do(wish.OpenPanel("notes"))
    screen.settle()
    text = screen.text("notes")
    assert text.index("盖子扭矩偏低") < text.index("Head 7 drips")
    right = 44 + 320 - 12
    rows_y = 36 + 10 + 36 + 36 + 40
    assert screen.click(right - 14, rows_y + 64 + 38 + 12) == [wish.RemoveNote("n1")]
    assert screen.click(right - 40, rows_y + 64 + 38 + 12) == [wish.EditNote("n1")]
    assert screen.click(right - 14, rows_y + 38 + 12) == [wish.GoToNote("n2")]


def test_a_quantity_of_many_things_is_offered_once_and_gets_a_legend(screen: Screen) -> None:
    screen.do(wish.OpenPanel("colour"))
    screen.frame()
    assert screen.text("colour").count("Motor temperature") == 1
    assert "Alarm 1" in screen.text("legend")
    screen.do(wish.ColourBy("signal", "Motor temperature", "Cel"))
    screen.frame()
    assert screen.text("legend") == "Motor temperature · °C\n0\n120\ngrey: no value"
    screen.do(wish.ColourBy("none"))
    screen.frame()
    assert screen.text("legend") == ""


def test_the_noise_map_says_what_its_colours_and_lines_mean_and_what_it_is_not(screen: Screen) -> None:
    screen.do(wish.ColourBy("noise"))
    screen.facts = dataclasses.replace(screen.facts, noise_db=71.6)
    screen.frame()
    text = screen.text("legend")
    assert "72 dB(A) here" in text
    for said in ("40", "90", "85 dB(A): upper action value", "45 dB(A): outdoors at night", "no certificate"):
        assert said in text
    assert "72 dB(A) here" in screen.text("status_line")
    screen.facts = dataclasses.replace(screen.facts, noise_db=float("-inf"))
    screen.frame()
    assert "nothing is heard here" in screen.text("legend")
    assert "dB(A)" not in screen.text("status_line")


def test_the_noise_map_is_chosen_beside_the_other_colours(screen: Screen) -> None:
    screen.do(wish.OpenPanel("colour"))
    screen.frame()
    assert "How loud it is" in screen.text("colour")


def test_a_disturbance_is_started_and_ended(screen: Screen) -> None:
    screen.do(wish.OpenPanel("faults"))
    screen.settle()
    assert "Product filter clogs" in screen.text("faults")
    assert screen.text("faults").count("Start it") == 2
    screen.world.disturbances.add("filter")
    screen.frame()
    assert "End it" in screen.text("faults")


def test_a_session_without_disturbances_has_no_icon_for_them(make_screen: Callable[..., Screen]) -> None:
    from walkdown_client.ui.panels.rail import offered

    assert not offered(World().twin, "faults")
    assert offered(make_screen().world.twin, "faults")


def test_sources_say_how_they_are(screen: Screen) -> None:
    screen.world.apply(Heard(ServerStatus(writable=False, text="the disk is full")))
    screen.do(wish.OpenPanel("sources"))
    screen.frame()
    text = screen.text("sources")
    assert "cannot keep notes" in text
    assert "the disk is full" in text
    assert "connection refused; trying again in 8 s" in text


def test_settings_change_preset_language_theme_and_size(screen: Screen) -> None:
    screen.do(wish.OpenPanel("settings"))
    screen.settle()
    row_y = 36 + 10 + 36 + 4 + 26 + 14
    assert screen.click(44 + 12 + 130, row_y) == [wish.SetPreset("blender")]
    screen.do(wish.SetLanguage("de"), wish.SetTheme("light"), wish.SetUiScale(9))
    assert screen.view.preferences.ui_scale == 3.0
    screen.do(wish.SetUiScale(1))
    screen.frame()
    assert screen.view.preferences.theme == "light"


# ---- over the scene ---------------------------------------------------------------------------------


def test_the_palette_finds_things_people_notes_and_actions_and_enter_takes_one(screen: Screen) -> None:
    screen.do(wish.OpenPalette())
    screen.settle()
    screen.settle(Typed("capp"))
    assert "L1.CAP\nCapper" in screen.text("palette")
    found = screen.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert found == [wish.OpenPalette(), wish.FlyToThing("L1.CAP")]
    screen.do(wish.OpenPalette())
    screen.settle()
    screen.do(wish.OpenPalette())
    screen.settle()
    for search, answer in (
        ("guest", "Go to Guest 3"),
        ("扭矩", "盖子扭矩偏低"),
        ("roof", "Take the roof off"),
        ("filter clogs", "Start: Product filter clogs"),
        ("deutsch", "Language: Deutsch"),
    ):
        screen.fill(search)
        assert answer in screen.text("palette")


def test_the_palette_offers_only_what_makes_sense_now(screen: Screen) -> None:
    screen.view.palette_open = True
    screen.view.searches["palette"] = "hide the selection"
    screen.frame()
    assert "Hide the selection" not in screen.text("palette")
    screen.do(wish.SelectThing("L1.FIL"))
    screen.frame()
    assert "Hide the selection" in screen.text("palette")


def test_the_palette_leads_to_the_other_sessions_of_the_server(screen: Screen) -> None:
    screen.facts = dataclasses.replace(screen.facts, sessions=(("Yard", 3, "ws://127.0.0.1:8765/Yard"),))
    screen.view.palette_open = True
    screen.view.searches["palette"] = "session yard"
    screen.settle()
    assert "Leave for the session Yard" in screen.text("palette")
    found = screen.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert wish.JoinElsewhere("ws://127.0.0.1:8765/Yard") in found


def test_arrows_move_the_choice_of_the_palette_round(screen: Screen) -> None:
    screen.do(wish.OpenPalette())
    screen.settle()
    screen.settle(ButtonDown("arrow_up"), ButtonUp("arrow_up"))
    assert screen.view.palette_row == 11
    screen.settle(ButtonDown("arrow_down"), ButtonUp("arrow_down"))
    assert screen.view.palette_row == 0


@pytest.mark.parametrize(("preset", "drag"), [("cad", "Right drag"), ("blender", "Middle drag")])
def test_the_cheat_sheet_shows_the_keys_of_the_preset(screen: Screen, preset: str, drag: str) -> None:
    screen.do(wish.SetPreset(preset), wish.OpenCheatSheet())
    screen.frame()
    text = screen.text("cheat_sheet")
    assert f"{drag}\nTurn about what is under the cursor" in text
    assert "Ctrl+Y · Ctrl+Shift+Z\nRepeat what I took back" in text
    assert "W\nForward" in text


def test_first_steps_go_away_one_by_one(screen: Screen) -> None:
    assert "right drag" in screen.text("hints")
    screen.do(wish.HintDone("move"))
    screen.frame()
    assert "Click a machine" in screen.text("hints")
    screen.do(wish.SelectThing("L1.FIL"))
    screen.frame()
    assert "Press C" in screen.text("hints")
    screen.do(wish.HintDone("all"))
    screen.frame()
    assert screen.text("hints") == ""


def test_loading_says_how_much_is_left(screen: Screen) -> None:
    loading = Loading(12_400_000, 30_100_000, 1200, 3324, 4.2)
    screen.facts = dataclasses.replace(screen.facts, loading=loading)
    screen.frame()
    assert screen.text("loading") == "Loading 12.4 MB of 30.1 MB · 1,200 of 3,324 elements · 5 s left"


def test_a_lost_connection_says_what_waits(screen: Screen) -> None:
    screen.world.apply(LinkChanged("reconnecting", "no answer for 10 s"))
    screen.facts = dataclasses.replace(screen.facts, waiting_notes=3)
    screen.frame()
    assert screen.text("connection") == "reconnecting… 3 changes wait here\nno answer for 10 s"
    assert "Reconnecting" in screen.text("top_bar")


def test_a_toast_goes_by_itself_and_an_error_stays_with_its_details(screen: Screen) -> None:
    screen.view.say(lambda n: Toast(n, "Guest 3 is here", person=3, until_secs=101.0))
    screen.view.say(
        lambda n: Toast(n, "The note was not placed", "Write one of your own.", "not-yours", is_error=True)
    )
    screen.settle()
    assert "Go there" in screen.text("toast_1")
    assert "Details" not in screen.text("toast_1")
    screen.facts = dataclasses.replace(screen.facts, now_secs=102.0)
    screen.do(*screen.settle())
    assert [toast.number for toast in screen.view.toasts] == [2]
    assert "The note was not placed\nWrite one of your own." in screen.text("toast_2")


def test_a_note_is_written_and_placed_with_enter(screen: Screen) -> None:
    screen.do(wish.BeginNote("L1.CAP", (44.0, 9.0, 1.4)))
    screen.settle(frames=4)
    screen.settle(Typed("盖"), frames=2)
    screen.settle(Typed("子"), frames=2)
    draft = screen.view.draft
    assert draft is not None
    assert "on Capper" in screen.text("note_editor")
    found = screen.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert wish.PutNote(draft.note, "盖子", (44.0, 9.0, 1.4), "L1.CAP") in found


@pytest.mark.parametrize(("key", "held"), [("n", ()), ("k", ("control",)), ("f", ("control",))])
def test_nothing_typed_is_lost_or_doubled_however_slow_a_field_opens(
    screen: Screen, key: str, held: tuple[str, ...]
) -> None:
    screen.view.hover_point = (1, 2, 3)
    controls = Controls(Rig(), screen.view, lambda _x, _y: None)
    batches: list[list[InputEvent]] = [
        [*map(ButtonDown, held), ButtonDown(key), ButtonUp(key), *map(ButtonUp, held)]
    ]
    batches[0].append(Typed("a"))
    batches += [[Typed(letter), ButtonDown(letter), ButtonUp(letter)] for letter in "bcdefghijk"]
    for events in [*batches, [], [], []]:
        screen.input.feed(events)
        keys = not screen.input.wants_keys
        for event in events:
            screen.do(*controls.feed(event, now_secs=0.0, keys=keys))
        screen.do(*controls.advance(0.02, now_secs=0.0, size=screen.panel.size))
        screen.panel.begin(1 / 60)
        screen.interface.draw(screen.world, screen.view, screen.facts, size=screen.panel.size)
        screen.panel.end()
    draft = screen.view.draft
    written = draft.text if draft else screen.view.searches["palette" if key == "k" else "tree"]
    assert written == "abcdefghijk"


def test_esc_keeps_what_was_written(screen: Screen) -> None:
    screen.do(wish.BeginNote("L1.CAP", (44.0, 9.0, 1.4)))
    screen.settle(frames=4)
    screen.settle(Typed("half"))
    screen.frame(ButtonDown("escape"))
    assert screen.view.draft is not None
    assert screen.view.draft.text == "half"


def test_a_note_that_was_refused_is_there_again_with_what_happened_meanwhile(screen: Screen) -> None:
    said = "Changed meanwhile by Carl, who wrote: theirs"
    screen.view.draft = NoteDraft("n1", (1, 2, 3), text="mine", is_new=False, base=9, meanwhile=said)
    screen.settle(frames=4)
    assert said in screen.text("note_editor")
    found = screen.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert wish.PutNote("n1", "mine", (1, 2, 3), base=9) in found


def test_an_empty_note_is_not_placed(screen: Screen) -> None:
    screen.view.draft = NoteDraft("x", (0, 0, 0))
    screen.settle(frames=4)
    assert screen.settle(ButtonDown("enter"), ButtonUp("enter")) == []


def test_the_name_under_the_cursor_appears_when_it_rests(screen: Screen) -> None:
    screen.view.hovered = "L1.FIL"
    screen.settle(PointerMoved(800, 450), frames=5)
    assert screen.text("hover") == ""
    screen.settle(frames=20)
    assert screen.text("hover") == "Filler\nOutput 27,002 bottle/h"


# ---- languages, sizes, themes -----------------------------------------------------------------------


def everything_open(screen: Screen) -> None:
    screen.view.cheat_sheet_open = True
    screen.view.draft = NoteDraft("x", (1, 2, 3), "L1.FIL", "盖子")
    screen.view.say(lambda n: Toast(n, "Guest 3 is here", person=3))
    screen.facts = dataclasses.replace(screen.facts, loading=Loading(1, 2, 3, 4, 5.0))
    screen.world.apply(LinkChanged("reconnecting", "…"))
    screen.do(wish.SelectThing("L1.FIL"))


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_no_panel_needs_a_glyph_that_the_fonts_lack(screen: Screen, language: str) -> None:
    from imgui_bundle import imgui

    everything_open(screen)
    screen.do(wish.SetLanguage(language))
    used: set[str] = set()
    for panel in PANELS:
        screen.view.panel = panel
        screen.frame()
        used.update(*(text for texts in screen.interface.drawn_text().values() for text in texts))
    font = imgui.get_io().fonts.fonts[0]
    assert {char for char in used if char.isprintable() and not font.is_glyph_in_font(ord(char))} == set()


@pytest.mark.parametrize("scale", [0.75, 1.5, 3.0])
def test_every_panel_draws_at_every_scale_and_in_a_narrow_window(
    make_screen: Callable[..., Screen], scale: float
) -> None:
    screen = make_screen(800, 600)
    everything_open(screen)
    screen.do(wish.SetUiScale(scale), wish.SetTheme("light"))
    for panel in PANELS:
        screen.view.panel = panel
        screen.settle()
        assert screen.text(panel)
        assert bool(screen.text("inspector")) == (scale < 800 / 900)
    assert len(np.unique(screen.pixels().reshape(-1, 4), axis=0)) > 50


def test_a_narrow_window_shows_one_panel_at_a_time(make_screen: Callable[..., Screen]) -> None:
    screen = make_screen(850, 600)
    screen.do(wish.SelectThing("L1.FIL"), wish.OpenPanel("tree"))
    screen.frame()
    assert screen.text("tree")
    assert screen.text("inspector") == ""
    screen.do(wish.Dismiss())
    screen.frame()
    assert screen.text("inspector")


def test_panels_leave_the_scene_free_and_the_layout_says_where(screen: Screen) -> None:
    screen.do(wish.SelectThing("L1.FIL"), wish.OpenPanel("tree"))
    screen.settle()
    layout = screen.interface.layout
    assert layout is not None
    scene = layout.scene
    assert (scene.x, scene.y, scene.width, scene.height) == (364, 36, 1600 - 364 - 360, 900 - 62)
    middle = screen.pixels()[300:500, 500:1100]
    assert (middle == middle[0, 0]).all()
    panel = screen.pixels()[300:500, 1300:1590]
    assert (panel != middle[0, 0]).any()


# ---- the elements of a model ------------------------------------------------------------------------


def model_of(*rows: tuple[str, str, int]) -> OpenModel:
    model = Model("truck", [Element(key, name, parent=parent) for key, name, parent in rows])
    model.elements[-1].properties["mass"] = "12 kg"
    files = write_package(model)
    manifest = parse_manifest(files["manifest.json"])
    ref = PackageRef(manifest.id, "truck", Blob("a" * 64, 1), 500, len(rows))
    return OpenModel(ref, read_elements(manifest, files.__getitem__))


def test_a_model_without_things_shows_its_elements(screen: Screen) -> None:
    screen.world = World()
    model = model_of(("gltf:/t", "Truck", -1), ("gltf:/t/w", "Wheel", 0))
    screen.facts = dataclasses.replace(screen.facts, models=(model,))
    screen.do(wish.OpenPanel("tree"))
    screen.view.unfolded.add("gltf:/t")
    screen.settle()
    assert "Truck" in screen.text("tree")
    found = screen.click(200, TREE_TOP + 26 * 1.5)
    assert found == [wish.SelectElement(wish.ElementInfo(501, "gltf:/t/w", "Wheel", "part", "truck"))]


def test_an_element_that_a_thing_draws_is_the_thing_and_its_parts_are_parts(screen: Screen) -> None:
    model = model_of(("plant:/L1/CAP", "Capper", -1), ("plant:/L1/CAP/lid", "Lid", 0))
    screen.facts = dataclasses.replace(screen.facts, models=(model,))
    screen.view.tree_by = "elements"
    screen.view.unfolded.add("L1.CAP")
    screen.do(wish.OpenPanel("tree"))
    screen.settle()
    assert wish.SelectThing("L1.CAP") in screen.click(200, TREE_TOP + 13)
    found = screen.click(200, TREE_TOP + 26 * 1.5)
    assert found == [wish.SelectElement(wish.ElementInfo(501, "plant:/L1/CAP/lid", "Lid", "part", "truck"))]


def test_a_part_of_a_model_that_was_brought_in_shows_its_key_without_the_model(screen: Screen) -> None:
    model = model_of(("gltf:/t", "Truck", -1), ("gltf:/t/w", "Wheel", 0))
    ref = msgspec.structs.replace(model.ref, model="6d0a")
    truck = Thing("6d0a#gltf:/t", "Truck", "part", element="gltf:/t", element_model="6d0a")
    screen.world.apply(ModelsListed((ref,), {"6d0a": ModelThings((truck,))}))
    screen.facts = dataclasses.replace(screen.facts, models=(OpenModel(ref, model.elements),))
    screen.do(wish.SelectThing(truck.id))
    screen.settle()
    text = screen.text("inspector")
    assert "Id\ngltf:/t\n" in text
    assert "6d0a#" not in text
    assert screen.view.selected == truck.id
