"""Models come into a running session: everyone sees the placeholder and then the model, and it stays."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.server.bringing import (
    bring,
    city_of,
    end_of,
    glb_of,
    new_id,
    offer_of,
    packages_of,
    put,
    ticket_for,
    until_shown,
    wdp_of,
    zip_of,
)
from tests.server.conftest import Guest, House, open_house, unpack_blob
from tests.server.test_http import ask
from walkdown.messages import (
    IN_PLACE,
    CancelModel,
    ImportOptions,
    PlaceModel,
    PutNote,
    Redo,
    RemoveModel,
    Select,
    Undo,
)
from walkdown_server.door.people import Identity

TRUCK = Path(__file__).parents[1] / "data" / "CesiumMilkTruck.glb"
STL = (
    b"solid plate\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1000 0 0\nvertex 0 500 0\n"
    b"endloop\nendfacet\nendsolid plate\n"
)
HOME_KEY = "gml:house%200"
THERE = (1.0, 0.0, 0.0, 7.0, 0.0, 1.0, 0.0, 8.0, 0.0, 0.0, 1.0, 9.0)


async def things_of(house: House, package: dict[str, Any]) -> list[str]:
    blob = await ask(house, f"/blob/{package['things']['sha256']}")
    return [thing["id"] for thing in unpack_blob(blob.body)["things"]]


async def test_a_file_is_seen_by_everyone_as_a_placeholder_and_then_as_a_model(house: House) -> None:
    data = TRUCK.read_bytes()
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        offer = offer_of(data, "My truck.glb", placement=THERE)
        path = await ticket_for(ada, offer)
        first = await bob.said("model_task", model=offer.model)
        assert (first["file"], first["author"], first["phase"]) == ("My truck.glb", ada.me, "upload")
        assert tuple(first["placement"]) == THERE
        assert (await put(house, path, data)).status == 201
        done = await end_of(bob, offer.model)
        assert done["phase"] == "done"
        assert "5 elements came out" in done["text"]
        package = (await until_shown(bob, offer.model))[offer.model]
        assert (package["name"], package["author"], package["base"]) == ("My truck", "Ada", 2)
        assert tuple(package["placement"]) == THERE
        record = await bob.said("record", kind="model")
        assert record["body"]["package"] == package["id"]
        manifest = (await ask(house, f"/blob/{package['manifest']['sha256']}")).body
        assert hashlib.sha256(manifest).hexdigest() == package["manifest"]["sha256"]
        assert f"{offer.model}#gltf:/Cesium_Milk_Truck" in await things_of(house, package)
        phases = [m["phase"] for m in bob.messages if m["t"] == "model_task"]
        assert phases == sorted(phases, key=["upload", "read", "write", "done"].index)


async def test_a_late_joiner_is_welcomed_with_the_models_as_they_stand(house: House) -> None:
    async with house.guest("Ada") as ada:
        done = await bring(house, ada, glb_of("wall"))
        await ada.operate(PlaceModel, model=done["model"], placement=THERE)
    async with house.guest("Bob") as bob:
        found = {p["model"]: tuple(p["placement"]) for p in bob.welcome["packages"]}
        assert found == {"small": IN_PLACE, done["model"]: THERE}


async def test_a_package_is_taken_as_it_is(house: House) -> None:
    data = wdp_of("hall:/gate", name="Gate house")
    async with house.guest("Ada") as ada:
        done = await bring(house, ada, data, "gate.wdp")
        package = (await until_shown(ada, done["model"]))[done["model"]]
        assert (package["name"], package["count"]) == ("Gate house", 1)
        assert await things_of(house, package) == [f"{done['model']}#hall:/gate"]


async def test_what_is_said_about_a_file_is_heeded(house: House) -> None:
    async with house.guest("Ada") as ada:
        options = ImportOptions(scale=1000.0, up="Z")
        done = await bring(house, ada, glb_of("wall"), options=options)
        package = (await until_shown(ada, done["model"]))[done["model"]]
        opened = house.server.hosted.intake._shelf._packages[package["id"]]
        assert opened.elements().hi[-1].tolist() == [1000.0, 1000.0, 0.0]


async def test_a_file_without_a_unit_fails_with_what_to_do_and_comes_in_with_one(house: House) -> None:
    async with house.guest("Ada") as ada:
        model = new_id()
        end = await bring(house, ada, STL, "plate.stl", model=model)
        assert (end["phase"], "does not say its unit" in end["text"]) == ("failed", True)
        end = await bring(house, ada, STL, "plate.stl", model=model, options=ImportOptions(unit=0.001))
        assert end["phase"] == "done"
        package = (await until_shown(ada, model))[model]
        opened = house.server.hosted.intake._shelf._packages[package["id"]]
        assert opened.elements().hi[-1].tolist() == pytest.approx([1.0, 0.5, 0.0])


async def test_a_zip_brings_a_model_with_what_it_refers_to(house: House) -> None:
    obj = "mtllib m.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
    files = {"a/house.obj": obj, "a/m.mtl": "newmtl red\nKd 1 0 0\n", "b/shed.obj": obj}
    data = zip_of(((path, text.encode()) for path, text in files.items()), zipfile.ZIP_DEFLATED)
    options = ImportOptions(unit=1.0)
    async with house.guest("Ada") as ada:
        assert "a/house.obj" in (await bring(house, ada, data, "both.zip", options=options))["text"]
        end = await bring(house, ada, data, "both.zip", main="a/house.obj", options=options)
        assert end["phase"] == "done", end
        package = (await until_shown(ada, end["model"]))[end["model"]]
        assert package["name"] == "both"


async def next_tick(guest: Guest) -> None:
    """Receive the tick after an answer, with everything that follows from it."""
    last = guest.ticks[-1]
    await guest.until(lambda: guest.ticks[-1] > last)


async def test_moving_removing_and_bringing_in_are_undone_and_redone(house: House) -> None:
    async with house.guest("Ada") as ada:
        model = (await bring(house, ada, glb_of("wall")))["model"]
        await ada.operate(PlaceModel, model=model, placement=THERE)
        await ada.operate(RemoveModel, model=model)
        await until_shown(ada)
        seen = []
        for _ in range(3):
            assert (await ada.operate(Undo))["number"]
            await next_tick(ada)
            seen.append(packages_of(ada).get(model, {}).get("placement"))
        for _ in range(3):
            assert (await ada.operate(Redo))["number"]
            await next_tick(ada)
            seen.append(packages_of(ada).get(model, {}).get("placement"))
        there, here = list(THERE), list(IN_PLACE)
        assert seen == [there, here, None, here, there, None]


async def test_a_model_of_the_start_is_removed_and_comes_back_as_it_was(house: House) -> None:
    async with house.guest("Ada") as ada:
        before = packages_of(ada)["small"]
        assert (await ada.operate(RemoveModel, model="small"))["number"]
        await ada.until(lambda: not packages_of(ada))
        assert (await ada.operate(Undo))["number"]
        await ada.until(lambda: packages_of(ada) == {"small": before})


async def test_anyone_may_move_and_remove_what_another_brought(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        model = (await bring(house, ada, glb_of("wall")))["model"]
        assert (await bob.operate(PlaceModel, model=model, placement=THERE))["number"]
        assert (await bob.operate(RemoveModel, model=model))["number"]
        record = await ada.said("record", kind="model_removed")
        assert record["author"] == "Bob"


async def test_a_second_revision_keeps_place_and_notes_and_gets_ids_of_its_own(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        model = (await bring(house, ada, glb_of("wall", "door"), "house.glb"))["model"]
        await ada.operate(PlaceModel, model=model, placement=THERE)
        wall, door = f"{model}#gltf:/wall", f"{model}#gltf:/door"
        for note, thing in (("kept", wall), ("lost", door)):
            reply = await ada.operate(
                PutNote, note=note, text=note, point=(0.1, 0.2, 0.0), thing=thing, model=model
            )
            assert reply["number"]
        await next_tick(ada)
        older = packages_of(ada)[model]
        done = await bring(house, bob, glb_of("wall", "gate", size=2.0), "house 2.glb", model=model)
        assert tuple(done["placement"]) == THERE
        await bob.until(lambda: packages_of(bob)[model]["id"] != older["id"])
        newer = packages_of(bob)[model]
        assert (newer["name"], newer["author"], tuple(newer["placement"])) == ("house 2", "Bob", THERE)
        assert newer["base"] == older["base"] + older["count"]
        records = [m["body"] for m in bob.messages if m["t"] == "record" and m["kind"] == "model"]
        assert [body.get("revision", 1) for body in records] == [1, 2]
        notes = {n.note: (n.thing, n.model) for n in house.server.room.session.snapshot().notes}
        assert notes == {"kept": (wall, model), "lost": (door, model)}
        changed = {"text": "moved on", "point": (0.1, 0.2, 0.0), "model": model}
        assert (await ada.operate(PutNote, note="lost", thing=door, **changed))["number"]
        assert (await ada.operate(PutNote, note="new", thing=door, **changed))["code"] == "unknown"
        assert (await bob.operate(Undo))["number"]
        await bob.until(lambda: packages_of(bob)[model] == older)


async def test_the_next_revision_of_a_model_of_the_start_brings_only_what_is_new(house: House) -> None:
    async with house.guest("Ada") as ada:
        data = wdp_of("plant:/L1/FIL", "plant:/L1/CAP", name="small")
        await bring(house, ada, data, "small.wdp", model="small")
        await ada.until(lambda: packages_of(ada)["small"]["things"])
        assert await things_of(house, packages_of(ada)["small"]) == ["small#plant:/L1/CAP"]


async def test_things_of_a_model_can_be_selected_while_it_is_there(house: House) -> None:
    async with house.guest("Ada") as ada:
        model = (await bring(house, ada, glb_of("wall")))["model"]
        wall = f"{model}#gltf:/wall"
        await ada.say(Select(thing=wall))
        await ada.until(lambda: ada.people.get(ada.me, {}).get("selected") == wall)
        await ada.operate(RemoveModel, model=model)
        await ada.say(Select(thing=wall))
        await ada.until(lambda: not ada.people[ada.me].get("selected"))


async def test_models_of_one_reference_system_stand_as_their_coordinates_say(house: House) -> None:
    east, north = 84_000.25, 447_000.5
    async with house.guest("Ada") as ada:
        first = wdp_of("a", name="first", epsg=7415, origin=(east, north, 0.0))
        second = wdp_of("b", name="second", epsg=7415, origin=(east + 120.5, north - 30.0, 2.0))
        other = wdp_of("c", name="other", epsg=28992, origin=(east, north, 0.0))
        ends = [await bring(house, ada, data, "x.wdp") for data in (first, second, other)]
        await until_shown(ada, *(end["model"] for end in ends))
        offsets = [packages_of(ada)[end["model"]]["placement"][3::4] for end in ends]
        assert offsets == [[0.0, 0.0, 0.0], [120.5, -30.0, 2.0], [0.0, 0.0, 0.0]]
        assert "EPSG:28992" in ends[2]["text"]
        assert "EPSG" not in ends[1].get("text", "")


async def test_a_revision_whose_middle_lies_elsewhere_keeps_the_zero_of_the_first(house: House) -> None:
    home = (90_000.0, 435_000.0)
    away = [(120_000.0 + 50 * n, 455_000.0) for n in range(5)]
    async with house.guest("Ada") as ada:
        model = (await bring(house, ada, city_of(home), "a.city.json"))["model"]
        older = (await until_shown(ada, model))[model]
        await bring(house, ada, city_of(home, *away), "b.city.json", model=model)
        await ada.until(lambda: packages_of(ada)[model]["id"] != older["id"])
        known = house.server.hosted.intake._shelf._packages
        before, after = known[older["id"]], known[packages_of(ada)[model]["id"]]
        assert any(before.manifest.origin)
        assert after.manifest.origin == before.manifest.origin
        boxes = [(p.elements().lo[p.elements().keys.index(HOME_KEY)]).tolist() for p in (before, after)]
        assert boxes[0] == boxes[1]
        assert packages_of(ada)[model]["placement"] == older["placement"]
        alone = (await bring(house, ada, city_of(*away), "c.city.json"))["model"]
        origin = known[(await until_shown(ada, model, alone))[alone]["id"]].manifest.origin
        offset = [new - old for new, old in zip(origin, before.manifest.origin, strict=True)]
        assert packages_of(ada)[alone]["placement"][3::4] == offset != [0.0, 0.0, 0.0]


async def test_a_restart_keeps_models_their_places_and_what_can_be_undone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        secret = ada.welcome["secret"]
        gone = (await bring(house, ada, glb_of("gate")))["model"]
        model = (await bring(house, ada, glb_of("wall"), placement=THERE))["model"]
        await ada.operate(RemoveModel, model=gone)
        await ada.operate(RemoveModel, model="small")
        await ada.until(lambda: "small" not in packages_of(ada))
        before = packages_of(ada)
    async with open_house(tmp_path) as house, house.guest("Ada", resume=secret) as ada:
        ada._ops = iter(range(100, 200))  # type: ignore[assignment]
        assert {m: (p["id"], p["placement"]) for m, p in packages_of(ada).items()} == {
            model: (before[model]["id"], list(THERE))
        }
        things = await things_of(house, packages_of(ada)[model])
        assert things == [f"{model}#gltf:/", f"{model}#gltf:/wall"]
        await ada.operate(Undo)
        await ada.operate(Undo)
        shown = await until_shown(ada, model, gone)
        assert (await ask(house, f"/blob/{shown[gone]['manifest']['sha256']}")).status == 200
        spans = sorted((p["base"], p["base"] + p["count"]) for p in shown.values())
        assert all(stop <= start for (_, stop), (start, _) in pairwise(spans))


async def test_a_package_that_was_deleted_is_named_and_the_rest_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        lost = (await bring(house, ada, glb_of("gate"), "gate.glb"))["model"]
        kept = (await bring(house, ada, glb_of("wall")))["model"]
        package = (await until_shown(ada, lost, kept))[lost]["id"]
    (tmp_path / "models" / package / "manifest.json").unlink()
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        assert set(packages_of(ada)) == {"small", kept}
        status = await ada.said("source", name="model gate")
        assert (status["state"], "missing" in status["text"]) == ("down", True)
        assert "'gate' is not shown" in caplog.text
        assert (await ada.operate(PlaceModel, model=lost, placement=THERE))["number"]
        assert (await bring(house, ada, glb_of("gate"), "gate.glb", model=lost))["phase"] == "done"
        await until_shown(ada, lost, kept)
        assert (await ada.said("source", name="model gate", state="live"))["t"] == "source"


async def test_a_file_that_was_brought_in_before_is_not_sent_again(tmp_path: Path) -> None:
    data = glb_of("wall")
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        first = await bring(house, ada, data)
    async with open_house(tmp_path) as house, house.guest("Bob") as bob:
        offer = offer_of(data, placement=THERE)
        assert await ticket_for(bob, offer) is None
        end = await end_of(bob, offer.model)
        assert (end["phase"], end["text"]) == ("done", first["text"])
        shown = await until_shown(bob, first["model"], offer.model)
        assert shown[offer.model]["id"] == shown[first["model"]]["id"]
        assert shown[offer.model]["base"] != shown[first["model"]]["base"]
        for other in (
            offer_of(data, "other.glb"),
            offer_of(data, options=ImportOptions(scale=2.0)),
            offer_of(data, model=offer.model),
        ):
            assert await ticket_for(bob, other)
            await bob.say(CancelModel(other.model))


async def test_what_a_file_became_and_the_server_lost_is_sent_again(house: House, tmp_path: Path) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada:
        first = await bring(house, ada, data)
        package = (await until_shown(ada, first["model"]))[first["model"]]["id"]
        shutil.rmtree(tmp_path / "models" / package / "c")
        offer = offer_of(data)
        assert await ticket_for(ada, offer) is None
        end = await end_of(ada, offer.model)
        assert (end["phase"], "send it again" in end["text"]) == ("failed", True)
        assert (await bring(house, ada, data, model=offer.model))["phase"] == "done"


async def test_two_people_bring_models_at_once(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        first, second = await asyncio.gather(
            bring(house, ada, glb_of("wall")), bring(house, bob, TRUCK.read_bytes(), "truck.glb")
        )
        assert (first["phase"], second["phase"]) == ("done", "done")
        await until_shown(ada, first["model"], second["model"])
        await until_shown(bob, first["model"], second["model"])


async def test_the_plant_lives_on_while_a_model_is_read(house: House) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(TRUCK.read_bytes(), "truck.glb")
        await put(house, await ticket_for(ada, offer), TRUCK.read_bytes())
        ticks = len(ada.ticks)
        values = iter(range(1, 10_000))
        while not any(m["t"] == "model_task" and m["phase"] == "done" for m in ada.messages):
            house.sink.write([0], [float(next(values))])
            await ada.take()
        assert len(ada.ticks) > ticks + 1


# ---- ends that are not happy ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "file", "words"),
    [
        (lambda: b"no model at all", "broken.glb", "broken.glb"),
        (lambda: b"no zip", "broken.wdp", "is not a package"),
        (lambda: wdp_of("a")[:-2000], "cut.wdp", "is not a package"),
    ],
)
async def test_a_file_that_cannot_be_read_fails_with_one_sentence_for_everyone(
    house: House, tmp_path: Path, data: Callable[[], bytes], file: str, words: str
) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        end = await bring(house, ada, data(), file)
        assert end["phase"] == "failed"
        assert words in end["text"]
        assert str(tmp_path) not in end["text"]
        assert (await end_of(bob, end["model"]))["text"] == end["text"]
        assert set(packages_of(ada)) == {"small"}
    assert not list((tmp_path / "models").rglob("manifest.json"))


async def test_a_package_with_one_changed_byte_is_refused_by_its_hash(house: House) -> None:
    data = bytearray(wdp_of("a"))
    data[data.index(b"glTF") + 40] ^= 1
    async with house.guest("Ada") as ada:
        end = await bring(house, ada, bytes(data), "changed.wdp")
        assert (end["phase"], "hash" in end["text"]) == ("failed", True)


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (100_000, "has more than 67108864 pixels"),
        (12_000, "more than 67108864"),
        (0, "should be a PNG or JPEG image"),
    ],
)
async def test_a_package_with_an_image_that_is_too_big_is_refused(
    house: House, width: int, words: str
) -> None:
    head = b"IHDR" + width.to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + head + zlib.crc32(head).to_bytes(4, "big")
    data = wdp_of("a", images=[png + b"\0\0\0\0IDAT" + bytes(20) if width else png[:20]])
    async with house.guest("Ada") as ada:
        end = await bring(house, ada, data, "big.wdp")
        assert (end["phase"], words in end["text"]) == ("failed", True), end["text"]


class Slow:
    """Stands for an import that goes on until it is cancelled."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, task: Any, **_rest: Any) -> Any:
        self._loop.call_soon_threadsafe(self.began.set)
        assert task.cancelled.wait(30)
        from walkdown.errors import ImportFailed

        raise ImportFailed("the import was cancelled")


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr("walkdown_server.models.intake.make_package", made)
    return made


async def begin(house: House, guest: Guest) -> str:
    offer = offer_of(glb_of("wall"))
    await put(house, await ticket_for(guest, offer), glb_of("wall"))
    return offer.model


async def test_its_author_can_cancel_while_it_is_read_and_nobody_else(house: House, slow: Slow) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        model = await begin(house, ada)
        await slow.began.wait()
        await bob.say(CancelModel(model))
        await bob.operate(PutNote, note="n", text="still running", point=(0.0, 0.0, 0.0))
        assert not any(m.get("phase") == "cancelled" for m in bob.messages)
        await ada.say(CancelModel(model))
        assert (await end_of(bob, model))["phase"] == "cancelled"
        assert set(packages_of(bob)) == {"small"}


async def test_what_is_brought_in_ends_when_its_author_is_forgotten(house: House, slow: Slow) -> None:
    async with house.guest("Bob") as bob:
        async with house.guest("Ada") as ada:
            model = await begin(house, ada)
            await slow.began.wait()
            identity = house.server.room._people.find(ada.welcome["secret"])
        assert isinstance(identity, Identity)
        await bob.until(lambda: ada.me not in bob.people or not bob.people[ada.me].get("connected", True))
        identity.left_secs = -1e9
        house.server.room.forget_absent()
        end = await end_of(bob, model)
        assert (end["phase"], end["text"]) == ("cancelled", "Its author has left.")


async def test_a_server_that_stops_leaves_nothing_half_done(tmp_path: Path, slow: Slow) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        await begin(house, ada)
        await slow.began.wait()
        await house.server.stop()
    assert not list((tmp_path / "models").rglob("*.glb"))


async def test_each_may_bring_two_at_once_and_all_together_four(house: House) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada, house.guest("Bob") as bob, house.guest("Eve") as eve:
        for guest in (ada, ada, bob, bob):
            await ticket_for(guest, offer_of(data))
        for guest, words in ((ada, "You bring in 2"), (eve, "4 models are being")):
            offer = offer_of(data)
            await guest.say(offer)
            assert words in (await guest.said("model_task", model=offer.model))["text"]
        assert not any(m.get("phase") == "failed" for m in bob.messages)


async def test_the_same_offer_again_gets_the_same_ticket(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        offer = offer_of(glb_of("wall"))
        assert await ticket_for(ada, offer) == await ticket_for(ada, offer)
        await bob.say(offer)
        assert (await bob.said("model_task", phase="failed"))["text"].startswith(
            "This model is being brought"
        )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"file": "plan.pdf"}, "'.pdf' cannot be brought in, but .wdp, .3"),
        ({"file": ".glb"}, "'nothing'"),
        ({"model": "small-2"}, "There is no model 'small-2'"),
        ({"size": 3_000_000}, "at most 2 MB"),
        ({"placement": (0.0,) * 12}, "one scale"),
        ({"placement": (1.0, 0.5, *IN_PLACE[2:])}, "shears or stretches"),
        ({"placement": (-1.0, *IN_PLACE[1:])}, "mirrors nothing"),
        ({"placement": (*IN_PLACE[:3], 2e6, *IN_PLACE[4:])}, "within 1000000 m"),
    ],
)
async def test_what_can_never_be_taken_is_refused_to_its_author_only(
    tmp_path: Path, fields: dict[str, Any], words: str
) -> None:
    async with open_house(tmp_path, max_model_mb=2) as house:
        async with house.guest("Ada") as ada, house.guest("Bob") as bob:
            chosen = {"file": "part.glb", **fields}
            offer = offer_of(b"x", **chosen)
            await ada.say(offer)
            refused = await ada.said("model_task", model=offer.model)
            assert refused["phase"] == "failed"
            assert words in refused["text"]
            await bob.operate(PutNote, note="n", text="x", point=(0.0, 0.0, 0.0))
            assert not any(m["t"] == "model_task" for m in bob.messages)


async def test_a_disk_without_enough_space_is_said_before_anything_is_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.models.intake.SPARE_BYTES", 1 << 60)
    async with house.guest("Ada") as ada:
        await ada.say(offer_of(b"x"))
        assert "MB left" in (await ada.said("model_task", phase="failed"))["text"]


async def test_a_session_holds_a_bounded_number_of_models_and_elements(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.guest("Ada") as ada:
        monkeypatch.setattr("walkdown_server.shown.ELEMENTS_MAX", 5)
        assert (await bring(house, ada, glb_of("wall")))["phase"] == "done"
        end = await bring(house, ada, glb_of("wall", "door"))
        assert (end["phase"], "until the server starts again 1 " in end["text"]) == ("failed", True)
        monkeypatch.setattr("walkdown_server.session.MODELS_MAX", 2)
        offer = offer_of(b"x", model=new_id())
        await ada.say(offer)
        assert "at most" in (await ada.said("model_task", model=offer.model))["text"]


async def test_ends_are_told_for_a_while_and_then_no_more(house: House) -> None:
    async with house.guest("Ada") as ada:
        end = await bring(house, ada, b"broken")
        async with house.guest("Bob") as bob:
            assert (await end_of(bob, end["model"]))["phase"] == "failed"
        house.server.hosted.intake.look_after(1e12)
        async with house.guest("Eve") as eve:
            await eve.operate(PutNote, note="n", text="x", point=(0.0, 0.0, 0.0))
            assert not any(m["t"] == "model_task" for m in eve.messages)
