"""What the two sides of the sandbox tell each other: one job in, lines of JSON out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from walkdown.messages import ImportOptions, Placement
from walkdown_server.importers.report import ImportReport

Step = Literal["read", "write"]

AS_IN_FILE = ImportOptions()
"""Nothing is said about a file: it speaks for itself."""


LONGEST_SECS = 900
"""How long an import may take unless somebody allows more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one import may use.

    Attributes:
        time_secs: from start to end, on the clock and of CPU time; None means by the size of the files.
        memory_bytes: address space of the worker.
        file_bytes: size of any file that it writes.
    """

    time_secs: int | None = None
    memory_bytes: int = 6 << 30
    file_bytes: int = 1 << 30

    @property
    def longest_secs(self) -> int:
        """The time in seconds, the most there is when nothing is said."""
        return LONGEST_SECS if self.time_secs is None else self.time_secs


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Input:
    """One file of an import, and what is said about it.

    Attributes:
        path: the file; for a model folder of a simulator, the folder.
        options: win over what the file says.
        placement: site_from_model; None where its coordinates say.
        label: stands in keys where there are several files; without one, the file's name.
        main: which file of a zip is the model, by its path in there; "" for the only one.
    """

    path: Path
    options: ImportOptions = AS_IN_FILE
    placement: Placement | None = None
    label: str = ""
    main: str = ""


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """The frame of several models together; None leaves it to them.

    Attributes:
        epsg: reference system. origin: the point in its metres that becomes zero.
    """

    epsg: int | None = None
    origin: tuple[float, float, float] | None = None


OF_THE_MODELS = SiteFrame()


class JobFile(msgspec.Struct, frozen=True):
    """An :class:`Input` on its way to the worker.

    Attributes:
        folders: where else its references may be looked for.
    """

    path: str
    options: ImportOptions = ImportOptions()
    placement: Placement | None = None
    label: str = ""
    main: str = ""
    folders: list[str] = []


class Job(msgspec.Struct, frozen=True):
    """Which files become which package.

    Attributes:
        scratch: an empty folder that the worker may write, for what it unpacks.
        epsg, origin: the frame of the whole; None leaves it to the files.
    """

    files: list[JobFile]
    out_dir: str
    scratch: str
    name: str
    limits: Limits
    epsg: int | None = None
    origin: tuple[float, float, float] | None = None


class ProgressLine(msgspec.Struct, frozen=True, tag="progress"):
    """How far a step is, from 0 to 1."""

    step: Step
    part: float


class ErrorLine(msgspec.Struct, frozen=True, tag="error"):
    """Why the import failed.

    Attributes:
        file: name of a file that does not say its unit, or "". size: of what it holds, in that unit.
    """

    text: str
    file: str = ""
    size: tuple[float, float, float] = (0.0, 0.0, 0.0)


class DoneLine(msgspec.Struct, frozen=True, tag="done"):
    """The package is written."""

    report: ImportReport


Line = ProgressLine | ErrorLine | DoneLine
MAX_LINE_BYTES = 1 << 20
MAX_SENTENCE = 2000
"""Letters of an error, so that its line fits."""
