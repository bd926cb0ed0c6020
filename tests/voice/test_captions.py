"""Captions by any recogniser, without ever holding up the sound; one real one understands clear words."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import threading
import wave
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from tests.voice.line import F32
from walkdown.errors import Missing
from walkdown.voice import FRAME_SAMPLES, RATE_HZ
from walkdown_client.audio import captions as module
from walkdown_client.audio.captions import (
    TALKERS_MAX,
    WAITING_MAX,
    Captions,
    CaptionSwitch,
    Recogniser,
    find_recogniser,
)
from walkdown_client.audio.captions_sphinx import Sphinx
from walkdown_client.audio.orders import Caption, Choice
from walkdown_client.voice.resample import Resampler

NO_SPEECH = "espeak-ng is not installed"
PIECE = np.full(FRAME_SAMPLES, 0.1, np.float32)


class Counting:
    """Understands how many samples it has heard."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self, samples: F32) -> str:
        self.heard += len(samples)
        return f"{self.heard // 1600} tenths"

    def end(self) -> str:
        text, self.heard = f"{self.heard // 1600} tenths in all", 0
        return text


class Ending(Captions):
    """Captions that can be waited for."""

    def all(self) -> list[Caption]:
        self.close(within_secs=60.0)
        return self.take()


def hear(captions: Captions, speaker: int, sound: F32) -> None:
    for frame in np.pad(sound, (0, -len(sound) % FRAME_SAMPLES)).reshape(-1, FRAME_SAMPLES):
        captions.hear(speaker, frame)
    captions.hear(speaker, None)


def american(text: str) -> F32:
    """Say a text in the accent that the engine's model has learnt, which the program itself never does."""
    command = ["espeak-ng", "-v", "en-us", "--stdout", text]
    spoken = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        rate_hz, data = file.getframerate(), file.readframes(1 << 24)
    sound = np.frombuffer(data[: len(data) // 2 * 2], "<i2") / 32768
    return Resampler(rate_hz, RATE_HZ).take(sound.astype(np.float32))


def test_a_spurt_has_growing_captions_and_a_final_one_and_each_talker_their_own() -> None:
    captions = Ending(lambda: Counting)
    hear(captions, 4, np.tile(PIECE, 25))
    hear(captions, 9, np.tile(PIECE, 10))
    hear(captions, 4, np.tile(PIECE, 10))
    made = captions.all()
    assert [(one.speaker, one.spurt, one.text) for one in made if one.final] == [
        (4, 1, "5 tenths in all"),
        (9, 2, "2 tenths in all"),
        (4, 3, "2 tenths in all"),
    ]
    assert [one.text for one in made if one.spurt == 1][:3] == ["0 tenths", "1 tenths", "2 tenths"]


def test_a_slow_recogniser_holds_up_nobody_and_takes_bounded_memory() -> None:
    going = threading.Event()

    class Slow(Counting):
        def hear(self, samples: F32) -> str:
            going.wait(30)
            return super().hear(samples)

    captions = Ending(lambda: Slow)
    taken = sum(captions.hear(1, PIECE) for _piece in range(3 * WAITING_MAX))
    going.set()
    captions.all()
    assert WAITING_MAX <= taken <= WAITING_MAX + 2


def test_who_ends_while_much_waits_gives_their_recogniser_back() -> None:
    going = threading.Event()

    class Slow(Counting):
        def hear(self, samples: F32) -> str:
            going.wait(30)
            return super().hear(samples)

    captions = Ending(lambda: Slow)
    talkers = range(1, TALKERS_MAX + 1)
    for number in range(2 * WAITING_MAX):
        captions.hear(talkers[number % TALKERS_MAX], PIECE)
    for speaker in talkers:
        captions.hear(speaker, None)
    going.set()
    while not captions._waiting.empty():
        captions.take()
    hear(captions, 99, np.tile(PIECE, 10))
    assert 99 in {one.speaker for one in captions.all() if one.final}


def test_a_recogniser_that_fails_costs_one_utterance() -> None:
    class Failing(Counting):
        def hear(self, samples: F32) -> str:
            if self.heard > 3000:
                raise ValueError("too much")
            return super().hear(samples)

    captions = Ending(lambda: Failing)
    hear(captions, 1, np.tile(PIECE, 30))
    hear(captions, 1, np.tile(PIECE, 5))
    assert [one.text for one in captions.all() if one.final][-1] == "1 tenths in all"


def test_a_recogniser_of_others_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = EntryPoint("mine", f"{__name__}:Counting", module.GROUP)
    monkeypatch.setattr(module, "entry_points", lambda group: [mine] if group == module.GROUP else [])
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(EntryPoint, "load", lambda _self: Counting)
    made: Recogniser = find_recogniser()()
    assert isinstance(made, Counting)
    assert find_recogniser("mine") is Counting
    assert find_recogniser(Sphinx.NAME) is Sphinx


def test_a_recogniser_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(Missing, match=r"no recogniser nobody.*pocketsphinx"):
        find_recogniser("nobody")


def test_captions_are_made_only_while_they_are_wished() -> None:
    switch = CaptionSwitch()
    switch.hear(1, PIECE)
    assert switch.take_told() == []
    switch.choose(Choice(captions=True))
    assert switch._captions is not None
    switch.choose(Choice(captions=True, master=0.5))
    switch.choose(Choice())
    assert switch._captions is None


def test_a_recogniser_that_does_not_load_is_told() -> None:
    def broken() -> module.MakeRecogniser:
        raise RuntimeError("no model")

    captions = Ending(broken)
    captions._thread.join(30)
    assert captions.text == "there are no captions: no model"


def test_without_the_extra_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    captions = Ending(lambda: Sphinx)
    hear(captions, 1, PIECE)
    assert captions.all() == []
    assert "walkdown[captions]" in captions.text


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason=NO_SPEECH)
def test_a_real_engine_understands_clear_words() -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed")
    captions = Ending(lambda: Sphinx)
    hear(captions, 3, american("one two three four five"))
    hear(captions, 3, american("stop"))
    finals = [one.text for one in captions.all() if one.final]
    assert finals[1:] == ["stop"]
    assert len(set(finals[0].split()) & {"one", "two", "three", "four", "five"}) >= 3, finals
