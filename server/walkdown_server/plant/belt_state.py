"""The eight conveyors of a line: how fast they run, how full they are, and what they say about it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_server.plant.line_process import F64, LAB, PAL, LineProcess
from walkdown_server.plant.machine_motion import BELTS, belt_speeds, pallet_rolling
from walkdown_server.plant.machines_table import CONVEYORS
from walkdown_server.plant.signal_specs import BLOCKED, RUNNING, STARVED, STOPPED

_ROWS = np.array([[name for name, *_ in BELTS].index(name) for name in CONVEYORS[:-1]])
"""Row of ``BELTS`` of each conveyor but the pallet rollers."""

_ROLLER_SPEED = 0.2
_NOMINAL_PAIR = np.full((2, 8), 1.0)
_CREEPING = 0.02


def belt_speed(lines: LineProcess) -> F64:
    """(2, 8) m/s in the order of ``CONVEYORS``."""
    rolling = _ROLLER_SPEED * pallet_rolling(lines.total) * (lines.flow[:, PAL] > 0)
    return np.concatenate([belt_speeds(lines.flow)[:, _ROWS], rolling[:, None]], 1)


def belt_share(lines: LineProcess) -> F64:
    """(2, 8) speed as a share of what the filler's nominal pace asks for."""
    nominal = np.concatenate(
        [belt_speeds(_NOMINAL_PAIR * lines.nominal)[:, _ROWS], np.full((2, 1), _ROLLER_SPEED)], 1
    )
    return np.asarray(belt_speed(lines) / nominal)


def belt_fill(lines: LineProcess) -> F64:
    """(2, 8) occupancy 0 to 1; the conveyor before the table backs up last."""
    fill = lines.fill
    table = fill[:, 5]
    before = np.maximum(0.55 * (lines.flow[:, LAB] > 0), (table - 0.9) / 0.1)
    after = np.minimum(0.9, 4 * table)
    empties = np.full(2, 0.62)
    rolling = 0.5 * pallet_rolling(lines.total)
    columns = [fill[:, 0], fill[:, 1], fill[:, 3], before, after, fill[:, 6], empties, rolling]
    return np.asarray(np.stack(columns, 1).clip(0, 1))


def belt_states(lines: LineProcess) -> npt.NDArray[np.uint8]:
    """(2, 8) numbers of ``MACHINE_STATES``."""
    fill = belt_fill(lines)
    moving = belt_share(lines) > _CREEPING
    waiting = np.where(fill > 0.93, BLOCKED, np.where(fill < 0.04, STARVED, STOPPED))
    waiting[:, -2:] = STOPPED
    return np.where(moving, RUNNING, waiting).astype(np.uint8)
