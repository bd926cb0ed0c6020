"""The table of formats, the axis rule judged by others, and equal hashes for equal files of every kind."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from rich.console import Console
from typer.testing import CliRunner

from tests.importers.conftest import Read
from tests.importers.wedge import POINTS, binary_stl, dae, expected, obj, ply, three_mf, write, zipped
from walkdown.cli import application
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions
from walkdown.package import parse_manifest, read_tile, read_tileset, write_package
from walkdown_server.importers import Input, import_models
from walkdown_server.importers.command import show_report
from walkdown_server.importers.formats import FORMATS, Format, format_of, load_reader, suffixes
from walkdown_server.importers.report import ImportReport, Note
from walkdown_server.importers.task import ReadTask

METRES = ImportOptions(unit=1.0, up="Z")
SOLID = "<visual name='v'><geometry><box><size>4 2 1</size></box></geometry></visual>"
FILES: dict[str, Callable[[], bytes]] = {
    "w.obj": obj,
    "w.stl": binary_stl,
    "w.ply": ply,
    "w.3mf": lambda: three_mf(unit="meter"),
    "w.dae": lambda: dae(asset='<unit meter="1"/><up_axis>Z_UP</up_axis>'),
    "w.sdf": lambda: f"<sdf><model name='m'><link name='l'>{SOLID}</link></model></sdf>".encode(),
    "w.zip": lambda: zipped({"w.stl": binary_stl()}),
    "w.glb": lambda: glb(),
}


def glb() -> bytes:
    """The wedge written by trimesh, whose glTF is Y up: (x, y, z) of the site is (x, z, −y) in there."""
    x, y, z = POINTS.T
    mesh = trimesh.Trimesh(
        np.stack([x, z, -y], 1), [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], process=False
    )
    scene: Any = trimesh.Scene(mesh)
    return bytes(scene.export(file_type="glb"))


@pytest.mark.parametrize("name", FILES)
def test_equal_files_are_equal_packages(tmp_path: Path, name: str) -> None:
    ids, data = set(), FILES[name]()
    for folder in ("a", "b"):
        path = write(tmp_path / folder / name, data)
        ids.add(import_models([Input(path, METRES)], tmp_path / folder / "out").package_id)
    assert len(ids) == 1


@pytest.mark.parametrize("name", [name for name in FILES if name != "w.zip"])
def test_progress_only_grows_and_ends_with_all(tmp_path: Path, name: str) -> None:
    told: list[float] = []
    path = write(tmp_path / name, FILES[name]())
    load_reader(format_of(path))(ReadTask(path, METRES, ImportReport(name="x"), told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("w.sdf", "w.zip")])
def test_the_wedge_lands_where_trimesh_and_the_rule_of_3d_tiles_put_it(
    read: Read, tmp_path: Path, name: str
) -> None:
    """The judge reads our tile as plain glTF; the rule turns it to Z up: (x, y, z) → (x, −z, y)."""
    options = ImportOptions() if name == "w.glb" else METRES
    model, _ = read(write(tmp_path / name, FILES[name]()), options)
    files = write_package(model)
    manifest = parse_manifest(files["manifest.json"])
    (ref,) = read_tileset(files["tileset.json"])
    judge: Any = trimesh.load_scene(io.BytesIO(files[ref.path]), file_type="glb").to_geometry()
    x, y, z = judge.vertices.T
    judged = np.stack([x, -z, y], 1)
    assert expected(judged) == expected(POINTS)
    ours = read_tile(files[ref.path])
    assert len(ours.surfaces) == 1
    assert manifest.element_count >= 1
    np.testing.assert_allclose([ref.lo, ref.hi], [POINTS.min(0), POINTS.max(0)], atol=1e-5)


def test_trimesh_agrees_where_it_reads_the_same_file(read: Read, tmp_path: Path) -> None:
    for name in ("w.obj", "w.stl", "w.ply"):
        path = write(tmp_path / name, FILES[name]())
        judge: Any = trimesh.load_scene(path).to_geometry()
        surface = read(path, METRES)[0].surfaces[0]
        assert expected(judge.vertices) == expected(surface.positions)
        assert judge.volume == pytest.approx(float(np.prod(POINTS.max(0)) / 6))


def test_every_reader_in_the_table_can_be_loaded() -> None:
    for kind in FORMATS:
        if kind.extra == "server":
            assert callable(load_reader(kind))
    assert len(suffixes()) == len(set(suffixes()))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes())


def test_what_a_reader_needs_is_named_with_its_extra() -> None:
    kind = Format("Teapots", (".tea",), "surely_not_installed.teapot:read", extra="tea")
    with pytest.raises(
        ImportFailed, match=r"reading Teapots needs surely_not_installed.*pip install 'walkdown\[tea\]'"
    ):
        load_reader(kind)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.dwg", b"AC1032", r"a\.dwg: a file of this kind cannot be imported, but \.glb, \.gltf, "),
        ("a", b"", "of this kind cannot be imported"),
        ("a.json", b'{"asset": {"version": "1.1"}, "geometricError": 1}', "only CityJSON can be imported"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(ImportFailed, match=sentence):
        format_of(write(tmp_path / name, data))


def test_a_json_file_may_say_that_it_is_a_city_at_its_end(tmp_path: Path) -> None:
    text = b'{"vertices": [' + b"[0,0,0]," * 200_000 + b'[0,0,0]], "type": "CityJSON"}'
    assert format_of(write(tmp_path / "a.json", text)).words == "CityJSON"
    assert format_of(write(tmp_path / "A.OBJ", b"")).words == "OBJ"


def test_what_was_left_out_is_said_under_a_heading() -> None:
    report = ImportReport(name="x", elements_in=9, elements_out=8)
    for name in ("pump", "", "pipe"):
        report.skip("an odd thing", name=name)
    out = io.StringIO()
    show_report(report, Console(file=out, width=120))
    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines[2:] == ["Left out", "3 were left out: an odd thing (pump, pipe, …)."]


def test_a_report_says_the_same_once_and_has_an_end() -> None:
    report = ImportReport(name="x")
    for number in range(300):
        report.note(Note("{n} is odd", {"n": number}))
        report.note(Note("{n} is odd", {"n": number}))
    assert len(report.notes) == 101
    assert report.notes[-2:] == ["99 is odd", "There is more of the kind."]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(application(), ["import", *arguments])
    return result.exit_code, " ".join(result.output.split())


def test_the_command_takes_what_is_said_about_the_file(tmp_path: Path) -> None:
    path, out = write(tmp_path / "w.stl", binary_stl()), tmp_path / "out"
    flags = ["--unit=in", "--up=Y", "--scale=2", "--crs=EPSG:28992", "--origin=90000,435000,1", "--time=60"]
    code, said = run(str(path), "-o", str(out), *flags, "--memory=2")
    assert (code, "12 triangles" in said) == (0, False)
    manifest = parse_manifest((out / "manifest.json").read_bytes())
    assert (manifest.epsg, manifest.origin) == (28992, (90000, 435000, 1))
    (ref,) = read_tileset((out / "tileset.json").read_bytes())
    np.testing.assert_allclose(np.subtract(ref.hi, ref.lo), np.array([4, 1, 2]) * 2 * 0.0254, rtol=1e-5)


def test_the_command_says_what_is_missing_or_wrong_in_one_sentence(tmp_path: Path) -> None:
    path, out = write(tmp_path / "w.stl", binary_stl()), str(tmp_path / "out")
    for flags, sentence in (
        ([], "w.stl does not say its unit: it is 4 × 2 × 1 mm"),
        (["--unit=ell"], "expected a unit such as m, dm"),
        (["--unit=m", "--origin=1,2,x"], "expected --origin X,Y,Z"),
    ):
        code, said = run(str(path), "-o", out, *flags)
        assert code == 2
        assert sentence in said
    assert not Path(out).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_ctrl_c_ends_an_import_and_leaves_nothing(tmp_path: Path) -> None:
    many = "\n".join(f"v {n} 0 0" for n in range(400_000))
    write(tmp_path / "big.obj", many + "\n" + "\n".join(f"f {n} {n + 1} {n + 2}" for n in range(1, 399_000)))
    command = [sys.executable, "-m", "walkdown", "import", "big.obj", "-o", "out", "--unit", "m"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not list(tmp_path.glob(".out*/package")) and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        _said, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["big.obj"]
