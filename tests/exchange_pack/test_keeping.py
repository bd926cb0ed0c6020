"""Beside a running session the pack is written as the review changes, and its faults harm nobody."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from msgspec.structs import replace

from tests.exchange_pack.reviews import ABOUT, RAIL, TRAY, files, review
from tests.server.conftest import open_house
from walkdown.messages import GiveVerdict, OpenMeeting, PutTopic, TopicFields
from walkdown.review import ReviewState
from walkdown_server.exchange.about import Files
from walkdown_server.exchange.pack import load
from walkdown_server.exchange.pack.folder import PackFolder
from walkdown_server.exchange.pack.keeping import Keeping

NEW = "7d2b8c52-6f0e-4c52-9a43-5a5e4f1c0f11"


def no_bcf(out: IO[bytes], _state: ReviewState, _files: Files) -> None:
    out.write(b"bcf")


def keeping(folder: Path, state: ReviewState, said: list[str]) -> Keeping:
    return Keeping(folder, files, review=lambda: state, about=lambda: ABOUT, bcf=no_bcf, tell=said.append)


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def change(state: ReviewState, **changes: object) -> None:
    state.topics[RAIL.topic] = replace(state.topics[RAIL.topic], **changes)
    state.revision += 1


async def test_a_review_in_which_nothing_has_happened_writes_nothing(tmp_path: Path) -> None:
    pack = keeping(tmp_path / "review", ReviewState(), [])
    assert not await pack.settle(bcf=True)
    assert not (tmp_path / "review").exists()


async def test_only_what_has_changed_is_written_again(tmp_path: Path) -> None:
    state = review()
    state.revision = 1
    pack = keeping(tmp_path, state, [])
    assert await pack.settle(bcf=False)
    before = stamps(tmp_path)
    assert not await pack.settle(bcf=False)
    change(state, status="Closed")
    assert await pack.settle(bcf=False)
    after = stamps(tmp_path)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {f"0001-{RAIL.topic[:8]}.md", "minutes.md", "topics.csv", "written.txt"}


async def test_the_bcf_file_is_written_when_it_is_time_and_at_the_end(tmp_path: Path) -> None:
    state = review()
    state.revision = 1
    pack = keeping(tmp_path, state, [])
    await pack.settle(bcf=False)
    assert not (tmp_path / "topics.bcf").exists()
    await pack.close()
    assert (tmp_path / "topics.bcf").read_bytes() == b"bcf"


async def test_a_bcf_file_that_cannot_be_made_is_said_once_and_keeps_nothing_else_from_being_written(
    tmp_path: Path,
) -> None:
    def broken(_out: IO[bytes], _state: ReviewState, _files: Files) -> None:
        raise ValueError("no BCF today")

    state, said = review(), list[str]()
    state.revision = 1
    pack = Keeping(tmp_path, files, review=lambda: state, about=lambda: ABOUT, bcf=broken, tell=said.append)
    assert await pack.settle(bcf=True)
    assert not await pack.settle(bcf=True)
    assert len(said) == 1
    assert "see the server's log" in said[0]
    assert (tmp_path / "minutes.md").exists()


async def test_a_full_disk_is_said_once_and_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, said = review(), list[str]()
    state.revision = 1
    pack = keeping(tmp_path, state, said)
    monkeypatch.setattr(Path, "write_bytes", _full)
    assert not await pack.settle(bcf=False)
    assert not await pack.settle(bcf=False)
    assert len(said) == 1
    assert "No space left on device" in said[0]
    monkeypatch.undo()
    assert await pack.settle(bcf=False)
    assert said[1:] == [""]
    assert [each.topic.title for each in load(tmp_path).incoming.topics] == [RAIL.title, TRAY.title]
    assert not [name for name in stamps(tmp_path) if name.endswith(".new")]


def _full(path: Path, _data: bytes) -> int:
    with path.open("wb") as file:
        file.write(b"torn")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_topic_that_is_removed_leaves_the_pack(tmp_path: Path) -> None:
    state = review()
    folder = PackFolder(tmp_path, files)
    folder.write(state, ABOUT)
    del state.topics[TRAY.topic]
    folder.write(state, ABOUT)
    assert {path.name[:4] for path in (tmp_path / "topics").iterdir()} == {"0001"}
    assert "Headroom" not in (tmp_path / "minutes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../../../x", "..\\..\\x", "a/b", "a\0b", "CON\n"])
def test_a_topic_whose_id_is_no_name_of_a_file_lies_in_its_folder_all_the_same(
    tmp_path: Path, name: str
) -> None:
    state = ReviewState(topics={name: replace(TRAY, topic=name)})
    folder = tmp_path / "a" / "pack"
    PackFolder(folder, files).write(state, ABOUT)
    assert [len(list((folder / "topics").glob(kind))) for kind in ("0002-*", "*")] == [2, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    (loaded,) = load(folder).incoming.topics
    assert loaded.topic.topic == name


def test_what_somebody_edits_while_the_session_runs_is_kept(tmp_path: Path) -> None:
    state = review()
    folder = PackFolder(tmp_path, files)
    folder.write(state, ABOUT)
    path = tmp_path / "topics" / f"0001-{RAIL.topic[:8]}.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Status: Open", "Status: Mine"), encoding="utf-8"
    )
    state.topics[RAIL.topic] = replace(RAIL, priority="Low")
    folder.write(state, ABOUT)
    assert "Status: Open" in path.read_text(encoding="utf-8")
    assert "Status: Mine" in (tmp_path / "edited" / path.name).read_text(encoding="utf-8")


def test_what_somebody_edited_while_the_server_was_down_is_kept_and_what_was_only_old_is_not(
    tmp_path: Path,
) -> None:
    state = review()
    PackFolder(tmp_path, files).write(state, ABOUT)
    rail, tray = (next((tmp_path / "topics").glob(f"{number}-????????.md")) for number in ("0001", "0002"))
    rail.write_text(
        rail.read_text(encoding="utf-8").replace("Status: Open", "Status: Mine"), encoding="utf-8"
    )
    state.topics[RAIL.topic] = replace(RAIL, priority="Low")
    state.topics[TRAY.topic] = replace(TRAY, priority="Low")
    PackFolder(tmp_path, files).write(state, ABOUT)
    assert {path.name for path in (tmp_path / "edited").iterdir()} == {rail.name}
    assert "Priority: Low" in tray.read_text(encoding="utf-8")


async def test_a_running_session_writes_what_happens_within_two_seconds_and_all_of_it_at_the_end(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        async with house.guest("Ada") as ada:
            await ada.operate(OpenMeeting, title="Sixty percent", stage="60 %")
            await ada.operate(
                PutTopic, topic=NEW, fields=TopicFields(title="Ladder is missing", status="Open")
            )
            pack = house.server.hosted._folder / "review"
            await until(lambda: (pack / "topics" / f"0001-{NEW[:8]}.md").exists())
            assert "Status: Open" in (pack / "topics" / f"0001-{NEW[:8]}.md").read_text(encoding="utf-8")
            await ada.operate(GiveVerdict, decision="repeat", text="Once more.")
    assert "**To be reviewed again**: Once more. (Ada, " in (pack / "minutes.md").read_text(encoding="utf-8")
    assert (pack / "topics.bcf").stat().st_size > 100
    assert [each.topic.title for each in load(pack).incoming.topics] == ["Ladder is missing"]


async def until(holds: Callable[[], bool], *, secs: float = 10.0) -> None:
    """Wait for what a thread does."""
    async with asyncio.timeout(secs):
        while not holds():  # noqa: ASYNC110 -- nothing tells when a file has been written
            await asyncio.sleep(0.05)
