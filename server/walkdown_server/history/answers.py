"""Answers questions about the past: in threads, a few at a time for each person, bounded in size."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec
import zstandard

from walkdown import messages
from walkdown.messages import AskHistory, History, HistoryPart, SignalHistory
from walkdown.signals import SignalTable
from walkdown_server.access import TokenBucket
from walkdown_server.door.people import Identity
from walkdown_server.history.extraction import NOTHING, Interval, Series
from walkdown_server.history.reading import Reading
from walkdown_server.history.recorder import Recorder
from walkdown_server.packages import BlobStore

AT_ONCE = 2
"""Questions of one person that are answered at a time, and threads that answer."""

QUESTIONS_PER_SEC, QUESTIONS_BURST = 4.0, 24.0
ASKERS_KEPT = 4000
MEDIA = "application/zstd"

Answer = Callable[[HistoryPart], None]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asker:
    running: int = 0
    bucket: TokenBucket = field(
        default_factory=lambda: TokenBucket(per_sec=QUESTIONS_PER_SEC, burst=QUESTIONS_BURST)
    )


class Answers:
    """The past of a session as people may ask for it; the ``Past`` of a room.

    Args:
        recorder: writes it. reading: reads it. table: of the present catalogue, whose indices they use.
        epoch: of the catalogue. store: where answers are put for fetching.
    """

    def __init__(
        self, recorder: Recorder, reading: Reading, *, table: SignalTable, epoch: int, store: BlobStore
    ) -> None:
        self._recorder, self._reading = recorder, reading
        self._table, self._epoch, self._store = table, epoch, store
        self._loop = asyncio.get_running_loop()
        self._askers: dict[str, _Asker] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, "past")
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def oldest_ns(self) -> int:
        """Session time of the oldest value that can be asked for, 0 for none."""
        return self._recorder.ring.oldest_ns

    def ask(self, identity: Identity, message: AskHistory, answer: Answer) -> None:
        """Answer a question with the hash of a blob, or with why not."""
        asker = self._asker(identity.author.id)
        text = self._fault(message, asker)
        if text:
            answer(HistoryPart(message.ask, text=text))
            return
        asker.running += 1
        task = self._loop.create_task(self._answer(message, asker, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Answer nothing any more."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._pool.shutdown)

    def _asker(self, author_id: str) -> _Asker:
        if len(self._askers) > ASKERS_KEPT:
            self._askers = {who: asker for who, asker in self._askers.items() if asker.running}
        return self._askers.setdefault(author_id, _Asker())

    def _fault(self, message: AskHistory, asker: _Asker) -> str:
        known = len(self._table.signals)
        unknown = next((signal for signal in message.signals if signal >= known), None)
        if unknown is not None:
            return f"There is no signal {unknown}; the catalogue has {known}."
        if message.to_ns < message.from_ns:
            return "The interval ends before it begins."
        if asker.running >= AT_ONCE:
            return f"{AT_ONCE} questions about the past are answered at a time; wait for an answer."
        if not asker.bucket.take(time.monotonic()):
            return f"At most {QUESTIONS_PER_SEC:.0f} questions about the past are answered in a second."
        return ""

    async def _answer(self, message: AskHistory, asker: _Asker, answer: Answer) -> None:
        try:
            data = await self._loop.run_in_executor(self._pool, self._read, message)
        except Exception:
            _log.exception("a question about the past could not be answered")
            answer(HistoryPart(message.ask, text="The server has an error; see its log."))
        else:
            answer(HistoryPart(message.ask, self._put(data)))
        finally:
            asker.running -= 1

    def _put(self, data: bytes) -> messages.Blob:
        return self._store.put(data, media=MEDIA, passing=True)

    def _read(self, message: AskHistory) -> bytes:
        self._recorder.catch_up()
        found = tuple(self._history_of(signal, message) for signal in message.signals)
        return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(History(self._epoch, found)))

    def _history_of(self, signal: int, message: AskHistory) -> SignalHistory:
        series = NOTHING
        if signal < self._table.first("text"):
            name = self._table.signals[signal].id
            interval = Interval(message.from_ns, message.to_ns)
            series = self._reading.series(name, interval, points=message.points)
        return _packed(signal, series)


def _packed(signal: int, series: Series) -> SignalHistory:
    times, values, quality = series
    return SignalHistory(
        signal, times.astype("<i8").tobytes(), values.astype("<f8").tobytes(), quality.tobytes()
    )
