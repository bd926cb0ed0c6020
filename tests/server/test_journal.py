"""What is on disk stays as it was, or the damage is named."""

from __future__ import annotations

import errno
import os
import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from walkdown.errors import Missing
from walkdown_server.journal import Entry, Store, Writer

COUNT = 5


def entry(number: int, payload: bytes | None = None) -> Entry:
    return Entry(number, 1000 + number, "ada", "note", payload or b"text %d" % number, bytes([number]) * 16)


def write(folder: Path, *groups: list[Entry]) -> list[Entry]:
    store = Store(folder)
    for group in groups:
        store.append(group)
    store.close()
    return [one for group in groups for one in group]


def read(folder: Path) -> list[Entry]:
    store = Store(folder)
    store.close()
    return store.entries


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A journal of five records in three commits."""
    folder = tmp_path / "kept"
    write(folder, [entry(1), entry(2)], [entry(3)], [entry(4), entry(5)])
    return folder


def test_what_was_written_is_read_again(kept: Path) -> None:
    assert read(kept) == [entry(number) for number in range(1, COUNT + 1)]


def test_it_goes_on_where_it_stopped(kept: Path) -> None:
    store = Store(kept)
    store.append([entry(6)])
    store.close()
    assert read(kept)[-1] == entry(6)


def test_what_was_torn_is_kept_beside_it(kept: Path) -> None:
    with (kept / "journal").open("ab") as file:
        file.write(b"half a record")
    assert len(read(kept)) == COUNT
    assert (kept / "journal.torn").read_bytes() == b"half a record"


def test_two_servers_cannot_share_one(kept: Path) -> None:
    store = Store(kept)
    with pytest.raises(Missing, match="another server has the session"):
        Store(kept)
    store.close()
    assert len(read(kept)) == COUNT


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, bytes(data)[:7]))
    written = write(tmp_path / "j", [entry(1), entry(2)], [entry(3)])
    monkeypatch.undo()
    assert read(tmp_path / "j") == written


# ---- the writer -------------------------------------------------------------------------------------


class Desk:
    """A writer whose answers can be waited for."""

    def __init__(self, folder: Path) -> None:
        self.answers: queue.Queue[tuple[list[int], str]] = queue.Queue()
        self.states: queue.Queue[str] = queue.Queue()
        self.store = Store(folder)
        self.writer = Writer(
            self.store,
            folder,
            on_commit=lambda entries, reason: self.answers.put(([one.number for one in entries], reason)),
            on_state=lambda state, _text: self.states.put(state),
        )

    def wait(self, count: int) -> list[tuple[list[int], str]]:
        got: list[tuple[list[int], str]] = []
        while sum(len(numbers) for numbers, _ in got) < count:
            got.append(self.answers.get(timeout=10))
        return got


def test_what_waits_becomes_one_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    syncs: list[int] = []
    gate = queue.Queue[None]()
    real = os.fsync

    def slow_sync(file: int) -> None:
        syncs.append(file)
        gate.get(timeout=10)
        real(file)

    monkeypatch.setattr("walkdown_server.journal.store._sync", slow_sync)
    for number in range(1, 101):
        desk.writer.submit(entry(number))
    for _ in range(100):
        gate.put(None)
    answers = desk.wait(100)
    desk.writer.close()
    assert [number for numbers, _ in answers for number in numbers] == list(range(1, 101))
    assert {reason for _, reason in answers} == {""}
    assert len(syncs) == len(answers) < 50
    assert len(read(tmp_path)) == 100


def _failing(code: int, failures: int) -> Callable[[int], None]:
    left = [failures]

    def sync(file: int) -> None:
        if left[0]:
            left[0] -= 1
            raise OSError(code, os.strerror(code))

    return sync


def test_after_an_error_of_the_disk_nothing_is_acknowledged_and_the_file_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, [entry(1)])
    desk = Desk(tmp_path)
    monkeypatch.setattr("walkdown_server.journal.store._sync", _failing(errno.EIO, 1))
    desk.writer.submit(entry(2))
    ((numbers, reason),) = desk.wait(1)
    assert numbers == [2]
    assert "disk failed" in reason
    assert desk.states.get(timeout=10) == "failed"
    after = (tmp_path / "journal").read_bytes()
    desk.writer.submit(entry(2))
    assert desk.wait(1)[0][1] == reason
    desk.writer.close()
    assert (tmp_path / "journal").read_bytes() == after
    assert read(tmp_path)[0] == entry(1)


def test_on_a_full_disk_nothing_is_acknowledged_until_there_is_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, [entry(1)])
    before = (tmp_path / "journal").read_bytes()
    monkeypatch.setattr("walkdown_server.journal.writer.LOOK_AGAIN_SECS", 0.01)
    desk = Desk(tmp_path)
    monkeypatch.setattr("walkdown_server.journal.store._sync", _failing(errno.ENOSPC, 1))
    desk.writer.submit(entry(2))
    ((_numbers, reason),) = desk.wait(1)
    assert "full" in reason
    assert (tmp_path / "journal").read_bytes() == before
    assert [desk.states.get(timeout=10) for _ in range(2)] == ["full", "writing"]
    desk.writer.submit(entry(2))
    assert desk.wait(1) == [([2], "")]
    desk.writer.close()
    assert read(tmp_path) == [entry(1), entry(2)]


def test_what_follows_a_change_that_was_not_kept_is_not_kept_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.journal.writer.LOOK_AGAIN_SECS", 0.01)
    desk = Desk(tmp_path)
    monkeypatch.setattr("walkdown_server.journal.store._sync", _failing(errno.ENOSPC, 1))
    desk.writer.submit(entry(1))
    desk.wait(1)
    assert [desk.states.get(timeout=10) for _ in range(2)] == ["full", "writing"]
    desk.writer.submit(entry(2))
    assert "before this one" in desk.wait(1)[0][1]
    desk.writer.close()
    assert read(tmp_path) == []
