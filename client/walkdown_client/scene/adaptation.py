"""The eye gets used to the dark: where walls stand close around it, everything is shown brighter.

How closely it is surrounded comes from the baked volume that darkens corners, so nothing is measured in the
picture, and a picture of one place is always equally bright.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.light import Volume

F64 = npt.NDArray[np.float64]

OPEN, CLOSED = 0.1, 0.4
"""How full the wide surroundings of an eye are under the sky, and in a room."""

BRIGHTER = 2.7
"""Factor on the exposure in a room."""

SETTLE_SECS = 0.25
REACH_M = 0.75
"""Half the edge of the box about the eye that is looked at."""


class Adaptation:
    """The factor on the exposure for one eye."""

    def __init__(self) -> None:
        self._volume: Volume | None = None
        self._factor = 1.0
        self._at_secs = -math.inf

    def use(self, volume: Volume | None) -> None:
        """Take a baked volume, whose second channel says how full the wide surroundings of a cell are."""
        self._volume = volume

    def factor(self, eye: F64, *, now_secs: float) -> float:
        """Return the factor for an eye (3,) that moves; it follows within a second.

        Args:
            eye: metres, in the frame of the volume. now_secs: any monotonic clock.
        """
        wanted = 1.0 + (BRIGHTER - 1.0) * self._enclosed(eye)
        passed = now_secs - self._at_secs
        kept = math.exp(-passed / SETTLE_SECS) if math.isfinite(passed) else 0.0
        self._at_secs = now_secs
        self._factor = wanted + (self._factor - wanted) * kept
        return self._factor

    def _enclosed(self, eye: F64) -> float:
        """Return from 0 under the sky to 1 in a room."""
        volume = self._volume
        if volume is None:
            return 0.0
        low = np.floor((eye - REACH_M - volume.lo) / volume.cell).astype(int)
        high = np.ceil((eye + REACH_M - volume.lo) / volume.cell).astype(int)
        x, y, z = (slice(max(a, 0), max(b, 0)) for a, b in zip(low.tolist(), high.tolist(), strict=True))
        around = volume.values[z, y, x, 1]
        if not around.size:
            return 0.0
        share = (float(around.mean()) / 255.0 - OPEN) / (CLOSED - OPEN)
        share = min(max(share, 0.0), 1.0)
        return share * share * (3 - 2 * share)
