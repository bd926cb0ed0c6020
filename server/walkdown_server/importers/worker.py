"""The child process that turns foreign files into a package; run by ``sandbox`` and by nothing else.

It reads one :class:`Job` from standard input, gives up its rights, and writes lines of JSON to standard
output. Everything that opens the files is imported before the rights are gone. What else reads foreign files
is served in the same way, see :func:`serve`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from walkdown.i18n import _, use_language
from walkdown_server.importers.jail import leave_files, leave_network, limit_resources, program_files
from walkdown_server.importers.job import (
    MAX_SENTENCE,
    DoneLine,
    ErrorLine,
    Job,
    JobFile,
    Limits,
    Line,
    ProgressLine,
    Step,
)

OPENED_TOLD = 2000
"""So many files at most are told."""

PROGRESS_STEP = 0.02
"""Progress is told when it grew by this much."""

J = TypeVar("J", bound="HasLimits")


class Teller:
    """Writes lines for the parent."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._told: dict[Step, float] = {}

    def tell(self, line: Line) -> None:
        """Write a line."""
        self._out.write(msgspec.json.encode(line) + b"\n")
        self._out.flush()

    def progress(self, step: Step, part: float) -> None:
        """Say how far a step is, when it went on."""
        if part - self._told.get(step, -1.0) >= PROGRESS_STEP or part >= 1.0:
            self._told[step] = part
            self.tell(ProgressLine(step, part))


class _Opened:
    """Notes which files are opened in some places."""

    def __init__(self) -> None:
        self.places: tuple[str, ...] = ()
        self._paths: dict[str, None] = {}
        sys.addaudithook(self._hear)

    def paths(self) -> list[str]:
        """Return the files in the order in which they were opened first."""
        return list(self._paths)

    def _hear(self, event: str, details: tuple[object, ...]) -> None:
        if event != "open" or len(self._paths) >= OPENED_TOLD:
            return
        path, mode, *_flags = details
        if isinstance(path, str) and isinstance(mode, str) and "r" in mode:
            if any(path == place or path.startswith(place + os.sep) for place in self.places):
                self._paths[path] = None


class HasLimits(Protocol):
    """A job that may use so much."""

    @property
    def limits(self) -> Limits:
        """How much."""


def serve(kind: type[J], run: Callable[[J, Teller], None]) -> int:
    """Run the job on standard input and return the exit code.

    Args:
        kind: of the job. run: does it, telling what is done.
    """
    use_language()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=kind)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no line of ours
    teller = Teller(out)
    try:
        run(job, teller)
    except MemoryError:
        limit = job.limits.memory_bytes >> 20
        text = _("it needs more than {limit} MiB of memory; if you trust it, --memory allows more")
        teller.tell(ErrorLine(text.format(limit=limit)))
    except Exception as error:
        teller.tell(_error_line(error))
    else:
        return 0
    return 1


def _error_line(error: Exception) -> ErrorLine:
    from walkdown_server.importers.units import UnitMissing

    if isinstance(error, UnitMissing):
        return ErrorLine(str(error), error.file, error.size)
    return ErrorLine(_sentence(error)[:MAX_SENTENCE])


def _sentence(error: Exception) -> str:
    from walkdown.errors import WalkdownError

    if isinstance(error, WalkdownError):
        return str(error)
    if isinstance(error, RecursionError):
        return _("it is nested too deeply: it is damaged or hostile")
    traceback.print_exception(error)  # for --debug; people get a sentence
    return _("it cannot be read: it is damaged or not what it seems ({reason})").format(
        reason=" ".join(str(error)[:300].split()) or _("no reason is known")
    )


def run_job(job: Job, teller: Teller) -> None:
    """Give up all rights, read the files and write the package.

    Raises:
        ImportFailed: a file is wrong.
        PackageError: what came out of it cannot be stored.
    """
    limits = job.limits
    held = leave_network()
    opened = _Opened()
    from walkdown_server.importers.build import build_package, preload

    preload()
    readable = {place for file in job.files for place in _places(file)}
    opened.places = tuple(str(place) for place in readable)
    writable = [Path(job.out_dir), Path(job.scratch)]
    held += leave_files(readable=[*sorted(readable), *program_files()], writable=writable)
    held += limit_resources(
        memory_bytes=limits.memory_bytes, cpu_secs=limits.longest_secs, file_bytes=limits.file_bytes
    )
    report, blobs = build_package(job, progress=teller.progress)
    report.protections = held
    report.read_files = opened.paths()
    for path, data in blobs.items():
        target = Path(job.out_dir, path)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    teller.tell(DoneLine(report))


def _places(file: JobFile) -> list[Path]:
    """Return what must be readable: a file that refers to no other, or its folder and those it names."""
    from walkdown_server.importers.formats import ZIP_SUFFIXES, format_of, load_reader

    path = Path(file.path)
    if path.suffix.lower() in ZIP_SUFFIXES:
        return [path]
    kind = format_of(path)
    load_reader(kind)
    return [path if kind.alone or path.is_dir() else path.parent, *map(Path, file.folders)]


if __name__ == "__main__":
    sys.exit(serve(Job, run_job))
