"""Lookups between things and the elements that draw them."""

from __future__ import annotations

import numpy as np

from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    TILESET_PATH,
    Element,
    Material,
    Model,
    Surface,
    parse_manifest,
    read_elements,
    read_joints,
    read_tileset,
    write_package,
)
from walkdown.twin import Thing, make_catalogue
from walkdown_client.app.models import Models, bind_elements
from walkdown_client.packages import PackageOpened
from walkdown_client.tools.intents import ElementInfo
from walkdown_client.twin_index import NOTHING, TwinIndex

BASE = 100


def opened_package(*, far_m: float = 0.0) -> PackageOpened:
    """A filler with a motor and a bolt, a loose crate, and perhaps something very far away."""
    elements = [
        Element("plant:/FIL", "Filler"),
        Element("plant:/FIL/MOT", "Motor", parent=0),
        Element("plant:/FIL/MOT/bolt", "Bolt", parent=1),
        Element("plant:/crate", "Crate", properties={"weight": 3}),
    ]
    places = [(1, 0.0), (2, 2.0), (3, 10.0)]
    if far_m:
        elements.append(Element("plant:/lost", "Lost"))
        places.append((4, far_m))
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 1]], np.float32)
    surfaces = [
        Surface(
            corners + np.array([x, 0, 0], np.float32),
            np.tile(np.array([0, 0, 1], np.float32), (3, 1)),
            np.full(3, row, np.uint32),
            np.zeros(3, np.uint32),
            np.array([[0, 1, 2]], np.uint32),
        )
        for row, x in places
    ]
    files = write_package(Model("small", elements=elements, materials=[Material("steel")], surfaces=surfaces))
    manifest = parse_manifest(files["manifest.json"])
    ref = PackageRef(
        manifest.id, "small", Blob("0" * 64, len(files["manifest.json"])), base=BASE, count=len(elements)
    )
    table = read_elements(manifest, files.__getitem__)
    return PackageOpened(
        ref, manifest, table, read_joints(manifest, files.__getitem__), read_tileset(files[TILESET_PATH])
    )


def twin() -> TwinIndex:
    things = (
        Thing("FIL", "Filler", element="plant:/FIL"),
        Thing("FIL.MOT", "Motor", element="plant:/FIL/MOT", parent="FIL"),
        Thing("GHOST", "Nothing draws it", element="plant:/nowhere"),
    )
    return TwinIndex(make_catalogue(1, things=things))


def models(*, far_m: float = 0.0) -> Models:
    made = Models()
    made.open(opened_package(far_m=far_m), 0, twin())
    return made


def test_an_element_belongs_to_the_nearest_thing_above_it() -> None:
    assert bind_elements(opened_package().elements, twin()).tolist() == [0, 1, 1, NOTHING]


def test_a_thing_draws_all_that_is_below_it() -> None:
    assert sorted(models().ids_of("FIL").tolist()) == [BASE, BASE + 1, BASE + 2]
    assert sorted(models().ids_of("FIL.MOT").tolist()) == [BASE + 1, BASE + 2]


def test_a_thing_that_nothing_draws_has_no_ids_and_no_box() -> None:
    assert models().ids_of("GHOST").size == 0
    assert models().box_of("GHOST") is None
    assert models().box_of("unheard of") is None


def test_a_drawn_id_leads_back_to_its_thing() -> None:
    found = models()
    assert [found.thing_at(BASE + row) for row in range(4)] == ["FIL", "FIL.MOT", "FIL.MOT", ""]
    assert found.thing_at(0) == found.thing_at(10_000) == ""


def test_an_element_that_is_no_thing_is_told_by_name() -> None:
    info = models().element_at(BASE + 3)
    assert info is not None
    assert (info.key, info.name, info.package) == ("plant:/crate", "Crate", "small")
    bolt = ElementInfo(BASE + 2, "plant:/FIL/MOT/bolt", "Bolt", "part", "small")
    assert models().element_at(BASE + 2) == bolt
    assert models().element_at(BASE) is None, "it is the filler"
    assert models().element_at(0) is None


def test_the_box_of_a_thing_covers_its_parts() -> None:
    box = models().box_of("FIL")
    assert box is not None
    assert np.allclose(box, [[0, 0, 0], [3, 1, 1]], atol=1e-3)


def test_something_lost_far_away_does_not_ruin_everything() -> None:
    box = models(far_m=300_000.0).box_of_all()
    assert box is not None
    assert box[1][0] < 12
