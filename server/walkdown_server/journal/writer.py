"""The thread that commits: whatever waits becomes one group, one sync, one answer.

The room hands entries over and is called back in the order of the numbers: after the disk has them, or
with the reason why it does not. After an error of the disk the file is never written to again; a full or
read-only disk is tried again once there is room.
"""

from __future__ import annotations

import errno
import logging
import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from walkdown_server.journal.heads import GROUP_MAX
from walkdown_server.journal.records import Entry
from walkdown_server.journal.store import PASSING, Store

ROOM_NEEDED_BYTES = 64 * 1024
LOOK_AGAIN_SECS = 1.0

State = Literal["writing", "full", "failed"]
OnCommit = Callable[[Sequence[Entry], str], None]
"""Called with the entries of a group and "" when they are on disk, else with the reason."""

_log = logging.getLogger(__name__)


class Writer:
    """Commits entries of one store in its own thread.

    Args:
        store: open, closed by :meth:`close`. folder: where it lies, for the free space.
        on_commit: called in the writer's thread, for each group.
        on_state: called in the writer's thread when writing stops or goes on, with a sentence.
    """

    def __init__(
        self, store: Store, folder: Path, *, on_commit: OnCommit, on_state: Callable[[State, str], None]
    ) -> None:
        self._store, self._folder = store, folder
        self._on_commit, self._on_state = on_commit, on_state
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._state: State = "failed" if store.read_only else "writing"
        self._reason = store.read_only
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(self, entry: Entry) -> None:
        """Hand over the next entry."""
        self._queue.put(entry)

    def close(self) -> None:
        """Commit what waits, then close the store."""
        self._queue.put(None)
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            if group:
                self._on_commit(group, self._commit(group))
            elif self._state == "full" and _has_room(self._folder):
                self._change("writing", "")

    def _next_group(self) -> list[Entry] | None:
        """Return everything that waits; nothing when it is time to look at the disk; None at the end."""
        try:
            first = self._queue.get(timeout=LOOK_AGAIN_SECS if self._state == "full" else None)
        except queue.Empty:
            return []
        if first is None:
            return None
        group = [first]
        while len(group) < GROUP_MAX and not self._queue.empty():
            entry = self._queue.get()
            if entry is None:
                self._queue.put(None)
                break
            group.append(entry)
        return group

    def _commit(self, group: list[Entry]) -> str:
        """Return "" when the group is on disk, else why not."""
        if self._state != "writing":
            return self._reason
        if group[0].number != self._store.number + 1:
            return "a change before this one could not be kept"
        try:
            self._store.append(group)
        except OSError as error:
            _log.error("the journal in %s cannot be written: %s", self._folder, error)
            self._change("full" if error.errno in PASSING else "failed", _sentence(error))
            return self._reason
        return ""

    def _change(self, state: State, reason: str) -> None:
        self._state, self._reason = state, reason
        self._on_state(state, reason)


def _sentence(error: OSError) -> str:
    if error.errno == errno.EROFS:
        return "The server's disk is read-only: notes cannot be kept until it can be written again."
    if error.errno in PASSING:
        return "The server's disk is full: notes cannot be kept until there is space again."
    return (
        f"The server's disk failed ({error.strerror}): notes cannot be kept, the last may be there or not; "
        "this file is not written to any more. The server must be started again, and goes on in a new one."
    )


def _has_room(folder: Path) -> bool:
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_NEEDED_BYTES
    except OSError:
        return False
