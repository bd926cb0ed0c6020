"""What the palletising robots' axes feel: angle, speed, current and heat of each motor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_server.plant.line_process import F64
from walkdown_server.plant.machine_motion import robot_cycles
from walkdown_server.plant.robot_motion import CRATE_KG, CRATES_PER_CYCLE, arm_angles, loaded, wrist_at
from walkdown_server.plant.utilities_process import lag

_HOLDING_AMP = np.array([1.2, 5.5, 4.2, 0.7, 1.6, 0.6])
_AMP_PER_DEG_S = np.array([0.07, 0.09, 0.08, 0.03, 0.05, 0.03])
_KELVIN_PER_AMP2 = np.array([0.9, 0.42, 0.55, 4.0, 2.6, 5.0])
_TOOL_KG = 38.0


class RobotProcess:
    """Both robots; arrays are (2, 6) unless said otherwise.

    Attributes:
        arms: radians of the joints; angle: the same in degrees. speed: degrees per second.
        current: A. temperature: °C.
        payload: (2,) kg. cycles: (2,) since the start. power: (2,) kW. moving: (2,).
    """

    def __init__(self) -> None:
        self.cycles = np.zeros(2)
        self.arms = arm_angles(wrist_at(self.cycles))
        self.angle = np.degrees(self.arms)
        self.speed = np.zeros((2, 6))
        self.current = np.tile(_HOLDING_AMP, (2, 1))
        self.temperature = np.tile(np.array([44.0, 52.0, 48.0, 40.0, 43.0, 39.0]), (2, 1))
        self.payload = np.full(2, _TOOL_KG)
        self.power = np.full(2, 1.5)
        self.moving = np.ones(2, bool)

    def step(self, dt_secs: float, total: F64, moving: npt.NDArray[np.bool_]) -> None:
        """Follow (2, 8) bottles through the stations."""
        self.cycles, self.moving = robot_cycles(total), moving
        self.arms = arm_angles(wrist_at(self.cycles))
        angle = np.degrees(self.arms)
        self.speed = (angle - self.angle) / dt_secs
        self.angle = angle
        self.payload = _TOOL_KG + loaded(self.cycles) * CRATE_KG * CRATES_PER_CYCLE
        weight = (self.payload / _TOOL_KG)[:, None]
        wish = _HOLDING_AMP * (0.6 + 0.4 * weight) + _AMP_PER_DEG_S * np.abs(self.speed)
        self.current = lag(self.current, wish, dt_secs=dt_secs, tau_secs=0.15)
        target = 27 + _KELVIN_PER_AMP2 * self.current**2 + 9
        self.temperature = lag(self.temperature, target, dt_secs=dt_secs, tau_secs=700)
        self.power = 0.7 + 0.055 * self.current.sum(1)
