"""Two models whose elements have equal keys are selected, hidden and shown in the tree each for itself."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.app.test_models import BASE, opened_package
from walkdown.messages import PackageRef
from walkdown.twin import ModelThings, Thing, element_id, make_catalogue
from walkdown_client.app.models import Models
from walkdown_client.events import ModelsListed
from walkdown_client.inventory import Inventory, Part
from walkdown_client.packages import PackageOpened
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.world import World

KEYS = ("plant:/FIL", "plant:/FIL/MOT")


def packages() -> tuple[PackageOpened, PackageOpened]:
    """The same package as two models, 100 m apart; the bolt and the crate are no things."""
    opened = opened_package()
    away = (1.0, 0.0, 0.0, 100.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    refs = [
        msgspec.structs.replace(opened.ref, model="a", author="Ada"),
        msgspec.structs.replace(opened.ref, model="b", author="Bob", base=BASE + 10, placement=away),
    ]
    first, second = (PackageOpened(r, opened.manifest, opened.elements, (), opened.tiles) for r in refs)
    return first, second


def brought(model: str) -> ModelThings:
    parents = ("", element_id(model, KEYS[0]))
    return ModelThings(
        tuple(
            Thing(element_id(model, key), key, element=key, parent=parent, element_model=model)
            for key, parent in zip(KEYS, parents, strict=True)
        )
    )


def twin() -> TwinIndex:
    """Things of both models, and one of the catalogue that draws this element of any model."""
    catalogue = make_catalogue(1, things=[Thing("P", "Pump", element=KEYS[0])])
    return TwinIndex(catalogue, {"a": brought("a"), "b": brought("b")})


@pytest.fixture
def models() -> Models:
    made, known = Models(), twin()
    for number, opened in enumerate(packages()):
        made.open(opened, number, known)
    return made


def test_what_is_picked_is_of_the_model_that_was_hit(models: Models) -> None:
    assert [models.thing_at(BASE + 10 * n) for n in (0, 1)] == ["a#plant:/FIL", "b#plant:/FIL"]
    assert models.thing_at(BASE + 11) == models.thing_at(BASE + 12) == "b#plant:/FIL/MOT"


def test_what_is_hidden_or_flown_to_is_of_one_model(models: Models) -> None:
    assert models.ids_of("a#plant:/FIL").tolist() == [BASE, BASE + 1, BASE + 2]
    assert models.ids_of("b#plant:/FIL").tolist() == [BASE + 10, BASE + 11, BASE + 12]
    assert models.ids_of("plant:/FIL").size == 0
    boxes = [models.box_of(f"{model}#plant:/FIL") for model in "ab"]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert np.allclose(boxes[1][0] - boxes[0][0], (100, 0, 0))


def test_elements_that_are_no_things_are_told_apart_too(models: Models) -> None:
    crates = [models.element_at(BASE + 10 * n + 3) for n in (0, 1)]
    assert [crate and crate.key for crate in crates] == ["a#plant:/crate", "b#plant:/crate"]
    assert [models.ids_of(crate.key).tolist() for crate in crates if crate] == [[BASE + 3], [BASE + 13]]


def test_what_draws_the_element_of_any_model_draws_that_of_a_model_without_a_thing_for_it() -> None:
    made = Models()
    first, second = packages()
    known = TwinIndex(make_catalogue(1, things=[Thing("P", "Pump", element=KEYS[0])]), {"b": brought("b")})
    made.open(first, 0, known)
    made.open(second, 1, known)
    assert [made.thing_at(BASE), made.thing_at(BASE + 10)] == ["P", "b#plant:/FIL"]
    assert made.ids_of("P").tolist() == [BASE, BASE + 1, BASE + 2]


def test_the_tree_and_the_search_have_a_row_for_each() -> None:
    known = twin()
    parts = [Part(o.ref.model, o.ref.base, o.elements, o.ref.model) for o in packages()]
    rows = Inventory(known, parts)
    found = {key: int(rows.drawn[rows.row_of(key)]) for key in rows.keys}
    assert {key: drawn for key, drawn in found.items() if drawn != NOTHING} == {
        "a#plant:/FIL": BASE,
        "a#plant:/FIL/MOT": BASE + 1,
        "a#plant:/FIL/MOT/bolt": BASE + 2,
        "a#plant:/crate": BASE + 3,
        "b#plant:/FIL": BASE + 10,
        "b#plant:/FIL/MOT": BASE + 11,
        "b#plant:/FIL/MOT/bolt": BASE + 12,
        "b#plant:/crate": BASE + 13,
    }
    assert [rows.model_names.of(rows.row_of(f"{model}#plant:/FIL")) for model in "ab"] == ["a", "b"]
    assert rows.texts[rows.row_of("b#plant:/crate")] == "crate plant:/crate part"
    assert rows.readable_keys[rows.row_of("a#plant:/FIL")] == KEYS[0]
    assert rows.findable.all()


def test_a_model_that_goes_leaves_the_things_of_the_other() -> None:
    world = World()
    refs = tuple[PackageRef, ...](opened.ref for opened in packages())
    world.apply(ModelsListed(refs, {"a": brought("a"), "b": brought("b")}))
    world.apply(ModelsListed(refs[1:], {"b": brought("b")}))
    assert [thing.id for thing in world.catalogue.things] == ["b#plant:/FIL", "b#plant:/FIL/MOT"]
    assert world.twin.model_of("b#plant:/FIL") == "b"
