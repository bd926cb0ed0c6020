"""Power and energy: what each station and each meter takes, and what has run through the headers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from walkdown_server.plant.line_process import F64
from walkdown_server.plant.machines_table import LINES, STATIONS
from walkdown_server.plant.plant_parts import PlantParts
from walkdown_server.plant.utilities_process import LOADED
from walkdown_server.plant.utilities_table import METERS

_AUXILIARY_KW = np.array([0.8, 2.0, 3.5, 1.2, 1.9, 2.6, 1.5, 1.6])
"""Besides the main drive: controls, fans, heaters, by station."""

_BUILDING_KW, _DRYER_KW, _DOOR_KW, _CHARGER_KW = 41.0, 2.2, 0.6, 2.4
_DRIVE_EFFICIENCY = 0.91
_CHARGING = 3
IDLING_KW, LOADED_KW = 12.5, 45.5
"""A compressor's electric power."""


class EnergyProcess:
    """Meters and counters.

    Args:
        owners: what each motor belongs to, in the order of the catalogue.

    Attributes:
        station_kw, station_kwh: (2, 8). compressor_kw, compressor_kwh: (2,). chiller_kwh: (2,).
        header_m3: (4,) product, water, air, steam (steam: kg).
        meter_kw, meter_kwh: (4,). voltage: (4, 3) V. rates: (4,) flow in the headers per hour.
    """

    def __init__(self, owners: Sequence[str], seed: int) -> None:
        rng = np.random.default_rng([seed, 9])
        self._line_of = [np.array([owner.startswith(line) for owner in owners]) for line in LINES]
        self._utility = ~np.any(self._line_of, axis=0)
        ids = [[f"{line}.{station}" for station in STATIONS] for line in LINES]
        self._rows = np.array([[owners.index(i) if i in owners else -1 for i in row] for row in ids])
        self.station_kw, self.station_kwh = np.zeros((2, 8)), rng.uniform(4e3, 9e4, (2, 8))
        self.compressor_kw, self.compressor_kwh = np.zeros(2), rng.uniform(4e5, 7e5, 2)
        self.chiller_kwh = rng.uniform(2e5, 4e5, 2)
        self.header_m3, self.rates = rng.uniform(2e5, 9e5, 4), np.zeros(4)
        self.meter_kw, self.meter_kwh = np.zeros(len(METERS)), rng.uniform(2e5, 3e6, len(METERS))
        self._factor = np.array([0.89, 0.88, 0.91, 0.97])
        self._share = 1 + rng.normal(0, 0.02, (len(METERS), 3))
        self.voltage = 231 + rng.normal(0, 0.8, (len(METERS), 3))

    def step(self, dt_secs: float, parts: PlantParts) -> None:
        """Advance the counters with the present powers and flows."""
        hours = dt_secs / 3600
        self.station_kw = self._stations(parts)
        self.compressor_kw = np.where(parts.air.load == LOADED, LOADED_KW, IDLING_KW)
        self.meter_kw = self._meters(parts)
        self.rates = self._flows(parts)
        self.station_kwh += self.station_kw * hours
        self.compressor_kwh += self.compressor_kw * hours
        self.chiller_kwh += parts.cooling.power * hours
        self.header_m3 += self.rates * hours
        self.meter_kwh += self.meter_kw * hours

    def _stations(self, parts: PlantParts) -> F64:
        """Main drive and what hangs on it."""
        own = np.where(self._rows >= 0, parts.drives.power[self._rows], 0.0) / _DRIVE_EFFICIENCY
        own[:, -1] += parts.robots.power
        working = parts.lines.flow > 0
        return np.asarray(own + _AUXILIARY_KW * (0.45 + 0.55 * working))

    def _meters(self, parts: PlantParts) -> F64:
        """Line 1, line 2, utilities and building."""
        drives = parts.drives.power / _DRIVE_EFFICIENCY
        stations = self.station_kw.sum(1) - np.where(self._rows >= 0, drives[self._rows], 0.0).sum(1)
        lines = [drives[mine].sum() + stations[row] for row, mine in enumerate(self._line_of)]
        cold = parts.cooling.power.sum() + _DRYER_KW
        doors = _DOOR_KW * float((parts.vehicles.door_state % 2).sum())
        chargers = _CHARGER_KW * sum(v.state == _CHARGING for v in parts.vehicles.vehicles)
        return np.array([*lines, drives[self._utility].sum() + cold, _BUILDING_KW + doors + chargers])

    @staticmethod
    def _flows(parts: PlantParts) -> F64:
        rinse = 2.6 * float((parts.lines.flow[:, 1] / parts.lines.nominal[:, 0]).sum())
        water = rinse + 0.3 * float(parts.cleaning.flow.sum())
        air = 60 * (parts.air.used + parts.air.leak)
        return np.array([parts.product.flow, water, air, 150 + 1.55 * parts.cooling.heating])

    @property
    def factor(self) -> F64:
        """(4,) power factor, lower at small load."""
        return np.asarray(self._factor - 0.06 * np.exp(-self.meter_kw / 15))

    @property
    def reactive(self) -> F64:
        """(4,) kV·A of reactive power."""
        return np.asarray(self.meter_kw * np.tan(np.arccos(self.factor)))

    @property
    def current(self) -> F64:
        """(4, 3) A."""
        return np.asarray((self.meter_kw / self.factor / 3)[:, None] * self._share * 1000 / self.voltage)
