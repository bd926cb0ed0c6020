"""Has large files of a review made by a process beside the server, so that nobody in the session waits.

A process costs half a second before it begins; of a review with few topics files are made in a thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgspec

from walkdown.errors import BadInput
from walkdown.i18n import language
from walkdown.messages import AskExport, ReviewSnapshot
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About
from walkdown_server.exchange.pack.bcf_file import write_bcf
from walkdown_server.filing.making import Made, MakeJob, Reviewed
from walkdown_server.filing.places import Frames, no_models
from walkdown_server.filing.store import FileStore
from walkdown_server.importers.sandbox import COMMAND, KEPT_VARIABLES, ONE_THREAD

WORKER = "walkdown_server.filing.making"
FEW_TOPICS = 100
"""Files of a review with more topics are made beside the server."""

MEMORY_BYTES, FILE_BYTES = 3 << 30, 4 << 30
LONGEST_SECS = 600
CLOCK_VARIABLES = ("TZ", "TZDIR")
"""A report has the times of this computer's zone."""

NOBODYS = About("")
_log = logging.getLogger(__name__)


class Beside:
    """Makes files in processes of their own; in any thread.

    Args:
        store: the session's files. frames: finds where the coordinates of its models lie.
    """

    def __init__(self, store: FileStore, *, frames: Frames = no_models) -> None:
        self._store, self._frames = store, frames
        self._running: set[subprocess.Popen[bytes]] = set()
        self._turn = threading.Lock()

    def make(
        self, out: Path, ask: AskExport | None, review: ReviewSnapshot, *, about: About = NOBODYS
    ) -> tuple[str, ...]:
        """Write what somebody asked for, or without that the BCF file of a session pack.

        Args:
            out: a file that exists.

        Returns:
            What was left out, English sentences.

        Raises:
            BadInput: it cannot be made; one sentence says why. OSError: the disk does not take it.
        """
        about = replace(about, frames=self._frames(review.viewpoints))
        place = self._store.new_place()
        try:
            place.write_bytes(msgspec.msgpack.encode(Reviewed.of(review, about)))
            job = MakeJob(
                ask,
                str(place.resolve()),
                str(self._store.folder.resolve()),
                str(out.resolve()),
                MEMORY_BYTES,
                LONGEST_SECS,
                FILE_BYTES,
            )
            made = self._run(job)
        finally:
            place.unlink(missing_ok=True)
        if made.errno:
            raise OSError(made.errno, made.text)
        if made.text:
            raise BadInput(made.text)
        return made.notes

    def write_bcf(self, out: IO[bytes], state: ReviewState, _files: object) -> None:
        """Write the BCF file of a session pack into a file that has a name.

        Raises:
            BadInput: it cannot be made. OSError: the disk does not take it.
        """
        if len(state.topics) <= FEW_TOPICS:
            write_bcf(out, state, self._store.find, frames=self._frames(state.viewpoints.values()))
        else:
            self.make(Path(out.name), None, state.snapshot())

    def close(self) -> None:
        """End what is being made for people, who are not here any more."""
        with self._turn:
            for process in self._running:
                process.kill()

    # ---- inside -----------------------------------------------------------------------------------------

    def _run(self, job: MakeJob) -> Made:
        with tempfile.TemporaryFile() as errors, self._start(errors) as process:
            with self._turn:
                self._running.add(process)
            try:
                said, _none = process.communicate(msgspec.json.encode(job), timeout=LONGEST_SECS)
            except subprocess.TimeoutExpired:
                raise BadInput(_too_long()) from None
            finally:
                process.kill()
                process.wait()
                with self._turn:
                    self._running.discard(process)
                errors.seek(0)
                if text := errors.read(10_000).decode(errors="replace").strip():
                    _log.warning("making a file of the review: %s", text)
        with contextlib.suppress(msgspec.MsgspecError):
            return msgspec.json.decode(said, type=Made)
        raise BadInput(_ending(process.returncode))

    def _start(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in (*KEPT_VARIABLES, *CLOCK_VARIABLES) if name in os.environ}
        return subprocess.Popen(  # noqa: S603 - our own module
            (*COMMAND, WORKER),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=kept | ONE_THREAD | {"WALKDOWN_LANG": language()},
        )


def _too_long() -> str:
    return f"Making the file took longer than {LONGEST_SECS} s and was stopped; ask for fewer topics."


def _ending(code: int) -> str:
    """Say why a process ended without an answer."""
    if sys.platform != "win32" and code in (-signal.SIGKILL, -signal.SIGTERM):
        return "Making the file was stopped, because the session ends or the computer has no memory left."
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return _too_long()
    return "The file could not be made because of an error of the server; see its log."
