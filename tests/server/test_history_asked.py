"""People ask a running server for the past, also after it was started again."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.server.conftest import Guest, House, open_house, unpack_blob
from walkdown import messages
from walkdown.messages import AskHistory
from walkdown_server.history import answers

LATE = 2**62
"""Later than anything."""

EARLY = 1


class Answer:
    """An answer about one signal, as numbers."""

    def __init__(self, packed: dict[str, Any]) -> None:
        self.signal = packed["signal"]
        self.times_ns = np.frombuffer(packed["times_ns"], "<i8")
        self.values = np.frombuffer(packed["values"], "<f8")
        self.quality = np.frombuffer(packed["quality"], np.uint8)


async def asked(house: House, guest: Guest, ask: int, *signals: str, points: int = 500) -> list[Answer]:
    """Ask for all of the past of some signals and fetch the answer."""
    rows = tuple(guest.table.index(signal) for signal in signals)
    await guest.say(AskHistory(ask, rows, EARLY, LATE, points))
    said = await guest.said("history", ask=ask)
    url = f"http://127.0.0.1:{house.server.port}/blob/{said['blob']['sha256']}"
    data = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())
    history = unpack_blob(data)
    assert history["epoch"] == guest.epoch
    return [Answer(each) for each in history["signals"]]


async def told(house: House, guest: Guest, signal: str, value: float) -> None:
    """Have a source say a value, and wait until the guest has it."""
    index = guest.table.index(signal)
    house.sink.write([index], [value])
    await guest.until(lambda: guest.table.value(index) == value)


def history_folders(data: Path) -> list[Path]:
    return list(data.glob("sessions/*/history"))


async def test_someone_who_comes_late_is_told_what_was(house: House) -> None:
    async with house.guest("Ada") as ada:
        for value in (10.0, 20.0, 30.0):
            await told(house, ada, "fil.speed", value)
        await told(house, ada, "fil.mode", 1)
        async with house.guest("Ben") as ben:
            assert 0 < ben.welcome["history_ns"] <= ben.welcome["time_ns"]
            speed, mode = await asked(house, ben, 1, "fil.speed", "fil.mode")
    finite = speed.values[np.isfinite(speed.values)]
    assert finite.tolist() == [10.0, 20.0, 30.0]
    assert mode.values[-1] == 1
    assert (np.diff(speed.times_ns) > 0).all()


async def test_the_past_is_there_after_a_restart_and_time_goes_on(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        await told(house, ada, "fil.speed", 10.0)
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        await told(house, ada, "fil.speed", 20.0)
        (speed,) = await asked(house, ada, 1, "fil.speed")
    finite = np.isfinite(speed.values)
    assert speed.values[finite].tolist() == [10.0, 20.0]
    first, second = np.flatnonzero(finite).tolist()
    assert second > first + 1, "the time when there was no server is a break"
    assert (np.diff(speed.times_ns) > 0).all()


async def test_session_time_is_never_below_the_newest_of_the_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        await told(house, ada, "fil.speed", 10.0)
        before_ns = ada.welcome["time_ns"]
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000)
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        assert ada.welcome["time_ns"] > before_ns


async def test_a_server_that_keeps_nothing_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path, history_mb=0) as house, house.guest("Ada") as ada:
        assert ada.welcome.get("history_ns", 0) == 0
        await ada.say(AskHistory(1, (0,), EARLY, LATE))
        said = await ada.said("history", ask=1)
    assert "nothing of the past" in said["text"]
    assert not history_folders(tmp_path)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (AskHistory(1, (99_999,), EARLY, LATE), "There is no signal 99999"),
        (AskHistory(1, (0,), 10, 5), "ends before it begins"),
    ],
)
async def test_a_question_that_makes_no_sense_is_answered_with_a_sentence(
    house: House, question: AskHistory, text: str
) -> None:
    async with house.guest("Ada") as ada:
        await ada.say(question)
        assert text in (await ada.said("history", ask=1))["text"]


async def test_a_text_has_no_past(house: House) -> None:
    async with house.guest("Ada") as ada:
        (product,) = await asked(house, ada, 1, "fil.product")
    assert len(product.values) == 0


async def test_two_questions_of_one_person_are_answered_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = asyncio.Event()

    async def wait(*_given: object) -> None:
        await free.wait()

    async with house.guest("Ada") as ada:
        with monkeypatch.context() as held:
            held.setattr(answers.Answers, "_answer", wait)
            for ask in (1, 2, 3):
                await ada.say(AskHistory(ask, (0,), EARLY, LATE))
            said = await ada.said("history", ask=3)
            free.set()
    assert "2 questions" in said["text"]


async def test_more_questions_than_anyone_has_are_put_off(house: House) -> None:
    async with house.guest("Ada") as ada:
        refused = 0
        for ask in range(1, 60):
            await ada.say(AskHistory(ask, (0,), EARLY, LATE))
            said = await ada.said("history", ask=ask)
            refused += "in a second" in said.get("text", "")
    assert refused > 10


async def test_an_answer_has_no_more_points_than_were_asked_for(house: House) -> None:
    async with house.guest("Ada") as ada:
        for value in range(12):
            await told(house, ada, "fil.speed", value)
        (speed,) = await asked(house, ada, 1, "fil.speed", points=6)
    assert len(speed.values) <= 6
    assert {0.0, 11.0} <= set(speed.values.tolist())


async def test_a_disk_that_does_not_let_us_stops_the_past_and_not_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_options: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("walkdown_server.history.past.Ring", fail)
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        said = await ada.said("source", name="history", state="down")
        assert "Input/output error" in said["text"]
        await told(house, ada, "fil.speed", 10.0)
        reply = await ada.operate(messages.PutNote, note="n", text="still here", point=(0, 0, 0))
        assert reply["number"] == 1
