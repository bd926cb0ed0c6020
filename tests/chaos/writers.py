"""Writers who go on whatever happens to the server: ``python -m tests.chaos.writers URL OUT``.

Each is the client's own conversation, so that reconnecting, resuming and saying again are the product's. They
put, change, remove, undo and redo notes until SIGTERM, then wait until everything is answered and leave
what they did and saw as MessagePack in OUT.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import random
import signal
import sys
import time
from pathlib import Path

import msgspec

from tests.chaos.histories import Histories, Operated, Seen, Writer, mark_of, mark_of_notes
from walkdown.errors import Missing
from walkdown.messages import SUBPROTOCOL, Blob, Hello, Operation, PutNote, Redo, RemoveNote, Reply, Undo
from walkdown_client.address import Address, parse_address
from walkdown_client.blobs import BlobClient
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.events import Event, Heard, Joined, LinkChanged, Recorded

HURRIED = Patience(open=4.0, ping=1.0, dead=3.0, first_pause=0.05, longest_pause=0.3, longest_bye=0.5)
"""Tries again soon, so that many faults fit in a minute."""

OPERATIONS_PER_SEC = 14.0
WAITING_MAX = 60
NOTES_MAX = 100
ANSWERS_WITHIN_SECS = 60.0


class Scribe:
    """One writer.

    Attributes:
        did: what they did and saw.
    """

    def __init__(self, address: Address, name: str, seed: int) -> None:
        self.did = Writer(operated=[], seen=[], resumed=[])
        self._chance = random.Random(seed)
        self._blobs = BlobClient(address, cache=None)
        hello = Hello(SUBPROTOCOL, name, session=address.session, client="chaos")
        self._conversation = Conversation(
            address, hello, emit=self._take, fetch=self._fetch, patience=HURRIED
        )
        self._waiting: dict[int, Operated] = {}
        self._notes: list[str] = []
        self._numbers = itertools.count(1)
        self._lost_ns = 0
        self._link = LinkChanged("connecting")
        self.answered = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Write until told to stop, then wait for what is not answered yet."""
        talking = asyncio.create_task(self._conversation.run())
        try:
            while not stop.is_set():
                if self.did.author and len(self._waiting) < WAITING_MAX:
                    self._begin(self._wish(next(self._numbers)))
                await _pause(stop, self._chance.expovariate(OPERATIONS_PER_SEC))
            await self._hear_the_rest()
        finally:
            self._conversation.close()
            await talking
            self._blobs.close()

    async def _hear_the_rest(self) -> None:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_SECS):
                while self._waiting:
                    self.answered.clear()
                    await self.answered.wait()
        except TimeoutError as error:
            ops, link = sorted(self._waiting), self._link
            raise AssertionError(f"{self.did.author} has no answer to {ops}; the link is {link}") from error

    def _begin(self, wish: Operation) -> None:
        self._waiting[wish.op] = Operated(wish.op, time.monotonic_ns())
        self.did.operated.append(self._waiting[wish.op])
        self._conversation.send(wish)  # type: ignore[arg-type]

    def _wish(self, op: int) -> Operation:
        chance = self._chance.random()
        if chance < 0.08:
            return Undo(op)
        if chance < 0.1:
            return Redo(op)
        if self._notes and (chance < 0.3 or len(self._notes) >= NOTES_MAX):
            return RemoveNote(op, self._notes.pop(self._chance.randrange(len(self._notes))))
        if self._notes and chance < 0.5:
            return self._put(op, self._chance.choice(self._notes))
        self._notes.append(f"{self.did.author}-{op}")
        return self._put(op, self._notes[-1])

    def _put(self, op: int, note: str) -> PutNote:
        text = hashlib.sha256(f"{note} {op}".encode()).hexdigest() * self._chance.randint(1, 6)
        return PutNote(op, note, text, (self._chance.uniform(-9, 9), 1.0, 2.0))

    def _take(self, event: Event) -> None:
        if isinstance(event, Joined):
            self._joined(event)
        elif isinstance(event, Recorded):
            self.did.seen.append(Seen(event.record.number, mark_of(event.record)))
        elif isinstance(event, Heard) and isinstance(event.message, Reply):
            self._answer(event.message)
        elif isinstance(event, LinkChanged):
            self._link = event
            if event.state == "reconnecting" and not self._lost_ns:
                self._lost_ns = time.monotonic_ns()

    def _joined(self, event: Joined) -> None:
        if self._lost_ns:
            self.did.resumed.append((self._lost_ns, time.monotonic_ns()))
            self._lost_ns = 0
        if self.did.author not in ("", event.welcome.author):
            raise AssertionError(f"{self.did.author} came back as {event.welcome.author}")
        self.did.author = event.welcome.author
        if event.snapshot is not None:
            mark = mark_of_notes(event.snapshot.notes)
            self.did.seen.append(Seen(event.snapshot.number, mark, snapshot=True))

    def _answer(self, reply: Reply) -> None:
        waited = self._waiting.pop(reply.op, None)
        if waited is not None:
            waited.answered_ns, waited.number, waited.code = time.monotonic_ns(), reply.number, reply.code
            self.answered.set()

    async def _fetch(self, blob: Blob) -> bytes:
        return await asyncio.to_thread(self._blobs.fetch, blob)


async def _pause(stop: asyncio.Event, secs: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), secs)


async def write_until_stopped(url: str, *, count: int, seed: int, stop: asyncio.Event) -> Histories:
    """Let so many writers work until ``stop`` is set; returns what they did and saw."""
    scribes = [Scribe(parse_address(url), f"Writer {n}", seed + n) for n in range(count)]
    async with asyncio.TaskGroup() as group:
        for scribe in scribes:
            group.create_task(scribe.run(stop))
    return Histories([scribe.did for scribe in scribes])


async def _main(url: str, count: int, seed: int) -> Histories:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return await write_until_stopped(url, count=count, seed=seed, stop=stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    try:
        histories = asyncio.run(_main(given.url, given.count, given.seed))
        given.out.write_bytes(msgspec.msgpack.encode(histories))
    except Missing as error:
        sys.exit(str(error))
