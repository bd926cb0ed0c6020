"""The fast path says the same as the library, however the bytes are cut."""

from __future__ import annotations

import base64
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from walkdown.errors import ProtocolError
from walkdown_server.websocket import WebSocket, encode_binary


def opened(*, fast: bool = True, limit: int = 1 << 16) -> WebSocket:
    protocol = ServerProtocol(max_size=1 << 16)
    key = base64.b64encode(bytes(16)).decode()
    protocol.receive_data(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    (request,) = protocol.events_received()
    assert isinstance(request, Request)
    protocol.send_response(protocol.accept(request))
    protocol.data_to_send()
    return WebSocket(protocol, limit=limit, fast=fast)


def frame(data: bytes, opcode: Opcode = Opcode.BINARY, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=mask)


def outcome(websocket: WebSocket, pieces: list[bytes]) -> tuple[list[bytes], str, bytes, bool, bool]:
    """All that can be seen from outside until these pieces have come or one was wrong."""
    messages: list[bytes] = []
    error = ""
    for piece in pieces:
        try:
            messages.extend(websocket.receive(piece))
        except ProtocolError as problem:
            error = str(problem)
            break
    return messages, error, websocket.outgoing()[0], websocket.open, websocket.closed_normally


def random_stream(chance: random.Random) -> bytes:
    """Frames as a client may send them: small, large, in fragments with pings between, now and then wrong."""
    parts: list[bytes] = []
    for _ in range(chance.randint(1, 12)):
        size = chance.choice((0, 1, 31, 125, 126, 127, 300))
        data = chance.randbytes(size)
        match chance.randrange(12):
            case 0:
                parts.append(frame(data[:100], Opcode.PING))
            case 1:
                parts.append(frame(data, fin=False) + frame(b"p", Opcode.PING))
                parts.append(frame(data, Opcode.CONT, fin=False) + frame(b"end", Opcode.CONT))
            case 2:
                parts.append(frame(data[:100], Opcode.PONG))
            case 3 if chance.random() < 0.2:
                parts.append(frame((1000).to_bytes(2, "big") + b"bye", Opcode.CLOSE))
            case 4 if chance.random() < 0.2:
                parts.append(
                    chance.choice(
                        (frame(b"text", Opcode.TEXT), frame(data, mask=False), b"\xf2\x80" + bytes(4))
                    )
                )
            case 5 if chance.random() < 0.2:
                parts.append(frame(data, fin=False) + frame(b"not a continuation"))
            case _:
                parts.append(frame(data))
    return b"".join(parts)


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    places = sorted(chance.sample(range(len(data) + 1), min(len(data), chance.randint(0, 8))))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def test_the_fast_path_equals_the_slow_path() -> None:
    chance = random.Random(11)
    for _ in range(400):
        stream = random_stream(chance)
        whole = outcome(opened(fast=False), [stream])
        assert outcome(opened(), [stream]) == whole
        assert outcome(opened(), cut(stream, chance)) == whole
        assert outcome(opened(fast=False), cut(stream, chance)) == whole


sizes = st.sampled_from((0, 1, 22, 31, 124, 125, 126, 127, 300, 1000))
payloads = st.builds(lambda size, byte: bytes((byte,)) * size, sizes, st.integers(0, 255))
controls = st.builds(
    frame, st.binary(max_size=125), st.sampled_from((Opcode.PING, Opcode.PONG)), mask=st.just(True)
)
farewells = st.builds(
    lambda code, reason: frame(code.to_bytes(2, "big") + reason, Opcode.CLOSE),
    st.sampled_from((1000, 1001, 1002, 999, 3000)),
    st.binary(max_size=20),
)
odd = st.one_of(
    payloads.map(lambda data: frame(data, Opcode.TEXT)),
    payloads.map(lambda data: frame(data, mask=False)),
    payloads.map(lambda data: frame(data, Opcode.CONT)),
    st.builds(lambda first, data: bytes((first,)) + frame(data)[1:], st.integers(0, 255), payloads),
    st.binary(max_size=30),
    st.just(frame(b"", Opcode.CLOSE)),
)


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    """One message in fragments, with control frames between them."""
    parts = draw(st.lists(payloads, min_size=2, max_size=4))
    kinds = [Opcode.BINARY] + [Opcode.CONT] * (len(parts) - 1)
    sent = [
        frame(part, kind, fin=place == len(parts) - 1)
        for place, (part, kind) in enumerate(zip(parts, kinds, strict=True))
    ]
    return b"".join(one + draw(st.one_of(st.just(b""), controls)) for one in sent)


frames = st.one_of(payloads.map(frame), payloads.map(frame), fragmented(), controls, farewells, odd)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), parts=st.lists(frames, max_size=8), limit=st.sampled_from((100, 300, 1 << 16)))
def test_whatever_comes_and_however_it_is_cut_both_paths_see_the_same(
    data: st.DataObject, parts: list[bytes], limit: int
) -> None:
    stream = b"".join(parts)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]
    slow = outcome(opened(fast=False, limit=limit), [stream])
    for fast in (True, False):
        for cuts in ([stream], pieces, parts):
            assert outcome(opened(fast=fast, limit=limit), cuts) == slow


def test_a_short_stream_may_be_cut_at_every_byte() -> None:
    stream = frame(b"one") + frame(b"two" * 50) + frame(b"", Opcode.PING) + frame(b"three")
    for at in range(len(stream) + 1):
        messages, error, sent, is_open, _left = outcome(opened(), [stream[:at], stream[at:]])
        assert messages == [b"one", b"two" * 50, b"three"]
        assert (error, sent, is_open) == ("", Frame(Opcode.PONG, b"").serialize(mask=False), True)
    assert outcome(opened(), [bytes((byte,)) for byte in stream])[0] == [b"one", b"two" * 50, b"three"]


def test_payload_that_looks_like_frames_is_not_taken_for_them() -> None:
    inner = frame(b"injected")
    stream = frame(inner * 40)
    for at in range(1, len(stream), 7):
        assert outcome(opened(), [stream[:at], stream[at:]])[0] == [inner * 40]


@pytest.mark.parametrize("announced", [101, 126, 70_000, 1 << 40, (1 << 63) - 1])
def test_a_message_that_is_too_long_is_refused_before_it_is_there(announced: int) -> None:
    websocket = opened(limit=100)
    length = bytes((0x80 | announced,)) if announced < 126 else b"\xff" + announced.to_bytes(8, "big")
    with pytest.raises(ProtocolError, match="at most 100 bytes"):
        list(websocket.receive(b"\x82" + length))


def test_fragments_together_may_not_be_too_long_either() -> None:
    websocket = opened(limit=100)
    assert list(websocket.receive(frame(bytes(60), fin=False))) == []
    with pytest.raises(ProtocolError, match="at most 100 bytes"):
        list(websocket.receive(frame(bytes(60), Opcode.CONT)))


@pytest.mark.parametrize(
    "data",
    [
        frame(b"text", Opcode.TEXT),
        frame(b"not masked", mask=False),
        b"\xc2\x80" + bytes(4),
        b"\x83\x80" + bytes(4),
        frame(b"no beginning", Opcode.CONT),
        b"\x89\xfe\x00\x7e" + bytes(130),
    ],
    ids=["text", "unmasked", "reserved bit", "unknown opcode", "stray continuation", "long ping"],
)
def test_what_is_no_binary_message_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(opened().receive(data))


def test_a_farewell_is_answered_and_known_as_one() -> None:
    websocket = opened()
    assert not websocket.closed_normally
    list(websocket.receive(frame((1000).to_bytes(2, "big"), Opcode.CLOSE)))
    assert websocket.closed_normally
    data, ended = websocket.outgoing()
    assert (data[:2], ended) == (b"\x88\x02", True)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_our_frames_are_what_the_library_would_send(size: int) -> None:
    payload = os.urandom(size)
    assert encode_binary(payload) == Frame(Opcode.BINARY, payload).serialize(mask=False)
