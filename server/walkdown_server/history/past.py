"""A session's past as its room sees it: what a tick tells goes in, questions are answered.

Opened before the room, because the session's clock never goes back behind it. A disk that does not let us
stops the past, with a status that everyone sees, and never the session.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import zstandard

from walkdown.messages import AskHistory, HistoryPart, SourceStatus
from walkdown.twin import Catalogue
from walkdown_server.door.people import Identity
from walkdown_server.history.answers import Answer, Answers
from walkdown_server.history.reading import Reading
from walkdown_server.history.recorder import Recorder, State
from walkdown_server.history.ring import Ring
from walkdown_server.history.tap import Tap
from walkdown_server.packages import BlobStore
from walkdown_server.room import Room
from walkdown_server.ticks.telling import Told

SOURCE = "history"
"""As what the past stands in the list of data sources, once it has stopped."""

_log = logging.getLogger(__name__)


class Past:
    """The past of one session.

    Args:
        folder: is made when it does not exist. catalogue: of the session. limit_bytes: of all files.

    Attributes:
        newest_ns: session time of what was kept last, 0 for nothing.
        recorder, reading: None before :meth:`begin`, and when the disk does not let us.
        fault: why nothing is kept, one sentence.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, *, limit_bytes: int) -> None:
        data = msgspec.msgpack.encode(catalogue)
        self._folder, self._hash = folder, hashlib.sha256(data).digest()
        self._ring: Ring | None = None
        self._answers: Answers | None = None
        self.recorder: Recorder | None = None
        self.reading: Reading | None = None
        self.fault = ""
        try:
            self._ring = Ring(
                folder,
                catalogue=self._hash,
                catalogue_bytes=zstandard.ZstdCompressor(level=3).compress(data),
                limit_bytes=limit_bytes,
            )
        except OSError as error:
            _log.warning("the past cannot be kept in %s: %s", folder, error)
            self.fault = f"The past cannot be kept: {error.strerror or error}."
        self.newest_ns = self._ring.newest_ns if self._ring is not None else 0

    def begin(self, room: Room, store: BlobStore, *, now_ns: Callable[[], int]) -> None:
        """Take what this room tells from now on."""
        room.past = self
        if self._ring is None:
            room.tell_source(SourceStatus(SOURCE, "down", self.fault))
            return
        loop = asyncio.get_running_loop()

        def on_state(state: State, text: str) -> None:
            status = SourceStatus(SOURCE, "live" if state == "writing" else "down", text)
            if not loop.is_closed():
                loop.call_soon_threadsafe(partial(room.tell_source, status))

        live = room.live
        self.recorder = Recorder(self._ring, self._folder, now_ns=now_ns, on_state=on_state)
        self.reading = Reading(self._ring, catalogue=self._hash, table=live.table)
        self._answers = Answers(self.recorder, self.reading, table=live.table, epoch=live.epoch, store=store)
        self._tap = Tap(self.recorder, live, room.crowd)

    @property
    def oldest_ns(self) -> int:
        """Session time of the oldest value that can be asked for, 0 for none."""
        return self._ring.oldest_ns if self._ring is not None else 0

    @property
    def size_bytes(self) -> int:
        """Bytes on disk."""
        return self._ring.size_bytes if self._ring is not None else 0

    @property
    def dropped(self) -> int:
        """How many ticks were not kept."""
        return self.recorder.dropped if self.recorder is not None else 0

    def keep(self, told: Told) -> None:
        """Take what a tick told."""
        if self.recorder is not None:
            self._tap(told)

    def meet(self, identity: Identity) -> None:
        """Learn who a person's number stands for."""
        if self.recorder is not None:
            self.recorder.meet(identity.person, identity.author.id)

    def ask(self, identity: Identity, message: AskHistory, answer: Answer) -> None:
        """Answer a question with the hash of a blob, or with why not."""
        if self._answers is None:
            answer(HistoryPart(message.ask, text=self.fault))
        else:
            self._answers.ask(identity, message, answer)

    async def close(self) -> None:
        """Answer nothing any more, write what waits, and close the files."""
        recorder, self.recorder = self.recorder, None
        answers, self._answers = self._answers, None
        self.fault = "The session is being shut."
        if answers is not None:
            await answers.close()
        if recorder is not None:
            await asyncio.to_thread(recorder.close)
