"""The encrypted port: what it shows, what it carries, and certificates of one's own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import ssl
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidMessage, InvalidStatus

from tests.ports import free_port
from tests.server.bringing import glb_of, offer_of, ticket_for
from tests.server.conftest import House, join, open_house, open_socket, write_package_to
from tests.server.doors import Link, at_the_door, blind_tls, come_in, invitation, link_of
from tests.server.test_http import Answer, hash_of, read_answer
from tests.server.test_refusals import HELLO, refusal_of
from walkdown.errors import Missing, SettingsError
from walkdown.messages import SUBPROTOCOL, Hello, Invite, PutNote, encode
from walkdown.settings import ServerSettings
from walkdown_server.app import running_server
from walkdown_server.door.addresses import in_url, own_addresses
from walkdown_server.door.certificates import CERTIFICATE_FILE, KEY_FILE, Certificate, certificate_of
from walkdown_server.door.codes import Codes
from walkdown_server.door.gate import OpenGate, bound
from walkdown_server.door.limits import (
    ADDRESSES_MAX,
    CONNECTIONS_BURST,
    CONNECTIONS_PER_SEC,
    Limits,
    counted_as,
)
from walkdown_server.packages import open_package
from walkdown_server.port.front import check_terms
from walkdown_server.sites import Site
from walkdown_server.websocket import encode_binary

DAY = timedelta(days=1)
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key as files."""

    chain: Path
    key: Path

    @property
    def fingerprint(self) -> bytes:
        leaf = x509.load_pem_x509_certificate(self.chain.read_bytes())
        return hashlib.sha256(leaf.public_bytes(Encoding.DER)).digest()


def make_pair(
    folder: Path,
    *,
    start: datetime = NOW - DAY,
    end: datetime = NOW + DAY,
    lock: KeySerializationEncryption | None = None,
) -> Pair:
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "twin.example")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
    pair = Pair(folder / "chain.pem", folder / "key.pem")
    pair.chain.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption())
    pair.key.write_bytes(pem)
    return pair


async def talk(link: Link) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = int(link.url.rpartition(":")[2].partition("/")[0])
    return await asyncio.open_connection("127.0.0.1", port, ssl=blind_tls())


async def ask(link: Link, path: str, *lines: str) -> Answer:
    """One request on an encrypted connection of its own."""
    reader, writer = await talk(link)
    writer.write("\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode())
    answer = await read_answer(reader)
    writer.close()
    await writer.wait_closed()
    return answer


# ---- the server's own certificate -------------------------------------------------------------------


def test_a_server_makes_itself_a_certificate_once(tmp_path: Path) -> None:
    first = certificate_of(ServerSettings(), folder=tmp_path)
    again = certificate_of(ServerSettings(), folder=tmp_path)
    assert first.fingerprint == again.fingerprint
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    leaf = x509.load_pem_x509_certificate((tmp_path / CERTIFICATE_FILE).read_bytes())
    assert isinstance(leaf.public_key(), ec.EllipticCurvePublicKey)
    assert leaf.not_valid_after_utc - NOW > timedelta(days=3650)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert sorted(path.name for path in tmp_path.iterdir()) == [CERTIFICATE_FILE, KEY_FILE]


def test_a_key_without_its_certificate_gets_a_new_one(tmp_path: Path) -> None:
    first = certificate_of(ServerSettings(), folder=tmp_path)
    (tmp_path / CERTIFICATE_FILE).unlink()
    assert certificate_of(ServerSettings(), folder=tmp_path).fingerprint != first.fingerprint


async def test_only_tls_of_version_1_3_is_spoken(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
    older = blind_tls()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    port = int(link.url.rpartition(":")[2].partition("/")[0])
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", port, ssl=older)
    assert (await ask(link, "/healthz")).body == b"ok\n"


async def test_plain_bytes_to_the_encrypted_port_are_hung_up_on(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        port = int(link.url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1 2" not in await asyncio.wait_for(reader.read(), 10)
        writer.close()
        async with come_in(house, link, "Bob") as bob:
            assert bob.me


# ---- what it carries --------------------------------------------------------------------------------


async def test_notes_and_poses_go_both_ways(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        async with come_in(house, link, "Bob") as bob:
            await bob.move(1.0, 2.0)
            await ada.until(lambda: bob.me in ada.poses)
            assert (await bob.operate(PutNote, note="n", text="x", point=(0.0, 0.0, 0.0))).get("number")
            await ada.said("record", kind="note")
            await ada.move(3.0, 4.0)
            await bob.until(lambda: ada.me in bob.poses)


async def test_blobs_are_fetched_from_memory_and_from_files(house: House, tmp_path: Path) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
    assert (await ask(link, f"/Test/blob/{hash_of(house)}")).status == 200
    package = open_package(write_package_to(tmp_path / "package"))
    settings = ServerSettings(port=0, data=tmp_path / "other", name="Test", host="0.0.0.0")  # noqa: S104
    async with running_server(settings, Site(house.catalogue, (package,))) as server:
        here = Link(f"wss://127.0.0.1:{server.port}/Test", "", b"")
        for path, info in package.manifest.blobs.items():
            answer = await ask(here, f"/Test/blob/{info.sha256}")
            assert (answer.status, answer.body) == (200, package.read(path))
            part = await ask(here, f"/Test/blob/{info.sha256}", "Range: bytes=3-5")
            assert (part.status, part.body) == (206, package.read(path)[3:6])


async def test_a_big_blob_arrives_whole_on_one_connection_with_another_after_it(
    house: House, tmp_path: Path
) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        big = os.urandom(3 << 20)
        blob = house.server.hosted.blobs.put(big, media="x/y")
        reader, writer = await talk(link)
        head = f"GET /Test/blob/{blob.sha256} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        writer.write(head + head)
        for _turn in range(2):
            assert (await read_answer(reader)).body == big
        writer.close()


async def test_a_model_is_uploaded(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada, role="chair")
        async with come_in(house, link, "Bob") as bob:
            data = glb_of("part")
            offer = offer_of(data)
            path = await ticket_for(bob, offer)
            reader, writer = await talk(link)
            length = f"Content-Length: {len(data)}"
            writer.write(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode() + data)
            assert (await read_answer(reader)).status == 201
            writer.close()
            await ada.said("record", kind="model")


async def test_a_client_that_hangs_up_in_the_middle_of_a_download_harms_nobody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        blob = house.server.hosted.blobs.put(os.urandom(8 << 20), media="x/y")
        reader, writer = await talk(link)
        writer.write(f"GET /Test/blob/{blob.sha256} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        async with come_in(house, link, "Bob") as bob:
            await ada.until(lambda: bob.me in ada.people)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_what_the_server_says_of_itself_is_for_its_own_computer(tmp_path: Path) -> None:
    async with open_house(tmp_path, host="0.0.0.0") as house:  # noqa: S104
        here = Link(f"wss://127.0.0.1:{house.server.port}", "", b"")
        assert (await ask(here, "/sessions")).status == 200
        assert (await ask(here, "/sessions", "X-Forwarded-For: 203.0.113.9")).status == 403
        assert (await ask(here, "/healthz", "X-Forwarded-For: 203.0.113.9")).status == 200


# ---- who is trusted ---------------------------------------------------------------------------------


async def test_a_server_that_others_reach_lets_nobody_in_without_an_invitation(tmp_path: Path) -> None:
    async with open_house(tmp_path, host="0.0.0.0") as house:  # noqa: S104
        here = Link(f"wss://127.0.0.1:{house.server.port}", "", b"")
        async with at_the_door(here) as socket:
            await socket.send(HELLO)
            assert (await refusal_of(socket))["code"] == "login"
        assert house.server.room.people == 0


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_who_comes_through_a_proxy_is_not_this_computer(house: House, header: str) -> None:
    async with house.socket(additional_headers={header: "203.0.113.9"}) as socket:
        await socket.send(HELLO)
        assert (await refusal_of(socket))["code"] == "login"


async def test_behind_a_proxy_that_says_nothing_everyone_is_asked(tmp_path: Path) -> None:
    async with open_house(tmp_path, lock_loopback=True) as house, house.socket() as socket:
        await socket.send(HELLO)
        assert (await refusal_of(socket))["code"] == "login"


async def test_pages_that_were_named_may_join(tmp_path: Path) -> None:
    async with open_house(tmp_path, origins="https://twin.example, https://other.example/") as house:
        for origin in ("https://twin.example", "https://other.example"):
            async with house.socket(additional_headers={"Origin": origin}):
                pass
        with pytest.raises(InvalidStatus):
            async with house.socket(additional_headers={"Origin": "https://evil.example"}):
                pass


async def test_without_encryption_only_this_computer_is_trusted(tmp_path: Path) -> None:
    outside = next((address for address in own_addresses() if ":" not in address), "")
    if not outside:
        pytest.skip("this computer is in no network")
    async with open_house(tmp_path, host="0.0.0.0", insecure_lan=True) as house:  # noqa: S104
        url = f"ws://{outside}:{house.server.port}/"
        hello = Hello(version=SUBPROTOCOL, name="Bob")
        async with house.guest("Ada") as ada, join(url, house.catalogue, hello) as bob:
            assert (ada.welcome["role"], bob.welcome.get("role", "participant")) == ("admin", "participant")
            link = await link_of(ada, role="chair")
            async with come_in(house, link, "Cleo") as cleo:
                assert cleo.welcome["role"] == "chair"
            assert (await refused_plainly(url, invite="x" * 22))["code"] == "login"


async def refused_plainly(url: str, **hello: str) -> dict[str, object]:
    async with open_socket(url) as socket:
        await socket.send(encode(Hello(version=SUBPROTOCOL, name="Eve", **hello)))  # type: ignore[arg-type]
        return await refusal_of(socket)


@pytest.mark.parametrize(
    ("address", "insecure_lan", "taken"),
    [("127.0.0.1", False, True), ("192.0.2.7", False, False), ("192.0.2.7", True, True), ("", False, False)],
)
async def test_plain_connections_from_elsewhere_are_not_taken(
    tmp_path: Path, address: str, insecure_lan: bool, taken: bool
) -> None:
    async with open_house(tmp_path, insecure_lan=insecure_lan) as house:
        assert house.server.front.terms.takes_plain(address) is taken


def test_ten_connections_a_second_are_taken_from_one_address() -> None:
    limits = Limits()
    burst = int(CONNECTIONS_BURST)
    assert [limits.may_connect("192.0.2.7", 1.0) for _turn in range(burst + 1)] == [True] * burst + [False]
    assert sum(limits.may_connect("192.0.2.7", 2.0) for _turn in range(50)) == CONNECTIONS_PER_SEC
    assert limits.may_connect("192.0.2.8", 2.0)
    assert all(limits.may_connect("127.0.0.1", 2.0) for _turn in range(1000))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::5", "2001:db8:1:3::5", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.7", "192.0.2.8", False),
    ],
)
def test_addresses_of_one_computer_count_as_one(one: str, other: str, same: bool) -> None:
    assert (counted_as(one) == counted_as(other)) is same


def test_what_is_remembered_of_addresses_is_bounded() -> None:
    limits = Limits()
    for number in range(ADDRESSES_MAX + 100):
        limits.note_bad_login(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1.0)
    assert len(limits._seen) == ADDRESSES_MAX


async def test_too_many_connections_are_not_even_shaken_hands_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        monkeypatch.setattr(house.server.front.terms.limits, "may_connect", lambda _address, _now: False)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await talk(link)
        with pytest.raises((ConnectionError, EOFError, TimeoutError, InvalidMessage)):
            async with house.socket():
                pass


# ---- certificates of one's own ----------------------------------------------------------------------


async def test_a_certificate_of_ones_own_is_shown_and_renewed_while_people_are_here(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pair = make_pair(tmp_path / "own")
    first = pair.fingerprint
    settings = {"host": "0.0.0.0", "tls_cert": pair.chain, "tls_key": pair.key}  # noqa: S104
    async with open_house(tmp_path / "data", **settings) as house:
        assert not (tmp_path / "data" / KEY_FILE).exists()
        gate = house.server.front.gate
        before = Link.read(gate.links("Test", "s" * 22)[0])
        assert before.fingerprint == first
        admin = await invited_admin(house)
        async with come_in(house, admin, "Ada") as ada:
            house.server.front.reload()
            assert "links with an earlier fingerprint" not in caplog.text
            make_pair(tmp_path / "own")
            house.server.front.reload()
            assert "links with an earlier fingerprint" in caplog.text
            renewed = await link_of(ada)
            assert renewed.fingerprint == pair.fingerprint != first
            async with come_in(house, renewed, "Bob") as bob:
                assert (await ada.operate(PutNote, note="n", text="x", point=(0.0, 0.0, 0.0))).get("number")
                await bob.said("record", kind="note")


async def invited_admin(house: House) -> Link:
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    house.server.room.doorkeeper.invite(role="admin", hours=1, uses=0, code=False, done=done.set_result)
    return Link.read((await done).links[0])  # type: ignore[attr-defined]


async def test_a_renewed_certificate_that_is_wrong_is_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pair = make_pair(tmp_path / "own")
    settings = {"host": "0.0.0.0", "tls_cert": pair.chain, "tls_key": pair.key}  # noqa: S104
    async with open_house(tmp_path / "data", **settings) as house:
        first = house.server.front.terms.certificate.fingerprint
        pair.key.write_bytes(make_pair(tmp_path / "other").key.read_bytes())
        house.server.front.reload()
        assert "stays as it was" in caplog.text
        assert house.server.front.terms.certificate.fingerprint == first
        here = Link(f"wss://127.0.0.1:{house.server.port}", "", b"")
        assert (await ask(here, "/healthz")).status == 200


def wrong_pairs(folder: Path) -> dict[str, tuple[Pair, str]]:
    good, other = make_pair(folder / "good"), make_pair(folder / "other")
    locked = make_pair(folder / "locked", lock=BestAvailableEncryption(b"word"))
    empty = folder / "empty.pem"
    empty.write_bytes(b"")
    return {
        "missing": (Pair(folder / "none.pem", good.key), r"none\.pem cannot be used for TLS: No such file"),
        "no certificate": (Pair(empty, good.key), r"empty\.pem .* certificates in PEM"),
        "no key": (Pair(good.chain, good.chain), "private key in PEM"),
        "not a pair": (Pair(good.chain, other.key), "is not the key of the first certificate"),
        "password": (locked, "has a password"),
        "expired": (make_pair(folder / "old", start=NOW - 9 * DAY, end=NOW - DAY), "renew it"),
        "not yet": (make_pair(folder / "new", start=NOW + DAY, end=NOW + 9 * DAY), "renew it"),
    }


@pytest.mark.parametrize(
    "case", ["missing", "no certificate", "no key", "not a pair", "password", "expired", "not yet"]
)
def test_files_that_cannot_be_used_are_named_with_the_reason(tmp_path: Path, case: str) -> None:
    pair, words = wrong_pairs(tmp_path)[case]
    with pytest.raises(SettingsError, match=words) as caught:
        Certificate(pair.chain, pair.key)
    assert "BEGIN" not in str(caught.value)


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    pair = make_pair(tmp_path)
    with pytest.raises(SettingsError, match="belong together"):
        check_terms(ServerSettings(tls_cert=pair.chain))
    with pytest.raises(SettingsError, match="leave out one"):
        check_terms(ServerSettings(insecure_lan=True, tls_cert=pair.chain, tls_key=pair.key))


# ---- where it listens -------------------------------------------------------------------------------


def test_links_name_every_address_but_loopback() -> None:
    for address in own_addresses():
        assert not address.startswith(("127.", "::1", "fe80", "169.254."))
    assert in_url("fd00::2") == "[fd00::2]"
    assert in_url("192.0.2.1") == "192.0.2.1"


async def test_links_name_the_host_and_the_port_that_were_set(tmp_path: Path) -> None:
    port = free_port()
    async with open_house(tmp_path, share_port=port, share_host="twin.example") as house:
        async with house.guest("Ada") as ada:
            (link,) = (await invitation(ada))["links"]
    assert link.startswith(f"walkdown://twin.example:{port}/Test#")


async def test_a_port_that_is_taken_is_said_to_who_invites(tmp_path: Path) -> None:
    sockets = bound(0, near=0)
    for one in sockets:
        one.listen()
    port = sockets[0].getsockname()[1]
    async with open_house(tmp_path, share_port=port) as house, house.guest("Ada") as ada:
        reply = await ada.operate(Invite)
        assert (reply["code"], "--share-port" in reply["text"]) == ("closed", True)
        assert not [m for m in ada.messages if m["t"] == "record"]
    for one in sockets:
        one.close()


async def test_the_encrypted_port_closes_with_the_server(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        link = await link_of(ada)
    with pytest.raises(OSError):  # noqa: PT011 -- refused or reset, as the system likes
        await talk(link)


# ---- other event loops ------------------------------------------------------------------------------


async def _meet_over_tls(data: Path) -> None:
    async with open_house(data) as house, house.guest("Ada") as ada:
        link = await link_of(ada)
        assert (await ask(link, f"/Test/blob/{hash_of(house)}")).status == 200
        async with come_in(house, link, "Bob") as bob:
            await bob.move(1.0, 2.0)
            await ada.until(lambda: bob.me in ada.poses)


@pytest.mark.parametrize("name", ["uvloop", "aiofastnet"])
def test_people_meet_whatever_the_event_loop_is(name: str, tmp_path: Path) -> None:
    module = pytest.importorskip(name, reason="this event loop is not installed")
    factory = module.new_event_loop if name == "uvloop" else module.loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_meet_over_tls(tmp_path))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0", ("192.0.2.1", "192.0.2.2")),  # noqa: S104
        ("::", ("fd00::1",)),
        ("192.0.2.2", ("192.0.2.2",)),
        ("127.0.0.1", ("192.0.2.1", "fd00::1", "192.0.2.2")),
    ],
)
def test_links_name_what_the_port_can_be_reached_by(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setattr(
        "walkdown_server.door.gate.own_addresses", lambda: ("192.0.2.1", "fd00::1", "192.0.2.2")
    )
    links = gate_at(tmp_path, host).links("Hall 3/4", "s" * 22)
    assert [urlsplit(link).hostname for link in links] == list(expected)
    assert {urlsplit(link).path for link in links} == {"/Hall%203%2F4"}


def test_a_server_for_all_that_is_on_no_network_gives_a_link_for_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("walkdown_server.door.gate.own_addresses", tuple)
    (link,) = gate_at(tmp_path, "0.0.0.0").links("x", "s" * 22)  # noqa: S104
    assert urlsplit(link).hostname == "127.0.0.1"
    with pytest.raises(Missing, match="on no network"):
        gate_at(tmp_path, "127.0.0.1").links("x", "s" * 22)


def gate_at(folder: Path, host: str) -> OpenGate:
    """The gate of a server that listens there, at port 1."""
    settings = ServerSettings(host=host)
    codes = Codes(secs=lambda: 0.0, on_open=lambda _port: None)
    certificate = certificate_of(settings, folder=folder)
    made = OpenGate(settings, certificate, listen=close_all, codes=codes, folder=folder)
    made.main_port_is(1)
    return made


def close_all(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


# ---- those who are slow -----------------------------------------------------------------------------


async def test_who_says_nothing_in_the_handshake_is_hung_up_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.port.handshake.HANDSHAKE_WITHIN_SECS", 0.05)
    async with house.guest("Ada") as ada:
        port = int((await link_of(ada)).url.rpartition(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_what_a_slow_client_has_not_taken_is_seen_through_the_encryption(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        async with come_in(house, link, "Bob") as bob:
            bob.socket.transport.pause_reading()
            (member,) = [m for m in house.server.room._members.values() if m.identity.person == bob.me]
            sent = 0
            while not member.line.waiting():
                member.line.send(encode_binary(bytes(60_000)))
                sent += 60_000
                assert sent < 64 << 20
            before = member.line.waiting()
            member.line.send(encode_binary(bytes(60_000)))
            assert member.line.waiting() - before >= 60_000
            bob.socket.transport.resume_reading()


def test_the_servers_own_certificate_serves_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.door.certificates.VALID_FOR", timedelta(hours=-12))
    shown = certificate_of(ServerSettings(), folder=tmp_path)
    assert len(shown.fingerprint) == 32
    shown.reload()
