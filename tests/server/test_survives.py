"""What was acknowledged survives: a killed process, a full disk, and a client that does not read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from tests import warm
from tests.server.bringing import glb_of, offer_of, ticket_for
from tests.server.conftest import Guest, House, join, open_house, write_package_to
from walkdown.messages import SUBPROTOCOL, Hello, PutNote
from walkdown.twin import Catalogue, Thing
from walkdown_server.journal.store import read_folder

THINGS = Catalogue(1, tuple(Thing(name, name) for name in ("floor", "filler")))


@contextlib.asynccontextmanager
async def serving(
    package: Path, data: Path, *, port: int = 0, before: Sequence[str] = ()
) -> AsyncIterator[tuple[str, warm.Process]]:
    """A server in a process of its own; its address once it listens.

    Args:
        before: command that starts it, for instance strace.
    """
    command = (
        sys.executable,
        "-m",
        "walkdown",
        "serve",
        str(package),
        "--port",
        str(port),
        "--data",
        str(data),
    )
    process = await warm.create_subprocess_exec(
        *before,
        *command,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        yield line.split()[2], process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the server too when something else has started it
        await process.wait()


def note(op: int) -> PutNote:
    return PutNote(op=op, note=f"n{op}", text=f"text {op}", point=(0.0, 0.0, 0.0))


async def collect(guest: Guest, acknowledged: dict[int, int], *, until: int) -> None:
    """Read replies until so many operations are acknowledged."""

    def take() -> bool:
        for message in guest.messages:
            if message["t"] == "reply" and message.get("number"):
                assert acknowledged.setdefault(message["op"], message["number"]) == message["number"]
        return len(acknowledged) >= until

    await guest.until(take)


async def test_no_acknowledged_note_is_lost_by_kill_9_and_none_is_there_twice(tmp_path: Path) -> None:
    package, chance = write_package_to(tmp_path / "package"), random.Random(3)
    acknowledged: dict[int, int] = {}
    secret, sent = "", 0
    for _ in range(3):
        async with serving(package, tmp_path / "data") as (url, process):
            hello = Hello(version=SUBPROTOCOL, name="Ada", resume=secret)
            async with join(url, THINGS, hello) as ada:
                secret = ada.welcome["secret"]
                again = [op for op in range(1, sent + 1) if op not in acknowledged]
                for op in [*again, *range(sent + 1, sent + 21)]:
                    await ada.say(note(op))
                sent += 20
                await collect(ada, acknowledged, until=sent - 20 + chance.randint(1, 19))
                process.send_signal(signal.SIGKILL)
                await process.wait()
    async with serving(package, tmp_path / "data") as (url, process):
        async with join(url, THINGS, Hello(version=SUBPROTOCOL, name="Ada", resume=secret)) as ada:
            for op in (op for op in range(1, sent + 1) if op not in acknowledged):
                await ada.say(note(op))
            await collect(ada, acknowledged, until=sent)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    entries = read_folder(tmp_path / "data" / "sessions" / "small").entries
    assert sorted(acknowledged) == list(range(1, sent + 1))
    assert sorted(acknowledged.values()) == [entry.number for entry in entries if entry.kind == "note"]


async def test_a_server_that_is_told_to_stop_says_so_and_ends_well(tmp_path: Path) -> None:
    package = write_package_to(tmp_path / "package")
    async with serving(package, tmp_path / "data") as (url, process):
        async with join(url, THINGS, Hello(version=SUBPROTOCOL, name="Ada")) as ada:
            await ada.operate(PutNote, note="n", text="x", point=(0.0, 0.0, 0.0))
            process.send_signal(signal.SIGTERM)
            assert (await ada.said("bye"))["text"]
        assert await process.wait() == 0


async def test_a_server_stops_in_five_seconds_with_a_hundred_operations_in_flight_and_one_who_does_not_read(
    tmp_path: Path,
) -> None:
    package, data = write_package_to(tmp_path / "package"), tmp_path / "data"
    names = [f"writer {index}" for index in range(4)]
    secrets: dict[str, str] = {}
    acknowledged: dict[str, dict[int, int]] = {name: {} for name in names}
    async with serving(package, data) as (url, process), contextlib.AsyncExitStack() as people:
        narrow = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        deaf = Hello(version=SUBPROTOCOL, name="Deaf")
        await people.enter_async_context(join(url, THINGS, deaf, sock=narrow, max_queue=1))
        writers = {
            name: await people.enter_async_context(join(url, THINGS, Hello(version=SUBPROTOCOL, name=name)))
            for name in names
        }
        for name, guest in writers.items():
            secrets[name] = guest.welcome["secret"]
            for op in range(1, 26):
                await guest.say(PutNote(op=op, note=f"{name} {op}", text="x" * 3900, point=(0.0, 0.0, 0.0)))
        process.send_signal(signal.SIGTERM)
        for name, guest in writers.items():
            with contextlib.suppress(ConnectionClosed):
                await collect(guest, acknowledged[name], until=26)
        async with asyncio.timeout(5):
            assert await process.wait() == 0
    async with serving(package, data) as (url, process):
        for name in names:
            hello = Hello(version=SUBPROTOCOL, name=name, resume=secrets[name])
            async with join(url, THINGS, hello) as guest:
                for op in range(1, 26):
                    if op not in acknowledged[name]:
                        again = PutNote(op=op, note=f"{name} {op}", text="x" * 3900, point=(0.0, 0.0, 0.0))
                        await guest.say(again)
                await collect(guest, acknowledged[name], until=25)
    entries = read_folder(data / "sessions" / "small").entries
    notes = [entry.number for entry in entries if entry.kind == "note"]
    assert sorted(number for of_one in acknowledged.values() for number in of_one.values()) == notes
    assert len(notes) == 100


@pytest.mark.parametrize("last", ["upload", "read", "write", "done"])
async def test_after_kill_9_a_model_is_there_whole_or_not_at_all(tmp_path: Path, last: str) -> None:
    package, data = write_package_to(tmp_path / "package"), glb_of("wall")
    offer = offer_of(data)
    async with serving(package, tmp_path / "data") as (url, process):
        async with join(url, THINGS, Hello(version=SUBPROTOCOL, name="Ada")) as ada:
            path = await ticket_for(ada, offer)
            port = urlsplit(url).port
            assert port
            await put_to(port, path, data[:100] if last == "upload" else data, len(data))

            def reached() -> bool:
                told = {m[key] for m in ada.messages for key in ("t", "phase", "kind") if key in m}
                return last in told or "done" in told

            await ada.until(reached)
            process.send_signal(signal.SIGKILL)
            await process.wait()
    promised = any(m["t"] == "record" for m in ada.messages)
    async with serving(package, tmp_path / "data") as (url, process):
        async with join(url, THINGS, Hello(version=SUBPROTOCOL, name="Eve")) as eve:
            models = {p["model"]: p for p in eve.welcome["packages"]}
            assert set(models) in ({"small"}, {"small", offer.model})
            assert not promised or offer.model in models
            if offer.model in models:
                assert models[offer.model]["count"] == 2
            assert not list((tmp_path / "data" / "models" / ".incoming").rglob("*"))


async def put_to(port: int, path: str, data: bytes, length: int) -> None:
    """Send the bytes and hang up, after the answer if all were sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"PUT {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode() + data)
    if len(data) == length:
        assert b" 201 " in await reader.readline()
    writer.close()


# ---- a full disk ------------------------------------------------------------------------------------


async def test_a_full_disk_stops_notes_only_until_there_is_space(small_disk: Path) -> None:
    async with open_house(small_disk) as house, house.guest("Ada") as ada:
        assert (await ada.operate(PutNote, note="a", text="kept", point=(0.0, 0.0, 0.0)))["number"] == 1
        with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        reply = await ada.operate(PutNote, note="b", text="y" * 3900, point=(0.0, 0.0, 0.0))
        while reply.get("number"):
            reply = await ada.operate(PutNote, note="b", text="z" * 3900, point=(0.0, 0.0, 0.0))
        assert reply["code"] == "not-kept"
        assert "full" in reply["text"]
        assert (await ada.said("server", writable=False))["text"]
        house.sink.write([0], [12.0])
        await ada.until(lambda: ada.table.value(0) == 12.0)
        (small_disk / "filler").unlink()
        ada.messages.clear()
        await ada.until(lambda: any(m["t"] == "server" and m.get("writable", True) for m in ada.messages))
        last = (await ada.operate(PutNote, note="c", text="kept", point=(0.0, 0.0, 0.0)))["number"]
    async with open_house(small_disk) as house:
        assert house.server.room.session.number == last


# ---- a client that does not read --------------------------------------------------------------------


async def test_a_client_that_stops_reading_is_owed_and_ends_with_the_servers_state(house: House) -> None:
    narrow = socket.create_connection(("127.0.0.1", house.server.port))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    hello = Hello(version=SUBPROTOCOL, name="Slow")
    room, chance = house.server.room, np.random.default_rng(1)
    numeric = np.arange(room.live.table.first("text"))
    async with join(house.url, house.catalogue, hello, sock=narrow, max_queue=1) as slow:
        (member,) = room._members.values()
        for _ in range(600):
            house.sink.write(numeric, chance.integers(0, 100, len(numeric)))
            room.tick()
        assert 0 < member.line.waiting() < 64 * 1024
        async with house.guest("Ada") as ada:
            await ada.until(lambda: slow.me in ada.people)

            def same() -> bool:
                columns = room.live.table.values
                return all(np.array_equal(slow.table.values[kind], columns[kind]) for kind in columns)

            await slow.until(same)
            assert np.array_equal(slow.states, room.live.alarms.thing_states)
