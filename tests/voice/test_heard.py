"""Two guests and a server: what one says is what the other hears, from where the one stands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.server.conftest import open_house
from walkdown.messages import Voice
from walkdown.voice import RATE_HZ, Route
from walkdown_client.audio.orders import Walls
from walkdown_client.bot import SPEAKERS_MAX, Bot, BotPlan
from walkdown_client.guest import Guest
from walkdown_client.guest_voice import GuestEars
from walkdown_client.speech import speak

F32 = npt.NDArray[np.float32]

SAID = speak("The filler is slow")
LISTEN_SECS = len(SAID) / RATE_HZ + 0.6
WHOLE, TRIES = 0.8, 10
"""How like what was said all of it is, and how often it is said again until it is."""

HEAD_SECS = 0.0007
"""No ear is later than the other by more."""


def band(sound: F32, low_hz: float, high_hz: float) -> F32:
    spectrum = np.fft.rfft(sound, axis=0)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum[(hertz < low_hz) | (hertz > high_hz)] = 0
    return np.asarray(np.fft.irfft(spectrum, len(sound), axis=0), np.float32)


def lags(one: F32, other: F32) -> npt.NDArray[np.float64]:
    """Correlation of ``other`` with ``one`` moved by 0, 1, 2 … samples."""
    size = len(one) + len(other)
    found = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size)), size)
    return np.asarray(found / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-12))


def likeness(heard: F32, said: F32 = SAID) -> float:
    """How much each quarter of a second that is heard is what was said, 0 to 1: the middle of all."""
    mixed = band(heard.mean(1), 200, 3000)
    pieces = [piece for piece in np.array_split(band(said, 200, 3000), 5) if np.abs(piece).max() > 0.05]
    return float(np.median([_found(piece, mixed) for piece in pieces]))


def _found(piece: F32, sound: F32) -> float:
    """Correlation of a piece with what lies under it, at the best place."""
    size = len(piece) + len(sound)
    found = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)
    grown = np.concatenate([[0.0], np.cumsum(sound.astype(np.float64) ** 2)])
    power = grown[len(piece) :] - grown[: -len(piece)]
    return float((found[: len(power)] / np.sqrt(power * (piece**2).sum() + 1e-9)).max())


def itd_secs(heard: F32) -> float:
    """How much later the left ear hears it, positive for what is on the right."""
    low = band(heard, 200, 1500)
    most = round(HEAD_SECS * RATE_HZ)
    found = lags(low[:, 1], low[:, 0])
    return float(np.argmax(np.concatenate([found[-most:], found[: most + 1]])) - most) / RATE_HZ


def level_db(heard: F32, low_hz: float = 200, high_hz: float = 7000) -> float:
    return float(10 * np.log10(np.mean(band(heard, low_hz, high_hz) ** 2) + 1e-12))


async def hear(ears: GuestEars, ada: Guest) -> F32:
    """Let Ada say her words while Bob listens; again where a busy computer let some of them come too late."""
    best = np.zeros((len(SAID), 2), np.float32)
    for _time in range(TRIES):
        saying = asyncio.create_task(ada.speak(SAID))
        heard = await ears.listen(LISTEN_SECS)
        await saying
        best = max(best, heard, key=likeness)
        if likeness(best) > WHOLE:
            break
    return best


async def stand(ada: Guest, bob: Guest, x: float, y: float) -> None:
    """Put Ada somewhere, and wait until Bob has seen it."""
    ada.move_to((x, y))
    await bob.wait_for(lambda: _near(bob, ada.id, x, y))


def _all_listen(guest: Guest) -> bool:
    return all(person.ears for person in guest.people.values())


def _near(bob: Guest, person: int, x: float, y: float) -> bool:
    place = bob.position_of(person)
    return place is not None and bool(np.hypot(place[0] - x, place[1] - y) < 0.01)


@contextlib.asynccontextmanager
async def meeting(folder: Path, *names: str) -> AsyncIterator[list[Guest]]:
    """Guests who stand side by side, and know it of each other."""
    async with open_house(folder) as house, contextlib.AsyncExitStack() as stack:
        guests = [await stack.enter_async_context(Guest.join(house.url, name=name)) for name in names]
        for number, guest in enumerate(guests):
            guest.move_to((float(number), 0.0))
            guest.tune(ears=True)
        for guest in guests:
            for number, other in enumerate(guests):
                if other is not guest:
                    await guest.wait_for(partial(_near, guest, other.id, float(number), 0.0))
            await guest.wait_for(partial(_all_listen, guest))
        yield guests


def a_wall(y: float) -> Walls:
    return Walls(
        frames=np.array([0, y, 1, 0], "<f4").tobytes(),
        halves=np.array([20, 0.15, 10], "<f4").tobytes(),
        middles=np.zeros(1, "<f4").tobytes(),
        losses=np.full(1, 20, "<f4").tobytes(),
        keys=np.zeros(1, "<u4").tobytes(),
    )


async def test_one_hears_what_another_says_from_where_they_stand_and_dull_behind_a_wall(
    tmp_path: Path,
) -> None:
    async with (
        open_house(tmp_path) as house,
        Guest.join(house.url, name="Ada") as ada,
        Guest.join(house.url, name="Bob") as bob,
    ):
        bob.move_to((0, 0))
        async with bob.open_ears() as ears:
            assert ears.hrtf == "on"
            await stand(ada, bob, 3.0, 0.5)
            right = await hear(ears, ada)
            assert likeness(right) > 0.6 > 0.45 > likeness(right, SAID[::-1])
            assert itd_secs(right) > 0.0003
            assert level_db(right[:, 1:]) > level_db(right[:, :1]) + 3

            await stand(ada, bob, -3.0, 0.5)
            left = await hear(ears, ada)
            assert likeness(left) > 0.6
            assert itd_secs(left) < -0.0003

            await stand(ada, bob, 0.0, 3.0)
            clear = await hear(ears, ada)
            assert abs(itd_secs(clear)) < 0.0001
            ears.take(a_wall(1.5))
            await ears.listen(0.3)
            dull = await hear(ears, ada)
            assert level_db(dull) < level_db(clear) - 10
            assert level_db(dull, 3000, 7000) - level_db(dull, 200, 1000) < (
                level_db(clear, 3000, 7000) - level_db(clear, 200, 1000) - 3
            )


async def test_one_can_hear_oneself_to_try_everything_out(tmp_path: Path) -> None:
    async with meeting(tmp_path, "Ada") as (ada,):
        ada.tune(echo=True)
        await ada.wait_for(lambda: ada.world.people[ada.id].microphone is False)
        await ada.speak(SAID[: RATE_HZ // 4])
        await ada.wait_for(lambda: bool(ada._overheard))
        came = ada.take_overheard()
        assert {packet.speaker for packet in came} == {ada.id}
        assert {packet.route for packet in came} == {Route.ECHO}


async def test_nobody_is_heard_by_who_wants_to_hear_nobody(tmp_path: Path) -> None:
    async with meeting(tmp_path, "Ada", "Bob", "Cyd") as (ada, bob, cyd):
        bob.tune(deaf=True)
        await cyd.wait_for(lambda: cyd.people[bob.id].deaf)
        await ada.speak(SAID[: RATE_HZ // 4])
        await cyd.wait_for(lambda: len(cyd.take_overheard()) > 0)
        assert not bob.take_overheard()


async def test_people_and_their_voices_are_told_as_they_tune(tmp_path: Path) -> None:
    async with meeting(tmp_path, "Ada", "Bob") as (ada, bob):
        ada.tune(group="Piping", reach="group", recordable=False)
        await bob.wait_for(lambda: bob.people[ada.id].group == "Piping")
        seen = bob.people[ada.id]
        assert (seen.reach, seen.recordable) == ("group", False)
        assert ada._speaks_as == Voice(ears=True, group="Piping", reach="group", recordable=False)


async def test_zones_presenters_and_silence_for_all_are_decided_by_guests(tmp_path: Path) -> None:
    async with meeting(tmp_path, "Ada", "Bob") as (ada, bob):
        zone = await ada.put_zone("Office", (0, 0, 0), (4, 4, 3))
        await ada.present(bob.id)
        await ada.mute_all()
        await bob.wait_for(lambda: bob.people[bob.id].presenting and bob.world.voice.rules.muted_all)
        assert [found.name for found in bob.world.voice.rules.zones] == ["Office"]
        await ada.remove_zone(zone)
        await ada.mute_all(muted=False)
        await bob.wait_for(lambda: not bob.world.voice.rules.zones and not bob.world.voice.rules.muted_all)


async def test_health_names_the_pair_that_was_sent_something(tmp_path: Path) -> None:
    async with meeting(tmp_path, "Ada", "Bob") as (ada, bob):
        await ada.speak(SAID[: RATE_HZ // 4])
        await bob.wait_for(lambda: len(bob.take_overheard()) > 0)
        async with asyncio.timeout(30):
            while not (pairs := await ada.voice_health()):
                await ada.speak(SAID[: RATE_HZ // 4])
        assert [(pair.listener, pair.speaker) for pair in pairs] == [(bob.id, ada.id)]
        assert pairs[0].sent > 5


async def test_a_mouth_says_one_thing_after_the_other(tmp_path: Path) -> None:
    async with meeting(tmp_path, "Ada", "Bob") as (ada, bob):
        piece = SAID[: RATE_HZ // 4]
        await asyncio.gather(ada.speak(piece), ada.speak(piece))
        await bob.wait_for(lambda: len(bob._overheard) > 20)
        numbers = [heard.packet.sequence for heard in bob.take_overheard()]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("place", [(-1.0, 0.0), (1.0, 0.0)])
def test_the_judge_knows_left_from_right(place: tuple[float, float]) -> None:
    late = np.zeros((len(SAID), 2), np.float32)
    ear = int(place[0] < 0)
    late[:, 1 - ear], late[10:, ear] = SAID, SAID[:-10]
    assert np.sign(itd_secs(late)) == np.sign(-place[0]) * -1


async def test_a_bot_greets_who_comes_near(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path) as house,
        Guest.join(house.url, name="Robby") as robby,
        Guest.join(house.url, name="Ada", kind="person") as ada,
    ):
        ada.tune(ears=True)
        ada.move_to((1.0, 1.0))
        plan = BotPlan(routes=(((0, 0), (3, 0)),), speed=0.1)
        walking = asyncio.create_task(Bot(robby, plan, 0).run())
        await ada.wait_for(lambda: len(ada._overheard) > 10)
        assert {heard.speaker for heard in ada.take_overheard()} == {robby.id}
        assert ada.people[robby.id].microphone
        walking.cancel()
        await asyncio.wait([walking])


async def test_a_silent_bot_says_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, Guest.join(house.url, name="Robby") as robby:
        assert not Bot(robby, BotPlan(speaks=False), 0)._say("hello")
        assert not Bot(robby, BotPlan(), SPEAKERS_MAX)._say("hello")
