"""The echo test: a known signal goes to the server, comes back, and is compared with what was sent.

A client says ``Voice(echo=True)``, and the server sends it its own packets on the route ECHO. No clock and no
network in here: what came back is put in with its time of arrival, and rendered in virtual time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.voice import RATE_HZ, Packet
from walkdown_client.voice.receiver import Decoder, Receiver

F32 = npt.NDArray[np.float32]

SWEEPS, SWEEP_SECS = 4, 0.5
LOW_HZ, HIGH_HZ = 300.0, 3000.0
"""Where speech codecs keep the wave as it is."""
LEVEL = 0.25

STEP_NS = 10_000_000
LEAD_SECS = 0.0105
TAIL_SECS = 1.0
"""So long after the end of the signal is listened."""

LIKE_MIN = 0.3
"""Correlation above which what comes back is what was sent; noise and other signals stay below 0.1."""


@dataclass(frozen=True, kw_only=True)
class EchoResult:
    """What came back of the echo test.

    Attributes:
        sent, received: packets with sound. round_trip_secs: the middle of the time from leaving to arriving.
        slow_round_trip_secs: that of the slowest twentieth. heard_secs: until it would be heard.
        concealed: share of what is heard that was invented. like: correlation with what was sent, 0 to 1.
    """

    sent: int
    received: int
    round_trip_secs: float
    slow_round_trip_secs: float
    heard_secs: float
    concealed: float
    like: float

    @property
    def lost(self) -> float:
        """Share of the packets that did not come back."""
        return 1.0 - self.received / self.sent if self.sent else 1.0

    @property
    def well(self) -> bool:
        """Whether what was sent came back."""
        return self.received > 0 and self.like >= LIKE_MIN


def signal() -> F32:
    """Return the known signal, (n,) at 48 kHz, two seconds: sweeps up and down, each unlike the others."""
    count = round(SWEEP_SECS * RATE_HZ)
    times = np.arange(count) / RATE_HZ
    sweeps = []
    for number in range(SWEEPS):
        low, high = LOW_HZ * (1 + number / 4), HIGH_HZ * (1 - number / 8)
        begin, end = (low, high) if number % 2 == 0 else (high, low)
        phase = 2 * np.pi * (begin * times + (end - begin) * times**2 / (2 * SWEEP_SECS))
        sweeps.append(np.sin(phase) * np.hanning(count) ** 0.25)
    return (LEVEL * np.concatenate(sweeps)).astype(np.float32)


def measure(
    came: Iterable[tuple[int, Packet]], *, sent: int, began_ns: int, offset_ns: int, decoder: Decoder
) -> EchoResult:
    """Return what the echo test has shown.

    Args:
        came: when each packet came back, local monotonic ns, in that order, and the packet.
        sent: packets. began_ns: when the signal began. offset_ns: session time minus local time.
    """
    packets = list(came)
    trips = [(at_ns + offset_ns - packet.captured_ns) / NS for at_ns, packet in packets if packet.payload]
    receiver = Receiver(decoder, clock_offset_ns=offset_ns)
    heard = _rendered(receiver, packets, began_ns=began_ns)
    report = receiver.take_report()
    like, delay_secs = _compared(signal(), heard)
    return EchoResult(
        sent=sent,
        received=len({packet.sequence for _at, packet in packets if packet.payload}),
        round_trip_secs=max(float(np.median(trips)), 0.0) if trips else 0.0,
        slow_round_trip_secs=max(float(np.quantile(trips, 0.95)), 0.0) if trips else 0.0,
        heard_secs=delay_secs,
        concealed=report.concealed,
        like=like,
    )


def _rendered(receiver: Receiver, packets: list[tuple[int, Packet]], *, began_ns: int) -> F32:
    """Return what would have been heard since the signal began, (n,)."""
    steps = round((SWEEPS * SWEEP_SECS + TAIL_SECS) * NS / STEP_NS)
    queue, heard, row = np.zeros(0, np.float32), [], 0
    step_samples = RATE_HZ * STEP_NS // NS
    for step in range(steps):
        now_ns = began_ns + step * STEP_NS
        while row < len(packets) and packets[row][0] <= now_ns:
            receiver.put(packets[row][1], packets[row][0])
            row += 1
        while len(queue) < LEAD_SECS * RATE_HZ:
            piece = receiver.pull(now_ns, ahead_secs=len(queue) / RATE_HZ)
            if piece is None or not len(piece):
                break
            queue = np.concatenate([queue, piece])
        heard.append(np.pad(queue[:step_samples], (0, max(step_samples - len(queue), 0))))
        queue = queue[step_samples:]
    return np.concatenate(heard)


def _compared(sent: F32, heard: F32) -> tuple[float, float]:
    """Return how like what was heard is to what was sent, and how much later it is, in seconds."""
    size = 1 << (len(sent) + len(heard)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sent, size))
    products = np.abs(np.fft.irfft(spectrum, size)[: len(heard)])
    later = int(np.argmax(products))
    energy = float(np.sum(np.square(heard)) * np.sum(np.square(sent)))
    return float(products[later] / np.sqrt(energy)) if energy > 0 else 0.0, later / RATE_HZ
