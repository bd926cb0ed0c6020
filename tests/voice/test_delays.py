"""How late and how whole a voice is heard over networks of every kind, in virtual time, against goals."""

from __future__ import annotations

import functools
import random

import numpy as np
import pytest

from tests.voice.line import F32, STARTED_NS, Heard, Sent, Way, carried, listen, said, speech
from walkdown.clock import NS
from walkdown.voice import FRAME_SAMPLES, RATE_HZ, Packet
from walkdown_client.voice.jitter import JitterBuffer
from walkdown_client.voice.receiver import PITCH_MOST, Receiver


@functools.cache
def talk(times: int = 1) -> list[Sent]:
    return said(np.concatenate([*[speech()] * times, np.zeros(RATE_HZ, np.float32)]))


def secs(times: int = 1) -> float:
    return times * len(speech()) / RATE_HZ + 1.5


def way(
    base_secs: float, jitter_secs: float, *, loss: float = 0.0, stall: tuple[float, float] = (0, 0)
) -> Way:
    """Return a network: ``stall`` is how often a packet is held up, and for how long."""

    def delay(chance: random.Random, _at: float) -> float | None:
        if chance.random() < loss:
            return None
        held = stall[1] if chance.random() < stall[0] else 0.0
        return base_secs + abs(chance.gauss(0, jitter_secs)) + held

    return delay


def heard_over(network: Way, *, in_order: bool, plain: bool = False, seed: int = 3, times: int = 1) -> Heard:
    buffer = JitterBuffer(carries_previous=lambda _payload: False, fixed_target_secs=0.06) if plain else None
    come = carried(talk(times), network, in_order=in_order, seed=seed)
    return listen(come, secs=secs(times), buffer=buffer)


def p95_ms(heard: Heard) -> float:
    return float(np.quantile(heard.delays_secs, 0.95) * 1e3)


def test_over_a_local_network_a_voice_is_heard_within_70_ms_and_whole() -> None:
    heard = heard_over(way(0.0005, 0.0002), in_order=True)
    assert np.median(heard.delays_secs) < 0.07
    assert p95_ms(heard) < 80
    assert heard.report.concealed == 0.0
    assert heard.report.received == len(talk())


def test_over_wireless_hardly_anything_is_invented() -> None:
    heard = heard_over(way(0.01, 0.01), in_order=True)
    assert p95_ms(heard) < 100
    assert heard.report.concealed < 0.005


def test_with_40_ms_and_a_twentieth_lost_datagrams_are_heard_within_150_ms() -> None:
    network = way(0.04, 0.005, loss=0.05)
    heard, plainly = heard_over(network, in_order=False), heard_over(network, in_order=False, plain=True)
    assert p95_ms(heard) < 150
    assert heard.report.concealed <= 0.02
    assert heard.report.lost > 10
    assert plainly.report.concealed > 2 * heard.report.concealed


@pytest.mark.parametrize(("share", "stall_secs"), [(0.02, 0.08), (0.05, 0.1), (0.01, 0.2)])
def test_a_stalling_connection_is_heard_within_250_ms_and_nearly_whole(
    share: float, stall_secs: float
) -> None:
    network = way(0.04, 0.005, stall=(share, stall_secs))
    heard = [heard_over(network, in_order=True, seed=seed, times=2) for seed in range(3, 7)]
    plainly = heard_over(network, in_order=True, plain=True, times=2)
    assert max(map(p95_ms, heard)) < 250
    assert np.mean([one.report.concealed for one in heard]) <= 0.05
    assert plainly.report.concealed > heard[0].report.concealed


def test_what_is_heard_is_what_was_said() -> None:
    heard = heard_over(way(0.0005, 0.0), in_order=True)
    begin, count = 6 * RATE_HZ, RATE_HZ // 5
    piece, window = speech()[begin : begin + count], heard.sound[begin : begin + 2 * count]
    products = np.correlate(window, piece, mode="valid")
    later = int(np.argmax(products))
    found = window[later : later + count]
    assert products[later] > 0.7 * np.sqrt(np.dot(found, found) * np.dot(piece, piece))
    assert 0.03 < later / RATE_HZ < 0.08


class _Silence:
    """A decoder that takes no time."""

    def decode(self, _payload: bytes) -> F32 | None:
        return np.zeros(FRAME_SAMPLES, np.float32)

    recover = decode

    def conceal(self, samples: int) -> F32:
        return np.zeros(samples, np.float32)


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
def test_a_clock_that_is_200_ppm_off_is_followed_for_ten_minutes(drift: float) -> None:
    """Nobody pauses, so nothing is anchored anew; the renderer takes 20 ms at a time."""
    receiver, queued, pitches, delays = Receiver(_Silence(), clock_offset_ns=0), 0.0, [], []
    step_ns, frames = 20_000_000, 30_000
    for number in range(frames):
        now_ns = STARTED_NS + number * step_ns
        sequence = int(number * (1 + drift))
        if sequence > int((number - 1) * (1 + drift)) or not number:
            for one in range(int((number - 1) * (1 + drift)) + 1, sequence + 1):
                at_ns = STARTED_NS + round(one / (1 + drift) * step_ns)
                receiver.put(Packet(one, at_ns, 0, 30, b"sound"), max(at_ns, now_ns - step_ns) + 500_000)
        while queued < 0.0205:
            piece = receiver.pull(now_ns, ahead_secs=queued)
            queued += len(piece) / RATE_HZ if piece is not None else 0.01
        queued -= 0.02 * receiver.pitch
        pitches.append(receiver.pitch)
        if receiver._delays:
            delays.append(receiver._delays.pop())
    late = np.array(delays[1000:])
    report = receiver.take_report()
    assert late.max() - late.min() < 0.05, "200 ppm over ten minutes would be 120 ms"
    assert report.concealed < 0.002
    assert report.skipped == 0
    assert max(abs(pitch - 1) for pitch in pitches) < PITCH_MOST + 1e-9


def test_a_listener_who_joins_late_hears_at_once() -> None:
    come = [one for one in carried(talk(), way(0.0005, 0.0), in_order=True) if one[0] > STARTED_NS + 3 * NS]
    heard = listen(come, secs=secs())
    first = next(
        step for step in range(len(heard.sound) // 480) if np.any(heard.sound[480 * step : 480 * (step + 1)])
    )
    assert (STARTED_NS + first * 10_000_000 - come[0][0]) / NS < 0.08
