"""Views of a BCF file lie as the model does that they belong to, coming in and going out."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import msgspec
import numpy as np
import pytest
from lxml import etree
from msgspec.structs import replace

from tests.exchange_bcf.made import BCFV, CAMERA, TOPIC, VIEW, WALL, bcf, markup, view, zipped
from tests.exchange_bcf.sessions import Session, faults, needs_corpus
from walkdown.messages import Camera, Plane, Segment, Topic, Viewpoint
from walkdown_server.exchange.bcf import Version, read
from walkdown_server.exchange.incoming import HeaderFile
from walkdown_server.exchange.model_frames import ModelFrames, SourceFile
from walkdown_server.exchange.similarity import IN_PLACE, Similarity

PROJECT, OTHER = "0E8YkwPMfB$h99jtn_uAjI", "3E8YkwPMfB$h99jtn_uAjI"
VERSIONS: tuple[Version, ...] = ("2.1", "3.0")
TURNED = Similarity((0.0, -1.0, 0.0, 100.0, 1.0, 0.0, 0.0, 6e6, 0.0, 0.0, 1.0, 0.5))
"""A quarter turn to the left, and far away."""

DOUBLE = Similarity((2.0, 0.0, 0.0, 10.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0))
PLACES = """<Lines><Line><StartPoint><X>0.1</X><Y>0</Y><Z>0</Z></StartPoint><EndPoint><X>1</X><Y>0</Y><Z>0</Z>
</EndPoint></Line></Lines><ClippingPlanes><ClippingPlane><Location><X>5</X><Y>0</Y><Z>3</Z></Location><Direction>
<X>1</X><Y>0</Y><Z>0</Z></Direction></ClippingPlane></ClippingPlanes>"""
SEEN = f'<VisualizationInfo Guid="{VIEW}">{CAMERA}{PLACES}</VisualizationInfo>'


def stands(frame: Similarity) -> ModelFrames:
    """One model, of one file."""
    return ModelFrames((SourceFile("hall", "hall.ifc", PROJECT, frame),))


def file(seen: str = SEEN) -> bytes:
    return bcf(after=view(), files={"v.bcfv": seen})


def view_of(session: Session) -> Viewpoint:
    return session.state.viewpoints[VIEW]


def xml(data: bytes, ending: str) -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(each for each in archive.namelist() if each.endswith(ending))
        return etree.fromstring(archive.read(name))


def eye(data: bytes) -> list[float]:
    return [float(each.text) for each in xml(data, ".bcfv").find(".//CameraViewPoint")]


def whats(session: Session, data: bytes) -> list[str]:
    return [topic.what for topic in session.planned(data).topics]


# ---- in and out -----------------------------------------------------------------------------------------


def test_a_view_of_another_tool_lands_in_the_model_that_was_turned() -> None:
    session = Session(frames=stands(TURNED))
    session.bring(file())
    seen = view_of(session)
    assert seen.camera is not None
    assert seen.camera.position == (98.0, 6e6 + 1.0, 3.5)
    assert seen.camera.direction == pytest.approx((-1.0, 0.0, 0.0))
    assert seen.planes == (Plane((100.0, 6e6 + 5.0, 3.5), (0.0, 1.0, 0.0)),)
    assert seen.lines == (Segment((100.0, 6e6 + 0.1, 0.5), (100.0, 6e6 + 1.0, 0.5)),)
    assert session.state.topics[TOPIC].point == pytest.approx((95.0, 6e6 + 1.0, 3.5))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("frame", [TURNED, DOUBLE])
def test_it_leaves_with_the_numbers_it_came_with_and_comes_back_the_same(
    version: Version, touched: bool, frame: Similarity
) -> None:
    session = Session(frames=stands(frame))
    session.bring(file())
    if touched:
        session.commit("topic_changed", {"topic": TOPIC, "changes": {"status": "Closed"}})
    data = session.file(version)
    (was,), (now,) = (read(each).incoming.topics[0].viewpoints for each in (file(), data))
    assert replace(now, camera=None) == replace(was, camera=None)
    assert eye(data) == [1.0, 2.0, 3.0]
    assert whats(session, data) == whats(session, file()) == ["same"]


def test_a_model_that_is_moved_after_the_file_left_takes_the_views_along() -> None:
    session = Session(frames=stands(TURNED))
    session.bring(file())
    data = session.file("3.0")
    session.frames = stands(DOUBLE)
    assert whats(session, data) == ["changed"]
    session.bring(data)
    seen = view_of(session)
    assert seen.camera is not None
    assert seen.camera.position == (12.0, 4.0, 6.0)
    assert session.state.topics[TOPIC].point == pytest.approx((12.0, 7.0, 6.0))
    assert whats(session, session.file("3.0")) == ["same"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("before", "after"), [(IN_PLACE, DOUBLE), (DOUBLE, IN_PLACE)])
def test_a_model_that_is_moved_before_a_file_leaves_is_seen_from_where_people_see_it(
    before: Similarity, after: Similarity, version: Version
) -> None:
    session = Session(frames=stands(before))
    session.bring(file())
    session.frames = stands(after)
    data, seen = session.file(version), view_of(session).camera
    assert seen is not None
    assert after.points([(eye(data)[0], eye(data)[1], eye(data)[2])]) == [seen.position]
    assert whats(session, data) == ["same"]


def test_what_an_orthogonal_camera_sees_scales_with_the_model() -> None:
    flat = CAMERA.replace("Perspective", "Orthogonal").replace("FieldOfView", "ViewToWorldScale")
    session = Session(frames=stands(DOUBLE))
    session.bring(file(SEEN.replace(CAMERA, flat)))
    seen = view_of(session)
    assert seen.camera is not None
    assert seen.camera.height_m == pytest.approx(100.0)
    wider = replace(seen, camera=replace(seen.camera, height_m=120.0))
    session.commit("viewpoint", msgspec.to_builtins(wider))
    assert float(xml(session.file("2.1"), ".bcfv").findtext(".//ViewToWorldScale")) == pytest.approx(60.0)


@needs_corpus
@pytest.mark.parametrize("version", VERSIONS)
def test_a_topic_of_ours_names_its_model_and_lands_in_it_elsewhere(version: Version) -> None:
    session = Session(frames=stands(TURNED))
    camera = Camera((98.0, 6e6 + 1.0, 3.5), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    topic = Topic(topic=TOPIC, title="Ours", point=(100.0, 6e6, 0.5), author="Ada", made_ns=1)
    body = {"topic": topic, "viewpoints": [Viewpoint(VIEW, camera, TOPIC)]}
    session.commit("topic", msgspec.to_builtins(body))
    data = session.file(version)
    assert faults(data, version) == []
    assert whats(session, data) == ["same"]
    header = xml(data, "markup.bcf").find(".//Header//File")
    assert (header.get("IfcProject"), header.findtext("Filename")) == (PROJECT, "hall.ifc")
    assert eye(data) == pytest.approx([1.0, 2.0, 3.0])
    hall = SourceFile("hall", "renamed.ifc", PROJECT, DOUBLE)
    away = Session(frames=ModelFrames((SourceFile("plant", "plant.ifc"), hall)))
    away.bring(data)
    there = away.state.viewpoints[VIEW].camera
    assert there is not None
    assert there.position == pytest.approx((12.0, 4.0, 6.0))
    assert away.state.topics[TOPIC].point == pytest.approx((10.0, 0.0, 0.0))


def test_pictures_that_lie_in_a_view_stay_where_they_are_in_the_model() -> None:
    bitmap = "<Bitmap><Bitmap>PNG</Bitmap><Location><X>1</X><Y>2</Y><Z>3</Z></Location></Bitmap>"
    session = Session(frames=stands(TURNED))
    session.bring(file(SEEN.replace("</VisualizationInfo>", f"{bitmap}</VisualizationInfo>")))
    seen = view_of(session)
    session.commit("viewpoint", msgspec.to_builtins(replace(seen, planes=())))
    root = xml(session.file("2.1"), ".bcfv")
    assert [float(each.text) for each in root.find("Bitmap/Location")] == [1.0, 2.0, 3.0]


# ---- which model ----------------------------------------------------------------------------------------

TWO = ModelFrames(
    (SourceFile("hall", "hall.ifc", PROJECT, TURNED), SourceFile("pipes", "Pipes.ifczip", OTHER, DOUBLE)),
    {WALL: (1,), OTHER: (0, 1)},
)


@pytest.mark.parametrize(
    ("files", "selected", "model"),
    [
        ([HeaderFile("hall.ifc")], (), "hall"),
        ([HeaderFile(r"C:\models\PIPES.ifc")], (), "pipes"),
        ([HeaderFile("hall.ifc", OTHER)], (), "pipes"),
        ([HeaderFile("hall.ifc")], (WALL,), "hall"),
        ([HeaderFile("hall.ifc"), HeaderFile("pipes.ifc")], (WALL,), "pipes"),
        ([HeaderFile("pipes.ifc"), HeaderFile("hall.ifc")], (), "pipes"),
        ([HeaderFile("plant.ifc")], (WALL, OTHER), "pipes"),
        ([], (WALL,), "pipes"),
        ([], (PROJECT,), ""),
        ([], (), ""),
    ],
)
def test_a_topic_belongs_to_the_model_that_its_header_names_else_its_components(
    files: list[HeaderFile], selected: tuple[str, ...], model: str
) -> None:
    seen = Viewpoint(VIEW, selection=tuple(f"ifc:{guid}" for guid in selected))
    found = TWO.source_of(files, [seen])
    assert (found.model if found else "") == model


def test_topics_that_belong_to_no_model_are_counted_and_lie_in_the_site() -> None:
    parts = {"a/markup.bcf": markup(after=view()), "a/v.bcfv": SEEN}
    session = Session(frames=TWO)
    plan = session.bring(zipped(parts))
    assert plan.notes[-1].startswith("Nothing tells to which model the views of 1 topic belong")
    seen = view_of(session)
    assert seen.camera is not None
    assert seen.camera.position == (1.0, 2.0, 3.0)
    with_wall = Session(frames=TWO)
    assert not any("Nothing tells" in note for note in with_wall.bring(file(BCFV)).notes)
    there = view_of(with_wall).camera
    assert there is not None
    assert there.position == (12.0, 4.0, 6.0)


def test_frames_say_the_same_after_a_way_through_bytes() -> None:
    assert np.allclose(TURNED.inverse.matrix @ TURNED.matrix, np.eye(4))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(TWO), type=ModelFrames) == TWO
