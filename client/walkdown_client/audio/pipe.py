"""Messages over a pipe between two processes: each is its size, four bytes little-endian, and its bytes.

What is written goes through a thread, so that neither side ever waits for the other.
"""

from __future__ import annotations

import queue
import struct
import threading
from collections.abc import Iterator
from typing import IO

_SIZE = struct.Struct("<I")

MESSAGE_MAX = 1 << 26
"""Bytes; the walls of a large site are some MB."""

WAITING_MAX = 4096
"""So many messages that nobody reads mean that the other side hangs."""


def messages(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what comes until the pipe closes."""
    while len(head := stream.read(_SIZE.size)) == _SIZE.size:
        (size,) = _SIZE.unpack(head)
        if size > MESSAGE_MAX:
            return
        data = stream.read(size)
        if len(data) < size:
            return
        yield data


class Writer:
    """Writes messages in a thread, in their order, until it is closed or nobody reads any more."""

    def __init__(self, stream: IO[bytes], *, name: str) -> None:
        self._stream = stream
        self._waiting: queue.Queue[bytes | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._write, name=name, daemon=True)
        self._thread.start()

    def write(self, data: bytes, *, may_drop: bool = False) -> bool:
        """Write a message soon; False when the other side has not read for so long that it must hang.

        Args:
            may_drop: leave it out where much waits, so that a flood of such messages is not taken for that.
        """
        if may_drop and self._waiting.qsize() >= WAITING_MAX // 2:
            return True
        try:
            self._waiting.put_nowait(_SIZE.pack(len(data)) + data)
        except queue.Full:
            return False
        return True

    def close(self, timeout_secs: float = 1.0) -> None:
        """Write what waits, then end; waits for that at most so long."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(timeout_secs)

    def _write(self) -> None:
        try:
            while (data := self._waiting.get()) is not None:
                self._stream.write(data)
                if self._waiting.empty():
                    self._stream.flush()
            self._stream.flush()
        except (OSError, ValueError):  # the other side is gone, which its reader notices
            return
