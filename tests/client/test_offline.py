"""Through a killed server, a blackout and a stop: every change of an offline client arrives exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ports import free_port
from tests.server.conftest import House, write_package_to
from tests.server.test_survives import serving
from walkdown.errors import Refused
from walkdown_client.conversation import Patience
from walkdown_client.guest import Guest
from walkdown_client.outgoing import PENDING_MAX
from walkdown_server.journal.kept import record_of
from walkdown_server.journal.store import read_folder

HASTY = Patience(open=5.0, ping=0.1, dead=0.5, first_pause=0.05, longest_pause=0.2, close=0.2)
COUNT = 50


def texts_in(folder: Path) -> Counter[str]:
    """Return how often each text was put, by the journal."""
    records = [record_of(entry) for entry in read_folder(folder).entries]
    return Counter(record.body["text"] for record in records if record.kind == "note")


class Relay:
    """Passes bytes between a client and a server, but for a blackout, in which nothing arrives."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, 0
        self.dark = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Relay]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            there = await asyncio.open_connection("127.0.0.1", self._to)
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.dark:
                writer.write(data)
                await writer.drain()
        writer.close()


async def test_what_is_written_while_the_server_is_killed_is_there_once_after_it_is_back(
    tmp_path: Path,
) -> None:
    package, data, port = write_package_to(tmp_path / "package"), tmp_path / "data", free_port()
    async with contextlib.AsyncExitStack() as stay:
        async with serving(package, data, port=port) as (url, process):
            guest = await stay.enter_async_context(Guest.join(url, name="Ada", patience=HASTY))
            await guest.put_note("before", point=(0, 0, 0))
            waiting = [
                asyncio.create_task(guest.put_note(f"text {n}", point=(0, 0, 0))) for n in range(COUNT)
            ]
            await guest.wait_for(lambda: len(guest.notes) > COUNT // 3)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await guest.wait_for(lambda: not guest.connected)
            waiting += [
                asyncio.create_task(guest.put_note(f"off {n}", point=(0, 0, 0))) for n in range(COUNT)
            ]
        async with serving(package, data, port=port):
            await asyncio.gather(*waiting)
            assert len(guest.notes) == 2 * COUNT + 1
    expected = ["before", *(f"{kind} {n}" for kind in ("text", "off") for n in range(COUNT))]
    assert texts_in(data / "sessions" / "small") == Counter(expected)


async def test_through_a_blackout_nothing_is_lost_or_doubled_and_one_stays_the_same_person(
    house: House,
) -> None:
    port = urlsplit(house.url).port
    assert port
    async with Relay(port).running() as relay:
        url = f"ws://127.0.0.1:{relay.port}/"
        async with (
            Guest.join(url, name="Ada", patience=HASTY) as ada,
            Guest.join(house.url, name="Bob") as bob,
        ):
            me = ada.id
            relay.dark = True
            waiting = [asyncio.create_task(ada.put_note(f"text {n}", point=(0, 0, 0))) for n in range(COUNT)]
            theirs = await bob.put_note("by Bob meanwhile", point=(0, 0, 0))
            await ada.wait_for(lambda: not ada.connected)
            relay.dark = False
            await asyncio.gather(*waiting)
            assert ada.id == me
            assert theirs in ada.notes
            await bob.wait_for(lambda: len(bob.notes) == COUNT + 1)
            by_ada = Counter(note.text for note in bob.notes.values() if note.author == "Ada")
            assert by_ada == Counter(f"text {n}" for n in range(COUNT))
            session = house.server.room.session
            assert ada.world.last_record == session.number


async def test_more_than_a_thousand_changes_are_not_taken_while_nobody_answers(house: House) -> None:
    port = urlsplit(house.url).port
    assert port
    async with Relay(port).running() as relay:
        url = f"ws://127.0.0.1:{relay.port}/"
        async with Guest.join(url, name="Ada", patience=HASTY) as ada:
            relay.dark = True
            await ada.wait_for(lambda: not ada.connected)
            waiting = [asyncio.create_task(ada.put_note("x", point=(0, 0, 0))) for _ in range(PENDING_MAX)]
            await asyncio.sleep(0)
            with pytest.raises(Refused, match="1000 changes wait") as refusal:
                await ada.put_note("one too many", point=(0, 0, 0))
            assert refusal.value.code == "full"
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
