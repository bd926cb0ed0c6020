"""Which session the first bytes of a connection want: of requests, of TLS, and of anything else."""

from __future__ import annotations

import random
import ssl

import pytest

from walkdown.listing import server_name
from walkdown_server.processes.greeting import (
    GREETING_SIZE,
    NoGreeting,
    name_in_client_hello,
    session_in_head,
)


def client_hello(name: str | None) -> bytes:
    """What Python's TLS sends first."""
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    talk = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        talk.do_handshake()
    return outgoing.read()


def in_records(data: bytes, size: int) -> bytes:
    """The same handshake message in TLS records of at most ``size`` bytes."""
    body = data[5:]
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(data[:3] + len(part).to_bytes(2, "big") + part for part in parts)


@pytest.mark.parametrize(
    ("line", "session"),
    [
        ("GET / HTTP/1.1", ""),
        ("GET /Hall%203 HTTP/1.1", "Hall 3"),
        ("GET /Hof%2FS%C3%BCd/ HTTP/1.1", "Hof/Süd"),
        ("GET /Hall%203?x=/other HTTP/1.1", "Hall 3"),
        (f"GET /Hall%203/blob/{'a' * 64} HTTP/1.1", "Hall 3"),
        (f"GET /blob/{'a' * 64} HTTP/1.1", ""),
        (f"GET /blob/blob/{'a' * 64} HTTP/1.1", "blob"),
        (f"PUT /Hall%203/upload/{'A' * 20} HTTP/1.1", "Hall 3"),
        (f"PUT /upload/{'A' * 20} HTTP/1.1", ""),
        ("POST /Hall%203/invite HTTP/1.1", "Hall 3"),
        ("GET /sessions HTTP/1.1", "sessions"),
        ("hello", ""),
        ("GET  / HTTP/1.1", ""),
        ("GET /x HTTP/2", ""),
    ],
)
def test_a_request_names_its_session_in_its_path(line: str, session: str) -> None:
    assert session_in_head(f"{line}\r\nHost: x\r\n\r\nmore".encode()) == session


def test_an_unfinished_head_is_waited_for_until_it_is_too_long() -> None:
    head = b"GET /hall HTTP/1.1\r\nHost: x\r\n\r\n"
    assert {session_in_head(head[:size]) for size in range(1, len(head))} == {None}
    assert session_in_head(b"GET /hall HTTP/1.1\r\nX: " + b"y" * GREETING_SIZE) == "hall"


def test_tls_on_a_plain_port_is_not_waited_for() -> None:
    assert session_in_head(client_hello("example.org")[:20]) == ""


@pytest.mark.parametrize("name", ["example.org", server_name("Hall 3"), server_name("")])
def test_the_name_in_a_client_hello_is_found_in_records_of_any_size(name: str) -> None:
    hello = client_hello(name)
    assert name_in_client_hello(hello) == name
    for size in (40, 57, 100, 400):
        assert name_in_client_hello(in_records(hello, size)) == name


def test_a_client_hello_may_name_nothing() -> None:
    assert name_in_client_hello(client_hello(None)) == ""


def test_a_client_hello_that_is_not_whole_is_waited_for() -> None:
    hello = client_hello("example.org")
    assert {name_in_client_hello(hello[:size]) for size in range(1, len(hello))} == {None}


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x02\x00\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00",
        b"\x16\x03\x01\x40\x01\x01",
        b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\x00",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    ],
)
def test_what_is_no_client_hello_is_told_at_once(data: bytes) -> None:
    with pytest.raises(NoGreeting):
        name_in_client_hello(data)


def test_no_bytes_do_anything_but_name_wait_or_refuse() -> None:
    chance, hello = random.Random(1), client_hello("example.org")
    outcomes = set()
    for _ in range(20_000):
        data = bytearray(hello)
        for _change in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = bytes(data[: chance.randint(1, len(data))]) if chance.random() < 0.3 else bytes(data)
        try:
            name = name_in_client_hello(cut)
        except NoGreeting:
            outcomes.add("refused")
        else:
            outcomes.add("waits" if name is None else "named")
            assert name is None or name.isascii()
        assert session_in_head(cut) in (None, "")
    assert outcomes == {"refused", "waits", "named"}
