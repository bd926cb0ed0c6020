"""A disk that is full, fails or is read-only, and a damaged journal: all are told, viewing goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.conftest import Guest, House, join, open_house, write_package_to
from tests.server.test_survives import THINGS, note, serving
from walkdown.messages import SUBPROTOCOL, Hello, PutNote
from walkdown_server.journal.store import read_folder

HERE = (0.0, 0.0, 0.0)
ERROR_SECS = 1.0


async def put(guest: Guest, name: str) -> dict[str, object]:
    """Place a note; the answer comes within a second, whatever it is."""
    async with asyncio.timeout(ERROR_SECS):
        return await guest.operate(PutNote, note=name, text="x", point=HERE)


async def sees_values(house: House, guest: Guest, value: float) -> None:
    """A value in alarm reaches a client with its state."""
    house.sink.write([0], [value])
    await guest.until(lambda: guest.table.value(0) == value)
    await guest.until(lambda: guest.states[1] == (3 if value >= 90 else 1))


async def remount(place: Path, how: str) -> None:
    process = await asyncio.create_subprocess_exec("mount", "-o", f"remount,{how}", str(place))
    assert await process.wait() == 0


def failing(monkeypatch: pytest.MonkeyPatch, code: int) -> Callable[[], None]:
    """Let every sync of the journal fail, until the returned function is called."""

    def sync(_file: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("walkdown_server.journal.store._sync", sync)
    return monkeypatch.undo


async def test_after_an_error_of_the_disk_all_are_told_and_viewing_goes_on_until_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada, house.guest("Bob") as bob:
        kept = (await put(ada, "a"))["number"]
        repair = failing(monkeypatch, errno.EIO)
        refused = await put(ada, "b")
        assert refused["code"] == "not-kept"
        assert "must be started again" in str(refused["text"])
        assert "goes on in a new one" in str(refused["text"])
        for guest in (ada, bob):
            assert (await guest.said("server", writable=False))["text"] == refused["text"]
        await sees_values(house, bob, 95.0)
        repair()
        again = await put(bob, "c")
        assert (again["code"], again["text"]) == ("read-only", refused["text"])
        journal = tmp_path / "sessions" / "Test" / "journal"
        inode = journal.stat().st_ino
    async with open_house(tmp_path) as house, house.guest("Eve") as eve:
        assert journal.stat().st_ino != inode
        assert house.server.room.session.number >= int(str(kept))
        assert (await put(eve, "d"))["number"]


async def test_on_a_disk_that_became_read_only_writing_goes_on_when_it_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.journal.writer.LOOK_AGAIN_SECS", 0.01)
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        await put(ada, "a")
        real = os.access
        repair = failing(monkeypatch, errno.EROFS)
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))
        refused = await put(ada, "b")
        assert "read-only" in str(refused["text"])
        await sees_values(house, ada, 95.0)
        ada.messages.clear()
        repair()
        await ada.until(lambda: any(m["t"] == "server" and m.get("writable", True) for m in ada.messages))
        assert (await put(ada, "c"))["number"]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
async def test_an_error_that_the_kernel_reports_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    package, data = write_package_to(tmp_path / "package"), tmp_path / "data"
    inject = "inject=fdatasync:error=EIO:when=4+"
    strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject)
    acknowledged: dict[int, int] = {}
    async with serving(package, data, before=strace) as (url, _process):
        async with join(url, THINGS, Hello(version=SUBPROTOCOL, name="Ada")) as ada:
            for op in range(1, 9):
                await ada.say(note(op))
                reply = await ada.said("reply", op=op)
                if reply.get("number"):
                    acknowledged[op] = reply["number"]
                else:
                    assert reply["code"] in ("not-kept", "read-only")
            assert (await ada.said("server", writable=False))["text"]
    assert 1 <= len(acknowledged) <= 4
    async with serving(package, data) as (url, _process):
        async with join(url, THINGS, Hello(version=SUBPROTOCOL, name="Bob")) as bob:
            assert (await bob.operate(PutNote, note="later", text="x", point=HERE))["number"]
    found = read_folder(data / "sessions" / "small", all_signatures=True)
    assert found.faults == ()
    numbers = {entry.number: entry.kind for entry in found.entries}
    assert all(numbers[number] == "note" for number in acknowledged.values())


async def test_a_session_on_a_read_only_disk_can_be_looked_at(small_disk: Path) -> None:
    async with open_house(small_disk, history_mb=0) as house, house.guest("Ada") as ada:
        await put(ada, "a")
    await remount(small_disk, "ro")
    async with open_house(small_disk, history_mb=0) as house, house.guest("Ada") as ada:
        assert [note.note for note in house.server.room.session.snapshot().notes] == ["a"]
        told = await ada.said("server", writable=False)
        assert "cannot be written" in told["text"]
        assert (await put(ada, "b"))["code"] == "read-only"
        await sees_values(house, ada, 95.0)
    await remount(small_disk, "rw")
    async with open_house(small_disk, history_mb=0) as house, house.guest("Ada") as ada:
        assert (await put(ada, "b"))["number"]


async def test_a_damaged_session_opens_for_reading_up_to_the_damage_and_says_how_to_restore_it(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        for name in "abc":
            await ada.operate(PutNote, note=name, text=f"text of {name}", point=HERE)
    folder = tmp_path / "sessions" / "Test"
    whole = (folder / "journal").read_bytes()
    damaged = bytearray(whole)
    damaged[whole.index(b"text of b")] ^= 1
    (folder / "journal").write_bytes(damaged)
    number = read_folder(folder).faults[0].record
    async with open_house(tmp_path) as house, house.guest("Eve") as eve:
        assert [note.note for note in house.server.room.session.snapshot().notes] == ["a"]
        told = await eve.said("server", writable=False)
        assert f"record {number} at byte" in told["text"]
        assert "restore" in told["text"]
        refused = await put(eve, "d")
        assert (refused["code"], refused["text"]) == ("read-only", told["text"])
        await sees_values(house, eve, 95.0)
    assert (folder / "journal").read_bytes() == damaged
    (folder / "journal").write_bytes(whole)
    async with open_house(tmp_path) as house, house.guest("Eve") as eve:
        assert len(house.server.room.session.snapshot().notes) == 3
        assert (await put(eve, "d"))["number"]
