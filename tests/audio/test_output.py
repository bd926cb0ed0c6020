"""Where it sounds: no output, one that is lost, one that comes back, another that the system prefers."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks._hearing_scene import CLICK, looking, loop_at
from tests.voice.portaudio import PortAudio
from walkdown.errors import Missing
from walkdown_client.audio import output as output_module
from walkdown_client.audio.child import SoundLoop
from walkdown_client.audio.device import Device, open_loopback
from walkdown_client.audio.engine import STEP_NS, Engine
from walkdown_client.audio.orders import Choice, OutputMode, Play, State, Stop, Told
from walkdown_client.audio.output import LOOK_NS, Known, Output, Wish, wish_of
from walkdown_client.audio.playback import Playback
from walkdown_client.audio.recordings import Recordings


class Cards:
    """Outputs of a computer that are plugged in and out: loopback devices in their place.

    Attributes:
        there: their names; the first is the system's. opened: what was opened, in turn.
        reopens: whether a device can go to another output by itself.
    """

    def __init__(self) -> None:
        self.there = ["Speakers", "Headset"]
        self.opened: list[Device] = []
        self.reopens = True

    def known(self) -> Known:
        return Known(tuple(self.there), self.there[0] if self.there else "")

    def open(self, name: str, *, mode: OutputMode) -> Device:
        chosen = name or (self.there[0] if self.there else "")
        if chosen not in self.there:
            raise Missing(f"the sound output {chosen!r} cannot be opened: choose another")
        device = _Card(self, chosen, mode)
        self.opened.append(device)
        return device


class _Card(Device):
    def __init__(self, cards: Cards, name: str, mode: OutputMode) -> None:
        loopback = open_loopback(mode=mode)
        self.__dict__ |= loopback.__dict__
        self.cards, self.name, self.loopback = cards, name, False

    @property
    def connected(self) -> bool:
        return self.name in self.cards.there

    def reopen(self, name: str = "") -> bool:
        if not self.cards.reopens or not self.cards.there:
            return False
        self.name = name or self.cards.there[0]
        return True


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Cards:
    made = Cards()
    monkeypatch.setattr(output_module, "open_output", made.open)
    return made


@pytest.fixture
def output(cards: Cards) -> Iterator[Output]:
    made = Output(Engine(), look=cards.known)
    made.choose(Choice())
    yield made
    made.close()


def wait(output: Output, *, times: int = 2) -> None:
    """Let so much time pass that the devices are looked at."""
    start_ns = (output._looked_ns or 0) + LOOK_NS
    for number in range(times):
        output.step(start_ns + number * LOOK_NS)
        if output._looking is not None:
            output._looking.join()


def test_the_system_s_output_is_used_unless_another_is_wished(output: Output) -> None:
    assert (output.name, output.text, output.hrtf) == ("Speakers", "", "on")
    output.choose(Choice(output="Headset"))
    assert output.name == "Headset"


def test_the_same_wish_again_opens_nothing(output: Output, cards: Cards) -> None:
    output.choose(Choice(master=0.2))
    assert len(cards.opened) == 1


def test_an_output_that_is_not_there_is_replaced_and_that_is_said(output: Output) -> None:
    output.choose(Choice(output="Radio"))
    assert output.name == "Speakers"
    assert "'Radio'" in output.text


def test_an_unplugged_output_goes_on_elsewhere_and_comes_back(output: Output, cards: Cards) -> None:
    output.choose(Choice(output="Headset"))
    wait(output)
    cards.there.remove("Headset")
    wait(output)
    assert output.name == "Speakers"
    assert "'Headset' is gone" in output.text
    cards.there.append("Headset")
    wait(output)
    assert (output.name, output.text) == ("Headset", "")
    assert len(cards.opened) == 2  # it was moved, not opened anew: nothing was interrupted


def test_an_unplugged_output_is_noticed_within_half_a_second(output: Output, cards: Cards) -> None:
    wait(output)
    start_ns = output._looked_ns or 0
    cards.there.remove("Speakers")
    for step in range(1, 56):
        output.step(start_ns + step * STEP_NS)
    assert output.name == "Headset"


def test_an_unplugged_output_is_opened_anew_where_it_cannot_be_moved(output: Output, cards: Cards) -> None:
    cards.reopens = False
    wait(output)
    cards.there = ["Headset"]
    wait(output)
    assert output.name == "Headset"
    assert len(cards.opened) == 2


def test_the_sound_follows_the_system_s_choice(output: Output, cards: Cards) -> None:
    wait(output)
    cards.there = ["Headset", "Speakers"]
    wait(output)
    assert (output.name, output.text) == ("Headset", "")


def test_an_output_that_calls_itself_otherwise_is_not_opened_again_and_again(
    output: Output, cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[str] = []

    def reopen(_card: _Card, name: str = "") -> bool:
        moves.append(name)
        return True

    monkeypatch.setattr(_Card, "reopen", reopen)
    monkeypatch.setattr(cards, "known", lambda: Known(("Speakers",), "The very same"))
    output._look = cards.known
    wait(output, times=6)
    assert len(moves) <= 1


def test_without_an_output_it_is_silent_and_finds_one_later(output: Output, cards: Cards) -> None:
    cards.reopens = False
    wait(output)
    cards.there = []
    wait(output, times=3)
    assert output.name == ""
    assert "cannot be opened" in output.text
    cards.there = ["Television"]
    wait(output)
    assert (output.name, output.text) == ("Television", "")


def test_what_sounded_goes_on_at_the_new_output(cards: Cards) -> None:
    engine = Engine(recordings=Recordings(loop=lambda _number: np.tile(CLICK, 4)))
    output = Output(engine, look=cards.known)
    output.choose(Choice())
    engine.take(looking())
    engine.take(loop_at((0.0, 2.0, 1.7)))
    output.choose(Choice(mode="speakers"))
    for step in range(20):
        output.step(step * STEP_NS)
    assert cards.opened[-1].mode == "speakers"
    assert Device.render(cards.opened[-1], 9600).any()
    output.close()


def test_no_device_at_all_is_one_sentence_said_once(cards: Cards) -> None:
    cards.there = []
    told: list[Told] = []
    now_ns = [0]
    engine = Engine()
    loop = SoundLoop(told.append, engine=engine, output=Output(engine, look=cards.known),
                     clock_ns=lambda: now_ns[0])  # fmt: skip
    for step in range(1500):
        now_ns[0] = step * STEP_NS
        loop.turn([Choice()] if step == 0 else [Play("alarm")] if step == 700 else [])
    loop.turn([Stop()])
    loop.close()
    states = [said for said in told if isinstance(said, State)]
    assert [state.output for state in states] == [""]
    assert "cannot be opened" in states[0].output_text
    assert loop.stopped


@pytest.mark.parametrize(
    ("choice", "by_python"),
    [
        (Choice(), False),
        (Choice(mode="mono"), False),
        (Choice(mode="left"), True),
        (Choice(mode="right", microphone=True), True),
        (Choice(mode="speakers"), False),
        (Choice(mode="speakers", microphone=True), True),
        (Choice(mode="speakers", microphone=True, cleanup=False), False),
        (Choice(mode="headphones", microphone=True), False),
    ],
)
def test_python_plays_only_what_openal_cannot_or_an_echo_needs(choice: Choice, by_python: bool) -> None:
    assert wish_of(choice) == Wish("", choice.mode, by_python)


def test_one_ear_without_portaudio_is_mono_and_that_is_said(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_name: str) -> Playback:
        raise Missing("one ear alone and echo cancelling need PortAudio")

    monkeypatch.setattr(output_module, "Playback", missing)
    output.choose(Choice(mode="left"))
    assert output.mode == "mono"
    assert "PortAudio" in output.text


def test_a_computer_without_an_output_is_told_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", PortAudio("Webcam"))
    with pytest.raises(Missing, match="no sound output that can be opened"):
        Playback("")


class Stream:
    """A stream of PortAudio that takes 4,096 samples and plays when it is told to."""

    latency = 0.02

    def __init__(self) -> None:
        self.write_available = 4096
        self.written: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
        self.fails = False

    def write(self, data: bytes) -> bool:
        if self.fails:
            raise OSError("unplugged")
        piece = np.frombuffer(data, np.float32).reshape(-1, 2)
        self.written.append(piece)
        self.write_available -= len(piece)
        return False

    def play(self, samples: int) -> None:
        self.write_available = min(self.write_available + samples, 4096)

    def abort(self) -> None:
        self.write_available = 0

    close = abort


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    made = Stream()
    monkeypatch.setattr("walkdown_client.audio.playback._open", lambda _name: made)
    return made


def test_python_keeps_40_ms_ahead_and_says_what_it_plays(output: Output, stream: Stream) -> None:
    heard: list[float] = []
    output.heard = lambda piece, later_secs: heard.append(later_secs)
    output.choose(Choice(mode="speakers", microphone=True, output="Headset"))
    output.step(STEP_NS)
    assert len(stream.written) == 4
    assert heard == pytest.approx([0.02, 0.03, 0.04, 0.05])
    stream.play(480)
    output.step(2 * STEP_NS)
    assert len(stream.written) == 5


def test_one_ear_is_played_in_that_ear(output: Output, stream: Stream) -> None:
    output.choose(Choice(mode="right", output="Headset"))
    output._engine.take(Play("alarm"))
    for step in range(20):
        output.step(step * STEP_NS)
        stream.play(480)
    sound = np.concatenate(stream.written)
    assert not sound[:, 0].any()
    assert sound[:, 1].any()


def test_an_output_of_python_that_is_unplugged_is_looked_for_again(output: Output, stream: Stream) -> None:
    output.choose(Choice(mode="left", output="Headset"))
    wait(output)
    stream.fails = True
    stream.play(4096)
    output.step((output._looked_ns or 0) + STEP_NS)
    assert output.name == ""
    assert "'Headset' is gone" in output.text
    stream.fails = False
    wait(output)
    assert (output.name, output.text) == ("Headset", "")
