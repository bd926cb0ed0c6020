"""What is sent of what one says: no clipped words, no silence, ends that are told twice."""

from __future__ import annotations

import numpy as np
import pytest

from tests.voice.line import F32, speech
from walkdown.voice import FRAME_SAMPLES, SILENCE_DBFS, Packet, unpack_packet
from walkdown_client.voice.gate import GATE_DBFS, HANG_OVER_FRAMES, Gate, level_dbfs
from walkdown_client.voice.opus import Encoder, load
from walkdown_client.voice.talker import FRAME_NS, PRE_ROLL_FRAMES, RELEASE_FRAMES, Talker

START_NS = 9_000_000_000
LOUD = np.full(FRAME_SAMPLES, 0.1, np.float32) * np.where(np.arange(FRAME_SAMPLES) % 100 < 50, 1, -1).astype(
    np.float32
)
QUIET = np.zeros(FRAME_SAMPLES, np.float32)


class _Frames:
    """An encoder whose packets say how loud a frame was; silence takes two bytes."""

    def __init__(self) -> None:
        self.expected = 0.0

    def encode(self, samples: F32) -> bytes:
        return b"sound" if np.abs(samples).max() > 1e-4 else b"ab"

    def expect_loss(self, share: float) -> None:
        self.expected = share


def talk(talker: Talker, *frames: F32, first: int = 0) -> list[list[Packet]]:
    return [
        [unpack_packet(data) for data in talker.talk(frame, START_NS + (first + n) * FRAME_NS)]
        for n, frame in enumerate(frames)
    ]


def test_an_open_gate_sends_what_came_just_before_it_opened() -> None:
    sent = talk(Talker(_Frames(), talk="open"), QUIET, *[0.001 * LOUD] * 4, LOUD, LOUD)
    assert [len(packets) for packets in sent] == [0, 0, 0, 0, 0, 1 + PRE_ROLL_FRAMES, 1]
    assert [packet.sequence for packet in sent[5]] == [3, 4, 5]
    assert [packet.captured_ns for packet in sent[5]] == [START_NS + n * FRAME_NS for n in (3, 4, 5)]


def test_a_pause_inside_a_word_closes_nothing_and_the_end_is_told_twice() -> None:
    faint = 0.002 * LOUD
    talker = Talker(_Frames(), talk="open")
    sent = talk(talker, LOUD, *[faint] * 10, LOUD, *[faint] * (HANG_OVER_FRAMES + 5))
    said = [packet for packets in sent for packet in packets]
    ends = [packet for packet in said if packet.ends_spurt]
    assert [packet.sequence for packet in said] == list(range(len(said)))
    assert [packet.payload for packet in ends] == [b"", b""]
    assert said[-2:] == ends
    assert not talker.speaking


def test_nothing_is_sent_before_a_key_is_pressed_nor_of_what_was_said_before() -> None:
    talker = Talker(_Frames())
    assert talk(talker, LOUD, LOUD, LOUD) == [[], [], []]
    talker.press(True)
    assert [packet.sequence for packet in talk(talker, LOUD, first=3)[0]] == [3]


def test_a_released_key_lets_the_last_word_out() -> None:
    talker = Talker(_Frames())
    talker.press(True)
    talk(talker, LOUD)
    talker.press(False)
    sent = talk(talker, *[LOUD] * 20, first=1)
    with_sound = [packets[0] for packets in sent if packets and packets[0].payload]
    assert len(with_sound) == RELEASE_FRAMES - 1
    assert sum(packet.ends_spurt for packets in sent for packet in packets) == 2


def test_silence_behind_a_held_key_ends_the_spurt_until_one_speaks() -> None:
    talker = Talker(_Frames())
    talker.press(True)
    sent = talk(talker, LOUD, LOUD, QUIET, QUIET, QUIET, LOUD)
    assert [len(packets) for packets in sent] == [1, 1, 1, 1, 0, 1]
    assert [packets[0].ends_spurt for packets in sent if packets] == [False, False, True, True, False]


def test_real_silence_behind_a_held_key_sends_next_to_nothing() -> None:
    talker = Talker(Encoder(load()))
    talker.press(True)
    talk(talker, *[LOUD] * 5)
    sent = talk(talker, *[QUIET] * 100, first=5)
    assert sum(map(len, sent[25:])) <= 20


def test_speech_is_sent_whole_and_its_pauses_are_not() -> None:
    sound = np.concatenate([speech(), np.zeros(48_000, np.float32)])
    frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    sent = talk(Talker(Encoder(load()), talk="open"), *frames)
    sequences = {packet.sequence for packets in sent for packet in packets if packet.payload}
    loud = {n for n, frame in enumerate(frames) if level_dbfs(frame) > GATE_DBFS + 3}
    assert loud <= sequences
    assert len(sequences) < len(frames)


def test_frames_that_the_device_lost_are_counted() -> None:
    talker = Talker(_Frames())
    talker.press(True)
    sent = talk(talker, LOUD) + talk(talker, LOUD, first=11)
    assert [packets[0].sequence for packets in sent] == [0, 11]


def test_a_jittery_clock_counts_each_frame_once() -> None:
    talker = Talker(_Frames())
    talker.press(True)
    rng = np.random.default_rng(1)
    packets = [
        unpack_packet(talker.talk(LOUD, START_NS + n * FRAME_NS + int(rng.normal(0, 5e6)))[0])
        for n in range(200)
    ]
    assert [packet.sequence for packet in packets] == list(range(200))


def test_who_closes_the_microphone_in_a_word_tells_the_end() -> None:
    talker = Talker(_Frames())
    talker.press(True)
    talk(talker, LOUD)
    ends = [unpack_packet(data) for data in talker.hush()]
    assert [packet.ends_spurt for packet in ends] == [True, True]
    assert ends[0].sequence == 1
    assert talker.hush() == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e9])
def test_what_is_no_sound_is_sent_as_sound_within_bounds(bad: float) -> None:
    talker = Talker(Encoder(load()))
    talker.press(True)
    frame = LOUD.copy()
    frame[::7] = bad
    (packets,) = talk(talker, frame)
    assert 0 <= packets[0].loudness <= SILENCE_DBFS
    assert np.isfinite(talker.level_dbfs)


def test_a_packet_says_how_loud_it_is() -> None:
    talker = Talker(_Frames())
    talker.press(True)
    assert talk(talker, LOUD)[0][0].loudness == 20


def test_reports_of_loss_reach_the_encoder() -> None:
    encoder = _Frames()
    Talker(encoder).expect_loss(0.3)
    assert encoder.expected == 0.3


def test_steady_noise_however_loud_is_no_speech_and_speech_above_it_is() -> None:
    gate, rng = Gate(), np.random.default_rng(3)
    machine = [-30.0 + rng.normal(0, 1) for _frame in range(300)]
    opened = [gate.hear(dbfs) for dbfs in machine]
    assert not any(opened[60:])
    assert gate.hear(-15.0)


def test_who_speaks_without_a_pause_is_heard_to_the_end() -> None:
    gate = Gate()
    levels = [-20.0 if n % 4 else -48.0 for n in range(1, 1000)]
    assert all(gate.hear(dbfs) for dbfs in levels)
