"""Large files of a review are made by a process beside the server, as a thread would make them."""

from __future__ import annotations

import errno
import io
import zipfile
from pathlib import Path

import pytest

from tests.exchange_pack.reviews import ABOUT, RAIL, TRAY, review
from walkdown.errors import BadInput
from walkdown.messages import AskExport
from walkdown_server.filing import beside
from walkdown_server.filing.beside import Beside
from walkdown_server.filing.making import MakeJob, Reviewed, run
from walkdown_server.filing.store import FileStore
from walkdown_server.filing.writers import WRITERS, Source
from walkdown_server.packages import BlobStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    found = FileStore(tmp_path / "files", BlobStore())
    found.put([b"a file"])
    return found


def in_a_thread(store: FileStore, ask: AskExport) -> bytes:
    out = io.BytesIO()
    WRITERS[ask.format][1](Source(ask, review(), ABOUT, store), out)
    return out.getvalue()


def test_a_process_makes_the_same_file_as_a_thread_and_leaves_nothing_else(
    store: FileStore, tmp_path: Path
) -> None:
    ask = AskExport(1, "bcf-2.1", topics=(RAIL.topic,))
    out = tmp_path / "out"
    out.touch()
    Beside(store).make(out, ask, review().snapshot(), about=ABOUT)
    assert out.read_bytes() == in_a_thread(store, ask)
    assert not list((store.folder / ".incoming").iterdir())


def test_the_bcf_file_of_a_pack_is_the_same_whoever_makes_it(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for few in (0, 100):
        monkeypatch.setattr(beside, "FEW_TOPICS", few)
        with (tmp_path / f"{few}.bcf").open("wb") as out:
            Beside(store).write_bcf(out, review(), None)
        made.append((tmp_path / f"{few}.bcf").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "0.bcf") as archive:
        assert {f"{each.topic}/markup.bcf" for each in (RAIL, TRAY)} <= set(archive.namelist())


def test_a_process_that_ends_early_is_said_in_a_sentence(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "WORKER", "walkdown_server.there_is_none")
    with pytest.raises(BadInput, match=r"could not be made because of an error of the server; see its log"):
        Beside(store).make(tmp_path / "out", AskExport(1, "html"), review().snapshot(), about=ABOUT)
    assert not list((store.folder / ".incoming").iterdir())


def test_what_the_disk_does_not_take_is_told_to_the_server(store: FileStore, tmp_path: Path) -> None:
    job = MakeJob(None, str(tmp_path / "review"), str(store.folder), str(tmp_path / "gone"), 1, 1, 1)
    made = run(job)
    assert (made.errno, made.text) == (errno.ENOENT, "No such file or directory")


def test_what_a_process_is_told_is_all_that_a_file_says_beside_the_review() -> None:
    told = Reviewed.of(review().snapshot(), ABOUT).about()
    assert (told.session, told.now_ns, told.models) == (ABOUT.session, ABOUT.now_ns, ABOUT.models)
    assert told.names == ABOUT.names
