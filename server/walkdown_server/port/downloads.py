"""The bytes of a blob on their way out, slice by slice, so that nobody else has to wait for them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import BinaryIO

from walkdown_server.packages import Blob

SLICE_SIZE = 256 * 1024
"""Sent before anyone else's turn; one that takes longer than ``STALLED_SECS`` is given up."""

STALLED_SECS = 30.0


class Sending:
    """How a connection sends blobs.

    Args:
        transport: of the connection. writable: set while it takes more.
        encrypted: the kernel can send a file by itself, but not encrypt it.
    """

    def __init__(self, transport: asyncio.Transport, writable: asyncio.Event, *, encrypted: bool) -> None:
        self._transport, self._writable, self._encrypted = transport, writable, encrypted
        self._loop = asyncio.get_running_loop()

    async def send(self, blob: Blob, start: int, stop: int) -> None:
        """Send the bytes from ``start`` to ``stop``.

        Raises:
            OSError: the file cannot be read, or became shorter. TimeoutError: the other end takes nothing.
        """
        if blob.path is None:
            data = memoryview(blob.data or b"")
            for offset in range(start, stop, SLICE_SIZE):
                self._transport.write(data[offset : min(offset + SLICE_SIZE, stop)])
                await asyncio.wait_for(self._writable.wait(), STALLED_SECS)
            return
        with await self._loop.run_in_executor(None, _open, blob) as file:
            for offset in range(start, stop, SLICE_SIZE):
                count = min(SLICE_SIZE, stop - offset)
                sending = self._send_slice(file, blob.offset + offset, count)
                sent = await asyncio.wait_for(sending, STALLED_SECS)
                if sent < count:
                    raise OSError(f"{blob.path} became shorter while it was sent")

    async def _send_slice(self, file: BinaryIO, offset: int, count: int) -> int:
        """Send some bytes of a file, by the kernel where it can."""
        if not self._encrypted:
            with contextlib.suppress(asyncio.SendfileNotAvailableError, NotImplementedError):
                return await self._loop.sendfile(self._transport, file, offset, count, fallback=False)
        data = await self._loop.run_in_executor(None, _read_at, file, offset, count)
        self._transport.write(data)
        await self._writable.wait()
        return len(data)


def blob_headers(blob: Blob, etag: str, *, span: tuple[int, int], partial: bool) -> dict[str, str]:
    """Return the headers of an answer that brings these bytes of a blob."""
    start, stop = span
    headers = {
        "Content-Type": blob.media,
        "Content-Length": str(stop - start),
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if partial:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{blob.size}"
    return headers


def _open(blob: Blob) -> BinaryIO:
    if blob.path is None:
        raise FileNotFoundError("this blob is not in a file")
    return blob.path.open("rb")


def _read_at(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)
