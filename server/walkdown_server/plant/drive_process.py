"""All motors, pumps' bearings and cabinets: power, current, heat, vibration.

Power of a drive follows speed and load; the winding is one thermal mass that the square of the current
heats (first-order model, time constant as for totally enclosed motors of a few kW). Vibration grows with
the square of the speed, as an unbalance's force does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from walkdown.twin import Thing
from walkdown_server.plant.line_process import F64
from walkdown_server.plant.utilities_process import lag
from walkdown_server.plant.utilities_table import PUMPS

_HEAT_TAU_SECS = 1100.0
_BEARING_TAU_SECS = 600.0
_RISE_KELVIN = 64.0
"""Temperature rise at rated current."""

_NO_LOAD_CURRENT = 0.32
_WORN = "P-103"
"""A pump whose drive-end bearing wears: it deserves attention."""


class DriveProcess:
    """State of all motors, in the order of the catalogue.

    Attributes:
        power: (n,) kW. speed: (n,) 1/min. torque: (n,) N·m. current: (n,) A. temperature: (n,) °C.
        vibration: (n,) mm/s. energy: (n,) kW·h. hours: (n,) h.
        pumps: rows of the motors that drive a pump. bearings: (pumps,) °C.
    """

    def __init__(self, motors: Sequence[Thing], seed: int) -> None:
        rng = np.random.default_rng([seed, 5])
        self.owners = tuple(motor.parent for motor in motors)
        self.rated_kw = self._column(motors, "rated power, kW")
        self._rated_rpm = self._column(motors, "rated speed, 1/min")
        self._rated_amp = self._column(motors, "rated current, A")
        count = len(motors)
        self.power, self.speed, self.current = np.zeros(count), np.zeros(count), np.zeros(count)
        self.torque = np.zeros(count)
        self.temperature = rng.uniform(30, 46, count)
        self._cooling = rng.uniform(0.88, 1.1, count)
        self.roughness = rng.uniform(0.6, 1.65, count)
        self.roughness[self.owners.index(_WORN)] = 2.65
        self.vibration = 0.75 * self.roughness
        self.pumps = np.array([row for row, owner in enumerate(self.owners) if owner in PUMPS])
        self.bearings = np.full(len(self.pumps), 40.0)
        self.energy = rng.uniform(2e3, 9e4, count)
        self.hours = rng.uniform(3e3, 3.2e4, count)

    @staticmethod
    def _column(motors: Sequence[Thing], name: str) -> F64:
        return np.array([float(motor.properties[name]) for motor in motors])

    def step(self, dt_secs: float, *, speed: F64, load: F64, ambient: float) -> None:
        """Advance; ``speed`` (n,) and ``load`` (n,) are shares of the rated values."""
        turning = speed > 0.01
        self.speed = speed * self._rated_rpm
        self.power = self.rated_kw * speed * load
        self.torque = load * turning * self.rated_kw * 9549 / self._rated_rpm
        share = np.where(turning, np.hypot(_NO_LOAD_CURRENT, 0.947 * load), 0.0)
        self.current = share * self._rated_amp
        target = ambient + _RISE_KELVIN * self._cooling * share**2
        self.temperature = lag(self.temperature, target, dt_secs=dt_secs, tau_secs=_HEAT_TAU_SECS)
        shaking = self.roughness * (0.25 + 0.75 * speed**2) * turning
        self.vibration = lag(self.vibration, shaking, dt_secs=dt_secs, tau_secs=2.0)
        mine = self.pumps
        warm = ambient + 24 * speed[mine] + 5 * self.roughness[mine] * turning[mine]
        self.bearings = lag(self.bearings, warm, dt_secs=dt_secs, tau_secs=_BEARING_TAU_SECS)
        self.energy += self.power * dt_secs / 3600
        self.hours += turning * dt_secs / 3600
