"""Voice in datagrams at the server: keys, proved addresses, what is never answered, missing ports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.conftest import Guest, House, join, open_house
from tests.server.udp_guest import by_datagrams, listen, packet, udp_guest, udp_socket
from walkdown import codec
from walkdown.media.datagrams import ANSWER, OVERHEAD, PAYLOAD_MAX, PROBE, Fault, Kind, Sealer, pack_probe
from walkdown.messages import SUBPROTOCOL, AskMedia, Hello, MediaVia, Refusal
from walkdown.voice import Entry, Route, VoiceFlag, pack_bundle, unpack_bundle
from walkdown_server.port.media import MediaPorts
from walkdown_server.port.media_peer import ANSWERS_BURST, DATAGRAMS_BURST, MediaPeer, _parts


def ports(house: House) -> MediaPorts:
    return house.server._listener.media


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 -- what is waited for is in another task
            await asyncio.sleep(0.002)


async def test_who_has_proved_where_they_are_is_sent_voice_there(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada, house.guest("Bob") as bob:
            await listen(ada)
            udp = await by_datagrams(bob, bound)
            assert udp.place[1] == house.server.port  # the number of the TCP port
            await until(lambda: ports(house).tally.received >= 2)
            section = packet(1)
            await say(ada, section)
            entries = await udp.heard()
            assert entries == [Entry(ada.me, Route.NEAR, section)]
            assert bob.voices == []


async def say(guest: Guest, data: bytes) -> None:
    section = codec.pack_section(codec.Section.VOICE, data)
    await guest.socket.send(codec.pack_client_frame(guest.ticks[-1] if guest.ticks else 0, [section]))


async def test_what_is_said_in_a_datagram_is_heard_through_the_websocket(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada, house.guest("Bob") as bob:
            await listen(ada)
            await listen(bob)
            udp = await udp_guest(ada, bound)
            udp.say(packet(1))
            await bob.until(lambda: bob.voices)
            assert bob.voices[0] == Entry(ada.me, Route.NEAR, packet(1))


async def test_no_voice_goes_to_an_address_that_is_not_proved(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada, house.guest("Bob") as bob:
            await listen(ada)
            await listen(bob)
            udp = await udp_guest(bob, bound)
            udp.probe()
            await udp.answer()
            await bob.say(MediaVia(True))
            await say(ada, packet(1))
            await bob.until(lambda: bob.voices)
            udp.probe()
            await udp.answer()  # nothing else came before it
            await say(ada, packet(2))
            assert (await udp.heard())[0].packet == packet(2)


async def test_no_more_goes_to_an_address_that_is_not_proved_than_came(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            udp = await udp_guest(ada, bound)
            for sequence in range(3):
                udp.say(packet(sequence, b"x"))
            for _turn in range(20):
                udp.challenge = bytes(16)
                number = udp.probe()
                assert (await udp.answer()).number == number
                assert udp.came_bytes <= udp.sent_bytes
            assert udp.came_bytes == 20 * (ANSWER.size + OVERHEAD)


async def test_foreign_forged_replayed_and_cut_datagrams_are_counted_and_not_answered(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            udp = await udp_guest(ada, bound)
            good = udp.sealer.seal(Kind.PROBE, bytes(PROBE.size))
            foreign = Sealer(bytes(16), 7).seal(Kind.PROBE, bytes(PROBE.size))
            for data in (foreign, good[:-1], good[:-1] + bytes([good[-1] ^ 1]), b"", b"hello", bytes(1300)):
                udp.send(data)
            udp.send(good)
            udp.send(good)
            number = udp.probe()
            first, second = await udp.answer(), await udp.answer()
            assert (first.number, second.number) == (0, number)
            counts = ports(house).tally.refused
            expected = {Fault.CONNECTION: 1, Fault.FORGED: 2, Fault.SIZE: 3, Fault.REPLAYED: 1}
            assert {fault: counts[fault] for fault in expected} == expected
            assert ports(house).tally.received == 2


async def test_answers_count_what_came(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            udp = await udp_guest(ada, bound)
            udp.say(packet(1))
            udp.sealer.seal(Kind.VOICE_UP, packet(2))  # is lost
            udp.probe()
            answer = await udp.answer()
            assert (answer.newest, answer.received) == (3, 2)


async def test_who_comes_from_another_address_is_proved_anew(house: House) -> None:
    with udp_socket() as bound, udp_socket() as other:
        async with house.guest("Ada") as ada, house.guest("Bob") as bob:
            await listen(ada)
            udp = await by_datagrams(bob, bound)
            udp.socket = other
            udp.probe()
            await udp.answer()
            await say(ada, packet(1))
            udp.socket = bound
            assert (await udp.heard())[0].packet == packet(1)
            udp.socket = other
            udp.probe()
            await udp.answer()
            await say(ada, packet(2))
            assert (await udp.heard())[0].packet == packet(2)


async def test_a_datagram_that_holds_what_is_no_packet_ends_the_connection_with_a_sentence(
    house: House,
) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            udp = await udp_guest(ada, bound)
            udp.say(b"no packet")
            refusal = await ada.said("refusal")
            assert refusal["code"] == "message"
            assert "a voice packet has" in refusal["text"]
            assert ports(house).tally.refused[Fault.CONTENT] == 1


async def test_a_probe_of_another_size_ends_the_connection_with_a_sentence(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            udp = await udp_guest(ada, bound)
            udp.send(udp.sealer.seal(Kind.PROBE, b"short"))
            assert "a probe has" in (await ada.said("refusal"))["text"]


async def test_keys_hold_until_others_are_asked_for_and_as_long_as_the_connection(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            old = await udp_guest(ada, bound)
            new = await udp_guest(ada, bound)
            assert old.sealer.seal(Kind.PROBE, b"") != new.sealer.seal(Kind.PROBE, b"")
            old.probe()
            new.probe()
            await new.answer()
            assert ports(house).tally.refused[Fault.CONNECTION] == 1
        await until(lambda: not ports(house)._peers)
        new.probe()
        await until(lambda: ports(house).tally.refused[Fault.CONNECTION] == 2)


async def test_a_flood_of_probes_is_not_answered_one_by_one(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada:
            udp = await udp_guest(ada, bound)
            await udp.prove()
            for _turn in range(200):
                udp.probe()
            await until(lambda: ports(house).tally.received == 202)
            assert udp.sealer.counter == 202
            peer = next(iter(ports(house)._peers.values()))
            assert peer._sealer.counter <= ANSWERS_BURST + 10


async def test_who_chooses_the_websocket_is_sent_voice_there_again(house: House) -> None:
    with udp_socket() as bound:
        async with house.guest("Ada") as ada, house.guest("Bob") as bob:
            await listen(ada)
            await by_datagrams(bob, bound)
            await bob.say(MediaVia(False))
            await say(ada, packet(1))
            await bob.until(lambda: bob.voices)
            assert bob.voices[0].packet == packet(1)


async def test_who_has_no_keys_and_chooses_datagrams_goes_on_through_the_websocket(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Bob") as bob:
        await listen(ada)
        await listen(bob)
        await bob.say(MediaVia(True))
        await say(ada, packet(1, flags=VoiceFlag.END_OF_SPURT))
        await bob.until(lambda: bob.voices)


async def test_a_server_may_take_no_datagrams(tmp_path: Path) -> None:
    async with open_house(tmp_path, media="websocket") as house, house.guest("Ada") as ada:
        await ada.say(AskMedia())
        media = await ada.said("media")
        assert "port" not in media
        assert media["text"] == "This server takes no voice in datagrams."


async def test_a_port_that_is_in_use_is_named_and_voice_goes_through_the_websocket(tmp_path: Path) -> None:
    with udp_socket() as taken:
        number = taken.getsockname()[1]
        async with open_house(tmp_path, media_port=number) as house, house.guest("Ada") as ada:
            await ada.say(AskMedia())
            media = await ada.said("media")
            assert "port" not in media
            assert f"UDP port {number} cannot be used" in media["text"]


async def test_where_the_number_of_the_tcp_port_is_in_use_another_is_taken(tmp_path: Path) -> None:
    made = MediaPorts()
    with udp_socket() as taken:
        number = taken.getsockname()[1]
        await made.open(number, [(socket.AF_INET, "127.0.0.1")])
        assert made._newest.number not in (0, number)
    made.close()


async def test_the_port_is_there_for_ipv6_too(tmp_path: Path) -> None:
    async with open_house(tmp_path, host="localhost") as house:
        families = {bound.family for port in ports(house)._ports.values() for bound in port.sockets}
        named = {entry[0] for entry in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
        assert families == named


async def test_voice_goes_over_ipv6(tmp_path: Path) -> None:
    try:
        with udp_socket("::1") as bound:
            async with open_house(tmp_path, host="::1") as house:
                url = f"ws://[::1]:{house.server.port}/"
                async with join(url, house.catalogue, Hello(SUBPROTOCOL, "Ada")) as ada:
                    udp = await by_datagrams(ada, bound, host="::1")
                    assert udp.challenge != bytes(16)
    except OSError:
        pytest.skip("this machine has no IPv6")


async def test_a_loop_that_cannot_wait_for_sockets_reads_by_endpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    def cannot(*_arguments: object) -> None:
        raise NotImplementedError

    made = MediaPorts()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "add_reader", cannot)
        await made.open(0, [(socket.AF_INET, "127.0.0.1")])
    with udp_socket() as bound:
        bound.sendto(b"hello", ("127.0.0.1", made._newest.number))
        await until(lambda: made.tally.refused[Fault.SIZE] == 1)
    made.close()


def test_a_bundle_that_is_too_long_for_a_datagram_is_sent_in_whole_entries() -> None:
    entries = [Entry(number, Route.NEAR, packet(1, bytes(300))) for number in range(8)]
    parts = list(_parts(pack_bundle(entries)))
    assert len(parts) > 1
    assert all(len(part) <= PAYLOAD_MAX for part in parts)
    assert [entry for part in parts for entry in unpack_bundle(part)] == entries


def test_who_has_fallen_silent_is_served_both_ways_and_then_by_the_websocket_alone() -> None:
    now = [100.0]
    with udp_socket() as ours, udp_socket() as theirs:
        peer = MediaPeer(7, key_up=bytes(16), key_down=bytes(16), now=lambda: now[0])
        sealer = Sealer(bytes(16), 7)
        address = (ours, theirs.getsockname())
        peer.take(sealer.seal(Kind.PROBE, bytes(PROBE.size)), address, now[0])
        challenge = peer._addresses.challenge(address)
        peer.take(sealer.seal(Kind.PROBE, pack_probe(2, challenge)), address, now[0])
        bundle = pack_bundle([Entry(1, Route.NEAR, packet(1))])
        before = peer._sealer.counter
        assert peer.send(bundle)
        now[0] += 1.0
        assert not peer.send(bundle)
        assert peer._sealer.counter == before + 2
        now[0] += 5.0
        assert not peer.send(bundle)
        assert peer._sealer.counter == before + 2


def test_whose_datagrams_come_from_elsewhere_is_no_longer_sent_to_where_they_were() -> None:
    now = [100.0]
    with udp_socket() as ours, udp_socket() as theirs, udp_socket() as elsewhere:
        peer = MediaPeer(7, key_up=bytes(16), key_down=bytes(16), now=lambda: now[0])
        sealer, address = Sealer(bytes(16), 7), (ours, theirs.getsockname())
        peer.take(sealer.seal(Kind.PROBE, bytes(PROBE.size)), address, now[0])
        challenge = peer._addresses.challenge(address)
        peer.take(sealer.seal(Kind.PROBE, pack_probe(2, challenge)), address, now[0])
        now[0] += 5.0
        peer.take(sealer.seal(Kind.PROBE, bytes(PROBE.size)), (ours, elsewhere.getsockname()), now[0])
        before = peer._sealer.counter
        assert not peer.send(pack_bundle([Entry(1, Route.NEAR, packet(1))]))
        assert peer._sealer.counter == before


def test_whose_datagrams_come_far_too_often_is_sent_away() -> None:
    refusals: list[Refusal] = []
    with udp_socket() as ours, udp_socket() as theirs:
        peer = MediaPeer(7, key_up=bytes(16), key_down=bytes(16), now=lambda: 1.0)
        peer.hear, peer.refuse = lambda _packet: None, refusals.append
        sealer, address = Sealer(bytes(16), 7), (ours, theirs.getsockname())
        faults = [
            peer.take(sealer.seal(Kind.VOICE_UP, packet(number)), address, 1.0)
            for number in range(round(DATAGRAMS_BURST) + 2)
        ]
    assert faults[:-2] == [None] * round(DATAGRAMS_BURST)
    assert faults[-2:] == [Fault.FLOOD] * 2
    assert {refusal.code for refusal in refusals} == {"rate"}


def test_a_network_that_is_gone_is_not_taken_for_sent() -> None:
    with udp_socket() as ours:
        peer = MediaPeer(7, key_up=bytes(16), key_down=bytes(16), now=lambda: 1.0)
        assert not peer._send_to((ours, ("255.255.255.255", 9)), b"x")
        assert peer.dropped == 1
