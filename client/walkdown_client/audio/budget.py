"""Which of many sounds are heard: the loudest and most important at the ears, without flicker."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

VOICES = 8
SOUNDS = 32
CANDIDATES = 64
"""So many are asked about walls in between before the choice."""

STAYS_DB = 3.0
"""What is heard stays until another is so much louder."""

SILENT_DBFS = -80.0
"""What reaches the ears with less than this is heard by nobody."""

_NEAREST_M = 1.0
_LEAST_WEIGHT = 1e-3


def at_ears_db(ears: npt.ArrayLike, positions: F32, levels_db: F32) -> F32:
    """Return the level of each sound at the ears, dB: 6 less for each doubling of the distance from 1 m on.

    Args:
        ears: (3,) metres. positions: (n, 3) metres. levels_db: (n,) at 1 m.
    """
    offsets = positions - np.asarray(ears, np.float32)
    distances = np.sqrt(np.einsum("ij,ij->i", offsets, offsets))
    return np.asarray(levels_db - 20.0 * np.log10(np.maximum(distances, _NEAREST_M)), np.float32)


def scores(heard_db: F32, weights: F32) -> F32:
    """Return by what to choose: twice the importance counts as much as half the distance."""
    return np.asarray(heard_db + 20.0 * np.log10(np.maximum(weights, _LEAST_WEIGHT)), np.float32)


def choose(
    score_db: F32, heard_db: F32, playing: npt.NDArray[np.bool_], *, count: int
) -> npt.NDArray[np.int64]:
    """Return the indices of at most ``count`` sounds, the best first.

    Args:
        score_db: (n,) see :func:`scores`. heard_db: (n,) level at the ears, without importance.
        playing: (n,) what is heard now, and so stays a little longer.
    """
    kept = np.where(playing, STAYS_DB, 0.0)
    ranked = np.where(heard_db + kept > SILENT_DBFS, score_db + kept, -np.inf)
    best = np.argsort(-ranked, kind="stable")[: max(count, 0)]
    chosen: npt.NDArray[np.int64] = best[np.isfinite(ranked[best])]
    return chosen
