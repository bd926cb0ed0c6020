"""A server of ours to be measured, as ``walkdown serve`` runs it, with as many signals as are wanted.

    python benchmarks/_house_server.py --data FOLDER [--signals 200000] [--changing 0.1] [--people 1000]

Says ``listening on PORT`` when it takes clients. The signals are written by a source inside the server, as a
bus or a broker would: every 40 ms a part of them, chosen at random, gets new random values. One of 250 gets
the time of the call instead, in milliseconds of the monotonic clock modulo 10⁷, which a f32 holds exactly;
so whoever decodes it knows how old it is. All this is processor time of the server. With ``--blob-mb`` it has
a blob of that size, a file, at ``BLOB_PATH``; with ``--tls`` it is encrypted and says an invitation first.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from walkdown.settings import Loop, ServerSettings
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_server.app import running_server
from walkdown_server.door.control import InviteWish
from walkdown_server.door.inviting import invitation
from walkdown_server.hosting import data_folder
from walkdown_server.packages import Blob
from walkdown_server.port.front import is_encrypted
from walkdown_server.sites import Site
from walkdown_server.sources import Sink
from walkdown_server.sources.loop import run

SIGNALS_OF_A_THING = 100
WRITE_SECS = 0.04
STAMP_EVERY = 250
STAMP_TURN_MS = 10_000_000
BLOB_NAME = "b" * 64
BLOB_PATH = f"/blob/{BLOB_NAME}"


def stamp_ms() -> int:
    """Return the time that a value carries."""
    return time.monotonic_ns() // 1_000_000 % STAMP_TURN_MS


@dataclass(frozen=True)
class RandomSource:
    """Writes ``changing`` of ``count`` signals each second."""

    count: int
    changing: float
    name: str = "random values"

    async def run(self, sink: Sink) -> None:
        """Write until cancelled, without drift."""
        random = np.random.default_rng(7)
        loop = asyncio.get_running_loop()
        sink.status("live")
        sink.write(np.arange(self.count), random.uniform(0, 100, self.count).round(2))
        some = round(self.count * self.changing * WRITE_SECS)
        due = loop.time()
        while True:
            due = max(due + WRITE_SECS, loop.time() - 1.0)
            await asyncio.sleep(max(0.0, due - loop.time()))
            rows = random.integers(0, self.count, some)
            values = random.uniform(0, 100, some).round(2)
            values[rows % STAMP_EVERY == 0] = stamp_ms()
            sink.write(rows, values)


def house(signals: int, changing: float) -> Site:
    """Return a site without models: things with a hundred signals each."""
    things = [Thing(f"T{n}", f"Thing {n}") for n in range(-(-signals // SIGNALS_OF_A_THING))]
    listed = [
        Signal(f"T{n // SIGNALS_OF_A_THING}.{n}", f"T{n // SIGNALS_OF_A_THING}", f"Signal {n}")
        for n in range(signals)
    ]
    sources = [RandomSource(signals, changing)] if signals and changing else []
    return Site(make_catalogue(1, things=things, signals=listed), sources=sources)


def large_blob(folder: Path, size_mb: int) -> Blob:
    """Return a blob of zeros in a file, which is made."""
    path = folder / "large"
    with path.open("wb") as file:
        for _part in range(size_mb):
            file.write(bytes(1_000_000))
    return Blob(path.stat().st_size, "application/octet-stream", path=path)


async def serve(settings: ServerSettings, site: Site, blob: Blob | None) -> None:
    """Serve until told to stop."""
    async with running_server(settings, site) as server:
        if is_encrypted(settings):
            wish = InviteWish("participant")
            made = await asyncio.to_thread(invitation, data_folder(settings), settings.name, wish)
            print(f"invitation {made.links[0].rpartition('#')[2].partition('.')[0]}", flush=True)
        if blob is not None:
            server.hosted.blobs._blobs[BLOB_NAME] = blob  # noqa: SLF001 - a name that is no hash of it
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.ended.set)
        print(f"listening on {server.port}", flush=True)
        await server.ended.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--signals", type=int, default=0)
    parser.add_argument("--changing", type=float, default=0.1)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--blob-mb", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--loop", choices=get_args(Loop), default="auto")
    given = parser.parse_args()
    settings = ServerSettings(
        host="0.0.0.0" if given.tls else "127.0.0.1",  # noqa: S104 - beyond this computer there is only TLS
        port=given.port,
        name="House",
        data=given.data,
        max_people=given.people,
    )
    blob = large_blob(given.data, given.blob_mb) if given.blob_mb else None
    run(serve(settings, house(given.signals, given.changing), blob), given.loop)


if __name__ == "__main__":
    main()
