"""What the two sides of the sandbox tell each other: one job in, lines of JSON out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from walkdown_server.importers.report import ImportReport

Step = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one import may use.

    Attributes:
        time_secs: from start to end, on the clock and of CPU time.
        memory_bytes: address space of the worker.
        file_bytes: size of any file that it writes.
    """

    time_secs: int = 900
    memory_bytes: int = 6 << 30
    file_bytes: int = 1 << 30


class Job(msgspec.Struct, frozen=True):
    """Which files become which package."""

    files: list[str]
    out_dir: str
    name: str
    limits: Limits


class ProgressLine(msgspec.Struct, frozen=True, tag="progress"):
    """How far a step is, from 0 to 1."""

    step: Step
    part: float


class ErrorLine(msgspec.Struct, frozen=True, tag="error"):
    """Why the import failed."""

    text: str


class DoneLine(msgspec.Struct, frozen=True, tag="done"):
    """The package is written."""

    report: ImportReport


Line = ProgressLine | ErrorLine | DoneLine
MAX_LINE_BYTES = 1 << 20
