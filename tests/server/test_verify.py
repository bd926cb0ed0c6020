"""``verify``, ``export-session`` and ``restore-session``: proof without a server."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.server.conftest import open_house
from walkdown import cli
from walkdown.errors import JournalError
from walkdown.messages import PutNote, Record
from walkdown_server.journal import Entry, Store
from walkdown_server.journal.exported import About, key_of, pack, packages_of, unpack
from walkdown_server.journal.heads import HEAD_SIZE
from walkdown_server.journal.kept import entry_of
from walkdown_server.journal.store import bytes_of_folder, read_folder
from walkdown_server.keys import ServerKey

COMMANDS = {"verify": "verify", "export-session": "export_session", "restore-session": "restore_session"}
COUNT = 6
FLIPS = 1000
PACKAGE = "ab" * 32

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and returns exit code, output and errors."""
    entries = [
        EntryPoint(name, f"walkdown_server.proof:{function}", "walkdown.commands")
        for name, function in COMMANDS.items()
    ]
    monkeypatch.setattr(cli, "entry_points", lambda group: entries)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("WALKDOWN_LANG", "en")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


def kept_entry(number: int) -> Entry:
    body = {"note": "n", "text": f"text {number}", "point": [0, 0, 0], "author": "Ada", "author_id": "a"}
    record = Record(number, number, "Ada", "a", "note", body | {"time_ns": 1}, op=number)
    if number == 2:
        model = {"model": "m", "name": "Wall", "package": PACKAGE, "author": "Ada", "author_id": "a"}
        record = Record(number, number, "Ada", "a", "model", model)
    return entry_of(record)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a session of six records in three commits."""
    folder = tmp_path / "data"
    store = Store(folder / "sessions" / "Hall", ServerKey.of_folder(folder))
    for start in range(1, COUNT, 2):
        store.append([kept_entry(start), kept_entry(start + 1)])
    store.close()
    return folder


@pytest.fixture
def hall(data: Path) -> Path:
    return data / "sessions" / "Hall"


@pytest.fixture
def exported(hall: Path) -> bytes:
    journal, heads = bytes_of_folder(hall)
    found = read_folder(hall)
    about = About("Hall", "0.1", 1, COUNT, key_of(found.heads), packages_of(found.entries))
    return pack(about, journal=journal, heads=heads)


def damage(path: Path, offset: int) -> None:
    changed = bytearray(path.read_bytes())
    changed[offset] ^= 1
    path.write_bytes(changed)


def test_a_whole_session_is_found_whole_and_its_key_is_told(run: Run, hall: Path, data: Path) -> None:
    key = ServerKey.of_folder(data).public.hex()
    code, out, _err = run("verify", hall)
    assert code == 0
    assert "6 records are as they were acknowledged" in out
    assert f"3 of 3 commits are signed by {key}" in out
    assert run("verify", hall, "--key", key)[0] == 0
    code, out, _err = run("verify", hall, "--key", "00" * 32)
    assert code == 1
    assert f"it is by {key}" in out


def test_damage_is_named_with_the_record_and_the_exit_code_is_1(run: Run, hall: Path) -> None:
    damage(hall / "journal", (hall / "journal").read_bytes().index(b"text 4"))
    code, out, _err = run("verify", hall)
    assert code == 1
    assert "first concerned: record 4. journal: record 4 at byte" in out
    assert "3 records can be proved all the same" in out


def test_json_says_all_of_it(run: Run, hall: Path) -> None:
    damage(hall / "heads", 60)
    code, out, _err = run("verify", hall, "--json")
    said = json.loads(out)
    assert code == 1
    assert (said["ok"], said["records"], said["acknowledged"]) == (False, COUNT, COUNT)
    assert (said["commits"], said["signed"], said["packages"]) == (2, 2, [PACKAGE])
    assert [(f["record"], f["last"], f["file"]) for f in said["faults"]] == [(1, 4, "heads")]


def test_a_torn_tail_is_no_damage(run: Run, hall: Path) -> None:
    with (hall / "journal").open("ab") as file:
        file.write(b"half")
    code, out, _err = run("verify", hall)
    assert code == 0
    assert "4 bytes after them were acknowledged to nobody" in out


def test_whole_records_after_the_last_head_were_promised_to_nobody(run: Run, hall: Path) -> None:
    heads = (hall / "heads").read_bytes()
    (hall / "heads").write_bytes(heads[:-HEAD_SIZE])
    code, out, _err = run("verify", hall)
    assert code == 0
    assert "4 records are as they were acknowledged" in out
    assert "2 whole records after them were acknowledged to nobody" in out


def test_a_record_that_means_nothing_is_named(run: Run, hall: Path) -> None:
    store = Store(hall)
    store.append([Entry(COUNT + 1, 9, "a", "note", b"\xc1", bytes(16))])
    store.close()
    code, out, _err = run("verify", hall)
    assert code == 1
    assert "record 7" in out
    assert "1 of 4 commits are not signed" in out


@pytest.mark.parametrize("what", ["empty", "missing"])
def test_what_is_no_session_is_refused(run: Run, tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    code, _out, err = run("verify", tmp_path / what)
    assert code == 2
    assert err


# ---- one file ------------------------------------------------------------------------------------------


def test_what_is_exported_is_verified_and_restored(run: Run, data: Path, hall: Path, tmp_path: Path) -> None:
    out = tmp_path / "hall.wds"
    assert run("export-session", "Hall", "--data", data, "-o", out)[0] == 0
    assert run("verify", out)[0] == 0
    found = unpack(out.read_bytes())
    assert found.about
    assert (found.about.session, found.about.records) == ("Hall", COUNT)
    assert found.about.key == ServerKey.of_folder(data).public.hex()
    assert found.about.packages == (PACKAGE,)
    code, said, _err = run("restore-session", out, "--data", data, "--name", "Again")
    assert code == 0
    assert f"package {PACKAGE} is not in" in said
    assert read_folder(data / "sessions" / "Again").entries == read_folder(hall).entries
    store = Store(data / "sessions" / "Again", ServerKey.of_folder(tmp_path / "other"))
    store.append([kept_entry(COUNT + 1)])
    store.close()
    assert run("verify", data / "sessions" / "Again")[0] == 0


def test_a_session_that_is_there_is_not_replaced(run: Run, data: Path, hall: Path, tmp_path: Path) -> None:
    run("export-session", hall, "-o", tmp_path / "h.wds")
    before = (hall / "journal").read_bytes()
    code, _out, err = run("restore-session", tmp_path / "h.wds", "--data", data)
    assert code == 2
    assert "There is a session Hall already" in err
    assert (hall / "journal").read_bytes() == before


def test_of_a_damaged_session_the_good_part_can_be_exported(run: Run, hall: Path, tmp_path: Path) -> None:
    damage(hall / "journal", (hall / "journal").read_bytes().index(b"text 4"))
    out = tmp_path / "good.wds"
    code, _out, err = run("export-session", hall, "-o", out)
    assert code == 2
    assert "--good-part exports the 3 records before it" in err
    assert not out.exists()
    assert run("export-session", hall, "--good-part", "-o", out)[0] == 0
    assert run("verify", out)[0] == 0
    assert len(unpack(out.read_bytes()).reading.entries) == 3


def test_a_session_that_is_not_there_cannot_be_exported(run: Run, data: Path, tmp_path: Path) -> None:
    code, _out, err = run("export-session", "Nowhere", "--data", data, "-o", tmp_path / "x.wds")
    assert code == 2
    assert "There is no session Nowhere" in err


async def test_a_session_is_exported_while_its_server_runs(run: Run, tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house, house.guest("Ada") as ada:
        for number in range(3):
            await ada.operate(PutNote, note=f"n{number}", text="x", point=(0.0, 0.0, 0.0))
        assert run("export-session", "Test", "--data", tmp_path / "data", "-o", tmp_path / "t.wds")[0] == 0
        await ada.operate(PutNote, note="later", text="x", point=(0.0, 0.0, 0.0))
    kinds = [entry.kind for entry in unpack((tmp_path / "t.wds").read_bytes()).reading.entries]
    assert kinds.count("note") == 3


# ---- damage to the file --------------------------------------------------------------------------------


def expected_entries() -> list[tuple[int, bytes]]:
    return [(number, kept_entry(number).payload) for number in range(1, COUNT + 1)]


def read_anyhow(data: bytes) -> tuple[list[tuple[int, bytes]], int | None]:
    """Return the records of a file, and the first record concerned, None for no damage."""
    try:
        reading = unpack(data).reading
    except JournalError as error:
        return [], 1 if re.search("byte 0|headers", str(error)) else None
    found = [(entry.number, entry.payload) for entry in reading.entries]
    return found, reading.faults[0].record if reading.faults else None


def test_a_thousand_random_flips_in_an_exported_session_are_reported(exported: bytes) -> None:
    chance = random.Random(11)
    expected = expected_entries()
    assert read_anyhow(exported) == (expected, None)
    for _ in range(FLIPS):
        data = bytearray(exported)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found, concerned = read_anyhow(bytes(data))
        assert found == expected[: len(found)]
        assert bytes(data) == exported or concerned is not None
        assert len(found) == COUNT or concerned


def test_an_exported_session_cut_at_every_byte_is_reported(exported: bytes) -> None:
    expected = expected_entries()
    for size in range(len(exported)):
        found, concerned = read_anyhow(exported[:size])
        assert found == expected[: len(found)]
        assert concerned is not None
        assert len(found) == COUNT or concerned <= len(found) + 1


def test_bytes_after_the_end_are_reported(exported: bytes) -> None:
    assert read_anyhow(exported + b"x") == (expected_entries(), 0)


def test_a_file_that_says_something_else_about_itself_is_reported(hall: Path) -> None:
    journal, heads = bytes_of_folder(hall)
    about = About("Hall", "0.1", 1, COUNT, "00" * 32, (PACKAGE,))
    data = pack(about, journal=journal, heads=heads)
    (fault,) = unpack(data).reading.faults
    assert (fault.record, fault.file) == (0, "file")
    assert "says about itself" in fault.text
