"""A session moves to another process of the server, and its people do not lose or double anything."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.server.conftest import join, write_package_to
from tests.server.processes import CATALOGUE, house_of_many, kill, listed, process_of
from walkdown.cli import application
from walkdown.errors import Missing
from walkdown.messages import SUBPROTOCOL, Hello, PutNote
from walkdown_client.conversation import Patience
from walkdown_client.guest import Guest
from walkdown_server.journal import Store
from walkdown_server.journal.kept import record_of
from walkdown_server.processes import crew
from walkdown_server.processes.steering import steered

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows passes no sockets between processes")

SOON = Patience(first_pause=0.02, longest_pause=0.2)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package_to(tmp_path / "package")


async def write(guest: Guest, count: int) -> list[str]:
    """Notes one after the other; their ids, once each is acknowledged."""
    return [await guest.put_note(f"{number}", point=(0.0, 0.0, 0.0)) for number in range(count)]


async def write_on(guest: Guest, written: list[str], enough: asyncio.Event) -> None:
    while not enough.is_set():
        written += await write(guest, 1)


def texts_in(data: Path, session: str) -> list[str]:
    store = Store(data / "sessions" / session)
    store.close()
    assert [entry.number for entry in store.entries] == list(range(1, len(store.entries) + 1))
    return [record_of(entry).body["note"] for entry in store.entries if entry.kind == "note"]


async def test_people_who_write_while_their_session_moves_lose_and_double_nothing(
    tmp_path: Path, package: Path
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard", processes=3) as house:
        url, enough, written = f"ws://127.0.0.1:{house.port}/yard", asyncio.Event(), list[str]()
        async with (
            Guest.join(url, name="Ada", patience=SOON) as ada,
            Guest.join(url, name="Bob", patience=SOON) as bob,
        ):
            writing = [asyncio.create_task(write_on(guest, written, enough)) for guest in (ada, bob)]
            for process in (3, 1, 2):
                before = len(written)
                assert "yard" in await house.move("yard", process)
                assert (await listed(house.port))["yard"].process == process
                await ada.wait_for(lambda before=before: ada.connected and len(written) > before + 2)  # type: ignore[misc]
            enough.set()
            await asyncio.gather(*writing)
            for guest in (ada, bob):
                await guest.wait_for(lambda guest=guest: set(guest.notes) == set(written))  # type: ignore[misc]
    kept = texts_in(tmp_path, "yard")
    assert sorted(kept) == sorted(written)
    assert len(set(kept)) == len(kept)


async def test_who_moves_with_a_session_is_who_they_were(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        url = f"ws://127.0.0.1:{house.port}/yard"
        async with Guest.join(url, name="Ada", patience=SOON) as ada:
            async with Guest.join(url, name="Bob", patience=SOON) as bob:
                numbers = ada.id, bob.id
                await house.move(
                    "yard", 1
                )  # neither has written anything that the journal would know them by
                for guest in (ada, bob):
                    await guest.wait_for(lambda guest=guest: guest.connected and len(guest.people) == 2)  # type: ignore[misc]
                assert (ada.id, bob.id) == numbers
                assert sorted(person.name for person in ada.people.values()) == ["Ada", "Bob"]


async def test_people_of_other_sessions_notice_nothing(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        hello = Hello(version=SUBPROTOCOL, name="Eve")
        async with join(f"ws://127.0.0.1:{house.port}/hall", CATALOGUE, hello) as eve:
            await house.move("yard", 1)
            await house.move("yard", 2)
            reply = await eve.operate(PutNote, note="n", text="still here", point=(0.0, 0.0, 0.0))
            assert reply["number"] == 1
            assert not [message for message in eve.messages if message["t"] == "bye"]


async def test_who_comes_while_a_session_moves_waits_at_the_door(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        opening = crew.Hand.open
        waited = asyncio.Event()

        async def open_late(hand: crew.Hand, *arguments: object) -> None:
            await waited.wait()
            await opening(hand, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(crew.Hand, "open", open_late)
        moving = asyncio.create_task(house.move("yard", 1))
        hello = Hello(version=SUBPROTOCOL, name="Ada")

        async def come() -> str:
            async with join(f"ws://127.0.0.1:{house.port}/yard", CATALOGUE, hello) as ada:
                return str(ada.welcome["session"])

        coming = asyncio.create_task(come())
        while not house._waiting.get("yard"):  # noqa: ASYNC110  the very moment, while the session is nowhere
            await asyncio.sleep(0)
        assert (await listed(house.port))["yard"].state == "moving"
        waited.set()
        assert await coming == "yard"
        await moving


async def test_a_session_that_cannot_be_opened_elsewhere_stays_where_it_was(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        opening = crew.Hand.open

        async def fail_in_1(hand: crew.Hand, *arguments: object) -> None:
            if hand.number == 1:
                raise Missing("there is no memory left")
            await opening(hand, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(crew.Hand, "open", fail_in_1)
        async with Guest.join(f"ws://127.0.0.1:{house.port}/yard", name="Ada", patience=SOON) as ada:
            with pytest.raises(Missing, match="no memory"):
                await house.move("yard", 1)
            assert await write(ada, 1)
            assert (await listed(house.port))["yard"].process == 2


async def test_a_process_that_dies_after_a_move_has_what_it_has_now(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        async with Guest.join(f"ws://127.0.0.1:{house.port}/yard", name="Ada", patience=SOON) as ada:
            await write(ada, 1)
            await house.move("yard", 1)
            await write(ada, 1)
            for number in (1, 2):
                pid = process_of(house, number)
                kill(house, number)
                while not house._hands[number - 1].settled or process_of(house, number) == pid:  # noqa: ASYNC110  nobody tells
                    await asyncio.sleep(0.01)
            await write(ada, 1)
            assert [(line.name, line.process) for line in (await listed(house.port)).values()] == [
                ("hall", 1),
                ("yard", 1),
            ]
    assert len(texts_in(tmp_path, "yard")) == 3


async def test_what_cannot_be_moved_is_said(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        for session, process, said in (
            ("nowhere", 1, "no session 'nowhere'"),
            ("yard", 3, "1 to 2"),
            ("yard", 0, "1 to 2"),
        ):
            with pytest.raises(Missing, match=said):
                await house.move(session, process)
        assert "already" in await house.move("yard", 2)


# ---- the command --------------------------------------------------------------------------------------


async def command(*arguments: str) -> tuple[int, str]:
    result = await asyncio.to_thread(CliRunner().invoke, application(), ["move", *arguments])
    return result.exit_code, " ".join(result.output.split())


async def test_the_command_moves_a_session(tmp_path: Path, package: Path) -> None:
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        async with steered(tmp_path, house.port, house.move):
            assert await command("yard", "1", "--data", str(tmp_path)) == (
                0,
                "The session 'yard' is in process 1 now.",
            )
            code, said = await command("yard", "9", "--data", str(tmp_path), "--port", str(house.port))
            assert (code, said) == (1, "There is no process 9; this server has 1 to 2.")
        assert (await listed(house.port))["yard"].process == 1


async def test_only_the_owner_may_steer(tmp_path: Path) -> None:
    async def move(session: str, process: int) -> str:
        return f"{session} {process}"

    deep = tmp_path / ("x" * 100) / "data"
    for folder in (tmp_path, deep):  # also where the path is longer than a UNIX socket's address may be
        async with steered(folder, 8765, move):
            (made,) = folder.glob("*.sock")
            assert made.stat().st_mode & 0o777 == 0o600
            assert await command("yard", "2", "--data", str(folder)) == (0, "yard 2")
        assert not made.exists()


async def test_without_such_a_server_the_command_says_so(tmp_path: Path) -> None:
    code, said = await command("yard", "1", "--data", str(tmp_path))
    assert code == 1
    assert "0 servers of several processes" in said
    code, said = await command("yard", "1", "--data", str(tmp_path), "--port", "8765")
    assert code == 1
    assert "No server of several processes answers" in said


async def test_nonsense_is_answered_with_a_sentence(tmp_path: Path) -> None:
    async def move(_session: str, _process: int) -> str:
        raise AssertionError

    async with steered(tmp_path, 8765, move):
        for line in (b"\n", b"move!\n", b'{"session": 1}\n', b"x" * 10_000):
            reader, writer = await asyncio.open_unix_connection(tmp_path / "steer-8765.sock")
            writer.write(line)
            writer.write_eof()
            answer = await reader.read()
            assert not answer or b'"done": false' in answer
            writer.close()
