"""A server is who the link says, or it does not hear a byte from us."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from websockets.asyncio.server import ServerConnection, serve

from tests.client.certificates import Certified, certified
from walkdown.door import CHALLENGE_HEADER, new_secret, what_is_signed
from walkdown.errors import Missing
from walkdown.messages import SUBPROTOCOL, Blob, Hello, Refusal, encode
from walkdown_client.address import Address
from walkdown_client.blobs import BlobClient
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.events import Event, LinkChanged
from walkdown_client.identity import Identity
from walkdown_client.pinning import WrongServer, tls_context
from walkdown_client.uploads import put_file

INVITE = new_secret()
BLOB = Blob("0" * 64, 5)
QUICK = Patience(open=2.0, first_pause=0.02, longest_pause=0.05, close=0.2)


@dataclass
class Ear:
    """A TLS server that answers nothing and remembers all that it hears."""

    port: int = 0
    heard: bytes = b""
    names: list[str | None] = field(default_factory=list)
    met: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # who hangs up at once
            while piece := await reader.read(1000):
                self.heard += piece
        writer.close()
        self.met.set()


@contextlib.asynccontextmanager
async def listening(certificate: Certified) -> AsyncIterator[Ear]:
    ear = Ear()
    certificate.context.sni_callback = lambda _socket, name, _context: ear.names.append(name)
    server = await asyncio.start_server(ear.listen, "127.0.0.1", 0, ssl=certificate.context)
    ear.port = server.sockets[0].getsockname()[1]
    async with server:
        yield ear


async def no_blob(_blob: Blob) -> bytes:
    raise Missing("nobody has it")


async def talk(address: Address, *, identity: Identity | None = None) -> list[Event]:
    """Talk until it ends and return what was told."""
    told: list[Event] = []
    hello = Hello(SUBPROTOCOL, "Ada", session=address.session)
    talking = Conversation(address, hello, emit=told.append, fetch=no_blob, patience=QUICK, identity=identity)
    async with asyncio.timeout(30):
        await talking.run()
    return told


async def first_said(address: Address) -> LinkChanged:
    """Talk until the first thing is told, and return that."""
    first: asyncio.Queue[Event] = asyncio.Queue()
    hello = Hello(SUBPROTOCOL, "Ada", session=address.session)
    talking = Conversation(address, hello, emit=first.put_nowait, fetch=no_blob, patience=QUICK)
    running = asyncio.create_task(talking.run())
    async with asyncio.timeout(30):
        said = await first.get()
    talking.close()
    await running
    assert isinstance(said, LinkChanged)
    return said


def pinned(port: int, fingerprint: bytes) -> Address:
    return Address("127.0.0.1", port, True, "Hall", True, INVITE, fingerprint)


async def test_a_server_with_another_certificate_hears_nothing_and_is_named(tmp_path: Path) -> None:
    async with listening(certified(tmp_path)) as ear:
        told = await talk(pinned(ear.port, bytes(32)))
        await ear.met.wait()
    assert ear.heard == b""
    assert isinstance(told[-1], LinkChanged)
    assert told[-1].state == "refused"
    assert "another server answers at walkdown://127.0.0.1" in told[-1].text
    assert INVITE not in told[-1].text


@pytest.mark.parametrize("what", ["blob", "upload"])
async def test_neither_does_who_fetches_or_sends_a_file(tmp_path: Path, what: str) -> None:
    file = tmp_path / "model.stl"
    file.write_bytes(b"solid secret")
    async with listening(certified(tmp_path)) as ear:
        address = pinned(ear.port, bytes(32))
        calls: dict[str, Callable[[], Any]] = {
            "blob": lambda: BlobClient(address).fetch(BLOB),
            "upload": lambda: put_file(address, "/upload/t", file, cancel=asyncio.Event()),  # type: ignore[arg-type]
        }
        with pytest.raises(WrongServer, match="another server"):
            await asyncio.to_thread(calls[what])
        await ear.met.wait()
    assert ear.heard == b""


async def test_the_server_of_the_link_hears_the_request_and_which_session_is_meant(tmp_path: Path) -> None:
    certificate = certified(tmp_path)
    async with listening(certificate) as ear:
        address = pinned(ear.port, certificate.fingerprint)

        def ask() -> None:
            connection = BlobClient(address)._connect()
            connection.request("GET", "/blob/x")
            connection.close()

        await asyncio.to_thread(ask)
        await ear.met.wait()
    assert ear.heard.startswith(b"GET /blob/x")
    assert ear.names == [address.server_name]


async def test_a_known_server_whose_fingerprint_nobody_said_is_not_spoken_to(tmp_path: Path) -> None:
    async with listening(certified(tmp_path)) as ear:
        told = await talk(pinned(ear.port, b""))
        await ear.met.wait()
    assert ear.heard == b""
    assert told == [told[-1]]


async def test_a_certificate_that_no_authority_vouches_for_is_refused_without_a_fingerprint(
    tmp_path: Path,
) -> None:
    certificate = certified(tmp_path)
    async with listening(certificate) as ear:
        told = await talk(Address("127.0.0.1", ear.port, True, "Hall", invite=INVITE))
    assert ear.heard == b""
    assert isinstance(told[-1], LinkChanged)
    assert "walkdown://" in told[-1].text
    assert told[-1].state == "refused"


async def test_older_tls_than_1_3_is_not_spoken_over_a_link(tmp_path: Path) -> None:
    certificate = certified(tmp_path)
    certificate.context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate.context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with listening(certificate) as ear:
        said = await first_said(pinned(ear.port, certificate.fingerprint))
    assert ear.heard == b""
    assert said.state == "connecting"


async def test_a_server_without_tls_hears_no_more_than_the_greeting_of_tls() -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(4096))
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        said = await first_said(pinned(server.sockets[0].getsockname()[1], bytes(32)))
    assert "without TLS 1.3" in said.text
    assert heard[0][:1] == b"\x16", "a TLS handshake record"
    assert b"Hall" not in heard[0]


# ---- what is said once the server is the right one --------------------------------------------------------


@dataclass
class Doorman:
    """A server that takes a hello and refuses it."""

    code: str
    text: str = ""
    challenge: str = "0123456789abcdef" * 2
    hellos: list[Hello] = field(default_factory=list)
    port: int = 0

    async def answer(self, socket: ServerConnection) -> None:
        data = await socket.recv()
        assert isinstance(data, bytes)
        self.hellos.append(msgspec.msgpack.decode(data, type=Hello))
        await socket.send(encode(Refusal(self.code, self.text)))


@contextlib.asynccontextmanager
async def refusing(doorman: Doorman, certificate: Certified) -> AsyncIterator[Doorman]:
    def with_challenge(_socket: ServerConnection, _request: Any, response: Any) -> None:
        response.headers[CHALLENGE_HEADER] = doorman.challenge

    async with serve(
        doorman.answer,
        "127.0.0.1",
        0,
        ssl=certificate.context,
        subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
        process_response=with_challenge,
    ) as server:
        doorman.port = next(iter(server.sockets)).getsockname()[1]
        yield doorman


async def test_the_invitation_and_the_proof_of_ones_key_go_into_the_hello_alone(tmp_path: Path) -> None:
    certificate, identity = certified(tmp_path), Identity(Ed25519PrivateKey.generate())
    async with refusing(Doorman("login"), certificate) as doorman:
        told = await talk(pinned(doorman.port, certificate.fingerprint), identity=identity)
    [hello] = doorman.hellos
    assert (hello.invite, hello.key) == (INVITE, identity.key)
    signed = what_is_signed(doorman.challenge, certificate.fingerprint)
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(hello.key)).verify(bytes.fromhex(hello.proof), signed)
    assert isinstance(told[-1], LinkChanged)
    assert "new link" in told[-1].text


@pytest.mark.parametrize("challenge", ["", "c" * 31, "c" * 33, "C" * 32, f"{'c' * 32} {'f' * 31}"])
async def test_no_key_is_proved_by_signing_whatever_a_server_wishes(tmp_path: Path, challenge: str) -> None:
    certificate, identity = certified(tmp_path), Identity(Ed25519PrivateKey.generate())
    doorman = Doorman("login")
    doorman.challenge = challenge
    async with refusing(doorman, certificate):
        await talk(pinned(doorman.port, certificate.fingerprint), identity=identity)
    [hello] = doorman.hellos
    assert (hello.key, hello.proof) == ("", "")


async def test_a_certificate_that_the_system_trusts_needs_no_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "walkdown.pem"))
    tls_context.cache_clear()
    async with refusing(Doorman("login"), certificate) as doorman:
        await talk(Address("localhost", doorman.port, True, "Hall", invite=INVITE))
        by_number = await talk(Address("127.0.0.1", doorman.port, True, "Hall", invite=INVITE))
    tls_context.cache_clear()
    assert [hello.invite for hello in doorman.hellos] == [INVITE], "the name has to be that of the server"
    assert isinstance(by_number[-1], LinkChanged)
    assert "nobody vouches" in by_number[-1].text


async def test_a_bot_has_no_key_and_shows_none(tmp_path: Path) -> None:
    certificate = certified(tmp_path)
    async with refusing(Doorman("login"), certificate) as doorman:
        await talk(pinned(doorman.port, certificate.fingerprint))
    assert (doorman.hellos[0].key, doorman.hellos[0].proof) == ("", "")


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("login", "It has expired.", "for a new link. It has expired."),
        ("kicked", "Ada has shown you the door: too loud", "any more. Ada has shown you the door: too loud"),
        ("kicked", "", "You are not in this session any more."),
        ("replaced", "again", "another window"),
        ("full", "300 people are here", "300 people are here"),
    ],
)
async def test_a_final_refusal_ends_the_talk_with_a_sentence(
    tmp_path: Path, code: str, text: str, said: str
) -> None:
    certificate = certified(tmp_path)
    async with refusing(Doorman(code, text), certificate) as doorman:
        told = await talk(pinned(doorman.port, certificate.fingerprint))
    assert len(doorman.hellos) == 1
    assert isinstance(told[-1], LinkChanged)
    assert told[-1].state == "refused"
    assert said in told[-1].text


async def test_a_server_that_was_asked_too_often_is_left_alone_for_a_while(tmp_path: Path) -> None:
    certificate = certified(tmp_path)
    async with refusing(Doorman("rate", "slow down"), certificate) as doorman:
        said = await first_said(pinned(doorman.port, certificate.fingerprint))
    assert said.state == "connecting"
    assert "too often" in said.text
    assert len(doorman.hellos) == 1


async def test_nobody_who_is_refused_is_told_with_the_secret_of_the_link(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    certificate = certified(tmp_path)
    async with refusing(Doorman("login"), certificate) as doorman:
        told = await talk(pinned(doorman.port, certificate.fingerprint))
    assert INVITE not in str(told)
    assert INVITE.encode().hex(" ")[:30] not in caplog.text
    assert INVITE not in caplog.text.replace(str(doorman.hellos), "")
