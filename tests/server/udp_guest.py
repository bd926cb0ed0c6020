"""A client of a few lines that sends and is sent voice in datagrams."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Iterator

from tests.server.conftest import Guest
from walkdown.media.datagrams import (
    DATAGRAM_MAX,
    NO_CHALLENGE,
    Answer,
    Kind,
    Opened,
    Opener,
    Sealer,
    pack_probe,
    unpack_answer,
)
from walkdown.messages import AskMedia, MediaVia, Voice
from walkdown.voice import Entry, Packet, pack_packet, unpack_bundle

ANSWERS = frozenset({Kind.ANSWER, Kind.VOICE_DOWN})


def packet(sequence: int, payload: bytes = b"opus", *, flags: int = 0) -> bytes:
    return pack_packet(Packet(sequence, sequence * 20_000_000, flags, 30, payload))


class UdpGuest:
    """Datagrams of one guest, through one socket."""

    def __init__(self, keys: dict[str, object], place: tuple[str, int], bound: socket.socket) -> None:
        connection, up, down = keys["connection"], keys["key_up"], keys["key_down"]
        assert isinstance(connection, int)
        assert isinstance(up, bytes)
        assert isinstance(down, bytes)
        self.sealer = Sealer(up, connection)
        self.opener = Opener(down, connection, kinds=ANSWERS)
        self.place, self.socket = place, bound
        self.challenge = NO_CHALLENGE
        self.sent_bytes = self.came_bytes = 0
        self.numbers = itertools.count(1)

    def send(self, data: bytes) -> None:
        self.sent_bytes += len(data)
        self.socket.sendto(data, self.place)

    def probe(self) -> int:
        number = next(self.numbers)
        self.send(self.sealer.seal(Kind.PROBE, pack_probe(number, self.challenge)))
        return number

    def say(self, data: bytes) -> None:
        self.send(self.sealer.seal(Kind.VOICE_UP, data))

    async def take(self) -> Opened:
        """Receive one datagram."""
        async with asyncio.timeout(30):
            data = await asyncio.get_running_loop().sock_recv(self.socket, DATAGRAM_MAX + 1)
        self.came_bytes += len(data)
        opened = self.opener.open(data)
        assert isinstance(opened, Opened), opened
        return opened

    async def answer(self) -> Answer:
        """Receive an answer, and remember its challenge."""
        opened = await self.take()
        assert opened.kind == Kind.ANSWER
        answer = unpack_answer(opened.payload)
        self.challenge = answer.challenge
        return answer

    async def heard(self) -> list[Entry]:
        """Receive a bundle; answers are passed over."""
        while (opened := await self.take()).kind == Kind.ANSWER:
            pass
        return unpack_bundle(opened.payload)

    async def prove(self) -> None:
        """Prove where it is."""
        for _turn in range(2):
            self.probe()
            await self.answer()


@contextlib.contextmanager
def udp_socket(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.bind((host, 0))
        made.setblocking(False)
        yield made


async def udp_guest(guest: Guest, bound: socket.socket, *, host: str = "127.0.0.1") -> UdpGuest:
    """Ask for keys, and return what uses them."""
    before = len([message for message in guest.messages if message["t"] == "media"])
    await guest.say(AskMedia())
    await guest.until(lambda: len([m for m in guest.messages if m["t"] == "media"]) > before)
    keys = [message for message in guest.messages if message["t"] == "media"][-1]
    return UdpGuest(keys, (host, keys["port"]), bound)


async def listen(guest: Guest) -> None:
    """Have ears, and a place."""
    await guest.say(Voice(microphone=True, ears=True))
    await guest.move(1.0, 1.0)
    await guest.said("person", id=guest.me, ears=True)


async def by_datagrams(guest: Guest, bound: socket.socket, *, host: str = "127.0.0.1") -> UdpGuest:
    """Have ears, prove where one is, and be served in datagrams."""
    await listen(guest)
    made = await udp_guest(guest, bound, host=host)
    await made.prove()
    await guest.say(MediaVia(True))
    return made
