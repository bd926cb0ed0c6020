"""What somebody tries who means no good: on the wire before a login, and at the door after one."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from websockets.frames import Opcode

from tests.server.bringing import bring, end_of, glb_of, offer_of, put, ticket_for
from tests.server.conftest import House, open_house
from tests.server.doors import come_in, link_of
from tests.server.paper import Stage
from tests.server.test_bounded import MEGABYTE, Deaf, connected
from tests.server.test_door import refused
from tests.server.test_http import ask
from tests.server.test_refusals import refusal_of
from tests.server.test_websocket import frame, opened
from walkdown.messages import SUBPROTOCOL, Hello, Kick, Refusal, SetRole, encode
from walkdown_server.access import KEEP_ALIVE_SECS, REQUEST_WITHIN_SECS, origin_allowed
from walkdown_server.door.control import InviteWish
from walkdown_server.door.inviting import invitation as asked_for
from walkdown_server.door.limits import TRIES_MAX, Limits
from walkdown_server.door.rules import OWN_COMPUTER
from walkdown_server.door.terms import Terms
from walkdown_server.port import reception
from walkdown_server.port.connection import SLOW_FRAMES_PER_SEC
from walkdown_server.port.reception import Desk, Reception
from walkdown_server.processes.greeting import NoGreeting, name_in_client_hello

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Far(Deaf):
    """A transport of somebody on another computer, from which nobody ever reads."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.protocol = address, cast(asyncio.BufferedProtocol, None)
        self.paused = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self.address, 5) if name == "peername" else default

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def write(self, data: Any) -> None:
        super().write(data)
        if self.waiting > 64 * 1024:
            cast(Reception, self.protocol).pause_writing()


def desk_of() -> Desk:
    terms = Terms(cast(Any, None), cast(Any, None), Limits(), insecure_lan=True)
    return Desk(cast(Any, None), overview=cast(Any, None), terms=terms)


def received(desk: Desk, address: str = "192.0.2.7") -> tuple[Reception, Far]:
    """Somebody who has just connected."""
    made, far = Reception(desk, counted=True), Far(address)
    far.protocol = made
    made.connection_made(far)
    return made, far


# ---- before a login ---------------------------------------------------------------------------------


async def test_who_asks_for_answers_and_does_not_read_them_holds_little() -> None:
    guest, far = received(desk_of())
    for _turn in range(100):
        if far.paused:
            break
        guest.take(REQUEST * 1500)
    assert far.paused
    assert far.most < 0.2 * MEGABYTE
    far.waiting = 0
    guest.resume_writing()
    assert not far.paused or far.waiting


async def test_who_reads_later_gets_every_answer() -> None:
    guest, far = received(desk_of())
    guest.take(REQUEST * 1500)
    size = total = 0
    while far.waiting != size or far.waiting:
        total += far.waiting
        far.waiting = size = 0
        guest.resume_writing()
    alone, near = received(desk_of())
    alone.take(REQUEST)
    assert total == 1500 * near.waiting


async def test_who_never_reads_is_not_waited_for() -> None:
    guest, far = received(desk_of())
    guest.take(REQUEST)
    closed: list[str] = []
    far.close = lambda: closed.append("close")  # type: ignore[method-assign]
    guest.look_after(asyncio.get_running_loop().time() + KEEP_ALIVE_SECS + REQUEST_WITHIN_SECS)
    assert far.aborted
    assert not closed


async def test_one_address_holds_no_more_connections_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "OPEN_PER_ADDRESS", 5)
    desk = desk_of()
    other = received(desk, "192.0.2.8")[1]
    crowd = [received(desk, f"2001:db8:1:2::{number}")[1] for number in range(1, 9)]
    assert [far.aborted for far in crowd] == [True] * 3 + [False] * 5
    assert not other.aborted
    assert len(desk.receptions) == 6


async def test_many_addresses_together_hold_no_more_connections_than_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reception, "OPEN_PER_ADDRESS", 2)
    monkeypatch.setattr(reception, "OPEN_IN_ALL", 5)
    desk = desk_of()
    crowd = [received(desk, f"192.0.2.{number}")[1] for number in range(1, 9)]
    assert [far.aborted for far in crowd] == [True] * 3 + [False] * 5


def test_a_greeting_in_crumbs_is_not_read_again_and_again() -> None:
    crumbs = b"\x01\x00\x30\x00" + bytes(500)  # a ClientHello of 12 KiB, of which the first half KiB is there
    with pytest.raises(NoGreeting):
        name_in_client_hello(b"".join(b"\x16\x03\x01\x00\x01" + bytes((crumb,)) for crumb in crumbs))


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: [evil.example"],
        ["Host: localhost", "Origin: http://[::1"],
        ["Host: localhost", "Host: localhost"],
        ["Host: localhost", "Origin: http://localhost", "Origin: http://evil.example"],
    ],
)
async def test_a_host_or_origin_that_cannot_be_read_is_a_foreign_one(
    house: House, caplog: pytest.LogCaptureFixture, lines: list[str]
) -> None:
    head = ["GET / HTTP/1.1", *lines, "Upgrade: websocket", "Connection: Upgrade"]
    head += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", "", ""]
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write("\r\n".join(head).encode())
    assert b" 403 " in await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("path", ["/sessions", "/metrics"])
async def test_a_foreign_name_that_resolves_to_this_computer_reads_nothing(house: House, path: str) -> None:
    assert (await ask(house, path)).status == 200
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: evil.example:8765\r\nConnection: close\r\n\r\n".encode())
    assert b" 403 " in await asyncio.wait_for(reader.read(), 10)
    writer.close()


@pytest.mark.parametrize(
    ("host", "allowed"), [("evil.example:8765", False), ("192.0.2.7:8765", True), ("localhost:8765", True)]
)
def test_where_nobody_is_asked_a_page_comes_from_an_address_and_from_no_name(
    host: str, allowed: bool
) -> None:
    page = f"http://{host}"
    assert origin_allowed(page, host_header=host, own=False, open_to_all=True) is allowed
    assert origin_allowed(None, host_header=host, own=False, open_to_all=True)
    assert origin_allowed(page, host_header=host, own=False)


def test_a_page_without_a_place_is_not_of_a_host_without_a_name() -> None:
    assert not origin_allowed("null", host_header="", own=True)


# ---- after one --------------------------------------------------------------------------------------


async def test_a_kicked_chair_does_not_come_back_by_a_link_of_their_own(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada, role="chair")
        async with come_in(house, link, "Eve") as eve:
            spare = await link_of(eve, role="chair")
            assert (await ada.operate(Kick, person=eve.me)).get("number")
        assert "taken back" in (await refused(spare, invite=spare.invite))["text"]
        async with come_in(house, await link_of(ada), "Bob"):
            pass


async def test_who_came_by_two_links_and_is_kicked_comes_back_by_neither(house: House) -> None:
    async with house.guest("Ada") as ada:
        first, second = await link_of(ada), await link_of(ada, role="chair")
        async with come_in(house, first, "Eve") as eve:
            secret = eve.welcome["secret"]
        async with come_in(house, second, "Eve", resume=secret) as eve:
            assert eve.welcome["role"] == "chair"
            assert (await ada.operate(Kick, person=eve.me)).get("number")
        for link in (first, second):
            assert "taken back" in (await refused(link, invite=link.invite))["text"]


async def test_who_leads_no_more_does_not_rise_again_by_a_link_of_their_own(house: House) -> None:
    async with house.guest("Ada") as ada:
        async with come_in(house, await link_of(ada, role="chair"), "Eve") as eve:
            higher, lower = await link_of(eve, role="chair"), await link_of(eve, role="observer")
            assert (await ada.operate(SetRole, person=eve.me, role="participant")).get("number")
        assert "taken back" in (await refused(higher, invite=higher.invite))["text"]
        async with come_in(house, lower, "Bob") as bob:
            assert bob.welcome["role"] == "observer"


async def test_who_may_not_bring_models_any_more_does_not_finish_one(house: House) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada:
        async with come_in(house, await link_of(ada, role="chair"), "Eve") as eve:
            offer = offer_of(data)
            path = await ticket_for(eve, offer)
            assert (await ada.operate(SetRole, person=eve.me, role="observer")).get("number")
            assert (await put(house, path, data)).status == 404
            assert (await end_of(eve, offer.model))["phase"] == "cancelled"
        assert house.server.room.session.model_ahead(offer.model) is None
        assert (await bring(house, ada, glb_of("floor")))["phase"] == "done"


async def test_who_rises_goes_on_bringing_a_model(house: House) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada, come_in(house, await link_of(ada, role="chair"), "Eve") as eve:
        offer = offer_of(data)
        path = await ticket_for(eve, offer)
        assert (await ada.operate(SetRole, person=eve.me, role="admin")).get("number")
        assert (await put(house, path, data)).status == 201
        assert (await end_of(eve, offer.model))["phase"] == "done"


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.CONT])
async def test_a_flood_of_frames_that_say_nothing_is_cut_off(opcode: Opcode) -> None:
    connection, deaf = connected(Stage(), opened())
    connection.receive(frame(b"x", Opcode.BINARY, fin=False))
    connection.receive(frame(b"", opcode, fin=opcode is Opcode.PING) * (SLOW_FRAMES_PER_SEC - 10))
    assert connection._websocket.open
    connection.look_after(asyncio.get_running_loop().time())
    connection.receive(frame(b"", opcode, fin=opcode is Opcode.PING) * (SLOW_FRAMES_PER_SEC + 1))
    assert not connection._websocket.open
    assert deaf.most < 0.1 * MEGABYTE


def test_a_name_steers_no_terminal_and_turns_no_writing_round() -> None:
    stage = Stage()
    _paper, member = stage.join("\x1b]0;x\x07Ada\x9b31m\n\u202eLovelace\u200d ")
    assert member.identity.author.name == "]0;xAda31m Lovelace\u200d"


@pytest.mark.parametrize("name", ["\x00", " \x1b\u202e ", "\n"])
def test_a_name_of_nothing_that_can_be_seen_is_none(name: str) -> None:
    stage = Stage()
    refusal = stage.room.enter(Hello(version=SUBPROTOCOL, name=name), cast(Any, None), peer=OWN_COMPUTER)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "hello"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of open files to raise")
async def test_a_server_may_hold_as_many_connections_as_the_system_lets_it(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        async with open_house(tmp_path):
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_strangers_behind_a_proxy_do_not_lock_the_owner_out(house: House, tmp_path: Path) -> None:
    for _turn in range(TRIES_MAX + 1):
        async with house.socket(additional_headers={"X-Real-IP": "203.0.113.9"}) as socket:
            await socket.send(encode(Hello(version=SUBPROTOCOL, name="Eve", invite="x" * 22)))
            code = (await refusal_of(socket))["code"]
    assert code == "rate"
    async with house.guest("Ada") as ada:
        assert ada.welcome["role"] == "admin"
        assert (await asyncio.to_thread(asked_for, tmp_path, "", InviteWish())).links
