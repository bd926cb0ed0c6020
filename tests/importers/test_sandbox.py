"""The import worker is held in, and every way it can end becomes one sentence."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests.importers.conftest import DATA
from tests.importers.forge import TRIANGLE, Forge, glb, triangle
from walkdown.errors import ImportFailed
from walkdown.package import parse_manifest, read_elements
from walkdown_server.importers import Limits, import_file, import_models
from walkdown_server.importers import sandbox as sandbox_module
from walkdown_server.importers.command import import_files

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds the import worker in")


def run_as_worker(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Lets a program of ours play the worker."""
    monkeypatch.setattr(sandbox_module, "COMMAND", (sys.executable, "-c", program))


def test_a_model_becomes_a_package_folder(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    report = import_file(
        DATA / "nested.glb", tmp_path / "out", progress=lambda step, part: told.append((step, part))
    )
    manifest = parse_manifest((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest.id == report.package_id
    assert manifest.element_count == 4
    assert told[0][0] == "read"
    assert 0 < told[0][1] < 1
    assert told[-1] == ("write", 1.0)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_same_file_gives_the_same_package(tmp_path: Path) -> None:
    ids = {import_file(DATA / "nested.glb", tmp_path / name).package_id for name in ("a", "b")}
    assert len(ids) == 1


def test_an_older_package_is_replaced_and_other_folders_are_not(tmp_path: Path) -> None:
    out = tmp_path / "out"
    import_file(DATA / "nested.glb", out)
    import_models([DATA / "small_warehouse.glb"], out)
    assert parse_manifest((out / "manifest.json").read_bytes()).element_count == 81
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ImportFailed, match="a folder with other files in it"):
        import_file(DATA / "nested.glb", tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text(encoding="utf-8") == "dear"


def test_a_failed_import_leaves_the_older_package(tmp_path: Path) -> None:
    out = tmp_path / "out"
    import_file(DATA / "nested.glb", out)
    bad = tmp_path / "bad.glb"
    bad.write_bytes(b"nothing")
    with pytest.raises(ImportFailed, match=r"bad\.glb: a GLB file starts with"):
        import_file(bad, out)
    assert parse_manifest((out / "manifest.json").read_bytes()).element_count == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.glb", "out"]


def test_several_files_make_one_package_with_their_names_in_the_keys(tmp_path: Path) -> None:
    import_models([DATA / "nested.glb", DATA / "small_warehouse.glb"], tmp_path / "out", name="Both")
    files = {p.relative_to(tmp_path / "out").as_posix(): p for p in (tmp_path / "out").rglob("*")}
    manifest = parse_manifest(files["manifest.json"].read_bytes())
    table = read_elements(manifest, lambda path: files[path].read_bytes())
    assert manifest.name == "Both"
    assert table.row_of("gltf:nested/block01/block02/block03") == 3
    assert table.row_of("gltf:small_warehouse/") == 4


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"gone\.glb: there is no such file"):
        import_file(tmp_path / "gone.glb", tmp_path / "out")


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.dwg").write_bytes(b"AC1032")
    with pytest.raises(ImportFailed, match=r"plan\.dwg: a file of this kind cannot be imported, but \.glb"):
        import_file(tmp_path / "plan.dwg", tmp_path / "out")


def test_a_file_that_asks_for_gigabytes_is_refused_and_the_parent_lives(tmp_path: Path) -> None:
    accessors = [{"bufferView": 0, "componentType": 5126, "count": 357_913_941, "type": "VEC3"}]
    (tmp_path / "bomb.glb").write_bytes(glb(triangle(accessors=accessors), TRIANGLE.tobytes()))
    with pytest.raises(ImportFailed, match=r"bomb\.glb: accessor 0 asks for 357913941 values"):
        import_file(tmp_path / "bomb.glb", tmp_path / "out")
    assert import_file(DATA / "nested.glb", tmp_path / "out").elements_out == 3


@only_linux
def test_a_worker_without_enough_memory_says_so(tmp_path: Path) -> None:
    forge = Forge()
    many = np.zeros((3_000_000, 3), np.float32)
    many[::3] = [1, 0, 0]
    many[1::3] = [0, 1, 0]
    forge.node(mesh=forge.mesh(POSITION=many))
    (tmp_path / "big.glb").write_bytes(forge.glb())
    with pytest.raises(ImportFailed, match=r"big\.glb: it needs more than 400 MiB of memory"):
        import_file(tmp_path / "big.glb", tmp_path / "out", limits=Limits(memory_bytes=400 << 20))


def test_a_worker_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_as_worker(monkeypatch, "import sys, time; sys.stdin.read(); time.sleep(60)")
    with pytest.raises(ImportFailed, match=r"nested\.glb: the import took longer than 0 s and was stopped"):
        import_file(DATA / "nested.glb", tmp_path / "out", limits=Limits(time_secs=0))


def test_an_import_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_as_worker(monkeypatch, "import sys, time; sys.stdin.read(); time.sleep(60)")
    with pytest.raises(ImportFailed, match="was cancelled"):
        import_models([DATA / "nested.glb"], tmp_path / "out", cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("raise SystemExit(3)", "ended with code 3"),
        ("print('hello')", "a line that makes no sense"),
        ("print('[' * 100000)", "a line that makes no sense"),
        ("""print('{"type":"error","text":"it is odd"}')""", r"nested\.glb: it is odd"),
        ("""print('{"type":"done","report":{"name":"x"}}')""", "a package that is not sound"),
    ],
)
def test_every_odd_end_of_the_worker_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, sentence: str
) -> None:
    run_as_worker(monkeypatch, "import sys; sys.stdin.read();" + program)
    with pytest.raises(ImportFailed, match=sentence) as caught:
        import_file(DATA / "nested.glb", tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@only_linux
@pytest.mark.parametrize(
    ("signal", "sentence"),
    [("SIGSEGV", "crashed .SIGSEGV."), ("SIGKILL", "ran out of memory"), ("SIGXCPU", "of CPU time")],
)
def test_a_worker_that_dies_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str, sentence: str
) -> None:
    quiet = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
    run_as_worker(monkeypatch, f"import os, signal; {quiet} os.kill(os.getpid(), signal.{signal})")
    with pytest.raises(ImportFailed, match=sentence):
        import_file(DATA / "nested.glb", tmp_path / "out")


@only_linux
def test_a_worker_that_smuggles_a_file_or_a_link_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import sys, json, os; job = json.load(sys.stdin);"
        "os.symlink('/etc/passwd', job['out_dir'] + '/manifest.json');"
        """print('{"type":"done","report":{"name":"x"}}')"""
    )
    run_as_worker(monkeypatch, program)
    with pytest.raises(ImportFailed, match=r"manifest\.json is a link"):
        import_file(DATA / "nested.glb", tmp_path / "out")


JAILED = """
import socket, sys
from pathlib import Path
from walkdown_server.importers.jail import leave_files, leave_network, limit_resources, program_files
held = leave_network()
held += leave_files(readable=[Path(sys.argv[1]), *program_files()], writable=[Path(sys.argv[2])])
held += limit_resources(memory_bytes=1 << 30, cpu_secs=10, file_bytes=1 << 20)
def attempt(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"
print(*held, sep=",")
print(attempt(lambda: Path(sys.argv[1]).read_bytes()))
print(attempt(lambda: (Path(sys.argv[2]) / "result").write_bytes(b"x")))
print(attempt(lambda: Path(sys.argv[3]).read_bytes()))
print(attempt(lambda: Path(sys.argv[1]).write_bytes(b"x")))
print(attempt(lambda: (Path(sys.argv[2]) / "huge").write_bytes(bytes(2 << 20))))
print(attempt(lambda: bytearray(2 << 30)))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    print(attempt(lambda: udp.sendto(b"x", ("127.0.0.1", 9))))
"""


@only_linux
def test_the_worker_reads_its_input_writes_its_output_and_nothing_else(tmp_path: Path) -> None:
    for name in ("input", "secret"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "out").mkdir()
    arguments = [str(tmp_path / name) for name in ("input", "out", "secret")]
    ran = subprocess.run(
        [sys.executable, "-P", "-c", JAILED, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    held, *outcomes = ran.stdout.split("\n")
    assert "resource limits" in held
    expected = ["done", "done", "PermissionError", "PermissionError", "OSError", "MemoryError", "OSError"]
    if "Landlock" not in held:
        expected[2:4] = ["done", "done"]
    if "network namespace" not in held:
        expected[6] = "done"
    assert outcomes[:-1] == expected


def test_the_command_writes_a_zip_and_says_what_came_of_it(tmp_path: Path) -> None:
    out = io.StringIO()
    console = Console(file=out, width=200)
    import_files([DATA / "small_warehouse.glb"], tmp_path / "hall.wdp", console=console)
    with zipfile.ZipFile(tmp_path / "hall.wdp") as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert parse_manifest(archive.read("manifest.json")).name == "hall"
    assert "80 objects came in, 80 elements came out." in out.getvalue()
    assert "15003 triangles, 15 copies, 1 material" in out.getvalue()
    assert "metres and Y up, as glTF says" in out.getvalue()
    assert "hall.wdp" in out.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["hall.wdp"]


def test_the_command_gives_equal_zips_for_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        import_files([DATA / "nested.glb"], tmp_path / name / "m.wdp", console=Console(file=io.StringIO()))
    assert (tmp_path / "a" / "m.wdp").read_bytes() == (tmp_path / "b" / "m.wdp").read_bytes()
