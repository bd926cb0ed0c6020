"""BCF 2.0 is read; the corpus has no such file, so these are made by hand after the schema."""

from __future__ import annotations

import zipfile
from io import BytesIO

from tests.exchange_bcf.made import CAMERA, COMMENT, DATES, TOPIC, VIEW, WALL, png, zipped
from tests.exchange_bcf.sessions import brought, faults, needs_corpus
from walkdown_server.exchange.bcf import Version, read

REPLY = "44444444-4444-4444-8444-444444444444"
RELATED = "55555555-5555-4555-8555-555555555555"
PLAN = "66666666-6666-4666-8666-666666666666"
PIPE, BEAM = "2E8YkwPMfB$h99jtn_uAjI", "3E8YkwPMfB$h99jtn_uAjI"

TOPIC_2_0 = f"""<Topic Guid="{TOPIC}" TopicType="Issue" TopicStatus="Open">
<ReferenceLink>https://example.com</ReferenceLink><Title>Old</Title><Labels>MEP</Labels>{DATES}
<AssignedTo>c@example.com</AssignedTo><DocumentReferences Guid="{PLAN}" isExternal="true">
<ReferencedDocument>https://example.com/p.pdf</ReferencedDocument><Description>Plan</Description>
</DocumentReferences><RelatedTopics Guid="{RELATED}"/></Topic>"""
ANSWER = f"""<Comment Guid="{REPLY}"><VerbalStatus>Open</VerbalStatus><Status>Unknown</Status>
<Date>2026-11-03T09:00:00Z</Date><Author>b@example.com</Author><Comment>Yes</Comment><Topic Guid="{TOPIC}"/>
<ReplyToComment Guid="{COMMENT}"/></Comment>"""
QUESTION = f"""<Comment Guid="{COMMENT}"><VerbalStatus>Open</VerbalStatus><Status>Unknown</Status>
<Date>2026-11-02T09:00:00Z</Date><Author>a@example.com</Author><Comment>Is it so?</Comment>
<Topic Guid="{TOPIC}"/><Viewpoint Guid="{VIEW}"/></Comment>"""
MARKUP = f"""<Markup><Header><File IfcProject="{PIPE}" isExternal="true"><Filename>a.ifc</Filename></File>
</Header>{TOPIC_2_0}{ANSWER}{QUESTION}<Viewpoints Guid="{VIEW}"><Viewpoint>viewpoint.bcfv</Viewpoint>
<Snapshot>snapshot.png</Snapshot></Viewpoints></Markup>"""
VIEWPOINT = f"""<VisualizationInfo><Components>
<Component IfcGuid="{WALL}" Selected="true" Visible="true" Color="FF00FF"/>
<Component IfcGuid="{PIPE}" Selected="false" Visible="false"/><Component IfcGuid="{BEAM}"/></Components>
{CAMERA}<Lines/><ClippingPlanes/></VisualizationInfo>"""


def old(
    version: str = '<Version VersionId="2.0"><DetailedVersion>2.0 RC</DetailedVersion></Version>',
) -> bytes:
    parts: dict[str, bytes | str] = {"bcf.version": version} if version else {}
    return zipped(
        {
            **parts,
            f"{TOPIC}/markup.bcf": MARKUP,
            f"{TOPIC}/viewpoint.bcfv": VIEWPOINT,
            f"{TOPIC}/snapshot.png": png(),
        }
    )


def test_a_topic_of_2_0_comes_in_with_all_it_has() -> None:
    file = read(old())
    (topic,) = file.incoming.topics
    assert (file.version, topic.topic.labels, topic.topic.related) == ("2.0", ("MEP",), (RELATED,))
    assert [(one.url, one.description) for one in topic.topic.documents] == [
        ("https://example.com/p.pdf", "Plan")
    ]
    reply, question = topic.comments
    assert (reply.reply_to, question.viewpoint) == (question.comment, VIEW)
    (view,) = topic.viewpoints
    assert (view.selection, view.shown, view.exceptions) == ((f"ifc:{WALL}",), True, (f"ifc:{PIPE}",))
    assert [(one.colour, one.things) for one in view.painted] == [("FF00FF", (f"ifc:{WALL}",))]
    assert view.camera is not None
    assert view.camera.fov_deg == 50.0
    assert file.blobs[view.snapshot].media == "image/png"


def test_2_0_is_known_by_its_content_where_it_does_not_say_so() -> None:
    file = read(old(""))
    assert file.version == "2.0"
    assert "it reads as BCF 2.0" in file.incoming.notes[0]


@needs_corpus
def test_a_topic_of_2_0_leaves_as_2_1_and_3_0_and_is_the_same() -> None:
    session, _file = brought(old())
    versions: tuple[Version, ...] = ("2.1", "3.0")
    for version in versions:
        data = session.file(version)
        assert faults(data, version) == []
        assert [topic.what for topic in session.planned(data).topics] == ["same"]
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assert "IfcProject" in archive.read(f"{TOPIC}/markup.bcf").decode(), "the header stays"


def test_a_view_that_only_lies_in_the_folder_is_taken() -> None:
    bare = f'<Markup><Topic Guid="{TOPIC}"><Title>T</Title>{DATES}</Topic></Markup>'
    file = read(
        zipped(
            {
                f"{TOPIC}/markup.bcf": bare,
                f"{TOPIC}/viewpoint.bcfv": VIEWPOINT,
                f"{TOPIC}/snapshot.png": png(),
            }
        )
    )
    (view,) = file.incoming.topics[0].viewpoints
    assert view.camera is not None
    assert view.snapshot
    assert any("stands in the folder, but not in the markup" in note for note in file.incoming.notes)
