"""Imports are kept in the user's cache until a file, what was said, or the program changes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from tests.importers.wedge import POINTS, binary_stl, obj, picture, write
from walkdown.errors import ImportFailed
from walkdown.model_options import ModelFlags
from walkdown_server.importers import command, import_models, kept
from walkdown_server.importers.command import kept_import, order_of
from walkdown_server.importers.job import OF_THE_MODELS, Input
from walkdown_server.importers.kept import KeptImports, import_asking
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.units import UnitMissing
from walkdown_server.sites import file_site

METRES = ModelFlags(unit="m")


class Counter:
    """Stands for the import and counts how often it was needed."""

    def __init__(self, *, read: Sequence[Path] = ()) -> None:
        self.runs: list[list[Input]] = []
        self._read = read

    def __call__(self, inputs: Sequence[Input], folder: Path) -> ImportReport:
        self.runs.append(list(inputs))
        write(folder / "manifest.json", b"{}")
        return ImportReport(name="x", read_files=[str(path) for path in self._read])


def test_a_second_import_is_not_needed_until_something_changes(tmp_path: Path) -> None:
    path = write(tmp_path / "w.stl", binary_stl())
    store, run = KeptImports(tmp_path / "cache"), Counter()

    def package(flags: ModelFlags = METRES) -> Path:
        order = order_of([path], flags)
        return store.package_of(order.inputs, order.frame, run)[0]

    first = package()
    assert package() == first
    assert len(run.runs) == 1
    assert package(ModelFlags(unit="mm")) != first
    write(path, binary_stl(POINTS * 2))
    package()
    assert len(run.runs) == 3


def test_a_texture_that_changed_or_is_gone_makes_it_new(tmp_path: Path) -> None:
    path, texture = write(tmp_path / "w.obj", obj()), write(tmp_path / "skin.png", picture())
    store, run = KeptImports(tmp_path / "cache"), Counter(read=[path, texture])
    inputs = [Input(path)]
    for _again in range(2):
        store.package_of(inputs, OF_THE_MODELS, run)
    assert len(run.runs) == 1
    write(texture, picture(color=(0, 0, 0)))
    store.package_of(inputs, OF_THE_MODELS, run)
    assert len(run.runs) == 2
    (place,) = (tmp_path / "cache").iterdir()
    assert len(list(place.glob("package-*/manifest.json"))) == 2  # the older one may be served just now
    texture.unlink()
    run = Counter(read=[path])
    store.package_of(inputs, OF_THE_MODELS, run)
    assert len(run.runs) == 1


def test_another_version_of_the_program_imports_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = KeptImports(tmp_path / "cache"), Counter()
    inputs = [Input(write(tmp_path / "w.stl", binary_stl()))]
    store.package_of(inputs, OF_THE_MODELS, run)
    monkeypatch.setattr(kept, "importer_version", lambda: "newer")
    store.package_of(inputs, OF_THE_MODELS, run)
    assert len(run.runs) == 2


def test_the_oldest_imports_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT_IMPORTS", 2)
    store, run = KeptImports(tmp_path / "cache"), Counter()
    for number in range(4):
        store.package_of([Input(write(tmp_path / f"{number}.stl", bytes([number])))], OF_THE_MODELS, run)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_what_the_worker_read_beside_the_model_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "w.mtl", b"newmtl m\nmap_Kd skin.png\n")
    write(tmp_path / "skin.png", picture())
    write(tmp_path / "diary.txt", b"dear")
    text = b"mtllib w.mtl\nusemtl m\nvt 0 0\n" + obj().replace(b"f 1 3 2", b"f 1/1 3/1 2/1")
    order = order_of([write(tmp_path / "w.obj", text)], METRES)
    report = import_models(order.inputs, tmp_path / "out")
    assert {Path(path).name for path in report.read_files} == {"w.obj", "w.mtl", "skin.png"}


def test_an_answer_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "w.stl", binary_stl())
    asked: list[UnitMissing] = []

    def answer(missing: UnitMissing, _console: Console) -> float:
        asked.append(missing)
        return 0.001

    monkeypatch.setattr(command, "_ask_unit", answer)
    console, store = Console(file=io.StringIO()), KeptImports(tmp_path / "cache")
    order = order_of([path])
    first = kept_import(order, store, console)
    assert kept_import(order, store, console) == kept_import(order, store, console)
    assert [(missing.file, missing.size) for missing in asked] == [("w.stl", (4, 2, 1))]
    assert (first / "manifest.json").is_file()


def test_without_an_answer_the_import_fails() -> None:
    def run(inputs: Sequence[Input]) -> ImportReport:
        raise UnitMissing("w.stl", (1, 1, 1))

    with pytest.raises(UnitMissing):
        import_asking([Input(Path("w.stl"))], run, lambda missing: None)
    with pytest.raises(UnitMissing):  # the answer is for a file that is not there
        import_asking([Input(Path("other.stl"))], run, lambda missing: 1.0)


def test_each_file_is_asked_about() -> None:
    def run(inputs: Sequence[Input]) -> ImportReport:
        for file in inputs:
            if file.options.unit is None:
                raise UnitMissing(file.path.name, (1, 1, 1))
        return ImportReport(name="x")

    answers = {"a.stl": 1.0, "b.stl": 0.001}
    _report, asked = import_asking(
        [Input(Path(name)) for name in answers], run, lambda missing: answers[missing.file]
    )
    assert [file.options.unit for file in asked] == [1.0, 0.001]


def test_model_files_are_served_together_with_packages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [write(tmp_path / "a.stl", binary_stl()), write(tmp_path / "b.obj", obj())]
    site = file_site(paths, METRES, cache=tmp_path / "cache")
    assert [thing.id for thing in site.catalogue.things] == ["stl:a/", "stl:a/solid", "obj:b/"]
    assert "2 objects came in, 2 elements came out." in capsys.readouterr().err
    again = file_site(paths, METRES, cache=tmp_path / "cache")
    assert again.packages[0].manifest == site.packages[0].manifest
    assert "came in" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (ModelFlags(unit="furlong"), "expected a unit such as"),
        (ModelFlags(crs="WGS84"), "expected a reference system such as EPSG"),
        (ModelFlags(origin="1"), "expected --origin X,Y,Z"),
        (ModelFlags(up="X"), "expected Y or Z"),
        (ModelFlags(scale=-1), "expected a scale above 0"),
        (ModelFlags(memory=0), "--memory should be more than 0, and --time not less"),
    ],
)
def test_a_wrong_flag_is_one_sentence(tmp_path: Path, flags: ModelFlags, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        order_of([tmp_path / "w.stl"], flags)


def test_flags_reach_another_program_of_ours() -> None:
    assert ModelFlags().arguments() == []
    assert ModelFlags(unit="mm", scale=2.0).arguments() == ["--unit=mm", "--scale=2.0"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"gone\.stl: there is no such file"):
        file_site([tmp_path / "gone.stl"], cache=tmp_path)
