"""Takes files of a review from people: offers, uploads, and at the end bytes in the store, or topics.

Everything here runs in the event loop but the writing of uploads and the looking at what came, which have
threads. What a person is told is for that person alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from walkdown.errors import BadInput
from walkdown.listing import session_path
from walkdown.messages import Blob, CancelFile, FilePhase, FileTask, MergeTopics, OfferFile
from walkdown_server.door.people import Identity
from walkdown_server.door.rules import denied
from walkdown_server.filing.merging import Merging
from walkdown_server.filing.store import FileStore
from walkdown_server.filing.task import TASKS_MAX, TASKS_PER_PERSON, FileLimits, Task, fault_of_offer
from walkdown_server.models.tickets import Expected, Tickets
from walkdown_server.models.upload import Upload, sentence_of
from walkdown_server.parties import Answer
from walkdown_server.review.pictures import fault_of_picture
from walkdown_server.review.refusing import as_sentence
from walkdown_server.room import Room

TICKET_SECS = 60.0
PLAN_SECS = 3600.0
"""For so long a person may look at what would be merged."""

ENDS_KNOWN = 200
"""So many ends are remembered, for those who offer the same file again because they did not hear of it."""

SPARE_BYTES = 64 << 20
"""The last of a disk is left to the journal."""

_log = logging.getLogger(__name__)


class Inbox:
    """Where files of a review are handed in.

    Args:
        room: the session. store: where they stay. merging: reads and merges topics. pool: threads.

    Attributes:
        tickets: those that were given out.
    """

    def __init__(
        self, room: Room, store: FileStore, merging: Merging, *, limits: FileLimits, pool: ThreadPoolExecutor
    ) -> None:
        self._room, self._store, self._merging = room, store, merging
        self._limits, self._pool = limits, pool
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[tuple[str, str], Task] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self.tickets = Tickets()

    # ---- what people want -----------------------------------------------------------------------------

    def offer(self, identity: Identity, message: OfferFile, answer: Answer) -> None:
        """Answer an offer with where to put the bytes, or with why not; the same again with how it stands."""
        key = (identity.author.id, message.file)
        there = self._tasks.get(key)
        if there is not None and there.upload is not None:  # whose line broke, which we have not noticed yet
            self._abandon(there)
            there = None
        if there is not None and there.offer == message and there.phase != "failed":
            there.identity = identity
            answer(there.message())
        elif text := self._refusal(identity, message):
            answer(FileTask(message.file, "failed", text=text))
        else:
            self._tasks.pop(key, None)
            task = self._tasks[key] = Task(identity, message, answer, self._loop.time())
            self._begin(task)

    def cancel(self, identity: Identity, message: CancelFile) -> None:
        """Give up what this person brings in under this id; what was merged already stays."""
        task = self._tasks.get((identity.author.id, message.file))
        if task is not None and not task.ended:
            self._give_up(task, "It was cancelled.")

    def merge(self, identity: Identity, message: MergeTopics, answer: Answer) -> None:
        """Take the topics of a file that was read; saying so twice is saying it once."""
        task = self._tasks.get((identity.author.id, message.file))
        if task is None or task.phase == "failed":
            answer(
                FileTask(message.file, "failed", text="The server does not have this file; send it again.")
            )
        elif task.phase == "merge" and not task.merging:
            task.merging = True
            self._spawn(self._merge(task, frozenset(message.leave_out)))

    def forget(self, identity: Identity) -> None:
        """Give up everything that this person brings in; they are gone, or may not any more."""
        for task in self._running():
            if task.identity is identity:
                self._give_up(task, "Its sender has left, or may not bring in files any more.")

    def _refusal(self, identity: Identity, message: OfferFile) -> str:
        """Return why an offer cannot be taken now, one sentence, or ""."""
        topics = message.purpose == "topics"
        if topics and (reason := denied(identity.role, MergeTopics)):
            return as_sentence(reason)
        most = self._limits.topics if topics else self._limits.file
        fault = fault_of_offer(message, max_bytes=most)
        if fault or not self._room.commits.writable:
            return fault or "Nothing can be kept at the moment."
        running = self._running()
        if sum(task.identity.author.id == identity.author.id for task in running) >= TASKS_PER_PERSON:
            return f"You bring in {TASKS_PER_PERSON} files already; wait until one of them is done."
        if len(running) >= TASKS_MAX:
            return f"{TASKS_MAX} files are being brought in already; wait until one of them is done."
        return "" if self._store.knows(message.sha256) else self._no_space(message.size)

    def _no_space(self, size: int) -> str:
        coming = sum(task.offer.size for task in self._running())
        left = self._limits.session - self._store.size_bytes - coming
        if size > left:
            return (
                f"The files of this session may have {self._limits.session / 1e6:.1f} MB, of which "
                f"{max(left, 0) / 1e6:.1f} MB are left; this one has {size / 1e6:.1f} MB."
            )
        try:
            free = self._store.free_bytes()
        except OSError as error:
            return sentence_of(error)
        needed = size + SPARE_BYTES
        if free >= needed:
            return ""
        return f"The server's disk has {free / 1e6:.1f} MB left, this file needs {needed / 1e6:.1f} MB."

    def _running(self) -> list[Task]:
        return [task for task in self._tasks.values() if not task.ended]

    # ---- the bytes ------------------------------------------------------------------------------------

    def _begin(self, task: Task) -> None:
        """Say where the bytes go, or go on with those that are here."""
        size = self._store.size_of(task.offer.sha256)
        if size is not None and size != task.offer.size:
            self._fail(task, f"The file with this sha256 has {size} bytes, not {task.offer.size}.")
        elif size is not None:
            self._spawn(self._take(task))
        else:
            task.ticket = self.tickets.issue(
                Expected(
                    task.offer.size,
                    task.offer.sha256,
                    place=partial(self._place, task),
                    on_begin=partial(self._upload_begins, task),
                    on_part=lambda _count: None,
                    on_end=partial(self._upload_ended, task),
                )
            )
            task.path = f"{session_path(self._room.contents.name)}/upload/{task.ticket}"
            task.answer(task.message())

    def _place(self, task: Task) -> Path:
        task.place = self._store.new_place()
        return task.place

    def _upload_begins(self, task: Task, upload: Upload) -> None:
        task.ticket, task.upload, task.since_secs = "", upload, self._loop.time()

    def _upload_ended(self, task: Task, fault: str) -> None:
        task.upload, task.ticket = None, ""
        if task.ended:
            self._clean(task)
        elif fault:
            self._fail(task, fault)
        else:
            self._spawn(self._take(task))

    # ---- what becomes of it -----------------------------------------------------------------------------

    async def _take(self, task: Task) -> None:
        """Keep an attachment, or read topics and say what they would change."""
        self._advance(task, "read", 0.0)
        with self._failing(task):
            if task.offer.purpose == "attachment":
                task.blob = await self._loop.run_in_executor(self._pool, self._keep, task)
                self._end(task, "done", "")
            else:
                if task.place is None:
                    task.place = self._store.new_place()
                task.plan = await self._merging.plan(task, partial(self._advance, task, "read"))
                self._advance(task, "merge", 0.0)

    def _keep(self, task: Task) -> Blob:
        """Look at a file and keep it; in a thread."""
        if task.place is None:  # the same bytes are here already
            return self._store.blob(task.offer.sha256)
        if fault := fault_of_picture(task.place):
            raise BadInput(fault)
        return self._store.keep(task.place, task.offer.sha256)

    async def _merge(self, task: Task, leave_out: frozenset[str]) -> None:
        self._advance(task, "merge", 0.0)
        with self._failing(task):
            text = await self._merging.merge(task, leave_out, partial(self._advance, task, "merge"))
            self._end(task, "done", text)

    @contextlib.contextmanager
    def _failing(self, task: Task) -> Any:
        """Say of a task what goes wrong in this block."""
        try:
            yield
        except BadInput as error:
            self._fail(task, as_sentence(str(error)))
        except OSError as error:
            self._fail(task, sentence_of(error))
        except Exception:
            _log.exception("bringing in %s failed", task.offer.name)
            self._fail(task, "The file could not be taken because of an error of the server; see its log.")

    # ---- how it goes ----------------------------------------------------------------------------------

    def _advance(self, task: Task, phase: FilePhase, part: float) -> None:
        if not task.ended and (phase, round(part, 2)) != (task.phase, round(task.part, 2)):
            task.phase, task.part, task.since_secs = phase, part, self._loop.time()
            task.answer(task.message())

    def _give_up(self, task: Task, text: str) -> None:
        task.cancelled.set()
        stop = task.upload.stop if task.upload else None
        self._fail(task, text)
        if stop is not None:
            stop(text)

    def _abandon(self, task: Task) -> None:
        """Give up what is offered anew; nobody has to hear of it."""
        task.answer = lambda _message: None
        self._give_up(task, "It was offered again.")

    def _fail(self, task: Task, text: str) -> None:
        self._end(task, "failed", text)

    def _end(self, task: Task, phase: FilePhase, text: str) -> None:
        if task.ended:
            return
        _log.info("%s by %s: %s %s", task.offer.name, task.identity.author.name, phase, text)
        self.tickets.withdraw(task.ticket)
        task.phase, task.part, task.text, task.ticket = phase, 1.0, text, ""
        task.since_secs = self._loop.time()
        task.answer(task.message())
        if task.upload is None:
            self._clean(task)

    def _clean(self, task: Task) -> None:
        if task.place is not None:
            with contextlib.suppress(RuntimeError):  # the threads have ended, and all that is under way goes
                self._loop.run_in_executor(self._pool, _remove, task.place, task.folder)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        job = self._loop.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    # ---- once a second, and at the end ----------------------------------------------------------------

    def look_after(self, now: float) -> None:
        """Let go of tickets that nobody uses, plans that nobody takes, and ends that were told long ago."""
        for task in self._running():
            waited = now - task.since_secs
            if task.ticket and waited > TICKET_SECS:
                self._fail(task, f"The file did not come within {TICKET_SECS:.0f} s.")
            elif task.phase == "merge" and not task.merging and waited > PLAN_SECS:
                self._fail(task, "Nobody has said for an hour whether to merge it; send it again.")
        ended = sorted(
            (task for task in self._tasks.values() if task.ended), key=lambda task: task.since_secs
        )
        for task in ended[: max(0, len(ended) - ENDS_KNOWN)]:
            del self._tasks[task.identity.author.id, task.offer.file]

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._running():
            self._give_up(task, "The server stops.")
        if self._jobs:
            await asyncio.wait(tuple(self._jobs))


def _remove(file: Path, folder: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
