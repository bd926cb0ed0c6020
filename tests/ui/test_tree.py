"""The tree panel, the search in it, and the inspector, over a model with storeys."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.ui.conftest import Screen
from tests.ui.test_panels import ANSWER_PX, TREE_TOP
from walkdown.blocks import SignalValues
from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    Element,
    Model,
    parse_manifest,
    property_columns,
    read_elements,
    write_package,
)
from walkdown.twin import ModelThings, Relation, Thing
from walkdown_client.events import ModelsListed, Tick
from walkdown_client.input.events import ButtonDown, ButtonUp, InputEvent, PointerMoved
from walkdown_client.inventory import Inventory, Part
from walkdown_client.tools import intents as wish
from walkdown_client.ui.facts import OpenModel
from walkdown_client.ui.panels import properties

pytestmark = pytest.mark.display

PROPERTIES: dict[str, str | float | int | bool] = {
    "Pset_WallCommon.IsExternal": True,
    "Pset_WallCommon.FireRating": "EI60",
    "BaseQuantities.Length [m]": 2.5,
    "Tag": "",
}
ELEMENTS = (
    Element("b", "House", "IfcBuilding"),
    Element("s1", "Level 1", "IfcBuildingStorey", parent=0, properties={"Elevation [m]": 0.0}),
    Element("s2", "Level 2", "IfcBuildingStorey", parent=0, properties={"Elevation [m]": 3.0}),
    Element("w1", "Wall 1", "IfcWall", parent=1, properties=PROPERTIES),
    Element("w2", "Wall 2", "IfcWall", parent=1, properties=PROPERTIES | {"BaseQuantities.Length [m]": 4.0}),
    Element("d", "Door", "IfcDoor", parent=2, system="Access"),
    Element("pin", "Pin", "IfcFastener", parent=5),
)
HIDDEN_PX = 24
"""How much further down the tree begins when something is hidden."""
TOP = TREE_TOP + 31
"""Five ways to sort need two lines."""
IDENTITY = 36 + 10 + 46 + 28 + 6 + 30
"""Where the first line of the inspector begins."""


@pytest.fixture
def house(screen: Screen) -> Screen:
    """A screen with a house whose walls and door are things; the tree is open."""
    files = write_package(Model("House", list(ELEMENTS)))
    manifest = parse_manifest(files["manifest.json"])
    ref = PackageRef(manifest.id, "House", Blob("a" * 64, 1), 500, len(ELEMENTS), model="house")
    table = read_elements(manifest, files.__getitem__)
    things = tuple(Thing(e.key, e.name, e.kind, element=e.key) for e in ELEMENTS if e.key != "pin")
    relations = (Relation("w1", "d", "connects_to"),)
    screen.world.apply(ModelsListed((ref,), {"house": ModelThings(things, relations)}))
    inventory = Inventory(screen.world.twin, [Part("House", 500, table)])
    inventory.learn(0, property_columns(table.property_chunks()))
    screen.facts = dataclasses.replace(screen.facts, models=(OpenModel(ref, table),), inventory=inventory)
    screen.view.tree_by = "storeys"
    screen.do(wish.OpenPanel("tree"))
    screen.settle()
    return screen


def lines(screen: Screen) -> list[str]:
    """The texts of the tree below its buttons: what stands behind a name, then the name."""
    texts = screen.text("tree").split("\n")
    return texts[texts.index("Models") + 1 :]


def click_line(screen: Screen, place: int, *, x: float = 200, shift: float = 0.0) -> list[wish.Intent]:
    return screen.click(x, TOP + shift + 26 * place + 13)


def press(screen: Screen, *keys: str) -> list[wish.Intent]:
    found: list[wish.Intent] = []
    for key in keys:
        found += screen.settle(ButtonDown(key), frames=1) + screen.settle(ButtonUp(key), frames=1)
    return [intent for intent in found if not isinstance(intent, wish.HoverThing)]


def held(screen: Screen, key: str, place: int) -> list[wish.Intent]:
    """Click a line while a key is down."""
    events: list[InputEvent] = [ButtonDown(key)]
    screen.settle(*events)
    found = click_line(screen, place)
    screen.settle(ButtonUp(key))
    return found


def test_a_tree_is_sorted_in_the_way_one_chooses(house: Screen) -> None:
    assert lines(house) == ["2", "Level 1", "1", "Level 2"]
    house.view.tree_by = "types"
    house.view.unfolded.add("types/IfcWall")
    house.settle()
    shown = lines(house)
    assert shown[shown.index("IfcWall") - 1 :][:6] == ["2", "IfcWall", "Wall", "Wall 1", "Wall", "Wall 2"]
    house.view.tree_by = "systems"
    house.settle()
    assert lines(house)[:2] == ["2", "Access"]


def test_a_click_on_the_arrow_unfolds_and_on_the_eye_hides(house: Screen) -> None:
    click_line(house, 0, x=64)
    assert lines(house)[:4] == ["2", "Level 1", "Wall", "Wall 1"]
    assert click_line(house, 1, x=342) == [wish.SetHidden(frozenset({"w1"}))]
    house.do(wish.SetHidden(frozenset({"s1"})))
    assert click_line(house, 1, x=342, shift=HIDDEN_PX) == [wish.SetHidden(frozenset({"w2"}))]
    assert "Not everything is shown – show it" in house.text("tree")
    assert house.click(200, TOP + 12) == [wish.ShowAll()]


def test_a_group_selects_all_in_it_and_a_part_below_a_thing_is_an_element(house: Screen) -> None:
    house.view.tree_by = "types"
    house.settle()
    walls = lines(house).index("IfcWall") // 2
    assert click_line(house, walls) == [wish.SelectThings(("w1", "w2"))]
    house.view.tree_by = "storeys"
    house.view.unfolded |= {"s2", "d"}
    house.settle()
    pin = wish.ElementInfo(506, "pin", "Pin", "IfcFastener", "House")
    assert click_line(house, 3) == [wish.SelectElement(pin)]


def test_with_ctrl_one_adds_and_with_shift_all_between_are_selected(house: Screen) -> None:
    house.view.unfolded.add("s1")
    house.do(wish.SelectThing("w1"))
    house.settle()
    assert held(house, "control", 2) == [wish.SelectThing("w2", add=True)]
    assert held(house, "shift", 3) == [wish.SelectThings(("w1", "w2", "s2"))]


def test_arrows_walk_fold_and_select_and_space_hides(house: Screen) -> None:
    click_line(house, 0)
    house.settle(PointerMoved(800, 400))
    press(house, "arrow_right")
    assert "Wall 1" in lines(house)
    press(house, "arrow_down", "arrow_down")
    assert house.view.tree_row == "w2"
    assert press(house, "enter") == [wish.SelectThing("w2")]
    house.do(wish.SelectThing("w2"))
    assert press(house, "enter") == [wish.FlyToThing("w2")]
    assert press(house, "space") == [wish.SetHidden(frozenset({"w2"}))]
    press(house, "arrow_left", "arrow_left")
    assert house.view.tree_row == "s1"
    assert "Wall 1" not in lines(house)


def test_what_is_selected_elsewhere_is_unfolded_once(house: Screen) -> None:
    house.do(wish.SelectThing("d"))
    house.settle()
    assert "Door" in lines(house)
    house.view.unfolded.discard("s2")
    house.settle()
    assert "Door" not in lines(house)


def test_a_search_leaves_its_answers_in_the_tree_and_offers_what_to_do(house: Screen) -> None:
    house.fill("length>3")
    assert lines(house) == ["1 found", "1 / 2", "Level 1", "Wall", "Wall 2"]
    for x, then in ((276, None), (306, wish.IsolateSelection()), (336, wish.HideSelection())):
        found = house.click(x, TOP + 14)
        assert found == [wish.SelectThings(("w2",)), *([then] if then else [])]
    assert click_line(house, 1, shift=ANSWER_PX) == [wish.SelectThing("w2")]


def test_what_cannot_be_read_is_said_under_the_field_and_the_tree_stays(house: Screen) -> None:
    house.fill("length>long")
    assert "Expected a number after >, got 'long'" in house.text("tree")
    assert lines(house)[:2] == ["2", "Level 1"]


def test_a_search_of_live_values_is_answered_anew_at_most_twice_a_second(house: Screen) -> None:
    def play(value: float) -> None:
        table, world = house.world.signals, house.world
        index = np.array([table.index("P-101.power")])
        found = SignalValues("f32", index, np.array([value]), np.zeros(1, np.uint8), np.zeros(1))
        world.apply(Tick(500, world.session_ns + 10**9, (), (found,)))

    play(3.0)
    house.fill("power>10")
    assert "Nothing answers" in house.text("tree")
    play(12.0)
    house.settle()
    assert "Nothing answers" in house.text("tree"), "half a second has not gone by"
    house.facts = dataclasses.replace(house.facts, now_secs=house.facts.now_secs + 0.5)
    house.settle()
    assert "Product pump" in house.text("tree"), "though it is in no storey"


def test_while_the_models_are_read_the_panel_says_so(house: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkdown_client.ui.rows.SMALL", 3)
    house.facts = dataclasses.replace(house.facts, inventory=None)
    house.do(wish.SelectThing("w1"))
    house.settle()
    assert "The models are being read…" in house.text("tree")
    assert "Wall 1" in house.text("inspector")


# ---- the inspector ----------------------------------------------------------------------------------


def test_the_inspector_shows_properties_by_group_with_their_units(house: Screen) -> None:
    house.do(wish.SelectThing("w1"))
    house.settle()
    text = house.text("inspector")
    assert text.startswith("Wall 1\nIfcWall\nIdentity\nId\nw1")
    assert "Storey\nLevel 1\nSystem\nWall 1\nFile\nHouse" in text
    assert "connects to\nDoor" in text
    assert (
        "Properties\n4\nTag\n—\nBaseQuantities\n1\nLength\n2.5\nm\nPset_WallCommon\n2\nFireRating\nEI60\n"
        "IsExternal\nYes"
    ) in text
    assert "No state" not in text


def test_many_properties_are_searched_and_a_group_is_folded(
    house: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(properties, "SEARCHED_FROM", 3)
    house.do(wish.SelectThing("w1"))
    house.view.searches["properties"] = "fire rating"
    house.settle()
    assert "FireRating" in house.text("inspector")
    assert "Length" not in house.text("inspector")
    house.view.searches["properties"] = "ei6"
    house.settle()
    assert "FireRating" in house.text("inspector")
    house.view.searches["properties"] = "nonsense"
    house.settle()
    assert "No property has “nonsense” in it." in house.text("inspector")
    house.view.searches["properties"] = ""
    house.view.unfolded.add("properties/Pset_WallCommon")
    house.settle()
    assert "Pset_WallCommon\n2" in house.text("inspector")
    assert "FireRating" not in house.text("inspector")


def test_all_of_a_type_or_storey_are_selected_and_values_are_copied(house: Screen) -> None:
    house.do(wish.SelectThing("w1"))
    house.settle()
    found = [house.click(1400, IDENTITY + 24 * place + 12) for place in range(3)]
    assert found[0] == [wish.CopyText("w1")]
    assert found[1] == [wish.SelectThings(("w1", "w2"))]
    assert found[2] == [wish.SelectThings(("s1", "w1", "w2"))]


def test_of_many_the_inspector_shows_what_they_have_in_common(house: Screen) -> None:
    house.do(wish.SelectThings(("w1", "w2")))
    house.settle()
    text = house.text("inspector")
    assert text.startswith("2 selected\nTypes\n1\nIfcWall\n2\nStoreys\n1\nLevel 1\n2")
    assert "FireRating\nEI60" in text
    assert "IsExternal\nYes" in text
    assert "Length\n2.5 – 4\nm" in text
    house.do(wish.SelectThings(("w1", "d"), ("pin",)))
    house.settle()
    text = house.text("inspector")
    assert "3 selected" in text
    assert "In common" not in text
    assert house.click(1400, IDENTITY + 12) == [wish.SelectThings(("w1",))]


def test_an_element_that_is_no_thing_is_told_about_and_can_be_hidden(house: Screen) -> None:
    house.do(wish.SelectElement(wish.ElementInfo(506, "pin", "Pin", "IfcFastener", "House")))
    house.settle()
    text = house.text("inspector")
    assert text.startswith("Pin\nIfcFastener\nIdentity\nId\npin")
    assert "Part of\nDoor" in text
    assert "System\nAccess" in text
    assert wish.HideSelection() in house.click(1240 + 12 + 15 + 90, 36 + 10 + 46 + 14)


def test_the_palette_answers_queries_and_says_what_it_cannot_read(house: Screen) -> None:
    house.do(wish.OpenPalette())
    house.settle()
    house.fill("type:wall length>3")
    assert house.text("palette").split("\n")[1:] == ["IfcWall", "Level 1", "Wall 2"]
    assert press(house, "enter") == [wish.OpenPalette(), wish.FlyToThing("w2")]
    house.view.searches["palette"] = "length>x"
    house.settle()
    assert "Expected a number after >, got 'x'" in house.text("palette")
