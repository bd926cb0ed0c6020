"""Product from the tanks to the fillers' bowls: tanks, pumps, filter, pasteuriser, header.

Each pump draws from the active one of its two tanks; the other is cleaned, filled and waits. Pumps follow
the affinity laws on a quadratic curve (head = s²·H0 - a·q²), the filter follows Darcy's law (pressure drop
proportional to flow, its resistance grows with what passed), pipes and valves are quadratic. The pump
speed holds the header's pressure; once the pumps run at full speed, pressure and flow fall.
"""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.line_process import F64

WAITING, FILLING, READY, DRAINING, CLEANING = range(5)

_HEAD_BAR, _CURVE = 5.2, 0.008
"""Pump: head at no flow, and loss per (m3/h)²."""

_HEADER_BAR, BOWL_BAR = 4.0, 2.8
_BOWL_VALVE = 0.0017
"""bar per (m3/h)² of both bowl valves when fully open."""

_EXCHANGER = 0.0013
_CLEAN_FILTER = 0.0175
"""bar per m3/h."""

_CLOG_PER_M3, _CLOG_FAST = 0.0012, 230.0
_CLOG_MOST = 0.178
_FLUSH_AT_BAR, _FLUSH_SECS, _FLUSH_TAU_SECS = 0.85, 45.0, 11.0
BOWL_LITRES = 110.0
_BOWL_SETPOINT, _BOWL_GAIN_PER_SEC = 0.62, 0.02
_REFILL_M3H = 42.0
_CLEANING_SECS = 1500.0
_SWITCH_BELOW, _FULL = 0.12, 0.90
_STANDBY = 3
"""Row of the pump that starts when the others cannot hold the header's pressure."""

_STANDBY_ON_BAR, _STANDBY_OFF_FILTER_BAR = 3.6, 1.0


class ProductProcess:
    """State of the product side; flows in m3/h, pressures in bar above atmosphere.

    Attributes:
        volume: (8,) m3 in each tank, T-101 first. capacity: (8,) m3.
        mode: (8,) WAITING to CLEANING. active: (4,) row of the tank that each pump draws from.
        pump_flow: (4,) through each pump; speed: (4,) share of rated speed.
        bowl: (2,) litres in each filler's bowl; bowl_flow: (2,) into it.
        valve: (12,) how far open the tanks' outlet valves and XV-101 to XV-104 are; valve_cycles: (12,).
        clog: extra resistance of the filter, bar per m3/h.
        drawn_m3, refilled_m3: what left and entered the tanks since the start.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 3])
        self.capacity = np.array([50.0] * 4 + [56.0] * 4)
        self.volume = self.capacity * np.array([0.78, 0.61, 0.86, 0.90, 0.90, 0.34, 0.08, 0.52])
        self.mode = np.array([DRAINING, DRAINING, DRAINING, READY, READY, FILLING, CLEANING, FILLING])
        self._cleaning_secs = np.where(self.mode == CLEANING, 600.0, 0.0)
        self.active = np.arange(4)
        self.running = np.array([1.0, 1.0, 1.0, 0.0])
        self.speed = np.array([0.86, 0.86, 0.86, 0.0])
        self.pump_flow = self.running * 6.4
        self.suction = np.full(4, 0.6)
        self.bowl = np.full(2, BOWL_LITRES * _BOWL_SETPOINT)
        self.bowl_flow = np.array([12.0, 7.1])
        self.header_bar = _HEADER_BAR
        self.clog = float(rng.uniform(0.002, 0.006))
        self.flushing_secs = 0.0
        self.backflushes = int(rng.integers(2100, 2600))
        self.valve = self._valve_targets()
        self.valve_cycles = rng.integers(20_000, 90_000, 12)
        self.drawn_m3 = self.refilled_m3 = 0.0

    @property
    def flow(self) -> float:
        """Flow through filter, exchanger and header."""
        return float(self.bowl_flow.sum())

    @property
    def filter_bar(self) -> float:
        """Pressure drop of the filter."""
        return (_CLEAN_FILTER + self.clog) * self.flow

    @property
    def exchanger_bar(self) -> float:
        """Pressure drop of the exchanger."""
        return _EXCHANGER * self.flow**2

    @property
    def bowl_level(self) -> F64:
        """(2,) 0 to 1."""
        return np.asarray(self.bowl / BOWL_LITRES)

    @property
    def discharge_bar(self) -> float:
        """Pressure behind the pumps."""
        return self.header_bar + self.exchanger_bar + self.filter_bar

    @property
    def pace(self) -> F64:
        """(2,) what the bowl level lets each filler do: full speed above 40 %, half at 20 %."""
        return np.asarray(np.clip((self.bowl_level - 0.05) / 0.35, 0.0, 1.0))

    def step(self, dt_secs: float, *, used_litres_per_sec: F64, clogging: bool) -> None:
        """Advance; ``used_litres_per_sec`` (2,) is what each filler puts into bottles."""
        self._clog(dt_secs, clogging)
        self._call_standby()
        self._push(dt_secs, used_litres_per_sec)
        self.bowl = self.bowl + (self.bowl_flow / 3.6 - used_litres_per_sec) * dt_secs
        self._drain(dt_secs)
        self._refill(dt_secs)
        self._turn_valves(dt_secs)

    def _valve_targets(self) -> F64:
        tanks = (self.mode == DRAINING).astype(np.float64)
        return np.concatenate([tanks, self.running])

    def _turn_valves(self, dt_secs: float) -> None:
        target = self._valve_targets()
        self.valve_cycles = self.valve_cycles + ((self.valve <= 0) & (target > 0))
        self.valve = self.valve + np.clip(target - self.valve, -dt_secs / 2.5, dt_secs / 2.5)

    def _clog(self, dt_secs: float, clogging: bool) -> None:
        """Load the filter with what passes; flush it when it is loaded, unless it is being clogged."""
        passed_m3 = self.flow * dt_secs / 3600
        growth = _CLOG_PER_M3 * passed_m3 * (_CLOG_FAST if clogging else 1.0)
        self.clog = min(self.clog + growth, _CLOG_MOST)
        if clogging:
            self.flushing_secs = 0.0
        elif self.flushing_secs > 0:
            self.clog *= float(np.exp(-dt_secs / _FLUSH_TAU_SECS))
            self.flushing_secs = max(0.0, self.flushing_secs - dt_secs)
        elif self.filter_bar > _FLUSH_AT_BAR:
            self.flushing_secs = _FLUSH_SECS
            self.backflushes += 1

    def _call_standby(self) -> None:
        tank = self.active[_STANDBY]
        if self.running[_STANDBY] == 0 and self.header_bar < _STANDBY_ON_BAR:
            self.running[_STANDBY], self.mode[tank] = 1.0, DRAINING
        elif self.running[_STANDBY] > 0 and self.filter_bar < _STANDBY_OFF_FILTER_BAR:
            self.running[_STANDBY], self.mode[tank] = 0.0, READY

    def _push(self, dt_secs: float, used: F64) -> None:
        """Find flow and header pressure for the bowls' demand and the pumps' speed."""
        wish = 3.6 * np.maximum(used + _BOWL_GAIN_PER_SEC * (_BOWL_SETPOINT * BOWL_LITRES - self.bowl), 0.0)
        count = float(self.running.sum())
        most = self._most_flow(count)
        allowed = wish * min(1.0, most / max(float(wish.sum()), 1e-9))
        self.bowl_flow = self.bowl_flow + (allowed - self.bowl_flow) * min(1.0, dt_secs / 1.5)
        each = self.flow / count
        loss = self.exchanger_bar + self.filter_bar
        inlet = float((self.suction * self.running).sum()) / count
        speed = np.sqrt(max((_HEADER_BAR + loss - inlet + _CURVE * each**2) / _HEAD_BAR, 0.04))
        at_full_speed = inlet + _HEAD_BAR - _CURVE * each**2 - loss
        self.header_bar = float(min(_HEADER_BAR, at_full_speed))
        self.speed = self.speed + (self.running * min(speed, 1.0) - self.speed) * min(1.0, dt_secs / 2)
        self.pump_flow = self.running * each

    def _most_flow(self, count: float) -> float:
        """Flow at full pump speed with open bowl valves: the root of a quadratic in the flow."""
        a = _CURVE / count**2 + _EXCHANGER + _BOWL_VALVE
        b = _CLEAN_FILTER + self.clog
        c = float((self.suction * self.running).sum()) / count + _HEAD_BAR - BOWL_BAR
        return float((-b + np.sqrt(b * b + 4 * a * c)) / (2 * a))

    def _drain(self, dt_secs: float) -> None:
        out = self.pump_flow * dt_secs / 3600
        self.volume[self.active] -= out
        self.drawn_m3 += float(out.sum())
        level = self.volume / self.capacity
        self.suction = 0.35 + 0.55 * level[self.active]
        for pump in np.flatnonzero(level[self.active] < _SWITCH_BELOW):
            self._switch(int(pump))

    def _switch(self, pump: int) -> None:
        """Give a pump its other tank once that is ready; the empty one is cleaned."""
        empty = int(self.active[pump])
        other = (empty + 4) % 8
        if self.mode[other] != READY:
            return
        self.mode[empty], self.mode[other] = CLEANING, DRAINING
        self._cleaning_secs[empty] = _CLEANING_SECS
        self.active[pump] = other

    def _refill(self, dt_secs: float) -> None:
        """Clean, then fill from the blending plant, then wait; the last tenth flows slower."""
        self._cleaning_secs = np.maximum(self._cleaning_secs - dt_secs, 0)
        self.mode[(self.mode == CLEANING) & (self._cleaning_secs <= 0)] = FILLING
        room = np.maximum(_FULL * self.capacity - self.volume, 0)
        rate = np.where(self.mode == FILLING, np.minimum(_REFILL_M3H, 30 + 60 * room), 0.0)
        gain = np.minimum(rate * dt_secs / 3600, room)
        self.volume += gain
        self.refilled_m3 += float(gain.sum())
        self.mode[(self.mode == FILLING) & (room < 0.01)] = READY
