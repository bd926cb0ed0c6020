"""Filling heads, capping heads and rinser grippers: what each does while its carousel turns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_server.plant.line_process import CAP, F64, FIL, RIN
from walkdown_server.plant.machines_table import CAPPING_HEADS, FILLING_HEADS, LINE_DATA, RINSER_GRIPPERS

_FILLS = (0.12, 0.64)
"""Part of a turn in which a filling valve is open."""

_GRIPS, _SPRAYS = (0.08, 0.88), (0.30, 0.66)
_EDGE = 0.05
_SET_TORQUE = 1.8


class HeadProcess:
    """State of the heads of both lines; arrays have one row per line."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 2])
        lines = len(LINE_DATA)
        self.bottle_ml = np.array([[line.bottle_ml] for line in LINE_DATA])
        self._bias = self._rng.normal(0, 0.0018, (lines, FILLING_HEADS)).clip(-0.005, 0.005)
        self._torque_bias = self._rng.normal(0, 0.05, (lines, CAPPING_HEADS)).clip(-0.12, 0.12)
        self._fill_turn = np.zeros((lines, FILLING_HEADS))
        self._cap_turn = np.zeros((lines, CAPPING_HEADS))
        self.fills = np.zeros((lines, FILLING_HEADS))
        self.caps = np.zeros((lines, CAPPING_HEADS))
        self.volume = self.bottle_ml * (1 + self._bias)
        self.torque = _SET_TORQUE + self._torque_bias
        self.flow = np.zeros((lines, FILLING_HEADS))
        self.valve = np.zeros((lines, FILLING_HEADS), bool)
        self.gripping = np.zeros((lines, RINSER_GRIPPERS), bool)
        self.spraying = np.zeros((lines, RINSER_GRIPPERS))

    def step(self, total: F64, flow: F64, drift: F64) -> None:
        """Follow the carousels.

        Args:
            total: (2, 8) bottles that each station handled. flow: (2, 8) bottles per second.
            drift: (2,) extra closing torque, N·m.
        """
        self._fill(total[:, FIL], flow[:, FIL])
        self._close(total[:, CAP], drift)
        phase = _phases(total[:, RIN], RINSER_GRIPPERS) % 1
        moving = flow[:, RIN, None] > 0
        self.gripping = (phase > _GRIPS[0]) & (phase < _GRIPS[1])
        self.spraying = _window(phase, _SPRAYS) * moving

    def _fill(self, bottles: F64, rate: F64) -> None:
        phase = _phases(bottles, FILLING_HEADS)
        turn = np.floor(phase - _FILLS[1])
        done = turn > self._fill_turn
        self._fill_turn = turn
        self.fills += done
        fresh = self.bottle_ml * (1 + self._bias + self._rng.normal(0, 0.0012, done.shape))
        self.volume = np.where(done, fresh, self.volume)
        opening = _window(phase % 1, _FILLS)
        open_secs = (_FILLS[1] - _FILLS[0] - _EDGE) * FILLING_HEADS / np.maximum(rate, 0.1)[:, None]
        self.valve = (opening > 0.5) & (rate[:, None] > 0)
        self.flow = opening * self.bottle_ml * (1 + self._bias) / open_secs * 0.06 * (rate[:, None] > 0)

    def _close(self, bottles: F64, drift: F64) -> None:
        turn = np.floor(_phases(bottles, CAPPING_HEADS))
        done = turn > self._cap_turn
        self._cap_turn = turn
        self.caps += done
        fresh = _SET_TORQUE + self._torque_bias + drift[:, None] + self._rng.normal(0, 0.035, done.shape)
        self.torque = np.where(done, fresh, self.torque)

    @property
    def angle(self) -> F64:
        """(2, 16) closing angle, degrees: a stiffer thread turns less."""
        return np.asarray(640 - 60 * (self.torque - _SET_TORQUE))


def _phases(bottles: F64, heads: int) -> F64:
    """(2, heads) turns that each head has made; head k passes the infeed with bottle k."""
    return np.asarray(bottles[:, None] / heads + np.arange(heads)[None, ::-1] / heads)


def _window(phase: F64, window: tuple[float, float]) -> npt.NDArray[np.float64]:
    """1 inside the window, 0 outside, with soft edges."""
    inside = np.minimum(phase - window[0], window[1] - phase)
    return np.asarray(np.minimum(np.maximum(inside / _EDGE, 0), 1))
