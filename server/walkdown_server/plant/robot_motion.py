"""The palletising robot's pick-and-place cycle: from crates on the conveyor to the pallet and back.

Way points are cylindrical (turn about the pedestal, reach, height of the wrist) in the robot's frame; the
arm's angles follow from them by the law of cosines, elbow up, tool always pointing down. All angles are
zero at rest: upper arm upright, forearm level to the front (+X).
"""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.cell import FOREARM, PEDESTAL, SHOULDER_OUT, SHOULDER_UP, UPPER_ARM
from walkdown_server.plant.line_process import F64

_SHOULDER_Z = PEDESTAL + SHOULDER_UP
_PICK = (np.arctan2(-0.5, -2.75) + 2 * np.pi, 2.795, 1.97)
_PLACES = np.array([[1.3, 1.7], [1.75, 1.7], [1.3, 2.1], [1.6, 2.1]])
"""Where the robot sets crates down on the pallet, metres, one after another."""

_PLACE_Z, _TRAVEL_Z = 1.97, 2.45

_TIMES = np.array([0.0, 0.05, 0.14, 0.42, 0.51, 0.55, 0.63, 0.92, 1.0])
"""Parts of a cycle: at the crate, gripped, lifted, above the pallet, down, released, lifted, back, down."""

_STEPS = (
    "Grip crates",
    "Grip crates",
    "Lift crates",
    "Carry to pallet",
    "Set down",
    "Release",
    "Lift gripper",
    "Return to conveyor",
    "Lower gripper",
)
_LOADED = (0.03, 0.53)
CRATE_KG = 21.0
CRATES_PER_CYCLE = 2


def _way_points(place: F64) -> F64:
    """(9, 3) turn, reach and height for one cycle that ends on ``place`` (2,)."""
    turn, reach, low = _PICK
    there_turn, there_reach = np.arctan2(place[1], place[0]), np.hypot(place[0], place[1])
    above = (turn, reach - 0.25, _TRAVEL_Z)
    over, on = (there_turn, there_reach, _TRAVEL_Z), (there_turn, there_reach, _PLACE_Z)
    at = (turn, reach, low)
    return np.array([at, at, above, over, on, on, over, above, at])


_ROUTES = np.stack([_way_points(place) for place in _PLACES])


def wrist_at(cycles: F64) -> F64:
    """Return (n, 3) turn, reach and height of the wrist after (n,) cycles."""
    phase, number = cycles % 1.0, np.floor(cycles).astype(np.intp) % len(_ROUTES)
    leg = np.minimum(np.searchsorted(_TIMES, phase, side="right"), len(_TIMES) - 1)
    start, end = _TIMES[leg - 1], _TIMES[leg]
    t = (phase - start) / (end - start)
    smooth = (t * t * t * (10 + t * (6 * t - 15)))[:, None]
    before, after = _ROUTES[number, leg - 1], _ROUTES[number, leg]
    return np.asarray(before + (after - before) * smooth)


def arm_angles(wrist: F64) -> F64:
    """Return (n, 6) joint angles in radians that bring the wrist to (n, 3) turn, reach, height.

    The gripper keeps its direction in the site at the crate conveyor and turns a quarter to the pallet.
    """
    turn, out, up = wrist[:, 0], wrist[:, 1] - SHOULDER_OUT, wrist[:, 2] - _SHOULDER_Z
    distance = np.hypot(out, up)
    cosine = (UPPER_ARM**2 + distance**2 - FOREARM**2) / (2 * UPPER_ARM * distance)
    two = np.arctan2(out, up) - np.arccos(np.minimum(cosine, 1.0))
    dip = np.arctan2(UPPER_ARM * np.cos(two) - up, out - UPPER_ARM * np.sin(two))
    share = np.minimum(np.maximum((_PICK[0] - turn) / (_PICK[0] - 0.9), 0), 1)
    six = turn - np.pi + share * np.pi / 2
    return np.stack([turn, two, dip - two, np.zeros_like(turn), -dip, six], 1)


def loaded(cycles: F64) -> F64:
    """Return (n,) 1 while crates hang in the gripper, else 0."""
    phase = cycles % 1.0
    return np.asarray(((phase > _LOADED[0]) & (phase < _LOADED[1])).astype(np.float64))


def program_step(cycles: float) -> str:
    """Return what the robot is doing, in words."""
    return _STEPS[int(np.searchsorted(_TIMES, cycles % 1.0, side="right"))]
