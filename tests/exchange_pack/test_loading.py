"""Whatever people and merges leave in a pack, the rest of it loads, and a sentence says where and what."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange_pack.reviews import ABOUT, COMMENTS, PREPARED, RAIL, SHA256, TRAY, VIEW, files, review
from walkdown.errors import BadInput
from walkdown.messages import Comment, Topic
from walkdown_client.app.bringing_topics import holds_topics
from walkdown_client.send_topics import has_topics
from walkdown_server.exchange import merging
from walkdown_server.exchange.incoming import Incoming, IncomingTopic
from walkdown_server.exchange.pack import PackFolder, bases, entries, is_pack, load, load_zip, zipped
from walkdown_server.exchange.pack.lines import iso, meant, nanoseconds, plain
from walkdown_server.exchange.pack.topic_reading import Draft, TopicReader, read_said, topic_of
from walkdown_server.exchange.pack.topic_text import said_text, topic_text


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    PackFolder(folder, files).write(review(), ABOUT)
    return folder


@pytest.fixture
def pack(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path


def rail_path(pack: Path) -> Path:
    return pack / "topics" / f"0001-{RAIL.topic[:8]}.md"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rail(incoming: Incoming) -> IncomingTopic:
    return next(each for each in incoming.topics if each.topic.topic == RAIL.topic)


def test_a_pack_gives_back_the_whole_review(pack: Path) -> None:
    loaded = load(pack)
    found, here = loaded.review, review()
    assert loaded.incoming.notes == ()
    assert found.topics == here.topics
    assert found.comments == here.comments
    assert (found.viewpoints[VIEW.viewpoint], found.viewpoints[PREPARED.viewpoint]) == (VIEW, PREPARED)
    assert (found.meeting, found.agenda, found.votes) == (here.meeting, here.agenda, here.votes)
    assert (found.attendance, list(found.chat), found.next_index) == (here.attendance, list(here.chat), 3)
    assert (loaded.session.session, loaded.session.names) == ("Hall 2", {"V-1203": "Gate valve"})
    assert loaded.files[SHA256] == files(SHA256)


def test_a_zip_of_it_is_the_same_whether_it_lies_in_a_folder_of_the_zip_or_not(pack: Path) -> None:
    data = zipped(review(), ABOUT, files)
    moved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(moved, "w") as further:
        for name in archive.namelist():
            further.writestr(f"my review/{name}", archive.read(name))
    folder = load(pack).incoming.topics
    for each in (data, moved.getvalue()):
        assert is_pack(each)
        assert load_zip(each, name="x.zip").incoming.topics == folder


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Accepted: yes", "Accepted: perhaps", ":11: Accepted is 'perhaps', expected yes or no"),
        (
            "Point: 12.5",
            "Point: here 12.5",
            ":27: Point is 'here 12.5 3.25 -0.3333333333333333', expected three",
        ),
        (
            "Status: Open",
            "Statue: Open",
            ":3: 'Statue: Open' is no field of a topic; expected for instance Status: Open",
        ),
        (
            "Status: Open",
            "Status: Open\n\nStatus: Closed",
            ":5: Status stands in line 3 too; this later one",
        ),
        ("Made: 2026", "Made: last year", "expected a time such as 2026-11-26T05:01:02Z"),
        (
            "# Valve handle hits the guard rail",
            "Valve",
            ":1: it has no title; expected a first line",
        ),
        ("Type: Clash", "Type: " + "x" * 300, ":1: type is not as expected, and left out"),
        ("Camera: {", "Camera: [", "expected a camera as JSON"),
        (f"Topic: {RAIL.topic}", f"Topic: {TRAY.topic}", f"its id {TRAY.topic} is that of topics/0001-"),
    ],
)
def test_what_cannot_be_understood_is_said_with_its_place(
    pack: Path, old: str, new: str, sentence: str
) -> None:
    edit(rail_path(pack), old, new)
    notes = load(pack).incoming.notes
    assert any(sentence in note for note in notes), notes
    assert all(note.startswith("topics/000") for note in notes)


def test_a_field_that_cannot_be_read_changes_nothing_in_the_session(pack: Path) -> None:
    edit(rail_path(pack), "Accepted: yes", "Accepted: perhaps")
    edit(rail_path(pack), "Stage: 60 %", "Stage: 90 %")
    loaded = load(pack)
    plan = merging.plan(review(), loaded.incoming, merging.Known(bases=bases(review(), loaded)))
    assert [each.changes for each in plan.topics if each.topic_id == RAIL.topic] == [{"stage": "90 %"}]


def test_fields_that_only_a_pack_carries_are_merged_too(pack: Path) -> None:
    edit(rail_path(pack), "Accepted: yes", "Accepted: no")
    edit(rail_path(pack), "Parked: no", "Parked: yes")
    edit(rail_path(pack), "Things: V-1203", "Things: P-101, V-1203")
    loaded = load(pack)
    plan = merging.plan(review(), loaded.incoming, merging.Known(bases=bases(review(), loaded)))
    (changes,) = (each.changes for each in plan.topics if each.topic_id == RAIL.topic)
    assert changes == {"accepted": False, "parked": True, "things": ("P-101", *RAIL.things)}


def test_a_field_that_both_have_changed_is_won_by_the_later_change(pack: Path) -> None:
    edit(rail_path(pack), "Status: Open", "Status: Closed")
    state, loaded = review(), load(pack)
    state.topics[RAIL.topic] = _with_status("Resolved", changed_ns=1)
    plan = merging.plan(state, loaded.incoming, merging.Known(bases=bases(state, loaded)))
    (topic,) = (each for each in plan.topics if each.topic_id == RAIL.topic)
    assert (topic.changes, topic.conflicts[0].winner) == ({"status": "Closed"}, "file")
    state.topics[RAIL.topic] = _with_status("Resolved", changed_ns=1 << 62)
    plan = merging.plan(state, loaded.incoming, merging.Known(bases=bases(state, loaded)))
    (topic,) = (each for each in plan.topics if each.topic_id == RAIL.topic)
    assert (topic.changes, topic.conflicts[0].winner) == ({}, "here")


def _with_status(status: str, *, changed_ns: int) -> Topic:
    from msgspec.structs import replace

    return replace(RAIL, status=status, changed_ns=changed_ns)


def test_a_comment_that_was_changed_by_hand_is_newer_and_one_that_stands_there_twice_is_one(
    pack: Path,
) -> None:
    path = rail_path(pack).with_suffix(".said.md")
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "200 mm" in line)
    path.write_text(text + line + "\n" + line.replace("200 mm", "300 mm") + "\n", encoding="utf-8")
    loaded = load(pack)
    said = {one.comment: one for one in rail(loaded.incoming).comments}
    assert len(said) == 2
    assert said[COMMENTS[0].comment].text == "We move it by 300 mm.\nTo the north."
    assert said[COMMENTS[0].comment].changed_ns > COMMENTS[0].made_ns
    assert "stands here twice with two texts" in loaded.incoming.notes[0]


def test_files_that_are_no_text_are_named_and_the_others_load(pack: Path) -> None:
    rail_path(pack).write_bytes(b"# Valve\n\nStatus: \xff\n")
    (pack / "topics" / "large.md").write_bytes(b"a" * (entries.TEXT_SIZE_MAX + 1))
    (pack / "session.json").write_text("{", encoding="utf-8")
    loaded = load(pack)
    assert [each.topic.topic for each in loaded.incoming.topics] == [TRAY.topic]
    assert f"{rail_path(pack).name}:3: this is no UTF-8" in " ".join(loaded.incoming.notes)
    assert "topics/large.md: it has more than 1048576 bytes" in " ".join(loaded.incoming.notes)
    assert "session.json: it is not as it was written" in " ".join(loaded.incoming.notes)


def test_a_picture_that_is_not_what_its_name_says_is_not_there(pack: Path) -> None:
    (pack / "snapshots" / f"{SHA256}.png").write_bytes(b"another")
    found = load(pack).files
    assert found.get(SHA256) is None
    assert len(found) == 2


def test_links_out_of_the_folder_are_not_followed(
    pack: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.md"
    secret.write_text("# Secret\n", encoding="utf-8")
    (pack / "topics" / "9999-link.md").symlink_to(secret)
    assert len(load(pack).incoming.topics) == 2


def test_what_is_no_pack_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected a folder topics in it"):
        load(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"PK no zip")
    with pytest.raises(BadInput, match=r"a\.zip is no session pack, or a damaged one"):
        load(tmp_path / "a.zip")
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        load(tmp_path / "b.zip")
    assert not is_pack(b"PK no zip")


def test_a_zip_that_would_fill_the_memory_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entries, "BYTES_MAX", 1 << 20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("topics/a.md", "# A\n")
        archive.writestr("files/zeros", bytes(4 << 20))
    with pytest.raises(BadInput, match="2 files of 4 MB, at most"):
        load_zip(file.getvalue(), name="bomb.zip")


# ---- laws of the lines ----------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS)
def test_no_tag_begins_in_what_is_written_and_it_is_meant_as_it_was(text: str) -> None:
    assert meant(plain(text)) == text
    assert "<" not in plain(text).replace("\\<", "")


@given(st.integers(1, 4_000_000_000_000_000_000))
def test_a_time_comes_back_to_the_nanosecond(time_ns: int) -> None:
    assert nanoseconds(iso(time_ns)) == time_ns


@settings(max_examples=60)
@given(title=TEXTS, description=TEXTS, word=TEXTS, labels=st.lists(TEXTS, max_size=3), said=TEXTS, name=TEXTS)
def test_whatever_people_write_is_read_again(
    title: str, description: str, word: str, labels: list[str], said: str, name: str
) -> None:
    topic = Topic(
        topic="t",
        index=1,
        title=title,
        description=description,
        assigned=word,
        labels=tuple(labels),
        things=tuple(label for label in labels if label),
    )
    notes: list[str] = []

    def say(number: int, text: str) -> None:
        notes.append(f"{number}: {text}")

    draft = TopicReader(say).read(topic_text(topic, [], {}))
    found = topic_of(draft, say, edited_ns=1)
    if not title.split():
        assert found is None
        return
    assert notes == []
    assert found is not None
    assert found.title.split() == title.split()
    assert found.assigned == word
    assert (found.labels, found.things) == (topic.labels, topic.things)
    assert _seen(found.description) == _seen(description)
    comments = [Comment("c", "t", said, author=name, made_ns=5)] if said.strip() else []
    draft = Draft()
    read_said(said_text(topic, comments), draft, "t", edited_ns=1, say=say)
    assert notes == []
    assert [_seen(one.text).strip() for one in draft.comments] == [
        _seen(one.text).strip() for one in comments
    ]


def _seen(text: str) -> str:
    """Return text without what ends a line for some programs alone."""
    return text.replace("\r", "")


def test_a_window_and_the_command_know_a_zipped_pack_by_what_is_in_it(pack: Path, tmp_path: Path) -> None:
    plain, nested = tmp_path / "a.zip", tmp_path / "b.zip"
    plain.write_bytes(zipped(review(), ABOUT, files))
    with zipfile.ZipFile(nested, "w") as archive:
        archive.write(pack / "session.json", "my review/session.json")
    for path in (plain, nested):
        assert holds_topics(path)
        assert has_topics(path)
