"""``walkdown import``: foreign models become a package, with progress and a report."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.prompt import Prompt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.model_options import UNITS, ModelFlags
from walkdown_server.importers.job import (
    AS_IN_FILE,
    OF_THE_MODELS,
    USUAL_LIMITS,
    Input,
    Limits,
    SiteFrame,
    Step,
)
from walkdown_server.importers.kept import KeptImports, import_asking
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.sandbox import check_inputs, import_models
from walkdown_server.importers.scene import SUFFIX as SCENE_SUFFIX
from walkdown_server.importers.scene import read_scene
from walkdown_server.importers.units import ASKED, UnitMissing, spoken_size

ZIP_SUFFIX = ".wdp"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The same for every entry, so that equal packages are equal files."""

STEPS: dict[Step, str] = {"read": mark("Reading"), "write": mark("Writing the package")}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported.

    Attributes:
        inputs: the files. frame: reference system and zero of the whole. name: of the package.
        limits: how much the worker may use. bindings: file that binds live values, of a scene.
    """

    inputs: tuple[Input, ...]
    frame: SiteFrame = OF_THE_MODELS
    name: str = ""
    limits: Limits = USUAL_LIMITS
    bindings: Path | None = None


def order_of(files: Sequence[Path], flags: ModelFlags | None = None) -> Order:
    """Return what some files and flags mean; one of them may be a scene file, which then stands alone.

    Raises:
        BadInput: a flag is wrong. ImportFailed: the scene file is wrong.
    """
    said = flags or ModelFlags()
    if not (said.memory > 0 and said.time >= 0):
        raise ImportFailed(_("--memory should be more than 0, and --time not less"))
    limits = Limits(time_secs=said.time or None, memory_bytes=int(said.memory * (1 << 30)))
    options = said.options()
    if not any(file.suffix.lower() == SCENE_SUFFIX for file in files):
        inputs = tuple(Input(file, options, main=said.main) for file in files)
        several = len(files) > 1 and options.origin is not None
        frame = SiteFrame(options.epsg, options.origin) if several else OF_THE_MODELS
        return Order(inputs, frame, limits=limits)
    if len(files) > 1:
        raise ImportFailed(_("a scene file names all models of its site, so give it alone"))
    if options != AS_IN_FILE or said.main:
        raise ImportFailed(
            _("a scene file says unit, axes and places of each model itself: leave out the flags")
        )
    scene = read_scene(files[0])
    return Order(scene.inputs, scene.frame, scene.name, limits, scene.bindings)


def import_files(
    files: Sequence[Path],
    out: Path,
    *,
    flags: ModelFlags | None = None,
    limits: Limits | None = None,
    console: Console | None = None,
) -> ImportReport:
    """Import ``files`` into the package ``out`` and show how it goes and what came of it.

    Args:
        files: model files, or one scene file.
        out: a folder, or ``NAME.wdp`` for one stored zip file.
        flags: what was said about the files.
        limits: how much the worker may use; those of ``flags`` when None.
        console: where to show it; standard output when None.

    Raises:
        BadInput: one sentence says why.
    """
    shown = console or Console()
    order = order_of(files, flags)
    named = order.name or (out.stem if out.suffix == ZIP_SUFFIX else out.name)
    order = replace(order, name=named, limits=limits or order.limits)
    check_inputs([file.path for file in order.inputs], out)
    if out.suffix == ZIP_SUFFIX:
        with tempfile.TemporaryDirectory(dir=_existing_parent(out), prefix=".import.") as folder:
            made = Path(folder, out.stem)
            report, _asked = _import_shown(order, made, shown)
            write_zip(made, out)
    else:
        report, _asked = _import_shown(order, out, shown)
    show_report(report, shown)
    size = f"{report.size_bytes / 1e6:.1f} MB"
    shown.print(_("The package is {path} ({size}).").format(path=out, size=size), markup=False)
    return report


def kept_import(order: Order, kept: KeptImports, console: Console) -> Path:
    """Return the package of some files in the user's cache; imports them, and says so, unless it is there.

    Raises:
        ImportFailed: one sentence says why.
    """

    def run(inputs: Sequence[Input], folder: Path) -> ImportReport:
        report, asked = _import_shown(replace(order, inputs=tuple(inputs)), folder, console)
        for before, after in zip(inputs, asked, strict=True):
            if before.options.unit is None and after.options.unit is not None:
                kept.remember_unit(after.path, after.options.unit)
        show_report(report, console)
        return report

    check_inputs([file.path for file in order.inputs])
    package, _report = kept.package_of(order.inputs, order.frame, run, name=order.name)
    return package


def show_report(report: ImportReport, console: Console) -> None:
    """Print what came in, what was left out, and what was assumed."""
    for sentence in report.counts():
        console.print(sentence, markup=False)
    if left_out := report.left_out():
        console.print(_("Left out"), style="bold yellow", markup=False)
        for sentence in left_out:
            console.print(f"  {sentence}", style="yellow", markup=False)
    for sentence in report.notes:
        console.print(sentence, markup=False)


def _import_shown(order: Order, out: Path, console: Console) -> tuple[ImportReport, list[Input]]:
    """Import with a bar that shows how it goes; asks for units on a terminal."""

    def run(inputs: Sequence[Input]) -> ImportReport:
        with _progress_bar(console) as bar:
            tasks = {step: bar.add_task(_(text), total=1.0, start=True) for step, text in STEPS.items()}

            def tell(step: Step, part: float) -> None:
                bar.update(tasks[step], completed=part)

            name, limits = order.name or None, order.limits
            return import_models(inputs, out, name=name, frame=order.frame, limits=limits, progress=tell)

    return import_asking(order.inputs, run, lambda missing: _ask_unit(missing, console))


def _ask_unit(missing: UnitMissing, console: Console) -> float | None:
    """Ask which unit a file counts in, None where nobody can answer."""
    if not (sys.stdin.isatty() and console.is_terminal):
        return None
    console.print(_("{file} does not say its unit. How large is it?").format(file=missing.file), markup=False)
    for number, unit in enumerate(ASKED, 1):
        console.print(f"  {number}  {spoken_size(missing.size, unit)}  ({unit})", markup=False)
    numbers = [str(number) for number in range(1, len(ASKED) + 1)]
    answer = Prompt.ask(_("Number"), choices=numbers, console=console)
    return UNITS[ASKED[int(answer) - 1]]


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
