"""A voice on its way in virtual time: real speech, real libopus, a made-up network, a renderer's clock."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.voice import FRAME_SAMPLES, RATE_HZ, Packet, unpack_packet
from walkdown_client.speech import speak
from walkdown_client.voice.jitter import JitterBuffer
from walkdown_client.voice.opus import Decoder, Encoder, load
from walkdown_client.voice.receiver import Receiver, Report
from walkdown_client.voice.talker import Talker

F32 = npt.NDArray[np.float32]
Way = Callable[[random.Random, float], float | None]
"""Says for how long a packet sent at a time is on its way, None if it never comes."""

WORDS = (
    "The pump in hall three runs at nine hundred revolutions per minute. Its bearing is warm. "
    "Please stop the conveyor, open the valve by hand, and tell me when the pressure falls below two bar. "
    "I am standing behind you."
)
STEP_NS = 10_000_000
LEAD_SECS = 0.0105
"""The renderer keeps so much queued beyond now: one step and a little."""
STARTED_NS = 1_000 * NS


@functools.cache
def speech(words: str = WORDS) -> F32:
    """Speak, by espeak-ng where it is installed; returns (n,) at 48 kHz."""
    return speak(words)


@dataclass
class Sent:
    """A packet and when it left, ns."""

    left_ns: int
    packet: Packet


def said(samples: F32, *, drift: float = 0.0, seed: int = 1) -> list[Sent]:
    """Speak into a talker; ``drift`` is by how much the microphone's clock runs fast."""
    noise = np.random.default_rng(seed).normal(0, 3e-4, len(samples)).astype(np.float32)
    talker = Talker(Encoder(load()), talk="open")
    packets = []
    for frame in range(len(samples) // FRAME_SAMPLES):
        left_ns = STARTED_NS + round((frame + 1) * 20_000_000 / (1 + drift))
        cut = slice(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)
        made = talker.talk(samples[cut] + noise[cut], left_ns)
        packets += [Sent(left_ns, unpack_packet(data)) for data in made]
    return packets


def carried(packets: Sequence[Sent], way: Way, *, in_order: bool, seed: int = 3) -> list[tuple[int, Packet]]:
    """Carry packets over a network; returns what comes, in the order of coming."""
    chance, last_ns = random.Random(seed), 0
    come = []
    for sent in packets:
        delay_secs = way(chance, (sent.left_ns - STARTED_NS) / NS)
        if delay_secs is None:
            continue
        arrived_ns = sent.left_ns + round(delay_secs * NS)
        if in_order:
            arrived_ns = last_ns = max(arrived_ns, last_ns)
        come.append((arrived_ns, sent.packet))
    return sorted(come, key=lambda one: one[0])


@dataclass
class Heard:
    """What came out: samples, the report, and how late each rendered frame was."""

    sound: F32
    report: Report
    delays_secs: list[float] = field(default_factory=list)
    pitches: list[float] = field(default_factory=list)


def listen(
    come: Sequence[tuple[int, Packet]],
    *,
    secs: float,
    buffer: JitterBuffer | None = None,
    speed: float = 1.0,
) -> Heard:
    """Render what comes in steps of 10 ms; ``speed`` is by how much the output's clock runs fast."""
    receiver = Receiver(Decoder(load()), clock_offset_ns=0, buffer=buffer)
    queue, sound = np.zeros(0, np.float32), []
    heard = Heard(queue, receiver.take_report())
    arrivals = iter(come)
    following = next(arrivals, None)
    carry = 0.0
    for step in range(round(secs * 100)):
        now_ns = STARTED_NS + step * STEP_NS
        while following is not None and following[0] <= now_ns:
            receiver.put(following[1], following[0])
            following = next(arrivals, None)
        while len(queue) / RATE_HZ < LEAD_SECS:
            piece = receiver.pull(now_ns, ahead_secs=len(queue) / RATE_HZ)
            heard.delays_secs += receiver._delays
            receiver._delays.clear()
            if piece is None or not len(piece):
                break
            queue = np.concatenate([queue, piece])
        heard.pitches.append(receiver.pitch)
        carry += 480 * receiver.pitch * speed
        taken = int(carry)
        carry -= taken
        piece, queue = queue[:taken], queue[taken:]
        piece = np.pad(piece, (0, taken - len(piece)))
        sound.append(np.interp(np.linspace(0, taken - 1, 480), np.arange(taken), piece).astype(np.float32))
    heard.report = receiver.take_report()
    heard.sound = np.concatenate(sound)
    return heard
