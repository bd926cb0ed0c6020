"""Two models whose elements have equal keys keep their things apart; keys of the whole world are shared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.bringing import bring, glb_of, offer_of, packages_of, ticket_for, until_shown, wdp_of
from tests.server.conftest import Guest, House, open_house, unpack_blob
from tests.server.test_http import ask
from walkdown.messages import PutNote, RemoveModel, Select
from walkdown.settings import ServerSettings
from walkdown.twin import element_id, is_worldwide
from walkdown_server.app import running_server
from walkdown_server.importers.command import import_files
from walkdown_server.sites import bound_site, file_site, model_site

WALL = "ifc:2O2Fr$t4X7Zf8NOew3FLOH"
HOME = "gml:NL.IMBAG.Pand.0599100000701103"


async def things_of(house: House, package: dict[str, Any]) -> dict[str, dict[str, Any]]:
    blob = await ask(house, f"/blob/{package['things']['sha256']}")
    return {thing["id"]: thing for thing in unpack_blob(blob.body)["things"]}


async def bring_twice(house: House, guest: Guest) -> list[str]:
    """Bring a cube in as two models; the server wants its bytes once."""
    first = (await bring(house, guest, glb_of("Cube"), "cube.glb"))["model"]
    offer = offer_of(glb_of("Cube"), "cube.glb")
    assert await ticket_for(guest, offer) is None
    return [first, offer.model]


async def select(guest: Guest, thing: str) -> None:
    await guest.say(Select(thing=thing))
    await guest.until(lambda: guest.people.get(guest.me, {}).get("selected", "") == thing)


async def test_two_files_with_equal_keys_bring_things_of_their_own(house: House) -> None:
    async with house.guest("Ada") as ada:
        models = [(await bring(house, ada, glb_of("Cube"), name))["model"] for name in ("a.glb", "b.glb")]
        shown = await until_shown(ada, *models)
        for model in models:
            found = await things_of(house, shown[model])
            assert list(found) == [f"{model}#gltf:/", f"{model}#gltf:/Cube"]
            cube = found[f"{model}#gltf:/Cube"]
            assert (cube["element"], cube["element_model"], cube["parent"]) == (
                "gltf:/Cube",
                model,
                f"{model}#gltf:/",
            )
            await select(ada, cube["id"])
            put = {"note": model, "text": "x", "point": (0.0, 0.0, 0.0), "thing": cube["id"], "model": model}
            assert (await ada.operate(PutNote, **put))["number"]
        await ada.operate(RemoveModel, model=models[0])
        put = {"text": "x", "point": (0.0, 0.0, 0.0)}
        gone = await ada.operate(PutNote, note="n", thing=f"{models[0]}#gltf:/Cube", **put)
        assert gone["code"] == "unknown"
        assert (await ada.operate(PutNote, note="n", thing=f"{models[1]}#gltf:/Cube", **put))["number"]


async def test_the_same_file_as_two_models_has_things_twice_after_a_restart_too(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        models = await bring_twice(house, ada)
        shown = await until_shown(ada, *models)
        assert shown[models[0]]["id"] == shown[models[1]]["id"]
        found = [await things_of(house, shown[model]) for model in models]
        assert found[0].keys().isdisjoint(found[1])
    async with open_house(tmp_path) as house, house.guest("Bob") as bob:
        shown = await until_shown(bob, *models)
        assert [await things_of(house, shown[model]) for model in models] == found


async def test_keys_of_the_whole_world_are_one_thing_in_all_models(house: House) -> None:
    async with house.guest("Ada") as ada:
        models = [(await bring(house, ada, wdp_of(WALL, HOME, name=name), "x.wdp"))["model"] for name in "ab"]
        shown = await until_shown(ada, *models)
        found = [await things_of(house, shown[model]) for model in models]
        assert found[0] == found[1]
        assert list(found[0]) == [WALL, HOME]


@pytest.mark.parametrize(
    "key",
    [
        "ifc:not-in-a-storey",
        "ifc:#12",
        f"{WALL}[2]",
        WALL.replace(":", ":hall/"),
        "gml:b1",
        "gml:hall/building_1_of_2",
        "obj:/2O2Fr$t4X7Zf8NOew3FLOH",
    ],
)
def test_a_key_that_other_files_may_have_by_chance_belongs_to_its_model(key: str) -> None:
    assert not is_worldwide(key)
    assert element_id("m", key) == f"m#{key}"


async def test_a_thing_with_the_longest_key_can_be_selected_and_noted(house: House) -> None:
    async with house.guest("Ada") as ada:
        model = (await bring(house, ada, wdp_of("x" * 1000), "x.wdp"))["model"]
        thing = f"{model}#{'x' * 1000}"
        await select(ada, thing)
        assert (await ada.operate(PutNote, note="n", text="x", point=(0.0, 0.0, 0.0), thing=thing))["number"]


async def test_a_lost_package_that_two_models_have_comes_back_for_both(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        models = await bring_twice(house, ada)
        package = (await until_shown(ada, *models))[models[0]]["id"]
    (tmp_path / "models" / package / "manifest.json").unlink()
    async with open_house(tmp_path) as house, house.guest("Bob") as bob:
        assert set(packages_of(bob)) == {"small"}
        await bring(house, bob, glb_of("Cube"), "cube.glb", model=models[1])
        shown = await until_shown(bob, *models)
        assert [list(await things_of(house, shown[m]))[1] for m in models] == [
            f"{m}#gltf:/Cube" for m in models
        ]


async def test_a_file_brought_beside_an_equal_one_of_the_start_has_things_of_its_own(tmp_path: Path) -> None:
    import_files([glb(tmp_path / "hall.glb", "Cube")], tmp_path / "hall.wdp")
    site = model_site([tmp_path / "hall.wdp"])
    async with running_server(ServerSettings(port=0, data=tmp_path / "data"), site) as server:
        house = House(server, site.catalogue, None)  # type: ignore[arg-type]
        async with house.guest("Ada") as ada:
            model = (await bring(house, ada, glb_of("Cube"), "b.glb"))["model"]
            shown = await until_shown(ada, "hall", model, but_not="small")
            assert list(await things_of(house, shown[model])) == [f"{model}#gltf:/", f"{model}#gltf:/Cube"]
            await bring(house, ada, glb_of("Cube", "Ball"), "c.glb", model="hall")
            await ada.until(lambda: packages_of(ada)["hall"]["things"])
            found = await things_of(house, packages_of(ada)["hall"])
            assert list(found) == ["hall#gltf:/Ball"]
            assert found["hall#gltf:/Ball"]["parent"] == "gltf:/"


def glb(path: Path, *parts: str) -> Path:
    path.write_bytes(glb_of(*parts))
    return path


def packages(folder: Path) -> list[Path]:
    """Two packages, each with a cube under the same key."""
    made = [folder / "a.wdp", folder / "b.wdp"]
    for path in made:
        import_files([glb(path.with_suffix(".glb"), "Cube")], path)
    return made


def test_of_two_packages_of_the_start_the_first_has_bare_keys(tmp_path: Path) -> None:
    things = model_site(packages(tmp_path)).catalogue.things
    assert [(t.id, t.element, t.element_model, t.parent) for t in things] == [
        ("gltf:/", "gltf:/", "a", ""),
        ("gltf:/Cube", "gltf:/Cube", "a", "gltf:/"),
        ("b#gltf:/", "gltf:/", "b", ""),
        ("b#gltf:/Cube", "gltf:/Cube", "b", "b#gltf:/"),
    ]
    assert all(thing.is_element for thing in things)


def test_two_files_of_the_start_are_one_model_with_a_key_each(tmp_path: Path) -> None:
    files = [glb(tmp_path / "a.glb", "Cube"), glb(tmp_path / "b.glb", "Cube")]
    things = file_site(files, cache=tmp_path / "cache").catalogue.things
    assert {"gltf:a/Cube", "gltf:b/Cube"} <= {thing.id for thing in things}


def test_packages_of_the_start_with_equal_names_and_keys_are_told_apart(tmp_path: Path) -> None:
    made = [tmp_path / "a.wdp", tmp_path / "b.wdp"]
    for path in made:
        path.write_bytes(wdp_of("obj:/x", WALL, name="hall"))
    things = model_site(made).catalogue.things
    assert [thing.id for thing in things] == ["obj:/x", WALL, "hall 2#obj:/x"]


BINDINGS = """
[broker]
host = "127.0.0.1"

[[thing]]
id = "P-1"
element = "gltf:/Cube"

[[thing]]
id = "P-2"
element = "b#gltf:/Cube"

[[signal]]
topic = "t/{thing}"
thing = "P-*"
name = "temperature"
"""


@pytest.mark.parametrize("count", [1, 2])
def test_a_binding_file_names_the_elements_of_each_model(tmp_path: Path, count: int) -> None:
    (tmp_path / "bindings.toml").write_text(BINDINGS, encoding="utf-8")
    site = bound_site(model_site(packages(tmp_path)[:count]), tmp_path / "bindings.toml")
    things = {thing.id: thing for thing in site.catalogue.things}
    first = things["P-1"]
    assert (first.element, first.element_model, first.parent) == ("gltf:/Cube", "a", "gltf:/")
    assert not first.is_element
    assert "gltf:/Cube" not in things
    if count == 2:
        second = things["P-2"]
        assert (second.element, second.element_model, second.parent) == ("gltf:/Cube", "b", "b#gltf:/")
        assert "b#gltf:/Cube" not in things
