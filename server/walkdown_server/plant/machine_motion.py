"""Everything that the lines move: carousels, stars, belts, packer, depalletiser lift, robots, rollers.

All positions follow from the bottles that each station has handled, so that pockets, heads and goods
meet, and a machine that stands stands everywhere. Joints are named by their key after ``plant:/L1/``.
"""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.layout import BOTTLE_PITCH
from walkdown_server.plant.line_process import CAP, DEP, F64, FIL, LAB, PAC, PAL, RIN
from walkdown_server.plant.machines_table import (
    BOTTLES_PER_CRATE,
    CAPPING_HEADS,
    CRATES_PER_LAYER,
    FILLING_HEADS,
    LABEL_PLATES,
    LAYERS_PER_PALLET,
    LINES,
    RINSER_GRIPPERS,
)
from walkdown_server.plant.robot_motion import CRATES_PER_CYCLE

TAU = 2 * np.pi
_STAR_POCKETS = 10

# joint, station, turns per bottle (negative: clockwise from above)
_WHEELS = (
    ("RIN/rotor", RIN, -1 / RINSER_GRIPPERS),
    ("RIN/star_in", RIN, 1 / _STAR_POCKETS),
    ("RIN/star_out", RIN, 1 / _STAR_POCKETS),
    ("FIL/rotor", FIL, -1 / FILLING_HEADS),
    ("FIL/star_in", FIL, 1 / _STAR_POCKETS),
    ("FIL/star_out", FIL, 1 / _STAR_POCKETS),
    ("CAP/rotor", CAP, -1 / CAPPING_HEADS),
    ("CAP/star_in", CAP, 1 / _STAR_POCKETS),
    ("CAP/transfer_1", CAP, -1 / _STAR_POCKETS),
    ("CAP/transfer_2", CAP, 1 / _STAR_POCKETS),
    ("CAP/star_out", CAP, 1 / _STAR_POCKETS),
    ("LAB/rotor", LAB, -1 / LABEL_PLATES),
    ("LAB/star_in", LAB, 1 / _STAR_POCKETS),
    ("LAB/star_out", LAB, 1 / _STAR_POCKETS),
)

BELTS = (
    ("C0", (DEP, RIN), BOTTLE_PITCH, 1.0),
    ("C1", (RIN, FIL), BOTTLE_PITCH, 1.0),
    ("C2", (CAP, LAB), BOTTLE_PITCH, 1.0),
    ("C3", (LAB, LAB), BOTTLE_PITCH, 1.0),
    ("ACC", (LAB, PAC), BOTTLE_PITCH, 6.0),
    ("C4", (PAC, PAC), BOTTLE_PITCH, 4.0),
    ("CRT", (PAC, PAL), 0.6, float(BOTTLES_PER_CRATE)),
    ("EMP", (PAC, PAC), 0.8, float(BOTTLES_PER_CRATE)),
)
"""Conveyor, stations whose mean flow moves it, pitch of the goods in metres, bottles per pitch."""

ROLLER_PITCH = 2.0
_BOTTLES_PER_LIFT, _BOTTLES_PER_PICK = 96.0, 2.0 * BOTTLES_PER_CRATE
_BOTTLES_PER_PALLET = float(BOTTLES_PER_CRATE * CRATES_PER_LAYER * LAYERS_PER_PALLET)
_LIFT_TIMES = np.array([0.0, 0.12, 0.30, 0.45, 0.60, 0.80, 1.0])
_LIFT_METRES = np.array([0.0, 0.0, 0.75, 0.75, 0.35, 0.0, 0.0])
_PICK_TIMES = np.array([0.0, 0.09, 0.13, 0.24, 0.50, 0.60, 0.64, 0.73, 0.99, 1.0])
_PICK_X = np.array([0.0, 0.0, 0.0, 0.0, 2.25, 2.25, 2.25, 2.25, 0.0, 0.0])
_PICK_DOWN = np.array([0.0, 0.54, 0.54, 0.0, 0.0, 0.48, 0.48, 0.0, 0.0, 0.0])
_OUTFEED = 0.06
"""Part of a pallet's time in which it rolls out of the cell."""

_BELT_STATIONS = np.array([stations for _, stations, _, _ in BELTS])
_BELT_PER_BOTTLE = np.array([pitch / bottles for _, _, pitch, bottles in BELTS])
_BELT_PITCH = np.array([pitch for _, _, pitch, _ in BELTS])
_WHEEL_STATIONS = np.array([station for _, station, _ in _WHEELS])
_WHEEL_TURNS = np.array([turns for _, _, turns in _WHEELS])


def joint_names() -> tuple[str, ...]:
    """Keys of all joints in the order of :func:`joint_values`."""
    row = [f"{name}" for name, _, _ in _WHEELS] + [f"{name}/belt" for name, _, _, _ in BELTS]
    row += ["PAC/axis_x", "PAC/axis_z", "DEP/axis_z", "PAL/ROL/belt"]
    row += [f"PAL/axis{n}" for n in range(1, 7)]
    return tuple(f"plant:/{line}/{name}" for line in LINES for name in row)


def belt_speeds(flow: F64) -> F64:
    """(2, 8) m/s of each conveyor of ``BELTS`` at (2, 8) bottles per second through the stations."""
    return np.asarray(flow[:, _BELT_STATIONS].mean(2) * _BELT_PER_BOTTLE)


def robot_cycles(total: F64) -> F64:
    """(2,) cycles of the palletising robots."""
    return np.asarray(total[:, PAL] / (BOTTLES_PER_CRATE * CRATES_PER_CYCLE))


def pallet_rolling(total: F64) -> F64:
    """(2,) 1 while a finished pallet rolls out of the cell, else 0."""
    return np.asarray(((total[:, PAL] / _BOTTLES_PER_PALLET % 1.0) < _OUTFEED).astype(np.float64))


def joint_values(total: F64, arms: F64) -> F64:
    """(2 · joints,) radians or metres after (2, 8) bottles through each station; ``arms`` (2, 6) radians."""
    wheels = (total[:, _WHEEL_STATIONS] * _WHEEL_TURNS % 1.0) * TAU
    belts = total[:, _BELT_STATIONS].mean(2) * _BELT_PER_BOTTLE % _BELT_PITCH
    pick = total[:, PAC] / _BOTTLES_PER_PICK % 1.0
    lift = total[:, DEP] / _BOTTLES_PER_LIFT % 1.0
    pallet = total[:, PAL] / _BOTTLES_PER_PALLET % 1.0
    rolled = _ease(pallet, np.array([0.0, _OUTFEED, 1.0]), np.array([0.0, ROLLER_PITCH, ROLLER_PITCH]))
    others = np.stack(
        [
            _ease(pick, _PICK_TIMES, _PICK_X),
            _ease(pick, _PICK_TIMES, _PICK_DOWN),
            _ease(lift, _LIFT_TIMES, _LIFT_METRES),
            rolled % ROLLER_PITCH,
        ],
        1,
    )
    return np.asarray(np.concatenate([wheels, belts, others, arms], 1).ravel())


def _ease(phase: F64, times: F64, values: F64) -> F64:
    """Go through ``values`` at ``times``, coming to rest at each of them."""
    leg = np.minimum(np.searchsorted(times, phase, side="right"), len(times) - 1)
    t = (phase - times[leg - 1]) / (times[leg] - times[leg - 1])
    return np.asarray(values[leg - 1] + (values[leg] - values[leg - 1]) * t * t * (3 - 2 * t))
