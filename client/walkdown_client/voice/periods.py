"""Speech made shorter by whole periods of its own pitch, and two sounds joined without a step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

PERIOD_MIN, PERIOD_MAX = 120, 720
"""Samples at 48 kHz: voices from 67 to 400 Hz."""

COMPARED = 720
"""So many samples are compared: the longest period."""

PERIOD_STEP = 4
"""Periods are tried in steps of 83 µs, finer than a cross-fade shows."""

LIKE_MIN = 0.4
"""Correlation below which a voice has no period worth the name; whispers and consonants lie below."""

QUIET = 1e-4
"""Mean square of what is so quiet that anything may be left out: -40 dBFS."""

_LAGS = np.arange(PERIOD_MIN, PERIOD_MAX + 1, PERIOD_STEP)


def best_period(sound: F32) -> tuple[int, float]:
    """Return the period, in samples, after which a sound is most like its beginning, and how like, -1 to 1.

    Args:
        sound: (n,), n >= COMPARED + PERIOD_MAX.
    """
    first = sound[:COMPARED].astype(np.float64)
    shifted = np.lib.stride_tricks.sliding_window_view(sound, COMPARED)[_LAGS].astype(np.float64)
    energy = np.einsum("ij,ij->i", shifted, shifted)
    like = shifted @ first / np.sqrt(energy * (first @ first) + 1e-12)
    best = int(np.argmax(like))
    return int(_LAGS[best]), float(like[best])


def without_period(sound: F32) -> F32:
    """Return a sound without its first period, or as it is where it has none.

    Args:
        sound: (n,), n >= COMPARED + PERIOD_MAX; at least two periods.
    """
    if len(sound) < COMPARED + PERIOD_MAX:
        return sound
    period, like = best_period(sound)
    if float(np.mean(sound[: 2 * PERIOD_MAX] ** 2)) < QUIET:
        period = PERIOD_MAX
    elif like < LIKE_MIN:
        return sound
    return np.concatenate([cross_fade(sound[:period], sound[period : 2 * period]), sound[2 * period :]])


def cross_fade(before: F32, after: F32) -> F32:
    """Return ``after`` with its beginning blended from ``before``, which is no longer."""
    share = np.linspace(0.0, 1.0, len(before), dtype=np.float32)
    blended = before * (1.0 - share) + after[: len(before)] * share
    return np.concatenate([blended, after[len(before) :]]).astype(np.float32)
