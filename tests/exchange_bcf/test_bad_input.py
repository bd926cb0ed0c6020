"""Files that are damaged, hostile or odd: what can be saved is taken, and a sentence says the rest."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from tests.exchange_bcf.made import (
    BCFV,
    COMMENT,
    DATES,
    TOPIC,
    VERSION,
    VIEW,
    bcf,
    comment,
    markup,
    png,
    view,
    zipped,
)
from walkdown.errors import BadInput
from walkdown_server.exchange.bcf import read
from walkdown_server.exchange.incoming import IncomingTopic

OTHER = "44444444-4444-4444-8444-444444444444"


def only(data: bytes) -> tuple[IncomingTopic, str]:
    """The one topic of a file, and all its notes."""
    incoming = read(data).incoming
    assert len(incoming.topics) == 1
    return incoming.topics[0], "\n".join(incoming.notes)


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read(data)
    return str(caught.value)


# ---- the zip ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the BCF file is empty"),
        (b"not a zip at all", "should be a zip file, but this one is none"),
        (bcf()[:-30], "should be a zip file, but this one is none, or is damaged"),
        (zipped({"readme.txt": "hello"}), "holds no topic"),
        (zipped({f"{TOPIC}/markup.bcf": "<Markup><Topic"}), "is no sound XML"),
        (zipped({f"{TOPIC}/markup.bcf": ""}), "is no sound XML"),
    ],
)
def test_what_is_no_bcf_file_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    assert sentence in refusal(data)


def test_a_zip_bomb_is_refused_before_anything_is_unpacked() -> None:
    assert "it is a bomb" in refusal(bcf(files={"x.bin": bytes(20 << 20)}))


def test_a_file_that_hides_its_size_is_refused() -> None:
    data = bytearray(zipped({f"{TOPIC}/markup.bcf": markup() + " " * 5000}))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 100)
    assert "another size" in refusal(bytes(data)) or "damaged" in refusal(bytes(data))


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(bcf())
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 8] |= 1
    assert "encrypted" in refusal(bytes(data))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:/windows/x.dll", "a/../../b"])
def test_a_path_that_leads_out_is_left_out(name: str, tmp_path: Path) -> None:
    data = zipped({"bcf.version": VERSION, f"{TOPIC}/markup.bcf": markup(), name: b"evil"})
    topic, notes = only(data)
    assert topic.topic.title == "Pump"
    assert "leads out of it" in notes
    assert list(tmp_path.iterdir()) == []


def test_backslashes_in_names_are_folders() -> None:
    data = zipped(
        {"bcf.version": VERSION, f"{TOPIC}\\markup.bcf": markup(after=view()), f"{TOPIC}\\v.bcfv": BCFV}
    )
    assert only(data)[0].viewpoints[0].camera is not None


def test_a_folder_that_was_zipped_as_a_whole_is_entered() -> None:
    inside = {"bcf.version": VERSION, f"{TOPIC}/markup.bcf": markup(after=view()), f"{TOPIC}/v.bcfv": BCFV}
    topic, notes = only(zipped({f"My review/{name}": data for name, data in inside.items()}))
    assert topic.viewpoints[0].camera is not None
    assert "lies in the folder 'My review/', which was entered" in notes


def test_a_guid_in_braces_is_a_guid() -> None:
    data = zipped({"bcf.version": VERSION, f"{{{TOPIC}}}/markup.bcf": markup(guid=f"{{{TOPIC}}}")})
    topic, notes = only(data)
    assert (topic.topic.topic, notes) == (TOPIC, "")


def test_a_file_that_is_there_twice_counts_once() -> None:
    out = io.BytesIO(bcf())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(f"{TOPIC}/MARKUP.bcf", markup(title="Other"))
    topic, notes = only(out.getvalue())
    assert topic.topic.title == "Pump"
    assert "twice" in notes


# ---- the XML ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entities",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused(entities: str) -> None:
    data = zipped({f"{TOPIC}/markup.bcf": entities + markup(title="&b;")})
    assert "declares entities" in refusal(data)


def test_a_broken_topic_keeps_no_other_out() -> None:
    data = zipped({f"{OTHER}/markup.bcf": "<Markup><Topic>", f"{TOPIC}/markup.bcf": markup()})
    topic, notes = only(data)
    assert topic.topic.topic == TOPIC
    assert f"The topic in '{OTHER}/markup.bcf' was left out" in notes


def test_xml_that_is_too_deep_is_no_topic() -> None:
    deep = "<a>" * 5000 + "</a>" * 5000
    assert "no sound XML" in refusal(zipped({f"{TOPIC}/markup.bcf": markup(deep)}))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_encodings_that_are_said_are_read(encoding: str) -> None:
    said = "" if encoding == "utf-8-sig" else f'<?xml version="1.0" encoding="{encoding}"?>'
    data = (said + markup(title="Prüfung")).encode(encoding)
    assert only(zipped({f"{TOPIC}/markup.bcf": data}))[0].topic.title == "Prüfung"


def test_a_wrong_encoding_is_taken_for_that_of_windows() -> None:
    data = b'<?xml version="1.0" encoding="UTF-8"?>' + markup(title="Pr\xfcfung").encode("latin-1")
    assert only(zipped({f"{TOPIC}/markup.bcf": data}))[0].topic.title == "Prüfung"


def test_names_in_another_case_and_with_a_namespace_are_read() -> None:
    odd = (
        markup(after=comment())
        .replace("<Topic", "<topic")
        .replace("</Topic", "</topic")
        .replace("Title>", "TITLE>")
    )
    odd = odd.replace("<Markup>", '<markup xmlns="http://example.com/bcf">').replace("</Markup>", "</markup>")
    topic, _notes = only(zipped({f"{TOPIC}/markup.bcf": odd.replace("TopicStatus", "topicstatus")}))
    assert (topic.topic.title, topic.topic.status, topic.comments[0].text) == ("Pump", "Open", "Look")


# ---- what is missing ----------------------------------------------------------------------------------


def test_a_missing_version_is_found_from_what_is_inside() -> None:
    topic, notes = only(zipped({f"{TOPIC}/markup.bcf": markup()}))
    assert "does not say its version (bcf.version); it reads as BCF 2.1" in notes
    new = markup("<Labels><Label>MEP</Label></Labels>")
    assert "BCF 3.0" in only(zipped({f"{TOPIC}/markup.bcf": new}))[1]
    assert topic.topic.title == "Pump"


def test_an_unknown_version_is_noted() -> None:
    data = zipped({"bcf.version": '<Version VersionId="7"/>', f"{TOPIC}/markup.bcf": markup()})
    assert "names the version '7'" in only(data)[1]


def test_missing_fields_are_filled_and_noted() -> None:
    bare = f'<Markup><Topic Guid="{TOPIC}"/>{comment(date="2026-11-05T00:00:00Z")}</Markup>'
    topic, notes = only(zipped({f"{TOPIC}/markup.bcf": bare}))
    assert (topic.topic.title, topic.topic.author) == ("Untitled", "unknown")
    assert topic.topic.made_ns == topic.comments[0].made_ns > 0
    for sentence in ("it has no title", "when it was made", "who made it"):
        assert sentence in notes


def test_a_topic_without_a_guid_gets_the_same_one_each_time() -> None:
    data = zipped({"x/markup.bcf": markup(guid="")})
    topic, notes = only(data)
    assert topic.topic.topic == only(data)[0].topic.topic
    assert "has no GUID" in notes


def test_dates_without_a_zone_are_utc_and_noted() -> None:
    dates = DATES.replace("09:00:00Z", "09:00:00")
    topic, notes = only(zipped({f"{TOPIC}/markup.bcf": markup(dates=dates)}))
    assert topic.topic.made_ns == only(bcf())[0].topic.made_ns
    assert "1 dates name no time zone; they are taken as UTC" in notes


@pytest.mark.parametrize("date", ["yesterday", "2026-13-45T99:00:00Z", "0000-00-00T00:00:00", "9" * 50])
def test_what_is_no_date_is_noted(date: str) -> None:
    topic, notes = only(bcf(f"<DueDate>{date}</DueDate>"))
    assert topic.topic.due == ""
    assert "is no date" in notes


# ---- wrong references and GUIDs -----------------------------------------------------------------------


def test_files_that_are_named_and_not_there_are_noted() -> None:
    fields = "<DocumentReference><ReferencedDocument>plan.pdf</ReferencedDocument></DocumentReference>"
    topic, notes = only(bcf(fields, view(file="no.bcfv", snapshot="no.png")))
    assert (topic.viewpoints[0].camera, topic.viewpoints[0].snapshot) == (None, "")
    for name in ("view 'no.bcfv'", "snapshot 'no.png'", "file 'plan.pdf'"):
        assert name in notes
    assert topic.topic.documents[0].url == "plan.pdf"


def test_a_comment_on_a_view_that_is_not_there_is_a_comment_still() -> None:
    topic, notes = only(bcf(after=comment(view=OTHER)))
    assert topic.comments[0].viewpoint == ""
    assert f"names the view {OTHER}, which the topic does not have" in notes


def test_a_guid_that_occurs_twice_in_a_topic_becomes_two() -> None:
    data = bcf(after=comment(text="One") + comment(COMMENT.upper(), text="Two"))
    topic, notes = only(data)
    first, second = topic.comments
    assert (first.comment, first.text, second.text) == (COMMENT, "One", "Two")
    assert second.comment not in (COMMENT, COMMENT.upper())
    assert "occurs twice" in notes
    assert only(data)[0] == topic


def test_a_guid_that_two_topics_share_becomes_two() -> None:
    data = zipped(
        {
            f"{TOPIC}/markup.bcf": markup(after=comment() + view()),
            "copy/markup.bcf": markup(title="Copy", after=comment() + view()),
        }
    )
    incoming = read(data).incoming
    assert {each.topic.title for each in incoming.topics} == {"Pump", "Copy"}
    assert len({each.topic.topic for each in incoming.topics}) == 2
    assert len({each.comments[0].comment for each in incoming.topics}) == 2
    assert len({each.viewpoints[0].viewpoint for each in incoming.topics}) == 2
    assert any("Two topics have the GUID" in note for note in incoming.notes)


def test_a_guid_is_the_same_in_capitals() -> None:
    data = zipped(
        {"bcf.version": VERSION, f"{TOPIC}/markup.bcf": markup(guid=TOPIC.upper(), after=view(VIEW.upper()))}
    )
    topic, _notes = only(data)
    assert (topic.topic.topic, topic.viewpoints[0].viewpoint) == (TOPIC, VIEW)


# ---- pictures and sizes -------------------------------------------------------------------------------


def test_a_snapshot_of_40_megapixels_is_kept_but_not_shown() -> None:
    topic, notes = only(bcf(after=view(snapshot="s.png"), files={"v.bcfv": BCFV, "s.png": png(8000, 5001)}))
    assert topic.viewpoints[0].snapshot == ""
    assert "the snapshot 's.png' has 8000 × 5001 pixels, more than 40 million" in notes
    topic, notes = only(bcf(after=view(snapshot="s.png"), files={"v.bcfv": BCFV, "s.png": png(8000, 5000)}))
    assert (topic.viewpoints[0].snapshot != "", notes) == (True, "")


def test_a_snapshot_that_is_no_picture_is_noted() -> None:
    topic, notes = only(bcf(after=view(snapshot="s.png"), files={"v.bcfv": BCFV, "s.png": b"MZ\x90"}))
    assert topic.viewpoints[0].snapshot == ""
    assert "is neither PNG nor JPEG" in notes


def test_texts_that_are_too_long_are_shown_shortened() -> None:
    topic, notes = only(bcf(f"<Description>{'x' * 20_000}</Description>"))
    assert len(topic.topic.description) == 16_000
    assert "its description has 20000 letters" in notes


def test_a_camera_that_is_none_is_left_out() -> None:
    odd = BCFV.replace("<X>1</X>", "<X>nan</X>")
    topic, notes = only(bcf(after=view(), files={"v.bcfv": odd}))
    assert topic.viewpoints[0].camera is None
    assert "no place or no direction" in notes
    assert topic.viewpoints[0].selection


def test_there_are_not_more_notes_than_one_reads() -> None:
    many = "".join(comment(f"{n:08x}-0000-4000-8000-000000000000", view=OTHER) for n in range(500))
    lots = "".join(view(f"{n:08x}-0000-4000-8000-111111111111", f"{n}.bcfv") for n in range(200))
    notes = read(bcf(after=many + lots)).incoming.notes
    assert len(notes) <= 201
