"""Foreign files become the files of one package; runs inside the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from walkdown.errors import ImportFailed
from walkdown.package import Model, parse_manifest, write_package
from walkdown_server.importers.formats import ZIP_SUFFIXES, Format, format_of, load_reader
from walkdown_server.importers.job import Job, JobFile, SiteFrame, Step
from walkdown_server.importers.merge import Part, merge
from walkdown_server.importers.places import search_folders
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.units import UnitMissing
from walkdown_server.importers.zips import choose_model, unpack

Progress = Callable[[Step, float], None]


def preload() -> None:
    """Load what is otherwise loaded when the first image is opened, or a report is written."""
    Image.preinit()
    Image.init()
    ImportReport(name="").sentences_in_english()


def build_package(job: Job, *, progress: Progress) -> tuple[ImportReport, dict[str, bytes]]:
    """Return the report and all files of the package.

    Args:
        job: what to read. progress: is told a step and how far it is.

    Raises:
        ImportFailed: names the file and says why.
        PackageError: what came out cannot be stored.
    """
    report = ImportReport(name=job.name, files=[Path(file.path).name for file in job.files])
    parts = []
    for done, (file, label) in enumerate(zip(job.files, _labels(job.files), strict=True)):

        def tell(part: float, done: int = done) -> None:
            progress("read", (done + part) / len(job.files))

        scratch = Path(job.scratch, str(done))
        parts.append(Part(_read(file, scratch, report=report, tell=tell), label, file.placement))
    model = merge(parts, name=job.name, report=report, frame=SiteFrame(job.epsg, job.origin))
    report.materials, report.textures = len(model.materials), len(model.images)
    model.report = report.sentences_in_english()
    blobs = write_package(model, progress=lambda part: progress("write", part))
    report.package_id = parse_manifest(blobs["manifest.json"]).id
    report.size_bytes = sum(map(len, blobs.values()))
    return report, blobs


def _read(file: JobFile, scratch: Path, *, report: ImportReport, tell: Callable[[float], None]) -> Model:
    name = Path(file.path).name
    try:
        path, kind, folders = _opened(file, scratch)
        return load_reader(kind)(ReadTask(path, file.options, report, tell, tuple(folders)))
    except UnitMissing as error:
        raise UnitMissing(name, error.size) from None
    except ImportFailed as error:
        text = str(error)
        raise ImportFailed(text if text.startswith(name) else f"{name}: {text}") from None


def _opened(file: JobFile, scratch: Path) -> tuple[Path, Format, list[Path]]:
    """Return the model file, its kind, and where its references may lie; a zip is unpacked first."""
    path = Path(file.path)
    if path.suffix.lower() not in ZIP_SUFFIXES:
        return path, format_of(path), [Path(folder) for folder in file.folders]
    scratch.mkdir()
    model, kind = choose_model(unpack(path, scratch), scratch, file.main)
    return model, kind, [*search_folders(model, within=scratch), scratch]


def _labels(files: Sequence[JobFile]) -> list[str]:
    """Return what names each file in keys: its label or name, with a number where two are called the same."""
    found: list[str] = []
    for file in files:
        plain = (file.label or Path(file.path).stem).replace("%", "%25").replace("/", "%2F")[:200]
        label, number = plain, 1
        while label in found:
            number += 1
            label = f"{plain}[{number}]"
        found.append(label)
    return found
