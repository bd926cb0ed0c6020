"""Guests and late joiners see what was before they came, also after the server was started again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.client.conftest import QUICK, client
from tests.server.conftest import House, open_house
from walkdown.errors import Missing, Refused
from walkdown.messages import AskHistory, Blob, ClientMessage, Delays, HistoryPart
from walkdown_client.app.remembering import ROWS_MAX, SPAN_NS, Remembering
from walkdown_client.asking import AT_ONCE, Asking
from walkdown_client.events import Heard
from walkdown_client.guest import Guest
from walkdown_client.guest_blocking import join
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


async def told(house: House, guest: Guest, signal: str, value: float) -> None:
    index = guest.world.signals.index(signal)
    house.sink.write([index], [value])
    await guest.wait_for(lambda: guest.value(signal) == value)


async def test_a_guest_reads_the_past_of_a_signal(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        for value in (10.0, 20.0, 30.0):
            await told(house, ada, "fil.speed", value)
        async with Guest.join(house.url, name="Ben") as ben:
            times, values, quality = await ben.history("fil.speed", seconds=600)
            finite = np.isfinite(values)
            assert values[finite].tolist() == [10.0, 20.0, 30.0]
            assert quality[finite].tolist() == [0, 0, 0]
            now = np.datetime64(ben.world.tick_ns, "ns")
            assert (times <= now).all()
            assert (now - times < np.timedelta64(60, "s")).all()
            with pytest.raises(KeyError):
                await ben.history("nobody")


async def test_the_past_of_a_guest_reaches_over_a_restart(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, Guest.join(house.url, name="Ada") as ada:
        await told(house, ada, "fil.speed", 10.0)
    async with open_house(tmp_path) as house, Guest.join(house.url, name="Ada") as ada:
        await told(house, ada, "fil.speed", 20.0)
        values = (await ada.history("fil.speed")).values
    assert values[np.isfinite(values)].tolist() == [10.0, 20.0]
    assert np.isnan(values[1:-1]).any()


async def test_a_program_without_asyncio_reads_it_too(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await told(house, ada, "fil.speed", 10.0)

        def read() -> Sequence[float]:
            with join(house.url, name="Ben") as ben:
                values: list[float] = ben.history("fil.speed").values.tolist()
                return values

        assert (await asyncio.to_thread(read))[-1] == 10.0


async def test_a_late_joiner_selects_a_thing_and_its_curve_begins_before_they_came(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        for value in range(1, 6):
            await told(house, ada, "fil.speed", float(value))
        async with client(house.url, "Ben", patience=QUICK) as ben:
            await ben.live()
            remembering, view = Remembering(ben.link.ask_past), ViewState(selection=("L1.FIL",))
            row = ben.world.signals.index("fil.speed")
            joined_ns = ben.world.welcome.time_ns if ben.world.welcome else 0

            def curve() -> tuple[list[float], list[float]]:
                remembering.look(ben.world, view)
                ben.world.advance(ben.world.tick_ns)
                times, values = ben.world.history(row)
                return times.tolist(), values.tolist()

            await ben.until(lambda: {1.0, 2.0, 3.0, 4.0, 5.0} <= set(curve()[1]))
            await told(house, ada, "fil.speed", 6.0)
            await ben.until(lambda: curve()[1][-1] == 6.0)
            times, values = curve()
    assert ben.world.tick_ns + times[0] * 1e9 < joined_ns
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert values == sorted(values), "no older value comes after a newer one where past and present meet"


async def test_a_signal_is_asked_for_once_after_each_welcome_and_not_when_all_was_seen(house: House) -> None:
    asked: list[tuple[int, ...]] = []

    def ask(signals: Sequence[int], *, from_ns: int, to_ns: int) -> None:
        assert to_ns - from_ns == SPAN_NS
        asked.append(tuple(signals))

    async with Guest.join(house.url, name="Ada") as ada:
        world, remembering = ada.world, Remembering(ask)
        await ada.wait_for(lambda: world.tick_ns > 0)
        view = ViewState(selection=("P-101",))
        remembering.look(world, view)
        remembering.look(world, view)
        assert len({row for rows in asked for row in rows}) == sum(map(len, asked)) == ROWS_MAX
        asked.clear()
        view.selection = ("nothing",)
        remembering.look(world, view)
        view.selection = ("L1.FIL",)
        world._tick_ns += SPAN_NS + 1
        remembering.look(world, view)
        assert asked == []


class Line:
    """What a client asks, and answers made by hand."""

    def __init__(self, data: bytes = b"") -> None:
        self.said: list[AskHistory] = []
        self.data = data
        self.asking = Asking(send=self._send, fetch=self._fetch)

    def _send(self, message: ClientMessage) -> None:
        assert isinstance(message, AskHistory)
        self.said.append(message)

    async def _fetch(self, _blob: Blob) -> bytes:
        return self.data

    def ask(self) -> asyncio.Task[object]:
        return asyncio.create_task(self.asking.ask([0], from_ns=0, to_ns=1))


async def test_more_than_two_questions_wait_for_their_turn() -> None:
    line = Line()
    tasks = [line.ask() for _number in range(3)]
    await asyncio.sleep(0)
    assert len(line.said) == AT_ONCE
    line.asking.hear(HistoryPart(line.said[0].ask, text="no"))
    with pytest.raises(Refused, match="no"):
        await tasks[0]
    await asyncio.sleep(0)
    assert [question.ask for question in line.said] == [1, 2, 3]
    line.asking.hear(HistoryPart(99, text="whose?"))
    line.asking.lose()
    for task in tasks[1:]:
        with pytest.raises(Missing):
            await task


async def test_what_the_server_measures_of_itself_is_known(house: House) -> None:
    world = World()
    world.apply(Heard(Delays(signal_p95=0.09)))
    assert world.delays.signal_p95 == 0.09
