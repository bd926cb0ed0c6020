"""Takes model files from people: offers, tickets, uploads, imports, and at the end a model of the session.

Everything here runs in the event loop but the writing of uploads and the reading of files, which have
threads. What fails is said in one sentence, to the author alone while nobody else has heard of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from walkdown import messages
from walkdown.errors import BadInput, PackageError
from walkdown.listing import session_path
from walkdown.messages import ModelState, ModelTask, OfferModel, TaskPhase, UploadTicket
from walkdown_server.door.people import Identity
from walkdown_server.importers.formats import suffixes
from walkdown_server.models.reading import ReadPackage, make_package
from walkdown_server.models.shelf import Shelf
from walkdown_server.models.task import TASKS_MAX, TASKS_PER_PERSON, Task, fault_of_offer, is_new_id
from walkdown_server.models.tickets import Expected, Tickets
from walkdown_server.models.upload import Upload, sentence_of
from walkdown_server.packages import Package, package_ref
from walkdown_server.parties import Answer
from walkdown_server.room import Room
from walkdown_server.ruling import BringModel
from walkdown_server.session import MODELS_MAX

READING_AT_ONCE = 2
"""More imports wait: each may use a core and gigabytes."""

TICKET_SECS = 60.0
ENDS_TOLD_SECS = 60.0
"""For so long everyone is told how a task ended."""

ENDS_TOLD = 20
"""Of more ends than that the oldest are told no more."""

SPARE_BYTES = 64 << 20
DISK_FACTOR = 3
"""A file, the package that is made of it, and what the import writes on the way."""

Read = Callable[[Task, Package | None], tuple[ReadPackage, str]]
"""Has the package of a task, given the older one, ready with the report; runs in a thread."""

_log = logging.getLogger(__name__)


class Intake:
    """The desk where model files are handed in; the ``Offers`` of a room.

    Args:
        room: the session. shelf: its packages. max_bytes: of one file.
        scratch: folder for what is under way; whatever lies there is from an earlier run and is deleted.

    Attributes:
        pool: threads that write uploads and read files.
    """

    def __init__(self, room: Room, shelf: Shelf, *, scratch: Path, max_bytes: int) -> None:
        self._room, self._shelf, self._scratch, self._max_bytes = room, shelf, scratch, max_bytes
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[str, Task] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(READING_AT_ONCE)
        self._tickets = Tickets()
        self.pool = ThreadPoolExecutor(TASKS_MAX + READING_AT_ONCE, "models")
        shutil.rmtree(scratch, ignore_errors=True)

    # ---- what people want -----------------------------------------------------------------------------

    def offer(self, identity: Identity, message: OfferModel, answer: Answer) -> None:
        """Answer an offer with a ticket, or with why not; the same offer again gets the same ticket."""
        there = self._tasks.get(message.model)
        if there is not None and there.ticket and (there.identity, there.offer) == (identity, message):
            answer(UploadTicket(message.model, self._path_of(there.ticket)))
        elif text := self._refusal(identity, message):
            answer(ModelTask(message.model, message.file, identity.person, "failed", text=text))
        else:
            task = self._begin(identity, message)
            answer(UploadTicket(message.model, self._path_of(task.ticket) if task.ticket else None))
            self._tell(task)
            if not task.ticket:
                self._spawn(self._bring(task, self._read_again))

    def cancel(self, identity: Identity, model: str) -> None:
        """Give up what this person brings in as this model."""
        task = self._tasks.get(model)
        if task is not None and task.identity is identity and not task.ended:
            self._give_up(task, "Its author does not want it any more.")

    def forget(self, identity: Identity) -> None:
        """Give up everything that this person brings in; they are gone."""
        for task in self._running():
            if task.identity is identity:
                self._give_up(task, "Its author has left.")

    def _refusal(self, identity: Identity, message: OfferModel) -> str:
        """Return why an offer cannot be taken now, one sentence, or ""."""
        fault = fault_of_offer(message, suffixes=suffixes(), max_bytes=self._max_bytes)
        running = self._running()
        if fault or not self._room.commits.writable:
            return fault or "Nothing can be kept at the moment."
        if any(task.offer.model == message.model for task in running):
            return "This model is being brought in already; wait until that is done."
        if self._room.session.model_ahead(message.model) is None:
            if not is_new_id(message.model):
                return f"There is no model {message.model[:100]!r}; a new one gets a UUID as its id."
            if not self._room.session.holds_more_models:
                return f"A session holds at most {MODELS_MAX} models; remove one first."
        if sum(task.identity is identity for task in running) >= TASKS_PER_PERSON:
            return f"You bring in {TASKS_PER_PERSON} models already; wait until one of them is done."
        if len(running) >= TASKS_MAX:
            return f"{TASKS_MAX} models are being brought in already; wait until one of them is done."
        return self._no_space(message.size)

    def _no_space(self, size: int) -> str:
        try:
            free = self._shelf.free_bytes()
        except OSError as error:
            return sentence_of(error)
        needed = DISK_FACTOR * size + SPARE_BYTES
        if free >= needed:
            return ""
        return f"The server's disk has {free / 1e6:.0f} MB left, this file needs {needed / 1e6:.0f} MB."

    def _running(self) -> list[Task]:
        return [task for task in self._tasks.values() if not task.ended]

    def _begin(self, identity: Identity, message: OfferModel) -> Task:
        there = self._room.session.model_ahead(message.model)
        key = self._shelf.key_of(message)
        known = self._shelf.has(key)
        task = Task(
            identity,
            message,
            folder=self._scratch / secrets.token_hex(8),
            key=key,
            ticket="",
            since_secs=self._loop.time(),
            phase="read" if known else "upload",
        )
        task.placement = message.placement or (there.placement if there else task.placement)
        task.ticket = "" if known else self._issue(task)
        self._tasks.pop(message.model, None)
        self._tasks[message.model] = task
        return task

    # ---- the bytes ------------------------------------------------------------------------------------

    def _path_of(self, ticket: str) -> str:
        return f"{session_path(self._room.contents.name)}/upload/{ticket}"

    def expects(self, ticket: str) -> bool:
        """Tell whether a ticket is one of ours that was not used yet."""
        return self._tickets.expects(ticket)

    def claim(self, ticket: str, size: int) -> Upload:
        """Return where the bytes of a ticket go; it is used up then.

        Raises:
            BadRequest: there is no such ticket, another size was offered, or the disk does not take it.
        """
        return self._tickets.claim(ticket, size)

    def _issue(self, task: Task) -> str:
        """Return a ticket for the file of a task."""

        def place() -> Path:
            task.file.parent.mkdir(parents=True)
            return task.file

        def begin(upload: Upload) -> None:
            task.ticket, task.upload = "", upload

        return self._tickets.issue(
            Expected(
                task.offer.size,
                task.offer.sha256,
                place=place,
                on_begin=begin,
                on_part=partial(self._uploaded, task),
                on_end=partial(self._upload_ended, task),
            )
        )

    def _uploaded(self, task: Task, count: int) -> None:
        self._advance(task, "upload", count / task.offer.size)

    def _upload_ended(self, task: Task, fault: str) -> None:
        task.upload = None
        if task.ended:
            self._clean(task)
        elif fault:
            self._end(task, "failed", fault)
            self._clean(task)
        else:
            self._advance(task, "read", 0.0)
            self._spawn(self._bring(task, self._read))

    # ---- the import -----------------------------------------------------------------------------------

    async def _bring(self, task: Task, read: Read) -> None:
        """Lead a task from its file, or from what that became before, to its end."""
        text = ""
        try:
            async with self._turns:
                older = self._shelf.package_of(task.offer.model)
                package, report = await self._loop.run_in_executor(self.pool, read, task, older)
            if not task.ended:
                await self._show(task, package, report)
        except BadInput as error:
            text = task.without_folder(str(error))
        except OSError as error:
            text = sentence_of(error)
        except Exception:
            _log.exception("bringing in %s failed", task.offer.file)
            text = "The model could not be taken in because of an error of the server; its log says more."
        if text:
            self._end(task, "failed", text)
        self._clean(task)

    def _read(self, task: Task, older: Package | None) -> tuple[ReadPackage, str]:
        """Make the package, keep it, and read what it brings; in a thread."""
        made = make_package(task, older=older, progress=partial(self._heard, task))
        if task.cancelled.is_set():
            raise PackageError("the model was cancelled")
        return self._shelf.keep(made, model=task.offer.model, key=task.key), made.report

    def _read_again(self, task: Task, _older: Package | None) -> tuple[ReadPackage, str]:
        return self._shelf.read_again(task.key, task.offer.model)

    def _heard(self, task: Task, phase: TaskPhase, part: float) -> None:
        """Pass on how far the import is; called in its thread."""
        if (phase, round(part * 100)) != (task.phase, round(task.part * 100)):
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._advance, task, phase, part)

    async def _show(self, task: Task, read: ReadPackage, report: str) -> None:
        """Make it a model of the session, and wait until that is on disk."""
        model, ref = task.offer.model, package_ref(read.package)
        left = self._room.model_desk.elements_left_for(model, ref)
        if left is not None:
            text = f"The model has {ref.count} elements; until the server starts again {left} can be added."
            self._end(task, "failed", text)
            return
        task.placement, sentence = self._shelf.place(task.offer, read.package)
        self._shelf.learn(read)
        wish = BringModel(model, read.name or task.name, ref.id, task.placement)
        kept: asyncio.Future[messages.Reply] = self._loop.create_future()
        self._room.commits.bring(task.identity.author, wish, kept.set_result)
        reply = await kept
        if reply.code == "unchanged":  # but the package may have been missing
            self._room.model_desk.tell()
        if reply.number or reply.code == "unchanged":
            self._end(task, "done", " ".join(filter(None, (report, sentence))))
        else:
            self._end(task, "failed", _as_sentence(reply.text))

    # ---- packages of the journal ----------------------------------------------------------------------

    def fetch(self) -> None:
        """Have the room learn the packages of models that it cannot draw, and tell everyone."""
        self._spawn(self._fetch())

    async def _fetch(self) -> None:
        if await self.load():
            self._room.model_desk.tell()

    async def load(self) -> bool:
        """Have the room learn the packages of models that it cannot draw; tells whether any was there."""
        wanted = self._shelf.wanted()
        return any([await self._load(model) for model in wanted])

    async def _load(self, model: ModelState) -> bool:
        try:
            read = await self._loop.run_in_executor(self.pool, self._shelf.read, model.package, model.model)
        except (BadInput, OSError) as error:
            self._shelf.miss(model, error)
            return False
        self._shelf.learn(read)
        return True

    # ---- how it goes ----------------------------------------------------------------------------------

    def _advance(self, task: Task, phase: TaskPhase, part: float) -> None:
        if not task.ended:
            task.phase, task.part = phase, part
            self._tell(task)

    def _give_up(self, task: Task, text: str) -> None:
        task.cancelled.set()
        stop = task.upload.stop if task.upload else None
        self._end(task, "cancelled", text)
        if stop is not None:
            stop(text)

    def _end(self, task: Task, phase: TaskPhase, text: str) -> None:
        if not task.ended:
            _log.info("%s by %s: %s %s", task.offer.file, task.identity.author.name, phase, text)
            self._tickets.withdraw(task.ticket)
            task.phase, task.part, task.text, task.ticket = phase, 1.0, text, ""
            task.since_secs = self._loop.time()
            self._tell(task)

    def _tell(self, task: Task) -> None:
        self._room.model_desk.tell_task(task.message())

    def _clean(self, task: Task) -> None:
        with contextlib.suppress(RuntimeError):  # the threads have ended, and all of scratch goes
            self._loop.run_in_executor(self.pool, partial(shutil.rmtree, task.folder, ignore_errors=True))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        job = self._loop.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        job.add_done_callback(_log_error)

    # ---- once a second, and at the end ----------------------------------------------------------------

    def look_after(self, now: float) -> None:
        """Let go of tickets that nobody uses and of tasks whose end was told long enough."""
        ended = [task for task in self._tasks.values() if task.ended]
        for task in self._running():
            if task.ticket and now - task.since_secs > TICKET_SECS:
                self._end(task, "failed", f"The file did not come within {TICKET_SECS:.0f} s.")
        ended.sort(key=lambda task: task.since_secs)
        for place, task in enumerate(ended, ENDS_TOLD - len(ended)):
            if place < 0 or now - task.since_secs > ENDS_TOLD_SECS:
                del self._tasks[task.offer.model]
                self._room.model_desk.forget_task(task.offer.model)

    async def close(self) -> None:
        """Give up what is under way, and leave nothing behind but packages."""
        for task in self._running():
            self._give_up(task, "The server stops.")
        if self._jobs:
            await asyncio.wait(tuple(self._jobs))
        await asyncio.to_thread(self.pool.shutdown)
        await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)


def _log_error(job: asyncio.Task[None]) -> None:
    if not job.cancelled() and (error := job.exception()) is not None:
        _log.error("a job of the models failed", exc_info=error)


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
