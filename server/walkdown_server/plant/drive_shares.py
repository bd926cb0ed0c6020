"""How fast and how hard each motor works."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from walkdown_server.plant import utilities_table as ut
from walkdown_server.plant.belt_state import belt_fill, belt_share
from walkdown_server.plant.line_process import CAP, F64, PAC
from walkdown_server.plant.machines_table import CONVEYORS, LINES, STATIONS
from walkdown_server.plant.plant_parts import PlantParts
from walkdown_server.plant.utilities_process import LOADED

_OWNERS = (
    *(f"{line}.{station}" for line in LINES for station in STATIONS),
    *(f"{line}.ACC" for line in LINES),
    *(f"{line}.{conveyor}" for line in LINES for conveyor in CONVEYORS),
    *ut.PUMPS,
    *ut.COMPRESSORS,
    *ut.TOWERS,
)
"""Everything that may have a motor, in the order in which ``gather`` lists speeds and loads."""

_RATED_FLOW = np.array([12.0] * 4 + [30.0] * 4 + [40.0] * 2)


class DriveShares:
    """Knows which motor belongs to what."""

    def __init__(self, owners: Sequence[str]) -> None:
        self._rows = np.array([_OWNERS.index(owner) for owner in owners], np.intp)

    def gather(self, parts: PlantParts) -> tuple[F64, F64]:
        """Return (n,) speed and (n,) load of all motors as shares of their rated values."""
        shares = [_stations(parts), _tables(parts), _belts(parts), _pumps(parts), _others(parts)]
        speed = np.concatenate([share[0] for share in shares])
        load = np.concatenate([share[1] for share in shares])
        return speed[self._rows], load[self._rows]


def _stations(parts: PlantParts) -> tuple[F64, F64]:
    share = parts.lines.flow / parts.lines.nominal
    load = 0.42 + 0.36 * share
    load[:, CAP] += 0.24 * parts.torque_drift
    return (0.82 * share).ravel(), load.ravel()


def _tables(parts: PlantParts) -> tuple[F64, F64]:
    moving = (parts.lines.flow[:, [PAC - 1, PAC]] > 0).any(1)
    return np.asarray(0.8 * moving), 0.35 + 0.35 * parts.lines.fill[:, 5]


def _belts(parts: PlantParts) -> tuple[F64, F64]:
    share, fill = belt_share(parts.lines), belt_fill(parts.lines)
    return (0.85 * np.minimum(share, 1.15)).ravel(), (0.34 + 0.3 * fill).ravel()


def _pumps(parts: PlantParts) -> tuple[F64, F64]:
    product, cip = parts.product, parts.cleaning.flow
    speed = np.concatenate([product.speed, cip / 28, [0.8, 0.8]])
    flow = np.concatenate([product.pump_flow, cip, parts.cooling.flow])
    return speed, np.asarray(0.24 + 0.66 * flow / _RATED_FLOW)


def _others(parts: PlantParts) -> tuple[F64, F64]:
    loaded = parts.air.load == LOADED
    fan = parts.cooling.fan
    return np.concatenate([[1.0, 1.0], fan]), np.concatenate([0.28 + 0.6 * loaded, 0.15 + 0.75 * fan**2])
