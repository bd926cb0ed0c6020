"""How long someone who comes late waits for the state of a session, after a thousand and a million updates.

Half of the updates are changes of notes that stand in the journal, half are values of signals, all on the
same thousand keys. The server is a process of its own; the client is our own, without graphics: it has joined
when it holds the newest text of each note and a value of each signal. Bytes are counted by a relay between
the two, in a join of its own. Nobody is told anything before the next tick, so half a tick is part of each
join of ours; the server's processor time for a join stands beside it. A server that replays what has
happened, and whose client does nothing but keep the newest of each key, does the same in the same run.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import msgpack
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load
from benchmarks._harness import Figure, Goal, machine, read_options, report
from benchmarks._load import NotMeasurable, Running
from benchmarks._worn_server import note_of
from walkdown_client.guest import Guest

KEYS = 1000
FEWEST = 1000
PATIENCE_SECS = 120.0

Join = Callable[[int, int], Coroutine[Any, Any, float]]
"""Join at a port after so many updates and return how long it took, in seconds."""


@dataclass(frozen=True)
class Cost:
    """What a join costs: until the client holds the state, the server's processor time, and bytes."""

    ms: float
    server_ms: float
    size_bytes: int


async def join_ours(port: int, updates: int) -> float:
    """Join our server and return after how many seconds the client holds the state."""
    each, keys = updates // 2, KEYS // 2
    expected = {f"note-{n}": note_of(each - keys + n, keys).text for n in range(keys)}
    began = time.perf_counter()
    async with Guest.join(f"ws://127.0.0.1:{port}/", name="Latecomer", within_secs=PATIENCE_SECS) as guest:

        def holds() -> bool:
            values = guest.world.signals.values["f32"]
            return len(guest.notes) == keys and bool(np.isfinite(values).all())

        await guest.wait_for(holds, timeout_secs=PATIENCE_SECS)
        took = time.perf_counter() - began
        if {key: note.text for key, note in guest.notes.items()} != expected:
            raise NotMeasurable("the client does not hold the newest notes")
        return took


async def join_replayed(port: int, updates: int) -> float:
    """Join a server that replays and return after how many seconds the client holds the state."""
    from websockets.asyncio.client import connect

    notes: dict[str, str] = {}
    values: dict[int, float] = {}
    began = time.perf_counter()
    async with connect(f"ws://127.0.0.1:{port}", proxy=None, max_size=None, compression=None) as connection:
        while message := await connection.recv():
            unpacker = msgpack.Unpacker()
            unpacker.feed(message)
            for said in unpacker:
                if "signal" in said:
                    values[said["signal"]] = said["value"]
                else:
                    notes[said["note"]] = said["text"]
        took = time.perf_counter() - began
    if len(notes) + len(values) != KEYS or max(values.values()) != updates // 2 - 1:
        raise NotMeasurable("what was replayed is not the state")
    return took


@contextlib.asynccontextmanager
async def counting_relay(port: int, counts: list[int]) -> AsyncIterator[int]:
    """Relay to a port as long as the block lasts; what comes back is added to ``counts``."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, count: bool) -> None:
        while data := await reader.read(1 << 16):
            counts.append(len(data) if count else 0)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):  # those that stay open go with the loop
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pipe(there, writer, count=True), pipe(reader, back, count=False))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def cost_of(join: Join, running: Running, updates: int, *, repeats: int) -> Cost:
    """Return the median time of some joins, and the bytes of one."""
    await join(running.port, updates)
    before = running.cpu_secs()
    took = [await join(running.port, updates) for _repeat in range(repeats)]
    used = running.cpu_secs() - before
    counts: list[int] = []
    async with counting_relay(running.port, counts) as relayed:
        await join(relayed, updates)
        size = sum(counts)
    return Cost(median(took) * 1e3, used / repeats * 1e3, size)


@contextlib.contextmanager
def our_server(updates: int) -> Iterator[Running]:
    """Run our server after so many updates."""
    with tempfile.TemporaryDirectory(prefix="walkdown-join-") as folder:
        script = str(_load.HERE / "_worn_server.py")
        command = [sys.executable, script, "--data", folder, "--updates", str(updates), "--keys", str(KEYS)]
        with _load.server(command) as running:
            yield running


@contextlib.contextmanager
def replaying_server(updates: int) -> Iterator[Running]:
    """Run the server that replays."""
    script = str(_load.HERE / "_replaying_server.py")
    with _load.server([sys.executable, script, "--updates", str(updates), "--keys", str(KEYS)]) as running:
        yield running


def main() -> int:
    """Measure both after a growing number of updates, and report."""
    options = read_options(__doc__ or "")
    steps = (FEWEST, 100_000) if options.quick else (FEWEST, 100_000, 1_000_000)
    repeats = 5 if options.quick else 15
    figures: dict[str, Figure] = {"keys": KEYS}
    for updates in steps:
        with our_server(updates) as running:
            ours = asyncio.run(cost_of(join_ours, running, updates, repeats=repeats))
        with replaying_server(updates) as running:
            theirs = asyncio.run(cost_of(join_replayed, running, updates, repeats=min(repeats, 5)))
        for name, cost in (("walkdown", ours), ("replay", theirs)):
            figures[f"{name}_{updates}_ms"], figures[f"{name}_{updates}_bytes"] = cost.ms, cost.size_bytes
            figures[f"{name}_{updates}_server_ms"] = cost.server_ms

    def growth(name: str, what: str) -> float:
        return float(figures[f"{name}_{steps[-1]}_{what}"]) / float(figures[f"{name}_{FEWEST}_{what}"])

    figures["bytes_growth"] = growth("walkdown", "bytes")
    figures["replay_growth"] = growth("replay", "ms")
    goals = [Goal(name="join_growth", value=growth("walkdown", "ms"), goal=1.5, unit="times")]
    return report("join", options=options, figures=figures, goals=goals, where=machine())


if __name__ == "__main__":
    sys.exit(main())
