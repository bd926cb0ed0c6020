"""Files of a review that people ask for: BCF, report or pack, made of what stands then."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from walkdown.errors import WalkdownError
from walkdown.messages import AskExport, Blob, Exported, ReviewSnapshot
from walkdown.review import ReviewState
from walkdown_server.door.people import Identity
from walkdown_server.exchange.about import About, ModelLine
from walkdown_server.filing.beside import FEW_TOPICS, Beside
from walkdown_server.filing.places import Frames
from walkdown_server.filing.store import FileStore
from walkdown_server.filing.writers import WRITERS, Notes, Source
from walkdown_server.models.upload import sentence_of
from walkdown_server.parties import Answer
from walkdown_server.room import Room

MAKING_AT_ONCE = 2
NOTES_MAX = 100
_UNSAFE = re.compile(r"[^\w .()+,-]+")

_log = logging.getLogger(__name__)


class Exports:
    """Makes files for people, one at a time for each.

    Args:
        room: the session. store: its files, and where what was made can be fetched. pool: threads.
        frames: finds where the coordinates of its models lie.

    Attributes:
        beside: makes what is large.
    """

    def __init__(self, room: Room, store: FileStore, *, pool: ThreadPoolExecutor, frames: Frames) -> None:
        self._room, self._store, self._pool, self._frames = room, store, pool, frames
        self.beside = Beside(store, frames=frames)
        self._loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(MAKING_AT_ONCE)
        self._asked: dict[str, AskExport] = {}
        self._jobs: set[asyncio.Task[None]] = set()

    def ask(self, identity: Identity, message: AskExport, answer: Answer) -> None:
        """Have a file made; the answer comes when it is there. Asking the same again meanwhile is once."""
        author = identity.author.id
        there = self._asked.get(author)
        if there == message:
            return
        if there is not None:
            text = "One file is made for you at a time; wait until it is there."
            answer(Exported(message.ask, text=text))
            return
        self._asked[author] = message
        job = self._loop.create_task(self._answer(author, message, answer))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def close(self) -> None:
        """Make nothing any more."""
        for job in tuple(self._jobs):
            job.cancel()
        self.beside.close()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def _answer(self, author: str, message: AskExport, answer: Answer) -> None:
        try:
            answer(await self._made(message))
        except WalkdownError as error:
            answer(Exported(message.ask, text=str(error)))
        except OSError as error:
            answer(Exported(message.ask, text=sentence_of(error)))
        except Exception:
            _log.exception("a file of the review could not be made")
            answer(
                Exported(message.ask, text="The file could not be made because of an error of the server.")
            )
        finally:
            del self._asked[author]

    async def _made(self, message: AskExport) -> Exported:
        async with self._turns:
            review = self._room.session.review
            unknown = next((topic for topic in message.topics if topic not in review.topics), None)
            if unknown is not None:
                text = f"There is no topic {unknown[:80]!r} in this session, or not any more."
                return Exported(message.ask, text=text)
            snapshot, about = review.snapshot(), about_session(self._room)
            made = self._loop.run_in_executor(self._pool, self._written, message, snapshot, about)
            blob, notes = await made
        ending = WRITERS[message.format][0]
        name = f"{_UNSAFE.sub('_', self._room.contents.name) or 'session'}{ending}"
        return Exported(message.ask, blob, name, notes=notes[:NOTES_MAX])

    def _written(self, ask: AskExport, snapshot: ReviewSnapshot, about: About) -> tuple[Blob, Notes]:
        """Write a file and let it be fetched; in a thread."""
        place = self._store.new_place()
        try:
            place.touch(exist_ok=False)
            if len(snapshot.topics) > FEW_TOPICS:
                notes = self.beside.make(place, ask, snapshot, about=about)
            else:
                about = replace(about, frames=self._frames(snapshot.viewpoints))
                with place.open("rb+") as file:
                    source = Source(ask, ReviewState.of(snapshot), about, self._store)
                    notes = WRITERS[ask.format][1](source, file)
            with place.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return self._store.hand_out(place, sha256), notes
        finally:
            place.unlink(missing_ok=True)


def about_session(room: Room) -> About:
    """Return what a file says of a session beside the review."""
    return About(
        room.contents.name,
        room.session_ns(),
        tuple(ModelLine(model.name, model.revision, model.package) for model in room.session.models()),
        {thing.id: thing.name for thing in room.contents.catalogue.things},
    )
