"""Imports every real file: time, memory and counts; CityJSON against cjio, IFC against OpenCASCADE."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal, machine, median_ms, read_options, report
from benchmarks._import_checks import differences
from benchmarks._real_files import DATA, FILES
from walkdown.package import write_package
from walkdown_server.importers.cityjson import read_cityjson
from walkdown_server.importers.task import ReadTask

HERE = Path(__file__).resolve().parent
CITY = "city/3-20-DELFSHAVEN.city.json"
BUILDINGS, QUICK_BUILDINGS = 400, 150
"""Of the city, for the comparison with cjio, whose export takes the square of their number."""

IFC = ("Duplex_A.ifc", "Duplex_Electrical.ifc", "Architectural.ifc", "MEP.ifc")
NO_DATA = "the shared data set is not here"

Measured = tuple[dict[str, Figure], list[Goal]]


def main() -> int:
    """Import, compare and report."""
    options = read_options(__doc__ or "")
    figures: dict[str, Figure] = {}
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in (import_all, against_cjio, against_opencascade):
            found, reached = measure(Path(folder), quick=options.quick)
            figures |= found
            goals += reached
    return report("importing", options=options, figures=figures, goals=goals, where=machine())


def import_all(folder: Path, *, quick: bool) -> Measured:
    """Import each file in the real worker and compare its package with the table."""
    if not DATA.is_dir():
        return {}, [_missed("counts_equal", 1.0, NO_DATA)]
    figures: dict[str, Figure] = {}
    compared = 0
    wrong: list[str] = []
    for file in FILES:
        out = folder / file.path.replace("/", "-")
        measured = _import_once(DATA / file.path, out)
        name = Path(file.path).name
        if "error" in measured:
            compared, wrong = compared + 1, [*wrong, f"{name}: {measured['error']}"]
            continue
        figures[f"{name} s"] = measured["secs"]
        figures[f"{name} MiB"] = measured["peak_mib"]
        facts, found = differences(file, out)
        compared += facts
        wrong += [f"{name}: {difference}" for difference in found]
    for sentence in wrong:
        print(f"DIFFERS  {sentence}")
    figures |= {"facts compared": compared, "facts that differ": len(wrong)}
    share = 1 - len(wrong) / compared
    return figures, [Goal(name="counts_equal", value=share, goal=1.0, unit="share", at_least=True)]


def _import_once(path: Path, out: Path) -> dict[str, Any]:
    """Return the seconds and the worker's memory, or the error."""
    ran = subprocess.run(
        [sys.executable, str(HERE / "_import_once.py"), str(path), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        return {"error": ran.stderr.strip().rsplit("\n", 1)[-1]}
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def against_cjio(folder: Path, *, quick: bool) -> Measured:
    """Time our reader and package writer against cjio's reader and GLB export, on the same file."""
    if not DATA.is_dir():
        return {}, [_missed("vs_cjio", 50.0, NO_DATA)]
    if importlib.util.find_spec("cjio") is None:
        return {}, [_missed("vs_cjio", 50.0, "cjio is not installed")]
    path = _part_of_city(folder, QUICK_BUILDINGS if quick else BUILDINGS)
    ours_ms = median_ms(lambda: write_package(read_cityjson(ReadTask(path))), repeats=5, warm_up=1)
    theirs_ms = _timed_ms(lambda: _cjio(path))
    figures: dict[str, Figure] = {
        "cjio": version("cjio"),
        "CityJSON compared": path.name,
        "CityJSON to package ms": ours_ms,
        "CityJSON to GLB by cjio ms": theirs_ms,
    }
    ratio = theirs_ms / ours_ms
    return figures, [Goal(name="vs_cjio", value=ratio, goal=50.0, unit="times", at_least=True)]


def _part_of_city(folder: Path, count: int) -> Path:
    """Return a file of the first buildings of the city, with only the vertices that they use."""
    city = json.loads((DATA / CITY).read_bytes())
    chosen = dict(list(city["CityObjects"].items())[:count])
    used: dict[int, int] = {}
    for building in chosen.values():
        for geometry in building["geometry"]:
            geometry.pop("texture", None)
            geometry["boundaries"] = [
                [[used.setdefault(corner, len(used)) for corner in ring] for ring in surface]
                for surface in geometry["boundaries"]
            ]
    part = {**city, "CityObjects": chosen, "vertices": [city["vertices"][corner] for corner in used]}
    part.pop("appearance", None)
    path = folder / f"{count}_buildings_of_delfshaven.city.json"
    path.write_text(json.dumps(part), encoding="utf-8")
    return path


def _cjio(path: Path) -> bytes:
    """Return cjio's GLB.

    Its own way of filling surfaces needs a library that is not free for all, so it uses earcut.
    """
    from cjio import cityjson

    with contextlib.redirect_stdout(io.StringIO()), path.open(encoding="utf-8") as file:
        city = cityjson.reader(file=file, ignore_duplicate_keys=True)
        city.triangulate(sloppy=True)
        exported: bytes = city.export2glb().getvalue()
    return exported


def _timed_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def against_opencascade(folder: Path, *, quick: bool) -> Measured:
    """Time the fast geometry kernel, with its gaps filled, against OpenCASCADE alone."""
    if not DATA.is_dir():
        return {}, [_missed("vs_occ", 2.0, NO_DATA)]
    if importlib.util.find_spec("ifcopenshell") is None:
        return {}, [_missed("vs_occ", 2.0, "ifcopenshell is not installed")]
    from benchmarks._ifc_kernels import compare_kernels

    paths = [DATA / "ifc" / name for name in IFC]
    ours_secs, theirs_secs = compare_kernels(paths)
    figures: dict[str, Figure] = {
        "ifcopenshell": version("ifcopenshell"),
        "IFC compared": ", ".join(path.name for path in paths),
        "IFC shapes s": ours_secs,
        "IFC shapes by OpenCASCADE s": theirs_secs,
    }
    ratio = theirs_secs / ours_secs
    return figures, [Goal(name="vs_occ", value=ratio, goal=2.0, unit="times", at_least=True)]


def _missed(name: str, goal: float, reason: str) -> Goal:
    unit = "share" if name == "counts_equal" else "times"
    return Goal(name=name, value=None, goal=goal, unit=unit, at_least=True, reason=reason)


if __name__ == "__main__":
    sys.exit(main())
