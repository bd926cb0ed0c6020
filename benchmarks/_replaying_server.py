"""A server that brings newcomers up to date by telling them everything that has happened, for ``join``.

    python benchmarks/_replaying_server.py --updates 1000000 [--keys 1000]

The updates are those of ``_worn_server``: changes of notes, and values of signals, each encoded once as one
MessagePack map. A newcomer gets all of them at once, a thousand to a message, and after them an empty one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._worn_server import note_of

TOGETHER = 1000


def history(updates: int, keys: int) -> list[bytes]:
    """Return all updates in messages."""
    encode = msgspec.msgpack.Encoder().encode
    each, notes = updates // 2, keys // 2
    said: list[bytes] = [encode(note_of(update, notes)) for update in range(each)]
    said += [encode({"signal": update % notes, "value": float(update)}) for update in range(each)]
    return [b"".join(said[first : first + TOGETHER]) for first in range(0, len(said), TOGETHER)]


async def serve(messages: Sequence[bytes]) -> None:
    """Serve until the process ends."""
    from websockets.asyncio.server import ServerConnection, serve
    from websockets.exceptions import ConnectionClosed

    async def replay(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                await connection.send(message)
            await connection.send(b"")
            await connection.wait_closed()

    async with serve(replay, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"listening on {port}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--keys", type=int, default=1000)
    given = parser.parse_args()
    asyncio.run(serve(history(given.updates, given.keys)))


if __name__ == "__main__":
    main()
