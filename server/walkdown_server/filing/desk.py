"""Where people ask for everything about files of a review; the ``Files`` of a room."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from walkdown.messages import AskExport, CancelFile, MergeTopics, OfferFile
from walkdown_server.door.people import Identity
from walkdown_server.filing.exports import Exports
from walkdown_server.filing.inbox import Inbox
from walkdown_server.filing.merging import Merging
from walkdown_server.filing.places import Frames
from walkdown_server.filing.store import FileStore
from walkdown_server.filing.task import FileLimits
from walkdown_server.models import Upload
from walkdown_server.packages import BlobStore
from walkdown_server.parties import Answer, FileMessage
from walkdown_server.room import Room

THREADS = 8
"""Two write exports, two wait for files to be read, one writes evidence; the others take uploads."""


class FileDesk:
    """Takes files, keeps them and gives them out.

    Args:
        room: the session. store: its files. blobs: serves them. frames: finds where coordinates lie.

    Attributes:
        pool: threads that write and read files.
    """

    def __init__(
        self, room: Room, store: FileStore, blobs: BlobStore, *, limits: FileLimits, frames: Frames
    ) -> None:
        self._store = store
        self.pool = ThreadPoolExecutor(THREADS, "files")
        merging = Merging(room, self._store, blobs, pool=self.pool, limits=limits, frames=frames)
        self._inbox = Inbox(room, self._store, merging, limits=limits, pool=self.pool)
        self._exports = Exports(room, self._store, pool=self.pool, frames=frames)

    def take(self, identity: Identity, message: FileMessage, answer: Answer) -> None:
        """Take what somebody says about a file."""
        if isinstance(message, OfferFile):
            self._inbox.offer(identity, message, answer)
        elif isinstance(message, CancelFile):
            self._inbox.cancel(identity, message)
        elif isinstance(message, MergeTopics):
            self._inbox.merge(identity, message, answer)
        elif isinstance(message, AskExport):
            self._exports.ask(identity, message, answer)

    def forget(self, identity: Identity) -> None:
        """Give up everything that this person brings in."""
        self._inbox.forget(identity)

    def knows(self, sha256: str) -> bool:
        """Tell whether a file lies in the store."""
        return self._store.knows(sha256)

    def expects(self, ticket: str) -> bool:
        """Tell whether a ticket is one of ours that was not used yet."""
        return self._inbox.tickets.expects(ticket)

    def claim(self, ticket: str, size: int) -> Upload:
        """Return where the bytes of a ticket go; it is used up then.

        Raises:
            BadRequest: there is no such ticket, another size was offered, or the disk does not take it.
        """
        return self._inbox.tickets.claim(ticket, size)

    def look_after(self, now_secs: float) -> None:
        """Let go of what nobody wants any more; about once a second."""
        self._inbox.look_after(now_secs)

    async def close(self) -> None:
        """Give up what is under way, and leave nothing behind but files."""
        await self._inbox.close()
        await self._exports.close()
        await asyncio.to_thread(self.pool.shutdown)
        await asyncio.to_thread(self._store.clear)
