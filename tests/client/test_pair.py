"""A short code leads to its server, and to nobody else."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from tests.client.certificates import Certified, certified
from walkdown.door import new_secret
from walkdown.errors import BadInput, Missing, Refused
from walkdown.pairing import Ask, Here, Offers, Pass, answer, new_code, nonce_of
from walkdown_client.pair import Found, address_for_code, discover_servers


@dataclass
class Codes:
    """A server that answers ``POST /pair`` for its open codes, or with a status alone."""

    certificate: Certified
    open: list[str] = field(default_factory=list)
    status: int = 200
    said: bytes = b""
    invite: str = field(default_factory=new_secret)
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def found(self) -> Found:
        return Found("127.0.0.1", self.port, self.certificate.fingerprint)

    def reply(self, body: bytes) -> bytes:
        """Return the body of the answer."""
        if self.said:
            return self.said
        granted = Pass(self.invite, self.certificate.fingerprint, "Hall 2")
        ask = msgspec.msgpack.decode(body, type=Ask)
        return msgspec.msgpack.encode(Offers(tuple(answer(code, ask, granted) for code in self.open)))


@contextlib.contextmanager
def answering(codes: Codes) -> Iterator[Codes]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/pair"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            codes.asked.append(body)
            data = codes.reply(body)
            self.send_response(codes.status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Who hangs up is no news."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = codes.certificate.context.wrap_socket(server.socket, server_side=True)
        codes.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield codes
        finally:
            server.shutdown()
            thread.join()


def test_a_code_gives_the_address_that_a_link_would_give(tmp_path: Path) -> None:
    code = new_code()
    with answering(Codes(certified(tmp_path), [new_code(), code])) as codes:
        address = address_for_code(code.lower(), discover=lambda: iter([codes.found]))
    assert (address.host, address.port, address.session) == ("127.0.0.1", codes.port, "Hall 2")
    assert (address.invite, address.fingerprint) == (codes.invite, codes.certificate.fingerprint)
    assert address.pinned
    assert address.secure
    assert code.encode() not in codes.asked[0], "the code itself is never said"


def test_servers_that_do_not_know_the_code_are_passed_over(tmp_path: Path) -> None:
    code = new_code()
    with answering(Codes(certified(tmp_path, "one"), [new_code()])) as one:
        with answering(Codes(certified(tmp_path, "two"), [code])) as two:
            address = address_for_code(code, discover=lambda: iter([one.found, two.found]))
    assert address.port == two.port


def test_a_code_that_nobody_knows_is_said_to_be_mistyped_or_over(tmp_path: Path) -> None:
    with answering(Codes(certified(tmp_path), [new_code()])) as codes:
        with pytest.raises(Refused, match="mistyped, used up or over"):
            address_for_code(new_code(), discover=lambda: iter([codes.found]))


def test_where_nobody_has_a_code_one_is_told_what_to_look_at() -> None:
    with pytest.raises(Missing, match="same network"):
        address_for_code(new_code(), discover=lambda: iter(()))


def test_what_is_no_code_is_not_asked_for() -> None:
    def never() -> Iterator[Found]:
        raise AssertionError("the network was asked")

    with pytest.raises(BadInput, match="ABCD-EFGH"):
        address_for_code("ABCD", discover=never)


def test_another_certificate_than_was_announced_is_not_asked(tmp_path: Path) -> None:
    code = new_code()
    with answering(Codes(certified(tmp_path), [code])) as codes:
        found = Found("127.0.0.1", codes.port, bytes(32))
        with pytest.raises(Refused, match="another server answers"):
            address_for_code(code, discover=lambda: iter([found]))
    assert codes.asked == []


def test_who_stands_between_and_announces_their_own_certificate_learns_nothing(tmp_path: Path) -> None:
    code = new_code()
    real, liar = certified(tmp_path, "real"), certified(tmp_path, "liar")

    class Between(Codes):
        def reply(self, body: bytes) -> bytes:
            granted = Pass(self.invite, real.fingerprint, "Hall 2")
            ask = msgspec.msgpack.decode(body, type=Ask)
            return msgspec.msgpack.encode(Offers((answer(code, ask, granted),)))

    with answering(Between(liar, [code])) as between:
        with pytest.raises(Refused):
            address_for_code(code, discover=lambda: iter([between.found]))


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (429, b"Too many tries; wait a minute.", "Too many tries"),
        (404, b"", "takes no codes"),
        (200, b"\xc1", "cannot be read"),
    ],
)
def test_what_the_server_says_instead_reaches_the_reader(
    tmp_path: Path, status: int, said: bytes, told: str
) -> None:
    with answering(Codes(certified(tmp_path), [], status, said or b" ")) as codes:
        with pytest.raises(Refused, match=told):
            address_for_code(new_code(), discover=lambda: iter([codes.found]))


def test_a_server_that_has_gone_is_said_not_to_answer(tmp_path: Path) -> None:
    with answering(Codes(certified(tmp_path))) as codes:
        found = codes.found
    with pytest.raises(Missing, match="does not answer"):
        address_for_code(new_code(), discover=lambda: iter([found]))


# ---- asking the network ---------------------------------------------------------------------------------


@contextlib.contextmanager
def responding(*answers: bytes | None) -> Iterator[int]:
    """Answer a question on loopback with these datagrams, None for a proper answer; yields the UDP port."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    line.settimeout(10)

    def respond() -> None:
        question, where = line.recvfrom(512)
        nonce = nonce_of(question)
        assert nonce is not None
        for data in answers:
            line.sendto(data or msgspec.msgpack.encode(Here(nonce, 9000, bytes(32))), where)

    thread = threading.Thread(target=respond)
    thread.start()
    try:
        yield line.getsockname()[1]
    finally:
        thread.join()
        line.close()


def test_a_server_that_answers_is_found_once() -> None:
    with responding(None, None) as port:
        assert next(discover_servers(port=port)) == Found("127.0.0.1", 9000, bytes(32))


def test_answers_to_nobody_and_noise_are_passed_over() -> None:
    stranger = msgspec.msgpack.encode(Here(b"x" * 16, 1, bytes(32)))
    with responding(stranger, b"noise", b"", None) as port:
        assert next(discover_servers(port=port)).port == 9000


def test_nobody_answers_when_nobody_is_there(unused_udp_port: int) -> None:
    assert list(discover_servers(port=unused_udp_port, wait_secs=0.05)) == []
