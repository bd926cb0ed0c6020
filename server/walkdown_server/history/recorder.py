"""The thread that writes the past down, and the few lines that hand it over in each tick.

The tick leaves references and goes on; once a second the thread writes what came. Whatever the disk does, the
session goes on: on a full disk the past is kept again when there is room, after an error of the disk not
before the server is started again. What could not be taken is counted.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from walkdown_server.history.poses import Moved
from walkdown_server.history.reading import KEY_SECS
from walkdown_server.history.records import Entry, Kind
from walkdown_server.history.ring import Ring, has_room
from walkdown_server.journal.store import FULL

WRITE_SECS = 1.0
CLOSE_SECS = 2.0
"""A disk that does not answer keeps nobody from stopping."""

WAITING_MAX = 400
"""Ticks that wait for the thread: twenty seconds."""

WRITES_UNTIL_AGAIN = 10
"""A disk that said it was full is left alone for so many of them."""

SPARE_BYTES = 64 << 20
"""The last of a disk is left to the journal."""

State = Literal["writing", "full", "failed"]

_log = logging.getLogger(__name__)


class Recorder:
    """Writes into a ring.

    Args:
        ring: closed by :meth:`close`. folder: where it lies, for the free space.
        now_ns: session time. on_state: called in the thread when writing stops or goes on, with a sentence.

    Attributes:
        dropped: how many ticks were not kept.
    """

    def __init__(
        self,
        ring: Ring,
        folder: Path,
        *,
        now_ns: Callable[[], int],
        on_state: Callable[[State, str], None],
    ) -> None:
        self.ring, self._folder, self._now_ns, self._on_state = ring, folder, now_ns, on_state
        self.dropped = 0
        self._waiting: deque[Entry] = deque()
        self._unwritten: list[Entry] = []
        self._people: dict[int, str] = {}
        self._moved, self._all_ns = Moved(), 0
        self._state: State = "writing"
        self._patience = 0
        self._turn, self._stop = threading.Lock(), threading.Event()
        self._begin()
        self.catch_up()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    # ---- in the loop ------------------------------------------------------------------------------------

    def keep(self, time_ns: int, blocks: bytes, poses: bytes) -> None:
        """Hand over what a tick told: encoded blocks, and sections of all poses; both may be empty."""
        if self._state != "writing" or len(self._waiting) >= WAITING_MAX:
            self.dropped += 1
            return
        if blocks:
            self._waiting.append(Entry(Kind.BLOCKS, time_ns, blocks))
        if poses:
            self._waiting.append(Entry(Kind.POSES, time_ns, poses))

    def meet(self, person: int, author_id: str) -> None:
        """Say who a person's number stands for."""
        if self._people.get(person) != author_id:
            self._people[person] = author_id
            self._waiting.append(_person(self._now_ns(), person, author_id))

    # ---- in any thread ----------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Make everything that was handed over readable."""
        with self._turn:
            taken = list(self._taken())
            self.ring.gather(taken)
            self._unwritten += taken

    def close(self) -> None:
        """Write what waits, and end."""
        self._stop.set()
        self._thread.join(CLOSE_SECS)
        if not self._thread.is_alive():
            self.ring.close()

    # ---- in the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.wait(WRITE_SECS):
            self._write()
        self._write()

    def _write(self) -> None:
        self._patience = max(0, self._patience - 1)
        if self._state == "failed" or self._patience:
            return
        try:
            if not has_room(self._folder, SPARE_BYTES):
                self._pause()
                return
            if self._state == "full":
                self._change("writing", "")
                self._begin()
            self._write_down()
        except OSError as error:
            self._take_error(error)
        except Exception:
            _log.exception("the past of the session cannot be kept any more")
            self._change("failed", "The server has an error: the past is not kept any more; see its log.")

    def _write_down(self) -> None:
        self.catch_up()
        if self._unwritten:
            with self._turn:
                unwritten, self._unwritten = self._unwritten, []
            self.ring.append(unwritten)
        if self.ring.is_full:
            self.ring.seal()
            self._moved.forget()
            now_ns = self._now_ns()
            self._waiting.extend(_person(now_ns, *each) for each in tuple(self._people.items()))

    def _taken(self) -> list[Entry]:
        """Return what waits, of the poses only those who have moved."""
        found = []
        while self._waiting:
            entry = self._waiting.popleft()
            if entry.kind is Kind.POSES:
                if entry.time_ns - self._all_ns > KEY_SECS * 1e9:
                    self._moved.forget()
                    self._all_ns = entry.time_ns
                entry = Entry(Kind.POSES, entry.time_ns, self._moved.take(entry.payload))
                if not entry.payload:
                    continue
            found.append(entry)
        return found

    def _begin(self) -> None:
        """Note that there is a past from now on, and none before."""
        self._moved.forget()
        now_ns = self._now_ns()
        ended = self.ring.newest_ns.to_bytes(8, "little", signed=True)
        self._waiting.appendleft(Entry(Kind.STARTED, now_ns, ended))
        self._waiting.extend(_person(now_ns, *each) for each in tuple(self._people.items()))

    def _pause(self) -> None:
        if self._state == "writing":
            room = SPARE_BYTES // 1_000_000
            self._change(
                "full", f"The server's disk has less than {room} MB left: the past is not kept until it has."
            )

    def _take_error(self, error: OSError) -> None:
        _log.error("the past in %s cannot be written: %s", self._folder, error)
        if error.errno in FULL:
            self._patience = WRITES_UNTIL_AGAIN
            self._change(
                "full", "The server's disk is full: the past is not kept until there is space again."
            )
        else:
            reason = error.strerror or str(error)
            text = f"The server's disk failed ({reason}): the past is not kept until the next start."
            self._change("failed", text)

    def _change(self, state: State, text: str) -> None:
        self._state = state
        if state != "writing":
            self.dropped += len(self._waiting)
            self._waiting.clear()
            self._unwritten.clear()
        self._on_state(state, text)


def _person(time_ns: int, person: int, author_id: str) -> Entry:
    return Entry(Kind.PERSON, time_ns, person.to_bytes(2, "little") + author_id.encode())
