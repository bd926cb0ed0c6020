"""The bytes of one offered file, from the network into a file: as many as were offered, and only those.

``Receiving`` is the connection from the head of the PUT to its answer. It fills one block, stops reading,
has the block written and hashed in a thread, and reads on, so that neither memory nor the event loop
notice how big the file is.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from walkdown_server.http import CONTINUE, Request, text_response

BLOCK_SIZE = 1 << 20
READ_SIZE = 256 * 1024
"""Taken from one connection before it is another's turn."""

IDLE_SECS = 30.0
SLOWEST_BYTES = 64 * 1024
"""At least this much has to come in ``IDLE_SECS``, or all that is left."""

DRAIN_SECS = 2.0
"""For so long bytes are passed over after a refusal, so that the client gets to read it."""

DRAIN_BYTES = 8 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)

_log = logging.getLogger(__name__)


class Upload:
    """One file that is coming in.

    Args:
        file: is made. size, sha256: as they were offered.
        on_part: is told how many bytes are there. on_end: is told "" when all is well, else one sentence.

    Attributes:
        stop: ends the connection that the bytes come from, with one sentence; None while there is none.
    """

    def __init__(
        self,
        file: Path,
        *,
        size: int,
        sha256: str,
        on_part: Callable[[int], None],
        on_end: Callable[[str], None],
    ) -> None:
        self.size, self._sha256 = size, sha256
        self.on_part, self.on_end = on_part, on_end
        self.stop: Callable[[str], None] | None = None
        self._path = file
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()

    def write(self, block: memoryview) -> None:
        """Append a block; called in a thread.

        Raises:
            OSError: the disk does not take it.
        """
        if self._file is None:
            self._file = self._path.open("xb", buffering=0)
        self._digest.update(block)
        while block:
            block = block[self._file.write(block) :]

    def close(self) -> str:
        """Close the file; returns what is wrong with its bytes, "" for nothing."""
        if self._file is not None:
            self._file.close()
        found = self._digest.hexdigest()
        if found == self._sha256:
            return ""
        return f"The file has the sha256 {found[:12]}…, but {self._sha256[:12]}… was offered; send it again."


class Receiving(asyncio.BufferedProtocol):
    """A connection that brings an upload, and is closed after it.

    Args:
        transport: of the open socket, after the head of the request.
        pool: threads that write. on_lost: called once, when the connection is gone.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        upload: Upload,
        *,
        pool: Executor,
        on_lost: Callable[[Receiving], None],
    ) -> None:
        self._transport, self._upload, self._pool, self._on_lost = transport, upload, pool, on_lost
        self._loop = asyncio.get_running_loop()
        self._block = memoryview(bytearray(min(BLOCK_SIZE, upload.size)))
        self._filled = self._received = self._drained = 0
        self._writing: asyncio.Task[None] | None = None
        self._answered = self._lost = self._ended = False
        self._fault = ""
        self._since, self._received_then = self._loop.time(), 0
        upload.stop = lambda text: self._refuse(HTTPStatus.CONFLICT, text)

    def start(self, request: Request, first: bytes) -> None:
        """Take what came with the head, and ask for the rest if the client waits to be asked."""
        if not first and request.headers.get("expect", "").lower() == CONTINUE:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        count = min(len(first), self._upload.size)
        self._block[:count] = first[:count]
        self._take(count)

    # ---- what the event loop calls --------------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        if self._answered:
            return self._block if len(self._block) else memoryview(bytearray(1))
        return self._block[self._filled : min(self._filled + READ_SIZE, self._goal)]

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that came."""
        if not self._answered:
            self._take(nbytes)
            return
        self._drained += nbytes
        if self._drained > DRAIN_BYTES:
            self._transport.abort()

    def eof_received(self) -> bool:
        """An end before the last byte is the end of the upload."""
        if not self._answered and self._received < self._upload.size:
            self._refuse(HTTPStatus.BAD_REQUEST, self._broken())
        return self._writing is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the upload up if it is not complete."""
        self._lost = True
        self._on_lost(self)
        if not self._answered:
            self._end(self._broken())

    # ---- once a second, and at the end ----------------------------------------------------------------

    def look_after(self, now: float) -> None:
        """Give up a client that sends too slowly, and one that does not hang up after its answer."""
        if self._answered:
            if now - self._since > DRAIN_SECS:
                self._transport.abort()
        elif self._writing is not None or self._received - self._received_then >= self._least:
            self._since, self._received_then = now, self._received
        elif now - self._since > IDLE_SECS:
            text = f"Less than {SLOWEST_BYTES // 1024} KiB came in {IDLE_SECS:.0f} s; the upload is over."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, text)

    def hang_up(self) -> None:
        """Close at once."""
        self._transport.abort()

    # ---- in -------------------------------------------------------------------------------------------

    @property
    def _goal(self) -> int:
        """How much of the block is filled before it is written."""
        return min(len(self._block), self._filled + self._upload.size - self._received)

    @property
    def _least(self) -> int:
        """How much has to come in ``IDLE_SECS``."""
        return max(1, min(SLOWEST_BYTES, self._upload.size - self._received_then))

    def _take(self, count: int) -> None:
        self._filled += count
        self._received += count
        if self._filled == self._goal:
            self._transport.pause_reading()
            self._writing = self._loop.create_task(self._write())

    async def _write(self) -> None:
        """Have the block written, then read on or answer."""
        block, self._filled = self._block[: self._filled], 0
        fault, complete = "", self._received == self._upload.size
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            await self._loop.run_in_executor(self._pool, self._upload.write, block)
            if complete and not self._answered:
                fault = await self._loop.run_in_executor(self._pool, self._upload.close)
        except OSError as error:
            status, fault = HTTPStatus.INSUFFICIENT_STORAGE, sentence_of(error)
        self._writing = None
        if self._answered or self._lost:
            self._end(self._broken())
        elif fault:
            self._refuse(status, fault)
        elif complete:
            self._say(HTTPStatus.CREATED, "The file is here.")
            self._transport.close()
            self._end("")
        else:
            self._upload.on_part(self._received)
            self._transport.resume_reading()

    def _broken(self) -> str:
        return f"The upload broke off after {self._received} of {self._upload.size} bytes; send it again."

    # ---- the answer -----------------------------------------------------------------------------------

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Say why not, and pass over what is still under way."""
        if self._answered:
            return
        self._say(status, text)
        self._end(text)
        self._transport.resume_reading()
        with contextlib.suppress(OSError):  # the other end is gone
            self._transport.write_eof()

    def _say(self, status: HTTPStatus, text: str) -> None:
        self._answered, self._since = True, self._loop.time()
        self._transport.write(text_response(status, text, keep_alive=False))

    def _end(self, fault: str) -> None:
        """Close the file when nobody writes to it, and tell once how it went; the first fault counts."""
        self._fault = self._fault or fault
        if self._writing is None and not self._ended:
            self._ended = True
            self._upload.stop = None
            self._upload.close()
            self._upload.on_end(self._fault)


def sentence_of(error: OSError) -> str:
    """Return what to say of an error of the disk."""
    _log.error("a file that was offered cannot be written: %s", error)
    if error.errno in FULL:
        return "The server's disk is full: the file cannot be taken until there is space again."
    return f"The server's disk failed ({error.strerror}): the file cannot be taken."
