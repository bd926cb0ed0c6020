"""Voice between real clients of a real server: plain, encrypted, over processes; and who never reads."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Guest, House, join, write_package_to
from tests.server.doors import come_in, link_of
from tests.server.processes import CATALOGUE, house_of_many
from tests.server.test_refusals import refusal_of
from walkdown import codec
from walkdown import messages as m
from walkdown.codec import Section
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown.voice import Packet, Route, pack_packet, unpack_packet
from walkdown_server import hosting
from walkdown_server.access import TokenBucket
from walkdown_server.parties import Member
from walkdown_server.port.connection import WAITING_MAX_BYTES

SOUND = b"o" * 60


class Mouth:
    """What lets a client speak."""

    def __init__(self, guest: Guest) -> None:
        self._guest, self._sequences = guest, itertools.count(1)

    def packet(self, sound: bytes = SOUND) -> tuple[int, bytes]:
        sequence = next(self._sequences)
        return sequence, pack_packet(Packet(sequence, sequence * 20_000_000, 0, 30, sound))

    async def speak(self, sound: bytes = SOUND) -> int:
        """Send a packet and return its number."""
        sequence, packet = self.packet(sound)
        await self.send(packet)
        return sequence

    async def send(self, packet: bytes) -> None:
        section = codec.pack_section(Section.VOICE, packet)
        await self._guest.socket.send(codec.pack_client_frame(0, [section]))


def heard(guest: Guest) -> list[tuple[int, int, int]]:
    """Speaker, route and sequence of everything that a client has heard, without mere ends of spurts."""
    packets = ((entry, unpack_packet(entry.packet)) for entry in guest.voices)
    return [(entry.speaker, entry.route, packet.sequence) for entry, packet in packets if packet.payload]


async def listen(guest: Guest, *, x: float, **voice: Any) -> None:
    """Have a client stand somewhere with ears, and wait until the server knows."""
    await guest.move(x, 0.0)
    await guest.say(m.Voice(**{"ears": True, "microphone": True, **voice}))
    await guest.said("person", id=guest.me, ears=True)


async def talk_and_listen(ada: Guest, bob: Guest) -> None:
    """Have one say something, the other hear it, and answer."""
    await listen(ada, x=0.0)
    await listen(bob, x=3.0)
    for talker, listener in ((ada, bob), (bob, ada)):
        mouth = Mouth(talker)
        for _packet in range(3):
            said = await mouth.speak()
            await listener.until(lambda to=listener, by=talker, n=said: (by.me, Route.NEAR, n) in heard(to))  # type: ignore[misc]
    assert [entry[2] for entry in heard(bob)] == [1, 2, 3]


async def test_two_hear_each_other(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        await talk_and_listen(ada, bob)


async def test_two_hear_each_other_when_one_is_encrypted(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        async with come_in(house, link, "Bob") as bob:
            await talk_and_listen(ada, bob)


@pytest.mark.skipif(not hasattr(socket, "send_fds"), reason="Windows passes no sockets between processes")
async def test_two_hear_each_other_in_a_session_of_another_process(tmp_path: Path) -> None:
    package = write_package_to(tmp_path / "package")
    async with house_of_many(tmp_path, package, "one", "two") as acceptor:
        url = f"ws://127.0.0.1:{acceptor.port}/two"
        async with (
            join(url, CATALOGUE, Hello(version=SUBPROTOCOL, name="Ada")) as ada,
            join(url, CATALOGUE, Hello(version=SUBPROTOCOL, name="Bob")) as bob,
        ):
            await talk_and_listen(ada, bob)


async def test_who_walks_away_whispers_or_is_muted_is_not_heard_and_then_is(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob, house.guest("Cy") as cy:
        for place, guest in enumerate((ada, bob, cy)):
            await listen(guest, x=float(place), group="crew" if guest is not bob else "")
        await ada.operate(m.SetRole, person=bob.me, role="participant")
        mouth = Mouth(ada)
        await mouth.speak()
        await bob.until(lambda: heard(bob))
        bob.voices.clear()
        await ada.say(m.Voice(ears=True, microphone=True, group="crew", reach="group"))
        await bob.said("person", id=ada.me, reach="group")
        whispered = [await mouth.speak() for _packet in range(3)]
        await cy.until(lambda: (ada.me, Route.GROUP, whispered[-1]) in heard(cy))
        await ada.say(m.Voice(ears=True, microphone=True))
        aloud = await mouth.speak()
        await bob.until(lambda: (ada.me, Route.NEAR, aloud) in heard(bob))
        assert heard(bob) == [(ada.me, Route.NEAR, aloud)]


async def test_a_presenter_is_heard_from_afar_and_nobody_else_is(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob, house.guest("Eve") as eve:
        await listen(ada, x=0.0)
        await listen(bob, x=1.0)
        await ada.operate(m.SetRole, person=eve.me, role="observer")
        await listen(eve, x=5000.0)
        near, presenter = Mouth(bob), Mouth(ada)
        await ada.operate(m.Present, person=ada.me)
        for _packet in range(3):
            await near.speak()
            said = await presenter.speak()
            await eve.until(lambda n=said: (ada.me, Route.PRESENTER, n) in heard(eve))  # type: ignore[misc]
        assert {speaker for speaker, _route, _n in heard(eve)} == {ada.me}
        await bob.until(lambda: (ada.me, Route.PRESENTER, said) in heard(bob))


@pytest.mark.parametrize("data", [b"", b"short", bytes(14), b"x" * 415])
async def test_a_packet_that_is_none_ends_the_connection_and_nobody_else_notices(
    house: House, data: bytes
) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob, house.guest("Eve") as eve:
        await Mouth(eve).send(data)
        refusal = await refusal_of(eve.socket)
        assert refusal["code"] == "message"
        assert "voice packet" in refusal["text"]
        await talk_and_listen(ada, bob)


async def test_who_never_reads_costs_little_memory_and_the_others_nothing(house: House) -> None:
    hello = Hello(version=SUBPROTOCOL, name="Eve")
    with narrow_socket(house.server.port) as narrow:
        async with (
            house.guest("Ada") as ada,
            house.guest("Bob") as bob,
            join(house.url, house.catalogue, hello, sock=narrow) as eve,
        ):
            for guest in (ada, bob, eve):
                await listen(guest, x=1.0)
            eve.socket.transport.pause_reading()
            last = await flood(house, ada, bob)
            assert member_of(house, eve).line.waiting() < WAITING_MAX_BYTES
            assert [n for _speaker, _route, n in heard(bob)] == list(range(1, last + 1))
            eve.socket.transport.abort()


async def flood(house: House, ada: Guest, bob: Guest) -> int:
    """Let one say much until enough of it was not sent to somebody, while the other listens to all."""
    room, mouth, talker = house.server.room, Mouth(ada), member_of(house, ada)
    await mouth.speak()
    await bob.until(lambda: bob.voices)
    room.voices._talkers[talker.row].packets = TokenBucket(per_sec=1e9, burst=1e9)
    last = 1
    while room.tally.voice_dropped["behind"] < 300:
        last, packet = mouth.packet(b"x" * 400)
        room.hear(talker, packet)
        room.voice_tick()
        if last % 50 == 0:
            await bob.until(lambda n=last: len(bob.voices) == n)  # type: ignore[misc]
    await bob.until(lambda: len(bob.voices) == last)
    return last


def member_of(house: House, guest: Guest) -> Member:
    return house.server.room._members[guest.me]


@contextlib.contextmanager
def narrow_socket(port: int) -> Iterator[socket.socket]:
    """A connection that takes little before it is read."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect(("127.0.0.1", port))
        made.setblocking(False)
        yield made


async def test_a_mistake_in_judging_voices_does_not_end_the_session(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def fail(now_secs: float) -> None:
        looks.append(now_secs)
        raise ValueError("a mistake")

    monkeypatch.setattr(hosting, "CARE_SECS", 0.01)
    monkeypatch.setattr(house.server.room.voice_desk, "look", fail)
    async with house.guest("Ada") as ada, house.guest("Bob") as bob, asyncio.timeout(30):
        while len(looks) < 3:  # noqa: ASYNC110 -- what is waited for is in another task
            await asyncio.sleep(0.005)
        await talk_and_listen(ada, bob)
