"""A report says what was decided, in three languages, and nothing that people write is markup."""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Iterator
from datetime import timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace
from PIL import Image

from tests.exchange_pack.reviews import (
    ABOUT,
    BEGAN_NS,
    RAIL,
    SHA256,
    TRAY,
    VIEW,
    files,
    picture,
    review,
)
from tests.exchange_report.evidence import EVIDENCE, evidence, files_with_evidence
from walkdown.messages import Attached, Comment, Document, Evidence, Verdict
from walkdown.review import ReviewState
from walkdown_server.exchange import report
from walkdown_server.exchange.about import About, Files
from walkdown_server.exchange.report.formats import Formats
from walkdown_server.exchange.report.made import prepared
from walkdown_server.exchange.report.model import TOPICS_MAX, Report
from walkdown_server.exchange.report.pictures import PIXELS_MAX, small_jpeg
from walkdown_server.exchange.report.words import Words

NASTY = "<script>alert(1)</script><img src=x onerror=alert(1)> #let x = 1 $ \\ *bold* {{ 7*7 }} ]]> \"'"
TZ = timezone(timedelta(hours=1))


def told(state: ReviewState, language: str = "en", found: Files = files) -> Report:
    return prepared(state, found, ABOUT, language=language, topics=())[0]


def html(state: ReviewState, language: str = "en", found: Files = files) -> str:
    return report.make(state, found, ABOUT, language=language).decode()


class Tags(HTMLParser):
    """Collects tags with their attributes, and the text that a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag == "style"

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def nasty_review() -> ReviewState:
    """Return a review whose every text tries to be something else."""
    state = review()
    state.topics[RAIL.topic] = replace(
        RAIL,
        title=NASTY,
        description=NASTY,
        status=NASTY[:190],
        assigned=NASTY[:190],
        links=(f"javascript:{NASTY}",),
        documents=(Document("d", url=NASTY, description=NASTY),),
    )
    state._put_comment(Comment("n", RAIL.topic, NASTY, author=NASTY))
    state._put_viewpoint(replace(VIEW, title=NASTY))
    state.meeting = replace(
        state.meeting, title=NASTY, verdicts=(Verdict("rejected", NASTY, NASTY, "a", "chair", BEGAN_NS),)
    )
    return state


# ---- what is said ---------------------------------------------------------------------------------------


def test_the_first_page_says_what_was_decided_about_which_model_by_whom_and_when() -> None:
    made = told(review())
    assert made.title == "Filling hall, 60 % review"
    assert dict(made.cover)["Stage"] == "60 %"
    assert dict(made.cover)["Scribe"] == "Ben Ochoa"
    assert made.models.rows == (("Filling hall", "3", "a" * 64),)
    (verdict,) = made.verdicts
    assert (verdict.decision, verdict.text) == ("Approved with actions", "Rail first.")
    assert verdict.by.startswith("Ada Lindqvist, Chair, on 26 November 2026, ")
    assert dict(made.figures)["Still open"] == "1"
    assert [name for name, _role in made.signatures] == ["Ada Lindqvist", "Ben Ochoa", "", ""]


def test_agenda_attendance_votes_actions_and_parking_list_are_those_of_the_review() -> None:
    made = told(review())
    assert made.agenda.rows[0][1:] == ("Open items", "Ada Lindqvist", "10\u202fmin", "10\u202fmin", "yes")
    assert made.agenda_texts[0].text == "All closed."
    assert made.attendance.rows[1][:2] == ("Ben Ochoa", "Participant, Scribe")
    assert made.attendance.rows[1][4] == "59\u202fmin"
    (vote,) = made.votes
    assert vote.rows == (("Yes", "2", "Ada Lindqvist, Ben Ochoa"), ("No", "0", ""))
    assert vote.result.startswith("Most votes: Yes, ")
    assert made.actions.rows == (("1", RAIL.title, "Ada Lindqvist ✓", "2026-12-01", "High", "Open"),)
    assert [row[0] for row in made.parking.rows] == ["Forklift aisle", f"2  {TRAY.title}"]


def test_a_topic_is_told_with_its_facts_comments_picture_and_documents() -> None:
    topic = told(review()).topics[0]
    facts = dict(topic.facts)
    assert facts["About"] == "Gate valve (V-1203), ifc:0a$b"
    assert facts["Related"] == f"2 {TRAY.title}"
    assert facts["Documents"] == "The letter (Letter of Monday.pdf)"
    assert facts["Place"] == "12.50 / 3.25 / −0.33 m (hall)".replace(" m", "\u202fm")
    assert [said.who for said in topic.comments] == ["Ben Ochoa", "陈伟"]
    assert topic.pictures[0].name == SHA256
    assert topic.pictures[0].caption.startswith("As seen · 26 November 2026")


def test_only_the_topics_that_were_asked_for_are_printed() -> None:
    made = prepared(review(), files, ABOUT, language="en", topics=(TRAY.topic,))[0]
    assert [topic.title for topic in made.topics] == [TRAY.title]


def test_what_a_long_review_leaves_out_is_said_and_stands_in_the_action_list() -> None:
    state = review()
    for number in range(3, TOPICS_MAX + 3):
        state.topics[str(number)] = replace(RAIL, topic=str(number), index=number)
    made = told(state)
    assert (len(made.topics), len(made.actions.rows)) == (TOPICS_MAX, TOPICS_MAX + 1)
    assert made.notes[-1] == "2 topics stand only in the action list; the session pack has all of them."


def test_an_empty_review_is_a_report_too() -> None:
    page = html(ReviewState())
    assert "No verdict was given." in page
    assert page.count("None.") >= 4


@pytest.mark.parametrize(
    ("language", "day", "number", "due"),
    [
        ("en", "26 November 2026, 06:00 (UTC+01:00)", "12,345.5", "2026-12-01"),
        ("de", "26. November 2026, 06:00 (UTC+01:00)", "12.345,5", "01.12.2026"),
        ("zh_CN", "2026年11月26日 06:00 (UTC+01:00)", "12,345.5", "2026-12-01"),
    ],
)
def test_dates_and_numbers_are_written_as_their_readers_do(
    language: str, day: str, number: str, due: str
) -> None:
    formats = Words(language, TZ).formats
    assert formats.time(BEGAN_NS) == day
    assert formats.number(12345.5, 1) == number
    assert formats.due("2026-12-01") == formats.due("2026-12-01T10:00:00Z") == due
    assert (formats.time(0), formats.number(float("nan"))) == ("—", "—")


def test_a_zone_west_of_greenwich_has_a_minus_and_utc_has_no_offset() -> None:
    assert Formats("en", timezone(timedelta(hours=-3, minutes=-30))).zone_name(BEGAN_NS) == "UTC−03:30"
    assert Formats("en", timezone(timedelta())).zone_name(BEGAN_NS) == "UTC"


# ---- HTML ----------------------------------------------------------------------------------------------


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = Tags(html(review(), found=files_with_evidence))
    assert not {tag for tag, _about in page.tags} & {"script", "link", "iframe", "object", "embed", "form"}
    loaded = [value for _tag, about in page.tags for key, value in about.items() if key in ("src", "href")]
    assert loaded
    assert all(str(value).startswith("data:image/jpeg;base64,") for value in loaded)


def test_what_people_write_is_text_on_the_page() -> None:
    made = html(nasty_review())
    page = Tags(made)
    tags = {tag for tag, _about in page.tags}
    assert "script" not in tags
    assert not any(key.startswith("on") for _tag, about in page.tags for key in about)
    assert page.text.count(NASTY) >= 6
    assert "49" not in re.findall(r"\{\{ (\S+) \}\}", made)


# ---- pictures ------------------------------------------------------------------------------------------


def test_a_picture_is_made_smaller_and_keeps_its_shape() -> None:
    with Image.open(io.BytesIO(small_jpeg(picture(3000, 1000)))) as made:
        assert (made.format, made.size) == ("JPEG", (1280, 427))


def test_what_is_see_through_becomes_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    with Image.open(io.BytesIO(small_jpeg(file.getvalue()))) as made:
        assert made.getpixel((10, 10)) == (255, 255, 255)


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """Return a PNG with another chunk after its head."""
    checksum = zlib.crc32(kind + data).to_bytes(4, "big")
    return png[:33] + len(data).to_bytes(4, "big") + kind + data + checksum + png[33:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GIF89a\x01\x00\x01\x00", "no whole PNG or JPEG"),
        (picture()[:200], "no whole PNG or JPEG"),
        (b"", "no whole PNG or JPEG"),
        (with_chunk(picture(), b"zTXt", b"x\0\0" + zlib.compress(bytes(8 << 20))), "no whole PNG or JPEG"),
    ],
)
def test_a_file_that_is_no_whole_picture_is_left_out_with_a_sentence(data: bytes, reason: str) -> None:
    made = told(review(), found=lambda sha256: data if sha256 == SHA256 else files(sha256))
    assert made.notes == (f"Topic 1: a picture could not be shown: it is {reason}.",)
    assert "data:image" not in html(review(), found=lambda _sha256: data)


def test_a_picture_of_too_many_pixels_is_not_even_decoded() -> None:
    data = bytearray(picture())
    data[16:24] = (20_000).to_bytes(4, "big") * 2
    with pytest.raises(ValueError, match=f"20000 × 20000 pixels, at most {PIXELS_MAX // 1_000_000} million"):
        small_jpeg(bytes(data))


def test_a_picture_that_the_store_lacks_is_said() -> None:
    made = told(review(), found=lambda _sha256: None)
    assert made.notes == ("Topic 1: a picture could not be shown: its file is not in the session's store.",)


# ---- evidence ------------------------------------------------------------------------------------------


def with_evidence(**changes: object) -> ReviewState:
    state = review()
    kept = Evidence("partial", Attached("e.json", EVIDENCE, 1), ("x",))
    state.topics[RAIL.topic] = replace(RAIL, evidence=replace(kept, **changes))
    return state


def drawn(state: ReviewState) -> Iterator[tuple[str, str]]:
    made, _images, plots = prepared(state, files_with_evidence, ABOUT, language="en", topics=())
    for plot in made.topics[0].plots:
        yield plot.caption, plots[plot.name]


def test_evidence_tells_who_was_there_what_was_in_alarm_and_what_is_missing() -> None:
    topic = told(with_evidence(), found=files_with_evidence).topics[0]
    assert any(
        line.endswith("◆ Feed pump <1> Vibration 7.8 mm/s (high alarm 7.1)".replace(" mm", "\u202fmm"))
        for line in topic.evidence
    )
    assert "People there: Ada Lindqvist, 陈伟" in topic.evidence
    assert any(line.startswith("Values from ") for line in topic.evidence)
    assert topic.missing == ("The values of 1 signal are missing.",)
    assert [plot.caption for plot in topic.plots] == [
        "Vibration, Feed pump <1>",
        "State, Feed pump <1>",
        "Temperature, Feed pump <1> (simulated)",
    ]


def test_a_plot_is_an_image_with_axes_unit_limit_alarm_mark_and_gaps() -> None:
    plots = dict(drawn(with_evidence()))
    tree = etree.fromstring(plots["Vibration, Feed pump <1>"].encode())
    texts = {text for text in tree.itertext() if text}
    assert {
        "mm/s",
        "−60",
        "0",
        "+60",
        "seconds after the topic was made",
        "high alarm 7.1",
        "high 4.5",
    } <= texts
    lines = [path.get("d", "") for path in tree.iter("{*}path") if path.get("stroke-width") == "1.6"]
    assert lines[0].count("M") == 3
    assert len([path for path in tree.iter("{*}path") if path.get("fill") == "#d55e00"]) == 1
    assert len([box for box in tree.iter("{*}rect") if box.get("fill") == "#e9ecef"]) == 2
    states = etree.fromstring(plots["State, Feed pump <1>"].encode())
    assert {"stopped", "running"} <= set(states.itertext())


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (
            Evidence("complete", Attached("e.json", "0" * 64, 1)),
            "The file of the evidence is not there, or damaged.",
        ),
        (Evidence("waiting"), "The evidence is written a minute after the topic was made"),
    ],
)
def test_evidence_that_is_not_there_is_said(kept: Evidence, sentence: str) -> None:
    state = review()
    state.topics[RAIL.topic] = replace(RAIL, evidence=kept)
    assert told(state, found=files_with_evidence).topics[0].missing[-1].startswith(sentence)


def test_evidence_of_odd_values_is_drawn_all_the_same() -> None:
    for values in ([], [float("nan")] * 3, [1e30, -1e30, 0.0], [5.0, 5.0, 5.0]):
        etree.fromstring(evidence(values).encode())


# ---- PDF -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("a" + "\r\n" * 9000 + "b", "a\n\nb"),
        ("a\n \n\t\n\nb\u2028c\nd", "a\n\nb\nc\nd"),
        ("\u202e" * 9000 + "abc\u2066", "abc"),
        ("a\u200f" + "\u200f\u00ad" * 9000, "a\u200f"),
        ("a" + "\u0301" * 9000, "a" + "\u0301" * 8),
    ],
)
def test_what_only_takes_time_to_set_is_left_out_of_a_pdf(text: str, set_as: str) -> None:
    from walkdown_server.exchange.report.pdf import settable

    assert settable({"rows": [(text, 1)]}) == {"rows": [[set_as, 1]]}


def test_a_pdf_has_every_picture_and_nothing_that_people_write_is_markup() -> None:
    state = nasty_review()
    state.topics[RAIL.topic] = replace(
        state.topics[RAIL.topic], evidence=Evidence("partial", Attached("e.json", EVIDENCE, 1))
    )
    data = report.make(state, files_with_evidence, ABOUT, form="pdf", language="zh_CN")
    assert data.startswith(b"%PDF-")
    assert b"NotoSansCJK" in data
    assert data.count(b"/Subtype /Image") + data.count(b"/Subtype/Image") >= 1


def test_what_people_write_is_text_to_typst(tmp_path: Path) -> None:
    import typst

    from walkdown_server.exchange.report.pdf import fonts_dir, lay_out

    made, images, plots = prepared(nasty_review(), files, ABOUT, language="en", topics=())
    lay_out(tmp_path, made, images=images, plots=plots)
    found = typst.query(tmp_path / "report.typ", "heading", root=tmp_path, font_paths=[fonts_dir()])
    body = next(each["body"] for each in json.loads(found) if "script" in json.dumps(each))
    assert "".join(texts_in(body)) == NASTY


def texts_in(content: Any) -> Iterator[str]:
    """Yield the text of what Typst has made of something, and fail where that is more than text."""
    assert content["func"] in ("text", "sequence", "space", "styled"), content
    if content["func"] == "space":
        yield " "
    yield from [content["text"]] if "text" in content else []
    children = content.get("children", [])
    for child in [*children, *([content["child"]] if "child" in content else [])]:
        yield from texts_in(child)


def test_a_view_without_a_picture_is_told_in_words() -> None:
    state = review()
    state._put_viewpoint(replace(VIEW, snapshot=""))
    facts = dict(told(state).topics[0].facts)
    assert facts["How it was seen"].startswith("As seen · 26 November 2026")
    assert facts["How it was seen"].endswith("eye at 1.00 / 2.00 / 1.70\u202fm")


def test_without_typst_one_sentence_names_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from walkdown.errors import Missing

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(Missing, match=r"run\.py add report"):
        report.make(review(), files, About("Hall"), form="pdf")
