"""Samples out of packets: no steps, no half periods, no more of a guess than has to be."""

from __future__ import annotations

import numpy as np
import pytest

from tests.voice.line import F32
from walkdown.messages import HeardOf, VoiceReport, decode_client, encode
from walkdown.voice import FRAME_SAMPLES, RATE_HZ, SILENCE_DBFS, Packet, VoiceFlag
from walkdown_client.voice.jitter import FRAME_NS
from walkdown_client.voice.periods import best_period, cross_fade, with_period, without_period
from walkdown_client.voice.receiver import (
    FADE_SAMPLES,
    PITCH_MOST,
    Receiver,
    Report,
    faded,
    pitch_for,
)

TIMES = np.arange(2 * FRAME_SAMPLES) / RATE_HZ
START_NS = 5_000_000_000


class _Tone:
    """A decoder whose every packet is the same loud sound; a payload of zeros is none."""

    def __init__(self) -> None:
        self.guesses: list[int] = []

    def decode(self, payload: bytes) -> F32 | None:
        return None if payload == b"\0" else np.full(FRAME_SAMPLES, 0.5, np.float32)

    recover = decode

    def conceal(self, samples: int) -> F32:
        self.guesses.append(samples)
        return np.full(samples, 0.1, np.float32)


def packet(sequence: int, *, payload: bytes = b"x", ends: bool = False) -> Packet:
    flags = VoiceFlag.END_OF_SPURT if ends else 0
    return Packet(sequence, START_NS + sequence * FRAME_NS, flags, 20, payload)


def voice(hertz: float) -> F32:
    """A voiced sound: a pulse train through a decay, 40 ms."""
    phase = (TIMES * hertz) % 1.0
    return (0.3 * np.exp(-6 * phase) * np.sin(2 * np.pi * 5 * hertz * TIMES)).astype(np.float32)


@pytest.mark.parametrize("hertz", [80.0, 100.0, 125.0, 240.0, 380.0])
def test_the_period_of_a_voice_is_found_and_left_out_whole(hertz: float) -> None:
    sound = voice(hertz)
    period, like = best_period(sound)
    periods = period * hertz / RATE_HZ
    assert like > 0.95
    assert periods == pytest.approx(round(periods), abs=0.03)
    shorter, longer = without_period(sound), with_period(sound)
    assert len(sound) - len(shorter) == len(longer) - len(sound) == period
    for made in (shorter, longer):
        assert np.abs(np.diff(made)).max() < 1.3 * np.abs(np.diff(sound)).max()


def test_what_has_no_period_is_left_as_it_is_unless_it_is_quiet() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, 2 * FRAME_SAMPLES).astype(np.float32)
    assert len(without_period(noise)) == len(noise)
    assert len(without_period(0.01 * noise)) < len(noise)


def test_a_cross_fade_begins_with_one_and_ends_with_the_other() -> None:
    joined = cross_fade(np.ones(100, np.float32), np.zeros(300, np.float32))
    assert joined[0] == 1.0
    assert joined[99] == 0.0
    assert np.all(np.diff(joined[:100]) < 0)
    assert len(joined) == 300


def test_sound_beside_silence_has_soft_edges() -> None:
    sound = np.ones(FRAME_SAMPLES, np.float32)
    begun, ended = faded(sound, begins=True, ends=False), faded(sound, begins=False, ends=True)
    assert begun[0] == ended[-1] == 0.0
    assert begun[FADE_SAMPLES] == ended[0] == 1.0
    assert sound.min() == 1.0


@pytest.mark.parametrize(
    ("late_secs", "pitch"), [(0.0, 1.0), (0.003, 1.0), (5.0, 1 + PITCH_MOST), (-5.0, 1 - PITCH_MOST)]
)
def test_pitch_follows_lateness_within_two_percent(late_secs: float, pitch: float) -> None:
    assert pitch_for(late_secs) == pytest.approx(pitch)


def test_silence_is_none_until_something_comes() -> None:
    receiver = Receiver(_Tone())
    assert receiver.pull(START_NS, ahead_secs=0.0) is None
    assert not receiver.speaking
    assert receiver.take_report().received == 0


def test_a_packet_that_cannot_be_decoded_is_invented_and_counted() -> None:
    decoder = _Tone()
    receiver = Receiver(decoder)
    receiver.put(packet(0, payload=b"\0"), START_NS)
    sound = receiver.pull(START_NS + 100_000_000, ahead_secs=0.0)
    assert sound is not None
    assert decoder.guesses == [FRAME_SAMPLES]
    assert receiver.take_report().concealed == 1.0


def test_a_report_counts_from_the_last_one() -> None:
    receiver = Receiver(_Tone(), clock_offset_ns=0)
    for number in range(5):
        receiver.put(packet(number, ends=number == 4), START_NS + number * FRAME_NS)
    while receiver.pull(START_NS + 5 * FRAME_NS, ahead_secs=0.0) is not None:
        pass
    first, second = receiver.take_report(), receiver.take_report()
    assert (first.received, first.concealed, first.lost) == (5, 0.0, 0)
    assert first.delay_secs > 0.02
    assert (second.received, second.concealed, second.delay_secs) == (0, 0.0, 0.0)


@pytest.mark.parametrize("captured_ns", [-(2**63), 2**63 - 1])
def test_whatever_a_talker_says_of_time_the_server_takes_the_report(captured_ns: int) -> None:
    receiver = Receiver(_Tone(), clock_offset_ns=0)
    receiver.put(Packet(0, captured_ns, 0, 20, b"x"), START_NS)
    receiver.pull(START_NS + 100_000_000, ahead_secs=0.0)
    assert_is_taken(receiver.take_report())


def test_what_is_all_invented_is_not_more_than_all() -> None:
    receiver, rng = Receiver(_Tone()), np.random.default_rng(0)
    sequence = 0
    for turn in range(100):
        for _ in range(rng.integers(10, 60)):
            receiver.put(
                packet(sequence, payload=b"\0" if turn % 2 else b"x"), START_NS + sequence * FRAME_NS
            )
            receiver.pull(START_NS + sequence * FRAME_NS + 50_000_000, ahead_secs=0.0)
            sequence += 1
        assert_is_taken(receiver.take_report())


def test_a_talker_who_jumps_ahead_and_takes_the_clock_along_has_lost_nothing() -> None:
    receiver, now_ns, sequence = Receiver(_Tone()), START_NS, 0
    for _ in range(6):
        for _ in range(8):
            receiver.put(packet(sequence % 2**32), now_ns)
            for step_ns in (0, FRAME_NS // 2):
                receiver.pull(now_ns + step_ns, ahead_secs=0.0)
            now_ns += FRAME_NS
            sequence += 1
        sequence += 2**30
    assert_is_taken(receiver.take_report())


def assert_is_taken(report: Report) -> None:
    """Assert that a server takes a report for what it is, and not its sender for a fault."""
    heard = HeardOf(7, report.received, report.lost, report.concealed, report.delay_secs)
    assert decode_client.decode(encode(VoiceReport((heard,)))).heard == (heard,)


def test_an_empty_piece_asks_to_come_again_and_nobody_taps_it() -> None:
    receiver, heard = Receiver(_Tone()), list[F32 | None]()
    receiver.tap = heard.append
    receiver.put(packet(0), START_NS)
    pieces = [receiver.pull(START_NS + 50_000_000, ahead_secs=ahead) for ahead in (0.03, 0.03, 0.005)]
    assert [len(piece) for piece in pieces if piece is not None] == [FRAME_SAMPLES, 0, 480]
    assert [len(piece) for piece in heard if piece is not None] == [FRAME_SAMPLES, 480]


def test_without_a_clock_no_delay_is_told() -> None:
    receiver = Receiver(_Tone())
    receiver.put(packet(0), START_NS)
    receiver.pull(START_NS + 100_000_000, ahead_secs=0.0)
    assert receiver.take_report().delay_secs == 0.0


def test_who_taps_hears_every_piece_and_when_it_ends() -> None:
    receiver, heard = Receiver(_Tone()), list[F32 | None]()
    receiver.tap = heard.append
    for number in range(3):
        receiver.put(packet(number, ends=number == 2), START_NS + number * FRAME_NS)
    for step in range(20):
        receiver.pull(START_NS + step * FRAME_NS, ahead_secs=0.0)
    assert [piece is None for piece in heard] == [False, False, False, True]
    assert receiver.loudness == SILENCE_DBFS


def test_time_passes_for_who_is_not_rendered_and_nothing_is_decoded() -> None:
    decoder = _Tone()
    receiver = Receiver(decoder)
    for number in range(50):
        receiver.put(packet(number), START_NS + number * FRAME_NS)
        receiver.let_pass(START_NS + number * FRAME_NS)
    assert receiver.rendered_secs == 0.0
    sound = receiver.pull(START_NS + 50 * FRAME_NS, ahead_secs=0.0)
    assert sound is not None
    assert receiver._buffer.counts.skipped == 0
    assert abs(receiver._buffer.behind_secs(START_NS + 50 * FRAME_NS, ahead_secs=0.02)) < 0.04


def test_what_jumps_is_joined_without_a_step() -> None:
    receiver = Receiver(_Tone())
    for number in range(30):
        receiver.put(packet(number), START_NS + number * FRAME_NS)
    receiver.pull(START_NS + 3 * FRAME_NS, ahead_secs=0.0)
    sound = receiver.pull(START_NS + 20 * FRAME_NS, ahead_secs=0.0)
    assert sound is not None
    assert sound[0] == pytest.approx(0.1)
    assert np.abs(np.diff(sound[:FADE_SAMPLES])).max() < 0.01
    assert receiver.take_report().skipped > 10
