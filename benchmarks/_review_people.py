"""People in a review, all in this process: each makes something once a second and sees what all make.

    python benchmarks/_review_people.py URL --people 50 --what topics|notes|echo [--secs 8]

Says ``joined`` when all are in, then one line of JSON: in milliseconds, from when somebody has sent it until
they are told that it is on disk, and until the last of all has it. With ``echo`` the other end is a server
that sends each message to everyone, as ``_echo`` below does; then what is acknowledged is the echo itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from walkdown import codec
from walkdown.codec import Section
from walkdown.messages import (
    SUBPROTOCOL,
    Camera,
    Hello,
    Operation,
    PutNote,
    PutTopic,
    TopicFields,
    Viewpoint,
    encode,
)

SETTLE_SECS = 2.0
TEXT = "The flange of this pump is turned by 90 degrees against the drawing; the pipe does not fit."


@dataclass
class Seen:
    """When something was made, when that was acknowledged, and how many have it, monotonic seconds."""

    sent: dict[str, float] = field(default_factory=dict)
    acknowledged: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)

    def see(self, name: str, now: float) -> None:
        """Note that one more person has it."""
        self.last[name] = now
        self.count[name] = self.count.get(name, 0) + 1


def wish(what: str, op: int, name: str) -> Operation:
    """Return what somebody makes."""
    if what == "notes":
        return PutNote(op=op, note=name, text=TEXT, point=(1.0, 2.0, 3.0))
    fields = TopicFields("Flange", TEXT, type="Issue", status="Open", labels=("pump",), things=("P-101",))
    camera = Camera((1.0, 2.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    view = Viewpoint(str(uuid.uuid4()), camera, selection=("P-101", "ifc:0000000000000000000001"))
    return PutTopic(op=op, topic=name, fields=fields, viewpoint=view)


@lru_cache(maxsize=256)
def said(payload: bytes) -> tuple[dict[str, Any], ...]:
    """Return the messages of a section; most people get the same bytes."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(payload)
    return tuple(unpacker)


class Person:
    """One of them."""

    def __init__(self, socket: ClientConnection, seen: Seen, what: str) -> None:
        self._socket, self._seen, self._what = socket, seen, what
        self._ops: dict[int, str] = {}
        self.tick = 0

    async def listen(self) -> None:
        """Take all that comes until the connection ends, and say which ticks have come, as clients do."""
        async for data in self._socket:
            now = time.monotonic()
            if isinstance(data, bytes):
                before = self.tick
                for message in self._messages(data):
                    self._take(message, now)
                if self.tick != before:
                    await self._socket.send(codec.pack_client_frame(self.tick, []))

    def _messages(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Yield the messages of what came, of a frame those of its section."""
        if self._what == "echo" or not codec.is_frame(data):
            yield from said(data)
            return
        self.tick, _time_ns, sections = codec.unpack_server_frame(data)
        for kind, payload in sections:
            if kind == Section.MESSAGES:
                yield from said(bytes(payload))

    def _take(self, message: dict[str, Any], now: float) -> None:
        kind = message["t"]
        if kind == "record" and message["kind"] in ("topic", "note"):
            body = message["body"]
            self._seen.see(body["note"] if message["kind"] == "note" else body["topic"]["topic"], now)
        elif kind == "reply" and message.get("number"):
            self._seen.acknowledged[self._ops[message["op"]]] = now
        elif kind == "put_topic":
            self._seen.see(message["topic"], now)
            if self._ops.get(message["op"]) == message["topic"]:
                self._seen.acknowledged[message["topic"]] = now

    async def work(self, phase: float, secs: float) -> None:
        """Make something once a second, without drift."""
        loop = asyncio.get_running_loop()
        due = loop.time() + phase
        for op in range(1, int(secs) + 1):
            await asyncio.sleep(max(0.0, due - loop.time()))
            due += 1.0
            name = str(uuid.uuid4())
            self._ops[op] = name
            message = encode(wish(self._what, op, name))
            self._seen.sent[name] = time.monotonic()
            await self._socket.send(message)


async def meet(url: str, people: int, *, what: str, secs: float) -> dict[str, float]:
    """Let people work for so long, and return what was seen."""
    seen = Seen()
    subprotocols = None if what == "echo" else [Subprotocol(SUBPROTOCOL)]
    sockets = [
        await connect(url, subprotocols=subprotocols, compression=None, proxy=None, max_size=None)
        for _ in range(people)
    ]
    crowd = [Person(socket, seen, what) for socket in sockets]
    if what != "echo":
        for number, socket in enumerate(sockets):
            await socket.send(encode(Hello(SUBPROTOCOL, f"Person {number}")))
    listening = [asyncio.create_task(person.listen()) for person in crowd]
    await asyncio.sleep(SETTLE_SECS)
    print("joined", flush=True)
    await asyncio.gather(*(person.work(n / people, secs) for n, person in enumerate(crowd)))
    await asyncio.sleep(1.0)
    for task in listening:
        task.cancel()
    await asyncio.gather(*(socket.close() for socket in sockets))
    return _figures(seen, people)


def _figures(seen: Seen, people: int) -> dict[str, float]:
    ack = [seen.acknowledged[name] - sent for name, sent in seen.sent.items() if name in seen.acknowledged]
    by_all = [seen.last[name] - sent for name, sent in seen.sent.items() if seen.count.get(name) == people]
    figures = {
        "made": float(len(seen.sent)),
        "acknowledged": float(len(ack)),
        "seen_by_all": float(len(by_all)),
    }
    for name, values in (("ack", ack), ("seen", by_all)):
        for percent in (50, 95):
            figures[f"{name}_p{percent}_ms"] = float(np.percentile(values or [np.nan], percent)) * 1e3
    return figures


async def echo(port: int) -> None:
    """Send each message to everyone; nothing is kept."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    async def relay(socket: ServerConnection) -> None:
        async for message in socket:
            broadcast(server.connections, message)

    async with serve(relay, "127.0.0.1", port, compression=None, max_size=None) as server:
        print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line; meet, or echo when no address is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--what", choices=("topics", "notes", "echo"), default="topics")
    parser.add_argument("--secs", type=float, default=8.0)
    given = parser.parse_args()
    if given.url is None:
        asyncio.run(echo(0))
    else:
        print(json.dumps(asyncio.run(meet(given.url, given.people, what=given.what, secs=given.secs))))


if __name__ == "__main__":
    main()
