"""The doctor of ears, microphone and voice says what is there, what is not, and what could not be tried."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import typer

from tests.server.conftest import open_house
from tests.server.udp_guest import listen
from walkdown.errors import BadInput, Missing
from walkdown.messages import PairHealth
from walkdown.voice import RATE_HZ
from walkdown_client import audio_doctor, doctor
from walkdown_client.audio import devices
from walkdown_client.audio.devices import Devices
from walkdown_client.checkup import Finding
from walkdown_client.ear_check import SIDES, said_from
from walkdown_client.voice import opus
from walkdown_client.world import World

NOTHING = Devices()
EVERYTHING = Devices(("headset", "built-in"), ("headphones",), "headset", "headphones")


class Card:
    """A sound card that keeps what it is told to play and records a tone."""

    def __init__(self, level: float = 0.2) -> None:
        self.level = level
        self.played: list[np.ndarray[Any, np.dtype[np.float32]]] = []

    def play(self, samples: np.ndarray[Any, np.dtype[np.float32]], *, samplerate: int) -> None:
        assert samplerate == RATE_HZ
        self.played.append(samples)

    def rec(self, count: int, **_how: object) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.full((count, 1), self.level, np.float32)

    def wait(self) -> None:
        """Everything is over at once."""


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_a_computer_without_sound_is_told_what_works_and_what_could_not_be_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "look", lambda: NOTHING)
    found = by_name(list(audio_doctor.examine_audio(say=lambda _text: None)))
    assert found["Codec"].well
    assert "libopus" in found["Codec"].text
    assert found["OpenAL"].well
    assert found["Direction"].well
    assert "no microphone" in found["Microphone"].text
    assert all("not tried" in found[name].text for name in ("Ears", "Own voice", "Echo"))
    assert doctor.can_demo(list(found.values()))


def test_without_libopus_the_exit_code_is_1_and_the_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent() -> None:
        raise Missing("voice is off: libopus was not found; install it with pip install 'walkdown[opus]'")

    monkeypatch.setattr(opus, "load", absent)
    monkeypatch.setattr(devices, "look", lambda: NOTHING)
    with pytest.raises(typer.Exit) as stop:
        doctor.doctor(audio=True)
    assert stop.value.exit_code == 1
    assert "walkdown[opus]" in capsys.readouterr().out


def test_an_address_without_audio_is_a_mistake_that_is_explained() -> None:
    with pytest.raises(BadInput, match="--audio ws://plant"):
        doctor.doctor("ws://plant")


@pytest.mark.parametrize(("side", "louder"), [("the left", 0), ("the right", 1)])
def test_a_side_of_the_ear_check_is_heard_on_that_side(side: str, louder: int) -> None:
    heard = said_from(SIDES[side], "left")
    energy = np.square(heard, dtype=np.float64).sum(axis=0)
    assert energy[louder] > 3 * energy[1 - louder] > 0


def test_each_side_is_said_before_it_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    card, said = Card(), list[str]()
    monkeypatch.setattr(devices, "portaudio", lambda: card)
    finding = audio_doctor._ears(said.append)
    assert finding.well
    assert len(card.played) == len(said) == 4
    assert [side for side in SIDES if any(side in text for text in said)] == list(SIDES)


def test_ones_own_voice_is_recorded_measured_and_played(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card()
    monkeypatch.setattr(devices, "portaudio", lambda: card)
    finding = audio_doctor._own_voice(lambda _text: None, play=True)
    assert finding.well
    assert "-14 dBFS" in finding.text
    assert len(card.played) == 1
    monkeypatch.setattr(devices, "portaudio", lambda: Card(1e-5))
    quiet = audio_doctor._own_voice(lambda _text: None, play=False)
    assert not quiet.well
    assert quiet.remedy


def test_a_card_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_what: object, **_how: object) -> None:
        raise RuntimeError("Device unavailable", -9985)

    card = SimpleNamespace(play=refuse, rec=refuse, wait=lambda: None)
    monkeypatch.setattr(devices, "portaudio", lambda: card)
    assert "could be played" in audio_doctor._ears(lambda _text: None).text
    assert "another program" in audio_doctor._own_voice(lambda _text: None, play=True).text


def test_the_microphone_of_the_system_is_named_and_the_others_with_it() -> None:
    finding = audio_doctor._microphone(EVERYTHING)
    assert finding.well
    assert finding.text == "headset; there are also built-in"


async def test_a_signal_goes_through_a_server_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_doctor, "HEALTH_SECS", 0.0)
    async with open_house(tmp_path) as house, house.guest("Bob") as bob:
        await listen(bob)
        keeper = house.server.room.voices.keeper = Mock()
        house.server.room.voices.record(on=True)
        echo, *pairs = await audio_doctor._through(house.url)
        assert bob.voices == [], "nobody else has to hear a test"
        assert keeper.take.call_count == 0, "nor is it recorded"
    assert "of 100 packets came back" in echo.text
    assert int(echo.text.split(":")[1].split()[0]) >= 95
    assert echo.name == "Echo"
    assert [pair.text for pair in pairs] == ["nobody else spoke in the last seconds"]


async def test_an_observer_is_told_that_there_is_nothing_to_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house:
        monkeypatch.setattr(World, "may", lambda _world, kind: kind != "voice")
        (finding,) = await audio_doctor._through(house.url)
    assert "as an observer" in finding.text
    assert not finding.needed


async def test_where_no_server_is_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_doctor, "JOIN_SECS", 0.2)
    (finding,) = await audio_doctor._through("ws://127.0.0.1:1")
    assert not finding.well
    assert finding.needed
    assert "could not be tried" in finding.text


def test_each_pair_has_a_line() -> None:
    people = {
        2: SimpleNamespace(name="Ada", kind="person"),
        3: SimpleNamespace(name="Ben", kind="person"),
        4: SimpleNamespace(name="Bot", kind="bot"),
    }
    guest: Any = SimpleNamespace(world=SimpleNamespace(people=people, me=1))
    pairs = [
        PairHealth(2, 3, 250, 249, 5.0, concealed=0.01, delay_secs=0.12, verdict="good"),
        PairHealth(3, 2, 250, 0, 5.0, verdict="deaf"),
        PairHealth(1, 2, 250, 0, 5.0, verdict="unknown"),
        PairHealth(4, 2, 250, 0, 5.0, verdict="no_ears"),
    ]
    findings = audio_doctor._pairs(guest, pairs)
    assert [(finding.well, finding.text) for finding in findings] == [
        (True, "Ada hears Ben well, 120 ms later, 1.0% invented"),
        (False, "Ben does not hear Ada: 0 packets in 5 s"),
    ]
