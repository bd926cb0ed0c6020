"""Compressed air, chilled water, steam, rinse water and cleaning: what the lines live on.

Air: the receiver obeys p·V = n·R·T at constant temperature; the compressors load and unload by pressure.
Cooling: the duty is the product's and the machines' heat, electric power is duty over the coefficient of
performance, the towers give off both. First-order lags stand for the mass of water and metal.
"""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.line_process import F64

_RECEIVER_M3, _ATMOSPHERE_BAR = 5.0, 1.013
_FREE_AIR = 7.5
"""m3/min that one loaded compressor delivers."""

_LOAD_BELOW, _UNLOAD_ABOVE = np.array([6.75, 6.55]), np.array([7.25, 7.05])
_LEAK = 27.0
"""m3/min through the broken pipe at 7 bar; proportional to the absolute pressure (choked flow)."""

_IDLE_AIR = 1.2
HOLD_BELOW_BAR, RESUME_ABOVE_BAR = 5.0, 5.9
STOPPED, IDLING, LOADED = range(3)

WATER_KJ = 4.187
"""kJ per kg and kelvin, for product and water."""

CIP_STEPS = (240.0, 180.0, 420.0, 150.0, 300.0, 210.0)
"""Seconds of idle, pre-rinse, caustic, rinse, acid and final rinse."""

_CIP_TEMPERATURE = np.array([24.0, 26.0, 78.0, 38.0, 62.0, 24.0])
_CIP_CONDUCTIVITY = np.array([0.6, 0.7, 92.0, 4.0, 38.0, 0.6])
_CIP_FLOW = np.array([0.0, 22.0, 24.0, 22.0, 24.0, 22.0])
_CIP_LEVEL = np.array([78.0, 70.0, 64.0, 70.0, 62.0, 74.0])


def lag(value: F64, target: F64, *, dt_secs: float, tau_secs: float) -> F64:
    """One step of a first-order lag, exact for a constant target."""
    return np.asarray(value + (target - value) * -np.expm1(-dt_secs / tau_secs))


class AirProcess:
    """Compressors, receiver and header.

    Attributes:
        bar: pressure of receiver and header above atmosphere. load: (2,) LOADED or IDLING.
        used: m3/min of free air that the machines take; leak: what escapes. short: machines must hold.
    """

    def __init__(self) -> None:
        self.bar = 6.95
        self.load = np.array([LOADED, IDLING])
        self.used, self.leak, self.made = 8.0, 0.0, 8.0
        self.average_load = np.array([0.9, 0.2])
        self.oil = np.array([82.0, 74.0])
        self.short = False
        self.total_m3 = 0.0

    def step(self, dt_secs: float, *, activity: float, leaking: bool) -> None:
        """Advance; ``activity`` 0 to 1 says how many machines work."""
        absolute = self.bar + _ATMOSPHERE_BAR
        self.used += (_IDLE_AIR + 8.6 * activity - self.used) * min(1.0, dt_secs / 3)
        broken = _LEAK * absolute / 8.0 if leaking else 0.0
        self.leak += (broken - self.leak) * min(1.0, dt_secs / 4)
        self.load = np.where(
            self.bar < _LOAD_BELOW, LOADED, np.where(self.bar > _UNLOAD_ABOVE, IDLING, self.load)
        )
        self.made = _FREE_AIR * float((self.load == LOADED).sum())
        gain = (self.made - self.used - self.leak) / 60 * dt_secs
        self.bar = max(0.0, self.bar + gain * _ATMOSPHERE_BAR / _RECEIVER_M3)
        self.short = self.bar < (RESUME_ABOVE_BAR if self.short else HOLD_BELOW_BAR)
        self.total_m3 += (self.used + self.leak) / 60 * dt_secs
        loaded = (self.load == LOADED).astype(np.float64)
        self.average_load = lag(self.average_load, loaded, dt_secs=dt_secs, tau_secs=30.0)
        self.oil = lag(self.oil, 70 + 20 * loaded, dt_secs=dt_secs, tau_secs=240.0)


class CoolingProcess:
    """Chillers and towers, and the pasteuriser that they serve.

    Attributes:
        supply, back: (2,) chilled water temperatures. duty: (2,) kW. power: (2,) kW. fan: (2,) 0 to 1.
        hold, product_out: pasteuriser temperatures; heating: kW of steam.
    """

    def __init__(self) -> None:
        self.supply = np.array([3.6, 3.8])
        self.back = np.array([8.2, 8.4])
        self.duty = np.array([70.0, 66.0])
        self.power = np.array([15.0, 14.0])
        self.fan = np.array([0.55, 0.52])
        self.basin = np.array([24.5, 24.9])
        self.flow = np.array([26.0, 26.0])
        self.hold, self.product_out, self.product_in, self.heating = 72.4, 6.2, 3.6, 120.0
        self.running = np.ones(2)

    def step(self, dt_secs: float, *, product_m3h: float, hall_celsius: float) -> None:
        """Advance; the product is heated to 72 °C, its own heat warms 92 % of what comes in."""
        kg_per_sec = product_m3h / 3.6
        rise = self.hold - self.product_in
        self.heating = float(
            lag(
                np.array(self.heating),
                np.array(kg_per_sec * WATER_KJ * rise * 0.08 + 14),
                dt_secs=dt_secs,
                tau_secs=6,
            )
        )
        flowing = min(1.0, product_m3h / 6)
        self.hold += (72.4 - 0.6 * (1 - flowing) - self.hold) * min(1.0, dt_secs / 25)
        chilled = kg_per_sec * WATER_KJ * rise * 0.08 + 62.0 + 1.2 * (hall_celsius - 20)
        self.product_out += (self.supply.mean() + 2.5 - self.product_out) * min(1.0, dt_secs / 30)
        self.duty = lag(self.duty, np.array([0.52, 0.48]) * chilled, dt_secs=dt_secs, tau_secs=40)
        self.back = self.supply + self.duty / (self.flow / 3.6 * WATER_KJ)
        self.supply = lag(self.supply, 3.4 + 0.006 * self.duty, dt_secs=dt_secs, tau_secs=90)
        cop = self.cop
        self.power = lag(self.power, self.duty / cop, dt_secs=dt_secs, tau_secs=15)
        rejected = self.duty + self.power
        self.fan = lag(self.fan, np.clip(0.25 + rejected / 260, 0.25, 1), dt_secs=dt_secs, tau_secs=30)
        self.basin = lag(
            self.basin, 18.5 + rejected * 0.075 / (0.45 + self.fan), dt_secs=dt_secs, tau_secs=300
        )

    @property
    def cop(self) -> F64:
        """(2,) coefficient of performance: 52 % of Carnot between evaporator and condenser."""
        evaporator, condenser = self.supply - 4 + 273.15, self.basin + 8 + 273.15
        return np.asarray(0.52 * evaporator / (condenser - evaporator))


class CleaningProcess:
    """Four cleaning skids that run their programme one after another.

    Attributes:
        step_no: (4,) row of ``CIP_STEPS``. temperature, conductivity, flow, turbidity, level: (4,).
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 4])
        self._length = np.array(CIP_STEPS)
        self._clock = np.array([60.0, 500.0, 900.0, 30.0])
        self._pause = np.array([900.0, 0.0, 0.0, 1800.0])
        self.step_no = self._row()
        self.temperature = _CIP_TEMPERATURE[self.step_no].copy()
        self.conductivity = _CIP_CONDUCTIVITY[self.step_no].copy()
        self.flow = _CIP_FLOW[self.step_no].copy()
        self.level = _CIP_LEVEL[self.step_no].copy()
        self.turbidity = np.full(4, 2.0)

    def _row(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.asarray(np.searchsorted(np.cumsum(self._length), self._clock, side="right").clip(0, 5))

    def step(self, dt_secs: float) -> None:
        """Advance the programmes; between two of them a skid pauses a while."""
        self._pause = np.maximum(self._pause - dt_secs, 0)
        self._clock += dt_secs * (self._pause <= 0)
        over = self._clock >= self._length.sum()
        if over.any():
            self._clock[over] = 0.0
            self._pause[over] = self._rng.uniform(600, 2400, int(over.sum()))
        self.step_no = self._row()
        self.temperature = lag(self.temperature, _CIP_TEMPERATURE[self.step_no], dt_secs=dt_secs, tau_secs=45)
        self.conductivity = lag(
            self.conductivity, _CIP_CONDUCTIVITY[self.step_no], dt_secs=dt_secs, tau_secs=20
        )
        self.flow = lag(self.flow, _CIP_FLOW[self.step_no], dt_secs=dt_secs, tau_secs=4)
        self.level = lag(self.level, _CIP_LEVEL[self.step_no], dt_secs=dt_secs, tau_secs=60)
        self.turbidity = lag(
            self.turbidity, np.where(self.step_no == 1, 55.0, 2.0), dt_secs=dt_secs, tau_secs=30
        )
