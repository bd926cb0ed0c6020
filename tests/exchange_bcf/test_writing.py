"""Topics of a session leave as BCF that other tools can read, and come in again as they were."""

from __future__ import annotations

import io
import math
import zipfile
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from lxml import etree
from msgspec.structs import replace

from tests.exchange_bcf.made import (
    BCFV,
    CAMERA,
    COMMENT,
    TOPIC,
    VIEW,
    WALL,
    bcf,
    comment,
    markup,
    png,
    view,
    zipped,
)
from tests.exchange_bcf.sessions import NOW_NS, Session, brought, faults, needs_corpus
from walkdown.errors import BadInput
from walkdown.messages import (
    Attached,
    Camera,
    Comment,
    Document,
    Evidence,
    Painted,
    Plane,
    Segment,
    Topic,
    Viewpoint,
)
from walkdown_server.exchange.bcf import Version, read

PDF, EVIDENCE, PICTURE = b"%PDF-1.7 plan", b'{"signals": []}', png(16, 9)
VERSIONS: tuple[Version, ...] = ("2.1", "3.0")
PUMP, WALL_ID = "hall#gltf:/Pump", f"ifc:{WALL}"
UNKNOWN = "<Custom xmlns='urn:x' keep='me'>mine</Custom>"


def attached(name: str, data: bytes, media: str) -> Attached:
    return Attached(name, sha256(data).hexdigest(), len(data), media)


def seen() -> Viewpoint:
    ahead = (0.6, 0.8, 0.0)
    return Viewpoint(
        VIEW,
        Camera((1.5, -2.25, 1.7), ahead, (0.0, 0.0, 1.0), fov_deg=58.5, aspect=16 / 9),
        TOPIC,
        planes=(Plane((0.0, 0.0, 2.5), (0.0, 0.0, 1.0)),),
        lines=(Segment((0.0, 0.0, 0.0), (1.0, 2.0, 3.0)),),
        shown=False,
        exceptions=(WALL_ID, PUMP),
        ghosted=(f"hall#{WALL_ID}[2]",),
        selection=(WALL_ID, PUMP),
        painted=(Painted("FF8800", (PUMP,)),),
        snapshot=sha256(PICTURE).hexdigest(),
        time_ns=NOW_NS,
        order=1,
    )


def full() -> Session:
    """A session with one topic that has everything."""
    documents = (
        Document(
            "66666666-6666-4666-8666-666666666666",
            description="Plan",
            file=attached("plan.pdf", PDF, "application/pdf"),
        ),
        Document("77777777-7777-4777-8777-777777777777", url="https://example.com/norm"),
    )
    topic = Topic(
        topic=TOPIC,
        title="Valve & <pump> 泵",
        description="Two lines\nof text",
        type="Clash",
        status="Open",
        priority="High",
        stage="60 %",
        discipline="Piping",
        labels=("MEP", "Review"),
        assigned="c@example.com",
        accepted=True,
        due="2026-12-01",
        related=("88888888-8888-4888-8888-888888888888",),
        links=("https://example.com/a",),
        documents=documents,
        things=(WALL_ID, PUMP),
        point=(1.0, 2.0, 3.0),
        model="hall",
        parked=True,
        speaker="Grace",
        index=7,
        author="Ada",
        author_id="id of Ada",
        made_ns=NOW_NS,
        evidence=Evidence("complete", attached("evidence.json", EVIDENCE, "application/json")),
    )
    said = [
        Comment(COMMENT, TOPIC, "Look\x00 here", VIEW, author="Ada", made_ns=NOW_NS),
        Comment(
            "99999999-9999-4999-8999-999999999999",
            TOPIC,
            "",
            author="Bo",
            made_ns=NOW_NS + 1,
            changed="Ada",
            changed_ns=NOW_NS + 2,
        ),
    ]
    session = Session(files={sha256(data).hexdigest(): data for data in (PDF, EVIDENCE, PICTURE)})
    body = {"topic": topic, "comments": said, "viewpoints": [seen()]}
    session.commit("topic", msgspec.to_builtins(body))
    return session


@needs_corpus
@pytest.mark.parametrize("version", VERSIONS)
def test_everything_of_a_topic_leaves_and_comes_in_elsewhere(version: Version) -> None:
    home = full()
    data = home.file(version)
    assert faults(data, version) == []
    away, file = brought(data)
    assert file.incoming.notes == ()
    topic, was = away.state.topics[TOPIC], home.state.topics[TOPIC]
    stays = {"index", "author_id", "number", "origin", "documents", "evidence"}
    for name in set(was.__struct_fields__) - stays:
        assert getattr(topic, name) == getattr(was, name), name
    assert [(one.url, one.description, one.file and one.file.sha256) for one in topic.documents] == [
        (one.url, one.description, one.file and one.file.sha256) for one in was.documents
    ]
    assert topic.evidence.file is not None
    assert away.files[topic.evidence.file.sha256] == EVIDENCE
    first, second = away.state.comments_on(TOPIC)
    assert (first.text, first.viewpoint, first.author) == ("Look here", VIEW, "Ada")
    assert (second.changed, second.changed_ns) == ("Ada", NOW_NS + 2)
    (there,) = away.state.views_of(TOPIC)
    want = replace(seen(), number=there.number, time_ns=0, ghosted=(WALL_ID,))
    if version == "2.1":
        assert want.camera is not None
        want = replace(want, camera=replace(want.camera, aspect=0.0))
    assert there == want
    assert away.files[there.snapshot] == PICTURE


@pytest.mark.parametrize("version", VERSIONS)
def test_the_file_that_left_changes_nothing_when_it_comes_back(version: Version) -> None:
    session = full()
    planned = session.planned(session.file(version))
    assert [(topic.what, topic.conflicts) for topic in planned.topics] == [("same", ())]


def test_equal_reviews_give_equal_files() -> None:
    assert full().file("3.0") == full().file("3.0")


@pytest.mark.parametrize("version", VERSIONS)
def test_letters_that_xml_does_not_have_are_left_out(version: Version) -> None:
    session = Session()
    word = "a\0b\x1b\uffff"
    topic = Topic(topic=TOPIC, title=word, type=word, status=word, labels=(word,), index=1, made_ns=NOW_NS)
    session.commit("topic", {"topic": msgspec.to_builtins(topic)})
    (come,) = read(session.file(version)).incoming.topics
    assert (come.topic.title, come.topic.type, come.topic.labels) == ("ab", "ab", ("ab",))


def test_another_version_is_refused() -> None:
    with pytest.raises(BadInput, match=r"written as 2\.1 and 3\.0, but not as '1\.0'"):
        full().file("1.0")  # type: ignore[arg-type]


@needs_corpus
@pytest.mark.parametrize("version", VERSIONS)
def test_an_id_that_is_no_uuid_has_one_in_files_and_is_known_again(version: Version) -> None:
    session = Session()
    topic = Topic(topic="L1.pump/7", title="T", author="Ada", made_ns=NOW_NS)
    session.commit("topic", {"topic": msgspec.to_builtins(topic)})
    view = Viewpoint("not a uuid", topic="L1.pump/7", camera=Camera((0, 0, 0), (0, 1, 0), (0, 0, 1)))
    session.commit("viewpoint", msgspec.to_builtins(view))
    data = session.file(version)
    assert faults(data, version) == []
    assert [(one.topic_id, one.what) for one in session.planned(data).topics] == [("L1.pump/7", "same")]


@needs_corpus
@pytest.mark.parametrize(
    ("due", "written"),
    [
        ("2026-12-01", "2026-12-01T00:00:00Z"),
        ("2026-12-01T10:00+02:00", "2026-12-01T08:00:00Z"),
        ("2026-12-01T10:00:00+02:00", "2026-12-01T10:00:00+02:00"),
        ("soon", None),
    ],
)
def test_a_due_date_is_written_as_the_schema_has_it(due: str, written: str | None) -> None:
    session = full()
    session.commit("topic_changed", {"topic": TOPIC, "changes": {"due": due}})
    data = session.file("3.0")
    assert faults(data, "3.0") == []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert etree.fromstring(archive.read(f"{TOPIC}/markup.bcf")).findtext("Topic/DueDate") == written
    if written is not None:
        assert [topic.what for topic in session.planned(data).topics] == ["same"]


# ---- cameras ------------------------------------------------------------------------------------------


def view_xml(session: Session, version: Version) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(session.file(version))) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".bcfv"))
        return etree.fromstring(archive.read(name))


def with_camera(camera: Camera) -> Session:
    session = Session()
    topic = Topic(topic=TOPIC, title="T", author="Ada", made_ns=NOW_NS)
    made = Viewpoint(VIEW, camera, TOPIC)
    session.commit("topic", msgspec.to_builtins({"topic": topic, "viewpoints": [made]}))
    return session


def test_a_camera_lands_where_it_was_in_metres_with_z_up() -> None:
    down = (0.0, 0.6, -0.8)
    root = view_xml(with_camera(Camera((10.0, 20.0, 1.7), down, (0.0, 0.8, 0.6), fov_deg=50.0)), "3.0")
    numbers = {
        name: [float(each.text) for each in root.find(f"PerspectiveCamera/{name}")]
        for name in ("CameraViewPoint", "CameraDirection", "CameraUpVector")
    }
    assert numbers == {
        "CameraViewPoint": [10.0, 20.0, 1.7],
        "CameraDirection": [0.0, 0.6, -0.8],
        "CameraUpVector": [0.0, 0.8, 0.6],
    }
    assert root.findtext("PerspectiveCamera/FieldOfView") == "50.0"


def test_an_orthogonal_camera_says_its_height_in_metres() -> None:
    flat = Camera((0.0, 0.0, 50.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0), fov_deg=0.0, height_m=12.5, aspect=2.0)
    root = view_xml(with_camera(flat), "3.0")
    assert root.findtext("OrthogonalCamera/ViewToWorldScale") == "12.5"
    assert root.findtext("OrthogonalCamera/AspectRatio") == "2.0"
    (topic,) = read(with_camera(flat).file("3.0")).incoming.topics
    assert topic.viewpoints[0].camera == flat


@pytest.mark.parametrize(("fov_deg", "written"), [(30.0, 45.0), (50.0, 50.0), (90.0, 60.0)])
def test_a_field_of_view_that_2_1_does_not_allow_comes_back_unchanged(fov_deg: float, written: float) -> None:
    session = with_camera(Camera((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), fov_deg=fov_deg))
    root = view_xml(session, "2.1")
    assert float(root.findtext("PerspectiveCamera/FieldOfView")) == written
    assert [topic.what for topic in session.planned(session.file("2.1")).topics] == ["same"]


def test_a_camera_of_another_tool_is_made_upright_and_of_length_one() -> None:
    odd = (
        CAMERA.replace("<Y>1</Y>", "<Y>2</Y>")
        .replace("<Z>1</Z>", "<Z>7</Z>")
        .replace("</CameraUpVector>", "</CameraUpVector>")
    )
    file = BCFV.replace(CAMERA, odd.replace("<X>0</X><Y>0</Y><Z>7</Z>", "<X>0</X><Y>3</Y><Z>3</Z>"))
    (topic,) = read(bcf(after=view(), files={"v.bcfv": file})).incoming.topics
    camera = topic.viewpoints[0].camera
    assert camera is not None
    assert math.hypot(*camera.direction) == pytest.approx(1.0)
    assert sum(a * b for a, b in zip(camera.direction, camera.up, strict=True)) == pytest.approx(0.0)
    assert camera.up == pytest.approx((0.0, 0.0, 1.0))


def test_what_lies_where_a_plane_points_is_not_seen() -> None:
    plane = """<ClippingPlanes><ClippingPlane><Location><X>0</X><Y>0</Y><Z>3</Z></Location><Direction><X>0</X>
    <Y>0</Y><Z>2</Z></Direction></ClippingPlane></ClippingPlanes>"""
    file = BCFV.replace("</VisualizationInfo>", f"{plane}</VisualizationInfo>")
    (topic,) = read(bcf(after=view(), files={"v.bcfv": file})).incoming.topics
    assert topic.viewpoints[0].planes == (Plane((0.0, 0.0, 3.0), (0.0, 0.0, 1.0)),)


# ---- what is not understood ---------------------------------------------------------------------------


def foreign() -> bytes:
    fields = f"<Description>Old</Description>{UNKNOWN}"
    return bcf(
        fields,
        comment() + view(),
        {
            "v.bcfv": BCFV.replace("</VisualizationInfo>", f"{UNKNOWN}</VisualizationInfo>"),
            "extra.bin": b"extra",
        },
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_what_we_do_not_understand_stays_when_a_topic_was_changed(version: Version) -> None:
    session, _file = brought(foreign())
    session.commit("topic_changed", {"topic": TOPIC, "changes": {"description": "New", "status": "Closed"}})
    moved = replace(session.state.viewpoints[VIEW], planes=(Plane((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)),))
    session.commit("viewpoint", msgspec.to_builtins(moved))
    with zipfile.ZipFile(io.BytesIO(session.file(version))) as archive:
        text, seen_text = (archive.read(f"{TOPIC}/{name}").decode() for name in ("markup.bcf", "v.bcfv"))
        assert archive.read(f"{TOPIC}/extra.bin") == b"extra"
    for each in (text, seen_text):
        assert 'keep="me">mine</' in each
    assert "<Description>New</Description>" in text
    assert 'TopicStatus="Closed"' in text
    assert "<ModifiedAuthor>Ada</ModifiedAuthor>" in text
    assert "<ClippingPlane>" in seen_text


def test_what_was_removed_here_is_not_in_the_file() -> None:
    session, _file = brought(foreign())
    session.commit("comment_removed", {"comment": COMMENT})
    session.commit("viewpoint_removed", {"viewpoint": VIEW})
    data = session.file("2.1")
    (topic,) = read(data).incoming.topics
    assert (topic.comments, topic.viewpoints) == ((), ())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert f"{TOPIC}/v.bcfv" not in archive.namelist()


def test_files_at_the_root_of_two_originals_keep_apart() -> None:
    def one(guid: str, content: bytes) -> bytes:
        header = "<Header><File><Filename>m.ifc</Filename><Reference>../m.ifc</Reference></File></Header>"
        text = markup(guid=guid).replace("<Markup>", f"<Markup>{header}")
        return zipped({f"{guid}/markup.bcf": text, "m.ifc": content})

    session = Session()
    session.bring(one(TOPIC, b"first"))
    session.bring(one(VIEW, b"second"))
    with zipfile.ZipFile(io.BytesIO(session.file("2.1"))) as archive:
        for guid, content in ((TOPIC, b"first"), (VIEW, b"second")):
            name = etree.fromstring(archive.read(f"{guid}/markup.bcf")).findtext("Header/File/Reference")
            assert archive.read(name.removeprefix("../")) == content


def test_an_original_that_is_gone_is_said_and_the_topic_leaves_all_the_same() -> None:
    session, file = brought(foreign())
    data = session.file("2.1", without=(file.incoming.sha256,))
    assert read(data).incoming.topics[0].topic.description == "Old"


@needs_corpus
@pytest.mark.parametrize("version", VERSIONS)
def test_names_in_another_case_leave_as_the_schema_spells_them(version: Version) -> None:
    odd = markup(guid=f"{{{TOPIC}}}", after=comment(f"{{{COMMENT}}}")).replace("Guid", "GUID")
    odd = odd.replace("Topic", "topic").replace("Title", "title")
    session, _file = brought(zipped({f"{TOPIC}/markup.bcf": odd}))
    assert faults(session.file(version), version) == []


def test_a_topic_alone_can_leave(tmp_path: Path) -> None:
    from walkdown_server.exchange.bcf import Supply, write

    session = Session()
    session.bring(zipped({"a/markup.bcf": markup(), "b/markup.bcf": markup(guid=VIEW)}))
    path = tmp_path / "one.bcf"
    with path.open("wb") as out:
        write(out, session.state, Supply(session.files.get), topics=[VIEW])
    assert [topic.topic.topic for topic in read(path).incoming.topics] == [VIEW]
