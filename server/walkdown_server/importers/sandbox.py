"""The parent's side of an import: starts the worker, listens, ends it, and checks what it wrote.

The worker may be taken over by the file that it reads, so nothing it says is believed: its lines are
decoded within bounds, and every file of its package is checked against the manifest.
"""

from __future__ import annotations

import logging
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import msgspec

from walkdown.errors import ImportFailed, PackageError
from walkdown.i18n import _, language, plain
from walkdown.package import MANIFEST_PATH, parse_manifest, verify_blob
from walkdown_server.importers.formats import is_model_folder
from walkdown_server.importers.job import (
    MAX_LINE_BYTES,
    MAX_SENTENCE,
    OF_THE_MODELS,
    ErrorLine,
    Input,
    Job,
    JobFile,
    Limits,
    Line,
    ProgressLine,
    SiteFrame,
    Step,
)
from walkdown_server.importers.patience import secs_for
from walkdown_server.importers.places import search_folders
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.units import UnitMissing

log = logging.getLogger(__name__)

Progress = Callable[[Step, float], None]
Cancelled = Callable[[], bool]

POLL_SECS = 0.1
NAMES_SAID = 3
"""Of files, before a sentence about all of them."""

COMMAND = (sys.executable, "-P", "-m")
MODELS_WORKER = "walkdown_server.importers.worker"
KEPT_VARIABLES = (
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "LD_LIBRARY_PATH",
)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A process with more than one thread cannot move into another namespace."""


def import_models(  # noqa: PLR0913 - what an import may be told
    files: Sequence[Path | Input],
    out_dir: Path,
    *,
    name: str | None = None,
    frame: SiteFrame = OF_THE_MODELS,
    limits: Limits | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled = lambda: False,
) -> ImportReport:
    """Turn foreign files into one package folder, in a worker that is held in.

    Args:
        files: files of any kind in the table of formats, each with what is said about it.
        out_dir: an older package there is replaced; nothing else is.
        name: of the package; that of the first file when None.
        frame: reference system and zero of the whole; without them, those of the files.
        limits: how much the worker may use; without a time, as long as the size of the files suggests.
        progress: is told the step (``read``, ``write``) and the part that is done, from 0 to 1.
        cancelled: is asked ten times a second; True ends the import.

    Raises:
        ImportFailed: one sentence says why; ``out_dir`` is as it was before.
    """
    inputs = [file if isinstance(file, Input) else Input(file) for file in files]
    check_inputs([file.path for file in inputs], out_dir)
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out_dir.name}.", dir=out_dir.parent) as folder:
        made, scratch = Path(folder, "package"), Path(folder, "scratch")
        made.mkdir()
        scratch.mkdir()
        job_files = [_job_file(file) for file in inputs]
        job = Job(
            job_files,
            str(made),
            str(scratch),
            name or inputs[0].label or inputs[0].path.stem,
            _with_time(limits or Limits(), job_files),
            frame.epsg,
            frame.origin,
        )
        errand = Errand(job, job.limits, _names(job))
        report = run_worker(errand, progress=progress or (lambda step, part: None), cancelled=cancelled)
        _check_package(made)
        _put_in_place(made, out_dir)
    report.read_files = [path for path in report.read_files if _is_beside(Path(path), job)]
    return report


def _is_beside(path: Path, job: Job) -> bool:
    """Return whether the worker was allowed to read a file that it says it has read."""
    places = [Path(file.path).parent for file in job.files]
    places += [Path(folder) for file in job.files for folder in file.folders]
    return any(path.resolve().is_relative_to(place) for place in places)


def _with_time(limits: Limits, files: Sequence[JobFile]) -> Limits:
    return limits if limits.time_secs is not None else replace(limits, time_secs=secs_for(files))


def _job_file(file: Input) -> JobFile:
    path = file.path.resolve()
    folders = [str(folder) for folder in search_folders(path)]
    return JobFile(str(path), file.options, file.placement, file.label, file.main, folders)


def check_inputs(files: Sequence[Path], out: Path | None = None) -> None:
    """Check what can be checked without opening anything.

    Raises:
        ImportFailed: a file is missing, or something other than a package is in the way.
    """
    if not files:
        raise ImportFailed(_("there is no file to import: name at least one"))
    for file in files:
        if not file.is_file() and not is_model_folder(file):
            raise ImportFailed(_("{path}: there is no such file").format(path=file))
    if out is None:
        return
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST_PATH).is_file():
        raise ImportFailed(
            _("{path} is a folder with other files in it: choose another name for the package").format(
                path=out
            )
        )
    if out.is_file() and out.suffix != ".wdp":
        raise ImportFailed(_("{path} is a file: choose another name for the package").format(path=out))


def _names(job: Job) -> str:
    names = [Path(file.path).name for file in job.files]
    return plain(", ".join(names[:NAMES_SAID])) + (", …" if len(names) > NAMES_SAID else "")


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker is to do.

    Attributes:
        job: is told to it as JSON. limits: how long it may take, and the sentences about them.
        names: of the files, for sentences. module: what it runs, see ``worker.serve``.
    """

    job: msgspec.Struct
    limits: Limits
    names: str
    module: str = MODELS_WORKER


def run_worker(errand: Errand, *, progress: Progress, cancelled: Cancelled) -> ImportReport:
    """Run a worker to its end.

    Raises:
        ImportFailed: one sentence says why it did not come to a good one.
    """
    return _Worker(errand, progress=progress, cancelled=cancelled).run()


class _Worker:
    """One run of the child process, from start to its last line."""

    def __init__(self, errand: Errand, *, progress: Progress, cancelled: Cancelled) -> None:
        self._errand, self._limits = errand, errand.limits
        self._progress = progress
        self._cancelled = cancelled
        self._lines: queue.Queue[bytes] = queue.Queue()

    def run(self) -> ImportReport:
        with tempfile.TemporaryFile() as errors, self._start(errors) as process:
            try:
                return self._listen(process)
            finally:
                process.kill()
                process.wait()
                errors.seek(0)
                if text := errors.read(10_000).decode(errors="replace").strip():
                    log.debug("the import worker wrote: %s", text)

    def _start(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        kept = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
        process = subprocess.Popen(  # noqa: S603 - our own module
            (*COMMAND, self._errand.module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=kept | ONE_THREAD | {"WALKDOWN_LANG": language()},
        )
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(msgspec.json.encode(self._errand.job))
        process.stdin.close()
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()
        return process

    def _read(self, stream: IO[bytes]) -> None:
        """Put each line into the queue, then an empty one."""
        with stream:
            while line := stream.readline(MAX_LINE_BYTES):
                self._lines.put(line)
        self._lines.put(b"")

    def _listen(self, process: subprocess.Popen[bytes]) -> ImportReport:
        deadline = time.monotonic() + self._limits.longest_secs
        while True:
            if self._cancelled():
                raise ImportFailed(_("the import was cancelled"))
            if time.monotonic() > deadline:
                secs = self._limits.longest_secs
                raise ImportFailed(
                    _(
                        "{names}: the import took longer than {secs} s and was stopped; if you trust it, "
                        "--time allows more"
                    ).format(names=self._errand.names, secs=secs)
                )
            try:
                data = self._lines.get(timeout=POLL_SECS)
            except queue.Empty:
                continue
            if not data:
                raise ImportFailed(f"{self._errand.names}: {_ending(process.wait(), self._limits)}")
            line = self._decode(data)
            if isinstance(line, ProgressLine):
                self._progress(line.step, min(max(line.part, 0.0), 1.0))
            elif isinstance(line, ErrorLine):
                raise self._failure(line)
            else:
                return line.report.made_plain()

    def _failure(self, line: ErrorLine) -> ImportFailed:
        if line.file:
            return UnitMissing(plain(line.file[:200]), line.size)
        return ImportFailed(_once(self._errand.names, plain(line.text[:MAX_SENTENCE])))

    def _decode(self, data: bytes) -> Line:
        try:
            line: Line = msgspec.json.decode(data, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ImportFailed(
                _("{names}: the import worker sent a line that makes no sense").format(
                    names=self._errand.names
                )
            ) from None
        return line


def _once(names: str, text: str) -> str:
    return text if text.startswith(names) else f"{names}: {text}"


def _ending(code: int, limits: Limits) -> str:
    """Say why a worker ended without a last line."""
    if code >= 0:
        return _(
            "the import worker ended with code {code} and no result; --debug shows what it wrote"
        ).format(code=code)
    number = -code
    if number == getattr(signal, "SIGXCPU", None):
        text = _("the import used {secs} s of CPU time and was stopped; if you trust it, --time allows more")
        return text.format(secs=limits.longest_secs)
    if number == getattr(signal, "SIGKILL", None):
        return _("the import worker was killed, probably because the machine ran out of memory")
    return _("the import worker crashed ({signal}): the file is damaged or hostile").format(
        signal=signal.Signals(number).name
    )


def _check_package(folder: Path) -> None:
    """Check every file that the worker wrote.

    Raises:
        ImportFailed: there is something else than the package.
    """
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()}
    try:
        manifest = parse_manifest(_read_plain(folder / MANIFEST_PATH))
        if found != set(manifest.blobs) | {MANIFEST_PATH}:
            raise PackageError(_("it holds other files than its manifest names"))
        for path in manifest.blobs:
            verify_blob(manifest, path, _read_plain(folder / path))
    except (PackageError, OSError) as error:
        raise ImportFailed(
            _("the import worker wrote a package that is not sound: {reason}").format(reason=error)
        ) from None


def _read_plain(path: Path) -> bytes:
    if path.is_symlink():
        raise PackageError(_("{name} is a link").format(name=path.name))
    return path.read_bytes()


def _put_in_place(made: Path, out_dir: Path) -> None:
    """Move the package to its place; an older one goes with the temporary folder."""
    if out_dir.exists():
        out_dir.rename(made.parent / "older")
    made.rename(out_dir)
    shutil.rmtree(made.parent / "older", ignore_errors=True)
