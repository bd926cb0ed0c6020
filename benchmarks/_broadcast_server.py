"""A session server as the documentation of ``websockets`` suggests: ``async for``, and ``broadcast()``.

Poses are collected and told to all 20 times a second in one message. With ``--blob MB`` it also answers any
plain GET with so many megabytes, from a thread pool as ``asyncio`` does it best: for ``slow_client``. With
``--voice`` messages are voices instead, and each is broadcast as it comes: for ``voice``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from typing import Any

TICK_SECS = 0.05


async def relay() -> None:
    """Broadcast every message with the number of its sender, until the process ends."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve
    from websockets.exceptions import ConnectionClosed

    numbers = iter(range(1, 65536))

    async def take(connection: ServerConnection) -> None:
        number = next(numbers).to_bytes(2, "little")
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                if isinstance(message, bytes):
                    broadcast(server.connections, number + message)

    async with serve(take, "127.0.0.1", 0, compression=None) as server:
        print(f"listening on {_port(server.sockets)}", flush=True)
        await asyncio.Event().wait()


async def serve(blob_mb: int) -> None:
    """Serve until the process ends."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve
    from websockets.exceptions import ConnectionClosed

    moved: dict[int, bytes] = {}
    numbers = iter(range(1, 65536))

    async def take(connection: ServerConnection) -> None:
        number = next(numbers)
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                if isinstance(message, bytes):
                    moved[number] = message

    async with serve(take, "127.0.0.1", 0, compression=None) as server:
        blobs = await asyncio.start_server(BlobAnswer(blob_mb), "127.0.0.1", 0)
        print(f"blobs on {_port(blobs.sockets)}", flush=True)
        print(f"listening on {_port(server.sockets)}", flush=True)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_SECS, loop.time() - 1.0)
            await asyncio.sleep(max(0.0, due - loop.time()))
            if moved:
                told = b"".join(number.to_bytes(2, "little") + pose for number, pose in moved.items())
                moved.clear()
                broadcast(server.connections, told)


class BlobAnswer:
    """Answers every request with the same bytes, a piece at a time."""

    def __init__(self, size_mb: int) -> None:
        self._piece, self._count = bytes(1 << 20), size_mb

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {self._count << 20}\r\n\r\n".encode())
            for _number in range(self._count):
                writer.write(self._piece)
                await writer.drain()
        writer.close()


def _port(sockets: Any) -> int:
    return int(next(iter(sockets)).getsockname()[1])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blob", type=int, default=1)
    parser.add_argument("--voice", action="store_true")
    given = parser.parse_args()
    asyncio.run(relay() if given.voice else serve(given.blob))


if __name__ == "__main__":
    main()
