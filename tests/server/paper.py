"""A room whose clients are lists, whose journal keeps what it is told to, and whose clocks stand still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import ClientConnection

from tests.server.conftest import Guest, small_catalogue
from walkdown.messages import (
    SUBPROTOCOL,
    Hello,
    PutNote,
    Refusal,
)
from walkdown.twin import Catalogue
from walkdown_server.commits import Times
from walkdown_server.door.rules import OWN_COMPUTER
from walkdown_server.journal import Entry
from walkdown_server.packages import BlobStore
from walkdown_server.parties import Contents, Member
from walkdown_server.room import Room

S = 1_000_000_000

Rows = npt.NDArray[np.intp]
Bits = npt.NDArray[np.bool_]


class Paper(Guest):
    """A client without a socket: a line of the room that reads what it is sent."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(ClientConnection.__new__(ClientConnection), catalogue)
        self.stuck = False
        self.refusal: Refusal | None = None
        self.frames: list[bytes] = []

    def send(self, data: bytes) -> None:
        for payload in _payloads(data):
            self.frames.append(payload)
            self.take_bytes(payload)

    def offer(self, data: bytes) -> bool:
        if not self.stuck:
            self.send(data)
        return not self.stuck

    def waiting(self) -> int:
        return 1000 if self.stuck else 0

    def refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _payloads(frames: bytes) -> Iterator[bytes]:
    """Yield what is in WebSocket frames that stand one right after the other."""
    while frames:
        start = {126: 4, 127: 10}.get(frames[1], 2)
        end = start + (int.from_bytes(frames[2:start]) or frames[1])
        yield frames[start:end]
        frames = frames[end:]


@dataclass
class Stage:
    """A room, its journal as a list, and a clock that is set by hand."""

    catalogue: Catalogue = field(default_factory=small_catalogue)
    keep: bool = True
    secs: float = 100.0
    entries: list[Entry] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = BlobStore()
        self.room = Room(
            Contents("Test", self.catalogue),
            store=self.store,
            times=Times(lambda: int(self.secs * S), lambda: self.secs),
            submit=self.waiting.append,
            max_people=3,
        )

    def join(self, name: str, **hello: object) -> tuple[Paper, Member]:
        paper = Paper(self.catalogue)
        member = self.room.enter(Hello(version=SUBPROTOCOL, name=name, **hello), paper, peer=OWN_COMPUTER)  # type: ignore[arg-type]
        assert isinstance(member, Member)
        return paper, member

    def commit(self) -> None:
        group, self.waiting[:] = list(self.waiting), []
        self.entries += group
        self.room.commits.committed(group, "")

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.secs += 0.05
            if self.keep:
                self.commit()
            self.room.tick()


def note(op: int, name: str = "n", text: str = "x") -> PutNote:
    return PutNote(op=op, note=name, text=text, point=(0.0, 0.0, 0.0))
