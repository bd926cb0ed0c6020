"""``walkdown import``: foreign models become a package, with progress and a report."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from walkdown.i18n import _, mark
from walkdown_server.importers.job import Limits, Step
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.sandbox import check_inputs, import_models

ZIP_SUFFIX = ".wdp"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The same for every entry, so that equal packages are equal files."""

STEPS: dict[Step, str] = {"read": mark("Reading"), "write": mark("Writing the package")}


def import_files(
    files: Sequence[Path], out: Path, *, limits: Limits | None = None, console: Console | None = None
) -> ImportReport:
    """Import ``files`` into the package ``out`` and show how it goes and what came of it.

    Args:
        files: .glb and .gltf files.
        out: a folder, or ``NAME.wdp`` for one stored zip file.
        limits: how much the worker may use.
        console: where to show it; standard output when None.

    Raises:
        ImportFailed: one sentence says why.
    """
    shown = console or Console()
    check_inputs(files, out)
    with _progress_bar(shown) as bar:
        tasks = {step: bar.add_task(_(text), total=1.0, start=True) for step, text in STEPS.items()}

        def tell(step: Step, part: float) -> None:
            bar.update(tasks[step], completed=part)

        if out.suffix == ZIP_SUFFIX:
            with tempfile.TemporaryDirectory(dir=_existing_parent(out), prefix=".import.") as folder:
                made = Path(folder, out.stem)
                report = import_models(files, made, name=out.stem, limits=limits, progress=tell)
                write_zip(made, out)
        else:
            report = import_models(files, out, name=out.name, limits=limits, progress=tell)
    for sentence in report.sentences():
        shown.print(sentence, markup=False)
    size = f"{report.size_bytes / 1e6:.1f} MB"
    shown.print(_("The package is {path} ({size}).").format(path=out, size=size), markup=False)
    return report


def _progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _existing_parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent


def write_zip(folder: Path, out: Path) -> None:
    """Write a package folder as a zip file without compression; equal packages give equal files."""
    partial = out.with_name(f".{out.name}.part")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), ZIP_TIME)
            archive.writestr(entry, path.read_bytes())
    partial.replace(out)
