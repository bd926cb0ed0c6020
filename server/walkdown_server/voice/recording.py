"""Keeps what is said while a recording is on, in a thread.

The room leaves packets and goes on; once a second a thread writes what came, so that a process that is killed
loses the last second or two. Whatever the disk does, the session goes on: on a full disk it is recorded
again when there is room, in new files; after an error of the disk not before the next recording. What could
not be kept is counted.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from walkdown.voice import unpack_packet
from walkdown_server.door.people import Identity
from walkdown_server.journal.store import FULL
from walkdown_server.voice.recording_files import Begin, RecordingFiles, Said, folder_name

WRITE_SECS = 1.0
CLOSE_SECS = 2.0
"""A disk that does not answer keeps nobody from stopping."""

WAITING_MAX = 10_000
"""Packets that wait for the thread: twenty seconds of ten people who speak all at once."""

SPARE_BYTES = 64 << 20
"""The last of a disk is left to the journal."""

PART_NS = 12 * 3600 * 10**9
"""What goes on for longer goes on in another folder: each track begins with silence up to its first word."""

LOOK_AGAIN_WRITES = 10
"""A disk that was full is left alone for so many seconds."""

State = Literal["writing", "full", "failed"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class End:
    """The recording ends; session time."""

    time_ns: int


class Recordings:
    """The recordings of one session; a ``VoiceKeeper`` of its room.

    Args:
        folder: has a folder for each recording; is made when it is needed. session: its name.
        now_ns: session time. on_state: called in the thread when writing stops or goes on, with a sentence.

    Attributes:
        dropped: packets that were not kept.
    """

    def __init__(
        self,
        folder: Path,
        *,
        session: str,
        now_ns: Callable[[], int],
        on_state: Callable[[State, str], None],
    ) -> None:
        self._folder, self._session = folder, session
        self._now_ns, self._on_state = now_ns, on_state
        self._waiting: deque[Begin | Said | End] = deque()
        self._recording: RecordingFiles | None = None
        self._part = Begin(0, "")
        self._state: State = "writing"
        self._patience = 0
        self._turn, self._stop = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    # ---- in the loop ----------------------------------------------------------------------------------

    def begin(self, time_ns: int, *, by: str) -> None:
        """Begin a recording, or go on with one that began at this session time."""
        self._waiting.append(Begin(time_ns, by))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="voice recording", daemon=True)
            self._thread.start()

    def take(self, identity: Identity, packet: bytes, *, time_ns: int) -> None:
        """Keep a packet that came at this session time, of someone who may be heard and lets it be kept."""
        if len(self._waiting) >= WAITING_MAX:
            self.dropped += 1
            return
        author = identity.author
        self._waiting.append(Said(author.id, author.name, unpack_packet(packet), time_ns))

    def end(self, time_ns: int) -> None:
        """End the recording."""
        self._waiting.append(End(time_ns))

    # ---- in any thread --------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what was left and is old enough."""
        with self._turn:
            self._write()

    def close(self) -> None:
        """Write what waits, and end; a recording that is on ends its files, not itself."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CLOSE_SECS)
            if self._thread.is_alive():
                return
        with self._turn:
            self._write()
            if self._recording is not None:
                self._guarded(lambda recording: recording.close(self._now_ns()))
                self._recording = None

    # ---- in the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.wait(WRITE_SECS):
            try:
                self.write()
            except Exception:
                _log.exception("the voice recording failed for a moment; it goes on")

    def _write(self) -> None:
        self._patience = max(0, self._patience - 1)
        for _turn in range(len(self._waiting)):
            self._take(self._waiting.popleft())
        if self._recording is not None and self._may_write():
            now_ns = self._now_ns()
            if now_ns - self._part.time_ns < PART_NS:
                self._guarded(lambda recording: recording.write(now_ns))
            else:
                self._guarded(lambda recording: recording.end(now_ns))
                self._begin_part(self._part)

    def _take(self, event: Begin | Said | End) -> None:
        if isinstance(event, Begin):
            self._begin_part(event)
            if self._state == "failed":
                self._change("writing", "")
        elif self._recording is None:
            return
        elif isinstance(event, End):
            self._guarded(lambda recording: recording.end(event.time_ns))
            self._recording = None
            self._change("writing", "")
        elif self._state == "writing":
            self._guarded(lambda recording: recording.say(event))
        else:
            self.dropped += 1

    def _begin_part(self, begin: Begin) -> None:
        """Begin new files, of a recording that has just begun or that goes on."""
        now_ns = self._now_ns()
        if now_ns - begin.time_ns >= PART_NS:
            begin = replace(begin, time_ns=now_ns)
        self._part = begin
        place = self._folder / folder_name(begin.time_ns)
        self._recording = RecordingFiles(place, begin, session=self._session)

    def _may_write(self) -> bool:
        """Tell whether the disk can be written to, and say when that has changed."""
        if self._state == "failed" or self._patience:
            return False
        try:
            if _free_bytes(self._folder) < SPARE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self._fail(error)
            return False
        self._change("writing", "")
        return True

    def _guarded(self, work: Callable[[RecordingFiles], None]) -> None:
        if self._recording is None or self._state == "failed":
            return
        try:
            work(self._recording)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if self._recording is not None:
            self._recording.give_up()
        full = error.errno in FULL
        if self._state == "writing":
            _log.error("the voice recording in %s cannot be written: %s", self._folder, error)
        self._patience = LOOK_AGAIN_WRITES
        if full:
            text = "The server's disk is full: what is said is not recorded until there is space again."
            self._change("full", text)
        else:
            text = f"The server's disk failed ({error.strerror}): what is said is not recorded any more."
            self._change("failed", text)

    def _change(self, state: State, text: str) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state, text)


def _free_bytes(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free
