"""The hall around the machines: climate by zone, who is there, and the pallet store."""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.line_process import F64
from walkdown_server.plant.utilities_process import lag
from walkdown_server.plant.utilities_table import RACKS

_ROOMS = 7
_MEAN_CELSIUS = np.array([22.0, 20.5, 21.5, 22.5, 22.0, 19.0, 18.5])
"""Control room, then the six zones of the hall."""

_QUIET_DB = np.array([41.0, 58.0, 58.0, 58.0, 55.0, 55.0, 50.0])
_LOUD_DB = np.array([0.0, 22.0, 24.0, 21.0, 19.0, 14.0, 6.0])
_LUX = np.array([480.0, 420.0, 460.0, 440.0, 400.0, 330.0, 240.0])
_PEOPLE = np.array([3.0, 1.0, 2.0, 1.5, 0.5, 0.5, 0.5])
_PLACES = 90
_PANELS = 9
"""Machines of a line with operator panel, tower and cabinet."""


class HallProcess:
    """Climate of seven rooms and zones, and the operators.

    Attributes:
        noise: (7,) dB. people: (7,) in each room or zone. operators: (2, 9) 1 where one is logged in.
        cabinets: (2, 9) °C inside the machines' control cabinets.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 7])
        self._drift = self._rng.normal(0, 1, (4, _ROOMS))
        self._secs = float(self._rng.uniform(0, 3600))
        self.noise = _QUIET_DB + _LOUD_DB
        self.people = _PEOPLE.copy()
        self.operators = (self._rng.random((2, _PANELS)) < 0.4).astype(np.float64)
        self._heat = self._rng.uniform(8, 13, (2, _PANELS))
        self.cabinets = 22 + self._heat

    def step(self, dt_secs: float, *, activity: float, working: F64) -> None:
        """Advance; ``activity`` 0 to 1 says how many machines work, ``working`` (2, 9) which."""
        self._secs += dt_secs
        kick = self._rng.normal(0, np.sqrt(2 * dt_secs / 600), self._drift.shape)
        self._drift = self._drift * (1 - dt_secs / 600) + kick
        self.people = np.maximum(0, np.rint(_PEOPLE + 0.8 * self._drift[3]))
        if self._rng.random() < dt_secs / 45:
            self.operators.flat[self._rng.integers(self.operators.size)] = self._rng.random() < 0.4
        self.cabinets = lag(
            self.cabinets, 22 + self._heat * (0.6 + 0.4 * working), dt_secs=dt_secs, tau_secs=500
        )
        self.noise = lag(self.noise, _QUIET_DB + _LOUD_DB * activity, dt_secs=dt_secs, tau_secs=1.5)

    @property
    def temperature(self) -> F64:
        """(7,) °C."""
        return np.asarray(_MEAN_CELSIUS + 0.5 * self._drift[0].clip(-3, 3))

    @property
    def humidity(self) -> F64:
        """(7,) %."""
        return np.asarray(48 + 3 * self._drift[1].clip(-3, 3) + np.array([-6, 2, 9, 3, 0, 6, 1]))

    @property
    def co2(self) -> F64:
        """(7,) ppm: people, and what escapes from filling."""
        return np.asarray(455 + 55 * self.people + np.array([90, 0, 210, 40, 0, 60, 0]) + 12 * self._drift[2])

    @property
    def light(self) -> F64:
        """(7,) lx: lamps, and clouds over the skylights."""
        clouds = 0.22 * np.sin(self._secs / 700) + 0.08 * np.sin(self._secs / 97)
        return np.asarray(_LUX * (1 + clouds * np.array([0.2, 1, 1, 1, 1, 1, 0.6])))


class StoreProcess:
    """Pallets in the seven racks: (7,) counts that vehicles and trucks change."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 8])
        self.pallets = self._rng.integers(52, 80, len(RACKS))
        self._next_secs = 30.0
        self._missions: tuple[int, ...] = ()

    def step(self, dt_secs: float, missions: tuple[int, ...]) -> None:
        """Advance; ``missions`` (3,) of the vehicles: every second one of AGV-1 stores, of AGV-3 takes."""
        if self._missions and missions[0] != self._missions[0] and missions[0] % 2 == 0:
            self.pallets[2 if missions[0] % 4 else 4] += 1
        if self._missions and missions[2] != self._missions[2] and missions[2] % 2 == 0:
            self.pallets[0] -= 1
        self._missions = missions
        self._next_secs -= dt_secs
        if self._next_secs <= 0:
            self._trade()

    def _trade(self) -> None:
        """A truck or a forklift evens out the racks."""
        self._next_secs = float(self._rng.uniform(25, 90))
        rack = int(self._rng.integers(len(RACKS)))
        rising = self.pallets[rack] < 60 or (self.pallets[rack] < 80 and self._rng.random() < 0.5)
        self.pallets[rack] = int(np.clip(self.pallets[rack] + (1 if rising else -1), 0, _PLACES - 4))
