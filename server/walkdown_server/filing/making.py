"""Makes one file of a review; the process that ``beside`` starts, run by that and by nothing else.

A :class:`MakeJob` comes on standard input, a :class:`Made` goes to standard output, both JSON.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from walkdown.errors import WalkdownError
from walkdown.i18n import use_language
from walkdown.messages import AskExport, ReviewSnapshot
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, ModelLine
from walkdown_server.exchange.model_frames import ModelFrames
from walkdown_server.filing.writers import WRITERS, KeptFolder, Source, Writer, write_pack_bcf
from walkdown_server.importers.jail import leave_network, limit_resources

NICER = 5
"""What people do in a session goes before it."""


class MakeJob(msgspec.Struct, frozen=True):
    """Which file is to be made.

    Attributes:
        ask: what somebody asked for; None for the BCF file that lies in a session pack.
        review: path of the encoded :class:`Reviewed`. files: folder of the session's files. out: path that
            exists.
        memory_bytes, cpu_secs, file_bytes: how much may be used.
    """

    ask: AskExport | None
    review: str
    files: str
    out: str
    memory_bytes: int
    cpu_secs: int
    file_bytes: int


class Reviewed(msgspec.Struct, frozen=True):
    """A review, and what a file says beside it."""

    review: ReviewSnapshot
    session: str
    now_ns: int
    models: tuple[tuple[str, int, str], ...]
    names: dict[str, str]
    frames: ModelFrames

    @classmethod
    def of(cls, review: ReviewSnapshot, about: About) -> Reviewed:
        """Return what a process beside the server needs to know."""
        models = tuple((line.name, line.revision, line.package) for line in about.models)
        return cls(review, about.session, about.now_ns, models, dict(about.names), about.frames)

    def about(self) -> About:
        """Return what is said beside the review."""
        models = tuple(ModelLine(*line) for line in self.models)
        return About(self.session, self.now_ns, models, self.names, frames=self.frames)


class Made(msgspec.Struct, frozen=True):
    """What came of it: sentences about what was left out, or in ``text`` why there is no file.

    Attributes:
        errno: of the system, when the disk did not take the file.
    """

    notes: tuple[str, ...] = ()
    text: str = ""
    errno: int = 0


def run(job: MakeJob) -> Made:
    """Make the file; what goes wrong is said in the answer."""
    try:
        with Path(job.out).open("rb+") as out:
            return Made(_write(job, out))
    except WalkdownError as error:
        return Made(text=str(error))
    except OSError as error:
        return Made(text=error.strerror or str(error), errno=error.errno or 0)


def _write(job: MakeJob, out: BinaryIO) -> tuple[str, ...]:
    found = msgspec.msgpack.decode(Path(job.review).read_bytes(), type=Reviewed)
    ask = job.ask or AskExport(0, "bcf-3.0")
    write: Writer = WRITERS[ask.format][1] if job.ask is not None else write_pack_bcf
    source = Source(ask, ReviewState.of(found.review), found.about(), KeptFolder(Path(job.files)))
    return write(source, out)


def main() -> int:
    """Make the file that is asked for on standard input; returns the exit code."""
    use_language()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=MakeJob)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    if hasattr(os, "nice"):
        os.nice(NICER)
    leave_network()
    limit_resources(memory_bytes=job.memory_bytes, cpu_secs=job.cpu_secs, file_bytes=job.file_bytes)
    try:
        made = run(job)
    except Exception as error:
        traceback.print_exception(error)
        return 1
    answers.write(msgspec.json.encode(made))
    answers.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
