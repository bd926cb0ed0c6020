"""A file is collected, hashed, offered and uploaded; every way in which that ends is said."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from walkdown.errors import Missing
from walkdown.messages import ModelTask, OfferModel, UploadTicket
from walkdown_client import sending
from walkdown_client.address import Address, parse_address
from walkdown_client.sending import Outgoing, Sending
from walkdown_client.uploads import put_file

NOWHERE = parse_address("ws://127.0.0.1:9")


class Desk:
    """The owner of a sending, who may answer its offer."""

    def __init__(self, path: Path, *, model: str = "", address: Address = NOWHERE) -> None:
        self.offers: list[OfferModel] = []
        self.offered = threading.Event()
        self.sending = Sending(address, Outgoing(path, model), offer=self.take)

    def take(self, offer: OfferModel) -> None:
        self.offers.append(offer)
        self.offered.set()

    def answer(self, message: UploadTicket | ModelTask) -> None:
        assert self.offered.wait(10)
        self.sending.hear(message)

    def end(self) -> tuple[str, str]:
        self.sending._thread.join(10)
        return self.sending.phase, self.sending.text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "part.stl"
    made.write_text("solid x", encoding="utf-8")
    return made


def test_the_offer_says_what_the_file_is(path: Path) -> None:
    desk = Desk(path, model="m1")
    desk.answer(UploadTicket("another", "/upload/1"))
    desk.answer(UploadTicket("m1", None))
    assert desk.end() == ("sent", ""), "the server has these bytes already"
    (offer,) = desk.offers
    assert (offer.model, offer.file, offer.size, offer.main) == ("m1", "part.stl", 7, "")
    assert offer.sha256 == hashlib.sha256(b"solid x").hexdigest()


def test_a_refusal_is_the_servers_sentence(path: Path) -> None:
    desk = Desk(path)
    desk.offered.wait(10)
    desk.answer(ModelTask(desk.sending.model, "part.stl", 1, "failed", text="The disk is full."))
    assert desk.end() == ("failed", "The disk is full.")


def test_a_server_that_does_not_answer_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TICKET_SECS", 0.01)
    phase, text = Desk(path).end()
    assert phase == "failed"
    assert text == "ws://127.0.0.1:9/ does not answer the offer of part.stl"


def test_a_file_that_is_gone_is_named(path: Path) -> None:
    path.unlink()
    phase, text = Desk(path).end()
    assert phase == "failed"
    assert "there is none at" in text


def test_what_is_not_wanted_any_more_ends_without_a_word(path: Path) -> None:
    desk = Desk(path)
    assert desk.offered.wait(10)
    desk.sending.cancel()
    assert desk.end() == ("cancelled", "")


@pytest.fixture
def listener() -> Iterator[Callable[[bytes], Address]]:
    """Returns a function that starts a server which reads a little, says something and hangs up."""
    sockets: list[socket.socket] = []

    def start(answer: bytes) -> Address:
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)

        def serve() -> None:
            connection, _peer = server.accept()
            with connection:
                connection.recv(200)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return parse_address(f"ws://127.0.0.1:{server.getsockname()[1]}")

    yield start
    for server in sockets:
        server.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    made = tmp_path / "large.stl"
    made.write_bytes(b"\0" * (4 << 20))
    return made


def test_an_upload_whose_line_breaks_is_missing(listener: Callable[[bytes], Address], large: Path) -> None:
    with pytest.raises(Missing, match=r"large\.stl did not reach"):
        put_file(listener(b""), "/upload/1", large, cancel=threading.Event())


def test_nobody_there_is_missing(large: Path) -> None:
    with pytest.raises(Missing, match=r"large\.stl did not reach"):
        put_file(NOWHERE, "/upload/1", large, cancel=threading.Event())
