"""A short code: found on the local network, tried at the server, over after twenty tries or ten minutes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.server.conftest import House, open_house
from tests.server.doors import Link, come_in, invitation
from tests.server.test_http import Answer, read_answer
from tests.server.test_tls import talk
from walkdown import pairing
from walkdown.errors import Missing, Refused
from walkdown.listing import server_name
from walkdown.messages import Invite
from walkdown.pairing import (
    EXCHANGES_MAX,
    OFFERS_MAX,
    VALID_SECS,
    Ask,
    Guest,
    Here,
    Offers,
    Pass,
    new_question,
    nonce_of,
)
from walkdown_server.door.codes import Codes
from walkdown_server.door.discovery import ANSWERS_BURST, is_near
from walkdown_server.door.limits import TRIES_MAX

GRANTED = Pass("s" * 22, b"f" * 32, "Test")


async def post(link: Link, body: bytes, *, path: str = pairing.PATH) -> Answer:
    """One post on an encrypted connection of its own."""
    reader, writer = await talk(link)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await read_answer(reader)
    writer.close()
    return answer


async def with_code(house: House, **wish: Any) -> tuple[str, Link]:
    """An open code, and the link that it stands for."""
    async with house.guest("Ada") as ada:
        said = await invitation(ada, code=True, **wish)
        return said["code"], Link.read(said["links"][0])


async def test_a_code_opens_what_the_link_opens(house: House) -> None:
    code, link = await with_code(house, role="operator")
    guest = Guest(code, link.fingerprint)
    answer = await post(link, msgspec.msgpack.encode(Ask(guest.message)))
    assert answer.status == 200
    granted = guest.open(msgspec.msgpack.decode(answer.body, type=Offers))
    assert (granted.invite, granted.fingerprint, granted.session) == (link.invite, link.fingerprint, "Test")
    async with come_in(house, link, "Bob", invite=granted.invite) as bob:
        assert bob.welcome["role"] == "operator"
    assert link.invite.encode() not in answer.body


async def test_a_wrong_code_and_another_certificate_open_nothing(house: House) -> None:
    code, link = await with_code(house)
    for guest in (Guest("AAAA-AAAA", link.fingerprint), Guest(code, b"x" * 32)):
        answer = await post(link, msgspec.msgpack.encode(Ask(guest.message)))
        with pytest.raises(Refused):
            guest.open(msgspec.msgpack.decode(answer.body, type=Offers))


async def test_an_address_may_try_five_times_a_minute(house: House) -> None:
    _code, link = await with_code(house)
    body = msgspec.msgpack.encode(Ask(Guest("AAAA-AAAA", link.fingerprint).message))
    for _turn in range(TRIES_MAX):
        assert (await post(link, body)).status == 200
    answer = await post(link, body)
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert b"wait" in answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff" * 40, 400),
        (msgspec.msgpack.encode(Ask(b"x" * 33)), 400),
        (msgspec.msgpack.encode({"message": b"A"}), 400),
        (bytes(20_000), 413),
    ],
)
async def test_nonsense_is_refused_in_one_sentence(house: House, body: bytes, status: int) -> None:
    _code, link = await with_code(house)
    answer = await post(link, body)
    assert answer.status == status
    assert answer.body.strip().endswith(b".")


async def test_without_an_open_code_there_is_nothing_to_try(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = Link.read((await invitation(ada))["links"][0])
    body = msgspec.msgpack.encode(Ask(Guest("AAAA-AAAA", link.fingerprint).message))
    assert (await post(link, body)).status == 404
    assert (await post(link, b"", path="/elsewhere")).status == 405


async def test_a_code_is_not_tried_without_encryption(house: House) -> None:
    await with_code(house)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(b"POST /pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    assert (await read_answer(reader)).status == 403
    writer.close()


async def test_no_more_codes_are_open_than_can_be_answered(house: House) -> None:
    async with house.guest("Ada") as ada:
        for _turn in range(OFFERS_MAX):
            await invitation(ada, code=True)
        reply = await ada.operate(Invite, code=True)
        assert (reply["code"], "codes are open" in reply["text"]) == ("closed", True)


def test_a_code_is_over_after_its_time_and_its_tries() -> None:
    now = [0.0]
    codes = Codes(secs=lambda: now[0], on_open=lambda _port: None)
    first = codes.open(GRANTED, port=1)
    for _turn in range(EXCHANGES_MAX):
        assert [there.code for there in codes.take()] == [first]
    assert not codes.take()
    codes.open(GRANTED, port=1)
    assert codes.any
    now[0] = VALID_SECS
    assert not codes.any
    assert not codes.take()


def test_an_open_code_is_in_no_text() -> None:
    codes = Codes(secs=lambda: 0.0, on_open=lambda _port: None)
    code = codes.open(GRANTED, port=1)
    (there,) = codes.take()
    assert code not in repr(there)
    assert GRANTED.invite not in repr(there)
    for _turn in range(OFFERS_MAX - 1):
        codes.open(GRANTED, port=1)
    with pytest.raises(Missing, match="use a link"):
        codes.open(GRANTED, port=1)


# ---- the local network ------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A UDP port that no other test listens to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    monkeypatch.setattr("walkdown_server.door.discovery.PORT", free)
    return free


@pytest.fixture
def asker() -> Iterator[socket.socket]:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    yield made
    made.close()


async def heard(asker: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    return await asyncio.wait_for(loop.sock_recv(asker, 2048), 5)


async def test_a_server_with_an_open_code_says_where_it_is(
    house: House, asker: socket.socket, port: int
) -> None:
    _code, link = await with_code(house)
    loop = asyncio.get_running_loop()
    question = new_question()
    for nonsense in (b"", b"who?", question[:-1], question + b"x"):
        await loop.sock_sendto(asker, nonsense, ("127.0.0.1", port))
    await loop.sock_sendto(asker, question, ("127.0.0.1", port))
    data = await heard(asker)
    here = msgspec.msgpack.decode(data, type=Here)
    assert here.nonce == nonce_of(question)
    assert (here.fingerprint, here.port) == (link.fingerprint, house.server.front.gate.port)
    assert here.name == server_name("Test")
    assert len(data) <= len(question)


async def answers_to(asker: socket.socket) -> int:
    """How many answers have come when no more come."""
    count = 0
    with contextlib.suppress(TimeoutError):
        while await asyncio.wait_for(asyncio.get_running_loop().sock_recv(asker, 2048), 0.3):
            count += 1
    return count


async def test_nobody_is_flooded_with_answers(house: House, asker: socket.socket, port: int) -> None:
    await with_code(house)
    loop = asyncio.get_running_loop()
    for _turn in range(10 * int(ANSWERS_BURST)):
        await loop.sock_sendto(asker, new_question(), ("127.0.0.1", port))
    assert 0 < await answers_to(asker) <= 2 * ANSWERS_BURST


async def test_a_server_without_a_code_says_nothing(tmp_path: Path, asker: socket.socket, port: int) -> None:
    async with open_house(tmp_path) as house:
        async with house.guest("Ada") as ada:
            await invitation(ada)
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(asker, new_question(), ("127.0.0.1", port))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.sock_recv(asker, 2048), 0.2)


@pytest.mark.parametrize(
    ("address", "near"),
    [("192.168.1.9", True), ("10.0.0.1", True), ("127.0.0.1", True), ("8.8.8.8", False), ("x", False)],
)
def test_only_addresses_of_a_local_network_are_answered(address: str, near: bool) -> None:
    assert is_near(address) is near
