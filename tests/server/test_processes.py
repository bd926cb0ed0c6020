"""Several processes behind one port: everyone gets to their session, whatever the processes do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests import warm
from tests.server.conftest import Guest as DoorGuest
from tests.server.conftest import join, open_socket, write_package_to
from tests.server.doors import Key, Link, blind_tls
from tests.server.processes import CATALOGUE, house_of_many, kill, listed, orders, process_of, request
from tests.server.test_http import read_answer
from walkdown.cli import application
from walkdown.errors import Missing, Refused, SettingsError
from walkdown.messages import SUBPROTOCOL, Hello, PutNote
from walkdown_client.directory import fetch_sessions
from walkdown_client.guest import Guest
from walkdown_server.access import REQUEST_WITHIN_SECS
from walkdown_server.door.control import InviteWish
from walkdown_server.door.inviting import invitation
from walkdown_server.processes import acceptor as acceptor_module
from walkdown_server.processes import crew

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows passes no sockets between processes")

ANYWHERE = (0.0, 0.0, 0.0)


def hello(name: str = "Ada", **more: str) -> Hello:
    return Hello(version=SUBPROTOCOL, name=name, **more)  # type: ignore[arg-type]


async def hung_up(reader: asyncio.StreamReader) -> bool:
    """Whether the other end closes, without a word."""
    with contextlib.suppress(ConnectionResetError):
        return await asyncio.wait_for(reader.read(), 10) == b""
    return True


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package_to(tmp_path / "package")


async def test_everyone_gets_to_the_process_of_their_session(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "Hall 3", "yard", "lab") as house:
        url = f"ws://127.0.0.1:{house.port}"
        for path, name in (("/", "Hall 3"), ("/Hall%203", "Hall 3"), ("/yard", "yard"), ("/lab", "lab")):
            async with join(url + path, CATALOGUE, hello(session=name)) as ada:
                assert ada.welcome["session"] == name
                assert (await ada.operate(PutNote, note=path, text=name, point=ANYWHERE))["number"]
                blob = ada.welcome["catalogue"]["sha256"]
                answer = await request(house.port, f"/{name.replace(' ', '%20')}/blob/{blob}")
                assert (answer.status, len(answer.body)) == (200, ada.welcome["catalogue"]["size"])
                line = (await listed(house.port))[name]
                assert (line.state, line.people, line.process) == ("open", 1, 2 if name == "yard" else 1)
        assert process_of(house, 1) != process_of(house, 2)
        assert (await request(house.port, "/healthz")).body == b"ok\n"
        assert (await request(house.port, "/readyz")).status == 200


async def test_an_unknown_session_is_not_found_and_all_there_are_are_named(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        with pytest.raises(InvalidStatus) as caught:
            async with join(f"ws://127.0.0.1:{house.port}/nowhere", CATALOGUE, hello()):
                pass
        assert caught.value.response.status_code == 404
        assert b"'hall', 'yard'" in (caught.value.response.body or b"")


async def test_a_kept_connection_that_asks_for_another_processs_blob_is_sent_away(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(f"GET /hall/blob/{'a' * 64} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (await read_answer(reader)).status == 404
        writer.write(f"GET /yard/blob/{'a' * 64} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = await read_answer(reader)
        assert (answer.status, answer.headers["connection"]) == (421, "close")
        assert await reader.read() == b""
        writer.close()


async def test_a_head_may_come_byte_by_byte_and_those_who_are_slow_are_in_nobodys_way(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        slow = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(200)]
        for _reader, writer in slow:
            writer.write(b"GET /yard HTTP/1.1\r\nX: ")
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        assert (await read_answer(reader)).body == b"ok\n"
        async with join(f"ws://127.0.0.1:{house.port}/yard", CATALOGUE, hello()) as ada:
            assert ada.welcome["session"] == "yard"
        house.look_after(asyncio.get_running_loop().time() + REQUEST_WITHIN_SECS + 1)
        for reader, other in slow:
            assert await hung_up(reader)
            other.close()
        writer.close()


async def test_of_too_many_who_say_nothing_the_oldest_go(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor_module, "GREETINGS_MAX", 5)
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        silent = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(6)]
        assert await hung_up(silent[0][0])
        assert (await request(house.port, "/healthz")).status == 200
        for _reader, writer in silent:
            writer.close()


async def test_a_bad_request_gets_one_sentence(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        for data in (b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 9000):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(data)
            answer = await read_answer(reader)
            assert answer.status in (400, 431)
            assert answer.body.endswith(b".\n")
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_a_connection_that_ends_before_it_says_what_it_wants_is_forgotten(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        for said in (b"", b"GET /ha"):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(said)
            writer.write_eof()
            assert await hung_up(reader)
            writer.close()
        assert not house._greeting


async def test_a_process_that_dies_comes_back_and_its_people_resume(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        url = f"ws://127.0.0.1:{house.port}"
        async with join(f"{url}/hall", CATALOGUE, hello("Bob")) as bob:
            async with join(f"{url}/yard", CATALOGUE, hello()) as ada:
                await ada.operate(PutNote, note="n", text="kept", point=ANYWHERE)
                secret = ada.welcome["secret"]
                before = process_of(house, 2)
                kill(house, 2)
                with pytest.raises(ConnectionClosed):
                    await ada.until(lambda: False)
            async with join(f"{url}/yard", CATALOGUE, hello(resume=secret)) as again:
                assert (again.welcome["resumed"], again.welcome["number"]) == (True, 1)
            assert process_of(house, 2) != before
            assert (await bob.operate(PutNote, note="m", text="still here", point=ANYWHERE))["number"] == 1


async def test_stopping_tells_everyone_to_come_back_and_ends_every_process(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        url, pids = f"ws://127.0.0.1:{house.port}", [process_of(house, number) for number in (1, 2)]
        async with (
            join(f"{url}/hall", CATALOGUE, hello()) as ada,
            join(f"{url}/yard", CATALOGUE, hello()) as bob,
        ):
            await house.stop()
            for guest in (ada, bob):
                assert (await guest.said("bye"))["text"] == "The server stops."
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        with pytest.raises(ConnectionRefusedError):
            await request(house.port, "/healthz")


async def test_the_command_serves_from_several_processes_and_ends_with_0(
    tmp_path: Path, package: Path
) -> None:
    arguments = ("--session", f"Hall 3={package}", "--session", f"yard={package}", "--processes", "2")
    process = await warm.create_subprocess_exec(
        *(sys.executable, "-m", "walkdown", "serve", *arguments, "--port", "0"),
        *("--data", str(tmp_path / "data")),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout
        said = [(await asyncio.wait_for(process.stdout.readline(), 60)).decode() for _ in range(3)]
        url = said[0].split()[2]
        assert [line.split(": ")[0].strip() for line in said[1:]] == ["Hall 3", "yard"]
        async with join(f"{url}Hall%203", CATALOGUE, hello()) as ada:
            assert ada.welcome["session"] == "Hall 3"
            process.send_signal(signal.SIGTERM)
            assert (await ada.said("bye"))["text"]
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert not list((tmp_path / "data").glob("*.sock"))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_process_whose_acceptor_is_gone_ends_too(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        hand = house._hands[1]
        hand._stopping = True
        process = hand._process
        assert hand._channel
        assert process
        hand._channel.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def invited(data: Path, session: str) -> str:
    """A link to a session, as the owner of the server gets it."""
    made = await asyncio.to_thread(invitation, data, session, InviteWish("participant"))
    return made.links[0]


async def test_links_of_sessions_in_any_process_let_people_in_by_one_encrypted_port(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "Hall 3", "yard") as house:
        links = [await invited(tmp_path, name) for name in ("yard", "Hall 3")]
        ports = {urlsplit(link).port for link in links}
        assert len(ports) == 1
        assert house.port not in ports
        for name, link in zip(("yard", "Hall 3"), links, strict=True):
            async with Guest.join(link, name="Ada") as ada:
                assert ada.world.welcome is not None
                assert (ada.world.welcome.session, ada.world.welcome.role) == (name, "participant")
                await ada.put_note("by TLS", point=(0.0, 0.0, 0.0))
                await house.move(name, 1 if name == "yard" else 2)
                await ada.put_note("and by TLS again", point=(0.0, 0.0, 0.0))


async def test_a_server_that_others_can_reach_is_encrypted_in_every_process(
    tmp_path: Path, package: Path
) -> None:
    everywhere = "0.0.0.0"  # noqa: S104
    names = ("Hall 3", "yard")
    async with house_of_many(tmp_path, package, *names, host=everywhere, lock_loopback=True) as house:
        link = await invited(tmp_path, "yard")
        assert urlsplit(link).port == house.port
        async with Guest.join(link, name="Ada") as ada:
            assert ada.world.welcome is not None
            assert ada.world.welcome.session == "yard"
        lines = await asyncio.to_thread(fetch_sessions, link)
        assert [line.name for line in lines] == ["Hall 3", "yard"]
        stranger = link.replace(link.partition("#")[2][:22], "A" * 22)
        with pytest.raises(Refused, match="for those who are invited"):
            await asyncio.to_thread(fetch_sessions, stranger)
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28"):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(data)  # without TLS
            assert await hung_up(reader)
            writer.close()


async def test_who_names_no_session_in_tls_gets_to_it_all_the_same(tmp_path: Path, package: Path) -> None:
    everywhere = "0.0.0.0"  # noqa: S104
    async with house_of_many(tmp_path, package, "Hall 3", "yard", host=everywhere) as house:
        made = await asyncio.to_thread(invitation, tmp_path, "yard", InviteWish("participant", uses=1))
        link = Link.read(made.links[0])
        key, url = Key(), f"wss://127.0.0.1:{house.port}/yard"
        async with open_socket(url, ssl=blind_tls(), server_hostname="plant.example") as line:
            yard = DoorGuest(line, CATALOGUE)
            await yard.say(hello(invite=link.invite, key=key.public, proof=key.proof(line)))
            await yard.said("welcome", session="yard")
            for number in range(50):  # a conversation in both directions
                await yard.operate(PutNote, note=f"{number}", text="x" * 3000, point=ANYWHERE)
            assert (await yard.said("person", name="Ada"))["key"] == key.public
            catalogue = yard.welcome["catalogue"]
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", house.port, ssl=blind_tls(), server_hostname="plant.example"
            )
            writer.write(f"GET /yard/blob/{catalogue['sha256']} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert len((await read_answer(reader)).body) == catalogue["size"]
            writer.close()
            await house.move("yard", 1)
            assert await yard.said("bye")


async def test_sessions_come_and_go_while_the_others_go_on(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        url, later = f"ws://127.0.0.1:{house.port}", tmp_path / "later"
        hall, yard = orders(package, ["hall", "yard"])
        (lab,) = orders(later, ["lab"])
        async with (
            join(f"{url}/hall", CATALOGUE, hello()) as ada,
            join(f"{url}/yard", CATALOGUE, hello()) as bob,
        ):
            await house._change([hall, lab])
            assert await bob.said("bye")
            lines = await listed(house.port)
            assert {name: line.state for name, line in lines.items()} == {
                "hall": "open",
                "lab": "unavailable",
            }
            assert "later does not exist" in lines["lab"].text
            with pytest.raises(InvalidStatus) as caught:
                async with join(f"{url}/lab", CATALOGUE, hello()):
                    pass
            assert caught.value.response.status_code == 503
            write_package_to(later)
            await house._change([yard, hall, lab])
            assert [line.name for line in (await listed(house.port)).values()] == ["yard", "hall", "lab"]
            assert {line.state for line in (await listed(house.port)).values()} == {"open"}
            for path, name in (("/lab", "lab"), ("/", "yard")):
                async with join(url + path, CATALOGUE, hello()) as eve:
                    assert eve.welcome["session"] == name
            assert (await ada.operate(PutNote, note="n", text="here", point=ANYWHERE))["number"] == 1


async def test_a_process_that_cannot_be_started_is_tried_again(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, tries = crew.Hand._start, 0

    async def start_at_last(hand: crew.Hand) -> asyncio.subprocess.Process:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("no memory")
        return await start(hand)

    monkeypatch.setattr(crew.Hand, "_start", start_at_last)
    async with house_of_many(tmp_path, package, "hall", processes=1) as house:
        assert (await listed(house.port))["hall"].state == "open"
        assert tries == 2


async def test_a_session_whose_process_dies_again_and_again_keeps_no_other_from_people(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = crew.Hand._start

    async def start_1(hand: crew.Hand) -> asyncio.subprocess.Process:
        if hand.number == 2:
            raise OSError("no memory")
        return await start(hand)

    monkeypatch.setattr(crew.Hand, "_start", start_1)
    monkeypatch.setattr(acceptor_module, "SETTLE_SECS", 0.0)
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        async with join(f"ws://127.0.0.1:{house.port}/hall", CATALOGUE, hello()) as ada:
            assert ada.welcome["session"] == "hall"
        line = (await listed(house.port))["yard"]
        assert (line.state, line.text) == ("starting", "Process 2 of the server is being started.")
        assert (await request(house.port, "/readyz")).status == 503


async def test_a_server_none_of_whose_sessions_opens_says_why(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="does not exist"):
        async with house_of_many(tmp_path, tmp_path / "nothing", "hall", "yard"):
            pass


async def test_a_port_in_use_is_named_before_any_process_starts(
    tmp_path: Path, package: Path, unused_tcp_port: int
) -> None:
    with socket.create_server(("127.0.0.1", unused_tcp_port)):
        with pytest.raises(SettingsError, match=f"Port {unused_tcp_port}"):
            async with house_of_many(tmp_path, package, "hall", port=unused_tcp_port):
                pass


def test_where_sockets_cannot_be_passed_one_process_is_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "send_fds")
    result = CliRunner().invoke(application(), ["serve", "--demo", "--processes", "2"])
    assert result.exit_code == 2
    assert "cannot pass connections between processes" in " ".join(result.output.split())
