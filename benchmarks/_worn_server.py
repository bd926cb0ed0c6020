"""A server of ours that has been through a number of updates before anyone comes: for ``join``.

    python benchmarks/_worn_server.py --data FOLDER --updates 1000000 [--keys 1000]

Half of the updates are changes of notes, in the journal of the session with all that belongs to it; the
server reads it as it does after a restart. The other half are values of signals, written by a source while
the server ticks. Both go round and round the same keys. Says ``listening on PORT`` when all has happened.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from walkdown.messages import Note, Record
from walkdown.settings import ServerSettings
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_server.app import running_server
from walkdown_server.hosting import data_folder, session_folder
from walkdown_server.journal import Store
from walkdown_server.journal.heads import GROUP_MAX
from walkdown_server.journal.kept import entry_of
from walkdown_server.keys import ServerKey
from walkdown_server.sites import Site
from walkdown_server.sources import Sink
from walkdown_server.sources.loop import run

AUTHORS = 10
ROUNDS_AT_ONCE = 20


def note_of(update: int, keys: int) -> Note:
    """Return a note as an update leaves it."""
    key, author = update % keys, update % AUTHORS
    text = f"Change number {update}: the bearing runs hot, look at it at the next stop."
    return Note(
        f"note-{key}", text, (float(key), 1.0, 2.0), f"Writer {author}", f"{author:032x}", update, "T0"
    )


def write_notes(settings: ServerSettings, count: int, keys: int) -> None:
    """Let the journal of the session have so many changes of notes."""
    store = Store(session_folder(settings), ServerKey.of_folder(data_folder(settings)))
    now_ns = time.time_ns()
    for first in range(0, count, GROUP_MAX):
        entries = []
        for update in range(first, min(first + GROUP_MAX, count)):
            note = note_of(update, keys)
            body = msgspec.to_builtins(note)
            entries.append(
                entry_of(
                    Record(
                        update + 1,
                        now_ns,
                        note.author,
                        note.author_id,
                        "note",
                        body,
                        op=1 + update // AUTHORS,
                    )
                )
            )
        store.append(entries)
    store.close()


@dataclass
class RoundSource:
    """Writes all signals so many times, then stops; ``done`` is set at the end."""

    count: int
    rounds: int
    name: str = "rounds"
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, sink: Sink) -> None:
        """Write round after round, and let the server tick in between."""
        rows = np.arange(self.count)
        for number in range(self.rounds):
            sink.write(rows, number + rows / self.count)
            if number % ROUNDS_AT_ONCE == 0:
                await asyncio.sleep(0)
        self.done.set()
        await asyncio.Event().wait()


async def serve(settings: ServerSettings, source: RoundSource) -> None:
    """Serve until told to stop."""
    signals = [Signal(f"S{n}", "T0", f"Signal {n}") for n in range(source.count)]
    site = Site(make_catalogue(1, things=[Thing("T0", "Thing")], signals=signals), sources=[source])
    async with running_server(settings, site) as server:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.ended.set)
        await source.done.wait()
        print(f"listening on {server.port}", flush=True)
        await server.ended.wait()


def main() -> None:
    """Read the command line, make the history and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--keys", type=int, default=1000)
    given = parser.parse_args()
    settings = ServerSettings(port=0, name="Worn", data=given.data)
    each, keys = given.updates // 2, given.keys // 2
    write_notes(settings, each, keys)
    run(serve(settings, RoundSource(keys, each // keys)))


if __name__ == "__main__":
    main()
