"""Where people are as seen from one's own head: in the picture, or which way to turn."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from walkdown_client.input.camera import Lens, Pose
from walkdown_client.tools.hearing import Bearing
from walkdown_client.world import World


def bearings(world: World, pose: Pose, lens: Lens, *, people: Iterable[int]) -> dict[int, Bearing]:
    """Return where these people are; who has no place is left out."""
    wanted = np.isin(world.people_ids, np.fromiter(people, np.int64))
    if not wanted.any():
        return {}
    seen = (world.people_positions[wanted] - pose.position) @ pose.axes.T
    return {
        number: _bearing(at, lens)
        for number, at in zip(world.people_ids[wanted].tolist(), seen.tolist(), strict=True)
    }


def _bearing(at: list[float], lens: Lens) -> Bearing:
    """Return where a point is; ``at`` is metres to the right, ahead and up, as the head is turned."""
    right, ahead, up = at
    across, upwards = (float(half) for half in lens.halves(max(ahead, 1e-6)))
    distance = math.hypot(right, ahead, up)
    x = y = 0.0
    if ahead > 1e-6:
        x, y = right / across, up / upwards
    seen = ahead > 1e-6 and abs(x) <= 1.0 and abs(y) <= 1.0
    return Bearing(x, y, seen, math.atan2(right, ahead), up / max(distance, 1e-6), distance)
