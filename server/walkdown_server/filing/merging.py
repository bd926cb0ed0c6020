"""Topics of elsewhere: read in a sandbox, compared with what stands, and taken slice by slice.

Between slices everything else of the session has its turn. What is merged is planned anew when it is to be
done, and of each topic that somebody changes meanwhile once more, so that nothing newer is overwritten. Files
are on disk before a record refers to them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack

import msgspec
import zstandard
from msgspec.structs import replace

from walkdown.errors import BadInput
from walkdown.messages import Blob, MergeTopics, Reply, TopicChange
from walkdown.review import MergePlan, PlannedTopic, ReviewState
from walkdown_server.door.rules import denied
from walkdown_server.exchange import merging
from walkdown_server.exchange.incoming import IncomingTopic, guid_of
from walkdown_server.filing.places import Frames
from walkdown_server.filing.planned import Outcome, files_of, fingerprint, wishes_for
from walkdown_server.filing.reading import TopicsJob, TopicsRead
from walkdown_server.filing.sandboxed import Brought, read_again, read_held_in
from walkdown_server.filing.store import FileStore
from walkdown_server.filing.task import FileLimits, Task
from walkdown_server.packages import ZSTD_MEDIA, BlobStore
from walkdown_server.review.history import READ_BYTES
from walkdown_server.room import Room
from walkdown_server.ruling import Decree, OwnWish

SLICE, AHEAD = 20, 2
"""So many topics are handed to the journal at a time, and so many times before it has kept the first of them.

Everything else of the session has its turn between.
"""

SETTLE_SECS = 0.02
"""What somebody has just changed is on disk about so soon."""

READING_AT_ONCE = 2
ORIGINS_MAX = 8
"""So many files from which topics came before are read again, for what both sides had."""

Progress = Callable[[float], None]
R = TypeVar("R")
Args = TypeVarTuple("Args")


class Merging:
    """Reads and merges the topics of files.

    Args:
        room: the session. store: its files. blobs: serves plans. pool: threads.
        limits: larger files that come with topics are left out. frames: finds where coordinates lie.
    """

    def __init__(
        self,
        room: Room,
        store: FileStore,
        blobs: BlobStore,
        *,
        pool: ThreadPoolExecutor,
        limits: FileLimits,
        frames: Frames,
    ) -> None:
        self._room, self._store, self._blobs, self._pool = room, store, blobs, pool
        self._limits, self._frames = limits, frames
        things = room.contents.catalogue.things
        self._elements = frozenset(thing.element for thing in things if thing.element)
        self._loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(READING_AT_ONCE)

    # ---- what would change --------------------------------------------------------------------------------

    async def plan(self, task: Task, progress: Progress) -> Blob:
        """Read the file of a task, and return the plan of what it would change, as it is fetched.

        Raises:
            BadInput: it cannot be read. OSError: the disk does not take what was read.
        """
        async with self._turns:
            job = self._job(task)
            brought = await self._run(self._read, job, task, progress)
            plan, _seen = await self._plan(brought.read)
        data = await self._run(_packed, plan)
        return self._blobs.put(data, media=ZSTD_MEDIA, passing=True)

    def _job(self, task: Task) -> TopicsJob:
        place = task.place
        here = place if place is not None and place.exists() else self._store.path(task.offer.sha256)
        return TopicsJob(str(here.resolve()), task.offer.name, str(task.folder.resolve()), self._origins())

    def _origins(self) -> dict[str, str]:
        """Return by the GUID of topics where the files lie from which they came, of the newest few files."""
        topics = self._room.session.review.topics.values()
        origins = dict.fromkeys(topic.origin for topic in topics if self._store.knows(topic.origin))
        newest = set(list(origins)[-ORIGINS_MAX:])
        return {
            guid_of(topic.topic): str(self._store.path(topic.origin).resolve())
            for topic in topics
            if topic.origin in newest
        }

    def _read(self, job: TopicsJob, task: Task, progress: Progress) -> Brought:
        """Have the file read; in a thread."""
        Path(job.out).mkdir()

        def told(part: float) -> None:
            self._loop.call_soon_threadsafe(progress, part)

        return read_held_in(
            job,
            knows=self._store.knows,
            file_bytes=self._limits.file,
            cancelled=task.cancelled.is_set,
            progress=told,
        )

    async def _plan(self, read: TopicsRead) -> tuple[MergePlan, dict[str, int]]:
        """Return what topics would change, and by GUID a fingerprint of what they were compared with.

        That is what is on disk: the history of topics, by which the later change wins, knows no more.
        """
        session, elements = self._room.session, self._elements
        review, knows_thing = session.review, session.things_known()
        here = {guid_of(name): name for name in review.topics}
        guids = [guid_of(each.topic.topic) for each in read.incoming.topics]
        names = [here.get(guid, "") for guid in guids]
        seen = {guid: fingerprint(review, name) for guid, name in zip(guids, names, strict=True)}
        changes = {name: self._changes_of(name) for name in names if name}
        snapshot = review.snapshot()

        def planned() -> MergePlan:
            state = ReviewState.of(snapshot)
            bases = _bases(read, state)
            topics = [*read.incoming.topics, *bases.values()]
            known = merging.Known(
                bases,
                lambda topic: changes.get(topic, ()),
                lambda thing: thing in elements or knows_thing(thing),
                self._frames(view for each in topics for view in each.viewpoints),
            )
            return merging.plan(state, read.incoming, known)

        return await self._run(planned), seen

    def _changes_of(self, topic: str) -> tuple[TopicChange, ...]:
        """Return the changes of a topic; the first says what fields had that were changed later."""
        history = self._room.review_desk.history
        changes = history.told(0, topic, most_bytes=READ_BYTES).changes
        if not changes or changes[0].kind != "topic":
            return changes
        made = replace(changes[0], changes=changes[0].changes | history.first_values(topic))
        return (made, *changes[1:])

    # ---- making it so -------------------------------------------------------------------------------------

    async def merge(self, task: Task, leave_out: Collection[str], progress: Progress) -> str:
        """Take the topics of a file that was read, but not those; returns in a sentence what came of it.

        Raises:
            BadInput: it cannot be merged, or not to its end; what was merged stays.
            OSError: the disk does not take its files.
        """
        brought = await self._run(read_again, self._job(task))
        plan, seen = await self._plan(brought.read)
        taken = [each for each in plan.topics if each.what != "same" and each.topic_id not in leave_out]
        await self._run(self._keep_files, _Files(task.place, brought.files, plan.sha256, taken))
        if plan.vocabulary is not None and taken:
            await self._bring(task, Decree("vocabulary", msgspec.to_builtins(plan.vocabulary)))
        outcome = Outcome(same=sum(each.what == "same" for each in plan.topics))
        outcome.left_out = len(plan.topics) - len(taken) - outcome.same
        flying: deque[_Flight] = deque()
        try:
            for start in range(0, len(taken), SLICE):
                _check_wanted(task)
                piece = await self._fresh(taken[start : start + SLICE], seen, brought.read)
                flying.append(self._take(task, piece, origin=plan.sha256))
                if len(flying) >= AHEAD:
                    await _land(flying.popleft(), outcome)
                progress((start + len(piece)) / len(taken))
                await asyncio.sleep(0)
            while flying:
                await _land(flying.popleft(), outcome)
        except _Stopped as stopped:
            while flying:
                await _land(flying.popleft(), outcome, to_the_end=True)
            raise outcome.stopped(str(stopped)) from None
        return outcome.sentence()

    async def _fresh(
        self, topics: Sequence[PlannedTopic], seen: dict[str, int], read: TopicsRead
    ) -> list[PlannedTopic]:
        """Return topics planned anew where somebody has changed them since, or is about to."""
        while True:
            review = self._room.session.review_ahead
            stale = {
                guid
                for each in topics
                if seen[guid := guid_of(each.topic_id)] != fingerprint(review, each.topic_id)
            }
            if not stale:
                return list(topics)
            await asyncio.sleep(SETTLE_SECS)
            some = [each for each in read.incoming.topics if guid_of(each.topic.topic) in stale]
            part = replace(read, incoming=replace(read.incoming, topics=tuple(some)))
            again, newer = await self._plan(part)
            seen = seen | newer
            renewed = {guid_of(each.topic_id): each for each in again.topics}
            topics = [_renewed(each, renewed.get(guid_of(each.topic_id))) for each in topics]

    def _take(self, task: Task, topics: Sequence[PlannedTopic], *, origin: str) -> _Flight:
        """Hand topics to the journal; returns them with what will be told when they are on disk."""
        made = [(each, wishes_for(each, origin=origin)) for each in topics]
        return [(each, [self._bring(task, wish) for wish in wishes]) for each, wishes in made]

    def _bring(self, task: Task, wish: OwnWish) -> asyncio.Future[Reply]:
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._room.commits.bring(task.identity.author, wish, future.set_result)
        return future

    def _keep_files(self, come: _Files) -> None:
        """Keep what the topics refer to, and the file itself when they will name it; in a thread.

        Raises:
            BadInput: the session has no room for them. OSError: the disk does not take them.
        """
        needed = [sha256 for sha256 in files_of(come.taken) if not self._store.knows(sha256)]
        places = [(come.files[sha256], sha256) for sha256 in needed if sha256 in come.files]
        origin = come.origin if come.taken else ""
        if origin and come.original is not None and not self._store.knows(origin):
            places.append((come.original, origin))
        size = sum(path.stat().st_size for path, _sha256 in places)
        left = max(0, self._limits.session - self._store.size_bytes)
        if size > left:
            raise BadInput(
                f"its files have {size / 1e6:.1f} MB, those of the session may grow by {left / 1e6:.1f} MB"
            )
        self._store.keep_all(places)

    async def _run(self, work: Callable[[Unpack[Args]], R], *args: *Args) -> R:
        """Do something in a thread."""
        return await self._loop.run_in_executor(self._pool, work, *args)


@dataclass(frozen=True, slots=True)
class _Files:
    """What comes with topics: the file itself, named by ``origin``, and those in it, and who needs them."""

    original: Path | None
    files: Mapping[str, Path]
    origin: str
    taken: Sequence[PlannedTopic]


_Flight = list[tuple[PlannedTopic, list["asyncio.Future[Reply]"]]]
"""Topics on their way to the disk."""


class _Stopped(Exception):
    """Ends merging before its end, with the reason."""


async def _land(flight: _Flight, outcome: Outcome, *, to_the_end: bool = False) -> None:
    """Count what became of topics when they are on disk.

    Raises:
        _Stopped: nothing can be kept any more, and that is not the end anyway.
    """
    for planned, waiting in flight:
        outcome.count(planned, [await future for future in waiting])
    if outcome.read_only and not to_the_end:
        raise _Stopped(outcome.read_only.rstrip("."))


def _check_wanted(task: Task) -> None:
    """Stop between two slices when nobody wants it, or the sender may not any more.

    Raises:
        _Stopped: it is so.
    """
    if task.cancelled.is_set() or task.ended:
        raise _Stopped("it was cancelled")
    if reason := denied(task.identity.role, MergeTopics):
        raise _Stopped(reason)


def _renewed(before: PlannedTopic, after: PlannedTopic | None) -> PlannedTopic:
    """Return a topic as it was planned again; one that somebody has removed meanwhile does not come back."""
    if after is None:
        return before
    gone = after.what == "new" and before.what != "new"
    return replace(after, what="same") if gone else after


def _packed(plan: MergePlan) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(plan))


def _bases(read: TopicsRead, state: ReviewState) -> dict[str, IncomingTopic]:
    """Return topics as both sides had them, as far as that is known."""
    if read.written is None:
        return read.bases
    from walkdown_server.exchange.pack import loading

    written = {guid: loading.Written(each.same, each.edited) for guid, each in read.written.items()}
    return loading.bases(state, loading.Loaded(read.incoming, written))
