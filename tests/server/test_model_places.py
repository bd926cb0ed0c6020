"""A server knows where the coordinates of its IFC files lie, and lets the views of BCF files lie there."""

from __future__ import annotations

import asyncio
import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.exchange_bcf.made import BCFV, TOPIC, VIEW, WALL, bcf, view
from tests.importers.forge import TRIANGLE
from tests.server.bringing import wdp_of
from tests.server.conftest import open_house
from walkdown.messages import ModelState, Placement, ReviewSnapshot, Viewpoint
from walkdown.package import Element, Material, Model, Surface, write_package
from walkdown_client.guest import Guest
from walkdown_server.exchange.about import About
from walkdown_server.filing.making import Reviewed
from walkdown_server.filing.places import ModelPlaces
from walkdown_server.packages import Package, package_of_bytes

PROJECT, OTHER, PUMP = "0E8YkwPMfB$h99jtn_uAjI", "3E8YkwPMfB$h99jtn_uAjI", "2E8YkwPMfB$h99jtn_uAjI"
TURNED: Placement = (0.0, -1.0, 0.0, 100.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
LIFTED: Placement = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 5.0)
ON_A_MAP = "1.0 0.0 0.0 -5.0 0.0 1.0 0.0 0.0 0.0 0.0 1.0 0.0"
"""The file's own coordinates begin five metres before those of its package."""


def ifc(file: str, **more: str) -> dict[str, str]:
    return {"file": file, "schema": "IFC4", **more}


def package(*elements: Element, sources: list[dict[str, str]]) -> Package:
    up = np.tile(np.array([0, 0, 1], np.float32), (3, 1))
    corners = np.array([[0, 1, 2]], np.uint32)
    last = np.full(3, len(elements) - 1, np.uint32)
    surface = Surface(TRIANGLE, up, last, np.zeros(3, np.uint32), corners)
    model = Model("m", list(elements), [Material("steel")], [surface], sources=sources)
    return package_of_bytes(write_package(model))


def places(*standing: tuple[str, Package, Placement]) -> ModelPlaces:
    models = [
        ModelState(name, name, one.manifest.id, "", "", placement=placement)
        for name, one, placement in standing
    ]
    return ModelPlaces(lambda: models, {one.manifest.id: one for _name, one, _at in standing}.get)


def selecting(*guids: str) -> list[Viewpoint]:
    return [Viewpoint(VIEW, selection=tuple(f"hall#ifc:{guid}" for guid in guids))]


def test_a_file_lies_where_its_model_stands_and_as_it_was_imported() -> None:
    hall = package(
        Element(f"ifc:{PROJECT}", "P", kind="IfcProject"),
        Element(f"ifc:{WALL}", "W", parent=0),
        sources=[ifc("hall.ifc", package_from_source=ON_A_MAP)],
    )
    frames = places(("hall", hall, TURNED)).frames(selecting(WALL))
    (source,) = frames.sources
    assert (source.model, source.file, source.project) == ("hall", "hall.ifc", PROJECT)
    assert source.site_from_file.points([(5.0, 1.0, 2.0)]) == [(99.0, 0.0, 2.0)]


def test_files_of_one_package_are_told_apart_by_their_projects() -> None:
    both = package(
        Element(f"ifc:{PROJECT}", "P", kind="IfcProject"),
        Element(f"ifc:{OTHER}", "O", kind="IfcProject"),
        Element("ifc:not-in-a-storey", "x", parent=1),
        Element(f"ifc:{WALL}", "W", parent=2),
        Element(f"ifc:{PUMP}[2]", "Pump", parent=0),
        sources=[ifc("a.ifc"), {"file": "c.glb", "schema": "glTF"}, ifc("b.ifc")],
    )
    frames = places(("both", both, TURNED)).frames(selecting(WALL, PUMP, "1" * 22))
    assert [(one.file, one.project) for one in frames.sources] == [("a.ifc", PROJECT), ("b.ifc", OTHER)]
    assert frames.owners == {WALL: (1,), PUMP: (0,)}
    found = frames.source_of((), selecting(WALL))
    assert found is not None
    assert found.file == "b.ifc"


def test_files_that_share_a_project_and_models_without_a_package_do_no_harm() -> None:
    shared = package(
        Element(f"ifc:{PROJECT}", "P", kind="IfcProject"),
        Element(f"ifc:{WALL}", "W", parent=0),
        sources=[ifc("a.ifc"), ifc("b.ifc")],
    )
    known = places(("shared", shared, LIFTED))
    frames = known.frames(selecting(WALL))
    assert frames.owners == {WALL: (0, 1)}
    assert {one.project for one in frames.sources} == {PROJECT}
    gone = ModelPlaces(lambda: [ModelState("a", "a", "none", "", "")], lambda _id: None)
    assert gone.frames(selecting(WALL)).sources == ()


def test_a_process_beside_the_server_is_told_where_files_lie() -> None:
    hall = package(Element(f"ifc:{WALL}", "W"), sources=[ifc("hall.ifc"), ifc("b.ifc")])
    about = About("Hall", frames=places(("hall", hall, TURNED)).frames(selecting(WALL)))
    sent = msgspec.msgpack.encode(Reviewed.of(ReviewSnapshot(), about))
    assert msgspec.msgpack.decode(sent, type=Reviewed).about().frames == about.frames


def eye_in(data: bytes) -> list[float]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ET.fromstring(archive.read(f"{TOPIC}/v.bcfv"))  # noqa: S314
    found: Any = root.find(".//CameraViewPoint")
    return [float(axis.text) for axis in found]


async def test_views_of_a_file_stand_in_a_moved_model_leave_as_they_came_and_follow_it(
    tmp_path: Path,
) -> None:
    hall, file = tmp_path / "hall.wdp", bcf(after=view(), files={"v.bcfv": BCFV})
    hall.write_bytes(wdp_of(f"ifc:{WALL}", sources=[ifc("hall.ifc", package_from_source=ON_A_MAP)]))
    async with open_house(tmp_path / "data") as house, Guest.join(house.url, name="Ada") as ada:
        sent = await ada.send_model(hall, placement=TURNED)
        assert await ada.bring_topics(file) == "1 new, 0 changed, 0 the same."

        def position() -> tuple[float, ...]:
            camera = ada.review.viewpoints[VIEW].camera
            return camera.position if camera is not None else ()

        await ada.wait_for(lambda: VIEW in ada.review.viewpoints)
        assert position() == (98.0, -4.0, 3.0)
        _name, out = await ada.export("bcf-3.0")
        assert eye_in(out) == [1.0, 2.0, 3.0]
        assert await ada.bring_topics(out) == "0 new, 0 changed, 1 the same."
        await ada.place_model(sent.model, LIFTED)
        assert await ada.bring_topics(out) == "0 new, 1 changed, 0 the same."
        await ada.wait_for(lambda: position() == (-4.0, 2.0, 8.0))
        folder = tmp_path / "data/sessions/Test/review/topics.bcf"
    assert eye_in(await asyncio.to_thread(folder.read_bytes)) == pytest.approx([1.0, 2.0, 3.0])
