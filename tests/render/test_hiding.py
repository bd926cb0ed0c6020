"""Hide, isolate and ghost, from what a person selects to what is to be seen, by pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase

from tests.render.boxes import box_surface
from tests.render.conftest import PLAIN, Pixels, pixels_of
from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    TILESET_PATH,
    Element,
    Material,
    Model,
    parse_manifest,
    read_elements,
    read_joints,
    read_tile,
    read_tileset,
    write_package,
)
from walkdown.twin import ModelThings, Thing
from walkdown_client.app.models import Models
from walkdown_client.app.showing import Showing
from walkdown_client.events import ModelsListed
from walkdown_client.packages import PackageOpened
from walkdown_client.render.notices import EngineNotices
from walkdown_client.scene.view import SceneView
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

pytestmark = pytest.mark.display

BASE = 40
ELEMENTS = (
    Element("site", "Site", "IfcSite"),
    Element("s1", "Level 1", "IfcBuildingStorey", parent=0),
    Element("s2", "Level 2", "IfcBuildingStorey", parent=0),
    Element("a", "Pump", "IfcPump", parent=1),
    Element("b", "Tank", "IfcTank", parent=1),
    Element("b/lid", "Lid", "IfcPlate", parent=4),
    Element("c", "Fan", "IfcFan", parent=2),
    Element("ground", "Ground", "IfcSlab", parent=0),
)
BOXES = {
    "a": ((-2, -0.5, -1), (-1, 0.5, 0)),
    "b": ((-0.5, -0.5, -1), (0.5, 0.5, -0.3)),
    "b/lid": ((-0.5, -0.5, -0.2), (0.5, 0.5, 0)),
    "c": ((1, -0.5, 0.5), (2, 0.5, 1.5)),
    "ground": ((-3, -1, -1.4), (3, 1, -1.2)),
}
ALL = frozenset(BOXES)
PUMP = slice(64, 74), slice(44, 54)
PATCH = slice(58, 62), slice(76, 84)


def house(*, more: int = 0) -> PackageOpened:
    """Two storeys with boxes in them; another revision begins with ``more`` other elements."""
    elements = [Element(f"new {number}", "New") for number in range(more)]
    elements += [replace(e, parent=e.parent + more if e.parent >= 0 else e.parent) for e in ELEMENTS]
    rows = {element.key: row for row, element in enumerate(elements)}
    surfaces = [box_surface(lo, hi, element=rows[key], lines=True) for key, (lo, hi) in BOXES.items()]
    return opened(Model("House", elements, materials=[Material("grey")], surfaces=surfaces))


def opened(model: Model) -> PackageOpened:
    files = write_package(model)
    manifest = parse_manifest(files["manifest.json"])
    ref = PackageRef(manifest.id, "House", Blob("0" * 64, 1), BASE, len(model.elements), model="house")
    table = read_elements(manifest, files.__getitem__)
    tiles = read_tileset(files[TILESET_PATH])
    TILES[manifest.id] = files
    return PackageOpened(ref, manifest, table, read_joints(manifest, files.__getitem__), tiles)


TILES: dict[str, dict[str, bytes]] = {}


@dataclass
class Seen:
    """A scene with a house in it, as one person sees it."""

    scene: SceneView
    models: Models
    showing: Showing
    world: World
    view: ViewState
    opened: PackageOpened

    def do(self, *intents: wish.Intent) -> frozenset[str]:
        """Carry out wishes and return the keys of what is to be seen then."""
        for intent in intents:
            carry_out(self.view, intent, {})
        self.showing.update(self.world, self.view, np.array([0.0, -9.0, 0.0]))
        keys = self.opened.elements.keys
        return frozenset(keys[drawn - BASE] for drawn in self.scene.visible_elements() if drawn >= BASE)

    def pixels(self) -> Pixels:
        return pixels_of(self.scene)


@pytest.fixture
def see(engine: tuple[ShowBase, EngineNotices]) -> Iterator[Callable[..., Seen]]:
    """Return a function that shows a house; with ``things`` each element is one."""
    scenes: list[SceneView] = []

    def show(opened: PackageOpened, *, things: bool = True, view: ViewState | None = None) -> Seen:
        while scenes:
            scenes.pop().close()
        scene, models, world = SceneView(engine[0], PLAIN), Models(), World()
        scenes.append(scene)
        if things:
            brought = tuple(Thing(e.key, e.name, e.kind, element=e.key) for e in ELEMENTS)
            world.apply(ModelsListed((opened.ref,), {"house": ModelThings(brought)}))
        number = scene.add_package(BASE, opened.elements, opened.joints)
        models.open(opened, number, world.twin)
        files = TILES[opened.manifest.id]
        for tile in opened.tiles:
            scene.add_tile(number, read_tile(files[tile.path], files.__getitem__))
        scene.set_camera((0, -9, 0), target=(0, 0, 0), fov_deg=45)
        return Seen(scene, models, Showing(scene, models), world, view or ViewState(), opened)

    yield show
    for scene in scenes:
        scene.close()


def element(seen: Seen, key: str) -> wish.SelectElement:
    info = seen.models.element_at(BASE + seen.opened.elements.row_of(key))
    assert info is not None
    return wish.SelectElement(info)


def test_what_is_hidden_is_gone_with_all_below_it_until_all_is_shown(see: Callable[..., Seen]) -> None:
    seen = see(house())
    assert seen.do() == ALL
    assert seen.do(wish.SelectThing("b"), wish.HideSelection()) == ALL - {"b", "b/lid"}
    assert seen.do(wish.SelectThing("s2"), wish.HideSelection()) == {"a", "ground"}
    assert seen.do(wish.SetHidden(frozenset({"s1"}))) == {"c", "ground"}
    assert seen.do(wish.ShowAll()) == ALL


def test_an_element_that_is_no_thing_is_hidden_isolated_and_ghosted_too(see: Callable[..., Seen]) -> None:
    seen = see(house(), things=False)
    lid = element(seen, "b/lid")
    assert seen.do(lid, wish.HideSelection()) == ALL - {"b/lid"}
    assert seen.do(wish.ShowAll(), lid, wish.IsolateSelection()) == {"b/lid"}
    assert seen.do(wish.ShowAll(), wish.GhostSelection()) == ALL - {"b/lid"}


def test_isolating_leaves_the_storey_faint_and_other_storeys_away(see: Callable[..., Seen]) -> None:
    seen = see(house())
    everything = seen.pixels().astype(int)
    seen.do(wish.SetHidden(ALL))
    nothing = seen.pixels().astype(int)
    assert seen.do(wish.ShowAll(), wish.SelectThing("a"), wish.IsolateSelection()) == {"a"}
    seen.do(wish.SelectThing(""))
    isolated = seen.pixels().astype(int)
    tank, fan, pump = (slice(60, 80), slice(68, 92)), (slice(34, 54), slice(100, 116)), PUMP
    assert np.abs(everything[pump] - nothing[pump]).mean() > 10
    assert np.abs(isolated[pump] - everything[pump]).mean() < 3, "what is isolated is as before"
    assert np.abs(isolated[tank] - nothing[tank]).max() > 10, "its storey is faint"
    assert np.abs(isolated[tank] - everything[tank]).mean() > 5
    assert np.abs(isolated[fan] - nothing[fan]).max() < 3, "another storey is not drawn"


def test_a_ghost_is_see_through_and_solid_when_ghosted_again(see: Callable[..., Seen]) -> None:
    seen = see(house())
    assert seen.do(wish.SelectThing("c"), wish.GhostSelection()) == ALL - {"c"}
    assert seen.do(wish.GhostSelection()) == ALL


def test_many_are_hidden_at_once(see: Callable[..., Seen]) -> None:
    seen = see(house())
    assert seen.do(wish.SelectThings(("a", "c"), ("unheard of",)), wish.HideSelection()) == ALL - {"a", "c"}


def test_what_is_hidden_stays_hidden_in_the_next_revision(see: Callable[..., Seen]) -> None:
    before = see(house())
    before.do(wish.SelectThing("b"), wish.HideSelection(), wish.SelectThing("c"), wish.GhostSelection())
    after = see(house(more=3), view=before.view)
    assert after.opened.elements.row_of("b") != before.opened.elements.row_of("b")
    assert after.do() == {"a", "ground"}


def test_who_takes_the_roof_away_sees_the_floor_in_the_sun(see: Callable[..., Seen]) -> None:
    floor, roof = ((-4, -4, -1.4), (4, 4, -1.2)), ((-4, -4, 1), (4, 4, 1.2))
    elements = [Element("floor", "Floor"), Element("roof", "Roof")]
    surfaces = [box_surface(*floor, element=0), box_surface(*roof, element=1)]
    seen = see(opened(Model("Shed", elements, materials=[Material("grey")], surfaces=surfaces)), things=False)
    seen.scene.set_camera((0, -9, 0), target=(0, 0, -1.2), fov_deg=45)
    seen.do()
    shaded = seen.pixels().astype(int)[PATCH].mean()
    seen.do(element(seen, "roof"), wish.GhostSelection())
    assert abs(seen.pixels().astype(int)[PATCH].mean() - shaded) < 3, "a ghost casts its shadow all the same"
    seen.do(wish.GhostSelection(), wish.HideSelection())
    assert seen.pixels().astype(int)[PATCH].mean() > shaded + 15
