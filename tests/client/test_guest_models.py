"""Guests bring models into a running session, move them and take them out, and everybody sees the same."""

from __future__ import annotations

import asyncio
import json
import math
import runpy
import struct
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.client.conftest import QUICK, ServerProcess, small_files
from tests.server.conftest import House
from walkdown.errors import BadInput, Missing, Refused
from walkdown.messages import IN_PLACE
from walkdown.model_options import read_options
from walkdown_client import guest_models
from walkdown_client.address import parse_address
from walkdown_client.blobs import Cancelled
from walkdown_client.guest import Guest
from walkdown_client.guest_blocking import join
from walkdown_client.guest_models import PHASES
from walkdown_client.placements import placed
from walkdown_client.send import SendPlan, model_for, send_files
from walkdown_client.uploads import put_file

DATA = Path(__file__).parents[1] / "data"
EXAMPLE = Path(__file__).parents[2] / "examples" / "guest_models.py"
TRUCK = DATA / "CesiumMilkTruck.glb"

pytestmark = pytest.mark.slow


def write_plate(path: Path, *names: str) -> Path:
    """Write a GLB of square plates, one node for each name."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 0, -1], [0, 0, -1]], "<f4").tobytes()
    corners = np.array([0, 1, 2, 0, 2, 3], "<u4").tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": list(range(len(names)))}],
        "scene": 0,
        "nodes": [{"name": name, "mesh": 0} for name in names],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 4,
                "type": "VEC3",
                "min": [0, 0, -1],
                "max": [1, 0, 0],
            },
            {"bufferView": 1, "componentType": 5125, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(corners)},
        ],
        "buffers": [{"byteLength": len(points) + len(corners)}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = points + corners
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(body))
    path.write_bytes(
        head
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(body), b"BIN\0")
        + body
    )
    return path


async def test_a_model_is_there_for_everyone_with_its_things(house: House) -> None:
    told: list[tuple[str, float]] = []
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        sent = await ada.send_model(
            TRUCK, placement=placed((5, 0, 0)), on_progress=lambda phase, part: told.append((phase, part))
        )
        assert (sent.name, sent.revision, sent.placement) == ("CesiumMilkTruck", 1, placed((5, 0, 0)))
        assert "animations are not shown" in sent.report
        assert {phase for phase, _part in told} <= set(PHASES)
        assert "upload" in {phase for phase, _part in told}
        await bob.wait_for(lambda: sent.model in bob.models)
        ref = bob.models[sent.model]
        assert (ref.name, ref.count, ref.author) == ("CesiumMilkTruck", sent.elements, "Ada")
        mine = [thing for thing in bob.things if bob.world.twin.model_of(thing) == sent.model]
        assert len(mine) >= 3
        places = await bob.load_places()
        assert abs(places[mine[0]][0] - 5) < 4
        assert {task.phase for task in bob.model_tasks.values()} <= {"read", "write", "done"}


async def test_a_note_moves_with_its_model_and_stays_through_a_revision(house: House, tmp_path: Path) -> None:
    path = write_plate(tmp_path / "plate.glb", "left", "right")
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        sent = await ada.send_model(path)
        thing = next(t for t in ada.things if ada.world.twin.model_of(t) == sent.model)
        note = await ada.put_note("A corner", thing=thing, point=(1, 0, 0))
        assert ada.notes[note].model == sent.model
        await ada.place_model(sent.model, placed((10, 0, 0), heading_rad=math.pi / 2))
        await bob.wait_for(lambda: note in bob.notes and bob.models[sent.model].placement != IN_PLACE)
        assert np.allclose(bob.world.note_position(bob.notes[note]), (10, 1, 0))
        write_plate(path, "left", "right", "middle")
        again = await bob.send_model(path, model=sent.model)
        assert (again.model, again.revision, again.elements) == (sent.model, 2, sent.elements + 1)
        await ada.wait_for(lambda: ada.models[sent.model].count == again.elements)
        assert ada.world.twin.has_thing(thing)
        assert np.allclose(ada.world.note_position(ada.notes[note]), (10, 1, 0))


async def test_notes_on_equal_parts_of_two_models_stay_each_with_its_own(
    house: House, tmp_path: Path
) -> None:
    path = write_plate(tmp_path / "plate.glb", "left")
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        sent = [await ada.send_model(path, placement=placed((x, 0, 0))) for x in (0, 50)]
        parts = [
            next(t for t in ada.things if ada.world.twin.model_of(t) == model.model and t.endswith("left"))
            for model in sent
        ]
        places = await ada.load_places()
        assert np.allclose(np.subtract(places[parts[1]], places[parts[0]]), (50, 0, 0))
        notes = [await ada.put_note("here", thing=part) for part in parts]
        assert [ada.notes[note].model for note in notes] == [model.model for model in sent]
        bob.select(parts[1])
        await ada.wait_for(lambda: any(p.selected == parts[1] for p in ada.people.values()))
        write_plate(path, "right", "left")
        again = await bob.send_model(path, model=sent[1].model)
        await ada.wait_for(lambda: ada.models[again.model].count == again.elements)
        assert [ada.notes[note].thing for note in notes] == parts
        newer = await ada.load_places()
        assert np.allclose(newer[parts[0]], places[parts[0]])
        assert newer[parts[1]][0] > 40, "it is drawn by the newer revision of its own model"
        assert ada.world.twin.model_of(parts[1]) == sent[1].model
        await ada.remove_model(sent[0].model)
        assert [ada.world.twin.has_thing(part) for part in parts] == [False, True]


async def test_what_was_done_to_a_model_is_taken_back_and_repeated(house: House, tmp_path: Path) -> None:
    path = write_plate(tmp_path / "plate.glb", "one")
    async with Guest.join(house.url, name="Ada") as ada:
        sent = await ada.send_model(path)
        await ada.place_model(sent.model, placed((1, 2, 3)))
        await ada.remove_model(sent.model)
        assert sent.model not in ada.models
        await ada.undo()
        await ada.wait_for(lambda: sent.model in ada.models)
        assert ada.models[sent.model].placement == placed((1, 2, 3))
        await ada.undo()
        await ada.wait_for(lambda: ada.models[sent.model].placement == IN_PLACE)
        await ada.undo()
        await ada.wait_for(lambda: sent.model not in ada.models)
        assert not any(ada.world.twin.model_of(thing) == sent.model for thing in ada.things)
        await ada.redo()
        await ada.wait_for(lambda: sent.model in ada.models)


async def test_what_cannot_be_read_is_refused_with_the_servers_sentence(house: House, tmp_path: Path) -> None:
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"glTF" + b"\0" * 100)
    (tmp_path / "note.txt").write_text("no model", encoding="utf-8")
    async with Guest.join(house.url, name="Ada") as ada:
        with pytest.raises(Refused, match=r"broken\.glb"):
            await ada.send_model(broken)
        assert [task.phase for task in ada.model_tasks.values()] == ["failed"]
        with pytest.raises(Refused, match=r"\.ifc"):
            await ada.send_model(tmp_path / "note.txt")
        with pytest.raises(BadInput, match="there is none at"):
            await ada.send_model(tmp_path / "gone.glb")
        with pytest.raises(Refused, match="no model"):
            await ada.send_model(TRUCK, model="nothing")
        assert len(ada.models) == 1


async def test_an_import_that_is_not_wanted_any_more_is_stopped_for_everyone(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        sending = asyncio.create_task(ada.send_model(TRUCK))
        await bob.wait_for(lambda: bool(bob.model_tasks))
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await bob.wait_for(lambda: {task.phase for task in bob.model_tasks.values()} == {"cancelled"})
        assert len(ada.models) == 1


async def test_a_file_goes_with_what_it_names(house: House, tmp_path: Path) -> None:
    (tmp_path / "plate.obj").write_text(
        "mtllib plate.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\n", encoding="utf-8"
    )
    (tmp_path / "plate.mtl").write_text("newmtl red\nKd 1 0 0\nmap_Kd gone.png\n", encoding="utf-8")
    plan = SendPlan([tmp_path / "plate.obj"])
    async with Guest.join(house.url, name="Ada") as ada:
        sent = await ada.send_model(plan.files[0], options=read_options(unit="m"))
        assert sent.elements >= 1
        assert sent.missing == ("gone.png",)


async def test_a_package_is_taken_as_it_is(house: House, tmp_path: Path) -> None:
    package = tmp_path / "small.wdp"
    with zipfile.ZipFile(package, "w") as archive:
        for path, data in small_files().items():
            archive.writestr(path, data)
    async with Guest.join(house.url, name="Ada") as ada:
        sent = await ada.send_model(package)
        assert (sent.name, sent.elements) == ("small", 5)


async def test_the_command_says_what_came_and_makes_a_revision_of_the_same_name(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_plate(tmp_path / "plate.glb", "one")
    await send_files(house.url, SendPlan([path]), name="Ada")
    assert "plate: 2 elements, revision 1" in capsys.readouterr().out
    write_plate(path, "one", "two")
    await send_files(house.url, SendPlan([path]), name="Ada")
    said = capsys.readouterr()
    assert "plate: 3 elements, revision 2" in said.out
    assert "next revision" in said.err
    async with Guest.join(house.url, name="Bob") as bob:
        models = list(bob.models.values())
        assert model_for(path, SendPlan([path], is_new=True), models) == ""
        assert (
            model_for(tmp_path / "x.glb", SendPlan([path], revision_of="plate"), models) == models[-1].model
        )
        with pytest.raises(BadInput, match="no model 'gone'"):
            model_for(path, SendPlan([path], revision_of="gone"), models)


async def test_the_example_runs(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    example = runpy.run_path(str(EXAMPLE))
    await example["show"](house.url, str(TRUCK))
    said = capsys.readouterr().out
    assert "CesiumMilkTruck has 6 elements" in said
    assert "upload 100%" in said


async def test_a_guest_without_asyncio_brings_models_in_too(house: House, tmp_path: Path) -> None:
    path = write_plate(tmp_path / "plate.glb", "one")

    def visit() -> tuple[str, bool]:
        with join(house.url, name="Ada") as ada:
            sent = ada.send_model(path)
            ada.place_model(sent.model, placed((1, 0, 0)))
            moved = ada.models[sent.model].placement == placed((1, 0, 0))
            ada.remove_model(sent.model)
            return sent.name, moved and sent.model not in ada.models

    assert await asyncio.to_thread(visit) == ("plate", True)


async def test_an_upload_without_a_ticket_is_refused_and_one_that_is_stopped_stops(house: House) -> None:
    address, cancel = parse_address(house.url), threading.Event()
    with pytest.raises(Refused, match="ticket"):
        await asyncio.to_thread(put_file, address, "/upload/none", TRUCK, cancel=cancel)
    cancel.set()
    with pytest.raises(Cancelled):
        await asyncio.to_thread(put_file, address, "/upload/none", TRUCK, cancel=cancel)


async def test_a_server_that_has_forgotten_a_file_is_named(
    server_process: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest_models, "LOST_SECS", 0.3)
    async with Guest.join(server_process.url, name="Ada", patience=QUICK) as ada:
        reading = asyncio.Event()
        bringing = asyncio.create_task(
            ada.send_model(TRUCK, on_progress=lambda phase, _part: reading.set() if phase == "read" else None)
        )
        await reading.wait()
        await server_process.kill()
        await server_process.start()
        with pytest.raises(Missing, match=r"has forgotten CesiumMilkTruck\.glb; send it again"):
            await bringing
