"""The demo plant's process: everything that moves, flows and warms up, from one seed, without any I/O.

:class:`PlantProcess` joins the parts: lines and heads at every step, the slow rest four times a second.
``instruments`` turns its state into what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from walkdown.twin import Catalogue
from walkdown_server.plant import machine_motion, vehicle_motion
from walkdown_server.plant.drive_shares import DriveShares
from walkdown_server.plant.energy_process import EnergyProcess
from walkdown_server.plant.equipment import AIR_LEAK, CAP_TORQUE, FILTER_CLOG
from walkdown_server.plant.line_process import CAP, DEP, F64, FIL, LAB, PAC, PAL, RIN
from walkdown_server.plant.plant_parts import PlantParts
from walkdown_server.plant.utilities_table import TOWERS

_SLOW_SECS = 0.25
"""Time step of everything but the lines and what moves."""

_DRIFT_PER_SEC, _DRIFT_MOST, _RECOVERY_PER_SEC = 0.036, 1.35, 0.09
_TORQUE_FAULT, _TORQUE_RESET = 1.12, 0.45
"""Extra closing torque, N·m, at which the capper stops and at which it may start again."""

_FAN_RAD_PER_SEC = 9.0
"""A cooling tower's fan at full speed; slower than in truth, so that the eye can follow it."""

_NEEDS_AIR = np.zeros(8, bool)
_NEEDS_AIR[[DEP, RIN, FIL, CAP, LAB, PAC, PAL]] = True


class PlantProcess(PlantParts):
    """The state of the whole plant.

    Args:
        catalogue: as made by ``plant.catalogue``; the process knows its things by their types.
        joint_keys: joints of the model in wire order; those that the plant does not move are left out.
        seed: equal seeds and steps give equal values.

    Attributes:
        secs: time since the start. energy: the meters and counters.
        machine_joints: values of ``machine_motion.joint_names``.
        joint_rows: (m,) rows of ``joint_keys`` that this process moves.
    """

    def __init__(self, catalogue: Catalogue, joint_keys: Sequence[str] = (), *, seed: int = 7) -> None:
        super().__init__(catalogue, seed)
        self.secs = 0.0
        self._shares, self.energy = DriveShares(self.drives.owners), EnergyProcess(self.drives.owners, seed)
        self._capper_failed = np.zeros(2, bool)
        self._owed_secs = 0.0
        self._filled = self.lines.total[:, FIL].copy()
        self.machine_joints = machine_motion.joint_values(self.lines.total, self.robots.arms)
        self.fan_angle = np.zeros(len(TOWERS))
        names = (
            *machine_motion.joint_names(),
            *vehicle_motion.joint_names(),
            *(f"plant:/{tower}/fan" for tower in TOWERS),
        )
        row_of = {key: row for row, key in enumerate(joint_keys)}
        known = [(row_of[name], column) for column, name in enumerate(names) if name in row_of]
        self.joint_rows = np.array([row for row, _ in known], np.intp)
        self._joint_columns = np.array([column for _, column in known], np.intp)

    def step(self, dt_secs: float, active: frozenset[str] = frozenset()) -> None:
        """Advance by ``dt_secs`` (at most half a second at once) with these disturbances active."""
        self.secs += dt_secs
        self._drift(dt_secs, CAP_TORQUE in active)
        fault = np.zeros((2, 8), bool)
        fault[:, CAP] = self._capper_failed
        held = np.broadcast_to(_NEEDS_AIR & self.air.short, fault.shape)
        self.lines.step(dt_secs, fault=fault, held=held, pace=self.product.pace)
        self.heads.step(self.lines.total, self.lines.flow, self.torque_drift)
        self.robots.step(dt_secs, self.lines.total, self.lines.flow[:, PAL] > 0)
        self.vehicles.step(dt_secs)
        self.machine_joints = machine_motion.joint_values(self.lines.total, self.robots.arms)
        self.fan_angle = (self.fan_angle + _FAN_RAD_PER_SEC * self.cooling.fan * dt_secs) % (2 * np.pi)
        self._owed_secs += dt_secs
        if self._owed_secs >= _SLOW_SECS - 1e-9:
            self._step_slow(self._owed_secs, active)
            self._owed_secs = 0.0

    def _drift(self, dt_secs: float, drifting: bool) -> None:
        change = _DRIFT_PER_SEC if drifting else -_RECOVERY_PER_SEC
        self.torque_drift[0] = np.clip(self.torque_drift[0] + change * dt_secs, 0, _DRIFT_MOST)
        limit = np.where(self._capper_failed, _TORQUE_RESET, _TORQUE_FAULT)
        self._capper_failed = self.torque_drift > limit

    def _step_slow(self, dt_secs: float, active: frozenset[str]) -> None:
        activity = self.activity
        celsius = float(self.hall.temperature[2])
        self.product.step(dt_secs, used_litres_per_sec=self._used(dt_secs), clogging=FILTER_CLOG in active)
        self.air.step(dt_secs, activity=activity, leaking=AIR_LEAK in active)
        self.cooling.step(dt_secs, product_m3h=self.product.flow, hall_celsius=celsius)
        self.cleaning.step(dt_secs)
        speed, load = self._shares.gather(self)
        self.drives.step(dt_secs, speed=speed, load=load, ambient=celsius)
        working = np.insert(self.lines.flow > 0, 6, True, axis=1)
        self.hall.step(dt_secs, activity=activity, working=working.astype(np.float64))
        self.store.step(dt_secs, tuple(vehicle.missions for vehicle in self.vehicles.vehicles))
        self.energy.step(dt_secs, self)

    def _used(self, dt_secs: float) -> F64:
        """(2,) litres per second that went into bottles since the last slow step."""
        fresh = self.lines.total[:, FIL] - self._filled
        self._filled = self.lines.total[:, FIL].copy()
        return np.asarray(fresh * self.heads.bottle_ml[:, 0] / 1000 / dt_secs)

    def joints(self) -> F64:
        """(m,) radians or metres of the joints ``joint_rows``."""
        both = np.concatenate([self.machine_joints, self.vehicles.joint_values(), self.fan_angle])
        return np.asarray(both[self._joint_columns])
