"""What a format's reader is given, and what it returns: the contract of all importers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from walkdown.messages import ImportOptions
from walkdown.package import Model
from walkdown_server.importers.job import AS_IN_FILE
from walkdown_server.importers.report import ImportReport


def _ignore(_part: float) -> None:
    """Take note of nothing."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One file to be read.

    Attributes:
        path: the file; for a model folder of a simulator, the folder.
        options: what the person said about it; it wins over what the file says.
        report: is told what came in, what was left out and why, and what was assumed.
        progress: is told the part that is done, from 0 to 1.
        folders: where else the file's references may be looked for; they can be read.
    """

    path: Path
    options: ImportOptions = AS_IN_FILE
    report: ImportReport = field(default_factory=lambda: ImportReport(name=""))
    progress: Callable[[float], None] = _ignore
    folders: tuple[Path, ...] = ()


Reader = Callable[[ReadTask], Model]
"""Reads a file into a model of its own: Z up, metres, options applied, float32 relative to its ``origin``.

Keys are stable and unique within the file. A reader raises ``ImportFailed`` with one sentence when nothing
is left to draw; what it leaves out it says in the report.
"""
