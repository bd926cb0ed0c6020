"""A real server, a guest who speaks, and a client's real sound process: what is said arrives and is shown."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.client.conftest import QUICK
from tests.server.conftest import open_house
from walkdown.messages import SUBPROTOCOL, AskVoiceHealth, Hello, VoiceHealth
from walkdown.voice import FRAME_SAMPLES, RATE_HZ
from walkdown_client.address import parse_address
from walkdown_client.app.sounding import SoundDoor, Sounding
from walkdown_client.audio.orders import Told, VoiceOut
from walkdown_client.audio.process import SoundProcess
from walkdown_client.guest import Guest
from walkdown_client.input.camera import Lens, Pose
from walkdown_client.link import Link
from walkdown_client.speech import speak
from walkdown_client.tools.view_state import ViewState
from walkdown_client.voice.opus import Encoder, load
from walkdown_client.voice.talker import Talker
from walkdown_client.world import World

FRAME_SECS = 0.02
EYE = Pose(np.array([0.0, 0.0, 1.7]))
SAID = speak("Good morning, the filler is slow today, and the capper waits")


class Listener:
    """A client without a picture: the link, the world and the sound of one."""

    def __init__(self, url: str) -> None:
        address = parse_address(url)
        self.world, self.view = World(), ViewState()
        self.processes: list[SoundProcess] = []
        self.sounding = Sounding(self.world, self.view, start=self._start)
        hello = Hello(SUBPROTOCOL, "Bob", session=address.session)
        self.link = Link(address, hello, patience=QUICK, on_voice=self.sounding.hear)
        self.sounding.open(self.link)
        self._loop = asyncio.get_running_loop()

    def _start(self, told: Callable[[Told], None], ended: Callable[[str], None]) -> SoundDoor:
        self.told = told
        self.processes.append(SoundProcess(told, ended, environment={"WALKDOWN_AUDIO_DRIVERS": "null"}))
        return self.processes[-1]

    def frame(self) -> None:
        for event in self.link.drain():
            self.world.apply(event)
        now_ns = round(self._loop.time() * 1e9)
        self.world.advance(self.world.clock.session_ns(now_ns))
        self.sounding.step(self._loop.time(), EYE, Lens())
        self.link.send_pose(EYE.position, EYE.quaternion, flags=self.sounding.pose_flags)

    async def until(self, holds: Callable[[], object], *, timeout_secs: float = 20.0) -> None:
        async with asyncio.timeout(timeout_secs):
            while not holds():
                self.frame()
                await asyncio.sleep(FRAME_SECS)

    async def speak(self, samples: npt.NDArray[np.float32]) -> None:
        """Say something in real time, as the sound process says what its microphone hears."""
        talker, began_ns = Talker(Encoder(load())), time.monotonic_ns()
        talker.press(True)
        for number, frame in enumerate(samples.reshape(-1, FRAME_SAMPLES), 1):
            due_ns = began_ns + number * 20_000_000
            await asyncio.sleep((due_ns - time.monotonic_ns()) / 1e9)
            for packet in talker.talk(frame, self.world.clock.session_ns(due_ns)):
                self.told(VoiceOut(packet))

    async def rest(self, secs: float) -> None:
        """Draw frames for a while: reports go out every two seconds."""
        ends = self._loop.time() + secs
        await self.until(lambda: self._loop.time() >= ends)

    async def health(self) -> VoiceHealth:
        before = self.world.voice.health
        self.link.send(AskVoiceHealth())
        await self.until(lambda: self.world.voice.health is not before)
        return self.world.voice.health

    def close(self) -> None:
        self.sounding.close()
        self.link.close()


@contextlib.asynccontextmanager
async def listening(url: str) -> AsyncIterator[Listener]:
    made = Listener(url)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.close)


@pytest.mark.timeout(60)
async def test_what_a_guest_says_arrives_is_shown_and_both_know_that_it_did(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path) as house,
        Guest.join(house.url, name="Ada") as ada,
        listening(house.url) as bob,
    ):
        ada.move_to((2.0, 3.0, 1.7))
        await bob.until(lambda: bob.sounding.facts.has_output and ada.id in bob.world.people_ids)
        await bob.until(lambda: bob.world.people[bob.world.me].ears)
        saying = asyncio.create_task(ada.speak(SAID))
        await bob.until(lambda: ada.id in bob.sounding.facts.speaking)
        bearing = bob.sounding.facts.bearings[ada.id]
        assert bearing.right_rad == pytest.approx(np.arctan2(2, 3), abs=0.01)
        await bob.until(saying.done)
        assert bob.sounding.facts.talkers[ada.id].audible
        await bob.until(lambda: ada.id not in bob.sounding.facts.speaking)
        judged = []
        for _time in range(4):
            await bob.rest(0.6)
            judged.append(await bob.health())
        assert any(arrived(health, listener=bob.world.me, speaker=ada.id) for health in judged)


def arrived(health: VoiceHealth, *, listener: int, speaker: int) -> bool:
    """Tell whether the server knows that one heard the other, however well on a busy computer."""
    pairs = (pair for pair in health.pairs if (pair.listener, pair.speaker) == (listener, speaker))
    return any(pair.verdict in {"good", "poor"} for pair in pairs)


async def test_ones_own_words_come_back_by_way_of_the_server_and_nobody_else_hears_them(
    tmp_path: Path,
) -> None:
    async with (
        open_house(tmp_path) as house,
        Guest.join(house.url, name="Ada") as ada,
        listening(house.url) as bob,
    ):
        ada.move_to((1.0, 1.0, 1.7))
        ada.tune(ears=True)
        await bob.until(lambda: bob.sounding.facts.has_output and ada.id in bob.world.people_ids)
        bob.sounding.start_echo(asyncio.get_running_loop().time())
        bob.frame()
        me = bob.world.me
        await ada.wait_for(lambda: me in ada.people and ada.people[me].reach == "group")
        speaking = asyncio.create_task(bob.speak(SAID[: 2 * RATE_HZ]))
        await bob.until(lambda: speaking.done() and (echo := bob.sounding.facts.echo) and echo.received > 40)
        echo = bob.sounding.facts.echo
        assert echo is not None
        assert echo.lost < echo.received / 4, "a busy computer may be late for some"
        assert 0.0 < echo.delay_secs < 5.0
        assert ada.take_overheard() == []


async def test_a_sound_process_that_is_killed_comes_back_and_the_client_goes_on(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, listening(house.url) as bob:
        await bob.until(lambda: bob.sounding.facts.has_output)
        os.kill(bob.processes[0].pid, signal.SIGKILL)
        await bob.until(lambda: bob.processes[0].starts == 2)
        assert bob.sounding.facts.running
        assert bob.world.link_state == "live"
