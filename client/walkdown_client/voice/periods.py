"""Speech made shorter and longer by whole periods of its own pitch, and two sounds joined without a step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

PERIOD_MIN, PERIOD_MAX = 120, 720
"""Samples at 48 kHz: voices from 67 to 400 Hz."""

PERIOD_STEP = 4
"""Periods are tried in steps of 83 µs, finer than a cross-fade shows."""

LIKE_MIN = 0.4
"""Correlation below which a voice has no period worth the name; whispers and consonants lie below."""

QUIET = 1e-4
"""Mean square of what is so quiet that anything may be left out or repeated: -40 dBFS."""


def best_period(sound: F32) -> tuple[int, float]:
    """Return the period, in samples, after which a sound is most like its beginning, and how like, -1 to 1.

    Args:
        sound: (n,), n >= 2 · PERIOD_MIN. Periods up to half of it are found.
    """
    longest = min(PERIOD_MAX, len(sound) // 2)
    lags = np.arange(PERIOD_MIN, longest + 1, PERIOD_STEP)
    first = sound[:longest].astype(np.float64)
    shifted = np.lib.stride_tricks.sliding_window_view(sound, longest)[lags].astype(np.float64)
    energy = np.einsum("ij,ij->i", shifted, shifted)
    like = shifted @ first / np.sqrt(energy * (first @ first) + 1e-12)
    best = int(np.argmax(like))
    return int(lags[best]), float(like[best])


def without_period(sound: F32) -> F32:
    """Return a sound without its first period, or as it is where it has none; (n,), n >= 240."""
    period = _period_to_change(sound)
    if not period:
        return sound
    return np.concatenate([cross_fade(sound[:period], sound[period : 2 * period]), sound[2 * period :]])


def with_period(sound: F32) -> F32:
    """Return a sound with its first period once more, or as it is where it has none; (n,), n >= 240."""
    period = _period_to_change(sound)
    if not period:
        return sound
    again = cross_fade(sound[period : 2 * period], sound[:period])
    return np.concatenate([sound[:period], again, sound[period:]])


def _period_to_change(sound: F32) -> int:
    if float(np.mean(np.square(sound))) < QUIET:
        return min(PERIOD_MAX, len(sound) // 2)
    period, like = best_period(sound)
    return period if like >= LIKE_MIN else 0


def cross_fade(before: F32, after: F32) -> F32:
    """Return ``after`` with its beginning blended from ``before``, which is no longer."""
    share = np.linspace(0.0, 1.0, len(before), dtype=np.float32)
    blended = before * (1.0 - share) + after[: len(before)] * share
    return np.concatenate([blended, after[len(before) :]]).astype(np.float32)
