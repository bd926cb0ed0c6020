"""A file of a review is hashed, offered and sent, and goes on after what breaks; every end is a sentence."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import zstandard

from walkdown.errors import BadInput, PackageError
from walkdown.messages import Blob, CancelFile, FileTask, MergeTopics, OfferFile
from walkdown.review import MergePlan, PlannedTopic
from walkdown_client import file_sending
from walkdown_client.address import Address, parse_address
from walkdown_client.file_sending import FileSending, Offering, Said, decode_plan

NOWHERE = parse_address("ws://127.0.0.1:9")
PLAN = MergePlan("hall.bcf", "BCF 3.0", (PlannedTopic("t", "Valve", "new"),))


class Desk:
    """The owner of a sending, who hears what it says and answers."""

    def __init__(self, source: Path | bytes, *, address: Address = NOWHERE, topics: bool = False) -> None:
        self.said: list[Said] = []
        self._heard = threading.Condition()
        offering = Offering(
            source, "" if isinstance(source, Path) else "x", "topics" if topics else "attachment"
        )
        self.sending = FileSending(address, offering, say=self.take, on_change=self._wake)

    def take(self, message: Said) -> None:
        with self._heard:
            self.said.append(message)
            self._heard.notify_all()

    def _wake(self) -> None:
        with self._heard:
            self._heard.notify_all()

    def until(self, holds: Callable[[], object]) -> None:
        with self._heard:
            assert self._heard.wait_for(holds, 10)

    def offers(self, count: int = 1) -> OfferFile:
        self.until(lambda: len([m for m in self.said if isinstance(m, OfferFile)]) >= count)
        return [m for m in self.said if isinstance(m, OfferFile)][count - 1]

    def answer(self, phase: str, **fields: object) -> None:
        self.offers()
        self.sending.hear(FileTask(self.sending.file, phase, **fields))  # type: ignore[arg-type]

    def end(self) -> tuple[str, str]:
        self.sending._thread.join(10)
        return self.sending.phase, self.sending.text


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    made = tmp_path / "photo.png"
    made.write_bytes(b"\x89PNG\r\n\x1a\nrest")
    return made


@pytest.fixture
def server() -> Iterator[Callable[..., Address]]:
    """Returns a function that starts a server which answers one upload after the other."""
    sockets: list[socket.socket] = []

    def start(*answers: bytes) -> Address:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve() -> None:
            for answer in answers:
                connection, _peer = listening.accept()
                with connection:
                    received = b""
                    while answer and b"\r\n\r\n" not in received:
                        received += connection.recv(4096)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return parse_address(f"ws://127.0.0.1:{listening.getsockname()[1]}")

    yield start
    for each in sockets:
        each.close()


CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
NO_TICKET = b"HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\nNo such ticket"[:-1]


def test_the_offer_says_what_the_file_is_and_what_is_kept_can_be_referred_to(photo: Path) -> None:
    desk = Desk(photo)
    offer = desk.offers()
    assert (offer.name, offer.size, offer.purpose) == ("photo.png", 12, "attachment")
    assert offer.sha256 == hashlib.sha256(photo.read_bytes()).hexdigest()
    desk.answer("done", blob=Blob(offer.sha256, 12))
    assert desk.end() == ("done", "")
    attached = desk.sending.attached
    assert attached is not None
    assert (attached.name, attached.sha256, attached.size, attached.media) == (
        "photo.png",
        offer.sha256,
        12,
        "image/png",
    )


def test_bytes_are_sent_under_a_name_that_every_server_takes(server: Callable[..., Address]) -> None:
    desk = Desk(b"plain words", address=server(CREATED))
    assert Offering(b"x", "a/b\\c\n.txt").called == "a_b_c_.txt"
    desk.answer("upload", path="/upload/1")
    desk.until(lambda: desk.sending.phase == "read")
    desk.answer("done")
    assert desk.end()[0] == "done"


def test_a_refusal_is_the_servers_sentence(photo: Path) -> None:
    desk = Desk(photo)
    desk.answer("failed", text="The picture has 41.0 million pixels.")
    assert desk.end() == ("failed", "The picture has 41.0 million pixels.")


def test_a_server_that_does_not_answer_is_named(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_sending, "ANSWER_SECS", 0.01)
    assert Desk(photo).end() == ("failed", "ws://127.0.0.1:9/ does not answer the offer of photo.png")


@pytest.mark.parametrize("source", [b"", Path("/nowhere/photo.png")])
def test_what_is_not_there_is_said(source: Path | bytes) -> None:
    phase, text = Desk(source).end()
    assert phase == "failed"
    assert "is empty" in text or "No such file" in text


def test_what_is_not_wanted_ends_and_the_server_is_told(photo: Path) -> None:
    desk = Desk(photo)
    desk.offers()
    desk.sending.cancel()
    assert desk.end() == ("cancelled", "")
    assert desk.said[-1] == CancelFile(desk.sending.file)


@pytest.mark.parametrize("broken", [b"", NO_TICKET])
def test_an_upload_that_breaks_off_is_offered_again(
    photo: Path, server: Callable[..., Address], broken: bytes
) -> None:
    desk = Desk(photo, address=server(broken, CREATED))
    desk.answer("upload", path="/upload/1")
    if not broken:
        desk.answer("failed", text="The upload broke off after 0 of 12 bytes; send it again.")
    desk.offers(2)
    desk.answer("upload", path="/upload/2")
    desk.answer("done")
    assert desk.end() == ("done", "")


def test_topics_wait_for_somebody_to_look_at_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileSending, "_fetch_plan", lambda self, blob: PLAN)
    desk = Desk(b"PK", topics=True)
    desk.answer("merge", plan=Blob("0" * 64, 10))
    desk.until(lambda: desk.sending.phase == "merge")
    assert desk.sending.plan == PLAN
    assert not desk.sending.merging
    with pytest.raises(BadInput, match="at most 1500 topics can be left out, not 1501"):
        desk.sending.merge(["t"] * 1501)
    desk.sending.merge(["t"])
    assert desk.said[-1] == MergeTopics(desk.sending.file, ("t",))
    desk.answer("merge", part=0.5)
    desk.until(lambda: desk.sending.part == 0.5)
    desk.answer("done", text="1 new, 0 changed, 0 the same.")
    assert desk.end() == ("done", "1 new, 0 changed, 0 the same.")


def test_a_server_that_was_started_again_in_the_middle_of_merging_is_told_all_again(
    monkeypatch: pytest.MonkeyPatch, server: Callable[..., Address]
) -> None:
    monkeypatch.setattr(FileSending, "_fetch_plan", lambda self, blob: PLAN)
    desk = Desk(b"PK", topics=True, address=server(CREATED))
    desk.answer("merge", plan=Blob("0" * 64, 10))
    desk.until(lambda: desk.sending.phase == "merge")
    desk.sending.merge(["t"])
    desk.sending.rejoined()
    desk.offers(2)
    desk.answer("upload", path="/upload/1")
    desk.until(lambda: desk.sending.phase == "read")
    desk.answer("merge", plan=Blob("1" * 64, 10))
    merged = MergeTopics(desk.sending.file, ("t",))
    desk.until(lambda: desk.said.count(merged) == 2)
    desk.answer("done", text="ok")
    assert desk.end()[0] == "done"


def test_a_plan_is_read_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_sending, "PLAN_SIZE_MAX", 1000)
    packed = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(PLAN))
    assert decode_plan(packed) == PLAN
    bomb = zstandard.ZstdCompressor().compress(bytes(10_000))
    for data in (b"", packed[:-1], bomb, zstandard.ZstdCompressor().compress(b"\x91" * 100)):
        with pytest.raises(PackageError, match="the server's plan cannot be read"):
            decode_plan(data)
