"""Whoever sends nonsense reads one clear sentence and is cut off; everybody else notices nothing."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from tests.server.conftest import House, open_house, small_catalogue
from walkdown import codec
from walkdown.codec import Section
from walkdown.errors import Missing, SettingsError
from walkdown.messages import SUBPROTOCOL, Hello, Ping, Select, encode
from walkdown.settings import ServerSettings
from walkdown_server.access import (
    DEAD_AFTER_SECS,
    FRAMES_BURST,
    HELLO_WITHIN_SECS,
    PING_AFTER_SECS,
    TokenBucket,
    is_loopback,
    origin_allowed,
)
from walkdown_server.app import running_server
from walkdown_server.review.refusing import as_sentence
from walkdown_server.sites import Site

HELLO = encode(Hello(version=SUBPROTOCOL, name="Eve"))
NOTE = {"t": "put_note", "op": 1, "note": "n", "text": "x", "point": [0.0, 0.0, 0.0]}


async def refusal_of(socket: ClientConnection) -> dict[str, Any]:
    """Read until a refusal, and check that the connection then ends."""
    found: dict[str, Any] = {}
    async with asyncio.timeout(30):
        try:
            while True:
                data = await socket.recv()
                assert isinstance(data, bytes)
                if not codec.is_frame(data) and (message := msgpack.unpackb(data))["t"] == "refusal":
                    found = message
        except ConnectionClosed:
            return found


def deep(levels: int) -> bytes:
    return b"\x81\xa1t" * levels + b"\xc0"


GARBAGE = {
    "empty": b"",
    "zeros": bytes(50),
    "no map": msgpack.packb([1, 2, 3]),
    "no kind": msgpack.packb({"x": 1}),
    "unknown kind": msgpack.packb({"t": "dance"}),
    "server's kind": msgpack.packb({"t": "welcome"}),
    "missing field": msgpack.packb({"t": "hello"}),
    "wrong type": msgpack.packb({"t": "hello", "version": 1, "name": "Eve"}),
    "long name": msgpack.packb({"t": "hello", "version": SUBPROTOCOL, "name": "x" * 81}),
    "key twice": msgpack.packb({"t": "hello", "version": SUBPROTOCOL}).replace(b"\x82", b"\x84", 1)
    + msgpack.packb("name")
    + msgpack.packb("Ada")
    + msgpack.packb("name")
    + msgpack.packb("Eve"),
    "extension": msgpack.packb({"t": "hello", "version": SUBPROTOCOL, "name": msgpack.ExtType(5, b"x")}),
    "extension in an unknown key": msgpack.packb({"t": "ping", "sent_ns": 1, "x": msgpack.ExtType(5, b"x")}),
    "cut map": HELLO[:-3],
    "more after it": HELLO + b"\x00",
    "bad utf-8": b"\x82\xa1t\xa5hello\xa4name\xa2\xff\xfe",
    "deep nesting": deep(1000),
    "huge array": b"\xdd\xff\xff\xff\xff",
    "json": b'{"t": "hello"}',
    "http": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_before_login_is_refused(house: House, data: bytes) -> None:
    async with house.guest("Ada") as ada, house.socket() as socket:
        await socket.send(data)
        refusal = await refusal_of(socket)
        assert refusal["code"] in ("message", "hello")
        assert refusal["text"].strip()
        await ada.say(Ping(sent_ns=1))
        await ada.said("pong")


NEWER = ("unknown kind", "server's kind")
"""What a newer client may say after login, and is passed over."""

AFTER_LOGIN = {
    **{name: data for name, data in GARBAGE.items() if name not in NEWER},
    "a second hello": HELLO,
    "cut frame": b"\x01\x00\x00",
    "section beyond the end": codec.CLIENT_HEADER.pack(1, 0) + b"\x01\xff\x00\x00",
    "two poses": codec.pack_client_frame(0, [codec.pack_section(Section.POSES, bytes(44))]),
    "half a pose": codec.pack_client_frame(0, [codec.pack_section(Section.POSES, bytes(11))]),
    "large frame": codec.pack_client_frame(0, [codec.pack_section(Section.VOICE, bytes(5000))]),
    "counter too large": msgpack.packb({"t": "undo", "op": 2**60}),
    "counter zero": msgpack.packb({"t": "undo", "op": 0}),
    "note without text": msgpack.packb(NOTE | {"text": ""}),
    "text too long": msgpack.packb(NOTE | {"text": "x" * 4001}),
    "not a number": msgpack.packb(NOTE | {"point": [0.0, float("nan"), 0.0]}),
    "infinite in an unknown key": msgpack.packb({"t": "ping", "sent_ns": 1, "x": float("inf")}),
    "point of two": msgpack.packb(NOTE | {"point": [0.0, 0.0]}),
}


@pytest.mark.parametrize("data", AFTER_LOGIN.values(), ids=AFTER_LOGIN.keys())
async def test_garbage_after_login_is_refused(house: House, data: bytes) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        await eve.socket.send(data)
        refusal = await refusal_of(eve.socket)
        assert refusal["code"] == "message"
        await ada.until(lambda: not ada.people.get(eve.me, {}).get("connected", True))
        assert house.server.room.people == 1


async def test_messages_and_keys_of_a_newer_client_are_passed_over(house: House) -> None:
    async with house.guest("Eve") as eve:
        for name in NEWER:
            await eve.socket.send(GARBAGE[name])
        await eve.socket.send(msgpack.packb({"t": "ping", "sent_ns": 77, "mood": ["good"]}))
        assert (await eve.said("pong"))["sent_ns"] == 77


async def test_sections_that_we_do_not_know_are_passed_over(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        pose = codec.pack_section(Section.POSES, codec.pack_poses([0], [[1, 2, 3]], [[1, 0, 0, 0]]).tobytes())
        unknown = (200 | 3 << 8).to_bytes(4, "little") + b"abc"
        await eve.socket.send(codec.pack_client_frame(0, [unknown, pose]))
        await ada.until(lambda: eve.me in ada.poses)
        assert np.allclose(ada.poses[eve.me].positions[0], [1, 2, 3])


@pytest.mark.parametrize(("size", "joined"), [(5000, False), (65 * 1024, True), (1 << 20, True)])
async def test_what_is_too_long_is_refused_before_it_is_read(house: House, size: int, joined: bool) -> None:
    async with house.socket() as socket:
        if joined:
            await socket.send(HELLO)
            await socket.recv()
        with contextlib.suppress(ConnectionClosed):
            await socket.send(bytes(size))
        refusal = await refusal_of(socket)
        assert refusal["code"] == "message"
        assert "at most" in refusal["text"]


async def test_a_text_message_is_refused(house: House) -> None:
    async with house.socket() as socket:
        await socket.send("hello")
        assert "binary" in (await refusal_of(socket))["text"]


@pytest.mark.parametrize(
    "data",
    [b"\xf2\x80" + bytes(4), b"\x82\x05hello", Frame(Opcode.CONT, b"x").serialize(mask=True), b"\xff" * 64],
    ids=["reserved bits", "unmasked", "stray continuation", "noise"],
)
async def test_bytes_that_are_no_frames_are_refused(house: House, data: bytes) -> None:
    reader, writer = await raw_websocket(house)
    writer.write(data)
    answer = await asyncio.wait_for(reader.read(), 10)
    assert b"refusal" in answer
    writer.close()
    async with house.guest("Ada") as ada:
        assert ada.me


async def raw_websocket(house: House) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket after its handshake, as plain streams."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    key = base64.b64encode(bytes(16)).decode()
    writer.write(
        (
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
        ).encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_pose_may_come_byte_by_byte(house: House) -> None:
    reader, writer = await raw_websocket(house)
    pose = codec.pack_section(Section.POSES, codec.pack_poses([0], [[7, 8, 9]], [[1, 0, 0, 0]]).tobytes())
    stream = b"".join(
        Frame(Opcode.BINARY, data).serialize(mask=True)
        for data in (HELLO, codec.pack_client_frame(0, [pose]))
    )
    async with house.guest("Ada") as ada:
        for byte in stream:
            writer.write(bytes((byte,)))
            await writer.drain()
        await ada.until(lambda: ada.poses)
        assert np.allclose(next(iter(ada.poses.values())).positions[0], [7, 8, 9])
        writer.close()
        await ada.until(lambda: any(not p.get("connected", True) for p in ada.people.values()))
    assert reader


@pytest.mark.parametrize(
    ("offered", "named"), [(["walkdown.0"], "walkdown.0"), ([], "none"), (["a", "b"], "a, b")]
)
async def test_a_client_of_another_version_reads_both_versions(
    house: House, offered: list[str], named: str
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with house.socket(subprotocols=[Subprotocol(name) for name in offered] or None):
            pass
    response = caught.value.response
    assert response.status_code == 400
    assert response.body is not None
    assert response.body.decode() == (
        f"This server speaks {SUBPROTOCOL}, you offer {named}; update the older one.\n"
    )


async def test_a_hello_of_another_version_reads_both_versions(house: House) -> None:
    async with house.socket() as socket:
        await socket.send(encode(Hello(version="walkdown.0", name="Ada")))
        refusal = await refusal_of(socket)
        assert (refusal["code"], refusal["expected"], refusal["came"]) == (
            "version",
            SUBPROTOCOL,
            "walkdown.0",
        )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_foreign_web_page_may_not_join(house: House, headers: dict[str, str], status: int) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with house.socket(additional_headers=headers):
            pass
    assert caught.value.response.status_code == status


async def test_another_path_is_no_session(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(
        b"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    )
    writer.write(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    assert b" 404 " in await asyncio.wait_for(reader.read(), 10)
    writer.close()


# ---- time: looked after by hand, so that nobody waits -----------------------------------------------


async def test_who_says_nothing_is_sent_away(house: House) -> None:
    async with house.socket() as socket:
        await asyncio.sleep(0)
        listener = house.server._listener
        listener.look_after(asyncio.get_running_loop().time() + HELLO_WITHIN_SECS + 1)
        assert (await refusal_of(socket))["code"] == "hello"


async def test_who_is_silent_is_asked_and_then_cut_and_may_come_back(house: House) -> None:
    reader, writer = await raw_websocket(house)
    writer.write(Frame(Opcode.BINARY, HELLO).serialize(mask=True))
    await reader.readuntil(b"welcome")
    now = asyncio.get_running_loop().time()
    async with house.guest("Ada") as ada:
        for connection in tuple(house.server._listener.connections):
            connection.look_after(now + PING_AFTER_SECS + 1)
        await reader.readuntil(b"\x89\x00")
        await ada.say(Ping(sent_ns=1))
        await ada.said("pong")
        for connection in tuple(house.server._listener.connections):
            if connection._heard <= now:
                connection.look_after(now + DEAD_AFTER_SECS + 1)
        await ada.until(lambda: any(not p.get("connected", True) for p in ada.people.values()))
    writer.close()


async def test_who_sends_too_many_frames_is_cut(house: House) -> None:
    async with house.guest("Eve") as eve:
        for _ in range(int(FRAMES_BURST) + 1):
            await eve.move(0.0, 0.0)
        await eve.say(Ping(sent_ns=1))
        await eve.said("pong")
        house.server._listener.look_after(asyncio.get_running_loop().time())
        assert (await refusal_of(eve.socket))["code"] == "rate"


async def test_who_sends_too_many_control_messages_is_cut(house: House) -> None:
    async with house.guest("Eve") as eve:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(2000):
                await eve.say(Select(thing="P-101"))
        assert (await refusal_of(eve.socket))["code"] == "rate"


# ---- starting ---------------------------------------------------------------------------------------


async def test_a_port_in_use_is_named_with_the_way_out(house: House, tmp_path: Path) -> None:
    settings = ServerSettings(port=house.server.port, data=tmp_path / "other")
    with pytest.raises(SettingsError, match=rf"Port {house.server.port} .* in use .*--port"):
        async with running_server(settings, Site(house.catalogue)):
            pass


async def test_two_servers_cannot_have_the_same_session(house: House, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="another server has the session"):
        async with open_house(tmp_path):
            pass


async def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    settings = ServerSettings(host="192.0.2.1", port=0, data=tmp_path, insecure_lan=True)
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1"):
        async with running_server(settings, Site(small_catalogue())):
            pass


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.77", "[::1]"])
def test_loopback_is_what_only_this_computer_reaches(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])  # noqa: S104
def test_what_others_can_reach_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "127.0.0.1:8765", True),
        ("http://127.0.0.1:8765", "127.0.0.1:8765", True),
        ("http://evil.example", "127.0.0.1:8765", False),
        ("http://evil.example:8765", "evil.example:8765", False),
        (None, "evil.example:8765", False),
        (None, "[::1]:8765", True),
        (None, "", True),
    ],
)
def test_pages_of_others_open_nothing(origin: str | None, host: str, allowed: bool) -> None:
    assert origin_allowed(origin, host_header=host, own=True) is allowed


def test_a_bucket_allows_a_burst_and_then_the_rate() -> None:
    bucket = TokenBucket(per_sec=2.0, burst=3.0)
    assert [bucket.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(11.0) for _ in range(3)] == [True, True, False]
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_a_sentence_begins_with_a_capital_but_for_names_of_files_and_messages() -> None:
    assert as_sentence("this is no zip") == "This is no zip."
    assert as_sentence("bomb.bcf: it is a bomb.") == "bomb.bcf: it is a bomb."
    assert as_sentence("offer_file is for: chair") == "offer_file is for: chair."
