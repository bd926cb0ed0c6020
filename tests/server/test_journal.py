"""What is on disk stays as it was, or the damage is named."""

from __future__ import annotations

import errno
import os
import queue
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from walkdown.errors import JournalError, Missing
from walkdown_server.journal import Entry, Store, Writer
from walkdown_server.journal.records import HEADER_SIZE

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


@pytest.mark.parametrize("name", ["journal", "heads"])
def test_every_flipped_byte_is_found_and_named(kept: Path, name: str) -> None:
    whole = (kept / name).read_bytes()
    for offset in range(len(whole)):
        damaged = bytearray(whole)
        damaged[offset] ^= 0x10
        (kept / name).write_bytes(damaged)
        with pytest.raises(JournalError, match=rf"{name}.*(record|byte|head) \d+"):
            Store(kept)
    (kept / name).write_bytes(whole)
    assert len(read(kept)) == COUNT


def test_damage_names_the_record_and_where_it_stands(kept: Path) -> None:
    data = bytearray((kept / "journal").read_bytes())
    at = data.index(b"text 3")
    data[at] ^= 1
    (kept / "journal").write_bytes(data)
    with pytest.raises(JournalError, match=r"record 3 at byte (\d+) is damaged: its checksum") as caught:
        Store(kept)
    found = re.search(r"byte (\d+)", str(caught.value))
    assert found
    assert HEADER_SIZE < int(found[1]) < at


def test_a_cut_anywhere_names_the_acknowledged_records_that_are_missing(kept: Path) -> None:
    whole = (kept / "journal").read_bytes()
    for size in range(HEADER_SIZE, len(whole)):
        (kept / "journal").write_bytes(whole[:size])
        with pytest.raises(JournalError, match=r"records? \d+"):
            Store(kept)


def test_a_cut_between_records_names_them(kept: Path, tmp_path: Path) -> None:
    write(tmp_path / "short", [entry(1), entry(2)])
    size = (tmp_path / "short" / "journal").stat().st_size
    (kept / "journal").write_bytes((kept / "journal").read_bytes()[:size])
    with pytest.raises(JournalError, match="records 3 to 5 were acknowledged and are missing"):
        Store(kept)


def test_a_torn_tail_after_the_last_head_is_set_aside_at_every_length(kept: Path) -> None:
    store = Store(kept)
    store.append([entry(6, b"never acknowledged")])
    store.close()
    heads = (kept / "heads").read_bytes()
    longer = (kept / "journal").read_bytes()
    before = longer.index(b"never") - 1
    end = len(longer)
    start = next(size for size in range(before, 0, -1) if _opens_with(kept, longer[:size], heads[:-52]) == "")
    for size in range(start, end):
        (kept / "journal").write_bytes(longer[:size])
        (kept / "heads").write_bytes(heads[:-52])
        assert read(kept) == [entry(number) for number in range(1, COUNT + 1)]
        assert (kept / "journal").stat().st_size == start
    (kept / "journal").write_bytes(longer)
    assert len(read(kept)) == COUNT + 1


def _opens_with(folder: Path, journal: bytes, heads: bytes) -> str:
    """Return "" when exactly these bytes are a whole journal of five records."""
    copy = folder.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    (copy / "journal").write_bytes(journal)
    (copy / "heads").write_bytes(heads)
    try:
        store = Store(copy)
    except JournalError as error:
        return str(error)
    store.close()
    return "" if (copy / "journal").stat().st_size == len(journal) and len(store.entries) == COUNT else "cut"


def test_what_was_torn_is_kept_beside_it(kept: Path) -> None:
    with (kept / "journal").open("ab") as file:
        file.write(b"half a record")
    assert len(read(kept)) == COUNT
    assert (kept / "journal.torn").read_bytes() == b"half a record"


def test_a_head_that_was_cut_or_never_written_does_not_count(kept: Path) -> None:
    whole = (kept / "heads").read_bytes()
    for tail in (b"", b"\0" * 52, b"\0" * 104, whole[-52:-1]):
        (kept / "heads").write_bytes(whole[:-52] + tail)
        assert len(read(kept)) == COUNT


def test_a_journal_without_its_heads_is_refused(kept: Path) -> None:
    (kept / "heads").unlink()
    with pytest.raises(JournalError, match="heads is missing"):
        Store(kept)


def test_heads_of_another_journal_are_refused(kept: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", [entry(1)])
    shutil.copy(tmp_path / "other" / "heads", kept / "heads")
    with pytest.raises(JournalError, match="belongs to another journal"):
        Store(kept)


def test_a_record_put_in_the_place_of_another_is_found(kept: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(kept, other)
    store = Store(other)
    store.append([entry(6)])
    store.close()
    again = tmp_path / "again"
    shutil.copytree(kept, again)
    store = Store(again)
    store.append([entry(6, b"something else")])
    store.close()
    shutil.copy(again / "journal", other / "journal")
    with pytest.raises(JournalError, match=r"record 6 .* not the record that was acknowledged"):
        Store(other)


def test_random_damage_never_changes_a_record_silently(kept: Path) -> None:
    chance = random.Random(7)
    whole = {name: (kept / name).read_bytes() for name in ("journal", "heads")}
    expected = [entry(number) for number in range(1, COUNT + 1)]
    for _ in range(300):
        name = chance.choice(("journal", "heads"))
        data = bytearray(whole[name])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (kept / name).write_bytes(data)
        try:
            assert read(kept) == expected
        except JournalError:
            pass
        for restored, content in whole.items():
            (kept / restored).write_bytes(content)


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
