"""The eye above the feet: on stairs it glides where the feet jump."""

from __future__ import annotations

import math

from walkdown_client.walk.body import EYE_M

SMOOTH_SECS = 0.06
"""Time constant; after 200 ms less than a 25th of a step is left."""

LAG_MAX_M = 0.4


class EyeHeight:
    """The height of the eye of somebody on foot.

    Attributes:
        gliding: False lets the eye jump with the feet, for people whom moving pictures make sick.
    """

    def __init__(self, *, gliding: bool = True) -> None:
        self.gliding = gliding
        self._lag_m = 0.0
        self._feet_m = math.nan

    def put(self, feet_m: float) -> None:
        """Start at a height without gliding there."""
        self._feet_m, self._lag_m = feet_m, 0.0

    def follow(self, delta_secs: float, feet_m: float, *, standing: bool) -> float:
        """Return z of the eye, metres.

        Args:
            feet_m: z of the feet now. standing: while falling the eye falls with the feet.
        """
        if standing and self.gliding and not math.isnan(self._feet_m):
            self._lag_m += self._feet_m - feet_m
        self._lag_m *= math.exp(-delta_secs / SMOOTH_SECS)
        self._lag_m = min(max(self._lag_m, -LAG_MAX_M), LAG_MAX_M) if self.gliding else 0.0
        self._feet_m = feet_m
        return feet_m + EYE_M + self._lag_m
