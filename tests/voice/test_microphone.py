"""Microphones come, go, are busy, forbidden or silent, and each has its sentence; real ones are read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.voice.line import speech
from tests.voice.portaudio import PortAudio, PortAudioError, Stream, noise
from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.messages import PairHealth, VoiceHealth
from walkdown.voice import FRAME_SAMPLES, RATE_HZ, unpack_packet
from walkdown_client.app.own_voice import expected_loss
from walkdown_client.audio import devices
from walkdown_client.audio.capture import LOOK_NS, LOST_NS, PIECES_MAX, RETRY_NS, SILENT_NS, Capture
from walkdown_client.audio.devices import Devices
from walkdown_client.audio.orders import Choice, Clock, Level, Loss, Press, VoiceOut
from walkdown_client.audio.talking import Talking
from walkdown_client.voice.payload import carries_previous
from walkdown_client.world import World

NO_ALSA = "ALSA has no file as a microphone here"
START_NS = 100 * NS
SECOND = 1 * NS


class Desk:
    """A microphone and the thread's work done by hand, in virtual time."""

    def __init__(self, *plugged: str) -> None:
        self.audio = PortAudio(*plugged)
        self.seen = Devices()
        self.now_ns = START_NS
        self.capture = Capture(load=lambda: self.audio, look=lambda: self.seen, clock_ns=lambda: self.now_ns)

    def choose(self, name: str = "", *, wanted: bool = True) -> None:
        self.capture.choose(name, wanted=wanted)
        self.wait(0)

    def wait(self, ns: int) -> None:
        self.now_ns += ns
        self.capture.tend(self.now_ns)

    def speaks(self) -> None:
        self.stream.say(noise(480))

    @property
    def stream(self) -> Stream:
        return self.audio.streams[-1]


def test_the_systems_microphone_is_opened_and_read_in_frames() -> None:
    desk = Desk("built-in", "headset")
    desk.choose()
    for _block in range(4):
        desk.stream.say(noise(480))
    frames = desk.capture.read()
    assert desk.capture.device == "built-in"
    assert desk.capture.text == ""
    assert desk.capture.found.inputs == ("built-in", "headset")
    assert [frame.samples.shape for frame in frames] == [(FRAME_SAMPLES,)] * 2
    assert frames[1].captured_ns >= frames[0].captured_ns


def test_a_chosen_microphone_is_taken_and_another_one_afterwards() -> None:
    desk = Desk("built-in", "headset")
    desk.choose("headset")
    first = desk.stream
    desk.choose("built-in")
    desk.wait(0)
    assert first.closed
    assert desk.stream.name == desk.capture.device == "built-in"


def test_without_a_microphone_one_sentence_says_so_and_one_that_comes_is_used() -> None:
    desk = Desk()
    desk.choose()
    assert "there is no microphone" in desk.capture.text
    desk.audio.plugged.append("headset")
    desk.wait(RETRY_NS)
    assert (desk.capture.device, desk.capture.text) == ("headset", "")


def test_an_unplugged_microphone_is_told_and_used_again_when_it_is_back() -> None:
    desk = Desk("headset")
    desk.choose("headset")
    desk.audio.plugged.clear()
    desk.wait(LOST_NS + SECOND)
    assert desk.stream.closed
    assert "headset is gone" in desk.capture.text
    desk.wait(RETRY_NS)
    assert "headset is gone" in desk.capture.text
    desk.audio.plugged.append("headset")
    desk.wait(RETRY_NS)
    assert (desk.capture.device, desk.capture.text) == ("headset", "")


def test_where_the_chosen_one_is_gone_the_systems_is_used_until_it_is_back() -> None:
    desk = Desk("built-in")
    desk.choose("headset")
    assert desk.capture.device == "built-in"
    assert "headset is not there" in desk.capture.text
    desk.audio.plugged.append("headset")
    desk.seen = Devices(inputs=("built-in", "headset"), default_input="built-in")
    desk.now_ns += LOOK_NS + SECOND
    desk.speaks()
    desk.wait(0)
    assert (desk.capture.device, desk.capture.text) == ("headset", "")


def test_who_wants_the_systems_microphone_follows_the_system() -> None:
    desk = Desk("built-in")
    desk.choose()
    desk.audio.plugged.insert(0, "headset")
    desk.seen = Devices(inputs=("headset", "built-in"), default_input="headset")
    desk.now_ns += LOOK_NS + SECOND
    desk.speaks()
    desk.wait(0)
    assert desk.capture.device == "headset"


def test_a_look_that_fails_changes_nothing() -> None:
    desk = Desk("built-in")
    desk.choose()
    desk.now_ns += LOOK_NS + SECOND
    desk.speaks()
    desk.wait(0)
    assert not desk.stream.closed
    assert desk.audio.restarts == 0


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (PortAudioError("Error opening InputStream: Device unavailable", -9985), "another program has"),
        (PortAudioError("Unanticipated host error", -9999, (2, -13, "Permission denied")), "does not let"),
        (PortAudioError("Error opening InputStream: Invalid device", -9996), "is gone"),
        (PortAudioError("Internal PortAudio error", -9986), "does not open (Internal PortAudio error)"),
    ],
)
def test_each_failure_has_its_sentence_and_is_tried_again(failure: PortAudioError, words: str) -> None:
    desk = Desk("headset")
    desk.audio.failure = failure
    desk.choose()
    assert words in desk.capture.text
    desk.audio.failure = None
    desk.wait(RETRY_NS)
    assert (desk.capture.device, desk.capture.text) == ("headset", "")


def test_digital_silence_is_told_as_what_it_is_until_something_sounds() -> None:
    desk = Desk("headset")
    desk.choose()
    desk.now_ns += SILENT_NS + SECOND
    desk.stream.say(np.zeros(480, np.float32))
    desk.wait(0)
    assert "nothing at all comes" in desk.capture.text
    desk.speaks()
    desk.wait(0)
    assert desk.capture.text == ""


def test_a_device_of_another_rate_is_resampled_and_changes_of_rate_are_followed() -> None:
    desk = Desk("headset")
    desk.audio.rate_hz = 44_100
    desk.choose()
    times = np.arange(44_100) / 44_100
    tone = (0.5 * np.sin(2 * np.pi * 500 * times)).astype(np.float32)
    for start in range(0, 22_050, 441):
        desk.stream.say(tone[start : start + 441])
    frames = desk.capture.read()
    heard = np.concatenate([frame.samples for frame in frames])[4800:19_200]
    assert len(frames) >= 24
    assert np.argmax(np.abs(np.fft.rfft(heard))) * RATE_HZ / len(heard) == pytest.approx(500, abs=4)
    first = desk.stream
    desk.audio.rate_hz = 16_000
    first.active = False
    desk.wait(RETRY_NS)
    desk.stream.say(noise(16_000 // 2))
    assert len(desk.capture.read()) >= 24


@pytest.mark.parametrize("rate_hz", [4_000, 768_000])
def test_a_device_with_a_rate_that_nobody_can_resample_is_told_and_ends_nothing(rate_hz: int) -> None:
    desk = Desk("Odd")
    desk.audio.rate_hz = rate_hz
    desk.choose()
    if desk.audio.streams:
        desk.audio.streams[-1].say(noise(rate_hz // 50))
    assert desk.capture.read() == []
    assert (desk.capture.device, "Odd" in desk.capture.text) == ("", True)


def test_what_nobody_reads_is_bounded_and_the_newest_stays() -> None:
    desk = Desk("headset")
    desk.choose()
    for _block in range(3 * PIECES_MAX):
        desk.stream.say(noise(480))
    assert len(desk.capture.read()) == PIECES_MAX // 2


def test_who_closes_the_microphone_lets_go_of_the_device() -> None:
    desk = Desk("headset")
    desk.choose()
    desk.choose(wanted=False)
    assert desk.stream.closed
    assert desk.capture.device == ""


def test_without_portaudio_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    devices.portaudio.cache_clear()
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(Missing, match=r"walkdown\[audio\]"):
        devices.portaudio()
    devices.portaudio.cache_clear()


def test_before_portaudio_is_started_anew_others_close_their_streams() -> None:
    audio, closed = PortAudio("headset"), []
    closer = lambda: closed.append(1)  # noqa: E731
    devices.before_restart.append(closer)
    try:
        devices.restart(audio)
    finally:
        devices.before_restart.remove(closer)
    assert (closed, audio.restarts) == ([1], 1)


# ---- the whole way to packets --------------------------------------------------------------------------


def test_a_held_key_makes_packets_in_session_time_and_levels_ten_times_a_second() -> None:
    desk = Desk("headset")
    talking = Talking(capture=desk.capture)
    desk.capture.start = lambda: None  # type: ignore[method-assign]
    talking.take(Clock(5 * NS))
    talking.take(Choice(microphone=True, cleanup=False))
    desk.wait(0)
    told = []
    for step in range(30):
        desk.now_ns += 20_000_000
        talking.take(Press(step < 20))
        desk.stream.say(noise(960, level=0.2))
        told += talking.step(START_NS + step * 20_000_000)
    packets = [unpack_packet(said.packet) for said in told if isinstance(said, VoiceOut)]
    levels = [said for said in told if isinstance(said, Level)]
    assert [packet.sequence for packet in packets if packet.payload] == list(range(29))
    assert packets[0].captured_ns == START_NS + 20_000_000 + 5 * NS
    assert 5 <= len(levels) <= 7
    assert levels[-1].dbfs == pytest.approx(-14, abs=1)
    talking.close()


def test_the_more_listeners_lose_the_more_each_packet_repeats() -> None:
    desk = Desk("headset")
    talking = Talking(capture=desk.capture)
    desk.capture.start = lambda: None  # type: ignore[method-assign]
    talking.take(Loss(0.0))
    talking.take(Choice(microphone=True, cleanup=False))
    talking.take(Press(True))
    desk.wait(0)
    repeats = []
    for order in (Loss(0.0), Loss(0.25)):
        talking.take(order)
        told = []
        for frame in speech()[: 60 * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES):
            desk.stream.say(frame)
            told += talking.step(START_NS)
        packets = [unpack_packet(said.packet) for said in told if isinstance(said, VoiceOut)]
        repeats.append(sum(carries_previous(packet.payload) for packet in packets))
    assert repeats[0] < 5
    assert repeats[1] > 30


@pytest.mark.parametrize(
    ("heard", "received", "share"), [(0.0, 100, 0.05), (0.11, 100, 0.1), (0.0, 80, 0.2), (0.9, 1, 0.3)]
)
def test_what_listeners_report_and_oneself_hears_is_what_is_prepared_for(
    heard: float, received: int, share: float
) -> None:
    world = World()
    world.voice.hear(VoiceHealth((PairHealth(2, world.me, 100, received, 5.0, verdict="poor"),)))
    assert expected_loss(world, heard) == pytest.approx(share)


def test_a_microphone_that_goes_in_a_word_ends_the_spurt() -> None:
    desk = Desk("headset")
    talking = Talking(capture=desk.capture)
    desk.capture.start = lambda: None  # type: ignore[method-assign]
    talking.take(Choice(microphone=True, cleanup=False))
    talking.take(Press(True))
    desk.wait(0)
    desk.stream.say(noise(960, level=0.2))
    talking.step(START_NS)
    desk.audio.plugged.clear()
    desk.wait(LOST_NS + SECOND)
    ends = [unpack_packet(said.packet) for said in talking.step(START_NS) if isinstance(said, VoiceOut)]
    assert [packet.ends_spurt for packet in ends] == [True, True]
    assert "gone" in talking.input_text


def test_without_libopus_the_microphone_stays_closed_and_the_sentence_is_told() -> None:
    desk = Desk("headset")

    def no_talker() -> None:
        raise Missing("voice is off: libopus was not found")

    talking = Talking(capture=desk.capture, make_talker=no_talker)  # type: ignore[arg-type]
    desk.capture.start = lambda: None  # type: ignore[method-assign]
    talking.take(Choice(microphone=True))
    desk.wait(0)
    assert desk.audio.streams == []
    assert "libopus" in talking.input_text
    assert talking.step(START_NS) == []


_PROGRAM = """
import os, sys, threading, time
import numpy as np
from walkdown_client.audio.capture import Capture
pipe = os.open(sys.argv[1], os.O_RDWR)
tone = np.sin(2 * np.pi * 1000 * np.arange(96_000) / 48_000)
sound = (0.5 * tone * 32767).astype("<i2").tobytes()
threading.Thread(target=os.write, args=(pipe, sound), daemon=True).start()
capture, frames, end = Capture(), [], time.monotonic() + 15
capture.start()
capture.choose("walkdown_microphone", wanted=True)
while len(frames) < 25 and time.monotonic() < end:
    frames += capture.read()
    time.sleep(0.01)
sound = np.concatenate([frame.samples for frame in frames[:25]])
hertz = np.argmax(np.abs(np.fft.rfft(sound))) * 48_000 / len(sound)
level = 20 * np.log10(np.sqrt(np.mean(sound**2)))
print(capture.device, len(frames) >= 25, round(hertz), round(level), flush=True)
os._exit(0)
"""

_SETTINGS = """
</usr/share/alsa/alsa.conf>
pcm.walkdown_microphone {{
    type plug
    slave {{
        pcm {{ type file slave.pcm "null" file "/dev/null" infile "{pipe}" format "raw" }}
        format S16_LE channels 1 rate 48000
    }}
}}
"""


@pytest.mark.skipif(not Path("/usr/share/alsa/alsa.conf").is_file(), reason=NO_ALSA)
def test_a_real_portaudio_is_read_through_alsa(tmp_path: Path) -> None:
    pipe, settings = tmp_path / "pipe", tmp_path / "asound.conf"
    os.mkfifo(pipe)
    settings.write_text(_SETTINGS.format(pipe=pipe), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(pipe)],
        env={**os.environ, "ALSA_CONFIG_PATH": str(settings)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["walkdown_microphone", "True", "1000", "-9"]
