"""How long an import may take follows from how much there is to read, unless somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.conftest import DATA
from tests.importers.test_sandbox import run_as_worker
from walkdown.errors import ImportFailed
from walkdown_server.importers import import_file
from walkdown_server.importers.job import JobFile
from walkdown_server.importers.patience import secs_for

MEGABYTE = 1_000_000


def sized(path: Path, megabytes: int) -> JobFile:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.truncate(megabytes * MEGABYTE)
    return JobFile(str(path))


@pytest.mark.parametrize(
    ("name", "megabytes", "secs"),
    [("a.stl", 0, 10), ("a.ifc", 5, 110), ("a.glb", 1000, 900), ("a.zip", 1, 210), ("a.3mf", 1, 210)],
)
def test_a_small_file_gets_ten_seconds_and_a_large_one_more(
    tmp_path: Path, name: str, megabytes: int, secs: int
) -> None:
    assert secs_for([sized(tmp_path / name, megabytes)]) == secs


def test_what_a_file_may_refer_to_counts_and_other_files_beside_one_that_stands_alone_do_not(
    tmp_path: Path,
) -> None:
    sized(tmp_path / "textures" / "a.png", 3)
    assert secs_for([sized(tmp_path / "a.dae", 1)]) == 10 + 4 * 20
    assert secs_for([sized(tmp_path / "a.ifc", 1)]) == 10 + 1 * 20
    models = tmp_path / "elsewhere"
    sized(models / "mesh.dae", 2)
    world = tmp_path / "worlds" / "w.world"
    assert secs_for([JobFile(sized(world, 0).path, folders=[str(models)])]) == 10 + 2 * 20


def test_a_small_file_that_never_ends_is_stopped_after_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_as_worker(
        monkeypatch,
        "import sys, json; job = json.load(sys.stdin); "
        "print(json.dumps({'type': 'error', 'text': str(job['limits']['time_secs'])}))",
    )
    with pytest.raises(ImportFailed, match=r"nested\.glb: 10$"):
        import_file(DATA / "nested.glb", tmp_path / "out")
