"""Sound at one sample rate made into another, piece by piece: windowed sinc, polyphase, in numpy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

ZERO_CROSSINGS = 24
"""Of the sinc on each side, at the lower of both rates."""

KAISER_BETA = 9.0
"""Stop band 90 dB down (Kaiser 1974: beta = 0.1102 · (90 - 8.7))."""

PASS_SHARE = 0.92
"""The pass band ends at this share of the lower Nyquist frequency; the transition lies beyond."""

RATE_MIN_HZ, RATE_MAX_HZ = 8_000, 384_000
PHASES_MAX = 1_000
"""Rates whose ratio needs more phases are met by the nearest ratio: 0.1 % off, less than two cents."""


class Resampler:
    """Resamples one stream; pieces of whatever length go in, what is ready comes out.

    What comes out lies ``delay_secs`` behind what goes in.

    Raises:
        BadInput: a rate that no device has.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        for rate in (from_hz, to_hz):
            if not RATE_MIN_HZ <= rate <= RATE_MAX_HZ:
                raise BadInput(f"sample rates are {RATE_MIN_HZ} to {RATE_MAX_HZ} Hz, {rate} Hz came")
        self._up, self._down = _ratio(from_hz, to_hz)
        self._filters = _filters(self._up, self._down)
        self._taps = self._filters.shape[1]
        self._held = np.zeros(self._taps - 1)
        self._phase = 0
        self.delay_secs = self._taps // 2 / from_hz

    def take(self, samples: F32) -> F32:
        """Return what is ready after (n,) more samples, about n · to / from of them."""
        if self._up == self._down:
            return samples.astype(np.float32)
        joined = np.concatenate([self._held, samples.astype(np.float64)])
        windows = len(joined) - self._taps + 1
        count = max(-(-(windows * self._up - self._phase) // self._down), 0)
        steps = self._phase + np.arange(count) * self._down
        places, phases = np.divmod(steps, self._up)
        cut = np.lib.stride_tricks.sliding_window_view(joined, self._taps)
        made: F64 = np.einsum("ij,ij->i", cut[places], self._filters[phases])
        self._phase += count * self._down - windows * self._up
        self._held = joined[windows:]
        return made.astype(np.float32)


def _ratio(from_hz: int, to_hz: int) -> tuple[int, int]:
    """Return by how much to go up, then down."""
    shared = math.gcd(from_hz, to_hz)
    up, down = to_hz // shared, from_hz // shared
    if up <= PHASES_MAX:
        return up, down
    return PHASES_MAX, round(PHASES_MAX * from_hz / to_hz)


def _filters(up: int, down: int) -> F64:
    """Return (up, taps) filters, one for each place of a new sample between two old ones."""
    if up == down:
        return np.ones((1, 1))
    stretch = max(1.0, down / up)
    half = math.ceil(ZERO_CROSSINGS * stretch)
    taps = 2 * half
    offsets = np.arange(taps)[None, :] - (half - 1) - np.arange(up)[:, None] / up
    cutoff = PASS_SHARE / stretch
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1 - (offsets / half) ** 2, 0, None))) / np.i0(KAISER_BETA)
    filters: F64 = cutoff * np.sinc(cutoff * offsets) * window
    filters /= filters.sum(axis=1, keepdims=True)
    return filters


class Framer:
    """Cuts a stream into frames of one length."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._held = np.zeros(0, np.float32)

    def take(self, samples: F32) -> list[F32]:
        """Return the frames that are complete after (n,) more samples, each (length,)."""
        self._held = np.concatenate([self._held, samples.astype(np.float32)])
        whole = len(self._held) // self._length
        frames = self._held[: whole * self._length].reshape(whole, self._length)
        self._held = self._held[whole * self._length :]
        return list(frames)

    @property
    def held(self) -> int:
        """Samples that wait for the rest of their frame."""
        return len(self._held)
