"""When somebody speaks into an open microphone: by level alone, above the noise of the place."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

GATE_DBFS = -45.0
QUIETEST_DBFS = -127.0

ABOVE_NOISE_DB = 9.0
"""Speech stands out of steady noise by more than this; a running machine beside the speaker is no speech."""

NOISE_FRAMES = 150
"""The noise of a place is the quietest fifth of the last three seconds: speech has more pauses than that."""
NOISE_SHARE = 0.2
NOISE_FRAMES_MIN = 25

CLOSE_BELOW_DB = 6.0
"""Once open, a gate stays so down to this much lower: the ends of words are quiet."""

HANG_OVER_FRAMES = 15
"""And for 300 ms beyond: longer than the silence inside a word, shorter than a pause."""


def level_dbfs(samples: F32) -> float:
    """Return the level of a piece of sound, dB below a full-scale square wave, -127 for silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    if not np.isfinite(power) or power <= 0.0:
        return QUIETEST_DBFS
    return max(10.0 * float(np.log10(power)), QUIETEST_DBFS)


class Gate:
    """Opens where a level stands out.

    Args:
        gate_dbfs: what is quieter is no speech.
    """

    def __init__(self, gate_dbfs: float = GATE_DBFS) -> None:
        self.gate_dbfs = gate_dbfs
        self.opened = False
        self._levels: deque[float] = deque(maxlen=NOISE_FRAMES)
        self._left_frames = 0

    @property
    def noise_dbfs(self) -> float:
        """Level of the place without speech, as far as it is known."""
        if len(self._levels) < NOISE_FRAMES_MIN:
            return QUIETEST_DBFS
        return float(np.quantile(np.array(self._levels), NOISE_SHARE))

    def hear(self, dbfs: float) -> bool:
        """Take the level of the next 20 ms; returns whether the gate is open."""
        self._levels.append(dbfs)
        threshold = max(self.gate_dbfs, self.noise_dbfs + ABOVE_NOISE_DB)
        if dbfs > threshold - (CLOSE_BELOW_DB if self.opened else 0.0):
            self._left_frames = HANG_OVER_FRAMES
        elif self._left_frames:
            self._left_frames -= 1
        self.opened = self._left_frames > 0
        return self.opened
