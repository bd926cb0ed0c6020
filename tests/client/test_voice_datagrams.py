"""A real client, a real server and between them a network that drops, forges and moves datagrams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.client.conftest import QUICK, Relay
from tests.client.udp_relay import UdpRelay
from tests.server.conftest import Guest, House, open_house
from tests.server.udp_guest import by_datagrams, listen, packet, udp_socket
from walkdown.media import way
from walkdown.media.datagrams import Fault
from walkdown.messages import SUBPROTOCOL, Hello, Voice
from walkdown.voice import unpack_bundle, unpack_packet
from walkdown_client import datagram_line
from walkdown_client.address import parse_address
from walkdown_client.link import Link


class Speaker:
    """A client whose link is driven by a test, and what it heard: sequences in the order they came."""

    def __init__(self, url: str) -> None:
        self.heard: list[int] = []
        self._sequence = 0
        self.link = Link(parse_address(url), Hello(SUBPROTOCOL, "Ada"), patience=QUICK, on_voice=self._hear)
        self.link.send(Voice(microphone=True, ears=True))
        self.link.send_pose([1, 1, 1.7], [1, 0, 0, 0])

    def _hear(self, bundle: bytes, _arrived_ns: int) -> None:
        self.heard += [unpack_packet(entry.packet).sequence for entry in unpack_bundle(bundle)]

    def say(self) -> int:
        self._sequence += 1
        self.link.send_voice(packet(self._sequence))
        return self._sequence

    async def takes(self, way: str) -> None:
        await until(lambda: self.link.voice_way == way)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 -- what is waited for is in another thread
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def speaker(url: str) -> AsyncIterator[Speaker]:
    made = Speaker(url)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.link.close)


@pytest.fixture(autouse=True)
def soon_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Datagrams are taken again after half a second; how long it is otherwise is tested in virtual time."""
    monkeypatch.setattr(way, "WELL_SECS", 0.5)
    monkeypatch.setattr(way, "WELL_COUNT", 3)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def network(house: House) -> AsyncIterator[UdpRelay]:
    """Between the server and whoever asks for its UDP port."""
    port = house.server._listener.media._newest
    made = UdpRelay(port.number)
    port.number = made.port
    yield made
    made.close()


@contextlib.asynccontextmanager
async def bob_in(house: House) -> AsyncIterator[Guest]:
    async with house.guest("Bob") as bob:
        await listen(bob)
        yield bob


def sequences(bob: Guest) -> list[int]:
    return [unpack_packet(entry.packet).sequence for entry in bob.voices]


async def test_voice_goes_in_datagrams_both_ways_where_they_pass(house: House, network: UdpRelay) -> None:
    with udp_socket() as bound:
        async with house.guest("Bob") as bob, speaker(house.url) as ada:
            await ada.takes("datagrams")
            udp = await by_datagrams(bob, bound)
            up = network.passed[0]
            number = ada.say()
            entries = await udp.heard()
            assert [unpack_packet(entry.packet).sequence for entry in entries] == [number]
            assert network.passed[0] > up
            udp.say(packet(70))
            await until(lambda: 70 in ada.heard)
            assert ada.link.voice_network.round_trip_secs > 0


@pytest.mark.parametrize("direction", ["loss_up", "loss_down"])
async def test_a_firewall_that_drops_one_direction_sends_voice_through_the_websocket_and_back(
    house: House, network: UdpRelay, direction: str
) -> None:
    async with bob_in(house) as bob, speaker(house.url) as ada:
        await ada.takes("datagrams")
        setattr(network, direction, 1.0)
        await ada.takes("websocket")
        assert ada.link.voice_network.falls == 1
        number = ada.say()
        await bob.until(lambda: number in sequences(bob))
        setattr(network, direction, 0.0)
        await ada.takes("datagrams")
        number = ada.say()
        await bob.until(lambda: number in sequences(bob))
        assert sorted(set(sequences(bob))) == sorted(sequences(bob))  # nothing is heard twice


async def test_while_the_way_is_in_doubt_nothing_that_is_said_is_lost_or_heard_twice(
    house: House, network: UdpRelay
) -> None:
    async with bob_in(house) as bob, speaker(house.url) as ada:
        await ada.takes("datagrams")
        network.loss_up = 1.0
        line = ada.link._conversation.voice._line
        assert line is not None
        await until(lambda: line.doubtful)
        said = []
        while ada.link.voice_way == "datagrams":
            said.append(ada.say())
            await asyncio.sleep(0.02)
        said.append(ada.say())
        await bob.until(lambda: said[-1] in sequences(bob))
        assert sequences(bob) == said


async def test_forged_and_replayed_datagrams_change_nothing(house: House, network: UdpRelay) -> None:
    network.forge = True
    ports = house.server._listener.media
    async with bob_in(house) as bob, speaker(house.url) as ada:
        await ada.takes("datagrams")
        numbers = [ada.say() for _turn in range(3)]
        await bob.until(lambda: numbers[-1] in sequences(bob))
        assert sequences(bob) == numbers
        await until(
            lambda: ports.tally.refused[Fault.FORGED] >= 6 and ports.tally.refused[Fault.REPLAYED] >= 6
        )
        assert ada.link.voice_way == "datagrams"


async def test_who_is_moved_to_another_port_by_a_router_goes_on_in_datagrams(
    house: House, network: UdpRelay
) -> None:
    with udp_socket() as bound:
        async with house.guest("Bob") as bob, speaker(house.url) as ada:
            await ada.takes("datagrams")
            udp = await by_datagrams(bob, bound)
            network.move()
            down = network.passed[1]
            await until(lambda: network.passed[1] > down + 1)  # the new address was challenged and is proved
            udp.say(packet(5))
            await until(lambda: 5 in ada.heard)
            assert ada.link.voice_network.falls == 0


async def test_where_a_firewall_drops_all_datagrams_voice_goes_through_the_websocket(
    house: House, network: UdpRelay
) -> None:
    network.loss_up = 1.0
    async with bob_in(house) as bob, speaker(house.url) as ada:
        await ada.takes("websocket")
        number = ada.say()
        await bob.until(lambda: number in sequences(bob))
        assert ada.link.voice_way == "websocket"


async def test_keys_are_new_on_each_connection(house: House, network: UdpRelay) -> None:
    async with Relay(house.server.port).running() as line, speaker(line.url) as ada:
        await ada.takes("datagrams")
        first = set(house.server._listener.media._peers)
        line.cut()
        await ada.takes("none")
        await ada.takes("datagrams")
        assert first.isdisjoint(house.server._listener.media._peers)


async def test_a_server_that_starts_again_is_spoken_to_in_datagrams_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        port = house.server.port
        made = Speaker(house.url)
        await made.takes("datagrams")
    try:
        await made.takes("none")
        async with open_house(tmp_path, media_port=port) as again:
            relay = Relay(again.server.port)
            server = await asyncio.start_server(relay._serve, "127.0.0.1", port)
            await made.takes("datagrams")
            assert made.link.voice_network.text == ""
            await asyncio.to_thread(made.link.close)
            server.close()
    finally:
        await asyncio.to_thread(made.link.close)


async def test_a_server_without_datagrams_says_why(tmp_path: Path) -> None:
    async with open_house(tmp_path, media="websocket") as house, speaker(house.url) as ada:
        await until(lambda: ada.link.voice_network.text)
        assert ada.link.voice_network.text == "This server takes no voice in datagrams."
        assert ada.link.voice_way == "websocket"


async def test_a_socket_by_which_nothing_comes_is_opened_anew(
    house: House, network: UdpRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datagram_line, "REOPEN_SECS", 0.3)
    network.loss_up = 1.0
    async with speaker(house.url):
        await until(lambda: len(network.seen) > 1)
