"""Voice between a client and its server, over the WebSocket and in datagrams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from unittest.mock import Mock

import msgspec
import pytest
import zstandard
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tests.client.conftest import QUICK
from walkdown.codec import Section, pack_section, pack_server_frame, unpack_client_frame
from walkdown.errors import ProtocolError
from walkdown.messages import (
    SUBPROTOCOL,
    AskMedia,
    Blob,
    Hello,
    Media,
    Select,
    Voice,
    VoiceRules,
    Welcome,
    decode_client,
    encode,
)
from walkdown.twin import Catalogue
from walkdown.voice import PACKET_MAX, Entry, Packet, Route, pack_bundle, pack_packet
from walkdown_client.address import parse_address
from walkdown_client.conversation import Conversation
from walkdown_client.events import Event, Heard, LinkChanged, Tick
from walkdown_client.outgoing import SAY_AT_ONCE
from walkdown_client.voice_path import VoicePath

CATALOGUE = zstandard.compress(msgspec.msgpack.encode(Catalogue(1)))
WELCOME = Welcome(1, "s", "x", False, 0, 50, 1, Blob("0" * 64, len(CATALOGUE)), (), None, 0)
PACKET = pack_packet(Packet(7, 8, 0, 30, b"opus"))
BUNDLE = pack_bundle([Entry(3, Route.NEAR, PACKET)])


class Stage:
    """A server that does what a test says, and a conversation with it."""

    talk: Conversation

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.heard: list[tuple[bytes, int]] = []
        self.frames: asyncio.Queue[tuple[int, list[tuple[int, bytes]]]] = asyncio.Queue()
        self.said: asyncio.Queue[object] = asyncio.Queue()
        self.socket: ServerConnection | None = None
        self.came = asyncio.Event()

    async def serve(self, socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(encode(WELCOME))
        self.socket = socket
        self.came.set()
        async for data in socket:
            assert isinstance(data, bytes)
            if data[:1] == b"\x01":
                tick, sections = unpack_client_frame(data)
                self.frames.put_nowait((tick, [(kind, bytes(payload)) for kind, payload in sections]))
            else:
                self.said.put_nowait(decode_client.decode(data))

    async def said_of(self, kind: type) -> object:
        while not isinstance(message := await self.said.get(), kind):
            pass
        return message

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not holds():  # noqa: ASYNC110 -- what is waited for is in another task
                await asyncio.sleep(0.002)

    def voice_frame(self, *more: bytes, tick: int = 5) -> bytes:
        return pack_server_frame(tick, 6, [pack_section(Section.VOICE, BUNDLE), *more])

    async def send(self, data: bytes) -> None:
        assert self.socket is not None
        await self.socket.send(data)


async def catalogue(_blob: Blob) -> bytes:
    return CATALOGUE


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    async with serve(made.serve, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
        port = server.sockets[0].getsockname()[1]
        made.talk = Conversation(
            parse_address(f"ws://127.0.0.1:{port}/"),
            Hello(SUBPROTOCOL, "Ada"),
            emit=made.events.append,
            fetch=catalogue,
            patience=QUICK,
            on_voice=lambda bundle, at_ns: made.heard.append((bundle, at_ns)),
        )
        running = asyncio.create_task(made.talk.run())
        await made.until(lambda: made.talk.voice.way == "websocket")
        try:
            yield made
        finally:
            made.talk.close()
            await running


async def test_a_packet_leaves_at_once_in_a_frame_of_its_own_and_names_the_last_tick(stage: Stage) -> None:
    await stage.send(pack_server_frame(9, 1, []))
    await stage.until(lambda: any(isinstance(event, Tick) for event in stage.events))
    stage.talk.send_voice(PACKET)
    stage.talk.send_voice(PACKET)
    for _turn in range(2):
        assert await stage.frames.get() == (9, [(Section.VOICE, PACKET)])


async def test_a_bundle_goes_past_the_events_and_is_no_tick(stage: Stage) -> None:
    before_ns = time.monotonic_ns()
    await stage.send(stage.voice_frame())
    await stage.until(lambda: stage.heard)
    ((bundle, at_ns),) = stage.heard
    assert bundle == BUNDLE
    assert before_ns <= at_ns <= time.monotonic_ns()
    assert not any(isinstance(event, Tick) for event in stage.events)


async def test_a_bundle_beside_other_sections_is_heard_and_the_tick_counts(stage: Stage) -> None:
    await stage.send(stage.voice_frame(pack_section(Section.MESSAGES, encode(VoiceRules(True)))))
    await stage.until(lambda: any(isinstance(event, Tick) for event in stage.events))
    assert len(stage.heard) == 1
    assert Heard(VoiceRules(True)) in stage.events


async def test_how_one_speaks_is_said_again_after_a_reconnection(stage: Stage) -> None:
    stage.talk.send(Voice(ears=True))
    stage.talk.send(Voice(ears=True, deaf=True))
    assert await stage.said_of(Voice) == Voice(ears=True)
    assert await stage.said_of(Voice) == Voice(ears=True, deaf=True)
    assert stage.socket is not None
    stage.socket.transport.abort()
    assert await stage.said_of(Voice) == Voice(ears=True, deaf=True)
    await stage.until(lambda: stage.talk.voice.way == "websocket")


@pytest.mark.parametrize("way", ["websocket", "datagrams"])
async def test_no_word_overtakes_for_whom_it_is_meant_whatever_else_waits_to_be_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    whisper, much = Voice(reach="group", group="we"), 2 * round(SAY_AT_ONCE)
    by_datagram: list[bytes] = []
    monkeypatch.setattr(stage.talk.voice, "way", way)
    monkeypatch.setattr(stage.talk.voice, "_line", Mock(send=lambda _kind, data: by_datagram.append(data)))
    for number in range(much):
        stage.talk.send(Select(f"thing {number}"))
    stage.talk.send(whisper)
    stage.talk.send_voice(PACKET)
    assert (await stage.frames.get())[1] == [(Section.VOICE, PACKET)]
    said = [stage.said.get_nowait() for _turn in range(stage.said.qsize())]
    assert whisper in said
    assert len(said) <= much
    assert by_datagram == []


async def test_what_is_said_without_a_connection_is_lost(stage: Stage) -> None:
    assert stage.socket is not None
    stage.socket.transport.abort()
    await stage.until(lambda: stage.talk.voice.way == "none")
    stage.talk.send_voice(PACKET)
    await stage.until(lambda: stage.talk.voice.way == "websocket")
    later = pack_packet(Packet(100, 8, 0, 30, b"later"))
    stage.talk.send_voice(later)
    assert (await stage.frames.get())[1] == [(Section.VOICE, later)]


async def test_a_server_that_sends_what_is_no_bundle_is_left_with_a_sentence(stage: Stage) -> None:
    await stage.send(pack_server_frame(5, 6, [pack_section(Section.VOICE, BUNDLE[:-1])]))
    await stage.until(lambda: any(isinstance(event, LinkChanged) and event.text for event in stage.events))
    texts = [event.text for event in stage.events if isinstance(event, LinkChanged) and event.text]
    assert "voice packet" in texts[0]
    assert stage.heard == []


async def test_what_no_server_would_take_is_not_sent(stage: Stage) -> None:
    with pytest.raises(ProtocolError, match="a voice packet has"):
        stage.talk.send_voice(bytes(PACKET_MAX + 1))


async def test_keys_that_are_none_end_the_connection_with_a_sentence(stage: Stage) -> None:
    assert await stage.said_of(AskMedia) == AskMedia()
    await stage.send(encode(Media(5, 9, b"short", bytes(16))))
    await stage.until(lambda: any(isinstance(event, LinkChanged) and event.text for event in stage.events))
    texts = [event.text for event in stage.events if isinstance(event, LinkChanged) and event.text]
    assert texts[0] == "a key for voice has 16 bytes, 5 came"


async def test_keys_that_were_not_asked_for_change_nothing(stage: Stage) -> None:
    assert await stage.said_of(AskMedia) == AskMedia()
    for _turn in range(100):
        await stage.send(encode(Media(text="no")))
    await stage.until(lambda: stage.talk.voice.network.text == "no")
    assert stage.talk.voice._keys.qsize() <= 1


async def test_who_neither_listens_nor_speaks_asks_for_no_keys_before_the_first_word(stage: Stage) -> None:
    silent = VoicePath(None, say=lambda message: said.append(message))
    said: list[object] = []
    probing = asyncio.create_task(silent.probe("127.0.0.1"))
    await asyncio.sleep(0)
    assert said == []
    silent.send(PACKET)
    await stage.until(lambda: said)
    assert said == [AskMedia()]
    probing.cancel()
