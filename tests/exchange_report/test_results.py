"""``walkdown report`` and ``walkdown pack`` take the results out of a session, running or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.exchange_pack.reviews import ABOUT, RAIL, SHA256, files, review
from tests.server.conftest import open_house
from walkdown import cli
from walkdown.messages import OpenMeeting, PutTopic, TopicFields
from walkdown_server.exchange.pack import PackFolder, load

NEW = "7d2b8c52-6f0e-4c52-9a43-5a5e4f1c0f11"


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main([str(one) for one in arguments])
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "hall"
    PackFolder(folder, files).write(review(), ABOUT)
    return folder


async def test_a_session_gives_its_report_and_its_pack_while_it_runs_and_afterwards(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    out.mkdir()
    async with open_house(data) as house, house.guest("Ada") as ada:
        await ada.operate(OpenMeeting, title="Sixty percent")
        await ada.operate(PutTopic, topic=NEW, fields=TopicFields(title="Ladder is missing", status="Open"))
        address = f"ws://127.0.0.1:{house.server.port}"
        assert await asyncio.to_thread(run, "report", address, "-o", out / "live.html") == 0
        assert await asyncio.to_thread(run, "pack", address, "-o", out / "live") == 0
        folder = house.server.hosted._folder
    for source in (("Test", "--data", data), (folder,), (folder / "review",)):
        assert run("report", *source, "-o", out / "after.html") == 0
        for name in ("live", "after"):
            page = (out / f"{name}.html").read_text(encoding="utf-8")
            assert "Ladder is missing" in page
            assert "Sixty percent" in page
    assert [each.topic.title for each in load(out / "live").incoming.topics] == ["Ladder is missing"]


def test_a_pack_gives_a_report_in_another_language_with_the_topics_that_were_named(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.html"
    assert run("report", pack, "--language", "de", "--topic", "1", "-o", out) == 0
    page = out.read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert RAIL.title in page
    assert "Headroom" not in page.partition('id="topics"')[2].partition('id="parking"')[0].replace(
        "2 Headroom under the cable tray", ""
    )
    assert str(out) in capsys.readouterr().out


def test_a_pack_becomes_a_zip_and_a_folder_again(pack: Path, tmp_path: Path) -> None:
    assert run("pack", pack, "-o", tmp_path / "hall.zip") == 0
    assert run("pack", tmp_path / "hall.zip", "-o", tmp_path / "again") == 0
    assert load(tmp_path / "again").review.topics == review().topics
    assert (tmp_path / "again" / "topics.bcf").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("report", "nowhere"), "There is no session or pack nowhere"),
        (("report", "{pack}", "--language", "fr"), "--language should be one of en, zh_CN, de, but is fr"),
        (("report", "{pack}", "--topic", "99"), "There is no topic with the number 99"),
        (("report", "{pack}", "-o", "{pack}/no/r.html"), "cannot be written: No such file or directory"),
        (("report", "ws://127.0.0.1:9", "--topic", "1"), "--topic is for sessions that are not running"),
        (("pack", "{pack}/README.md"), "README.md is neither an exported session nor the zip"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    pack: Path, tmp_path: Path, arguments: Sequence[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [one.replace("{pack}", str(pack)) for one in arguments]
    assert run(*filled, "--data", tmp_path) == 2
    assert sentence in capsys.readouterr().err.replace("\n", " ")


async def test_a_session_goes_on_with_a_pack(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(run, "restore-pack", pack, "--name", "Test", "--data", tmp_path) == 0
    assert await asyncio.to_thread(run, "restore-pack", pack, "--name", "Test", "--data", tmp_path) == 2
    assert "choose another --name" in capsys.readouterr().err.replace("\n", " ")
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        found, kept = house.server.hosted.room.session.review, review()
        assert {name: replace(topic, number=0) for name, topic in found.topics.items()} == kept.topics
        assert found.comments.keys() == kept.comments.keys()
        assert found.attendance == kept.attendance
        assert [vote.ballots for vote in found.votes.values()] == [v.ballots for v in kept.votes.values()]
        assert replace(found.meeting, number=0) == kept.meeting
        assert house.server.hosted.files.knows(SHA256)
        await ada.operate(PutTopic, topic=NEW, fields=TopicFields(title="One more"))
        assert found.topics[NEW].index == 3
