"""Where a person can stand: below a place, or as near to it as there is room.

Below a place means in sight of it: under a steep roof nobody is put into the house.
"""

from __future__ import annotations

import math

import numpy as np

from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.soup import F64, Mask
from walkdown_client.walk.walker import STEP_M, Walker

DEPTH_M = 200.0
"""A floor further below is not looked for."""

TURN_RAD = math.pi * (3 - math.sqrt(5))
"""The golden angle spreads places evenly."""

PLACES, REACH_M = 160, 4.0


def standing_below(obstacles: Obstacles, point: F64, *, above_m: float = 0.0) -> F64 | None:
    """Return where the feet (3,) of somebody stand on the highest floor below a point that has room.

    Args:
        point: (3,) metres, site frame.
        above_m: floors may also be so much higher than the point.
    """
    return _standing_below(Walker(obstacles, point), point, above_m=above_m)


def nearest_standing(
    obstacles: Obstacles, point: F64, *, above_m: float = 0.0, reach_m: float = REACH_M
) -> F64 | None:
    """Return where somebody can stand below a point, or else beside it, near places first.

    Args:
        point: (3,) metres, site frame. above_m: floors may also be so much higher than the point.
        reach_m: how far beside the point.
    """
    walker = Walker(obstacles, point)
    for place in range(PLACES):
        away = reach_m * math.sqrt(place / (PLACES - 1))
        turn = place * TURN_RAD
        beside = point + np.array([away * math.cos(turn), away * math.sin(turn), 0.0])
        found = _standing_below(walker, beside, above_m=above_m)
        if found is not None:
            return found
    return None


def _standing_below(walker: Walker, point: F64, *, above_m: float) -> F64 | None:
    body = walker.body
    heights, floors = _surfaces_below(body.obstacles, point, above_m=above_m)
    for height, is_floor in zip(heights.tolist(), floors.tolist(), strict=True):
        if not is_floor:
            return None
        raised = np.array([point[0], point[1], height + STEP_M])
        found = walker.lowered(raised) if body.fits(raised) else None
        if found is not None and body.fits(found):
            return found
    return None


def _surfaces_below(obstacles: Obstacles, point: F64, *, above_m: float) -> tuple[F64, Mask]:
    """Return heights (n,), metres, site frame, highest first, and which are floors."""
    reach = np.array([0.05, 0.05, 0.0])
    low = point - reach - np.array([0.0, 0.0, DEPTH_M])
    high = point + reach + np.array([0.0, 0.0, above_m])
    facets = obstacles.around(low, high)
    x, y, z = (point - facets.origin).tolist()
    heights, floors = facets.surfaces_at(x, y)
    below = heights <= z + above_m
    return np.asarray(heights[below] + facets.origin[2]), floors[below]
