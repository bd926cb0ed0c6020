"""The bottles of both lines: eight stations each, with buffers between them.

A station takes bottles from the buffer before it and puts them into the buffer behind it. It is *blocked*
when it finds no room and *starved* when it finds no bottles; both end with hysteresis, so that a stop
runs up and down the line with the delay of each buffer. The filler sets the pace; what stands before it
follows the buffer behind itself, what stands behind it follows the buffer before itself (the V-shaped
speed profile of packaging lines). All arrays have one row per line.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_server.plant.machines_table import LINE_DATA, STATIONS
from walkdown_server.plant.signal_specs import BLOCKED, FAULT, HELD, RUNNING, STARTING, STARVED

F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DEP, RIN, FIL, CAP, INS, LAB, PAC, PAL = range(len(STATIONS))

CAPACITY = np.array([270.0, 79.0, 20.0, 90.0, 30.0, 640.0, 1200.0])
"""Bottles between two stations: C0, C1, transfer stars, C2, before LAB, C3 with table and C4, crates."""

FILL_AT_START = np.array([0.6, 0.6, 0.5, 0.38, 0.5, 0.42, 0.5])

_SURPLUS = np.array([1.20, 1.15, 1.00, 1.06, 1.08, 1.08, 1.14, 1.20])
"""Top speed of each station as a multiple of the filler's."""

_SETPOINT = np.array([0.6, 0.6, 0.6, 0.5, 0.38, 0.5, 0.42, 0.5])
_GAIN = np.array([2.0, 1.2, 0.0, 1.2, 2.5, 1.6, 2.5, 2.5])
_RAMP_UP_SECS, _RAMP_DOWN_SECS, _START_SECS = 4.0, 1.5, 3.0
_WINDOW_SECS = 900.0
"""Time constant of the moving averages behind availability and performance."""

_STOP_EVERY_SECS = np.array([1500.0, np.inf, np.inf, np.inf, 1900.0, 1100.0, 1000.0, 1700.0])
_STOP_LASTS_SECS = np.array([7.0, 0.0, 0.0, 0.0, 3.0, 4.0, 7.0, 7.0])
_REJECTED = 0.0031


class LineProcess:
    """State of the stations and buffers of both lines.

    Attributes:
        nominal: (2, 1) bottles per second of each line's filler.
        speed: (2, 8) bottles per second that each station could handle at this moment.
        flow: (2, 8) bottles per second that went through in the last step.
        total: (2, 8) bottles handled since the start; ``rejected``: (2,) taken out by the inspector.
        content: (2, 7) bottles in each buffer.
        state: (2, 8) uint8, numbers of ``MACHINE_STATES``. last_stop: (2, 8) of the last stop, 0: none.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 1])
        self.nominal = np.array([[line.bottles_per_hour / 3600] for line in LINE_DATA])
        shape = (len(LINE_DATA), len(STATIONS))
        self.speed = np.repeat(self.nominal, shape[1], 1)
        self.flow = self.speed.copy()
        self.total = np.zeros(shape)
        self.rejected = np.zeros(shape[0])
        self.content = np.tile(CAPACITY * FILL_AT_START, (shape[0], 1))
        self.state = np.full(shape, RUNNING, np.uint8)
        self.last_stop = np.zeros(shape, np.uint8)
        self.availability = self._rng.uniform(0.93, 0.985, shape)
        self.performance = self._rng.uniform(0.94, 0.99, shape)
        self._starting_secs = np.zeros(shape)
        self._stop_in_secs = self._rng.exponential(
            np.where(np.isinf(_STOP_EVERY_SECS), 1, _STOP_EVERY_SECS), shape
        )
        self._stopped_secs = np.zeros(shape)

    @property
    def fill(self) -> F64:
        """(2, 7) how full each buffer is, 0 to 1."""
        return np.asarray(self.content / CAPACITY)

    @property
    def quality(self) -> F64:
        """(2,) share of good bottles behind the inspector."""
        return np.asarray(1 - self.rejected / np.maximum(self.total[:, INS], 1))

    def step(self, dt_secs: float, *, fault: Mask, held: Mask, pace: F64) -> None:
        """Advance both lines.

        Args:
            fault: (2, 8) stations that are broken. held: (2, 8) stations that wait for a service.
            pace: (2,) what the product supply lets each filler do, 0 to 1.
        """
        fill = self.fill
        before = np.concatenate([np.ones((2, 1)), fill], 1)
        behind = np.concatenate([fill, np.zeros((2, 1))], 1)
        held = held | self._short_stops(dt_secs)
        self._decide(dt_secs, fault=fault, held=held, before=before, behind=behind)
        self._ramp(dt_secs, self._target(before, behind, pace))
        self._move(dt_secs)
        self._rate(dt_secs)

    def _short_stops(self, dt_secs: float) -> Mask:
        running = self.state == RUNNING
        self._stop_in_secs -= dt_secs * (running & np.isfinite(_STOP_EVERY_SECS))
        due = self._stop_in_secs <= 0
        if due.any():
            lasts = np.broadcast_to(_STOP_LASTS_SECS, due.shape)[due]
            self._stopped_secs[due] = lasts * self._rng.uniform(0.6, 1.3, len(lasts))
            every = np.broadcast_to(_STOP_EVERY_SECS, due.shape)[due]
            self._stop_in_secs[due] = self._rng.exponential(every)
        self._stopped_secs = np.maximum(self._stopped_secs - dt_secs, 0)
        return np.asarray(self._stopped_secs > 0)

    def _decide(self, dt_secs: float, *, fault: Mask, held: Mask, before: F64, behind: F64) -> None:
        was = self.state
        blocked = behind > np.where(was == BLOCKED, 0.80, 0.97)
        starved = before < np.where(was == STARVED, 0.25, 0.02)
        stopped = fault | held | blocked | starved
        stood = (was != RUNNING) & (was != STARTING)
        self._starting_secs = np.where(stood, _START_SECS, np.maximum(self._starting_secs - dt_secs, 0))
        running = np.where(self._starting_secs > 0, STARTING, RUNNING)
        why = np.where(fault, FAULT, np.where(held, HELD, np.where(blocked, BLOCKED, STARVED)))
        self.state = np.where(stopped, why, running).astype(np.uint8)
        self.last_stop = np.where(stopped, self.state, self.last_stop)

    def _target(self, before: F64, behind: F64, pace: F64) -> F64:
        upstream = np.arange(len(STATIONS)) < FIL
        error = np.where(upstream, _SETPOINT - behind, before - _SETPOINT)
        wish = np.minimum(np.maximum(1 + _GAIN * error, 0.25), _SURPLUS)
        wish[:, FIL] = pace
        moving = (self.state == RUNNING) | (self.state == STARTING)
        return np.asarray(self.nominal * wish * moving)

    def _ramp(self, dt_secs: float, target: F64) -> None:
        up, down = self.nominal * dt_secs / _RAMP_UP_SECS, self.nominal * dt_secs / _RAMP_DOWN_SECS
        self.speed += np.minimum(np.maximum(target - self.speed, -down), up)

    def _move(self, dt_secs: float) -> None:
        """Move bottles, never more than a buffer holds or has room for."""
        wish = self.speed * dt_secs
        wish[:, 1:] = np.minimum(wish[:, 1:], self.content)
        wish[:, :-1] = np.minimum(wish[:, :-1], CAPACITY - self.content)
        bad = wish[:, INS] * _REJECTED
        gain = wish[:, :-1].copy()
        gain[:, INS] -= bad
        self.content += gain - wish[:, 1:]
        self.total += wish
        self.rejected += bad
        self.flow = wish / dt_secs

    def _rate(self, dt_secs: float) -> None:
        share = dt_secs / _WINDOW_SECS
        running = (self.state == RUNNING) | (self.state == STARTING)
        self.availability += share * (running - self.availability)
        self.performance += share * running * (np.minimum(self.flow / self.nominal, 1) - self.performance)
