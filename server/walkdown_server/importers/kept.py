"""Imports kept in the user's cache: what was imported once is there at once, as long as nothing changed.

An import is found by the hash of its files, of what was said about them, and of the program that reads
them; the files that those refer to are compared with how they were.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

import walkdown.package
from walkdown.package import MANIFEST_PATH
from walkdown_server.importers.job import Input, SiteFrame
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.units import UnitMissing

KEPT_IMPORTS = 24
RECORD, ANSWERS = "record.json", "units.json"

Run = Callable[[Sequence[Input], Path], ImportReport]
"""Imports files into a package folder."""


class _Record(msgspec.Struct):
    """One import.

    Attributes:
        package: name of its folder. read: path and sha256 of what it read besides its files.
    """

    package: str
    read: list[tuple[str, str]]
    report: ImportReport


class KeptImports:
    """The imports of one cache folder.

    Args:
        folder: made when the first import is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def package_of(
        self, inputs: Sequence[Input], frame: SiteFrame, run: Run, *, name: str = ""
    ) -> tuple[Path, ImportReport]:
        """Return the package of some files and the report on it; imports them unless that was done before.

        Raises:
            ImportFailed: a file cannot be imported.
        """
        known = self._with_known_units(inputs)
        place = self._folder / _key(known, frame, name)
        record = _fresh(place)
        if record is not None:
            os.utime(place)
            return place / record.package, record.report
        place.mkdir(parents=True, exist_ok=True)
        package = place / f"package-{len(list(place.iterdir()))}"  # an older one may be served just now
        report = run(known, package)
        _write_record(package, report, {file.path.resolve() for file in known})
        self._forget_oldest()
        return package, report

    def remember_unit(self, path: Path, unit: float) -> None:
        """Keep the answer to what unit a file counts in, so that it is asked once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        answers = self._answers() | {_hash_of(path): unit}
        (self._folder / ANSWERS).write_bytes(msgspec.json.encode(answers))

    def _answers(self) -> dict[str, float]:
        try:
            return msgspec.json.decode((self._folder / ANSWERS).read_bytes(), type=dict[str, float])
        except (OSError, msgspec.DecodeError):
            return {}

    def _with_known_units(self, inputs: Sequence[Input]) -> list[Input]:
        answers = self._answers()
        if not answers:
            return list(inputs)
        return [with_unit(file, answers.get(_hash_of(file.path))) for file in inputs]

    def _forget_oldest(self) -> None:
        places = sorted(
            (place for place in self._folder.iterdir() if (place / RECORD).is_file()),
            key=lambda place: place.stat().st_mtime,
        )
        for place in places[:-KEPT_IMPORTS]:
            shutil.rmtree(place, ignore_errors=True)


def with_unit(file: Input, unit: float | None) -> Input:
    """Return an input whose unit is known, where nothing was said about it before."""
    if unit is None or file.options.unit is not None:
        return file
    options = msgspec.structs.replace(file.options, unit=unit)
    return Input(file.path, options, file.placement, file.label, file.main)


def import_asking(
    inputs: Sequence[Input],
    run: Callable[[Sequence[Input]], ImportReport],
    ask: Callable[[UnitMissing], float | None],
) -> tuple[ImportReport, list[Input]]:
    """Import files, asking for the unit of each that does not say it.

    Args:
        inputs: what to import. run: imports it. ask: returns metres in one unit, or None to give up.

    Returns:
        The report, and the files with the units that were asked for.

    Raises:
        ImportFailed: a file cannot be imported. UnitMissing: nobody knows the unit of one.
    """
    asked = list(inputs)
    while True:
        try:
            return run(asked), asked
        except UnitMissing as missing:
            unit = ask(missing)
            known = [file.options.unit for file in asked]
            asked = [with_unit(file, unit) if file.path.name == missing.file else file for file in asked]
            if unit is None or known == [file.options.unit for file in asked]:
                raise


def _key(inputs: Sequence[Input], frame: SiteFrame, name: str) -> str:
    said = [
        (file.path.name, _hash_of(file.path), file.options, file.placement, file.label, file.main)
        for file in inputs
    ]
    whole = msgspec.json.encode([importer_version(), name, frame, said])
    return hashlib.sha256(whole).hexdigest()[:32]


@functools.cache
def importer_version() -> str:
    """Return a hash of the code that reads models and writes packages."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(walkdown.package.__file__).parent):
        for file in sorted(folder.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _hash_of(path: Path) -> str:
    """Return the sha256 of a file; of a folder, of the names of its files."""
    if path.is_dir():
        names = "\n".join(sorted(entry.name for entry in path.iterdir()))
        return hashlib.sha256(f"{path.resolve()}\n{names}".encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fresh(place: Path) -> _Record | None:
    """Return the record of an import if it is whole and what it read is as it was."""
    try:
        record = msgspec.json.decode((place / RECORD).read_bytes(), type=_Record)
        as_it_was = all(_hash_of(Path(path)) == digest for path, digest in record.read)
    except (OSError, msgspec.DecodeError):
        return None
    return record if as_it_was and (place / record.package / MANIFEST_PATH).is_file() else None


def _write_record(package: Path, report: ImportReport, inputs: Iterable[Path]) -> None:
    further = sorted({Path(path) for path in report.read_files} - set(inputs))
    read = [(str(path), _hash_of(path)) for path in further if path.is_file()]
    (package.parent / RECORD).write_bytes(msgspec.json.encode(_Record(package.name, read, report)))
